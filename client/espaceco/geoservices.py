"""Geoservices: `GET /geoservices/{g}` (contract 2.9)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Optional, Union
from urllib.parse import parse_qsl, urlsplit

from .. import reading
from ..errors import ServiceError, keep_secret
from ..paging import object_of
from ..session import Answer
from .api import EspaceCo
from .databases import one_by_one


@dataclass(frozen=True)
class Geoservice:
    """A flow of images or features.

    `url` is the whole address of the service, the key of a private flow included, "" unless it is http or https; so
    neither is in its `repr`. `layers` is the name of the layer there; a WFS has `&cql_filter=…` behind it. `format`
    may be "". Zoom levels are None where none is said.
    """

    id: int
    title: str
    kind: str
    version: str
    description: str
    url: str = field(repr=False)
    layers: str
    format: str
    extent: str
    min_zoom: Optional[int]
    max_zoom: Optional[int]
    attribution: str
    attribution_url: str
    raw: dict[str, Any] = field(repr=False)


def get(api: EspaceCo, geoservice: int) -> Geoservice:
    """One geoservice; NotFound, or Forbidden if it is for other communities."""
    return _geoservice(geoservice, api.session.get(api.url(f"geoservices/{geoservice}")))


def several(api: EspaceCo, numbers: Iterable[int]) -> dict[int, Union[Geoservice, ServiceError]]:
    """Each of these geoservices, or why there is none: one request each, in parallel."""

    def ask(number: int) -> Geoservice:
        return _geoservice(number, api.session.send("GET", api.url(f"geoservices/{number}")))

    return one_by_one(api, ask, numbers)


def _geoservice(number: int, answer: Answer) -> Geoservice:
    body = object_of(answer)
    url = reading.text(body.get("url")).strip()
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    for name, value in parse_qsl(parts.query):
        if name.lower() == "apikey":
            keep_secret(value)
    return Geoservice(
        id=number,
        title=reading.text(body.get("title")) or str(number),
        kind=reading.text(body.get("type")).upper(),
        version=reading.text(body.get("version")),
        description=reading.text(body.get("description")),
        url=url if parts.scheme in ("http", "https") and parts.netloc else "",
        layers=reading.text(body.get("layers")),
        format=reading.text(body.get("format")),
        extent=reading.text(body.get("map_extent")),
        min_zoom=reading.integer(body.get("min_zoom")),
        max_zoom=reading.integer(body.get("max_zoom")),
        attribution=reading.text(body.get("attribution_name")),
        attribution_url=reading.text(body.get("attribution_url")),
        raw=body,
    )
