"""What the two WMS share: what is asked, how a layer describes itself, where it lies."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from ..reach import Live
from . import _mapfile, _ows
from ._places import Box, moved

_KNOWN = frozenset(
    {"SERVICE", "VERSION", "REQUEST", "LAYERS", "STYLES", "CRS", "SRS", "BBOX", "WIDTH", "HEIGHT", "FORMAT",
     "TRANSPARENT", "BGCOLOR", "EXCEPTIONS", "QUERY_LAYERS", "INFO_FORMAT", "FEATURE_COUNT", "I", "J", "X", "Y",
     "LAYER", "STYLE", "SLD_VERSION", "SCALE", "RULE", "UPDATESEQUENCE"}
)  # fmt: skip
LEGEND = _mapfile.block("CLASS", ['NAME "default"', _mapfile.block("STYLE", ["COLOR 0 0 0"])])
"""A layer with a class has a legend in the capabilities."""


class Asked:
    """A request: its name in lower case, the layers it names, what MapServer is told. `problem`: its refusal."""

    def __init__(self, request: Request, lives: list[Live], open_: str, private: str):
        values = _ows.parameters(request)
        values.setdefault("SLD_VERSION", "1.1.0")
        self.request = values.get("REQUEST", "GetCapabilities").lower()
        self.query = _ows.chosen(values, _KNOWN)
        self._address = request.state.sandbox.url + (private if request.url.path == private else open_)
        names = [name for key in ("LAYERS", "QUERY_LAYERS", "LAYER") for name in values.get(key, "").split(",") if name]
        known = {live.name: live for live in lives}
        unknown = [name for name in names if name not in known]
        self.problem = (
            refusal("LayerNotDefined", f"Couche inconnue : {unknown[0] if unknown else ''}")
            if unknown or not names
            else None
        )
        self.lives = [known[name] for name in dict.fromkeys(names) if name in known]

    def mapfile(self, folder: Path, web: dict[str, object], layers: Iterable[str]) -> str:
        values = {"ows_onlineresource": self._address + "?", "wms_srs": "EPSG:4326 EPSG:3857",
                  "wms_sld_enabled": "true", "wms_bbox_extended": "true", "wms_rootlayer_name": "", **web}  # fmt: skip
        return _mapfile.mapfile(folder, "WMS", values, layers, _mapfile.projection("EPSG:4326"), _mapfile.JSON)

    def styles(self) -> list[str]:
        """The name of the style of each layer, empty for its default."""
        values = dict(self.query)
        names = values.get("STYLES", values.get("STYLE", "")).split(",")
        return [*names, *[""] * len(self.lives)][: len(self.lives)]

    def about(self, **changed: str) -> list[tuple[str, str]]:
        """The same question with other values."""
        return [(name, changed.get(name, value)) for name, value in self.query]


def described(live: Live) -> dict[str, object]:
    """Title, summary, attribution and links of a configuration."""
    infos = live.type_infos
    return {
        "wms_title": infos.get("title"), "wms_abstract": infos.get("abstract"),
        "wms_keywordlist": _mapfile.keywords(infos.get("keywords")),
        **_mapfile.attribution(live.configuration.get("attribution")),
        **_mapfile.links("wms", live.configuration.get("metadata")),
    }  # fmt: skip


def box(live: Live, extents: Iterable[tuple[str, Sequence[float] | None]]) -> Box | None:
    """In degrees: that of the configuration, else that of the data (extents with their systems)."""
    asked = live.type_infos.get("bbox")
    if asked:
        return asked["west"], asked["south"], asked["east"], asked["north"]
    boxes = [moved(extent, system, "EPSG:4326") for system, extent in extents if extent]
    if not boxes:
        return None
    west, south, east, north = zip(*boxes)
    return min(west), min(south), max(east), max(north)


def refusal(code: str, message: str) -> Response:
    """An exception report of WMS."""
    body = (
        '<?xml version="1.0" encoding="UTF-8"?><ServiceExceptionReport version="1.3.0" '
        f'xmlns="http://www.opengis.net/ogc"><ServiceException code="{code}">{escape(message)}'
        "</ServiceException></ServiceExceptionReport>"
    )
    return Response(body.encode(), 200, None, _ows.XML)
