"""Forms of themes: what the plugin lets pass is what the strict server takes, and every fault is a clear sentence."""

import json
import re
from datetime import date, datetime, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geocollab.client.espaceco import communities
from geocollab.client.espaceco.communities import Theme
from geocollab.workflows.contributions.theme_forms import ThemeForm, find_theme, load_theme, longest_tried
from geocollab.workflows.errors import InputError
from sandbox.errors import ApiError
from sandbox.forms import _check
from sandbox.world import themes
from sandbox.world.themes import attribute, theme
from tests.workflows.downloads import World


def form(definition):
    return ThemeForm(communities._theme(definition, 375, "Voirie", shared=False))


def one(type_, value, **more):
    """The text and the faults of one value of an attribute of its own."""
    made = form(theme("T", [attribute("A", type_, **more)]))
    texts = made.encode({"A": value})
    return texts.get("A"), made.faults(texts)


def taken(definition, texts):
    """Whether the strict server takes these texts."""
    try:
        _check(definition, texts)
    except ApiError:
        return False
    return True


VOIRIE = form(themes.VOIRIE)


# ---------------------------------------------------------------------- values as texts


@pytest.mark.parametrize(
    ("type_", "value", "text"),
    [
        ("text", "l'été « 1 » \"x\"", "l'été « 1 » \"x\""), ("text", "a\0b", "ab"), ("text", "🌳", "🌳"),
        ("text", 3, "3"), ("text", 3.0, "3"), ("text", True, "1"), ("text", date(2026, 3, 1), "2026-03-01"),
        ("text", "\ud83c", "\ufffd"), ("text", None, None), ("text", "", ""),
        ("integer", 3, "3"), ("integer", 3.0, "3"), ("integer", " 3 ", "3"), ("integer", "-3", "-3"),
        ("double", "3,5", "3.5"), ("double", 3.5, "3.5"), ("float", "1e3", "1e3"), ("double", ".5", ".5"),
        ("checkbox", True, "1"), ("checkbox", False, "0"), ("checkbox", "Oui", "1"), ("checkbox", "NON", "0"),
        ("checkbox", "true", "1"), ("checkbox", 0, "0"), ("checkbox", 1.0, "1"), ("checkbox", "", "0"),
        ("date", date(2026, 3, 1), "2026-03-01"), ("date", datetime(2026, 3, 1, 8), "2026-03-01"),  # noqa: DTZ001
        ("date", "2026-03-01T08:00:00", "2026-03-01"), ("date", "1/3/2026", "2026-03-01"),
        ("date", "2026-03-01T08:00:00.5+02:00", "2026-03-01"),
        ("datetime", date(2026, 3, 1), "2026-03-01 00:00:00"),
        ("datetime", datetime(2026, 3, 1, 8, 5, tzinfo=timezone.utc), "2026-03-01 08:05:00"),
        ("datetime", "01/03/2026 08:05", "2026-03-01 08:05:00"), ("datetime", "2026-03-01", "2026-03-01 00:00:00"),
        ("jsonvalue", {"é": [1, None]}, '{"é": [1, null]}'), ("jsonvalue", '{"a":1}', '{"a":1}'),
        ("jsonvalue", [1, 2], "[1, 2]"), ("jsonvalue", 3, "3"), ("jsonvalue", True, "true"),
    ],
)  # fmt: skip
def test_a_value_becomes_the_text_that_is_sent(type_, value, text):
    assert one(type_, value) == (text, [])


@pytest.mark.parametrize(
    ("value", "more", "text"),
    [
        ("ENR", {}, "ENR"), ("Enrobé", {}, "ENR"), ("  enrobé ", {}, "ENR"), ("enr", {}, "ENR"),
        (["Enrobé", "PAV"], {"multiple": True}, "ENR;PAV"), ("Enrobé;pavés", {"multiple": True}, "ENR;PAV"),
        (("PAV", None), {"multiple": True}, "PAV"), ("Enrobé", {"multiple": True}, "ENR"), ([], {"multiple": True}, ""),
    ],
)  # fmt: skip
def test_a_list_takes_keys_and_labels(value, more, text):
    assert one("list", value, values={"Enrobé": "ENR", "Pavés": "PAV"}, **more) == (text, [])


def test_numbers_choose_from_a_list():
    assert one("list", 4, values=["1", "4"]) == ("4", [])
    assert one("list", 4.0, values=["1", "4"]) == ("4", [])


def test_a_key_goes_before_a_label_and_doubt_is_a_fault():
    assert one("list", "B", values={"B": "A", "C": "B"}) == ("B", [])
    text, faults = one("list", "é", values={"É": "1", "é ": "2"})
    assert text == "é" and len(faults) == 1


def test_names_and_titles_of_attributes():
    texts = VOIRIE.encode({"nature": "trottoir", "Largeur (m)": "3,5", "REVÊTEMENT DÉGRADÉ": "Pavés", "autre": 5})
    assert texts == {"Nature": "Trottoir", "Largeur": "3.5", "Revêtement": "PAV", "autre": "5"}


# ---------------------------------------------------------------------- faults


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({}, "“Nature” is mandatory. Accepted: one of: Chaussée, Trottoir, Piste cyclable, Ouvrage d'art."),
        ({"Nature": " "}, "“Nature” is mandatory."),
        ({"Nature": "Pont"}, "“Nature”: “Pont” is not one of the values. Accepted: one of: Chaussée"),
        ({"Usagers": "Piétons;Chats"}, "“Usagers”: “Chats” is not one of the values. Accepted: several of: Piétons"),
        ({"Largeur": "large"}, "“Largeur (m) (Largeur)”: “large” cannot be read as what is asked for. Accepted: a "
                               "number, at least 0.5, at most 50."),
        ({"Largeur": "51"}, "“Largeur (m) (Largeur)”: 51 is too great."), ({"Largeur": "0,1"}, "0.1 is too small."),
        ({"Nombre de voies": "2.5"}, "“2.5” cannot be read as what is asked for. Accepted: a whole number"),
        ({"Travaux prévus": "peut-être", "Date des travaux": "2026-03-01"},
         "“peut-être” is not one of the values. Accepted: 1 (yes) or 0 (no)."),
        ({"Travaux prévus": True}, "“Date des travaux” is mandatory. Accepted: a date such as 2026-11-21."),
        ({"Date des travaux": "2026-02-30"}, "“2026-02-30” cannot be read as what is asked for. Accepted: a date"),
        ({"Constaté le": "hier"}, "Accepted: a date and time such as 2026-11-21 08:30:00."),
        ({"Référence": "VO"}, "“Référence”: “VO” is too short. Accepted: a text, at least 3 characters, at most 12 "
                              "characters, of the form ^[A-Z0-9-]+$."),
        ({"Référence": "VO-2024-170000"}, "“VO-2024-170000” is too long."),
        ({"Référence": "vo-17"}, "“vo-17” is not written as asked for."),
        ({"Couleur": "rouge"}, "“Couleur” is no attribute of the theme “Voirie”. Its attributes: Nature, Revêtement "
                               "dégradé (Revêtement), Usagers"),
    ],
)  # fmt: skip
def test_each_fault_is_a_sentence(values, said):
    texts = VOIRIE.encode({} if not values else {"Nature": "Trottoir", **values})
    faults = VOIRIE.faults(texts)
    assert len(faults) == 1 and said in faults[0] and faults[0].endswith(".")


def test_all_faults_are_told_at_once():
    found = VOIRIE.check(VOIRIE.encode({"Largeur": "x", "Nombre de voies": "99", "Inconnu": "1"}))
    assert {fault.attribute for fault in found} == {"Nature", "Largeur", "Nombre de voies", "Inconnu"}


def test_json_is_read_and_held_against_its_own_schema():
    made = form(themes.MESURE)
    assert made.faults({"Détails": '{"a": 1}'}) == []
    (broken,) = made.faults({"Détails": "{"})
    assert "cannot be read as what is asked for. Accepted: a JSON text." in broken
    (wrong,) = made.faults({"Détails": "[1]"})
    assert "does not fit what the theme asks for ([1] is not of type 'object')" in wrong


def test_what_the_service_fills_is_no_fault():
    assert VOIRIE.faults({"Nature": "Trottoir", "INSEE": "75056"}) == []


def test_long_and_odd_texts_are_shown_short():
    (fault,) = VOIRIE.faults({"Nature": "é" * 100_000})
    assert len(fault) < 300
    (fault,) = VOIRIE.faults({"Nature": "a\u202e\nb\x07"})
    assert "“a b”" in fault


def test_defaults():
    assert VOIRIE.defaults() == {"Nature": "Chaussée", "Nombre de voies": "2", "Travaux prévus": "0"}
    assert VOIRIE.defaults({"Nature": "", "Travaux prévus": "1"}) == {"Nombre de voies": "2"}
    conditional = form(
        theme("T", [attribute("C", "checkbox"), attribute("A", "text", default="x", condition_field="C")])
    )
    assert (conditional.defaults({"C": "1"}), conditional.defaults({"C": "0"}), conditional.defaults()) == (
        {"A": "x"},
        {},
        {},
    )
    assert form(theme("T", [attribute("A", "list", values=["1"], default="9")])).defaults() == {}


# ---------------------------------------------------------------------- what a hostile server may say


@pytest.mark.parametrize(
    "pattern",
    ["(a+)+$", "(a|a)*$", "(a|ab|b)*$", "a*a*a*a*a*b", "(a?){60}$", "((){50000}){50000}", "(.*)*", "(a*)*\\1"],
)
def test_a_pattern_that_would_take_for_ever_is_left_to_the_server(pattern):
    text, faults = one("text", "a" * 5000 + "!", input_constraints={"pattern": pattern})
    assert len(text) == 5001 and faults == []


@pytest.mark.parametrize("pattern", ["(", "[", "\\p{L}+", "x" * 5000, "a{99999999999999999999}", "(" * 900 + ")" * 900])
def test_a_pattern_that_cannot_be_used_is_left_to_the_server(pattern):
    assert one("text", "abc", input_constraints={"pattern": pattern})[1] == []


@pytest.mark.parametrize(
    "pattern",
    [r"^[A-Z0-9-]+$", r"^\d{5}$", r"^[^@ ]+@[^@ ]+\.[a-z]{2,}$", r"^(VO|AD)-\d{4}(-\d+)?$", r"^(\d\d ){4}\d\d$"],
)
def test_usual_patterns_are_tried_on_usual_texts(pattern):
    assert longest_tried(pattern) >= 30
    assert len(one("text", "faux !", input_constraints={"pattern": pattern})[1]) == 1


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "http://127.0.0.1:9/steal"}, {"$ref": "#"}, {"type": "nothing"}, {"pattern": "(a+)+$"},
        {"properties": {"a": {"$ref": "file:///etc/passwd"}}}, {"multipleOf": 0}, {"minLength": "x"},
    ],
)  # fmt: skip
def test_a_schema_that_cannot_be_used_is_left_to_the_server(schema):
    assert one("jsonvalue", '"' + "a" * 40 + '!"', json_schema=schema)[1] == []


@pytest.mark.parametrize("limits", [{"minLength": "x"}, {"maxLength": -1}, {"minLength": []}, {"pattern": 5}, [], "x"])
def test_odd_limits_limit_nothing(limits):
    assert one("text", "abc", input_constraints=limits) == ("abc", [])
    assert one("integer", "1", input_constraints={"minValue": "nan", "maxValue": "x"}) == ("1", [])


# ---------------------------------------------------------------------- held against the strict server

TYPES = ["text", "integer", "double", "float", "checkbox", "list", "date", "datetime", "jsonvalue"]
words = st.sampled_from(["", "a", "é b", "0", "1", "2", "abc", "A-1", "[", "4.5", "x" * 20])
values = st.one_of(
    st.none(), st.booleans(), st.integers(-50, 50), st.floats(-60, 60), words, st.text(max_size=8), st.dates(),
    st.datetimes(), st.lists(words, max_size=3), st.dictionaries(words, words, max_size=2),
    st.dates().map(str), st.datetimes().map(lambda d: d.isoformat(sep=" ", timespec="seconds")),
    st.from_regex(r"[-+]?[0-9]{0,3}[.,]?[0-9]{0,2}(e[0-9])?", fullmatch=True),
)  # fmt: skip
keys = st.text(st.characters(blacklist_characters=";", blacklist_categories=("Cs", "Cc")), max_size=4)


@st.composite
def definitions(draw):
    made = []
    for name in draw(st.lists(st.sampled_from("ABCDE"), unique=True, max_size=5)):
        kind = draw(st.sampled_from(TYPES))
        more = {"mandatory": draw(st.booleans()), "multiple": kind in ("list", "text") and draw(st.booleans())}
        if kind == "list":
            listed, keyed = st.lists(keys, min_size=1, max_size=4), st.dictionaries(keys, keys, min_size=1, max_size=3)
            more["values"] = draw(st.one_of(listed, keyed))
        if kind in ("integer", "double", "float"):
            more["input_constraints"] = draw(st.sampled_from([{}, {"minValue": "-3"}, {"maxValue": "20"}]))
        if kind == "text":
            limits = [{}, {"minLength": 2}, {"maxLength": 5}, {"pattern": "^[A-Z0-9-]+$"}]
            more["input_constraints"] = draw(st.sampled_from(limits))
        if draw(st.booleans()):
            more["condition_field"] = draw(st.sampled_from("ABCDE"))
        made.append(attribute(name, kind, **more))
    return theme("T", made)


@settings(deadline=None, max_examples=400)
@given(definitions(), st.dictionaries(st.sampled_from("ABCDEF"), values))
def test_no_fault_means_that_the_strict_server_takes_it(definition, given_values):
    made = form(definition)
    texts = made.encode(given_values)
    assert all(isinstance(text, str) and "\0" not in text for text in texts.values())
    json.dumps(texts).encode()
    faults = made.check(texts)
    blank = any(text and not text.strip() for text in texts.values())
    if not blank:  # blanks alone say nothing here, though the server may take them
        assert (not faults) == taken(definition, texts), [fault.sentence for fault in faults]
    for fault in faults:
        assert fault.sentence.endswith(".") and len(fault.sentence) < 700
    assert made.encode(texts) == texts or faults, "what is right stays as it is"


@settings(deadline=None, max_examples=300)
@given(
    st.recursive(
        st.sampled_from(["a", "b", "[ab]", ".", "^", "$", "\\w", "(?=a)", "\\b"]),
        lambda inner: st.one_of(
            st.lists(inner, min_size=1, max_size=4).map("".join),
            st.tuples(inner, st.sampled_from(["*", "+", "?", "{2}", "{1,3}", "*?", "{0,40}"])).map("(?:%s)%s".__mod__),
            st.lists(inner, min_size=2, max_size=3).map(lambda several: f"({'|'.join(several)})"),
        ),
        max_leaves=8,
    ),
    st.text("ab!", max_size=60),
)  # fmt: skip
def test_whatever_the_pattern_it_ends(pattern, text):
    """The time limit of the test run is what this is held against."""
    _text, faults = one("text", text, input_constraints={"pattern": pattern})
    if text.strip() and len(text) <= longest_tried(pattern):
        assert (not faults) == (re.search(pattern, text) is not None)
    else:
        assert faults == []


# ---------------------------------------------------------------------- themes of a community


def test_themes_of_a_community(sandbox):
    world = World(sandbox)
    api = world.api()
    with api.session:
        community = communities.get(api, 375)
        assert find_theme(community, "voirie").name == "Voirie"
        shared = load_theme(api, community, "Route")
        assert (shared.community_id, shared.shared, shared.described) == (1, True, True)
        assert [a.name for a in shared.attributes] == ["Importance", "Sens", "Ouverte"]
        with pytest.raises(InputError, match=r"has no theme “Routes”\. Its themes: Voirie, Adresse, .*Route"):
            find_theme(community, "Routes")
        sandbox.faults({"kind": "status", "status": 403, "path": "communities/1$"})
        hidden = load_theme(api, community, "Route")
    assert not hidden.described and hidden.community_id == 1
    assert ThemeForm(hidden).faults(ThemeForm(hidden).encode({"Importance": 4, "x": None})) == []


def test_an_unknown_form_checks_nothing():
    unknown = ThemeForm(Theme("T", 1, "C", "", (), described=False))
    assert unknown.encode({"a": 1}) == {"a": "1"} and unknown.faults({"a": "1"}) == [] and unknown.defaults() == {}
