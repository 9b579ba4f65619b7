"""Publish a database as vector tiles that are made on the fly."""

from ...i18n import N_, _
from ...provider.entrepot import delivery, services


class PublishVectorTms(services.Publishing):
    ID = "publishvectortms"
    TYPE = "VECTOR-TMS"
    TITLE = N_("Publish vector tiles on the fly")
    SUMMARY = N_(
        "Publishes tables of a database of the Géoplateforme as vector tiles that the server makes when they are asked "
        "for."
    )
    HELP = N_(
        "Each table is a layer of its own, called “layer name.table”. Nothing needs to be computed before, and the "
        "tiles always show the database as it is; for much data “Make vector tiles” and “Publish tiles (WMTS, TMS)” "
        "are faster. The platform has this for everybody only, not restricted.\n\n"
        "Run again with the same layer name, the service is brought up to date with what is given, the rest stays. "
        "If the platform does not come to publish it, nothing is left behind."
    )
    TAGS = ("publier", "diffuser", "tuiles vectorielles", "tms", "entrepôt", "géoplateforme", "publish", "vector tiles")
    EXAMPLE = {
        "CONNECTION": "sandbox.json",
        "STORED_DATA": "cantons",
        "LAYER_NAME": "cantons_volee",
        "ABSTRACT": "Cantons de la petite couronne",
        "STORE": "publications.sqlite",
    }

    def initAlgorithm(self, configuration=None):
        self.addParameters(
            *services.service(
                _("Id or name of a database (VECTOR-DB). Left empty: that of the service."),
                tables=True,
                words=("ABSTRACT",),
                restricted=False,
            ),
            services.texts(
                [_("Table"), _("Public name"), _("Abstract")],
                _("One row for each table of which more is to be said: its name, what the service calls it, abstract."),
            ),
        )
        services.declare(self)

    def perform(self, call):
        from ...workflows.entrepot.services.type_infos import Feature

        features = [Feature(table, name, "", abstract) for table, name, abstract in delivery.rows_of(call, "TEXTS")]
        asked = self.asked(call, tables=tuple(call.choices("TABLES")), features=tuple(features))
        return self.publish(call, asked)
