"""What is wrong with edits before they are sent: each rule, and that the rules are those of the server."""

import json
import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from geocollab.client.espaceco.databases import column_of, table_of
from geocollab.client.espaceco.layers import layer_of
from geocollab.store.edits import Edit
from geocollab.workflows.layers.actions import drafted, encoded, geometry_text
from geocollab.workflows.layers.described import Described
from geocollab.workflows.layers.edit_checks import faults_of, value_faults
from geocollab.workflows.layers.geometries import sent_wkt, shape_of, wkb
from geocollab.workflows.positions import BadGeometry, quiet
from sandbox import values
from sandbox.catalogue import Table
from sandbox.errors import ApiError
from sandbox.world.tables import DATABASES, TABLES, column

TYPES, PHARMACIES, ROADS, POSTS = TABLES[1736], TABLES[1734], TABLES[2101], TABLES[3404]
HERE = wkb("POINT(2.35 48.85)")


def described_of(table, **more):
    """A layer of a table of the sandbox."""
    row = {"id": 1, "type": "feature-type", "table": table["id"], "database": table["database_id"], "role": "edit"}
    bduni = DATABASES[table["database_id"]]["database_type"] == "bduni"
    known = table_of(table["database_id"], table["id"], table)
    return Described(375, "Groupe", layer_of(row), known, "", bduni, **more)


def edit_of(table, base=None, **mine):
    """An insert of these values, or an update of `base` to them; `mine` with None alone deletes."""
    names = [item["name"] for item in table["columns"]]
    new = {**dict.fromkeys(names), **(base or {}), **mine}
    if base is None:
        return Edit("insert", 1, None, None, None, new, tuple(n for n in names if new[n] is not None))
    old = {**dict.fromkeys(names), **base}
    key = table["id_name"]
    return Edit("update", 1, old[key], "print", old, new, tuple(n for n in names if old[n] != new[n]))


def sentences(edit, table, **more):
    with quiet():
        return [fault.sentence for fault in faults_of(edit, described_of(table, **more))]


def pharmacy(**values_):
    return edit_of(PHARMACIES, **{"nom pharmacie": "Du Pont", "geom": wkb("POINT(652000 6862000)"), **values_})


# ---------------------------------------------------------------------- each rule in words


@pytest.mark.parametrize(
    ("given_", "sentence"),
    [
        ({"nom pharmacie": None},
         "“Nom de la pharmacie (nom pharmacie)” must have a value. Accepted: a text, at least 3 characters, "
         "at most 60 characters."),
        ({"nom pharmacie": ""},
         "“Nom de la pharmacie (nom pharmacie)” must have a value. Accepted: a text, at least 3 characters, "
         "at most 60 characters."),
        ({"nom pharmacie": "Du"},
         "“Nom de la pharmacie (nom pharmacie)”: “Du” is too short. Accepted: a text, at least 3 characters, "
         "at most 60 characters."),
        ({"nom pharmacie": "x" * 61},
         f"“Nom de la pharmacie (nom pharmacie)”: “{'x' * 60}…” is too long. Accepted: a text, "
         "at least 3 characters, at most 60 characters."),
        ({"zone": "Zone9"},
         "“zone”: “Zone9” is not one of the values. Accepted: one of: Zone1, Zone2, Zone3, (empty)."),
        ({"horaires": "Nuit"},
         "“horaires”: “Nuit” is not one of the values. Accepted: one of: Jour (J), Nuit (N), Jour et nuit (JN)."),
        ({"capacite": -1}, "“capacite”: -1 is too small. Accepted: a whole number, at least 0, at most 50."),
        ({"capacite": 51}, "“capacite”: 51 is too great. Accepted: a whole number, at least 0, at most 50."),
        ({"capacite": "douze"},
         "“capacite”: “douze” cannot be read as what is asked for. Accepted: a whole number, at least 0, at most 50."),
        ({"telephone": "12"},
         "“telephone”: “12” is not written as asked for. Accepted: a text, of the form ^0[1-9]( [0-9]{2}){4}$."),
        ({"site": "pharmacie.fr"},
         "“site”: “pharmacie.fr” is not written as asked for. Accepted: an address that begins with http:// or "
         "https://."),
        ({"geom": None}, "The object has no geometry."),
        ({"geom": wkb("LINESTRING(0 0,1 1)")}, "The geometry is a LINESTRING, and the layer takes Point."),
        ({"geom": wkb("POINT(3e7 0)")},
         "The geometry is outside of the world: is it in the coordinate system of the layer?"),
        ({"geom": b"\x01nonsense"}, "The geometry cannot be read. Draw it again."),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_what_is_accepted(given_, sentence):
    assert sentences(pharmacy(**given_), PHARMACIES) == [sentence]


def test_what_is_right():
    assert sentences(pharmacy(telephone="01 02 03 04 05", site="https://a.fr/x", garde=1, zone=None), PHARMACIES) == []
    assert sentences(pharmacy(telephone="", capacite=""), PHARMACIES) == []  # emptied in a form: no value


def types(**given_):
    return edit_of(TYPES, Géométrie=HERE, **given_)


@pytest.mark.parametrize(
    ("given_", "beginning"),
    [
        ({"Date": "2026-02-30"}, "“Date”: “2026-02-30” cannot be read"),
        ({"Date": "1949-12-31"}, "“Date”: 1949-12-31 is too small"),
        ({"Horodatage": "2100-01-01 00:00:00"}, "“Horodatage”: 2100-01-01 00:00:00 is too great"),
        ({"Année": "26"}, "“Année”: “26” cannot be read"),
        ({"Année": "1899"}, "“Année”: 1899 is too small"),
        ({"Mois": "2026-13"}, "“Mois”: “2026-13” cannot be read"),
        ({"Booléen": 2}, "“Booléen”: “2” cannot be read"),
        ({"Code": 4}, "“Code”: “4” is not one of the values. Accepted: one of: Un (1), Deux (2), Trois (3)."),
        ({"Détails": "{"}, "“Détails”: “{” cannot be read"),
        ({"Détails": '{"précision": "x"}'},
         "“Détails”: “{\"précision\": \"x\"}” does not fit what the column asks for ('x' is not of type 'number')."),
        ({"Revêtement": "Terre", "Nature": "Route"},
         "“Revêtement” cannot be “Terre” where “Nature” is “Route”. Accepted: Enrobé, Pavés."),
        ({"Revêtement": "Terre", "Nature": "Autre"},
         "“Revêtement” must be empty where “Nature” is “Autre”, and it is “Terre”."),
        ({"Revêtement": "Terre"}, "“Revêtement” must be empty where “Nature” is “Autre”"),  # the server's default
        ({"Pièce jointe": "nowhere/photo.png"}, "“Pièce jointe”: the document"),
    ],
)  # fmt: skip
def test_rules_of_other_types(given_, beginning):
    (sentence,) = sentences(types(**given_), TYPES)
    assert sentence.startswith(beginning)


def test_documents(tmp_path):
    photo, text, empty = tmp_path / "p.png", tmp_path / "t.txt", tmp_path / "e.png"
    photo.write_bytes(b"x")
    text.write_bytes(b"x")
    empty.write_bytes(b"")
    assert sentences(types(**{"Pièce jointe": str(photo)}), TYPES) == []
    assert sentences(types(**{"Pièce jointe": "6001"}), TYPES) == []
    (wrong,) = sentences(types(**{"Pièce jointe": str(text)}), TYPES)
    assert "is a document of type text/plain. Accepted: image/png, image/jpeg, application/pdf." in wrong
    (wrong,) = sentences(types(**{"Pièce jointe": str(empty)}), TYPES)
    assert wrong.endswith("e.png is empty.")


def test_the_whole_row_counts():
    """An unchanged value can become wrong by the change of another; what the server has is not judged by itself."""
    base = {"N° objet": 1, "Nature": "Chemin", "Revêtement": "Terre", "Entier": 9999, "Géométrie": HERE}
    (sentence,) = sentences(edit_of(TYPES, base, Nature="Route"), TYPES)
    assert sentence == "“Revêtement” cannot be “Terre” where “Nature” is “Route”. Accepted: Enrobé, Pavés."
    assert sentences(edit_of(TYPES, base, Nature="Route", Revêtement="Pavés"), TYPES) == []


def test_layers_that_cannot_be_edited_and_versions_that_are_not_known():
    table = described_of(ROADS, refusals=("table", "permission"))
    with quiet():
        found = faults_of(Edit("delete", 1, "T1", "print", {"geometrie": None}, None, ()), table)
    assert [fault.sentence for fault in found] == [
        "The layer cannot be edited: the table is read only. Discard the edit, or ask a manager.",
        "The layer cannot be edited: the group has no right to edit it. Discard the edit, or ask a manager.",
    ]
    with quiet():
        (fault,) = faults_of(Edit("delete", 1, "T1", None, {"geometrie": None}, None, ()), described_of(ROADS))
    assert fault.sentence.startswith("It is not known which version of the object was edited.")


def test_a_crossing_contour():
    table = TABLES[3422]
    bow = wkb("POLYGON((0 0,1 1,1 0,0 1,0 0))")
    (sentence,) = sentences(edit_of(table, geom=bow), table)
    assert sentence.startswith("The geometry is not valid")


def test_patterns_that_would_take_for_ever_are_the_servers_business():
    hostile = column_of(column("x", "String", pattern="^(a+)+$"))
    assert list(value_faults(hostile, "a" * 60 + "b")) == []
    assert list(value_faults(column_of(column("x", "String", pattern="^(")), "a")) == []


# ---------------------------------------------------------------------- as the server finds it

TEXTS = st.text(max_size=12) | st.sampled_from(
    ["", "Route", "Enrobé", "1", "2024", "2024-02", "x" * 101, "https://a.b"]
)
DATES = st.dates().map(str) | st.datetimes().map(lambda moment: moment.isoformat(" ", "seconds"))
NUMBERS = st.integers(-(2**64), 2**64) | st.floats() | st.integers(-6, 70)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=4), lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(["précision", "cnt", "userid", "validDate", "x"]), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip
ANYTHING = st.none() | TEXTS | DATES | NUMBERS | JSON.map(lambda value: json.dumps(value, ensure_ascii=False))
CHECKED = [
    (Table(table, DATABASES[table["database_id"]]), item)
    for table in (TYPES, PHARMACIES, ROADS, POSTS, TABLES[3401], TABLES[3402])
    for item in table["columns"]
    if item["type"] not in (*values.GEOMETRY_TYPES, "Document")
]


def server_takes(table, item, value):
    """Whether the sandbox takes a value that is sent as JSON."""
    try:
        values.read(table, item, json.loads(json.dumps(value, allow_nan=False)), None)
    except ApiError:
        return False
    return True


@given(st.sampled_from(CHECKED), ANYTHING)
@example(CHECKED[2], "2026-05-04T10:20:30")
def test_single_values_are_judged_as_by_the_server(place, value):
    table, item = place
    ours = column_of(item)
    try:
        sent = encoded(ours, value)
    except ValueError:
        # what is no value of the type: the server takes it in no form that we could give it
        assert item["type"] != "String" or "\0" in str(value)
        assert value is not None
        if item["type"] not in ("JsonValue", "Like", "String"):
            assert not server_takes(table, item, value if not isinstance(value, float) or math.isfinite(value) else "")
        return
    assert (sent is None or not list(value_faults(ours, sent))) == server_takes(table, item, sent)


@given(st.sampled_from([TYPES, PHARMACIES, ROADS, POSTS]), st.booleans(), st.data())
def test_whole_rows_are_judged_as_by_the_server(served, new, data):
    """What is mandatory, and what depends on another column."""
    table = Table(served, DATABASES[served["database_id"]])

    def drawn():
        """A row; the values are those that a column takes by itself."""
        row = {}
        for item in served["columns"]:
            choices = item["enum"].values() if isinstance(item["enum"], dict) else item["enum"]
            some = ["Enrobé", "Terre", "Libre", "Impossible", "", "abc"] if item["type"] == "String" else []
            kept = [value for value in (*(choices or ()), *some) if server_takes(table, item, value)]
            row[item["name"]] = data.draw(st.sampled_from([None, *kept]))
        row[served["geometry_name"]] = wkb("POINT(2 48)")
        return row

    base = None if new else drawn()
    edit = edit_of(served, base, **drawn())
    draft = drafted(edit, described_of(served), None)
    with quiet():
        found = [fault for fault in faults_of(edit, described_of(served), draft=draft) if fault.column]
    wrong = {fault.column for fault in found} - {served["geometry_name"]}
    defaults = {n: values.default(c, _Clock()) for n, c in table.columns.items()}
    stored = {**(defaults if new else base), **{n: v for n, v in draft.values.items() if v is not None or not new}}
    stored[served["geometry_name"]] = "POINT(2 48)"
    try:
        values.finish(table, {name: stored.get(name) for name in table.columns}, None, None, set())
        taken = True
    except ApiError:
        taken = False
    assert (not wrong) == taken


LISTS = [None, ["a", "b"], ["a", None], {"A": "a"}, {"A": "a", "B": None}, '["a"]', '["a", null]', '{"A": "a"}', "a"]


@given(st.fixed_dictionaries({name: st.booleans() for name in ("required", "nullable", "automatic", "computed")}),
       st.sampled_from(LISTS))  # fmt: skip
def test_mandatory_is_what_the_server_misses(flags, listed):
    known = column_of({**column("x", "String"), **flags, "enum": listed}).mandatory
    enum = json.loads(listed) if isinstance(listed, str) and listed != "a" else listed
    served = {**PHARMACIES, "columns": [column("x", "String", **{**flags, "enum": None if enum == "a" else enum})]}
    try:
        values.finish(Table(served, DATABASES[9]), {"x": None}, None, None, set())
        taken = True
    except ApiError:
        taken = False
    assert known == (not taken)


def test_a_key_that_the_server_gives_is_never_missed():
    keys = {"required": True, "automatic": False, "read_only": True}
    columns = [{**item, **keys} if item["name"] == "gid" else item for item in PHARMACIES["columns"]]
    assert sentences(pharmacy(), {**PHARMACIES, "columns": columns}) == []
    reference = "“reference” must have a value. Accepted: "
    assert [said for said in sentences(edit_of(POSTS, geom=HERE), POSTS) if said.startswith(reference)]


class _Clock:
    @staticmethod
    def now():
        return 0


ORDINATES = st.integers(-80, 80) | st.floats(-80, 80)


@st.composite
def shapes(draw):
    """WKT of any kind, 2D or 3D."""
    dimension = draw(st.sampled_from((2, 3)))
    position = st.tuples(*[ORDINATES] * dimension).map(lambda numbers: " ".join(map(repr, numbers)))
    points = draw(st.lists(position, min_size=2, max_size=4))
    line = f"({','.join(points)})"
    ring = f"({','.join([*points, points[-1], points[0]])})"
    name, body = draw(st.sampled_from([
        ("POINT", f"({points[0]})"), ("MULTIPOINT", line), ("MULTIPOINT", f"({points[0]})"), ("LINESTRING", line),
        ("MULTILINESTRING", f"({line})"), ("MULTILINESTRING", f"({line},{line})"), ("POLYGON", f"({ring})"),
        ("MULTIPOLYGON", f"(({ring}))"),
    ]))  # fmt: skip
    return f"{name}{' Z' * (dimension == 3)}{body}"


@given(st.sampled_from([*range(3410, 3426), 2101, 2102, 2103, 1734]), shapes())
def test_geometries_are_written_as_the_server_takes_them(number, text):
    served = TABLES[number]
    table, described = Table(served, DATABASES[served["database_id"]]), described_of(served)
    item = table.columns[served["geometry_name"]]
    with quiet():
        try:
            sent = geometry_text(wkb(text), described)
        except BadGeometry:
            with pytest.raises(ApiError):
                values.read_geometry(table, item, text)
            return
    assert values.read_geometry(table, item, sent)
    assert "Z" not in sent


@pytest.mark.parametrize(
    ("text", "kind", "is3d", "height", "sent"),
    [
        ("POINT(1 2)", "Point", False, None, "POINT(1 2)"),
        ("POINT(1 2)", "MultiPoint", False, None, "MULTIPOINT((1 2))"),
        ("MULTIPOINT((1 2))", "Point", False, None, "POINT(1 2)"),
        ("LINESTRING Z(1 2 3,4 5 6)", "MultiLineString", True, None, "MULTILINESTRING((1 2 3,4 5 6))"),
        ("LINESTRING Z(1 2 3,4 5 6)", "LineString", False, None, "LINESTRING(1 2,4 5)"),
        ("LINESTRING(1 2,4 5)", "LineString", True, -1000.0, "LINESTRING(1 2 -1000,4 5 -1000)"),
        ("POLYGON Z((0 0 1,1 0 1,1 1 1,0 0 1))", "MultiPolygon", True, -1000.0,
         "MULTIPOLYGON(((0 0 -1000,1 0 -1000,1 1 -1000,0 0 -1000)))"),
        ("GEOMETRYCOLLECTION Z(POINT Z(1 2 3))", "Geometry", True, -1000.0, "GEOMETRYCOLLECTION(POINT(1 2 -1000))"),
        ("POINT(0.1 0.30000000000000004)", "Geometry", False, None, "POINT(0.1 0.30000000000000004)"),
    ],
)  # fmt: skip
def test_geometries_made_to_fit(text, kind, is3d, height, sent):
    with quiet():
        assert sent_wkt(shape_of(wkb(text)), kind, is3d=is3d, height=height) == sent


@pytest.mark.parametrize(
    ("text", "kind", "is3d"),
    [
        ("MULTIPOINT((1 2),(3 4))", "Point", False),
        ("LINESTRING(0 0,1 1)", "Polygon", False),
        ("POINT(1 2)", "Point", True),
        ("POINT(1 2)", "GeometryCollection", False),
    ],
)
def test_geometries_that_do_not_fit(text, kind, is3d):
    with quiet(), pytest.raises(BadGeometry):
        sent_wkt(shape_of(wkb(text)), kind, is3d=is3d)


@pytest.mark.parametrize(
    ("kind", "value", "sent"),
    [
        ("DateTime", "2026-05-04T10:20:30", "2026-05-04 10:20:30"),
        ("DateTime", "2026-05-04 10:20", "2026-05-04 10:20:00"),
        ("DateTime", "2026-05-04T10:20:30.123", "2026-05-04 10:20:30"),
        ("DateTime", "2026-05-04T10:20:30Z", "2026-05-04 12:20:30"),
        ("DateTime", "2026-01-04T10:20:30+0300", "2026-01-04 08:20:30"),
        ("Date", "2026-05-04T00:00:00", "2026-05-04"),
        ("Year", 2026, "2026"),
        ("Integer", 3.0, 3),
        ("Boolean", "TRUE", True),
        ("Boolean", 0, False),
        ("Document", 6001, "6001"),
        ("JsonValue", '{"a": [1, null]}', {"a": [1, None]}),
        ("JsonValue", '"a text"', '"a text"'),
        ("Inconnu", 3, "3"),
        ("String", "", ""),
        ("Integer", "", None),
    ],
)
def test_values_are_written_as_the_contract_says(kind, value, sent):
    assert encoded(column_of({**column("x", "String"), "type": kind}), value) == sent
