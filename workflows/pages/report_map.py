"""The little map of a report: its position, its sketch, its neighbours, as shapes that a template draws as SVG.

Geometries come in WGS84 (lon, lat); the map is a local equirectangular one, true to scale at its middle.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Optional

from osgeo import ogr

from ...i18n import _
from ..positions import quiet
from .lettering import Text, fit, text_width
from .writing import clean, write_number

WIDTH, HEIGHT = 440.0, 300.0
"""Pixels."""
MARGIN = 40.0
"""Pixels around what must be seen: the height of the marker, and a little air."""
FINEST = 0.4
"""Metres per pixel: a small sketch is not shown larger."""
ALONE = 1.2
"""As `FINEST`, of a position without a sketch: it is shown with what lies around it."""
METRES = 111_195.0
"""Length of a degree of latitude."""
NARROWEST = 0.001
"""Of the cosine of the latitude: a map at the very pole would have no width."""
TEXT_SIZE = 12.5

POINT, LINE, POLYGON = 1, 2, 3
"""As in WKB."""

Position = tuple[float, float]
Box = tuple[float, float, float, float]
"""West, south, east, north in degrees."""


@dataclass(frozen=True)
class Sketched:
    """A part of a sketch as the store has it: a WKB, and how it is to be drawn (colours as `r,g,b,a`)."""

    wkb: bytes
    kind: str = ""
    name: str = ""
    text: str = ""
    colour: str = ""
    ground: str = ""
    size: Optional[float] = None
    symbol: str = ""


@dataclass(frozen=True)
class Neighbour:
    """Another report close by; `tone` is that of its status."""

    at: Position
    tone: str
    title: str


@dataclass(frozen=True)
class Shape:
    """A path of a drawing: a class of the style sheet or a style of its own; `title` is said when one points at it."""

    path: str
    css: str = ""
    style: str = ""
    title: str = ""


@dataclass(frozen=True)
class Dot:
    """A small mark at a place."""

    x: float
    y: float
    tone: str
    title: str


@dataclass(frozen=True)
class Map:
    """A drawing of `WIDTH` × `HEIGHT` pixels; `tone` is that of the marker, which points at `x`, `y`, "" for none.

    `bar` is the length of the scale bar in pixels, `bar_label` what it stands for, `legend` says what there is to see;
    `key` explains classes of the style sheet, (class, words).
    """

    x: float
    y: float
    tone: str
    title: str
    legend: str
    shapes: Sequence[Shape]
    dots: Sequence[Dot]
    texts: Sequence[Text]
    bar: float
    bar_label: str
    width: float = WIDTH
    height: float = HEIGHT
    key: Sequence[tuple[str, str]] = ()


class Frame:
    """Where on the drawing a place lies: all of `places` are inside the margin, the middle of them in the middle."""

    def __init__(self, places: Sequence[Position]) -> None:
        lons, lats = zip(*places)
        self._lon, self._lat = (min(lons) + max(lons)) / 2, (min(lats) + max(lats)) / 2
        self._narrow = max(math.cos(math.radians(self._lat)), NARROWEST)
        self.degrees = max(
            (max(lons) - min(lons)) * self._narrow / (WIDTH - 2 * MARGIN),
            (max(lats) - min(lats)) / (HEIGHT - 2 * MARGIN),
            (ALONE if len(set(places)) == 1 else FINEST) / METRES,
        )
        """Degrees of latitude per pixel."""

    def at(self, place: Position) -> Position:
        """Pixels from the left and from the top."""
        x = WIDTH / 2 + (place[0] - self._lon) * self._narrow / self.degrees
        return x, HEIGHT / 2 - (place[1] - self._lat) / self.degrees

    @property
    def box(self) -> Box:
        """What the drawing shows."""
        half_width, half_height = WIDTH / 2 * self.degrees / self._narrow, HEIGHT / 2 * self.degrees
        return self._lon - half_width, self._lat - half_height, self._lon + half_width, self._lat + half_height

    def bar(self) -> tuple[float, str]:
        """The scale bar: a round number of metres, up to a quarter of the width; its length in pixels, its label."""
        pixel = self.degrees * METRES
        most = WIDTH / 4 * pixel
        power = 10.0 ** math.floor(math.log10(most))
        metres = next(step * power for step in (5, 2, 1) if step * power <= most)
        if metres < 1000:
            return metres / pixel, _("{n} m").format(n=write_number(metres))
        return metres / pixel, _("{n} km").format(n=write_number(metres / 1000))


@dataclass(frozen=True)
class Scene:
    """What a map is made of: a position, the parts of a sketch, and the frame around both."""

    at: Position
    sketch: Sequence[tuple[Sketched, Sequence[Sequence[Position]]]]
    frame: Frame


def scene(at: Position, sketch: Iterable[Sketched]) -> Scene:
    """The frame is known before what else it shows is looked for."""
    parts = [(part, lines) for part, lines in ((part, rings(part.wkb)) for part in sketch) if lines]
    places = [place for _part, lines in parts for line in lines for place in line]
    return Scene(at, parts, Frame([at, *places]))


def draw_map(
    scene: Scene, number: int, tone: str, neighbours: Sequence[Neighbour] = (), grounds: Iterable[bytes] = ()
) -> Map:
    """Lay out the map of report `number`; `grounds` are geometries (WKB) that lie under everything."""
    frame = scene.frame
    shapes = [shape for wkb in grounds for shape in outlines(frame, wkb, "ground")]
    texts = []
    for part, lines in scene.sketch:
        drawn = [[frame.at(place) for place in line] for line in lines]
        shapes += _sketched(part, drawn)
        if part.text:
            texts.append(_text(part, *drawn[0][0]))
    x, y = frame.at(scene.at)
    bar, label = frame.bar()
    return Map(
        x,
        y,
        tone,
        _("Map of report {number}").format(number=number),
        _legend(bool(scene.sketch), len(neighbours)),
        shapes,
        [Dot(*frame.at(one.at), one.tone, one.title) for one in neighbours],
        texts,
        bar,
        label,
    )


def point(wkb: Optional[bytes]) -> Optional[Position]:
    """The place of a point; None for none."""
    lines = rings(wkb) if wkb else []
    return lines[0][0] if lines and lines[0] else None


def rings(wkb: bytes) -> list[list[Position]]:
    """The points, lines and rings that a geometry of any kind is made of; nothing for one that cannot be read."""
    with quiet():
        try:
            shape = ogr.CreateGeometryFromWkb(wkb)
        except RuntimeError:
            return []
        return [] if shape is None else [line for line in _rings(shape) if line]


def _rings(shape: Any) -> Iterator[list[Position]]:
    if shape.GetGeometryCount():
        for number in range(shape.GetGeometryCount()):
            yield from _rings(shape.GetGeometryRef(number))
    elif shape.GetPointCount():
        yield [(place[0], place[1]) for place in shape.GetPoints() if math.isfinite(place[0] + place[1])]


def _kind(wkb: bytes) -> int:
    """POINT, LINE or POLYGON, of a multiple one too."""
    code = int.from_bytes(wkb[1:5], "little" if wkb[:1] == b"\x01" else "big")
    return ((code & 0xFFFF) % 1000 - 1) % 3 + 1  # without the marks of heights; 4 to 6 are the multiple ones


def _legend(sketch: bool, neighbours: int) -> str:
    seen = [_("On the map: the report")]
    if sketch:
        seen.append(_("its sketch"))
    if neighbours:
        seen.append(_("other reports: {n}").format(n=write_number(neighbours)))
    return ", ".join(seen)


# ---------------------------------------------------------------------- shapes


def outlines(frame: Frame, wkb: bytes, css: str, radius: float = 1.8) -> Iterator[Shape]:
    """A simple geometry in one style: the class is `css` with `-point`, `-line` or `-area`; points have this radius."""
    lines = [[frame.at(place) for place in line] for line in rings(wkb)]
    if not lines:
        return
    kind = _kind(wkb)
    if kind == POINT:
        yield Shape("".join(_marks(line, "circle", radius) for line in lines), f"{css}-point")
    else:
        path = "".join(_path(line, closed=kind == POLYGON) for line in lines)
        yield Shape(path, f"{css}-area" if kind == POLYGON else f"{css}-line")


def _sketched(part: Sketched, lines: Sequence[Sequence[Position]]) -> Iterator[Shape]:
    """As the styles of the layers draw it (styles/Croquis_EC_*.qml), on a white rim that any ground lets see."""
    size = min(max(1.0, part.size), 12.0) if part.size else 1.8
    title = part.name or part.text
    kind = _kind(part.wkb)
    if kind == POINT:
        if part.text:
            return  # the text itself is what there is to see
        radius = size * 3.8 / 2 + 1
        mark = "".join(_marks(line, part.symbol, radius) for line in lines)
        ground = _ink("fill", part.ground or part.colour, (106, 132, 82, 255), opaque=True)
        yield Shape(mark, "rim")
        ink = _ink("stroke", part.colour, (61, 79, 45, 255))
        yield Shape(mark, style=f"{ground};{ink};stroke-width:1", title=title)
    elif kind == LINE:
        width = max(size * 0.98, 1.5)
        ink = _ink("stroke", part.colour, (112, 57, 3, 255))
        path = "".join(_path(line) for line in lines)
        yield Shape(path, "rim", f"stroke-width:{width + 3:.1f}")
        yield Shape(path, style=f"fill:none;{ink};stroke-width:{width:.1f}", title=title)
        if part.kind == "Fleche":
            head = "".join(_arrow_head(line, 6 + 2 * width) for line in lines)
            if head:  # not of a line without length
                yield Shape(head, style=_ink("fill", part.colour, (112, 57, 3, 255)), title=title)
    else:
        path = "".join(_path(line, closed=True) for line in lines)
        yield Shape(path, "rim", "stroke-width:4")
        ground = _ink("fill", part.ground, (190, 214, 208, 130))
        ink = _ink("stroke", part.colour, (107, 142, 156, 255))
        yield Shape(path, style=f"{ground};{ink};stroke-width:{max(size * 0.98, 1.2):.1f}", title=title)


def _text(part: Sketched, x: float, y: float) -> Text:
    """The words at their place, towards the side where there is more room."""
    words, anchor = clean(part.text), "start" if x < WIDTH / 2 else "end"
    room = (WIDTH - x if anchor == "start" else x) - 10
    shown = fit(words, room, TEXT_SIZE)
    colour = _ink("fill", part.colour, (32, 33, 36, 255), opaque=True)
    shift = 4 if text_width(shown, TEXT_SIZE) + 4 <= room else 0
    return Text(x + (shift if anchor == "start" else -shift), y + 4, shown, colour, anchor, words)


def _path(line: Sequence[Position], *, closed: bool = False) -> str:
    """A line of at least two places, to the tenth of a pixel; places that fall together are drawn once."""
    written = [f"{x:.1f} {y:.1f}" for x, y in line]
    places = [place for at, place in enumerate(written) if not at or place != written[at - 1]]
    if len(places) == 1:
        places *= 2  # with round caps that is a dot
    return f"M{'L'.join(places)}{'z' if closed else ''}"


def _arrow_head(line: Sequence[Position], length: float) -> str:
    """A triangle whose point is the end of the line."""
    x, y = line[-1]
    before = next((place for place in reversed(line) if math.dist(place, line[-1]) > 1), None)
    if before is None:
        return ""
    angle = math.atan2(y - before[1], x - before[0])
    sides = [(x - length * math.cos(angle + turn), y - length * math.sin(angle + turn)) for turn in (0.45, -0.45)]
    return _path([(x, y), *sides, (x, y)], closed=True)


def _regular(corners: int, turn: float = 0.0, inner: float = 0.0) -> list[Position]:
    """A regular polygon around 0, 0 with its first corner above; a star if there are `inner` corners between."""
    found = []
    for corner in range(corners):
        for radius, step in ((1.0, 0.0), (inner, 0.5)) if inner else ((1.0, 0.0),):
            angle = math.radians(turn) + 2 * math.pi * (corner + step) / corners
            found.append((radius * math.sin(angle), -radius * math.cos(angle)))
    return found


_CROSS = [
    (-0.3, -1.0), (0.3, -1.0), (0.3, -0.3), (1.0, -0.3), (1.0, 0.3), (0.3, 0.3),
    (0.3, 1.0), (-0.3, 1.0), (-0.3, 0.3), (-1.0, 0.3), (-1.0, -0.3), (-0.3, -0.3),
]  # fmt: skip
_TURN = math.sqrt(0.5)
_SYMBOLS = {
    "circle": _regular(24),
    "square": _regular(4, 45),
    "triangle": _regular(3),
    "star": _regular(5, inner=0.45),
    "cross": _CROSS,
    "x": [((x - y) * _TURN, (x + y) * _TURN) for x, y in _CROSS],
    "diamond": _regular(4),
}


def _marks(places: Sequence[Position], symbol: str, radius: float) -> str:
    form = _SYMBOLS.get(symbol, _SYMBOLS["diamond"])
    return "".join(
        "M" + "L".join(f"{x + dx * radius:.1f} {y + dy * radius:.1f}" for dx, dy in form) + "z" for x, y in places
    )


_RGBA = re.compile(r"(\d{1,3}),(\d{1,3}),(\d{1,3})(?:,(\d{1,3}))?", re.ASCII)


def _ink(role: str, colour: str, otherwise: tuple[int, int, int, int], *, opaque: bool = False) -> str:
    """A fill or a stroke in the colour `r,g,b,a`; what is no colour is not passed on."""
    found = _RGBA.fullmatch(colour or "")
    red, green, blue, alpha = (min(int(part or 255), 255) for part in found.groups()) if found else otherwise
    opacity = "" if opaque or alpha == 255 else f";{role}-opacity:{alpha / 255:.2f}"
    return f"{role}:rgb({red},{green},{blue}){opacity}"
