"""The whole server as one ASGI application.

A request passes: journal → faults → who asks → rate → handler; its answer passes the faults again on its way out.
"""

from __future__ import annotations

import importlib
import pkgutil
import secrets
import time
import traceback
from types import ModuleType

from starlette.requests import Request
from starlette.routing import Route, Router

from . import control, resources, sso
from .access import Rate, bearer, identify
from .assumptions import A1_API_ROOT, A8_ACCESS_SECONDS, A8_REFRESH_SECONDS, A40_REQUESTS_PER_SECOND
from .catalogue import Catalogue
from .clock import Clock
from .entrepot import checking, reach, running, statistics, streams
from .entrepot import diffusion as entrepot_diffusion
from .entrepot import resources as entrepot_resources
from .entrepot.assumptions import API_ROOT
from .entrepot.error_forms import error_at
from .entrepot.warehouse import Entrepot
from .errors import ApiError, not_found, unauthorised
from .faults import Fault, Faults
from .journal import Journal, hidden_headers, hidden_pairs, readable_body
from .rows import Rows
from .state import State
from .transport import Outgoing, read_body, replayed, respond
from .world.people import User

_UNRECORDED = ("/_journal", "/_faults", "/_world", "/_entrepot")


class Sandbox:
    """What the handlers share: the state, the clock, the faults, the journal, the address."""

    def __init__(self, state: State, entrepot: Entrepot, clock: Clock | None = None, *, url: str = "http://127.0.0.1",
                 rate: int = A40_REQUESTS_PER_SECOND, access_seconds: int = A8_ACCESS_SECONDS,
                 faults: list[dict] | None = None):  # fmt: skip
        self.state, self.entrepot, self.clock, self.url = state, entrepot, clock or Clock(), url
        self.rate, self.journal, self.faults = Rate(rate), Journal(), Faults(faults or [])
        self.access_seconds, self.refresh_seconds = access_seconds, A8_REFRESH_SECONDS
        self.rows, self.catalogue = Rows(state), Catalogue(state)
        key = state.get("signing_key") or secrets.token_hex(32)
        state.set("signing_key", key)
        self.signing_key = bytes.fromhex(key)
        routes = [*sso.ROUTES, *control.ROUTES, *_resource_routes(resources, A1_API_ROOT)]
        routes += _resource_routes(entrepot_resources, API_ROOT) + _resource_routes(entrepot_diffusion, "")
        self._router = Router(routes, redirect_slashes=False, default=_unknown)

    def resume(self) -> None:
        """Go on with what a stop of the sandbox broke off; in its event loop."""
        checking.resume(self)
        running.resume(self)

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
            "headers": hidden_headers(scope["headers"], reach.secret_headers(self.entrepot.entities)),
        }
        started, fired = time.perf_counter(), self.faults.fire(request)
        outgoing, user = await self._outgoing(request, receive, fired)
        for fault in fired:
            fault.change(outgoing, request)
        outgoing.headers["Date"] = self.clock.http_date(self.faults.shift(fired))
        form = getattr(request.state, "form", None)
        # before the answer leaves: who has read it finds it in the journal
        self.journal.add(
            **entry,
            body=form.summary()
            if form
            else readable_body(getattr(request.state, "body", b""), request.headers.get("content-type", "")),
            user=user.username if user else None,
            status=None if outgoing.silent else outgoing.status,
            fault="+".join(fault.kind for fault in fired) or None,
            seconds=round(time.perf_counter() - started, 6),
        )
        if form:
            form.close()
        await respond(outgoing, request.method, receive, send)

    async def _outgoing(self, request: Request, receive, fired: list[Fault]) -> tuple[Outgoing, User | None]:
        """The handler's answer, or what an error or a fault puts in its place, and who asked."""
        state, user, path = request.state, None, request.url.path
        state.sandbox = self
        streamed = path.startswith(API_ROOT + "/") and streams.is_form(request)
        try:
            state.body = b"" if streamed else await read_body(receive)
            for fault in fired:
                await fault.before(request, self.state)
            replacement = next(filter(None, (fault.instead(request) for fault in fired)), None)
            if replacement is not None:
                return replacement, None
            self.entrepot.settle()
            if path.startswith(A1_API_ROOT):
                user = identify(self.state, request.headers.get("authorization"))
                self.rate.check(user)
            elif path.startswith(API_ROOT + "/"):
                user = bearer(self.state, request.headers.get("authorization"))
            state.user = user
            if streamed and user is None:
                raise unauthorised()
            if streamed:
                state.form = await self._form(request, receive, self.faults.hindrances(fired))
            outgoing = Outgoing()
            await self._router(request.scope, replayed(state.body), outgoing.collect)
            if outgoing.status == 200:
                statistics.count(request, outgoing.file.stat().st_size if outgoing.file else len(outgoing.body))
            return outgoing, user
        except ApiError as error:
            return Outgoing.of(error_at(path, error)), user
        except Exception:  # noqa: BLE001 - a fault of the sandbox itself: say it where its developer looks
            traceback.print_exc()
            return Outgoing.of(error_at(path, ApiError(500, "Erreur interne du bac à sable"))), user

    async def _form(self, request: Request, receive, hindrances: streams.Hindrances) -> streams.Form:
        """Its files go to disk, where the entities keep theirs."""
        try:
            return await streams.read_form(request, receive, self.entrepot.entities.root / "incoming", hindrances)
        except streams.Expired:
            self.state.drop_token(request.headers["authorization"].partition(" ")[2].strip())
            raise unauthorised("Jeton expiré ou inconnu") from None


def _resource_routes(package: ModuleType, root: str) -> list:
    """The routes of every file of a `resources/`; its `ROOT` comes before the paths, else the root of its API.

    A file whose name begins with `_` is what the others share.
    """
    routes = []
    for info in pkgutil.iter_modules(package.__path__):
        if not info.name.startswith("_"):
            module = importlib.import_module(f"{package.__name__}.{info.name}")
            own = getattr(module, "ROOT", root)
            routes += [Route(own + route.path, route.endpoint) for route in module.ROUTES]
    return routes


async def _unknown(scope, receive, send) -> None:
    raise not_found("Adresse inconnue")
