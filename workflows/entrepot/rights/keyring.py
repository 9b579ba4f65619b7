"""Keys, what they reach, and the permissions behind it: the side of who uses restricted services (contract 3.15).

A key is known by its name: asked for again it is the same one. Its secret is in the result alone, never in a text.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from functools import partial
from typing import Any, Optional, Protocol
from urllib.parse import urlsplit

from ....client import reading
from ....client.entrepot import keys as calls
from ....client.entrepot import users
from ....client.entrepot.api import Entrepot
from ....client.entrepot.entities import Entity, id_of
from ....client.entrepot.keys import EA15_PARAMETER, Key
from ....client.entrepot.urls import Url, urls_of
from ....client.errors import Conflict, Forbidden, Invalid, NotFound, ServiceError, keep_secret
from ....i18n import N_, _, ngettext
from ...errors import InputError
from ...watch import Watch
from ..acting import lost, make_once
from ..finding import id_in
from ..nearest import a_few, others
from ..states import state
from .granting import moment_of

HASH, BASIC, HEADER, OAUTH2 = TYPES = calls.TYPES
CREATED, CHANGED, KEPT, FAILED = OUTCOMES = ("created", "changed", "kept", "failed")
OUTCOME_WORDS = {
    CREATED: N_("made"),
    CHANGED: N_("changed"),
    KEPT: N_("there already"),
    FAILED: N_("refused"),
}
ACCESS_COLUMNS = (
    ("outcome", "text"),
    ("outcome_label", "text"),
    ("layer", "text"),
    ("type", "text"),
    ("end_date", "text"),
    ("detail", "text"),
    ("permission", "text"),
    ("offering", "text"),
)
REACH_COLUMNS = (
    ("layer", "text"),
    ("type", "text"),
    ("status", "text"),
    ("status_label", "text"),
    ("url", "text"),
    ("licence", "text"),
    ("end_date", "text"),
    ("ended", "flag"),
    ("only_oauth", "flag"),
    ("keys", "text"),
    ("permission", "text"),
    ("offering", "text"),
)


@dataclass(frozen=True)
class Secret:
    """What a client shows to a service: headers, or a login with its password. Never to be written into a text."""

    headers: dict[str, str] = field(default_factory=dict, repr=False)
    login: str = ""
    password: str = field(default="", repr=False)

    def text(self) -> str:
        """The lines of a file that holds it."""
        if self.login:
            return f"{self.login}:{self.password}\n"
        return "".join(f"{name}: {value}\n" for name, value in self.headers.items())


@dataclass(frozen=True)
class KeyWish:
    """A key as it is wished; networks in CIDR form. What is empty stays as it is."""

    name: str
    type: str
    whitelist: tuple[str, ...] = ()
    blacklist: tuple[str, ...] = ()
    user_agent: str = ""
    referer: str = ""

    def rules(self) -> dict[str, Any]:
        """Where and by what it may be used, as far as it is said."""
        told = {
            "whitelist": list(self.whitelist),
            "blacklist": list(self.blacklist),
            "user_agent": self.user_agent,
            "referer": self.referer,
        }
        return {name: value for name, value in told.items() if value}


@dataclass(frozen=True)
class Made:
    """A key and what was done: CREATED, CHANGED or KEPT. `secret` is None where it is not known."""

    key: Key
    outcome: str
    secret: Optional[Secret] = field(default=None, repr=False)

    def sentence(self, place: str = "") -> str:
        """What was done, where the secret is kept ("" for none), and what comes next."""
        done = {
            CREATED: _("The key “{name}” is made."),
            CHANGED: _("The rules of the key “{name}” are changed."),
            KEPT: _("The key “{name}” is there already, as asked for."),
        }[self.outcome]
        kept = _("Its secret is in {place}.").format(place=place) if place else ""
        told = (done.format(name=self.key.name), kept, _("“Create an access” lets it reach services."))
        return " ".join(filter(None, told))


# ---------------------------------------------------------------------- keys


def named_key(entrepot: Entrepot, given: str) -> Optional[Key]:
    """One's key of exactly this name, or id, whole; None if there is none. Raises InputError for several."""
    id = id_in(given)
    found = [key for key in calls.keys(entrepot) if key.id == id or key.name == given.strip()]
    if len(found) > 1:
        raise InputError(
            _("You have several keys “{name}”. Give one by its id: {ids}.").format(
                name=given, ids=", ".join(key.id for key in found)
            )
        )
    return calls.key(entrepot, found[0].id) if found else None


def all_keys(entrepot: Entrepot) -> list[Key]:
    """One's keys, without their secrets."""
    return calls.keys(entrepot)


def one_key(entrepot: Entrepot, given: str) -> Key:
    """As `named_key`, but it must be there."""
    found = named_key(entrepot, given)
    if found is None:
        names = [key.name for key in calls.keys(entrepot)]
        raise InputError(_("You have no key “{name}”.").format(name=given) + others(given, names))
    return found


def key_secret(key: Key, known: Optional[Secret] = None) -> Optional[Secret]:
    """What the key is used with, as far as the server tells it: not the password of a BASIC one."""
    infos = reading.mapping(key.raw.get("type_infos"))
    if key.type == HASH and key.hash:
        return Secret(headers={EA15_PARAMETER: key.hash})
    if key.type == HEADER:
        headers = {str(name): keep_secret(reading.text(value)) for name, value in _headers(infos).items()}
        return Secret(headers=headers) if headers else known
    return known


def _headers(infos: dict[str, Any]) -> dict[str, Any]:
    found = infos.get("headers")
    return found if isinstance(found, dict) else {}


def new_secret(type: str, *, login: str = "", password: str = "", header: str = "") -> Optional[Secret]:
    """What a key of this type is made with: what is given, else drawn. None where the server draws it, or none is."""
    if type == BASIC:
        return Secret(
            login=login or f"geocollab-{secrets.token_hex(6)}",
            password=keep_secret(password or secrets.token_urlsafe(24)),
        )
    if type == HEADER:
        return Secret(headers={header or "X-Geocollab-Key": keep_secret(password or secrets.token_urlsafe(24))})
    return None


def make_key(entrepot: Entrepot, wish: KeyWish, secret: Optional[Secret], there: Optional[Key] = None) -> Made:
    """The key of this name: made with this secret, or `there` already, with other rules if others are wished.

    Raises InputError if it is of another type, or for a second one of type OAUTH2.
    """
    if there is not None:
        return _kept(entrepot, wish, there)

    def make() -> Key:
        return calls.create_key(entrepot, wish.name, wish.type, _type_infos(wish.type, secret), **wish.rules())

    try:
        key = make_once(entrepot.session, make, partial(named_key, entrepot, wish.name))
    except Conflict as error:
        if wish.type == OAUTH2:
            raise InputError(
                _("An account has one key of the type OAUTH2 at most, and yours has one of another name.")
            ) from error
        raise
    if wish.type == HASH and not key.hash:
        key = calls.key(entrepot, key.id)
    return Made(key, CREATED, key_secret(key, secret))


def _kept(entrepot: Entrepot, wish: KeyWish, key: Key) -> Made:
    if key.type != wish.type:
        raise InputError(
            _("Your key “{name}” is of the type {type}, which never changes: choose another name.").format(
                name=key.name, type=key.type
            )
        )
    changes = {name: value for name, value in wish.rules().items() if (key.raw.get(name) or type(value)()) != value}
    if changes:
        calls.change_key(entrepot, key.id, changes)
        key = calls.key(entrepot, key.id)
    return Made(key, CHANGED if changes else KEPT, key_secret(key))


def _type_infos(type: str, secret: Optional[Secret]) -> dict[str, Any]:
    if type == BASIC and secret:
        return {"login": secret.login, "password": secret.password}
    return {"headers": secret.headers} if type == HEADER and secret else {}


def _require_room(entrepot: Entrepot) -> None:
    raw = users.me(entrepot).raw
    use, quota = (reading.integer(raw.get(name)) for name in ("keys_use", "keys_quota"))
    if use is not None and quota is not None and use >= quota:
        raise InputError(
            ngettext(
                "You have {n} key, and may have {quota}: delete one that you do not need any more.",
                "You have {n} keys, and may have {quota}: delete one that you do not need any more.",
                use,
                quota=quota,
            )
        )


# ---------------------------------------------------------------------- keys whose secret is kept


class Vault(Protocol):
    """Where the secret of one key is kept."""

    def has(self, login: str) -> bool:
        """Whether the secret of the key is in it already; `login` is that of the key, "" if it has none."""

    def hold(self, secret: Secret) -> None:
        """Keep it for now, beside what is kept: the key is about to be made with it."""

    def keep(self, secret: Optional[Secret]) -> None:
        """Keep it for good; None for what is held or kept already."""

    def release(self) -> None:
        """Forget what is held, and nothing else: there is no such key."""


def owner(entrepot: Entrepot) -> tuple[str, str]:
    """Whose keys these are: the account, and the host of the service. Names of keys are one's own on each of them."""
    me = users.me(entrepot)
    return me.email or me.id, urlsplit(entrepot.root).netloc


def keep_key(entrepot: Entrepot, wish: KeyWish, vault: Vault, given: Optional[Secret] = None, header: str = "") -> Made:
    """The key of this name, and its secret in the vault before anything can be lost.

    `given` is what a new BASIC key is made with. Raises InputError if the key is there and its secret is nowhere, or
    if there is no room for one more.
    """
    there = named_key(entrepot, wish.name)
    if there is not None:
        made = make_key(entrepot, wish, None, there)
        if made.secret is not None or vault.has(_login_of(there)):
            vault.keep(made.secret)
        elif wish.type != OAUTH2:
            raise InputError(
                _(
                    "Your key “{name}” is there, but its secret is not kept here and the server does not tell it: make "
                    "one of another name, or delete this one first."
                ).format(name=there.name)
            )
        return made
    _require_room(entrepot)
    secret = given or new_secret(wish.type, header=header)
    if secret is not None:
        vault.hold(secret)
    try:
        made = make_key(entrepot, wish, secret)
    except (ServiceError, InputError) as error:
        if not lost(error):  # otherwise it may be there, and its secret is nowhere else
            vault.release()
        raise
    if made.secret is not None:
        vault.keep(made.secret)
    return made


def _login_of(key: Key) -> str:
    return reading.text(reading.mapping(key.raw.get("type_infos")).get("login"))


# ---------------------------------------------------------------------- what one may reach


@dataclass(frozen=True)
class Reached:
    """An offering that a permission, or a key, reaches. `permission` "" for an open one of a private endpoint.

    `keys` are the names of those that have an access to it by this permission.
    """

    offering: str
    type: str
    layer_name: str
    status: str
    urls: tuple[Url, ...]
    permission: str = ""
    licence: str = ""
    end_date: str = ""
    only_oauth: bool = False
    keys: tuple[str, ...] = ()

    @property
    def ended(self) -> bool:
        end = moment_of(self.end_date)
        return end is not None and end <= datetime.now(timezone.utc)

    def row(self) -> tuple[Any, ...]:
        """As a row of REACH_COLUMNS."""
        url = self.urls[0].url if self.urls else None
        return (
            self.layer_name,
            self.type,
            self.status,
            state(self.status),
            url,
            self.licence or None,
            self.end_date or None,
            self.ended,
            self.only_oauth,
            ", ".join(self.keys) or None,
            self.permission or None,
            self.offering,
        )


def granted(entrepot: Entrepot) -> list[Reached]:
    """What the permissions that one was given reach."""
    ids = [permission.id for permission in calls.granted(entrepot)]
    whole = entrepot.session.in_parallel(lambda id: calls.permission(entrepot, id), ids)
    return [
        _reached(reading.mapping(told), permission)
        for permission in whole
        for told in reading.objects(permission.raw.get("offerings"))
    ]


def reach(entrepot: Entrepot, keys: Sequence[Key]) -> list[Reached]:
    """What the permissions that one was given, and these keys, reach."""
    found = granted(entrepot)
    accesses = dict(zip(keys, entrepot.session.in_parallel(lambda key: calls.accesses(entrepot, key.id), keys)))
    known = {(one.permission, one.offering): one for one in found}
    for key, held in accesses.items():
        for access in held:
            pair = (access.permission, access.offering)
            if pair not in known:
                known[pair] = _of_access(entrepot, access)
            known[pair] = replace(known[pair], keys=(*known[pair].keys, key.name))
    return sorted(known.values(), key=lambda one: (one.layer_name.casefold(), one.type, one.permission))


def _reached(told: dict[str, Any], permission: Entity) -> Reached:
    return Reached(
        offering=id_of(told),
        type=reading.text(told.get("type")),
        layer_name=reading.text(told.get("layer_name")),
        status=reading.text(told.get("status")),
        urls=urls_of(told.get("urls")),
        permission=permission.id,
        licence=reading.text(permission.raw.get("licence")),
        end_date=reading.text(permission.raw.get("end_date")),
        only_oauth=reading.flag(permission.raw.get("only_oauth")),
    )


def _of_access(entrepot: Entrepot, access: calls.Access) -> Reached:
    """An access says no address: the public directory does."""
    told = reading.mapping(access.raw.get("offering"))
    name = reading.text(told.get("layer_name"))
    listed = entrepot.listed("catalogs/offerings", [("layer_name", name)]) if name else []
    urls = next((urls_of(row.get("urls")) for row in listed if id_of(row) == access.offering), ())
    permission = Entity(access.permission, reading.mapping(access.raw.get("permission")))
    return replace(_reached({**told, "_id": access.offering}, permission), urls=urls)


# ---------------------------------------------------------------------- accesses


@dataclass(frozen=True)
class Line:
    """What became of one access of a key."""

    outcome: str
    reached: Reached
    detail: str = ""

    def row(self) -> tuple[Any, ...]:
        """As a row of ACCESS_COLUMNS."""
        one = self.reached
        return (
            self.outcome,
            _(OUTCOME_WORDS[self.outcome]),
            one.layer_name,
            one.type,
            one.end_date or None,
            self.detail or None,
            one.permission or None,
            one.offering,
        )


def let_in(entrepot: Entrepot, key: Key, layers: Iterable[str], permission: str, watch: Watch) -> list[Line]:
    """Let a key reach offerings, by id or layer name, or all of a permission; what it reaches already is kept.

    Of several permissions for one the one that lasts longest is used. Raises InputError for what nothing lets in.
    """
    watch = watch.through(entrepot.session)
    chosen = _chosen(entrepot, key, [text.strip() for text in layers if text.strip()], permission)
    held = {(access.permission, access.offering) for access in calls.accesses(entrepot, key.id)}
    lines, wanted = [], dict[str, list[Reached]]()
    for one in chosen:
        if (one.permission, one.offering) in held:
            lines.append(Line(KEPT, one))
        else:
            wanted.setdefault(one.permission, []).append(one)
    for id, some in wanted.items():
        lines += _let_in(entrepot, key, id, some, watch)
    return lines


def _let_in(entrepot: Entrepot, key: Key, permission: str, some: Sequence[Reached], watch: Watch) -> list[Line]:
    ids = [one.offering for one in some]

    def make() -> bool:
        calls.create_access(entrepot, key.id, ids, permission or None)
        return True

    def find() -> Optional[bool]:
        held = {access.offering for access in calls.accesses(entrepot, key.id) if access.permission == permission}
        return True if held.issuperset(ids) else None

    try:
        make_once(entrepot.session, make, find)
    except (Conflict, Forbidden, Invalid, NotFound) as error:
        return [Line(FAILED, one, watch.explain(error)) for one in some]
    return [Line(CREATED, one) for one in some]


def _chosen(entrepot: Entrepot, key: Key, layers: Sequence[str], permission: str) -> list[Reached]:
    """One way in for each offering that is meant. Raises InputError."""
    usable = [one for one in granted(entrepot) if not one.ended and (key.type == OAUTH2 or not one.only_oauth)]
    if permission:
        id = id_in(permission)
        known = [f"{one.layer_name} ({one.permission})" for one in usable]
        usable = [one for one in usable if one.permission == id]
        if not usable:
            text = _("No permission “{id}” that lasts lets a key of the type {type} in.")
            raise InputError(text.format(id=permission, type=key.type) + others(permission, known))
    found: dict[str, Reached] = {}
    for text in layers:
        named = [one for one in usable if id_in(text) == one.offering or one.layer_name.casefold() == text.casefold()]
        for one in named or _open_ones(entrepot, text, known=[one.layer_name for one in usable]):
            found[one.offering] = _longer(found.get(one.offering), one)
    if not layers:
        for one in usable:
            found[one.offering] = _longer(found.get(one.offering), one)
    if not found:
        raise InputError(_("You were given no permission that a key could use."))
    return list(found.values())


def _longer(one: Optional[Reached], other: Reached) -> Reached:
    """The one that lasts longer."""
    return other if one is None or _end(other) > _end(one) else one


def _end(one: Reached) -> datetime:
    return moment_of(one.end_date) or datetime.max.replace(tzinfo=timezone.utc)


def _open_ones(entrepot: Entrepot, text: str, known: Sequence[str]) -> list[Reached]:
    """Offerings of a private endpoint that need a key but no permission."""
    id = id_in(text)
    listed = entrepot.listed("catalogs/offerings", [("is_endpoint_open", False)])
    found = [
        Reached(
            id_of(row),
            reading.text(row.get("type")),
            reading.text(row.get("layer_name")),
            reading.text(row.get("status")),
            urls_of(row.get("urls")),
        )
        for row in listed
        if reading.flag(row.get("open")) and (id_of(row) == id or reading.text(row.get("layer_name")) == text)
    ]
    if not found:
        raise InputError(
            _("No permission that lasts lets you use “{name}”. You may use: {names}.").format(
                name=text, names=a_few(text, known)
            )
        )
    return found
