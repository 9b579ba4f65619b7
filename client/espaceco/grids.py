"""Grids, the administrative areas in which a member may edit: `GET /grids/{name}` (contract 2.3)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Union
from urllib.parse import quote

from .. import reading
from ..errors import ServiceError
from ..paging import object_of
from .api import EspaceCo
from .databases import one_by_one


@dataclass(frozen=True)
class Grid:
    """An area; `geometry` is WKT, lon lat in WGS84, "" if the server gives none."""

    name: str
    title: str
    geometry: str


def several(api: EspaceCo, names: Iterable[str]) -> dict[str, Union[Grid, ServiceError]]:
    """Each of these grids with its geometry, or why there is none: one request each, in parallel."""

    def ask(name: str) -> Grid:
        url = api.url(f"grids/{quote(name, safe='')}")
        body = object_of(api.session.send("GET", url, params=[("fields", "name,title,geometry")]))
        title = reading.text(body.get("title")) or name
        return Grid(name, title, reading.text(body.get("geometry")))

    return one_by_one(api, ask, names)
