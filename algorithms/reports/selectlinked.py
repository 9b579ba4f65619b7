"""From the selected reports to their sketches and back: the magic wand of the manual, both ways."""

from qgis.core import QgsFeatureRequest, QgsFeatureSink, QgsProcessing, QgsProcessingException, QgsVectorLayer

from ...i18n import N_, _, ngettext
from ...provider import parameters as p
from ...provider.operation import REPORTS, Operation
from ...provider.project import layers
from ...provider.project.systems import sound
from ...provider.reports import targets
from ...workflows.errors import InputError

KINDS = {
    "REPORTS": QgsProcessing.SourceType.TypeVectorPoint,
    "SKETCH_POINTS": QgsProcessing.SourceType.TypeVectorPoint,
    "SKETCH_LINES": QgsProcessing.SourceType.TypeVectorLine,
    "SKETCH_POLYGONS": QgsProcessing.SourceType.TypeVectorPolygon,
}
BATCH = 5000
"""Rows that are asked for at once: the text of an SQL statement has an end."""


class SelectLinked(Operation):
    ID = "selectlinked"
    GROUP = REPORTS
    TITLE = N_("Select reports and their sketches")
    SUMMARY = N_(
        "From the selected reports to their sketches and back: selects, counts and gives what belongs together."
    )
    HELP = N_(
        "In a project, the layers of the store get the selection: that of the sketches when reports were given, that "
        "of the reports when sketches were, both when both were. Layers that only show a part, by a filter of their "
        "own, select within that part; layers of other stores are left alone.\n\n"
        "The outputs always hold both sides, whatever is selected: the reports, and all the sketches of these reports. "
        "Without a project they are all that comes of it, for models and qgis_process.\n\n"
        "Works on the store alone, without network."
    )
    TAGS = (
        "signalements",
        "croquis",
        "sélection",
        "baguette magique",
        "lien",
        "reports",
        "sketches",
        "magic wand",
        "linked",
    )
    EXAMPLE = {"FILTER": '"Nb_croquis" > 0', "STORE": "reports.sqlite", "SKETCH_LINES": "lines.gpkg"}
    NEEDS_CONNECTION = False

    def initAlgorithm(self, configuration=None):
        self.addParameters(
            *targets.parameters(),
            p.choice(
                "WITH",
                _("Select"),
                _("Which side is selected on the map. Automatic: the side that was not given, both of a mixed one."),
                [
                    ("automatic", _("Automatic: the other side")),
                    ("sketches", _("The sketches of the reports")),
                    ("reports", _("The reports of the sketches")),
                    ("both", _("Both")),
                ],
                default="automatic",
            ),
            p.choice(
                "MODE",
                _("Selection"),
                _("What becomes of that which is selected already in the layers that get the selection."),
                [
                    ("replace", _("Replace the selection")),
                    ("add", _("Add to the selection")),
                    ("remove", _("Remove from the selection")),
                    ("intersect", _("Select within the selection")),
                ],
                default="replace",
            ),
            p.store(),
            p.layer_out("REPORTS", _("Reports"), _("A copy of the reports, with all their fields."), KINDS["REPORTS"]),
            p.layer_out(
                "SKETCH_POINTS",
                _("Sketches: points"),
                _("A copy of the points among the sketches, with all their fields."),
                KINDS["SKETCH_POINTS"],
            ),
            p.layer_out(
                "SKETCH_LINES",
                _("Sketches: lines"),
                _("A copy of the lines among the sketches, with all their fields."),
                KINDS["SKETCH_LINES"],
            ),
            p.layer_out(
                "SKETCH_POLYGONS",
                _("Sketches: polygons"),
                _("A copy of the polygons among the sketches, with all their fields."),
                KINDS["SKETCH_POLYGONS"],
            ),
        )
        self.addNumbers(
            COUNT=_("Reports"),
            SKETCH_COUNT=_("Sketch objects"),
            SKETCH_POINT_COUNT=_("Points"),
            SKETCH_LINE_COUNT=_("Lines"),
            SKETCH_POLYGON_COUNT=_("Polygons"),
        )
        self.addTexts(
            IDS=_("Numbers of the reports"),
            SKETCH_POINT_IDS=_("Ids of the points"),
            SKETCH_LINE_IDS=_("Ids of the lines"),
            SKETCH_POLYGON_IDS=_("Ids of the polygons"),
        )

    def perform(self, call):
        from ...workflows.reports.linked import linked, rows

        of_reports, of_parts = targets.sides(call)
        if not of_reports and not of_parts:
            raise InputError(
                _(
                    "Nothing is selected in the layers of the store {store}. Select reports or sketches there, or give "
                    "a layer in INPUT, numbers in IDS, a filter in FILTER."
                ).format(store=call.store_path())
            )
        numbers = targets.numbers(call, required=False)
        call.watch.check()
        found = linked(call.existing_store, numbers)
        side = call.choice("WITH")
        if side == "automatic":
            side = "both" if of_reports and of_parts else "sketches" if of_reports else "reports"
        call.select(rows(found, side), call.choice("MODE"))
        self._say(call, numbers, found)
        results = {"COUNT": len(found.reports), "IDS": _listed(found.reports), "SKETCH_COUNT": found.sketch_count}
        for output, table, geometry in layers.TABLES:
            if output not in KINDS:
                continue
            ids = found.sketches.get(table, found.reports)
            results.update(_copied(call, output, table, geometry, ids))
            if table in found.sketches:
                results[f"{output[:-1]}_COUNT"] = len(ids)
                results[f"{output[:-1]}_IDS"] = _listed(ids)
        return results

    @staticmethod
    def _say(call, numbers, found):
        missing = len(numbers) - len(found.reports)
        if missing:
            call.watch.warn(ngettext("{n} report is not in the store.", "{n} reports are not in the store.", missing))
        call.feedback.pushInfo(ngettext("{n} report.", "{n} reports.", len(found.reports)))
        call.feedback.pushInfo(ngettext("{n} sketch object.", "{n} sketch objects.", found.sketch_count))


def _listed(ids):
    return ",".join(map(str, ids))


def _copied(call, output, table, geometry, ids):
    """Fill a sink with these rows of the store; gives the output, nothing if it is not wanted."""
    if call.parameters.get(output) in (None, ""):
        return {}
    layer = QgsVectorLayer(layers.uri(call.existing_store.path, table, geometry), table, layers.PROVIDER)
    sink, where = call.operation.parameterAsSink(
        call.parameters, output, call.context, layer.fields(), layer.wkbType(), sound(layer.crs())
    )
    if sink is None:
        raise QgsProcessingException(call.operation.invalidSinkError(call.parameters, output))
    for start in range(0, len(ids), BATCH):
        call.watch.check()
        request = QgsFeatureRequest().setFilterFids(ids[start : start + BATCH])
        for feature in layer.getFeatures(request):
            if not sink.addFeature(feature, QgsFeatureSink.Flag.FastInsert):
                raise QgsProcessingException(
                    _("The table {name} cannot be written: {why}").format(name=output, why=sink.lastError())
                )
    del sink
    return {output: where}
