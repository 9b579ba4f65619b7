"""The groups (section 2.2), who belongs to them (sections 2.1, 2.3) and what they may do to tables (2.3)."""

from __future__ import annotations

from typing import NamedTuple

from ..statuses import LABELS
from . import grids, themes


class Member(NamedTuple):
    user_id: int
    community_id: int
    role: str
    grids: tuple[str, ...] = ()
    active: bool = True
    date: str = "2023-02-14T09:30:00+01:00"


def _statuses() -> dict[str, dict]:
    """Group 375 renames two statuses and has disabled one."""
    named = {code: {"title": label, "active": True} for code, label in LABELS.items()}
    named["pending1"].update(title="À dessiner", description="Le dessin attend un opérateur")
    named["valid"]["title"] = "Corrigé dans la base"
    named["valid0"]["active"] = False
    return named


def _group(id_: int, name: str, shared_georem: str, attributes: list[dict], **more) -> dict:
    base = {
        "id": id_, "name": name, "description": None, "editorial": None, "active": True, "listed": True,
        "shared_georem": shared_georem, "shared_extractions": False, "email": None, "attributes": attributes,
        "default_comment": None, "position": "POINT(2.3488 48.8534)", "zoom": 12, "min_zoom": None, "max_zoom": None,
        "extent": None, "all_members_can_valid": False, "open_without_affiliation": False, "open_with_email": [],
        "offline_allowed": True, "creation": "2021-09-01T10:00:00+02:00", "grids": [], "logo_url": None,
        "keywords": [], "documents": [], "shared_themes": [],
        "functionalities": ["zoom_control", "print", "search_address", "measure_distance", "georem"],
    }  # fmt: skip
    return {**base, **more}


GROUPS = {
    group["id"]: group
    for group in (
        _group(
            375, "Voirie et adresses de la petite couronne", "restrained",
            [themes.VOIRIE, themes.ADRESSE, themes.MESURE, themes.SANS_FORMULAIRE],
            description="<p>Signalements des services techniques de Paris et de la petite couronne.</p>",
            email="groupe375@sandbox.invalid", extent=[2.14, 48.68, 2.62, 49.02],
            default_comment="Bonjour, merci de vérifier sur place : ", keywords=["voirie", "adresse"],
            grids=grids.listed("75", "92", "93", "94"), report_statuses=_statuses(),
            shared_themes=[{"community_id": 1, "community_name": "Groupe IGN Route", "themes": ["Route"]}],
        ),
        _group(
            96, "Espace public ouvert", "all", [themes.ESPACE_PUBLIC, themes.POINT_EAU],
            description="Signalements visibles de tous.", all_members_can_valid=True, open_without_affiliation=True,
        ),
        _group(1, "Groupe IGN Route", "all", [themes.ROUTE, themes.BATIMENT], grids=grids.listed("FR")),
        _group(512, "Carnet personnel", "personal", [themes.OBSERVATION], listed=False),
    )
}  # fmt: skip

MEMBERS = (
    Member(1001, 375, "member", ("75", "92", "93", "94")),
    Member(1001, 96, "member"),
    Member(1002, 375, "admin"),
    Member(1004, 375, "pending", ("93",)),
    Member(1005, 375, "member"),
    Member(1101, 375, "member", ("75", "92")),
    Member(1102, 375, "member"),
    Member(1103, 375, "member", active=False),
    Member(1104, 375, "invited"),
    Member(1103, 96, "member"),
    Member(1107, 96, "admin"),
    Member(1108, 96, "member"),
    Member(1106, 1, "admin"),
    Member(1102, 1, "member"),
    Member(1108, 512, "member"),
    Member(1107, 512, "admin"),
)


def _permission(id_: int, community: int, database: int, level: str, table: int | None = None,
                column: int | None = None) -> dict:  # fmt: skip
    return {"id": id_, "community": community, "database": database, "table": table, "column": column, "level": level}


PERMISSIONS = (
    _permission(1, 375, 9, "VIEW"),
    _permission(2, 375, 9, "EDIT", 1734),
    _permission(3, 375, 9, "VIEW", 1734, 173411),
    _permission(4, 96, 9, "NONE"),
    _permission(5, 375, 9, "EDIT", 1736),
    _permission(6, 375, 9, "EDIT", 1737),
    _permission(7, 375, 9, "EDIT", 1738),
    _permission(8, 375, 9, "EDIT", 1739),
    _permission(9, 375, 21, "EDIT"),
    _permission(10, 375, 21, "VIEW", 2102),
    _permission(11, 375, 34, "EDIT"),
    _permission(12, 375, 34, "NONE", 3403),
    _permission(13, 96, 34, "NONE"),
    _permission(14, 96, 34, "VIEW", 3401),
    _permission(15, 1, 21, "EDIT"),
)


def affiliations(user_id: int) -> list[Member]:
    return [member for member in MEMBERS if member.user_id == user_id]


def affiliation(user_id: int, community_id: int | None) -> Member | None:
    """The membership that counts: active, as member or admin."""
    for member in MEMBERS:
        if (member.user_id, member.community_id) == (user_id, community_id):
            return member if member.active and member.role in ("member", "admin") else None
    return None


def is_manager(user_id: int, community_id: int | None) -> bool:
    member = affiliation(user_id, community_id)
    return member is not None and member.role == "admin"


def theme(community_id: int, name: str) -> dict | None:
    group = GROUPS.get(community_id)
    return next((t for t in group["attributes"] if t["theme"] == name), None) if group else None


def shares_theme(user_id: int, community_id: int, name: str | None) -> bool:
    """Whether a group of this user offers the theme of that other group (`shared_themes`)."""
    return any(
        shared["community_id"] == community_id and name in shared["themes"]
        for member in affiliations(user_id)
        if affiliation(user_id, member.community_id)
        for shared in GROUPS[member.community_id]["shared_themes"]
    )
