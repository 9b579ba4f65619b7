"""Write `models/*.model3`, the models that ship with the plugin:

    QT_QPA_PLATFORM=offscreen .venv/bin/python tools/make_models.py [FOLDER]

Run it on QGIS 3.22, the oldest version served, and commit what it wrote. The files are the same at every run, so a
difference is a change. Their texts are English: `provider/models.py` translates them when a model is read.
"""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Optional
from xml.etree import ElementTree

from qgis.core import (
    QgsApplication,
    QgsProcessingModelAlgorithm,
    QgsProcessingModelChildAlgorithm,
    QgsProcessingModelChildDependency,
    QgsProcessingModelChildParameterSource,
    QgsProcessingModelComment,
    QgsProcessingModelOutput,
    QgsProcessingModelParameter,
    QgsProcessingParameterDefinition,
    QgsProcessingParameterNumber,
)
from qgis.PyQt.QtCore import QPointF, QSizeF

ROOT = Path(__file__).resolve().parents[1]
Source = QgsProcessingModelChildParameterSource
OPTIONAL = QgsProcessingParameterDefinition.Flag.FlagOptional
COLUMN, ROW = 260, 110
"""Distances of the boxes in the modeler."""
BOX = QSizeF(220, 36)
NOTE = QSizeF(220, 50)


class Model:
    """A model in the making; columns and rows are places in the modeler, counted from 0."""

    def __init__(self, name: str, title: str, summary: str, help: str, tags: str, **example: object) -> None:
        self.name = name
        self._made = QgsProcessingModelAlgorithm(title, "GeoCollab")
        self._help = {
            "SHORT_DESCRIPTION": summary,
            "ALG_DESC": help,
            "TAGS": tags,
            "EXAMPLE": "\n".join(f"{key.replace('__', ':')}={value}" for key, value in example.items()),
        }
        self._order: list[str] = []

    def asks(self, definition: QgsProcessingParameterDefinition) -> None:
        """A parameter of the model."""
        box = QgsProcessingModelParameter(definition.name())
        _place(box, 0, 0.5 * len(self._order))
        self._order.append(definition.name())
        self._made.addModelParameter(definition, box)

    def asks_as(self, operation: str, *names: str) -> None:
        """Parameters of the model that are those of an operation, one below the other in the first column."""
        registry = QgsApplication.processingRegistry()
        for name in names:
            definition = registry.algorithmById(operation).parameterDefinition(name).clone()
            if name == "CONNECTION":  # who makes the model may have no default one
                definition.setFlags(definition.flags() | OPTIONAL)
            definition.setMetadata({key: value for key, value in definition.metadata().items() if key[0] == "g"})
            self.asks(definition)

    def does(
        self,
        id: str,
        algorithm: str,
        description: str,
        column: float,
        row: float,
        *,
        note: str = "",
        after: tuple[str, ...] = (),
        if_so: tuple[str, str] = ("", ""),
        conditions: Optional[dict[str, str]] = None,
        gives: Optional[dict[str, tuple[str, str, str]]] = None,
        **sources: Source,
    ) -> None:
        """A step. `gives` are outputs of the model: name → (output of the step, its label, its help).

        `conditions` are expressions by name, in which `var('step:OUTPUT')` is an output of another step; `if_so` is a
        step with conditions, and which of them must be met.
        """
        step = QgsProcessingModelChildAlgorithm(algorithm)
        if conditions:
            told = [{"name": name, "expression": expression} for name, expression in conditions.items()]
            step.setConfiguration({"conditions": told})
        step.setChildId(id)
        step.setDescription(description)
        _place(step, column, row)
        if note:
            comment = QgsProcessingModelComment(note)
            _place(comment, column, row - 0.75)
            comment.setSize(NOTE)
            step.setComment(comment)
        for definition in step.algorithm().parameterDefinitions():
            # the modeler wants every value that is not optional, defaults too
            wanted = not definition.isDestination() and not definition.flags() & OPTIONAL
            if wanted and definition.name() not in sources:
                sources[definition.name()] = Source.fromStaticValue(definition.defaultValue())
        for name, source in sources.items():
            step.addParameterSources(name, [source])
        needed = [(earlier, "") for earlier in after] + ([if_so] if if_so[0] else [])
        step.setDependencies([QgsProcessingModelChildDependency(*one) for one in needed])
        kept = {}
        for name, (output, label, help) in (gives or {}).items():
            kept[name] = QgsProcessingModelOutput(name, label)
            kept[name].setChildId(id)
            kept[name].setChildOutputName(output)
            _place(kept[name], column, row + 0.75)
            self._help[f"{id}:{name}"] = help
        step.setModelOutputs(kept)
        self._made.addChildAlgorithm(step)

    def write(self, folder: Path) -> None:
        self._made.setParameterOrder(self._order)
        # QGIS forgets the help of a definition when it loads a model, and takes this one
        self._help.update((name, self._made.parameterDefinition(name).help()) for name in self._order)
        self._made.setHelpContent(self._help)
        file = folder / f"{self.name}.model3"
        if not self._made.toFile(str(file)):
            raise OSError(f"{file} cannot be written")
        # QGIS writes the attributes of an element in any order
        root = ElementTree.parse(file).getroot()
        for element in root.iter():
            element.attrib = dict(sorted(element.attrib.items()))
        file.write_text(f"<!DOCTYPE model>\n{ElementTree.tostring(root, encoding='unicode')}\n", encoding="utf-8")


def _place(box: Any, column: float, row: float) -> None:
    box.setPosition(QPointF(COLUMN * (column + 0.5), ROW * (row + 0.5)))
    box.setSize(BOX)


def overdue() -> Model:
    """Download, what is overdue, statistics."""
    model = Model(
        "overdue",
        "Overdue reports",
        "Brings the store up to date, then shows the open reports that have waited too long for an answer.",
        "Made for a nightly job: only what has changed is downloaded. A report is overdue when it is open, older than "
        "the number of days, and has no reply. They come as a layer and as a page to read; a second page has the "
        "statistics of all reports.\n\n"
        "When nothing is overdue, the layer and the page are empty: that is no failure.",
        "signalements, en retard, échéance, sans réponse, relance, bilan, reports, overdue, unanswered, late, nightly",
        CONNECTION="sandbox.json",
        COMMUNITY="375",
        STORE="reports.sqlite",
        DAYS=30,
        overdue__LAYER="overdue.gpkg",
        view__PAGE="overdue.html",
        figures__STATISTICS="statistics.html",
    )
    model.asks_as("geocollab:downloadreports", "CONNECTION", "COMMUNITY", "STORE")
    days = QgsProcessingParameterNumber(
        "DAYS", "Days without reply", QgsProcessingParameterNumber.Type.Integer, 30, False, 0, 36500
    )
    days.setHelp("Open reports without reply that are older than so many days are overdue.")
    model.asks(days)
    model.does(
        "download", "geocollab:downloadreports", "1. Bring the store up to date", 1.1, 0.75,
        note="Only what has changed since the last time is downloaded.",
        CONNECTION=Source.fromModelParameter("CONNECTION"),
        COMMUNITY=Source.fromModelParameter("COMMUNITY"),
        STORE=Source.fromModelParameter("STORE"),
        MODE=Source.fromStaticValue(1),
    )  # fmt: skip
    model.does(
        "overdue", "native:extractbyexpression", "2. Keep what is overdue", 2.2, 0.75,
        note="Open, without reply, older than the number of days.",
        gives={"LAYER": ("OUTPUT", "Overdue reports", "The overdue reports as a layer, with all their fields.")},
        INPUT=Source.fromChildOutput("download", "REPORTS"),
        EXPRESSION=Source.fromStaticValue(
            "\"Statut\" IN ('submit', 'pending0', 'pending', 'pending1', 'pending2')\n"
            'AND coalesce("Nb_réponses", 0) = 0\n'
            # QGIS hands on what is given, not the default
            "AND age(now(), to_datetime(\"Date_création\")) > to_interval(to_string(coalesce(@DAYS, 30)) || ' days')"
        ),
    )  # fmt: skip
    model.does(
        "view", "geocollab:viewreports", "3. View what is overdue", 3.3, 0.75,
        gives={"PAGE": ("REPORT", "Overdue reports (HTML)", "The overdue reports to read, the oldest first.")},
        INPUT=Source.fromChildOutput("overdue", "OUTPUT"),
        STORE=Source.fromChildOutput("download", "STORE_FILE"),
        ORDER=Source.fromStaticValue(2),
        MAX_COUNT=Source.fromStaticValue(5000),
    )  # fmt: skip
    model.does(
        "figures", "geocollab:reportstatistics", "4. Statistics of all reports", 2.2, 2.25,
        gives={"STATISTICS": ("REPORT", "Statistics (HTML)", "The statistics of all reports, with charts.")},
        STORE=Source.fromChildOutput("download", "STORE_FILE"),
    )  # fmt: skip
    return model


def create_and_view() -> Model:
    """Selected objects, reports of them, their page."""
    model = Model(
        "createandview",
        "Create reports and view them",
        "Makes reports of the selected objects of a layer, then shows them on one page.",
        "The objects go with their reports as sketches. Everything is checked before anything is sent, and nothing is "
        "sent twice: after a failure, run it again with the same values. The page shows the reports as the server "
        "made them, with their numbers.",
        "signalements, créer, objets, sélection, croquis, fiche, reports, create, view, selection, sketch",
        CONNECTION="sandbox.json",
        COMMUNITY="375",
        INPUT="cantons.geojson",
        GROUPING="all",
        MESSAGE="Limites de cantons à vérifier sur le terrain.",
        THEME="Autre",
        STATUS="test",
        STORE="reports.sqlite",
        view__PAGE="created.html",
    )
    names = ("CONNECTION", "COMMUNITY", "INPUT", "GROUPING", "THEME", "ATTRIBUTES", "MESSAGE", "STATUS", "STORE")
    model.asks_as("geocollab:createreports", *names)
    model.does(
        "create", "geocollab:createreports", "1. Create the reports", 1.1, 1.5,
        note="Everything is checked first; nothing is sent twice.",
        gives={"OUTCOME": ("REPORT", "What was sent (HTML)", "What came of each report, and what was faulty.")},
        **{name: Source.fromModelParameter(name) for name in names},
    )  # fmt: skip
    model.does(
        "view", "geocollab:viewreports", "2. View them", 2.2, 1.5,
        gives={"PAGE": ("REPORT", "The new reports (HTML)", "The reports as the server made them, to read.")},
        IDS=Source.fromChildOutput("create", "IDS"),
        STORE=Source.fromModelParameter("STORE"),
    )  # fmt: skip
    return model


_PUBLISHED = (
    "CONNECTION", "DATASTORE", "INPUT", "NAME", "SERVICES", "CRS", "RESTRICTED", "REPAIR", "ATTRIBUTION", "LAYER_NAME",
    "STORE",
)  # fmt: skip


def check_and_publish() -> Model:
    """Check; only what is without errors is published."""
    model = Model(
        "checkandpublish",
        "Check layers and publish them",
        "Looks for all that the Géoplateforme would refuse or change, and publishes the layers only if there is no "
        "error.",
        "Everything that is wrong comes at once, on one page: mend it, then run it again. With an error nothing is "
        "sent, and the model ends without a failure. Without one, the layers are published as “Publish layers” does "
        "it, and run again they are brought up to date. Invalid geometries are no error where they are to be repaired.",
        "vérifier, publier, contrôle, qualité, géoplateforme, entrepôt, check, validate, publish, service",
        CONNECTION="sandbox.json",
        INPUT="cantons.geojson",
        NAME="Cantons",
        SERVICES="WFS",
        STORE="publications.sqlite",
        check__FAULTS="faults.html",
        publish__PAGE="published.html",
    )
    model.asks_as("geocollab:publishlayers", *_PUBLISHED)
    model.does(
        "check", "geocollab:checklayers", "1. Check the layers", 1.1, 1.75,
        note="Layers are looked at as they would be delivered.",
        gives={"FAULTS": ("REPORT", "What is wrong (HTML)", "What the check found, to read.")},
        INPUT=Source.fromModelParameter("INPUT"),
        CRS=Source.fromModelParameter("CRS"),
    )  # fmt: skip
    model.does(
        "judge", "native:condition", "2. Is there an error?", 2.2, 1.75,
        note="Nothing is sent if there is one.",
        conditions={
            "good": "var('check:ERROR_COUNT') = if(var('REPAIR'), var('check:INVALID_COUNT'), 0)",
        },
        after=("check",),
    )  # fmt: skip
    model.does(
        "publish", "geocollab:publishlayers", "3. Publish them", 3.3, 1.75,
        gives={"PAGE": ("REPORT", "What was published (HTML)", "The services, and what they give back.")},
        if_so=("judge", "good"),
        **{name: Source.fromModelParameter(name) for name in _PUBLISHED},
    )  # fmt: skip
    return model


def replace_and_roll_back() -> Model:
    """New data; the old one again if the services do not give it back."""
    model = Model(
        "replaceandrollback",
        "Replace published data, or roll back",
        "Brings published services up to date, reads them back, and lets them show the data before again if something "
        "is wrong with them.",
        "For updates that nobody looks at: keys, addresses and permissions stay. The new data is delivered beside the "
        "old; then the services point to it and are compared with the layers. If one does not give back what was "
        "delivered, all show the earlier data again; the new data stays on the server, to look at.\n\n"
        "A first publication has no earlier data: it stays as it is.",
        "remplacer, mettre à jour, revenir en arrière, restaurer, géoplateforme, entrepôt, update, replace, undo",
        CONNECTION="sandbox.json",
        INPUT="cantons.geojson",
        NAME="Cantons",
        SERVICES="WFS",
        STORE="publications.sqlite",
        replace__PAGE="replaced.html",
    )
    model.asks_as("geocollab:publishlayers", *_PUBLISHED)
    model.does(
        "replace", "geocollab:publishlayers", "1. Replace the data", 1.1, 1.75,
        note="The old data stays on the server.",
        gives={"PAGE": ("REPORT", "What was published (HTML)", "The services, and what they give back.")},
        **{name: Source.fromModelParameter(name) for name in _PUBLISHED},
    )  # fmt: skip
    model.does(
        "judge", "native:condition", "2. Is something wrong?", 2.2, 1.75,
        note="A service that does not give back what was delivered.",
        conditions={"wrong": "var('replace:FAULT_COUNT') > 0 AND var('replace:REPLACED_COUNT') > 0"},
        after=("replace",),
    )  # fmt: skip
    model.does(
        "back", "geocollab:rollback", "3. Show the earlier data again", 3.3, 1.75,
        if_so=("judge", "wrong"),
        **{name: Source.fromModelParameter(name) for name in ("CONNECTION", "DATASTORE", "NAME", "STORE")},
    )  # fmt: skip
    return model


def make_models(folder: Path) -> None:
    """Write all models; QGIS runs already, with our provider."""
    for model in (overdue(), create_and_view(), check_and_publish(), replace_and_roll_back()):
        model.write(folder)


def main(arguments: list[str]) -> int:
    sys.path.insert(0, str(ROOT / "build" / "plugins"))
    with TemporaryDirectory() as profile:
        application = QgsApplication([], False, profile)
        application.initQgis()
        from qgis.analysis import QgsNativeAlgorithms

        from geocollab.provider.provider import GeoCollabProvider

        registry = QgsApplication.processingRegistry()
        registry.addProvider(QgsNativeAlgorithms(registry))
        provider = GeoCollabProvider()
        registry.addProvider(provider)
        make_models(Path(arguments[0]) if arguments else ROOT / "models")
        registry.removeProvider(provider)
        application.exitQgis()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
