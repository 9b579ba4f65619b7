"""A project and a picture of the reports in the store."""

from qgis.core import QgsProcessing, QgsProcessingAlgorithm, QgsProcessingParameterMultipleLayers

from ...i18n import N_, _, ngettext
from ...provider import parameters as p
from ...provider.operation import REPORTS, Operation
from ...workflows.errors import InputError


class MapReports(Operation):
    ID = "mapreports"
    GROUP = REPORTS
    TITLE = N_("Map of the reports")
    SUMMARY = N_("Makes a QGIS project of the downloaded reports, styled and grouped, and a page of it as a picture.")
    HELP = N_(
        "The project opens with the reports, sketches, replies and documents of the store, their forms and relations. "
        "The picture is a landscape A4 page with title, legend and scale. Works without network and without a window, "
        "for instance after a nightly download."
    )
    TAGS = (
        "signalements",
        "carte",
        "image",
        "projet",
        "mise en page",
        "impression",
        "reports",
        "map",
        "picture",
        "project",
        "layout",
    )
    EXAMPLE = {
        "STORE": "reports.sqlite",
        "BACKGROUND": "cantons.geojson",
        "TITLE": "Signalements",
        "PROJECT": "reports.qgz",
        "PICTURE": "reports.png",
    }
    NEEDS_CONNECTION = False

    def flags(self):
        # projects and layouts belong to the main thread
        return super().flags() | QgsProcessingAlgorithm.Flag.FlagNoThreading

    def initAlgorithm(self, configuration=None):
        self.addParameters(
            p.store(),
            p.described(
                QgsProcessingParameterMultipleLayers(
                    "BACKGROUND", _("Layers below"), QgsProcessing.SourceType.TypeVectorAnyGeometry, optional=True
                ),
                _("Layers drawn under the reports in a quiet style, such as the zone of the download."),
            ),
            p.text(
                "TITLE", _("Title"), _("Of the project and the page."), default=_("Reports of the Espace collaboratif")
            ),
            p.extent(_("Part shown"), _("The rectangle to show; everything if empty.")),
            p.number(
                "DPI", _("Resolution"), _("Of the picture, in dots per inch."), default=150, least=30, advanced=True
            ),
            p.file_out("PROJECT", _("Project"), _("The QGIS project to make."), "QGIS (*.qgz)", offered=True),
            p.file_out("PICTURE", _("Picture"), _("The picture to make."), "PNG (*.png)", offered=True),
        )
        self.addNumbers(COUNT=_("Reports on the map"))

    def perform(self, call):
        from ...provider.project import maps

        count = call.existing_store.reports.count()
        path = call.existing_store.path
        title = call.text("TITLE")
        part = call.rectangle()
        if not (call.file_out("PROJECT") or call.file_out("PICTURE")):
            raise InputError(_("Nothing to make: give a file in PROJECT, in PICTURE, or in both."))
        project, view = maps.report_project(
            path, call.layers("BACKGROUND"), title, _("Reports"), part.boundingBox() if part else None
        )
        results = {"COUNT": count}
        if call.file_out("PROJECT"):
            results["PROJECT"] = str(call.file_out("PROJECT"))
            maps.save_project(project, results["PROJECT"])
        if call.file_out("PICTURE"):
            results["PICTURE"] = str(call.file_out("PICTURE"))
            subtitle = ngettext("{n} report", "{n} reports", count)
            maps.picture(project, view, results["PICTURE"], title, subtitle, call.number("DPI"))
        return results
