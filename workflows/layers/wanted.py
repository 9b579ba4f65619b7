"""Which layers of a community are to be loaded: those that are named, those of the official plugin, or all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Callable, Optional, Union

from ...client.espaceco.api import EspaceCo
from ...client.espaceco.layers import GEOSERVICE
from ...client.espaceco.users import Me
from ...i18n import _
from ...store.official import OfficialLayer, official_layers
from ...store.store import Store
from ..errors import InputError
from ..watch import Watch
from .catalogue import Catalogue, Entry, Ids, Known, catalogue
from .choosing import choose


@dataclass(frozen=True)
class Wanted:
    """The layers that are to be loaded, and the catalogue that they are of."""

    catalogue: Catalogue
    entries: list[Entry]

    @property
    def services(self) -> list[Entry]:
        """Those that are map services."""
        return [entry for entry in self.entries if entry.geoservice]


def wanted_layers(
    api: EspaceCo,
    store: Store,
    community: int,
    names: Sequence[str] = (),
    *,
    official: bool = False,
    services: bool = True,
    known: Sequence[Known] = (),
    listed: Callable[[Catalogue], None] = lambda found: None,
    me: Optional[Me] = None,
    watch: Optional[Watch] = None,
) -> Wanted:
    """The layers that `names` means, all if there are none, as they are now; each table and each service once.

    With `official` only those that the official plugin loaded into the file of the store (contract 3.4); its own tables
    stay as they are. `known` are the layers as they were listed before: it saves requests, and is not relied on.
    `listed` is given what was read, before anything is refused. Raises InputError for a name that nothing has, or if
    nothing is left, and what `catalogue` raises.
    """
    watch = watch or Watch()
    adopted = official_layers(store)
    found = _read(api, community, names, known, adopted if official else (), me, watch)
    listed(found)
    if found.whole and not found.entries:
        raise InputError(_("This group has no layers."))
    chosen = _named(found, names)
    if official:
        chosen = _official(chosen, adopted, watch)
    elif adopted:
        watch.info(
            _(
                "This file holds layers that the official plugin loaded: {layers}. Their tables stay as they are; what "
                "is loaded now goes into tables of its own."
            ).format(layers=", ".join(layer.name for layer in adopted))
        )
    if not services:
        chosen = [entry for entry in chosen if entry.layer.kind != GEOSERVICE]
    if not chosen:
        raise InputError(_("Nothing is left to load: the layers that are meant are all map services."))
    return Wanted(found, chosen)


def _read(
    api: EspaceCo,
    community: int,
    names: Sequence[str],
    known: Sequence[Known],
    adopted: Sequence[OfficialLayer],
    me: Optional[Me],
    watch: Watch,
) -> Catalogue:
    """The catalogue, without the layers that are not meant, if that can be told before asking.

    If the layers that these names meant then are not called so any more, all are asked for. Without names it is the
    layers of the official plugin that are meant, if there are any: `adopted`.
    """
    only = _meant(names, known, adopted)
    if only is not None:
        found = catalogue(api, community, only=only, me=me, watch=Watch(explain=watch.explain))
        if _has_all(found, names):
            for warning in found.warnings:
                watch.warn(warning)
            return found
    return catalogue(api, community, me=me, watch=watch)


def _meant(
    names: Sequence[str], known: Sequence[Known], adopted: Sequence[OfficialLayer]
) -> Optional[set[Union[int, Ids]]]:
    """What `catalogue` is to be restricted to; None if that cannot be told."""
    if not names:
        ids = [(layer.database, layer.table) for layer in adopted if layer.database and layer.table]
        return {*ids} if ids and len(ids) == len(adopted) else None
    found: set[Union[int, Ids]] = set()
    for name in names:
        try:
            found.update(layer.ids for layer in choose(known, lambda layer: layer.names, [name]))
        except InputError:
            if not name.isdecimal():
                return None
            found.add(int(name))
    return found


def _has_all(found: Catalogue, names: Sequence[str]) -> bool:
    try:
        _named(found, names)
    except InputError:
        return False
    return True


def _named(found: Catalogue, names: Sequence[str]) -> list[Entry]:
    """The entries that are called so, all if there are no names: each table and service once, of several the first."""
    every = list({entry.code: entry for entry in reversed(found.entries)}.values())[::-1]
    return choose(every, lambda entry: entry.names, names)


def _official(entries: Sequence[Entry], adopted: Sequence[OfficialLayer], watch: Watch) -> list[Entry]:
    """Those of the entries that the official plugin loaded, in their own order."""
    if not adopted:
        raise InputError(_("The official plugin has loaded no group layer into this file."))
    found: dict[str, Entry] = {}
    lost = []
    for layer in adopted:
        entry = next((entry for entry in entries if _same(entry, layer)), None)
        if entry is None:
            lost.append(layer.name)
        else:
            found[entry.code] = entry
    if lost:
        watch.warn(
            _("Layers of the official plugin that are not among those of this group: {layers}.").format(
                layers=", ".join(lost)
            )
        )
    if not found:
        raise InputError(
            _("None of the layers that the official plugin loaded is a layer of this group: {layers}.").format(
                layers=", ".join(lost)
            )
        )
    return [entry for entry in entries if entry.code in found]


def _same(entry: Entry, layer: OfficialLayer) -> bool:
    """By the numbers, by the names where there are none."""
    if entry.layer.kind == GEOSERVICE:
        return False
    if layer.database and layer.table:
        return (entry.layer.database, entry.layer.table) == (layer.database, layer.table)
    if entry.described is None:
        return False
    table = entry.described.table
    return table.name == layer.name and layer.database_name in ("", table.database_name)
