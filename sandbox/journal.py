"""The journal: every request the sandbox saw, without any secret."""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Collection
from urllib.parse import parse_qsl, urlencode

_KEPT = 50_000
_MAX_TEXT = 20_000
_SECRET_NAMES = frozenset(
    {"password", "client_secret", "secret", "token", "access_token", "refresh_token", "id_token", "id_token_hint",
     "code", "code_verifier", "assertion", "apikey", "hash", "headers"}
)  # fmt: skip
_SECRET_HEADERS = frozenset({"authorization", "cookie", "proxy-authorization", "x-api-key", "apikey"})
_KEY_IN_URL = re.compile(r"((?:^|[?&])apikey=)[^&#]*", re.IGNORECASE)  # of a service that is to be harvested
HIDDEN = "***"


class Journal:
    def __init__(self):
        self._entries: deque[dict] = deque(maxlen=_KEPT)
        self._count = 0

    def add(self, **entry) -> None:
        self._count += 1
        self._entries.append({"n": self._count, **entry})

    def entries(self, path: str | None = None) -> list[dict]:
        """All entries, or those whose path matches the regular expression."""
        pattern = re.compile(path or "")
        return [entry for entry in self._entries if pattern.search(entry["path"])]

    def clear(self) -> None:
        self._entries.clear()


def is_secret(name: str) -> bool:
    return name.lower() in _SECRET_NAMES


def hidden_pairs(pairs: list[tuple[str, str]]) -> list[list[str]]:
    return [[name, HIDDEN if is_secret(name) else value] for name, value in pairs]


def hidden_headers(pairs: list[tuple[bytes, bytes]], secret: Collection[str] = ()) -> dict[str, str]:
    """The headers by name; of a secret one only the first word (`Bearer ***`). `secret`: more names, in lower case."""
    headers = {}
    for raw_name, raw_value in pairs:
        name, value = raw_name.decode("latin-1"), raw_value.decode("latin-1")
        if name.lower() in _SECRET_HEADERS or name.lower() in secret:
            scheme = value.partition(" ")[0] if name.lower() == "authorization" and " " in value else ""
            value = f"{scheme} {HIDDEN}".strip()
        headers[name] = value
    return headers


def readable_body(body: bytes, content_type: str) -> str:
    """The body as text without secrets; files and unreadable bodies as a summary."""
    kind = content_type.split(";")[0].strip().lower()
    if not body:
        return ""
    if kind == "multipart/form-data":
        return _multipart_summary(body, content_type)
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return f"({len(body)} bytes)"
    if kind == "application/x-www-form-urlencoded":
        pairs = hidden_pairs(parse_qsl(text, keep_blank_values=True))
        return urlencode([tuple(pair) for pair in pairs], safe="*")[:_MAX_TEXT]
    try:
        return json.dumps(_hidden_json(json.loads(text)), ensure_ascii=False)[:_MAX_TEXT]
    except (ValueError, RecursionError):
        return f"({len(body)} bytes of {kind or 'unknown type'})"


def _hidden_json(value):
    if isinstance(value, dict):
        return {k: HIDDEN if is_secret(k) else _hidden_json(v) for k, v in value.items()}
    if isinstance(value, str):
        return _KEY_IN_URL.sub(r"\1" + HIDDEN, value)
    return [_hidden_json(item) for item in value] if isinstance(value, list) else value


def _multipart_summary(body: bytes, content_type: str) -> str:
    """`name=value` of the text parts, `name=file(filename, type, n bytes)` of the others, one a line."""
    match = re.search(r'boundary="?([^";]+)', content_type)
    lines = []
    for part in body.split(b"--" + match.group(1).encode())[1:-1] if match else ():
        head, _, content = part.strip(b"\r\n").partition(b"\r\n\r\n")
        header = head.decode("utf-8", "replace")
        name = re.search(r'\bname="([^"]*)"', header)
        filename = re.search(r'filename="([^"]*)"', header)
        label = name.group(1) if name else "?"
        if filename:
            type_ = re.search(r"content-type:\s*(\S+)", header, re.IGNORECASE)
            lines.append(f"{label}=file({filename.group(1)}, {type_.group(1) if type_ else '?'}, {len(content)} bytes)")
        else:
            value = HIDDEN if is_secret(label) else content.decode("utf-8", "replace")
            lines.append(f"{label}={value}"[:_MAX_TEXT])
    return "\n".join(lines)
