"""Logs of checks and processings: a paged list of lines (contract 3.5, 3.7)."""

from __future__ import annotations

import re
from typing import NamedTuple

from .. import reading
from ..paging import a2_total
from .api import EA1_MAX_LIMIT, Datastore

MOST_LINES = 10_000
_LINE = re.compile(
    r"(?P<moment>\d{4}-\d\d-\d\d[ T][\d:,.]+?)\s*(?P<level>[A-Z]{4,8})"
    r"\|\|(?P<module>[^|]*)\|\|(?P<line>[^|]*)\|\|(?P<message>.*)",
    re.DOTALL,
)


class Line(NamedTuple):
    """One line: `level` is "" where the line is of no known form, `message` then the whole of it."""

    level: str
    message: str


def read_logs(datastore: Datastore, url: str) -> list[str]:
    """All lines, at most MOST_LINES."""
    lines: list[str] = []
    page, previous = 1, None
    while len(lines) < MOST_LINES:
        answer = datastore.session.get(url, {"page": page, "limit": EA1_MAX_LIMIT})
        body, total = answer.json(), a2_total(answer)
        found = [reading.text(line) for line in body] if isinstance(body, list) else []
        if total is None and found == previous:
            break  # the same page again, perhaps for ever
        lines += found
        if not found or (total is not None and len(lines) >= total):
            break
        page, previous = page + 1, found
    return lines


def line_of(text: str) -> Line:
    """A line in its parts (contract 3.5: the level is glued to the milliseconds)."""
    found = _LINE.match(text)
    return Line(found["level"], found["message"].strip()) if found else Line("", text.strip())


def complaints(lines: list[str]) -> list[str]:
    """The messages of the errors among the lines, each once; the last lines if none says that it is one."""
    parts = [line_of(text) for text in lines]
    errors = [part.message for part in parts if part.level in ("ERROR", "CRITICAL", "FATAL")]
    return list(dict.fromkeys(errors or [part.message for part in parts[-3:] if part.message]))
