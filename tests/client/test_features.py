"""Reading rows: pages, filters, boxes, what changed, every form of the answer, and tables that move meanwhile."""

import json
import re
from functools import cache
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geocollab.client import auth, errors
from geocollab.client.espaceco import databases, features, transactions
from geocollab.client.espaceco.api import EspaceCo
from geocollab.client.espaceco.features import FeatureQuery, Reading
from geocollab.client.session import Session
from tests.client.raw_server import RawServer, reply

DEMO, BDTOPO, SUIVI = 9, 21, 34
PARCELS = 3402


@pytest.fixture
def parcels(api):
    return databases.table(api, SUIVI, PARCELS)


@pytest.fixture
def invented(make_session):
    """`invented(answers, limit)`: a reading of a table `t` with the key `k` from a server that says what `answers` do
    of offset and limit; with the offsets that were asked for.
    """
    servers = []

    def make(give, limit=10, concurrency=1):
        offsets = []

        def answer(connection, server):
            query = parse_qs(urlsplit(server.requests[-1].split()[1]).query)
            offset = int(query["offset"][0])
            offsets.append(offset)
            rows = give(offset, int(query["maxFeatures"][0]))
            connection.sendall(reply(200, json.dumps(rows).encode()))

        servers.append(RawServer(answer))
        api = EspaceCo(make_session(concurrency=concurrency), servers[-1].url)
        return Reading(api, table_of(servers[-1], make_session), FeatureQuery(), limit), offsets

    yield make
    for server in servers:
        server.__exit__()


def table_of(server, make_session, **members):
    """A table as a server describes it that says only this."""
    described = {"name": "t é", "database": "b/d", "id_name": "k", "geometry_name": "g", **members}
    with RawServer(reply(200, json.dumps(described).encode())) as other:
        return databases.table(EspaceCo(make_session(), other.url), 1, 2)


def keys(pages, name="k"):
    return [row[name] for page in pages for row in page]


def asked(sandbox):
    """The queries of the WFS-like readings."""
    return [dict(entry["query"]) for entry in sandbox.journal("/wfs")]


# ------------------------------------------------------------------ pages


def test_a_small_table_is_one_request(api, sandbox):
    table = databases.table(api, DEMO, 1734)
    sandbox.clear_journal()
    reading = Reading(api, table, FeatureQuery())
    (page,) = reading
    assert len(page) == reading.rows == 60 and reading.steady
    (seen,) = sandbox.journal()
    assert seen["path"] == "/gcms/api/wfs/demo_guichet"
    assert dict(seen["query"]) == {
        "service": "WFS", "version": "1.0.0", "request": "GetFeature", "typename": "pharmacies_paris",
        "outputFormat": "JSON", "offset": "0", "maxFeatures": "10000",
    }  # fmt: skip
    assert set(page[0]) == {column.name for column in table.columns}
    assert page[0]["geom"].startswith("POINT(")


@pytest.mark.parametrize("limit", [7, 40, 50, 199, 200, 201])
def test_pages_of_any_size_give_every_row_once(api, sandbox, parcels, limit):
    sandbox.clear_journal()
    reading = Reading(api, parcels, FeatureQuery(), limit)
    found = keys(reading, "id")
    assert found == sorted(set(found)) and len(found) == 200 == reading.rows and reading.steady
    needed = 1 if limit > 200 else -(-(200 - limit) // (limit - 1)) + 2
    assert len(asked(sandbox)) <= needed + features.AHEAD


def test_no_more_than_two_pages_ahead(invented):
    reading, offsets = invented(lambda offset, limit: [{"k": n} for n in range(offset, offset + limit)], concurrency=6)
    pages = iter(reading)
    for number in range(1, 6):
        next(pages)
        assert len(offsets) <= number + features.AHEAD


def test_an_empty_table(api, sandbox):
    table = databases.table(api, DEMO, 1734)
    assert list(Reading(api, table, FeatureQuery(condition={"capacite": {"$gt": 1000}}))) == []


def test_a_server_that_gives_less_than_it_is_asked_for(invented):
    """500 rows look like a limit of the server's own, 499 do not."""
    for total, expected in ((1250, 1250), (500, 500), (1000, 1000), (499, 499)):
        reading, offsets = invented(
            lambda offset, limit, total=total: [{"k": n} for n in range(offset, min(offset + min(limit, 500), total))],
            limit=10_000,
        )
        assert keys(reading) == list(range(expected)) and reading.steady
        assert (len(offsets) == 1) == (total == 499)


@given(st.integers(0, 60), st.integers(2, 12))
def test_every_row_of_a_table_that_stands_still_comes_once(total, limit):
    reading = offline(lambda offset: [{"k": n} for n in range(offset, min(offset + limit, total))], limit)
    assert keys(reading) == list(range(total)) and reading.steady


@given(st.integers(0, 60), st.integers(3, 12), st.lists(st.integers(0, 59), max_size=9), st.lists(st.integers(1, 30)))
def test_no_row_is_missed_when_others_are_destroyed_meanwhile(total, limit, gone, moments):
    """Each request may find one row fewer; every row that stayed has to come."""
    rows, losses = list(range(total)), dict(zip(moments, gone))
    calls = []

    def give(offset):
        calls.append(offset)
        if losses.get(len(calls)) in rows:
            rows.remove(losses[len(calls)])
        return [{"k": n} for n in rows[offset : offset + limit]]

    reading = offline(give, limit)
    found = keys(reading)
    assert set(rows) <= set(found)


class Alone(Session):
    """One request after the other, in this thread: hundreds of readings a second."""

    def in_parallel(self, function, items, most=None):
        return map(function, items)


@cache
def alone():
    return EspaceCo(Alone(), "http://localhost")


def offline(give, limit):
    """A reading whose pages `give` makes of the offset, without any server."""
    described = databases.Table(
        1, 1, "d", "t", "", "", False, False, "k", "", "", "", None, None, None, (), None, (), {}
    )  # fmt: skip
    reading = Reading(alone(), described, FeatureQuery(), limit)
    reading._fetch = give
    return reading


def test_a_page_that_is_cut_short_in_the_middle_is_gone_on_from(api, sandbox, parcels):
    sandbox.faults({"kind": "short_page", "rows": 3, "path": "/wfs", "after": 2})
    reading = Reading(api, parcels, FeatureQuery(), 30)
    assert keys(reading, "id") == list(range(1, 201)) and reading.steady


def test_a_server_that_has_no_order_is_read_to_the_end_and_told_of(invented):
    def give(offset, limit):
        rows = [{"k": n} for n in range(35)]
        turned = rows[offset % 7 :] + rows[: offset % 7]
        return turned[offset : offset + limit]

    reading, offsets = invented(give)
    assert len(keys(reading)) == reading.rows >= 35
    assert not reading.steady and len(offsets) < 60


def test_a_table_that_loses_whole_pages_meanwhile():
    """Further back, until there is something again."""
    rows = list(range(60))

    def give(offset):
        if offset > 20:
            del rows[22:]
        return [{"k": n} for n in rows[offset : offset + 10]]

    reading = offline(give, 10)
    assert set(keys(reading)) >= set(range(22)) and reading.steady


def test_a_table_that_is_emptied_meanwhile():
    reading = offline(lambda offset: [] if offset else [{"k": n} for n in range(10)], 10)
    pages = iter(reading)
    assert len(next(pages)) == 10
    reading._fetch = lambda offset: []
    assert list(pages) == [] and reading.steady


def test_pages_that_never_fit_are_an_error(invented):
    reading, _offsets = invented(lambda offset, limit: [{"k": n} for n in range(limit if offset % 4 < 3 else 3)])
    with pytest.raises(errors.MalformedAnswer, match="do not follow"):
        for _page in reading:
            pass


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"kind": "status", "status": 403}, errors.Forbidden),
        ({"kind": "status", "status": 500}, errors.ServerFault),
        ({"kind": "truncated_json"}, errors.MalformedAnswer),
        ({"kind": "html", "status": 200}, errors.MalformedAnswer),
    ],
)
def test_a_failure_in_the_middle_is_raised(api, sandbox, parcels, quick, fault, error):
    # for ever: a request of the test before that is still under way may be struck too
    sandbox.faults({**fault, "path": "/wfs", "after": 2, "times": None})
    with pytest.raises(error):
        list(Reading(api, parcels, FeatureQuery(), 30))


def test_an_expired_token_in_the_middle_is_renewed(sandbox, sso, make_session, parcels):
    signed = auth.password_grant(sso, "geocollab-sandbox", "membre", "sandbox-membre")  # pragma: allowlist secret
    member = EspaceCo(make_session(signed), sandbox.url + "/gcms/api")
    sandbox.faults({"kind": "expired_token", "path": "/wfs", "after": 2})
    assert keys(Reading(member, parcels, FeatureQuery(), 30), "id") == list(range(1, 201))


# ------------------------------------------------------------------ what is asked for


def test_conditions_and_boxes_are_sent_and_obeyed(api, sandbox):
    table = databases.table(api, DEMO, 1734)
    condition = features.every(features.live(table), {"zone": "Zone1"}, {"nom pharmacie": {"$like": "Pharmacie%"}})
    rows = features.first(api, table, FeatureQuery(condition=condition), 100)
    assert rows and {row["zone"] for row in rows} == {"Zone1"}
    x, y = map(float, re.findall(r"[0-9.]+", rows[0]["geom"]))
    box = (x - 0.5, y - 0.5, x + 0.5, y + 0.5)
    assert rows[0] in features.first(api, table, FeatureQuery(box, condition), 100)
    assert features.first(api, table, FeatureQuery((0, 0, 1, 1)), 100) == []
    assert len(features.first(api, table, FeatureQuery(), 3)) == 3
    sent = asked(sandbox)[1]
    assert json.loads(sent["filter"]) == {"$and": [{"zone": "Zone1"}, {"nom pharmacie": {"$like": "Pharmacie%"}}]}
    assert sent["bbox"] == databases.box_text(box)


def test_conditions_together():
    one, two = {"a": 1}, {"b": {"$gt": 2}}
    assert features.every() is None and features.every(None, None) is None
    assert features.every(None, one) == one
    assert features.every(one, None, two) == {"$and": [one, two]}


@pytest.mark.parametrize(("database", "table"), [(BDTOPO, 2101), (SUIVI, 3401)])
def test_live_rows_and_what_changed_since(api, database, table):
    """The first load leaves the destroyed ones out; one pass gives both, live and destroyed, from a number on."""
    described = databases.table(api, database, table)
    flag = described.destroyed
    all_rows = [row for page in Reading(api, described, FeatureQuery()) for row in page]
    live = [row for page in Reading(api, described, FeatureQuery(condition=features.live(described))) for row in page]
    assert live == [row for row in all_rows if not row[flag]] != all_rows
    numrec = sorted(row["gcms_numrec"] for row in all_rows)[-20]
    changed = [row for page in Reading(api, described, FeatureQuery(condition=features.since(numrec))) for row in page]
    assert changed == [row for row in all_rows if row["gcms_numrec"] >= numrec]
    assert {row[flag] for row in changed} == {True, False}


def test_a_table_without_flag_has_no_condition(api):
    assert features.live(databases.table(api, DEMO, 1734)) is None


def test_tables_of_odd_names(api, sandbox):
    table = databases.table(api, DEMO, 1736)
    assert table.name == "Tous les types (été)"
    (page,) = Reading(api, table, FeatureQuery(condition={"N° objet": {"$lte": 3}}))
    assert keys([page], "N° objet") == [1, 2, 3] and page[0]["Étiquettes"] == ["vélo"]


def test_names_cannot_leave_their_place(make_session):
    with RawServer(reply(200, b"[]")) as server:
        table = table_of(server, make_session)
        api = EspaceCo(make_session(), server.url + "/api")
        assert list(Reading(api, table, FeatureQuery())) == []
        with pytest.raises(errors.MalformedAnswer):
            features.get(api, table, "../a?b")
        paths = [request.split()[1] for request in server.requests]
    assert paths[0].startswith("/api/wfs/b%2Fd?") and "typename=t+%C3%A9&" in paths[0]
    assert paths[1] == "/api/databases/1/tables/2/features/..%2Fa%3Fb"


def test_one_row_by_its_key(api):
    table = databases.table(api, BDTOPO, 2101)
    rows = features.first(api, table, FeatureQuery(condition={"detruit": True}), 1)
    assert features.get(api, table, rows[0]["cleabs"]) == rows[0]
    (again,) = api.session.in_parallel(lambda key: features.get_in_parallel(api, table, key), [rows[0]["cleabs"]])
    assert again == rows[0]
    with pytest.raises(errors.NotFound):
        features.get(api, table, "TRONROUT0000000000000000")


# ------------------------------------------------------------------ forms of the answer


@pytest.mark.parametrize("form", ["data", "rows", "items", "features"])
def test_rows_in_an_envelope(api, sandbox, form):
    table = databases.table(api, DEMO, 1734)
    usual = features.first(api, table, FeatureQuery(), 50)
    sandbox.faults({"kind": "odd_rows", "form": form, "times": None})
    assert features.first(api, table, FeatureQuery(), 50) == usual
    parcels = databases.table(api, SUIVI, PARCELS)
    assert keys(Reading(api, parcels, FeatureQuery(), 60), "id") == list(range(1, 201))


def test_a_geometry_may_be_an_object(api, sandbox):
    table = databases.table(api, BDTOPO, 2101)
    sandbox.faults({"kind": "odd_rows", "form": "geojson_geometry"})
    (row,) = features.first(api, table, FeatureQuery(), 1)
    assert row["geometrie"]["type"] == "LineString" and len(row["geometrie"]["coordinates"][0]) == 3


def test_a_feature_collection(make_session):
    point = {"type": "Point", "coordinates": [1, 2, 3]}
    features_ = [
        {"type": "Feature", "id": 7, "geometry": point, "properties": {"a": 1}},
        {"type": "Feature", "id": "t.8", "geometry": None, "properties": {"a": 2, "k": 8}},
        {"type": "Feature", "geometry": point, "properties": []},
    ]
    body = json.dumps({"type": "FeatureCollection", "features": features_}).encode()
    with RawServer(reply(200, body)) as server:
        found = features.first(EspaceCo(make_session(), server.url), table_of(server, make_session), FeatureQuery(), 9)
    assert found == [{"a": 1, "g": point, "k": 7}, {"a": 2, "k": 8, "g": None}, {"g": point}]


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"code": 403, "message": "Table réservée"}, errors.Forbidden),
        ({"code": "404", "message": "Table inconnue"}, errors.NotFound),
        ({"code": 500, "message": "x"}, errors.ServerFault),
        ({"code": 0, "message": "x"}, errors.MalformedAnswer),
        ({}, errors.MalformedAnswer),
        ({"data": {}}, errors.MalformedAnswer),
        (None, errors.MalformedAnswer),
        ("x", errors.MalformedAnswer),
        ([1], errors.MalformedAnswer),
    ],
)
def test_what_is_no_list_of_rows_is_an_error(make_session, body, error):
    with RawServer(reply(200, json.dumps(body).encode())) as server:
        api, table = EspaceCo(make_session(), server.url), table_of(server, make_session)
        with pytest.raises(error) as caught:
            list(Reading(api, table, FeatureQuery()))
        if isinstance(body, dict) and "message" in body:
            assert body["message"] in str(caught.value)


def test_a_table_that_loses_a_row_while_it_is_read(writable, make_session):
    """A live row that is destroyed between two pages moves all those behind it by one."""
    api = EspaceCo(make_session(auth.basic("admin", "sandbox-admin")), writable.url + "/gcms/api")
    table = databases.table(api, SUIVI, PARCELS)
    query = FeatureQuery(condition=features.live(table))
    whole = keys(Reading(api, table, query), "id")
    reading = Reading(api, table, query, 40)
    pages = iter(reading)
    found = next(pages)
    gone = [
        transactions.Action(PARCELS, "Delete", {"id": row["id"], "gcms_fingerprint": row["gcms_fingerprint"]})
        for row in found[:2]
    ]
    (done,) = api.session.in_parallel(lambda _: transactions.send(api, SUIVI, gone, transactions.new_token()), [0])
    assert done.committed
    found = [row["id"] for row in found] + keys(pages, "id")
    assert set(found) == set(whole) and reading.steady
