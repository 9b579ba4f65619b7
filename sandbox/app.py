"""The whole server as one ASGI application.

A request passes: journal → faults → who asks → rate → handler; its answer passes the faults again on its way out.
"""

from __future__ import annotations

import importlib
import pkgutil
import secrets
import time
import traceback

from starlette.requests import Request
from starlette.routing import Route, Router

from . import control, resources, sso
from .access import Rate, identify
from .assumptions import A1_API_ROOT, A8_ACCESS_SECONDS, A8_REFRESH_SECONDS, A40_REQUESTS_PER_SECOND
from .catalogue import Catalogue
from .clock import Clock
from .errors import ApiError, not_found
from .faults import Fault, Faults
from .journal import Journal, hidden_headers, hidden_pairs, readable_body
from .rows import Rows
from .state import State
from .transport import Outgoing, read_body, replayed, respond
from .wire import error_answer
from .world.people import User

_UNRECORDED = ("/_journal", "/_faults", "/_world")


class Sandbox:
    """What the handlers share: the state, the clock, the faults, the journal, the address."""

    def __init__(self, state: State, clock: Clock | None = None, *, url: str = "http://127.0.0.1",
                 rate: int = A40_REQUESTS_PER_SECOND, access_seconds: int = A8_ACCESS_SECONDS,
                 faults: list[dict] | None = None):  # fmt: skip
        self.state, self.clock, self.url = state, clock or Clock(), url
        self.rate, self.journal, self.faults = Rate(rate), Journal(), Faults(faults or [])
        self.access_seconds, self.refresh_seconds = access_seconds, A8_REFRESH_SECONDS
        self.rows, self.catalogue = Rows(state), Catalogue(state)
        key = state.get("signing_key") or secrets.token_hex(32)
        state.set("signing_key", key)
        self.signing_key = bytes.fromhex(key)
        routes = [*sso.ROUTES, *control.ROUTES, *_resource_routes()]
        self._router = Router(routes, redirect_slashes=False, default=_unknown)

    async def __call__(self, scope, receive, send) -> None:
        request = Request(scope)
        if request.url.path.startswith(_UNRECORDED):
            outgoing, _ = await self._outgoing(request, receive, [])
            outgoing.headers["Date"] = self.clock.http_date()
            await respond(outgoing, request.method, receive, send)
            return
        entry = {
            "time": self.clock.now(),
            "method": request.method,
            "path": request.url.path,
            "query": hidden_pairs(request.query_params.multi_items()),
            "headers": hidden_headers(scope["headers"]),
        }
        started, fired = time.perf_counter(), self.faults.fire(request)
        outgoing, user = await self._outgoing(request, receive, fired)
        outgoing.headers["Date"] = self.clock.http_date(self.faults.shift(fired))
        for fault in fired:
            fault.change(outgoing)
        # before the answer leaves: who has read it finds it in the journal
        self.journal.add(
            **entry,
            body=readable_body(getattr(request.state, "body", b""), request.headers.get("content-type", "")),
            user=user.username if user else None,
            status=None if outgoing.silent else outgoing.status,
            fault="+".join(fault.kind for fault in fired) or None,
            seconds=round(time.perf_counter() - started, 6),
        )
        await respond(outgoing, request.method, receive, send)

    async def _outgoing(self, request: Request, receive, fired: list[Fault]) -> tuple[Outgoing, User | None]:
        """The handler's answer, or what an error or a fault puts in its place, and who asked."""
        state, user = request.state, None
        state.sandbox = self
        try:
            state.body = await read_body(receive)
            for fault in fired:
                await fault.before(request, self.state)
            replacement = next(filter(None, (fault.instead() for fault in fired)), None)
            if replacement is not None:
                return replacement, None
            if request.url.path.startswith(A1_API_ROOT):
                user = identify(self.state, request.headers.get("authorization"))
                self.rate.check(user)
            state.user = user
            outgoing = Outgoing()
            await self._router(request.scope, replayed(state.body), outgoing.collect)
            return outgoing, user
        except ApiError as error:
            return Outgoing.of(error_answer(error)), user
        except Exception:  # noqa: BLE001 - a fault of the sandbox itself: say it where its developer looks
            traceback.print_exc()
            return Outgoing.of(error_answer(ApiError(500, "Erreur interne du bac à sable"))), user


def _resource_routes() -> list:
    """The routes of every file in `resources/`; its `ROOT` comes before the paths, the API's own by default."""
    routes = []
    for info in pkgutil.iter_modules(resources.__path__):
        module = importlib.import_module(f"{resources.__name__}.{info.name}")
        root = getattr(module, "ROOT", A1_API_ROOT)
        routes += [Route(root + route.path, route.endpoint) for route in module.ROUTES]
    return routes


async def _unknown(scope, receive, send) -> None:
    raise not_found("Adresse inconnue")
