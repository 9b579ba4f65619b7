"""What a column takes (contract 2.7) as expressions of QGIS: the rules of a form, its defaults and its presets.

The rules say what `edit_checks` says of single values and of mappings before edits are sent, so that a form says it
first. Null satisfies every rule: whether there must be a value is `Column.mandatory`. A pattern is to fit the whole
value, as in the web editor.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ...client.espaceco.databases import GEOMETRY_TYPES, Column
from ...i18n import N_, _
from .columns import A_URL
from .conditions import Field, UnknownCondition, expression, literal, quoted_name, quoted_text
from .edit_checks import accepted

FORMS = {"Date": "yyyy-MM-dd", "DateTime": "yyyy-MM-dd HH:mm:ss", "Year": "yyyy", "YearMonth": "yyyy-MM"}
"""How values of these types are written, in the signs of Qt."""
NOW = "CURRENT_DATE"
"""The default that means today."""
_URL = r"https?://[^\s/]+\.\S+"
_WRITTEN = {"Year": "[0-9]{4}", "YearMonth": "[0-9]{4}-(0[1-9]|1[0-2])"}
_NO_TEXTS = ("Boolean", "Integer", "Double", "Date", "DateTime", "JsonValue", "Document", "Like")
_UNLIMITED = ("Boolean", "JsonValue", "Document", "Like")
_ANY = r"[\s\S]"
_FLAGS = re.compile(r"\(\?[a-zA-Z]+\)")
_LONGEST_REPEAT = 65_535
"""Of a regular expression."""
_MOST_CASES, _CASES_SHOWN, _VALUES_SHOWN = 1000, 10, 10
_IN_A_FORM = "@form_mode IN ('SingleEditMode', 'AddFeatureMode')"
_IS_NEW = "get_feature_by_id(@layer, $id) IS NULL"

Fields = Mapping[str, Field]
"""The columns as QGIS has them, by their names on the server."""


class Rules(NamedTuple):
    """`values` are true for the values that are allowed, `rows` for those that go with the other columns. `sentence`
    says what that is, "" if anything is; `left_out` names the rules that cannot be understood.
    """

    values: Sequence[str]
    rows: Sequence[str]
    sentence: str
    left_out: Sequence[str]


def rules(column: Column, fields: Fields, titles: Mapping[str, str]) -> Rules:
    """The rules of a column; `titles` are those of the columns by their names on the server, for the sentence."""
    found: dict[bool, list[str]] = {False: [], True: []}
    left_out: list[str] = []
    if column.type not in GEOMETRY_TYPES:
        for make, name in _KINDS:
            try:
                found[make is _mapping] += make(column, fields)
            except UnknownCondition:
                left_out.append(_(name))
    values, rows = found[False], found[True]
    words = [_("Accepted: {accepted}.").format(accepted=accepted(column))] if values else []
    words += _mapping_words(column, titles) if rows else []
    return Rules(values, rows, " ".join(words), left_out)


def together(name: str, values: Sequence[str], rows: Sequence[str]) -> str:
    """One expression of all the rules of the column that QGIS calls so, "" if there are none.

    A value that is as it was is not judged, as the server would not: who edits another column need not repair it.
    """
    if not values and not rows:
        return ""
    column = quoted_name(name)
    parts = [f"({' AND '.join(values)} OR try({column} = {_before(name)}, FALSE))", *rows] if values else rows
    return f"{column} IS NULL OR ({' AND '.join(parts)})"


def _before(name: str) -> str:
    """What the layer holds in the column that QGIS calls so, whatever a form makes of it."""
    return f"attribute(get_feature_by_id(@layer, $id), {quoted_text(name)})"


def choices(column: Column, table: Sequence[Column]) -> Sequence[tuple[Any, str]]:
    """Value and label of all that can be chosen; nothing if anything can be written.

    Of a mapping these are the values of all its cases, if the column that it depends on can have no others.
    """
    if column.enum is not None:
        return column.enum
    other = next((each for each in table if each.name == column.condition_field), None)
    if other is None or not column.mapping or other.enum is None:
        return ()
    if not {_as_key(value) for value, _label in other.enum if value is not None} <= set(column.mapping):
        return ()
    values = dict.fromkeys(value for allowed in column.mapping.values() for value in allowed if _simple(value))
    return [(value, str(value)) for value in values if value is not None]


def default(column: Column, table: Sequence[Column], fields: Fields) -> tuple[str, bool]:
    """The default of a column, "" for none, and whether it also follows changes.

    It follows where another column presets it: in a form, when a user changes that one, it gets what is preset if it is
    as it was. Newer versions of QGIS ask again when a form is saved: what a user wrote meanwhile must not be written
    over, nor what was there before. Of several such columns the first counts. Raises UnknownCondition.
    """
    plain = _plain_default(column, fields)
    driver = next((each for each in table if each.name != column.name and _presets(each, column)), None)
    if driver is None:
        return plain, False
    preset = _presets(driver, column)
    if not plain and driver.default in preset:
        plain = _written(column, preset[driver.default], fields)
    own, follows = (fields[each.name].name for each in (column, driver))
    untouched = f"{quoted_name(own)} IS {_before(own)} AND {quoted_name(follows)} IS NOT {_before(follows)}"
    own = quoted_name(own)
    cases = " ".join(
        f"WHEN {_test(driver.name, value, fields)} THEN {_written(column, preset[value], fields)}"
        for value in list(preset)[:_MOST_CASES]
    )
    begin = f"WHEN {_IS_NEW} THEN {plain} " if plain else ""
    preset_now = f"CASE {cases} ELSE {own} END"
    return (
        f"CASE WHEN {_IN_A_FORM} THEN "
        f"CASE WHEN {_IS_NEW} THEN {preset_now} WHEN {untouched} THEN {preset_now} ELSE {own} END "
        f"{begin}ELSE {own} END"
    ), True


def _test(name: str, wanted: Any, fields: Fields) -> str:
    """The condition that a column is as wanted. By another name: one that begins with "$" would be an operator."""
    if name not in fields:
        raise UnknownCondition
    return expression({"column": wanted}, {"column": fields[name]})


# ---------------------------------------------------------------------- rules


def _values(column: Column, fields: Fields) -> Iterator[str]:
    known = [value for value, _label in column.enum or () if value is not None]
    if known:
        yield _test(column.name, {"$in": known}, fields)


def _text(column: Column, fields: Fields) -> Iterator[str]:
    """That it is not empty, how it is written, and its length, which is counted as Unicode does."""
    name = quoted_name(fields[column.name].name)
    if column.type in ("JsonValue", "Like"):
        yield f"coalesce(array_length(from_json('[' || {name} || ']')), 0) = 1"  # it knows no values without brackets
    if column.type in _NO_TEXTS:
        return
    if column.required:
        yield f"{name} <> ''"
    if column.type in _WRITTEN:
        yield _matching(column, _WRITTEN[column.type], fields)
    if column.min_length is not None and column.min_length > 0:
        yield f"NOT {_shorter(name, column.min_length)}"
    if column.max_length is not None:
        yield _shorter(name, column.max_length + 1)


def _shorter(name: str, length: int) -> str:
    if not 0 < length <= _LONGEST_REPEAT:
        raise UnknownCondition
    return f"(regexp_match({name}, {quoted_text(f'(?s)^.{{{length}}}')}) = 0)"


def _limits(column: Column, fields: Fields) -> Iterator[str]:
    if column.type not in _UNLIMITED:
        for operator, limit in (("$gte", column.minimum), ("$lte", column.maximum)):
            if limit is not None:
                yield _test(column.name, {operator: limit}, fields)


def _pattern(column: Column, fields: Fields) -> Iterator[str]:
    if column.pattern and column.type not in _NO_TEXTS:
        yield _matching(column, _URL if column.pattern == A_URL else column.pattern, fields)


def _matching(column: Column, pattern: str, fields: Fields) -> str:
    """That a pattern fits the whole. Its flags come first: in a group they are none."""
    found = _FLAGS.match(pattern)
    flags = found[0] if found else ""
    whole = rf"{flags}\A(?:{pattern[len(flags) :]})(?!{_ANY})"
    for tried in (pattern, whole):  # alone first: `a)|(b` is none
        try:
            re.compile(tried)
        except (re.error, RecursionError, OverflowError):
            raise UnknownCondition from None
    return _test(column.name, {"$regex": whole}, fields)


def _mapping(column: Column, fields: Fields) -> Iterator[str]:
    """What is allowed for each value of another column; an empty list means that it must be empty."""
    if not column.mapping:
        return
    if len(column.mapping) > _MOST_CASES:
        raise UnknownCondition
    cases = []
    for value, allowed in column.mapping.items():
        known = [item for item in allowed if item is not None]
        test = _test(column.name, {"$in": known}, fields) if known else "FALSE"
        cases.append(f"WHEN {_test(column.condition_field, value, fields)} THEN {test}")
    yield f"CASE {' '.join(cases)} ELSE TRUE END"


_KINDS = (
    (_values, N_("list of values")),
    (_text, N_("form and length of a text")),
    (_limits, N_("limits")),
    (_pattern, N_("pattern")),
    (_mapping, N_("values that depend on another column")),
)


def _mapping_words(column: Column, titles: Mapping[str, str]) -> Iterator[str]:
    other = titles.get(column.condition_field, column.condition_field)
    for value, allowed in list(column.mapping.items())[:_CASES_SHOWN]:
        words = ", ".join(str(item) for item in allowed[:_VALUES_SHOWN] if item is not None)
        yield _("Where “{other}” is “{condition}”: {accepted}.").format(
            other=other, condition=value, accepted=words or _("(empty)")
        )


def _as_key(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _simple(value: Any) -> bool:
    return not isinstance(value, (dict, list))


# ---------------------------------------------------------------------- defaults


def _plain_default(column: Column, fields: Fields) -> str:
    if column.default is None:
        return ""
    if column.default == NOW and column.type in FORMS:
        now = f"format_date(now(), '{FORMS[column.type]}')"
        return _as_date(column, fields, now)
    return _written(column, column.default, fields)


def _written(column: Column, value: Any, fields: Fields) -> str:
    """A value of the server as an expression of the type that QGIS has for the column. Raises UnknownCondition."""
    field = fields[column.name]
    if value is None:
        return "NULL"
    if not _simple(value):
        value = json.dumps(value, ensure_ascii=False)
    if field.type in ("Date", "DateTime"):
        return _as_date(column, fields, literal(field, value))
    return literal(field, value)


def _as_date(column: Column, fields: Fields, text: str) -> str:
    make = {"Date": "to_date", "DateTime": "to_datetime"}.get(fields[column.name].type)
    return f"{make}({text})" if make else text


def _presets(driver: Column, column: Column) -> dict[str, Any]:
    """What the values of one column preset in another."""
    return {value: others[column.name] for value, others in driver.presets.items() if column.name in others}
