"""Who asks (Bearer, Basic or nobody: section 1.2, A6, A7), what they may see (A44), how often they may ask (A40)."""

from __future__ import annotations

import base64
import binascii
import time
from collections import defaultdict, deque

from starlette.requests import Request

from .assumptions import A40_REQUESTS_PER_SECOND, A40_RETRY_AFTER, A44_readers
from .errors import ApiError, forbidden, unauthorised
from .state import State
from .world import groups
from .world.people import BY_ID, User, signed_in


def identify(state: State, authorization: str | None) -> User | None:
    """The user behind an Authorization header, None without header; 401 when it is not valid."""
    if authorization is None:
        return None
    scheme, _, value = authorization.partition(" ")
    if scheme.lower() == "bearer":
        token = state.token(value.strip(), "access")
        if token and token["expires"] > time.time():
            return BY_ID[token["user"]]
        raise unauthorised("Jeton expiré ou inconnu")
    if scheme.lower() == "basic":
        try:
            name, _, password = base64.b64decode(value, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            raise unauthorised("En-tête Authorization illisible") from None
        user = signed_in(name, password)
        if user:
            return user
        raise unauthorised("Identifiant ou mot de passe incorrect")
    raise unauthorised("Type d'authentification inconnu")


def bearer(state: State, authorization: str | None) -> User | None:
    """The same where only tokens are accepted: the API Entrepôt (contract entrepot.md, section 1.2)."""
    if authorization is not None and not authorization.lower().startswith("bearer "):
        raise unauthorised("Un jeton est attendu : Authorization: Bearer")
    return identify(state, authorization)


def require_user(request: Request) -> User:
    user = request.state.user
    if user is None:
        raise unauthorised()
    return user


def require_member(user: User, community_id: int | None) -> None:
    if groups.affiliation(user.id, community_id) is None:
        raise forbidden("Vous n'êtes pas membre de ce groupe")


def visible_reports(user: User | None) -> tuple[str, list]:
    """The SQL condition, and its values, of the reports this user may read."""
    clauses, values = ["community IS NULL"], []
    for group in groups.GROUPS.values():
        readers = A44_readers(group["shared_georem"])
        member = groups.affiliation(user.id, group["id"]) if user else None
        if readers == "everybody" or (member and (readers == "members" or member.role == "admin")):
            clauses.append("community = ?")
            values.append(group["id"])
        elif member:
            clauses.append("(community = ? AND author = ?)")
            values.extend((group["id"], user.id))
    return "(" + " OR ".join(clauses) + ")", values


def may_read(user: User | None, report: dict) -> bool:
    """The same rule as `visible_reports`, for one report."""
    group = groups.GROUPS.get(report.get("community"))
    readers = A44_readers(group["shared_georem"]) if group else "everybody"
    member = groups.affiliation(user.id, group["id"]) if user and group else None
    if readers == "everybody":
        return True
    if member is None:
        return False
    return readers == "members" or member.role == "admin" or (report["author"] or {}).get("id") == user.id


class Rate:
    """A40: so many requests in any second, per user; anonymous ones count together. 0 switches it off."""

    def __init__(self, limit: int = A40_REQUESTS_PER_SECOND, retry_after: float = A40_RETRY_AFTER):
        self.limit, self._retry_after = limit, retry_after
        self._recent: dict[int | None, deque] = defaultdict(deque)

    def check(self, user: User | None) -> None:
        if not self.limit:
            return
        recent, now = self._recent[user.id if user else None], time.monotonic()
        while recent and recent[0] <= now - 1:
            recent.popleft()
        if len(recent) >= self.limit:
            raise ApiError(429, "Trop de requêtes", {"Retry-After": str(self._retry_after)})
        recent.append(now)
