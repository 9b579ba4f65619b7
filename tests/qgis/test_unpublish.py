"""`synchroniseoffering` and `unpublish`: by id or layer name, hidden or for good, in both regimes."""

import pytest
from qgis.core import QgsProcessingException

from tests.qgis.served_data import written


@pytest.fixture
def wfs(serve):
    """`wfs("name")`: a published WFS; its outputs."""

    def publish(name, **more):
        return serve("publishwfs", STORED_DATA="cantons", LAYER_NAME=name, ADD_TO_PROJECT=False, **more)

    return publish


@pytest.mark.parametrize(("regime", "deleted"), [("one", 2), ("two", 2)])
def test_for_good(serve, warehouse, wfs, regime, deleted):
    warehouse.entrepot_settings(offering_deletion=regime)
    made = wfs(f"end_{regime}")
    found = serve("unpublish", OFFERING=f"end_{regime}")
    assert (found["OFFERING"], found["CONFIGURATION"]) == (made["OFFERING"], made["CONFIGURATION"])
    assert (found["DELETED_COUNT"], found["HIDDEN_COUNT"]) == (deleted, 0)
    with pytest.raises(QgsProcessingException, match="There is no “end_"):
        serve("unpublish", OFFERING=f"end_{regime}")


def test_hidden_and_published_again(serve, wfs):
    made = wfs("hidden")
    for _again in range(2):
        found = serve("unpublish", OFFERING=made["OFFERING"], HIDE=True)
        assert (found["HIDDEN_COUNT"], found["DELETED_COUNT"], found["CONFIGURATION"]) == (1, 0, "")
    back = serve("synchroniseoffering", OFFERING="hidden", OUTPUT="TEMPORARY_OUTPUT")
    assert (back["OFFERING"], back["STATUS"], back["SYNCHRONISED_COUNT"]) == (made["OFFERING"], "PUBLISHED", 1)
    (row,) = [feature.attributeMap() for feature in back["OUTPUT"].getFeatures()]
    assert (row["layer_name"], row["type"], row["status"]) == ("hidden", "WFS", "PUBLISHED") and "wfs" in row["url"]
    assert row["status_label"] == "published, in service"


def test_a_platform_that_cannot_hide_is_told(serve, warehouse, wfs, feedback):
    warehouse.entrepot_settings(offering_deletion="one")
    made = wfs("not_hidden")
    found = serve("unpublish", OFFERING=made["OFFERING"], HIDE=True)
    assert (found["HIDDEN_COUNT"], found["DELETED_COUNT"]) == (0, 1)
    assert feedback.warnings == ["This platform cannot hide services: the offering was deleted for good."]
    assert wfs("not_hidden")["CONFIGURATION"] == made["CONFIGURATION"]


def test_the_configuration_is_kept(serve, wfs):
    made = wfs("kept")
    assert serve("unpublish", OFFERING="kept", KEEP_CONFIGURATION=True)["CONFIGURATION"] == ""
    again = wfs("kept")
    assert again["CONFIGURATION"] == made["CONFIGURATION"] and again["OFFERING"] != made["OFFERING"]


def test_several_of_one_name(serve, wfs, warehouse):
    wfs("twice")
    serve("publishwmsvector", STORED_DATA="cantons", LAYER_NAME="twice", ADD_TO_PROJECT=False)
    with pytest.raises(QgsProcessingException, match="“twice” is offered several times"):
        serve("unpublish", OFFERING="twice")
    assert serve("synchroniseoffering", OFFERING="twice")["COUNT"] == 2
    assert serve("unpublish", OFFERING="twice", SERVICE_TYPE="WFS")["DELETED_COUNT"] == 2
    warehouse.entrepot_settings(offering_fails=1)
    with pytest.raises(QgsProcessingException, match="The server could not publish WMS-VECTOR “twice”"):
        serve("synchroniseoffering", OFFERING="twice")


def test_one_that_fails_does_not_keep_the_others(serve, wfs, warehouse, feedback):
    wfs("mixed")
    serve("publishwmsvector", STORED_DATA="cantons", LAYER_NAME="mixed", ADD_TO_PROJECT=False)
    warehouse.entrepot_settings(offering_fails=1)
    found = serve("synchroniseoffering", OFFERING="mixed")
    assert (found["COUNT"], found["SYNCHRONISED_COUNT"], found["FAILED_COUNT"]) == (2, 1, 1)
    assert len(feedback.warnings) == 1 and "could not publish" in feedback.warnings[0]


@pytest.mark.parametrize("name", ["synchroniseoffering", "unpublish"])
def test_without_the_right(serve, warehouse, name):
    with pytest.raises(QgsProcessingException, match="lacks the right BROADCAST"):
        serve(name, OFFERING="x", DATASTORE="sdis")
    assert written(warehouse) == []
