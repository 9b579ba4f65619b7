"""Lists in pages (section 1.4, A2 to A5)."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from .assumptions import A2_content_range, A3_list_status
from .query import Query
from .wire import json_answer


def list_answer(body: bytes, first: int, count: int, total: int, limit: int) -> Response:
    """One page, already written as JSON; a page after the end is 200 and `[]` (A5)."""
    status = A3_list_status(total, limit) if count else 200
    headers = {"Content-Range": A2_content_range(first, count, total)}
    return Response(body, status, headers, "application/json")


def pick(item: dict, fields: list[str] | None) -> dict:
    return item if fields is None else {name: item[name] for name in fields if name in item}


def page_of(query: Query, items: list[dict], known: frozenset[str] | None = None) -> Response:
    """The page that the query asks of a short list: sorted, cut, restricted to `fields`."""
    known = known or frozenset(name for item in items for name in item)
    first, limit = query.page()
    fields, order = query.fields(known), query.sort(known)
    if order:
        name, descending = order
        items = sorted(items, key=lambda item: _sortable(item.get(name)), reverse=descending)
    rows = [pick(item, fields) for item in items[first : first + limit]]
    return list_answer(json_answer(rows).body, first, len(rows), len(items), limit)


def listing(request: Request, *scalars: str, lists: tuple[str, ...] = ()) -> Query:
    """The query of a list: its own filters and those of every list."""
    return Query(request, ("page", "limit", "sort", *scalars), ("fields", *lists))


def _sortable(value) -> tuple:
    return (value is not None, value if isinstance(value, (int, float)) else 0, str(value))
