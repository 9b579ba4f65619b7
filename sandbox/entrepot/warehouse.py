"""The Entrepôt of one sandbox: its entities, its settings, and what happens there as time passes."""

from __future__ import annotations

from pathlib import Path

from ..clock import Clock
from . import world
from .diffusion._diffusion import Diffusion
from .entities import Entities
from .jobs import Jobs
from .publishing import Publisher
from .settings import Settings


class Entrepot:
    """`folder` survives a restart; a new one is filled with the communities, datastores and services of `world`."""

    def __init__(self, folder: Path, clock: Clock, settings: Settings | None = None):
        self.entities, self.settings = Entities(folder, clock), settings or Settings()
        self.jobs = Jobs(folder / "incoming")
        self._first_settings = self.settings.shown()
        world.fill(self.entities)
        self.diffusion = Diffusion(self.settings)
        self.publisher = Publisher(self.entities, self.settings)

    def reset_settings(self) -> None:
        """Those of the start again."""
        self.settings.change(self._first_settings)

    def settle(self) -> None:
        """What is due by now happens; before any request is answered."""
        self.publisher.settle()

    def close(self) -> None:
        self.diffusion.close()
        self.entities.close()
