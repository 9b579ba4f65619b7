"""The conventions of cartes.gouv.fr (contract 3.17): what makes data, services and documents appear there.

Everything of a data sheet (fiche de données) has its name as tag, or as label where there are no tags.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from ...client import reading
from ...client.json_text import read_json
from ...i18n import _
from .descriptions.record_facts import Link
from .names import server_name

SHEET = "datasheet_name"
"""The tag, or label, that groups everything."""
STYLE, DOCUMENT, DOCUMENTS, THUMBNAIL, CAPABILITIES, LEGEND = KINDS = (
    "style", "document", "document-list", "thumbnail", "capabilities", "legend",
)  # fmt: skip
"""What an annexe is, by its label `type`."""
MADE = ("vectordb_id", "pyramid_id")
"""Tags that name the stored data that an upload became, or a pyramid was made of."""
LONGEST_SHEET = 99
_FORBIDDEN = '=,;/\\%#?&"<>'
"""Labels are `key=value`, lists of them are cut at commas; the name is part of the path of a list of documents."""


# ---------------------------------------------------------------------- names, tags, labels


def sheet_problem(name: str) -> str:
    """A sentence on what is wrong with the name of a data sheet, "" if it is right."""
    if not name.strip():
        return _("The data sheet needs a name.")
    found = [character for character in name if character in _FORBIDDEN or ord(character) < 32]
    if found:
        return _(
            "The name of a data sheet cannot hold {characters}: cartes.gouv.fr writes it into paths and labels."
        ).format(
            characters=" ".join(
                dict.fromkeys(character if ord(character) >= 32 else repr(character) for character in found)
            )
        )
    if len(name) > LONGEST_SHEET:
        return _("The name of a data sheet has {n} characters at most.").format(n=LONGEST_SHEET)
    return ""


def sheet_name(text: str) -> str:
    """A name for a data sheet made of any text, such as that of a file."""
    fit = "".join("_" if character in _FORBIDDEN or ord(character) < 32 else character for character in text)
    return fit[:LONGEST_SHEET].strip()


def tags(sheet: str, **more: Any) -> dict[str, str]:
    """The tags of something of a data sheet; of `more`, what has a value, as the texts that the site writes."""
    told = {name: _tag(value) for name, value in more.items() if value not in (None, "")}
    return {**({SHEET: sheet} if sheet else {}), **told}


def sheet_of(tags: Mapping[str, str]) -> str:
    """The data sheet that tags name, "" for none."""
    return tags.get(SHEET, "")


def labels(kind: str, sheet: str = "") -> tuple[str, ...]:
    """The labels of an annexe of one of KINDS."""
    return (*((f"{SHEET}={sheet}",) if sheet else ()), f"type={kind}")


def told_by(labels: Iterable[str]) -> dict[str, str]:
    """What labels say, by key; those that are no `key=value` are left out."""
    pairs = (label.partition("=") for label in labels)
    return {key.strip(): value.strip() for key, sign, value in pairs if sign}


def execution_tag(makes: str, execution: str) -> dict[str, str]:
    """The tag of stored data of this type that names the execution which made it; {} for a type without one."""
    name = {"VECTOR-DB": "proc_int_id", "ROK4-PYRAMID-VECTOR": "proc_pyr_creat_id"}.get(makes)
    return {name: execution} if name else {}


# ---------------------------------------------------------------------- paths and names


def path(kind: str, filename: str, *, sheet: str = "", owner: str = "") -> str:
    """The path of an annexe: always the same for the same file name and data sheet.

    `owner` is the stored data that a legend belongs to, or the technical name of the endpoint of capabilities.
    """
    stem, dot, extension = filename.rpartition(".")
    stem, extension = (stem, server_name(extension, "bin")) if dot else (filename, "bin")
    own = uuid.uuid5(uuid.NAMESPACE_URL, f"{kind}\n{sheet}\n{filename}")
    paths = {
        STYLE: f"/style/{own}_{server_name(stem, 'style')}.{extension}",
        DOCUMENT: f"/documents/{own}.{extension}",
        DOCUMENTS: f"/documents/{sheet}.json",
        THUMBNAIL: f"/thumbnail/{own}.{extension}",
        CAPABILITIES: f"/{owner}/capabilities.xml",
        LEGEND: f"/legend/{owner or own}.{extension}",
    }
    return paths[kind]


def static_name(configuration: str, service: str, table: str = "") -> str:
    """The name of a static style: of a table of a WMS-VECTOR, or of a WMS-RASTER or WMTS-TMS.

    `configuration` is its id; until there is one, a name for now.
    """
    short = {"WMS-VECTOR": "wmsv", "WMS-RASTER": "wmsr", "WMTS-TMS": "wmts"}[service]
    beginning = f"config_{configuration}" if configuration else f"tmp_{uuid.uuid4()}"
    return "_".join(filter(None, (beginning, "style", short, table)))


def annexe_url(root: str, technical_name: str, path: str) -> str:
    """The public address of an annexe; `root` is that of the published services."""
    return f"{root.rstrip('/')}/annexes/{quote(technical_name)}{quote(path)}"


# ---------------------------------------------------------------------- what is kept in `extra`


def style_layer(annexe: str, url: str, name: str = "") -> dict[str, str]:
    """A file of a style; `name` is that of the layer (`{layer_name}:{table}` of a WFS, none of tiles)."""
    return {**({"name": name} if name else {}), "annexe_id": annexe, "url": url}


def with_style(
    extra: Mapping[str, Any], name: str, layers: Sequence[Mapping[str, str]], *, current: bool = True
) -> dict[str, Any]:
    """`extra` of a configuration with this style, in the place of the one of this name; only one is current."""
    kept = [dict(style) for style in reading.objects(extra.get("styles")) if style.get("name") != name]
    style: dict[str, Any] = {
        "name": name,
        "technical_name": server_name(name, "style"),
        "layers": [dict(one) for one in layers],
    }
    if current or not kept:
        style["current"] = True
        for other in kept:
            other.pop("current", None)
    return {**extra, "styles": [*kept, style]}


def style_annexes(extra: Mapping[str, Any]) -> list[str]:
    """The ids of the annexes that styles and legends in an `extra` point at."""
    layers = [layer for style in reading.objects(extra.get("styles")) for layer in reading.objects(style.get("layers"))]
    pointing = [*layers, reading.mapping(extra.get("legend"))]
    return [id for id in (reading.text(one.get("annexe_id")) for one in pointing) if id]


def legend(annexe: str, url: str) -> dict[str, Any]:
    """What `extra` of a pyramid says of its legend."""
    return {"legend": {"url": url, "annexe_id": annexe}}


# ---------------------------------------------------------------------- documents


def with_document(content: bytes, id: str, name: str, url: str, *, description: str = "", kind: str = "file") -> bytes:
    """The list of documents of a data sheet (JSON, b"" for none yet) with this one, in the place of the one of this id.

    `kind` is `file`, `id` then that of the annexe, or `link`.
    """
    document = {
        "type": kind,
        "name": name,
        "id": id,
        "url": url,
        **({"description": description} if description else {}),
    }
    listed = documents(content)
    there = [one.get("id") for one in listed]
    if id in there:
        listed[there.index(id)] = document
    else:
        listed.append(document)
    return json.dumps(listed, ensure_ascii=False, indent=1).encode()


def documents(content: bytes) -> list[dict[str, Any]]:
    """The documents of a list, [] for what is none."""
    try:
        return reading.objects(read_json(content)) if content.strip() else []
    except ValueError:
        return []


# ---------------------------------------------------------------------- links of records and configurations

RECORD, STYLESHEET = "application/xml", "application/json"


def record_link(url: str) -> dict[str, str]:
    """What a configuration says of its ISO record, in `metadata`."""
    return {"format": RECORD, "url": url, "type": "ISO19115:2003"}


def style_link(url: str, service: str) -> dict[str, str]:
    """What a configuration says of its style, in `metadata`. EA16: StyleSheet is for tiles."""
    return {"format": STYLESHEET, "url": url, "type": "StyleSheet" if service == "WMTS-TMS" else "Other"}


def with_link(links: Iterable[Mapping[str, Any]], link: Mapping[str, Any]) -> list[dict[str, Any]]:
    """`metadata` of a configuration with this link; the link of a style takes the place of the one before it."""
    kept = [dict(one) for one in links]
    if any(one.get("url") == link["url"] for one in kept):
        return kept
    if link["format"] == STYLESHEET:
        kept = [one for one in kept if one.get("format") != STYLESHEET]
    return [*kept, dict(link)]


def without_link(links: Iterable[Mapping[str, Any]], url: str) -> list[dict[str, Any]]:
    """`metadata` of a configuration without the link to this address."""
    return [dict(one) for one in links if one.get("url") != url]


PROTOCOLS = {
    "WFS": ("OGC:WFS", {"SERVICE": "WFS", "VERSION": "2.0.0", "REQUEST": "GetCapabilities"}),
    "WMS": ("OGC:WMS", {"SERVICE": "WMS", "VERSION": "1.3.0", "REQUEST": "GetCapabilities"}),
    "WMTS": ("OGC:WMTS", {"SERVICE": "WMTS", "VERSION": "1.0.0", "REQUEST": "GetCapabilities"}),
    "TMS": ("OGC:TMS", {}),
    "DOWNLOAD": ("WWW:DOWNLOAD-1.0-http--download", {}),
}
"""By type of URL: how a record calls it, and what its capabilities are asked with."""


def bare(url: str) -> str:
    """An address without the question that an endpoint may write behind it."""
    return url.partition("?")[0]


def capabilities_url(kind: str, url: str) -> str:
    """Where a service says what it has; `kind` is the type of the URL."""
    asked = PROTOCOLS.get(kind, ("", {}))[1]
    question = "&".join(f"{name}={value}" for name, value in asked.items())
    return f"{bare(url)}?{question}" if question else bare(url)


def service_links(kind: str, url: str, names: Iterable[str], *, open: bool) -> list[Link]:
    """What a record says of a service: one link for each layer; [] for a kind that records do not name."""
    protocol = PROTOCOLS.get(kind, ("",))[0]
    if not protocol or not url:
        return []
    return [Link(capabilities_url(kind, url), protocol, name, open=open) for name in names]


def tile_kind(stored_data_type: str) -> str:
    """By which of its two addresses a WMTS-TMS is named: tiles of vectors are TMS, pictures WMTS."""
    return "TMS" if stored_data_type == "ROK4-PYRAMID-VECTOR" else "WMTS"


def _tag(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else str(value)
