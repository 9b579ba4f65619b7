"""Conditions of styles as expressions: on any row they say what the server's own filter says."""

import json
import sqlite3

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from qgis.core import QgsExpression, QgsExpressionContext, QgsFeature, QgsFields

from geocollab.provider.compat import field as qgis_field
from geocollab.workflows.layers.conditions import Field, UnknownCondition, expression, literal, quoted_name
from sandbox.catalogue import Table
from sandbox.errors import ApiError
from sandbox.filters import condition as server_condition
from sandbox.rows import _has_all, _regexp
from sandbox.world.styles import OPERATEURS

TYPES = {
    "Texte": "String",
    "Autre texte É": "String",
    "Entier": "Integer",
    "Double": "Double",
    "Booléen": "Boolean",
    "Date": "Date",
    "Horodatage": "DateTime",
    "Étiquettes": "JsonValue",
}
KINDS = {"Integer": "integer", "Double": "number", "Boolean": "flag"}
FIELDS = {name: Field(name, type_) for name, type_ in TYPES.items()}
TABLE = Table(
    {
        "id": 1,
        "name": "t",
        "id_name": "id",
        "geometry_name": None,
        "columns": [{"name": name, "type": type_, "queryable": True} for name, type_ in TYPES.items()],
    },
    {"id": 1, "versioning": False, "database_type": "standard"},
)
NASTY = ["'", '"', "\\", "\\'", "' OR 1=1 --", "a'b\"c\\d", "\\n", "${x}", "[% 1 %]", "@x", "%", "_", "\t", "é😀"]


def of_server(condition, row):
    """What the server's filter says of a row; raises ApiError when it refuses the filter."""
    sql, values = server_condition(TABLE, json.dumps(condition))
    with sqlite3.connect(":memory:") as rows:
        rows.execute("PRAGMA case_sensitive_like = ON")
        rows.create_function("regexp", 2, _regexp)
        rows.create_function("has_all", 2, _has_all)
        rows.execute("CREATE TABLE feature_body (id, body)")
        rows.execute("INSERT INTO feature_body VALUES (1, ?)", (json.dumps(row, ensure_ascii=False),))
        found = rows.execute(f"SELECT {sql} FROM (SELECT 1 AS id) f", values).fetchone()[0]
    rows.close()
    return None if found is None else bool(found)


def of_qgis(text, row):
    parsed = QgsExpression(text)
    assert not parsed.hasParserError(), (text, parsed.parserErrorString())
    fields = QgsFields()
    for name, type_ in TYPES.items():
        fields.append(qgis_field(name, KINDS.get(type_, "text")))
    feature = QgsFeature(fields)
    for name, value in row.items():
        feature[name] = json.dumps(value, ensure_ascii=False) if isinstance(value, list) else value
    context = QgsExpressionContext()
    context.setFields(fields)
    context.setFeature(feature)
    found = parsed.evaluate(context)
    assert not parsed.hasEvalError(), (text, parsed.evalErrorString())
    return None if found is None or not isinstance(found, (int, bool)) else bool(found)


# Without line breaks, where `^` and `$` of the server mean something else, and without what is ordered otherwise.
LETTERS = st.text(st.sampled_from("aAbé%_'\"\\ [](){}.*+?^$|-0175"), max_size=6)
WORDS = st.one_of(st.sampled_from(["a", "ab", "A", "075", "75", "7.5e1", "", "é", *NASTY]), LETTERS)
INTEGERS = st.integers(-9, 9)
DOUBLES = st.sampled_from([-2.5, -1.0, 0.0, 0.5, 1.0, 2.0, 10.25])
DATES = st.sampled_from(["2023-08-31", "2023-09-01", "2024-02-29"])
MOMENTS = st.builds("{} {}".format, DATES, st.sampled_from(["00:00:00", "08:09:10", "23:59:59"]))
TAGS = st.lists(st.sampled_from(["vélo", "nuit", "l'été", "a\\b", '"']), max_size=3)
OF_TYPE = {"String": WORDS, "Integer": INTEGERS, "Double": DOUBLES, "Boolean": st.booleans(), "Date": DATES,
           "DateTime": st.one_of(MOMENTS, DATES), "JsonValue": TAGS}  # fmt: skip
ROWS = st.fixed_dictionaries({
    name: st.none() | (MOMENTS if type_ == "DateTime" else OF_TYPE[type_]) for name, type_ in TYPES.items()
})  # fmt: skip
PATTERNS = st.one_of(
    st.builds(
        lambda shape, value: shape.replace("v", value),
        st.sampled_from(["^v$", "^v", "v$", "v", "^(?!v$).*$", "^((?!v).)*$", "(?<!v)$", "^(?!v)"]),
        WORDS,
    ),
    st.sampled_from(["^[ab]+$", "a|b", r"^\d+$", r"\u00e9", r"\\u00e9", "^a.b$", "(a)(b)?", "a{2}", r"^\S*$"]),
)


def operators(type_):
    values = OF_TYPE["String" if type_ == "JsonValue" else type_]
    few = st.lists(values | st.none(), min_size=1, max_size=3)
    one = [("$eq", values | st.none()), ("$ne", values | st.none()), ("$in", few), ("$nin", few)]
    if type_ != "Boolean":
        one += [(name, values) for name in ("$gt", "$gte", "$lt", "$lte")]
    if type_ in ("String", "Date", "DateTime"):
        one += [("$like", WORDS), ("$nlike", WORDS), ("$regex", PATTERNS)]
    if type_ in ("JsonValue", "String"):
        one = one * (type_ == "String") + [("$all", st.lists(TAGS.flatmap(lambda t: st.sampled_from(t or ["x"])),
                                                             min_size=1, max_size=2))]  # fmt: skip
    single = st.one_of([st.builds(lambda value, name=name: {name: value}, value) for name, value in one])
    folded = st.builds(lambda value: {"$regex": value, "$options": "i"}, PATTERNS)
    single = st.one_of(single, folded) if type_ == "String" else single
    several = st.builds(lambda a, b: {**a, **b} if "$options" not in {**a, **b} else a, single, single)
    return st.one_of(single, several, st.builds(lambda inner: {"$not": inner}, several))


MEMBERS = st.one_of([
    st.builds(lambda value, name=name: {name: value},
              operators(type_) if type_ == "JsonValue" else OF_TYPE[type_] | st.none() | operators(type_))
    for name, type_ in TYPES.items()
])  # fmt: skip
CONDITIONS = st.recursive(
    MEMBERS,
    lambda inner: st.builds(
        lambda word, parts: {word: parts}, st.sampled_from(["$and", "$or"]), st.lists(inner, min_size=1, max_size=3)
    ),
    max_leaves=5,
)
EMPTY = dict.fromkeys(TYPES)


@given(CONDITIONS, ROWS)
@example({"Booléen": {"$ne": False}}, {**EMPTY, "Booléen": False})
@example({"Booléen": {"$ne": False}}, {**EMPTY, "Booléen": True})
@example({"Texte": {"$not": {"$eq": "a"}}}, EMPTY)
@example({"Texte": {"$regex": "^(?!a)"}}, EMPTY)
@example({"Étiquettes": {"$not": {"$all": ["a"]}}}, EMPTY)
@example({"Texte": "75"}, {**EMPTY, "Texte": "075"})
@example({"Texte": {"$like": "a\\%"}}, {**EMPTY, "Texte": "a\\b"})
@example({"Texte": {"$like": "%%"}}, {**EMPTY, "Texte": ""})
@example({"Texte": {"$all": ["["]}}, {**EMPTY, "Texte": "a"})
@example({"Horodatage": {"$lte": "2024-03-10"}}, {**EMPTY, "Horodatage": "2024-03-10 00:00:01"})
def test_a_condition_says_what_the_server_says(condition, row):
    try:
        expected = of_server(condition, row)
    except (ApiError, json.JSONDecodeError, sqlite3.OperationalError):
        return  # refused there; what is done here is the other tests' business
    assert of_qgis(expression(condition, FIELDS), row) == expected
    assert expression(json.dumps(condition), FIELDS) == expression(condition, FIELDS)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
        lambda inner: st.one_of(
            st.lists(inner, max_size=3),
            st.dictionaries(
                st.sampled_from([*TYPES, "$and", "$or", "$not", "$eq", "$ne", "$gt", "$in", "$nin", "$all", "$like",
                                 "$nlike", "$regex", "$options", "$presque", "inconnue"]), inner, max_size=3),
        ),
        max_leaves=8,
    )
)  # fmt: skip
def test_whatever_it_is_it_parses_or_is_refused_with_a_sentence(anything):
    try:
        text, sentence = expression(anything, FIELDS), ""
    except UnknownCondition as refusal:
        text, sentence = "TRUE", str(refusal)
    assert not QgsExpression(text).hasParserError()
    assert not sentence or (sentence.endswith(".") and len(sentence) < 300)


@pytest.mark.parametrize("name", TYPES)
@pytest.mark.parametrize("text", NASTY)
def test_names_and_values_cannot_break_out(name, text):
    quoted = Field(text, "String")
    assert QgsExpression(expression({name: {"$eq": None}}, {name: quoted})).referencedColumns() == {text}
    found = QgsExpression(literal(quoted, text))
    assert found.evaluate() == text
    assert QgsExpression(quoted_name(text)).referencedColumns() == {text}


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({"zone": "Zone1"}, "\"zone\" = 'Zone1'"),
        ({"$and": [{"zone": "Zone1"}]}, "\"zone\" = 'Zone1'"),
        ({"$and": [{"zone": "Zone1"}, {"n": {"$gt": 5}}]}, '("zone" = \'Zone1\' AND "n" > 5)'),
        ({"zone": "Zone1", "n": 5}, '("zone" = \'Zone1\' AND "n" = 5)'),
        ({"zone": {"$eq": None}}, '"zone" IS NULL'),
        ({"zone": None}, '"zone" IS NULL'),
        ({"zone": {"$ne": None}}, '"zone" IS NOT NULL'),
        ({"zone": {"$in": ["a", None]}}, '("zone" IN (\'a\') OR "zone" IS NULL)'),
        ({"zone": {"$nin": [None]}}, '"zone" IS NOT NULL'),
        ({"zone": {"$regex": "^v$"}}, "\"zone\" = 'v'"),
        ({"zone": {"$regex": "^v"}}, "left(\"zone\", 1) = 'v'"),
        ({"zone": {"$regex": "v$"}}, "right(\"zone\", 1) = 'v'"),
        ({"zone": {"$regex": "v"}}, "strpos(\"zone\", 'v') > 0"),
        ({"zone": {"$regex": "^(?!v$).*$"}}, "\"zone\" <> 'v'"),
        ({"zone": {"$regex": "^((?!v).)*$"}}, "strpos(\"zone\", 'v') = 0"),
        ({"zone": {"$regex": "(?<!v)$"}}, "right(\"zone\", 1) <> 'v'"),
        ({"zone": {"$regex": "^(?!v)"}}, "left(\"zone\", 1) <> 'v'"),
        ({"zone": {"$regex": r"^1\.5$"}}, "\"zone\" = '1.5'"),
        ({"zone": {"$regex": "^v.$"}}, "regexp_match(\"zone\", '^v.$') > 0"),
        ({"zone": {"$regex": "^v", "$options": "i"}}, "regexp_match(\"zone\", '(?i)^v') > 0"),
        ({"zone": {"$like": "v%"}}, "left(\"zone\", 1) = 'v'"),
        ({"zone": {"$not": "v"}}, "NOT (\"zone\" = 'v')"),
        ({"$not": {"zone": "v"}}, "NOT (\"zone\" = 'v')"),
        ({"n": "5"}, '"n" = 5'),
        ({"n": True}, '"n" = 1'),
        ({"n": "false"}, '"n" = 0'),
        ({"n": "-1e-3"}, '"n" = -0.001'),
        ({"b": "true"}, '"b" = true'),
        ({"b": 0}, '"b" = false'),
        ({"zone": 75}, "\"zone\" = '75'"),
        ({}, "TRUE"),
        ({"accent é": 1}, "\"local\" = '1'"),
    ],
)
def test_expressions_are_what_a_person_would_write(condition, expected):
    fields = {
        "zone": Field("zone", "String"),
        "n": Field("n", "Integer"),
        "b": Field("b", "Boolean"),
        "accent é": Field("local", "String"),
    }
    assert expression(condition, fields) == expected
    assert not QgsExpression(expected).hasParserError()


def nested(depth, word="$and"):
    condition = {"Entier": 1}
    for _ in range(depth):
        condition = {word: [condition]}
    return condition


@pytest.mark.parametrize(
    ("condition", "sentence"),
    [
        ("Entier > 3", "Its condition is not JSON."),
        ("[" * 100_000, "Its condition is not JSON."),
        ('["a"]', 'Its condition has ["a"] where an object is expected.'),
        (None, "Its condition has null where an object is expected."),
        ({"$and": {"Entier": 1}}, "Its condition needs a list after $and."),
        ({"$or": []}, "Its condition needs a list after $or."),
        ({"Entier": {"$in": 3}}, "Its condition needs a list after $in."),
        ('{"Texte":{"$presque":"x"}}', "Its condition has the unknown operator $presque."),
        ({"$nor": [{"Entier": 1}]}, "Its condition has the unknown operator $nor."),
        ({"Texte": {}}, "Its condition has no operator for the column Texte."),
        ({"Texte": {"$options": "i"}}, "Its condition has no operator for the column Texte."),
        ({"Perdue": 1}, "Its condition names the column Perdue, which the layer does not have."),
        (
            {"Entier": {"$gt": "beaucoup"}},
            'Its condition compares the column Entier with "beaucoup", which is not a value of its type.',
        ),
        (
            {"Entier": {"$gt": None}},
            "Its condition compares the column Entier with null, which is not a value of its type.",
        ),
        ({"Entier": 2**63}, "which is not a value of its type."),
        ({"Double": float("nan")}, "which is not a value of its type."),
        ({"Booléen": "peut-être"}, "which is not a value of its type."),
        ({"Texte": ["a"]}, 'Its condition compares the column Texte with ["a"], which is not a value of its type.'),
        ({"Texte": "x" * 6000}, "which is not a value of its type."),
        ({"Texte": "a\0b"}, "Its condition has characters that no text can have."),
        ({"Texte": {"$regex": "("}}, 'Its condition has the pattern "(", which is not a regular expression.'),
        ({"Texte": {"$regex": "a", "$options": "x"}}, 'Its condition has unknown options of a pattern: "x".'),
        (
            {"Entier": {"$regex": "1"}},
            "Its condition compares the column Entier with a pattern ($regex): both must be texts.",
        ),
        ({"Étiquettes": {"$all": [{"a": 1}]}}, "Its condition has a list after $all that is not of texts."),
        (nested(25), "Its condition is too long or nested too deeply."),
        (nested(25, "$or"), "Its condition is too long or nested too deeply."),
        (nested(2000), "Its condition is too long or nested too deeply."),
        ({"$or": [{"Entier": n} for n in range(5000)]}, "Its condition is too long or nested too deeply."),
    ],
)
def test_what_cannot_be_understood_is_said(condition, sentence):
    with pytest.raises(UnknownCondition) as refused:
        expression(condition, FIELDS)
    assert sentence in str(refused.value)


def test_texts_of_several_lines_are_compared_as_the_editor_says():
    row = {**EMPTY, "Texte": "un\ndeux\n"}
    for pattern, expected in {
        "^((?!trois).)*$": True,
        "^((?!deux).)*$": False,
        "^un\ndeux$": False,
        "^un": True,
    }.items():
        assert of_qgis(expression({"Texte": {"$regex": pattern}}, FIELDS), row) is expected
    assert of_qgis(expression({"Texte": {"$like": "un%_"}}, FIELDS), row) is True


def test_each_operator_of_the_sandbox_style_is_understood_but_the_two_that_are_wrong():
    names = ["Entier", "Double précision", "Date", "Horodatage", "Liste", "Étiquettes", "Texte", "Booléen"]
    types = ["Integer", "Double", "Date", "DateTime", "String", "JsonValue", "String", "Boolean"]
    fields = {name: Field(name, type_) for name, type_ in zip(names, types)}
    refused = []
    for child in OPERATEURS["children"]:
        if child["condition"] is not None:
            try:
                assert not QgsExpression(expression(child["condition"], fields)).hasParserError()
            except UnknownCondition:
                refused.append(child["name"])
    assert refused == ["Incompréhensible", "Pas du JSON"]
