"""Local edits of group layers: what is pending, what clashes with the server, what was sent.

The triggers of `store/tracking.py` record every edit. Three versions of a row meet here: `base`, as the server gave it
before the edit; `mine`, as it is in the table; `theirs`, as the server has it now. Nothing of them is ever lost but by
`discard` and `resolve`, which the user asks for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any, NamedTuple, Optional

from .database import Database, quoted
from .features import STAGE
from .layer import FINGERPRINT, Layer
from .rows import BATCH, Raw, Rows, Values, batches
from .tracking import ADDED, ROW, base_by_key, quiet


@dataclass(frozen=True)
class Edit:
    """A row that was inserted, updated or deleted here.

    `base` is None for inserts, `mine` for deletes. `changed` are the columns whose values differ; of an insert, those
    that have one. `key` and `fingerprint` are the server's (of an insert: what the row was given here, which can be a
    copy of another's). A `conflict` must be resolved before the edit can be sent.
    """

    kind: str
    row: int
    key: Any
    fingerprint: Optional[str]
    base: Optional[Values]
    mine: Optional[Values]
    changed: tuple[str, ...]
    conflict: bool = False


class Counts(NamedTuple):
    """Numbers of pending edits; `conflicts` of those that clash with the server."""

    inserts: int
    updates: int
    deletes: int
    conflicts: int


@dataclass(frozen=True)
class Conflict:
    """An edited row that changed on the server too: in the same columns (`clashing`), or one side deleted it.

    `kind` is `changed`, `deleted_here` (`mine` is None) or `deleted_there` (`theirs` is None).
    """

    row: int
    key: Any
    kind: str
    since: str
    base: Values
    mine: Optional[Values]
    theirs: Optional[Values]
    clashing: tuple[str, ...]


@dataclass(frozen=True)
class Committed:
    """What the server stored of an edit: its `values`, None for a deleted row. Columns that it does not name are as
    they were sent; `key` and `fingerprint`, if given, count more than those in `values`.
    """

    row: int
    values: Optional[Mapping[str, Any]]
    key: Any = None
    fingerprint: Optional[str] = None


class Edits:
    """The local edits in a store. Methods that write are transactions of their own, or parts of the caller's."""

    def __init__(self, store: Database) -> None:
        self._store = store

    # ------------------------------------------------------------------ reading

    def counts(self, layer: Layer) -> Counts:
        """How many edits are pending."""
        rows = Rows(self._store, layer)
        inserts, deletes, updates = self._store.all(
            f"SELECT (SELECT count(*) FROM {rows.base} WHERE {ADDED}), "  # nosec B608 - names are quoted
            f"(SELECT count(*) FROM {rows.base} b WHERE NOT {ADDED} "
            f"AND NOT EXISTS (SELECT 1 FROM {rows.table} t WHERE t.{ROW} = b.{ROW})), "
            f"(SELECT count(*) FROM {rows.base} b JOIN {rows.table} t ON t.{ROW} = b.{ROW} "
            f"WHERE NOT b.{ADDED} AND ({rows.differ('b', 't')}))"
        )[0]
        return Counts(inserts, updates, deletes, self.conflict_count(layer))

    def conflict_count(self, layer: Layer) -> int:
        """How many rows clash with the server."""
        return int(self._store.one("SELECT count(*) FROM geocollab_conflict WHERE layer = ?", (layer.id,)))

    def own_values(self, layer: Layer, names: Sequence[str]) -> dict[str, int]:
        """Of each of these columns: how many edited rows have a value of their own in it; deleted ones have none."""
        if not names:
            return {}
        rows = Rows(self._store, layer)
        terms = []
        for at in map(rows.at, names):
            mine = f"t.{quoted(layer.columns[at].local)}"
            terms.append(f"total(CASE WHEN b.{ADDED} THEN {mine} IS NOT NULL ELSE {rows.differ_at(at, 'b', 't')} END)")
        (counts,) = self._store.all(
            f"SELECT {', '.join(terms)} FROM {rows.base} b JOIN {rows.table} t ON t.{ROW} = b.{ROW}"  # nosec B608
        )
        return {name: int(count) for name, count in zip(names, counts)}

    def pending(self, layer: Layer, only: Optional[Iterable[int]] = None) -> Iterator[Edit]:
        """The edits by row id, conflicts included; `only` of these rows. The store may be written meanwhile."""
        rows = Rows(self._store, layer)
        for numbers in rows.touched(only):
            clashing = self._conflicts(layer, numbers)
            base, mine = rows.values(rows.base, numbers), rows.values(rows.table, numbers)
            added = rows.added(numbers)
            for row in numbers:
                edit = _edit(rows, row, None if row in added else base[row], mine.get(row), row in clashing)
                if edit:
                    yield edit

    def conflicts(self, layer: Layer, only: Optional[Iterable[int]] = None) -> Iterator[Conflict]:
        """The rows that clash with the server, by row id; `only` of these rows."""
        rows = Rows(self._store, layer)
        found = self._store.all(
            "SELECT row, kind, since FROM geocollab_conflict WHERE layer = ? ORDER BY row", (layer.id,)
        )
        if only is not None:
            wanted = set(only)
            found = [entry for entry in found if entry[0] in wanted]
        for at in range(0, len(found), BATCH):
            some = found[at : at + BATCH]
            numbers = [row for row, _kind, _since in some]
            base, mine = rows.values(rows.base, numbers), rows.values(rows.table, numbers)
            theirs = rows.values(rows.theirs, numbers)
            for row, kind, since in some:
                versions = base[row], mine.get(row), theirs.get(row)
                clashing = rows.clashing(*versions)
                yield Conflict(row, versions[0][layer.key], kind, since, *versions, clashing)

    def unsure(self, layer: Layer) -> list[Edit]:
        """The edits that were sent, as they were then, whose answer is not known."""
        rows = Rows(self._store, layer)
        sent = dict(self._sending(layer))
        edits = []
        for numbers in batches(sent):
            base, mine = rows.values(rows.base, numbers), rows.values(rows.sent, numbers)
            for row in numbers:
                edit = _edit(rows, row, None if sent[row] == "insert" else base.get(row), mine.get(row), conflict=False)
                if edit:
                    edits.append(edit)
        return edits

    def unsure_rows(self, layer: Layer) -> set[int]:
        """The ids of the rows of `unsure`."""
        return {row for row, _kind in self._sending(layer)}

    def kinds_sent(self, layer: Layer) -> dict[int, str]:
        """The rows of `unsure`, each with what was sent of it: `insert`, `update` or `delete`."""
        return dict(self._sending(layer))

    # ------------------------------------------------------------------ what the user decides

    def discard(self, layer: Layer, only: Optional[Iterable[int]] = None) -> int:
        """Bring back what the server has, for all edited rows or `only` these; gives how many edits there were."""
        rows = Rows(self._store, layer)
        count = 0
        with quiet(self._store, layer.id):
            for numbers in list(rows.touched(only)):
                count += sum(1 for _edit in self.pending(layer, numbers))
                for row in self._conflicts(layer, numbers):
                    self.resolve(layer, row, "theirs")
                some = f"IN ({', '.join(map(str, numbers))})"
                run = self._store.connection.execute
                added = f"SELECT {ROW} FROM {rows.base} WHERE {ADDED} AND {ROW} {some}"  # nosec B608 - numbers
                run(f"DELETE FROM {rows.table} WHERE {ROW} IN ({added})")  # nosec B608 - names are quoted
                run(
                    f"UPDATE {rows.table} SET ({rows.listed}) = (SELECT {rows.listed} FROM {rows.base} b "  # nosec B608
                    f"WHERE b.{ROW} = {quoted(layer.local_table)}.{ROW}) "
                    f"WHERE {ROW} IN (SELECT {ROW} FROM {rows.base} WHERE {ROW} {some})"
                )
                run(
                    f"INSERT INTO {rows.table} ({ROW}, {rows.listed}) SELECT {ROW}, {rows.listed} FROM {rows.base} b "  # nosec B608
                    f"WHERE NOT {ADDED} AND {ROW} {some} "
                    f"AND NOT EXISTS (SELECT 1 FROM {rows.table} t WHERE t.{ROW} = b.{ROW})"
                )
                run(f"DELETE FROM {rows.base} WHERE {ROW} {some}")  # nosec B608
                self._forget_sent(rows, numbers)
            rows.measure()
        return count

    def resolve(self, layer: Layer, row: int, side: str, values: Optional[Mapping[str, Any]] = None) -> None:
        """End a conflict: `mine` (what I changed, and theirs of the rest), `theirs`, or `merge`: what only one side
        changed, and `values` for the rest.

        Mine against a row deleted on the server becomes an insert. Raises KeyError if there is no such conflict,
        ValueError if a column that clashes has no value.
        """
        with quiet(self._store, layer.id):
            rows = Rows(self._store, layer)
            if row not in self._conflicts(layer, [row]):
                raise KeyError(row)
            base, mine = rows.raw(rows.base, row), rows.raw(rows.table, row)
            theirs = rows.raw(rows.theirs, row)
            if base is None:
                raise KeyError(row)
            self._end_conflict(rows, row)
            self._forget_sent(rows, [row])
            if side == "theirs":
                rows.write(rows.table, row, theirs)
                rows.write(rows.base, row, None)
                return
            if side == "mine":
                # what only they changed stays theirs: nobody here has decided about it
                wanted = mine if mine is None or theirs is None else rows.merged(base, mine, theirs)
            elif side == "merge":
                clashing = rows.clashing(*(rows.plain_values(raw) for raw in (base, mine, theirs)))
                missing = set(clashing) - set(values or {})
                if mine is not None and theirs is not None and missing:
                    raise ValueError(", ".join(sorted(missing)))
                if mine is None or theirs is None:
                    wanted = mine or theirs
                else:
                    wanted = rows.merged(base, mine, theirs)
                wanted = rows.with_values(wanted or base, values or {})
            else:
                raise ValueError(side)
            self._place(rows, row, theirs, wanted)

    # ------------------------------------------------------------------ sending

    def exchange(self, layer: Layer, row: int, name: str, before: Any, after: Any) -> None:
        """Say the same of an edited row in another way, as a document by its number; unless it was edited since."""
        column = quoted(next(known.local for known in layer.live if known.name == name))
        with self._store.atomic() as connection:
            connection.execute(
                f"UPDATE {quoted(layer.local_table)} SET {column} = ? WHERE {ROW} = ? AND {column} IS ?",  # nosec B608
                (after, row, before),
            )

    def sending(self, layer: Layer, numbers: Iterable[int]) -> None:
        """The edits of these rows are about to be sent: from now on nobody knows, until an answer comes."""
        rows, now = Rows(self._store, layer), _now()
        with self._store.atomic() as connection:
            for some in batches(numbers):
                inside = f"IN ({', '.join(map(str, some))})"
                self._forget_sent(rows, some)
                connection.execute(
                    f"INSERT INTO {rows.sent} ({ROW}, {rows.listed}) "  # nosec B608 - names are quoted
                    f"SELECT {ROW}, {rows.listed} FROM {rows.table} WHERE {ROW} {inside}"
                )
                connection.execute(
                    f"INSERT INTO geocollab_sending (layer, row, kind, since) SELECT ?, b.{ROW}, "  # nosec B608
                    f"CASE WHEN b.{ADDED} THEN 'insert' WHEN t.{ROW} IS NULL THEN 'delete' ELSE 'update' END, ? "
                    f"FROM {rows.base} b LEFT JOIN {rows.table} t ON t.{ROW} = b.{ROW} WHERE b.{ROW} {inside}",
                    (layer.id, now),
                )

    def unsent(self, layer: Layer, numbers: Iterable[int]) -> None:
        """The server surely did nothing with these: they are pending as before."""
        rows = Rows(self._store, layer)
        with self._store.atomic():
            for some in batches(numbers):
                self._forget_sent(rows, some)

    def committed(self, layer: Layer, stored: Iterable[Committed]) -> int:
        """The server did what was sent: the rows are as it stored them, and no longer pending.

        What was edited here since they were sent stays pending. Rows that were not `sending` are left alone, so that
        the same answer may come twice; gives how many there were. Raises ValueError for an inserted row without a key.
        """
        rows, count = Rows(self._store, layer), 0
        with quiet(self._store, layer.id), base_by_key(self._store, layer.id, layer.local_key):
            for answer in stored:
                kind = self._kind_sent(rows, answer.row)
                if not kind:
                    continue
                sent = rows.raw(rows.sent, answer.row)
                theirs = None
                if answer.values is not None:
                    known = sent or rows.raw(rows.base, answer.row) or [None] * len(layer.columns)
                    theirs = _answered(rows, known, answer)
                if kind == "insert" and theirs is not None:
                    if theirs[rows.at(layer.key)] is None:
                        raise ValueError(answer)
                    if self._met_again(rows, answer.row, sent, theirs):
                        count += 1
                        continue
                self._settle(rows, answer.row, sent, theirs)
                count += 1
            rows.measure()
        return count

    # ------------------------------------------------------------------ what comes from the server

    def rebase(self, layer: Layer, arrivals: Iterable[tuple[int, Optional[int]]]) -> tuple[int, int]:
        """Edited rows, each with the number of the server's row in the stage (`store/features.py`), None if it is gone.

        Gives how many were merged, and how many clash. For `LayerTables`, inside its transaction.
        """
        rows, merged, conflicts = Rows(self._store, layer), 0, 0
        stage = f"{STAGE}.feature"
        for row, arrival in arrivals:
            theirs = None if arrival is None else rows.raw(stage, arrival)
            outcome = self._rebased(rows, row, theirs)
            merged += outcome == "merged"
            conflicts += outcome == "conflict"
        return merged, conflicts

    def review(self, layer: Layer) -> int:
        """Look at conflicts again after edits: those where nothing clashes now are over; gives how many are left."""
        rows, left = Rows(self._store, layer), 0
        with quiet(self._store, layer.id):
            for (row,) in self._store.all("SELECT row FROM geocollab_conflict WHERE layer = ?", (layer.id,)):
                left += self._rebased(rows, row, rows.raw(rows.theirs, row)) == "conflict"
        return left

    # ------------------------------------------------------------------ inside

    def _rebased(self, rows: Rows, row: int, theirs: Optional[Raw]) -> str:
        base, mine = rows.raw(rows.base, row), rows.raw(rows.table, row)
        if base is None:
            return ""
        if self._arrived(rows, row, base, theirs):
            self._settle(rows, row, rows.raw(rows.sent, row), theirs)
            return ""
        if theirs is not None and not rows.differing(base, theirs):
            # the server's row is as it was, if with another fingerprint; what was sent can still arrive
            self._end_conflict(rows, row)
            self._place(rows, row, theirs, None if mine is None else rows.merged(base, mine, theirs))
            if self._kind_sent(rows, row):
                rows.write(rows.base, row, theirs)
            return ""
        self._forget_sent(rows, [row])  # it was refused, or lost to a later change
        if (mine is None and theirs is None) or (mine is not None and not rows.differing(base, mine)):
            self._end_conflict(rows, row)
            rows.write(rows.table, row, theirs)
            rows.write(rows.base, row, None)
            return ""
        if mine is None or theirs is None or rows.clashing_at(base, mine, theirs):
            kind = "deleted_here" if mine is None else "deleted_there" if theirs is None else "changed"
            self._clash(rows, row, kind, theirs)
            return "conflict"
        self._end_conflict(rows, row)
        self._place(rows, row, theirs, rows.merged(base, mine, theirs))
        return "merged"

    def _arrived(self, rows: Rows, row: int, base: Raw, theirs: Optional[Raw]) -> bool:
        """Whether the server has what was sent of this row, though its answer was lost."""
        kind = self._kind_sent(rows, row)
        if kind == "delete":
            return theirs is None
        sent = rows.raw(rows.sent, row) if kind == "update" and theirs is not None else None
        if sent is None or theirs is None:
            return False
        changed = rows.differing(base, sent)
        return bool(changed) and all(rows.same_ground(at, sent[at], theirs[at]) for at in changed)

    def _settle(self, rows: Rows, row: int, sent: Optional[Raw], theirs: Optional[Raw]) -> None:
        """The server did what was sent, and has `theirs` now: only what was edited since stays pending."""
        mine = rows.raw(rows.table, row)
        self._end_conflict(rows, row)
        self._forget_sent(rows, [row])
        if mine is not None and theirs is not None:
            self._place(rows, row, theirs, rows.merged(sent or theirs, mine, theirs))
        else:
            self._place(rows, row, theirs, mine)

    def _met_again(self, rows: Rows, row: int, sent: Optional[Raw], theirs: Raw) -> bool:
        """A refresh may have brought the inserted row before its answer came: then it is here twice.

        An unedited one gives way; otherwise ours does, unless it was edited too: then it stays, as a new row.
        """
        key = quoted(rows.layer.local_key)
        value = theirs[rows.at(rows.layer.key)]
        other = self._store.one(
            f"SELECT {ROW} FROM {rows.table} t WHERE {key} = ? AND {ROW} <> ? "  # nosec B608 - names are quoted
            f"AND NOT EXISTS (SELECT 1 FROM {rows.base} b WHERE b.{ROW} = t.{ROW})",
            (value, row),
        )
        if other is not None:
            rows.write(rows.table, other, None)
            return False
        other = self._store.one(
            f"SELECT {ROW} FROM {rows.base} WHERE {key} = ? AND {ROW} <> ? AND NOT {ADDED}",  # nosec B608
            (value, row),
        )
        if other is None:
            return False
        mine = rows.raw(rows.table, row)
        self._forget_sent(rows, [row])
        if mine is not None and not rows.differing(sent or mine, mine):
            rows.write(rows.table, row, None)
            rows.write(rows.base, row, None)
        self._rebased(rows, other, theirs)
        return True

    def _place(self, rows: Rows, row: int, theirs: Optional[Raw], mine: Optional[Raw]) -> None:
        """The server has `theirs`, the table gets `mine`: what remains of a difference is pending."""
        if theirs is None:
            if mine is not None:  # to be made again on the server
                rows.write(rows.table, row, rows.with_history(mine, None))
                rows.write_added(row)
            else:
                rows.write(rows.table, row, None)
                rows.write(rows.base, row, None)
            return
        rows.write(rows.table, row, None if mine is None else rows.with_history(mine, theirs))
        rows.write(rows.base, row, theirs if mine is None or rows.differing(mine, theirs) else None)

    def _clash(self, rows: Rows, row: int, kind: str, theirs: Optional[Raw]) -> None:
        self._store.connection.execute(
            "INSERT INTO geocollab_conflict (layer, row, kind, since) VALUES (?, ?, ?, ?) "
            "ON CONFLICT (layer, row) DO UPDATE SET kind = excluded.kind",
            (rows.layer.id, row, kind, _now()),
        )
        rows.write(rows.theirs, row, theirs)

    def _end_conflict(self, rows: Rows, row: int) -> None:
        self._store.connection.execute(
            "DELETE FROM geocollab_conflict WHERE layer = ? AND row = ?", (rows.layer.id, row)
        )
        rows.write(rows.theirs, row, None)

    def _conflicts(self, layer: Layer, numbers: Sequence[int]) -> set[int]:
        inside = ", ".join(map(str, numbers))
        sql = f"SELECT row FROM geocollab_conflict WHERE layer = ? AND row IN ({inside})"  # nosec B608 - numbers
        return {row for (row,) in self._store.all(sql, (layer.id,))}

    def _kind_sent(self, rows: Rows, row: int) -> str:
        """What of a row was sent and is unsure: `insert`, `update`, `delete`; "" if nothing is."""
        found = self._store.one("SELECT kind FROM geocollab_sending WHERE layer = ? AND row = ?", (rows.layer.id, row))
        return str(found or "")

    def _sending(self, layer: Layer) -> list[tuple[int, str]]:
        return self._store.all("SELECT row, kind FROM geocollab_sending WHERE layer = ? ORDER BY row", (layer.id,))

    def _forget_sent(self, rows: Rows, numbers: Sequence[int]) -> None:
        many = self._store.connection.executemany
        layer = rows.layer.id
        many("DELETE FROM geocollab_sending WHERE layer = ? AND row = ?", ((layer, row) for row in numbers))
        many(f"DELETE FROM {rows.sent} WHERE {ROW} = ?", ((row,) for row in numbers))  # nosec B608 - name is ours


def _edit(rows: Rows, row: int, base: Optional[Values], mine: Optional[Values], conflict: bool) -> Optional[Edit]:
    """The edit that two versions of a row are; None if they are the same."""
    if base is None and mine is None:
        return None
    if base is None or mine is None:
        known = mine or base or {}
        kind = "insert" if base is None else "delete"
        changed = tuple(name for name in rows.names() if kind == "insert" and known[name] is not None)
    else:
        known, kind = base, "update"
        changed = rows.changed(base, mine)
        if not changed:
            return None
    fingerprint = known.get(FINGERPRINT) if rows.layer.versioned else None
    return Edit(kind, row, known[rows.layer.key], fingerprint, base, mine, changed, conflict)


def _answered(rows: Rows, known: Raw, answer: Committed) -> Raw:
    """The row that the server stored."""
    given: Values = {column.name: None for column in rows.layer.columns if column.hidden}
    given.update({name: value for name, value in (answer.values or {}).items() if name in rows})
    if answer.key is not None:
        given[rows.layer.key] = answer.key
    if answer.fingerprint is not None and rows.layer.versioned:
        given[FINGERPRINT] = answer.fingerprint
    return rows.with_values(known, given)


def _now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="seconds")
