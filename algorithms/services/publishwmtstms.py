"""Publish a pyramid of tiles."""

from ...i18n import N_, _
from ...provider.entrepot import services


class PublishWmtsTms(services.Publishing):
    ID = "publishwmtstms"
    TYPE = "WMTS-TMS"
    TITLE = N_("Publish tiles (WMTS, TMS)")
    SUMMARY = N_("Publishes a pyramid of the Géoplateforme, of vector or raster tiles, as WMTS and TMS.")
    HELP = N_(
        "The pyramid comes from “Make vector tiles”, “Make a raster pyramid” or “Harvest a WMS into tiles”; all its "
        "levels are published unless others are given.\n\n"
        "Run again with the same layer name, the service is brought up to date with what is given, the rest stays; "
        "given another pyramid it shows that one from then on. If the platform does not come to publish it, nothing "
        "is left behind."
    )
    TAGS = ("publier", "diffuser", "tuiles", "pyramide", "wmts", "tms", "entrepôt", "géoplateforme", "publish", "tiles")
    EXAMPLE = {
        "CONNECTION": "sandbox.json",
        "STORED_DATA": "cantons (tuiles)",
        "LAYER_NAME": "cantons_tuiles",
        "TITLE": "Cantons",
        "STORE": "publications.sqlite",
    }

    def initAlgorithm(self, configuration=None):
        self.addParameters(
            *services.service(_("Id or name of a pyramid of vector or raster tiles. Left empty: that of the service.")),
            *services.levels(),
            services.file_list(
                "STYLES",
                _("Styles (ROK4)"),
                _("JSON files, for raster tiles alone. The first one is shown unless another is asked for."),
                advanced=True,
            ),
            services.extent(),
        )
        services.declare(self)

    def perform(self, call):
        asked = self.asked(
            call, styles=services.files(call, "STYLES"), bbox=services.box(call), more=services.levels_of(call)
        )
        return self.publish(call, asked)
