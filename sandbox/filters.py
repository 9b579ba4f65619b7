"""The condition language of filters and styles (section 2.8) as SQL over `rows`.

The server answers as SQL does: a value that is null satisfies no comparison but those with null itself.
"""

from __future__ import annotations

import json
import re
from typing import NamedTuple

from .catalogue import FINGERPRINT, SEQUENCES, Table
from .errors import bad
from .rows import extract, path
from .world.tables import GEOMETRY_TYPES

_COMPARISONS = {"$eq": "=", "$ne": "<>", "$gt": ">", "$gte": ">=", "$lt": "<", "$lte": "<="}
_NUMERIC = ("Integer", "Double")
_MAX_DEPTH = 20

_MAX_TEXT = 5_000  # of one value; SQLite refuses longer patterns than 50 000 itself

Sql = tuple[str, list]


class Scope(NamedTuple):
    """The table that is filtered, and its columns that the user may not see."""

    table: Table
    hidden: frozenset[str]


def condition(table: Table, text: str, hidden: frozenset[str] = frozenset()) -> Sql:
    """The SQL, with its values, of a filter as JSON text; `{}` lets everything through. Raises 400."""
    try:
        parsed = json.loads(text)
        json.dumps(parsed, ensure_ascii=False, allow_nan=False).encode()  # NaN and half characters are no JSON
    except (ValueError, RecursionError):
        raise bad("filter : JSON illisible") from None
    if not isinstance(parsed, dict):
        raise bad("filter : un objet JSON est attendu")
    return _top(Scope(table, hidden), parsed, 0) if parsed else ("1", [])


def _top(scope: Scope, wanted, depth: int) -> Sql:
    if not isinstance(wanted, dict) or len(wanted) != 1 or depth > _MAX_DEPTH:
        raise bad("filter : un objet d'un seul membre est attendu (une colonne, $and ou $or)")
    ((name, value),) = wanted.items()
    if name in ("$and", "$or"):
        if not isinstance(value, list) or not value:
            raise bad(f"filter : {name} attend une liste")
        return _joined(f" {name[1:].upper()} ", [_top(scope, item, depth + 1) for item in value])
    if name.startswith("$"):
        raise bad(f"filter : opérateur inconnu : {name}")
    return _field(scope, name, value, depth)


def _joined(word: str, parts: list[Sql]) -> Sql:
    return "(" + word.join(sql for sql, _ in parts) + ")", [value for _, values in parts for value in values]


def _field(scope: Scope, name: str, wanted, depth: int) -> Sql:
    table = scope.table
    column = table.columns.get(name) or _history_column(table, name)
    if column is None or name in scope.hidden:
        raise bad(f"filter : colonne inconnue : {name}")
    if column["type"] in GEOMETRY_TYPES or not column["queryable"]:
        raise bad(f"filter : on ne peut filtrer sur {name}")
    return _operators(_expression(table, name), column, wanted, depth)


def _history_column(table: Table, name: str) -> dict | None:
    if not table.versioned or name not in (SEQUENCES[0], FINGERPRINT):
        return None
    return {"name": name, "type": "Integer" if name == SEQUENCES[0] else "String", "queryable": True}


def _expression(table: Table, name: str) -> Sql:
    """What SQL compares: an indexed column where there is one, else the member of the body."""
    own = {table.key: "f.key", table.flag: "f.destroyed", SEQUENCES[0]: "f.numrec"}
    return (own[name], []) if name in own else (f"(SELECT {extract()} FROM feature_body b WHERE b.id = f.id)",
                                                [path(name)])  # fmt: skip


def _operators(expression: Sql, column: dict, wanted, depth: int) -> Sql:
    if not isinstance(wanted, dict):
        return _one(expression, column, "$eq", wanted, None, depth)
    if not wanted:
        raise bad(f"filter : aucun opérateur pour {column['name']}")
    if "$options" in wanted and "$regex" not in wanted:
        raise bad("filter : $options ne va qu'avec $regex")
    parts = [
        _one(expression, column, operator, value, wanted.get("$options"), depth)
        for operator, value in wanted.items()
        if operator != "$options"
    ]
    return _joined(" AND ", parts)


def _one(expression: Sql, column: dict, operator: str, value, options, depth: int) -> Sql:
    sql, bound = expression
    if operator in ("$eq", "$ne") and value is None:
        return f"{sql} IS {'NOT ' * (operator == '$ne')}NULL", bound
    if operator in _COMPARISONS:
        if operator not in ("$eq", "$ne") and column["type"] == "Boolean":
            raise bad(f"filter : {operator} ne va pas avec un booléen")
        return f"{sql} {_COMPARISONS[operator]} ?", [*bound, _typed(column, value)]
    if operator in ("$in", "$nin"):
        return _among(expression, column, operator == "$nin", value)
    if operator == "$all":
        if not isinstance(value, list) or not value:
            raise bad("filter : $all attend une liste")
        return f"has_all({sql}, ?)", [*bound, json.dumps(value)]
    if operator in ("$like", "$nlike", "$regex"):
        return _matching(expression, column, operator, value, options)
    if operator == "$not":
        if not isinstance(value, dict) or depth > _MAX_DEPTH:
            raise bad("filter : $not attend un objet d'opérateurs")
        inner, values = _operators(expression, column, value, depth + 1)
        return f"NOT {inner}", values
    raise bad(f"filter : opérateur inconnu : {operator}")


def _among(expression: Sql, column: dict, negated: bool, wanted) -> Sql:
    if not isinstance(wanted, list) or not wanted:
        raise bad("filter : $in et $nin attendent une liste")
    sql, bound = expression
    values = [_typed(column, value) for value in wanted if value is not None]
    parts: list[Sql] = []
    if values or not negated:
        inside = f"{sql} {'NOT ' * negated}IN (SELECT value FROM json_each(?))"
        parts.append((inside, [*bound, json.dumps(values)]))
    if None in wanted:
        parts.append((f"{sql} IS {'NOT ' * negated}NULL", bound))
    return _joined(" AND " if negated else " OR ", parts)


def _matching(expression: Sql, column: dict, operator: str, value, options) -> Sql:
    sql, bound = expression
    if not isinstance(value, str) or column["type"] in (*_NUMERIC, "Boolean"):
        raise bad(f"filter : {operator} compare des textes")
    if len(value) > _MAX_TEXT:
        raise bad("filter : texte trop long")
    if operator != "$regex":
        return f"{sql} {'NOT ' * (operator == '$nlike')}LIKE ?", [*bound, value]
    if options not in (None, "", "i"):
        raise bad("filter : $options accepte seulement i")
    text = f"(?i){value}" if options else value
    try:
        re.compile(text)
    except (re.error, RecursionError, OverflowError):
        raise bad("filter : expression régulière incorrecte") from None
    return f"CASE WHEN {sql} IS NULL THEN NULL ELSE {sql} REGEXP ? END", [*bound, *bound, text]


def _typed(column: dict, value):
    """The value as the column's type compares; 400 for a value of another type."""
    kind = column["type"]
    if kind == "Boolean":
        right = isinstance(value, bool) or value in (0, 1)
        value = int(value) if right else value
    elif kind in _NUMERIC:
        right = isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 2**63
    else:
        right = isinstance(value, str)
    if not right:
        raise bad(f"filter : valeur incorrecte pour {column['name']} ({kind}) : {json.dumps(value)}")
    return value
