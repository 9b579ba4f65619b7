"""What the services share: MapServer, and how often each may be asked (contract 1.3)."""

from __future__ import annotations

from ...access import Rate
from ..settings import Settings
from ._mapserver import MapServer

LIMITS = {
    "WMS-RASTER": 40,
    "WMS-VECTOR": 50,
    "WFS": 30,
    "DOWNLOAD": 10,
    "CHUNK": 200,
    "METADATA": 15,
    "ALTIMETRY": 5,
    "SEARCH": 10,
    "VECTOR-TMS": 400,
}
"""Requests in a second."""
RETRY_AFTER = 5


class Diffusion:
    def __init__(self, settings: Settings):
        self.settings, self.mapserver = settings, MapServer()
        self._rates = {type_: Rate(limit, RETRY_AFTER) for type_, limit in LIMITS.items()}

    def check(self, type_: str) -> None:
        """Raises ApiError 429 beyond the limit of a service, when the settings want limits."""
        if self.settings.diffusion_limits and type_ in self._rates:
            self._rates[type_].check(None)

    def close(self) -> None:
        self.mapserver.close()
