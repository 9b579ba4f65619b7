"""Create reports: of the features of any layer, with their sketch, or of one point."""

from qgis.core import (
    QgsProcessing,
    QgsProcessingParameterFeatureSink,
    QgsProcessingParameterFeatureSource,
    QgsProcessingParameterField,
    QgsProcessingParameterMatrix,
    QgsProcessingParameterMultipleLayers,
    QgsProcessingParameterPoint,
)

from ...i18n import N_, _
from ...provider import hints, sending
from ...provider import parameters as p
from ...provider.operation import CONTRIBUTIONS, Operation
from ...provider.reports import targets

LAYERS = {
    "REPORTS": N_("Reports"),
    "SKETCH_POINTS": N_("Sketches: points"),
    "SKETCH_LINES": N_("Sketches: lines"),
    "SKETCH_POLYGONS": N_("Sketches: polygons"),
}


class CreateReports(Operation):
    ID = "createreports"
    GROUP = CONTRIBUTIONS
    TITLE = N_("Create reports")
    SUMMARY = N_(
        "Makes reports (signalements) of the features of any layer, with their sketch and documents, or of one point."
    )
    HELP = N_(
        "Any layer in any coordinate system will do; with a selection, only the selected features. The position of a "
        "report lies on its objects, which go with it as a sketch.\n\n"
        "Everything is checked before anything is sent: geometries, message, the attributes against the form of the "
        "theme, documents. All faults of all features are listed in FAULTS and on the page; nothing is sent if there "
        "is any, unless only what is right is wanted. A dry run shows what would be sent.\n\n"
        "Nothing is sent twice: after a failure, run the same again. What had reached the server is found there, what "
        "had not is sent. New reports are in the store, and on the map, at once."
    )
    TAGS = (
        "signalements",
        "créer",
        "nouveau",
        "croquis",
        "thème",
        "ripart",
        "espace collaboratif",
        "reports",
        "create",
        "new",
        "sketch",
    )
    EXAMPLE = {
        "CONNECTION": "sandbox.json",
        "COMMUNITY": "375",
        "INPUT": "cantons.geojson",
        "GROUPING": "all",
        "THEME": "Autre",
        "MESSAGE": "Limites de cantons à vérifier sur le terrain.",
        "STATUS": "test",
        "STORE": "reports.sqlite",
        "REPORT": "created.html",
    }

    def initAlgorithm(self, configuration=None):
        self.addParameters(
            p.connection(),
            p.community(),
            *self._objects(),
            *self._contents(),
            targets.max_count(),
            p.store(),
            *sending.parameters(again=True),
            p.described(
                QgsProcessingParameterFeatureSink(
                    "FAULTS",
                    _("Faults"),
                    QgsProcessing.SourceType.TypeVector,
                    optional=True,
                    createByDefault=False,
                ),
                _("One row per fault: feature, report, what, attribute, sentence; with the geometry of the feature."),
            ),
        )
        sending.declare(self)
        self.addNumbers(FAULT_COUNT=_("Faults"))
        self.addLayers(**{name: _(label) for name, label in LAYERS.items()})

    def _objects(self):
        """Of what, and where."""
        return (
            p.described(
                QgsProcessingParameterFeatureSource(
                    "INPUT", _("Objects (layer)"), [QgsProcessing.SourceType.TypeVector], optional=True
                ),
                _(
                    "Any layer: points, lines, polygons, of several parts, with curves, mixed; or a table, with LON "
                    "and LAT. With a selection, only the selected features."
                ),
            ),
            p.described(
                QgsProcessingParameterPoint("POINT", _("Point"), optional=True),
                _("The place of a single report without layer, such as 2.3488,48.8534 [EPSG:4326]."),
            ),
            p.expression(
                "LON",
                _("Longitude"),
                _('An expression that gives the longitude of each report in degrees (WGS84), such as "lon".'),
                advanced=True,
            ),
            p.expression(
                "LAT",
                _("Latitude"),
                _('An expression that gives the latitude of each report in degrees (WGS84), such as "lat".'),
                advanced=True,
            ),
            p.choice(
                "GROUPING",
                _("Reports"),
                _("How many reports are made of the features."),
                [
                    ("each", _("One for each feature")),
                    ("all", _("One for all features")),
                    ("field", _("One for each value of a field")),
                ],
                default="each",
            ),
            p.described(
                QgsProcessingParameterField(
                    "GROUP_FIELD", _("Field of the grouping"), parentLayerParameterName="INPUT", optional=True
                ),
                _("Features with the same value of this field share a report."),
                advanced=True,
            ),
        )

    def _contents(self):
        """What the reports say."""
        matrix = QgsProcessingParameterMatrix(
            "ATTRIBUTE_EXPRESSIONS",
            _("Attributes by expression"),
            numberRows=1,
            hasFixedNumberRows=False,
            headers=[_("Attribute"), _("Expression")],
            optional=True,
        )
        return (
            p.text(
                "THEME",
                _("Theme"),
                _(
                    "Name of a theme of the community. One that another community shares moves the reports to that "
                    "community. Without theme, a report first waits for its qualification."
                ),
                hints=hints.themes(),
            ),
            p.text(
                "ATTRIBUTES",
                _("Attributes (JSON)"),
                _('Values of the theme\'s attributes, by name or title, the same for all: {"Nature": "Trottoir"}.'),
                multiline=True,
            ),
            p.described(
                matrix,
                _("An attribute of the theme and a QGIS expression on the features; it goes before the fixed value."),
            ),
            p.flag(
                "ATTRIBUTES_FROM_FIELDS",
                _("Attributes from fields"),
                _("Fields of the layer that are called like an attribute of the theme, by name or title, fill it."),
            ),
            p.text(
                "MESSAGE",
                _("Message"),
                _(
                    "What the reports say, the same for all, of at least ten characters. Left empty, the default "
                    "comment of the community."
                ),
                multiline=True,
            ),
            p.expression(
                "MESSAGE_EXPRESSION",
                _("Message by expression"),
                _(
                    "A QGIS expression that gives the message of each report. Where it gives nothing, the message "
                    "above is taken. Different ones of one report follow each other."
                ),
            ),
            p.flag(
                "SKETCH",
                _("Join the sketch"),
                _("Whether the objects themselves go with the report, with their fields."),
                default=True,
            ),
            p.described(
                QgsProcessingParameterField(
                    "SKETCH_FIELDS",
                    _("Fields of the sketch"),
                    parentLayerParameterName="INPUT",
                    allowMultiple=True,
                    optional=True,
                ),
                _(
                    "The fields that go with the sketch. Left empty, those that imported settings (espaceco.xml) name "
                    "for this layer, else all."
                ),
                advanced=True,
            ),
            p.described(
                QgsProcessingParameterMultipleLayers(
                    "DOCUMENTS", _("Documents"), QgsProcessing.SourceType.TypeFile, optional=True
                ),
                _("Up to four files that go with every report: pictures, PDF, office documents, GPX, KML, ZIP."),
            ),
            p.expression(
                "DOCUMENTS_EXPRESSION",
                _("Documents by expression"),
                _(
                    "A QGIS expression that gives the files of each report, such as @project_folder || '/' || "
                    '"photo": a path, several separated by ; or on lines of their own, or a list.'
                ),
                advanced=True,
            ),
            sending.new_status(),
            p.flag(
                "ONLY_VALID",
                _("Only what is right"),
                _("Send what is right even if something else is faulty; otherwise nothing is sent then."),
            ),
        )

    def perform(self, call):
        from ...provider.reports.objects import Objects
        from ...workflows.contributions.create_reports import Wanted, create_reports

        objects = Objects(call)
        wanted = Wanted(
            community=call.text("COMMUNITY") or call.connection.defaults.get("community", ""),
            theme=call.text("THEME"),
            grouping=call.choice("GROUPING"),
            sketch=call.flag("SKETCH"),
            sketch_fields=objects.sketch_fields(),
            values_from_fields=call.flag("ATTRIBUTES_FROM_FIELDS"),
            status=call.choice("STATUS"),
            only_valid=call.flag("ONLY_VALID"),
        )
        created = create_reports(
            call.api,
            call.store,
            objects,
            wanted,
            again=call.flag("AGAIN"),
            dry_run=call.flag("DRY_RUN"),
            approve=lambda count: targets.check_count(call, count),
            watch=call.watch,
        )
        results = {
            **objects.write_faults(created.faults),
            **sending.results(call, created, _("New reports")),
        }
        layers = call.report_layers(_("Reports – {community}").format(community=created.community or _("public")))
        return {**results, **{name: layers[name] for name in LAYERS}}
