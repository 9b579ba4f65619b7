"""The models that ship with us: what they bring, how they present themselves, and that they can be had everywhere."""

import contextlib
import gettext
import importlib.util
import re
import sqlite3
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from qgis.core import (
    Qgis,
    QgsApplication,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeatureSourceDefinition,
    QgsProcessingModelAlgorithm,
    QgsVectorLayer,
)

from geocollab import i18n
from geocollab.provider.models import FOLDER
from tests.qgis_process import run_qgis_process

ROOT = Path(__file__).resolve().parents[2]
CANTONS = ROOT / "sandbox" / "data" / "cantons.geojson"
MODELS = [file.stem for file in sorted(FOLDER.glob("*.model3"))]
PAGES = {"checkandpublish": "publish", "createandview": "view", "overdue": "view", "replaceandrollback": "replace"}
"""The step of each that makes its page."""
LAYER = {"overdue:LAYER": "TEMPORARY_OUTPUT"}
OPEN = ("submit", "pending0", "pending", "pending1", "pending2")

every_model = pytest.mark.parametrize("name", MODELS)


@pytest.fixture
def sandbox(writable):
    """Not the one that all share: here it is written to."""
    return writable


def registered(name):
    return QgsApplication.processingRegistry().algorithmById(f"geocollab:{name}")


def made(name):
    return QgsApplication.processingRegistry().createAlgorithmById(f"geocollab:{name}")


def query(path, sql, *values):
    with contextlib.closing(sqlite3.connect(path)) as connection:
        return connection.execute(sql, values).fetchall()


def overdue_in(path, days):
    """The numbers of what is overdue, counted without QGIS."""
    before = datetime.now(timezone.utc) - timedelta(days=days)
    rows = query(path, 'SELECT id, "Date_création", "Statut", "Nb_réponses" FROM "Signalement"')
    return {
        number
        for number, date, status, replies in rows
        if status in OPEN and not replies and datetime.fromisoformat(date) < before
    }


# ---------------------------------------------------------------------- overdue


@pytest.mark.parametrize("days", [0, 30, 400, 5000])
def test_overdue_is_what_waits_too_long(run, sandbox, tmp_path, days):
    store = tmp_path / "s.sqlite"
    found = run(
        "overdue", CONNECTION=str(sandbox.connection), STORE=str(store), DAYS=days,
        **{"overdue:LAYER": "TEMPORARY_OUTPUT", "view:PAGE": str(tmp_path / "page.html"),
           "figures:STATISTICS": str(tmp_path / "figures.html")},
    )  # fmt: skip
    layer, wanted = found["overdue:LAYER"], overdue_in(store, days)
    assert {feature["NoSignalement"] for feature in layer.getFeatures()} == wanted
    assert bool(wanted) == (days < 5000)
    children = found["CHILD_RESULTS"]
    assert children["view"]["COUNT"] == len(wanted)
    ((count,),) = query(store, "SELECT count(*) FROM Signalement")
    assert children["figures"]["COUNT"] == children["download"]["COUNT"] == count
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert all(str(number) in page for number in wanted)
    assert "<svg" in (tmp_path / "figures.html").read_text(encoding="utf-8")


def test_overdue_downloads_only_what_has_changed(run, sandbox, tmp_path):
    wanted = {"CONNECTION": str(sandbox.connection), "STORE": str(tmp_path / "s.sqlite"), **LAYER}
    run("overdue", **wanted)
    sandbox.clear_journal()
    assert run("overdue", **wanted)["CHILD_RESULTS"]["download"]["NEW_COUNT"] == 0
    assert len(sandbox.journal("/reports")) <= 2


def test_overdue_of_a_community_that_is_not_mine(run, sandbox, tmp_path):
    with pytest.raises(QgsProcessingException, match=r"running 1\. Bring the store up to date"):
        run("overdue", CONNECTION=str(sandbox.connection), COMMUNITY="512", STORE=str(tmp_path / "s.sqlite"), **LAYER)


def test_overdue_from_the_dialog_of_desktop(sandbox, project, tmp_path, run_in_thread, feedback):
    """There it works in a thread of its own; the layers of the store come into the project as of a download."""
    context = QgsProcessingContext()
    context.setProject(project)
    results = run_in_thread(
        "overdue", context, CONNECTION=str(sandbox.connection), STORE=str(tmp_path / "s.sqlite"), DAYS=30, **LAYER
    )
    assert results, feedback.errors
    layer = context.getMapLayer(results["overdue:LAYER"])
    assert layer.featureCount() == len(overdue_in(tmp_path / "s.sqlite", 30)) > 0


# ---------------------------------------------------------------------- create and view


def test_selected_objects_become_reports_on_a_page(run, sandbox, project, store, tmp_path):
    cantons = QgsVectorLayer(str(CANTONS), "cantons", "ogr")
    project.addMapLayer(cantons)
    cantons.selectByIds(cantons.allFeatureIds()[:3])
    text = f"Limites à vérifier, {tmp_path}"
    found = run(
        "createandview", CONNECTION=str(sandbox.connection), COMMUNITY="375", STORE=str(store), MESSAGE=text,
        INPUT=QgsProcessingFeatureSourceDefinition(cantons.id(), selectedFeaturesOnly=True),
        GROUPING="each", THEME="Autre", STATUS="test",
        **{"view:PAGE": str(tmp_path / "page.html"), "create:OUTCOME": str(tmp_path / "sent.html")},
    )  # fmt: skip
    numbers = [int(number) for number in found["CHILD_RESULTS"]["create"]["IDS"].split(",")]
    assert len(numbers) == 3 == found["CHILD_RESULTS"]["view"]["COUNT"]
    posts = [entry for entry in sandbox.journal("/reports$") if entry["method"] == "POST"]
    assert [entry["status"] for entry in posts] == [201] * 3
    assert {row[0] for row in query(store, 'SELECT id FROM "Signalement" WHERE "Message" = ?', text)} == set(numbers)
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert all(str(number) in page for number in numbers) and text in page
    assert (tmp_path / "sent.html").stat().st_size > 1000


def test_faulty_objects_end_the_model_before_anything_is_sent(run, sandbox, store):
    with pytest.raises(QgsProcessingException, match=r"1\. Create the reports"):
        run(
            "createandview", CONNECTION=str(sandbox.connection), COMMUNITY="375", STORE=str(store), INPUT=str(CANTONS),
            GROUPING="all", THEME="Voirie", ATTRIBUTES='{"Nature": "nosuch"}', MESSAGE="Limites à vérifier",
        )  # fmt: skip
    assert not [entry for entry in sandbox.journal("/reports$") if entry["method"] == "POST"]


def test_a_misspelt_parameter_and_a_wrong_code_are_refused(run, sandbox, store):
    with pytest.raises(QgsProcessingException, match=r"There is no parameter TEXT\. Known: .*MESSAGE"):
        run("createandview", CONNECTION=str(sandbox.connection), TEXT="x")
    with pytest.raises(QgsProcessingException, match="STATUS: “closed” is not one of submit, test"):
        run("createandview", CONNECTION=str(sandbox.connection), STATUS="closed")


# ---------------------------------------------------------------------- in the real program


def test_the_real_program_runs_them_by_their_ids(sandbox, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    profile = tmp_path / "profile"
    common = [f"--CONNECTION={sandbox.connection}", "--COMMUNITY=375", "--STORE=s.sqlite"]
    ran = run_qgis_process(
        "run",
        "geocollab:overdue",
        *common,
        "--overdue:LAYER=o.gpkg",
        "--view:PAGE=p.html",
        "--DAYS=30",
        profile=profile,
        json=True,
    )
    assert ran.returncode == 0, ran.stderr
    wanted = overdue_in(tmp_path / "s.sqlite", 30)
    assert {feature["id"] for feature in QgsVectorLayer("o.gpkg", "o", "ogr").getFeatures()} == wanted
    page = (tmp_path / "p.html").read_text(encoding="utf-8")
    assert wanted and all(f"georem/{number}" in page for number in wanted)
    ran = run_qgis_process(
        "run", "geocollab:createandview", *common, f"--INPUT={CANTONS}", "--GROUPING=all", "--THEME=Autre",
        f"--MESSAGE=Par le programme {tmp_path}", "--STATUS=test", "--view:PAGE=c.html", profile=profile,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    assert "Par le programme" in (tmp_path / "c.html").read_text(encoding="utf-8")


def test_the_real_program_runs_the_files(sandbox, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    profile = tmp_path / "profile"
    common = [f"--CONNECTION={sandbox.connection}", "--COMMUNITY=375", "--STORE=s.sqlite"]
    ran = run_qgis_process(
        "run", FOLDER / "overdue.model3", *common, "--overdue:LAYER=o.gpkg", "--view:PAGE=p.html", profile=profile
    )
    assert ran.returncode == 0, ran.stderr
    assert (tmp_path / "p.html").stat().st_size > 1000
    assert QgsVectorLayer("o.gpkg", "o", "ogr").featureCount() == len(overdue_in(tmp_path / "s.sqlite", 30))
    ran = run_qgis_process(
        "run", FOLDER / "createandview.model3", *common, f"--INPUT={CANTONS}", "--GROUPING=1", "--THEME=Autre",
        f"--MESSAGE=Par le fichier {tmp_path}", "--STATUS=1", "--view:PAGE=c.html", profile=profile,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    assert "Par le fichier" in (tmp_path / "c.html").read_text(encoding="utf-8")


@every_model
def test_the_real_program_explains_them(name, tmp_path):
    said = run_qgis_process("help", f"geocollab:{name}", profile=tmp_path)
    page = f"{PAGES[name]}:PAGE"
    assert said.returncode == 0 and "CONNECTION" in said.stdout and page in said.stdout, said.stdout
    assert "Traceback" not in said.stdout + said.stderr
    listed = run_qgis_process("help", f"geocollab:{name}", profile=tmp_path, json=True)
    assert {"CONNECTION", "STORE", page} <= set(listed.json["parameters"])


# ---------------------------------------------------------------------- how they present themselves


def test_there_are_four():
    assert MODELS == ["checkandpublish", "createandview", "overdue", "replaceandrollback"]


@every_model
def test_it_presents_itself(name, qgis_app):
    model = made(name)
    assert model.id() == f"geocollab:{name}" and model.group() == "Models" and model.groupId() == "models"
    assert 5 < len(model.displayName()) < 45 and not model.displayName().endswith(".")
    assert model.shortDescription().endswith(".") and f"geocollab:{name}" in model.shortHelpString()
    assert Path(model.svgIconPath()).name == f"{name}.svg" and not model.icon().isNull()
    words = {"signalements", "reports"} if name in ("createandview", "overdue") else {"géoplateforme", "entrepôt"}
    assert len(model.tags()) >= 4 and words <= set(model.tags())
    assert model.canExecute()[0]
    for definition in model.parameterDefinitions():
        assert definition.description() and not definition.description().endswith(".")
        assert definition.help().endswith("."), definition.name()


@every_model
def test_what_the_provider_keeps_is_the_same_as_what_is_made(name, qgis_app):
    kept, new = registered(name), made(name)
    assert kept.displayName() == new.displayName() and kept.shortHelpString() == new.shortHelpString()
    assert [d.name() for d in kept.parameterDefinitions()] == [d.name() for d in new.parameterDefinitions()]


@every_model
def test_its_parameters_are_those_of_the_operations(name, qgis_app):
    """With the choices by code, and what is offered in combo boxes."""
    operations = {"createandview": "createreports", "overdue": "downloadreports"}
    operation = made(operations.get(name, "publishlayers"))
    model = made(name)
    for definition in model.parameterDefinitions():
        same = operation.parameterDefinition(definition.name())
        if same is not None and not definition.isDestination():
            assert definition.toVariantMap() == same.toVariantMap()


def test_parameters_stand_in_the_order_that_they_were_given(qgis_app):
    model = made("overdue")
    names = [definition.name() for definition in model.parameterDefinitions() if not definition.isDestination()]
    assert names == ["CONNECTION", "COMMUNITY", "STORE", "DAYS"]


def test_a_saved_connection_is_the_default(qgis_app, no_connections, sandbox):
    from geocollab.provider import connections

    model = made("overdue")
    assert model.parameterDefinition("CONNECTION").defaultValue() is None
    connections.save(connections.find(str(sandbox.connection)), as_default=True)
    model = made("overdue")
    assert model.parameterDefinition("CONNECTION").defaultValue() == "sandbox"


class Loud(gettext.NullTranslations):
    """A language in which everything is said with an exclamation mark."""

    def gettext(self, message):
        return f"{message} !"


@every_model
def test_in_another_language_the_id_stays_and_all_words_change(name, qgis_app, monkeypatch):
    english, title = made(name), made(name).displayName()
    monkeypatch.setattr(i18n, "_catalogue", Loud())
    model = made(name)
    assert model.id() == english.id() == registered(name).id() and model.groupId() == english.groupId()
    assert (model.displayName(), model.group()) == (title + " !", "Models !")
    assert model.shortDescription() == english.shortDescription() + " !"
    assert model.shortHelpString().count(" !") >= 3
    for definition in english.parameterDefinitions():
        other = model.parameterDefinition(definition.name())
        assert other.description() == definition.description() + " !"
        assert other.help() == definition.help() + " !"
    steps = {id: child.description() for id, child in english.childAlgorithms().items()}
    for id, child in model.childAlgorithms().items():
        assert child.description() == steps[id] + " !"
        assert child.comment().description() in ("", english.childAlgorithm(id).comment().description() + " !")
    assert model.tags() == english.tags()


# ---------------------------------------------------------------------- the files


@pytest.fixture(scope="module")
def make_models():
    spec = importlib.util.spec_from_file_location("geocollab_make_models", ROOT / "tools" / "make_models.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.skipif(not 32200 <= Qgis.QGIS_VERSION_INT < 32300, reason="the models are written by QGIS 3.22")
def test_the_files_are_what_the_tool_writes(qgis_app, no_connections, make_models, tmp_path):
    make_models.make_models(tmp_path)
    for name in MODELS:
        committed = (FOLDER / f"{name}.model3").read_text(encoding="utf-8")
        assert (tmp_path / f"{name}.model3").read_text(encoding="utf-8") == committed, name


@every_model
def test_files_hold_nothing_of_a_machine(name):
    text = (FOLDER / f"{name}.model3").read_text(encoding="utf-8")
    assert not re.search(r"/tmp/|/home/|/root/|/work/|[A-Z]:\\", text)


@every_model
def test_boxes_do_not_lie_on_each_other(name, qgis_app):
    model = made(name)
    boxes = [*model.parameterComponents().values(), *model.childAlgorithms().values()]
    boxes += [output for child in model.childAlgorithms().values() for output in child.modelOutputs().values()]
    boxes += [child.comment() for child in model.childAlgorithms().values() if child.comment().description()]
    places = [(box.position().x(), box.position().y(), box.size().width(), box.size().height()) for box in boxes]
    assert len(places) > 8
    for at, (x, y, width, height) in enumerate(places):
        for other_x, other_y, other_width, other_height in places[at + 1 :]:
            apart = abs(x - other_x) >= (width + other_width) / 2 or abs(y - other_y) >= (height + other_height) / 2
            assert apart, (name, x, y, other_x, other_y)


@every_model
def test_the_files_alone_can_be_opened_and_run_in_the_modeler(name, qgis_app):
    model = QgsProcessingModelAlgorithm()
    assert model.fromFile(str(FOLDER / f"{name}.model3")) and model.canExecute()[0]
    assert model.validate()[0], model.validate()[1]


def test_they_can_be_a_step_of_another_model(qgis_app, sandbox, tmp_path, feedback):
    from tests.qgis.test_models import Source, step

    outer = QgsProcessingModelAlgorithm("Outer", "tests")
    step(
        outer, "all", "geocollab:overdue", CONNECTION=Source.fromStaticValue(str(sandbox.connection)),
        STORE=Source.fromStaticValue(str(tmp_path / "s.sqlite")), DAYS=Source.fromStaticValue(30),
    )  # fmt: skip
    _results, good = outer.run({}, QgsProcessingContext(), feedback)
    assert good, feedback.errors
    assert (tmp_path / "s.sqlite").is_file()
