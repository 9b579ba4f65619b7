"""The layers of the groups (section 2.8): every role, both types, order, opacity, visibility, tools."""

from __future__ import annotations

from .geoservices import GEOSERVICES
from .styles import PHARMACIES_ETOILES, ROUTES_IMPORTANCE
from .tables import TABLES

_TOOLS = ["draw", "modify", "translate", "delete", "split", "snap_mandatory", "copy_paste"]


def _layer(id_: int, order: int, *, table: int | None = None, geoservice: int | None = None, **more) -> dict:
    flow = GEOSERVICES.get(geoservice)
    base = {
        "id": id_, "type": "geoservice" if flow else "feature-type", "table": table,
        "database": TABLES[table]["database_id"] if table else None,
        "geoservice": {name: flow[name] for name in ("id", "title", "description")} if flow else None, "order": order,
        "opacity": 1, "visibility": True, "role": "visu" if flow else "edit", "snapto": None, "preferred_style": None,
        "tools": None, "ref_tools": None,
    }  # fmt: skip
    return {**base, **more}


_GEOMETRIES = [number for number, table in TABLES.items() if table["name"].startswith("geo_")]

LAYERS = {
    375: [
        _layer(801, 0, geoservice=71, opacity=0.8),
        _layer(802, 1, geoservice=72, visibility=False),
        _layer(803, 2, geoservice=73, opacity=0.5, role="ref"),
        _layer(804, 3, geoservice=74, visibility=False),
        _layer(805, 4, table=1735, role="visu", opacity=0.6),
        _layer(806, 5, table=3401, tools=_TOOLS),
        _layer(807, 6, table=3402, tools=["draw", "modify", "delete"], opacity=0.9),
        _layer(808, 7, table=2101, role="ref-edit", preferred_style=ROUTES_IMPORTANCE["id"], tools=_TOOLS, snapto="806",
               ref_tools={"snap": [806], "shortestpath": [808]}),
        _layer(809, 8, table=2102, role="ref"),
        _layer(810, 9, table=1734, preferred_style=PHARMACIES_ETOILES["id"], tools=["draw", "modify"]),
        _layer(811, 10, table=1736),
        _layer(812, 11, table=1737),
        _layer(813, 12, table=1738),
        _layer(814, 13, table=1739),
        _layer(815, 14, table=3404),
        _layer(816, 15, table=2103),
        *(_layer(820 + n, 20 + n, table=table, visibility=False) for n, table in enumerate(_GEOMETRIES)),
    ],
    96: [_layer(901, 0, geoservice=71), _layer(902, 1, table=3401, role="edit")],
    1: [_layer(911, 0, table=2101)],
    512: [],
}  # fmt: skip
