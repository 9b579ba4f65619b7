"""Make tiles of the pictures that a WMS gives."""

from ...i18n import N_, _
from ...provider import parameters as p
from ...provider.entrepot import choices, delivery
from ...provider.operation import DELIVERY, Operation
from ...workflows.errors import InputError


class HarvestWms(Operation):
    ID = "harvestwms"
    GROUP = DELIVERY
    TITLE = N_("Harvest a WMS into tiles")
    SUMMARY = N_(
        "Has the server ask a WMS for pictures of a zone and cut them into a pyramid of tiles, which can then be "
        "published."
    )
    HELP = N_(
        "So a layer that is published as WMS gets fast tiles, with its style, without delivering anything. Without an "
        "address it is the open WMS of your own datastore.\n\n"
        "Each level has four times the tiles of the one before: begin with few levels and a small zone. For a key that "
        "the service wants, write apikey=$NAME in the rest of the requests: NAME is an environment variable, so the "
        "key is written down nowhere here.\n\n"
        "Run again with the same values it does nothing more. A cancel aborts the work on the server."
    )
    TAGS = (
        "moissonnage",
        "moissonner",
        "tuiles",
        "géoplateforme",
        "entrepôt",
        "wms",
        "wmts",
        "harvest",
        "tiles",
        "cache",
        "pyramid",
    )
    EXAMPLE = {
        "CONNECTION": "sandbox.json",
        "LAYERS": "cantons",
        "NAME": "cantons (images)",
        "EXTENT": "2.2,2.6,48.6,49.0 [EPSG:4326]",
        "BOTTOM_LEVEL": "10",
        "TOP_LEVEL": "8",
        "STORE": "publications.sqlite",
    }

    def initAlgorithm(self, configuration=None):
        self.addParameters(
            p.connection(),
            choices.datastore(),
            p.text("URL", _("Address of the WMS"), _("Left empty: the open WMS of the datastore.")),
            p.text("LAYERS", _("Layers"), _("Names of the layers, as a WMS takes them: a,b,c."), optional=False),
            delivery.name(_("Name of the pyramid.")),
            *p.zone(),
            delivery.level("BOTTOM_LEVEL", _("Most detailed level"), _("18 shows houses."), default=14),
            delivery.level("TOP_LEVEL", _("Least detailed level"), _("0 shows the world."), default=6),
            p.flag(
                "ONLY_BOTTOM",
                _("Ask for the most detailed level only"),
                _("The others are then computed from it, instead of being drawn by the WMS for their scale."),
                advanced=True,
            ),
            p.choice(
                "FORMAT",
                _("Format of the pictures"),
                _("What the WMS is asked for."),
                [("image/png", "PNG"), ("image/jpeg", "JPEG"), ("image/tiff", "TIFF")],
                default="image/png",
            ),
            p.choice(
                "COMPRESSION",
                _("Compression"),
                _("How the tiles are compressed; jpg loses something, and knows no transparency."),
                [("png", "png"), ("jpg", "jpg"), ("jpg90", "jpg90"), ("zip", "zip"), ("raw", "raw")],
                default="png",
            ),
            delivery.tms(advanced=True),
            delivery.optional_number(
                "CHANNELS", _("Channels"), _("1 to 4; 4 has transparency. Left empty: 3."), least=1, most=4
            ),
            p.choice(
                "SAMPLE_FORMAT",
                _("Format of the channels"),
                _("Whole numbers of 8 bits for pictures, real numbers for measures."),
                [("UINT8", "UINT8"), ("FLOAT32", "FLOAT32")],
                default="UINT8",
                advanced=True,
            ),
            delivery.matrix(
                "NODATA", _("Values of nothing"), _("One value for each channel."), [_("Value")], advanced=True
            ),
            p.text(
                "EXTRAS",
                _("Rest of the requests"),
                _("What each request is given besides, such as TRANSPARENT=true&apikey=$NAME."),
                advanced=True,
            ),
            p.text(
                "DIMENSIONS",
                _("Size of the pictures"),
                _("Width and height in pixels, such as 1024x1024."),
                advanced=True,
            ),
            delivery.optional_number(
                "THRESHOLD", _("Smallest picture"), _("Bytes: a picture below is taken for empty, and left out.")
            ),
            *delivery.slabs(),
            delivery.base(),
            delivery.into(_("Id or name of a raster pyramid that is brought up to date, instead of a new one.")),
            delivery.sheet(),
            *delivery.running(),
        )
        delivery.declare(self)
        delivery.declare_levels(self)

    def perform(self, call):
        from ...workflows.entrepot.delivery.making import harvest

        top, bottom = call.number("TOP_LEVEL"), call.number("BOTTOM_LEVEL")
        if top > bottom:
            raise InputError(_("TOP_LEVEL must not be greater than BOTTOM_LEVEL."))
        more = {
            "top": str(top),
            "compression": call.choice("COMPRESSION"),
            "tms": call.text("TMS") or None,
            "samplesperpixel": delivery.given_number(call, "CHANNELS"),
            "sampleformat": call.choice("SAMPLE_FORMAT"),
            "nodata": [row[0] for row in delivery.rows_of(call, "NODATA")] or None,
            "harvest_dimensions": call.text("DIMENSIONS") or None,
            "harvest_threshold": delivery.given_number(call, "THRESHOLD"),
            **delivery.slab_parameters(call),
        }
        made = harvest(
            delivery.job(call, call.office("PROCESSING"), more),
            call.text("URL"),
            call.text("LAYERS"),
            area=call.zone(),
            levels=[bottom] if call.flag("ONLY_BOTTOM") else range(bottom, top - 1, -1),
            format=call.choice("FORMAT"),
            extras=call.text("EXTRAS"),
            base=call.text("BASE"),
        )
        return {**delivery.results(call, made), **delivery.levels(made)}
