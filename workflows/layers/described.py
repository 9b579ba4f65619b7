"""What the server says of a group layer: read when it is loaded, kept in the store with its rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Optional

from ...client.espaceco import databases, layers
from ...client.espaceco.databases import Column, Style, Table
from ...client.espaceco.layers import Layer
from ...i18n import N_, _
from ...store.layer import Layer as StoredLayer
from ...store.layer import LayerSpec

REFUSALS = {
    "role": N_("its role in the group is read only"),
    "table": N_("the table is read only"),
    "permission": N_("the group has no right to edit it"),
    "key": N_("the table has no key"),
}
"""Why a layer cannot be edited."""


@dataclass(frozen=True)
class Described:
    """A feature type as a layer of a community.

    `refusals` are codes of `REFUSALS`, none if it can be edited. `locked` are names of columns that the community may
    see but not change, `grids` the names of the zones in which the account may edit, none for everywhere.
    """

    community: int
    community_name: str
    layer: Layer
    table: Table
    database_title: str
    bduni: bool
    refusals: tuple[str, ...] = ()
    locked: frozenset[str] = frozenset()
    grids: tuple[str, ...] = ()

    @property
    def code(self) -> str:
        """`database:table`, as WFS has it (contract 2.7, `full_name`): what it is called by on a command line."""
        return f"{self.table.database_name}:{self.table.name}"

    @property
    def label(self) -> str:
        """`title — code`: what it is called by in a list."""
        return f"{self.table.title} — {self.code}"

    @property
    def editable(self) -> bool:
        return not self.refusals

    @property
    def why_not(self) -> str:
        """Why it cannot be edited, in the user's language; "" if it can."""
        return ", ".join(_(REFUSALS[code]) for code in self.refusals)

    @property
    def styles(self) -> tuple[Style, ...]:
        """The styles of the table, the preferred one of the layer first."""
        wanted = self.layer.preferred_style
        return tuple(sorted(self.table.styles, key=lambda style: style.id != wanted))

    def writable(self, column: Column) -> bool:
        """Whether a user may give this column a value."""
        return self.editable and column.writable and column.name not in self.locked

    def spec(self, service: str, srid: int, zone: Any = None) -> LayerSpec:
        """As the store wants to know it; `srid` is that of the geometry, `service` the API's root."""
        table = self.table
        return LayerSpec(
            service=service,
            community=self.community,
            database=table.database,
            database_name=table.database_name,
            table=table.id,
            table_name=table.name,
            columns=[(column.name, column.type) for column in table.columns],
            key=table.key,
            geometry=table.geometry,
            geometry_type=table.geometry_type or "Geometry",
            srid=srid,
            is3d=table.is3d,
            versioned=table.versioned,
            destroyed=table.destroyed,
            description=self.kept(),
            zone=zone,
        )

    def with_table(self, table: Table) -> Described:
        """The same layer, its table as the server describes it now."""
        states = {"table": table.read_only, "key": not table.key}
        refusals = tuple(reason for reason in REFUSALS if states.get(reason, reason in self.refusals))
        return replace(self, table=table, refusals=refusals)

    def kept(self) -> dict[str, Any]:
        """As JSON, for `described`."""
        return {
            "community": self.community,
            "community_name": self.community_name,
            "layer": self.layer.raw,
            "table": self.table.raw,
            "database_title": self.database_title,
            "bduni": self.bduni,
            "refusals": list(self.refusals),
            "locked": sorted(self.locked),
            "grids": list(self.grids),
        }


def described(stored: StoredLayer) -> Described:
    """What the server said of a layer of the store when it was last loaded."""
    kept: Mapping[str, Any] = stored.description
    layer: Optional[Layer] = layers.layer_of(kept["layer"])
    if layer is None:
        raise ValueError(stored.table_name)
    return Described(
        community=kept["community"],
        community_name=kept["community_name"],
        layer=layer,
        table=databases.table_of(stored.database, stored.table, kept["table"]),
        database_title=kept["database_title"],
        bduni=kept["bduni"],
        refusals=tuple(kept["refusals"]),
        locked=frozenset(kept["locked"]),
        grids=tuple(kept["grids"]),
    )
