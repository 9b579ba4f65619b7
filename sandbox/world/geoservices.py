"""The geoservices (section 2.9): flows of the sandbox itself, one of them private with its key."""

from __future__ import annotations

from ..state import SITE

FLOWS = "/flux"
PRIVATE_KEY = "cle-du-bac-a-sable"  # pragma: allowlist secret - only good for the sandbox


def _geoservice(id_: int, title: str, type_: str, version: str, path: str, layers: str, **more) -> dict:
    base = {
        "id": id_, "title": title, "type": type_, "version": version, "description": None,
        "url": f"{SITE}{FLOWS}/{path}", "layers": layers, "format": "image/png",
        "map_extent": "1.9,48.5,2.9,49.2", "min_zoom": 0, "max_zoom": 20, "input_mask": None, "box_srid": None,
        "owner": None, "attribution_name": "IGN", "attribution_url": "https://www.ign.fr",
        "attribution_logo_url": None, "status": "active", "allowed_communities": [],
    }  # fmt: skip
    return {**base, **more}


GEOSERVICES = {
    item["id"]: item
    for item in (
        _geoservice(71, "Plan", "WMTS", "1.0.0", "wmts?SERVICE=WMTS&VERSION=1.0.0", "PLAN.SANDBOX"),
        _geoservice(72, "Photographies aériennes", "WMS", "1.3.0", "wms-r", "PHOTO.SANDBOX",
                    description="<p>Une image unie</p>", max_zoom=19),
        _geoservice(73, "Cantons en flux", "WFS", "1.1.0", "wfs", "sandbox:cantons&cql_filter=insee_dep='75'",
                    format=""),
        _geoservice(74, "Plan privé", "WMS", "1.3.0", f"private/wms-r?apikey={PRIVATE_KEY}", "PRIVE.SANDBOX",
                    format="", allowed_communities=[375], min_zoom=8),
    )
}  # fmt: skip
