"""The databases and their tables (section 2.7, sandbox profile of section 9): what each column is and may hold.

Database 9 is a standard one, 21 like BDUni, 34 historised in the other way (`gcms_detruit`).
"""

from __future__ import annotations

from ..state import SITE
from . import styles

GEOMETRY_TYPES = ("Geometry", "GeometryCollection", "Point", "MultiPoint", "LineString", "MultiLineString", "Polygon",
                  "MultiPolygon")  # fmt: skip
COLUMN_TYPES = ("Boolean", "DateTime", "Date", "Double", "Integer", "JsonValue", "Document", "Like", "String", "Year",
                "YearMonth", *GEOMETRY_TYPES)  # fmt: skip
CRS_NAMES = {4326: "EPSG:4326", 2154: "IGNF:LAMB93"}
BIG_TABLE = 3402


def column(name: str, type_: str, **more) -> dict:
    """A column with all its members; `catalogue.Table` numbers it."""
    return {
        "id": 0, "table_id": 0, "name": name, "short_name": name[:10], "title": name, "description": None,
        "type": type_, "position": 0, "nullable": True, "required": False, "unique": False, "read_only": False,
        "automatic": False, "computed": False, "formula": None, "custom_id": False, "queryable": True, "enum": None,
        "default_value": None, "min_length": None, "max_length": None, "min_value": None, "max_value": None,
        "pattern": None, "constraint": None, "condition_field": None, "jeux_attributs": None, "json_schema": None,
        "mime_types": None, "target_table": None, "target_entity": None, "crs": None, "srid": None, "is3d": False,
        **more,
    }  # fmt: skip


def _key(name: str = "gid", type_: str = "Integer", **more) -> dict:
    return column(name, type_, **{"nullable": False, "unique": True, "automatic": True, **more})


def _own_key(name: str, **more) -> dict:
    """A key that the user gives."""
    return _key(name, "String", automatic=False, custom_id=True, required=True, **more)


def _geometry(type_: str, srid: int, *, is3d: bool = False, name: str = "geom") -> dict:
    return column(name, type_, srid=srid, crs=CRS_NAMES[srid], is3d=is3d, nullable=False, required=True,
                  queryable=False)  # fmt: skip


def _filled(name: str, type_: str, **more) -> dict:
    """A column that only the server writes."""
    return column(name, type_, automatic=True, **more)


def _history() -> list[dict]:
    """What a historised database other than BDUni adds to each table; fingerprint and numrec are not in the list."""
    return [
        _filled("gcms_detruit", "Boolean", nullable=False), _filled("gcms_date_creation", "DateTime"),
        _filled("gcms_date_modification", "DateTime"), _filled("gcms_date_destruction", "DateTime"),
        _filled("gcms_territoire", "String"),
    ]  # fmt: skip


def _bduni_history() -> list[dict]:
    """The same of BDUni, where the fingerprint and the numbers are columns too."""
    return [
        _filled("date_creation", "DateTime"), _filled("date_modification", "DateTime"),
        _filled("detruit", "Boolean", nullable=False), _filled("gcms_numrec", "Integer"),
        _filled("gcms_ordrefinevol", "Integer"), _filled("gcms_fingerprint", "String"), _filled("daterec", "DateTime"),
    ]  # fmt: skip


def _mapping(field: str, **allowed: list) -> dict:
    return {"constraint": {"type": "mapping", "mapping": allowed}, "condition_field": field}


def table(id_: int, database: dict, name: str, columns: list[dict], **more) -> dict:
    """A table as it is served; its first column is the key unless `id_name` says otherwise."""
    if database["versioning"]:
        columns = columns + (_bduni_history() if database["database_type"] == "bduni" else _history())
    for position, item in enumerate(columns):
        item.update(id=id_ * 100 + position, table_id=id_, position=position)
    geometry = next((item["name"] for item in columns if item["type"] in GEOMETRY_TYPES), None)
    return {
        "id": id_, "database_id": database["id"], "database": database["name"],
        "database_versioning": database["versioning"], "name": name, "title": name.replace("_", " ").capitalize(),
        "description": None, "full_name": f"{database['name']}:{name}", "id_name": columns[0]["name"],
        "geometry_name": geometry, "min_zoom_level": 0, "max_zoom_level": 20, "tile_zoom_level": None,
        "read_only": False, "columns": columns, "position": id_ % 100, "thematic_ids": [], "style": None, "styles": [],
        "wfs": f"{SITE}/gcms/api/wfs/{database['name']}", "wfs_transactions": f"{SITE}/gcms/api/wfstransactions",
        **more,
    }  # fmt: skip


def _database(id_: int, name: str, title: str, type_: str, versioning: bool, **more) -> dict:
    return {
        "id": id_, "name": name, "title": title, "database_type": type_, "versioning": versioning,
        "conflict": versioning, "extent": "2.1,48.6,2.7,49.1", "description": None, "full_download_allowed": True,
        "writable_time_range": None, **more,
    }  # fmt: skip


DEMO = _database(9, "demo_guichet", "Base de démonstration", "standard", False)
BDTOPO = _database(21, "bdtopo_fxx", "BD TOPO France métropolitaine", "bduni", True, full_download_allowed=False,
                   description="Extrait inventé autour de Paris")  # fmt: skip
SUIVI = _database(34, "suivi_terrain", "Suivi de terrain", "standard", True)
DATABASES = {database["id"]: database for database in (DEMO, BDTOPO, SUIVI)}

_CANTON = [("nom", {"required": True, "max_length": 80}), ("insee_com", {"pattern": "^[0-9][0-9AB][0-9]{3}$"}),
           ("commune", {}), ("insee_dep", {"enum": ["75", "92", "93", "94", None]}), ("departement", {})]  # fmt: skip


def _canton_columns() -> list[dict]:
    return [column(name, "String", **more) for name, more in _CANTON]


_PHARMACIES = table(1734, DEMO, "pharmacies_paris", [
    _key(),
    column("nom pharmacie", "String", title="Nom de la pharmacie", required=True, nullable=False, min_length=3,
           max_length=60),
    column("zone", "String", enum=["Zone1", "Zone2", "Zone3", None], default_value="Zone1"),
    column("capacite", "Integer", min_value="0", max_value="50"),
    column("telephone", "String", pattern=r"^0[1-9]( [0-9]{2}){4}$", short_name="tel"),
    column("site", "String", pattern="_URL_", max_length=200),
    column("garde", "Boolean", default_value="false"),
    column("horaires", "String", enum={"Jour": "J", "Nuit": "N", "Jour et nuit": "JN"}),
    column("identifiant national", "String", unique=True, max_length=12),
    column("departement", "String", computed=True, automatic=True, formula="department", read_only=True),
    column("saisie_le", "DateTime", automatic=True),
    column("gestionnaire", "String", description="Seuls les gestionnaires du groupe la changent"),
    _geometry("Point", 2154),
], min_zoom_level=10, style=styles.PHARMACIES,
   styles=[styles.PHARMACIES_ETOILES, styles.PHARMACIES_IMAGES])  # fmt: skip

_CANTONS = table(1735, DEMO, "cantons", [_own_key("code"), *_canton_columns(), _geometry("Polygon", 4326)],
                 style=styles.CANTONS, styles=[styles.CANTONS], extent="2.14,48.68,2.62,49.02",
                 crs="EPSG:4326")  # fmt: skip

_TYPES = table(1736, DEMO, "Tous les types (été)", [
    _key("N° objet"),
    column("Booléen", "Boolean", default_value="true"),
    column("Horodatage", "DateTime", min_value="1950-01-01 00:00:00", max_value="2099-12-31 23:59:59"),
    column("Date", "Date", default_value="CURRENT_DATE", min_value="1950-01-01"),
    column("Double précision", "Double", min_value="-10000.5", max_value="10000.5"),
    column("Entier", "Integer", min_value="-1000", max_value="1000"),
    column("Détails", "JsonValue", json_schema={"type": "object", "properties": {"précision": {"type": "number"}}}),
    column("Étiquettes", "JsonValue"),
    column("Pièce jointe", "Document", mime_types="image/png,image/jpeg,application/pdf"),
    column("J'aime", "Like", queryable=False),
    column("Texte", "String", max_length=100),
    column("texte", "String", max_length=100, description="Même nom que « Texte », à la casse près"),
    column("Année", "Year", min_value="1900", max_value="2100"),
    column("Mois", "YearMonth", min_value="1990-01", max_value="2099-12"),
    column("Liste", "String", enum=["Bon", "Moyen", "Mauvais", None]),
    column("Code", "Integer", enum={"Un": 1, "Deux": 2, "Trois": 3}),
    column("Nature", "String", enum=["Route", "Chemin", "Autre"], default_value="Autre", jeux_attributs={
        "Route": {"Revêtement": "Enrobé", "Entier": 5, "Booléen": True},
        "Chemin": {"Revêtement": "Terre", "Entier": None, "Booléen": False}}),
    column("Revêtement", "String", **_mapping("Nature", Route=["Enrobé", "Pavés"], Chemin=["Terre", "Gravier"],
                                               Autre=[])),
    column("Réservé", "String", read_only=True),
    column("Invisible au filtre", "String", queryable=False),
    column("Relation", "Integer", target_table=1735, target_entity="cantons"),
    _geometry("Point", 4326, name="Géométrie"),
], style=styles.OPERATEURS, styles=[], title="Tous les types de colonne", max_zoom_level=30)  # fmt: skip

_WITHOUT_GEOMETRY = table(1737, DEMO, "sans_geometrie", [_key(), column("libelle", "String", required=True)])
_WITHOUT_KEY = table(1738, DEMO, "sans_cle", [column("libelle", "String"), _geometry("Point", 4326)], id_name=None)
_READ_ONLY = table(1739, DEMO, "archives", [_key(), column("libelle", "String"), _geometry("Point", 4326)],
                   read_only=True)  # fmt: skip

_NATURES = ["Type autoroutier", "Route à 2 chaussées", "Route à 1 chaussée", "Chemin", "Sentier"]
_ROADS = table(2101, BDTOPO, "troncon_de_route", [
    _key("cleabs", "String"),
    column("nature", "String", required=True, enum=_NATURES, jeux_attributs={
        "Chemin": {"importance": "5", "acces_pieton": "Libre", "itineraire_vert": False, "largeur_de_chaussee": None},
        "Type autoroutier": {"importance": "1", "acces_pieton": "Impossible", "itineraire_vert": False}}),
    column("importance", "String", enum=["1", "2", "3", "4", "5", "6", None]),
    column("acces_pieton", "String", **_mapping("nature", **{
        "Type autoroutier": ["Impossible"], "Chemin": ["Libre", "Restreint"], "Sentier": ["Libre"]})),
    column("itineraire_vert", "Boolean"),
    column("largeur_de_chaussee", "Double", min_value="0", max_value="40"),
    column("sens_de_circulation", "String", enum=["Sens direct", "Sens inverse", "Double sens", None]),
    column("nom_voie", "String", max_length=80),
    _geometry("LineString", 2154, is3d=True, name="geometrie"),
], style=styles.ROUTES, styles=[styles.ROUTES, styles.ROUTES_IMPORTANCE], tile_zoom_level=14,
   title="Tronçon de route")  # fmt: skip
_BUILDINGS = table(2102, BDTOPO, "batiment", [
    _key("cleabs", "String"),
    column("nature", "String", enum=["Indifférenciée", "Église", "Industriel, agricole ou commercial", None]),
    column("hauteur", "Double", min_value="0"),
    _geometry("MultiPolygon", 2154, is3d=True, name="geometrie"),
], style=styles.BATIMENTS, styles=[styles.BATIMENTS], min_zoom_level=15, title="Bâtiment")  # fmt: skip
_PLACES = table(2103, BDTOPO, "point_d_interet", [
    _key("cleabs", "String"), column("toponyme", "String", max_length=120),
    _geometry("Point", 2154, is3d=True, name="geometrie"),
])  # fmt: skip

_FOLLOWED = table(3401, SUIVI, "cantons_suivis", [
    _key("id_canton"), column("code", "String", unique=True, max_length=8), *_canton_columns(),
    column("suivi", "String", enum=["À faire", "En cours", "Fait"], default_value="À faire"),
    column("visite", "Date"),
    _geometry("MultiPolygon", 2154),
], style=styles.SUIVI)  # fmt: skip
_PARCELS = table(BIG_TABLE, SUIVI, "parcelles", [
    _key("id"),
    column("numero", "String", max_length=20), column("nature", "String", enum=["Bâtie", "Non bâtie", None]),
    column("surface", "Double", min_value="0"), column("etage", "Integer", min_value="-5", max_value="60"),
    column("releve", "Date"), column("vu", "Boolean"), column("commentaire", "String", max_length=200),
    _geometry("Polygon", 2154),
], style=styles.PARCELLES, styles=[styles.PARCELLES], min_zoom_level=12)  # fmt: skip
_SECRET = table(3403, SUIVI, "confidentiel", [_key(), column("libelle", "String"), _geometry("Point", 4326)])
_OWN_KEYS = table(3404, SUIVI, "bornes", [
    _own_key("reference", pattern="^[A-Z]{2}-[0-9]+$"), column("etat", "String", enum=["Bon", "Mauvais", None]),
    _geometry("Point", 4326),
])  # fmt: skip


def _of_every_geometry() -> list[dict]:
    """One table for each geometry type in 2D (WGS84) and in 3D (Lambert 93)."""
    return [
        table(3410 + 2 * number + is3d, SUIVI, f"geo_{type_.lower()}_{'3d' if is3d else '2d'}",
              [_key(), column("libelle", "String"), _geometry(type_, 2154 if is3d else 4326, is3d=is3d)])
        for number, type_ in enumerate(GEOMETRY_TYPES)
        for is3d in (False, True)
    ]  # fmt: skip


TABLES = {
    item["id"]: item
    for item in (
        _PHARMACIES, _CANTONS, _TYPES, _WITHOUT_GEOMETRY, _WITHOUT_KEY, _READ_ONLY, _ROADS, _BUILDINGS, _PLACES,
        _FOLLOWED, _PARCELS, _SECRET, _OWN_KEYS, *_of_every_geometry(),
    )
}  # fmt: skip
