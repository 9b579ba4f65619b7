"""The local edits of group layers, as one looks at them before they are sent: tables, map, page."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Optional

from ...i18n import N_, _, ngettext
from ...store.edits import Edit
from ...store.layer import Layer
from ...store.store import Store
from ..pages.report import Chart, Entry, Fact, Report, Section, Series, Table, Tag
from ..pages.report_map import Map
from ..pages.writing import counted
from ..watch import Watch
from . import shapes
from .described import REFUSALS
from .shown import Shown

MOST_SHOWN = 100
"""Edits of one layer on the page."""

KINDS = {
    "insert": (N_("new"), "good"),
    "update": (N_("changed"), "accent"),
    "delete": (N_("deleted"), "bad"),
}
"""What an edit does, in words, with the tone of `report.Tag`."""
OBJECTS = {"insert": N_("New objects"), "update": N_("Changed objects"), "delete": N_("Deleted objects")}
"""What was edited, for numbers."""
WHAT = {"all": tuple(KINDS), "inserts": ("insert",), "updates": ("update",), "deletes": ("delete",), "conflicts": ()}
"""Which edits are meant: kinds, or those that clash with the server."""

_OBJECT = (
    ("layer", "text"),
    ("title", "text"),
    ("geocollab_id", "integer"),
    ("key", "text"),
    ("kind", "text"),
    ("kind_label", "text"),
)
_STATE = (("conflict", "flag"), ("unsure", "flag"))
COLUMNS = (
    *_OBJECT,
    ("column", "text"),
    ("column_title", "text"),
    ("before", "text"),
    ("after", "text"),
    *_STATE,
)
"""Of the table: a row for each column that an edit changes."""
PLACE_COLUMNS = (*_OBJECT, ("changed", "text"), ("geometry_change", "text"), *_STATE)
"""Of the layer: a row for each edit, with a geometry."""

Chosen = Sequence[tuple[Layer, Optional[Collection[int]]]]
"""Layers, each with the ids of the rows that are meant, None for all of them."""
Row = tuple[Any, ...]


@dataclass
class LayerEdits:
    """The edits of one layer that are meant; `counts` by kind, and of `conflict` and `unsure` among them."""

    shown: Shown
    rows: Optional[Collection[int]]
    unsure: Collection[int]
    counts: Counter[str] = field(default_factory=Counter)

    @property
    def count(self) -> int:
        return sum(self.counts[kind] for kind in KINDS)

    def add(self, edit: Edit) -> None:
        """Count it."""
        self.counts.update({edit.kind: 1, "conflict": int(edit.conflict), "unsure": int(edit.row in self.unsure)})


@dataclass
class Pending:
    """The edits asked for, read from the store again whenever they are needed, so that memory stays flat.

    `what` is one of `WHAT`; without `with_unsure` those that were perhaps sent are left out, and `left_out` says how
    many. `families` are the kinds of geometry among them (`shapes.family`). With `only_as_counted` an edit that is no
    longer as it was when they were counted is not among them any more.
    """

    store: Store
    layers: list[LayerEdits]
    what: str = "all"
    with_unsure: bool = True
    watch: Watch = field(default_factory=Watch)
    families: set[str] = field(default_factory=set)
    left_out: int = 0
    only_as_counted: bool = False
    _counted: dict[tuple[int, int], bytes] = field(default_factory=dict)

    def count(self) -> None:
        """Look at all of them once."""
        for layer in self.layers:
            layer.counts.clear()
            for edit in self.store.edits.pending(layer.shown.layer, layer.rows):
                self.watch.check()
                if not self._meant(edit):
                    continue
                unsure = edit.row in layer.unsure
                if unsure and not self.with_unsure:
                    self.left_out += 1
                    continue
                layer.add(edit)
                if self.only_as_counted:
                    self._counted[layer.shown.layer.id, edit.row] = _digest(edit)
                self.families.add(shapes.family(place_of(layer.shown.layer, edit)))
        self.families.discard("")

    def edits(self, layer: LayerEdits) -> Iterator[Edit]:
        """Those of one layer, by row id."""
        for edit in self.store.edits.pending(layer.shown.layer, layer.rows):
            self.watch.check()
            if self._meant(edit) and (self.with_unsure or edit.row not in layer.unsure) and self._same(layer, edit):
                yield edit

    def _same(self, layer: LayerEdits, edit: Edit) -> bool:
        """Whether it is as it was counted, and was so whenever it was looked at since."""
        if not self.only_as_counted:
            return True
        row = layer.shown.layer.id, edit.row
        if self._counted.get(row) != _digest(edit):
            self._counted.pop(row, None)
        return row in self._counted

    def _meant(self, edit: Edit) -> bool:
        return edit.conflict if self.what == "conflicts" else edit.kind in WHAT[self.what]

    # ------------------------------------------------------------------ as numbers, tables, layer

    def total(self, *kinds: str) -> int:
        return sum(layer.counts[kind] for layer in self.layers for kind in kinds)

    def numbers(self) -> dict[str, int]:
        """As outputs of an operation."""
        return {
            "COUNT": self.total(*KINDS),
            "INSERT_COUNT": self.total("insert"),
            "UPDATE_COUNT": self.total("update"),
            "DELETE_COUNT": self.total("delete"),
            "CONFLICT_COUNT": self.total("conflict"),
            "UNSURE_COUNT": self.total("unsure"),
            "LAYER_COUNT": sum(layer.count > 0 for layer in self.layers),
        }

    def sentence(self) -> str:
        """How many there are, in one line."""
        numbers = self.numbers()
        return ngettext(
            "{n} pending edit: {new} new, {changed} changed, {deleted} deleted; conflicts: {conflicts}.",
            "{n} pending edits: {new} new, {changed} changed, {deleted} deleted; conflicts: {conflicts}.",
            counted(numbers["COUNT"]),
            new=counted(numbers["INSERT_COUNT"]),
            changed=counted(numbers["UPDATE_COUNT"]),
            deleted=counted(numbers["DELETE_COUNT"]),
            conflicts=counted(numbers["CONFLICT_COUNT"]),
        )

    def rows(self, *, exact: bool = False) -> Iterator[Row]:
        """As rows of `COLUMNS`; values for people, or exact ones that could be read back."""
        for layer in self.layers:
            shown = layer.shown
            for edit in self.edits(layer):
                head, state = _head(shown, edit), (edit.conflict, edit.row in layer.unsure)
                for name, before, after in changes_of(shown.layer, edit) or [("", None, None)]:
                    if exact:
                        texts = shown.exact(name, before), shown.exact(name, after)
                    else:
                        texts = shown.changed(name, before, after)
                    title = shown.heading(name) if name else None
                    yield (*head, name or None, title, *(text or None for text in texts), *state)

    def places(self) -> Iterator[Row]:
        """As rows of `PLACE_COLUMNS`, each with its geometry (WKB, WGS84, without heights) at the end."""
        for layer in self.layers:
            stored = layer.shown.layer
            for edit in self.edits(layer):
                changed = ", ".join(name for name, _before, _after in changes_of(stored, edit))
                yield (
                    *_head(layer.shown, edit),
                    changed or None,
                    _geometry_change(stored, edit) or None,
                    edit.conflict,
                    edit.row in layer.unsure,
                    shapes.to_wgs84(place_of(stored, edit), stored.srid),
                )

    # ------------------------------------------------------------------ as a page

    def report(self, title: str, *, nothing: str, warnings: Sequence[str] = ()) -> Report:
        """A page of all of them; `nothing` stands for none at all."""
        numbers = self.numbers()
        facts = [
            Fact(_("edits"), numbers["COUNT"]),
            *(Fact(_(words), self.total(kind), KINDS[kind][1]) for kind, words in OBJECTS.items()),
            Fact(_("conflicts"), numbers["CONFLICT_COUNT"], "bad" if numbers["CONFLICT_COUNT"] else "muted"),
            Fact(_("perhaps sent"), numbers["UNSURE_COUNT"], "warning" if numbers["UNSURE_COUNT"] else "muted"),
        ]
        edited = [layer for layer in self.layers if layer.count]
        sections = [self._section(layer) for layer in edited]
        if len(edited) > 1:
            sections.insert(0, _overview(edited))
        if not edited:
            sections = [Section("", text=nothing)]
        return Report(title=title, facts=facts, sections=sections, warnings=warnings)

    def _section(self, layer: LayerEdits) -> Section:
        entries: list[Entry] = []
        for edit in self.edits(layer):
            if len(entries) == MOST_SHOWN:
                break
            entries.append(self._entry(layer, edit))
        left = layer.count - len(entries)
        more = ngettext(
            "{n} more edit is not shown here; the table has all of them.",
            "{n} more edits are not shown here; the table has all of them.",
            counted(left),
        )
        words = [(OBJECTS[kind], KINDS[kind][1], layer.counts[kind]) for kind in KINDS]
        words += [(N_("conflicts"), "bad", layer.counts["conflict"])]
        words += [(N_("perhaps sent"), "warning", layer.counts["unsure"])]
        return Section(
            layer.shown.label,
            facts=[Fact(_(label), number, tone) for label, tone, number in words if number],
            entries=entries,
            more=more if left > 0 else "",
        )

    def _entry(self, layer: LayerEdits, edit: Edit) -> Entry:
        shown, remarks = layer.shown, []
        marks = [Tag(_(KINDS[edit.kind][0]), KINDS[edit.kind][1])]
        if edit.conflict:
            marks.append(Tag(_("conflict"), "bad"))
            remarks.append(_("It was changed on the server too. “Resolve conflicts” settles it; then it can be sent."))
        if edit.row in layer.unsure:
            marks.append(Tag(_("perhaps sent"), "warning"))
            remarks.append(
                _("It was sent and no answer came: the next sending finds out first whether the server has it.")
            )
        return Entry(
            name_of(shown, edit.kind, edit.key),
            marks,
            _("row {n}").format(n=edit.row),
            remarks,
            _table(shown, edit),
            _map(shown.layer, edit, neighbours(self.store, shown.layer)),
        )


def pending_edits(store: Store, chosen: Chosen, *, watch: Optional[Watch] = None) -> Pending:
    """The pending edits of these layers; conflicts that are none any more end."""
    watch = watch or Watch()
    for layer, _rows in chosen:
        watch.check()
        store.edits.review(layer)
    found = edits_of(store, chosen, watch)
    found.count()
    return found


def edits_of(store: Store, chosen: Chosen, watch: Watch) -> Pending:
    """The edits of these layers, not looked at yet."""
    layers = [LayerEdits(Shown(layer), rows, store.edits.unsure_rows(layer)) for layer, rows in chosen]
    return Pending(store, layers, watch=watch)


def pending_report(found: Pending) -> Report:
    """The page that one reads before sending."""
    return found.report(
        _("Pending edits"),
        nothing=_("There is nothing to send: no edit is pending."),
        warnings=list(_warnings(found)),
    )


def _warnings(found: Pending) -> Iterator[str]:
    conflicts, unsure = found.total("conflict"), found.total("unsure")
    if conflicts:
        yield ngettext(
            "{n} edit clashes with what the server has now. It is not sent before the conflict is settled.",
            "{n} edits clash with what the server has now. They are not sent before the conflicts are settled.",
            counted(conflicts),
        )
    if unsure:
        yield ngettext(
            "{n} edit was sent and its answer was lost: nobody knows yet whether the server has it.",
            "{n} edits were sent and their answers were lost: nobody knows yet whether the server has them.",
            counted(unsure),
        )
    for layer in found.layers:
        refusals = layer.shown.described.refusals
        if layer.count and refusals:
            yield _("The edits of “{layer}” cannot be sent: {why}.").format(
                layer=layer.shown.title, why=", ".join(_(REFUSALS.get(code, code)) for code in refusals)
            )


# ---------------------------------------------------------------------- one edit


def changes_of(layer: Layer, edit: Edit) -> list[tuple[str, Any, Any]]:
    """Name, value before, value after of each column that an edit changes; of a deletion, all that had a value."""
    if edit.base is not None and edit.mine is not None:
        return [(name, edit.base[name], edit.mine[name]) for name in edit.changed]
    if edit.mine is not None:
        return [(name, None, edit.mine[name]) for name in edit.changed]
    base = edit.base or {}
    visible = [column.name for column in layer.live if not column.hidden]
    return [(name, base[name], None) for name in visible if base[name] is not None]


def place_of(layer: Layer, edit: Edit) -> Optional[bytes]:
    """The geometry of an edit in the layer's CRS: the new one, of a deletion the old one."""
    values = edit.mine if edit.mine is not None else edit.base
    return values[layer.geometry] if layer.geometry and values else None


def name_of(shown: Shown, kind: str, key: Any) -> str:
    """What an object is called by: of a new one the key counts only where the user gives it."""
    column = shown.described.table.column(shown.layer.key)
    if kind == "insert":
        own = column is not None and column.custom_id and key is not None
        return _("New object {key}").format(key=key) if own else _("New object")
    return shown.object(key)


def neighbours(store: Store, layer: Layer) -> shapes.Around:
    """What lies around an object in its layer, for `shapes.small_map`."""

    def around(box: shapes.Box) -> list[bytes]:
        there = shapes.box_from_wgs84(box, layer.srid)
        found = store.layers.near(layer, there, shapes.MOST_NEIGHBOURS) if there else []
        return [wkb for wkb in map(partial(shapes.to_wgs84, srid=layer.srid), found) if wkb]

    return around


def _digest(edit: Edit) -> bytes:
    return hashlib.sha256(repr(edit).encode(errors="surrogatepass")).digest()


def _head(shown: Shown, edit: Edit) -> Row:
    """The values of `_OBJECT`."""
    key = None if edit.key is None else str(edit.key)
    return shown.code, shown.title, edit.row, key, edit.kind, _(KINDS[edit.kind][0])


def _geometry_change(layer: Layer, edit: Edit) -> str:
    """What became of the geometry, in words; "" for nothing."""
    if not layer.geometry:
        return ""
    before, after = (side[layer.geometry] if side is not None else None for side in (edit.base, edit.mine))
    if edit.kind != "update":
        return shapes.said(after if edit.kind == "insert" else before, layer.srid)
    if layer.geometry not in edit.changed:
        return ""
    if before is None or after is None:
        return _("geometry added") if after is not None else _("geometry removed")
    return shapes.difference(before, after, layer.srid)


def _table(shown: Shown, edit: Edit) -> Optional[Table]:
    changes = changes_of(shown.layer, edit)
    if not changes:
        return None
    if edit.kind == "update":
        rows = [(shown.heading(name), *shown.changed(name, before, after)) for name, before, after in changes]
        return Table((_("Column"), _("Before"), _("After")), rows, kinds=("text",) * 3)
    ours = shown.ours(name for name, _before, _after in changes)
    values = [
        (shown.heading(name), shown.words(name, after if edit.kind == "insert" else before))
        for name, before, after in changes
        if name in ours
    ]
    return Table((_("Column"), _("Value")), values, kinds=("text",) * 2)


def _map(layer: Layer, edit: Edit, around: shapes.Around) -> Optional[Map]:
    if not layer.geometry:
        return None
    before, after = (side[layer.geometry] if side is not None else None for side in (edit.base, edit.mine))
    if edit.kind == "insert":
        sides = [("new", _("new"), after)]
    elif edit.kind == "delete":
        sides = [("gone", _("deleted"), before)]
    elif layer.geometry in edit.changed:
        sides = [("was", _("before"), before), ("mine", _("after"), after)]
    else:
        sides = [("mine", _("the object"), after)]
    drawn = [(css, words, shapes.to_wgs84(wkb, layer.srid)) for css, words, wkb in sides]
    return shapes.small_map(_("Map of the object"), drawn, around)


def _overview(layers: Sequence[LayerEdits]) -> Section:
    """How many edits there are in each layer."""
    series = [
        Series(_(words), [layer.counts[kind] for layer in layers], KINDS[kind][1]) for kind, words in OBJECTS.items()
    ]
    names = [layer.shown.title for layer in layers]
    return Section(_("By layer"), chart=Chart("columns", categories=names, series=series, stacked=True))
