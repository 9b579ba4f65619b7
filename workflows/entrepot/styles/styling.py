"""Styles of services: the statics that hold them, and a plain style where nobody drew one (contract 3.9, 3.12)."""

from __future__ import annotations

import colorsys
import json
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from html import escape
from pathlib import Path
from typing import Any

from ....client.entrepot import files
from ....client.entrepot.files import GEOSERVER_FTL, GEOSERVER_STYLE, ROK4_STYLE, Static, statics
from ....client.entrepot.stored_data import Relation
from ....client.errors import NotFound
from ....i18n import _
from ...errors import InputError
from ...own_folder import own_folder
from .. import cartes
from ..acting import make_once
from ..ledger import Ledger
from ..offices import Office
from ..services.type_infos import geometry_of

_ENDINGS = {GEOSERVER_STYLE: ".sld", GEOSERVER_FTL: ".ftl", ROK4_STYLE: ".json"}
MEMBERS = {GEOSERVER_STYLE: "style", GEOSERVER_FTL: "ftl"}
"""How a relation of a WMS-VECTOR calls each."""


@dataclass(frozen=True)
class Sheet:
    """A style: SLD 1.0.0 or a template of a table, or the JSON of a ROK4 style, which is of no table."""

    text: str
    table: str = ""
    type: str = GEOSERVER_STYLE

    @property
    def key(self) -> str:
        """What tells it from the others of a service."""
        return self.table or identifier_of(self.text)

    @property
    def filename(self) -> str:
        """A name for the file that holds it."""
        return re.sub(r"[^A-Za-z0-9_.-]", "_", self.key or "style") + _ENDINGS[self.type]


def identifier_of(text: str) -> str:
    """The identifier of a ROK4 style, "" for what is none."""
    try:
        found = json.loads(text)
    except ValueError:
        return ""
    return str(found.get("identifier") or "") if isinstance(found, dict) else ""


def sheets(relations: Iterable[Relation], given: Mapping[str, str]) -> tuple[Sheet, ...]:
    """A style for each table that has geometries: the SLD 1.0.0 given for it, else a plain one (EA17: always one)."""
    return tuple(
        Sheet(given.get(relation.name) or plain_sld(relation.name, geometry_of(relation)), relation.name)
        for relation in relations
        if geometry_of(relation)
    )


# ---------------------------------------------------------------------- on the server


def static_name(type: str, sheet: Sheet, configuration: str = "", layer_name: str = "") -> str:
    """The name of the static of a sheet; as long as there is no configuration, one by which it is found again."""
    name = cartes.static_name(configuration or "{}", type, sheet.key)
    if sheet.type == GEOSERVER_FTL:
        name = name.replace("_style_", "_ftl_", 1)
    return name if configuration else name.replace("config_{}", f"tmp_{layer_name}", 1)


def put(office: Office, ledger: Ledger, step: str, sheet: Sheet, name: str) -> str:
    """The id of a static of this name with this content: made now, or by a run that was stopped."""
    made_now: list[str] = []

    def make() -> dict[str, str]:
        with _as_file(sheet.text.encode(), sheet.filename) as file:
            static = files.create_static(office.datastore, name, sheet.type, file, sheet.filename)
        made_now.append(static.id)
        return {"static": static.id}

    def find() -> dict[str, str] | None:
        found = named(office, name)
        return {"static": found} if found else None

    def still(made: dict[str, Any]) -> bool:
        with suppress(NotFound):
            return bool(statics.get(office.datastore, made["static"]).id)
        return False

    once = partial(make_once, office.datastore.session, make, find)
    id = str(ledger.step(step, {"name": name}, make=once, find=find, still=still)["static"])
    if not made_now and differs(office, id, sheet):
        replace(office, id, sheet)
    return id


def named(office: Office, name: str) -> str:
    """The id of a static of exactly this name, "" if there is none."""
    return next((static.id for static in statics.list(office.datastore, name=name) if static.name == name), "")


def content(office: Office, id: str) -> bytes:
    """What a static holds."""
    return files.content(office.datastore, statics, id)


def differs(office: Office, id: str, sheet: Sheet) -> bool:
    """Whether the static on the server holds something else."""
    return content(office, id) != sheet.text.encode()


def replace(office: Office, id: str, sheet: Sheet) -> None:
    """Give a static this content; it is live once the offerings are synchronised."""
    replace_bytes(office, id, sheet.text.encode(), sheet.filename)


def replace_bytes(office: Office, id: str, held: bytes, filename: str = "style") -> None:
    """As `replace`, of what a static held before."""
    with _as_file(held, filename) as file:
        files.replace_content(office.datastore, statics, id, file, filename)


def rename(office: Office, id: str, name: str) -> None:
    """Call a static by another name."""
    statics.change(office.datastore, id, {"name": name})


@contextmanager
def _as_file(held: bytes, filename: str) -> Iterator[Path]:
    """A file, for as long as it is being sent."""
    with own_folder() as folder:
        file = Path(folder, filename)
        file.write_bytes(held)
        yield file


def by_identifier(office: Office, ids: Iterable[str]) -> dict[str, Static]:
    """ROK4 styles by their identifier."""
    found = (statics.get(office.datastore, id) for id in ids)
    return {str(static.raw.get("type_infos", {}).get("identifier") or static.id): static for static in found}


# ---------------------------------------------------------------------- as files of the user


def of_files(paths: Iterable[Path], tables: Iterable[str], type: str = GEOSERVER_STYLE) -> dict[str, str]:
    """The texts of files by table: each file is called as its table. One file may be that of a single table.

    Raises InputError for a file that is of no table, or cannot be read.
    """
    paths, known = list(paths), list(tables)
    found = {}
    for path in paths:
        name = next((table for table in known if table.casefold() == path.stem.casefold()), "")
        if not name and len(paths) == len(known) == 1:
            name = known[0]
        if not name:
            raise InputError(
                _("{file} is a style of no table that is published: call it {names}.").format(
                    file=path.name, names=", ".join(f"{table}{_ENDINGS[type]}" for table in known)
                )
            )
        found[name] = read(path)
    return found


def read(path: Path) -> str:
    """The text of a file of the user, whatever its Unicode. Raises InputError if it is none."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(_("{file} cannot be read: {why}.").format(file=path, why=error.strerror)) from None
    for encoding in ("utf-8-sig", "utf-16"):
        with suppress(UnicodeError):
            return content.decode(encoding)
    raise InputError(_("{file} is no text in UTF-8.").format(file=path))


# ---------------------------------------------------------------------- a plain style


def plain_sld(table: str, geometry: str) -> str:
    """SLD 1.0.0 that draws a table in a colour that is always the same for it; `geometry` as databases name it."""
    red, green, blue = colorsys.hsv_to_rgb(zlib.crc32(table.encode()) % 360 / 360, 0.65, 0.75)
    colour = f"#{round(red * 255):02x}{round(green * 255):02x}{round(blue * 255):02x}"
    kinds = {"point": _POINT, "line": _LINE, "curve": _LINE, "polygon": _POLYGON, "surface": _POLYGON}
    drawn = next((rule for kind, rule in kinds.items() if kind in geometry.lower()), None)
    if drawn is not None:
        rules = f"<Rule>{drawn}</Rule>"
    else:  # of every kind: each is drawn by the rule for its dimension
        rules = "".join(
            f"<Rule>{_DIMENSION.format(dimension)}{rule}</Rule>"
            for dimension, rule in ((2, _POLYGON), (1, _LINE), (0, _POINT))
        )
    return _SLD.format(name=escape(table), rules=rules.replace("COLOUR", colour))


_SLD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<StyledLayerDescriptor version="1.0.0" xmlns="http://www.opengis.net/sld" '
    'xmlns:ogc="http://www.opengis.net/ogc" xmlns:xlink="http://www.w3.org/1999/xlink" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
    'xsi:schemaLocation="http://www.opengis.net/sld http://schemas.opengis.net/sld/1.0.0/StyledLayerDescriptor.xsd">\n'
    "<NamedLayer><Name>{name}</Name><UserStyle><Name>{name}</Name><FeatureTypeStyle>{rules}</FeatureTypeStyle>"
    "</UserStyle></NamedLayer>\n</StyledLayerDescriptor>\n"
)
_DIMENSION = (
    '<ogc:Filter><ogc:PropertyIsEqualTo><ogc:Function name="dimension"><ogc:Function name="geometry"/></ogc:Function>'
    "<ogc:Literal>{}</ogc:Literal></ogc:PropertyIsEqualTo></ogc:Filter>"
)
_POLYGON = (
    '<PolygonSymbolizer><Fill><CssParameter name="fill">COLOUR</CssParameter>'
    '<CssParameter name="fill-opacity">0.3</CssParameter></Fill><Stroke><CssParameter name="stroke">COLOUR'
    '</CssParameter><CssParameter name="stroke-width">1.2</CssParameter></Stroke></PolygonSymbolizer>'
)
_LINE = (
    '<LineSymbolizer><Stroke><CssParameter name="stroke">COLOUR</CssParameter>'
    '<CssParameter name="stroke-width">1.8</CssParameter></Stroke></LineSymbolizer>'
)
_POINT = (
    '<PointSymbolizer><Graphic><Mark><WellKnownName>circle</WellKnownName><Fill><CssParameter name="fill">COLOUR'
    '</CssParameter></Fill><Stroke><CssParameter name="stroke">#ffffff</CssParameter></Stroke></Mark><Size>8</Size>'
    "</Graphic></PointSymbolizer>"
)
