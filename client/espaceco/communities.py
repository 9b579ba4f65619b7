"""Communities, their themes, statuses and members (contract 2.1–2.3)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Optional

from .. import reading
from ..paging import Row, read_whole
from .api import EspaceCo
from .statuses import STATUSES


@dataclass(frozen=True)
class ThemeAttribute:
    """One attribute of a theme. `values` are (key, label) pairs: the key is what is sent."""

    name: str
    title: str
    type: str
    mandatory: bool
    multiple: bool
    default: Optional[str]
    help: str
    values: tuple[tuple[str, str], ...]
    constraints: dict[str, Any]
    json_schema: Optional[dict[str, Any]] = None


@dataclass(frozen=True)
class Theme:
    """A form for reports; `community_id` is the community it belongs to, `shared` whether that is another.

    `automatic` are attributes that the service fills; a theme that is not `described` is known by its name alone.
    """

    name: str
    community_id: int
    community_name: str
    help: str
    attributes: tuple[ThemeAttribute, ...]
    shared: bool = False
    automatic: tuple[str, ...] = ()
    described: bool = True


@dataclass(frozen=True)
class CommunityStatus:
    """A status under the name that the community gives it."""

    code: str
    title: str
    active: bool


@dataclass(frozen=True)
class Community:
    """What is said of one community."""

    id: int
    name: str
    description: str
    visibility: str
    all_members_can_valid: bool
    default_comment: str
    themes: tuple[Theme, ...]
    statuses: tuple[CommunityStatus, ...]
    grids: tuple[str, ...]
    raw: dict[str, Any]

    @property
    def labels(self) -> dict[str, str]:
        """Title of each status code."""
        return {status.code: status.title for status in self.statuses}


@dataclass(frozen=True)
class Member:
    """A member of a community; `grids` are the zones in which he or she may edit, none meaning everywhere."""

    user_id: int
    role: str
    active: bool
    grids: tuple[str, ...]
    date: Optional[str]


def get(api: EspaceCo, community: int) -> Community:
    """One community with its themes, its own and those shared with it."""
    body = api.get(f"communities/{community}")
    name = reading.text(body.get("name")) or str(community)
    themes = [_theme(entry, community, name, shared=False) for entry in reading.objects(body.get("attributes"))]
    for lender in reading.objects(body.get("shared_themes")):
        owner = reading.integer(lender.get("community_id"))
        shared = lender.get("themes")
        for entry in shared if isinstance(shared, list) else [shared]:
            described = entry if isinstance(entry, dict) else {"theme": entry}
            themes.append(
                _theme(described, owner or community, reading.text(lender.get("community_name")), shared=True)
            )
    return Community(
        id=community,
        name=name,
        description=reading.text(body.get("description")),
        visibility=reading.text(body.get("shared_georem")),
        all_members_can_valid=body.get("all_members_can_valid") is True,
        default_comment=reading.text(body.get("default_comment")),
        themes=tuple(theme for theme in themes if theme.name),
        statuses=tuple(_statuses(reading.mapping(body.get("report_statuses")))),
        grids=tuple(reading.names(body.get("grids"))),
        raw=body,
    )


def listing(api: EspaceCo, name: str = "") -> list[Row]:
    """All the communities that the server lists, by name if one is given."""
    return read_whole(api.session, api.url("communities"), [("name", name)] if name else [])


def members(api: EspaceCo, community: int) -> list[Member]:
    """Active members and managers of a community; Forbidden for those who may not know."""
    query = [("roles[]", "member"), ("roles[]", "admin")]
    found = []
    for entry in read_whole(api.session, api.url(f"communities/{community}/members"), query):
        user = reading.integer(entry.get("user_id"))
        if user is not None:
            found.append(
                Member(
                    user_id=user,
                    role=reading.text(entry.get("role")),
                    active=entry.get("active") is not False,
                    grids=tuple(reading.names(entry.get("grids")) or reading.names(entry.get("emprises"))),
                    date=reading.optional_text(entry.get("date")),
                )
            )
    return found


def _theme(entry: dict[str, Any], community: int, community_name: str, *, shared: bool) -> Theme:
    return Theme(
        name=reading.text(entry.get("theme")),
        community_id=community,
        community_name=community_name,
        help=reading.text(entry.get("help")),
        attributes=tuple(_attribute(a) for a in reading.objects(entry.get("attributes"))),
        shared=shared,
        automatic=tuple(reading.names(entry.get("autofilled_attributes"))),
        described="attributes" in entry,
    )


def _attribute(entry: dict[str, Any]) -> ThemeAttribute:
    name = reading.text(entry.get("name"))
    constraints = dict(reading.mapping(entry.get("input_constraints")))
    if entry.get("condition_field"):
        constraints["condition_field"] = entry["condition_field"]
    return ThemeAttribute(
        name=name,
        title=reading.text(entry.get("title")) or name,
        type=reading.text(entry.get("type")) or "text",
        mandatory=entry.get("mandatory") is True or entry.get("required") is True,
        multiple=entry.get("multiple") is True,
        default=reading.optional_text(entry.get("default")),
        help=reading.text(entry.get("help")),
        values=tuple(_values(entry.get("values"))),
        constraints=constraints,
        json_schema=reading.mapping(entry.get("json_schema")) or None,
    )


def _values(values: Any) -> Iterator[tuple[str, str]]:
    """(key, label): a list gives both the same, an object is label → key."""
    if isinstance(values, dict):
        for label, key in values.items():
            yield reading.text(key), reading.text(label)
    elif isinstance(values, list):
        for value in values:
            yield reading.text(value), reading.text(value)


def _statuses(renamed: dict[str, Any]) -> Iterator[CommunityStatus]:
    for status in STATUSES:
        own = reading.mapping(renamed.get(status.code))
        title = reading.text(own.get("title")) or status.label
        yield CommunityStatus(status.code, title, own.get("active") is not False)
