"""Just enough geometry: WKT read and checked, points inside polygons."""

from __future__ import annotations

import re

Ring = list  # of (lon, lat)

_POINT = re.compile(r"\s*POINT\s*(Z)?\s*\(\s*(\S+)\s+(\S+)(?:\s+(\S+))?\s*\)\s*", re.IGNORECASE)
_TOKEN = re.compile(r"\s*([A-Za-z]+|[(),]|[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)")
_DEPTH = {"POINT": 1, "LINESTRING": 1, "POLYGON": 2, "MULTIPOINT": 1, "MULTILINESTRING": 2, "MULTIPOLYGON": 3}


def read_point(wkt: str) -> tuple[float, float]:
    """Lon and lat of `POINT(lon lat)`, a third ordinate dropped (A35). Raises ValueError."""
    match = _POINT.fullmatch(wkt)
    if not match:
        raise ValueError("POINT(lon lat) attendu")
    lon, lat = float(match.group(2)), float(match.group(3))
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise ValueError("coordonnées hors du monde")
    return lon, lat


def write_point(lon: float, lat: float) -> str:
    return f"POINT({_number(lon)} {_number(lat)})"


def _number(value: float) -> str:
    return f"{value:.7f}".rstrip("0").rstrip(".")


def rings(wkt: str) -> list[Ring]:
    """The rings of a POLYGON or MULTIPOLYGON; a point is inside when it is inside an odd number of them."""
    return [
        [tuple(map(float, pair.split()[:2])) for pair in text.split(",")] for text in re.findall(r"\(([^()]+)\)", wkt)
    ]


def inside(lon: float, lat: float, polygon: list[Ring]) -> bool:
    odd = False
    for ring in polygon:
        for (x1, y1), (x2, y2) in zip(ring, ring[1:]):
            if (y1 > lat) != (y2 > lat) and lon < x1 + (lat - y1) * (x2 - x1) / (y2 - y1):
                odd = not odd
    return odd


def extent(polygon: list[Ring]) -> list[float]:
    xs = [x for ring in polygon for x, _ in ring]
    ys = [y for ring in polygon for _, y in ring]
    return [min(xs), min(ys), max(xs), max(ys)]


def check_wkt(wkt: str) -> None:
    """Raises ValueError when the text is not well-formed WKT of a known type (Z and M allowed)."""
    tokens, at = [], 0
    wkt = wkt.rstrip()
    while at < len(wkt):
        match = _TOKEN.match(wkt, at)
        if not match:
            raise ValueError(f"WKT illisible au caractère {at}")
        tokens.append(match.group(1))
        at = match.end()
    rest = _geometry(tokens)
    if rest:
        raise ValueError("texte après la géométrie")


def _geometry(tokens: list[str]) -> list[str]:
    if not tokens:
        raise ValueError("WKT incomplet")
    kind, rest = tokens[0].upper(), tokens[1:]
    if rest and rest[0].upper() in ("Z", "M", "ZM"):
        rest = rest[1:]
    else:
        kind = re.sub(r"(?<=[A-Y])(ZM|Z|M)$", "", kind)
    if kind == "GEOMETRYCOLLECTION":
        return _listed(rest, _geometry)
    if kind not in _DEPTH:
        raise ValueError(f"type de géométrie inconnu : {kind}")
    return _nested(rest, _DEPTH[kind])


def _nested(tokens: list[str], depth: int) -> list[str]:
    return _listed(tokens, _position if depth == 1 else lambda rest: _nested(rest, depth - 1))


def _listed(tokens: list[str], element) -> list[str]:
    if not tokens or tokens[0] != "(":
        raise ValueError("parenthèse attendue")
    while True:
        tokens = element(tokens[1:])
        if not tokens or tokens[0] not in ",)":
            raise ValueError("parenthèse non fermée")
        if tokens[0] == ")":
            return tokens[1:]


def _position(tokens: list[str]) -> list[str]:
    if tokens and tokens[0] == "(":  # MULTIPOINT((1 2),(3 4))
        return _listed(tokens, _position)
    count = 0
    while count < len(tokens) and tokens[count] not in "(),":
        float(tokens[count])
        count += 1
    if not 2 <= count <= 4:
        raise ValueError("deux à quatre ordonnées attendues")
    return tokens[count:]
