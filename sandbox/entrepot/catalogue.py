"""What the platform can check and compute (contract 3.5, 3.6), without ids: the world gives them."""

from __future__ import annotations

from .assumptions import VALIDATION_MODEL, VALIDATION_OUTPUT
from .words import UPLOAD_TYPES

_Names = tuple[str, ...]

STANDARD, VECTOR, RASTER, ARCHIVE, PYRAMID = (
    "Vérification standard", "Vérification vecteur", "Vérification raster", "Vérification d'archive",
    "Vérification de pyramide ROK4",
)  # fmt: skip

INTEGRATION = "Intégration de données vecteur livrées en base"
TILES = "Calcul ou mise à jour de pyramide vecteur"
RASTER_PYRAMID = "Calcul ou mise à jour de pyramide raster"
HARVEST = "Calcul ou mise à jour de pyramide raster par moissonnage WMS"
MERGE = "Fusion de pyramides raster"
COPY = "Recopie d'une archive livrée"
DERIVATION = "Dérivation de données vecteur en base"
SEARCH_INDEX = "Création d'un index de recherche"
PMTILES = "Conversion d'une base vecteur en archive PMTiles"
VALIDATION = "Validation d'une livraison vecteur par un modèle de données"


def _check(name: str, description: str, *types: str) -> dict:
    return {"name": name, "description": description, "priority": "STANDARD", "default_uploads_check": list(types)}


CHECKS = (
    _check(STANDARD, "Sommes MD5 des fichiers livrés", *UPLOAD_TYPES),
    _check(VECTOR, "Lecture, système de coordonnées, noms des tables et des colonnes", "VECTOR"),
    _check(RASTER, "Lecture et géoréférencement des images", "RASTER"),
    _check(ARCHIVE, "Noms de fichier uniques", "ARCHIVE"),
    _check(PYRAMID, "Structure de la pyramide", "ROK4-PYRAMID"),
)


def _parameter(name: str, description: str, constraints: dict | None = None, *, mandatory: bool = False,
               default=None) -> dict:  # fmt: skip
    parameter = {"name": name, "description": description, "mandatory": mandatory}
    if default is not None:
        parameter["default_value"] = default
    return {**parameter, "constraints": constraints} if constraints else parameter


def _processing(name: str, description: str, output: _Names, parameters: tuple[dict, ...] = (), *,
                upload: _Names = (), stored_data: _Names = (), checks: _Names = ()) -> dict:  # fmt: skip
    """`output`: a type of stored data and the type of its storage, or a type of upload alone."""
    makes = {"stored_data": output[0], "storage": [output[1]]} if len(output) > 1 else {"upload": output[0]}
    return {
        "name": name, "description": description, "priority": "STANDARD",
        "input_types": {"upload": list(upload), "stored_data": list(stored_data)},
        "output_type": makes, "parameters": list(parameters), "required_checks": list(checks),
    }  # fmt: skip


def _among(*values: str) -> dict:
    return {"type": "string", "enum": list(values)}


def _pattern(pattern: str) -> dict:
    return {"type": "string", "pattern": pattern}


_TEXT, _YES_NO, _TEXTS = {"type": "string"}, {"type": "boolean"}, {"type": "array", "items": {"type": "string"}}
_LEVEL, _ZOOM = _pattern("^[0-9A-Za-z_]+$"), _pattern("^([0-9]|1[0-9]|2[01])$")
_COMPOSITION = {
    "type": "array",
    "minItems": 1,
    "items": {
        "type": "object",
        "required": ["table", "bottom_level", "top_level"],
        "additionalProperties": False,
        "properties": {
            "table": _TEXT, "layer": _TEXT, "filter": _TEXT, "attributes": _TEXTS, "bottom_level": _ZOOM,
            "top_level": _ZOOM,
        },
    },
}  # fmt: skip
_NAMES = {"type": "object", "minProperties": 1, "additionalProperties": {"type": "string", "minLength": 1}}
_MODEL = {"type": "object", "minProperties": 1, "additionalProperties": _TEXTS}
_TIPPECANOE = {
    "type": "object",
    "additionalProperties": False,
    "properties": {"options": _TEXT, "top": _ZOOM, "bottom": _ZOOM},
}


def _slab(name: str, words: str) -> dict:
    return _parameter(name, words, {"type": "integer", "minimum": 8, "maximum": 32}, default=16)


_SLABS = (_slab("width", "Tuiles par dalle, en largeur"), _slab("height", "Tuiles par dalle, en hauteur"))
_PARALLEL = _parameter(
    "parallelization", "Tâches simultanées", {"type": "integer", "minimum": 1, "maximum": 4}, default=1
)
_COMPRESSION = ("raw", "jpg", "png", "zip", "jpg90")

PROCESSINGS = (
    _processing(
        INTEGRATION, "Charge les tables d'une livraison dans une base", ("VECTOR-DB", "POSTGRESQL"),
        (
            _parameter("srs", "Système de coordonnées de la base", _TEXT),
            _parameter("multigeom_layers", "Tables aux géométries de types mêlés", _TEXTS),
            _parameter("update", "Appliquer les fichiers .update", _YES_NO, default=False),
            _parameter("delete", "Appliquer les fichiers .delete", _YES_NO, default=False),
        ),
        upload=("VECTOR",), checks=(STANDARD, VECTOR),
    ),
    _processing(
        TILES, "Coupe les tables d'une base en tuiles vectorielles", ("ROK4-PYRAMID-VECTOR", "S3"),
        (
            _parameter("composition", "Tables, attributs et niveaux des tuiles", _COMPOSITION),
            _parameter("bottom_level", "Niveau le plus détaillé, obligatoire sans composition", _ZOOM),
            _parameter("top_level", "Niveau le moins détaillé, obligatoire sans composition", _ZOOM),
            _parameter("area", "Zone en WKT EPSG:4326, obligatoire si la base n'a pas d'étendue", _TEXT),
            _parameter("tippecanoe_options", "Options de généralisation", _TEXT), *_SLABS, _PARALLEL,
        ),
        stored_data=("VECTOR-DB", "ROK4-PYRAMID-VECTOR"),
    ),
    _processing(
        RASTER_PYRAMID, "Coupe les images d'une livraison en tuiles", ("ROK4-PYRAMID-RASTER", "S3"),
        (
            _parameter("tms", "Pyramide de tuiles, obligatoire à la première génération", _TEXT),
            _parameter("compression", "Compression", _among("jpg", "png", "zip", "jpg90")),
            _parameter("interpolation", "Interpolation", _among("nn", "linear", "bicubic"), default="bicubic"),
            _parameter("bottom", "Niveau le plus détaillé", _LEVEL),
            _parameter("top", "Niveau le moins détaillé", _LEVEL),
            _parameter("mask", "Masques de données", _YES_NO, default=False), *_SLABS, _PARALLEL,
        ),
        upload=("RASTER",), stored_data=("ROK4-PYRAMID-RASTER",), checks=(STANDARD, RASTER),
    ),
    _processing(
        HARVEST, "Demande des images à un service WMS et les coupe en tuiles", ("ROK4-PYRAMID-RASTER", "S3"),
        (
            _parameter("harvest_layers", "Couches demandées", _TEXT, mandatory=True),
            _parameter("harvest_levels", "Niveaux demandés, du plus détaillé au moins détaillé",
                       {**_TEXTS, "minItems": 1}, mandatory=True),
            _parameter("harvest_area", "Zone en WKT EPSG:4326", _TEXT, mandatory=True),
            _parameter("harvest_format", "Type MIME des images",
                       _among("image/png", "image/jpeg", "image/tiff"), mandatory=True),
            _parameter("harvest_url", "Adresse du service", _pattern("^https?://"), mandatory=True),
            _parameter("bottom", "Niveau le plus détaillé", _LEVEL, mandatory=True),
            _parameter("top", "Niveau le moins détaillé", _LEVEL),
            _parameter("harvest_extras", "Suite de la requête", _TEXT),
            _parameter("harvest_dimensions", "Taille des images demandées", _pattern("^[0-9]+x[0-9]+$")),
            _parameter("harvest_threshold", "Octets sous lesquels une image est écartée", {"type": "integer"}),
            _parameter("compression", "Compression", _among(*_COMPRESSION), default="png"),
            _parameter("samplesperpixel", "Canaux", {"type": "integer", "minimum": 1, "maximum": 4}, default=3),
            _parameter("sampleformat", "Format des canaux", _among("UINT8", "FLOAT32"), default="UINT8"),
            _parameter("tms", "Pyramide de tuiles", _TEXT, default="PM"),
            _parameter("nodata", "Valeurs d'absence", {"type": "array", "items": {"type": "number"}}),
            *_SLABS, _PARALLEL,
        ),
        stored_data=("ROK4-PYRAMID-RASTER",),
    ),
    _processing(
        MERGE, "Réunit des pyramides", ("ROK4-PYRAMID-RASTER", "S3"),
        (
            _parameter("bottom", "Niveau le plus détaillé", _LEVEL),
            _parameter("top", "Niveau le moins détaillé", _LEVEL),
            _parameter("bbox", "Zone : ouest, sud, est, nord", {"type": "array", "items": {"type": "number"}}),
            _PARALLEL,
        ),
        stored_data=("ROK4-PYRAMID-RASTER",),
    ),
    _processing(
        COPY, "Copie les fichiers d'une livraison", ("ARCHIVE", "S3"), upload=("ARCHIVE",), checks=(STANDARD, ARCHIVE)
    ),
    _processing(
        DERIVATION, "Applique du SQL à une base", ("VECTOR-DB", "POSTGRESQL"),
        (
            {**_parameter("derivations", "Fichiers SQL", {**_TEXTS, "minItems": 1}, mandatory=True),
             "static_type": "DERIVATION-SQL"},
            _parameter("params", "Valeurs des variables du SQL", {"type": "object"}),
        ),
        stored_data=("VECTOR-DB",),
    ),
    _processing(
        SEARCH_INDEX, "Indexe les objets d'une livraison", ("INDEX", "OPENSEARCH"), upload=("INDEX",),
        checks=(STANDARD,),
    ),
    _processing(
        PMTILES, "Coupe les tables d'une base en tuiles vectorielles, dans un seul fichier", ("ARCHIVE", "S3"),
        (
            _parameter("relations", "Nom de la couche de tuiles, par table", _NAMES, mandatory=True),
            _parameter("tippecanoe", "Généralisation et niveaux", _TIPPECANOE),
            _parameter("fileout_name", "Nom du fichier", _pattern(r"^[A-Za-z0-9_\-.]+$"), mandatory=True),
        ),
        stored_data=("VECTOR-DB",),
    ),
    _processing(
        VALIDATION, "Compare les tables d'une livraison à un modèle, et en livre le rapport", (VALIDATION_OUTPUT,),
        (_parameter(VALIDATION_MODEL, "Colonnes attendues, par table", _MODEL, mandatory=True),),
        upload=("VECTOR",), checks=(STANDARD, VECTOR),
    ),
)  # fmt: skip
