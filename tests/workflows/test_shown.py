"""Values of group layers in words, and as exact texts that can be read back."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geocollab.store.store import Store
from geocollab.workflows.errors import InputError
from geocollab.workflows.layers.shown import Shown
from tests.store.parcels import point
from tests.workflows.reviewing import PHARMACIES, TYPES, Review


@pytest.fixture(scope="module")
def shown(office_server, empty_store, tmp_path_factory):
    review = Review(office_server, tmp_path_factory.mktemp("shown") / "s.sqlite")
    review.load(TYPES, PHARMACIES)
    return {code: Shown(review.layer(code)) for code in (TYPES, PHARMACIES)}


@pytest.fixture
def types(shown):
    return shown[TYPES]


@pytest.mark.parametrize(
    ("column", "value", "words", "in_french"),
    [
        ("Booléen", 1, "Yes", "Oui"),
        ("Booléen", 0, "No", "Non"),
        ("Booléen", "peut-être", "peut-être", "peut-être"),
        ("Date", "2026-03-04", "2026-03-04", "04/03/2026"),
        ("Date", "hier", "hier", "hier"),
        ("Horodatage", "2026-03-04 05:06:00", "2026-03-04\u00a005:06", "04/03/2026\u00a005:06"),
        ("Horodatage", "2026-03-04 05:06:07", "2026-03-04\u00a005:06:07", "04/03/2026\u00a005:06:07"),
        ("Horodatage", "2026-03-04 05:06:07.25", "2026-03-04\u00a005:06:07.25", "04/03/2026\u00a005:06:07.25"),
        ("Double précision", 3.25, "3.25", "3,25"),
        ("Double précision", -4.0, "-4", "-4"),
        ("Double précision", 1e-9, "1e-09", "1e-09"),
        ("Entier", 75056, "75056", "75056"),
        ("Année", "2026", "2026", "2026"),
        ("Détails", '{"pr\\u00e9cision":2}', '{"précision": 2}', '{"précision": 2}'),
        ("Détails", "{broken", "{broken", "{broken"),
        ("Code", 2, "Deux (2)", "Deux (2)"),
        ("Code", 7, "7", "7"),
        ("Liste", "Bon", "Bon", "Bon"),
        ("Texte", "", "“”", "« »"),
        ("Texte", " a", "“ a”", None),
        ("Texte", "<script>", "<script>", "<script>"),
        ("Texte", "a\u202eb", "ab", "ab"),
        ("Texte", "x" * 500, "x" * 399 + "…", None),
        ("Texte", b"\x00", "b'\\x00'", None),
        ("Texte", None, "", ""),
        ("Géométrie", point(2, 48), "point", "point"),
        ("Géométrie", None, "", ""),
    ],
)
def test_values_in_words(types, monkeypatch, column, value, words, in_french):
    assert types.words(column, value) == words
    if in_french is not None and not words.startswith("“"):
        monkeypatch.setattr("geocollab.workflows.layers.shown.language", lambda: "fr")
        monkeypatch.setattr("geocollab.workflows.pages.writing.language", lambda: "fr")
        said = {"Yes": "Oui", "No": "Non"}.get(words)
        assert types.words(column, value) == in_french or said == in_french


def test_columns_by_their_titles(shown):
    assert shown[PHARMACIES].heading("nom pharmacie") == "Nom de la pharmacie (nom pharmacie)"
    assert shown[TYPES].heading("Texte") == "Texte"
    assert shown[TYPES].ours(["N° objet", "Texte", "Réservé"]) == ["N° objet", "Texte"]
    assert (shown[TYPES].object("7"), shown[TYPES].object(None)) == ("Object 7", "New object")


TEXTS = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"), min_size=1, max_size=30)
VALUES = st.one_of(
    st.tuples(st.just("Booléen"), st.sampled_from([0, 1])),
    st.tuples(st.just("Entier"), st.integers(-(2**63), 2**63 - 1)),
    st.tuples(st.just("Double précision"), st.floats(allow_nan=False, allow_infinity=False)),
    st.tuples(st.just("Texte"), TEXTS.filter(lambda text: text.strip() != "NULL")),
    st.tuples(st.just("Date"), st.dates().map(lambda day: day.isoformat())),
    st.tuples(st.just("Horodatage"), st.datetimes().map(lambda at: at.isoformat(" "))),
    st.tuples(st.just("Détails"), st.dictionaries(TEXTS, st.integers()).map(json.dumps)),
    st.tuples(st.just("Géométrie"), st.builds(point, st.floats(-180, 180), st.floats(-90, 90))),
)


@given(VALUES)
def test_exact_texts_are_read_back(shown, pair):
    column, value = pair
    types = shown[TYPES]
    assert types.read(column, types.exact(column, value)) == value
    assert isinstance(types.words(column, value), str)


@pytest.mark.parametrize(
    ("column", "text", "value"),
    [
        ("Booléen", "Oui", 1),
        ("Booléen", "faux", 0),
        ("Double précision", "3,5", 3.5),
        ("Horodatage", "2026-01-02T03:04:05", "2026-01-02 03:04:05"),
        ("Texte", " NULL ", None),
        ("Entier", " 7 ", 7),
        ("Texte", " 7 ", " 7 "),
        ("Géométrie", "POINT(2 48)", point(2, 48)),
    ],
)
def test_what_a_person_writes(types, column, text, value):
    assert types.read(column, text) == value


@pytest.mark.parametrize(
    ("column", "text"),
    [
        ("Booléen", "peut-être"),
        ("Entier", "sept"),
        ("Double précision", "nan"),
        ("Double précision", "inf"),
        ("Date", "2026-02-30"),
        ("Horodatage", "demain"),
        ("Détails", "{broken"),
        ("Géométrie", "POINT(here)"),
    ],
)
def test_what_is_no_value(types, column, text):
    with pytest.raises(InputError, match=rf"“.+” is no value of the column “{column}” \(\w+\) of demo_guichet:"):
        types.read(column, text)


def test_a_key_that_the_description_does_not_name(shown, tmp_path):
    from dataclasses import replace

    from tests.store.parcels import spec

    known = shown[TYPES].layer.description
    columns = [column for column in known["table"]["columns"] if column["name"] != "N° objet"]
    description = {**known, "table": {**known["table"], "columns": columns}}
    with Store(tmp_path / "s.sqlite") as store, store.atomic():
        layer = store.layers.create(replace(spec(), key="cleabs", description=description))
    assert Shown(layer).heading("cleabs") == "cleabs"
    assert Shown(layer).words("cleabs", "A") == "A"
