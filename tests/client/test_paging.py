"""A list is read complete, or it is known that it is not."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geocollab.client import auth, errors
from geocollab.client.paging import Listing, a2_total, read_whole
from geocollab.client.session import Answer
from tests.client.raw_server import RawServer, reply


class FakeServer:
    """Stands in for a session: `rows` in pages; `twists` change the answer to the n-th request.

    A twist is a function (rows of the page, total) → (rows, Content-Range or None); `total` lies about the number;
    `cap` is the most rows a page has, whatever is asked for; `after_end` is the Content-Range of a page after the end.
    """

    def __init__(self, rows, twists=None, total=None, cap=10**9, announced=True, after_end=None, concurrency=6):
        self.list = [{"id": n + 1} for n in range(rows)] if isinstance(rows, int) else rows
        self.twists = twists or {}
        self.total = total
        self.cap = cap
        self.announced = announced
        self.after_end = after_end
        self.concurrency = concurrency
        self.asked = []

    def send(self, method, url, params=None):
        asked = dict(params)
        size = min(asked["limit"], self.cap)
        first = (asked["page"] - 1) * size
        self.asked.append(asked["page"])
        rows = self.list[first : first + size]
        total = len(self.list) if self.total is None else self.total
        header = f"{first + 1}-{first + len(rows)}/{total}" if rows else f"0-0/{total}"
        if not rows and asked["page"] > 1 and self.after_end is not None:
            header = self.after_end
        if not self.announced:
            header = None
        twist = self.twists.get(len(self.asked))
        if twist:
            rows, header = twist(rows, header)
        headers = {} if header is None else {"Content-Range": header}
        return Answer("GET", url, 206, headers, json.dumps(rows).encode(), 0.0)

    def get(self, url, params=None):
        return self.send("GET", url, params)

    def in_parallel(self, function, items):
        """As the session does it: some pages are fetched before they are looked at."""
        waiting = []
        for item in items:
            waiting.append(function(item))
            if len(waiting) >= self.concurrency:
                yield waiting.pop(0)
        yield from waiting


def read(server, limit=100):
    listing = Listing(server, "http://server/list", [("sort", "id:ASC")], limit)
    ids = [row["id"] for page in listing for row in page]
    return listing, ids, listing.complete(len(set(ids)))


# ------------------------------------------------------------------ a server that keeps to the contract


@pytest.mark.parametrize(
    ("rows", "requests"), [(0, 1), (1, 1), (99, 1), (100, 2), (101, 2), (200, 3), (250, 3), (1000, 11)]
)
def test_how_many_requests_a_list_takes(rows, requests):
    server = FakeServer(rows)
    listing, ids, complete = read(server)
    assert ids == list(range(1, rows + 1)) and complete
    assert server.asked == list(range(1, requests + 1))
    assert listing.rows == listing.first_total == listing.last_total == rows
    assert not listing.announced_wrongly


@pytest.mark.parametrize(("rows", "requests"), [(0, 1), (99, 1), (100, 2), (101, 2), (200, 3), (250, 3)])
def test_without_a_total_pages_are_read_as_long_as_they_are_full(rows, requests):
    server = FakeServer(rows, announced=False)
    listing, ids, complete = read(server)
    assert ids == list(range(1, rows + 1)) and complete
    assert len(server.asked) == requests
    assert listing.first_total is None and not listing.announced_wrongly


@pytest.mark.parametrize("after_end", ["0-0/0", "*/0", "", "0-0/*", "201-200/200"])
def test_what_is_announced_after_the_end_does_not_matter(after_end):
    listing, ids, complete = read(FakeServer(200, after_end=after_end))
    assert len(ids) == 200 and complete and listing.last_total == 200


@pytest.mark.parametrize(
    ("header", "total"),
    [("1-100/250", 250), ("items 0-9/47", 47), ("0-0/0", 0), ("1-1/ 7 ", 7), ("*/12", 12), ("", None),
     ("1-100/*", None), ("1-100", None), ("1-2/-3", None), ("1/2/3", 3), ("1-2/3.5", None),
     ("0-9/١٢", None), ("1-2/" + "9" * 40, None),
     ("1-2/1e3", None)],
)  # fmt: skip
def test_only_the_total_of_a_content_range_is_read(header, total):
    assert a2_total(Answer("GET", "", 206, {"Content-Range": header}, b"[]", 0.0)) == total


# ------------------------------------------------------------------ a server that announces nonsense


@pytest.mark.parametrize("total", [0, 1, 100, 150, 199, 249])
def test_a_total_that_is_too_small_loses_nothing(total):
    listing, ids, complete = read(FakeServer(250, total=total))
    assert len(ids) == 250 and complete and listing.announced_wrongly


@pytest.mark.parametrize("total", [251, 300, 301, 1000, 10**12])
def test_a_total_that_is_too_big_ends_all_the_same(total):
    server = FakeServer(250, total=total)
    listing, ids, complete = read(server)
    assert len(ids) == 250 and complete and listing.announced_wrongly
    assert len(server.asked) <= 3 + 2 + server.concurrency


def test_a_server_that_gives_fewer_a_page_than_asked_for():
    for rows in (40, 80, 250, 1000):
        server = FakeServer(rows, cap=50)
        listing, ids, complete = read(server)
        assert len(ids) == rows and complete and not listing.announced_wrongly
    # without a total nobody can know that there is more
    assert len(read(FakeServer(250, cap=50, announced=False))[1]) == 50


def test_a_server_that_ignores_the_page_does_not_keep_us_for_ever():
    class Stubborn(FakeServer):
        def send(self, method, url, params=None):
            return super().send(method, url, [("page", 1), ("limit", 100)])

    for announced in (True, False):
        server = Stubborn(250, announced=announced)
        _listing, ids, complete = read(server)
        assert not complete and len(ids) == 200
        assert len(server.asked) <= 1 + server.concurrency


# ------------------------------------------------------------------ a list that is not what it seems


def cut(size):
    return lambda rows, header: (rows[:size], header)


@pytest.mark.parametrize("size", [0, 1, 60, 99])
@pytest.mark.parametrize("request_number", [1, 2, 3])
@pytest.mark.parametrize("rows", [250, 299])
def test_a_page_that_was_cut_short_is_noticed(rows, request_number, size):
    if request_number == 3 and size >= rows - 200:
        return
    _listing, ids, complete = read(FakeServer(rows, {request_number: cut(size)}))
    assert len(ids) < rows and not complete


@pytest.mark.parametrize("size", [0, 30])
def test_a_single_page_that_was_cut_short_is_noticed(size):
    _listing, ids, complete = read(FakeServer(80, {1: cut(size)}))
    assert not complete and len(ids) == size


def test_two_pages_that_came_empty_are_noticed():
    _listing, ids, complete = read(FakeServer(1000, {4: cut(0), 5: cut(0)}))
    assert not complete and len(ids) < 1000


def test_a_page_that_stays_empty_in_the_middle_is_noticed():
    class Holey(FakeServer):
        def send(self, method, url, params=None):
            answer = super().send(method, url, params)
            if dict(params)["page"] == 4:
                return Answer("GET", url, 206, answer.headers, b"[]", 0.0)
            return answer

    _listing, ids, complete = read(Holey(1000))
    assert not complete and len(ids) < 1000


@pytest.mark.parametrize("page", [2, 3, 4])
def test_a_page_given_twice_is_noticed(page):
    rows = FakeServer(350).list
    again = rows[(page - 2) * 100 : (page - 1) * 100]
    _listing, ids, complete = read(FakeServer(350, {page: lambda _rows, header: (again, header)}))
    assert not complete and len(ids) > len(set(ids))


def test_a_list_that_shrinks_is_noticed():
    class Shrinking(FakeServer):
        def send(self, method, url, params=None):
            if len(self.asked) == 1:  # after the first page a row of it goes: row 101 moves to where nobody looks again
                del self.list[0]
            return super().send(method, url, params)

    _listing, ids, complete = read(Shrinking(250))
    assert 101 not in ids and len(ids) == len(set(ids)) == 249 and not complete


def test_a_list_that_shrinks_and_grows_is_noticed():
    class Restless(FakeServer):
        def send(self, method, url, params=None):
            if len(self.asked) == 1:
                del self.list[0]
            if len(self.asked) == 2:
                self.list.append({"id": 999})
            return super().send(method, url, params)

    _listing, ids, complete = read(Restless(350))
    assert 101 not in ids and len(set(ids)) == 350 and not complete


def test_a_list_that_grows_is_complete():
    class Growing(FakeServer):
        def send(self, method, url, params=None):
            self.list.append({"id": 1000 + len(self.asked)})
            return super().send(method, url, params)

    for rows in (0, 98, 99, 100, 199, 250, 299):
        server = Growing(rows)
        _listing, ids, complete = read(server)
        assert complete and set(range(1, rows + 1)) <= set(ids)


def test_rows_left_out_of_the_count_leave_a_list_complete():
    server = FakeServer([{"id": n} for n in range(249)] + [{"id": None}])
    listing = Listing(server, "http://server/list", [])
    ids = []
    for page in listing:
        for row in page:
            if row["id"] is None:
                listing.rows -= 1
            else:
                ids.append(row["id"])
    assert listing.complete(len(ids)) and not listing.announced_wrongly
    assert len(server.asked) == 3


FAULT = st.one_of(
    st.builds(cut, st.integers(0, 40)),
    st.just(lambda rows, header: (rows, None)),
    st.just(lambda rows, header: (rows[::-1], header)),
    st.builds(lambda total: lambda rows, header: (rows, f"1-2/{total}"), st.integers(0, 300)),
    st.just(lambda rows, header: ([{"id": n} for n in range(1, 21)], header)),
)


@settings(max_examples=400, deadline=None)
@given(
    rows=st.integers(0, 130), twists=st.dictionaries(st.integers(1, 9), FAULT, max_size=2), cap=st.sampled_from([20, 7])
)
def test_whatever_goes_wrong_a_list_that_is_called_complete_is(rows, twists, cap):
    """As far as anybody can know: a total that lies and a page that is cut at once can hide rows."""
    listing, ids, complete = read(FakeServer(rows, twists, cap=cap), limit=20)
    if complete and not listing.announced_wrongly and listing.last_total is not None:
        assert len(set(ids)) == listing.last_total
    single = len(twists) <= 1 and cap == 20
    if complete and single and listing.first_total is not None and listing.first_total == rows:
        assert set(ids) >= set(range(1, rows + 1))


@pytest.mark.parametrize(
    "body", [b"{}", b"7", b"null", b'"x"', b"[1]", b"[null]", b'[{"id": 1}, []]', b"", b"<html></html>", b"[{]"]
)
def test_a_page_that_is_no_list_is_a_malformed_answer(make_session, body):
    with RawServer(reply(200, body)) as server, pytest.raises(errors.MalformedAnswer):
        list(Listing(make_session(), server.url, []))


# ------------------------------------------------------------------ the whole of a short list


def test_a_short_list_is_read_again_until_it_is_whole():
    server = FakeServer(150, {2: cut(0)})
    assert len(read_whole(server, "http://server/list", [])) == 150
    assert server.asked == [1, 2, 2, 1, 2]  # page 2 once more, then all of it


def test_a_short_list_that_is_never_whole_is_an_error():
    server = FakeServer(150, {n: cut(3) for n in range(1, 100, 3)})
    with pytest.raises(errors.MalformedAnswer):
        read_whole(server, "http://server/list", [])


def test_a_short_list_may_hold_odd_rows():
    rows = [{"id": 1}, {"id": [1]}, {"id": None}, {}, {"id": {"a": 1}}]
    assert read_whole(FakeServer(rows), "http://server/list", []) == rows


# ------------------------------------------------------------------ the sandbox

REPORTS = "/gcms/api/reports"


@pytest.fixture
def reading(sandbox, make_session):
    """`reading(limit)`: the listing, ids and verdict for the reports that `membre` sees, 20 a page."""

    def read_reports(limit=20):
        session = make_session(auth.basic("membre", "sandbox-membre"))
        listing = Listing(session, sandbox.url + REPORTS, [("sort", "id:ASC")], limit)
        ids = [row["id"] for page in listing for row in page]
        return listing, ids, listing.complete(len(set(ids)))

    return read_reports


def pages_asked(sandbox):
    return sorted(int(dict(map(tuple, entry["query"]))["page"]) for entry in sandbox.journal(REPORTS))


def test_the_sandbox_is_read_in_order_with_one_request_a_page(sandbox, reading):
    listing, ids, complete = reading(20)
    assert complete and ids == sorted(ids) and len(ids) == listing.first_total > 200
    pages = -(-len(ids) // 20) + (len(ids) % 20 == 0)
    assert pages_asked(sandbox) == list(range(1, pages + 1))
    query = dict(map(tuple, sandbox.journal(REPORTS)[0]["query"]))
    assert query == {"sort": "id:ASC", "page": "1", "limit": "20"}


@pytest.mark.parametrize(
    ("fault", "complete"),
    [
        ({"kind": "no_content_range", "times": None}, True),
        ({"kind": "no_content_range"}, True),
        ({"kind": "odd_content_range", "value": "items 0-9/47", "times": None}, True),
        ({"kind": "odd_content_range", "value": "whatever", "times": None}, True),
        ({"kind": "wrong_total", "delta": 1, "times": None}, True),
        ({"kind": "wrong_total", "delta": 1000, "times": None}, True),
        ({"kind": "wrong_total", "delta": 10**11, "times": None}, True),
        ({"kind": "wrong_total", "delta": -1, "times": None}, True),
        ({"kind": "wrong_total", "delta": -100, "times": None}, True),
        ({"kind": "repeat_page", "after": 3}, False),
        ({"kind": "short_page", "after": 3, "rows": 5}, False),
        ({"kind": "short_page", "after": 3, "rows": 0}, False),
        ({"kind": "short_page", "rows": 0}, False),
    ],
    ids=lambda value: value["kind"] if isinstance(value, dict) else None,
)
def test_faults_of_the_sandbox(sandbox, reading, fault, complete):
    _listing, expected, _complete = reading()
    sandbox.clear_journal()
    sandbox.faults(fault)
    _listing, ids, verdict = reading()
    assert verdict == complete
    assert (ids == expected) == complete
    assert len(sandbox.journal(REPORTS)) <= len(expected) // 20 + 1 + 9


def test_a_broken_page_in_the_middle_is_an_error(sandbox, reading):
    for fault in ({"kind": "not_json"}, {"kind": "truncated_json"}, {"kind": "html", "status": 200}):
        sandbox.faults({**fault, "after": 3})
        with pytest.raises(errors.MalformedAnswer):
            reading()


def test_a_bad_day_is_passed_over(sandbox, reading, quick):
    _listing, expected, _complete = reading()
    sandbox.faults(
        {"kind": "drop", "after": 1, "times": 3}, {"kind": "status", "status": 503, "after": 5, "times": 3},
        {"kind": "reset", "after": 9, "times": 2}, {"kind": "rate_limit", "retry_after": 0, "after": 12, "times": 2},
    )  # fmt: skip
    _listing, ids, complete = reading()
    assert complete and ids == expected
