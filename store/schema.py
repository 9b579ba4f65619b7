"""The tables of reports: names and fields of the official manual (tables 1 and 2), and what is needed beside them."""

from __future__ import annotations

SRID = 4326

REPORT_TABLE = "Signalement"
REPLY_TABLE = "Reponse_EC"
DOCUMENT_TABLE = "Document_EC"
SKETCH_TABLES = {
    "POINT": "Croquis_EC_Point",
    "LINESTRING": "Croquis_EC_Ligne",
    "POLYGON": "Croquis_EC_Polygone",
}

Columns = tuple[tuple[str, str], ...]

REPORT_COLUMNS: Columns = (
    ("id", "INTEGER PRIMARY KEY"),
    ("NoSignalement", "INTEGER UNIQUE"),
    ("Auteur", "TEXT"),
    ("Commune", "TEXT"),
    ("Insee", "TEXT"),
    ("Département", "TEXT"),
    ("Département_id", "TEXT"),
    ("Date_création", "TIMESTAMP"),
    ("Date_MAJ", "TIMESTAMP"),
    ("Date_validation", "TIMESTAMP"),
    ("Thèmes", "TEXT"),
    ("Statut", "TEXT"),
    ("Statut_libellé", "TEXT"),
    ("Message", "TEXT"),
    ("Réponses", "TEXT"),
    ("URL", "TEXT"),
    ("URL_privé", "TEXT"),
    ("Document", "TEXT"),
    ("Autorisation", "TEXT"),
    ("Groupe", "TEXT"),
    ("Groupe_id", "INTEGER"),
    ("Thème", "TEXT"),
    ("Attributs", "TEXT"),
    ("Auteur_id", "INTEGER"),
    ("Validateur", "TEXT"),
    ("Territoire", "TEXT"),
    ("Origine", "TEXT"),
    ("Version_origine", "TEXT"),
    ("Nb_réponses", "INTEGER"),
    ("Nb_documents", "INTEGER"),
    ("Nb_croquis", "INTEGER"),
    ("Autres", "TEXT"),
)
SKETCH_COLUMNS: Columns = (
    ("id", "INTEGER PRIMARY KEY"),
    ("NoSignalement", "INTEGER"),
    ("Nom", "TEXT"),
    ("Attributs_croquis", "TEXT"),
    ("Lien_objet_BDUNI", "TEXT"),
    ("Type", "TEXT"),
    ("Texte", "TEXT"),
    ("Couleur", "TEXT"),
    ("Couleur_fond", "TEXT"),
    ("Taille", "DOUBLE"),
    ("Attributs", "TEXT"),
    ("Style", "TEXT"),
    ("Ordre", "INTEGER"),
)
REPLY_COLUMNS: Columns = (
    ("id", "INTEGER PRIMARY KEY"),
    ("NoSignalement", "INTEGER"),
    ("Ordre", "INTEGER"),
    ("Auteur", "TEXT"),
    ("Auteur_id", "INTEGER"),
    ("Titre", "TEXT"),
    ("Contenu", "TEXT"),
    ("Statut", "TEXT"),
    ("Statut_libellé", "TEXT"),
    ("Date", "TIMESTAMP"),
)
DOCUMENT_COLUMNS: Columns = (
    ("id", "INTEGER PRIMARY KEY"),
    ("NoSignalement", "INTEGER"),
    ("Titre", "TEXT"),
    ("Description", "TEXT"),
    ("Fichier", "TEXT"),
    ("Type_MIME", "TEXT"),
    ("Taille", "INTEGER"),
    ("Largeur", "INTEGER"),
    ("Hauteur", "INTEGER"),
    ("Date", "TIMESTAMP"),
    ("URL", "TEXT"),
    ("URL_téléchargement", "TEXT"),
)

SPATIAL: dict[str, tuple[str, Columns]] = {
    REPORT_TABLE: ("POINT", REPORT_COLUMNS),
    **{table: (geometry, SKETCH_COLUMNS) for geometry, table in SKETCH_TABLES.items()},
}
PLAIN: dict[str, Columns] = {REPLY_TABLE: REPLY_COLUMNS, DOCUMENT_TABLE: DOCUMENT_COLUMNS}


def names(columns: Columns) -> list[str]:
    """The names alone, in order."""
    return [name for name, _type in columns]
