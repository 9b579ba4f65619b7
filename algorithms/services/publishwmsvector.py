"""Publish a database as a WMS."""

from ...i18n import N_, _
from ...provider.entrepot import choices, services


class PublishWmsVector(services.Publishing):
    ID = "publishwmsvector"
    TYPE = "WMS-VECTOR"
    TITLE = N_("Publish a WMS of vectors")
    SUMMARY = N_("Publishes tables of a database of the Géoplateforme as pictures (WMS), drawn with your styles.")
    HELP = N_(
        "One layer shows all tables, the first on top. A style is an SLD file called as its table (cantons.sld); one "
        "made by QGIS is converted to what the server takes, and what gets lost is told. A table without a style gets "
        "a plain one. “Make a style for services” makes SLD files of layers, or puts them into the datastore: give its "
        "id then in STATICS.\n\n"
        "Run again with the same layer name, the service is brought up to date with what is given; styles, texts and "
        "tables that are not given stay. If the platform does not come to publish it, nothing is left behind."
    )
    TAGS = ("publier", "diffuser", "flux", "wms", "sld", "entrepôt", "géoplateforme", "publish", "service", "style")
    EXAMPLE = {
        "CONNECTION": "sandbox.json",
        "STORED_DATA": "cantons",
        "LAYER_NAME": "cantons_carte",
        "TITLE": "Cantons",
        "STORE": "publications.sqlite",
    }

    def initAlgorithm(self, configuration=None):
        self.addParameters(
            *services.service(_("Id or name of a database (VECTOR-DB). Left empty: that of the service."), tables=True),
            services.file_list(
                "STYLES", _("Styles (SLD)"), _("Files called as the tables; a single one may have any name.")
            ),
            choices.entity(
                "STATICS",
                _("Styles in the datastore"),
                _(
                    "Ids or names of styles that are there already, as “Make a style for services” gives them. Several "
                    "are separated by semicolons. A style that is not called as its table is written table=id. "
                    "Services that use one style all change with it."
                ),
                "statics",
                optional=True,
            ),
            services.file_list(
                "TEMPLATES",
                _("Templates (FTL)"),
                _("Freemarker templates of what a click on the map shows, called as the tables."),
                advanced=True,
            ),
            services.extent(),
        )
        services.declare(self)

    def perform(self, call):
        asked = self.asked(
            call,
            tables=tuple(call.choices("TABLES")),
            styles=services.files(call, "STYLES"),
            statics=tuple(filter(None, map(str.strip, call.text("STATICS").split(";")))),
            templates=services.files(call, "TEMPLATES"),
            bbox=services.box(call),
        )
        return self.publish(call, asked)
