"""The models that publish: nothing is sent with an error, and what is read back wrong is not shown any longer."""

import re

import pytest
from osgeo import ogr
from qgis.core import QgsApplication, QgsProcessingContext, QgsProcessingException

from geocollab import i18n
from tests.qgis.test_shipped_models import Loud
from tests.qgis.unsaved import SQUARE, memory

BOW = "POLYGON((652300 6861300,652302 6861302,652302 6861300,652300 6861302,652300 6861300))"
WRITES = ("POST", "PUT", "PATCH", "DELETE")


@pytest.fixture
def base(writable, tmp_path):
    writable.entrepot_settings(check_seconds=0, execution_seconds=0, publication_seconds=0)
    return {"CONNECTION": str(writable.connection), "STORE": str(tmp_path / "p.sqlite"), "SERVICES": "WFS"}


def layer(*names, shape=SQUARE):
    return memory(fields="nom:string", rows=[(shape, name) for name in names], name="Abris")


def shown(url, name):
    source = ogr.Open(f"WFS:{url.partition('?')[0]}")
    return sorted(feature["nom"] for feature in source.GetLayerByName(f"{name}:abris"))


def test_what_is_good_is_published(run, base, tmp_path):
    found = run("checkandpublish", **base, NAME="Bons", INPUT=[layer("a")],
                **{"check:FAULTS": str(tmp_path / "f.html"), "publish:PAGE": str(tmp_path / "p.html")})  # fmt: skip
    children = found["CHILD_RESULTS"]
    assert children["check"]["ERROR_COUNT"] == 0 and children["publish"]["STATE"] == "created"
    assert (tmp_path / "f.html").exists() and (tmp_path / "p.html").exists()


def test_with_an_error_nothing_is_sent(run, base, writable, tmp_path):
    found = run("checkandpublish", **base, NAME="Mauvais", INPUT=[layer("a", shape=BOW)],
                **{"check:FAULTS": str(tmp_path / "f.html")})  # fmt: skip
    assert found["CHILD_RESULTS"]["check"]["ERROR_COUNT"] == 1 and "publish" not in found["CHILD_RESULTS"]
    assert "crosses itself" in (tmp_path / "f.html").read_text(encoding="utf-8")
    assert [entry for entry in writable.journal("^/api/") if entry["method"] in WRITES] == []


def test_geometries_that_are_to_be_repaired_are_no_error(run, base, tmp_path):
    found = run("checkandpublish", **base, NAME="Réparés", INPUT=[layer("a", shape=BOW)], REPAIR=True,
                **{"check:FAULTS": str(tmp_path / "f.html")})  # fmt: skip
    children = found["CHILD_RESULTS"]
    assert (children["check"]["INVALID_COUNT"], children["publish"]["REPAIRED_COUNT"]) == (1, 1)


@pytest.mark.parametrize("name", ["checkandpublish", "replaceandrollback"])
def test_what_an_endpoint_insists_on_can_be_given(run, base, writable, name):
    """Where the only endpoint with room insists on an attribution."""
    ids = writable.entrepot()["ids"]
    only, datastore = ids["endpoint"]["gpf-geoserver-wfs-catalogue"], ids["datastore"]["montreuil"]
    found = writable.entrepot_entity("datastore", id=datastore)["private"]["endpoints"]
    full = {id: {**one, "taken": one["quota"] * (id != only)} for id, one in found.items()}
    writable.entrepot_entity("datastore", id=datastore, private={"endpoints": {**full, **metadata(writable, found)}})
    try:
        wanted = {**base, "NAME": f"Cité {name}", "INPUT": [layer("a")]}
        with pytest.raises(QgsProcessingException, match=r"Publish them|Replace the data"):
            run(name, **wanted)
        more = {"ATTRIBUTION": "© Ville de Montreuil", "LAYER_NAME": f"cite_{name}"}
        results = run(name, **wanted, **more)["CHILD_RESULTS"]
        done = results["publish" if name == "checkandpublish" else "replace"]
        assert (done["STATE"], done["FAULT_COUNT"]) == ("created", 0)
    finally:
        writable.entrepot_entity("datastore", id=datastore, private={"endpoints": found})


def metadata(writable, endpoints):
    """Those of records, as they are."""
    ids = [id for name, id in writable.entrepot()["ids"]["endpoint"].items() if "geonetwork" in name]
    return {id: endpoints[id] for id in ids if id in endpoints}


def test_data_is_replaced_and_rolled_back_if_it_does_not_come_back(run, base, writable):
    wanted = {**base, "NAME": "Relais"}
    first = run("replaceandrollback", **wanted, INPUT=[layer("ancien")])["CHILD_RESULTS"]
    url = first["replace"]["WFS_URL"]
    second = run("replaceandrollback", **wanted, INPUT=[layer("neuf")])["CHILD_RESULTS"]
    assert second["replace"]["FAULT_COUNT"] == 0 and "back" not in second and shown(url, "relais") == ["neuf"]
    writable.faults({"kind": "status", "status": 400, "path": "^/wfs/", "times": 9})
    third = run("replaceandrollback", **wanted, INPUT=[layer("douteux")])["CHILD_RESULTS"]
    writable.faults()
    assert third["replace"]["FAULT_COUNT"] == 1 and third["back"]["STORED_DATA"] == second["replace"]["STORED_DATA"]
    assert shown(url, "relais") == ["neuf"]


def test_a_first_publication_is_never_rolled_back(run, base, writable):
    writable.faults({"kind": "status", "status": 400, "path": "^/wfs/", "times": 9})
    found = run("replaceandrollback", **base, NAME="Premier", INPUT=[layer("a")])["CHILD_RESULTS"]
    assert found["replace"]["FAULT_COUNT"] == 1 and "back" not in found


def test_a_step_that_fails_fails_the_model(run, base):
    with pytest.raises(QgsProcessingException, match=r"1\. Replace the data"):
        run("replaceandrollback", **base, NAME="a=b", INPUT=[layer("a")])


@pytest.mark.parametrize("name", ["checkandpublish", "replaceandrollback"])
def test_the_condition_knows_the_outputs_in_whatever_language(qgis_app, monkeypatch, name):
    """QGIS makes the name of a variable of the words of a step, which are translated."""
    seen = set()
    for catalogue in (i18n._catalogue, Loud()):
        monkeypatch.setattr(i18n, "_catalogue", catalogue)
        model = QgsApplication.processingRegistry().createAlgorithmById(f"geocollab:{name}")
        (condition,) = model.childAlgorithm("judge").configuration()["conditions"]
        used = re.findall(r"var\('([^']+)'\)", condition["expression"])
        assert used and set(used) <= set(model.variablesForChildAlgorithm("judge", QgsProcessingContext()))
        seen.add(tuple(used))
    assert len(seen) == 2
