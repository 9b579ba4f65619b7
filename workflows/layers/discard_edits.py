"""Local edits given up: the rows are again as the server last gave them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Optional

from ...i18n import _, ngettext
from ...store.lock import sole_sender
from ...store.store import Store
from ..errors import InputError
from ..pages.report import Report
from ..pages.writing import counted
from ..watch import Watch
from .pending_edits import Chosen, Pending, edits_of


@contextmanager
def discard_edits(
    store: Store,
    chosen: Chosen,
    *,
    what: str = "all",
    include_unsure: bool = False,
    max_count: int = 100,
    dry_run: bool = False,
    watch: Optional[Watch] = None,
) -> Iterator[Pending]:
    """The edits of these layers that are to be given up; at the end of the context they are, in one go.

    Whoever calls this writes down meanwhile what they were: if that fails, or the program ends, nothing was given up.
    The store can be written meanwhile: an edit that was changed since it was first looked at is no longer meant, is
    kept, and is said. `what` is one of `pending_edits.WHAT`; without `include_unsure` what was perhaps sent is left
    alone. Raises InputError for more than `max_count`, StoreBusy while edits are sent.
    """
    with sole_sender(store.path):
        watch = watch or Watch()
        with store.atomic():
            for layer, _rows in chosen:
                store.edits.review(layer)
        found = edits_of(store, chosen, watch)
        found.what, found.with_unsure = what, include_unsure
        found.only_as_counted = True
        found.count()
        count = found.numbers()["COUNT"]
        if count > max_count:
            raise InputError(
                ngettext(
                    "This would give up {n} edit; MAX_COUNT allows {most}. If that is what you want, give a higher "
                    "number.",
                    "This would give up {n} edits; MAX_COUNT allows {most}. If that is what you want, give a higher "
                    "number.",
                    counted(count),
                    most=counted(max_count),
                )
            )
        if found.left_out:
            watch.warn(
                ngettext(
                    "{n} edit was perhaps sent, and is kept: send once more to find out, or tick “What was perhaps "
                    "sent too”.",
                    "{n} edits were perhaps sent, and are kept: send once more to find out, or tick “What was perhaps "
                    "sent too”.",
                    counted(found.left_out),
                )
            )
        yield found
        watch.check()
        if not dry_run:
            _discard(found)
        kept = count - found.numbers()["COUNT"]
        if kept:
            watch.warn(
                ngettext(
                    "{n} edit was changed meanwhile, and is kept: look at it, then run the operation again.",
                    "{n} edits were changed meanwhile, and are kept: look at them, then run the operation again.",
                    counted(kept),
                )
            )


def _discard(found: Pending) -> None:
    """Give up what is still as it was; from then on these are those counted."""
    with found.store.atomic():
        for one in found.layers:
            one.counts.clear()
            layer = one.shown.layer
            now = found.store.layers.get(layer.service, layer.database, layer.table)
            if now is None or now.columns != layer.columns:
                continue  # a refresh gave it other columns: what was edited in new ones has not been looked at
            rows = []
            for edit in found.edits(one):
                one.add(edit)
                rows.append(edit.row)
            found.store.edits.discard(layer, rows)


def discard_sentence(found: Pending, *, dry_run: bool) -> str:
    """What was done, in one line."""
    count = counted(found.numbers()["COUNT"])
    if dry_run:
        return ngettext("{n} edit would be given up.", "{n} edits would be given up.", count)
    return ngettext("{n} edit was given up.", "{n} edits were given up.", count)


def discard_report(found: Pending, *, dry_run: bool) -> Report:
    """What was given up, or would be, as a page."""
    return found.report(
        _("Edits that would be given up") if dry_run else _("Edits given up"),
        nothing=_("There was nothing to give up."),
    )
