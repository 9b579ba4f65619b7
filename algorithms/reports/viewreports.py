"""Reports of the store as a page to read and to print."""

from qgis.core import QgsProcessing, QgsProcessingParameterMultipleLayers

from ...i18n import N_, _
from ...provider import parameters as p
from ...provider.operation import REPORTS, Operation
from ...provider.reports import targets


class ViewReports(Operation):
    ID = "viewreports"
    GROUP = REPORTS
    TITLE = N_("View reports")
    SUMMARY = N_(
        "Makes one page of one or many reports: status and what it means, message, theme, replies, documents, a map."
    )
    HELP = N_(
        "Works on the store alone, without network and without account; the page is one HTML file that can be read "
        "offline, printed and sent. “Refresh first” reads the reports from the server and keeps them in the store; "
        "with it, a report can be seen that was never downloaded. “Pictures of documents” takes them from the server "
        "too: the page then shows them wherever it is opened.\n\n"
        "The little map is drawn from the store: the report, its sketch, the other reports around it. Layers given "
        "for it lie below in a quiet style."
    )
    TAGS = (
        "signalements",
        "voir",
        "consulter",
        "fiche",
        "imprimer",
        "réponses",
        "reports",
        "view",
        "read",
        "print",
        "replies",
    )
    EXAMPLE = {"STORE": "reports.sqlite", "FILTER": "\"Statut\" = 'submit'", "REPORT": "view.html"}
    NEEDS_CONNECTION = False

    def needs_connection(self, call):
        return call.flag("REFRESH") or call.flag("THUMBNAILS")

    def initAlgorithm(self, configuration=None):
        self.addParameters(
            *targets.parameters(),
            p.choice(
                "ORDER",
                _("Order"),
                _("In which order the reports stand on the page; given are the order of the numbers or of the layer."),
                [
                    ("given", _("As given")),
                    ("newest", _("The newest first")),
                    ("oldest", _("The oldest first")),
                    ("status", _("By status")),
                ],
                default="given",
            ),
            p.flag(
                "REFRESH",
                _("Refresh first"),
                _("Read these reports from the server first, and keep them in the store. Needs a connection."),
            ),
            p.flag(
                "THUMBNAILS",
                _("Pictures of documents"),
                _("Show documents that are pictures on the page, in small. Needs a connection."),
            ),
            p.flag(
                "SITUATION",
                _("Little map"),
                _("A map of each report: its position, its sketch, the reports around it."),
                default=True,
            ),
            p.described(
                QgsProcessingParameterMultipleLayers(
                    "BACKGROUND",
                    _("Layers below the map"),
                    QgsProcessing.SourceType.TypeVectorAnyGeometry,
                    optional=True,
                ),
                _("Vector layers drawn under the little map in a quiet style, such as streets or communes."),
            ),
            p.connection(optional=True),
            p.store(),
            p.number(
                "MAX_COUNT",
                _("At most"),
                _("More reports than this are refused: a page of thousands can be neither read nor printed."),
                default=500,
                least=1,
                advanced=True,
            ),
            p.html(),
        )
        self.addNumbers(
            COUNT=_("Reports"),
            OPEN_COUNT=_("Open reports"),
            CLOSED_COUNT=_("Closed reports"),
            MISSING_COUNT=_("Reports that the store does not have"),
            REFRESHED_COUNT=_("Reports read from the server"),
        )
        self.addTexts(IDS=_("Numbers of the reports"))

    def perform(self, call):
        from ...provider.project.grounds import Grounds
        from ...provider.project.pictures import small
        from ...workflows.reports.view_reports import view_reports

        numbers = targets.numbers(call, empty=True)
        layers = call.layers("BACKGROUND") if call.flag("SITUATION") else []
        view = view_reports(
            call.store if call.flag("REFRESH") else call.existing_store,
            numbers,
            order=call.choice("ORDER"),
            api=call.api if self.needs_connection(call) else None,
            refresh=call.flag("REFRESH"),
            shrink=small if call.flag("THUMBNAILS") else None,
            situation=call.flag("SITUATION"),
            grounds=Grounds(layers, call.context.transformContext(), call.watch) if layers else None,
            watch=call.watch,
        )
        if call.flag("REFRESH"):
            call.refresh_layers()
        return {
            **call.page("REPORT", view.report(), **{_("Store"): str(call.store.path)}),
            **view.numbers(),
            "IDS": ",".join(map(str, view.ids())),
        }
