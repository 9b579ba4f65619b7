"""What a contribution does to a report: members checked and applied (sections 2.5.1, 2.5.2), status, files."""

from __future__ import annotations

import json
import re
import struct

from .access import require_member
from .assumptions import A14_NO_GROUP, A15_first_status, A17_status_of_reply, A36_may_change
from .bodies import File
from .clock import iso
from .errors import bad, forbidden
from .forms import read_theme
from .geometry import check_wkt, read_point, write_point
from .seed import document
from .state import State
from .statuses import CLOSED, CREATION, INPUT_DEVICES, LABELS, TREATMENT
from .world import grids, groups, places
from .world.people import User

MEMBERS = ("geometry", "community", "comment", "status", "sketch", "attributes", "input_device", "device_version")
JSON_MEMBERS = ("attributes",)
_DEFAULTS = {"community": A14_NO_GROUP, "comment": "", "sketch": None, "attributes": None, "input_device": "UNKNOWN",
             "device_version": None}  # fmt: skip


def new_report(id_: int, user: User, now: float) -> dict:
    """An empty report of this author, with the members of section 2.4 in their order."""
    date = iso(now)
    return {
        "id": id_, "geometry": "", "comment": "", "attributes": [], "status": "submit", "opening_date": date,
        "updating_date": date, "closing_date": None,
        "author": {"id": user.id, "username": user.username, "email": user.email}, "validator": None, "commune": None,
        "departement": None, "territory": None, "input_device": "UNKNOWN", "device_version": None, "sketch": None,
        "sketch_xml": None, "replies": [], "attachments": [],
    }  # fmt: skip


def complete(members: dict) -> dict:
    """The members with a default for each that is missing; the geometry is mandatory (POST, PUT)."""
    if members.get("geometry") is None:
        raise bad("geometry est obligatoire")
    return {**_DEFAULTS, **members}


def is_open(report: dict) -> bool:
    return report["status"] not in CLOSED


def is_author(user: User, report: dict) -> bool:
    return (report["author"] or {}).get("id") == user.id


def is_manager(user: User, report: dict) -> bool:
    return groups.is_manager(user.id, report.get("community"))


def require_change(user: User, report: dict) -> None:
    """403 unless this user may change the report (A36); a closed one is not changed by anybody (section 2.5.2)."""
    if not is_open(report):
        raise forbidden("Un signalement clos ne peut être modifié")
    if not A36_may_change(True, is_author(user, report), is_manager(user, report)):
        raise forbidden("Seuls l'auteur et les gestionnaires du groupe peuvent modifier ce signalement")


def require_reply(user: User, report: dict) -> None:
    """403 unless this user may reply (section 2.5.4): open, not a test, member of every group that is quoted."""
    if not is_open(report) or report["status"] == "test":
        raise forbidden("Ce signalement n'attend pas de réponse")
    quoted = {report.get("community"), *(theme["community"] for theme in report["attributes"])} - {None}
    for community in quoted:
        if not _may_contribute(user, community, _theme_name(report)):
            require_member(user, community)


def apply(report: dict, members: dict, user: User) -> None:
    """Write the given members into the report; raises 400 or 403 and then leaves a report not to be saved."""
    theme = read_theme(members["attributes"]) if "attributes" in members else None
    if "attributes" in members:
        report["attributes"] = [theme] if theme else []
    _apply_community(report, members, theme)
    for name in ("comment", "device_version"):
        if name in members:
            report[name] = _text(name, members[name], empty=name != "comment")
    if "input_device" in members:
        if members["input_device"] not in INPUT_DEVICES:
            raise bad(f"input_device inconnu : {members['input_device']}")
        report["input_device"] = members["input_device"]
    if "sketch" in members:
        report["sketch"] = read_sketch(members["sketch"])
    if "geometry" in members:
        _apply_geometry(report, members["geometry"])
    _require_contribution(user, report)


def first_status(report: dict, asked) -> str:
    if asked is not None and asked not in CREATION:
        raise bad("status : submit ou test à la création")
    return A15_first_status(bool(report["attributes"]), asked)


def set_status(report: dict, asked, user: User, now: float, allowed=TREATMENT) -> str:
    """Give the report a status, as a reply or a change may; returns the one it really got (A17)."""
    group = groups.GROUPS.get(report.get("community"), {})
    if asked not in allowed:
        raise bad(f"status incorrect : {asked}")
    if not group.get("report_statuses", {}).get(asked, {}).get("active", True):
        raise bad(f"status désactivé dans ce groupe : {asked}")
    everybody = group.get("all_members_can_valid", False)
    status = A17_status_of_reply(asked, asked in CLOSED, is_manager(user, report), everybody)
    report["status"] = status
    if status in CLOSED:
        report["closing_date"] = iso(now)
        report["validator"] = {"id": user.id, "username": user.username}
    return status


def change_status(report: dict, asked, user: User, now: float) -> None:
    """The `status` member of PATCH and PUT: any status that this user could give; the present one says nothing."""
    if asked is not None and asked != report["status"]:
        set_status(report, asked, user, now, allowed=tuple(LABELS))


def attach(state: State, report: dict, files: list[File], now: float) -> None:
    """Add the files to the report and keep their content."""
    for file in files:
        id_ = state.next_number("document")
        size = _picture_size(file.content) or (None, None)
        state.add_document(id_, report["id"], file.filename, file.mime_type, file.content)
        report["attachments"].append(document(id_, file.filename, file.mime_type, len(file.content), *size, iso(now)))


def read_sketch(sketch) -> str | None:
    """The sketch as the text that is kept (A12): an object or JSON text, checked. Raises 400."""
    if sketch is None or sketch == "":
        return None
    if isinstance(sketch, str):
        try:
            parsed = json.loads(sketch)
        except (ValueError, RecursionError):
            raise bad("sketch : JSON illisible") from None
    else:
        parsed, sketch = sketch, json.dumps(sketch, ensure_ascii=False, separators=(",", ":"))
    if not isinstance(parsed, dict) or not isinstance(parsed.get("objects"), list):
        raise bad("sketch : un objet avec la liste objects est attendu")
    for number, item in enumerate(parsed["objects"], 1):
        if not isinstance(item, dict) or not isinstance(item.get("type"), str):
            raise bad(f"sketch : type manquant dans l'objet {number}")
        try:
            check_wkt(item.get("geometry") if isinstance(item.get("geometry"), str) else "")
        except (ValueError, RecursionError) as error:
            raise bad(f"sketch : géométrie de l'objet {number} : {error}") from None
    return sketch


def _apply_community(report: dict, members: dict, theme: dict | None) -> None:
    """The group: given, or that of the theme; the two must agree (section 2.5.1)."""
    if "community" not in members:
        if theme:
            report["community"] = theme["community"]
        return
    value = members["community"]
    if isinstance(value, bool) or not isinstance(value, (int, str)) or not re.fullmatch(r"-?[0-9]{1,12}", str(value)):
        raise bad("community : numéro de groupe attendu")
    community = int(value)
    if community != A14_NO_GROUP and community not in groups.GROUPS:
        raise bad(f"Groupe inconnu : {community}")
    if theme and theme["community"] != community:
        raise bad("community et attributes.community doivent être le même groupe")
    if community == A14_NO_GROUP:
        report.pop("community", None)
    else:
        report["community"] = community


def _apply_geometry(report: dict, wkt) -> None:
    try:
        lon, lat = read_point(_text("geometry", wkt))
    except ValueError as error:
        raise bad(f"geometry : {error}") from None
    place = places.at(lon, lat)
    report["geometry"] = write_point(lon, lat)
    report["commune"] = place.commune if place else None
    report["departement"] = place.departement if place else None
    report["territory"] = places.FRANCE if place else None


def _require_contribution(user: User, report: dict) -> None:
    """403 when the user may not contribute to the group, or not there (A34)."""
    community = report.get("community")
    if community is None:
        return
    if not _may_contribute(user, community, _theme_name(report)):
        require_member(user, community)
    member = groups.affiliation(user.id, community)
    if member and member.grids and not grids.contain(member.grids, *read_point(report["geometry"])):
        raise forbidden("La position est hors de vos emprises : " + ", ".join(member.grids))


def _may_contribute(user: User, community: int, theme: str | None) -> bool:
    if groups.affiliation(user.id, community) or groups.GROUPS[community]["open_without_affiliation"]:
        return True
    return groups.shares_theme(user.id, community, theme)


def _theme_name(report: dict) -> str | None:
    return report["attributes"][0]["theme"] if report["attributes"] else None


def _text(name: str, value, empty: bool = False) -> str | None:
    if value is None and empty:
        return None
    if not isinstance(value, str):
        raise bad(f"String for field {name} is invalid")
    return value


def _picture_size(content: bytes) -> tuple[int, int] | None:
    """Width and height of a PNG, GIF or JPEG."""
    if content.startswith(b"\x89PNG\r\n\x1a\n") and len(content) >= 24:
        return struct.unpack(">II", content[16:24])
    if content[:6] in (b"GIF87a", b"GIF89a") and len(content) >= 10:
        return struct.unpack("<HH", content[6:10])
    if content.startswith(b"\xff\xd8"):
        frame = re.search(rb"\xff[\xc0-\xc3]..\x08(....)", content, re.DOTALL)
        if frame:
            height, width = struct.unpack(">HH", frame.group(1))
            return width, height
    return None
