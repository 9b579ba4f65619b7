"""`/gcms/style/image/{name}` (section 1.1): the pictures of point styles."""

from __future__ import annotations

from functools import lru_cache

from starlette.requests import Request
from starlette.responses import Response

from ..errors import bad, not_found
from ..query import Query
from ..samples import png
from ..wire import route
from ..world.styles import IMAGES

ROOT = "/gcms/style"
_MAX = 512


async def image(request: Request) -> Response:
    name = request.path_params["name"]
    if name not in IMAGES:
        raise not_found("Image inconnue")
    query = Query(request, ("width", "height"))
    width, height = (query.integer(side, 1) if query.text(side) is not None else 32 for side in ("width", "height"))
    if max(width, height) > _MAX:
        raise bad(f"{_MAX} pixels au plus")
    return Response(_drawn(name, width, height), 200, None, "image/png")


@lru_cache(maxsize=64)
def _drawn(name: str, width: int, height: int) -> bytes:
    return png(width, height, IMAGES[name])


ROUTES = [route("/image/{name}", GET=image)]
