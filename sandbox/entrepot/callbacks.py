"""Who is told of the end of a check or an execution (contract 3.5, EA6); the sandbox sends no mail."""

from __future__ import annotations

from .wire import TEXT, record

_MAIL = {"type": "string", "pattern": "^[^@\\s]+@[^@\\s]+$"}
CALLBACK = record(
    ("type", "to_address"),
    type={"const": "email"},
    to_address={"type": "array", "items": _MAIL, "minItems": 1, "maxItems": 20},
    entity_url=TEXT,
)
