"""Who reaches what is published: everybody what is open; of the rest, what the accesses of a key allow."""

import json
import time

import pytest
from lxml import etree

from sandbox.entrepot import reach
from tests.sandbox.publications import served

OPEN, PRIVATE = "/wfs/geoserver/ows", "/private/wfs"
HASH, OTHER = "0123456789abcdef", "fedcba9876543210"  # pragma: allowlist secret


def fill(publications):
    data = publications.database()
    wfs = publications.wfs
    wfs("ouverte", data, "cantons")
    first, second = (wfs(name, data, "cantons", is_open=False) for name in ("une", "deux"))
    free = wfs("libre", data, "cantons", is_open=False, open_offering=True)
    closed = wfs("fermee", data, "cantons", is_open=False)
    for_oauth = wfs("oauth", data, "cantons", is_open=False)
    wfs("retiree", data, "cantons", is_open=False, status="UNPUBLISHING")
    valid = publications.permission([first, second], end_date="2999-01-01T00:00:00Z")
    over = publications.permission([second], end_date="2020-01-01T00:00:00.000Z")
    only = publications.permission([for_oauth], only_oauth=True)

    def key(type_, secret=None, accesses=(), user="membre", infos=None, **more):
        made = publications.key(user, type_, secret, infos, **more)
        for offering, permission in accesses:
            publications.access(made, offering, permission)

    key("HASH", HASH, [(first, valid), (second, over), (free, None), (closed, None), (for_oauth, only)])
    key("HASH", OTHER)
    login = {"login": "lecteur", "password": "haché"}  # pragma: allowlist secret
    key("BASIC", "secret", [(second, valid)], infos=login)
    key("HEADER", {"X-Cle": "a", "X-Autre": "b"}, [(first, valid)], infos={"headers": {"X-Cle": "a", "X-Autre": "b"}})
    key("OAUTH2", None, [(for_oauth, only)])
    key("HASH", "ici-seulement", [(first, valid)], whitelist=["127.0.0.0/8"])
    key("HASH", "ailleurs-seulement", [(first, valid)], whitelist=["10.0.0.0/8"])
    key("HASH", "pas-ici", [(first, valid)], blacklist=["127.0.0.1/32"])
    key("HASH", "qgis-seulement", [(first, valid)], user_agent="QGIS/3%.[0-9]+")
    key("HASH", "page-seulement", [(first, valid)], referer="^https://carte%.example/")


@pytest.fixture(scope="module")
def published():
    with served(fill) as publications:
        yield publications


@pytest.fixture
def names(published):
    """The types that the capabilities list, or the status of a refusal."""

    def ask(path=PRIVATE, headers=None, **parameters):
        answer = published.get(path, headers, service="WFS", request="GetCapabilities", **parameters)
        if answer.status_code != 200:
            return answer.status_code
        return {
            e.findtext("{*}Name").partition(":")[0] for e in etree.fromstring(answer.content).iter("{*}FeatureType")
        }

    return ask


def test_open_services_need_no_key_and_show_nothing_else(names):
    assert names(OPEN) == names("/wfs") == names(OPEN, apikey=HASH) == {"ouverte"}


def test_a_private_service_without_key_answers_401_to_everything(published, names):
    for headers in ({}, {"Authorization": "Basic eA=="}, {"Authorization": "Basic bGVjdGV1cjpmYXV4"}, {"X-Cle": "a"}):
        assert names(headers=headers) == 401
    assert names(apikey="inconnue") == names(api_key=HASH) == 401
    for path in ("wmts", "wms-v", "wms-r", "tms/1.0.0/", "telechargement/capabilities", "altimetrie/1.0/resources"):
        answer = published.get("/private/" + path)
        assert answer.status_code == 401 and "www-authenticate" in answer.headers


def test_a_key_reaches_what_its_accesses_allow_now(names):
    """Not what a permission that is over gave, nor what was closed again, nor what OAUTH2 alone may read."""
    assert names(apikey=HASH) == names(headers={"apikey": HASH}) == {"une", "libre"}
    assert names(apikey=OTHER) == set()


def test_basic_header_and_bearer(names, published):
    assert names(headers={"Authorization": "Basic bGVjdGV1cjpzZWNyZXQ="}) == {"deux"}
    assert names(headers={"X-Cle": "a", "X-Autre": "b"}) == {"une"}
    bearer = {user: {"Authorization": f"Bearer {published.process.token(user)}"} for user in ("membre", "admin")}
    assert names(headers=bearer["membre"]) == {"oauth"} and names(headers=bearer["admin"]) == 401
    assert names(headers={"Authorization": "Bearer rien"}) == 401


def test_data_as_capabilities(published):
    def ask(name):
        return published.get(PRIVATE, service="WFS", version="2.0.0", request="GetFeature", typeNames=f"{name}:cantons",
                             resultType="hits", apikey=HASH)  # fmt: skip

    assert etree.fromstring(ask("une").content).get("numberMatched") == "61"
    assert [ask(name).status_code for name in ("deux", "fermee", "ouverte", "retiree")] == [400] * 4


@pytest.mark.parametrize(
    ("key", "headers", "allowed"),
    [
        ("ici-seulement", {}, True), ("ailleurs-seulement", {}, False), ("pas-ici", {}, False),
        ("qgis-seulement", {"User-Agent": "Mozilla QGIS/3.40"}, True),
        ("qgis-seulement", {"User-Agent": "Mozilla QGIS/3x40"}, False),
        ("page-seulement", {"Referer": "https://carte.example/x"}, True),
        ("page-seulement", {"Referer": "https://autre/https://carte.example/"}, False), ("page-seulement", {}, False),
    ],
)  # fmt: skip
def test_where_a_key_may_be_used(names, key, headers, allowed):
    assert names(headers=headers, apikey=key) == ({"une"} if allowed else 403)


@pytest.mark.parametrize(
    ("pattern", "text", "matches"),
    [("a%.b", "a.b", True), ("a%.b", "axb", False), ("a.b", "axb", True), ("100%%", "100%", True),
     ("%(x%)", "(x)", True), ("^a$", "ba", False), ("a|b", "a", False), ("a|b", "a|b", True), ("(", "x(y", True)],
)  # fmt: skip
def test_patterns(pattern, text, matches):
    assert reach._matches(pattern, text) == matches


def test_the_journal_holds_requests_without_their_keys(published, names):
    published.process.clear_journal()
    names(apikey=HASH)
    names(headers={"apikey": HASH})
    names(headers={"X-Cle": "a", "X-Autre": "b"})
    entries = published.process.journal("^/private/wfs")
    assert [entry["status"] for entry in entries] == [200, 200, 200]
    assert ["apikey", "***"] in entries[0]["query"] and HASH not in str(entries)
    assert [entries[2]["headers"][name] for name in ("x-cle", "x-autre")] == ["***", "***"]


def test_limits_of_requests_are_a_switch(published):
    def statuses(count):
        return [published.get("/altimetrie/1.0/resources") for _ in range(count)]

    assert {answer.status_code for answer in statuses(8)} == {200}
    settings(published, diffusion_limits=1)
    started, answers = time.monotonic(), statuses(7)
    assert time.monotonic() - started < 1, "too slow for this machine to count"
    refused = [answer for answer in answers if answer.status_code == 429]
    assert len(refused) == 2 and {answer.headers["retry-after"] for answer in refused} == {"5"}
    settings(published, diffusion_limits=0)
    assert {answer.status_code for answer in statuses(8)} == {200}


def settings(published, **changes):
    headers = {"Content-Type": "application/json"}
    answer = published.get("/_entrepot", headers, method="PUT", data=json.dumps(changes))
    assert answer.status_code == 200, answer.text
