"""Things of a datastore by what people call them: an id, a name, or both as the combo boxes write them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Optional

from ...client.entrepot.configurations import Configuration, Offering, configurations, offerings
from ...client.entrepot.entities import Collection, Entity, Kind
from ...client.entrepot.stored_data import StoredData, stored_data
from ...client.errors import NotFound
from ...i18n import N_, _
from ..errors import InputError
from .nearest import others
from .offices import Office

STORED_DATA, UPLOADS, OFFERINGS, CONFIGURATIONS, PERMISSIONS, STATICS = (
    N_("stored data"),
    N_("uploads"),
    N_("offerings"),
    N_("configurations"),
    N_("permissions"),
    N_("static files"),
)
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def id_in(given: str) -> Optional[str]:
    """The id in a text that is one or ends with one after a dash (name — id); None for a name."""
    text = given.rpartition("—")[2].strip().lower()
    return text if _ID.fullmatch(text) else None


def one(office: Office, collection: Collection[Kind], what: str, given: str, *types: str, **filters: Any) -> Kind:
    """The one entity of this id or name, whole; of several of the name the one that is of one of these types.

    Raises InputError if there is none, or several.
    """
    id = id_in(given)
    if id is not None:
        try:
            return collection.get(office.datastore, id)
        except NotFound:
            raise absent(what, given) from None
    named = [
        entity
        for entity in collection.list(office.datastore, name=given, **filters)
        if entity.name.casefold() == given.casefold().strip() and entity.status != "DELETED"
    ]
    if not named:
        there = collection.list(office.datastore, **filters)
        known = [entity.name for entity in there if entity.status != "DELETED" and (not types or entity.type in types)]
        raise absent(what, given, known)
    named = [entity for entity in named if entity.name == given.strip()] or named
    found = [entity for entity in named if entity.type in types] or named
    if len(found) > 1:
        raise several(what, given, found)
    return collection.get(office.datastore, found[0].id)


def data(office: Office, given: str, *types: str) -> StoredData:
    """Stored data of one of these types. Raises InputError for one of another type."""
    found = one(office, stored_data, STORED_DATA, given, *types)
    if types and found.type not in types:
        raise InputError(
            _("“{name}” is stored data of the type {type}; here {wanted} is needed.").format(
                name=found.name, type=found.type, wanted=_(" or ").join(types)
            )
        )
    return found


def offered(office: Office, given: str, type: str = "") -> list[Offering]:
    """The offering of this id, or all of this layer name, of one type if it is said. Raises InputError for none."""
    id = id_in(given)
    if id is not None:
        try:
            return [offerings.get(office.datastore, id)]
        except NotFound:
            raise absent(OFFERINGS, given) from None
    name = given.strip()
    found = [
        offering
        for offering in offerings.list(office.datastore, layer_name=name, type=type or None)
        if offering.layer_name.casefold() == name.casefold()
    ]
    if not found:
        known = offerings.list(office.datastore, type=type or None)
        raise absent(OFFERINGS, given, (offering.layer_name for offering in known))
    return found


def configured(office: Office, type: str, layer_name: str) -> Optional[Configuration]:
    """The configuration of this type and layer name in the datastore, whole; None if it has none."""
    for found in configurations.list(office.datastore, type=type, layer_name=layer_name):
        if found.layer_name == layer_name and found.type == type:
            return configurations.get(office.datastore, found.id)
    return None


def absent(what: str, given: str, known: Iterable[str] = ()) -> InputError:
    """The sentence that there is no such thing, with names that are near, or some that there are."""
    text = _("There is no “{given}” among the {kind} of the datastore.").format(given=given, kind=_(what))
    return InputError(text + others(given, known))


def several(what: str, given: str, found: Iterable[Entity]) -> InputError:
    """The sentence that a name is not enough, with the ids."""
    return InputError(
        _("There are several “{given}” among the {kind} of the datastore. Give one by its id: {ids}.").format(
            given=given, kind=_(what), ids=", ".join(entity.id for entity in found)
        )
    )
