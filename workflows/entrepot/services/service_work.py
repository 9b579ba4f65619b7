"""What publishing and updating a service share: the data, the statics, the offering, the labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Optional

from ....client.entrepot import configurations as api
from ....client.entrepot.configurations import Configuration, Offering, configurations, offerings
from ....client.entrepot.datastores import Endpoint
from ....client.entrepot.stored_data import StoredData, stored_data
from ....client.errors import NotFound
from ....i18n import N_, _
from ...errors import InputError
from ...watch import Watch
from ..acting import make_once
from ..ledger import Ledger, Made
from ..offices import Office
from ..styles import styling
from ..styles.styling import Sheet
from . import type_infos
from .bodies import data_ids
from .services import Body, Served, Service

DEMANDED = (
    N_("“Attribution” (ATTRIBUTION) with its link (ATTRIBUTION_URL)"),
    N_("“Links to metadata” (METADATA_LINKS)"),
)
"""The parameters of a single service that an endpoint may insist on: attribution, metadata."""


def lacking(endpoint: Endpoint, attribution: Any, metadata: Any, demanded: Sequence[str] = DEMANDED) -> str:
    """A sentence on all that an endpoint insists on and is not given, "" for nothing; `demanded` as DEMANDED."""
    missing = (endpoint.force_attribution and not attribution, endpoint.force_metadata and not metadata)
    parameters = [_(parameter) for parameter, lacks in zip(demanded, missing) if lacks]
    if not parameters:
        return ""
    return _("The endpoint {name} takes no service without these: {parameters}. Fill them in.").format(
        name=endpoint.technical_name, parameters=", ".join(parameters)
    )


class Work:
    """A service on its way; `step` is how the names of its steps in the ledger begin."""

    def __init__(self, office: Office, ledger: Ledger, step: str, service: Service, watch: Watch) -> None:
        self.office, self.ledger, self.step, self.service, self.watch = office, ledger, step, service, watch

    def infos(self, before: Mapping[str, Any], name: str) -> Body:
        """`type_infos` whole. Raises InputError with all that is wrong with them."""
        service = self.service
        infos = type_infos.merged(service.type, before, service.type_infos)
        data = {id: found for id in data_ids(infos) if (found := self._data(id)) is not None}
        infos = type_infos.completed(service.type, infos, data, name)
        faults = type_infos.problems(service.type, infos, data)
        if faults:
            raise InputError(" ".join(faults))
        return infos

    def _data(self, id: str) -> Optional[StoredData]:
        try:
            return stored_data.get(self.office.datastore, id)
        except NotFound:
            return None

    def check_endpoint(self, attribution: Any, metadata: Sequence[Any]) -> None:
        """InputError where the endpoint insists on what is not given."""
        endpoint = next((e for e in self.office.info.endpoints if e.id == self.service.endpoint), None)
        complaint = lacking(endpoint, attribution, metadata) if endpoint else ""
        if complaint:
            raise InputError(complaint)

    def static_step(self, sheet: Sheet) -> str:
        """The name of the step that makes the static of a sheet."""
        return f"{self.step} {sheet.type} {sheet.key}"

    def made_static(self, sheet: Sheet, configuration: str = "") -> str:
        """The id of the static of a sheet; its name is a temporary one as long as there is no configuration."""
        service = self.service
        name = styling.static_name(service.type, sheet, configuration, service.layer_name)
        return styling.put(self.office, self.ledger, self.static_step(sheet), sheet, name)

    def made_offering(self, configuration: str) -> str:
        """The id of the offering on the endpoint; one that is there already counts."""
        datastore, service = self.office.datastore, self.service

        def find() -> Optional[Made]:
            for offering in offerings.list(datastore, configuration=configuration):
                if offering.endpoint == service.endpoint:
                    return {"offering": offering.id}
            return None

        def make() -> Made:
            return {"offering": api.offer(datastore, configuration, service.endpoint, open=service.open).id}

        wanted = {"configuration": configuration, "endpoint": service.endpoint}
        name = f"{self.step} offering"
        made = self.ledger.step(name, wanted, make=lambda: make_once(datastore.session, make, find), find=find)
        return str(made["offering"])

    def label(self, configuration: Configuration) -> bool:
        """Tags and extra; whether there was anything to say."""
        tags = {name: value for name, value in self.service.tags.items() if configuration.tags.get(name) != value}
        extra = {name: value for name, value in self.service.extra.items() if configuration.extra.get(name) != value}
        if tags:
            configurations.tag(self.office.datastore, configuration.id, tags)
        if extra:
            configurations.merge_extra(self.office.datastore, configuration.id, extra)
        return bool(tags or extra)

    def result(self, configuration: str, infos: Mapping[str, Any], offering: Offering, state: str) -> Served:
        """What is there now."""
        endpoint = next((e for e in self.office.info.endpoints if e.id == offering.endpoint), None)
        return Served(
            configuration,
            offering.id,
            offering.urls,
            tuple(type_infos.layer_names(self.service.type, self.service.layer_name or offering.layer_name, infos)),
            offering.status,
            state,
            endpoint.open if endpoint else offering.open,
        )

    def say(self, sentence: str) -> None:
        """To the user, from whatever thread."""
        self.office.datastore.session.here(lambda: self.watch.info(sentence))
