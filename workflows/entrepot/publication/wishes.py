"""A wish for a publication, made of what the user said and of what the layers themselves say."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Optional

from ....i18n import _
from ...errors import InputError
from ...pages.writing import said_of
from .. import cartes, names
from ..checks.tables import Exported
from ..descriptions import record_facts
from ..offices import Office
from ..styles import sld
from .publication import SERVICES, TILES, WMS, Wish

LEVELS = range(21)
"""Of tiles, from the whole world to a house."""


@dataclass(frozen=True)
class Said:
    """What the user said of a data set; empty texts and lists are taken from the layers."""

    name: str
    services: tuple[str, ...]
    layer_name: str = ""
    title: str = ""
    abstract: str = ""
    keywords: tuple[str, ...] = ()
    open: bool = True
    attribution: tuple[str, str] = ("", "")
    """Title and URL."""
    levels: tuple[int, int] = (6, 14)
    record: bool = True
    replace_old: bool = False
    srs: str = ""
    repair: bool = False

    def told(self) -> dict[str, Any]:
        """As JSON values, to see whether the same was said before."""
        found = {name: value for name, value in vars(self).items() if name != "replace_old"}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in found.items()}


def check_said(office: Office, said: Said) -> None:
    """What can be known before the data is looked at. Raises InputError for what the server would refuse."""
    unknown = [service for service in said.services if service not in SERVICES]
    if unknown or not said.services:
        raise InputError(
            _("{name}: give one or several of these services: {services}.").format(
                name=said.name, services=", ".join(SERVICES)
            )
        )
    top, bottom = said.levels
    if top not in LEVELS or bottom not in LEVELS or top > bottom:
        raise InputError(
            _(
                "Tiles go from level 0 to 20, the first level not above the last one; these are {top} and {bottom}."
            ).format(top=top, bottom=bottom)
        )
    prefix = office.info.layer_name_prefix
    problem = cartes.sheet_problem(said.name) or names.layer_name_problem(_layer_name(office, said), prefix)
    if problem:
        raise InputError(problem)


def wish_of(office: Office, said: Said, data: Exported, warn: Callable[[str], None]) -> Wish:
    """The wish; raises InputError as `check_said`. `warn` is told what a style loses."""
    check_said(office, said)
    tables = data.tables
    title = said.title or (tables[0].title if len(tables) == 1 else "") or said.name
    abstract = said.abstract or next((table.abstract for table in tables if table.abstract), "") or title
    keywords = said.keywords or tuple(dict.fromkeys(word for table in tables for word in table.keywords))
    record = record_facts.of_tables(office, said.name, title, abstract, keywords, data) if said.record else None
    return Wish(
        name=said.name,
        layer_name=_layer_name(office, said),
        services=tuple(service for service in SERVICES if service in said.services),
        title=title,
        abstract=abstract,
        keywords=keywords,
        open=said.open,
        attribution=_attribution(said),
        styles=_styles(data, warn) if WMS in said.services else {},
        levels=said.levels if TILES in said.services else (0, 0),
        record=record,
        replace_old=said.replace_old,
    )


def _layer_name(office: Office, said: Said) -> str:
    if said.layer_name:
        return said.layer_name
    if not names.can_be_written(said.name):
        raise InputError(
            _(
                "No technical name can be made of “{name}”: give one in LAYER_NAME, of letters without accents and "
                "digits."
            ).format(name=said.name)
        )
    return names.propose_layer_name(said.name, office.info.layer_name_prefix)


def _styles(data: Exported, warn: Callable[[str], None]) -> Mapping[str, str]:
    """The looks of the layers as SLD 1.0.0, by table; those without any get a plain one."""
    found = {}
    for table in data.tables:
        if table.sld and table.geometry:
            style = sld.of_table(table)
            if style.text:
                found[table.name] = style.text
            for loss in style.losses:
                warn(said_of(table.source or table.name, loss))
    return found


def _attribution(said: Said) -> Optional[Mapping[str, str]]:
    """Who is named under the map."""
    title, url = said.attribution
    return {"title": title, "url": url or "https://cartes.gouv.fr"} if title else None
