"""Bodies of configurations: as wished over what is there, compared, with the statics of their styles in place."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from ....client import reading
from ....client.entrepot import configurations as api
from ....client.entrepot.configurations import Configuration
from ....client.entrepot.files import ROK4_STYLE
from .. import cartes
from ..offices import Office
from ..styles import styling
from ..styles.styling import Sheet
from .services import Body, Service

Dresses = Mapping[tuple[str, str], str]
"""Ids of statics by kind and by table, or identifier of a ROK4 style."""


def body(service: Service, before: Configuration, infos: Mapping[str, Any]) -> Body:
    """What is PUT: as wished, the rest as it was."""
    links = before.metadata
    for link in service.metadata:
        links = cartes.with_link(links, link)
    return api.body(
        service.type,
        service.name or before.name,
        infos,
        attribution=service.attribution or before.raw.get("attribution"),
        metadata=links,
    )


def body_of(configuration: Configuration) -> Body:
    """A configuration as it would be PUT to leave it as it is."""
    return api.body(
        configuration.type,
        configuration.name,
        configuration.type_infos,
        attribution=configuration.raw.get("attribution"),
        metadata=configuration.metadata,
    )


def same(one: Body, other: Body) -> bool:
    """Whether they say the same."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def dressed(infos: Mapping[str, Any], ids: Dresses) -> Body:
    """`type_infos` with these statics in place."""
    found = dict(infos)
    styles = [id for (kind, _key), id in ids.items() if kind == ROK4_STYLE]
    if styles:
        found["styles"] = list(dict.fromkeys([*(found.get("styles") or []), *styles]))
    found["used_data"] = [_dressed_data(used, ids) for used in reading.objects(found.get("used_data"))]
    return found


def _dressed_data(used: Body, ids: Dresses) -> Body:
    relations = [
        {**relation, **{member: ids[key] for member, key in _keys(relation).items() if key in ids}}
        for relation in reading.objects(used.get("relations"))
    ]
    return {**used, "relations": relations} if relations else used


def _keys(relation: Body) -> dict[str, tuple[str, str]]:
    """Under which key the static of each member of a relation is found."""
    return {member: (kind, reading.text(relation.get("name"))) for kind, member in styling.MEMBERS.items()}


def dresses(office: Office, infos: Mapping[str, Any], sheets: Iterable[Sheet]) -> dict[tuple[str, str], str]:
    """The statics that a configuration uses now; those of ROK4 styles only where one is among the sheets."""
    found: dict[tuple[str, str], str] = {}
    for used in reading.objects(infos.get("used_data")):
        for relation in reading.objects(used.get("relations")):
            found.update({
                key: reading.text(relation[member]) for member, key in _keys(relation).items() if relation.get(member)
            })  # fmt: skip
    if any(sheet.type == ROK4_STYLE for sheet in sheets):
        named = styling.by_identifier(office, infos.get("styles") or [])
        found.update({(ROK4_STYLE, identifier): static.id for identifier, static in named.items()})
    return found


def data_ids(infos: Mapping[str, Any]) -> list[str]:
    """The stored data that a configuration uses."""
    named = (reading.text(used.get("stored_data")) for used in reading.objects(infos.get("used_data")))
    return list(dict.fromkeys(filter(None, named)))
