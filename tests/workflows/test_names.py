"""Names as the server takes them: whatever people write, what comes out is taken, and stays as it is."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from geocollab.workflows.entrepot import names
from sandbox.entrepot.work import names as on_server

RULE = re.compile(r"[a-z_][a-z0-9_]*")
SOME = st.one_of(
    st.text(max_size=90),
    st.text("aAzZ09_-. éÈœŒßøŁ'’²½İıﬁ日本ñ̃\u200b", max_size=90),
    st.sampled_from(sorted(names.RESERVED | names.SYSTEM_COLUMNS | {names.KEY, names.GEOMETRY, "gpkg_contents"})),
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Zones d'étude", "zones_d_etude"),
        ("Saint-Denis", "saint_denis"),
        ("ŒUVRES d’Art (2024)", "oeuvres_d_art_2024"),
        ("2024 population", "_2024_population"),
        ("_privé_", "_prive_"),
        ("already_right_1", "already_right_1"),
        ("Straße Łódź ½", "strasse_lodz_1_2"),
        ("日本", "_"),
        ("", "_"),
        ("a" * 80, "a" * 63),
    ],
)
def test_server_name(text, expected):
    assert names.server_name(text) == expected


@given(SOME)
@example("İstanbul")
@example("a" * 62 + "é-")
def test_a_server_name_is_taken_and_never_changed(text):
    name = names.server_name(text)
    assert RULE.fullmatch(name) and len(name) <= 63
    assert names.server_name(name) == name
    assert names.integrated_name(name) == on_server.in_database(name) == name
    assert on_server.fault(name) is None
    assert not any(problem.refused for problem in names.table_problems(name))


@given(st.lists(SOME, max_size=12))
@example(["a" * 63, "a" * 64, "A" * 70])
@example(["a", "a_2", "A", "a"])
@example(["gpkg_contents", "GPKG contents", "rtree_x", "sqlite_master"])
def test_names_of_tables_differ_and_are_taken(texts):
    found = names.table_names(texts)
    assert len(set(found)) == len(found) == len(texts)
    assert not [problem for name in found for problem in names.table_problems(name)]
    assert not [name for name in found if name.startswith(("gpkg_", "rtree_", "sqlite_"))]
    assert names.table_names(found) == found


@given(st.lists(SOME, max_size=12))
@example(["ogc_fid", "geom", "xmin", "order"])
def test_names_of_columns_differ_and_are_taken(texts):
    found = names.column_names(texts)
    assert len(set(found)) == len(found) == len(texts)
    assert not [problem for name in found for problem in names.column_problems(name)]
    assert names.column_collisions(found) == {}
    assert names.column_names(found) == found


def test_an_order_is_kept():
    assert names.table_names(["Même nom", "autre", "meme NOM"]) == ["meme_nom", "autre", "meme_nom_2"]
    assert names.column_names(["Geom", "fid", "User", "ogc_fid", "xmax"]) == [
        "geom_2", "fid", "user_", "ogc_fid_2", "xmax_2",
    ]  # fmt: skip


def test_columns_that_become_one():
    assert names.column_collisions(["Été", "ete", "e-te", "autre"]) == {"ete": ["Été", "ete", "e-te"]}


@given(SOME)
def test_what_is_predicted_of_a_column_is_what_the_server_does(name):
    refused = [problem for problem in names.column_problems(name) if problem.refused]
    if on_server.fault(name):
        assert refused
    elif names.integrated_name(name) not in (names.KEY, names.GEOMETRY, *names.SYSTEM_COLUMNS):
        assert not refused
    assert names.integrated_name(name) == on_server.in_database(name)


@pytest.mark.parametrize(
    ("name", "refused", "words"),
    [
        ("Communes", True, "call the table communes"),
        ("zones à risque", True, "call the table zones_a_risque"),
        ("2024", True, "_2024"),
        ("select", False, "reserved word"),
        ("a" * 64, True, "63"),
    ],
)
def test_tables_that_are_delivered_as_they_are(name, refused, words):
    (problem,) = names.table_problems(name)
    assert problem.refused == refused and words in problem.said


@pytest.mark.parametrize(
    ("name", "refused", "words"),
    [
        ("ogc_fid", True, "makes a column"),
        ("GEOM", True, "makes a column"),
        ("ctid", True, "for itself"),
        ("Surface (m²)", True, "surface_m2"),
        ("Été", False, "“ete”"),
        ("user", False, "reserved word"),
    ],
)
def test_columns_that_are_delivered_as_they_are(name, refused, words):
    (problem,) = names.column_problems(name)
    assert problem.refused == refused and words in problem.said


def test_columns_that_only_lose_their_capitals():
    assert names.column_problems("Nom") == []


@pytest.mark.parametrize(
    ("text", "prefix", "words"),
    [
        ("", "", "needs a name"),
        ("Été 2024", "", "ete_2024"),
        ("2024", "", "_2024"),
        ("eau/air", "", "eau_air"),
        ("communes", "SANDBOX", "begin with SANDBOX, such as SANDBOX_communes"),
        ("communes\n", "", "communes"),
    ],
)
def test_names_of_published_layers_that_are_wrong(text, prefix, words):
    assert words in names.layer_name_problem(text, prefix)


@pytest.mark.parametrize(
    ("title", "prefix", "expected"),
    [
        ("Plan local d'urbanisme – Orléans 2024", "", "plan_local_urbanisme_orleans_2024"),
        ("Les communes de l'Île-de-France", "", "communes_ile_france"),
        ("De la", "", "de_la"),
        ("Cantons", "SANDBOX", "SANDBOX_cantons"),
        ("SANDBOX cantons", "SANDBOX", "SANDBOX_cantons"),
        ("Cantons", "GPF.", "GPF.cantons"),
        ("v1.2", "", "v1.2"),
        ("日本", "", "layer"),
    ],
)
def test_a_good_name_for_a_published_layer(title, prefix, expected):
    assert names.propose_layer_name(title, prefix) == expected


@given(SOME, st.sampled_from(["", "SANDBOX", "gpf.", "A_b-"]))
def test_what_is_proposed_is_right(title, prefix):
    name = names.propose_layer_name(title, prefix)
    assert names.layer_name_problem(name, prefix) == ""
    assert len(name) <= 63
