"""`/datastores/{id}` (contract 3.3): its endpoints and storages, what is used of them."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from ...wire import route
from .. import query, quota, rights
from ..entities import Entity
from ..rights import entities_of
from ..views import datastore_view, endpoint_entry, storage_entry
from ..wire import answer
from ..words import ENDPOINT_TYPES


async def detail(request: Request) -> Response:
    query.only(request)
    return answer(request, datastore_view(entities_of(request), rights.datastore(request)))


async def endpoints(request: Request) -> Response:
    datastore, entities = rights.datastore(request), entities_of(request)

    def use_ratio(endpoint: Entity) -> float:
        return quota.endpoint_use(entities, datastore, endpoint) / (quota.endpoint_quota(datastore, endpoint) or 1)

    listing = query.Listing(
        texts=("name",), words={"type": ENDPOINT_TYPES}, flags=("open",), most={"use_ratio": use_ratio}
    )
    own = quota.endpoints(entities, datastore)
    return query.page(request, own, listing, lambda endpoint: endpoint_entry(entities, datastore, endpoint))


async def storages(request: Request) -> Response:
    datastore, entities = rights.datastore(request), entities_of(request)
    own = quota.storages(entities, datastore)
    return query.page(request, own, show=lambda storage: storage_entry(entities, datastore, storage))


_ONE = "/datastores/{datastore}"
ROUTES = [
    route(_ONE, GET=detail),
    route(_ONE + "/endpoints", GET=endpoints),
    route(_ONE + "/storages", GET=storages),
]
