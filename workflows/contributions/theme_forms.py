"""The form of a theme: values as the service takes them, and what is wrong with them (contract 2.1).

The rules of the form become a JSON Schema; what it finds is said in sentences. The form comes from a server: whatever
in it cannot be used (an invalid pattern, one that would take for ever) is left to the server to check.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property
from typing import Any, Callable, Optional

from ...client.errors import Forbidden, NotFound
from ...client.espaceco import communities
from ...client.espaceco.api import EspaceCo
from ...client.espaceco.communities import Community, Theme, ThemeAttribute
from ...client.json_text import read_json
from ...i18n import _
from ..connection.schema import validator
from ..errors import InputError
from ..pages.writing import clean

try:
    from re import _parser  # type: ignore[attr-defined]
except ImportError:  # before Python 3.11
    import sre_parse as _parser

YES = ("1", "true", "yes", "oui", "vrai", "on", "x", "t", "y", "o")
NO = ("0", "false", "no", "non", "faux", "off", "f", "n", "")
LONGEST_PATTERN = 1000
MOST_STEPS = 10_000_000
"""A pattern that may take more steps on a text is not tried on it."""
_LENGTHS = (10_000, 3_000, 1_000, 300, 100, 30, 10)
_SHOWN = 60
_VALUES_SHOWN = 30

_INTEGER = re.compile(r"[-+]?[0-9]{1,18}")
_NUMBER = re.compile(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?")
_DATE = re.compile(
    r"(?P<y>\d{4})[-/](?P<m>\d\d?)[-/](?P<d>\d\d?)|(?P<D>\d\d?)[-/.](?P<M>\d\d?)[-/.](?P<Y>\d{4})", re.ASCII
)
_TIME = re.compile(r"(?:[T ]+(\d\d?):(\d\d)(?::(\d\d)(?:\.\d+)?)?)?(?: *(?:Z|[-+]\d\d:?\d\d))?", re.ASCII)
_HALF = re.compile("[\ud800-\udfff]")
_UNREADABLE = object()
"""Stands for what is not of its type: no type of a JSON Schema fits it."""


def plain(value: object) -> str:
    """A text that every database and JSON reader takes: without NUL characters and halves of characters."""
    return _HALF.sub("\ufffd", str(value).replace("\0", ""))


def read_values(text: str) -> dict[str, Any]:
    """The values of attributes that a JSON text gives; InputError for what is no object."""
    try:
        values = read_json(text)
    except ValueError as error:
        raise InputError(_("ATTRIBUTES is not readable as JSON: {why}.").format(why=error)) from None
    if not isinstance(values, dict):
        raise InputError(_('ATTRIBUTES has to be a JSON object, such as {"Nature": "Trottoir"}.'))
    return values


def find_theme(community: Community, name: str) -> Theme:
    """The theme of this name that a community offers, its own before those shared with it.

    Raises InputError with the names there are.
    """
    exact = [theme for theme in community.themes if theme.name == name]
    loose = [theme for theme in community.themes if theme.name.casefold() == name.strip().casefold()]
    found = sorted(exact or loose, key=lambda theme: theme.shared)
    if not found:
        raise InputError(
            _("The community “{community}” has no theme “{name}”. Its themes: {known}.").format(
                community=community.name,
                name=name,
                known=", ".join(theme.name for theme in community.themes) or _("none"),
            )
        )
    return found[0]


def load_theme(api: EspaceCo, community: Community, name: str) -> Theme:
    """As `find_theme`; of a shared theme known by its name alone, the form is asked of the community it belongs to.

    Where that one does not show it, `described` stays false.
    """
    theme = find_theme(community, name)
    if theme.described:
        return theme
    with suppress(Forbidden, NotFound):
        lender = communities.get(api, theme.community_id)
        for own in lender.themes:
            if own.name == theme.name and own.community_id == theme.community_id and own.described:
                return replace(own, shared=True, community_name=lender.name)
    return theme


@dataclass(frozen=True)
class FormFault:
    """What is wrong with the value of an attribute, as a sentence."""

    attribute: str
    sentence: str


class ThemeForm:
    """The form of a theme. Of one that is not `described` nothing can be checked."""

    def __init__(self, theme: Theme) -> None:
        self.theme = theme
        self._attributes = {attribute.name: attribute for attribute in theme.attributes}

    def attribute(self, name: str) -> Optional[ThemeAttribute]:
        """The attribute of this name or title, as written or in another case."""
        if name in self._attributes:
            return self._attributes[name]
        return self._by_title.get(_folded(name))

    @cached_property
    def _by_title(self) -> dict[str, ThemeAttribute]:
        attributes = self.theme.attributes
        return {**{_folded(a.title): a for a in attributes}, **{_folded(a.name): a for a in attributes}}

    # ------------------------------------------------------------------ values as texts

    def encode(self, values: Mapping[str, Any]) -> dict[str, str]:
        """These values, by name or title of attributes, as the texts that are sent; None is left out.

        What cannot be read as what the attribute asks for stays as it is, for `faults` to say so.
        """
        texts = {}
        for name, value in values.items():
            if value is None:
                continue
            attribute = self.attribute(name)
            texts[attribute.name if attribute else name] = _encoded(attribute, value) if attribute else as_text(value)
        return texts

    def defaults(self, given: Optional[Mapping[str, str]] = None) -> dict[str, str]:
        """The default values of attributes that are not among the texts `given`, a conditional one where it applies."""
        given, found = given or {}, {}
        for attribute in self.theme.attributes:
            if attribute.default and attribute.name not in given:
                text = _encoded(attribute, attribute.default)
                # a default that the form itself does not accept is none
                if validator(self._properties[attribute.name]).is_valid(_instance(attribute, text)):
                    found[attribute.name] = text
        everything = {**found, **given}
        for attribute in self.theme.attributes:
            condition = attribute.constraints.get("condition_field")
            if condition is not None and everything.get(str(condition)) in (None, "0"):
                found.pop(attribute.name, None)
        return found

    # ------------------------------------------------------------------ checking

    def faults(self, values: Mapping[str, str]) -> list[str]:
        """What is wrong with these texts, one sentence each: which attribute, what is wrong, what is accepted."""
        return [fault.sentence for fault in self.check(values)]

    def check(self, values: Mapping[str, str]) -> list[FormFault]:
        """As `faults`, with the names of the attributes."""
        if not self.theme.described:
            return []
        # an empty one counts as not given
        given = {
            name: _instance(a, values[name]) for name, a in self._attributes.items() if values.get(name, "").strip()
        }
        # conditions look at the texts as they are
        document = {"given": given, "texts": dict(values)}
        found = (self._fault(error, values) for error in self._validator.iter_errors(document))
        unknown = [
            FormFault(
                name,
                _("“{attribute}” is no attribute of the theme “{theme}”. Its attributes: {known}.").format(
                    attribute=_short(name),
                    theme=self.theme.name,
                    known=", ".join(_named(a) for a in self.theme.attributes) or _("none"),
                ),
            )
            for name in values
            if name not in self._attributes and name not in self.theme.automatic
        ]
        return list(dict.fromkeys([*unknown, *found]))

    @cached_property
    def _properties(self) -> dict[str, dict[str, Any]]:
        return {attribute.name: _schema(attribute) for attribute in self.theme.attributes}

    @cached_property
    def _validator(self) -> Any:
        given = {"type": "object", "properties": self._properties}
        return validator({"type": "object", "properties": {"given": given}, "allOf": list(self._rules())})

    def _rules(self) -> Iterator[dict[str, Any]]:
        """What is mandatory, each by a rule of its own, so that what is missing can be told."""
        for attribute in self.theme.attributes:
            if not attribute.mandatory:
                continue
            needed = {"properties": {"given": {"required": [attribute.name]}}}
            condition = attribute.constraints.get("condition_field")
            if condition is None:
                yield needed
            else:
                name = str(condition)
                is_set = {"required": [name], "properties": {name: {"not": {"enum": ["0"]}}}}
                yield {"if": {"properties": {"texts": is_set}}, "then": needed}

    def _fault(self, error: Any, values: Mapping[str, str]) -> FormFault:
        rule = error.validator
        path = list(error.absolute_path)[1:]  # within what is given
        if rule == "required" and not path:
            attribute = self._attributes[error.validator_value[0]]
            sentence = _("“{attribute}” is mandatory. Accepted: {accepted}.").format(
                attribute=_named(attribute), accepted=_accepted(attribute)
            )
            return FormFault(attribute.name, sentence)
        attribute = self._attributes[path[0]]
        within_json = attribute.type == "jsonvalue" and error.instance is not _UNREADABLE
        if within_json:
            wrong = _("“{attribute}”: “{value}” does not fit what the theme asks for ({why}). Accepted: {accepted}.")
        else:
            wrong = _WRONG.get(rule, _WRONG["type"])()
        value = values[attribute.name]
        if attribute.multiple and not within_json and isinstance(error.instance, str):
            value = error.instance
        return FormFault(
            attribute.name,
            wrong.format(
                attribute=_named(attribute),
                value=_short(value),
                why=_short(error.message, 200),
                accepted=_accepted(attribute),
            ),
        )


_WRONG: dict[str, Callable[[], str]] = {
    "type": lambda: _("“{attribute}”: “{value}” cannot be read as what is asked for. Accepted: {accepted}."),
    "enum": lambda: _("“{attribute}”: “{value}” is not one of the values. Accepted: {accepted}."),
    "minimum": lambda: _("“{attribute}”: {value} is too small. Accepted: {accepted}."),
    "maximum": lambda: _("“{attribute}”: {value} is too great. Accepted: {accepted}."),
    "minLength": lambda: _("“{attribute}”: “{value}” is too short. Accepted: {accepted}."),
    "maxLength": lambda: _("“{attribute}”: “{value}” is too long. Accepted: {accepted}."),
    "pattern": lambda: _("“{attribute}”: “{value}” is not written as asked for. Accepted: {accepted}."),
}


# ---------------------------------------------------------------------- a value as a text


def _encoded(attribute: ThemeAttribute, value: Any) -> str:
    one = _ENCODERS.get(attribute.type, as_text)
    if attribute.type == "list":
        if not attribute.multiple:
            return _key(attribute, value)
        one = lambda item: _key(attribute, item)  # noqa: E731
        if isinstance(value, str) and _key_or_none(attribute, value) is None:
            value = value.split(";")
    if attribute.multiple and isinstance(value, (list, tuple, set, frozenset)):
        return ";".join(text for text in map(one, (item for item in value if item is not None)) if text.strip())
    return one(value)


def as_text(value: Any) -> str:
    """Any value as a text: ISO dates, 1 and 0 for yes and no, JSON for lists and objects."""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, (list, tuple, dict)):
        return _json(value)
    return plain(value)


def _json(value: Any) -> str:
    if isinstance(value, str):
        return plain(value)
    try:
        return plain(json.dumps(value, ensure_ascii=False, default=as_text, allow_nan=False))
    except (ValueError, TypeError, RecursionError):
        return plain(value)


def _number(value: Any) -> str:
    text = as_text(value).strip()
    return text.replace(",", ".", 1) if "." not in text else text


def _checkbox(value: Any) -> str:
    text = as_text(value).strip()
    word = text.casefold()
    return "1" if word in YES else "0" if word in NO else text


def _moment(value: Any) -> Optional[datetime]:
    """A date, with the time of day that was said, whatever its zone: forms have none. None for what is no date."""
    if isinstance(value, datetime):
        return value.replace(tzinfo=None)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day)  # noqa: DTZ001 - a date of a form has no zone
    text = as_text(value).strip()
    day = _DATE.match(text)
    time = _TIME.fullmatch(text, day.end()) if day else None
    if not day or not time:
        return None
    numbers = [int(part) for part in (day.group(1, 2, 3) if day[1] else day.group(6, 5, 4))]
    try:
        return datetime(*numbers, *(int(part or 0) for part in time.groups()))  # type: ignore[arg-type]  # noqa: DTZ001
    except ValueError:
        return None


def _date(value: Any) -> str:
    moment = _moment(value)
    return moment.date().isoformat() if moment else as_text(value)


def _datetime(value: Any) -> str:
    moment = _moment(value)
    return moment.isoformat(sep=" ", timespec="seconds") if moment else as_text(value)


def _key_or_none(attribute: ThemeAttribute, value: Any) -> Optional[str]:
    text = as_text(value)
    keys = [key for key, _label in attribute.values]
    if text in keys:
        return text
    same = [key for key, label in attribute.values if label == text]
    wanted = _folded(text)
    same = same or list(dict.fromkeys(k for k, label in attribute.values if wanted in (_folded(k), _folded(label))))
    return same[0] if len(same) == 1 else None


def _key(attribute: ThemeAttribute, value: Any) -> str:
    key = _key_or_none(attribute, value)
    return as_text(value) if key is None else key


_ENCODERS: dict[str, Callable[[Any], str]] = {
    "integer": _number,
    "double": _number,
    "float": _number,
    "checkbox": _checkbox,
    "date": _date,
    "datetime": _datetime,
    "jsonvalue": _json,
}


# ---------------------------------------------------------------------- a text as what the schema checks


def _instance(attribute: ThemeAttribute, text: str) -> Any:
    if attribute.multiple:
        return [_typed(attribute.type, item) for item in text.split(";") if item]
    return _typed(attribute.type, text)


def _typed(kind: str, text: str) -> Any:
    try:
        if kind == "integer":
            return int(text) if _INTEGER.fullmatch(text) else _UNREADABLE
        if kind in ("double", "float"):
            number = float(text) if _NUMBER.fullmatch(text) else math.nan
            return number if math.isfinite(number) else _UNREADABLE
        if kind == "date":
            return text if _date(text) == text and _moment(text) else _UNREADABLE
        if kind == "datetime":
            return text if _datetime(text) == text and _moment(text) else _UNREADABLE
        if kind == "jsonvalue":
            return read_json(text)
    except ValueError:
        return _UNREADABLE
    return text


def _schema(attribute: ThemeAttribute) -> dict[str, Any]:
    one = _one(attribute)
    return {"type": "array", "items": one} if attribute.multiple else one


def _one(attribute: ThemeAttribute) -> dict[str, Any]:
    kind, rules = attribute.type, attribute.constraints
    if kind == "list":
        return {"type": "string", "enum": [key for key, _label in attribute.values]}
    if kind == "checkbox":
        return {"type": "string", "enum": ["0", "1"]}
    if kind == "jsonvalue":
        anything = {"type": ["object", "array", "string", "number", "boolean", "null"]}
        own = attribute.json_schema
        return {"allOf": [anything, own]} if own and harmless(own) else anything
    if kind in ("integer", "double", "float"):
        limits = {"minimum": _limit(rules.get("minValue"), float), "maximum": _limit(rules.get("maxValue"), float)}
        kind = "integer" if kind == "integer" else "number"
    else:
        limits = {"minLength": _limit(rules.get("minLength"), int), "maxLength": _limit(rules.get("maxLength"), int)}
        kind = "string"
    schema = {"type": kind, **{name: limit for name, limit in limits.items() if limit is not None}}
    pattern = rules.get("pattern")
    if kind == "string" and isinstance(pattern, str) and pattern:
        longest = longest_tried(pattern)
        if longest:
            schema.update({"if": {"maxLength": longest}, "then": {"pattern": pattern}})
    return schema


def _limit(value: Any, kind: Callable[[Any], float]) -> Optional[float]:
    try:
        number = kind(value)
        return number if math.isfinite(number) and (kind is float or number >= 0) else None
    except (TypeError, ValueError, OverflowError):
        return None


def harmless(schema: Any) -> bool:
    """Whether a JSON Schema from the server can be used: valid, fetching nothing, running no patterns."""
    try:
        type(validator({})).check_schema(schema)
        return not _names(schema) & {"$ref", "pattern", "patternProperties"}
    except (ImportError, MemoryError):
        raise
    except Exception:  # noqa: BLE001 - whatever a hostile schema leads to, it is not used
        return False


def _names(value: Any) -> set[str]:
    if isinstance(value, dict):
        return set(value).union(*map(_names, value.values()))
    return set().union(*map(_names, value)) if isinstance(value, list) else set()


def longest_tried(pattern: str) -> int:
    """Up to how many characters a text may be tried on this pattern without taking for ever; 0 for never."""
    if len(pattern) > LONGEST_PATTERN:
        return 0
    try:
        parsed = _parser.parse(pattern)
        re.compile(pattern)
    except (re.error, OverflowError, RecursionError):
        return 0
    for length in _LENGTHS:
        with suppress(OverflowError):
            # tried from each character on
            if _ways(parsed, length) * length <= MOST_STEPS:
                return length
    return 0


def _ways(parsed: Any, length: int) -> float:
    """In how many ways a parsed pattern may be tried, at most, on a text of this length."""
    ways = 1.0
    for operation, value in parsed:
        name = str(operation)
        if name in ("LITERAL", "NOT_LITERAL", "ANY", "IN", "AT", "CATEGORY", "GROUPREF"):
            continue
        if name == "BRANCH":
            ways *= sum(_ways(branch, length) for branch in value[1])
        elif name == "SUBPATTERN":
            ways *= _ways(value[-1], length)
        elif name in ("ASSERT", "ASSERT_NOT"):
            ways *= _ways(value[1], length)
        elif name in ("MAX_REPEAT", "MIN_REPEAT"):
            least, most, inner = value
            ways *= _repeated(least, most, inner, length)
        else:
            return math.inf
    return ways


def _repeated(least: int, most: int, inner: Any, length: int) -> float:
    most = min(int(most), length)
    once = _ways(inner, length)
    if most > 1 and inner.getwidth()[0] == 0:  # nothing, again and again
        return math.inf
    return max(most - least + 1, 1) * once**most


# ---------------------------------------------------------------------- in words


def _named(attribute: ThemeAttribute) -> str:
    return attribute.name if attribute.title == attribute.name else f"{attribute.title} ({attribute.name})"


def _short(text: object, most: int = _SHOWN) -> str:
    shown = clean(" ".join(str(text)[: 4 * most].split()))
    return shown if len(shown) <= most and len(str(text)) <= 4 * most else shown[:most] + "…"


def _accepted(attribute: ThemeAttribute) -> str:
    """What an attribute accepts, as part of a sentence."""
    kind, rules = attribute.type, attribute.constraints
    if kind == "list":
        return (_("several of: {values}") if attribute.multiple else _("one of: {values}")).format(
            values=_listed(attribute.values)
        )
    if kind in ("integer", "double", "float"):
        what = _("a whole number") if kind == "integer" else _("a number")
        least, most = _limit(rules.get("minValue"), float), _limit(rules.get("maxValue"), float)
    elif kind in _KINDS:
        return _KINDS[kind]()
    else:
        what = _("a text")
        least, most = _limit(rules.get("minLength"), int), _limit(rules.get("maxLength"), int)
    return what + "".join(_limits(kind, least, most, rules.get("pattern")))


_KINDS: dict[str, Callable[[], str]] = {
    "checkbox": lambda: _("1 (yes) or 0 (no)"),
    "date": lambda: _("a date such as 2026-11-21"),
    "datetime": lambda: _("a date and time such as 2026-11-21 08:30:00"),
    "jsonvalue": lambda: _("a JSON text"),
}


def _limits(kind: str, least: Optional[float], most: Optional[float], pattern: Any) -> Iterator[str]:
    number = kind in ("integer", "double", "float")
    if least:
        yield ", " + (_("at least {n}") if number else _("at least {n} characters")).format(n=f"{least:g}")
    if most is not None:
        yield ", " + (_("at most {n}") if number else _("at most {n} characters")).format(n=f"{most:g}")
    if pattern and not number:
        yield ", " + _("of the form {pattern}").format(pattern=_short(pattern, 100))


def _listed(values: Iterable[tuple[str, str]]) -> str:
    shown = [label if label == key else f"{label} ({key})" for key, label in values]
    shown = [_short(text) if text else _("(empty)") for text in shown]
    return ", ".join(shown[:_VALUES_SHOWN]) + (", …" if len(shown) > _VALUES_SHOWN else "")


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()
