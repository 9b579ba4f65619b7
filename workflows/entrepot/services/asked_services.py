"""A service as somebody asks for it: by names of data and tables, with files of styles; what is left open stays, or is
what the data says.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Optional
from uuid import uuid4

from osgeo import gdal

from ....client import reading
from ....client.entrepot.configurations import Configuration
from ....client.entrepot.files import GEOSERVER_FTL, GEOSERVER_STYLE, ROK4_STYLE, Static, statics
from ....client.entrepot.stored_data import Relation, StoredData, stored_data
from ....client.errors import ServiceError
from ....client.session import Session
from ....i18n import _
from ....store.store import Store
from ...errors import InputError
from ...watch import Watch
from .. import cartes
from ..finding import STATICS, configured, data, one
from ..ledger import Ledger, sole_run
from ..offices import Office
from ..styles import sld, styling
from ..styles.styling import Sheet
from ..verification.diffusion import Reader
from ..verification.verdicts import Verdict
from ..verification.verifying import verify_offered
from . import serving, type_infos
from .services import Body, Place, Served, Service
from .type_infos import DATA_TYPES, BBox, Feature, geometry_of

_OF_TABLES = ("WFS", "WMS-VECTOR", "VECTOR-TMS")
_MIMES = {"PNG": "image/png", "JPEG": "image/jpeg", "GIF": "image/gif", "WEBP": "image/webp"}
LARGEST_LOGO = 5_000_000
"""Bytes; of a larger one no more is read."""


@dataclass(frozen=True)
class Asked:
    """What is asked for; "" and () are as they were, or for a new service as the data says.

    `data` is an id or a name, `tables` are chosen by name, `features` say more of single tables. `styles` and
    `templates` are files called as their tables; `statics` are styles of the datastore by id or name, with their table
    before a “=” where they are not called as it. `links` are those of `metadata` (contract 3.12), `attribution` is
    title, address, address of a logo. `more` goes to the function of `type_infos` for the type.
    """

    type: str
    layer_name: str
    data: str = ""
    tables: tuple[str, ...] = ()
    features: tuple[Feature, ...] = ()
    name: str = ""
    title: str = ""
    abstract: str = ""
    keywords: tuple[str, ...] = ()
    bbox: Optional[BBox] = None
    attribution: tuple[str, str, str] = ("", "", "")
    links: tuple[Mapping[str, str], ...] = ()
    sheet: str = ""
    styles: tuple[Path, ...] = ()
    templates: tuple[Path, ...] = ()
    statics: tuple[str, ...] = ()
    place: Place = field(default_factory=Place)
    more: Mapping[str, Any] = field(default_factory=dict)


def serve(office: Office, store: Store, asked: Asked, watch: Watch) -> tuple[Served, StoredData]:
    """The service as it is asked for, and its data. Raises InputError, Interrupted (as `serving.serve`), StoreBusy."""
    session, name = office.datastore.session, f"{asked.type}: {asked.layer_name}"
    with sole_run(session, store, office.service, office.id, name) as ledger:
        return _served(office, ledger, asked, watch)


def _served(office: Office, ledger: Ledger, asked: Asked, watch: Watch) -> tuple[Served, StoredData]:
    found = configured(office, asked.type, asked.layer_name)
    used = _data(office, asked, found)
    tables = _tables(asked, used, found)
    chosen = _chosen(office, asked, tables)
    service = Service(
        type=asked.type,
        name=asked.name,
        layer_name=asked.layer_name,
        type_infos=_infos(asked, used, tables),
        attribution=_attribution(office, asked, watch),
        metadata=asked.links,
        tags=cartes.tags(asked.sheet),
        sheets=_sheets(asked, tables, found, chosen, watch),
        statics=chosen,
    )
    served = serving.serve(office, ledger, "service", service, asked.place, found, watch)
    ledger.finish({"configuration": served.configuration, "offering": served.offering})
    return served, used


def read_back(office: Office, asked: Asked, served: Served, used: StoredData, watch: Watch) -> list[Verdict]:
    """What the service that was published gives; a fault is said, and does not undo what was published."""
    verdicts = verify_offered(
        Reader(office.datastore.session), asked.type, asked.layer_name, served.layers, served.urls,
        is_open=served.open, extent=used.raw.get("extent"), part=str(asked.more.get("sub_name", "")), watch=watch,
    )  # fmt: skip
    for verdict in verdicts:
        (watch.info if verdict.ok else watch.warn)(verdict.sentence)
    return verdicts


def _data(office: Office, asked: Asked, found: Optional[Configuration]) -> StoredData:
    if asked.data:
        return data(office, asked.data, *DATA_TYPES[asked.type])
    if found is None or not found.stored_data:
        raise InputError(
            _("Which stored data? There is no {type} service “{name}” yet that would have some.").format(
                type=asked.type, name=asked.layer_name
            )
        )
    return stored_data.get(office.datastore, found.stored_data[0])


# ---------------------------------------------------------------------- tables


def _tables(asked: Asked, used: StoredData, found: Optional[Configuration]) -> list[Relation]:
    """The tables that are meant: those named, else those that the service has, else all that it can show."""
    if asked.type not in _OF_TABLES:
        return []
    there = {relation.name.casefold(): relation for relation in used.relations}
    named = list(asked.tables)
    if not named and found is not None:
        named = _published(found)
    if not named:
        return [relation for relation in used.relations if asked.type == "WFS" or geometry_of(relation)]
    told = [feature.table for feature in asked.features]
    # one that is not there is found fault with together with all else
    return [
        there.get(name.casefold(), Relation(name, "TABLE", {}, ()))
        for name in [*named, *(name for name in told if name.casefold() not in {one.casefold() for one in named})]
    ]


def _published(found: Configuration) -> list[str]:
    relations = (
        relation
        for used in reading.objects(found.type_infos.get("used_data"))
        for relation in reading.objects(used.get("relations"))
    )
    return [reading.text(relation.get("native_name") or relation.get("name")) for relation in relations]


def _features(asked: Asked, tables: list[Relation]) -> list[Feature]:
    """The tables with what is said of each; what is said of the whole holds for those of which nothing is said."""
    told = {feature.table.casefold(): feature for feature in asked.features}
    found = []
    for table in tables:
        own = told.get(table.name.casefold(), Feature(table.name))
        whole = asked.title if len(tables) == 1 or not asked.title else f"{asked.title} – {table.name}"
        found.append(
            Feature(
                table.name,
                own.public_name,
                own.title or whole,
                own.abstract or asked.abstract,
                own.keywords or asked.keywords,
            )
        )
    return found


# ---------------------------------------------------------------------- type_infos


def _infos(asked: Asked, used: StoredData, tables: list[Relation]) -> Body:
    words: dict[str, Any] = {"title": asked.title, "abstract": asked.abstract, "keywords": asked.keywords}
    names, more = [table.name for table in tables], dict(asked.more)
    if asked.type == "WFS":
        return type_infos.wfs(used.id, _features(asked, tables), bbox=asked.bbox, **more)
    if asked.type == "VECTOR-TMS":
        return type_infos.vector_tms(used.id, _features(asked, tables))
    if asked.type == "WMS-VECTOR":
        return type_infos.wms_vector(used.id, names, bbox=asked.bbox, **words)
    if asked.type == "WMTS-TMS":
        return type_infos.tiles(used.id, bbox=asked.bbox, **words, **more)
    if asked.type == "WMS-RASTER":
        return type_infos.wms_raster(used.id, bbox=asked.bbox, **words, **more)
    if asked.type == "DOWNLOAD":
        return type_infos.download(used.id, **words, **more)
    return type_infos.altimetry(used.id, bbox=asked.bbox, **words, **more)


def _attribution(office: Office, asked: Asked, watch: Watch) -> Optional[Body]:
    title, url, logo = asked.attribution
    if not (title or url or logo):
        return None
    if not (title and url):
        raise InputError(_("An attribution needs its text and its address."))
    found: Body = {"title": title, "url": url}
    if logo:
        found["logo"] = _logo(office.datastore.session, logo, watch)
    return found


def _logo(session: Session, url: str, watch: Watch) -> Body:
    """What the API wants to know of a picture: its format and its size."""
    try:
        headers = {"Accept": "*/*"}
        content = session.request("GET", url, headers=headers, authenticate=False, most=LARGEST_LOGO).content
    except ServiceError as error:
        raise InputError(_("The logo {url} cannot be read: {why}").format(url=url, why=watch.explain(error))) from error
    path = f"/vsimem/geocollab-logo-{uuid4()}"
    gdal.FileFromMemBuffer(path, content)
    try:
        picture = gdal.OpenEx(path, gdal.OF_RASTER, allowed_drivers=list(_MIMES))
    except RuntimeError:
        picture = None
    finally:
        gdal.Unlink(path)
    if picture is None:
        raise InputError(_("The logo {url} is no PNG, JPEG, GIF or WebP picture.").format(url=url))
    return {
        "format": _MIMES[picture.GetDriver().ShortName],
        "url": url,
        "width": picture.RasterXSize,
        "height": picture.RasterYSize,
    }


# ---------------------------------------------------------------------- styles


def _chosen(office: Office, asked: Asked, tables: list[Relation]) -> dict[str, str]:
    """The ids of the styles of the datastore that are asked for, by table."""
    found: dict[str, str] = {}
    for given in asked.statics:
        named, sign, wanted = given.partition("=")
        static = one(office, statics, STATICS, (wanted if sign else given).strip(), GEOSERVER_STYLE)
        if static.type != GEOSERVER_STYLE:
            raise InputError(
                _("“{name}” is no style of a WMS: it is a {type}.").format(name=static.name, type=static.type)
            )
        table = _table_of(static, named.strip() if sign else "", tables)
        if table.name in found:
            raise _two_styles(table.name)
        absent = [name for name in static.used_attributes if table.attributes and name not in table.attributes]
        if absent:
            raise InputError(
                _("The style “{name}” needs columns that the table “{table}” does not have: {columns}.").format(
                    name=static.name, table=table.name, columns=", ".join(absent)
                )
            )
        found[table.name] = static.id
    return found


def _table_of(static: Static, named: str, tables: list[Relation]) -> Relation:
    """The table that a style is for: the one that is named, else the one called as the style, else the only one."""
    wanted = (named or static.name).casefold()
    found = [table for table in tables if table.name.casefold() == wanted] or ([] if named else tables)
    if len(found) != 1:
        raise InputError(
            _("Which table is the style “{name}” for? Write table={id}, with one of these tables: {tables}.").format(
                name=static.name, id=static.id, tables=", ".join(table.name for table in tables)
            )
        )
    return found[0]


def _two_styles(table: str) -> InputError:
    return InputError(_("The table “{table}” is given two styles: give one of them alone.").format(table=table))


def _sheets(
    asked: Asked, tables: list[Relation], found: Optional[Configuration], chosen: Collection[str], watch: Watch
) -> tuple[Sheet, ...]:
    """The styles that become statics of the service; of a table whose style is `chosen`, its template alone."""
    if asked.type in ("WMTS-TMS", "WMS-RASTER"):
        return tuple(_rok4(path) for path in asked.styles)
    if asked.type != "WMS-VECTOR":
        return ()
    names = [table.name for table in tables]
    columns = {table.name: list(table.attributes) for table in tables}
    given = styling.of_files(asked.styles, names, GEOSERVER_STYLE)
    for name in given.keys() & set(chosen):
        raise _two_styles(name)
    converted = {name: _converted(text, columns[name], watch) for name, text in given.items()}
    kept = {name: text for name, text in converted.items() if text}  # of some styles nothing can be kept
    sheets = [Sheet(text, name) for name, text in kept.items()]
    sheets += [
        Sheet(text, name, GEOSERVER_FTL)
        for name, text in styling.of_files(asked.templates, names, GEOSERVER_FTL).items()
    ]
    dressed = {*kept, *chosen, *_dressed(found)}
    undressed = [table for table in tables if table.name not in dressed]
    return (*sheets, *styling.sheets(undressed, {}))


def _converted(text: str, columns: Iterable[str], watch: Watch) -> str:
    """SLD 1.0.0, as the server takes it (contract 3.9); what is lost on the way is told."""
    style = sld.to_sld_1_0(text, list(columns))
    for loss in style.losses:
        watch.warn(loss)
    return style.text


def _rok4(path: Path) -> Sheet:
    text = styling.read(path)
    if not styling.identifier_of(text):
        raise InputError(_("{file} is no style of tiles: JSON with an “identifier” is needed.").format(file=path.name))
    return Sheet(text, type=ROK4_STYLE)


def _dressed(found: Optional[Configuration]) -> set[str]:
    """The tables that have a style already."""
    if found is None:
        return set()
    return {
        reading.text(relation.get("name"))
        for used in reading.objects(found.type_infos.get("used_data"))
        for relation in reading.objects(used.get("relations"))
        if relation.get("style")
    }
