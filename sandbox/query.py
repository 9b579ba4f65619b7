"""Query strings read strictly (section 1.4): unknown names, doubled scalars and malformed values are 400."""

from __future__ import annotations

import re

from starlette.requests import Request

from .assumptions import A4_MAX_LIMIT, DEFAULT_LIMIT, A9_timestamp
from .errors import bad

_KEY = re.compile(r"([A-Za-z_]+)(\[\d*\])?")


class Query:
    """The parameters of one request.

    `scalars` may come once; `lists` as `name[]=a&name[]=b`, `name[0]=a` or once as `name=a`.
    """

    def __init__(self, request: Request, scalars: tuple[str, ...] = (), lists: tuple[str, ...] = ()):
        self.values: dict[str, list[str]] = {}
        for key, value in request.query_params.multi_items():
            match = _KEY.fullmatch(key)
            name, bracket = match.groups() if match else (key, None)
            if (name not in scalars and name not in lists) or (bracket and name in scalars):
                raise bad(f"Paramètre inconnu : {key}")
            if not bracket and name in self.values:
                raise bad(f"Paramètre donné deux fois : {name}")
            self.values.setdefault(name, []).append(value)

    def text(self, name: str) -> str | None:
        return self.values[name][0] if name in self.values else None

    def list(self, name: str) -> list[str]:
        return self.values.get(name, [])

    def integer(self, name: str, minimum: int | None = None) -> int | None:
        text = self.text(name)
        return None if text is None else to_integer(name, text, minimum)

    def integers(self, name: str) -> list[int]:
        return [to_integer(name, text) for text in self.list(name)]

    def matching(self, name: str, pattern: str) -> list[str]:
        """The values of a list that must all match."""
        for value in self.list(name):
            if not re.fullmatch(pattern, value):
                raise bad(f"Valeur incorrecte pour {name} : {value}")
        return self.list(name)

    def among(self, name: str, allowed) -> list[str]:
        for value in self.list(name):
            if value not in allowed:
                raise bad(f"Valeur incorrecte pour {name} : {value}")
        return self.list(name)

    def timestamp(self, name: str) -> int | None:
        text = self.text(name)
        try:
            return None if text is None else A9_timestamp(text)
        except (ValueError, OverflowError):
            raise bad(f"Date incorrecte pour {name} : {text}") from None

    def fields(self, known: frozenset[str]) -> list[str] | None:
        """`fields=a,b` or `fields[]=a&fields[]=b`; an unknown name is 400 (A42)."""
        if "fields" not in self.values:
            return None
        names = [name.strip() for value in self.list("fields") for name in value.split(",")]
        for name in names:
            if name not in known:
                raise bad(f"Champ inconnu : {name}")
        return names

    def sort(self, known: frozenset[str]) -> tuple[str, bool] | None:
        """Name and whether descending, of `name:ASC`."""
        text = self.text("sort")
        if text is None:
            return None
        name, _, direction = text.partition(":")
        if name not in known or direction not in ("ASC", "DESC"):
            raise bad(f"Tri incorrect : {text}")
        return name, direction == "DESC"

    def page(self) -> tuple[int, int]:
        """First row (from 0) and limit (A4)."""
        limit = self.integer("limit", 1) if "limit" in self.values else DEFAULT_LIMIT
        if limit > A4_MAX_LIMIT:
            raise bad(f"limit ne peut dépasser {A4_MAX_LIMIT}")
        page = self.integer("page", 1) if "page" in self.values else 1
        return (page - 1) * limit, limit


def to_integer(name: str, text: str, minimum: int | None = None) -> int:
    if not re.fullmatch(r"-?[0-9]{1,12}", text) or (minimum is not None and int(text) < minimum):
        raise bad(f"Nombre incorrect pour {name} : {text}")
    return int(text)


def like(text: str) -> re.Pattern:
    """SQL's LIKE as a regular expression, case-sensitive."""
    parts = ({"%": ".*", "_": "."}.get(char, re.escape(char)) for char in text)
    return re.compile("".join(parts), re.DOTALL)
