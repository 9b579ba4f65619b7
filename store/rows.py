"""The rows of a group layer, and of the tables beside it, as SQLite has them: read, compared, merged, written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Optional

from .database import Database, quoted
from .features import fits, fitted, parsed, plain
from .json_values import SQL_FUNCTION, json_value
from .layer import Column, Layer
from .spatial import write_statistics
from .tracking import ADDED, ROW, base_table, sent_table, theirs_table

Values = dict[str, Any]
"""A row by the server's column names; its geometry is WKB."""

Raw = list[Any]
"""A row as SQLite has it: all local columns, in order, the geometry in SpatiaLite's own form."""

BATCH = 500
JSON = ("JsonValue", "Like")
"""Types of columns whose texts are JSON: compared by what they mean, however they are spelled."""


class Rows:
    """The rows of a layer and of the tables beside it, as SQLite has them, and how they are compared."""

    def __init__(self, store: Database, layer: Layer) -> None:
        self.layer = layer
        self.table = f"main.{quoted(layer.local_table)}"
        self.base, self.theirs, self.sent = base_table(layer.id), theirs_table(layer.id), sent_table(layer.id)
        self.listed = ", ".join(quoted(column.local) for column in layer.columns)
        self.compared = [at for at, column in enumerate(layer.columns) if not (column.hidden or column.gone)]
        self.geometry = len(layer.columns) - 1 if layer.geometry else -1
        self._places = {column.name: at for at, column in enumerate(layer.columns) if not column.gone}
        self._store = store
        shown = [quoted(column.local) for column in layer.columns]
        if layer.geometry:
            shown[-1] = f"AsBinary({shown[-1]})"
        self._shown = ", ".join(shown)
        self._marks = ", ".join("?" * len(layer.columns))

    def __contains__(self, name: str) -> bool:
        """Whether the server has such a column."""
        return name in self._places

    def at(self, name: str) -> int:
        """The place of a column in a row; raises KeyError."""
        return self._places[name]

    # ---------------------------------------------------------------- reading

    def touched(self, only: Optional[Iterable[int]] = None) -> Iterator[list[int]]:
        """The ids that base knows, in batches, each read when it is wanted."""
        if only is not None:
            for some in batches(sorted(set(only))):
                inside = ", ".join(map(str, some))
                sql = f"SELECT {ROW} FROM {self.base} WHERE {ROW} IN ({inside}) ORDER BY {ROW}"  # nosec B608 - numbers
                if found := [row for (row,) in self._store.all(sql)]:
                    yield found
            return
        after = -(1 << 63)
        sql = f"SELECT {ROW} FROM {self.base} WHERE {ROW} > ? ORDER BY {ROW} LIMIT {BATCH}"  # nosec B608
        while found := [row for (row,) in self._store.all(sql, (after,))]:
            yield found
            after = found[-1]

    def added(self, numbers: Sequence[int]) -> set[int]:
        inside = ", ".join(map(str, numbers))
        sql = f"SELECT {ROW} FROM {self.base} WHERE {ADDED} AND {ROW} IN ({inside})"  # nosec B608 - numbers
        return {row for (row,) in self._store.all(sql)}

    def raw(self, table: str, row: int) -> Optional[Raw]:
        """One row; of base, only what the server gave."""
        known = f" AND NOT {ADDED}" if table == self.base else ""
        found = self._store.all(f"SELECT {self.listed} FROM {table} WHERE {ROW} = ?{known}", (row,))  # nosec B608
        return list(found[0]) if found else None

    def values(self, table: str, numbers: Sequence[int]) -> dict[int, Values]:
        """Rows by their ids, for people."""
        inside = ", ".join(map(str, numbers))
        sql = f"SELECT {ROW}, {self._shown} FROM {table} WHERE {ROW} IN ({inside})"  # nosec B608 - numbers
        return {row[0]: self._named(row[1:]) for row in self._store.all(sql)}

    def plain_values(self, raw: Optional[Raw]) -> Optional[Values]:
        if raw is None:
            return None
        if self.layer.geometry:
            raw = [*raw[:-1], self._store.one("SELECT AsBinary(?)", (raw[-1],))]
        return self._named(raw)

    # ---------------------------------------------------------------- comparing

    def changed(self, before: Values, after: Values) -> tuple[str, ...]:
        return tuple(
            name for name in self.names() if before[name] != after[name] and not self._alike(name, before, after)
        )

    def clashing(self, base: Optional[Values], mine: Optional[Values], theirs: Optional[Values]) -> tuple[str, ...]:
        """What both sides changed, to different values; of a row deleted on one side, what the other changed."""
        if base is None or (mine is None and theirs is None):
            return ()
        if mine is None or theirs is None:
            return self.changed(base, mine or theirs or {})
        both = set(self.changed(base, mine)) & set(self.changed(base, theirs))
        return tuple(name for name in self.changed(mine, theirs) if name in both)

    def differing(self, before: Raw, after: Raw) -> list[int]:
        """Where two rows differ."""
        return [at for at in self.compared if not self._same(at, before[at], after[at])]

    def clashing_at(self, base: Raw, mine: Raw, theirs: Raw) -> list[int]:
        both = set(self.differing(base, mine)) & set(self.differing(base, theirs))
        return [at for at in both if not self._same(at, mine[at], theirs[at])]

    def merged(self, before: Raw, mine: Raw, theirs: Raw) -> Raw:
        """Theirs, with what I changed since `before`, and the columns that only we have."""
        result = list(theirs)
        for at in self.differing(before, mine):
            result[at] = mine[at]
        for at, column in enumerate(self.layer.columns):
            if column.gone:
                result[at] = mine[at]
        return result

    def same_ground(self, at: int, one: Any, other: Any) -> bool:
        """Whether two values are the same, of geometries without their heights, which the server may have set."""
        if self._same(at, one, other):
            return True
        sql = "SELECT AsBinary(CastToXY(?)) = AsBinary(CastToXY(?))"
        return at == self.geometry and bool(self._store.one(sql, (one, other)))

    def differ(self, one: str, other: str) -> str:
        """SQL that says whether two rows differ, by the rules of `_same`."""
        return " OR ".join(self.differ_at(at, one, other) for at in self.compared) or "0"

    def differ_at(self, at: int, one: str, other: str) -> str:
        """The same of a single column."""
        column = self.layer.columns[at]
        left, right = (f"{side}.{quoted(column.local)}" for side in (one, other))
        if at == self.geometry:
            return f"({left} IS NOT {right} AND AsBinary({left}) IS NOT AsBinary({right}))"
        if column.type == "DateTime":
            return f"{_written(left)} IS NOT {_written(right)}"
        if column.type in JSON:
            return f"({left} IS NOT {right} AND {SQL_FUNCTION}({left}) IS NOT {SQL_FUNCTION}({right}))"
        return f"{left} IS NOT {right}"

    def _same(self, at: int, one: Any, other: Any) -> bool:
        if one == other:
            return True
        column = self.layer.columns[at]
        if column.type in JSON:
            return bool(json_value(one) == json_value(other))
        if one is None or other is None:
            return False
        if at == self.geometry:
            return bool(self._store.one("SELECT AsBinary(?) = AsBinary(?)", (one, other)))
        return bool(_spelled(column, one) == _spelled(column, other))

    def _alike(self, name: str, one: Values, other: Values) -> bool:
        """Whether two values that are spelled in two ways mean the same."""
        json = self.layer.columns[self._places[name]].type in JSON
        return bool(json and json_value(one[name]) == json_value(other[name]))

    def names(self) -> list[str]:
        """The columns that are compared."""
        return [self.layer.columns[at].name for at in self.compared]

    def _named(self, values: Sequence[Any]) -> Values:
        pairs = zip(self.layer.columns, values)
        return {column.name: _spelled(column, value) for column, value in pairs if not column.gone}

    # ---------------------------------------------------------------- writing, inside `quiet`

    def write(self, table: str, row: int, values: Optional[Raw]) -> None:
        """Make a row of a table so; None removes it."""
        run = self._store.connection.execute
        if values is None:
            run(f"DELETE FROM {table} WHERE {ROW} = ?", (row,))  # nosec B608 - names are quoted
            return
        flag = f", {ADDED} = 0" if table == self.base else ""
        cursor = run(
            f"UPDATE {table} SET ({self.listed}) = (SELECT {self._marks}){flag} WHERE {ROW} = ?",  # nosec B608
            (*values, row),
        )
        if not cursor.rowcount:
            run(f"INSERT INTO {table} ({ROW}, {self.listed}) VALUES (?, {self._marks})", (row, *values))  # nosec B608

    def write_added(self, row: int) -> None:
        """The row of the table is one that the server does not have."""
        run = self._store.connection.execute
        run(f"DELETE FROM {self.base} WHERE {ROW} = ?", (row,))  # nosec B608 - names are quoted
        run(f"INSERT INTO {self.base} ({ROW}, {ADDED}) VALUES (?, 1)", (row,))  # nosec B608 - names are quoted

    def measure(self) -> None:
        """Tell QGIS how many rows there are now, and where."""
        if self.layer.geometry:
            write_statistics(self._store, {self.layer.local_table: self.layer.local_geometry})

    def with_history(self, values: Raw, theirs: Optional[Raw]) -> Raw:
        """A row with the history that the server gives it."""
        return [
            (theirs[at] if theirs else None) if column.hidden else values[at]
            for at, column in enumerate(self.layer.columns)
        ]

    def with_values(self, raw: Raw, values: Mapping[str, Any]) -> Raw:
        """A row with these values by name; raises KeyError for a column that is not there."""
        result = list(raw)
        for name, value in values.items():
            at = self.at(name)
            result[at] = self._geometry(value, result[at]) if at == self.geometry else plain(value)
        return result

    def _geometry(self, wkb: Optional[bytes], otherwise: Any) -> Any:
        """A geometry in SpatiaLite's form, made to fit the layer; what cannot be made so changes nothing."""
        if wkb is None:
            return None
        geometry = parsed("?1", self.layer)
        fit = f"CASE WHEN {fits('g', self.layer)} THEN g ELSE {fitted('g', self.layer)} END"
        sql = f"SELECT {fit} FROM (SELECT {geometry} AS g)"  # nosec B608 - no value in it
        found = self._store.one(sql, (wkb,))
        return otherwise if found is None else found


def batches(numbers: Iterable[int]) -> Iterator[list[int]]:
    """Ids, so many at a time as go into one statement."""
    listed = [int(number) for number in numbers]
    for at in range(0, len(listed), BATCH):
        yield listed[at : at + BATCH]


def _spelled(column: Column, value: Any) -> Any:
    """A value as the contract writes it (2.7): QGIS puts a T between date and time, and no edit is in that."""
    if column.type == "DateTime" and isinstance(value, str) and value[10:11] == "T":
        return f"{value[:10]} {value[11:]}"
    return value


def _written(name: str) -> str:
    """SQL of `_spelled`."""
    return (
        f"CASE WHEN substr({name}, 11, 1) = 'T' THEN substr({name}, 1, 10) || ' ' || substr({name}, 12) ELSE {name} END"
    )
