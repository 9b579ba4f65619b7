"""The operations as steps of a model, with QGIS's own algorithms after them."""

import pytest
from qgis.core import (
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingModelAlgorithm,
    QgsProcessingModelChildAlgorithm,
    QgsProcessingModelChildDependency,
    QgsProcessingModelChildParameterSource,
    QgsProcessingModelOutput,
    QgsProcessingModelParameter,
    QgsProcessingOutputNumber,
    QgsProcessingParameterFile,
    QgsProcessingParameterString,
    QgsProject,
    QgsVectorLayer,
)

from tests.qgis_process import run_qgis_process

Source = QgsProcessingModelChildParameterSource


def step(model, name, algorithm, after=(), **parameters):
    child = QgsProcessingModelChildAlgorithm(algorithm)
    child.setChildId(name)
    child.setDescription(name)
    for parameter, source in parameters.items():
        child.addParameterSources(parameter, [source])
    # QGIS sees that a step needs the output of another, not that its expression does
    child.setDependencies([QgsProcessingModelChildDependency(earlier) for earlier in after])
    model.addChildAlgorithm(child)


def keep(model, name, child, output):
    """An output of a step becomes one of the model."""
    step = model.childAlgorithm(child)
    kept = QgsProcessingModelOutput(name, name)
    kept.setChildId(child)
    kept.setChildOutputName(output)
    step.setModelOutputs({**step.modelOutputs(), name: kept})
    model.setChildAlgorithm(step)


@pytest.fixture
def model(qgis_app):
    """Download, statistics of the same store, buffers around the reports, and a number in an expression."""
    made = QgsProcessingModelAlgorithm("Nightly", "tests")
    for definition in (
        QgsProcessingParameterString("connection", "Connection"),
        QgsProcessingParameterFile("store", "Store", optional=True),
        QgsProcessingParameterString("statuses", "Statuses", optional=True),
    ):
        made.addModelParameter(definition, QgsProcessingModelParameter(definition.name()))
    step(
        made, "download", "geocollab:downloadreports",
        CONNECTION=Source.fromModelParameter("connection"),
        STORE=Source.fromModelParameter("store"),
        STATUSES=Source.fromModelParameter("statuses"),
        MODE=Source.fromStaticValue(1),
    )  # fmt: skip
    step(made, "figures", "geocollab:reportstatistics", STORE=Source.fromChildOutput("download", "STORE_FILE"))
    step(
        made, "around", "native:buffer", after=["figures"],
        INPUT=Source.fromChildOutput("download", "REPORTS"),
        DISTANCE=Source.fromExpression("if(@figures_COUNT > 0, 0.01, 0)"),
        SEGMENTS=Source.fromStaticValue(3), DISSOLVE=Source.fromStaticValue(False),
        END_CAP_STYLE=Source.fromStaticValue(0), JOIN_STYLE=Source.fromStaticValue(0),
        MITER_LIMIT=Source.fromStaticValue(2),
    )  # fmt: skip
    keep(made, "buffers", "around", "OUTPUT")
    keep(made, "page", "figures", "REPORT")
    return made


def parameters(model, sandbox, tmp_path, **more):
    # 3.22 calls an output by its step too (`around:buffers`), newer versions by its name alone
    names = {definition.name().split(":")[-1]: definition.name() for definition in model.parameterDefinitions()}
    return {
        "connection": str(sandbox.connection),
        "store": str(tmp_path / "m.sqlite"),
        "statuses": "submit,valid",
        names["buffers"]: str(tmp_path / "buffers.gpkg"),
        names["page"]: str(tmp_path / "page.html"),
        **more,
    }


def test_operations_follow_each_other_in_a_model(model, sandbox, tmp_path, feedback):
    context = QgsProcessingContext()
    context.setProject(QgsProject.instance())
    results, good = model.run(parameters(model, sandbox, tmp_path), context, feedback)
    assert good, feedback.errors
    buffers = QgsVectorLayer(str(tmp_path / "buffers.gpkg"), "b", "ogr")
    assert buffers.isValid() and {f["Statut"] for f in buffers.getFeatures()} == {"submit", "valid"}
    assert next(buffers.getFeatures()).geometry().area() > 0
    assert (tmp_path / "page.html").stat().st_size > 1000
    # the numbers of a step are there for the next ones
    assert results["CHILD_RESULTS"]["figures"]["COUNT"] == buffers.featureCount()
    assert results["CHILD_RESULTS"]["download"]["COUNT"] == buffers.featureCount()


def test_the_store_of_a_model_is_the_one_beside_the_project(model, sandbox, tmp_path, feedback, project):
    assert project.write(str(tmp_path / "carte.qgz"))
    context = QgsProcessingContext()
    context.setProject(project)
    _results, good = model.run(parameters(model, sandbox, tmp_path, store=""), context, feedback)
    assert good, feedback.errors
    assert (tmp_path / "carte_espaceco.sqlite").is_file()


def test_a_step_that_fails_ends_the_model_and_says_why(model, sandbox, tmp_path, feedback):
    wanted = parameters(model, sandbox, tmp_path, connection=str(tmp_path / "nosuch.json"))
    try:
        _results, good = model.run(wanted, QgsProcessingContext(), feedback, {}, False)
        said = " ".join(feedback.errors)
    except QgsProcessingException as failure:
        good, said = False, f"{failure} {feedback.errors}"
    assert not good and "nosuch.json" in said
    assert not (tmp_path / "buffers.gpkg").exists()


def test_a_saved_model_runs_in_the_real_program(model, sandbox, tmp_path):
    file = tmp_path / "nightly.model3"
    assert model.toFile(str(file))
    again = QgsProcessingModelAlgorithm()
    assert again.fromFile(str(file)) and again.canExecute()[0]
    wanted = [f"--{name}={value}" for name, value in parameters(again, sandbox, tmp_path).items()]
    ran = run_qgis_process("run", file, *wanted, profile=tmp_path / "profile", json=True)
    assert ran.returncode == 0, ran.stderr
    buffers = QgsVectorLayer(str(tmp_path / "buffers.gpkg"), "b", "ogr")
    assert buffers.featureCount() > 0 and "<svg" in (tmp_path / "page.html").read_text(encoding="utf-8")


def test_numbers_of_every_operation_are_offered_by_the_modeler(model):
    child = model.childAlgorithm("figures").algorithm()
    numbers = [d.name() for d in child.outputDefinitions() if isinstance(d, QgsProcessingOutputNumber)]
    scope = model.createExpressionContextScopeForChildAlgorithm("around", QgsProcessingContext(), {}, {})
    assert {f"figures_{name}" for name in numbers} <= set(scope.variableNames())
