"""Reports as they are just before something is sent about them: the rows of the store, brought up to date."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Optional

from ...client import reading
from ...client.errors import shortened
from ...client.espaceco.api import EspaceCo
from ...client.paging import Row
from ...store.store import Store
from ..positions import position
from .report_lists import A9_OVERLAP
from .reports_now import last_download, reports_now

ABOUT_LENGTH = 60
COLUMNS = ("NoSignalement", "Statut", "Message", "Commune", "Validateur", "Auteur_id", "Groupe_id", "Attributs")

Theme = tuple[Optional[int], str, dict[str, Any]]


@dataclass(frozen=True)
class Known:
    """One report: what matters for writing about it. `theme` is community, name, values; `position` lon lat WGS84."""

    number: int
    status: str
    text: str = ""
    place: str = ""
    validator: str = ""
    author: Optional[int] = None
    community: Optional[int] = None
    theme: Optional[Theme] = None
    position: Optional[tuple[float, float]] = None

    @property
    def about(self) -> str:
        """The beginning of its text, else its place."""
        return shortened(self.text, ABOUT_LENGTH) or self.place

    @classmethod
    def of(cls, report: Row) -> Known:
        """From the server's answer."""
        return cls(
            number=reading.integer(report.get("id")) or 0,
            status=reading.text(report.get("status")),
            text=reading.text(report.get("comment")),
            place=reading.place(report.get("commune"))[1] or "",
            validator=reading.person(report.get("validator"))[1] or "",
            author=reading.person(report.get("author"))[0],
            community=reading.integer(report.get("community")),
            theme=next(reading.theme_values(report.get("attributes")), None),
            position=position(report.get("geometry")),
        )


@dataclass
class Present:
    """`reports` by number; `rows` those that the server was asked for; `gone` those it does not show."""

    reports: dict[int, Known] = field(default_factory=dict)
    rows: dict[int, Row] = field(default_factory=dict)
    gone: list[int] = field(default_factory=list)

    @property
    def communities(self) -> set[int]:
        """Those that all these reports belong to; none if one belongs to none."""
        found = {known.community for known in self.reports.values()}
        return set() if None in found else {number for number in found if number is not None}


def present(api: EspaceCo, store: Store, numbers: Sequence[int]) -> Present:
    """These reports now. Those of the store cost a few requests for what has changed, others one each.

    Of those in the store one that was deleted meanwhile may pass for present. Raises ServiceError.
    """
    stored = {known.number: known for known in _stored(store, numbers)}
    found = Present(stored)
    since = last_download(store)
    if since is not None:
        since -= A9_OVERLAP
    changed = reports_now(api, list(stored), since=since, communities=found.communities)
    changed.update(reports_now(api, [number for number in numbers if number not in stored]))
    for number, row in changed.items():
        if row is None:
            found.gone.append(number)
            found.reports.pop(number, None)
        else:
            found.rows[number] = row
            found.reports[number] = Known.of(row)
    return found


def _stored(store: Store, numbers: Sequence[int]) -> list[Known]:
    positions = store.reports.positions(numbers)
    return [
        Known(
            number=number,
            status=reading.text(status),
            text=reading.text(text),
            place=reading.text(place),
            validator=reading.text(validator),
            author=author,
            community=community,
            theme=next(reading.theme_values(attributes), None),
            position=positions.get(number),
        )
        for number, status, text, place, validator, author, community, attributes in store.reports.rows_of(
            numbers, *COLUMNS
        )
    ]
