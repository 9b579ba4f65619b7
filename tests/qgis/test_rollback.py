"""`rollback` through Processing: services show the data before, and again the newer one."""

import pytest
from osgeo import ogr
from qgis.core import QgsProcessingException

from tests.qgis.unsaved import SQUARE, memory


@pytest.fixture
def base(writable, tmp_path):
    writable.entrepot_settings(check_seconds=0, execution_seconds=0, publication_seconds=0)
    return {"CONNECTION": str(writable.connection), "STORE": str(tmp_path / "p.sqlite"), "NAME": "Ponts"}


def names(url, sheet="ponts"):
    """What the WFS gives of a data sheet whose technical name begins so: others are on the same endpoint."""
    source = ogr.Open(f"WFS:{url.partition('?')[0]}")
    (layer,) = [layer for layer in source if layer.GetName().startswith(sheet)]
    return sorted(feature["nom"] for feature in layer)


def styles_sent(server):
    """How many styles were made on the server."""
    return sum(entry["method"] == "POST" for entry in server.journal("/statics$"))


def test_there_and_back_again(run, base):
    wanted = {**base, "SERVICES": "WFS,WMTS-TMS", "BOTTOM_LEVEL": 7, "ADD_TO_PROJECT": False}
    first = run("publishlayers", INPUT=[memory(fields="nom:string", rows=[(SQUARE, "ancien")])], **wanted)
    second = run("publishlayers", INPUT=[memory(fields="nom:string", rows=[(SQUARE, "neuf")])], **wanted)
    assert names(first["WFS_URL"]) == ["neuf"]
    back = run("rollback", **base)
    assert back["STORED_DATA"] == first["STORED_DATA"] and back["PYRAMID"] == first["PYRAMID"]
    assert back["PREVIOUS"] == second["STORED_DATA"] and back["UPDATED_COUNT"] == 2
    assert names(first["WFS_URL"]) == ["ancien"]
    again = run("rollback", **base)
    assert again["STORED_DATA"] == second["STORED_DATA"] and names(first["WFS_URL"]) == ["neuf"]


def test_back_to_data_whose_tables_are_called_otherwise(run, base):
    base = {**base, "NAME": "Ouvrages d'art"}
    wanted = {**base, "SERVICES": "WFS,WMS-VECTOR", "ADD_TO_PROJECT": False}
    before = memory(fields="nom:string", rows=[(SQUARE, "ancien")], name="Ouvrages")
    first = run("publishlayers", INPUT=[before], **wanted)
    newer = memory(fields="nom:string", rows=[(SQUARE, "neuf")], name="Ponts")
    run("publishlayers", INPUT=[newer], **wanted)
    assert names(first["WFS_URL"], "ouvrages_art:ouvrages") == ["neuf"], "clients ask for it by the name it has"
    assert run("rollback", **base)["STORED_DATA"] == first["STORED_DATA"]
    assert names(first["WFS_URL"], "ouvrages") == ["ancien"]
    run("rollback", **base)
    assert names(first["WFS_URL"], "ouvrages") == ["neuf"]


def test_there_and_back_by_publishing_leaves_no_styles_about(run, base, writable, feedback):
    base = {**base, "NAME": "Lavoirs"}
    wanted = {**base, "SERVICES": "WMS-VECTOR", "ADD_TO_PROJECT": False}
    one, two = (memory(fields="nom:string", rows=[(SQUARE, name)], name=name) for name in ("Pierre", "Bois"))
    run("publishlayers", INPUT=[one], **wanted)
    run("publishlayers", INPUT=[two], **wanted)
    made = styles_sent(writable)
    for _turn in range(2):
        assert run("rollback", **base)["UPDATED_COUNT"] == 1
        assert any("1 service of “Lavoirs” shows the earlier data again" in text for text in feedback.infos)
        assert run("publishlayers", INPUT=[two], **wanted)["FAULT_COUNT"] == 0
    assert made and styles_sent(writable) == made


def test_a_layer_that_is_left_out_is_told(run, base, feedback):
    wanted = {**base, "NAME": "Bancs", "SERVICES": "WFS", "ADD_TO_PROJECT": False}
    one, two = (memory(fields="nom:string", rows=[(SQUARE, name)], name=name) for name in ("Bois", "Fer"))
    run("publishlayers", INPUT=[one, two], **wanted)
    assert feedback.warnings == []
    three = memory(fields="nom:string", rows=[(SQUARE, "pierre")], name="Pierre")
    assert run("publishlayers", INPUT=[one, three], **wanted)["FAULT_COUNT"] == 0
    (told,) = feedback.warnings
    assert "“fer” of “Bancs” is there no longer" in told


def test_a_service_that_was_unpublished_is_left_out(run, base, feedback):
    base = {**base, "NAME": "Passerelles"}
    wanted = {**base, "SERVICES": "WFS,WMS-VECTOR", "ADD_TO_PROJECT": False}
    first = run("publishlayers", INPUT=[memory(fields="nom:string", rows=[(SQUARE, "ancien")])], **wanted)
    second = run("publishlayers", INPUT=[memory(fields="nom:string", rows=[(SQUARE, "neuf")])], **wanted)
    gone = second["OFFERINGS"].split(";")[1]
    run("unpublish", CONNECTION=base["CONNECTION"], OFFERING=gone)
    assert run("rollback", **base)["UPDATED_COUNT"] == 1 and names(first["WFS_URL"], "passerelles") == ["ancien"]
    assert any("published no longer" in text for text in feedback.warnings)


def test_nothing_to_go_back_to(run, base):
    with pytest.raises(QgsProcessingException, match="Nothing was published as “Ponts”"):
        run("rollback", **base)
