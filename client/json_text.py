"""JSON as it is read everywhere: half characters, which no database and no file takes, become U+FFFD."""

from __future__ import annotations

import json
import re
from typing import Any, Union

_HALF = re.compile(r"[\ud800-\udfff]")
_ESCAPED_HALF = re.compile(r"\\u[dD][89a-fA-F]")


def read_json(content: Union[str, bytes]) -> Any:
    """The value of a JSON text; raises ValueError for anything else, too deep a nesting among it."""
    text = content.decode("utf-8-sig", "replace") if isinstance(content, bytes) else content
    try:
        value = json.loads(text)
        return _whole(value) if _ESCAPED_HALF.search(text) else value
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _whole(value: Any) -> Any:
    if isinstance(value, str):
        return _HALF.sub("\ufffd", value)
    if isinstance(value, list):
        return [_whole(item) for item in value]
    if isinstance(value, dict):
        return {_whole(name): _whole(item) for name, item in value.items()}
    return value
