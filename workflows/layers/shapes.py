"""Geometries of group layers as people see them: in WGS84, in words, on a small map.

Geometries are WKB in the CRS of their layer. Lengths and areas are measured on the ground, whatever that CRS is.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, Callable, Optional

from osgeo import ogr, osr

from ...i18n import N_, _, ngettext
from ..pages.report_map import Frame, Map, outlines, rings
from ..pages.writing import counted, write_number
from ..positions import BadGeometry, parts, quiet

Shape = Any
"""A geometry of OGR."""
Position = tuple[float, float]
Box = tuple[float, float, float, float]

WGS84 = 4326
NO_HEIGHT = -1000.0
"""What BDUni writes for a height that nobody knows (contract 2.11)."""
SAME = 0.001
"""Metres by which vertices may differ without having been moved."""
MOST_NEIGHBOURS = 100
"""On one map."""
RADIUS = 6.0
"""Pixels of a point on the map."""
_NAMES = {
    "POINT": N_("point"),
    "LINESTRING": N_("line"),
    "POLYGON": N_("polygon"),
    "GEOMETRYCOLLECTION": N_("collection"),
}
_FAMILIES = {1: "point", 2: "line", 0: "polygon"}


def family(wkb: Optional[bytes]) -> str:
    """`point`, `line` or `polygon`, of a multiple one too; `other` for a collection, "" for none."""
    if not wkb:
        return ""
    code = (int.from_bytes(wkb[1:5], "little" if wkb[:1] == b"\x01" else "big") & 0xFFFF) % 1000
    return _FAMILIES[code % 3] if 1 <= code <= 6 else "other"


def to_wgs84(wkb: Optional[bytes], srid: int) -> Optional[bytes]:
    """The geometry in WGS84, longitude before latitude, without heights; None if it has no place there."""
    shape = _read(wkb)
    if shape is None or not _moved(shape, srid, ""):
        return None
    return bytes(shape.ExportToIsoWkb(ogr.wkbNDR))


def box_from_wgs84(box: Box, srid: int) -> Optional[Box]:
    """West, south, east, north as xmin, ymin, xmax, ymax in a CRS, around all corners; None if that cannot be."""
    west, south, east, north = box
    ring = ogr.Geometry(ogr.wkbLineString)
    for lon, lat in ((west, south), (west, north), (east, north), (east, south)):
        ring.AddPoint_2D(lon, lat)
    with quiet():
        move = _transformation(srid, "", back=True)
        if move is None or not _transformed(ring, move):
            return None
    xmin, xmax, ymin, ymax = ring.GetEnvelope()
    return xmin, ymin, xmax, ymax


# ---------------------------------------------------------------------- in words


def said(wkb: Optional[bytes], srid: int) -> str:
    """What a geometry is: kind, number of parts and vertices, length or area on the ground; "" for none."""
    shape = _read(wkb, flat=False)
    if shape is None:
        return _("unreadable geometry") if wkb else ""
    words = [_name(shape)]
    if family(wkb) == "point" and _count(shape) == 1:
        height = next(_vertices(shape))[2]
        if height is not None:
            words.append(_("height {n}").format(n=_metres(height)))
    else:
        words.append(ngettext("{n} vertex", "{n} vertices", counted(_count(shape))))
    words += [text for _what, text in _measures(shape, srid)]
    return ", ".join(words)


def difference(before: Optional[bytes], after: Optional[bytes], srid: int) -> str:
    """What was done to a geometry, such as “moved by 12.4 m” or “area 350 m² → 362 m²”; "" if nothing can be said."""
    one, other = _read(before, flat=False), _read(after, flat=False)
    if one is None or other is None:
        return ""
    changes = []
    if one.GetGeometryName() != other.GetGeometryName() or _parts(one) != _parts(other):
        changes.append(_("{before} → {after}").format(before=_name(one), after=_name(other)))
    if _outline(one) == _outline(other):
        changes += _displaced(one, other, srid)
    elif _count(one) != _count(other):
        changes.append(
            _("vertices: {before} → {after}").format(before=counted(_count(one)), after=counted(_count(other)))
        )
    elif not changes:
        changes.append(_("drawn otherwise"))
    old, new = dict(_measures(one, srid)), dict(_measures(other, srid))
    changes += [
        _("{what}: {before} → {after}").format(what=what, before=old[what], after=new[what])
        for what in new
        if what in old and old[what] != new[what]
    ]
    return "; ".join(changes)


def _displaced(one: Shape, other: Shape, srid: int) -> Iterator[str]:
    """Where vertices went, of two geometries that have the same number of them in each part."""
    heights = [
        abs(new[2] - old[2])
        for old, new in zip(_vertices(one), _vertices(other))
        if old[2] is not None and new[2] is not None
    ]
    both = _on_the_ground([one, other], srid)
    if both:
        steps = _steps(*both)
        lengths = [math.hypot(*step) for step in steps]
        moved = [length for length in lengths if length > SAME]
        # as a whole: on the ground, or in its own system, which far away is not the same
        if moved and (_alike(steps, SAME) or _alike(_steps(one, other), 1e-6 * math.hypot(*_steps(one, other)[0]))):
            yield _("moved by {n}").format(n=_metres(lengths[0]))
        elif moved:
            yield ngettext(
                "{n} of {all} vertices moved, by {far}",
                "{n} of {all} vertices moved, by up to {far}",
                counted(len(moved)),
                all=counted(len(lengths)),
                far=_metres(max(moved)),
            )
        elif any(lengths):
            yield _("moved by less than 1 mm")
    if heights and max(heights) > 0:
        yield _("heights changed by up to {n}").format(n=_metres(max(heights)))


def _steps(one: Shape, other: Shape) -> list[Position]:
    """How far each vertex is from where it was."""
    return [(new[0] - old[0], new[1] - old[1]) for old, new in zip(_vertices(one), _vertices(other))]


def _alike(steps: Sequence[Position], tolerance: float) -> bool:
    return all(math.dist(steps[0], step) <= tolerance for step in steps)


def _measures(shape: Shape, srid: int) -> Iterator[tuple[str, str]]:
    """What there is to measure, and how much it is."""
    kind = _plain_name(shape)
    if kind not in ("LINESTRING", "POLYGON"):
        return
    (local,) = _on_the_ground([shape], srid) or (None,)
    if local is None:
        return
    if kind == "POLYGON":
        yield _("area"), _square_metres(local.GetArea())
    else:
        yield _("length"), _metres(local.Length())


def _name(shape: Shape) -> str:
    name = _(_NAMES.get(_plain_name(shape), shape.GetGeometryName().lower()))
    if _parts(shape) < 2:
        return name
    return _("{kind} in {n} parts").format(kind=name, n=counted(_parts(shape)))


def _plain_name(shape: Shape) -> str:
    name = str(shape.GetGeometryName())
    return name[len("MULTI") :] if name.startswith("MULTI") else name


def _parts(shape: Shape) -> int:
    name = shape.GetGeometryName()
    several = name.startswith("MULTI") or name == "GEOMETRYCOLLECTION"
    return int(shape.GetGeometryCount()) if several else 1


def _simple(shape: Shape) -> Iterator[Shape]:
    """The points, lines and rings of a geometry."""
    count = shape.GetGeometryCount()
    if not count:
        yield shape
    for number in range(count):
        yield from _simple(shape.GetGeometryRef(number))


def _outline(shape: Shape) -> list[int]:
    """The number of vertices of each part and ring."""
    return [part.GetPointCount() for part in _simple(shape)]


def _count(shape: Shape) -> int:
    """Vertices; the last one of a ring, which is the first again, is not counted."""
    return sum(part.GetPointCount() - (part.GetGeometryName() == "LINEARRING") for part in _simple(shape))


def _vertices(shape: Shape) -> Iterator[tuple[float, float, Optional[float]]]:
    """x, y and height, None where there is none. Of a ring without its last one, as they are counted."""
    for part in _simple(shape):
        for number in range(part.GetPointCount() - (part.GetGeometryName() == "LINEARRING")):
            x, y, *height = part.GetPoint(number)
            known = part.Is3D() and height and height[0] != NO_HEIGHT
            yield x, y, height[0] if known else None


def _metres(value: float) -> str:
    size = abs(value)
    if size and size < 1:
        return _("{n} cm").format(n=write_number(round(value * 100, 1)))
    return (
        _("{n} m").format(n=write_number(round(value, 1)))
        if size < 10_000
        else _("{n} km").format(n=write_number(round(value / 1000, 1)))
    )


def _square_metres(value: float) -> str:
    for least, text in ((1e6, N_("{n} km²")), (1e4, N_("{n} ha"))):
        if value >= least:
            return _(text).format(n=write_number(round(value / least, 2), 2))
    return _("{n} m²").format(n=write_number(round(value, 1)))


# ---------------------------------------------------------------------- coordinate systems


def _read(wkb: Optional[bytes], *, flat: bool = True) -> Shape:
    """The geometry; None for none, for an empty one and for one that cannot be read."""
    if not wkb:
        return None
    with quiet():
        try:
            shape = ogr.CreateGeometryFromWkb(bytes(wkb))
        except RuntimeError:
            return None
    if shape is None or shape.IsEmpty():
        return None
    if flat:
        shape.FlattenTo2D()
    return shape


def _on_the_ground(shapes: Sequence[Shape], srid: int) -> Optional[list[Shape]]:
    """The shapes in metres, around the first of them, in a projection that keeps areas; None if that cannot be."""
    middle = ogr.Geometry(ogr.wkbPoint)
    xmin, xmax, ymin, ymax = shapes[0].GetEnvelope()
    middle.AddPoint_2D((xmin + xmax) / 2, (ymin + ymax) / 2)
    if not _moved(middle, srid, ""):
        return None
    # to the degree: a projection is made once for many, and is as good as true so close to its middle
    around = f"+proj=laea +lat_0={round(middle.GetY())} +lon_0={round(middle.GetX())} +datum=WGS84 +units=m +no_defs"
    local = [shape.Clone() for shape in shapes]
    for shape in local:
        shape.FlattenTo2D()
    return local if all(_moved(shape, srid, around) for shape in local) else None


def _moved(shape: Shape, srid: int, target: str) -> bool:
    """Transform a shape in place, to WGS84 or to a PROJ text; whether that could be done."""
    with quiet():
        move = _transformation(srid, target)
        return move is not None and _transformed(shape, move)


def _transformed(shape: Shape, move: Any) -> bool:
    try:
        done = shape.Transform(move) == 0
    except RuntimeError:
        return False
    return done and all(map(math.isfinite, shape.GetEnvelope()))


@lru_cache(maxsize=64)
def _transformation(srid: int, target: str, *, back: bool = False) -> Any:
    """From a CRS to WGS84, or to a PROJ text; `back` the other way. None for a CRS that PROJ does not know."""
    systems = osr.SpatialReference(), osr.SpatialReference()
    try:
        known = systems[0].ImportFromEPSG(srid) == 0
        known = known and (systems[1].ImportFromProj4(target) if target else systems[1].ImportFromEPSG(WGS84)) == 0
        for system in systems:
            system.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
        return osr.CoordinateTransformation(*(reversed(systems) if back else systems)) if known else None
    except RuntimeError:
        return None


# ---------------------------------------------------------------------- on a map


Drawn = tuple[str, str, Optional[bytes]]
"""Class of the style sheet, what it stands for, geometry in WGS84."""
Around = Callable[[Box], Sequence[bytes]]
"""Geometries in WGS84 near a box in WGS84."""


def small_map(title: str, sides: Sequence[Drawn], around: Around = lambda box: ()) -> Optional[Map]:
    """A map of some versions of one object, the last one on top; None if there is nothing to show.

    What is `around` lies below, in a quiet style.
    """
    drawn = [(css, words, _flat_parts(wkb)) for css, words, wkb in sides if wkb]
    places = [place for _css, _words, wkbs in drawn for wkb in wkbs for line in rings(wkb) for place in line]
    if not places:
        return None
    frame = Frame(places)
    shapes = [
        shape for wkb in around(frame.box) for part in _flat_parts(wkb) for shape in outlines(frame, part, "ground")
    ]
    for css, _words, wkbs in drawn:
        # areas first: a collection may hold points that lie on them
        for wkb in sorted(wkbs, key=lambda one: -_dimension(one)):
            shapes += outlines(frame, wkb, css, RADIUS)
    bar, label = frame.bar()
    key = [(css, words) for css, words, _wkbs in drawn]
    legend = ", ".join(words for _css, words in key)
    return Map(0, 0, "", title, legend, shapes, (), (), bar, label, key=key)


def _dimension(wkb: bytes) -> int:
    return {"point": 0, "line": 1}.get(family(wkb), 2)


def _flat_parts(wkb: bytes) -> list[bytes]:
    """The points, lines and polygons of a geometry in WGS84, none if it has no place on earth."""
    shape = _read(wkb)
    try:
        return [part for _kind, part in parts(shape.ExportToWkt())] if shape is not None else []
    except BadGeometry:
        return []
