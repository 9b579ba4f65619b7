"""The operation `listgrouplayers` through Processing: table, columns, page, numbers, and what the others then offer."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from qgis.core import QgsProcessingException

from geocollab.provider import hints
from geocollab.provider.groups import group_choice
from geocollab.workflows.layers.catalogue import Known
from sandbox.world.geoservices import PRIVATE_KEY


@pytest.fixture
def world(writable):
    """A sandbox that may be changed: as it was, before and after."""
    writable.reset_world()
    yield writable
    writable.reset_world()


@pytest.fixture
def listing(run, world, no_lists):
    """`listing(user="membre", …)`: the operation for community 375 as this user."""

    def call(user="membre", kind="password", **parameters):
        connection = world.connection_for(user, kind, requests_per_second=0)
        return run("listgrouplayers", **{"CONNECTION": str(connection), "COMMUNITY": "375", **parameters})

    return call


def rows(layer):
    return [feature.attributeMap() for feature in layer.getFeatures()]


def test_layers_and_columns(listing, feedback, tmp_path):
    found = listing(
        COUNT_ROWS=True,
        OUTPUT="TEMPORARY_OUTPUT",
        COLUMNS="TEMPORARY_OUTPUT",
        REPORT=str(tmp_path / "layers.html"),
    )
    assert {name: found[name] for name in found if name.endswith("COUNT") and name != "REQUEST_COUNT"} == {
        "COUNT": 32, "EDITABLE_COUNT": 24, "READONLY_COUNT": 4, "SERVICE_COUNT": 4, "PROBLEM_COUNT": 0
    }  # fmt: skip
    assert found["NAME"] == "Voirie et adresses de la petite couronne"
    layers = rows(found["OUTPUT"])
    assert [row["layer_id"] for row in layers][:16] == list(range(801, 817)) and len(layers) == 32
    roads = layers[7]
    assert (roads["code"], roads["geometry"], roads["crs"]) == (
        "bdtopo_fxx:troncon_de_route",
        "LineString",
        "EPSG:2154",
    )
    assert (roads["is_3d"], roads["editable"], roads["min_scale"], roads["row_count"]) == (True, True, 559082264, 240)
    assert layers[13]["why_not"] == "Not editable: the table is read only." and not layers[13]["editable"]
    columns = [row for row in rows(found["COLUMNS"]) if row["layer"] == "demo_guichet:pharmacies_paris"]
    assert [row["name"] for row in columns][:3] == ["gid", "nom pharmacie", "zone"]
    assert (columns[1]["mandatory"], columns[1]["editable"], columns[0]["editable"]) == (True, True, False)
    page = Path(found["REPORT"]).read_text(encoding="utf-8")
    assert "Tronçon de route — bdtopo_fxx:troncon_de_route" in page and "<script" not in page
    assert PRIVATE_KEY not in page + str(feedback.infos)
    assert "Archives — demo_guichet:archives: Not editable: the table is read only." in feedback.infos


def test_nothing_is_asked_twice(listing, world):
    found = listing()
    asked = [entry["path"] for entry in world.journal("^/gcms/api/")]
    assert len(asked) == len(set(asked)) == 1 + 32 + 5  # and: the account, the permissions, three databases
    assert found["REQUEST_COUNT"] == len(asked) + len(world.journal("^/auth/")) and "OUTPUT" not in found


def test_the_other_operations_offer_the_layers(listing, world):
    assert group_choice.layers().options() == []
    world.change("layer", layer=805, set={"order": 90})
    world.change("layer", layer=806, set={"table": 3403})  # which the group may not see
    world.change("layer", layer=807, set={"database": 9, "table": 1734})  # which is there twice
    assert listing()["PROBLEM_COUNT"] == 2
    offered = group_choice.layers().options()
    assert offered[:6] == [
        "Plan — geoservice:71",
        "Photographies aériennes — geoservice:72",
        "Cantons en flux — geoservice:73",
        "Plan privé — geoservice:74",
        "Pharmacies paris — demo_guichet:pharmacies_paris",
        "Tronçon de route — bdtopo_fxx:troncon_de_route",
    ]
    assert offered[-1] == "Cantons — demo_guichet:cantons" and len(offered) == len(set(offered)) == 30


def test_each_community_keeps_its_list(listing, world, run):
    listing()
    offered = hints.group_layers()
    connection = str(world.connection_for("membre", "password", requests_per_second=0))
    run("listgrouplayers", CONNECTION=connection, COMMUNITY="96")
    assert hints.group_layers() == ["Plan — geoservice:71", "Cantons suivis — suivi_terrain:cantons_suivis"]
    service = world.url + "/gcms/api"
    assert [layer.label for layer in hints.known_layers(service, 375)] == offered
    assert [(layer.ids, layer.names) for layer in hints.known_layers(service, 96)] == [
        ((71,), ("geoservice:71", "Plan", "901")),
        ((34, 3401), ("suivi_terrain:cantons_suivis", "cantons_suivis", "Cantons suivis", "902")),
    ]
    assert hints.known_layers(service, 97) == hints.known_layers("https://collaboratif.ign.fr", 375) == []
    listing()
    assert hints.group_layers() == offered and len(hints.known_layers(service, 96)) == 2


LAYERS = st.lists(
    st.builds(Known, st.text(), st.lists(st.text()).map(tuple), st.lists(st.integers(), min_size=1).map(tuple))
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(layers=LAYERS, others=LAYERS)
def test_what_is_known_comes_back_from_the_file(no_lists, layers, others):
    for community, listed in ((1, others), (2, layers), (1, layers)):
        hints.lists().set(group_layers=hints.with_known_layers("https://x.example.org", community, listed))
    assert hints.known_layers("https://x.example.org", 1) == hints.known_layers("https://x.example.org", 2) == layers
    assert hints.group_layers() == [layer.label for layer in layers]


def test_a_layer_that_cannot_be_read_is_a_warning(listing, world, feedback):
    world.faults({"kind": "status", "status": 403, "message": "Table réservée", "path": "/tables/3401$"})
    found = listing(OUTPUT="TEMPORARY_OUTPUT")
    (row,) = [row for row in rows(found["OUTPUT"]) if row["layer_id"] == 806]
    assert row["problem"].startswith("127.0.0.1") and "Table réservée" in row["problem"]
    assert feedback.warnings == [f"34:3401: {row['problem']}"] and found["PROBLEM_COUNT"] == 1


@pytest.mark.parametrize(
    ("user", "kind", "sentence"),
    [
        ("sansgroupe", "password", "You are not a member of the community “375”. Your communities: none."),
        ("attente", "password", "You are not yet a member of “Voirie et adresses de la petite couronne”"),
        (None, "anonymous", "Group layers are only shown to an account: this connection has none."),
    ],
)
def test_those_who_may_not_see_the_layers(listing, user, kind, sentence):
    with pytest.raises(QgsProcessingException, match=sentence):
        listing(user, kind)
    assert group_choice.layers().options() == []


def test_the_list_that_is_refused(listing, world):
    world.faults({"kind": "status", "status": 403, "message": "Groupe fermé", "path": "/375/layers$"})
    with pytest.raises(QgsProcessingException, match=r"does not allow this to your account \(403\).*Groupe fermé"):
        listing()
