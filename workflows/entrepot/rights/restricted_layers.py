"""Restricted services for the map: chosen by name, read with a key as their services tell of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ....client.errors import ServiceError
from ....client.session import Session
from ....i18n import _
from ...errors import InputError
from ...layers.flows import NotOffered
from ...pages.writing import said_of
from ...watch import Watch
from ..finding import id_in
from ..nearest import a_few
from ..services.map_layers import MapLayer, map_layers
from ..verification.diffusion import Key, Reader
from .keyring import Reached


@dataclass(frozen=True)
class Found:
    """The layers that can be added, and how many services could not."""

    layers: tuple[MapLayer, ...]
    failed: int


def chosen(reached: Sequence[Reached], names: Sequence[str]) -> list[Reached]:
    """Those of these layer names or ids, each offering once. Raises InputError for one that is not there."""
    found: dict[str, Reached] = {}
    for text in names:
        own = [one for one in reached if id_in(text) == one.offering or one.layer_name.casefold() == text.casefold()]
        lasting = [one for one in own if not one.ended]
        if not lasting:
            known = [one.layer_name for one in reached if not one.ended]
            raise InputError(
                _("No permission that lasts lets you use “{name}”. You may use: {names}.").format(
                    name=text, names=a_few(text, known)
                )
            )
        for one in lasting:
            found.setdefault(one.offering, one)
    return list(found.values())


def layers_of(session: Session, headers: Mapping[str, str], wanted: Sequence[Reached], watch: Watch) -> Found:
    """The layers of these services, read with the headers of a key; what cannot be shown is a warning."""
    reader = Reader(session, Key(headers))
    layers: list[MapLayer] = []
    failed = 0
    for one in wanted:
        watch.check()
        try:
            found = map_layers(reader, one.type, one.layer_name, one.urls)
            why = "" if found else _("A service of this type is not shown on a map.")
        except NotOffered as error:
            found, why = [], str(error)
        except ServiceError as error:
            found, why = [], watch.explain(error)
        layers += found
        if why:
            failed += 1
            watch.warn(said_of(f"{one.layer_name} ({one.type})", why))
    return Found(tuple(layers), failed)
