"""A publication as it is wished, and as it is."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Optional

from ..descriptions.record_facts import Facts
from ..ledger import Made
from ..verification.verdicts import Verdict

WFS, WMS, TILES = SERVICES = ("WFS", "WMS-VECTOR", "WMTS-TMS")
CREATED, UPDATED, SETTINGS, UNCHANGED, RESTORED = STATES = ("created", "updated", "settings", "unchanged", "restored")
LOCK = "publishing"
"""One run at a time per store: two would make everything twice."""


@dataclass(frozen=True)
class Wish:
    """How a data set is to be published: the data sheet `name`, the services, and what they say of it.

    `layer_name` is that of the services, unique on the platform. `styles` are SLD 1.0.0 texts by table. `levels` are
    the first and the last of the tiles. `record` is what an ISO record is made of, None for no record. With
    `replace_old` the data that was published before is deleted in the end; otherwise it stays to go back to.
    """

    name: str
    layer_name: str
    services: tuple[str, ...]
    title: str
    abstract: str
    keywords: tuple[str, ...] = ()
    open: bool = True
    attribution: Optional[Mapping[str, Any]] = None
    styles: Mapping[str, str] = field(default_factory=dict)
    levels: tuple[int, int] = (6, 14)
    record: Optional[Facts] = None
    replace_old: bool = False
    verify: bool = True

    @property
    def digest(self) -> str:
        """The same for the same wish: what only steers the run is left out."""
        told = {name: value for name, value in asdict(self).items() if name not in ("replace_old", "verify")}
        return hashlib.sha256(json.dumps(told, sort_keys=True, default=str).encode()).hexdigest()


@dataclass(frozen=True)
class Published:
    """What there is now: `state` is one of STATES, `verdicts` what was read back."""

    name: str
    state: str
    current: Mapping[str, Any]
    verdicts: tuple[Verdict, ...] = ()

    @property
    def database(self) -> str:
        return str(self.current.get("database", ""))

    @property
    def pyramid(self) -> str:
        return str(self.current.get("pyramid", ""))

    @property
    def services(self) -> dict[str, Made]:
        """By type: `configuration`, `offering`, `url`, `layer`."""
        return dict(self.current.get("services", {}))

    @property
    def previous(self) -> str:
        """The database that was published before this one and is still there, "" for none."""
        kept = self.current.get("kept", [])
        return str(kept[-1].get("database", "")) if kept else ""

    @property
    def faults(self) -> list[str]:
        """What was read back and is not as it should be."""
        return [verdict.problem for verdict in self.verdicts if not verdict.ok]
