"""Offerings through their states (contract 3.13), and the status of configurations that follows from them.

An offering under way has `private.due`: what it becomes (None: gone), and when, in real seconds (None: never).
"""

from __future__ import annotations

import copy
import time

from ..errors import ApiError
from . import granting
from .configuring import Rules, static_ids
from .entities import Entities, Entity
from .events import record
from .settings import Settings
from .wire import conflict
from .words import LIVE

_GONE = None
_SETTLED = ("PUBLISHED", "UNPUBLISHED", "UNSTABLE")


class Publisher:
    """Moves the offerings on; `settle` is called before any request is answered."""

    def __init__(self, entities: Entities, settings: Settings):
        self._entities, self._settings = entities, settings
        self._under_way = {offering["_id"] for offering in entities.all("offerings") if "due" in offering["private"]}

    def publish(self, offering: Entity) -> None:
        """To PUBLISHED by PUBLISHING; a DOWNLOAD is published at once."""
        self._begin(offering, "PUBLISHING", "PUBLISHED", immediate=offering["type"] == "DOWNLOAD")

    def synchronise(self, offering: Entity) -> None:
        """What is published takes the configuration as it is now; what is unpublished is published again."""
        _require_settled(offering)
        if offering["status"] == "UNPUBLISHED":
            self.publish(offering)
        else:
            self._begin(offering, "MODIFYING", "PUBLISHED")

    def delete(self, offering: Entity) -> None:
        """EA5: in two phases what is unpublished stays until it is deleted again."""
        _require_settled(offering)
        if offering["status"] == "UNPUBLISHED":
            self._remove(offering)
        else:
            self._begin(offering, "UNPUBLISHING", "UNPUBLISHED" if self._settings.offering_deletion == "two" else _GONE)

    def settle(self) -> None:
        """What is due happens."""
        now = time.time()
        for id_ in sorted(self._under_way):
            offering = self._entities.get("offerings", id_)
            if offering is None or "due" not in offering["private"]:
                self._under_way.discard(id_)
            elif offering["private"]["due"]["at"] is not None and offering["private"]["due"]["at"] <= now:
                self._end(offering)

    def _begin(self, offering: Entity, status: str, then: str | None, *, immediate: bool = False) -> None:
        seconds = self._settings.publication_seconds
        offering["status"] = status
        if then == "PUBLISHED" and self._settings.offering_fails > 0:
            self._settings.offering_fails -= 1
            then, immediate = "UNSTABLE", False
        offering["private"]["due"] = {"then": then, "at": time.time() + seconds if seconds >= 0 else None}
        self._under_way.add(offering["_id"])
        self._entities.save(offering)
        if immediate:
            self._end(offering)
        else:
            self._follow(offering)

    def _end(self, offering: Entity) -> None:
        self._under_way.discard(offering["_id"])
        then = offering["private"].pop("due")["then"]
        if then is _GONE:
            self._remove(offering)
            return
        if then == "PUBLISHED":
            then = self._go_live(offering)
        elif then == "UNPUBLISHED":
            offering["private"].pop("live", None)
        offering["status"] = then
        record(
            self._entities,
            offering,
            {"UNPUBLISHED": "Dépublication", "UNSTABLE": "Échec"}.get(then, "Publication"),
            None,
        )
        self._follow(offering)

    def _go_live(self, offering: Entity) -> str:
        """What it serves from now on; UNSTABLE where the configuration does not fit its data any more."""
        configuration = self._entities.get("configurations", offering["configuration"]["_id"])
        datastore = self._entities.get("datastore", self._entities.datastore_of(offering["_id"]) or "")
        assert configuration is not None
        assert datastore is not None
        try:
            Rules(self._entities, datastore).require(
                configuration["type"], configuration["type_infos"], configuration.get("metadata", [])
            )
        except ApiError:
            return "UNSTABLE"
        files = {id_: self._entities.folder("statics", id_) / "file" for id_ in static_ids(configuration)}
        offering["private"]["live"] = {
            "configuration": copy.deepcopy(configuration),
            "statics": {id_: file.read_text("utf-8-sig") for id_, file in files.items()},
        }
        return "PUBLISHED"

    def _remove(self, offering: Entity) -> None:
        granting.forget_offering(self._entities, offering)
        self._entities.remove("offerings", offering["_id"])
        self._under_way.discard(offering["_id"])
        self._follow(offering)

    def _follow(self, offering: Entity) -> None:
        """The status of the configuration."""
        configuration = self._entities.get("configurations", offering["configuration"]["_id"])
        if configuration is None:
            return
        statuses = {other["status"] for other in offerings_of(self._entities, configuration)}
        status = "SYNCHRONIZING" if "MODIFYING" in statuses else "PUBLISHED" if statuses & LIVE else "UNPUBLISHED"
        if configuration["status"] != status:
            configuration["status"] = status
            self._entities.save(configuration)


def offerings_of(entities: Entities, configuration: Entity) -> list[Entity]:
    id_ = configuration["_id"]
    return [offering for offering in entities.all("offerings") if offering["configuration"]["_id"] == id_]


def _require_settled(offering: Entity) -> None:
    if offering["status"] not in _SETTLED:
        raise conflict(f"L'offre est {offering['status']}")
