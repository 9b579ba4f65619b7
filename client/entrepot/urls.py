"""Addresses of services, given as objects `{type, url}` or, by old answers, as texts (EA7)."""

from __future__ import annotations

from typing import Any, NamedTuple

from .. import reading


class Url(NamedTuple):
    """`type` is WFS, WMS, WMTS, TMS, DOWNLOAD …; "" where it is not said."""

    type: str
    url: str


def urls_of(value: Any) -> tuple[Url, ...]:
    """The addresses of an endpoint or an offering."""
    found = (_url(item) for item in (value if isinstance(value, list) else []))
    return tuple(url for url in found if url.url)


def _url(item: Any) -> Url:
    if isinstance(item, dict):
        return Url(reading.text(item.get("type")), reading.text(item.get("url")))
    return Url("", reading.text(item))
