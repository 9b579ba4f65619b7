"""Bodies in and out of the API Entrepôt (contract 1.3): JSON held to a schema, forms with one file."""

from __future__ import annotations

import json
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from starlette.requests import Request
from starlette.responses import Response

from ..errors import ApiError, bad
from ..wire import json_answer, on_site
from . import streams
from .assumptions import EA12_STATE
from .streams import Sent

TEXT: dict = {"type": "string", "minLength": 1}
ANY_TEXT: dict = {"type": "string"}
FLAG: dict = {"type": "boolean"}
OBJECT: dict = {"type": "object"}
TEXTS: dict = {"type": "array", "items": {"type": "string"}}
ID: dict = {"type": "string", "pattern": "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"}
IDS: dict = {"type": "array", "items": ID, "minItems": 1, "uniqueItems": True}


class Refused(ApiError):
    """An error with several reasons."""

    def __init__(self, status: int, *messages: str):
        super().__init__(status, messages[0])
        self.messages = messages


def conflict(message: str) -> ApiError:
    """EA12: what the state of things forbids."""
    return ApiError(EA12_STATE, message)


def answer(request: Request, value: Any, status: int = 200) -> Response:
    """JSON with the real address of the sandbox in its URLs."""
    return on_site(request, json_answer(value, status))


def record(required: tuple[str, ...] = (), **members: dict) -> dict:
    """The schema of an object with these members and no others."""
    return {"type": "object", "required": list(required), "properties": members, "additionalProperties": False}


async def body_of(request: Request, schema: dict) -> Any:
    """The JSON body; 400 with every reason why it is not of this schema, 415 if it is no JSON."""
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if kind != "application/json":
        raise ApiError(415, f"Type de contenu non pris en charge : {kind or 'aucun'}")
    try:
        value = json.loads(await request.body(), parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise bad("JSON illisible") from None
    check(value, schema)
    return value


def check(value: Any, schema: dict, where: str = "") -> None:
    """400 with every reason why a value is not of this schema."""
    errors = sorted(Draft202012Validator(schema).iter_errors(value), key=lambda error: list(map(str, error.path)))
    if errors:
        raise Refused(400, *(_reason(error, where) for error in errors))


def _reason(error: ValidationError, where: str) -> str:
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in error.absolute_path)
    name = (where + path).lstrip(".")
    return f"{name} : {error.message}" if name else error.message


def _no_number(text: str) -> None:
    raise ValueError(text)


def form_of(request: Request, required: tuple[str, ...] = (), optional: tuple[str, ...] = ()) -> tuple[
    dict[str, list[str]], Sent
]:  # fmt: skip
    """The texts of a form, each a list, and its one file. Raises 400 and 415.

    EA8: texts may be parameters of the address too, as IGN's own SDK sends all of them.
    """
    form = streams.form_of(request)
    texts: dict[str, list[str]] = {}
    for name, value in [*request.query_params.multi_items(), *form.fields]:
        if name not in (*required, *optional):
            raise bad(f"Champ inconnu : {name}")
        texts.setdefault(name, []).append(value)
    missing = [name for name in required if not "".join(texts.get(name, []))]
    if missing:
        raise Refused(400, *(f"Champ attendu : {name}" for name in missing))
    return texts, form.file()


def scalar(texts: dict[str, list[str]], name: str) -> str | None:
    """The one value of a field of a form, None without it; 400 for several."""
    values = texts.get(name, [])
    if len(values) > 1:
        raise bad(f"Champ donné deux fois : {name}")
    return values[0] if values else None


def items(texts: dict[str, list[str]], name: str) -> list[str]:
    """The values of a field that is repeated or written with commas."""
    return [part.strip() for text in texts.get(name, []) for part in text.split(",") if part.strip()]


def flag(name: str, text: str | None, default: bool) -> bool:
    if text is None:
        return default
    if text not in ("true", "false"):
        raise bad(f"{name} : true ou false attendu")
    return text == "true"
