"""The `attributes` of a report against the form of its theme (section 2.1, "value encoding")."""

from __future__ import annotations

import json
import re
from datetime import datetime

from .errors import bad
from .world import groups


def read_theme(attributes) -> dict | None:
    """One object `{community, theme, attributes: {}}`, checked against the group's form; None for no theme.

    Raises 400, also for the list form of reading and for `[]` as inner attributes (section 2.5.1).
    """
    if attributes is None:
        return None
    if not isinstance(attributes, dict) or set(attributes) - {"community", "theme", "attributes"}:
        raise bad("attributes : un seul objet {community, theme, attributes} est attendu")
    values = attributes.get("attributes", {})
    if not isinstance(values, dict):
        raise bad("attributes.attributes : un objet est attendu")
    community, name = _number(attributes.get("community")), attributes.get("theme")
    theme = groups.theme(community, name)
    if theme is None:
        raise bad(f"Thème inconnu dans le groupe {community} : {name}")
    _check(theme, values)
    return {"community": community, "theme": name, "attributes": values}


def _number(value) -> int:
    if isinstance(value, bool) or not isinstance(value, (int, str)) or not re.fullmatch(r"-?[0-9]{1,12}", str(value)):
        raise bad("attributes.community : numéro de groupe attendu")
    return int(value)


def _check(theme: dict, values: dict) -> None:
    attributes = {attribute["name"]: attribute for attribute in theme["attributes"]}
    automatic = {attribute["name"] for attribute in theme["autofilled_attributes"]}
    for name, value in values.items():
        if name in attributes:
            _check_value(attributes[name], value)
        elif name not in automatic or not isinstance(value, str):
            raise bad(f"Attribut inconnu : {name}")
    for name, attribute in attributes.items():
        asked = attribute.get("condition_field") is None or values.get(attribute["condition_field"]) not in (None, "0")
        if attribute["mandatory"] and asked and values.get(name) in (None, "", []):
            raise bad(f"Attribut obligatoire : {name}")


def _check_value(attribute: dict, value) -> None:
    name = attribute["name"]
    if attribute["multiple"]:
        chosen = value if isinstance(value, list) else value.split(";") if isinstance(value, str) else [None]
    else:
        chosen = [value]
    for item in chosen:
        if not isinstance(item, str):
            raise bad(f"{name} : chaque valeur est un texte")
        if item and not _fits(attribute, item):
            raise bad(f"{name} : valeur incorrecte : {item}")


def _fits(attribute: dict, text: str) -> bool:
    kind = attribute["type"]
    if kind == "list":
        values = attribute["values"]
        return text in (values.values() if isinstance(values, dict) else values)
    if kind == "checkbox":
        return text in ("0", "1")
    return _typed(kind, text) and _constrained(kind, text, attribute.get("input_constraints") or {})


def _typed(kind: str, text: str) -> bool:
    try:
        if kind == "integer":
            return re.fullmatch(r"[-+]?\d{1,18}", text) is not None
        if kind in ("double", "float"):
            return re.fullmatch(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?", text) is not None
        if kind == "date":
            return len(text) == 10 and bool(datetime.strptime(text, "%Y-%m-%d"))  # noqa: DTZ007 - a date of a form has no zone
        if kind == "datetime":
            return len(text) == 19 and bool(datetime.strptime(text, "%Y-%m-%d %H:%M:%S"))  # noqa: DTZ007
        if kind == "jsonvalue":
            json.loads(text)
        return True
    except ValueError:
        return False


def _constrained(kind: str, text: str, rules: dict) -> bool:
    if kind in ("integer", "double", "float"):
        low, high = float(rules.get("minValue", "-inf")), float(rules.get("maxValue", "inf"))
        return low <= float(text) <= high
    length = rules.get("minLength", 0) <= len(text) <= rules.get("maxLength", len(text))
    return length and re.search(rules.get("pattern", ""), text) is not None
