"""The French of the seed: comments and replies as people of the trade write them."""

from __future__ import annotations

import random

from .world.places import Place, at_name, of_name

_WHAT = (
    "Nid-de-poule profond sur la chaussée",
    "La rue a été mise en sens unique",
    "Nouveau giratoire non représenté",
    "Piste cyclable créée, à ajouter",
    "Trottoir affaissé devant le n° {n}",
    "Le n° {n} bis n'existe plus",
    "Plaque de rue manquante",
    "Le nom de la voie a changé (délibération du conseil municipal)",
    "Bâtiment démoli depuis l'été",
    "Immeuble de {f} étages livré, absent de la carte",
    "Panneau de limitation à {v} km/h masqué par la végétation",
    "Hauteur limitée à {h} m sous le pont ferroviaire",
    "Passage piéton effacé",
    "Escalier public fermé pour travaux",
    "Éclairage public en panne sur {n} mètres",
    "Regard d'assainissement descellé",
    "Passerelle ouverte aux piétons & aux cycles",
    "Barrière posée à l'entrée du chemin",
    "Position de l'adresse décalée d'environ {n} mètres",
    "Tronçon de route en double",
    "Arrêt de bus déplacé côté pair",
    "Emprise du chantier « Grand Paris Express » à reprendre",
    'Stade renommé : "Complexe sportif municipal"',
    "École élémentaire : l'entrée est rue des Écoles",
    "Point d'eau incendie introuvable",
    "Largeur < {h} m : les secours ne passent plus",
    "Sens interdit non respecté par les GPS",
    "Impasse ouverte : elle rejoint désormais l'avenue",
)
_WHERE = (
    "",
    " {at}",
    " (canton {of_canton})",
    ", secteur {canton}",
    " – commune {of}",
    ", au carrefour avec la rue de la Gare",
    ", près de la mairie {of}",
)
_MORE = (
    "",
    ".",
    ". Merci de vérifier sur place.",
    ". Constaté lors de la tournée du matin.",
    ". Photo jointe si besoin.",
    ".\nVu avec les services techniques,\nretour attendu avant l'été.",
    " !",
    ", cf. plan de récolement <b>indice C</b>.",
    " ; l'orthophoto récente le montre bien.",
)
_METRES = ("2,1", "2,6", "3,2", "3,5", "3,9")
_REPLIES = {
    "pending": ("Pris en charge par nos équipes.", "Une visite sur place est prévue.", "Vérification en cours."),
    "pending1": ("Bon pour saisie.", "Transmis à l'atelier de dessin."),
    "pending2": ("Corrigé, reste à valider.", "Saisie faite, en attente du gestionnaire."),
    "valid": ("Corrigé, merci !", "La base est à jour.", "Modification prise en compte dans la prochaine édition."),
    "valid0": ("Déjà corrigé le mois dernier.", "L'objet figure déjà dans la base."),
    "reject": ("Objet hors spécifications.", "Trop petit pour être représenté à cette échelle."),
    "reject0": ("Ne concerne pas la carte ; à adresser à la mairie.", "Sans rapport avec nos données."),
}


def pick(chance: random.Random, values):
    """`chance.choice`, three times faster: a big seed calls it millions of times."""
    return values[int(chance.random() * len(values))]


def comment(chance: random.Random, place: Place) -> str:
    commune, number = place.commune["title"], 2 + int(chance.random() * 179)
    text = pick(chance, _WHAT) + pick(chance, _WHERE) + pick(chance, _MORE)
    return text.format(
        n=number, f=3 + number % 7, v=(20, 30, 50)[number % 3], h=_METRES[number % 5],
        canton=place.name, at=at_name(commune), of=of_name(commune), of_canton=of_name(place.name),
    )  # fmt: skip


def reply_text(chance: random.Random, status: str) -> str:
    return pick(chance, _REPLIES.get(status, _REPLIES["pending"]))
