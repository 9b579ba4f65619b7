"""How far back a refresh looks: whatever ends in time is seen, and a layer at rest is left alone."""

from datetime import datetime, timedelta, timezone
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geocollab.store.store import Store
from geocollab.workflows.layers import settling
from geocollab.workflows.layers.settling import A33_LONGEST, Window, window_of
from tests.store.parcels import spec

BEGIN = datetime(2026, 1, 1, tzinfo=timezone.utc)
LONGEST = int(A33_LONGEST / timedelta(minutes=1))
# (minutes since the transaction before began, how long it takes); numbers are given in the order of beginnings
TRANSACTIONS = st.lists(st.tuples(st.integers(0, 8), st.integers(0, LONGEST - 1)), max_size=12)
LOOKS = st.lists(st.integers(1, 15), max_size=12)


class Table:
    """A table that is looked at as a refresh does it; it was loaded at the very beginning."""

    def __init__(self, transactions):
        starts = accumulate(pause for pause, _length in transactions)
        self.ends = [start + length for start, (_pause, length) in zip(starts, transactions)]
        self.seen, self.watermark, self.reads = set(), 0, 0
        self.window = Window(0, 0, BEGIN)

    def there(self, minute):
        return {number for number, end in enumerate(self.ends, 1) if end < minute}

    def look(self, minute):
        newest = max(self.there(minute), default=0)
        if newest == self.watermark and self.window.at_rest:
            return
        self.reads += 1
        self.seen |= {number for number in self.there(minute) if number >= self.window.since}
        self.window = self.window.after(newest, BEGIN + timedelta(minutes=minute))
        self.watermark = newest


@given(TRANSACTIONS, LOOKS)
def test_whatever_ended_in_time_is_seen_in_the_end_and_then_the_layer_is_at_rest(transactions, pauses):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(settling, "A33_OVERLAP", 0)
        table = Table(transactions)
        for minute in accumulate(pauses):
            table.look(minute)
        last = max([sum(pauses), *table.ends])
        for minute in (last + 1, last + 1 + LONGEST, last + 1 + 2 * LONGEST):
            table.look(minute)
        assert table.seen == set(range(1, len(transactions) + 1))
        assert table.window.at_rest
        reads = table.reads
        table.look(last + 1000)
        assert table.reads == reads


def test_it_goes_back_behind_what_is_settled():
    assert Window(100, 100, BEGIN).since == 100 - settling.A33_OVERLAP
    assert Window(3, 100, BEGIN).since == 0


def test_a_clock_that_was_set_back_does_not_keep_a_layer_from_coming_to_rest():
    window = Window(1, 5, BEGIN + timedelta(days=365)).after(5, BEGIN)
    assert window.at_rest


def test_what_is_known_stays_with_its_watermark(tmp_path):
    with Store(tmp_path / "a.sqlite") as store:
        layer = store.layers.create(spec())
        assert window_of(store, layer, 7, BEGIN) == Window(7, 7, BEGIN)
        window = Window(3, 7, BEGIN)
        with store.atomic():
            window.keep(store, layer, 7)
        assert window_of(store, layer, 7, BEGIN + timedelta(1)) == window
        assert window_of(store, layer, 8, BEGIN).at_rest  # loaded as a whole since
        with store.atomic():
            Window(7, 7, BEGIN).keep(store, layer, 7)
        assert window_of(store, layer, 7, BEGIN).at_rest
