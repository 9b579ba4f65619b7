"""Writing reports: create, change, reply, delete, attach (contract 2.5). One request each.

All are sent from `Session.in_parallel`. A POST whose answer is lost may have been done, and the session does not repeat
it: whoever calls finds out first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Optional

from ..paging import Row, object_of
from ..session import Answer
from .api import EspaceCo
from .reports import report_of

A14_NO_GROUP = -1
A18_LARGEST_FILE = 16_000_000
"""A18: bytes of one document; the manual says 5 MB, IGN's client 16 000 000 bytes."""
LARGE_FILE = 5_000_000
"""Bytes above which the limit of the manual is passed: worth a warning."""
MOST_FILES = 4
"""Documents of one report (contract 2.5.5)."""
FILE_KINDS = tuple("bmp csv doc docx gif gpx jpeg jpg kml ods odt pdf png txt xls xlsx zip 7z".split())
"""Accepted extensions (contract 2.5.5)."""
INPUT_DEVICE = "SIG-QGIS"


def members(
    *,
    position: Optional[tuple[float, float]] = None,
    comment: Optional[str] = None,
    community: Optional[int] = None,
    theme: Optional[str] = None,
    values: Optional[Mapping[str, str]] = None,
    sketch: Optional[str] = None,
    status: Optional[str] = None,
) -> dict[str, Any]:
    """The members of a report to be written, those that are given (contract 2.5.1).

    `position` is lon, lat WGS84; `theme` needs its `community`, "" takes the theme away; `values` are texts by
    attribute name; `sketch` is JSON text, "" for none.
    """
    body: dict[str, Any] = {}
    if position is not None:
        body["geometry"] = point(position)
    if comment is not None:
        body["comment"] = comment
    if community is not None:
        body["community"] = community
    if theme is not None:
        # A11: one object, never the list that is read; without a theme there is nothing to say
        body["attributes"] = (
            {"community": community, "theme": theme, "attributes": dict(values or {})} if theme else None
        )
    if sketch is not None:
        body["sketch"] = sketch or None
    if status is not None:
        body["status"] = status
    return body


def point(position: tuple[float, float]) -> str:
    """lon, lat as WKT, to the millimetre."""
    return f"POINT({number(position[0])} {number(position[1])})"


def number(degrees: float) -> str:
    """An ordinate in degrees, to the millimetre."""
    return f"{degrees:.8f}".rstrip("0").rstrip(".")


def create(api: EspaceCo, body: Mapping[str, Any]) -> Row:
    """`POST /reports` with `members`: the report as the server made it."""
    return report_of(api.session.send("POST", api.url("reports"), json={**body, "input_device": INPUT_DEVICE}))


def change(api: EspaceCo, report: int, body: Mapping[str, Any]) -> Row:
    """`PATCH /reports/{id}` with the `members` to change: the report as it is now."""
    # the same state twice is the same state: it may be sent again after a lost answer
    return report_of(api.session.send("PATCH", api.url(f"reports/{report}"), json=dict(body), repeatable=True))


def reply(api: EspaceCo, report: int, content: str, status: str, title: str = "") -> Row:
    """`POST /reports/{id}/replies`: the reply; its status may be another than asked (A17)."""
    body = {"title": title, "content": content, "status": status}
    return object_of(api.session.send("POST", api.url(f"reports/{report}/replies"), json=body))


def delete(api: EspaceCo, report: int) -> None:
    """`DELETE /reports/{id}`; NotFound if it is gone already."""
    _check(api.session.send("DELETE", api.url(f"reports/{report}")))


def attach(api: EspaceCo, report: int, files: Sequence[Path]) -> None:
    """`POST /reports/{id}/attachments`: up to four documents. The answer is not known (A19): read the report."""
    parts = [(f"document{place}", (file.name, file.read_bytes())) for place, file in enumerate(files)]
    _check(api.session.send("POST", api.url(f"reports/{report}/attachments"), files=parts))


def detach(api: EspaceCo, report: int, document: int) -> None:
    """`DELETE /reports/{id}/attachments/{a}`; NotFound if it is gone already."""
    _check(api.session.send("DELETE", api.url(f"reports/{report}/attachments/{document}")))


def _check(answer: Answer) -> None:
    """Raises MalformedAnswer for what is neither nothing nor JSON: the page of a captive portal is no success."""
    if answer.content.strip():
        answer.json()
