"""The odd JSON forms that clients have met (A11, A20), made from the regular ones; used by the faults only."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable

from . import wkt
from .transport import Outgoing
from .wire import json_answer

ROWS = ("data", "rows", "items", "features", "geojson_geometry")
ATTRIBUTES = ("text", "name_value", "empty_list")
USERS_ME = ("profile_list", "no_profile", "no_grids", "no_emprises", "grid_objects", "theme_names", "no_communities")


def rewrite(outgoing: Outgoing, change: Callable) -> None:
    """Apply a function to the JSON value of a good answer, unless another fault has spoilt it."""
    if outgoing.status >= 300:
        return
    with contextlib.suppress(ValueError):
        outgoing.body = json_answer(change(json.loads(outgoing.body))).body


def _each_report(outgoing: Outgoing, change: Callable[[dict], None]) -> None:
    def apply(value):
        for report in value if isinstance(value, list) else [value]:
            if isinstance(report, dict) and "report_id" not in report:
                change(report)
        return value

    rewrite(outgoing, apply)


def odd_attributes(outgoing: Outgoing, form: str) -> None:
    def change(report: dict) -> None:
        themes = report.get("attributes") or []
        for theme in themes:
            if form == "empty_list":
                theme["attributes"] = []
            elif form == "name_value":
                theme["attributes"] = [{"name": n, "value": v} for n, v in theme["attributes"].items()]
        if form == "text":
            report["attributes"] = json.dumps(themes, ensure_ascii=False)

    _each_report(outgoing, change)


def no_geometry(outgoing: Outgoing) -> None:
    _each_report(outgoing, lambda report: report.update(geometry=None))


def no_author(outgoing: Outgoing) -> None:
    _each_report(outgoing, lambda report: report.update(author=None))


def int_author(outgoing: Outgoing) -> None:
    _each_report(outgoing, lambda report: report.update(author=(report.get("author") or {}).get("id")))


def bad_sketch(outgoing: Outgoing, text: str) -> None:
    _each_report(outgoing, lambda report: report.update(sketch=text))


def odd_rows(outgoing: Outgoing, form: str) -> None:
    """Rows in an envelope, or with their WKT as GeoJSON (section 2.10.2)."""

    def change(value):
        if not isinstance(value, list):
            return value
        if form != "geojson_geometry":
            return {form: value}
        return [{name: _as_geojson(text) for name, text in row.items()} for row in value]

    rewrite(outgoing, change)


def _as_geojson(value):
    try:
        return wkt.geojson(wkt.read(value)) if isinstance(value, str) else value
    except ValueError:
        return value


def odd_table(outgoing: Outgoing) -> None:
    """Columns by name, and the empty lists that PHP makes of empty objects (section 1.4)."""

    def change(table: dict) -> dict:
        columns = table.get("columns", [])
        for column in columns:
            column.update({name: [] for name in ("jeux_attributs", "json_schema", "constraint") if not column[name]})
        return {**table, "columns": {column["name"]: column for column in columns}, "style": table.get("style") or []}

    rewrite(outgoing, change)


def odd_users_me(outgoing: Outgoing, profile_list: bool, no_profile: bool, no_grids: bool, no_emprises: bool,
                 grid_objects: bool, theme_names: bool, no_communities: bool) -> None:  # fmt: skip
    def change(me: dict) -> dict:
        members = me.get("communities_member", [])
        if profile_list:
            me["profile"] = [me["profile"]]
        if no_profile:
            del me["profile"]
        for member in members:
            if grid_objects:
                member["grids"] = [{"name": name} for name in member["grids"]]
            for name in ("grids",) * no_grids + ("emprises",) * no_emprises:
                del member[name]
        if theme_names:
            for shared in [s for holder in [me, *members] for s in holder["shared_themes"]]:
                shared["themes"] = [theme["theme"] for theme in shared["themes"]]
        if no_communities:
            me["communities_member"] = []
        return me

    rewrite(outgoing, change)
