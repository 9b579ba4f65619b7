"""The parameters of a processing: what it declares, and whether what it is given is that."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ....client.entrepot.processings import Processing
from ....client.errors import shortened
from ....i18n import _
from ...connection.schema import validator
from ...errors import InputError


def as_declared(processing: Processing, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters as the processing wants them, those that are None left out.

    Numbers become texts and texts numbers where it says so (contract 3.6: levels are texts). Raises InputError for
    one that is missing, unknown, or against its constraints.
    """
    declared = processing.parameters
    given = {name: value for name, value in parameters.items() if value is not None}
    if not declared:  # it says nothing: the server will
        return given
    unknown = sorted(given.keys() - declared.keys())
    if unknown:
        raise InputError(
            _("“{processing}” has no parameter {names}. It has: {known}.").format(
                processing=processing.name, names=", ".join(unknown), known=", ".join(declared)
            )
        )
    missing = sorted(
        name
        for name, about in declared.items()
        if about.get("mandatory") and about.get("default_value") is None and name not in given
    )
    if missing:
        raise InputError(
            _("“{processing}” needs {names}.").format(processing=processing.name, names=", ".join(missing))
        )
    return {name: _checked(processing, name, value, declared[name].get("constraints")) for name, value in given.items()}


def _checked(processing: Processing, name: str, value: Any, constraints: Any) -> Any:
    if not isinstance(constraints, dict) or not constraints:
        return value
    fitting, judge = _converted(value, constraints), validator(constraints)
    if not validator(judge.META_SCHEMA).is_valid(constraints):
        return value  # what cannot be read as a schema holds nobody to anything
    for error in judge.iter_errors(fitting):
        place = ".".join(str(part) for part in (name, *error.absolute_path))
        raise InputError(
            _("“{processing}” does not take this for {place}: {why}.").format(
                processing=processing.name, place=place, why=_why(error)
            )
        )
    return fitting


def _converted(value: Any, constraints: Mapping[str, Any]) -> Any:
    """The value as the schema's type has it, inside lists and objects too."""
    kind = constraints.get("type")
    if isinstance(value, list) and isinstance(constraints.get("items"), dict):
        return [_converted(item, constraints["items"]) for item in value]
    if isinstance(value, dict) and isinstance(constraints.get("properties"), dict):
        inside = constraints["properties"]
        return {name: _converted(item, inside.get(name, {})) for name, item in value.items()}
    if kind == "string" and isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value)
    if kind in ("integer", "number") and isinstance(value, str):
        return _number(value)
    return value


def _number(text: str) -> Any:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def _why(error: Any) -> str:
    """What is wrong, with what is allowed where that can be listed."""
    if error.validator == "enum":
        return _("{value} is none of {known}").format(
            value=error.instance, known=", ".join(map(str, error.validator_value))
        )
    return shortened(str(error.message), 300)
