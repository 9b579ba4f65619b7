"""Small pictures of documents, to be shown inside a page: fetched, checked, made small (contract 1.1)."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from typing import Callable, Optional

from ...client.errors import Forbidden, Invalid, MalformedAnswer, NotFound, ServiceError, Unauthorized
from ...client.espaceco.api import EspaceCo
from ...i18n import _, ngettext
from ..pages.report import Picture
from ..watch import Watch

LARGEST_FILE = 8_000_000
"""Bytes of a picture that is looked at."""
MOST_BYTES = 4_000_000
"""Of all small pictures of a page."""
_BEGINNINGS = {
    b"\x89PNG\r\n\x1a\n": "PNG",
    b"\xff\xd8\xff": "JPEG",
    b"GIF87a": "GIF",
    b"GIF89a": "GIF",
}
_NO_PICTURE = (NotFound, Forbidden, Unauthorized, Invalid, MalformedAnswer)
"""What is said of one document; any other error is about the service."""

Small = tuple[bytes, str, int, int]
"""Content, MIME type, width and height."""
Shrink = Callable[[bytes, str], Optional[Small]]
"""Makes a picture of this format small; None for what is no picture."""


def thumbnails(api: EspaceCo, documents: Iterable[int], shrink: Shrink, watch: Watch) -> dict[int, Picture]:
    """Small pictures by number of the document; those that cannot be had are left out, with a warning.

    Addresses are made of the site's own and the numbers: what the documents themselves say is not followed.
    """
    wanted = [number for number in documents if number > 0]  # others have a number that only the store knows
    found: dict[int, Picture] = {}
    size, done = 0, 0
    try:
        for number, content in zip(wanted, api.session.in_parallel(lambda one: _fetch(api, one), wanted)):
            done += 1
            watch.progress(done, len(wanted))
            picture = _small(content, shrink)
            if picture is None:
                watch.warn(_("Document {number}: no picture of it can be had.").format(number=number))
            elif size + len(picture.source) > MOST_BYTES:
                left = len(wanted) - done + 1
                watch.warn(
                    ngettext(
                        "{n} picture was left out: the page would become too heavy.",
                        "{n} pictures were left out: the page would become too heavy.",
                        left,
                    )
                )
                break
            else:
                found[number] = picture
                size += len(picture.source)
    except ServiceError as error:
        watch.warn(_("The pictures of the documents cannot be had. {why}").format(why=watch.explain(error)))
    return found


def _fetch(api: EspaceCo, document: int) -> bytes:
    """The service's own small picture, else the document itself; b"" for none."""
    for form in ("thumbnail", "image"):
        try:
            # documents are public (contract 2.5.5)
            address = f"{api.site}/document/{form}/{document}"
            answer = api.session.send("GET", address, authenticate=False, headers={"Accept": "image/*"})
        except _NO_PICTURE:
            continue
        if _format(answer.content):
            return answer.content
    return b""


def _small(content: bytes, shrink: Shrink) -> Optional[Picture]:
    format = _format(content)
    small = shrink(content, format) if format and len(content) <= LARGEST_FILE else None
    if small is None:
        return None
    data, mime, width, height = small
    return Picture(f"data:{mime};base64,{base64.b64encode(data).decode('ascii')}", width, height)


def _format(content: bytes) -> str:
    """PNG, JPEG or GIF by the first bytes, whatever the server calls it; "" for anything else."""
    return next((format for beginning, format in _BEGINNINGS.items() if content.startswith(beginning)), "")
