"""What a JSON text means, whatever its spaces, the order of its members and the way its numbers are written."""

from __future__ import annotations

import json
import math
from typing import Any, NoReturn, Union

SQL_FUNCTION = "geocollab_json"
"""`json_value`, as SQL calls it on the connections of a store; never in what other programs run, as triggers."""


def json_value(value: Any) -> Any:
    """One spelling for all texts of the same JSON value, None for null; whatever is no JSON text stays as it is."""
    if not isinstance(value, str):
        return value
    try:
        read = json.loads(value, parse_float=_number, parse_constant=_refuse)
        # of no other text: they are no JSON
        return None if read is None else json.dumps(read, sort_keys=True)
    except (ValueError, RecursionError):
        return value


def _number(text: str) -> Union[int, float]:
    """1.0 and 1 are one number, and so written; what no number can hold is none."""
    number = float(text)
    if math.isinf(number):
        _refuse(text)
    return int(number) if number.is_integer() else number


def _refuse(text: str) -> NoReturn:
    raise ValueError(text)
