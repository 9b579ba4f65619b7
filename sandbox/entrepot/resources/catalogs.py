"""`/catalogs` and `/statics` (contract 3.2, 3.9): public directories, words and grids of the platform."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from ...errors import not_found
from ...wire import json_answer, route
from .. import query, rights
from ..entities import Entity
from ..nomenclatures import GRIDS, every
from ..rights import entities_of
from ..views import offering_view, some
from ..wire import answer
from ..words import LIVE, NOMENCLATURE_TYPES, SERVICE_TYPES

_COMMUNITIES = query.Listing(texts=("name", "technical_name"))
_ORGANIZATIONS = query.Listing(
    ("name",), ("creation", "siren", "siret", "tva_intracom", "economical_model", "uploads_quota"), ("name",)
)
_NOMENCLATURES = query.Listing(texts=("label", "term"), words={"type": NOMENCLATURE_TYPES})
_GRIDS = query.Listing(
    texts=("_id",),
    reads={
        "srs": lambda grid: grid["srs"],
        "type": lambda grid: grid["_id"],
        "resolution": lambda grid: [level["resolution"] for level in grid["levels"]],
    },
)


async def communities(request: Request) -> Response:
    public = [community for community in entities_of(request).all("community") if community["public"]]
    names = ("_id", "name", "technical_name", "description", "contact", "public")
    return query.page(request, public, _COMMUNITIES, lambda community: some(community, *names))


async def organizations(request: Request) -> Response:
    return query.page(request, entities_of(request).all("organization"), _ORGANIZATIONS)


async def offerings(request: Request) -> Response:
    entities = entities_of(request)

    def endpoint_open(offering: Entity) -> bool:
        return bool((entities.get("endpoint", offering["endpoint"]["_id"]) or {}).get("open"))

    listing = query.Listing(
        texts=("layer_name",), words={"type": SERVICE_TYPES}, reads={"is_endpoint_open": endpoint_open}
    )
    published = [offering for offering in entities.all("offerings") if offering["status"] in LIVE]
    return query.page(request, published, listing, lambda offering: offering_view(entities, offering))


async def nomenclatures(request: Request) -> Response:
    rights.account(request)
    return query.page(request, every(), _NOMENCLATURES)


async def grids(request: Request) -> Response:
    rights.account(request)
    return query.page(request, [grid.shown() for grid in GRIDS.values()], _GRIDS)


async def grid(request: Request) -> Response:
    rights.account(request)
    return answer(request, _grid(request).shown())


async def grid_file(request: Request) -> Response:
    rights.account(request)
    return json_answer(_grid(request).file())


def _grid(request: Request):
    wanted = request.path_params["tms"]
    if wanted not in GRIDS:
        raise not_found(f"TMS inconnu : {wanted}")
    return GRIDS[wanted]


ROUTES = [
    route("/catalogs/communities", GET=communities),
    route("/catalogs/organizations", GET=organizations),
    route("/catalogs/offerings", GET=offerings),
    route("/statics/nomenclatures", GET=nomenclatures),
    route("/statics/tms", GET=grids),
    route("/statics/tms/{tms}", GET=grid),
    route("/statics/tms/{tms}/file", GET=grid_file),
]
