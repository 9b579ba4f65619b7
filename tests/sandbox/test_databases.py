"""Sections 2.7 and 2.3: databases, tables, columns, permissions; the profile of section 9."""

import pytest

from sandbox.world.tables import COLUMN_TYPES, GEOMETRY_TYPES, TABLES

TYPES = "/databases/9/tables/1736"


def columns(membre, table):
    database = TABLES[table]["database_id"]
    return {column["name"]: column for column in membre.get(f"/databases/{database}/tables/{table}").json()["columns"]}


def test_databases(membre, call):
    found = {database["id"]: database for database in membre.every("/databases")}
    assert {id_: (item["name"], item["database_type"], item["versioning"]) for id_, item in found.items()} == {
        9: ("demo_guichet", "standard", False),
        21: ("bdtopo_fxx", "bduni", True),
        34: ("suivi_terrain", "standard", True),
    }
    assert "tables" not in found[9]
    assert membre.get("/databases/21", {"fields": "extent,id"}).json() == {"id": 21, "extent": "2.1,48.6,2.7,49.1"}
    assert [database["id"] for database in membre.get("/databases", {"name": "bdtopo%"}).json()] == [21]
    assert [database["id"] for database in membre.get("/databases", {"title": "Suivi de terrain"}).json()] == [34]
    assert [database["id"] for database in call("contributeur").get("/databases").json()] == [34]
    assert call("sansgroupe").get("/databases").json() == []


def test_detail_lists_the_tables_that_one_may_see(membre, call):
    detail = membre.get("/databases/34").json()
    assert {"id": 3401, "name": "cantons_suivis", "title": "Cantons suivis"} in detail["tables"]
    assert 3403 not in {table["id"] for table in detail["tables"]}
    assert detail["styles"]
    assert [table["id"] for table in call("contributeur").get("/databases/34").json()["tables"]] == [3401]


@pytest.mark.parametrize(
    ("user", "path", "status"),
    [
        (None, "/databases", 401),
        (None, "/databases/9/tables/1734", 401),
        ("membre", "/databases/8", 404),
        ("membre", "/databases/8/tables", 404),
        ("membre", "/databases/9/tables/2101", 404),
        ("membre", "/databases/9/tables/1734/columns/17", 404),
        ("membre", "/databases/34/tables/3403", 403),
        ("membre", "/databases/34/tables/3403/columns", 403),
        ("membre", "/databases/34/tables/3403/features", 403),
        ("membre", "/databases/34/tables/3403/max-numrec", 403),
        ("contributeur", "/databases/9", 403),
        ("contributeur", "/databases/9/tables", 403),
        ("contributeur", "/databases/34/tables/3402", 403),
        ("attente", "/databases/9/tables/1734", 403),
        ("membre", "/databases/9/tables/1734?fields=inconnu", 400),
        ("membre", "/databases/9/tables?sort=prix:ASC", 400),
        ("membre", "/databases/9/tables/1734/columns?type=String", 400),
        ("membre", "/databases?limit=101", 400),
    ],
)
def test_refusals(call, user, path, status):
    assert call(user).get(path).status_code == status


def test_tables_and_their_members(sandbox, membre):
    table = membre.get("/databases/9/tables/1734").json()
    assert {name: table[name] for name in ("id", "database_id", "database", "database_versioning", "name", "id_name",
                                           "full_name", "geometry_name", "read_only", "min_zoom_level")} == {
        "id": 1734, "database_id": 9, "database": "demo_guichet", "database_versioning": False,
        "name": "pharmacies_paris", "id_name": "gid", "full_name": "demo_guichet:pharmacies_paris",
        "geometry_name": "geom", "read_only": False, "min_zoom_level": 10,
    }  # fmt: skip
    assert table["wfs"] == sandbox.url + "/gcms/api/wfs/demo_guichet"
    assert "crs" not in table and "extent" not in table  # absent in the real sample
    assert table["style"]["name"] not in {style["name"] for style in table["styles"]}  # the default may be missing
    listed = membre.every("/databases/9/tables")
    assert table in listed
    assert [item["id"] for item in membre.get("/databases/9/tables", {"name": "pharma%"}).json()] == [1734]
    without = membre.get("/databases/9/tables/1738").json()
    assert without["id_name"] is None
    assert membre.get("/databases/9/tables/1737").json()["geometry_name"] is None
    assert membre.get("/databases/9/tables/1739").json()["read_only"] is True


def test_every_type_of_column_is_somewhere(membre):
    types = {column["type"] for column in columns(membre, 1736).values()}
    assert types >= set(COLUMN_TYPES) - set(GEOMETRY_TYPES)
    everywhere = {column["type"] for table in membre.every("/databases/34/tables") for column in table["columns"]}
    assert everywhere >= set(GEOMETRY_TYPES)


def test_every_geometry_is_there_in_two_and_three_dimensions(membre):
    geometries = {
        (column["type"], column["is3d"], column["srid"], column["crs"])
        for table in membre.every("/databases/34/tables", name="geo_%")
        for column in table["columns"]
        if column["name"] == table["geometry_name"]
    }
    assert geometries == {(type_, False, 4326, "EPSG:4326") for type_ in GEOMETRY_TYPES} | {
        (type_, True, 2154, "IGNF:LAMB93") for type_ in GEOMETRY_TYPES
    }


def test_columns_show_every_rule(membre):
    pharmacies, types, roads = (columns(membre, table) for table in (1734, 1736, 2101))
    assert pharmacies["nom pharmacie"]["required"] and pharmacies["nom pharmacie"]["min_length"] == 3
    assert pharmacies["telephone"]["pattern"] and pharmacies["site"]["pattern"] == "_URL_"
    assert pharmacies["departement"]["formula"] == "department" and pharmacies["departement"]["computed"]
    assert pharmacies["identifiant national"]["unique"]
    assert None in pharmacies["zone"]["enum"] and isinstance(pharmacies["horaires"]["enum"], dict)
    assert types["Texte"] != types["texte"]
    assert types["Date"]["default_value"] == "CURRENT_DATE" and types["Booléen"]["default_value"] == "true"
    assert types["Mois"]["min_value"] == "1990-01" and types["Entier"]["max_value"] == "1000"
    assert types["Revêtement"]["constraint"]["mapping"]["Autre"] == []
    assert types["Revêtement"]["condition_field"] == "Nature"
    assert types["Détails"]["json_schema"] and types["Pièce jointe"]["mime_types"]
    assert types["Réservé"]["read_only"] and not types["Invisible au filtre"]["queryable"]
    assert roads["nature"]["jeux_attributs"]["Chemin"]["importance"] == "5"
    assert columns(membre, 3404)["reference"]["custom_id"]
    assert {"detruit", "date_modification", "gcms_numrec", "gcms_fingerprint"} <= set(roads)
    followed = columns(membre, 3401)
    assert {"gcms_detruit", "gcms_date_creation", "gcms_date_modification", "gcms_territoire"} <= set(followed)
    assert "gcms_fingerprint" not in followed and "gcms_numrec" not in followed


def test_columns_alone(membre):
    whole = membre.get("/databases/9/tables/1734").json()["columns"]
    assert membre.every("/databases/9/tables/1734/columns") == whole
    assert membre.get("/databases/9/tables/1734/columns", {"name": "geom"}).json() == whole[-1:]
    assert membre.get(f"/databases/9/tables/1734/columns/{whole[1]['id']}").json() == whole[1]
    assert [column["position"] for column in whole] == list(range(len(whole)))


def test_features_by_pages_and_one_by_its_key(membre):
    answer = membre.get("/databases/34/tables/3401/features")
    assert (answer.status_code, len(answer.json()), answer.headers["Content-Range"]) == (206, 10, "1-10/61")
    rows = membre.every("/databases/34/tables/3401/features")
    assert [row["id_canton"] for row in rows] == list(range(1, 62))
    destroyed = next(row for row in rows if row["gcms_detruit"])
    assert membre.get(f"/databases/34/tables/3401/features/{destroyed['id_canton']}").json() == destroyed
    road = membre.get("/databases/21/tables/2101/features", {"limit": 1}).json()[0]
    one = membre.get(f"/databases/21/tables/2101/features/{road['cleabs']}", {"fields": "cleabs,detruit"})
    assert one.json() == {"cleabs": road["cleabs"], "detruit": False}
    assert len(road["cleabs"]) == 24
    for path in ("34/tables/3401/features/999", "34/tables/3401/features/abc",
                 "34/tables/3401/features/²", "21/tables/2101/features/TRON",
                 "9/tables/1738/features/1"):  # fmt: skip
        assert membre.get("/databases/" + path).status_code == 404
    assert membre.get("/databases/34/tables/3401/features", {"sort": "code:ASC"}).status_code == 400


def test_max_numrec(membre):
    rows = membre.every("/databases/34/tables/3401/features")
    answer = membre.get("/databases/34/tables/3401/max-numrec")
    assert answer.json() == max(row["gcms_numrec"] for row in rows)
    assert membre.get("/databases/9/tables/1734/max-numrec").status_code == 403
    nowhere = membre.get("/databases/34/tables/3401/max-numrec", {"bbox": "0,0,1,1"})
    assert nowhere.json() == 0
    assert membre.get("/databases/34/tables/3401/max-numrec", {"bbox": "2.2,48.8,2.3,48.9,EPSG:4326"}).json() > 0
    assert membre.get("/databases/34/tables/3401/max-numrec", {"bbox": "a,b"}).status_code == 400


def test_a33_the_numbers_of_a_database_are_not_there_by_default(sandbox, membre):
    paths = ["/databases/21/max-numrec", "/databases/21/max-ordrefinevol"]
    assert [membre.get(path).status_code for path in paths] == [404, 404]
    sandbox.change("database_sequences")
    tables = [table["id"] for table in membre.every("/databases/21/tables")]
    greatest = max(membre.get(f"/databases/21/tables/{table}/max-numrec").json() for table in tables)
    assert membre.get(paths[0]).json() == greatest
    assert membre.get(paths[1]).json() >= greatest
    assert membre.get("/databases/9/max-numrec").status_code == 403
    assert membre.get("/databases/34/max-numrec?page=1").status_code == 400


def test_permissions_of_the_column_before_the_table_before_the_database(sandbox, membre):
    """A column that is hidden is in no answer, and no filter finds it."""
    listed = {(item["table"], item["column"]): item["level"] for item in membre.every("/permissions", community=375)
              if item["database"] == 9}  # fmt: skip
    assert (listed[None, None], listed[1734, None], listed[1734, 173411]) == ("VIEW", "EDIT", "VIEW")
    sandbox.change("permission", permission=3, level="NONE")
    assert "gestionnaire" not in columns(membre, 1734)
    assert "gestionnaire" not in membre.get("/databases/9/tables/1734/features/1").json()
    page = {"service": "WFS", "request": "GetFeature", "typename": "demo_guichet:pharmacies_paris"}
    row = membre.get("/wfs", {**page, "outputFormat": "JSON", "maxFeatures": 1}).json()[0]
    assert "gestionnaire" not in row and "nom pharmacie" in row
    found = membre.get("/wfs", {**page, "outputFormat": "JSON", "filter": '{"gestionnaire":"Ordre"}'})
    assert found.status_code == 400
    assert membre.get("/wfs", {**page, "outputFormat": "CSV"}).text.splitlines()[0].count("gestionnaire") == 0
