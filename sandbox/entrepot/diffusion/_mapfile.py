"""Mapfiles. Names and titles are people's: everything passes `quoted`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from ._ows import plain

SYSTEMS = ("EPSG:4326", "EPSG:3857", "EPSG:2154", "EPSG:4258")
"""What every layer is served in, beside its own system."""
_MAX_PIXELS = 4096


def quoted(text: object) -> str:
    """A string of a mapfile; line breaks and control characters, which XML could not hold either, become a space."""
    return '"' + plain(str(text)).replace("\\", "\\\\").replace('"', '\\"') + '"'


def block(name: str, lines: Iterable[str]) -> str:
    return "\n".join([name, *lines, "END"])


def metadata(values: Mapping[str, object]) -> str:
    """`None` is left out."""
    return block("METADATA", (f"{quoted(name)} {quoted(value)}" for name, value in values.items() if value is not None))


def projection(system: str) -> str:
    """A system of EPSG, or what the data itself says."""
    known = re.fullmatch("EPSG:([0-9]+)", system)
    return block("PROJECTION", [quoted(f"init=epsg:{known.group(1)}") if known else "AUTO"])


def systems(*own: str) -> str:
    """The systems of a layer, its own first."""
    return " ".join(dict.fromkeys([*(name for name in own if name.startswith("EPSG:")), *SYSTEMS]))


def keywords(words: Iterable[str] | None) -> str | None:
    """A list between commas, which a word cannot hold."""
    return ",".join(" ".join(str(word).replace(",", " ").split()) for word in words or ()) or None


def links(prefix: str, entries: Iterable[Mapping] | None) -> dict[str, object]:
    """The `metadata` of a configuration as metadata links of a layer."""
    values: dict[str, object] = {}
    for number, entry in enumerate(entries or ()):
        for name, member in (("href", "url"), ("type", "type"), ("format", "format")):
            values[f"{prefix}_metadataurl_m{number}_{name}"] = entry.get(member)
    names = " ".join(f"m{number}" for number in range(len(values) // 3))
    return {**values, f"{prefix}_metadataurl_list": names} if names else {}


def attribution(entry: Mapping | None) -> dict[str, object]:
    """The `attribution` of a configuration, of a layer of a WMS."""
    if not entry:
        return {}
    logo = entry.get("logo") or {}
    values = {"wms_attribution_title": entry.get("title"), "wms_attribution_onlineresource": entry.get("url")}
    if logo:
        values.update({f"wms_attribution_logourl_{name}": logo.get(name) for name in ("format", "width", "height")})
        values["wms_attribution_logourl_href"] = logo.get("url")
    return values


def mapfile(folder: Path, name: str, web: Mapping[str, object], layers: Iterable[str], *formats: str) -> str:
    """A whole mapfile; its layers say their systems. `folder` is MapServer's own, `web` the service's metadata."""
    service = {"ows_enable_request": "*", "ows_encoding": "UTF-8", **web}
    return block(
        "MAP",
        [
            f"NAME {quoted(name)}", "EXTENT -180 -90 180 90", "UNITS DD", f"SIZE 256 256 MAXSIZE {_MAX_PIXELS}",
            f"FONTSET {quoted(folder / 'fonts.txt')}", "IMAGECOLOR 255 255 255", block("WEB", [metadata(service)]),
            *formats, *layers,
        ],
    )  # fmt: skip


JSON = block(
    "OUTPUTFORMAT",
    ['NAME "json"', 'DRIVER "OGR/GEOJSON"', 'MIMETYPE "application/json"', 'FORMATOPTION "STORAGE=memory"',
     'FORMATOPTION "FORM=simple"', 'FORMATOPTION "LCO:RFC7946=NO"'],
)  # fmt: skip
