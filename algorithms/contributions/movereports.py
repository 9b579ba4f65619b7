"""Move reports to new positions."""

from qgis.core import QgsProcessing, QgsProcessingParameterFeatureSource, QgsProcessingParameterPoint

from ...i18n import N_, _
from ...provider import parameters as p
from ...provider import sending
from ...provider.operation import CONTRIBUTIONS, Operation
from ...provider.reports import places, targets


class MoveReports(Operation):
    ID = "movereports"
    GROUP = CONTRIBUTIONS
    TITLE = N_("Move reports")
    SUMMARY = N_("Gives reports a new position: the points of a layer, or one point for one report.")
    HELP = N_(
        "A layer of points, such as a copy of the reports whose points were moved, says which report goes where by its "
        "field NoSignalement. Reports that are there already are left out, and so are closed ones.\n\n"
        "A report may be moved by its author and by the managers of its community."
    )
    TAGS = (
        "signalements",
        "déplacer",
        "position",
        "géométrie",
        "localisation",
        "reports",
        "move",
        "geometry",
    )
    EXAMPLE = {
        "CONNECTION": "sandbox.json",
        "INPUT": "reports.sqlite|layername=Signalement",
        "MAX_COUNT": 1000,
        "STORE": "reports.sqlite",
        "DRY_RUN": "true",
        "REPORT": "moves.html",
    }

    def initAlgorithm(self, configuration=None):
        self.addParameters(
            p.connection(),
            p.described(
                QgsProcessingParameterFeatureSource(
                    "INPUT", _("New positions (points)"), [QgsProcessing.SourceType.TypeVectorPoint], optional=True
                ),
                _("A layer of points with the reports' numbers in the field NoSignalement; any coordinate system."),
            ),
            p.text("IDS", _("Number of the report"), _("The number of the one report that goes to the point.")),
            p.described(
                QgsProcessingParameterPoint("POINT", _("New position"), optional=True),
                _("Where it goes, such as 2.35,48.85 or 652000,6862000 [EPSG:2154]; without a system it is lon,lat."),
            ),
            targets.max_count(),
            p.store(),
            *sending.parameters(),
        )
        sending.declare(self)

    def perform(self, call):
        from ...workflows.contributions.change_reports import move_reports

        moved = move_reports(
            call.api, call.store, places.positions(call), dry_run=call.flag("DRY_RUN"), watch=call.watch
        )
        return sending.results(call, moved, _("Moved reports"))
