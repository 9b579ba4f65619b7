"""Forget a saved connection."""

from ...i18n import N_, _
from ...provider import connections
from ...provider import parameters as p
from ...provider.operation import CONNECTION, Operation


class DeleteConnection(Operation):
    ID = "deleteconnection"
    GROUP = CONNECTION
    TITLE = N_("Delete a connection")
    SUMMARY = N_("Forgets a saved connection. Account, stores and files stay as they are.")
    HELP = N_("A configuration of the QGIS authentication manager that it used is not deleted.")
    TAGS = ("connexion", "supprimer", "oublier", "account", "remove", "forget")
    EXAMPLE = {"NAME": "sdis"}
    NEEDS_CONNECTION = False

    def initAlgorithm(self, configuration=None):
        self.addParameters(
            p.text("NAME", _("Name"), _("Of a saved connection."), optional=False, hints=connections.names()),
        )
        self.addNumbers(COUNT=_("Connections left"))

    def perform(self, call):
        connections.delete(call.text("NAME"))
        return {"COUNT": len(connections.names())}
