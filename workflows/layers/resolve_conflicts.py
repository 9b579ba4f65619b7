"""Conflicts of group layers: objects edited here that changed on the server too. Seen, settled, or made reports."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any, Callable, Optional

from ...client.espaceco.api import EspaceCo
from ...i18n import N_, _, ngettext
from ...store.edits import Conflict
from ...store.lock import sole_sender
from ...store.rows import Values
from ...store.store import Store
from ...store.tracking import quiet
from ..contributions.create_reports import Item, Wanted, create_reports
from ..contributions.sending import DONE
from ..errors import InputError
from ..pages.report import Entry, Fact, Report, Section, Table, Tag, Value
from ..pages.report_map import Map
from ..pages.writing import counted
from ..watch import Watch
from . import shapes
from .choosing import check_codes
from .pending_edits import Chosen, neighbours
from .shown import Shown

MOST_SHOWN = 200
"""Conflicts on the page."""

STRATEGIES = ("show", "mine", "theirs", "merge", "report")
SIDES = ("mine", "theirs", "base")
KINDS = {
    "changed": N_("changed on both sides"),
    "deleted_here": N_("deleted here, changed on the server"),
    "deleted_there": N_("changed here, deleted on the server"),
}
"""What clashes, in words."""
OUTCOMES = {
    "mine": (N_("mine kept"), "accent"),
    "theirs": (N_("theirs taken"), "second"),
    "merged": (N_("merged"), "good"),
    "reported": (N_("reported, theirs taken"), "good"),
    "left": (N_("not settled"), "warning"),
}
"""What became of a conflict, in words, with the tone of `report.Tag`."""

_OBJECT = (
    ("layer", "text"),
    ("title", "text"),
    ("geocollab_id", "integer"),
    ("key", "text"),
    ("kind", "text"),
    ("kind_label", "text"),
)
COLUMNS = (
    *_OBJECT,
    ("columns", "text"),
    ("since", "moment"),
    ("outcome", "text"),
    ("outcome_label", "text"),
    ("report", "integer"),
    ("detail", "text"),
)
"""Of the layer: a row for each conflict, with a geometry."""
VALUE_COLUMNS = (
    *_OBJECT,
    ("column", "text"),
    ("column_title", "text"),
    ("base", "text"),
    ("mine", "text"),
    ("theirs", "text"),
    ("side", "text"),
    ("value", "text"),
)
"""Of the table of values: a row for each column that clashes. `side` and `value` are for whoever decides."""

Row = tuple[Any, ...]


@dataclass(frozen=True)
class Decision:
    """What somebody chose for a column of an object: a side, or a value as text. `layer` is `database:table`."""

    layer: str
    row: int
    column: str
    side: str = ""
    value: str = ""


@dataclass
class Settled:
    """A conflict as it was found, and what became of it: one of `OUTCOMES`; `detail` says why it is left."""

    shown: Shown
    conflict: Conflict
    outcome: str = "left"
    detail: str = ""
    report: Optional[int] = None

    @property
    def columns(self) -> list[str]:
        """The columns that clash; where one side deleted it, what people changed on the other."""
        clashing = list(self.conflict.clashing)
        return clashing if self.conflict.kind == "changed" else self.shown.ours(clashing) or clashing

    @property
    def place(self) -> Optional[bytes]:
        """Its geometry, mine if there is one, in the layer's CRS."""
        name = self.shown.layer.geometry
        sides = (self.conflict.mine, self.conflict.theirs, self.conflict.base)
        return next((side[name] for side in sides if side is not None and side[name]), None) if name else None


@dataclass
class Resolved:
    """All conflicts that were asked for; `strategy` is what was to be done with them."""

    store: Store
    strategy: str
    settled: list[Settled] = field(default_factory=list)

    def numbers(self) -> dict[str, int]:
        """As outputs of an operation."""
        left = self._count("left")
        return {
            "COUNT": len(self.settled),
            "RESOLVED_COUNT": len(self.settled) - left,
            "LEFT_COUNT": left,
            "REPORT_COUNT": self._count("reported"),
        }

    def _count(self, outcome: str) -> int:
        return sum(one.outcome == outcome for one in self.settled)

    @property
    def families(self) -> set[str]:
        return {shapes.family(one.place) for one in self.settled} - {""}

    def sentence(self) -> str:
        """What was done, in one line."""
        numbers = self.numbers()
        return ngettext(
            "{n} conflict; settled: {settled}, left: {left}.",
            "{n} conflicts; settled: {settled}, left: {left}.",
            counted(numbers["COUNT"]),
            settled=counted(numbers["RESOLVED_COUNT"]),
            left=counted(numbers["LEFT_COUNT"]),
        )

    def rows(self) -> Iterator[Row]:
        """As rows of `COLUMNS`, each with its geometry (WKB, WGS84, without heights) at the end."""
        for one in self.settled:
            yield (
                *_head(one),
                ", ".join(one.columns),
                one.conflict.since,
                one.outcome,
                _(OUTCOMES[one.outcome][0]),
                one.report,
                one.detail or None,
                shapes.to_wgs84(one.place, one.shown.layer.srid),
            )

    def value_rows(self) -> Iterator[Row]:
        """As rows of `VALUE_COLUMNS`."""
        for one in self.settled:
            for name in one.columns:
                sides = [one.shown.exact(name, side[name]) if side else None for side in _sides(one.conflict)]
                yield (*_head(one), name, one.shown.heading(name), *sides, None, None)

    def report(self) -> Report:
        """The three versions side by side, as a page."""
        kinds = Counter(one.conflict.kind for one in self.settled)
        outcomes = Counter(one.outcome for one in self.settled)
        facts = [Fact(_("conflicts"), len(self.settled), "bad" if self.settled else "good")]
        facts += [Fact(_(words), kinds[kind]) for kind, words in KINDS.items() if kinds[kind]]
        if self.strategy != "show":
            facts += [
                Fact(_(words), outcomes[code], tone) for code, (words, tone) in OUTCOMES.items() if outcomes[code]
            ]
        by_layer: dict[int, list[Settled]] = defaultdict(list)
        for one in self.settled[:MOST_SHOWN]:
            by_layer[one.shown.layer.id].append(one)
        sections = [
            Section(listed[0].shown.label, entries=[self._entry(one) for one in listed]) for listed in by_layer.values()
        ]
        left = len(self.settled) - MOST_SHOWN
        if left > 0:
            more = ngettext(
                "{n} more conflict is not shown here; the table has all of them.",
                "{n} more conflicts are not shown here; the table has all of them.",
                counted(left),
            )
            sections.append(Section("", more=more))
        if not sections:
            sections = [
                Section("", text=_("There is no conflict: nothing that was edited here changed on the server."))
            ]
        return Report(title=_("Conflicts"), subtitle=_(_SUBTITLES[self.strategy]), facts=facts, sections=sections)

    def _entry(self, one: Settled) -> Entry:
        shown, conflict = one.shown, one.conflict
        marks = [Tag(_(KINDS[conflict.kind]), "bad")]
        if self.strategy != "show":
            words, tone = OUTCOMES[one.outcome]
            number = f" {one.report}" if one.report is not None else ""
            marks.append(Tag(_(words) + number, tone))
        return Entry(
            shown.object(conflict.key),
            marks,
            _("row {n}").format(n=conflict.row),
            [one.detail] if one.detail else [],
            _table(one),
            _map(one, neighbours(self.store, shown.layer)),
        )


_SUBTITLES = {
    "show": N_("Nothing was changed: these are the versions to choose from."),
    "mine": N_("What was edited here counts."),
    "theirs": N_("What the server has counts."),
    "merge": N_("Both sides count, column by column."),
    "report": N_("What was wanted here becomes a report; what the server has counts."),
}


@dataclass(frozen=True)
class Reporting:
    """How conflicts become reports: who asks, and what `create_reports` is to be told.

    `community` is that of each layer if it is "". `message` stands before what is said of each conflict; `approve` is
    told how many reports there would be, and raises if that is too many.
    """

    api: EspaceCo
    community: str = ""
    theme: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    message: str = ""
    status: str = "submit"
    approve: Callable[[int], None] = lambda count: None


def resolve_conflicts(
    store: Store,
    chosen: Chosen,
    strategy: str = "show",
    *,
    prefer: str = "",
    choices: Sequence[Decision] = (),
    reporting: Optional[Reporting] = None,
    watch: Optional[Watch] = None,
) -> Resolved:
    """Find the conflicts of these layers, and settle them; those that are none any more end, whatever the strategy.

    `show` changes nothing. `mine`, `theirs`: one side counts. `merge`: what one side alone changed is taken; where both
    did, what `choices` say, else `prefer` (`mine` or `theirs`), else the conflict is left. `report`: what was wanted
    becomes a report, and theirs is taken once it is surely sent. All of them are settled in one transaction, but for
    `report`. Raises InputError, StoreBusy while edits are sent; `report` also what `create_reports` does.
    """
    watch = watch or Watch()
    if choices and strategy != "merge":
        raise InputError(_("CHOICES say how to merge: choose the strategy “merge”, or leave them empty."))
    if strategy == "report":
        if reporting is None:
            raise ValueError(strategy)
        found = Resolved(store, strategy, list(_conflicts(store, chosen, watch)))
        _report(found, reporting, watch)
        return found
    with sole_sender(store.path), store.atomic(), ExitStack() as triggers:
        found = Resolved(store, strategy, list(_conflicts(store, chosen, watch)))
        for layer in {one.shown.layer.id for one in found.settled} if strategy != "show" else ():
            triggers.enter_context(quiet(store, layer))  # once for all of them: for each one it takes most of the time
        if strategy in ("mine", "theirs"):
            for one in found.settled:
                watch.check()
                _settle(store, one, strategy)
        elif strategy == "merge":
            _merge(found, prefer, choices, watch)
    return found


def _conflicts(store: Store, chosen: Chosen, watch: Watch) -> Iterator[Settled]:
    for layer, rows in chosen:
        watch.check()
        if store.edits.review(layer):
            shown = Shown(layer)
            for conflict in store.edits.conflicts(layer, rows):
                yield Settled(shown, conflict)


def _settle(store: Store, one: Settled, side: str, values: Optional[Mapping[str, Any]] = None) -> None:
    """End a conflict, inside a transaction; what was written down for its report goes with it."""
    store.edits.resolve(one.shown.layer, one.conflict.row, side, values)
    store.connection.execute("DELETE FROM geocollab_state WHERE key = ?", (_key(one),))
    one.outcome = "merged" if side == "merge" else side


# ---------------------------------------------------------------------- merging


def _merge(found: Resolved, prefer: str, choices: Sequence[Decision], watch: Watch) -> None:
    check_codes(found.store, "CHOICES", (decision.layer for decision in choices))
    decided: dict[tuple[str, int], list[Decision]] = defaultdict(list)
    for decision in choices:
        decided[decision.layer, decision.row].append(decision)
    for one in found.settled:
        watch.check()
        decisions = decided.pop((one.shown.code, one.conflict.row), [])
        if one.conflict.kind == "changed":
            _merge_columns(found.store, one, prefer, decisions)
        else:
            _choose_side(found.store, one, prefer, decisions)
    if decided:
        watch.warn(
            ngettext(
                "CHOICES: {n} object is not in conflict, or not among what is asked for: nothing was done with it.",
                "CHOICES: {n} objects are not in conflict, or not among what is asked for: nothing was done with them.",
                counted(len(decided)),
            )
        )


def _merge_columns(store: Store, one: Settled, prefer: str, decisions: Sequence[Decision]) -> None:
    conflict, shown = one.conflict, one.shown
    sides = dict(zip(("base", "mine", "theirs"), _sides(conflict)))
    values = {name: (sides[prefer] or {})[name] for name in conflict.clashing} if prefer else {}
    known = {column.name for column in shown.layer.live if not column.hidden}
    for decision in decisions:
        name = decision.column
        if name not in known:
            raise InputError(
                _("CHOICES: {layer} has no column “{column}”. Columns: {known}.").format(
                    layer=shown.code, column=name, known=", ".join(sorted(known))
                )
            )
        if decision.value:
            values[name] = shown.read(name, decision.value)
        elif decision.side:
            values[name] = (sides[decision.side] or {})[name]
    missing = [shown.heading(name) for name in conflict.clashing if name not in values]
    if missing:
        one.detail = _("Both sides changed: {columns}. Say which counts, in PREFER or in CHOICES.").format(
            columns=", ".join(missing)
        )
        return
    _settle(store, one, "merge", values)


def _choose_side(store: Store, one: Settled, prefer: str, decisions: Sequence[Decision]) -> None:
    """An object that one side deleted is there, or it is not: there is nothing to merge."""
    said = {decision.side for decision in decisions if decision.side}
    if len(said) > 1 or said - {"mine", "theirs"} or any(decision.value for decision in decisions):
        raise InputError(
            _(
                "CHOICES: object {key} of {layer} was deleted on one side: it can only be “mine” or “theirs”, the same "
                "for all its columns."
            ).format(key=one.conflict.key, layer=one.shown.code)
        )
    side = next(iter(said), prefer)
    if not side:
        one.detail = _("One side deleted it. Say which counts, in PREFER or in CHOICES.")
        return
    _settle(store, one, side)


# ---------------------------------------------------------------------- reporting


def _report(found: Resolved, how: Reporting, watch: Watch) -> None:
    """Each conflict becomes a report; what the server has is taken when that is surely sent.

    What a report says is written down before it is sent, with what was wanted: run again, after whatever happened, the
    same words are the same letter, which is not sent twice (`sending.py`), even if the server changed the object again.
    """
    store = found.store
    reported = found.settled
    if not reported:
        return
    how.approve(len(reported))
    with store.atomic():
        letters = [_letter(store, one, how.message) for one in reported]
    by_community: dict[str, list[tuple[Settled, dict[str, Any]]]] = defaultdict(list)
    for one, letter in zip(reported, letters):
        by_community[how.community or str(one.shown.layer.community)].append((one, letter))
    for community, listed in by_community.items():
        wanted = Wanted(community=community, theme=how.theme, status=how.status, only_valid=True)
        items = [_item(one, letter, how.values) for one, letter in listed]
        created = create_reports(how.api, store, items, wanted, watch=watch)
        for one, line in zip((one for one, _words in listed), created.lines):
            if line.outcome in DONE:
                _take_theirs(store, one, line.report)
            else:
                one.detail = line.detail


def _letter(store: Store, one: Settled, message: str) -> dict[str, Any]:
    """What the report of a conflict says, as it was first written down."""
    known: Optional[dict[str, Any]] = store.state(_key(one))
    wanted = _digest(one.conflict.mine)
    if known is None or known["wanted"] != wanted:
        place = shapes.to_wgs84(one.place, one.shown.layer.srid)
        known = {
            "wanted": wanted,
            "message": "\n\n".join(filter(None, (message, _text(one)))),
            "place": place.hex() if place else "",
            "fields": _fields(one),
        }
        store.set_state(_key(one), known)
        known = store.state(_key(one))  # in the order in which it will be read again: the same letter to the byte
    return known or {}


def _item(one: Settled, letter: Mapping[str, Any], values: Mapping[str, Any]) -> Item:
    return Item(
        feature=one.conflict.row,
        wkb=bytes.fromhex(letter["place"]) or None,
        fields=letter["fields"],
        values=values,
        message=letter["message"],
    )


def _take_theirs(store: Store, one: Settled, report: Optional[int]) -> None:
    """The end of a conflict whose report is sent, unless the object was edited again meanwhile."""
    with store.atomic():
        now = next(iter(store.edits.conflicts(one.shown.layer, [one.conflict.row])), None)
        one.report = report
        if now is not None and now.mine != one.conflict.mine:
            one.detail = _("It was edited again after its report was written: look at it once more.")
            return
        if now is not None:
            _settle(store, one, "theirs")
    one.outcome = "reported"


def _key(one: Settled) -> str:
    """Under which the report of a conflict is remembered; another conflict of the same row has another."""
    return f"conflict report:{one.shown.layer.id}:{one.conflict.row}:{one.conflict.since}"


def _digest(mine: Optional[Values]) -> str:
    return hashlib.sha256(repr(None if mine is None else sorted(mine.items())).encode()).hexdigest()


def _text(one: Settled) -> str:
    """What is wanted, in words, for whoever reads the report."""
    shown, conflict = one.shown, one.conflict
    lines = [_("Object {key} of “{layer}” ({code})").format(key=conflict.key, layer=shown.title, code=shown.code)]
    if conflict.mine is None:
        lines.append(_("It should be deleted; meanwhile it was changed in the database:"))
        listed = [(name, conflict.base[name], (conflict.theirs or {})[name]) for name in one.columns]
        sentence = _("{column}: {before} → {after}")
    elif conflict.theirs is None:
        lines.append(_("It was deleted in the database; what should have been changed:"))
        listed = [(name, conflict.base[name], conflict.mine[name]) for name in one.columns]
        sentence = _("{column}: {before} → {after}")
    else:
        lines.append(_("It was changed by somebody else at the same time; what should be there:"))
        changed = [name for name in _compared(shown) if conflict.mine[name] != conflict.base[name]]
        listed = [(name, conflict.theirs[name], conflict.mine[name]) for name in changed]
        sentence = _("{column}: {after} (now: {before})")
    for name, before, after in listed:
        words = shown.changed(name, before, after)
        old, new = (text.replace("\n", ", ") or _("nothing") for text in words)
        lines.append("– " + sentence.format(column=shown.heading(name), before=old, after=new))
    return "\n".join(lines)


def _fields(one: Settled) -> dict[str, str]:
    """What goes with the sketch: which object it is, and the values that were wanted."""
    shown, conflict = one.shown, one.conflict
    fields = {shown.layer.key: str(conflict.key)}
    if conflict.mine is not None:
        fields.update({name: shown.words(name, conflict.mine[name]) for name in one.columns})
    return fields


# ---------------------------------------------------------------------- one conflict


def _sides(conflict: Conflict) -> tuple[Values, Optional[Values], Optional[Values]]:
    return conflict.base, conflict.mine, conflict.theirs


def _compared(shown: Shown) -> list[str]:
    return [column.name for column in shown.layer.live if not column.hidden]


def _head(one: Settled) -> Row:
    """The values of `_OBJECT`."""
    shown, conflict = one.shown, one.conflict
    key = None if conflict.key is None else str(conflict.key)
    return shown.code, shown.title, conflict.row, key, conflict.kind, _(KINDS[conflict.kind])


def _table(one: Settled) -> Table:
    """The three versions of each column that is not the same in all of them; those that clash stand out."""
    shown, conflict = one.shown, one.conflict
    columns = (_("Column"), _("At first"), _("Mine"), _("Theirs"))
    rows: list[tuple[Value, ...]] = []
    sides = (conflict.mine, conflict.theirs)
    for name in _compared(shown):
        base, clashes = conflict.base[name], name in one.columns
        touched = any(side is not None and side[name] != base for side in sides)
        if clashes or (touched and conflict.kind == "changed" and shown.ours([name])):
            heading = shown.heading(name)
            cells = (_cell(shown, name, base, side) for side in sides)
            rows.append((Tag(heading, "bad") if clashes else heading, shown.words(name, base), *cells))
    return Table(columns, rows, kinds=("text",) * 4)


def _cell(shown: Shown, name: str, base: Any, side: Optional[Values]) -> str:
    """The value of one side; of a geometry with what that side did to it."""
    if side is None:
        return _("deleted")
    return shown.words(name, base) if side[name] == base else shown.changed(name, base, side[name])[1]


def _map(one: Settled, around: shapes.Around) -> Optional[Map]:
    name, srid = one.shown.layer.geometry, one.shown.layer.srid
    if not name:
        return None
    base, mine, theirs = (None if side is None else side[name] for side in _sides(one.conflict))
    if mine == base == theirs:
        sides = [("mine", _("the object"), mine)]
    else:
        sides = [("was", _("at first"), base), ("theirs", _("theirs"), theirs), ("mine", _("mine"), mine)]
        sides = sides[base in (mine, theirs) :]
    drawn = [(css, words, shapes.to_wgs84(wkb, srid)) for css, words, wkb in sides]
    return shapes.small_map(_("Map of the conflict"), drawn, around)
