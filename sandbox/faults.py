"""Fault switches: what goes wrong, on which request, how many times.

A fault is a JSON object: `kind`, then `path` (regular expression, the two APIs by default), `method`, `after` (matching
requests that pass first, 0), `times` (how many it hits, 1; null for ever) and the options of its kind. A few kinds wait
for work rather than for a request: they hit what their first option, a regular expression, finds.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
from typing import NamedTuple
from urllib.parse import parse_qsl, urlencode

from starlette.requests import Request
from starlette.responses import Response

from . import odd_forms
from .assumptions import A1_API_ROOT, A40_RETRY_AFTER
from .entrepot import error_forms
from .entrepot.assumptions import API_ROOT
from .entrepot.streams import Hindrances
from .errors import ApiError, bad
from .transactions import interfere
from .transport import Outgoing
from .wire import html_answer

_API = "^" + A1_API_ROOT
_BOTH = f"^({A1_API_ROOT}|{API_ROOT})(/|$)"
_REPORTS = _API + "/reports"
_TRANSACTIONS = _API + "/databases/[0-9]+/transactions$"
_ENTREPOT = f"^{API_ROOT}/"
_DELIVERIES = _ENTREPOT + "datastores/[^/]+/uploads/[^/]+/(data|md5)$"
_NUMBER = (int, float)
_REQUIRED = object()


class Kind(NamedTuple):
    """Options with their type and default; where it strikes when `path` is not given; only on these methods.

    `waits`: it strikes at work, not at requests.
    """

    options: dict[str, tuple]
    path: str = _BOTH
    methods: tuple[str, ...] = ()
    waits: bool = False


KINDS = {
    "expired_token": Kind({}),
    "status": Kind(
        {
            "status": (int, _REQUIRED),
            "message": (str, "Erreur demandée"),
            "headers": (dict, {}),
            "after_body": (bool, False),
        }
    ),
    "rate_limit": Kind({"retry_after": (_NUMBER, A40_RETRY_AFTER), "status": (int, 429)}),
    "html": Kind({"status": (int, 502)}),
    "redirect": Kind({"to": (str, _REQUIRED)}),
    "reset": Kind({}),
    "drop": Kind({"at": (_NUMBER, 0.5)}),
    "lost_answer": Kind({}, methods=("POST", "PUT", "PATCH", "DELETE")),
    "slow": Kind({"seconds": (_NUMBER, 1)}),
    "slow_body": Kind({"seconds": (_NUMBER, 1)}),
    "no_content_range": Kind({}),
    "odd_content_range": Kind({"value": (str, _REQUIRED)}),
    "wrong_total": Kind({"delta": (int, 1)}),
    "repeat_page": Kind({}),
    "short_page": Kind({"rows": (int, 0)}),
    "truncated_json": Kind({"at": (_NUMBER, 0.5)}),
    "not_json": Kind({}),
    "clock": Kind({"seconds": (_NUMBER, _REQUIRED)}),
    "odd_attributes": Kind({"form": (str, "text")}, _REPORTS),
    "no_geometry": Kind({}, _REPORTS),
    "no_author": Kind({}, _REPORTS),
    "int_author": Kind({}, _REPORTS),
    "bad_sketch": Kind({"text": (str, "{croquis illisible")}, _REPORTS),
    "conflict": Kind(
        {"table": (int, _REQUIRED), "key": ((int, str), _REQUIRED), "set": (dict, {}), "destroyed": (bool, False)},
        _TRANSACTIONS,
        ("POST",),
    ),
    "failed_transaction": Kind(
        {"status": (str, "failed"), "message": (str, "Échec de la transaction")}, _TRANSACTIONS, ("POST",)
    ),
    "slow_transaction": Kind({"seconds": (_NUMBER, 1), "pending": (bool, False)}, _TRANSACTIONS, ("POST",)),
    "odd_rows": Kind({"form": (str, "data")}, _API + "/wfs"),
    "odd_table": Kind({}, _API + "/databases/[0-9]+/tables/[0-9]+$"),
    "odd_users_me": Kind(dict.fromkeys(odd_forms.USERS_ME, (bool, False)), _API + "/users/me$"),
}
ENTREPOT_KINDS = {
    "cut_upload": Kind({"at": (_NUMBER, 0.5)}, _DELIVERIES, ("POST",)),
    "expired_upload": Kind({"at": (_NUMBER, 0.5)}, _DELIVERIES, ("POST",)),
    "slow_link": Kind({"bytes_per_second": (_NUMBER, _REQUIRED)}, _ENTREPOT, ("POST", "PUT")),
    "error_form": Kind({"form": (str, "string")}, _ENTREPOT),
    "check_failure": Kind({"check": (str, ""), "logs": (list, [])}, waits=True),
    "execution": Kind({"processing": (str, ""), "status": (str, "FAILURE"), "logs": (list, [])}, waits=True),
    "no_storage": Kind({"tag": (str, "")}, waits=True),
    "endpoint_full": Kind({"endpoint": (str, "")}, waits=True),
}
KINDS.update(ENTREPOT_KINDS)
_CHOICES = {
    "odd_attributes": {"form": odd_forms.ATTRIBUTES},
    "odd_rows": {"form": odd_forms.ROWS},
    "failed_transaction": {"status": ("failed", "rollbacked", "cancelled")},
    "error_form": {"form": error_forms.FORMS},
    "execution": {"status": ("FAILURE", "ABORTED", "PROGRESS")},
}
_COMMON = {"path": (str, None), "method": (str, None), "after": (int, 0), "times": (int, 1)}


class Fault:
    """One switch and how often it struck."""

    def __init__(self, definition: dict):
        if not isinstance(definition, dict) or definition.get("kind") not in KINDS:
            raise bad(f"Panne inconnue : {definition}. Connues : {', '.join(KINDS)}")
        self.kind = definition["kind"]
        self._rule = KINDS[self.kind]
        known = {**_COMMON, **self._rule.options}
        for name in definition:
            if name != "kind" and name not in known:
                raise bad(f"{self.kind} : option inconnue {name}")
        values = {name: _option(self.kind, name, definition, *rule) for name, rule in known.items()}
        self.options = {name: values[name] for name in self._rule.options}
        self._after, self._times = values["after"], values["times"]
        self._method = values["method"].upper() if values["method"] else None
        try:
            self._path = re.compile(values["path"] if values["path"] is not None else self._rule.path)
        except re.error as error:
            raise bad(f"{self.kind} : path, {error}") from None
        for name, allowed in _CHOICES.get(self.kind, {}).items():
            if self.options[name] not in allowed:
                raise bad(f"{self.kind} : {name} parmi {', '.join(allowed)}")
        self.definition, self._seen, self.hits = definition, 0, 0

    def strikes(self, request: Request) -> bool:
        """Whether this request is hit; counts it."""
        if (
            self._rule.waits
            or not self._path.search(request.url.path)
            or (self._method and request.method != self._method)
        ):
            return False
        if self._rule.methods and request.method not in self._rule.methods:
            return False
        if self.kind == "expired_token" and _bearer(request) is None:
            return False
        return self._counted()

    def finds(self, kind: str, names: tuple[str, ...]) -> bool:
        """Whether this work, which has these names, is hit; counts it."""
        if self.kind != kind or not self._rule.waits:
            return False
        wanted = str(next(iter(self.options.values())))
        return any(re.search(wanted, name) for name in names) and self._counted()

    def _counted(self) -> bool:
        self._seen += 1
        if self._seen <= self._after or (self._times is not None and self.hits >= self._times):
            return False
        self.hits += 1
        return True

    async def before(self, request: Request, state) -> None:
        """What happens before the request is handled."""
        if self.kind == "slow":
            await asyncio.sleep(self.options["seconds"])
        elif self.kind == "conflict":
            sandbox = request.state.sandbox
            table = sandbox.catalogue.tables.get(self.options["table"])
            if table is None:
                raise bad(f"conflict : table inconnue : {self.options['table']}")
            interfere(sandbox, table, *(self.options[name] for name in ("key", "set", "destroyed")))
        elif self.kind in ("failed_transaction", "slow_transaction"):
            request.state.transaction_fault = self.options
        elif self.kind == "expired_token":
            state.drop_token(_bearer(request))
        elif self.kind == "repeat_page":
            pairs = parse_qsl(request.scope["query_string"].decode("latin-1"), keep_blank_values=True)
            pairs = [(name, _previous(value) if name == "page" else value) for name, value in pairs]
            request.scope["query_string"] = urlencode(pairs).encode()

    def instead(self, request: Request) -> Outgoing | None:
        """The answer that replaces the handler's, None to let it work."""
        options = self.options
        if self.kind in ("status", "rate_limit") and not options.get("after_body"):
            return self._refusal(request)
        if self.kind == "html":
            return Outgoing.of(html_answer("Bad Gateway", "<h1>Bad Gateway</h1><p>nginx</p>", options["status"]))
        if self.kind == "redirect":
            return Outgoing.of(Response(b"", 302, {"Location": options["to"]}, "text/html; charset=utf-8"))
        if self.kind == "reset":
            return _silenced(Outgoing())
        return None

    def _refusal(self, request: Request) -> Outgoing:
        options, headers = self.options, self.options.get("headers") or {}
        if self.kind == "rate_limit":
            headers = {"Retry-After": str(options["retry_after"])}
        error = ApiError(options["status"], options.get("message", "Trop de requêtes"), headers)
        return Outgoing.of(error_forms.error_at(request.url.path, error))

    def change(self, outgoing: Outgoing, request: Request) -> None:
        """What happens to the answer on its way out."""
        if self.kind == "status" and self.options["after_body"]:
            outgoing.replace(self._refusal(request))
        changes = _CHANGES.get(self.kind)
        if changes:
            changes(outgoing, **self.options)


def _option(kind: str, name: str, definition: dict, type_, default):
    if name not in definition:
        if default is _REQUIRED:
            raise bad(f"{kind} : option {name} obligatoire")
        return default
    value = definition[name]
    if value is None and name in _COMMON:
        return None if name != "after" else 0
    right = isinstance(value, type_) and (type_ is bool or not isinstance(value, bool))
    if not right or (isinstance(value, _NUMBER) and name not in ("delta", "seconds", "key") and value < 0):
        raise bad(f"{kind} : valeur incorrecte pour {name} : {value}")
    if kind != "clock" and name == "seconds" and value < 0:
        raise bad(f"{kind} : valeur incorrecte pour {name} : {value}")
    if (
        name == "status" and type_ is int and (not 200 <= value <= 599 or value in (204, 304))
    ):  # those two have no body to send
        raise bad(f"{kind} : statut HTTP incorrect : {value}")
    return value


def _bearer(request: Request) -> str | None:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def _previous(page: str) -> str:
    return str(max(1, int(page) - 1)) if page.isdigit() else page


def _silenced(outgoing: Outgoing) -> Outgoing:
    outgoing.silent = True
    return outgoing


def _drop(outgoing: Outgoing, at: float) -> None:
    outgoing.promised, outgoing.share = len(outgoing.body), min(at, 1)
    outgoing.body = outgoing.body[: int(len(outgoing.body) * min(at, 1))]


def _truncate(outgoing: Outgoing, at: float) -> None:
    outgoing.body = outgoing.body[: int(len(outgoing.body) * min(at, 1))]


def _drip(outgoing: Outgoing, seconds: float) -> None:
    outgoing.drip = seconds


def _not_json(outgoing: Outgoing) -> None:
    outgoing.body = b"Service en maintenance, merci de revenir plus tard"


def _no_content_range(outgoing: Outgoing) -> None:
    outgoing.headers.pop("Content-Range", None)


def _odd_content_range(outgoing: Outgoing, value: str) -> None:
    outgoing.headers["Content-Range"] = value


def _wrong_total(outgoing: Outgoing, delta: int) -> None:
    range_, slash, total = outgoing.headers.get("Content-Range", "").partition("/")
    if slash:
        outgoing.headers["Content-Range"] = f"{range_}/{max(0, int(total) + delta)}"


def _short_page(outgoing: Outgoing, rows: int) -> None:
    odd_forms.rewrite(outgoing, lambda value: value[:rows] if isinstance(value, list) else value)


def _in_form(outgoing: Outgoing, form: str) -> None:
    with contextlib.suppress(ValueError, KeyError, TypeError):  # no error in the usual form
        message = " ; ".join(json.loads(outgoing.body)["error_description"])
        headers = {name: value for name, value in outgoing.headers.items() if name != "Content-Type"}
        outgoing.replace(Outgoing.of(error_forms.error_in(form, ApiError(outgoing.status, message, headers))))


def _cut(outgoing: Outgoing, at: float) -> None:
    outgoing.silent = True


_CHANGES = {
    "lost_answer": _silenced,
    "cut_upload": _cut,
    "error_form": _in_form,
    "drop": _drop,
    "slow_body": _drip,
    "truncated_json": _truncate,
    "not_json": _not_json,
    "no_content_range": _no_content_range,
    "odd_content_range": _odd_content_range,
    "wrong_total": _wrong_total,
    "short_page": _short_page,
    "odd_attributes": odd_forms.odd_attributes,
    "no_geometry": odd_forms.no_geometry,
    "no_author": odd_forms.no_author,
    "int_author": odd_forms.int_author,
    "bad_sketch": odd_forms.bad_sketch,
    "odd_rows": odd_forms.odd_rows,
    "odd_table": odd_forms.odd_table,
    "odd_users_me": odd_forms.odd_users_me,
}


class Faults:
    """The switches that are on."""

    def __init__(self, definitions: list[dict]):
        self.replace(definitions)

    def replace(self, definitions) -> None:
        if not isinstance(definitions, list):
            raise bad("Liste de pannes attendue")
        self._faults = [Fault(definition) for definition in definitions]

    def add(self, definition) -> None:
        self._faults.append(Fault(definition))

    def listed(self) -> list[dict]:
        return [{**fault.definition, "hits": fault.hits} for fault in self._faults]

    def fire(self, request: Request) -> list[Fault]:
        """The faults that hit this request, in the order they were given."""
        return [fault for fault in self._faults if fault.strikes(request)]

    def take(self, kind: str, *names: str) -> dict | None:
        """The options of the first switch of a kind that waits for work with one of these names; None if none does."""
        return next((fault.options for fault in self._faults if fault.finds(kind, names)), None)

    @staticmethod
    def hindrances(fired: list[Fault]) -> Hindrances:
        """What they do to a body that arrives."""
        options = {fault.kind: fault.options for fault in fired}
        return Hindrances(
            options.get("cut_upload", {}).get("at"),
            options.get("expired_upload", {}).get("at"),
            options.get("slow_link", {}).get("bytes_per_second"),
        )

    @staticmethod
    def shift(fired: list[Fault]) -> float:
        """By how many seconds the `Date` header is wrong."""
        return sum(fault.options["seconds"] for fault in fired if fault.kind == "clock")
