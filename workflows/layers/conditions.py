"""The conditions of styles (contract 2.8, Mongo-like) as expressions of QGIS.

As on the server, a null satisfies no operator but those with null itself, negated ones neither. More is understood than
the server takes: several members in one object (all of them, as in MongoDB), `$not` around a whole condition, numbers
and booleans given as text, and the reverse. Where the answers may differ from the server's:

* numbers are compared as QGIS does: as doubles, with the tolerance of a double;
* the patterns of the web editor mean what the editor says, in texts of several lines too (`^v$` is equality);
* other patterns are read by PCRE, which knows Unicode where the server may not;
* beyond the basic plane, texts are ordered by their UTF-16 units.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, Optional, Union

from ...client.json_text import read_json
from ...i18n import _

NUMBERS = ("Integer", "Double")
_COMPARISONS = {"$eq": "=", "$ne": "<>", "$gt": ">", "$gte": ">=", "$lt": "<", "$lte": "<="}
_DATES = {"Date": "yyyy-MM-dd", "DateTime": "yyyy-MM-dd HH:mm:ss"}
_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}
_DEEPEST = 20
_MOST_PARTS = 1000
"""QGIS evaluates `a AND b AND …` by recursion."""
_LONGEST_TEXT = 5_000
_SHAPES = (
    ("differs", re.compile(r"\^\(\?!(.*)\$\)\.\*\$", re.DOTALL)),
    ("lacks", re.compile(r"\^\(\(\?!(.+)\)\.\)\*\$", re.DOTALL)),
    ("not ends", re.compile(r"\(\?<!(.*)\)\$", re.DOTALL)),
    ("not starts", re.compile(r"\^\(\?!(.*)\)", re.DOTALL)),
    ("equals", re.compile(r"\^(.*)\$", re.DOTALL)),
    ("starts", re.compile(r"\^(.*)", re.DOTALL)),
    ("ends", re.compile(r"(.*)\$", re.DOTALL)),
    ("contains", re.compile(r"(.*)", re.DOTALL)),
)
"""What the web editor writes, the more special ones first."""
_PLAIN = re.compile(r"(?:[^\\.^$*+?{}\[\]|()]|\\[^0-9A-Za-z])*", re.DOTALL)
_CODE_POINT = re.compile(r"\\(\\|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8})")


class UnknownCondition(Exception):
    """A condition that cannot be understood; its text is a sentence for the user."""


class Field(NamedTuple):
    """A column as QGIS has it: its name there, and the type of the contract (2.7) as which its values are compared.

    What is neither `Boolean`, `Integer`, `Double`, `Date` nor `DateTime` is text.
    """

    name: str
    type: str


def expression(condition: Any, fields: Mapping[str, Field]) -> str:
    """The expression of a condition, JSON text or what was read from it; `fields` by their names on the server.

    An empty condition lets everything through. Raises UnknownCondition.
    """
    if isinstance(condition, str):
        try:
            condition = read_json(condition)
        except ValueError:
            raise UnknownCondition(_("Its condition is not JSON.")) from None
    return _Translation(fields).whole(condition, 0)


def quoted_name(name: str) -> str:
    """A column in an expression."""
    return '"' + name.replace('"', '""') + '"'


def quoted_text(text: str) -> str:
    """A text in an expression. Raises UnknownCondition for a NUL character, which ends expressions."""
    if "\0" in text:
        raise UnknownCondition(_("Its condition has characters that no text can have."))
    return "'" + text.replace("\\", "\\\\").replace("'", "''").replace("\n", "\\n").replace("\t", "\\t") + "'"


def literal(field: Field, value: Any) -> str:
    """A JSON value in an expression, as values of this column are compared. Raises UnknownCondition."""
    typed: Union[bool, int, float, str, None]
    if field.type == "Boolean":
        typed = _boolean(value)
    elif field.type in NUMBERS:
        typed = _number(value)
    else:
        typed = _text(value)
    if typed is None:
        raise UnknownCondition(
            _("Its condition compares the column {column} with {value}, which is not a value of its type.").format(
                column=field.name, value=_shown(value)
            )
        )
    if isinstance(typed, bool):
        return "true" if typed else "false"
    return quoted_text(typed) if isinstance(typed, str) else repr(typed)


def _boolean(value: Any) -> Optional[bool]:
    return _BOOLEANS.get(str(value).lower()) if isinstance(value, (bool, int, str)) else None


def _number(value: Any) -> Union[int, float, None]:
    if isinstance(value, str):
        value = _BOOLEANS.get(value.lower(), value)  # booleans are numbers where SpatiaLite keeps them
    if isinstance(value, str):
        try:
            value = float(value) if re.search("[.eE]", value) else int(value)
        except ValueError:
            return None
    if isinstance(value, bool):
        value = int(value)
    if not isinstance(value, (int, float)) or not abs(value) < 2**63:  # nor is NaN
        return None
    return value


def _text(value: Any) -> Optional[str]:
    if isinstance(value, (bool, int, float)):
        value = json.dumps(value)
    return value if isinstance(value, str) and len(value) <= _LONGEST_TEXT else None


def _shown(value: Any) -> str:
    try:
        text = json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError):
        text = type(value).__name__
    return text if len(text) <= 60 else text[:59] + "…"


class _Translation:
    """One condition on its way; the parts are counted."""

    def __init__(self, fields: Mapping[str, Field]):
        self._fields = fields
        self._parts = 0

    def whole(self, wanted: Any, depth: int) -> str:
        self._count(depth)
        if not isinstance(wanted, dict):
            raise UnknownCondition(
                _("Its condition has {value} where an object is expected.").format(value=_shown(wanted))
            )
        return _joined("AND", [self._member(name, value, depth) for name, value in wanted.items()])

    def _member(self, name: str, value: Any, depth: int) -> str:
        if name in ("$and", "$or"):
            word = name[1:].upper()
            return _joined(word, [self.whole(item, depth + 1) for item in _listed(name, value)])
        if name == "$not":
            return f"NOT ({self.whole(value, depth + 1)})"
        if name.startswith("$"):
            raise _unknown_operator(name)
        field = self._fields.get(name)
        if field is None:
            raise UnknownCondition(
                _("Its condition names the column {column}, which the layer does not have.").format(column=name[:60])
            )
        return self._operators(field, value, depth + 1)

    def _operators(self, field: Field, wanted: Any, depth: int) -> str:
        self._count(depth)
        if not isinstance(wanted, dict):
            return self._one(field, "$eq", wanted, None, depth)
        if not wanted or set(wanted) == {"$options"}:
            raise UnknownCondition(
                _("Its condition has no operator for the column {column}.").format(column=field.name)
            )
        options = wanted.get("$options")
        operators = [(name, value) for name, value in wanted.items() if name != "$options"]
        return _joined("AND", [self._one(field, name, value, options, depth) for name, value in operators])

    def _one(self, field: Field, operator: str, value: Any, options: Any, depth: int) -> str:
        self._count(depth)
        column = _column(field)
        if operator in ("$eq", "$ne") and value is None:
            return f"{column} IS {'NOT ' * (operator == '$ne')}NULL"
        if operator == "$ne" and field.type == "Boolean":  # QGIS 3.40 takes <> between booleans for =
            return f"NOT ({column} = {literal(field, value)})"
        if operator in _COMPARISONS:
            return f"{column} {_COMPARISONS[operator]} {literal(field, value)}"
        if operator in ("$in", "$nin"):
            return _among(field, _listed(operator, value), negated=operator == "$nin")
        if operator == "$all":
            return _all(column, _listed(operator, value))
        if operator == "$not":
            inner = value if isinstance(value, dict) else {"$eq": value}
            return f"NOT ({self._operators(field, inner, depth + 1)})"
        if operator not in ("$like", "$nlike", "$regex"):
            raise _unknown_operator(operator)
        if field.type in (*NUMBERS, "Boolean") or not isinstance(value, str) or len(value) > _LONGEST_TEXT:
            raise UnknownCondition(
                _("Its condition compares the column {column} with a pattern ({operator}): both must be texts.").format(
                    column=field.name, operator=operator
                )
            )
        if operator == "$regex":
            return _regex(column, value, options)
        return _like(column, value) if operator == "$like" else f"NOT ({_like(column, value)})"

    def _count(self, depth: int) -> None:
        self._parts += 1
        if depth > _DEEPEST or self._parts > _MOST_PARTS:
            raise UnknownCondition(_("Its condition is too long or nested too deeply."))


def _unknown_operator(name: str) -> UnknownCondition:
    return UnknownCondition(_("Its condition has the unknown operator {operator}.").format(operator=name[:60]))


def _listed(operator: str, value: Any) -> list[Any]:
    if not isinstance(value, list) or not value:
        raise UnknownCondition(_("Its condition needs a list after {operator}.").format(operator=operator))
    return value


def _joined(word: str, parts: Iterable[str]) -> str:
    listed = list(parts)
    if len(listed) > 1:
        return "(" + f" {word} ".join(listed) + ")"
    return listed[0] if listed else "TRUE"


def _column(field: Field) -> str:
    """Dates become text as the server writes it, which conditions are written for."""
    name = quoted_name(field.name)
    return f"format_date({name}, '{_DATES[field.type]}')" if field.type in _DATES else name


def _among(field: Field, wanted: list[Any], *, negated: bool) -> str:
    column = _column(field)
    values = [literal(field, value) for value in wanted if value is not None]
    parts = [f"{column} {'NOT ' * negated}IN ({', '.join(values)})"] if values else []
    if None in wanted:
        parts.append(f"{column} IS {'NOT ' * negated}NULL")
    return _joined("AND" if negated else "OR", parts)


def _all(column: str, wanted: list[Any]) -> str:
    """Whether a JSON list, or a single text, holds each of the wanted ones."""
    if not all(isinstance(value, str) for value in wanted):
        raise UnknownCondition(
            _("Its condition has a list after {operator} that is not of texts.").format(operator="$all")
        )
    values = f"array({', '.join(quoted_text(value) for value in wanted)})"
    return (
        f"CASE WHEN left({column}, 1) = '[' THEN array_all(from_json({column}), {values})"
        f" WHEN {column} IS NOT NULL THEN array_all(array({column}), {values}) END"
    )


def _shaped(column: str, shape: str, text: str) -> str:
    """A text compared with one that has no pattern in it."""
    value, units = quoted_text(text), len(text.encode("utf-16-le", "surrogatepass")) // 2
    return {
        "equals": f"{column} = {value}",
        "differs": f"{column} <> {value}",
        "starts": f"left({column}, {units}) = {value}",
        "not starts": f"left({column}, {units}) <> {value}",
        "ends": f"right({column}, {units}) = {value}",
        "not ends": f"right({column}, {units}) <> {value}",
        "contains": f"strpos({column}, {value}) > 0",
        "lacks": f"strpos({column}, {value}) = 0",
    }[shape]


def _regex(column: str, pattern: str, options: Any) -> str:
    if options not in (None, "", "i"):
        raise UnknownCondition(
            _("Its condition has unknown options of a pattern: {value}.").format(value=_shown(options))
        )
    if not options:
        for shape, form in _SHAPES:
            found = form.fullmatch(pattern)
            if found and _PLAIN.fullmatch(found[1]):
                return _shaped(column, shape, re.sub(r"\\(.)", r"\1", found[1], flags=re.DOTALL))
    try:
        re.compile(pattern)
    except (re.error, RecursionError, OverflowError):
        raise UnknownCondition(
            _("Its condition has the pattern {value}, which is not a regular expression.").format(value=_shown(pattern))
        ) from None
    translated = ("(?i)" if options else "") + _CODE_POINT.sub(_for_pcre, pattern)
    return f"regexp_match({column}, {quoted_text(translated)}) > 0"


def _for_pcre(found: re.Match[str]) -> str:
    r"""`\u00e9` as PCRE writes it; a backslash that is escaped stays what it is."""
    return found[0] if found[1] == "\\" else rf"\x{{{found[1][1:]}}}"


def _like(column: str, pattern: str) -> str:
    """SQL's LIKE, minding the case; QGIS's own reads backslashes and line breaks in another way."""
    middle = pattern.strip("%")
    if not re.search("[%_]", middle):
        shape = {(False, False): "equals", (False, True): "starts", (True, False): "ends", (True, True): "contains"}
        return _shaped(column, shape[pattern.startswith("%"), pattern.endswith("%")], middle)
    wild = {"%": ".*", "_": "."}
    translated = "".join(wild.get(character) or re.escape(character) for character in pattern)
    whole = quoted_text(rf"(?s)\A{translated}\z")
    return f"regexp_match({column}, {whole}) > 0"
