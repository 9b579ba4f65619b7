"""How much something is used: by day in UTC, from rows of minutes or of days, over several pages."""

import json
from datetime import date

import pytest

from geocollab.client.entrepot.configurations import offerings
from geocollab.client.entrepot.statistics import Usage, usage
from tests.client.raw_server import reply

DAY = date(2026, 3, 1)


def row(begin, hits, size, name="begin_date"):
    return {name: begin, "hits": hits, "data_transfer": size}


def read(odd, *answers, first=DAY, last=date(2026, 3, 31)):
    datastore, server = odd(*answers)
    return usage(datastore.session, offerings.url(datastore, "o1", "stats"), first, last), server


def test_rows_of_minutes_are_summed_up_by_day(odd):
    rows = [row("2026-03-01T00:03:12Z", 2, 10), row("2026-03-01T23:58:00Z", 3, 20), row("2026-03-02T00:00:01Z", 1, 5)]

    found, server = read(odd, {"total": {"hits": 6, "data_transfer": 35}, "details": rows})

    assert found == Usage(6, 35, {DAY: (5, 30), date(2026, 3, 2): (1, 5)})
    (asked,) = server.requests
    assert "start=2026-03-01T00%3A00%3A00Z" in asked and "end=2026-04-01T00%3A00%3A00Z" in asked


def test_pages_are_read_to_the_end_and_the_total_is_said_once(odd):
    pages = [
        {"total": {"hits": 51, "data_transfer": 51}, "details": [row("2026-03-01T10:00:00Z", 1, 1)] * 50},
        {"total": {"hits": 51, "data_transfer": 51}, "details": [row("2026-03-02T10:00:00Z", 1, 1)]},
    ]
    ranges = ("0-49/51", "50-50/51")
    answers = [reply(200, json.dumps(p).encode(), [f"Content-Range: {r}"]) for p, r in zip(pages, ranges)]

    found, _server = read(odd, *answers)

    assert found == Usage(51, 51, {DAY: (50, 50), date(2026, 3, 2): (1, 1)})


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ({}, Usage(0, 0, {})),
        ({"total": None, "details": [row("2026-03-01", "4", "7", "date")]}, Usage(4, 7, {DAY: (4, 7)})),
        ({"total": {"hits": 9}, "details": [row("never", 1, 1), "odd"]}, Usage(9, 0, {})),
        ({"details": [row("2026-03-02T00:30:00+01:00", 1, 2)]}, Usage(1, 2, {DAY: (1, 2)})),
    ],
)
def test_odd_answers_are_read_as_far_as_they_go(odd, body, wanted):
    assert read(odd, body)[0] == wanted
