"""Databases, tables and columns as the sandbox describes them, and in every odd form."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geocollab.client import errors
from geocollab.client.espaceco import databases, layers
from geocollab.client.espaceco.api import EspaceCo
from tests.client.raw_server import RawServer, reply
from tests.client.test_layers import JSON

DEMO, BDTOPO, SUIVI = 9, 21, 34
COLUMN = ("id", "name", "title", "description", "type", "position", "nullable", "required", "enum", "default_value",
          "min_length", "min_value", "pattern", "constraint", "condition_field", "jeux_attributs", "json_schema",
          "mime_types", "crs", "srid", "is3d")  # fmt: skip


@pytest.fixture
def answering(make_session):
    """`answering(value)`: the API of a server whose every answer is that value."""
    servers = []

    def make(value, status=200):
        servers.append(RawServer(reply(status, json.dumps(value).encode())))
        return EspaceCo(make_session(), servers[-1].url)

    yield make
    for server in servers:
        server.__exit__()


def columns_of(table):
    return {column.name: column for column in table.columns}


def test_databases(api, sandbox):
    found = databases.several(api, [DEMO, BDTOPO, SUIVI, 999, DEMO])
    assert len(sandbox.journal()) == 4
    assert [(found[n].name, found[n].kind, found[n].versioned, found[n].bduni) for n in (DEMO, BDTOPO, SUIVI)] == [
        ("demo_guichet", "standard", False, False),
        ("bdtopo_fxx", "bduni", True, True),
        ("suivi_terrain", "standard", True, False),
    ]
    assert found[DEMO].tables[1734] == "pharmacies_paris"
    assert isinstance(found[999], errors.NotFound)
    assert databases.get(api, DEMO) == found[DEMO]


def test_one_request_for_the_layers_and_one_for_each_table(api, sandbox):
    wanted = [(layer.database, layer.table) for layer in layers.listing(api, 375) if layer.table]
    found = databases.tables(api, wanted)
    assert len(sandbox.journal()) == 1 + len(wanted)
    assert list(found) == wanted and all(isinstance(table, databases.Table) for table in found.values())
    assert {column.type for table in found.values() for column in table.columns} == databases.TYPES
    for table in found.values():
        assert bool(table.geometry) == (table.srid is not None) == (table.geometry_type != "")
        assert bool(table.destroyed) == table.versioned


def test_what_a_table_is(api):
    pharmacies, without_key = databases.table(api, DEMO, 1734), databases.table(api, DEMO, 1738)
    assert (pharmacies.name, pharmacies.database_name, pharmacies.versioned) == ("pharmacies_paris", "demo_guichet", 0)
    assert (pharmacies.key, pharmacies.geometry, pharmacies.geometry_type) == ("gid", "geom", "Point")
    assert (pharmacies.srid, pharmacies.is3d, pharmacies.destroyed) == (2154, False, "")  # IGNF:LAMB93
    assert (pharmacies.min_zoom, pharmacies.max_zoom, pharmacies.tile_zoom) == (10, 20, None)
    assert (without_key.key, without_key.geometry) == ("", "geom")
    bare = databases.table(api, DEMO, 1737)
    assert (bare.geometry, bare.geometry_type, bare.srid, bare.is3d) == ("", "", None, False)
    assert databases.table(api, DEMO, 1739).read_only
    roads = databases.table(api, BDTOPO, 2101)
    assert (roads.key, roads.destroyed, roads.is3d, roads.tile_zoom) == ("cleabs", "detruit", True, 14)
    assert databases.table(api, SUIVI, 3402).destroyed == "gcms_detruit"


def test_columns(api):
    columns = columns_of(databases.table(api, DEMO, 1734))
    assert list(columns)[:3] == ["gid", "nom pharmacie", "zone"]
    assert columns["nom pharmacie"].title == "Nom de la pharmacie"
    assert (columns["nom pharmacie"].min_length, columns["nom pharmacie"].max_length) == (3, 60)
    assert columns["nom pharmacie"].required and not columns["nom pharmacie"].nullable
    assert columns["zone"].enum == (("Zone1", "Zone1"), ("Zone2", "Zone2"), ("Zone3", "Zone3"), (None, ""))
    assert columns["horaires"].enum == (("J", "Jour"), ("N", "Nuit"), ("JN", "Jour et nuit"))
    assert (columns["capacite"].minimum, columns["capacite"].maximum) == ("0", "50")
    assert (columns["site"].pattern, columns["garde"].default) == ("_URL_", "false")
    assert [name for name, column in columns.items() if not column.writable] == ["gid", "departement", "saisie_le"]
    own = columns_of(databases.table(api, SUIVI, 3404))["reference"]
    assert own.custom_id and own.writable


def test_columns_that_depend_on_others(api):
    table = databases.table(api, DEMO, 1736)
    columns = columns_of(table)
    assert columns["Revêtement"].condition_field == "Nature"
    assert columns["Revêtement"].mapping == {
        "Route": ("Enrobé", "Pavés"), "Chemin": ("Terre", "Gravier"), "Autre": ()
    }  # fmt: skip
    assert columns["Nature"].presets["Chemin"] == {"Revêtement": "Terre", "Entier": None, "Booléen": False}
    assert columns["Détails"].json_schema["type"] == "object" and columns["Étiquettes"].json_schema is None
    assert columns["Pièce jointe"].mime_types == ("image/png", "image/jpeg", "application/pdf")
    assert columns["Code"].enum == ((1, "Un"), (2, "Deux"), (3, "Trois"))
    assert table.column("Texte") != table.column("texte") and table.column("TEXTE") is None
    assert (table.max_zoom, table.geometry) == (30, "Géométrie")


def test_styles(api):
    table = databases.table(api, DEMO, 1734)
    assert [style.name for style in table.styles] == [
        "Pharmacies",
        "Étoiles",
        "Images",
    ]  # the default one is not listed
    assert table.style == table.styles[0] and len(table.style.children) == 5
    assert json.loads(table.style.children[2].condition) == {"$and": [{"capacite": {"$gt": 5}}]}
    assert table.style.children[4].condition == "" and table.style.condition == ""
    assert table.style.children[0].members["graphicWidth"] == 24 and "children" not in table.style.members
    assert databases.table(api, DEMO, 1737).styles == ()


def test_a_table_is_the_same_in_its_odd_form(api, sandbox):
    for table in (1734, 1736, 1737):
        usual = databases.table(api, DEMO, table)
        sandbox.faults({"kind": "odd_table"})
        odd = databases.table(api, DEMO, table)
        assert sandbox.journal()[-1]["fault"] == "odd_table"
        for member in ("key", "geometry", "srid", "style", "styles"):
            assert getattr(odd, member) == getattr(usual, member)
        told = [[{**vars(column), "raw": None} for column in one.columns] for one in (odd, usual)]
        assert told[0] == told[1]


def test_one_table_that_is_refused_does_not_hide_the_others(api, sandbox):
    found = databases.tables(api, [(DEMO, 1734), (SUIVI, 3403), (DEMO, 9999)])
    assert found[DEMO, 1734].name == "pharmacies_paris"
    assert isinstance(found[SUIVI, 3403], errors.Forbidden) and isinstance(found[DEMO, 9999], errors.NotFound)


def test_what_stands_for_all_tables_is_raised(make_session, sandbox):
    nobody = EspaceCo(make_session(), sandbox.url + "/gcms/api")
    with pytest.raises(errors.Unauthorized):
        databases.tables(nobody, [(DEMO, 1734)])


# ------------------------------------------------------------------ odd forms


@pytest.mark.parametrize(
    ("value", "read"),
    [
        (None, None), ([], None), ({}, None), ("", None), ("a|b", None), (7, None),
        (["a", None, 3], (("a", "a"), (None, ""), (3, "3"))),
        ({"Un": 1, "Rien": None}, ((1, "Un"), (None, "Rien"))),
        ('["a", null]', (("a", "a"), (None, ""))),
        ('{"Un": 1}', ((1, "Un"),)),
        ([{"x": 1}, "a"], (("a", "a"),)),
    ],
)  # fmt: skip
def test_forms_of_an_enum(value, read):
    assert databases.column_of({"name": "a", "enum": value}).enum == read


def test_odd_columns():
    column = databases.column_of(
        {
            "name": "é a", "type": "Hologram", "required": "1", "nullable": "false", "read_only": "t",
            "max_length": "8", "min_value": 0, "max_value": 2.5, "default_value": True, "mime_types": ["a/b"],
            "constraint": [],
            "jeux_attributs": '{"x": {"y": 1}, "z": []}', "json_schema": '{"type": "object"}', "position": "x",
        }
    )  # fmt: skip
    assert (column.type, column.title, column.required, column.nullable) == ("Hologram", "é a", True, False)
    assert (column.read_only, column.writable, column.max_length, column.position) == (True, False, 8, 0)
    assert (column.minimum, column.maximum, column.default, column.mime_types) == ("0", "2.5", "true", ("a/b",))
    assert (column.mapping, column.json_schema) == ({}, {"type": "object"})
    assert column.presets == {"x": {"y": 1}, "z": {}}
    mapping = {"type": "mapping", "mapping": {"a": ["b", None], "c": [], "d": "e"}}
    assert databases.column_of({"constraint": json.dumps(mapping)}).mapping == {"a": ("b", None), "c": (), "d": ("e",)}
    assert databases.column_of({"constraint": {"type": "other", "mapping": {"a": ["b"]}}}).mapping == {}


def test_odd_tables(answering):
    columns = {"B": {"type": "Integer", "position": 2}, "G": {"type": "MultiPoint", "crs": "EPSG:3857"}, "x": 7, "": {}}
    table = databases.table(
        answering({"full_name": "base:t a", "id_name": "b", "columns": columns, "styles": []}), 1, 2
    )
    assert (table.database_name, table.name, table.title) == ("base", "t a", "t a")
    assert (table.key, table.geometry, table.srid) == ("B", "G", 3857)
    assert [column.name for column in table.columns] == ["G", "B"]
    unknown = databases.table(answering({"name": "t", "geometry_name": "g", "crs": "IGNF:LAMB93", "columns": []}), 1, 2)
    assert (unknown.geometry_type, unknown.srid, unknown.columns, unknown.key) == ("Geometry", 2154, (), "")
    for nothing in ([], {}, None, "x"):
        with pytest.raises(errors.MalformedAnswer):
            databases.table(answering(nothing), 1, 2)


@given(st.dictionaries(st.sampled_from(COLUMN), JSON))
def test_no_column_is_too_odd(entry):
    column = databases.column_of(entry, "name", 3)
    assert isinstance(column.name, str) and isinstance(column.position, int)
    assert column.minimum is None or isinstance(column.minimum, str)
    assert column.enum is None or column.enum
    assert all(isinstance(preset, dict) for preset in column.presets.values())


@given(JSON)
def test_no_style_is_too_odd(value):
    style = databases.style_of(value)
    assert style is None or isinstance(style.condition, str)


def test_a_style_within_itself_ends():
    style = {"name": "deep"}
    for _ in range(50):
        style = {"name": "deep", "children": [style]}
    depth, found = 0, databases.style_of(style)
    while found.children:
        depth, found = depth + 1, found.children[0]
    assert depth == 9
    assert databases.style_of({"name": "a", "condition": {"é": 1}}).condition == '{"é": 1}'


@pytest.mark.parametrize(
    ("crs", "srid"),
    [
        ("EPSG:2154", 2154), ("epsg:4326", 4326), ("IGNF:LAMB93", 2154), ("LAMB93", 2154), ("IGNF:WGS84G", 4326),
        ("urn:ogc:def:crs:EPSG::2972", 2972), ("http://www.opengis.net/def/crs/EPSG/0/2154", 2154), ("2154", 2154),
        (2154, 2154), ("IGNF:RGF93CC49", 3949), ("IGNF:RGR92UTM40S", 2975), ("IGNF:NOWHERE", None), ("", None),
        (None, None), ([], None), ("EPSG:", None),
    ],
)  # fmt: skip
def test_names_of_systems(crs, srid):
    assert databases.srid_of(crs) == srid


@given(st.integers(1000, 999999), st.sampled_from(["EPSG:{}", "urn:ogc:def:crs:EPSG::{}", " epsg:{} ", "{}"]))
def test_every_epsg_code_is_understood(code, form):
    assert databases.srid_of(form.format(code)) == code


@given(st.text())
def test_no_system_is_too_odd(text):
    found = databases.srid_of(text)
    assert found is None or found > 0


# ------------------------------------------------------------------ history


def test_how_far_the_history_goes(api, sandbox):
    wanted = [(SUIVI, 3401), (DEMO, 1734), (BDTOPO, 2101), (SUIVI, 9999), (SUIVI, 3403), (SUIVI, 3401)]
    found = databases.max_numrecs(api, wanted)
    assert len(sandbox.journal()) == 5
    assert found[SUIVI, 3401] > 0 and found[BDTOPO, 2101] > 0
    assert found[DEMO, 1734] is found[SUIVI, 9999] is found[SUIVI, 3403] is None
    assert databases.max_numrec(api, SUIVI, 3401) == found[SUIVI, 3401]
    assert databases.max_numrec(api, SUIVI, 3401, (0, 0, 1.5, 1)) == 0
    assert sandbox.journal()[-1]["query"] == [["bbox", "0,0,1.5,1"]]


@pytest.mark.parametrize(("answer", "numrec"), [(12, 12), ("12", 12), (None, None), ([], None), ({"code": 403}, None)])
def test_forms_of_the_last_number(answering, answer, numrec):
    assert databases.max_numrec(answering(answer), 1, 2) == numrec


@pytest.mark.parametrize(("status", "error"), [(400, None), (500, None), (503, errors.Busy), (502, errors.ServerFault)])
def test_what_says_nothing_of_the_history_is_raised(answering, quick, status, error):
    api = answering({"code": status, "message": "x"}, status)
    if error:
        with pytest.raises(error):
            databases.max_numrec(api, 1, 2)
    else:
        assert databases.max_numrec(api, 1, 2) is None


@given(st.tuples(*[st.floats(-2e7, 2e7)] * 4))
def test_boxes_are_written_without_exponent(box):
    written = databases.box_text(box).split(",")
    assert "e" not in databases.box_text(box)
    assert [float(value) for value in written] == pytest.approx(box, abs=1e-9)
