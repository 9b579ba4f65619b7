"""Let a key reach restricted services."""

from qgis.core import QgsProcessingException

from ...i18n import N_, _, ngettext
from ...provider import hints
from ...provider import parameters as p
from ...provider.entrepot import access
from ...provider.operation import ACCESS, Operation


class CreateAccess(Operation):
    ID = "createaccess"
    GROUP = ACCESS
    TITLE = N_("Create an access")
    SUMMARY = N_("Lets one of your keys reach restricted services, by the permissions that you were given.")
    HELP = N_(
        "Name the layers, or a permission, or nothing: then the key reaches all that your permissions are for. Of "
        "several permissions for a service the one that lasts longest is used. What the key reaches already is "
        "kept.\n\n"
        "“Add a restricted layer” lists what your permissions are for."
    )
    TAGS = ("accès", "clé", "permission", "restreint", "entrepôt", "géoplateforme", "access", "key", "grant")
    EXAMPLE = {"CONNECTION": "sandbox.json", "KEY": "bureau", "LAYERS": "cantons_reserves", "OUTPUT": "accesses.csv"}

    def initAlgorithm(self, configuration=None):
        self.addParameters(
            p.connection(),
            access.key(_("Name or id of one of your keys; “Create a key” makes one.")),
            access.layers(
                _("Layer names or ids of offerings, several separated by semicolons. None: all of the permissions."),
                "reached",
            ),
            p.text(
                "PERMISSION",
                _("Permission"),
                _("Id of a certain permission. Left empty: the one that lasts longest for each layer."),
                hints=hints.entries("permissions"),
                advanced=True,
            ),
            p.flag(
                "FAIL_ON_PROBLEM",
                _("Fail on a problem"),
                _("Whether the operation fails, at its end, when an access was refused."),
                advanced=True,
            ),
            p.table_out("OUTPUT", _("Accesses"), _("One row each: outcome, layer, type, end.")),
        )
        self.addTexts(KEY=_("Key (id)"), LAYER_NAMES=_("Layers that it reaches"))
        self.addNumbers(
            COUNT=_("Asked for"),
            NEW_COUNT=_("Made by this run"),
            UNCHANGED_COUNT=_("There already"),
            FAILED_COUNT=_("Refused"),
            REQUEST_COUNT=_("Requests sent"),
        )

    def perform(self, call):
        from ...workflows.entrepot.rights import keyring
        from ...workflows.pages.writing import said_of

        key = keyring.one_key(call.entrepot, call.text("KEY"))
        lines = keyring.let_in(call.entrepot, key, call.choices("LAYERS"), call.text("PERMISSION"), call.watch)
        refused = [line for line in lines if line.outcome == keyring.FAILED]
        for line in refused:
            call.feedback.pushWarning(said_of(line.reached.layer_name, line.detail))
        table = call.table("OUTPUT", keyring.ACCESS_COLUMNS, [line.row() for line in lines])
        if refused and (call.flag("FAIL_ON_PROBLEM") or len(refused) == len(lines)):
            raise QgsProcessingException(said_of(refused[0].reached.layer_name, refused[0].detail))
        reached = list(dict.fromkeys(line.reached.layer_name for line in lines if line.outcome != keyring.FAILED))
        call.feedback.pushInfo(
            ngettext(
                "The key “{name}” reaches {n} layer: {layers}. “Add a restricted layer” shows it on the map.",
                "The key “{name}” reaches {n} layers: {layers}. “Add a restricted layer” shows them on the map.",
                len(reached),
                name=key.name,
                layers=", ".join(reached),
            )
        )
        return {
            **table,
            "KEY": key.id,
            "LAYER_NAMES": ",".join(reached),
            "COUNT": len(lines),
            "NEW_COUNT": sum(line.outcome == keyring.CREATED for line in lines),
            "UNCHANGED_COUNT": sum(line.outcome == keyring.KEPT for line in lines),
            "FAILED_COUNT": len(refused),
            "REQUEST_COUNT": call.entrepot.session.requests_sent,
        }
