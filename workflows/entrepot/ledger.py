"""Steps on the server, each taken once: written down before, looked for when its answer was lost.

    upload = ledger.step("upload", {"name": name}, find=the_open_upload_of_this_name, make=a_new_one)

A step that is done gives what it made. One that was begun is first looked for (`find`), since the server may have done
it. Works in tasks of a session too: what is written goes through the thread that owns the store.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Callable, Optional

from ...client.session import Session
from ...store.lock import sole_sender
from ...store.publications import Publication, Step
from ...store.store import Store

Made = dict[str, Any]


class Ledger:
    """The steps of the run under way of one publication."""

    def __init__(self, session: Session, store: Store, service: str, datastore: str, name: str) -> None:
        self._session, self._store = session, store

        def opened() -> tuple[Publication, dict[str, Step]]:
            with store.atomic():
                publication = store.publications.open(service, datastore, name)
            return publication, store.publications.steps(publication.id)

        self.publication, self._steps = session.here(opened)

    @property
    def begun(self) -> bool:
        """Whether an earlier run left something: this one goes on from there."""
        return bool(self._steps)

    def step(
        self,
        name: str,
        wanted: Mapping[str, Any],
        *,
        make: Callable[[], Made],
        find: Callable[[], Optional[Made]] = lambda: None,
        still: Callable[[Made], bool] = lambda made: True,
        leave: Callable[[Made], None] = lambda made: None,
    ) -> Made:
        """What this step made, now or in an earlier run.

        `wanted` is what it is taken for: a step that was taken for something else is taken anew, and what it made then
        is handed to `leave`, since nothing will know of it any more. `still` says whether what it made is still there.
        `make` gives ids as JSON values.
        """
        step, wanted = self._steps.get(name), dict(wanted)
        if step is not None and step.wanted != wanted:
            if step.done:
                leave(step.made)
            step = None
        if step is not None and step.done and still(step.made):
            return step.made
        made = find() if step is not None and not step.done else None
        if made is None:
            self._write(lambda ledger, id: ledger.begin(id, name, wanted))
            made = make()
        self._write(lambda ledger, id: ledger.done(id, name, made))
        return made

    @property
    def steps(self) -> list[str]:
        """The names of the steps, begun or done, in their order."""
        return list(self._steps)

    def made(self, name: str) -> Optional[Made]:
        """What a step made, None if it is not done."""
        step = self._steps.get(name)
        return step.made if step is not None and step.done else None

    def wanted(self, name: str) -> Optional[Made]:
        """What a step, begun or done, was taken for, None if it was not."""
        step = self._steps.get(name)
        return step.wanted if step is not None else None

    def noted(self, name: str) -> Made:
        """What a step made so far, done or not; {} if nothing."""
        step = self._steps.get(name)
        return step.made if step is not None else {}

    def note(self, name: str, wanted: Mapping[str, Any], made: Made, *, done: bool = False) -> None:
        """What a step made so far, for the run after one that is killed."""
        self._write(lambda ledger, id: ledger.note(id, name, wanted, made, done=done))

    def token(self, name: str) -> str:
        """A word by which what a step makes is known on the server: another one each time that it is begun."""
        kept, step = self.publication, self._steps[name]
        said = repr((kept.service, kept.datastore, kept.name, name, step.began))
        return hashlib.sha256(said.encode()).hexdigest()[:12]

    def undo(self, *names: str) -> None:
        """What these steps made is gone."""
        self._write(lambda ledger, id: ledger.undone(id, names))

    def finish(self, current: Mapping[str, Any], *, keep_previous: bool = False) -> None:
        """The run came to its end."""
        self._write(lambda ledger, id: ledger.finish(id, current, keep_previous=keep_previous))

    def forget_previous(self) -> None:
        """There is nothing to go back to any more."""
        self._write(lambda ledger, id: ledger.set_previous(id, {}))

    def _write(self, change: Callable[[Any, int], None]) -> None:
        def written() -> tuple[Optional[Publication], dict[str, Step]]:
            publications, kept = self._store.publications, self.publication
            with self._store.atomic():
                change(publications, kept.id)
            return publications.find(kept.service, kept.datastore, kept.name), publications.steps(kept.id)

        publication, self._steps = self._session.here(written)
        self.publication = publication or self.publication


@contextmanager
def sole_run(session: Session, store: Store, service: str, datastore: str, name: str) -> Iterator[Ledger]:
    """A `Ledger` that no other run goes on with meanwhile: two would make everything twice. Raises StoreBusy."""
    digest = hashlib.sha256(repr((service, datastore, name)).encode()).hexdigest()[:16]
    with sole_sender(store.path, f"ledger-{digest}"):
        yield Ledger(session, store, service, datastore, name)
