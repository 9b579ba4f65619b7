"""Cut delivered images into tiles."""

from ...i18n import N_, _
from ...provider import parameters as p
from ...provider.entrepot import choices, delivery
from ...provider.operation import DELIVERY, Operation


class MakeRasterPyramid(Operation):
    ID = "makerasterpyramid"
    GROUP = DELIVERY
    TITLE = N_("Make a raster pyramid")
    SUMMARY = N_("Cuts the images of a closed delivery (RASTER) into a pyramid of tiles, which can then be published.")
    HELP = N_(
        "The tiles follow a tile matrix set: PM for the web map, LAMB93_10cm and others for Lambert-93. For "
        "orthophotos take the compression jpg; for a terrain model zip and the interpolation nn.\n\n"
        "With a pyramid to begin with, only what is new is stored, beside what that one has; it cannot be deleted as "
        "long as the new one is there.\n\n"
        "Run again with the same delivery and name it does nothing more. A cancel aborts the work on the server."
    )
    TAGS = (
        "pyramide raster",
        "tuiles",
        "orthophoto",
        "géoplateforme",
        "entrepôt",
        "images",
        "raster",
        "tiles",
        "pyramid",
        "processing",
    )
    EXAMPLE = {
        "CONNECTION": "sandbox.json",
        "UPLOAD": "orthophoto",
        "NAME": "orthophoto",
        "TMS": "PM",
        "COMPRESSION": "jpg",
        "STORE": "publications.sqlite",
    }

    def initAlgorithm(self, configuration=None):
        self.addParameters(
            p.connection(),
            choices.datastore(),
            delivery.upload(_("Id or name of a closed delivery of the type RASTER.")),
            delivery.name(_("Name of the pyramid.")),
            delivery.tms(),
            p.choice(
                "COMPRESSION",
                _("Compression"),
                _("How the tiles are compressed; only zip and png lose nothing."),
                [("jpg", "jpg"), ("png", "png"), ("zip", "zip"), ("jpg90", "jpg90")],
                default="jpg",
            ),
            p.choice(
                "INTERPOLATION",
                _("Interpolation"),
                _("How pixels are computed between those of the images."),
                [("nn", _("Nearest neighbour (nn)")), ("linear", _("Linear")), ("bicubic", _("Bicubic"))],
                default="bicubic",
            ),
            delivery.level("BOTTOM_LEVEL", _("Most detailed level"), _("Left empty: as the images are.")),
            delivery.level("TOP_LEVEL", _("Least detailed level"), _("Left empty: the server chooses.")),
            p.flag("MASK", _("Masks"), _("Keep where there is data and where there is none."), advanced=True),
            *delivery.slabs(),
            delivery.base(),
            delivery.into(_("Id or name of a raster pyramid that is brought up to date, instead of a new one.")),
            delivery.sheet(),
            *delivery.running(),
        )
        delivery.declare(self)
        delivery.declare_levels(self)

    def perform(self, call):
        from ...workflows.entrepot.delivery.making import make_raster_pyramid

        more = {
            "tms": call.text("TMS") or None,
            "compression": call.choice("COMPRESSION"),
            "interpolation": call.choice("INTERPOLATION"),
            "bottom": delivery.level_text(call, "BOTTOM_LEVEL"),
            "top": delivery.level_text(call, "TOP_LEVEL"),
            "mask": call.flag("MASK") or None,
            **delivery.slab_parameters(call),
        }
        made = make_raster_pyramid(
            delivery.job(call, call.office("PROCESSING"), more), call.text("UPLOAD"), base=call.text("BASE")
        )
        return {**delivery.results(call, made), **delivery.levels(made)}
