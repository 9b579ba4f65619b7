"""Section 2.10 and A21 to A26: the WFS-like reading endpoint."""

import csv
import io
import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox import filters, wkt
from sandbox.catalogue import Catalogue
from sandbox.errors import ApiError
from sandbox.process import SandboxProcess
from sandbox.rows import Rows, fingerprint
from sandbox.state import State, encode
from sandbox.values import finish, read
from sandbox.world import content
from sandbox.world.tables import TABLES

ASKED = {"service": "WFS", "version": "1.0.0", "request": "GetFeature", "outputFormat": "JSON"}


@pytest.fixture
def wfs(membre):
    """`wfs("base:table", filter={…}, …)`: the answer; a filter is given as an object."""

    def ask(typename, path="/wfs", **more):
        if isinstance(more.get("filter"), (dict, list)):
            more["filter"] = json.dumps(more["filter"])
        return membre.get(path, {**ASKED, "typename": typename, **more})

    return ask


def test_rows_are_flat_with_the_geometry_as_wkt_in_the_crs_of_the_table(wfs):
    rows = wfs("demo_guichet:pharmacies_paris").json()
    assert len(rows) == 60
    assert list(rows[0]) == [column["name"] for column in TABLES[1734]["columns"]]
    assert re.fullmatch(r"POINT\(6[0-9]{5}[0-9.]* 68[0-9]{5}[0-9.]*\)", rows[0]["geom"])
    roads = wfs("bdtopo_fxx:troncon_de_route", maxFeatures=5).json()
    assert all(re.match(r"LINESTRING\(\S+ \S+ \S+,", row["geometrie"]) for row in roads)


def test_a21_typename_with_and_without_its_base(wfs):
    whole = wfs("demo_guichet:cantons").json()
    assert (
        wfs("cantons", "/wfs/demo_guichet").json() == wfs("demo_guichet:cantons", "/wfs/demo_guichet").json() == whole
    )
    assert wfs("cantons").status_code == 400
    assert wfs("bdtopo_fxx:batiment", "/wfs/demo_guichet").status_code == 400
    assert wfs("cantons", "/wfs/inconnue").status_code == 404
    assert wfs("demo_guichet:inconnue").status_code == 404
    assert wfs("suivi_terrain:confidentiel").status_code == 403


def test_names_of_parameters_have_no_case(membre):
    odd = {"SERVICE": "WFS", "VERSION": "1.1.0", "Request": "getfeature", "typeName": "demo_guichet:cantons",
           "OUTPUTFORMAT": "JSON", "MAXFEATURES": "2"}  # fmt: skip
    assert len(membre.get("/wfs", odd).json()) == 2


@pytest.mark.parametrize(
    "more",
    [
        {"service": "WMS"}, {"version": "2.0.0"}, {"request": "GetMap"}, {"outputFormat": "GML"},
        {"outputFormat": "json"}, {"srsname": "EPSG:27572"}, {"bbox": "1,2,3"}, {"bbox": "3,0,1,1"},
        {"bbox": "1,2,3,nan"}, {"bbox": "0,0,1,1,EPSG:1"}, {"bbox": "0,0,1,1,EPSG:4326,x"}, {"offset": "-1"},
        {"maxFeatures": "0"}, {"maxFeatures": "dix"}, {"numrec": "5"}, {"sortby": "nom"}, {"propertyname": "nom"},
        {"filter": "nom='x'"}, {"filter": "[]"}, {"page": "2"}, {"limit": "10"},
    ],
)  # fmt: skip
def test_what_is_not_understood_is_refused(wfs, more):
    answer = wfs("demo_guichet:cantons", **more)
    assert answer.status_code == 400
    assert answer.json()["code"] == 400


def test_a_parameter_comes_once_whatever_its_case(membre):
    query = "service=WFS&request=GetFeature&typename=demo_guichet:cantons&outputFormat=JSON"
    assert membre.get("/wfs?" + query).status_code == 200
    assert membre.get("/wfs?" + query + "&TYPENAME=demo_guichet:cantons").status_code == 400


def test_access(call, wfs):
    whole = {**ASKED, "typename": "suivi_terrain:cantons_suivis"}
    assert call(None).get("/wfs", whole).status_code == 401
    assert call("sansgroupe").get("/wfs", whole).status_code == 403
    assert len(call("contributeur").get("/wfs", whole).json()) == 61


def test_capabilities_and_description(membre):
    asked = {"service": "WFS", "request": "GetCapabilities"}
    text = membre.get("/wfs", asked).text
    assert "<Name>demo_guichet:cantons</Name>" in text and "confidentiel" not in text
    assert "cantons_suivis" not in membre.get("/wfs/demo_guichet", asked).text
    described = membre.get("/wfs/demo_guichet", {**asked, "request": "DescribeFeatureType", "typename": "cantons"})
    assert 'name="insee_com"' in described.text
    assert membre.get("/wfs", {**asked, "typename": "demo_guichet:cantons"}).status_code == 400


def test_pages_by_offset_together_hold_each_row_once_by_key(wfs):
    pages, offset = [], 0
    while True:
        page = wfs("bdtopo_fxx:troncon_de_route", maxFeatures=60, offset=offset).json()
        pages.append(page)
        if len(page) < 60:
            break
        offset += 60
    assert [len(page) for page in pages] == [60, 60, 60, 60, 0]  # an exact multiple costs one more, empty
    keys = [row["cleabs"] for page in pages for row in page]
    assert keys == sorted(set(keys)) and len(keys) == 240  # A23


def test_a23_numbers_are_ordered_as_numbers(wfs):
    assert [row["id"] for row in wfs("suivi_terrain:parcelles").json()] == list(range(1, 201))
    codes = [row["code"] for row in wfs("demo_guichet:cantons").json()]
    assert codes == sorted(codes)


def test_a24_destroyed_rows_come_unless_they_are_filtered(wfs):
    everything = wfs("suivi_terrain:cantons_suivis").json()
    live = wfs("suivi_terrain:cantons_suivis", filter={"gcms_detruit": False}).json()
    gone = wfs("suivi_terrain:cantons_suivis", filter={"gcms_detruit": True}).json()
    assert len(gone) == 5 and len(live) + len(gone) == len(everything) == 61
    assert {row["detruit"] for row in wfs("bdtopo_fxx:batiment").json()} == {True, False}


def test_a26_historised_rows_have_a_fingerprint_and_a_number(wfs):
    for typename in ("suivi_terrain:cantons_suivis", "suivi_terrain:parcelles", "bdtopo_fxx:troncon_de_route"):
        for row in wfs(typename).json():
            assert row["gcms_fingerprint"] == fingerprint(row) and len(row["gcms_fingerprint"]) == 32
            assert row["gcms_numrec"] > 0
    assert not {"gcms_fingerprint", "gcms_numrec"} & set(wfs("demo_guichet:cantons", maxFeatures=1).json()[0])


def test_a22_numrec_is_a_parameter_and_gcms_numrec_is_ignored(wfs):
    rows = wfs("suivi_terrain:cantons_suivis").json()
    middle = sorted(row["gcms_numrec"] for row in rows)[30]
    since = [row for row in rows if row["gcms_numrec"] >= middle]
    assert wfs("suivi_terrain:cantons_suivis", numrec=middle, filter={}).json() == since
    assert any(row["gcms_detruit"] for row in since)
    assert wfs("suivi_terrain:cantons_suivis", gcms_numrec=middle).json() == rows
    by_filter = {"$and": [{"gcms_detruit": False}, {"gcms_numrec": {"$gte": middle}}]}
    asked = wfs("suivi_terrain:cantons_suivis", gcms_numrec=middle, filter=by_filter)
    assert asked.json() == [row for row in since if not row["gcms_detruit"]]


def test_a25_ten_thousand_at_most(caller):
    with SandboxProcess(reports=5, features=10_500, rate=0) as process:
        membre = caller(process.url, "membre")
        asked = {**ASKED, "typename": "suivi_terrain:parcelles"}
        assert len(membre.get("/wfs", {**asked, "maxFeatures": 20_000}).json()) == 10_000
        assert len(membre.get("/wfs", asked).json()) == 10_000
        last = membre.get("/wfs", {**asked, "maxFeatures": 20_000, "offset": 10_000}).json()
        assert [row["id"] for row in last] == list(range(10_001, 10_501))


@pytest.mark.parametrize("srid", [4326, 2154, 3857])
def test_srsname_is_the_crs_of_the_answer_and_of_the_box(wfs, srid):
    """A box around one canton, in each system: the canton is found, in that system."""
    name = f"EPSG:{srid}"
    rows = {row["code"]: row for row in wfs("suivi_terrain:cantons_suivis", srsname=name).json()}
    west, south, east, north = wkt.extent(wkt.read(rows["9201"]["geom"]))
    assert (abs(west) <= 180) == (srid == 4326)
    inner = [
        west + (east - west) / 3,
        south + (north - south) / 3,
        east - (east - west) / 3,
        north - (north - south) / 3,
    ]
    box = ",".join(map(str, inner))
    for more in ({"srsname": name, "bbox": box}, {"bbox": f"{box},{name}"}):
        found = wfs("suivi_terrain:cantons_suivis", **more).json()
        assert "9201" in {row["code"] for row in found} and len(found) < 12
    own = {row["code"]: row for row in wfs("suivi_terrain:cantons_suivis").json()}
    assert rows["9201"]["gcms_fingerprint"] == own["9201"]["gcms_fingerprint"]


def test_a_box_needs_a_geometry(wfs):
    assert wfs("demo_guichet:sans_geometrie", bbox="0,0,1,1").status_code == 400
    assert len(wfs("demo_guichet:sans_geometrie").json()) == 12
    assert len(wfs("demo_guichet:sans_cle").json()) == 8


def test_3d_keeps_its_heights_in_another_system(wfs):
    own = wfs("bdtopo_fxx:point_d_interet", maxFeatures=3).json()
    degrees = wfs("bdtopo_fxx:point_d_interet", maxFeatures=3, srsname="EPSG:4326").json()
    for row, other in zip(own, degrees):
        assert row["geometrie"].split()[-1] == other["geometrie"].split()[-1]
        assert other["geometrie"].startswith("POINT(2.")


@pytest.mark.parametrize("form", ["GeoJSON", "application/json"])
def test_geojson(wfs, form):
    rows = wfs("suivi_terrain:geo_geometrycollection_3d").json()
    collection = wfs("suivi_terrain:geo_geometrycollection_3d", outputFormat=form).json()
    assert collection["type"] == "FeatureCollection"
    assert collection["crs"]["properties"]["name"] == "urn:ogc:def:crs:EPSG::2154"
    for row, feature in zip(rows, collection["features"]):
        geometry = row.pop("geom")
        assert feature["properties"] == row
        assert feature["id"] == f"geo_geometrycollection_3d.{row['gid']}"
        assert feature["geometry"] == wkt.geojson(wkt.read(geometry))
    assert "crs" not in wfs("demo_guichet:cantons", outputFormat=form).json()
    assert wfs("demo_guichet:sans_geometrie", outputFormat=form).json()["features"][0]["geometry"] is None


def test_csv(wfs):
    rows = wfs("demo_guichet:Tous les types (été)").json()
    answer = wfs("demo_guichet:Tous les types (été)", outputFormat="CSV")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    lines = list(csv.DictReader(io.StringIO(answer.content.decode())))
    assert len(lines) == len(rows) and list(lines[0]) == list(rows[0])
    for line, row in zip(lines, rows):
        for name, value in row.items():
            if value is None:
                assert line[name] == ""
            elif isinstance(value, (bool, dict, list)):
                assert json.loads(line[name]) == value
            else:
                assert line[name] == str(value)


# The condition language, against the same said in Python.

COLUMNS = {
    "Booléen": st.booleans(),
    "Entier": st.integers(-10, 40),
    "Double précision": st.floats(-10, 40),
    "Texte": st.sampled_from(["Relevé 1", "Relevé 12", "Sondage 2", "", "relevé", "%"]),
    "texte": st.sampled_from(["relevé 1, en minuscules", "Relevé 1"]),
    "Date": st.sampled_from(["2023-02-01", "2023-11-01", "2000-01-01"]),
    "Liste": st.sampled_from(["Bon", "Moyen", "Mauvais"]),
    "N° objet": st.integers(0, 50),
}
_LIKES = st.sampled_from(["%", "Rel%", "%1%", "Relevé _", "%s", "relevé%"])
_REGEX = st.sampled_from(["^Relevé 1$", "^Rel", "9$", "ev", "^(?!Relevé 1$).*$", "^((?!ev).)*$", "(?<!9)$", "^(?!Rel)"])


@st.composite
def operators(draw, name, depth=0):
    values = COLUMNS[name]
    kinds = ["$eq", "$ne", "$in", "$nin"] + ["$not"] * (depth < 2)
    if name != "Booléen":
        kinds += ["$gt", "$gte", "$lt", "$lte"]
    if name in ("Texte", "texte", "Liste"):
        kinds += ["$like", "$nlike", "$regex"]
    kind = draw(st.sampled_from(kinds))
    if kind in ("$eq", "$ne"):
        return {kind: draw(st.none() | values)}
    if kind in ("$in", "$nin"):
        return {kind: draw(st.lists(st.none() | values, min_size=1, max_size=4))}
    if kind == "$not":
        return {kind: draw(operators(name, depth + 1))}
    if kind == "$regex":
        return {kind: draw(_REGEX), **draw(st.sampled_from([{}, {"$options": "i"}]))}
    return {kind: draw(_LIKES if kind in ("$like", "$nlike") else values)}


@st.composite
def fields(draw):
    name = draw(st.sampled_from(sorted(COLUMNS)))
    return {name: draw(st.none() | COLUMNS[name] | operators(name))}


conditions = st.recursive(
    fields(), lambda inner: st.builds(lambda word, items: {word: items}, st.sampled_from(["$and", "$or"]),
                                      st.lists(inner, min_size=1, max_size=3)), max_leaves=6)  # fmt: skip


def _all(values):
    values = list(values)
    return False if False in values else None if None in values else True


def _any(values):
    values = list(values)
    return True if True in values else None if None in values else False


def _not(value):
    return None if value is None else not value


def holds(condition, row):
    """True, False or None (unknown) as SQL would have it."""
    ((name, wanted),) = condition.items()
    if name in ("$and", "$or"):
        return (_all if name == "$and" else _any)(holds(item, row) for item in wanted)
    if not isinstance(wanted, dict):
        wanted = {"$eq": wanted}
    options = wanted.get("$options")
    return _all(_compare(row[name], word, value, options) for word, value in wanted.items() if word != "$options")


def _compare(value, word, wanted, options):
    if word in ("$eq", "$ne") and wanted is None:
        return (value is None) == (word == "$eq")
    if word == "$not":
        return _not(_all(_compare(value, inner, item, wanted.get("$options")) for inner, item in wanted.items()
                         if inner != "$options"))  # fmt: skip
    if word in ("$in", "$nin"):
        found = _any(_compare(value, "$eq", item, None) for item in wanted)
        return found if word == "$in" else _not(found)
    if value is None:
        return None
    if word in ("$like", "$nlike"):
        pattern = "".join({"%": ".*", "_": "."}.get(char, re.escape(char)) for char in wanted)
        return (re.fullmatch(pattern, value, re.DOTALL) is not None) == (word == "$like")
    if word == "$regex":
        return re.search(wanted, value, re.IGNORECASE if options else 0) is not None
    return {"$eq": value == wanted, "$ne": value != wanted, "$gt": value > wanted, "$gte": value >= wanted,
            "$lt": value < wanted, "$lte": value <= wanted}[word]  # fmt: skip


@pytest.fixture(scope="module")
def rows():
    state = State(":memory:")
    made = Rows(state)
    content.fill(state, made, 20)
    yield made, Catalogue(state)
    state.close()


@pytest.mark.filterwarnings("ignore:Flags not at the start")
@settings(max_examples=300, deadline=None)
@given(condition=conditions)
def test_a_filter_finds_what_it_says(rows, condition):
    made, catalogue = rows
    table = catalogue.tables[1736]
    where, values = filters.condition(table, json.dumps(condition))
    found = [json.loads(body)["N° objet"] for body in made.bodies(made.ids(table, where, values))]
    everything = [json.loads(body) for body in made.bodies(made.ids(table))]
    assert found == [row["N° objet"] for row in everything if holds(condition, row) is True]


def test_all_wants_each_value(wfs):
    rows = wfs("demo_guichet:Tous les types (été)", filter={"Étiquettes": {"$all": ["nuit", "vélo"]}}).json()
    assert rows and {tuple(row["Étiquettes"]) for row in rows} == {("vélo", "nuit")}
    either = wfs("demo_guichet:Tous les types (été)", filter={"Étiquettes": {"$all": ["vélo"]}}).json()
    assert len(either) > len(rows)
    assert wfs("demo_guichet:cantons", filter={"insee_dep": {"$all": ["75"]}}).json()[0]["nom"] == "Paris"


@pytest.mark.parametrize(
    "condition",
    [
        {"inconnue": 1}, {"texte2": "x"}, {"Géométrie": "POINT(1 2)"}, {"Invisible au filtre": "x"},
        {"Entier": "3"}, {"Entier": True}, {"Texte": 3}, {"Booléen": "true"}, {"Booléen": {"$gt": False}},
        {"Entier": {"$presque": 3}}, {"Entier": {}}, {"Entier": {"$in": []}}, {"Entier": {"$in": 3}},
        {"Entier": {"$like": "3"}}, {"Texte": {"$regex": "("}}, {"Texte": {"$regex": "x", "$options": "g"}},
        {"Texte": {"$options": "i"}}, {"Texte": {"$like": 3}}, {"Entier": {"$gt": None}}, {"$or": []}, {"$and": {}},
        {"$nor": [{"Entier": 1}]}, {"Entier": 1, "Texte": "x"}, {"$and": [{"Entier": 1, "Texte": "x"}]},
        {"$and": [3]}, {"Entier": {"$not": 3}}, {"Entier": {"$gt": 1e300}}, {"gcms_numrec": 3},
        {"Texte": {"$like": "x" * 6000}}, {"Étiquettes": {"$all": "vélo"}},
    ],
    ids=str,
)  # fmt: skip
def test_conditions_that_are_refused(rows, condition):
    with pytest.raises(ApiError) as caught:
        filters.condition(rows[1].tables[1736], json.dumps(condition))
    assert caught.value.status == 400 and caught.value.message.startswith("filter :")


@pytest.mark.parametrize("text", ['{"Texte":"\\ud800"}', '{"\\ud800":1}', '{"Entier":NaN}',
                                  '{"Entier":{"$in":[1e999]}}', "[" * 5000, "3", "null", ""])  # fmt: skip
def test_texts_that_are_no_condition_are_refused(rows, text):
    with pytest.raises(ApiError):
        filters.condition(rows[1].tables[1736], text)


def test_a_deep_condition_is_refused(rows):
    text = '{"$and":[' * 60 + '{"Entier":1}' + "]}" * 60
    with pytest.raises(ApiError):
        filters.condition(rows[1].tables[1736], text)


def test_names_that_differ_by_case_only_are_two_columns(wfs):
    upper = wfs("demo_guichet:Tous les types (été)", filter={"Texte": "Relevé 1"}).json()
    lower = wfs("demo_guichet:Tous les types (été)", filter={"texte": "relevé 1, en minuscules"}).json()
    assert upper == lower and len(upper) == 1
    assert wfs("demo_guichet:Tous les types (été)", filter={"texte": "Relevé 1"}).json() == []


def test_the_seed_is_written_as_the_server_writes(rows):
    """The parcels, written as text for speed, are byte for byte what a transaction would have made of them."""
    made, catalogue = rows
    for table in catalogue.tables.values():
        for body in made.bodies(made.ids(table)):
            row = json.loads(body)
            assert encode(row) == body and tuple(row) == table.members
            if table.geometry:
                assert wkt.write(wkt.read(row[table.geometry])) == row[table.geometry]
            if table.versioned:
                assert row["gcms_fingerprint"] == fingerprint(row)


def test_every_row_of_the_seed_obeys_the_rules_of_its_columns(rows):
    """What was loaded can be sent back; only the heights of BDUni are not those that must be sent."""
    made, catalogue = rows
    for table in catalogue.tables.values():
        for id_ in made.ids(table):
            row = json.loads(made.bodies([id_])[0])
            for name, column in table.columns.items():
                if not (column["automatic"] or (table.bduni and name == table.geometry)):
                    read(table, column, row[name], made.state)
            finish(table, row, made, id_, set(table.columns))
