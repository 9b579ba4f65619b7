"""Geoservices (contract 2.9) as QGIS opens them: what their capabilities say is needed, asked before QGIS is.

A service that does not answer is so found here, where it can be cancelled and has our time-outs, and not while a
window waits. A private flow keeps its key, in its address alone: no error, no warning and no `repr` holds it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Optional, Union
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from lxml import etree

from ...client.errors import ServiceError
from ...client.espaceco.api import EspaceCo
from ...client.espaceco.databases import srid_of
from ...client.espaceco.geoservices import Geoservice
from ...i18n import _
from .. import xml_reading
from ..watch import Watch

LARGEST = 40_000_000
"""Bytes of capabilities; those of the Géoplateforme have some millions."""
AT_ONCE = 4
_SYSTEMS = (3857, 2154, 4326)
"""The systems that are taken first, where a service offers several; 3857 is that of the tiles of the web."""
_FORMATS = ("image/png", "image/jpeg")
_QUESTIONS = frozenset({"service", "request", "version"})

Settings = Mapping[str, Union[str, Sequence[str]]]


@dataclass(frozen=True)
class Flow:
    """A geoservice as QGIS takes it: the name of the provider, and the settings of its source, the address in them."""

    provider: str
    settings: Settings = field(repr=False)


class NotOffered(Exception):
    """The service does not offer what is asked of it; its text is a sentence."""


def flows(api: EspaceCo, geoservices: Sequence[Geoservice], watch: Watch) -> dict[int, Flow]:
    """The geoservices that can be used, by their numbers; a warning for each of the others. Raises Cancelled."""
    asked = {service.id: _capabilities_address(service) for service in geoservices}
    addresses = [address for address in dict.fromkeys(asked.values()) if address]
    answers = dict(zip(addresses, api.session.in_parallel(lambda one: _asked(api, one), addresses, AT_ONCE)))
    found = {}
    for service in geoservices:
        try:
            answer = answers.get(asked[service.id] or "")
            if isinstance(answer, ServiceError):
                raise NotOffered(watch.explain(answer))
            found[service.id] = flow_of(service, answer)
        except NotOffered as why:
            words = _("The map service “{title}” is left out. {why}")
            watch.warn(words.format(title=service.title, why=why))
    return found


def _asked(api: EspaceCo, address: str) -> Union[bytes, ServiceError]:
    """The capabilities, without our account: the service may be anybody's."""
    try:
        headers = {"Accept": "*/*"}
        return api.session.send("GET", address, authenticate=False, most=LARGEST, headers=headers).content
    except ServiceError as error:
        return error


def _capabilities_address(service: Geoservice) -> Optional[str]:
    """Where to ask what the service offers; None for what is no service that QGIS knows."""
    if service.kind not in _READERS or not service.url:
        return None
    more = {"SERVICE": service.kind, "REQUEST": "GetCapabilities"}
    if service.version:
        more["VERSION"] = service.version
    return _with(service.url, more)


def _with(address: str, more: Mapping[str, str]) -> str:
    """The address with these parameters instead of those that ask something; the others, such as a key, stay."""
    parts = urlsplit(address)
    given = [(name, value) for name, value in parse_qsl(parts.query) if name.lower() not in _QUESTIONS]
    return urlunsplit((parts.scheme, parts.netloc, parts.path, urlencode([*given, *more.items()]), ""))


def flow_of(service: Geoservice, capabilities: Optional[bytes]) -> Flow:
    """How QGIS opens a geoservice of which these are the capabilities; raises NotOffered."""
    reader = _READERS.get(service.kind)
    if reader is None:
        raise NotOffered(_("QGIS knows no services of the type “{type}”.").format(type=service.kind))
    if not service.url:
        raise NotOffered(_("Its address is not one of the web."))
    try:
        root = xml_reading.root_of(capabilities or b"")
    except (etree.XMLSyntaxError, ValueError):
        root = None
    if root is None or "Capabilities" not in _name(root):
        raise NotOffered(_("It does not say what it offers."))
    return reader(service, root)


# ---------------------------------------------------------------------- the three kinds


def _wmts(service: Geoservice, root: Any) -> Flow:
    layer = _one(service.layers, (each for each in _all(root, "Layer")), "Identifier")
    systems = {_text(each, "Identifier"): srid_of(_text(each, "SupportedCRS")) for each in _all(root, "TileMatrixSet")}
    linked = [_text(link, "TileMatrixSet") for link in _all(layer, "TileMatrixSetLink")]
    usable = {name: system for name in linked if (system := systems.get(name))}
    if not usable:
        raise NotOffered(_("None of its grids of tiles is known."))
    system = _first(list(usable.values()), _SYSTEMS)
    styles = [_text(style, "Identifier") for style in _all(layer, "Style")]
    default = [_text(style, "Identifier") for style in _all(layer, "Style") if style.get("isDefault") == "true"]
    return Flow("wms", {
        **_picture(service, [_said(each) for each in _children(layer, "Format")]),
        "url": _with(service.url, {"SERVICE": "WMTS", "REQUEST": "GetCapabilities", "VERSION": "1.0.0"}),
        "crs": f"EPSG:{system}",
        "layers": service.layers,
        "styles": next(iter([*default, *styles]), ""),
        "tileMatrixSet": next(name for name, known in usable.items() if known == system),
    })  # fmt: skip


def _wms(service: Geoservice, root: Any) -> Flow:
    names = [name.strip() for name in service.layers.split(",")]
    offered = []
    for name in names:
        layer = _one(name, _all(root, "Layer"), "Name")
        above = [layer, *layer.iterancestors()]  # what is said of a group holds for its layers
        offered.append(
            {srid_of(_said(each)) for one in above for each in (*_children(one, "CRS"), *_children(one, "SRS"))}
        )
    systems = [system for system in set.intersection(*offered) if system]
    request = next(_all(root, "GetMap"), root)
    return Flow("wms", {
        **_picture(service, [_said(each) for each in _children(request, "Format")]),
        "url": _with(service.url, {}),
        "crs": f"EPSG:{_first(sorted(systems), _SYSTEMS) or _SYSTEMS[0]}",
        "layers": names,
        "styles": [""] * len(names),
    })  # fmt: skip


def _wfs(service: Geoservice, root: Any) -> Flow:
    name, _sign, rest = service.layers.partition("&")
    kind = _one(name, _all(root, "FeatureType"), "Name")
    names = ("DefaultSRS", "DefaultCRS", "SRS")
    system = next((srid_of(_said(each)) for wanted in names for each in _children(kind, wanted)), None)
    return Flow("WFS", {
        # what stands behind the name, such as cql_filter, goes with every request for objects
        "url": _with(service.url, dict(parse_qsl(rest))),
        "typename": name,
        "srsname": f"EPSG:{system or 4326}",
        "version": service.version or "auto",
        "restrictToRequestBBOX": "1",
        "pagingEnabled": "true",
    })  # fmt: skip


_READERS = {"WMTS": _wmts, "WMS": _wms, "WFS": _wfs}


def _picture(service: Geoservice, offered: Sequence[str]) -> Settings:
    """What both kinds of pictures need: the format, and a private flow asked at its own address, which has the key."""
    wanted = (service.format, *_FORMATS) if service.format else _FORMATS
    own = {"IgnoreGetMapUrl": "1", "IgnoreGetFeatureInfoUrl": "1"} if "apikey=" in service.url.lower() else {}
    return {"format": _first(offered, wanted) or wanted[0], "dpiMode": "7", "contextualWMSLegend": "0", **own}


def _first(offered: Sequence[Any], wanted: Sequence[Any]) -> Any:
    """The first of the wanted that is offered, else the first offered, None if nothing is."""
    return next((each for each in wanted if each in offered), next(iter(offered), None))


# ---------------------------------------------------------------------- XML, whatever its namespaces


def _one(name: str, elements: Iterator[Any], member: str) -> Any:
    found = next((each for each in elements if _text(each, member) == name), None)
    if found is None:
        raise NotOffered(_("It offers no layer “{name}”.").format(name=name[:100]))
    return found


def _name(element: Any) -> str:
    return str(etree.QName(element).localname) if isinstance(element.tag, str) else ""


def _all(element: Any, name: str) -> Iterator[Any]:
    return (each for each in element.iter() if _name(each) == name)


def _children(element: Any, name: str) -> Iterator[Any]:
    return (each for each in element if _name(each) == name)


def _text(element: Any, name: str) -> str:
    return next((_said(child) for child in _children(element, name)), "")


def _said(element: Any) -> str:
    return (element.text or "").strip()
