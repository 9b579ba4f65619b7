"""Services: published, or brought up to date (contract 3.12, 3.13, recipes a, f).

`serve` does whatever is needed for a service to be as wished, which may be nothing. A publication that fails leaves
nothing behind that was not there before; one that is stopped is gone on with by the next run, which the ledger tells.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Optional, Union

from ....client.entrepot.configurations import Configuration, Offering, configurations, offerings
from ....client.entrepot.configurations import create as create_configuration
from ....client.entrepot.datastores import Endpoint
from ....client.errors import Conflict, NotFound, ServiceError
from ....client.waiting import WaitedTooLong
from ....i18n import _
from ...errors import InputError, Interrupted
from ...watch import Watch
from ..acting import make_once
from ..finding import configured
from ..ledger import Ledger, Made
from ..names import layer_name_problem
from ..offices import Office
from ..styles import styling
from ..styles.styling import Sheet
from . import clearing
from .bodies import body, body_of, dressed, same
from .offered import NOBODY_ANSWERS, Unpublished, live, synchronise, take_away, unpublish
from .service_updates import Update
from .service_work import Work
from .services import CREATED, STATES, UNCHANGED, UPDATED, Body, Place, Served, Service

__all__ = [
    "CREATED", "STATES", "UNCHANGED", "UPDATED", "Place", "Served", "Service", "Sheet", "Unpublished", "publish",
    "serve", "synchronise", "take_away", "unpublish", "update",
]  # fmt: skip


def serve(
    office: Office,
    ledger: Ledger,
    step: str,
    service: Service,
    place: Place,
    found: Optional[Configuration],
    watch: Watch,
) -> Served:
    """The service as it is wished: published, or the one that was `found` brought up to date, or left as it is.

    `found` is the configuration of this type and layer name (`finding.configured`). Needs the right BROADCAST. Raises
    InputError for what the server would refuse, or refused, or could not do.
    """
    if found is None:
        return publish(office, ledger, step, service.at(_free(office, service, place)), watch)
    offered = offerings.list(office.datastore, configuration=found.id)
    if f"{step} configuration" in ledger.steps:
        offered = _without_stray(office, ledger, step, place, offered)
        there = _placed(office, service, place, offered)
        endpoint = there.endpoint if isinstance(there, Offering) else there.id
        return publish(office, ledger, step, replace(service, endpoint=endpoint, open=there.open), watch)
    there = _placed(office, service, place, offered)
    if isinstance(there, Endpoint):
        return Update(office, ledger, step, service.at(there), watch).served(found, offered, "")
    return Update(office, ledger, step, service, watch).served(found, offered, there.id)


def publish(office: Office, ledger: Ledger, step: str, service: Service, watch: Watch) -> Served:
    """Publish a service that is not there yet. Raises InputError, or Interrupted with what the server said."""
    return _Publication(office, ledger, step, service, watch).served()


def update(
    office: Office, ledger: Ledger, step: str, configuration: str, offering: str, service: Service, watch: Watch
) -> Served:
    """Bring a service up to date, and all its offerings; nothing is sent where all is as wished.

    Without `offering`, or if it is gone, the service is offered anew on its endpoint.
    """
    before = configurations.get(office.datastore, configuration)
    offered = offerings.list(office.datastore, configuration=configuration)
    return Update(office, ledger, step, service, watch).served(before, offered, offering)


class _Publication(Work):
    """A service on its way to its endpoint."""

    def served(self) -> Served:
        service = self.service
        problem = layer_name_problem(service.layer_name, self.office.info.layer_name_prefix)
        if problem:
            raise InputError(problem)
        self.check_endpoint(service.attribution, service.metadata)
        infos = self.infos({}, service.name or service.layer_name)
        try:
            made = {(sheet.type, sheet.key): self.made_static(sheet) for sheet in service.sheets}
            infos = dressed(infos, {**made, **service.chosen})
            configuration = self._configuration(infos)
            self._name_statics(configuration.id)
            self.label(configuration)
            offering = live(self.office, self.made_offering(configuration.id))
        except WaitedTooLong as error:
            raise Interrupted(_("Run the operation again: it goes on waiting for the service.")) from error
        except (ServiceError, InputError) as error:
            if isinstance(error, NOBODY_ANSWERS):
                raise
            raise self._undone(error) from error
        self.say(_("{type} “{name}” is published.").format(type=service.type, name=service.layer_name))
        return self.result(configuration.id, infos, offering, CREATED)

    def _configuration(self, infos: Body) -> Configuration:
        """The configuration, made now, or by a run that was stopped and then brought up to date."""
        service, datastore = self.service, self.office.datastore
        fresh: list[Configuration] = []

        def make() -> Made:
            made = create_configuration(
                datastore, service.type, service.name or service.layer_name, service.layer_name, infos,
                attribution=service.attribution, metadata=service.metadata,
            )  # fmt: skip
            fresh.append(made)
            return {"configuration": made.id}

        def find() -> Optional[Made]:
            found = configured(self.office, service.type, service.layer_name)
            return {"configuration": found.id} if found else None

        wanted, name = {"type": service.type, "layer_name": service.layer_name}, f"{self.step} configuration"
        try:
            made = self.ledger.step(
                name,
                wanted,
                make=lambda: make_once(datastore.session, make, find),
                find=find,
                still=self._is_there,
            )
        except Conflict as error:
            self.ledger.undo(name)
            raise self._taken(error) from error
        if fresh:
            return fresh[0]
        found = configurations.get(datastore, made["configuration"])
        wished = body(service, found, infos)
        return found if same(body_of(found), wished) else configurations.replace(datastore, found.id, wished)

    def _is_there(self, made: Made) -> bool:
        try:
            return bool(configurations.get(self.office.datastore, made["configuration"]).id)
        except NotFound:
            return False

    def _taken(self, error: Conflict) -> InputError:
        service = self.service
        found = configured(self.office, service.type, service.layer_name)
        if found is not None:
            return InputError(
                _("This datastore has a {type} service “{name}” already: configuration {id}.").format(
                    type=service.type, name=service.layer_name, id=found.id
                )
            )
        text = _(
            "The name “{name}” is taken on the platform by a {type} service that is not of this datastore: choose "
            "another layer name."
        ).format(name=service.layer_name, type=service.type)
        if error.server_message:
            text += " " + _("The server says: “{words}”.").format(words=error.server_message)
        return InputError(text)

    def _name_statics(self, configuration: str) -> None:
        """Statics are called after the configuration, which is there only now."""
        for sheet in self.service.sheets:
            made = self.ledger.made(self.static_step(sheet))
            if made:
                name = styling.static_name(self.service.type, sheet, configuration)
                styling.rename(self.office, made["static"], name)

    # ------------------------------------------------------------------ taken back

    def _undone(self, error: Exception) -> Exception:
        """What the failure leaves as it is told; what was made is deleted, latest first."""
        left = []
        for step, delete in self._made():
            made = self.ledger.made(step)
            if made is None:
                continue
            ((kind, id),) = made.items()
            try:
                delete(id)
            except (ServiceError, InputError) as why:
                left.append(f"{kind} {id} ({self.watch.explain(why)})")
            else:
                self.ledger.undo(step)
        sentence = (
            _("These could not be taken back: {things}.").format(things=", ".join(left))
            if left
            else _("What had been made for it was taken back.")
        )
        return InputError(f"{error} {sentence}") if isinstance(error, InputError) else Interrupted(sentence)

    def _made(self) -> list[tuple[str, Any]]:
        office = self.office
        return [
            (f"{self.step} offering", lambda id: take_away(office, id)),
            (f"{self.step} configuration", lambda id: clearing.delete_configuration(office, id)),
            *(
                (self.static_step(sheet), lambda id: clearing.delete_static(office, id))
                for sheet in self.service.sheets
            ),
        ]


def _placed(office: Office, service: Service, place: Place, offered: Sequence[Offering]) -> Union[Offering, Endpoint]:
    """The offering that is meant, or the endpoint for a further one. Raises InputError rather than leave data open."""
    if place.restricted and any(_is_open(office, offering) for offering in offered):
        raise InputError(
            _(
                "“{name}” is published on an open endpoint: everybody can use it. Unpublish it first, then publish it "
                "as restricted."
            ).format(name=service.layer_name)
        )
    if not place.wanted:
        return offered[0] if offered else _free(office, service, place)
    meant = next((offering for offering in offered if _is_at(office, place, offering)), None)
    return meant or _free(office, service, place)


def _without_stray(
    office: Office, ledger: Ledger, step: str, place: Place, offered: Sequence[Offering]
) -> list[Offering]:
    """The offerings, once the one that the stopped run began elsewhere than is wished now is taken away."""
    begun = ledger.wanted(f"{step} offering") or {}
    kept = []
    for offering in offered:
        ours = (offering.configuration, offering.endpoint) == (begun.get("configuration"), begun.get("endpoint"))
        if ours and not _is_at(office, place, offering):
            take_away(office, offering.id)
            ledger.undo(f"{step} offering")
        else:
            kept.append(offering)
    return kept


def _free(office: Office, service: Service, place: Place) -> Endpoint:
    """An endpoint with room left. Raises InputError if there is none, or for an open one where restricted is asked."""
    found = office.endpoint(service.type, open=not place.restricted, wanted=place.wanted)
    if place.restricted and found.open:
        raise InputError(
            _("The endpoint {name} is open: everybody could use the service. Choose a restricted one.").format(
                name=found.technical_name
            )
        )
    return found


def _endpoint_of(office: Office, offering: Offering) -> Optional[Endpoint]:
    return next((endpoint for endpoint in office.info.endpoints if endpoint.id == offering.endpoint), None)


def _is_open(office: Office, offering: Offering) -> bool:
    endpoint = _endpoint_of(office, offering)
    return endpoint.open if endpoint else offering.open


def _is_at(office: Office, place: Place, offering: Offering) -> bool:
    """Whether an offering is where it is wished to be."""
    if not place.wanted:
        return _is_open(office, offering) != place.restricted
    endpoint, wanted = _endpoint_of(office, offering), place.wanted.casefold()
    return endpoint is not None and wanted in (
        endpoint.id,
        endpoint.technical_name.casefold(),
        endpoint.name.casefold(),
    )
