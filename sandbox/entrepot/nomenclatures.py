"""The words that descriptions of data are made of, and the grids of tiles (contract 3.9)."""

from __future__ import annotations

from .entities import Entity

_ZONES = {"FXX": "France métropolitaine", "FRA": "France entière", "D075": "Paris", "D092": "Hauts-de-Seine",
          "D093": "Seine-Saint-Denis", "D094": "Val-de-Marne", "R11": "Île-de-France"}  # fmt: skip
_FORMATS = {"SHP": "Shapefile", "GPKG": "GeoPackage", "GEOJSON": "GeoJSON", "CSV": "CSV", "TIFF": "TIFF",
            "JP2": "JPEG 2000", "SQL": "SQL", "PMTILES": "PMTiles", "ZIP": "Archive ZIP"}  # fmt: skip
_CRS = {"EPSG:2154": "RGF93 v1 / Lambert-93", "EPSG:3857": "WGS 84 / Pseudo-Mercator", "EPSG:4326": "WGS 84",
        "EPSG:4171": "RGF93 v1", "EPSG:2972": "RGFG95 / UTM zone 22N", "EPSG:2975": "RGR92 / UTM zone 40S"}  # fmt: skip
_RESOLUTIONS = ("5cm", "20cm", "50cm", "1m", "5m", "25m")
_MODELS = {"PUBLIC": "Acteur public", "PRIVATE": "Acteur privé"}
_TERMS = {
    "CRS": _CRS, "ZONE": _ZONES, "FORMAT": _FORMATS, "RESOLUTION": {name: name for name in _RESOLUTIONS},
    "ECONOMICAL_MODEL": _MODELS,
}  # fmt: skip


def terms(type_: str) -> dict[str, str]:
    """Label by term."""
    return _TERMS[type_]


def every() -> list[Entity]:
    return [
        {"type": type_, "label": label, "term": term}
        for type_, known in _TERMS.items()
        for term, label in known.items()
    ]


class Grid:
    """A pyramid of tiles (TMS): origin at the top left, levels from the least detailed, tiles of 256 × 256."""

    def __init__(self, name: str, srs: str, origin: tuple[float, float], coarsest: float, levels: int):
        self.name, self.srs, self.origin = name, srs, origin
        self.resolutions = {str(level): coarsest / 2**level for level in range(levels)}

    def shown(self) -> Entity:
        levels = [{"id": name, "resolution": resolution} for name, resolution in self.resolutions.items()]
        return {"_id": self.name, "srs": self.srs, "levels": levels}

    def file(self) -> Entity:
        """As ROK4 reads it."""
        matrices = [
            {
                "id": name, "cellSize": resolution, "pointOfOrigin": list(self.origin), "tileWidth": 256,
                "tileHeight": 256, "matrixWidth": 2 ** int(name), "matrixHeight": 2 ** int(name),
            }
            for name, resolution in self.resolutions.items()
        ]  # fmt: skip
        return {"id": self.name, "crs": self.srs, "orderedAxes": ["X", "Y"], "tileMatrices": matrices}


_HALF_WORLD = 20037508.3427892480
GRIDS = {
    grid.name: grid
    for grid in (
        Grid("PM", "EPSG:3857", (-_HALF_WORLD, _HALF_WORLD), 2 * _HALF_WORLD / 256, 22),
        Grid("4326", "EPSG:4326", (-180.0, 90.0), 360 / 256, 22),
        Grid("LAMB93_10cm", "EPSG:2154", (0.0, 12_000_000.0), 104857.6, 21),
        Grid("LAMB93_50cm", "EPSG:2154", (0.0, 12_000_000.0), 131072.0, 19),
        Grid("2154_5cm", "EPSG:2154", (0.0, 12_000_000.0), 104857.6, 22),
    )
}
