"""A WFS published, read back as anybody reads it, changed, refused."""

import pytest
from qgis.core import QgsProcessingContext, QgsProcessingException, QgsVectorLayer

from tests.qgis.served_data import written

LAYER = "wfs_cantons"


def added(context):
    """The layers that whoever loads results would add."""
    return [context.temporaryLayerStore().mapLayer(id) for id in context.layersToLoadOnCompletion()]


def test_published_added_and_read_back(serve, project, warehouse):
    context = QgsProcessingContext()
    context.setProject(project)
    found = serve(
        "publishwfs", context=context, STORED_DATA="cantons", LAYER_NAME=LAYER, TITLE="Cantons", SHEET="fiche"
    )

    assert (found["STATUS"], found["NEW_COUNT"], found["LAYER_COUNT"]) == ("PUBLISHED", 1, 2)
    assert found["LAYER"] == f"{LAYER}:cantons,{LAYER}:points" and "WFS" in found["URL"]
    assert (found["VERIFIED_COUNT"], found["FAULT_COUNT"]) == (1, 0)
    layers = added(context)
    assert [layer.name() for layer in layers] == ["Cantons – cantons", "Cantons – points"]
    assert [layer.featureCount() for layer in layers] == [61, 8]
    assert layers[0].crs().authid() == "EPSG:2154"


def test_again_with_the_same_and_with_other_settings(serve, warehouse):
    given = {"LAYER_NAME": "wfs_again", "TABLES": "cantons", "TITLE": "Cantons", "ADD_TO_PROJECT": False}
    first = serve("publishwfs", STORED_DATA="cantons", **given)
    warehouse.clear_journal()
    second = serve("publishwfs", **given)
    assert written(warehouse) == []
    assert (second["UNCHANGED_COUNT"], second["OFFERING"]) == (1, first["OFFERING"])

    third = serve(
        "publishwfs",
        LAYER_NAME="wfs_again",
        TEXTS=["cantons", "limites", "Limites", "Des limites", "un, deux"],
        METADATA_LINKS=["https://ex.example/r.xml", "", ""],
        ATTRIBUTION="Ville",
        ATTRIBUTION_URL="https://ville.example",
        PRIMARY_KEY="hidden",
        EXTENT="2.0,2.5,48.5,49 [EPSG:4326]",
        ADD_TO_PROJECT=False,
    )
    assert (third["UPDATED_COUNT"], third["LAYER"]) == (1, "wfs_again:limites")
    put = next(entry for entry in warehouse.journal("/configurations/") if entry["method"] == "PUT")
    assert [path.split("/")[0] for _method, path in written(warehouse)] == ["configurations", "offerings"]
    sent = put["body"]
    assert '"public_name": "limites"' in sent and '"expose_primary_key": false' in sent
    assert '"type": "ISO19115:2003"' in sent and '"west": 2.0' in sent and "https://ville.example" in sent


def test_one_after_another_although_qgis_remembers_what_services_offer(serve, project):
    for name in ("wfs_first", "wfs_second"):
        context = QgsProcessingContext()
        context.setProject(project)
        serve("publishwfs", context=context, STORED_DATA="cantons", TABLES="points", LAYER_NAME=name)
        (layer,) = added(context)
        assert layer.featureCount() == 8 and f"{name}:points" in layer.source()


def test_restricted_is_said_and_not_added(serve, project, feedback):
    context = QgsProcessingContext()
    context.setProject(project)
    found = serve("publishwfs", context=context, STORED_DATA="cantons", LAYER_NAME="wfs_private", RESTRICTED=True)
    assert "/private/" in found["URL"] and not added(context)
    assert (found["VERIFIED_COUNT"], found["FAULT_COUNT"]) == (0, 0)
    assert any("wants a key, as it should; without one it was not read back" in info for info in feedback.infos)
    assert any("is added to the map with a key" in info for info in feedback.infos)
    layer = QgsVectorLayer(f"url='{found['URL'].partition('?')[0]}' typename='wfs_private:cantons'", "x", "WFS")
    assert not layer.isValid()


def test_a_service_that_does_not_answer_is_told(serve, warehouse, feedback, impatient):
    warehouse.faults({"kind": "status", "status": 500, "path": "^/wfs", "times": None})
    found = serve("publishwfs", STORED_DATA="cantons", LAYER_NAME="wfs_mute", ADD_TO_PROJECT=False)
    assert (found["STATUS"], found["NEW_COUNT"]) == ("PUBLISHED", 1)
    assert (found["VERIFIED_COUNT"], found["FAULT_COUNT"]) == (0, 1)
    assert [text for text in feedback.warnings if text.startswith("WFS")]
    warehouse.faults()
    warehouse.clear_journal()
    again = serve("publishwfs", LAYER_NAME="wfs_mute", ADD_TO_PROJECT=False)
    assert (again["UNCHANGED_COUNT"], again["VERIFIED_COUNT"]) == (1, 1)
    assert len(warehouse.journal("^/wfs")) == 2


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        (
            {"STORED_DATA": "canton"},
            "There is no “canton” among the stored data of the datastore. Did you mean cantons",
        ),
        ({"STORED_DATA": "ortho"}, "“ortho” is stored data of the type ROK4-PYRAMID-RASTER; here VECTOR-DB is needed"),
        ({"STORED_DATA": "cantons", "TABLES": "communes"}, "has no table “communes”; it has cantons, points"),
        ({"STORED_DATA": "cantons", "ENDPOINT": "nowhere"}, "There is no endpoint “nowhere” of type WFS here"),
        ({"STORED_DATA": "cantons", "ATTRIBUTION": "Ville"}, "An attribution needs its text and its address"),
        ({}, "Which stored data"),
        ({"STORED_DATA": "cantons", "LAYER_NAME": "été"}, "cannot be the name of a published layer"),
        ({"STORED_DATA": "cantons", "DATASTORE": "sdis"}, "lacks the right BROADCAST"),
    ],
)
def test_what_is_refused_before_anything_is_sent(serve, warehouse, parameters, sentence):
    with pytest.raises(QgsProcessingException, match=sentence):
        serve("publishwfs", **{"LAYER_NAME": "wfs_refused", "ADD_TO_PROJECT": False, **parameters})
    assert written(warehouse) == []


def test_what_the_server_refuses_leaves_nothing(serve, warehouse):
    warehouse.entrepot_settings(offering_fails=1)
    with pytest.raises(QgsProcessingException, match=r"not publish WFS.*What had been made for it was taken back"):
        serve("publishwfs", STORED_DATA="cantons", LAYER_NAME="wfs_unstable")
    assert [verb for verb, _path in written(warehouse)] == ["POST", "POST", "DELETE", "DELETE", "DELETE"]
