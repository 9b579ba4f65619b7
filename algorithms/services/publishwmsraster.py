"""Publish a raster pyramid as a WMS."""

from ...i18n import N_, _
from ...provider import parameters as p
from ...provider.entrepot import services

INTERPOLATIONS = ("NEAREST-NEIGHBOUR", "LINEAR", "BICUBIC", "LANCZOS2", "LANCZOS3", "LANCZOS4")


class PublishWmsRaster(services.Publishing):
    ID = "publishwmsraster"
    TYPE = "WMS-RASTER"
    TITLE = N_("Publish a WMS of pictures")
    SUMMARY = N_("Publishes a raster pyramid of the Géoplateforme as a WMS: pictures of any size in any system.")
    HELP = N_(
        "The pyramid comes from “Make a raster pyramid” or “Harvest a WMS into tiles”; all its levels are used "
        "unless others are given. The same pyramid may be published as tiles too.\n\n"
        "Run again with the same layer name, the service is brought up to date with what is given, the rest stays. "
        "If the platform does not come to publish it, nothing is left behind."
    )
    TAGS = (
        "publier",
        "diffuser",
        "flux",
        "wms",
        "raster",
        "entrepôt",
        "géoplateforme",
        "publish",
        "service",
        "imagery",
    )
    EXAMPLE = {
        "CONNECTION": "sandbox.json",
        "STORED_DATA": "orthophoto",
        "LAYER_NAME": "ortho_images",
        "TITLE": "Photographies aériennes",
        "INTERPOLATION": "BICUBIC",
        "STORE": "publications.sqlite",
    }

    def initAlgorithm(self, configuration=None):
        self.addParameters(
            *services.service(_("Id or name of a raster pyramid. Left empty: that of the service.")),
            p.choice(
                "INTERPOLATION",
                _("Interpolation"),
                _("How pixels are computed between those of the pyramid. Left empty: as it is, or bicubic."),
                [(code, code) for code in INTERPOLATIONS],
                advanced=True,
            ),
            *services.levels(),
            services.file_list(
                "STYLES",
                _("Styles (ROK4)"),
                _("JSON files. The first is the one that is shown unless another is asked for."),
                advanced=True,
            ),
            services.extent(),
        )
        services.declare(self)

    def perform(self, call):
        asked = self.asked(
            call,
            styles=services.files(call, "STYLES"),
            bbox=services.box(call),
            more={**services.levels_of(call), "interpolation": call.choice("INTERPOLATION")},
        )
        return self.publish(call, asked)
