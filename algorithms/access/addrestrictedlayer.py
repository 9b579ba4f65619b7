"""List what one's keys and permissions reach, and add it to the map."""

from ...i18n import N_, _, ngettext
from ...provider import parameters as p
from ...provider.entrepot import access, keychain
from ...provider.entrepot.service_layers import ServiceLayers
from ...provider.operation import ACCESS, Operation
from ...workflows.errors import InputError

FOLDER = "Géoplateforme"
"""The group of the layers in the project."""


class AddRestrictedLayer(Operation):
    ID = "addrestrictedlayer"
    GROUP = ACCESS
    TITLE = N_("Add a restricted layer")
    SUMMARY = N_("Lists the restricted services that you may use, and adds those that you choose to the map.")
    HELP = N_(
        "Without layers it only lists: what your permissions are for, until when, which of your keys reach it. The "
        "layers that you name are added to the project, asked for with an authentication configuration of QGIS: no "
        "secret stands in the project.\n\n"
        "Left empty, the configuration is the one that “Create a key” made for the key. WFS, WMS, WMTS and vector "
        "tiles can be added; downloads and other services are listed alone."
    )
    TAGS = (
        "ajouter", "couche", "restreint", "clé", "flux privé", "entrepôt", "géoplateforme", "restricted", "layer",
        "private", "authcfg",
    )  # fmt: skip
    EXAMPLE = {"CONNECTION": "sandbox.json", "OUTPUT": "restricted.csv"}

    def initAlgorithm(self, configuration=None):
        self.addParameters(
            p.connection(),
            access.layers(
                _("Which ones to add: layer names or ids of offerings, separated by semicolons. None: only list."),
                "reached",
            ),
            access.key(_("Name or id of one of your keys. Left empty: any that reaches the layers."), optional=True),
            p.authcfg(),
            p.table_out(
                "OUTPUT",
                _("Restricted services"),
                _("One row each: layer, type, address, licence, end, keys."),
                offered=True,
            ),
        )
        self.addTexts(LAYER_NAMES=_("Layers added"), AUTHCFG=_("Authentication configuration"))
        self.addNumbers(
            COUNT=_("Restricted services"),
            ADDED_COUNT=_("Layers added"),
            FAILED_COUNT=_("Services that could not be added"),
            REQUEST_COUNT=_("Requests sent"),
        )

    def take_in(self, call):
        if call.choices("LAYERS"):
            keychain.require()

    def perform(self, call):
        from ...workflows.entrepot.rights import keyring
        from ...workflows.entrepot.rights.restricted_layers import chosen, layers_of

        api, named = call.entrepot, call.text("KEY")
        keys = [keyring.one_key(api, named)] if named else keyring.all_keys(api)
        reached = keyring.reach(api, keys)
        access.remember_reached(call, reached, keys)
        added, failed, authcfg = [], 0, ""
        wanted = chosen(reached, call.choices("LAYERS"))
        if wanted:
            authcfg = call.text("AUTHCFG") or self._authcfg(wanted, keys, keyring.owner(api))
            headers = keychain.headers_of(authcfg)
            found = layers_of(api.session, headers, wanted, call.watch)
            added, failed = [layer.with_key(authcfg) for layer in found.layers], found.failed
        self._shown = ServiceLayers(added, FOLDER)
        call.feedback.pushInfo(_told(len(reached), len(added), bool(wanted)))
        return {
            **call.table("OUTPUT", keyring.REACH_COLUMNS, [one.row() for one in reached]),
            "LAYER_NAMES": ",".join(layer.title for layer in added),
            "AUTHCFG": authcfg,
            "COUNT": len(reached),
            "ADDED_COUNT": len(added),
            "FAILED_COUNT": failed,
            "REQUEST_COUNT": api.session.requests_sent,
        }

    def postProcessAlgorithm(self, context, feedback):
        shown, self._shown = getattr(self, "_shown", None), None
        if shown is not None:
            for warning in shown.finish(context):
                feedback.pushWarning(warning)
        return super().postProcessAlgorithm(context, feedback)

    @staticmethod
    def _authcfg(wanted, keys, owner):
        """The configuration that was made for a key that reaches the layers. Raises InputError."""
        names = {name for one in wanted for name in one.keys}
        for key in keys:
            if key.name in names:
                authcfg = keychain.named(access.authcfg_name(owner, key.name))
                if authcfg:
                    return authcfg
        raise InputError(
            _(
                "QGIS has no authentication configuration for a key that reaches these layers: make one with “Create a "
                "key” and “Create an access”, or choose one in AUTHCFG."
            )
        )


def _told(reached, added, wanted):
    """What there is, and what was added of it or how to."""
    there = ngettext("You may use {n} restricted service.", "You may use {n} restricted services.", reached)
    if wanted:
        done = ngettext("{n} layer is added to the map.", "{n} layers are added to the map.", added)
    else:
        done = _("Name those that you want on the map in LAYERS.") if reached else ""
    return f"{there} {done}".strip()
