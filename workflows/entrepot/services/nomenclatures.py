"""The words of the platform for formats, zones and resolutions (contract 3.9)."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches

from ....client import reading
from ....client.entrepot.api import Entrepot
from ....i18n import _
from ...errors import InputError


def check_terms(api: Entrepot, terms: Mapping[str, str]) -> None:
    """Raises InputError for a term that the platform does not have; `terms` by `format`, `zone`, `resolution`."""
    for type, term in terms.items():
        rows = api.listed("statics/nomenclatures", [("type", type.upper())])
        known = {reading.text(row.get("term")): reading.text(row.get("label")) for row in rows}
        if term in known:
            continue
        near = get_close_matches(term, [*known, *known.values()], 3) or list(known)[:10]
        told = [f"{one} ({known[one]})" if one in known else _term(known, one) for one in near]
        raise InputError(
            _("“{term}” is no {type} that the platform knows: try {terms}.").format(
                term=term, type=type.upper(), terms=", ".join(told) or "–"
            )
        )


def _term(known: Mapping[str, str], label: str) -> str:
    return next(f"{term} ({label})" for term, one in known.items() if one == label)
