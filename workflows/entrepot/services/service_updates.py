"""A service that is there, brought up to what is wished; as it was before if that fails (recipe f)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress

from ....client.entrepot import files
from ....client.entrepot.configurations import CHANGING, PUBLISHED, Configuration, Offering, configurations
from ....client.errors import NotFound, ServiceError
from ....client.waiting import WaitedTooLong
from ....i18n import _
from ...errors import InputError, Interrupted
from ..ledger import Made
from ..styles import styling
from ..styles.styling import Sheet
from . import clearing
from .bodies import body, body_of, dressed, dresses, same
from .offered import NOBODY_ANSWERS, live, synchronise, take_away
from .service_work import Work
from .services import CREATED, UNCHANGED, UPDATED, Body, Served


class Update(Work):
    """A service on its way to what is wished."""

    def served(self, before: Configuration, offered: Sequence[Offering], offering: str) -> Served:
        """Of this configuration and its offerings, the one of this id; "" for a new one on the endpoint."""
        self.before, self.offered = before, offered
        infos = self.infos(before.type_infos, before.name)
        worn, chosen = dresses(self.office, before.type_infos, self.service.sheets), self.service.chosen
        known = {**self._laid_by(worn), **worn, **chosen}
        infos = dressed(infos, known)
        state = self._brought(infos, known)
        self._put_away(id for key, id in worn.items() if chosen.get(key, id) != id)
        if self.label(before):
            state = UPDATED
        there, done = self._offering(offering)
        state = done if state == UNCHANGED or done == CREATED else state
        self.say(
            (
                _("{type} “{name}” is as asked for already: nothing was sent.")
                if state == UNCHANGED
                else _("{type} “{name}” is brought up to date.")
            ).format(type=before.type, name=before.layer_name)
        )
        return self.result(before.id, infos, there, state)

    def _laid_by(self, worn: Collection[tuple[str, str]]) -> dict[tuple[str, str], str]:
        """Statics that were made for tables which this service showed before, to be worn again."""
        found = {}
        for sheet in self.service.sheets:
            if (sheet.type, sheet.key) not in worn:
                id = styling.named(self.office, styling.static_name(self.service.type, sheet, self.before.id))
                found.update({(sheet.type, sheet.key): id} if id else {})
        return found

    def _brought(self, infos: Body, known: dict[tuple[str, str], str]) -> str:
        """UPDATED if anything differed, or an earlier run was stopped before all was live."""
        replaced: list[tuple[str, Sheet]] = []
        missing: list[Sheet] = []
        for sheet in self.service.sheets:
            id = known.get((sheet.type, sheet.key))
            if id is None:
                missing.append(sheet)
            elif styling.differs(self.office, id, sheet):
                if self._is_own(id):
                    replaced.append((id, sheet))
                else:  # other services may use it too
                    missing.append(sheet)
        wished, name = body(self.service, self.before, infos), f"{self.step} update"
        stopped = name in self.ledger.steps and self.ledger.made(name) is None
        if not (replaced or missing or stopped) and same(body_of(self.before), wished):
            return UNCHANGED
        told = json.dumps([wished, [sheet.text for sheet in self.service.sheets]], sort_keys=True)
        wanted = {"digest": hashlib.sha256(told.encode()).hexdigest()}
        self.ledger.step(name, wanted, make=lambda: self._sent(infos, replaced, missing))
        return UPDATED

    def _sent(self, infos: Body, replaced: list[tuple[str, Sheet]], missing: list[Sheet]) -> Made:
        """Statics, configuration, offerings; all as it was if that fails."""
        held: dict[str, bytes] = {}
        new: dict[tuple[str, str], str] = {}
        datastore = self.office.datastore
        try:
            for id, sheet in replaced:
                held[id] = styling.content(self.office, id)
                styling.replace(self.office, id, sheet)
            for sheet in missing:
                new[sheet.type, sheet.key] = self.made_static(sheet, self.before.id)
            wished = body(self.service, self.before, dressed(infos, new))
            if not same(body_of(self.before), wished):
                configurations.replace(datastore, self.before.id, wished)
            self._synchronise()
        except WaitedTooLong as error:
            raise Interrupted(_("Run the operation again: it goes on waiting for the service.")) from error
        except (ServiceError, InputError) as error:
            if isinstance(error, NOBODY_ANSWERS):
                raise
            raise self._put_back(error, held, list(new.values())) from error
        return {"configuration": self.before.id}

    def _is_own(self, id: str) -> bool:
        """Whether a static was made for this service alone, as its name tells."""
        name = files.statics.get(self.office.datastore, id).name
        return name.startswith((f"config_{self.before.id}_", "tmp_"))

    def _put_away(self, ids: Iterable[str]) -> None:
        """Delete what was made for this service and is not used any more."""
        for id in ids:
            with suppress(NotFound):
                if self._is_own(id):
                    clearing.delete_static(self.office, id)

    def _synchronise(self) -> None:
        for offering in self.offered:
            synchronise(self.office, offering.id, self.watch)

    def _put_back(self, error: Exception, held: dict[str, bytes], new: list[str]) -> Exception:
        """The service as it was before, as far as the server lets us."""
        try:
            for id, content in held.items():
                styling.replace_bytes(self.office, id, content)
            configurations.replace(self.office.datastore, self.before.id, body_of(self.before))
            for id in new:
                clearing.delete_static(self.office, id)
            self.ledger.undo(*(self.static_step(sheet) for sheet in self.service.sheets))
            self._synchronise()
        except (ServiceError, InputError) as why:
            sentence = _("It could not be put back as it was: {why} Run “Synchronise a service” later.").format(
                why=self.watch.explain(why)
            )
        else:
            self.ledger.undo(f"{self.step} update")
            sentence = _("The service was put back as it was.")
        return InputError(f"{error} {sentence}") if isinstance(error, InputError) else Interrupted(sentence)

    # ------------------------------------------------------------------ the offering

    def _offering(self, id: str) -> tuple[Offering, str]:
        """The offering that is asked for, PUBLISHED, and what was done for it."""
        there = next((offering for offering in self.offered if offering.id == id), None)
        if there is None:
            return self._new_offering(), CREATED
        if there.status == PUBLISHED and there.urls:
            return there, UNCHANGED
        if there.status == PUBLISHED or there.status in CHANGING:
            return live(self.office, id), UNCHANGED
        return synchronise(self.office, id, self.watch), UPDATED

    def _new_offering(self) -> Offering:
        before, step = self.before, f"{self.step} offering"
        self.check_endpoint(self.service.attribution or before.raw.get("attribution"), before.metadata)
        try:
            return live(self.office, self.made_offering(before.id))
        except InputError as error:
            made = self.ledger.made(step)
            if made:
                take_away(self.office, made["offering"])
                self.ledger.undo(step)
            raise InputError(str(error) + " " + _("What had been made for it was taken back.")) from error
