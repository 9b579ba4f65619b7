"""Send local edits of group layers: each exactly once, whatever happens (contract 2.11, 2.13).

One transaction for all layers of a database. It is put down in the journal of the store, in one go with the edits that
it holds, before its request, and marked with its answer in one go with what that says of the rows. One whose answer was
lost is looked for by its token; while nobody can say what became of it, nothing that it holds is sent again. Rows that
somebody else changed meanwhile are read, and what does not clash is sent again at once. One run at a time sends.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Optional, Union

from ...client import reading
from ...client.errors import (
    Cancelled,
    Conflict,
    Forbidden,
    Invalid,
    MalformedAnswer,
    NotFound,
    ServerFault,
    ServiceError,
    SignInFailed,
    Unauthorized,
)
from ...client.espaceco import databases, documents, features, transactions
from ...client.espaceco.api import EspaceCo
from ...client.espaceco.transactions import Applied, Transaction
from ...client.espaceco.users import Me
from ...client.paging import Row
from ...i18n import _, ngettext
from ...store.edits import Committed, Edit
from ...store.errors import StoreError
from ...store.features import FeatureStage
from ...store.layer import FINGERPRINT, Layer
from ...store.lock import sole_sender
from ...store.store import Store
from ...store.transactions import COMMITTED, CONFLICTING, LOST, REFUSED, UNSURE, Entry, Sent
from ..errors import InputError, Interrupted
from ..pages.writing import counted, write_date
from ..positions import quiet
from ..watch import Watch
from .actions import Draft, writable
from .answers import by_edit, culprits, key_of, never_done, of_known_objects, what_to_do
from .batch import Batch, Item, Target, by_layer
from .described import described
from .edit_checks import Fault, check, fault
from .editing_zones import EditingZones
from .pushed import Line, Pushed
from .row_reading import RowReader
from .settling import A33_LONGEST

MOST_ACTIONS = 10_000
"""Actions of one transaction; more edits of a database go in several, in order, until one fails."""
MAX_COUNT = 10_000
"""Edits in one run, unless more are allowed."""
ROUNDS = 3
"""How often in one run edits are sent that others got in the way of."""
SETTLING = 3.0
"""Seconds that a request without answer is given to have its effect, before the server is asked about it."""
FIRST_LOOK, LONGEST_LOOK, PATIENCE = 0.5, 10.0, 60.0
"""Seconds between looks at a transaction that the server has not ended, and after which it is left for another run."""
LOOKED_AT = 500
"""How many rows are read one by one, where the server does not say what became of them."""


def push_edits(
    api: EspaceCo,
    store: Store,
    me: Me,
    chosen: Sequence[tuple[Layer, Optional[Iterable[int]]]],
    *,
    dry_run: bool = False,
    skip_faulty: bool = False,
    max_count: int = MAX_COUNT,
    watch: Optional[Watch] = None,
) -> Pushed:
    """Send the edits of these layers, of all rows or of those named; a line for each says what came of it.

    If an edit of a database is faulty nothing of that database is sent, unless `skip_faulty`. Those that clash with the
    server's rows are left out. Raises InputError for more than `max_count` edits, StoreBusy while another run sends,
    and Interrupted when nothing goes through any more, with the truth in the store.
    """
    with nullcontext() if dry_run else sole_sender(store.path):
        return _Push(api, store, me, watch or Watch(), skip_faulty).run(chosen, dry_run, max_count)


@dataclass
class _Stored:
    """What the server stored of rows of a layer. `strays` are new rows that it has under keys that it does not tell,
    `untold` the keys of rows that it has without saying how it stored them.
    """

    layer: Layer
    answers: list[Committed] = field(default_factory=list)
    strays: list[int] = field(default_factory=list)
    untold: list[Any] = field(default_factory=list)


class _Push:
    def __init__(self, api: EspaceCo, store: Store, me: Me, watch: Watch, skip_faulty: bool) -> None:
        self._api = api
        self._store = store
        self._me = me
        self._watch = watch
        self._skip_faulty = skip_faulty
        self._lines: dict[Sent, Line] = {}
        self._faults: dict[Sent, list[Fault]] = {}
        self._sent: set[Sent] = set()
        self._kept_back: set[Sent] = set()
        self._zones = EditingZones(api, watch)
        self._pushed = Pushed()
        self._journal = store.transactions

    def run(self, chosen: Sequence[tuple[Layer, Optional[Iterable[int]]]], dry_run: bool, max_count: int) -> Pushed:
        began = self._api.session.requests_sent
        targets = [self._target(layer, only) for layer, only in chosen]
        count = len(self._lines)
        if count > max_count:
            raise InputError(
                ngettext(
                    "This would send {n} edit, more than the {most} that MAX_COUNT allows. Nothing was sent.",
                    "This would send {n} edits, more than the {most} that MAX_COUNT allows. Nothing was sent.",
                    counted(count),
                    most=counted(max_count),
                )
            )
        by_database: dict[int, list[Target]] = {}
        for target in targets:
            if self._ours(target):
                by_database.setdefault(target.layer.database, []).append(target)
        try:
            if not dry_run:
                self._settle_earlier(set(by_database))
            for some in by_database.values():
                self._find_grounds(some)
                self._database(some, dry_run)
        except (ServiceError, Cancelled, StoreError) as error:
            done = sum(line.done for line in self._lines.values())
            raise Interrupted(_how_far(done, count)) from error
        self._pushed.lines = list(self._lines.values())
        self._pushed.faults = [each for faults in self._faults.values() for each in faults]
        self._pushed.requests = self._api.session.requests_sent - began
        return self._pushed

    # ------------------------------------------------------------------ what there is to send

    def _target(self, layer: Layer, only: Optional[Iterable[int]]) -> Target:
        known = described(layer)
        mine = next((m for m in self._me.memberships if m.community_id == known.community), None)
        target = Target(layer, replace(known, grids=mine.grids) if mine else known)
        for edit in self._store.edits.pending(layer, only):
            key = "" if edit.kind == "insert" else str(edit.key)  # that of a new row can be a copy of another's
            self._lines[Sent(layer.id, edit.row)] = Line(known.code, known.table.title, edit.row, key, edit.kind)
        return target

    def _ours(self, target: Target) -> bool:
        """Whether the layer is one of the service that we speak to; if not, its lines say so."""
        if target.layer.service == self._api.root:
            return True
        for line in self._of([target]):
            line.end("left", _("It belongs to another service: {address}.").format(address=target.layer.service))
        return False

    def _of(self, targets: Iterable[Target]) -> Iterator[Line]:
        """The lines of these layers of which nothing is known yet."""
        layers = {target.layer.id for target in targets}
        return (line for sent, line in self._lines.items() if sent.layer in layers and not line.outcome)

    def _edits(self, target: Target) -> Iterator[Edit]:
        """The edits of a layer that can be sent now; the lines of the others say why not."""
        layer = target.layer
        rows = [sent.row for sent in self._lines if sent.layer == layer.id and sent not in self._sent]
        unsure = self._store.edits.unsure_rows(layer)
        met = set()
        for edit in self._store.edits.pending(layer, rows):
            line = self._lines[Sent(layer.id, edit.row)]
            met.add(edit.row)
            if edit.row in unsure:
                line.end("unsure", line.detail or _("It was sent, and what came of it is not known yet."))
                continue
            line.end("")
            self._faults.pop(Sent(layer.id, edit.row), None)
            if edit.conflict:
                line.end("conflict", _("Somebody else changed the object too: resolve the conflict, then send again."))
            else:
                yield edit
        for row in rows:
            line = self._lines[Sent(layer.id, row)]
            if row not in met and not line.outcome:
                line.end("already", _("The server has it already."))

    # ------------------------------------------------------------------ one database

    def _find_grounds(self, targets: Iterable[Target]) -> None:
        for target in targets:
            names, layer = target.described.grids, target.layer
            if names and layer.geometry and any(self._of([target])):
                target.ground = self._zones.ground(names, layer.srid)

    def _database(self, targets: list[Target], dry_run: bool) -> None:
        for _round in range(ROUNDS):
            batch = self._batch(targets, upload=not dry_run)
            if dry_run:
                for item in batch:
                    self._lines[item.sent].end("planned")
                return
            if not batch or not self._send_all(targets, batch):
                return
        for line in self._of(targets):
            line.end("refused", _("Others keep changing the same objects. Run the operation again."))

    def _batch(self, targets: Sequence[Target], *, upload: bool) -> Batch:
        """What is right, drafted; nothing if something is wrong, unless that is to be skipped."""
        drafts: list[tuple[Target, Draft]] = []
        for target in targets:
            checked = check(self._store, target.layer, target.described, self._edits(target), target.ground)
            for found in checked.faults:
                self._fault(target, found)
            drafts += [(target, draft) for row, draft in checked.drafts.items() if row not in checked.faulty]
        if self._stopped_by_faults(targets):
            return []
        if upload and any(draft.files for _target, draft in drafts):
            drafts = [(target, draft) for target, draft in drafts if self._uploaded(target, draft)]
            if self._stopped_by_faults(targets):
                return []
        return self._ordered(drafts)

    def _fault(self, target: Target, found: Fault) -> None:
        sent = Sent(target.layer.id, found.row)
        faults = self._faults.setdefault(sent, [])
        faults.append(found)
        self._lines[sent].end("fault", " ".join(each.sentence for each in faults))

    def _stopped_by_faults(self, targets: Iterable[Target]) -> bool:
        """Whether nothing of a database is sent, because something in it is faulty."""
        layers = {target.layer.id for target in targets}
        if self._skip_faulty or not any(sent.layer in layers for sent in self._faults):
            return False
        for line in self._of(targets):
            line.end("left", _("Not sent, because other edits of this database are faulty."))
        return True

    def _ordered(self, drafts: Iterable[tuple[Target, Draft]]) -> Batch:
        found: Batch = []
        for target, draft in drafts:
            sent = Sent(target.layer.id, draft.edit.row)
            line = self._lines[sent]
            if draft.left_out:
                names = ", ".join(column.name for column in draft.left_out)
                line.remark = _("Not sent, because it cannot be changed: {columns}.").format(columns=names)
            if draft.empty:
                line.end("left", "")
                continue
            action = draft.action(target.described, f"{sent.layer}:{sent.row}")
            found.append(Item(target, draft, sent, action))
        return sorted(found, key=lambda item: transactions.ORDER.index(item.action.state))

    # ------------------------------------------------------------------ documents

    def _uploaded(self, target: Target, draft: Draft) -> bool:
        """Upload the files of an edit, each once for ever; from then on the row here has their numbers."""
        for name, path in list(draft.files.items()):
            try:
                number = self._document(path)
            except (Invalid, Forbidden, NotFound, Conflict, ServerFault, MalformedAnswer, OSError) as error:
                why = self._watch.explain(error)
                sentence = _("The document {path} could not be uploaded: {why}").format(path=path, why=why)
                self._fault(target, fault(draft.edit, target.described, target.layer.srid, name, path, sentence))
                return False
            mine = draft.edit.mine or {}
            self._store.edits.exchange(target.layer, draft.edit.row, name, mine[name], str(number))
            mine[name] = draft.values[name] = str(number)
            del draft.files[name]
        return True

    def _document(self, path: Path) -> int:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        number = self._journal.document(self._api.root, digest)
        if number is None:
            self._watch.check()
            (number,) = self._api.session.in_parallel(lambda file: documents.upload(self._api, file), [path])
            with self._store.atomic():
                self._journal.uploaded(self._api.root, digest, number)
        return number

    # ------------------------------------------------------------------ sending

    def _send_all(self, targets: list[Target], batch: Batch) -> bool:
        """Send a batch, in so many transactions as it needs; gives whether there is more to try."""
        more = False
        for at in range(0, len(batch), MOST_ACTIONS):
            self._watch.check()
            state, again = self._send(batch[at : at + MOST_ACTIONS])
            self._watch.progress(len(self._sent), len(self._lines))
            if state != COMMITTED:
                if not again:
                    self._leave(targets)
                return again
            more = more or again
        return more

    def _leave(self, targets: Iterable[Target]) -> None:
        for line in self._of(targets):
            line.end("left", _("Not sent, because of what came of the other edits of this database."))

    def _send(self, batch: Batch) -> tuple[str, bool]:
        """One transaction: what became of it, and whether what is left may be sent again."""
        entry, kept = self._begin(batch)
        if entry is None:
            return COMMITTED, True
        actions = [item.action for item in kept]
        try:
            (answer,) = self._api.session.in_parallel(
                lambda token: transactions.send(self._api, entry.database, actions, token), [entry.token]
            )
        except ServiceError as error:
            return self._failed(kept, entry, error)
        state, again = self._answered(kept, entry, answer, "sent")
        return state, again or (state == COMMITTED and len(kept) < len(batch))

    def _begin(self, batch: Batch) -> tuple[Optional[Entry], Batch]:
        """Put down what is about to be sent: of these edits those that nobody has changed since they were looked at."""
        with self._store.atomic():
            batch = self._unchanged(batch)
            if not batch:
                return None, batch
            states = [item.action.state for item in batch]
            number = self._journal.begin(
                transactions.new_token(),
                service=self._api.root,
                database=batch[0].target.layer.database,
                account=self._me.id,
                counts=(
                    states.count(transactions.INSERT),
                    states.count(transactions.UPDATE),
                    states.count(transactions.DELETE),
                ),
                rows=[item.sent for item in batch],
            )
            for layer, items in by_layer(batch):
                self._store.edits.sending(layer, [item.sent.row for item in items])
            return self._journal.entry(number), batch

    def _unchanged(self, batch: Batch) -> Batch:
        now: dict[Sent, Edit] = {}
        for layer, items in by_layer(batch):
            edits = self._store.edits.pending(layer, [item.sent.row for item in items])
            now.update((Sent(layer.id, edit.row), edit) for edit in edits)
        return [item for item in batch if now.get(item.sent) == item.draft.edit]

    def _failed(self, batch: Batch, entry: Entry, error: ServiceError) -> tuple[str, bool]:
        """What became of a transaction whose request failed so."""
        sentence = self._watch.explain(error)
        if never_done(error):
            self._nothing_done(entry, LOST, message=error.server_message)
            if isinstance(error, (Unauthorized, SignInFailed)) or error.never_sent:
                raise error
            for item in batch:
                self._lines[item.sent].end("left", sentence)
            return LOST, False
        if isinstance(error, (Invalid, Forbidden, NotFound, Conflict)):
            self._nothing_done(entry, REFUSED, message=error.server_message)
            if isinstance(error, NotFound) and self._some_are_gone(batch, error):
                return REFUSED, True
            self._refuse(batch, f"{sentence} {what_to_do(error)}".strip(), error.server_message)
            return REFUSED, False
        found = self._look_for(entry, SETTLING)
        if isinstance(found, Transaction):
            return self._answered(batch, entry, found, "found")
        with self._store.atomic():
            self._journal.mark(entry.id, UNSURE, message=error.server_message)
        if found is None:
            sentence = f"{sentence} {self._too_early(entry)}".strip()
        return self._stay_unsure(entry.rows, sentence)

    def _answered(self, batch: Batch, entry: Entry, answer: Transaction, outcome: str) -> tuple[str, bool]:
        """What the server says became of a transaction."""
        answer = self._ended(entry, answer)
        if answer.committed:
            self._record(entry, answer, outcome)
            return COMMITTED, False
        if answer.pending:
            return self._stay_unsure(
                entry.rows, _("The server has not ended the transaction {number} yet.").format(number=answer.id)
            )
        state = CONFLICTING if answer.status == transactions.CONFLICTING else REFUSED
        self._nothing_done(entry, state, answer=answer.id, message=answer.message)
        if state == CONFLICTING and self._met(batch, answer):
            return state, True
        sentence = _("The server refused the transaction {number} ({status}): “{message}”").format(
            number=answer.id, status=answer.status, message=answer.message
        )
        self._refuse(batch, sentence, answer.message)
        return state, False

    def _nothing_done(self, entry: Entry, state: str, *, answer: Optional[int] = None, message: str = "") -> None:
        """The server surely did nothing: the edits are pending as before."""
        by_layer: dict[int, list[int]] = {}
        for sent in entry.rows:
            by_layer.setdefault(sent.layer, []).append(sent.row)
        with self._store.atomic():
            self._journal.mark(entry.id, state, answer=answer, message=message)
            for layer in self._store.layers.all():
                if layer.id in by_layer:
                    self._store.edits.unsent(layer, by_layer[layer.id])

    def _stay_unsure(self, rows: Iterable[Sent], sentence: str) -> tuple[str, bool]:
        for sent in rows:
            if sent in self._lines:
                self._lines[sent].end("unsure", sentence)
        return UNSURE, False

    def _refuse(self, batch: Batch, sentence: str, said: str) -> None:
        """The lines of a transaction that was refused: of the edits that the server names, if it names some."""
        named = set(culprits(batch, said))
        for at, item in enumerate(batch):
            if not named or at in named:
                self._lines[item.sent].end("refused", sentence)

    # ------------------------------------------------------------------ transactions of which the end is not known

    def _ended(self, entry: Entry, answer: Transaction) -> Transaction:
        """A transaction that the server has ended, or not in the time that we have."""
        if answer.pending and answer.id is not None:
            with self._store.atomic():
                self._journal.mark(entry.id, UNSURE, answer=answer.id, message=answer.message)
            delay, until = FIRST_LOOK, time.monotonic() + PATIENCE
            while answer.pending and time.monotonic() < until:
                self._wait(delay)
                try:
                    answer = transactions.get(self._api, entry.database, answer.id or 0)
                except (Unauthorized, SignInFailed):
                    raise
                except ServiceError:  # perhaps only this look at it
                    pass
                delay = min(2 * delay, LONGEST_LOOK)
        return answer

    def _look_for(self, entry: Entry, settling: float) -> Union[Transaction, ServiceError, None]:
        """The transaction of an entry, None if the server has none though it had the time; why it cannot be told."""
        try:
            if entry.number is not None:
                with suppress(NotFound):  # it may still be known by its token
                    return transactions.get(self._api, entry.database, entry.number)
            found = transactions.find(self._api, entry.database, entry.token, entry.account)
            if found is None and settling > 0:
                self._wait(settling)
                found = transactions.find(self._api, entry.database, entry.token, entry.account)
        except (Unauthorized, SignInFailed):
            raise
        except ServiceError as error:
            return error
        return found

    def _settle_earlier(self, wanted: set[int]) -> None:
        """Find out what became of transactions of earlier runs; those that never arrived are pending again."""
        for entry in self._journal.unsure(self._api.root):
            if entry.database not in wanted:
                continue
            passed = (datetime.now(timezone.utc) - datetime.fromisoformat(entry.began)).total_seconds()
            found = self._look_for(entry, min(SETTLING - passed, SETTLING))
            if isinstance(found, Transaction):
                found = self._ended(entry, found)
            if found is None:
                self._not_found(entry)
            elif isinstance(found, ServiceError):
                self._stay_unsure(entry.rows, self._watch.explain(found))
            elif found.committed:
                self._record(entry, found, "found")
                self._again(entry)
            elif found.refused:
                state = CONFLICTING if found.status == transactions.CONFLICTING else REFUSED
                self._nothing_done(entry, state, answer=found.id, message=found.message)

    def _not_found(self, entry: Entry) -> None:
        """The server does not know a transaction of an earlier run: it is sent again, once nothing can come of it."""
        sentence = self._too_early(entry)
        if not sentence:
            self._nothing_done(entry, LOST)
            return
        with self._store.atomic():
            self._journal.mark(entry.id, UNSURE, message=entry.message)
        self._stay_unsure(entry.rows, sentence)

    def _too_early(self, entry: Entry) -> str:
        """Why a transaction that the server does not know cannot be sent again yet; "" if it can.

        A request that was cut, or took too long, can still be at work on the server. So can one that was answered by a
        5xx: proxies and gateways say that too, and then it says nothing of the server behind them (contract 1.3).
        """
        now = datetime.now(timezone.utc)
        until = min(datetime.fromisoformat(entry.began), now) + A33_LONGEST
        if until <= now or not self._could_be_there_twice(entry):
            return ""
        return _(
            "The server may still be at work on it. So that no new object is there twice, nothing of it is sent again "
            "before {time}: run the operation again then."
        ).format(time=write_date(until.astimezone() + timedelta(minutes=1), time=True))

    def _could_be_there_twice(self, entry: Entry) -> bool:
        """Whether it holds new objects without a key of their own: nothing else can be done twice.

        A second update is refused for its fingerprint, or changes nothing; what is deleted is no more there.
        """
        for layer in self._store.layers.all() if entry.inserts else ():
            rows = {sent.row for sent in entry.rows if sent.layer == layer.id}
            known = described(layer)
            key = known.table.column(layer.key)
            own_keys = key is not None and key.custom_id and writable(known, key)
            for edit in self._store.edits.unsure(layer) if rows else ():
                if edit.row in rows and edit.kind == "insert" and not (own_keys and edit.key not in (None, "")):
                    return True
        return False

    def _again(self, entry: Entry) -> None:
        """What was edited since an earlier run had sent it is sent again."""
        rows = set(entry.rows) - self._kept_back
        for layer in self._store.layers.all():
            listed = [sent.row for sent in rows if sent.layer == layer.id]
            for edit in self._store.edits.pending(layer, listed):
                self._sent.discard(Sent(layer.id, edit.row))

    def _wait(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self._watch.check()
            time.sleep(min(0.05, seconds))

    # ------------------------------------------------------------------ what was done

    def _record(self, entry: Entry, answer: Transaction, outcome: str) -> None:
        """The rows are as the server stored them: in one go with the mark in the journal."""
        told = by_edit(entry, answer)
        stored: list[_Stored] = []
        for layer in self._store.layers.all():
            rows = [sent.row for sent in entry.rows if sent.layer == layer.id]
            if rows:
                stored.append(self._stored(layer, rows, told))
        with self._store.atomic():
            self._journal.mark(entry.id, COMMITTED, answer=answer.id, message=answer.message)
            for each in stored:
                self._store.edits.committed(each.layer, each.answers)
                if each.strays:
                    self._let_go(each.layer, each.strays)
        if any(each.strays for each in stored):
            self._watch.warn(_("The server does not say under which keys it stored new objects: refresh the layers."))
        if answer.id is not None:
            self._pushed.transactions.append(answer.id)
        for sent in entry.rows:
            if sent in self._lines:
                self._sent.add(sent)
                line = self._lines[sent]
                line.end(outcome)
                line.key = told[sent].key or line.key if sent in told else line.key
        for each in stored:
            if each.untold:
                self._read_untold(each.layer, each.untold)

    def _stored(self, layer: Layer, rows: Sequence[int], told: dict[Sent, Applied]) -> _Stored:
        """What the server stored of these rows."""
        stored, reader = _Stored(layer), RowReader(layer)
        places = {name: at for at, name in enumerate(layer.names)}
        kinds = self._store.edits.kinds_sent(layer)
        untold: dict[int, Any] = {}
        with quiet():
            for row in rows:
                kind, applied = kinds.get(row), told.get(Sent(layer.id, row))
                if kind is None:
                    continue  # a refresh has brought it already
                if kind == "delete":
                    stored.answers.append(Committed(row, None))
                    continue
                given = applied.row if applied else {}
                read = reader(given) if given else ()
                values = {name: read[at] for name, at in places.items() if name in given}
                if values.get(layer.geometry) is None and given.get(layer.geometry):
                    values.pop(layer.geometry)  # what cannot be read is as it was sent
                key = values.get(layer.key)
                if key is None and applied and applied.key:
                    key = key_of(layer, applied.key)
                if key is None and kind == "insert":
                    stored.strays.append(row)
                    continue
                stored.answers.append(Committed(row, values, key))
                if not values or (layer.versioned and values.get(FINGERPRINT) is None):
                    untold[row] = key
        if untold:
            sent = {edit.row: edit.key for edit in self._store.edits.unsure(layer)}
            keys = (sent.get(row) if key is None else key for row, key in untold.items())
            stored.untold = [key for key in keys if key is not None]
        return stored

    def _let_go(self, layer: Layer, rows: Sequence[int]) -> None:
        """New rows that the server has under keys that it does not tell: a refresh brings them.

        What was edited since it was sent would be lost so: that stays, as a new row.
        """
        sent = {edit.row: edit.mine for edit in self._store.edits.unsure(layer)}
        edited = {edit.row for edit in self._store.edits.pending(layer, rows) if edit.mine != sent.get(edit.row)}
        self._store.edits.unsent(layer, edited)
        self._store.edits.discard(layer, set(rows) - edited)
        self._kept_back |= {Sent(layer.id, row) for row in edited}
        if edited:
            self._watch.warn(
                ngettext(
                    "{layer}: {n} new object was edited after it was sent, and which one it is on the server is not "
                    "known. It stays here as a new one: refresh the layer, and remove what is there twice.",
                    "{layer}: {n} new objects were edited after they were sent, and which ones they are on the server "
                    "is not known. They stay here as new ones: refresh the layer, and remove what is there twice.",
                    counted(len(edited)),
                    layer=described(layer).table.title,
                )
            )

    def _read_untold(self, layer: Layer, keys: Sequence[Any]) -> None:
        """Read rows that the server has stored without saying how; what it does not give now, a refresh brings."""
        table = described(layer).table

        def ask(key: Any) -> Optional[Row]:
            try:
                row = features.get_in_parallel(self._api, table, key)
            except ServiceError:
                return None
            return None if reading.flag(row.get(table.destroyed)) else row

        found = list(filter(None, self._api.session.in_parallel(ask, keys[:LOOKED_AT])))
        self._give(layer, found, [])
        if len(found) < len(keys):
            self._watch.warn(_("The server does not say how it stored some of the objects: refresh the layers."))

    # ------------------------------------------------------------------ what somebody else did

    def _met(self, batch: Batch, answer: Transaction) -> bool:
        """Bring the server's rows of the edits in conflict; gives whether something was found out."""
        places = {item.action.client_id: at for at, item in enumerate(batch)}
        by_key = {(item.target.described.table.name, str(item.key)): at for at, item in enumerate(batch)}
        found: set[int] = set()
        for conflict in answer.conflicts:
            at = places.get(conflict.client_id)
            if at is None:
                name = conflict.table.rpartition(".")[2]
                keys = {str(value) for value in conflict.server.values() if isinstance(value, (int, str))}
                at = next((by_key[name, key] for key in keys if (name, key) in by_key), None)
            if at is not None:
                found.add(at)
        wanted = sorted(found) or of_known_objects(batch)
        return bool(wanted) and len(wanted) <= max(len(found), LOOKED_AT) and self._bring(batch, wanted) > 0

    def _some_are_gone(self, batch: Batch, error: NotFound) -> bool:
        """Whether the server misses objects that others have removed (A28); they are no more here either then."""
        known = of_known_objects(batch)
        named = [at for at in culprits(batch, error.server_message) if at in set(known)]
        wanted = named or known
        try:  # the tables are there: it is their objects that are gone
            tables = (batch[at].target.described.table for at in wanted)
            for table in {table.id: table for table in tables}.values():
                databases.table(self._api, table.database, table.id)
        except (NotFound, Forbidden):
            return False
        return 0 < len(wanted) <= LOOKED_AT and self._bring(batch, wanted, only_gone=True) > 0

    def _bring(self, batch: Batch, wanted: Sequence[int], *, only_gone: bool = False) -> int:
        """Read the rows of these edits as they are on the server, and give them to the store; gives how many.

        They become conflicts there, or are merged with what does not clash.
        """

        def ask(at: int) -> Optional[Row]:
            table = batch[at].target.described.table
            try:
                row = features.get_in_parallel(self._api, table, batch[at].key)
            except NotFound:
                return None
            return None if reading.flag(row.get(table.destroyed)) else row

        count, rows = 0, dict(zip(wanted, self._api.session.in_parallel(ask, wanted)))
        for layer in {batch[at].sent.layer: batch[at].target.layer for at in wanted}.values():
            ours = [at for at in wanted if batch[at].sent.layer == layer.id]
            gone = [batch[at].key for at in ours if rows[at] is None]
            there = [] if only_gone else [row for at in ours if (row := rows[at]) is not None]
            count += len(gone) + len(there)
            self._give(layer, there, gone)
        return count

    def _give(self, layer: Layer, rows: Sequence[Row], gone: Sequence[Any]) -> None:
        if not rows and not gone:
            return
        reader = RowReader(layer)
        with quiet():
            read = [reader(row) for row in rows]
        with FeatureStage(self._store, layer) as stage:
            stage.add(read)
            stage.remove(gone)
            self._store.layers.update(stage)


def _how_far(done: int, total: int) -> str:
    return ngettext(
        "{done} of {n} edit was sent. What was not is kept: run the operation again to send the rest, nothing is sent "
        "twice.",
        "{done} of {n} edits were sent. What was not is kept: run the operation again to send the rest, nothing is "
        "sent twice.",
        counted(total),
        done=counted(done),
    )
