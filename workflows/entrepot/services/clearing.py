"""Single things taken away, with what must be waited for (contract 3.9, 3.12, recipe g)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Optional

from ....client import reading
from ....client.entrepot import configurations as api
from ....client.entrepot.configurations import Configuration, configurations
from ....client.entrepot.files import statics
from ....client.errors import Conflict, NotFound
from ....client.waiting import wait
from ..offices import Office
from ..styles.styling import MEMBERS

PATIENCE = 600.0
"""Seconds that the server may take to see that a configuration has no offering any more."""


def delete_configuration(office: Office, id: str) -> None:
    """Delete a configuration without offerings, once it is UNPUBLISHED; one that is gone already is gone.

    Raises Conflict if it has offerings still.
    """

    def read() -> Optional[Configuration]:
        try:
            return configurations.get(office.datastore, id)
        except NotFound:
            return None

    def ended(configuration: Optional[Configuration]) -> bool:
        return configuration is None or configuration.status in ("", "UNPUBLISHED")

    try:
        if not api.offers(office.datastore, id):
            wait(office.datastore.session, read, ended, limit=PATIENCE)
        configurations.delete(office.datastore, id)
    except NotFound:
        return


def delete_static(office: Office, id: str) -> bool:
    """Whether it is gone; one that another configuration uses stays."""
    try:
        statics.delete(office.datastore, id)
    except NotFound:
        return True
    except Conflict:
        return False
    return True


def static_ids(infos: Mapping[str, Any]) -> list[str]:
    """The statics that a configuration uses."""
    relations = [
        relation
        for used in reading.objects(infos.get("used_data"))
        for relation in reading.objects(used.get("relations"))
    ]
    named = [reading.text(relation.get(member)) for relation in relations for member in MEMBERS.values()]
    styles = infos.get("styles")
    named += [reading.text(id) for id in styles] if isinstance(styles, list) else []
    return list(dict.fromkeys(filter(None, named)))
