"""Deliveries: files that arrive where they are sent to, what is there read back, checks as they stand."""

import contextlib
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geocollab.client import errors
from geocollab.client.entrepot import uploads as api
from geocollab.client.entrepot.uploads import CHECKING, CLOSED, OPEN, Checks, Delivered, uploads
from geocollab.client.waiting import wait
from tests.client.raw_server import drop, reply

CSV = b"id;lon;lat\n1;2.5;48.5\n"


@pytest.fixture
def upload(datastore, sandbox):
    made = api.create(datastore, "livraison", "", "VECTOR", "EPSG:4326")
    sandbox.clear_journal()
    return made.id


@pytest.fixture
def file(tmp_path):
    made = tmp_path / "points.csv"
    made.write_bytes(CSV)
    return made


def idle(datastore, upload):
    """Its status once nothing runs."""
    read = lambda: uploads.get(datastore, upload)  # noqa: E731
    return wait(datastore.session, read, lambda found: found.status != CHECKING, limit=30).status


def test_a_file_arrives_with_its_path(datastore, asked, upload, file):
    heard = []
    api.send_file(datastore, upload, file, "data/lot 1/points.csv", seen=heard.append, began=lambda: heard.append(b"|"))
    method, path, query, body = asked()[0]
    assert (method, path, query) == ("POST", f"./uploads/{upload}/data", [("path", "data/lot 1/points.csv")])
    assert body.startswith(f"file=file(points.csv, application/octet-stream, {len(CSV)} bytes")
    assert b"".join(heard) == b"|" + CSV
    assert api.tree(datastore, upload) == [Delivered("data/lot 1/points.csv", len(CSV))]
    assert uploads.get(datastore, upload).size == len(CSV)


NAMES = [
    "é à ç.csv",
    "a+b&c=d.csv",
    "100%25.csv",
    "a;b,c.csv",
    "#1?.csv",
    "日本.csv",
    "'quote'.csv",
    "a" * 200 + ".csv",
]


@pytest.mark.parametrize("name", NAMES)
def test_any_file_name_arrives_as_it_is(datastore, upload, file, name):
    path = "data/" + name
    api.send_file(datastore, upload, file, path)
    assert api.tree(datastore, upload) == [Delivered(path, len(CSV))]
    api.delete_file(datastore, upload, path)
    assert api.tree(datastore, upload) == []


def test_the_tree_has_every_folder_and_the_sums(datastore, upload, file, tmp_path):
    paths = ["data/a.csv", "data/x/b.csv", "data/x/y/c.csv", "z.csv"]
    for path in paths:
        api.send_file(datastore, upload, file, path)
    sums = tmp_path / "sums.md5"
    sums.write_text("".join(f"{hashlib.md5(CSV).hexdigest()}  {path}\n" for path in paths))
    api.send_md5(datastore, upload, sums, "sums.md5")
    found = {delivered.path: delivered.size for delivered in api.tree(datastore, upload)}
    assert found == {**dict.fromkeys(paths, len(CSV)), "sums.md5": sums.stat().st_size}


def test_sums_are_sent_without_a_path_and_taken_away(datastore, asked, upload, file):
    api.send_md5(datastore, upload, file, "points.md5")
    api.delete_file(datastore, upload, "points.md5", md5=True)
    (_post, path, query, body), (verb, gone, gone_query, _nothing) = asked()
    assert (path, query) == (f"./uploads/{upload}/md5", [])
    assert body.startswith("file=file(points.md5, ")
    assert (verb, gone, gone_query) == ("DELETE", f"./uploads/{upload}/md5", [("path", "points.md5")])
    assert api.tree(datastore, upload) == []


def test_a_path_that_is_taken(datastore, upload, file):
    api.send_file(datastore, upload, file, "data/points.csv")
    with pytest.raises(errors.Conflict) as caught:
        api.send_file(datastore, upload, file, "data/points.csv")
    assert "data/points.csv" in caught.value.server_message or "points.csv" in caught.value.server_message


def test_a_file_that_is_not_there(datastore, upload):
    with pytest.raises(errors.NotFound):
        api.delete_file(datastore, upload, "data/absent.csv")


@pytest.mark.parametrize("fault", ["cut_upload", "lost_answer"])
def test_a_file_is_never_sent_twice_by_itself(datastore, sandbox, upload, file, quick, fault):
    file.write_bytes(b"x" * 3_000_000)
    sandbox.faults({"kind": fault, "path": "/data$"})
    with pytest.raises(errors.Unreachable):
        api.send_file(datastore, upload, file, "data/points.csv")
    assert len(sandbox.journal("/data$")) == 1
    sizes = [delivered.size for delivered in api.tree(datastore, upload)]
    assert sizes == [3_000_000] if fault == "lost_answer" else 0 < sizes[0] < 3_000_000


def test_the_renewal_of_a_token_in_the_midst_of_a_file(datastore, sandbox, sso, make_session, upload, file):
    from geocollab.client import auth
    from geocollab.client.entrepot.api import Entrepot

    signed = auth.password_grant(sso, "geocollab-sandbox", "membre", "sandbox-membre")
    mine = Entrepot(make_session(signed), datastore.api.root).datastore(datastore.id)
    file.write_bytes(b"x" * 3_000_000)
    sandbox.faults({"kind": "expired_upload", "path": "/data$"})
    begun = []
    with contextlib.suppress(errors.Conflict):  # a part of it may be there: whoever sends looks into the tree
        api.send_file(mine, upload, file, "data/points.csv", began=lambda: begun.append(1))
    assert sandbox.journal("/data$")[0]["status"] == 401
    assert len(begun) == 2


def test_closing_and_checks(datastore, asked, upload, file):
    api.send_file(datastore, upload, file, "data/points.csv")
    api.close(datastore, upload)
    assert asked()[-1] == ("POST", f"./uploads/{upload}/close", [], "")
    assert idle(datastore, upload) == CLOSED
    checks = api.checks(datastore, upload)
    assert not checks.running and not checks.failed
    assert {name for _id, name in checks.passed} == {"Vérification standard", "Vérification vecteur"}
    assert all(len(id) == 36 for id, _name in checks.passed)
    with pytest.raises(errors.Conflict) as caught:
        api.close(datastore, upload)
    assert "CLOSED" in caught.value.server_message
    uploads.act(datastore, upload, "open")
    assert asked()[-1] == ("POST", f"./uploads/{upload}/open", [], "")
    assert uploads.get(datastore, upload).status == OPEN


CHECK = {"_id": "e", "check": {"_id": "c", "name": "standard"}}


@pytest.mark.parametrize(
    ("body", "checks"),
    [
        ({}, Checks((), (), (), ())),
        ([], Checks((), (), (), ())),
        ({"asked": [CHECK]}, Checks((("e", "standard"),), (), (), ())),
        ({"in_progress": [CHECK], "passed": None}, Checks((), (("e", "standard"),), (), ())),
        ({"passed": [{"_id": "e"}], "failed": [{}]}, Checks((), (), (("e", ""),), (("", ""),))),
    ],
)
def test_checks_in_odd_forms(odd, body, checks):
    read = api.checks(odd(body)[0], "u")
    assert read == checks
    assert read.running == bool(checks.asked or checks.in_progress)


NODE = st.recursive(
    st.fixed_dictionaries({"type": st.just("FILE"), "name": st.text(), "size": st.integers(0, 2**62)}),
    lambda inner: st.fixed_dictionaries(
        {"type": st.just("DIRECTORY"), "name": st.text(), "children": st.lists(inner, max_size=4)}
    ),
    max_leaves=20,
)


def files_of(node, folder=""):
    path = folder + node["name"].replace("\0", "")
    if node["type"] == "FILE":
        return [Delivered(path, node["size"])]
    return [found for child in node["children"] for found in files_of(child, path + "/")]


@given(nodes=st.lists(NODE, max_size=4))
def test_a_tree_is_read_in_its_order(nodes):
    assert list(api.files_of(nodes)) == [found for node in nodes for found in files_of(node)]


def test_a_tree_of_any_depth():
    node = {"type": "FILE", "name": "f", "size": 1}
    for _level in range(5000):
        node = {"type": "DIRECTORY", "name": "d", "children": [node]}
    (found,) = api.files_of([node])
    assert found.path == "d/" * 5000 + "f"


@pytest.mark.parametrize(
    ("body", "files"),
    [
        ([], []),
        ([None, 1, "a", {}], [Delivered("", 0)]),
        ([{"type": "DIRECTORY", "name": "data", "children": None}], []),
        ([{"type": "DIRECTORY", "name": "data"}], []),
        ([{"type": "FILE", "name": "a", "size": "12"}], [Delivered("a", 12)]),
        ([{"name": "a", "size": None}], [Delivered("a", 0)]),
    ],
)
def test_trees_in_odd_forms(odd, body, files):
    assert api.tree(odd(body)[0], "u") == files


@pytest.mark.parametrize("body", [{}, "x", None, reply(200, b"<html>"), reply(200)])
def test_what_is_no_tree_is_said(odd, body):
    with pytest.raises(errors.MalformedAnswer):
        api.tree(odd(body)[0], "u")


def test_what_a_gateway_says_of_a_file_too_large(odd, file):
    file.write_bytes(b"x" * 5_000_000)
    datastore, _server = odd(reply(413, b"<html><title>413 Request Entity Too Large</title></html>"))
    with pytest.raises(errors.Invalid) as caught:
        api.send_file(datastore, "u", file, "data/a")
    assert caught.value.server_message == "413 Request Entity Too Large"


def test_the_connection_lost_while_sending_is_no_success(odd, file, quick):
    datastore, server = odd(drop)
    with pytest.raises(errors.Unreachable):
        api.send_file(datastore, "u", file, "data/a")
    assert len(server.requests) == 1
