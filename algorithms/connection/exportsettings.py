"""A connection becomes an espaceco.xml."""

from ...i18n import N_, _
from ...provider import connections
from ...provider import parameters as p
from ...provider.operation import CONNECTION, Operation


class ExportSettings(Operation):
    ID = "exportsettings"
    GROUP = CONNECTION
    TITLE = N_("Export settings (espaceco.xml)")
    SUMMARY = N_("Writes a connection as the settings file of IGN's plugin, for a colleague who works with it.")
    HELP = N_(
        "Settings that came from such a file, tags that are not known here among them, come out as they were; only "
        "what changed is changed. No password is written."
    )
    TAGS = ("espaceco.xml", "paramètres", "configuration", "exporter", "settings")
    EXAMPLE = {"CONNECTION": "sandbox.json", "OUTPUT": "projet_espaceco.xml"}
    NEEDS_CONNECTION = False

    def initAlgorithm(self, configuration=None):
        self.addParameters(
            p.connection(),
            p.file(
                "TEMPLATE",
                _("Existing settings file"),
                _("Keep what this file says beyond the connection; needed only for settings that were not imported."),
                filter="XML (*.xml)",
                advanced=True,
            ),
            p.file_out("OUTPUT", _("Settings file"), _("The file to write."), "XML (*.xml)", optional=False),
        )

    def perform(self, call):
        from ...workflows.connection.espaceco_xml import export_settings

        output = call.file_out("OUTPUT")
        export_settings(connections.find(call.text("CONNECTION")), output, call.path("TEMPLATE"))
        return {"OUTPUT": str(output)}
