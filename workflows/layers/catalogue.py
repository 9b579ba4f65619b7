"""The layers of a community: what each is, whether it can be edited, and why not (contract 2.3, 2.7–2.9)."""

from __future__ import annotations

import html
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Optional, Union

from ...client import reading
from ...client.auth import Anonymous
from ...client.errors import Forbidden, MalformedAnswer, NotFound, ServiceError
from ...client.espaceco import communities, databases, features, geoservices, layers, permissions, users
from ...client.espaceco.api import EspaceCo
from ...client.espaceco.databases import TYPES, Database, Table
from ...client.espaceco.geoservices import Geoservice
from ...client.espaceco.layers import FEATURE_TYPE, GEOSERVICE, Layer
from ...client.espaceco.permissions import EDIT, Permissions
from ...client.espaceco.users import Me
from ...i18n import N_, _
from ..errors import InputError
from ..pages import report as page
from ..watch import Watch
from . import columns
from .described import REFUSALS, Described
from .zooms import scale_of

ROLES = {
    "edit": N_("editing"),
    "ref-edit": N_("editable reference"),
    "ref": N_("reference"),
    "visu": N_("display"),
}
"""What a layer is for in its group (contract 2.8)."""
BDUNI_FLAG = "detruit"
"""The column by which a table of BDUni is known where its database is not shown (contract 2.13)."""
COLUMNS = (
    ("order", "integer"),
    ("layer_id", "integer"),
    ("code", "text"),
    ("title", "text"),
    ("kind_code", "text"),
    ("kind", "text"),
    ("database", "text"),
    ("geometry", "text"),
    ("crs", "text"),
    ("is_3d", "flag"),
    ("role_code", "text"),
    ("role", "text"),
    ("editable", "flag"),
    ("why_not", "text"),
    ("closed_columns", "text"),
    ("zones", "text"),
    ("min_zoom", "integer"),
    ("max_zoom", "integer"),
    ("min_scale", "integer"),
    ("max_scale", "integer"),
    ("opacity", "number"),
    ("visible", "flag"),
    ("versioned", "flag"),
    ("row_count", "integer"),
    ("styles", "text"),
    ("description", "text"),
    ("problem", "text"),
)
"""Scales are denominators; opacity is 0 to 1."""

Ids = tuple[int, ...]
"""What a layer shows: the numbers of database and table, or the one of the geoservice."""


@dataclass(frozen=True)
class Entry:
    """One layer of a community: `described` for a feature type, `geoservice` for a service, else there is an `error`.

    `count` is the number of rows, destroyed ones included; None where it is not known or was not asked. `remarks` are
    sentences on what is wrong or odd, the error among them.
    """

    layer: Layer
    described: Optional[Described] = None
    geoservice: Optional[Geoservice] = None
    error: Optional[ServiceError] = None
    count: Optional[int] = None
    remarks: tuple[str, ...] = ()

    @property
    def code(self) -> str:
        """`database:table`, by their numbers where the table could not be read; or `geoservice:<number>`."""
        if self.described:
            return self.described.code
        layer = self.layer
        numbers = (layer.geoservice,) if layer.kind == GEOSERVICE else (layer.database, layer.table)
        words = ("geoservice",) if layer.kind == GEOSERVICE else ()
        return ":".join((*words, *("?" if number is None else str(number) for number in numbers)))

    @property
    def title(self) -> str:
        if self.described:
            return self.described.table.title
        return (self.geoservice.title if self.geoservice else self.layer.title) or self.code

    @property
    def label(self) -> str:
        """`title — code`: what it is called by in a list."""
        return self.code if self.title == self.code else f"{self.title} — {self.code}"

    @property
    def names(self) -> Sequence[str]:
        """What it may be called, for `choosing.choose`."""
        table = (self.described.table.name,) if self.described else ()
        return self.code, *table, self.title, str(self.layer.id)

    @property
    def ids(self) -> Optional[Ids]:
        """What it shows; None where the list does not say."""
        return _ids(self.layer)

    @property
    def editable(self) -> bool:
        return self.described is not None and self.described.editable

    @property
    def why_not(self) -> str:
        """Why a table cannot be edited, a sentence; "" if it can, or is none."""
        reasons = self.described.why_not if self.described else ""
        return _("Not editable: {reasons}.").format(reasons=reasons) if reasons else ""

    @property
    def kind(self) -> str:
        """What it is, in the user's language."""
        if self.layer.kind == FEATURE_TYPE:
            return _("objects")
        if self.layer.kind == GEOSERVICE:
            return " ".join(filter(None, (_("map service"), self.geoservice.kind if self.geoservice else "")))
        return self.layer.kind

    @property
    def role(self) -> str:
        """Its role in the group, in the user's language."""
        return _(ROLES[self.layer.role]) if self.layer.role in ROLES else self.layer.role

    @property
    def zooms(self) -> tuple[Optional[int], Optional[int]]:
        """The zoom levels between which it is shown."""
        about = self.described.table if self.described else self.geoservice
        return (about.min_zoom, about.max_zoom) if about else (None, None)

    @property
    def crs(self) -> str:
        """`EPSG:<number>`, "" for none."""
        srid = self.described.table.srid if self.described else None
        return f"EPSG:{srid}" if srid else ""

    @property
    def description(self) -> str:
        """What the server says of it, without its HTML."""
        about = self.described.table if self.described else self.geoservice
        text = re.sub(r"</?[A-Za-z][^<>]*>", " ", about.description if about else "")
        return " ".join(html.unescape(text).split())

    def row(self) -> tuple[Any, ...]:
        """The row of `COLUMNS`."""
        layer, described = self.layer, self.described
        table = described.table if described else None
        least, most = self.zooms
        return (
            layer.order,
            layer.id,
            self.code,
            self.title,
            layer.kind,
            self.kind,
            table.database_name if table else None,
            table.geometry_type if table else None,
            self.crs,
            table.is3d if table else None,
            layer.role,
            self.role,
            self.editable,
            self.why_not,
            ", ".join(columns.closed(described)) if described else None,
            ", ".join(described.grids) if described else None,
            least,
            most,
            None if least is None else scale_of(least),
            None if most is None else scale_of(most),
            layer.opacity,
            layer.visible,
            table.versioned if table else None,
            self.count,
            ", ".join(style.name or str(style.id) for style in described.styles) if described else None,
            self.description,
            " ".join(self.remarks),
        )


@dataclass(frozen=True)
class Known:
    """A layer as it was listed: its label in the combo boxes, all that it was called, and what it shows."""

    label: str
    names: Sequence[str]
    ids: Ids


@dataclass(frozen=True)
class Catalogue:
    """The layers of a community in the order of the server, as the account `username` sees them.

    `warnings` are sentences on what is wrong or odd; `requests` is how many the session sent; `whole` tells that no
    layer was left out.
    """

    community: int
    community_name: str
    username: str
    entries: list[Entry]
    warnings: list[str]
    requests: int
    whole: bool = True

    @property
    def distinct(self) -> list[Entry]:
        """The entries that could be read, each table and each service once: of several the first."""
        found: dict[str, Entry] = {}
        for entry in self.entries:
            if not entry.error:
                found.setdefault(entry.code, entry)
        return list(found.values())

    def known(self) -> list[Known]:
        """What is worth to be remembered of the layers that can be loaded, in their order."""
        return [Known(entry.label, entry.names, entry.ids) for entry in self.distinct if entry.ids]

    def numbers(self) -> dict[str, int]:
        """The figures of the operation."""
        tables = [entry for entry in self.entries if entry.described]
        editable = sum(entry.editable for entry in tables)
        return {
            "COUNT": len(self.entries),
            "EDITABLE_COUNT": editable,
            "READONLY_COUNT": len(tables) - editable,
            "SERVICE_COUNT": sum(entry.geoservice is not None for entry in self.entries),
            "PROBLEM_COUNT": sum(bool(entry.remarks) for entry in self.entries),
            "REQUEST_COUNT": self.requests,
        }

    def lines(self) -> Iterator[str]:
        """One for each layer that could be read."""
        for entry in self.entries:
            if not entry.error:
                state = _("editable") if entry.editable else entry.why_not or entry.kind
                yield f"{entry.label}: {state}"

    def rows(self) -> Iterator[tuple[Any, ...]]:
        """The rows of `COLUMNS`."""
        return (entry.row() for entry in self.entries)

    def column_rows(self) -> Iterator[tuple[Any, ...]]:
        """The rows of `columns.COLUMNS`: each column of each table, once."""
        return (row for entry in self.distinct if entry.described for row in columns.rows(entry.described))

    def report(self) -> page.Report:
        """The layers as a page."""
        numbers = self.numbers()
        problems = numbers["PROBLEM_COUNT"]
        return page.Report(
            title=_("Group layers – {community}").format(community=self.community_name),
            subtitle=_("as seen by {user}").format(user=self.username),
            facts=[
                page.Fact(_("layers"), numbers["COUNT"]),
                page.Fact(_("can be edited"), numbers["EDITABLE_COUNT"], tone="good"),
                page.Fact(_("read only"), numbers["READONLY_COUNT"]),
                page.Fact(_("map services"), numbers["SERVICE_COUNT"]),
                page.Fact(_("with a problem"), problems, tone="bad" if problems else ""),
            ],
            warnings=self.warnings,
            sections=[
                self._section(),
                *(
                    columns.section(entry.described, " ".join(filter(None, (entry.description, entry.why_not))))
                    for entry in self.distinct
                    if entry.described
                ),
            ],
        )

    def _section(self) -> page.Section:
        counted = any(entry.count is not None for entry in self.entries)
        names = [_("Layer"), _("Kind"), _("Role"), _("Editable"), _("Why not"), _("Zoom levels")]
        rows: list[list[page.Value]] = []
        for entry in self.entries:
            why_not = entry.described.why_not if entry.described else _("it could not be read") if entry.error else ""
            named = page.Named(entry.title, entry.code)
            rows.append([named, _shape(entry), entry.role, _tag(entry), why_not, _levels(entry)])
            if counted:
                rows[-1].append(entry.count)
        return page.Section(
            title=_("Layers"),
            text=self._where(),
            table=page.Table(
                columns=[*names, _("Rows")] if counted else names,
                rows=rows,
                kinds=("name",) * len(names),
                empty=_("This group has no layers."),
            ),
        )

    def _where(self) -> str:
        """In which zones one may edit; nothing where there is nothing to edit."""
        zones = next((entry.described.grids for entry in self.entries if entry.described and entry.editable), None)
        if zones is None:
            return ""
        if not zones:
            return _("You may edit everywhere.")
        return _("You may edit in these zones: {zones}.").format(zones=", ".join(zones))


def catalogue(
    api: EspaceCo,
    community: int,
    *,
    only: Optional[Collection[Union[int, Ids]]] = None,
    counts: bool = False,
    me: Optional[Me] = None,
    watch: Optional[Watch] = None,
) -> Catalogue:
    """The layers of a community, with `counts` also how many rows each table has.

    With `only`, the others are not asked for: ids of tables and services, or numbers of layers; those that the list
    does not have are passed over.

    One request for the list, and one for each table and geoservice, in parallel. Besides: one for each database, which
    alone tells whether it is BDUni; one for the permissions, without which nobody knows what can be edited; one for
    the account, whose zones say where, unless it is given as `me`; one for the name of a community that the account
    does not belong to; with `counts` one more for each table. Raises InputError for nobody, Forbidden for those who may
    not see the list, and what stands for all requests; an error of one layer is its entry's.
    """
    if isinstance(api.session.auth, Anonymous):
        raise InputError(_("Group layers are only shown to an account: this connection has none."))
    watch = watch or Watch()
    me = me or users.me(api)
    membership = next((one for one in me.memberships if one.community_id == community), None)
    every = layers.listing(api, community)
    listed = every if only is None else _restricted(every, only)
    name = membership.community_name if membership else _name(api, community)
    wanted = list(dict.fromkeys(filter(None, map(_table_ids, listed))))
    tables = databases.tables(api, wanted)
    watch.progress(len(tables), len(listed))
    services = geoservices.several(api, filter(None, (layer.geoservice for layer in listed)))
    homes = databases.several(api, [database for database, _table in wanted])
    allowed = permissions.get(api, community) if wanted else None
    readable = [ids for ids, table in tables.items() if isinstance(table, Table)]
    totals = features.totals(api, readable) if counts else {}
    watch.progress(len(listed), len(listed))
    read: Mapping[Any, Union[Table, Geoservice, ServiceError]] = {**tables, **services}

    def entry_of(layer: Layer) -> Entry:
        found = read.get(layer.geoservice if layer.kind == GEOSERVICE else _table_ids(layer))
        if isinstance(found, Geoservice):
            return Entry(layer, geoservice=found)
        if isinstance(found, Table):
            title, bduni = _home(homes[found.database], found)
            described = Described(
                community=community,
                community_name=name,
                layer=layer,
                table=found,
                database_title=title,
                bduni=bduni,
                refusals=refusals_of(layer, found, allowed),
                locked=locked_of(found, allowed),
                grids=membership.grids if membership else (),
            )
            count = totals.get((found.database, found.id))
            return Entry(layer, described, count=count, remarks=tuple(_oddities(found)))
        odd = f"layer {layer.id} is neither a table nor a service"
        error = found or MalformedAnswer("GET", api.url(f"communities/{community}/layers"), detail=odd)
        return Entry(layer, error=error, remarks=(watch.explain(error),))

    entries = list(_told_apart(map(entry_of, listed)))
    warnings = [f"{entry.label}: {remark}" for entry in entries for remark in entry.remarks]
    if wanted and allowed is None:
        unknown = _(
            "The permissions of this group are not shown to you: whether a layer can be edited is told from its role "
            "and its table alone."
        )
        warnings.insert(0, unknown)
    for warning in warnings:
        watch.warn(warning)
    whole = len(listed) == len(every)
    return Catalogue(community, name, me.username, entries, warnings, api.session.requests_sent, whole)


def refusals_of(layer: Layer, table: Table, allowed: Optional[Permissions]) -> tuple[str, ...]:
    """Why this table cannot be edited as this layer: codes of `REFUSALS`, none if it can.

    `allowed` None means that the permissions are not known: they do not count then (contract 2.8).
    """
    reasons = {
        "role": not layer.editable,
        "table": table.read_only,
        "permission": allowed is not None and allowed.level(table.database, table.id) != EDIT,
        "key": not table.key,
    }
    return tuple(reason for reason in REFUSALS if reasons[reason])


def locked_of(table: Table, allowed: Optional[Permissions]) -> frozenset[str]:
    """The columns of a table that may be edited for which the permissions make an exception."""
    if allowed is None or allowed.level(table.database, table.id) != EDIT:
        return frozenset()
    return frozenset(
        column.name for column in table.columns if allowed.level(table.database, table.id, column.id) != EDIT
    )


def _restricted(listed: Sequence[Layer], only: Collection[Union[int, Ids]]) -> list[Layer]:
    """Of what these layers show all layers, so that a table that is there twice is told."""
    shown = {_ids(layer) for layer in listed if layer.id in only or _ids(layer) in only}
    return [layer for layer in listed if _ids(layer) in shown]


def _ids(layer: Layer) -> Optional[Ids]:
    if layer.kind == GEOSERVICE:
        return None if layer.geoservice is None else (layer.geoservice,)
    return _table_ids(layer)


def _table_ids(layer: Layer) -> Optional[tuple[int, int]]:
    """The database and the table of a feature type; None for others, and where one is not said."""
    if layer.kind != FEATURE_TYPE or layer.database is None or layer.table is None:
        return None
    return layer.database, layer.table


def _name(api: EspaceCo, community: int) -> str:
    """The name of a community that the account does not belong to; its number where it is not shown."""
    try:
        return communities.get(api, community).name
    except (Forbidden, NotFound):
        return str(community)


def _home(database: Union[Database, ServiceError], table: Table) -> tuple[str, bool]:
    """Title of the database, and whether it is BDUni; guessed from the table where the database is not shown."""
    if isinstance(database, Database):
        return database.title, database.bduni
    return table.database_name, table.destroyed == BDUNI_FLAG


def _oddities(table: Table) -> Iterator[str]:
    odd = [f"{column.name} ({column.type})" for column in table.columns if column.type not in TYPES]
    if odd:
        yield _("Columns of an unknown type are read as text: {columns}.").format(columns=", ".join(odd))
    if table.geometry and table.srid is None:
        column = table.geometry_column
        crs = (reading.text(column.raw.get("crs")) if column else "") or table.crs
        if crs:
            yield _("Its coordinate system is not known: {crs}.").format(crs=crs)
        else:
            yield _("The server does not say what its coordinate system is.")


def _told_apart(entries: Iterable[Entry]) -> Iterator[Entry]:
    """The entries, with a remark on those of a table or a service that was there already."""
    first: dict[str, int] = {}
    for entry in entries:
        before = first.setdefault(entry.code, entry.layer.id)
        if before == entry.layer.id or entry.error:
            yield entry
        else:
            remark = _("It is the same as layer {number}: only the first one is loaded.").format(number=before)
            yield replace(entry, remarks=(*entry.remarks, remark))


def _shape(entry: Entry) -> str:
    """What it is, in short."""
    table = entry.described.table if entry.described else None
    if table is None:
        return (entry.geoservice.kind if entry.geoservice else "") or entry.kind
    return " ".join(filter(None, (table.geometry_type or _("no geometry"), "3D" if table.is3d else "", entry.crs)))


def _levels(entry: Entry) -> str:
    if entry.zooms == (None, None):
        return ""
    return "–".join("…" if level is None else str(level) for level in entry.zooms)


def _tag(entry: Entry) -> page.Value:
    if entry.described is None:
        return None
    return page.Tag(_("yes"), "good") if entry.editable else page.Tag(_("no"), "muted")
