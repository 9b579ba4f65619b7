"""Go back to the data that was published before."""

from ...i18n import N_, _
from ...provider import parameters as p
from ...provider.entrepot import choices
from ...provider.operation import PUBLICATION, Operation


class RollBack(Operation):
    ID = "rollback"
    GROUP = PUBLICATION
    TITLE = N_("Roll back a publication")
    SUMMARY = N_("Lets the services of a data sheet show the data that was published before the last update.")
    HELP = N_(
        "An update leaves the data before it on the server, unless it was told to delete it. This points the services "
        "back to it: their addresses, keys and permissions stay. Run again, the newer data is shown again.\n\n"
        "Nothing is deleted, and nothing is sent but the descriptions of the services."
    )
    TAGS = (
        "revenir en arrière",
        "annuler",
        "version précédente",
        "mise à jour",
        "géoplateforme",
        "undo",
        "previous version",
        "restore",
    )
    EXAMPLE = {"CONNECTION": "sandbox.json", "NAME": "Limites de cantons", "STORE": "publications.sqlite"}

    def initAlgorithm(self, configuration=None):
        self.addParameters(
            p.connection(),
            choices.datastore(),
            p.text("NAME", _("Data sheet"), _("The name it was published under."), optional=False),
            choices.ledger(),
        )
        self.addTexts(
            STORED_DATA=_("Stored data shown now"),
            PYRAMID=_("Pyramid shown now"),
            PREVIOUS=_("Stored data shown before"),
        )
        self.addNumbers(UPDATED_COUNT=_("Services updated"))

    def perform(self, call):
        from ...workflows.entrepot.publication import swapping

        done = swapping.roll_back(call.office("BROADCAST"), call.ledger_store, call.text("NAME"), call.watch)
        return {
            "STORED_DATA": done.database,
            "PYRAMID": done.pyramid,
            "PREVIOUS": done.previous,
            "UPDATED_COUNT": len(done.services),
        }
