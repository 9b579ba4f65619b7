"""The resources of the API, as the sandbox gives them and in the odd forms that were met."""

# ruff: noqa: DTZ001 - dates without offset are what is tested

import json
import sys
import types
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from geocollab.client import auth, errors, reading
from geocollab.client.espaceco import communities, reports, statuses, users
from geocollab.client.espaceco.api import EspaceCo
from geocollab.client.espaceco.dates import a9_server_date, a9_zone, aware
from geocollab.client.espaceco.reports import ReportQuery
from tests.client.raw_server import RawServer, reply

PARIS = a9_zone()
UTC = timezone.utc
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@pytest.fixture
def answering(make_session):
    """`answering(value)`: the API of a server whose every answer is that value."""
    servers = []

    def make(value):
        servers.append(RawServer(reply(200, json.dumps(value).encode())))
        return EspaceCo(make_session(), servers[-1].url)

    yield make
    for server in servers:
        server.__exit__()


# ------------------------------------------------------------------ who am I


def test_the_account(api):
    me = users.me(api)
    assert (me.id, me.username, me.email, me.administrator) == (1001, "membre", "membre@sandbox.invalid", False)
    assert [(m.community_id, m.community_name, m.role, m.active, m.grids) for m in me.memberships] == [
        (375, "Voirie et adresses de la petite couronne", "member", True, ("75", "92", "93", "94")),
        (96, "Espace public ouvert", "member", True, ()),
    ]
    assert all(m.usable for m in me.memberships)
    assert "raw" not in repr(me)


@pytest.mark.parametrize(
    "form", ["profile_list", "no_profile", "no_grids", "no_emprises", "grid_objects", "theme_names"]
)
def test_the_account_is_the_same_in_all_its_forms(api, sandbox, form):
    usual = users.me(api)
    sandbox.faults({"kind": "odd_users_me", form: True})
    odd = users.me(api)
    assert sandbox.journal()[-1]["fault"] == "odd_users_me"
    assert (odd.id, odd.username, odd.memberships) == (usual.id, usual.username, usual.memberships)


def test_an_account_without_communities(api, sandbox):
    sandbox.faults({"kind": "odd_users_me", "no_communities": True})
    assert users.me(api).memberships == ()


def test_a_pending_member_may_not_use_the_community(sandbox, make_session):
    pending = EspaceCo(make_session(auth.basic("attente", "sandbox-attente")), sandbox.url + "/gcms/api")
    [membership] = users.me(pending).memberships
    assert (membership.role, membership.usable) == ("pending", False)


@pytest.mark.parametrize(
    ("role", "active", "usable"),
    [("member", True, True), ("admin", True, True), ("admin", None, True), ("member", False, False),
     ("invited", True, False), ("", True, False)],
)  # fmt: skip
def test_who_may_use_a_community(answering, role, active, usable):
    members = [{"community_id": "7", "role": role, "active": active, "grids": None, "emprises": [{"name": "FR"}]}]
    [membership] = users.me(answering({"id": 1, "communities_member": members})).memberships
    assert (membership.community_id, membership.community_name, membership.grids) == (7, "7", ("FR",))
    assert membership.usable == usable


@pytest.mark.parametrize("value", [[], None, "x", 7])
def test_what_is_no_object_is_a_malformed_answer(answering, value):
    api = answering(value)
    for ask in (users.me, lambda api: communities.get(api, 1), lambda api: reports.get(api, 1)):
        with pytest.raises(errors.MalformedAnswer, match="an object was expected"):
            ask(api)
    with pytest.raises(errors.MalformedAnswer):
        users.usernames(api, [1])


def test_names_of_users_are_asked_in_parallel(api, sandbox):
    assert users.usernames(api, [1102, 1001]) == {1102: "technicien_sig", 1001: "membre"}
    assert users.usernames(api, []) == {}
    assert len(sandbox.journal("/users/")) == 2


# ------------------------------------------------------------------ communities


def test_a_community_with_its_themes(api):
    community = communities.get(api, 375)
    assert (community.id, community.name) == (375, "Voirie et adresses de la petite couronne")
    assert (community.visibility, community.all_members_can_valid) == ("restrained", False)
    assert community.default_comment == "Bonjour, merci de vérifier sur place : "
    assert community.grids == ("75", "92", "93", "94")
    assert [(theme.name, theme.community_id, theme.shared) for theme in community.themes] == [
        ("Voirie", 375, False), ("Adresse", 375, False), ("Mesure de terrain", 375, False), ("Autre", 375, False),
        ("Route", 1, True),
    ]  # fmt: skip
    assert community.themes[-1].community_name == "Groupe IGN Route"
    assert community.labels["pending1"] == "À dessiner" and community.labels["submit"] == "Reçu dans nos services"
    assert [status.code for status in community.statuses if not status.active] == ["valid0"]


def test_every_type_of_attribute(api):
    themes = {theme.name: theme for theme in communities.get(api, 375).themes}
    fields = {field.name: field for theme in themes.values() for field in theme.attributes}
    assert {field.type for field in fields.values()} == {
        "list", "double", "integer", "checkbox", "date", "datetime", "text", "float", "jsonvalue"
    }  # fmt: skip
    assert fields["Nature"].mandatory and fields["Nature"].default == "Chaussée"
    assert fields["Nature"].values[0] == ("Chaussée", "Chaussée")
    assert fields["Revêtement"].values == (
        ("ENR", "Enrobé"), ("PAV", "Pavés"), ("BET", "Béton"), ("NR", "Non revêtu")
    )  # fmt: skip
    assert fields["Revêtement"].title == "Revêtement dégradé"
    assert fields["Usagers"].multiple and fields["Usagers"].help == "Plusieurs réponses possibles"
    assert fields["Largeur"].constraints == {"minValue": "0.5", "maxValue": "50"}
    assert fields["Date des travaux"].constraints == {"condition_field": "Travaux prévus"}
    assert fields["Indice"].values[0] == ("", "")
    assert themes["Autre"].attributes == ()


def test_odd_forms_of_a_community(answering):
    body = {
        "id": 5,
        "name": None,
        "attributes": {"theme": "Seul", "attributes": {"name": "A", "required": True, "values": [], "type": None}},
        "shared_themes": [
            {
                "community_id": "1",
                "community_name": "Un",
                "themes": ["Route", None, {"theme": "Pont", "attributes": []}, 7],
            },
            {"community_id": None, "themes": 5},
            {"themes": None},
            {"themes": {"theme": "Objet"}},
            "x",
        ],
        "report_statuses": [],
        "grids": [{"name": "FR"}, "75", None, 7],
    }
    community = communities.get(answering(body), 5)
    assert community.name == "5" and community.grids == ("FR", "75", "7")
    assert [(t.name, t.community_id, t.shared) for t in community.themes] == [
        ("Seul", 5, False), ("Route", 1, True), ("Pont", 1, True), ("7", 1, True), ("5", 5, True), ("Objet", 5, True),
    ]  # fmt: skip
    [attribute] = community.themes[0].attributes
    assert (attribute.title, attribute.type, attribute.mandatory, attribute.values) == ("A", "text", True, ())
    assert community.labels == {status.code: status.label for status in statuses.STATUSES}


@pytest.mark.parametrize("nothing", [[], {}, None, "", "[]", 0, False])
def test_a_community_without_anything(answering, nothing):
    names = ("name", "attributes", "shared_themes", "report_statuses", "grids", "description")
    community = communities.get(answering(dict.fromkeys(names, nothing)), 5)
    assert (community.themes, community.grids) == ((), ())
    assert len(community.statuses) == 10


@given(JSON, JSON, JSON, JSON)
def test_no_community_is_too_odd(attributes, shared, renamed, grids):
    class Api:
        def get(self, path):
            return {"attributes": attributes, "shared_themes": shared, "report_statuses": renamed, "grids": grids}

    assert isinstance(communities.get(Api(), 5), communities.Community)


def test_members_are_active_and_pending_ones_are_not_asked_for(api, sandbox):
    found = communities.members(api, 375)
    assert {(m.user_id, m.role, m.active) for m in found} == {
        (1001, "member", True), (1002, "admin", True), (1005, "member", True), (1101, "member", True),
        (1102, "member", True), (1103, "member", False),
    }  # fmt: skip
    assert found[0].grids == ("75", "92", "93", "94") and found[0].date == "2023-02-14T09:30:00+01:00"
    [entry] = sandbox.journal("members")
    assert [pair for pair in entry["query"] if pair[0] == "roles[]"] == [["roles[]", "member"], ["roles[]", "admin"]]


def test_members_are_read_whole_or_not_at_all(api, sandbox):
    sandbox.faults({"kind": "short_page", "rows": 2})
    assert len(communities.members(api, 375)) == 6
    sandbox.faults({"kind": "not_json", "times": None})
    with pytest.raises(errors.MalformedAnswer):
        communities.members(api, 375)


def test_communities_by_name(api):
    assert {row["id"] for row in communities.listing(api)} == {375, 96, 1}
    assert [row["id"] for row in communities.listing(api, "%public%")] == [96]


# ------------------------------------------------------------------ reports


@pytest.fixture(scope="module")
def every(unlimited):
    """All reports that `membre` sees, read without any filter."""
    from geocollab.client.network import Network
    from geocollab.client.session import Session

    with Session(auth.basic("membre", "sandbox-membre"), Network(proxy=lambda url: None), rate=None) as session:
        api = EspaceCo(session, unlimited.url + "/gcms/api")
        listing = reports.listing(api, ReportQuery())
        rows = [row for page in listing for row in page]
    assert listing.complete(len({row["id"] for row in rows})) and len(rows) > 250
    return rows


def named(row, member):
    return reading.place(row.get(member))[0]


def moment(row, member):
    return reading.instant(row.get(member))


def point(row):
    lon, lat = row["geometry"].removeprefix("POINT(").rstrip(")").split()
    return float(lon), float(lat)


def theme_of(row):
    return {(community, theme) for community, theme, _values in reading.theme_values(row["attributes"])}


def filters(rows):
    """Each filter of the server, with what it means."""
    with_author = next(row for row in rows if (row.get("author") or {}).get("id") == 1101)
    closed = sorted(row["closing_date"] for row in rows if row["closing_date"])
    opened = sorted(moment(row, "opening_date") for row in rows)[len(rows) // 2]
    changed = sorted(moment(row, "updating_date") for row in rows)[len(rows) // 2]
    ended = datetime.fromisoformat(closed[len(closed) // 2])
    commune = next(filter(None, (named(row, "commune") for row in rows)))
    word = max(rows[0]["comment"].split(), key=len)
    yield "community", ReportQuery(communities=(96,)), lambda row: row.get("community") == 96
    yield "communities", ReportQuery(communities=(96, 1)), lambda row: row.get("community") in (96, 1)
    yield "author", ReportQuery(author=1101), lambda row: reading.person(row["author"])[0] == 1101 and with_author
    yield "department", ReportQuery(departments=("92",)), lambda row: named(row, "departement") == "92"
    yield "departments", ReportQuery(departments=("92", "75")), lambda row: named(row, "departement") in ("92", "75")
    yield "commune", ReportQuery(commune=commune), lambda row: named(row, "commune") == commune
    yield "opened", ReportQuery(opened_since=opened), lambda row: moment(row, "opening_date") >= opened
    yield "updated", ReportQuery(updated_since=changed), lambda row: moment(row, "updating_date") >= changed
    yield (
        "closed",
        ReportQuery(closed_since=ended),
        lambda row: row["closing_date"] and moment(row, "closing_date") >= ended,
    )
    yield "device", ReportQuery(input_device="SIG-QGIS"), lambda row: row["input_device"] == "SIG-QGIS"
    yield "comment", ReportQuery(comment=f"%{word}%"), lambda row: word in row["comment"]
    yield "status", ReportQuery(statuses=("valid",)), lambda row: row["status"] == "valid"
    yield "statuses", ReportQuery(statuses=("valid", "test")), lambda row: row["status"] in ("valid", "test")
    yield "theme", ReportQuery(themes=((375, "Voirie"),)), lambda row: (375, "Voirie") in theme_of(row)
    wanted = {(375, "Adresse"), (1, "Route"), (96, "Point d'eau")}
    yield "themes", ReportQuery(themes=tuple(wanted)), lambda row: wanted & theme_of(row)

    def inside(row):
        lon, lat = point(row)
        return 2.3 <= lon <= 2.4 and 48.8 <= lat <= 48.9

    yield "box", ReportQuery(box=(2.3, 48.8, 2.4, 48.9)), inside
    everything = ReportQuery(communities=(375,), statuses=("submit", "pending"), box=(2.0, 48.0, 3.0, 49.2))
    yield "together", everything, lambda row: row.get("community") == 375 and row["status"] in ("submit", "pending")


NAMES = ["community", "communities", "author", "department", "departments", "commune", "opened", "updated",
         "closed", "device", "comment", "status", "statuses", "theme", "themes", "box", "together"]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_each_filter_of_the_server(api, every, name):
    _name, query, means = next(found for found in filters(every) if found[0] == name)
    got = [row["id"] for page in reports.listing(api, query) for row in page]
    expected = [row["id"] for row in every if means(row)]
    assert got == expected
    assert 0 < len(got) < len(every)
    assert reports.count(api, query) == len(expected)


def test_the_filter_of_the_territory(api, every):
    home = {named(row, "territory") for row in every}
    assert home == {"FXX"}
    assert reports.count(api, ReportQuery(territory="FXX")) == len(every)
    assert reports.count(api, ReportQuery(territory="GLP")) == 0


def test_every_filter_is_tried():
    fields = set(ReportQuery.__dataclass_fields__)
    plain = {"communities", "author", "territory", "departments", "commune", "comment", "statuses", "themes", "box"}
    assert fields == plain | {"opened_since", "updated_since", "closed_since", "input_device"}


def test_a_box_on_the_edge(api, every):
    lon, lat = point(every[0])
    found = [row["id"] for page in reports.listing(api, ReportQuery(box=(lon, lat, lon, lat))) for row in page]
    assert every[0]["id"] in found


def test_the_corsican_departments_find_nothing_on_the_server(api, every):
    assert any(named(row, "departement") == "2A" for row in every)
    assert reports.count(api, ReportQuery(departments=("2A",))) == 0
    assert {"2A", "2B"} == reports.A39_UNRELIABLE_DEPARTMENTS


def test_the_parameters_are_exactly_these():
    assert ReportQuery().params() == []
    full = ReportQuery(
        communities=(375, 96),
        author=0,
        territory="FXX",
        departments=("75", "2A"),
        commune="75056",
        opened_since=datetime(2024, 1, 2, 3, 4, 5, 678901, tzinfo=UTC),
        updated_since=datetime(2024, 7, 2, 3, 4, 5),
        closed_since=datetime(2024, 7, 2, tzinfo=timezone(timedelta(hours=-4))),
        input_device="SIG-QGIS",
        comment="%é&%",
        statuses=("submit", "test"),
        themes=((375, "Point d'eau"),),
        box=(-61.123456789123, 0.0, 100, 1e-7),
    )
    assert full.params() == [
        ("communities[]", 375), ("communities[]", 96), ("author", 0), ("territory", "FXX"), ("departements[]", "75"),
        ("departements[]", "2A"), ("commune", "75056"), ("opening_date", "2024-01-02 04:04:05"),
        ("updating_date", "2024-07-02 03:04:05"), ("closing_date", "2024-07-02 06:00:00"),
        ("input_device", "SIG-QGIS"), ("comment", "%é&%"), ("status[]", "submit"), ("status[]", "test"),
        ("attributes", '[{"community": 375, "theme": "Point d\'eau"}]'), ("box", "-61.123456789,0,100,0.0000001"),
    ]  # fmt: skip
    assert ReportQuery(communities=(375,), departments=("75",)).params() == [
        ("communities", 375), ("departements", "75")
    ]  # fmt: skip


def test_a_listing_is_sorted_and_may_be_narrowed(api, sandbox):
    pages = reports.listing(api, ReportQuery(communities=(1,)), fields=("id", "status"))
    rows = [row for page in pages for row in page]
    assert all(set(row) == {"id", "status"} for row in rows)
    query = [tuple(pair) for pair in sandbox.journal()[0]["query"]]
    assert query == [
        ("communities", "1"),
        ("sort", "id:DESC"),
        ("fields", "id,status"),
        ("page", "1"),
        ("limit", "100"),
    ]


def test_counting_takes_one_small_request(api, sandbox, every):
    assert reports.count(api, ReportQuery()) == len(every)
    [entry] = sandbox.journal()
    assert [tuple(pair) for pair in entry["query"]] == [("fields", "id"), ("page", "1"), ("limit", "1")]


@pytest.mark.parametrize(
    ("body", "status", "number"), [(b"[]", 200, 0), (b'[{"id": 1}]', 200, 1), (b'[{"id": 1}]', 206, None)]
)
def test_counting_without_a_total(make_session, body, status, number):
    with RawServer(reply(status, body)) as server:
        assert reports.count(EspaceCo(make_session(), server.url), ReportQuery()) == number


def test_one_report(api, every):
    assert reports.get(api, every[0]["id"]) == every[0]
    assert reports.get_in_parallel(api, every[0]["id"]) == every[0]
    with pytest.raises(errors.NotFound, match="Signalement inconnu"):
        reports.get(api, 999_999_999)


@pytest.mark.parametrize("body", [{}, {"id": None}, {"id": "x"}, {"code": 200, "message": "ok"}])
def test_what_is_no_report(answering, body):
    with pytest.raises(errors.MalformedAnswer, match="a report was expected"):
        reports.get(answering(body), 1)


def test_the_page_for_people(make_session):
    api = EspaceCo(make_session(), "https://a.fr/gcms/api/")
    assert reports.page_for_people(api, 7) == "https://a.fr/georem/7"
    assert EspaceCo(make_session(), "https://a.fr/gcms/api", "https://b.fr/").site == "https://b.fr"
    assert api.url("reports") == "https://a.fr/gcms/api/reports"


# ------------------------------------------------------------------ statuses


def test_an_unknown_status_is_kept_and_counts_as_open():
    assert statuses.status("valid").family == "treated" and not statuses.status("valid").open
    unknown = statuses.status("dump")
    assert (unknown.code, unknown.label, unknown.open, unknown.family) == ("dump", "dump", True, "unknown")
    assert len(statuses.BY_CODE) == len(statuses.STATUSES) == 10


# ------------------------------------------------------------------ dates


@pytest.mark.parametrize(
    ("given_moment", "sent"),
    [
        (datetime(2024, 1, 15, 12, 0), "2024-01-15 12:00:00"),  # naive: Paris
        (datetime(2024, 1, 15, 12, 0, tzinfo=UTC), "2024-01-15 13:00:00"),
        (datetime(2024, 7, 15, 12, 0, tzinfo=UTC), "2024-07-15 14:00:00"),
        (datetime(2024, 7, 15, 23, 30, tzinfo=UTC), "2024-07-16 01:30:00"),
        (datetime(2024, 3, 31, 0, 59, 59, tzinfo=UTC), "2024-03-31 01:59:59"),
        (datetime(2024, 3, 31, 1, 0, tzinfo=UTC), "2024-03-31 03:00:00"),
        (datetime(2024, 10, 27, 0, 30, tzinfo=UTC), "2024-10-27 02:30:00"),
        (datetime(2024, 10, 27, 1, 30, tzinfo=UTC), "2024-10-27 02:30:00"),  # the same words for one hour later
        (datetime(2024, 3, 31, 2, 30), "2024-03-31 03:30:00"),  # an hour that does not exist
        (datetime(2024, 3, 31, 2, 30, fold=1), "2024-03-31 01:30:00"),
        (datetime(2024, 1, 1, 0, 0, 0, 999999), "2024-01-01 00:00:00"),
        (datetime(999, 1, 1, tzinfo=PARIS), "0999-01-01 00:00:00"),
    ],
)
def test_a_date_is_said_in_the_servers_time(given_moment, sent):
    assert a9_server_date(given_moment) == sent


@given(st.datetimes(datetime(1980, 1, 1), datetime(2037, 12, 31), timezones=st.sampled_from([UTC, PARIS, None])))
def test_what_the_server_understands_is_never_later(given_moment):
    understood = datetime.fromisoformat(a9_server_date(given_moment)).replace(tzinfo=PARIS)
    late = aware(given_moment).timestamp() - understood.timestamp()
    assert 0 <= late < 3602


def test_a_date_without_offset_is_french():
    assert aware(datetime(2024, 7, 1)).utcoffset() == timedelta(hours=2)
    kept = datetime(2024, 7, 1, tzinfo=UTC)
    assert aware(kept) is kept


def test_windows_has_no_zones_of_its_own(monkeypatch):
    from geocollab.client.espaceco import dates

    def nothing(name):
        raise dates.ZoneInfoNotFoundError(name)

    module = types.ModuleType("dateutil.zoneinfo")  # Debian's has no zones either
    module.get_zonefile_instance = lambda: types.SimpleNamespace(zones={"Europe/Paris": PARIS})
    monkeypatch.setitem(sys.modules, "dateutil.zoneinfo", module)
    monkeypatch.setattr(dates, "ZoneInfo", nothing)
    dates.a9_zone.cache_clear()
    try:
        assert aware(datetime(2024, 7, 1)).utcoffset() == timedelta(hours=2)
    finally:
        dates.a9_zone.cache_clear()


# ------------------------------------------------------------------ reading leniently


@given(JSON)
@example("\ud800")
@example(10**400)
@example(float("nan"))
@example(float("-inf"))
@example("[" * 100_000)
@example("1" * 5000)
def test_nothing_is_too_odd_to_be_read(value):
    assert "\0" not in reading.text(value)
    assert reading.optional_text(value) != ""
    number = reading.integer(value)
    assert number is None or -(2**63) <= number < 2**63
    assert isinstance(reading.mapping(value), dict)
    assert all(isinstance(item, dict) for item in reading.objects(value))
    assert all(isinstance(name, str) and name for name in reading.names(value))
    reading.person(value), reading.place(value)
    assert reading.instant(value) is None or isinstance(reading.instant(value), datetime)
    for _community, theme, values in reading.theme_values(value):
        assert theme and isinstance(values, dict)
    assert reading.theme_values(json.dumps(value))


@pytest.mark.parametrize(
    ("value", "number"),
    [(7, 7), ("7", 7), (" 7 ", 7), (7.0, 7), (7.5, None), ("7.5", None), (True, None), (None, None), ("", None),
     ([7], None),
     ({"id": 7}, None), (2**63, None), (-(2**63), -(2**63)), (float("nan"), None), (float("inf"), None)],
)  # fmt: skip
def test_a_whole_number(value, number):
    assert reading.integer(value) == number


@pytest.mark.parametrize(
    ("value", "said"),
    [("é\0x", "éx"), (None, ""), (7, "7"), (1.5, "1.5"), (True, "1"), (False, "0"), ([], ""), ({"a": 1}, "")],
)
def test_a_text(value, said):
    assert reading.text(value) == said


def test_the_forms_of_attributes():
    usual = [{"community": 375, "theme": "Voirie", "attributes": {"Nature": "Trottoir"}}]
    pairs = [{**usual[0], "attributes": [{"name": "Nature", "value": "Trottoir"}, "x", {"value": 1}]}]
    texts = [{**usual[0], "attributes": json.dumps(usual[0]["attributes"])}]
    for form in (usual, usual[0], json.dumps(usual), json.dumps(usual[0]), pairs, texts):
        assert list(reading.theme_values(form)) == [(375, "Voirie", {"Nature": "Trottoir"})]
    for empty in ([], {}, None, "", "[]", "{", [{}], [{"theme": ""}], [[]]):
        assert list(reading.theme_values(empty)) == []
    assert list(reading.theme_values([{**usual[0], "attributes": []}])) == [(375, "Voirie", {})]


@pytest.mark.parametrize("form", ["text", "name_value", "empty_list"])
def test_the_odd_attributes_of_the_sandbox(api, sandbox, every, form):
    row = next(row for row in every if row["attributes"] and row["attributes"][0]["attributes"])
    sandbox.faults({"kind": "odd_attributes", "form": form})
    [(community, theme, values)] = reading.theme_values(reports.get(api, row["id"])["attributes"])
    known = row["attributes"][0]
    assert (community, theme) == (known["community"], known["theme"])
    assert values == ({} if form == "empty_list" else known["attributes"])


def test_people_and_places():
    assert reading.person({"id": 7, "username": "a"}) == (7, "a")
    assert reading.person(7) == (7, None) and reading.person(None) == (None, None)
    assert reading.place({"name": "75", "title": "Paris"}) == ("75", "Paris")
    assert reading.place("75") == ("75", None) and reading.place(None) == (None, None)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2023-08-01T14:51:55+02:00", datetime(2023, 8, 1, 12, 51, 55, tzinfo=UTC)),
        (" 2023-08-01T14:51:55Z ", datetime(2023, 8, 1, 14, 51, 55, tzinfo=UTC)),
        ("2023-08-01 14:51:55.123456+00:00", datetime(2023, 8, 1, 14, 51, 55, 123456, tzinfo=UTC)),
        ("2023-08-01 14:51:55", datetime(2023, 8, 1, 14, 51, 55)),
        ("2023-08-01", datetime(2023, 8, 1)),
        ("2023-13-01", None), ("hier", None), ("", None), (7, None), (None, None), ("0000-00-00 00:00:00", None),
    ],
)  # fmt: skip
def test_an_instant(text, moment):
    assert reading.instant(text) == moment
