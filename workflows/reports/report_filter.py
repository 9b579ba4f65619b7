"""Which reports are wanted: what the server is asked, and what is checked again here.

The server filters by what the contract (2.4) shows to be reliable. What is not: departments 2A and 2B (A39), a theme
that the community does not know (the server silently gives nothing, A38), a text without wildcard, the exact shape of
a zone.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Callable, Optional

from ...client import reading
from ...client.espaceco.dates import aware
from ...client.espaceco.reports import A39_UNRELIABLE_DEPARTMENTS, ReportQuery
from ...client.paging import Row
from ..positions import position
from ..zone import Zone

Test = Callable[[Row], bool]

_INSEE = re.compile(r"[0-9][0-9ABab][0-9]{3}")


@dataclass(frozen=True)
class ReportFilter:
    """What the user asked for. Dates without offset are French; departments are codes, `commune` a code or a name."""

    community: Optional[int] = None
    public: bool = False
    zone: Optional[Zone] = None
    updated_since: Optional[datetime] = None
    opened_since: Optional[datetime] = None
    closed_since: Optional[datetime] = None
    statuses: tuple[str, ...] = ()
    themes: tuple[str, ...] = ()
    departments: tuple[str, ...] = ()
    commune: str = ""
    author: Optional[int] = None
    text: str = ""
    input_device: str = ""
    territory: str = ""

    def fingerprint(self) -> str:
        """The same for the same filter, other for any other: two downloads are comparable only if it is the same."""
        values = {
            name: (value.isoformat() if isinstance(value, datetime) else value)
            for name, value in vars(self).items()
            if name != "zone"
        }
        return json.dumps({**values, "zone": self.zone and self.zone.fingerprint}, sort_keys=True, default=list)

    @property
    def communities(self) -> tuple[int, ...]:
        """The server gives what is visible, public reports of others too, when no community is named."""
        return (self.community,) if self.community is not None and not self.public else ()

    def query(self, known_themes: tuple[tuple[int, str], ...]) -> ReportQuery:
        """All that the server can be trusted with. `known_themes` are (community, theme) pairs that it knows."""
        steady = self.steady_query()
        wanted = tuple(pair for pair in known_themes if pair[1] in self.themes)
        all_known = {theme for _community, theme in wanted} == set(self.themes)
        return ReportQuery(
            **{
                **vars(steady),
                "updated_since": self.updated_since,
                "closed_since": self.closed_since,
                "statuses": self.statuses,
                "themes": wanted if all_known and not self.public else (),
                "comment": self.text if "%" in self.text else "",
            }
        )

    def steady_query(self) -> ReportQuery:
        """The part about what does not change in the life of a report: whoever left the rest is still seen with it."""
        departments = tuple(code.strip().upper().zfill(2) for code in self.departments)
        return ReportQuery(
            communities=self.communities,
            author=self.author,
            territory=self.territory,
            departments=() if A39_UNRELIABLE_DEPARTMENTS & set(departments) else departments,
            commune=self.commune.upper() if _INSEE.fullmatch(self.commune) else "",
            opened_since=self.opened_since,
            input_device=self.input_device,
            box=self.zone.box if self.zone else None,
        )

    def keeps(self) -> Test:
        """Whether a report is wanted, all filters applied here."""
        return _all_of(self._tests())

    def answers(self, query: ReportQuery) -> Test:
        """Whether the server, asked with `query`, would give a report of the steady part."""
        tests: list[Test] = []
        if query.updated_since:
            tests.append(_since("updating_date", query.updated_since))
        if query.closed_since:
            tests.append(_since("closing_date", query.closed_since))
        if query.statuses:
            tests.append(_one_of_statuses(query.statuses))
        if query.themes:
            tests.append(_one_of_themes({theme for _community, theme in query.themes}))
        if query.comment:
            tests.append(_like(query.comment))
        return _all_of(tests)

    def _tests(self) -> list[Test]:
        in_time = [
            _since(name, moment)
            for name, moment in (
                ("opening_date", self.opened_since),
                ("updating_date", self.updated_since),
                ("closing_date", self.closed_since),
            )
            if moment is not None
        ]
        return [*in_time, *self._tests_of_content(), *self._tests_of_place()]

    def _tests_of_content(self) -> Iterator[Test]:
        if self.communities:
            yield _in_community(self.communities[0])
        if self.statuses:
            yield _one_of_statuses(self.statuses)
        if self.themes:
            yield _one_of_themes(set(self.themes))
        if self.author is not None:
            yield lambda report: reading.person(report.get("author"))[0] == self.author
        if self.input_device:
            yield lambda report: report.get("input_device") == self.input_device
        if self.text:
            yield _like(self.text) if "%" in self.text else _mentions(self.text)

    def _tests_of_place(self) -> Iterator[Test]:
        if self.territory:
            yield lambda report: reading.place(report.get("territory"))[0] == self.territory
        if self.departments:
            yield _one_of_departments({_department(code) for code in self.departments})
        if self.commune:
            yield _in_commune(self.commune)
        if self.zone:
            yield _inside(self.zone)


def _all_of(tests: list[Test]) -> Test:
    if not tests:
        return lambda report: True
    if len(tests) == 1:
        return tests[0]
    return lambda report: all(test(report) for test in tests)


def _in_community(community: int) -> Test:
    def test(report: Row) -> bool:
        own = reading.integer(report.get("community"))
        if own is None or own == community:
            return True
        return any(other == community for other, _theme, _values in reading.theme_values(report.get("attributes")))

    return test


def _since(name: str, moment: datetime) -> Test:
    limit = aware(moment)

    def test(report: Row) -> bool:
        found = reading.instant(report.get(name))
        # an unreadable date: the server knew better; none at all: it did not happen
        return aware(found) >= limit if found else bool(report.get(name))

    return test


def _one_of_statuses(codes: tuple[str, ...]) -> Test:
    return lambda report: report.get("status") in codes


def _one_of_themes(themes: set[str]) -> Test:
    return lambda report: any(
        theme in themes for _community, theme, _values in reading.theme_values(report.get("attributes"))
    )


def _one_of_departments(codes: set[str]) -> Test:
    return lambda report: _department(reading.place(report.get("departement"))[0] or "") in codes


def _department(code: str) -> str:
    return code.strip().upper().lstrip("0")


def _in_commune(wanted: str) -> Test:
    plain = _plain(wanted)

    def test(report: Row) -> bool:
        code, title = reading.place(report.get("commune"))
        return plain in (_plain(code or ""), _plain(title or ""))

    return test


def _mentions(text: str) -> Test:
    plain = _plain(text)
    return lambda report: plain in _plain(reading.text(report.get("comment")))


def _like(pattern: str) -> Test:
    """The server's own pattern: `%` any text, `_` any character.

    Piece by piece, each at its first place after the one before: a single expression with many `.*` may take hours.
    """
    pieces = [re.escape(piece).replace("_", ".") for piece in pattern.split("%")]
    if len(pieces) == 1:
        whole = re.compile(pieces[0], re.DOTALL)
        return lambda report: whole.fullmatch(reading.text(report.get("comment"))) is not None
    first, *middle = (re.compile(piece, re.DOTALL) for piece in pieces[:-1])
    last, last_length = re.compile(pieces[-1], re.DOTALL), len(pattern.rsplit("%", 1)[1])

    def test(report: Row) -> bool:
        comment = reading.text(report.get("comment"))
        found = first.match(comment)
        for piece in middle:
            found = piece.search(comment, found.end()) if found else None
        end = len(comment) - last_length
        return found is not None and end >= found.end() and last.match(comment, end) is not None

    return test


def _inside(zone: Zone) -> Test:
    def test(report: Row) -> bool:
        at = position(report.get("geometry"))
        return at is not None and zone.contains(*at)

    return test


def _plain(text: str) -> str:
    """Without accents and capitals."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in decomposed if not unicodedata.combining(character)).strip()


def codes(values: Any) -> tuple[str, ...]:
    """A list of codes written as people write it: `01, 2A;33`."""
    return tuple(code for code in re.split(r"[\s,;]+", str(values or "").strip()) if code)
