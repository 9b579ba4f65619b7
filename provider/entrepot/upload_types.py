"""What deliveries of some types are told when they are made (`type_infos`), as advanced parameters."""

from ...i18n import _
from .. import parameters as p
from . import delivery


def types():
    """The types of deliveries, (code, shown name)."""
    return (
        ("VECTOR", _("Vector data (VECTOR)")),
        ("RASTER", _("Images (RASTER)")),
        ("ARCHIVE", _("Files to be downloaded (ARCHIVE)")),
        ("ROK4-PYRAMID", _("Pyramid of tiles (ROK4-PYRAMID)")),
        ("INDEX", _("Search index (INDEX)")),
        ("HISTORIC-IMAGERY", _("Old aerial pictures (HISTORIC-IMAGERY)")),
        ("POINT-CLOUD", _("Point cloud (POINT-CLOUD)")),
        ("PYRAMID-3D", _("Pyramid of points (PYRAMID-3D)")),
    )


def parameters():
    """One parameter for each member of `type_infos`; left empty, it is not told."""
    return (
        _text("FORMAT", _("Format of the tiles"), _("For ROK4-PYRAMID, which needs it, such as TIFF_JPG_UINT8.")),
        _text("TMS", _("Tile matrix set"), _("For ROK4-PYRAMID, which needs it, such as PM or LAMB93_10cm.")),
        delivery.optional_number(
            "CHANNELS_NUMBER", _("Channels"), _("For ROK4-PYRAMID: channels of a pixel."), least=1
        ),
        p.flag(
            "IS_SEARCH_LAYER",
            _("Index of layers"),
            _("For INDEX: whether the index is one of layers."),
            advanced=True,
        ),
        _text("DATASET_IDENTIFIER", _("Identifier of the data set"), _("For HISTORIC-IMAGERY, which needs it.")),
        p.choice(
            "PYRAMID_TYPE",
            _("Kind of pyramid"),
            _("For PYRAMID-3D, which needs it."),
            [("COPC", "COPC"), ("EPT", "EPT")],
            advanced=True,
        ),
        _text(
            "ORIGIN", _("Origin of the tiles"), _("For PYRAMID-3D of the kind COPC: x and y, such as 650000,6860000.")
        ),
        delivery.optional_number("TILE_SIZE", _("Size of a tile"), _("For PYRAMID-3D of the kind COPC."), least=1),
        _text(
            "TEMPLATE", _("Names of the tiles"), _("For PYRAMID-3D of the kind COPC: the pattern of the file names.")
        ),
        p.choice(
            "DATA_TYPE",
            _("Encoding of the points"),
            _("For PYRAMID-3D of the kind EPT."),
            [("laszip", "laszip"), ("zstandard", "zstandard"), ("binary", "binary")],
            advanced=True,
        ),
        delivery.optional_number("SPAN", _("Span"), _("For PYRAMID-3D of the kind EPT."), least=1),
    )


def infos(call):
    """What was given, as the API calls it."""
    texts = ("FORMAT", "TMS", "DATASET_IDENTIFIER", "TEMPLATE")
    return {
        **{name.lower(): call.text(name) for name in texts},
        **{name.lower(): call.choice(name) for name in ("PYRAMID_TYPE", "DATA_TYPE")},
        **{name.lower(): delivery.given_number(call, name) for name in ("CHANNELS_NUMBER", "TILE_SIZE", "SPAN")},
        "is_search_layer": call.flag("IS_SEARCH_LAYER") or None,
        "origin": _origin(call.text("ORIGIN")),
    }


def _origin(text):
    if not text:
        return None
    from ...workflows.errors import InputError

    try:
        x, y = (float(part) for part in text.replace(";", ",").split(","))
    except ValueError:
        raise InputError(_("ORIGIN: “{text}” is not x and y, such as 650000,6860000.").format(text=text)) from None
    return {"x": x, "y": y}


def _text(name, label, help):
    return p.text(name, label, help, advanced=True)
