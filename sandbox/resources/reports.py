"""`/reports`: read with every filter (section 2.4), create, change, delete (2.5.1 to 2.5.3)."""

from __future__ import annotations

import json

from starlette.requests import Request
from starlette.responses import Response

from .. import access, contributions
from ..assumptions import MAX_ATTACHMENTS, A36_may_change, A39_usable_departments
from ..bodies import read_members
from ..clock import iso
from ..errors import bad, forbidden, not_found, unauthorised
from ..paging import list_answer, listing, pick
from ..query import Query
from ..state import SITE, SORTABLE, State, encode
from ..statuses import INPUT_DEVICES, STATUSES
from ..wire import route

MEMBERS = (
    "id", "community", "geometry", "comment", "attributes", "status", "opening_date", "updating_date", "closing_date",
    "author", "validator", "commune", "departement", "territory", "input_device", "device_version", "sketch",
    "sketch_xml", "replies", "attachments",
)  # fmt: skip
_FIELDS = frozenset(MEMBERS)
_SCALARS = ("author", "territory", "commune", "opening_date", "updating_date", "closing_date", "input_device",
            "comment", "attributes", "box")  # fmt: skip


async def index(request: Request) -> Response:
    state: State = request.state.sandbox.state
    query = listing(request, *_SCALARS, lists=("departements", "communities", "status"))
    first, limit = query.page()
    fields, order = query.fields(_FIELDS), query.sort(SORTABLE)
    where, values = conditions(query, request.state.user)
    ids = state.report_ids(where, values, _order(order))
    bodies = state.report_bodies(ids[first : first + limit])
    if fields is not None:
        bodies = [encode(pick(json.loads(body), fields)) for body in bodies]
    body = b"[" + b",".join(bodies) + b"]"
    return list_answer(on_site(request, body), first, len(bodies), len(ids), limit)


def _order(order: tuple[str, bool] | None) -> str:
    """Newest first unless asked otherwise; the id settles what is equal."""
    name, descending = order or ("id", True)
    return f"{name} {'DESC' if descending else 'ASC'}, id"


def conditions(query: Query, user) -> tuple[str, list]:
    """The SQL condition, and its values, of everything the query filters."""
    visible, values = access.visible_reports(user)
    clauses = [visible]

    def add(clause: str, *bound) -> None:
        clauses.append(clause)
        values.extend(bound)

    def add_any(column: str, wanted: list) -> None:
        add(f"{column} IN ({', '.join('?' * len(wanted))})", *wanted)

    if query.text("author") is not None:
        add("author = ?", query.integer("author"))
    if query.text("territory") is not None:
        add("territory = ?", query.text("territory"))
    if "departements" in query.values:
        add_any("departement", A39_usable_departments(query.matching("departements", r"\d{2,3}|2[AB]")))
    if query.matching("commune", r"\d[\dAB]\d{3}"):
        add("commune = ?", query.text("commune"))
    if "communities" in query.values:
        add_any("community", query.integers("communities"))
    for name in ("opening_date", "updating_date", "closing_date"):
        if query.text(name) is not None:
            add(f"{name} >= ?", query.timestamp(name))
    if query.among("input_device", INPUT_DEVICES):
        add("input_device = ?", query.text("input_device"))
    if query.text("comment") is not None:
        add("comment LIKE ?", query.text("comment"))
    if query.among("status", STATUSES):
        add_any("status", query.list("status"))
    if query.text("attributes") is not None:
        wanted = _themes(query.text("attributes"))
        any_of = " OR ".join(["(theme_community = ? AND theme = ?)"] * len(wanted))
        add(f"({any_of})", *(value for pair in wanted for value in pair))
    if query.text("box") is not None:
        west, south, east, north = _box(query.text("box"))
        add("lon BETWEEN ? AND ? AND lat BETWEEN ? AND ?", west, east, south, north)
    return " AND ".join(clauses), values


def _themes(text: str) -> list[tuple]:
    """The pairs of the `attributes` filter: exact, case-sensitive, an unknown one finds nothing (A38)."""
    try:
        wanted = json.loads(text)
        pairs = [(item["community"], item["theme"]) for item in wanted]
        if not pairs or any(type(group) is not int or type(name) is not str for group, name in pairs):
            raise ValueError
    except (ValueError, TypeError, KeyError):
        raise bad("attributes : liste JSON de {community, theme} attendue") from None
    return pairs


def _box(text: str) -> tuple[float, ...]:
    try:
        west, south, east, north = map(float, text.split(","))
    except ValueError:
        raise bad("box : lonMin,latMin,lonMax,latMax attendu") from None
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise bad("box : hors du monde ou bornes inversées")
    return west, south, east, north


def on_site(request: Request, body: bytes) -> bytes:
    """The text with the real address of the sandbox in its URLs."""
    return body.replace(SITE.encode(), request.state.sandbox.url.encode())


def report_answer(request: Request, report: dict, status: int = 200) -> Response:
    return Response(on_site(request, encode(report)), status, None, "application/json")


def readable(request: Request) -> dict:
    """The report of the path, or 404, 401, 403."""
    report = request.state.sandbox.state.report(request.path_params["report"])
    if report is None:
        raise not_found("Signalement inconnu")
    if not access.may_read(request.state.user, report):
        raise forbidden("Signalement d'un autre groupe") if request.state.user else unauthorised()
    return report


async def detail(request: Request) -> Response:
    report = readable(request)
    query = Query(request, lists=("fields",))
    return report_answer(request, pick(report, query.fields(_FIELDS)))


async def create(request: Request) -> Response:
    user, sandbox = access.require_user(request), request.state.sandbox
    members, files = await read_members(request, contributions.MEMBERS, contributions.JSON_MEMBERS)
    report = contributions.new_report(0, user, sandbox.clock.now())
    contributions.apply(report, contributions.complete(members), user)
    report["status"] = contributions.first_status(report, members.get("status"))
    if len(files) > MAX_ATTACHMENTS:
        raise bad(f"{MAX_ATTACHMENTS} documents au plus")
    report["id"] = sandbox.state.next_number("report")
    contributions.attach(sandbox.state, report, files, sandbox.clock.now())
    sandbox.state.save_report(report)
    return report_answer(request, report, 201)


async def change(request: Request) -> Response:
    """PATCH: the members that are given."""
    return await _changed(request, whole=False)


async def replace(request: Request) -> Response:
    """PUT: what is not given goes back to its default."""
    return await _changed(request, whole=True)


async def _changed(request: Request, whole: bool) -> Response:
    user, sandbox = access.require_user(request), request.state.sandbox
    report, now = readable(request), sandbox.clock.now()
    contributions.require_change(user, report)
    members, files = await read_members(request, contributions.MEMBERS, contributions.JSON_MEMBERS)
    if files:
        raise bad("Les documents se joignent par /attachments")
    contributions.apply(report, contributions.complete(members) if whole else members, user)
    contributions.change_status(report, members.get("status"), user, now)
    report["updating_date"] = iso(now)
    sandbox.state.save_report(report)
    return report_answer(request, report)


async def delete(request: Request) -> Response:
    user, report = access.require_user(request), readable(request)
    author, manager = contributions.is_author(user, report), contributions.is_manager(user, report)
    if not A36_may_change(contributions.is_open(report), author, manager):
        raise forbidden("Vous ne pouvez pas supprimer ce signalement")
    request.state.sandbox.state.delete_report(report["id"])
    return Response(None, 204)


ROUTES = [
    route("/reports", GET=index, POST=create),
    route("/reports/{report:int}", GET=detail, PATCH=change, PUT=replace, DELETE=delete),
]
