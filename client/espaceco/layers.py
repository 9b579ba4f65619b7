"""The layers of a community: `GET /communities/{c}/layers` (contract 2.8)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Optional

from .. import reading
from ..paging import Row, read_whole
from .api import EspaceCo

FEATURE_TYPE, GEOSERVICE = "feature-type", "geoservice"
EDITABLE_ROLES = ("edit", "ref-edit")


@dataclass(frozen=True)
class Layer:
    """One layer, in the community's order: the lowest `order` is drawn first.

    `database` and `table` are the ids of a feature type, `geoservice` that of a service, `title` is known of services
    only; `opacity` is 0 to 1; `tools` None means that the server does not say which.
    """

    id: int
    kind: str
    database: Optional[int]
    table: Optional[int]
    geoservice: Optional[int]
    title: str
    order: int
    opacity: float
    visible: bool
    role: str
    preferred_style: Optional[int]
    tools: Optional[tuple[str, ...]]
    snap_to: str
    ref_tools: dict[str, Any]
    raw: dict[str, Any] = field(repr=False)

    @property
    def editable(self) -> bool:
        """Whether its role allows editing; the table, permissions and columns have a say too."""
        return self.kind == FEATURE_TYPE and self.role in EDITABLE_ROLES


def listing(api: EspaceCo, community: int) -> list[Layer]:
    """The layers of a community in drawing order; Forbidden for those who are no members."""
    rows = read_whole(api.session, api.url(f"communities/{community}/layers"), [])
    found = {layer.id: layer for layer in map(layer_of, rows) if layer}
    return sorted(found.values(), key=lambda layer: (layer.order, layer.id))


def layer_of(row: Row) -> Optional[Layer]:
    """A layer as the server tells of it; None if it has no number."""
    number = reading.integer(row.get("id"))
    if number is None:
        return None
    service, opacity = row.get("geoservice"), reading.decimal(row.get("opacity"))
    tools = row.get("tools")
    return Layer(
        id=number,
        kind=reading.text(row.get("type")) or (GEOSERVICE if service else FEATURE_TYPE),
        database=reading.number_of(row.get("database")),
        table=reading.number_of(row.get("table")),
        geoservice=reading.number_of(service),
        title=reading.text(service.get("title")) if isinstance(service, dict) else "",
        order=reading.integer(row.get("order")) or 0,
        opacity=1.0 if opacity is None else min(max(opacity, 0.0), 1.0),
        visible=reading.flag(row.get("visibility"), True),
        role=reading.text(row.get("role")),
        preferred_style=reading.number_of(row.get("preferred_style")),
        tools=tuple(reading.names(tools)) if isinstance(tools, list) else None,
        snap_to=reading.text(row.get("snapto")),
        ref_tools=reading.mapping(row.get("ref_tools")),
        raw=row,
    )
