"""Publish a database as a WFS."""

from ...i18n import N_, _
from ...provider import parameters as p
from ...provider.entrepot import delivery, services


class PublishWfs(services.Publishing):
    ID = "publishwfs"
    TYPE = "WFS"
    TITLE = N_("Publish a WFS")
    SUMMARY = N_("Publishes tables of a database of the Géoplateforme as a WFS: the objects themselves, to be queried.")
    HELP = N_(
        "Each table is a layer of its own, called “layer name:table”. Run again with the same layer name, the service "
        "is brought up to date with what is given, the rest stays; nothing is sent if nothing differs. Given another "
        "database, the service shows that one from then on, and keeps its address and its permissions.\n\n"
        "If the platform does not come to publish it, nothing is left behind. A run that was stopped is gone on with "
        "by the next one."
    )
    TAGS = ("publier", "diffuser", "flux", "wfs", "entrepôt", "géoplateforme", "publish", "service", "features")
    EXAMPLE = {
        "CONNECTION": "sandbox.json",
        "STORED_DATA": "cantons",
        "LAYER_NAME": "cantons_objets",
        "TITLE": "Cantons",
        "STORE": "publications.sqlite",
    }

    def initAlgorithm(self, configuration=None):
        self.addParameters(
            *services.service(_("Id or name of a database (VECTOR-DB). Left empty: that of the service."), tables=True),
            services.texts(
                [_("Table"), _("Public name"), _("Title"), _("Abstract"), _("Keywords")],
                _(
                    "One row for each table of which more is to be said: its name, what the service calls it, title, "
                    "abstract, keywords (separated by commas). What is left empty follows the texts above."
                ),
            ),
            p.choice(
                "PRIMARY_KEY",
                _("Key column"),
                _("Whether the column of the key is shown. Left empty: as the server likes it."),
                [("shown", _("Shown")), ("hidden", _("Hidden"))],
                advanced=True,
            ),
            services.extent(),
        )
        services.declare(self)

    def perform(self, call):
        from ...workflows.entrepot.services.type_infos import Feature

        features = [
            Feature(table, public_name, title, abstract, services.words(keywords))
            for table, public_name, title, abstract, keywords in delivery.rows_of(call, "TEXTS")
        ]
        key = call.choice("PRIMARY_KEY")
        asked = self.asked(
            call,
            tables=tuple(call.choices("TABLES")),
            features=tuple(features),
            bbox=services.box(call),
            more={"primary_key": key == "shown"} if key else {},
        )
        return self.publish(call, asked)
