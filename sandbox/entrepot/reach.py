"""Which publications a request may reach (contract 3.13 to 3.15): open ones; the others by the accesses of a key."""

from __future__ import annotations

import base64
import binascii
import ipaddress
import re
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from starlette.requests import Request

from ..access import identify
from ..errors import ApiError, forbidden
from ..state import SITE
from .assumptions import EA15_KEY_NAME
from .entities import Entities, Entity
from .words import LIVE

_PRIVATE, _PARTS = "/private/", "/chunk/"
_LUA = {"-": "*?", **{char: char for char in "().+*?[]^$"}}


class Live(NamedTuple):
    """What an offering serves: `configuration` and `statics` are those of its last publication or synchronisation."""

    offering: Entity
    configuration: Entity
    statics: dict[str, str]
    entities: Entities

    @property
    def name(self) -> str:
        return self.configuration["layer_name"]

    @property
    def type_infos(self) -> dict:
        return self.configuration["type_infos"]


def database(live: Live, used: dict) -> Path:
    """The GeoPackage of a stored data that the configuration uses."""
    return live.entities.folder("stored_data", used["stored_data"]) / "database.gpkg"


def reachable(request: Request, type_: str) -> list[Live]:
    """What is published of a type and the request may see, oldest first; what is on several endpoints comes once.

    On `/private/…` it needs a key; `/chunk/…` has endpoints of its own. Raises ApiError 401 without a key that is
    known, 403 from where it is not to be used, 429 beyond the limits of the service.
    """
    sandbox, place = request.state.sandbox, _place(request.url.path)
    sandbox.entrepot.diffusion.check("CHUNK" if place == _PARTS else type_)
    entities: Entities = sandbox.entrepot.entities
    allowed = None
    if place == _PRIVATE:
        request.state.key = key = _key(request, entities)
        _require_place(request, key)
        allowed = _offerings(key, entities, sandbox.clock.now())
    found = published(entities, type_, place, allowed)
    request.state.reached = [live.offering for live in found]
    return found


def published(entities: Entities, type_: str, place: str = "/", allowed: set[str] | None = None) -> list[Live]:
    """What is live of a type at a place, of these offerings alone if they are given."""
    found: dict[str, Live] = {}
    for offering in entities.all("offerings"):
        live = offering["private"].get("live")
        if offering["type"] != type_ or offering["status"] not in LIVE or not live:
            continue
        endpoint = entities.get("endpoint", offering["endpoint"]["_id"])
        if endpoint is None or _place(endpoint["urls"][0]["url"].removeprefix(SITE)) != place:
            continue
        if allowed is None or offering["_id"] in allowed:
            found.setdefault(offering["layer_name"], Live(offering, live["configuration"], live["statics"], entities))
    return list(found.values())


def _place(path: str) -> str:
    """Which services an address belongs to: private ones, those that give parts of files, or the others."""
    return next((root for root in (_PRIVATE, _PARTS) if path.startswith(root)), "/")


def named(request: Request, type_: str, name: str) -> Live | None:
    """The publication with this layer name, among those that the request may reach."""
    return next((live for live in reachable(request, type_) if live.name == name), None)


def secret_headers(entities: Entities) -> set[str]:
    """The names of the headers that keys are made of, in lower case."""
    headers = (key["private"].get("secret") or {} for key in entities.all("keys") if key["type"] == "HEADER")
    return {name.lower() for secret in headers for name in secret}


def _key(request: Request, entities: Entities) -> Entity:
    keys = entities.all("keys")
    hash_ = request.query_params.get(EA15_KEY_NAME) or request.headers.get(EA15_KEY_NAME)
    login, password = _basic(request)
    for key in keys:
        secret, infos = key["private"].get("secret"), key.get("type_infos") or {}
        if key["type"] == "HASH" and hash_ and secret == hash_:
            return key
        if key["type"] == "BASIC" and login and infos.get("login") == login and secret == password:
            return key
        if key["type"] == "HEADER" and isinstance(secret, dict) and secret and _has(request, secret):
            return key
    user = _user(request, entities)
    mine = [key for key in keys if key["type"] == "OAUTH2" and user and key["private"]["user"] == user["_id"]]
    if mine:
        return mine[0]
    raise ApiError(401, "Clé absente ou inconnue", {"WWW-Authenticate": 'Basic realm="geoplateforme"'})


def _basic(request: Request) -> tuple[str, str]:
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        login, _, password = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return login, password


def _has(request: Request, headers: dict[str, str]) -> bool:
    return all(request.headers.get(name) == value for name, value in headers.items())


def _user(request: Request, entities: Entities) -> Entity | None:
    """The user of a Bearer."""
    authorization = request.headers.get("authorization", "")
    if not authorization.lower().startswith("bearer "):
        return None
    number = identify(request.state.sandbox.state, authorization).id
    return next((user for user in entities.all("user") if user["private"].get("user") == number), None)


def _require_place(request: Request, key: Entity) -> None:
    """The addresses, programs and pages that a key was made for."""
    address = ipaddress.ip_address(request.client.host if request.client else "127.0.0.1")
    white, black = (
        [ipaddress.ip_network(net, strict=False) for net in key.get(name) or ()] for name in ("whitelist", "blacklist")
    )
    if (white and not any(address in net for net in white)) or any(address in net for net in black):
        raise forbidden("Clé refusée depuis cette adresse")
    for name, header in (("user_agent", "user-agent"), ("referer", "referer")):
        if key.get(name) and not _matches(key[name], request.headers.get(header, "")):
            raise forbidden(f"Clé refusée : {header}")


def _matches(pattern: str, text: str) -> bool:
    """A pattern of Lua, where `%` escapes (contract 3.15) and `-` repeats as little as it can."""
    parts = re.findall(r"%.|\[[^]]+\]|.", pattern, re.DOTALL)
    regular = "".join(part if part[0] == "[" else _LUA.get(part, re.escape(part[-1])) for part in parts)
    try:
        return re.search(regular, text) is not None
    except re.error:
        return pattern in text


def _offerings(key: Entity, entities: Entities, now: float) -> set[str]:
    """The ids of those that a key's accesses let it reach now."""
    found = set()
    for access in entities.all("accesses"):
        if access["private"].get("key") != key["_id"]:
            continue
        offering = entities.get("offerings", access["offering"])
        if access.get("permission") is None:
            if offering and offering["open"]:
                found.add(offering["_id"])
            continue
        permission = entities.get("permissions", access["permission"])
        if permission and _holds(permission, key, access["offering"], now):
            found.add(access["offering"])
    return found


def _holds(permission: Entity, key: Entity, offering: str, now: float) -> bool:
    end = permission.get("end_date")
    if end and datetime.fromisoformat(end.replace("Z", "+00:00")).timestamp() <= now:
        return False
    if permission.get("only_oauth") and key["type"] != "OAUTH2":
        return False
    return offering in {item["_id"] if isinstance(item, dict) else item for item in permission["offerings"]}
