"""The report forms of the groups (section 2.1, theme object): group 375 shows every type of attribute."""

from __future__ import annotations


def attribute(name: str, type_: str, **more) -> dict:
    """A theme attribute with the members that every attribute has."""
    base = {"name": name, "title": name, "type": type_, "default": None, "mandatory": False, "multiple": False,
            "values": None, "help": None}  # fmt: skip
    return {**base, **more}


def theme(name: str, attributes: list[dict], **more) -> dict:
    return {"theme": name, "attributes": attributes, "autofilled_attributes": [], **more}


VOIRIE = theme(
    "Voirie",
    [
        attribute("Nature", "list", values=["Chaussée", "Trottoir", "Piste cyclable", "Ouvrage d'art"], mandatory=True,
                  default="Chaussée", help="Ce qui est concerné"),
        attribute("Revêtement", "list", title="Revêtement dégradé",
                  values={"Enrobé": "ENR", "Pavés": "PAV", "Béton": "BET", "Non revêtu": "NR"}),
        attribute("Usagers", "list", multiple=True, values=["Piétons", "Vélos", "Voitures", "Poids lourds"],
                  help="Plusieurs réponses possibles"),
        attribute("Largeur", "double", title="Largeur (m)", input_constraints={"minValue": "0.5", "maxValue": "50"}),
        attribute("Nombre de voies", "integer", default="2", input_constraints={"minValue": "0", "maxValue": "12"}),
        attribute("Travaux prévus", "checkbox", default="0"),
        attribute("Date des travaux", "date", mandatory=True, condition_field="Travaux prévus"),
        attribute("Constaté le", "datetime", help="Date et heure du constat"),
        attribute("Référence", "text", input_constraints={"minLength": 3, "maxLength": 12, "pattern": "^[A-Z0-9-]+$"},
                  help="Référence interne, ex. VO-2024-17"),
    ],
    help="Chaussées, trottoirs et ouvrages",
    autofilled_attributes=[
        {"name": "INSEE", "type": "text", "autofill": "municipalityInsee"},
        {"name": "Déclarant", "type": "text", "autofill": "userName"},
    ],
)  # fmt: skip

ADRESSE = theme(
    "Adresse",
    [
        attribute("Numéro", "integer", mandatory=True, input_constraints={"minValue": "1", "maxValue": "9999"}),
        attribute("Indice", "list", values=[None, "bis", "ter", "quater"]),
        attribute("Nom de voie", "text", mandatory=True, input_constraints={"maxLength": 100}),
        attribute("Certifiée", "checkbox", default="1"),
    ],
    help="Numéros et noms de voies",
)

MESURE = theme(
    "Mesure de terrain",
    [
        attribute("Hauteur", "float", title="Hauteur libre (m)"),
        attribute("Détails", "jsonvalue", json_schema={"type": "object"}, help="Relevé de l'appareil, en JSON"),
    ],
)

SANS_FORMULAIRE = theme("Autre", [])

ROUTE = theme(
    "Route",
    [
        attribute("Importance", "list", values=["1", "2", "3", "4", "5"], default="4"),
        attribute("Sens", "list", values={"Sens direct": "D", "Sens inverse": "I", "Double sens": "2"}),
        attribute("Ouverte", "checkbox", default="1"),
    ],
    help="Réseau routier de la BD TOPO",
    database="bdtopo_fxx",
    table="troncon_de_route",
    **{"global": True},
)

BATIMENT = theme("Bâtiment", [attribute("Nature", "list", values=["Construit", "Démoli", "Modifié"], mandatory=True)])

ESPACE_PUBLIC = theme(
    "Espace public",
    [
        attribute("Objet", "list", values=["Banc", "Éclairage", "Arbre", "Signalisation"], mandatory=True),
        attribute("Urgent", "checkbox", default="0"),
    ],
)
POINT_EAU = theme("Point d'eau", [attribute("Potable", "checkbox", default="0")])
OBSERVATION = theme("Observation", [attribute("Remarque", "text")])
