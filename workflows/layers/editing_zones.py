"""Where an account may edit: the zones (grids) of its groups, in the coordinate systems of the layers."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import Any, Optional, Union

from osgeo import ogr

from ...client.errors import ServiceError
from ...client.espaceco import grids
from ...client.espaceco.api import EspaceCo
from ...client.espaceco.grids import Grid
from ...i18n import _
from ..errors import InputError
from ..positions import BadGeometry, quiet
from ..watch import Watch
from ..zone import Zone
from .geometries import shape_of, wkb
from .ground import Ground


class EditingZones:
    """The zones of a service, each asked for once."""

    def __init__(self, api: EspaceCo, watch: Watch) -> None:
        self._api = api
        self._watch = watch
        self._grounds: dict[tuple[tuple[str, ...], int], Optional[Ground]] = {}
        self._zones: dict[tuple[str, ...], Optional[Zone]] = {}

    def ground(self, names: tuple[str, ...], srid: int) -> Optional[Ground]:
        """These grids in a coordinate system; None, which is said, if they cannot be had."""
        if (names, srid) not in self._grounds:
            self._grounds[names, srid] = self._found(names, srid)
        return self._grounds[names, srid]

    def _found(self, names: tuple[str, ...], srid: int) -> Optional[Ground]:
        if names not in self._zones:
            self._zones[names] = _united(grids.several(self._api, names).values())
        zone = self._zones[names]
        with suppress(InputError):
            if zone is not None:
                return Ground(zone, srid)
        self._watch.warn(
            _("The server does not say where your zones are ({names}): it will itself check the places.").format(
                names=", ".join(names)
            )
        )
        return None


def _united(found: Iterable[Union[Grid, ServiceError]]) -> Optional[Zone]:
    """All of these as one zone; None if one of them is missing."""
    whole: Any = None
    with quiet():
        for grid in found:
            try:
                content = None if isinstance(grid, ServiceError) else wkb(grid.geometry)
            except BadGeometry:
                content = None
            if content is None:
                return None
            shape = shape_of(content)
            shape = shape if shape.IsValid() else shape.MakeValid()
            whole = shape if whole is None else whole.Union(shape)
    try:
        return Zone(bytes(whole.ExportToWkb(ogr.wkbNDR)))
    except InputError:
        return None
