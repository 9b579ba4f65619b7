"""Publish layers as live services, in one step."""

from qgis.core import QgsProcessingParameterAuthConfig

from ...i18n import N_, _
from ...provider import parameters as p
from ...provider.entrepot import choices, datasets, keychain, publication
from ...provider.entrepot.service_layers import ServiceLayers
from ...provider.operation import PUBLICATION, Operation


class PublishLayers(Operation):
    ID = "publishlayers"
    GROUP = PUBLICATION
    TITLE = N_("Publish layers")
    SUMMARY = N_(
        "Publishes layers of QGIS as live services of the Géoplateforme in one step, and brings them up to date when "
        "it is run again."
    )
    HELP = N_(
        "The layers are taken as you see them: filters, joins, computed fields, layers that were never saved. They are "
        "checked first, delivered as one GeoPackage, checked by the server, put into a database there, and published: "
        "as WFS, as WMS with the styles of the layers, as vector tiles. A metadata record is made of what the layers "
        "say of themselves. In the end the services are read back and compared with the layers.\n\n"
        "Run again under the same name, it brings the services up to date: the new data is made beside the old, then "
        "the services point to it; their addresses stay. “Roll back” shows the old data again. If nothing has changed, "
        "nothing is sent.\n\n"
        "Nothing is lost if it is stopped, by whatever: run the same again and it goes on from there."
    )
    TAGS = (
        "publier",
        "géoplateforme",
        "entrepôt",
        "diffuser",
        "flux",
        "cartes.gouv.fr",
        "wfs",
        "wms",
        "tms",
        "tuiles vectorielles",
        "publish",
        "service",
        "vector tiles",
    )
    EXAMPLE = {
        "CONNECTION": "sandbox.json",
        "INPUT": "cantons.geojson",
        "NAME": "Limites de cantons",
        "SERVICES": "WFS,WMS-VECTOR,WMTS-TMS",
        "BOTTOM_LEVEL": "10",
        "STORE": "publications.sqlite",
        "REPORT": "published.html",
    }

    def initAlgorithm(self, configuration=None):
        self.addParameters(
            p.connection(),
            choices.datastore(),
            datasets.layers(_("Any vector layers, the one to be drawn on top first. All go into one database.")),
            datasets.selected_only(),
            p.text(
                "NAME",
                _("Data sheet"),
                _("The name of the whole at cartes.gouv.fr, and what a later update is known by, such as “Cantons”."),
                optional=False,
            ),
            p.text("TITLE", _("Title"), _("What maps call it. Left empty: that of the layer, else the name.")),
            p.text(
                "ABSTRACT", _("Abstract"), _("What it is. Left empty: that of the layers' metadata."), multiline=True
            ),
            p.text(
                "LAYER_NAME",
                _("Technical name"),
                _(
                    "The name of the layer in the services, unique on the whole platform: letters without accents, "
                    "digits, “_”, “-” and “.”. Left empty: made of the name. It never changes afterwards."
                ),
                advanced=True,
            ),
            *publication.common(),
            p.described(
                QgsProcessingParameterAuthConfig("AUTHCFG", _("Key for restricted services"), optional=True),
                _(
                    "The authentication configuration of a key that “Create a key” made and that may use the services: "
                    "they are read back and added to the map with it. A new service is reached by no key yet: “Set "
                    "permissions” and “Create an access” let it in."
                ),
                advanced=True,
            ),
            p.flag(
                "ADD_TO_PROJECT",
                _("Add the services to the map"),
                _("Adds each published service to the project, where there is one."),
                default=True,
            ),
            choices.ledger(),
            publication.faults(),
            p.html(),
        )
        self.addTexts(
            STATE=_("What was done: created, updated, settings, unchanged"),
            STORED_DATA=_("Stored data (database)"),
            PYRAMID=_("Stored data (tiles)"),
            PREVIOUS=_("Stored data before"),
            WFS_URL=_("Address of the WFS"),
            WMS_URL=_("Address of the WMS"),
            TMS_URL=_("Address of the tiles"),
            OFFERINGS=_("Offerings"),
        )
        self.addNumbers(
            FEATURE_COUNT=_("Objects"),
            SERVICE_COUNT=_("Services"),
            REPAIRED_COUNT=_("Repaired geometries"),
            VERIFIED_COUNT=_("Services read back as they should be"),
            FAULT_COUNT=_("Services read back with a fault"),
            NOT_READ_COUNT=_("Services that were not read back"),
            REPLACED_COUNT=_("Services that show new data"),
            REQUEST_COUNT=_("Requests sent"),
        )

    def take_in(self, call):
        from ...workflows.entrepot.verification.diffusion import Key

        self._taken, self._shown = publication.take(call), None
        authcfg = call.text("AUTHCFG") if call.flag("RESTRICTED") else ""
        self._key = Key(keychain.headers_of(authcfg)) if authcfg else None

    def perform(self, call):
        taken, self._taken = self._taken, None  # gone before QGIS is, whatever is raised
        key, self._key = self._key, None
        from ...workflows.entrepot.publication import published
        from ...workflows.entrepot.publication.publishing import publish
        from ...workflows.entrepot.publication.wishes import check_said, wish_of

        office = call.office("UPLOAD", "PROCESSING", "BROADCAST")
        own = {name.lower(): call.text(name) for name in ("TITLE", "ABSTRACT", "LAYER_NAME")}
        said = publication.said(call, call.text("NAME"), **own)
        check_said(office, said)
        with publication.exported(call, taken) as (data, outputs):
            wish = wish_of(office, said, data, call.watch.warn)
            done = publish(office, call.ledger_store, data, wish, call.watch.part(publication.EXPORT, 1), key)
        self._shown = ServiceLayers(publication.to_show(call, office, done, is_open=said.open, key=key), said.name)
        outcome = published.Outcome(done, data, office.datastore.session.requests_sent)
        return {**outcome.outputs(), **outputs, **call.page("REPORT", outcome.report())}

    def postProcessAlgorithm(self, context, feedback):
        shown, self._shown = self._shown, None
        if shown is not None and context.project() is not None:
            for warning in shown.finish(context):
                feedback.pushWarning(warning)
        return super().postProcessAlgorithm(context, feedback)
