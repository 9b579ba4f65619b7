"""What all resources share: addresses, lists of fifty a page, and what the server says when it refuses."""

import json
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geocollab.client import errors
from geocollab.client.entrepot.api import EA1_MAX_LIMIT, Entrepot, segment
from geocollab.client.entrepot.uploads import uploads
from tests.client.raw_server import RawServer, drop, reply

ROWS = [{"_id": f"id-{number}", "name": f"livraison {number}"} for number in range(230)]


class Pages:
    """A list that is answered page by page; what follows says how the server cheats.

    `most`: the most that it gives a page, whatever is asked for. `short`: pages that end early, by number: (rows,
    how often). `announced`: whether the total is said.
    """

    def __init__(self, total, most=50, short=None, announced=True):
        self.rows, self.most, self.short, self.announced = ROWS[:total], most, short or {}, announced
        self.numbers = []

    def __call__(self, connection, server):
        query = dict(parse_qsl(urlsplit(server.requests[-1].split(" ")[1]).query))
        number, limit = int(query["page"]), min(int(query["limit"]), self.most)
        self.numbers.append(number)
        first = (number - 1) * limit
        rows = self.rows[first : first + limit]
        if number in self.short:
            size, times = self.short[number]
            rows = rows[:size]
            self.short[number] = (size, times - 1)
            if times == 1:
                del self.short[number]
        shown = f"{first + 1}-{first + len(rows)}" if rows else "0-0"
        headers = [f"Content-Range: {shown}/{len(self.rows)}"] if self.announced else []
        connection.sendall(reply(206, json.dumps(rows).encode(), headers))


def listed(odd, pages):
    datastore, _server = odd(pages)
    datastore.session.concurrency = 1
    return [upload.name for upload in uploads.list(datastore)]


@pytest.mark.parametrize("end", ["", "/"])
def test_addresses_are_below_the_root(member, end):
    datastore = Entrepot(member, "http://a.invalid/api" + end).datastore("d")
    assert uploads.url(datastore, "u", "tree") == "http://a.invalid/api/datastores/d/uploads/u/tree"


@pytest.mark.parametrize("id", ["", ".", "..", "../../users/me", "a/b", "a?b=c", "a#b", "a%2Fb", "é", "a b", "x" * 101])
def test_what_is_no_id_is_never_made_part_of_an_address(odd, id):
    datastore, server = odd({})
    for act in (uploads.get, uploads.delete):
        with pytest.raises(errors.NotFound):
            act(datastore, id)
    with pytest.raises(errors.NotFound):
        uploads.get(datastore.api.datastore(id), "a")
    assert server.requests == []


@given(id=st.uuids())
def test_ids_are_left_alone(id):
    assert segment(str(id)) == str(id)


@pytest.mark.parametrize("announced", [True, False])
@pytest.mark.parametrize("total", [0, 1, 49, 50, 51, 100, 230])
def test_a_list_comes_whole_fifty_at_a_time(odd, total, announced):
    pages = Pages(total, announced=announced)
    assert listed(odd, pages) == [row["name"] for row in ROWS[:total]]
    assert pages.numbers == list(range(1, total // EA1_MAX_LIMIT + 2))


def test_a_server_that_gives_fewer_than_asked_is_asked_on(odd):
    pages = Pages(230, most=10)
    assert len(listed(odd, pages)) == 230
    assert pages.numbers == list(range(1, 24))


@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_page_cut_short_once_is_read_again(odd, number):
    assert len(listed(odd, Pages(150, short={number: (7, 1)}))) == 150


@pytest.mark.parametrize("number", [1, 2])
def test_a_list_with_a_hole_is_no_list(odd, number):
    with pytest.raises(errors.MalformedAnswer):
        listed(odd, Pages(150, short={number: (7, 99)}))


@pytest.mark.parametrize("body", [{"error": "x"}, [1], ["a"], "text", None])
def test_what_is_no_list_of_objects_is_said(odd, body):
    datastore, _server = odd(body)
    with pytest.raises(errors.MalformedAnswer):
        uploads.list(datastore)


@pytest.mark.parametrize("body", [[], [{"_id": "a"}], "text", None, {}, {"_id": ""}, {"id": "a"}])
def test_what_is_no_entity_is_said(odd, body):
    datastore, _server = odd(body)
    with pytest.raises(errors.MalformedAnswer):
        uploads.get(datastore, "u")


WORDS = "Le nom est déjà pris"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (
            {"error": "Conflict", "error_description": [WORDS, "Choisissez-en un autre"]},
            f"{WORDS}; Choisissez-en un autre",
        ),
        ({"error": "Conflict", "error_description": WORDS}, WORDS),
        ({"message": WORDS}, WORDS),
        ({"error": "Conflict", "error_description": []}, "Conflict"),
        (f"<html><head><title>409 Conflict</title></head><body><h1>{WORDS}</h1></body></html>", "409 Conflict"),
        ("", ""),
    ],
)
@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, errors.Invalid), (401, errors.Unauthorized), (403, errors.Forbidden), (404, errors.NotFound),
        (409, errors.Conflict), (413, errors.Invalid), (422, errors.Invalid), (500, errors.ServerFault),
    ],
)  # fmt: skip
def test_a_refusal_keeps_the_words_of_the_server(odd, status, kind, body, said):
    text = body if isinstance(body, str) else json.dumps(body)
    datastore, server = odd(reply(status, text.encode()))
    with pytest.raises(kind) as caught:
        uploads.create(datastore, {"name": "a"})
    assert (caught.value.status, caught.value.server_message) == (status, said)
    assert len(server.requests) == 1


@pytest.mark.parametrize("form", ["list", "string", "message", "html"])
def test_the_sandbox_refuses_in_all_four_forms(datastore, sandbox, form):
    sandbox.faults({"kind": "error_form", "form": form})
    with pytest.raises(errors.NotFound) as caught:
        uploads.get(datastore, "00000000-0000-4000-8000-000000000000")
    assert caught.value.server_message
    assert "{" not in caught.value.server_message and "<" not in caught.value.server_message


@pytest.mark.parametrize("name", ['"', "é\n<b>", "\u202e\x00", "a" * 3000, "' OR 1=1", "\ud800"])
def test_any_name_comes_through(odd, name):
    datastore, _server = odd({"_id": "a", "name": name, "tags": {name: name}})
    upload = uploads.get(datastore, "a")
    wanted = name.replace("\x00", "").replace("\ud800", "\ufffd")
    assert upload.name == wanted
    assert list(upload.tags.values()) == [wanted]


@pytest.mark.parametrize("answer", [drop, reply(200, b'{"_id": "a'), reply(200, b"<html>"), reply(502), reply(504)])
def test_a_post_whose_answer_is_lost_is_not_sent_again(make_session, answer, quick):
    with RawServer(answer) as server:
        datastore = Entrepot(make_session(), server.url).datastore("d")
        acts = (
            lambda: uploads.create(datastore, {"name": "a"}),
            lambda: uploads.act(datastore, "u", "close"),
        )
        for number, act in enumerate(acts, 1):
            if answer is not drop and b" 200 " in answer and number == 2:
                continue  # nothing is read of its answer
            with pytest.raises((errors.Unreachable, errors.MalformedAnswer, errors.ServerFault)):
                act()
            assert len(server.requests) == number


@pytest.mark.parametrize(
    ("act", "methods"),
    [
        (lambda ds: uploads.change(ds, "u", {"name": "b"}), ["PATCH", "PATCH"]),
        (lambda ds: uploads.replace(ds, "u", {"name": "b"}), ["PUT", "PUT"]),
        (lambda ds: uploads.tag(ds, "u", {"a": "b"}), ["POST", "POST"]),
        (lambda ds: uploads.delete(ds, "u"), ["DELETE", "DELETE"]),
        (lambda ds: uploads.get(ds, "u"), ["GET", "GET"]),
    ],
)
def test_what_does_no_harm_twice_is_sent_again(odd, quick, act, methods):
    datastore, server = odd(reply(502), {"_id": "u"})
    act(datastore)
    assert [request.split(" ")[0] for request in server.requests] == methods
    assert len(set(server.requests)) == 1
