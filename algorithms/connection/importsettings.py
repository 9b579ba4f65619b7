"""A project's espaceco.xml becomes a connection."""

from ...i18n import N_, _
from ...provider import connections
from ...provider import parameters as p
from ...provider.operation import CONNECTION, Operation
from ...workflows.errors import InputError


class ImportSettings(Operation):
    ID = "importsettings"
    GROUP = CONNECTION
    TITLE = N_("Import settings (espaceco.xml)")
    SUMMARY = N_("Makes a connection of the settings file that IGN's plugin keeps beside a project.")
    HELP = N_(
        "Takes over the address, the user name, the preferred community and themes, the date and the zone of "
        "extraction and the fields that go with sketches; what has no use here is kept, for “Export settings”. The "
        "proxy is not taken over: QGIS's own network settings apply.\n\n"
        "The settings hold no password: the notes say how to give it. With a base connection, its account is kept."
    )
    TAGS = ("espaceco.xml", "paramètres", "configuration", "ripart", "importer", "migration", "settings")
    EXAMPLE = {"INPUT": "projet_espaceco.xml", "FILE": "connection.json"}
    NEEDS_CONNECTION = False

    def initAlgorithm(self, configuration=None):
        self.addParameters(
            p.file(
                "INPUT",
                _("Settings file"),
                _("“<project>_espaceco.xml” beside a project, of any version of IGN's plugin."),
                filter="XML (*.xml)",
                optional=False,
            ),
            p.text(
                "BASE",
                _("Base connection"),
                _(
                    "A saved connection or a connection file, whose account and services are kept where the settings "
                    "say nothing."
                ),
                hints=connections.names(),
            ),
            p.text("NAME", _("Save as"), _("Name under which the connection is saved in QGIS; not saved if empty.")),
            p.file_out(
                "FILE", _("Connection file"), _("Also, or only, write the connection to this file."), "JSON (*.json)"
            ),
        )
        self.addTexts(
            CONNECTION=_("Connection"),
            COMMUNITY=_("Community"),
            ZONE=_("Zone of extraction"),
            UPDATED_SINCE=_("Date of extraction"),
        )
        self.addNumbers(NOTE_COUNT=_("Notes"))

    def perform(self, call):
        from ...workflows.connection.connection import write_connection
        from ...workflows.connection.espaceco_xml import import_settings

        if not (call.text("NAME") or call.file_out("FILE")):
            raise InputError(_("Nothing to make: give a name in NAME, a file in FILE, or both."))
        base = connections.find(call.text("BASE")) if call.text("BASE") else None
        connection, notes = import_settings(call.path("INPUT"), base, call.text("NAME"))
        for note in notes:
            call.feedback.pushWarning(note)
        results, file = {}, call.file_out("FILE")
        if file:
            write_connection(connection, file)
            results = {"FILE": str(file)}
        if call.text("NAME"):
            connections.save(connection.with_full_paths())
        return {
            **results,
            "CONNECTION": connection.name if call.text("NAME") else str(file or ""),
            "COMMUNITY": connection.defaults.get("community", ""),
            "ZONE": connection.defaults.get("zone", ""),
            "UPDATED_SINCE": connection.defaults.get("updated_since", ""),
            "NOTE_COUNT": len(notes),
        }
