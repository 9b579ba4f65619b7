"""Objects of a map become reports: checked whole before anything is sent, each sent once (contract 2.5.1, 2.5.5)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Callable, Optional

from ...client.errors import Forbidden, NotFound, shortened
from ...client.espaceco import communities
from ...client.espaceco.api import EspaceCo
from ...client.espaceco.communities import Community, Theme
from ...client.espaceco.contributions import A14_NO_GROUP, members
from ...client.espaceco.reports import page_for_people
from ...client.espaceco.users import Me
from ...i18n import N_, _, ngettext
from ...store.store import Store
from ..connection.communities import choose, writer
from ..errors import InputError
from ..pages.report import Section, Table, Value
from ..pages.writing import clean, counted
from ..positions import BadGeometry
from ..reports.local_copy import LocalCopy
from ..reports.reports_now import read_back
from ..watch import Watch
from .documents import Documents, check
from .sending import Letter, Outcome, earlier, post
from .sent import Line, Sent
from .sketch_writing import Position, Shape, attributes_of, point_of, position_of, shapes_of, sketch_of
from .theme_forms import ThemeForm, load_theme, plain

SHORT_MESSAGE = 10
"""Characters; IGN's own form takes no shorter message."""
LONGEST_SAID = 200
"""Characters of a message, or of values, on the page."""
MOST_SHOWN = 1000
"""Rows of a table on the page."""

GROUPINGS = ("each", "all", "field")
WHAT = {
    "geometry": N_("geometry"),
    "position": N_("position"),
    "message": N_("message"),
    "attribute": N_("attribute"),
    "document": N_("document"),
    "expression": N_("expression"),
}
"""What a fault may be about."""
FAULT_COLUMNS = (
    ("feature", "integer"),
    ("report", "text"),
    ("what", "text"),
    ("what_label", "text"),
    ("attribute", "text"),
    ("sentence", "text"),
)


@dataclass(frozen=True)
class Fault:
    """What is wrong with an object or a report to be, as a sentence; `feature` is the object, if it is but one."""

    what: str
    sentence: str
    attribute: str = ""
    feature: Optional[int] = None
    report: str = ""

    def row(self) -> tuple[object, ...]:
        """As a row of `FAULT_COLUMNS`."""
        return (
            self.feature,
            self.report or None,
            self.what,
            _(WHAT[self.what]),
            self.attribute or None,
            self.sentence,
        )


@dataclass
class Item:
    """One object that a report is about: a feature of a layer, or only a place.

    `wkb` is its geometry in WGS84, `place` a longitude and latitude that goes before it. `fields` are those of the
    layer, `values` what was given for the theme; `group` says which objects share a report. `faults` are those that
    whoever made it has found.
    """

    feature: Optional[int] = None
    wkb: Optional[bytes] = None
    place: Optional[Position] = None
    fields: Mapping[str, Any] = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict)
    message: str = ""
    documents: Sequence[Path] = ()
    group: Any = None
    faults: Sequence[Fault] = ()


@dataclass(frozen=True)
class Wanted:
    """What reports to make of the objects.

    `community` is a number or a name, "" for the only one, "-1" for none (A14); `grouping` one of `GROUPINGS`;
    `sketch_fields` the fields that go with the sketch, None for all; `values_from_fields` whether fields called like an
    attribute of the theme fill it; `only_valid` whether what is right is sent though something else is faulty.
    """

    community: str = ""
    theme: str = ""
    grouping: str = "each"
    sketch: bool = True
    sketch_fields: Optional[Collection[str]] = None
    values_from_fields: bool = False
    status: str = "submit"
    only_valid: bool = False


@dataclass(eq=False)
class _Draft:
    """A report to be; `letters` are its creation and, if it has documents, their sending."""

    label: str
    faults: list[Fault]
    left_out: int = 0
    letters: tuple[Letter, ...] = ()
    row: tuple[Value, ...] = ()
    same_as: Optional[_Draft] = None


@dataclass
class Created(Sent):
    """What came of it: `faults` of all objects; `blocked` if nothing was sent for them; `drafts` for the page."""

    faults: list[Fault] = field(default_factory=list)
    blocked: bool = False
    community: str = ""
    theme: str = ""
    drafts: list[tuple[Value, ...]] = field(default_factory=list)

    def numbers(self) -> dict[str, int]:
        return {**super().numbers(), "FAULT_COUNT": len(self.faults)}

    def complaint(self, *, strict: bool) -> str:
        """If faults kept all from being sent, how many, and the first of them."""
        if not self.blocked:
            return super().complaint(strict=strict)
        faulty = sum(line.outcome == "fault" for line in self.lines)
        said = list(dict.fromkeys(fault.sentence for fault in self.faults))
        return " ".join(
            [
                ngettext(
                    "{n} report is faulty, so nothing was sent (faults: {faults}, all of them in FAULTS and on the "
                    "page).",
                    "{n} reports are faulty, so nothing was sent (faults: {faults}, all of them in FAULTS and on the "
                    "page).",
                    counted(faulty),
                    faults=counted(len(self.faults)),
                ),
                *said[:2],
            ]
        )

    def sections(self) -> list[Section]:
        """For the page: the faults, and the reports as they were to be."""
        found = []
        if self.faults:
            faults = Table(
                columns=(_("Feature"), _("Report"), _("What"), _("Attribute"), _("Fault")),
                rows=[
                    (_feature(f), f.report, _(WHAT[f.what]), f.attribute, f.sentence) for f in self.faults[:MOST_SHOWN]
                ],
            )
            found.append(Section(title=_("Faults"), text=_rest(self.faults), table=faults))
        drafts = Table(
            columns=(_("Report"), _("Position"), _("Message"), _("Attributes"), _("Sketch objects"), _("Documents")),
            rows=self.drafts[:MOST_SHOWN],
            empty=_("None could be made."),
        )
        about = _("Community: {community}. Theme: {theme}.").format(
            community=self.community or _("none"), theme=self.theme or _("none")
        )
        text = f"{about} {_rest(self.drafts)}".strip()
        return [*found, Section(title=_("What was made of the objects"), text=text, table=drafts)]


def _rest(rows: Sequence[object]) -> str:
    if len(rows) <= MOST_SHOWN:
        return ""
    return _("The first {shown} of {n}.").format(shown=counted(MOST_SHOWN), n=counted(len(rows)))


def _feature(fault: Fault) -> str:
    return "" if fault.feature is None else str(fault.feature)


def create_reports(
    api: EspaceCo,
    store: Store,
    items: Iterable[Item],
    wanted: Wanted,
    *,
    again: bool = False,
    dry_run: bool = False,
    approve: Callable[[int], None] = lambda count: None,
    watch: Optional[Watch] = None,
) -> Created:
    """Make reports of these objects and send them, with their documents; the store has them at once.

    Nothing is sent if there is any fault, unless `only_valid` is wanted. `approve` is told how many reports there would
    be, and raises if that is too many. Raises InputError, ServiceError, and Interrupted when it stopped half-way.
    """
    watch = watch or Watch()
    me, community = _community(api, wanted.community)
    theme = _theme(api, community, wanted.theme)
    maker = _Maker(wanted, community, theme, watch)
    drafts = list(maker.drafts(items))
    if not drafts:
        raise InputError(_("There are no objects to report: the layer, or what is selected of it, is empty."))
    approve(len(drafts))
    created = Created(
        faults=[fault for draft in drafts for fault in draft.faults],
        community=theme.community_name if theme else community.name if community else "",
        theme=theme.name if theme else "",
        drafts=[draft.row for draft in drafts if draft.row],
        notes=list(maker.notes(drafts)),
    )
    for fault in created.faults:
        watch.warn(f"{fault.report}: {fault.sentence}" if fault.report else fault.sentence)
    created.blocked = any(not draft.letters for draft in drafts) and not wanted.only_valid and not dry_run
    run = _Run(api, store, me, LocalCopy(store, api.site, watch.warn, community), watch)
    if not created.blocked:
        run.deliver([draft for draft in drafts if draft.letters and not draft.same_as], again, dry_run)
    zones = next((m.grids for m in me.memberships if m.community_id == maker.number), ())
    for draft in drafts:
        created.lines += _lines(draft, run, created.blocked, zones)
    created.requests = api.session.requests_sent
    return created


# ---------------------------------------------------------------------- for whom


def _community(api: EspaceCo, given: str) -> tuple[Me, Optional[Community]]:
    """The account, and the community that it writes to; None for none (A14)."""
    me = writer(api)
    if given == str(A14_NO_GROUP) or not (given or me.memberships):
        return me, None
    number = choose(api, given, public=bool(given)).community
    if number is None:
        return me, None
    member = any(m.community_id == number and m.usable for m in me.memberships)
    try:
        community = communities.get(api, number)
    except (Forbidden, NotFound):
        if not member:
            choose(api, given)  # says why not
        raise
    if not member and community.raw.get("open_without_affiliation") is not True:
        choose(api, given)
    return me, community


def _theme(api: EspaceCo, community: Optional[Community], name: str) -> Optional[Theme]:
    if not name:
        return None
    if community is None:
        raise InputError(_("A report without community takes no theme. Give a community in COMMUNITY."))
    return load_theme(api, community, name)


# ---------------------------------------------------------------------- from objects to drafts


class _Group:
    """The objects of one report."""

    def __init__(self, label: str) -> None:
        self.label = label
        self.features: list[Optional[int]] = []
        self.objects: list[tuple[list[Shape], dict[str, str]]] = []
        self.places: list[Shape] = []
        self.values: dict[str, dict[str, None]] = {}  # the texts of each attribute, in their order
        self.messages: dict[str, None] = {}
        self.documents: dict[Path, None] = {}
        self.faults: list[Fault] = []
        self.left_out = 0

    def feature(self) -> Optional[int]:
        """The object that a fault of the report is a fault of, if there is but one."""
        return self.features[0] if len(self.features) == 1 else None


class _Maker:
    """Makes drafts of objects."""

    def __init__(self, wanted: Wanted, community: Optional[Community], theme: Optional[Theme], watch: Watch) -> None:
        self._wanted = wanted
        self._theme = theme
        self._form = ThemeForm(theme) if theme else None
        self._default_message = community.default_comment if community else ""
        self.number = theme.community_id if theme else community.id if community else A14_NO_GROUP
        self._watch = watch
        self._documents: dict[tuple[Path, ...], Documents] = {}
        self._seen: dict[tuple[Any, ...], _Draft] = {}
        self._short = 0

    def drafts(self, items: Iterable[Item]) -> Iterator[_Draft]:
        """A draft for each report, as soon as all its objects are known."""
        groups: dict[Any, _Group] = {}
        for item in items:
            self._watch.check()
            if self._wanted.grouping == "each":
                group = _Group(_label(item))
                self._add(group, item)
                yield self._draft(group)
                continue
            key = item.group if self._wanted.grouping == "field" else None
            if key not in groups:
                groups[key] = _Group(_group_label(key) if self._wanted.grouping == "field" else _("All objects"))
            self._add(groups[key], item)
        while groups:  # what has become a draft is held no longer
            yield self._draft(groups.pop(next(iter(groups))))

    def notes(self, drafts: Sequence[_Draft]) -> Iterator[str]:
        """What is worth saying of all the drafts."""
        if self._short:
            yield ngettext(
                "{n} report has a message of less than {least} characters: say what is to be done, and where.",
                "{n} reports have a message of less than {least} characters: say what is to be done, and where.",
                counted(self._short),
                least=SHORT_MESSAGE,
            )
        left_out = sum(draft.left_out for draft in drafts if draft.letters)
        if left_out:
            yield ngettext(
                "{n} faulty object was left out of its report.",
                "{n} faulty objects were left out of their reports.",
                counted(left_out),
            )
        if self._theme and not self._theme.described:
            yield _(
                "The form of the theme “{theme}” is not shown to you: its attributes were not checked before sending."
            ).format(theme=self._theme.name)

    def _add(self, group: _Group, item: Item) -> None:
        """An object joins its report; a faulty one is left out of it."""
        group.features.append(item.feature)
        faults = list(item.faults)
        shapes: list[Shape] = []
        try:
            place = [] if item.place is None else [point_of(item.place)]
            without = place or any(fault.what in ("geometry", "position") for fault in faults)
            if item.wkb or not without:
                shapes = shapes_of(item.wkb)
        except BadGeometry as error:
            faults.append(Fault("geometry" if item.place is None else "position", str(error)))
        if faults:
            group.left_out += 1
            for fault in faults:
                self._fault(group, fault.what, fault.sentence, fault.attribute, item.feature)
            return
        group.places += place or shapes
        if self._wanted.sketch and item.feature is not None:
            chosen = self._wanted.sketch_fields
            fields = {name: value for name, value in item.fields.items() if chosen is None or name in chosen}
            group.objects.append((shapes or place, attributes_of(fields)))
        for name, text in self._values(item).items():
            group.values.setdefault(name, {})[text] = None
        group.messages[plain(item.message).strip()] = None
        group.documents.update(dict.fromkeys(item.documents))

    def _values(self, item: Item) -> dict[str, str]:
        if self._form is None:
            return {plain(name): plain(value) for name, value in item.values.items() if value is not None}
        found: dict[str, str] = {}
        if self._wanted.values_from_fields:
            called_so = {name: value for name, value in item.fields.items() if self._form.attribute(name)}
            # an empty text is all that a CSV file has for nothing
            found = self._form.encode({name: value for name, value in called_so.items() if value != ""})
        return {**found, **self._form.encode(item.values)}

    @staticmethod
    def _fault(group: _Group, what: str, sentence: str, attribute: str = "", feature: Optional[int] = None) -> None:
        group.faults.append(Fault(what, sentence, attribute, feature, group.label))

    def _draft(self, group: _Group) -> _Draft:
        if not group.places:  # nothing of it can be placed, which its faults say
            return _Draft(group.label, group.faults)
        before = len(group.faults)
        message = self._message(group)
        values = self._checked_values(group)
        documents = self._checked_documents(group)
        position = position_of(group.places)
        faulty = len(group.faults) > before
        draft = _Draft(group.label, group.faults, group.left_out)
        draft.row = (
            group.label,
            f"{position[0]:.6f} {position[1]:.6f}",
            shortened(clean(message), LONGEST_SAID),
            shortened(clean(" | ".join(f"{name}: {value}" for name, value in values.items())), LONGEST_SAID),
            sum(len(shapes) for shapes, _attributes in group.objects),
            ", ".join(file["name"] for file in documents.files),
        )
        if not faulty and (self._wanted.only_valid or not group.left_out):
            payload = members(
                position=position,
                comment=message,
                community=self.number,
                theme=self._theme.name if self._theme else None,
                values=values,
                sketch=sketch_of(group.objects) if group.objects else None,
                status=self._wanted.status,
            )
            create = Letter("create", payload)
            attach = [Letter("attach", {"files": list(documents.files)}, after=create)] if documents.files else []
            draft.letters = (create, *attach)
            self._compare(draft, documents)
        return draft

    def _message(self, group: _Group) -> str:
        message = "\n".join(filter(None, group.messages)) or plain(self._default_message).strip()
        if not message:
            sentence = _("It has no message. Give one in MESSAGE, or by MESSAGE_EXPRESSION.")
            self._fault(group, "message", sentence, feature=group.feature())
        elif len(message) < SHORT_MESSAGE:
            self._short += 1
        return message

    def _checked_values(self, group: _Group) -> dict[str, str]:
        for name, texts in group.values.items():
            if len(texts) > 1:
                sentence = _("The objects of one report do not agree on “{attribute}”: {values}.").format(
                    attribute=name, values=shortened(", ".join(texts), LONGEST_SAID)
                )
                self._fault(group, "attribute", sentence, name)
        values = {name: next(iter(texts)) for name, texts in group.values.items()}
        if self._form is None:
            for name in values:
                sentence = _("“{attribute}” has no place without a theme. Give one in THEME.")
                self._fault(group, "attribute", sentence.format(attribute=name), name, group.feature())
            return values
        values = {**self._form.defaults(values), **values}
        for fault in self._form.check(values):
            self._fault(group, "attribute", fault.sentence, fault.attribute, group.feature())
        return values

    def _checked_documents(self, group: _Group) -> Documents:
        paths = tuple(group.documents)
        if paths not in self._documents:
            self._documents[paths] = check(paths)
            for warning in self._documents[paths].warnings:
                self._watch.warn(warning)
        for sentence in self._documents[paths].faults:
            self._fault(group, "document", sentence, feature=group.feature())
        return self._documents[paths]

    def _compare(self, draft: _Draft, documents: Documents) -> None:
        """Two equal reports say no more than one."""
        content = {**draft.letters[0].payload, "attributes": repr(draft.letters[0].payload.get("attributes"))}
        key = (*sorted(content.items()), *(file["digest"] for file in documents.files))
        first = self._seen.setdefault(key, draft)
        draft.same_as = None if first is draft else first


def _label(item: Item) -> str:
    if item.feature is None:
        return _("Point")
    return _("Feature {id}").format(id=item.feature)


def _group_label(key: Any) -> str:
    return _("(no value)") if key is None or key == "" else shortened(clean(str(key)), 80)


# ---------------------------------------------------------------------- sending


class _Run:
    """Sends drafts; `outcomes` says what came of each letter."""

    def __init__(self, api: EspaceCo, store: Store, me: Me, copy: LocalCopy, watch: Watch) -> None:
        self.api = api
        self.copy = copy
        self._store = store
        self._me = me
        self._watch = watch
        self.outcomes: dict[Letter, Outcome] = {}
        self._statuses: dict[int, tuple[str, str]] = {}

    def deliver(self, drafts: Sequence[_Draft], again: bool, dry_run: bool) -> None:
        letters = [letter for draft in drafts for letter in draft.letters]
        if dry_run:
            self.outcomes = {letter: self._planned(letter, again) for letter in letters}
        elif letters:
            sent = post(self.api, self._store, self._me, letters, self.copy, again=again, watch=self._watch)
            self.outcomes = dict(zip(letters, sent))
            self._read_back()
        numbers = sorted({outcome.report for outcome in self.outcomes.values() if outcome.report is not None})
        rows = self._store.reports.rows_of(numbers, "NoSignalement", "Statut", "Statut_libellé")
        self._statuses = {number: (code or "", label or "") for number, code, label in rows}

    def status(self, report: Optional[int]) -> tuple[str, str]:
        """Code and name of the status of a report, as the store knows it."""
        return self._statuses.get(report, ("", "")) if report is not None else ("", "")

    def _planned(self, letter: Letter, again: bool) -> Outcome:
        entry = earlier(self.api, self._store, self._me, letter, again=again)
        if entry is not None and entry.state == "sent":
            return Outcome("already", entry.id, entry.answer if letter.kind == "create" else entry.report)
        return Outcome("planned", 0)

    def _read_back(self) -> None:
        """The reports that were given documents, into the store: the server does not say what it made of them (A19)."""
        numbers = [
            outcome.report
            for letter, outcome in self.outcomes.items()
            if letter.kind == "attach" and outcome.state in ("sent", "found") and outcome.report is not None
        ]
        if numbers:
            read_back(self.api, self._store, self.copy, numbers, self._watch)


def _lines(draft: _Draft, run: _Run, blocked: bool, zones: Sequence[str]) -> Iterator[Line]:
    """What came of a draft: a line, and one more if its documents did not go through."""
    if not draft.letters:
        said = list(dict.fromkeys(fault.sentence for fault in draft.faults))
        yield Line("fault", about=draft.label, detail=" ".join(said[:3]) + (" …" if len(said) > 3 else ""))
        return
    if blocked:
        yield Line("skipped", about=draft.label, detail=_("It is right, and was not sent because others are faulty."))
        return
    if draft.same_as:
        same = _("It is exactly the same report as “{other}”, and was not sent a second time.")
        yield Line("skipped", about=draft.label, detail=same.format(other=draft.same_as.label))
        return
    for letter in draft.letters:
        outcome = run.outcomes[letter]
        detail = outcome.error
        if letter.kind == "create" and isinstance(outcome.failure, Forbidden) and zones:
            inside = _("Your zones in this community: {zones}. The report has to lie in one of them.")
            detail = f"{detail} {inside.format(zones=', '.join(zones))}"
        if letter.kind == "attach":
            if outcome.done or outcome.state == "planned" or not run.outcomes[draft.letters[0]].done:
                continue
            detail = _("The report was created; its documents are not there: {why}").format(why=detail)
        url = page_for_people(run.api, outcome.report) if outcome.report is not None else ""
        yield Line(outcome.state, outcome.report, draft.label, *run.status(outcome.report), detail, url)
