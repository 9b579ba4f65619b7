"""Change, move and delete reports that are there; only what really changes is sent (contract 2.5.2, 2.5.3)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Callable, Optional

from ...client.espaceco import contributions
from ...client.espaceco.api import EspaceCo
from ...client.espaceco.communities import Theme
from ...i18n import N_, _
from ...store.store import Store
from ..connection.communities import choose
from ..errors import InputError
from ..reports.present import Known
from ..watch import Watch
from .correspondence import Correspondence, Item, is_closed
from .sending import Letter, Outcome
from .sent import Line, Sent
from .theme_forms import ThemeForm, load_theme, plain

SAME_DEGREES = 1e-7
"""Positions nearer than this, one centimetre, are the same."""
CHANGED = {
    "comment": N_("text"),
    "community": N_("community"),
    "attributes": N_("theme and attributes"),
    "geometry": N_("position"),
}

Position = tuple[float, float]


# ---------------------------------------------------------------------- change


def edit_reports(
    api: EspaceCo,
    store: Store,
    texts: Mapping[int, str],
    *,
    community: str = "",
    theme: str = "",
    values: Optional[Mapping[str, Any]] = None,
    dry_run: bool = False,
    watch: Optional[Watch] = None,
) -> Sent:
    """Change the reports that have a number in `texts`, in their order: text ("" for none new), community, theme.

    The `values` of attributes are merged with those that the report has, unless the theme changes; null takes one
    away. What is not given stays. Raises InputError, ServiceError, and Interrupted when it stopped half-way.
    """
    number = choose(api, community, public=True).community if community else None
    run = Correspondence(api, store, list(texts), watch or Watch())
    editor = _Editor(run, api, number, theme, values)
    items = {n: _unchangeable(run, n) or editor.item(run.known[n], text) for n, text in texts.items()}
    form = ["community", "attributes"] if theme or values else ["community"] if community else []
    asked = {n: [*form, *(["comment"] if text else [])] for n, text in texts.items()}
    return _sent(run, items, dry_run, _changed, asked)


class _Editor:
    """Makes the letter that gives a report what is wanted, or the line that says why not."""

    def __init__(
        self,
        run: Correspondence,
        api: EspaceCo,
        community: Optional[int],
        theme: str,
        values: Optional[Mapping[str, Any]],
    ) -> None:
        self._run = run
        self._api = api
        self._community = community
        self._theme = theme
        self._values = values or {}
        self._themes: dict[tuple[int, str], Theme] = {}

    def item(self, known: Known, text: str) -> Item:
        text = plain(text).strip()
        comment = text if text and text != known.text else None
        try:
            form = self._form(known)
        except InputError as error:
            return self._fault(known, str(error))
        if form is None:
            community = self._community if self._community != known.community else None
            body = contributions.members(comment=comment, community=community)
        else:
            owner, name = form.theme.community_id, form.theme.name
            present = known.theme[2] if known.theme and known.theme[:2] == (owner, name) else None
            values = self._values_of(form, present)
            if present is not None and values == form.encode(present) and known.community == owner:
                body = contributions.members(comment=comment)
            elif form.faults(values):
                return self._fault(known, " ".join(form.faults(values)))
            else:
                body = contributions.members(comment=comment, community=owner, theme=name, values=values)
        if not body:
            why = _("Report {number} is so already: there is nothing to change.")
            return self._run.skipped(known.number, why.format(number=known.number))
        return Letter("change", body, report=known.number)

    def _fault(self, known: Known, why: str) -> Item:
        return self._run.fault(known.number, _("Report {number}: {why}").format(number=known.number, why=why))

    def _form(self, known: Known) -> Optional[ThemeForm]:
        """The form of the theme that the report is to have; None if neither theme nor attributes are to change.

        Raises InputError for a theme that is not there.
        """
        if not self._theme and not self._values:
            return None
        if not self._theme and known.theme is None:
            raise InputError(_("It has no theme, so no attributes: give one in THEME."))
        own, name = (None, self._theme) if known.theme is None or self._theme else known.theme[:2]
        number = self._community or own or known.community
        if number is None:
            raise InputError(_("It belongs to no community, so there is no theme: give one in COMMUNITY."))
        community = self._run.community(number)
        if community is None:
            raise InputError(_("The community {number} is not there, or is hidden from you.").format(number=number))
        key = (number, name)
        if key not in self._themes:
            self._themes[key] = load_theme(self._api, community, name)
        return ThemeForm(self._themes[key])

    def _values_of(self, form: ThemeForm, present: Optional[Mapping[str, Any]]) -> dict[str, str]:
        """What is given beside the present values, or beside the defaults of a theme that is new to the report."""
        given = form.encode(self._values)
        values = {**(form.defaults(given) if present is None else form.encode(present)), **given}
        for name, value in self._values.items():
            if value is None:
                attribute = form.attribute(name)
                values.pop(attribute.name if attribute else name, None)
        return values


# ---------------------------------------------------------------------- move


def move_reports(
    api: EspaceCo,
    store: Store,
    positions: Iterable[tuple[int, Optional[Position]]],
    *,
    dry_run: bool = False,
    watch: Optional[Watch] = None,
) -> Sent:
    """Give these reports, by number, these positions (lon, lat WGS84; None for one that cannot be had).

    Raises InputError, ServiceError, and Interrupted when it stopped half-way.
    """
    wanted: dict[int, list[Optional[Position]]] = {}
    for number, position in positions:
        wanted.setdefault(number, []).append(position)
    run = Correspondence(api, store, list(wanted), watch or Watch())
    items = {n: _unchangeable(run, n) or _moved(run, run.known[n], found) for n, found in wanted.items()}
    return _sent(run, items, dry_run, _changed, dict.fromkeys(items, ("geometry",)))


def _moved(run: Correspondence, known: Known, found: Sequence[Optional[Position]]) -> Item:
    number, to = known.number, found[0]
    if to is None or not (-180 <= to[0] <= 180 and -90 <= to[1] <= 90):
        text = _("Report {number}: the new position is not one point within the world.")
        return run.fault(number, text.format(number=number))
    if any(other is None or not _same(to, other) for other in found):
        text = _("Report {number} has {n} features with different positions: leave one.")
        return run.fault(number, text.format(number=number, n=len(found)))
    if known.position and _same(to, known.position):
        return run.skipped(number, _("Report {number} is there already.").format(number=number))
    return Letter("change", contributions.members(position=to), report=number)


def _same(one: Position, other: Position) -> bool:
    return max(abs(one[0] - other[0]), abs(one[1] - other[1])) <= SAME_DEGREES


# ---------------------------------------------------------------------- delete


def delete_reports(
    api: EspaceCo,
    store: Store,
    numbers: Sequence[int],
    *,
    dry_run: bool = False,
    watch: Optional[Watch] = None,
) -> Sent:
    """Delete these reports on the server and in the store; one that is gone already counts as deleted (A36).

    Raises InputError, ServiceError, and Interrupted when it stopped half-way.
    """
    run = Correspondence(api, store, numbers, watch or Watch())
    return _sent(run, {number: Letter("delete", {}, report=number) for number in numbers}, dry_run, _deleted)


def _deleted(run: Correspondence, number: int, letter: Letter, outcome: Outcome) -> str:
    forbidden = _(
        "You may not delete report {number}: its author may while it is open, the managers of its community always."
    )
    known = run.known.get(number)
    if outcome.done:
        run.known.pop(number, None)  # there is no status any more
        # what was deleted by this run has an answer, an empty one
        return _("Report {number} was gone already.").format(number=number) if outcome.row is None else ""
    if outcome.state == "planned" and known is None:
        return _("Report {number} was gone already.").format(number=number)
    if outcome.state == "planned" and known and not run.manages(number):
        mine = known.author == run.me.id and not is_closed(known)
        return "" if mine else forbidden.format(number=number)
    return run.refusal(number, outcome, closed=forbidden, forbidden=forbidden)


# ---------------------------------------------------------------------- shared


def _unchangeable(run: Correspondence, number: int) -> Optional[Line]:
    """The line of a report that cannot be changed, None for one that can."""
    if number not in run.known:
        return run.gone(number)
    if is_closed(run.known[number]):
        text = _("Report {number} is closed ({how}): it can no longer be changed.")
        return run.skipped(number, text.format(number=number, how=run.closing(number)))
    return None


def _changed(run: Correspondence, number: int, letter: Letter, outcome: Outcome) -> str:
    what = ", ".join(_(label) for member, label in CHANGED.items() if member in letter.payload)
    if outcome.done:
        return _("Changed: {what}.").format(what=what)
    if outcome.state == "planned":
        return _("Would change: {what}.").format(what=what)
    return run.refusal(
        number,
        outcome,
        closed=_("Report {number} was closed meanwhile ({how}): it can no longer be changed."),
        forbidden=_("You may not change report {number}: its author and the managers of its community may."),
    )


def _sent(
    run: Correspondence,
    items: Mapping[int, Item],
    dry_run: bool,
    detail: Callable[[Correspondence, int, Letter, Outcome], str],
    asked: Optional[Mapping[int, Collection[str]]] = None,
) -> Sent:
    """Send the letters; `asked` are the members that are to be as the user said, whether they already are or not."""
    if asked and not dry_run:
        as_asked = [n for n, item in items.items() if isinstance(item, Letter) or item.outcome == "skipped"]
        run.supersede({number: asked[number] for number in as_asked})
    outcomes = run.deliver(items, dry_run=dry_run)
    sent = Sent()
    for number, item in items.items():
        if isinstance(item, Letter):
            outcome = outcomes[number]
            item = run.line(number, outcome, detail(run, number, item, outcome))
        sent.lines.append(item)
    run.finish(sent)
    return sent
