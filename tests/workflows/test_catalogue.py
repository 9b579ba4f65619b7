"""What group layers a community has: one request each, every reason why one cannot be edited, every odd answer."""

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geocollab.client import auth, errors
from geocollab.client.auth import bearer
from geocollab.client.espaceco import databases, features, layers, users
from geocollab.client.espaceco.api import EspaceCo
from geocollab.client.paging import a2_total
from geocollab.client.session import Session
from geocollab.workflows.errors import InputError
from geocollab.workflows.layers import columns
from geocollab.workflows.layers.catalogue import COLUMNS, catalogue, locked_of, refusals_of
from geocollab.workflows.layers.choosing import choose
from geocollab.workflows.layers.described import Described
from geocollab.workflows.pages.html import render
from geocollab.workflows.pages.report import Report
from sandbox.world.geoservices import PRIVATE_KEY
from tests.client.test_layers import JSON
from tests.workflows.downloads import Heard

COUNT, TABLES, SERVICES, DATABASES = 32, 28, 4, 3
GRIDS = ("75", "92", "93", "94")


@pytest.fixture
def world(writable):
    """A sandbox that may be changed: as it was, before and after."""
    writable.reset_world()
    yield writable
    writable.reset_world()


@pytest.fixture
def api_of(world):
    """`api_of("membre")`: the API as this user sees it, without limits; without one, as nobody does."""
    sessions = []

    def make(user="membre", kind=Session):
        sessions.append(kind(bearer(world.token(user)) if user else auth.Anonymous(), rate=None))
        return EspaceCo(sessions[-1], world.url + "/gcms/api", world.url)

    yield make
    for session in sessions:
        session.close()


@pytest.fixture
def read(api_of):
    """`read(community=375, user="membre", …)`: its catalogue."""
    return lambda community=375, user="membre", **options: catalogue(api_of(user), community, **options)


def entry_of(found, number):
    return next(entry for entry in found.entries if entry.layer.id == number)


def asked(world):
    return [entry["path"].removeprefix("/gcms/api/") for entry in world.journal("^/gcms/api/")]


def rows_of(found):
    names = [name for name, _kind in COLUMNS]
    return {row[1]: dict(zip(names, row)) for row in found.rows()}


# ------------------------------------------------------------------ requests


def test_one_request_for_the_list_and_one_for_each_layer(world, read):
    found = read()
    paths = asked(world)
    assert len(paths) == len(set(paths)) == found.requests == 1 + COUNT + DATABASES + 2
    others = [path for path in paths if "/tables/" not in path and "geoservices/" not in path]
    assert others[:2] == ["users/me", "communities/375/layers"]
    assert sorted(others[2:]) == ["databases/21", "databases/34", "databases/9", "permissions"]
    assert [entry.layer.order for entry in found.entries] == sorted(entry.layer.order for entry in found.entries)
    assert found.numbers() == {"COUNT": COUNT, "EDITABLE_COUNT": 24, "READONLY_COUNT": 4, "SERVICE_COUNT": SERVICES,
                               "PROBLEM_COUNT": 0, "REQUEST_COUNT": len(paths)}  # fmt: skip


def test_whoever_is_known_is_not_asked_again(world, api_of):
    api = api_of()
    me = users.me(api)
    world.clear_journal()
    assert catalogue(api, 375, me=me).community_name == "Voirie et adresses de la petite couronne"
    assert "users/me" not in asked(world)


def test_tables_are_asked_for_together(world, api_of):
    """The first two only go on when both are under way."""
    both = threading.Barrier(2, timeout=30)

    class Meeting(Session):
        met = 0

        def send(self, method, url, **options):
            if "/tables/" in url and self.met < 2:
                self.met += 1
                both.wait()
            return super().send(method, url, **options)

    assert catalogue(api_of(kind=Meeting), 375).numbers()["PROBLEM_COUNT"] == 0


def test_progress_reaches_the_end(read):
    watch = Heard()
    read(watch=watch)
    assert watch.steps[-1] == (COUNT, COUNT) and watch.said == []


def test_a_group_without_layers(world, read):
    found = read(512, "contributeur")
    assert (found.entries, asked(world)) == ([], ["users/me", "communities/512/layers"])
    assert "This group has no layers." in render(found.report())
    assert list(found.rows()) == list(found.column_rows()) == []


def test_of_a_community_that_one_is_no_member_of_the_name_is_asked(world, read):
    world.faults({"kind": "odd_users_me", "no_communities": True})
    found = read(only=[806])
    assert found.community_name == "Voirie et adresses de la petite couronne" and "communities/375" in asked(world)
    assert entry_of(found, 806).described.grids == ()
    world.faults({"kind": "odd_users_me", "no_communities": True},
                 {"kind": "status", "status": 403, "path": "/communities/375$"})  # fmt: skip
    assert read(only=[806]).community_name == "375"


@pytest.mark.parametrize("user", ["sansgroupe", "attente", "contributeur"])
def test_those_who_may_not_see_the_list(read, user):
    with pytest.raises(errors.Forbidden):
        read(375, user)


def test_nobody(world, read):
    with pytest.raises(InputError, match="Group layers are only shown to an account: this connection has none"):
        read(375, None)
    assert asked(world) == []


# ------------------------------------------------------------------ what can be edited, and why not


NONE, ROLE, TABLE, PERMISSION, KEY = (), ("role",), ("table",), ("permission",), ("key",)


def test_what_can_be_edited_and_why_not(read):
    found = read()
    refused = {e.layer.id: e.described.refusals for e in found.entries if e.described and not e.editable}
    assert refused == {805: ROLE + PERMISSION, 809: ROLE + PERMISSION, 813: KEY, 814: TABLE}
    assert all(entry.described.refusals == NONE for entry in found.entries if entry.editable)
    assert [entry_of(found, number).why_not for number in (805, 813, 814, 806, 801)] == [
        "Not editable: its role in the group is read only, the group has no right to edit it.",
        "Not editable: the table has no key.",
        "Not editable: the table is read only.",
        "",
        "",
    ]


@pytest.mark.parametrize(
    ("change", "refusals"),
    [
        (("layer", {"layer": 806, "set": {"role": "visu"}}), ROLE),
        (("layer", {"layer": 806, "set": {"role": "ref"}}), ROLE),
        (("layer", {"layer": 806, "set": {"role": "ref-edit"}}), NONE),
        (("layer", {"layer": 806, "set": {"role": "inconnu"}}), ROLE),
        (("table", {"table": 3401, "set": {"read_only": True}}), TABLE),
        (("table", {"table": 3401, "set": {"id_name": None}}), KEY),
        (("permission", {"permission": 11, "level": "VIEW"}), PERMISSION),
        (("permission", {"permission": 11, "level": "NONE"}), PERMISSION),  # shown because of another group
        (("permission", {"permission": 12, "level": "EDIT"}), NONE),
    ],
)
def test_each_reason(world, read, change, refusals):
    world.change(change[0], **change[1])
    entry = entry_of(read(only=[806]), 806)
    assert (entry.described.refusals, entry.editable) == (refusals, not refusals)


def test_the_permission_of_a_table_counts_before_that_of_its_database(world, read):
    world.change("permission", permission=2, level="VIEW")
    assert entry_of(read(only=[810]), 810).described.refusals == PERMISSION
    world.change("permission", permission=1, level="EDIT")
    found = read(only=[805, 810])
    assert entry_of(found, 810).described.refusals == PERMISSION and entry_of(found, 805).described.refusals == ROLE


def test_columns_that_the_group_may_not_change(world, read):
    described = entry_of(read(only=[810]), 810).described
    assert described.locked == {"gestionnaire"}
    assert [column.name for column in described.table.columns if not described.writable(column)] == [
        "gid", "departement", "saisie_le", "gestionnaire"
    ]  # fmt: skip
    assert columns.closed(described)["gestionnaire"] == "the group may not change it"
    assert columns.closed(described)["gid"] == "the server fills it"
    world.change("permission", permission=3, level="EDIT")
    assert entry_of(read(only=[810]), 810).described.locked == frozenset()


def test_permissions_that_are_not_shown_do_not_count(world, read):
    world.faults({"kind": "status", "status": 403, "path": "/permissions$"})
    watch = Heard()
    found = read(watch=watch)
    refused = {e.layer.id: e.described.refusals for e in found.entries if e.described and not e.editable}
    assert refused == {805: ROLE, 809: ROLE, 813: KEY, 814: TABLE}
    assert entry_of(found, 810).described.locked == frozenset()
    assert [said.split(":")[0] for said in watch.said] == ["The permissions of this group are not shown to you"]
    assert watch.said[0] in render(found.report()) and found.numbers()["PROBLEM_COUNT"] == 0


def test_zones_are_those_of_the_account(read):
    found = read()
    assert entry_of(found, 806).described.grids == GRIDS and rows_of(found)[806]["zones"] == "75, 92, 93, 94"
    assert "You may edit in these zones: 75, 92, 93, 94." in render(found.report())
    everywhere = read(user="admin", only=[806])
    assert entry_of(everywhere, 806).described.grids == ()
    assert "You may edit everywhere." in render(everywhere.report())
    assert "You may edit" not in render(read(96).report())  # nothing there can be edited


# ------------------------------------------------------------------ what it is


def test_what_a_described_layer_is(read):
    found = read()
    roads = entry_of(found, 808)
    assert (roads.code, roads.title) == ("bdtopo_fxx:troncon_de_route", "Tronçon de route")
    assert roads.label == "Tronçon de route — bdtopo_fxx:troncon_de_route"
    assert roads.described.bduni and roads.described.database_title == "BD TOPO France métropolitaine"
    assert roads.described.community_name == found.community_name
    assert not entry_of(found, 806).described.bduni
    plan = entry_of(found, 801)
    assert (plan.code, plan.label, plan.described) == ("geoservice:71", "Plan — geoservice:71", None)
    assert plan.geoservice.kind == "WMTS"


def test_layers_are_called_by_any_of_their_names(read):
    found = read()
    wanted = ["parcelles", "Plan", "BDTOPO_FXX:batiment", "Cantons — demo_guichet:cantons", "808"]
    chosen = choose(found.distinct, lambda entry: entry.names, wanted)
    assert [entry.layer.id for entry in chosen] == [801, 805, 807, 808, 809]


def test_rows(read):
    found = read()
    rows = rows_of(found)
    assert list(rows) == [entry.layer.id for entry in found.entries]
    assert {
        **rows[808], "styles": None, "closed_columns": None
    } == {
        "order": 7, "layer_id": 808, "code": "bdtopo_fxx:troncon_de_route", "title": "Tronçon de route",
        "kind_code": "feature-type", "kind": "objects", "database": "bdtopo_fxx", "geometry": "LineString",
        "crs": "EPSG:2154", "is_3d": True, "role_code": "ref-edit", "role": "editable reference", "editable": True,
        "why_not": "", "closed_columns": None, "zones": "75, 92, 93, 94", "min_zoom": 0, "max_zoom": 20,
        "min_scale": 559082264, "max_scale": 533, "opacity": 1.0, "visible": True, "versioned": True,
        "row_count": None, "styles": None, "description": "", "problem": "",
    }  # fmt: skip
    assert rows[808]["styles"].startswith("Par importance, ")  # the preferred one of the layer
    assert "cleabs" in rows[808]["closed_columns"].split(", ") and "nature" not in rows[808]["closed_columns"]
    assert (rows[811]["max_zoom"], rows[811]["max_scale"]) == (30, 267)
    assert (rows[812]["geometry"], rows[812]["crs"]) == ("", "")
    service = rows[802]
    assert (service["kind"], service["editable"], service["visible"]) == ("map service WMS", False, False)
    assert (service["description"], service["max_zoom"]) == ("Une image unie", 19)
    assert all(len(row) == len(COLUMNS) for row in found.rows())


def test_rows_of_columns(read):
    found = read()
    names = [name for name, _kind in columns.COLUMNS]
    rows = [dict(zip(names, row)) for row in found.column_rows()]
    assert {row["layer"] for row in rows} == {entry.code for entry in found.entries if entry.described}
    of = {row["name"]: row for row in rows if row["layer"] == "demo_guichet:pharmacies_paris"}
    assert of["nom pharmacie"]["title"] == "Nom de la pharmacie" and of["nom pharmacie"]["mandatory"]
    assert of["nom pharmacie"]["limits"] == "at least 3 characters, at most 60 characters"
    assert (of["zone"]["values"], of["zone"]["default"]) == ("Zone1; Zone2; Zone3; (empty)", "Zone1")
    assert of["horaires"]["values"] == "Jour = J; Nuit = N; Jour et nuit = JN"
    assert of["capacite"]["limits"] == "≥ 0, ≤ 50" and of["site"]["limits"] == "at most 200 characters, an address"
    assert (of["gid"]["editable"], of["gid"]["mandatory"]) == (False, False)
    assert (of["gestionnaire"]["editable"], of["gestionnaire"]["why_not"]) == (False, "the group may not change it")
    every = {row["name"]: row for row in rows if row["layer"] == "demo_guichet:Tous les types (été)"}
    assert every["Revêtement"]["limits"] == "depends on Nature"
    assert every["Réservé"]["why_not"] == "it is read only"
    assert not any(row["editable"] for row in rows if row["layer"] == "demo_guichet:archives")


def test_rows_are_counted(world, api_of):
    found = catalogue(api_of(), 375, counts=True)
    assert found.requests == 1 + COUNT + DATABASES + 2 + TABLES
    counted = {entry.code: entry.count for entry in found.entries if entry.described}
    assert (counted["suivi_terrain:parcelles"], counted["demo_guichet:pharmacies_paris"]) == (200, 60)
    assert counted["demo_guichet:sans_cle"] == 8 and entry_of(found, 801).count is None
    assert all(["limit", "1"] in entry["query"] for entry in world.journal("/features$"))
    listed = api_of().session.get(world.url + "/gcms/api/databases/21/tables/2101/features", {"limit": 100})
    assert counted["bdtopo_fxx:troncon_de_route"] == a2_total(listed) == 240
    assert any(row["detruit"] for row in listed.json())  # destroyed ones are among them
    assert rows_of(found)[807]["row_count"] == 200 and ">Rows<" in render(found.report())


def test_a_count_that_is_not_said_is_not_known(world, api_of):
    world.faults({"kind": "no_content_range", "path": "/3401/features$"},
                 {"kind": "status", "status": 403, "path": "/3402/features$"})  # fmt: skip
    assert features.totals(api_of(), [(34, 3401), (34, 3402), (9, 1739)]) == {
        (34, 3401): None, (34, 3402): None, (9, 1739): 5
    }  # fmt: skip


# ------------------------------------------------------------------ odd answers


def test_tables_in_their_odd_form(world, read):
    usual = list(read().rows())
    world.faults({"kind": "odd_table", "times": None})
    assert list(read().rows()) == usual


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"kind": "status", "status": 403, "path": "/tables/3401$"}, errors.Forbidden),
        ({"kind": "status", "status": 404, "path": "/tables/3401$"}, errors.NotFound),
        ({"kind": "not_json", "path": "/tables/3401$"}, errors.MalformedAnswer),
        ({"kind": "truncated_json", "path": "/tables/3401$", "times": None}, errors.ServiceError),
        ({"kind": "html", "status": 200, "path": "/tables/3401$"}, errors.MalformedAnswer),
    ],
)
def test_one_table_that_cannot_be_read_does_not_hide_the_others(world, read, fault, error, monkeypatch):
    monkeypatch.setattr("geocollab.client.session.FIRST_DELAY", 0.01)
    world.faults(fault)
    watch = Heard()
    found = read(watch=watch)
    entry = entry_of(found, 806)
    assert isinstance(entry.error, error) and entry.described is None and not entry.editable
    assert (entry.code, entry.label) == ("34:3401", "34:3401")
    assert watch.said == [f"34:3401: {entry.remarks[0]}"] == found.warnings
    assert rows_of(found)[806]["problem"] == entry.remarks[0]
    numbers = found.numbers()
    assert (numbers["COUNT"], numbers["EDITABLE_COUNT"], numbers["PROBLEM_COUNT"]) == (COUNT, 23, 1)
    assert entry not in found.distinct and "it could not be read" in render(found.report())


def test_a_layer_of_a_table_that_the_group_may_not_see(world, read):
    world.change("layer", layer=806, set={"table": 3403})
    entry = entry_of(read(only=[806]), 806)
    assert isinstance(entry.error, errors.Forbidden) and "confidentiel" in entry.error.server_message
    world.change("permission", permission=12, level="VIEW")
    assert entry_of(read(only=[806]), 806).described.refusals == PERMISSION


def test_a_service_that_cannot_be_read(world, read):
    world.faults({"kind": "status", "status": 403, "path": "/geoservices/74$"})
    entry = entry_of(read(only=[804]), 804)
    assert isinstance(entry.error, errors.Forbidden)
    assert entry.label == "Plan privé — geoservice:74"  # the list says its title


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"table": None}, "34:?"),
        ({"table": "trois"}, "34:?"),
        ({"database": None, "table": None}, "?:?"),
        ({"type": "carte"}, "34:3401"),
        ({"type": "geoservice"}, "geoservice:?"),
    ],
)
def test_a_layer_that_is_nothing_we_know(world, read, change, code):
    world.change("layer", layer=806, set=change)
    entry = entry_of(read(only=[806]), 806)
    assert isinstance(entry.error, errors.MalformedAnswer) and entry.code == code
    assert "layer 806 is neither a table nor a service" in entry.remarks[0]


def test_what_stands_for_all_is_raised(world, api_of):
    api = api_of()
    world.faults({"kind": "expired_token", "path": "/tables/3401$"})
    with pytest.raises(errors.Unauthorized):
        catalogue(api, 375)


def test_a_database_that_is_not_shown_is_guessed(world, read):
    world.faults({"kind": "status", "status": 403, "path": "/databases/[0-9]+$", "times": None})
    found = read()
    assert found.numbers()["PROBLEM_COUNT"] == 0
    roads, parcels = entry_of(found, 808).described, entry_of(found, 807).described
    assert (roads.bduni, roads.database_title) == (True, "bdtopo_fxx")
    assert (parcels.bduni, parcels.database_title) == (False, "suivi_terrain")


def test_a_table_that_is_there_twice(world, read):
    world.change("layer", layer=805, set={"database": 9, "table": 1734})
    found = read()
    first, second = entry_of(found, 805), entry_of(found, 810)
    assert first.code == second.code == "demo_guichet:pharmacies_paris"
    assert (first.described.refusals, second.described.refusals) == (ROLE, NONE)
    assert (first.remarks, second.remarks) == ((), ("It is the same as layer 805: only the first one is loaded.",))
    assert first in found.distinct and second not in found.distinct and len(found.distinct) == COUNT - 1
    assert found.warnings == [f"{second.label}: {second.remarks[0]}"]
    assert sum(row[0] == first.code for row in found.column_rows()) == len(first.described.table.columns)


@pytest.mark.parametrize(
    ("name", "members", "remark"),
    [
        ("zone", {"type": "Courbe"}, "Columns of an unknown type are read as text: zone (Courbe)."),
        ("geom", {"srid": None, "crs": "LOCAL:1"}, "Its coordinate system is not known: LOCAL:1."),
        ("geom", {"srid": None, "crs": None}, "The server does not say what its coordinate system is."),
    ],
)
def test_what_is_odd_is_said(world, read, name, members, remark):
    world.change("column", table=1734, name=name, set=members)
    watch = Heard()
    found = read(watch=watch, only=[810])
    entry = entry_of(found, 810)
    assert entry.remarks == (remark,) and entry.described is not None and entry in found.distinct
    assert watch.said == [f"{entry.label}: {remark}"] and remark in render(found.report())
    assert rows_of(found)[810]["crs"] == ("EPSG:2154" if name == "zone" else "")


def test_the_page_shows_what_the_server_says_and_never_obeys(world, read):
    world.change("table", table=1734, set={"title": "<script>alert(1)</script>", "description": "<b>L'<i>été</i></b>"})
    world.change("column", table=1734, name="zone", set={"title": "<img src=x>", "enum": ["<svg onload=1>"]})
    world.change("layer", layer=810, set={"role": "<u>"})
    found = read()
    page = render(found.report())
    assert "<script" not in page and "<img" not in page and "<svg onload" not in page and "<u>" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page and "L&#39; été" in page
    assert PRIVATE_KEY not in page and PRIVATE_KEY not in str(list(found.rows()))


ODD_COLUMNS = st.dictionaries(
    st.sampled_from(["name", "title", "type", "enum", "default_value", "min_value", "max_length", "constraint",
                     "condition_field", "pattern", "mime_types", "description", "automatic", "read_only"]), JSON
)  # fmt: skip


@given(st.lists(ODD_COLUMNS, max_size=3), st.dictionaries(st.sampled_from(["role", "type", "opacity"]), JSON))
def test_any_json_can_be_shown(odd, layer_members):
    table = databases.table_of(9, 1, {"name": "t", "database": "d", "columns": odd})
    layer = layers.layer_of({"id": 1, **layer_members})
    described = Described(375, "Groupe", layer, table, "d", False, refusals_of(layer, table, None))
    assert {"key"} <= set(described.refusals) <= {"role", "key"} and locked_of(table, None) == frozenset()
    assert [row[2] for row in columns.rows(described)] == [column.name for column in table.columns]
    assert render(Report(title="Essai", sections=[columns.section(described, "")]))
