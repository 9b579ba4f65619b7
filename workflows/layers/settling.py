"""How far back a refresh looks in the history of a table (contract 2.12).

A transaction has its number from its beginning, and its rows are seen from its end: one that began early and ended late
is below a watermark read in between. So a number counts as settled only when everything that began before it was seen
must have ended; until then each refresh reads again from the last number that is settled.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from ...store.layer import Layer
from ...store.store import Store

A33_LONGEST = timedelta(minutes=10)
"""A33: no order of ends (`max-ordrefinevol`) can be had, so no transaction is taken to last longer than this."""
A33_OVERLAP = 20
"""A33: numbers to go back behind a settled one: for what was under way when the layer was loaded as a whole."""


class Window(NamedTuple):
    """Up to `settled` nothing can come any more; `seen` was the last number `at` a moment after that."""

    settled: int
    seen: int
    at: datetime

    @property
    def since(self) -> int:
        """The number to read from."""
        return max(0, self.settled - A33_OVERLAP)

    @property
    def at_rest(self) -> bool:
        return self.settled == self.seen

    def after(self, newest: int, now: datetime) -> Window:
        """What is known after everything since `since` was read, `now` and `newest` being from before that."""
        if self.at_rest:
            return Window(self.settled, newest, now)
        if timedelta(0) <= now - self.at < A33_LONGEST:
            return self
        return Window(self.seen, newest, now)

    def keep(self, store: Store, layer: Layer, watermark: int) -> None:
        """Remember it together with the watermark that it belongs to, inside `atomic`."""
        kept = None
        if not self.at_rest:
            kept = {"watermark": watermark, "settled": self.settled, "seen": self.seen, "at": self.at.isoformat()}
        store.set_state(_key(layer), kept)


def window_of(store: Store, layer: Layer, watermark: int, now: datetime) -> Window:
    """What is known of a layer that is complete up to this watermark; after a whole load it is taken to be at rest."""
    kept = store.state(_key(layer)) or {}
    if kept.get("watermark") != watermark:
        return Window(watermark, watermark, now)
    return Window(kept["settled"], kept["seen"], datetime.fromisoformat(kept["at"]))


def _key(layer: Layer) -> str:
    return f"refresh {layer.id}"
