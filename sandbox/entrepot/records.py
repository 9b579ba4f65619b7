"""What the platform reads in an ISO record (contract 3.11)."""

from __future__ import annotations

from typing import NamedTuple

from ..errors import ApiError
from .static_files import parse_xml

_GMD, _GCO = "http://www.isotc211.org/2005/gmd", "http://www.isotc211.org/2005/gco"


class Record(NamedTuple):
    file_identifier: str
    level: str


def read(content: bytes) -> Record:
    """422 where it is no record, or has no identifier."""
    try:
        root = parse_xml(content)
    except ValueError as error:
        raise ApiError(422, f"Métadonnée illisible : {error}") from None
    if root.tag != f"{{{_GMD}}}MD_Metadata":
        raise ApiError(422, "Métadonnée : l'élément gmd:MD_Metadata est attendu")
    identifier = (root.findtext(f"{{{_GMD}}}fileIdentifier/{{{_GCO}}}CharacterString") or "").strip()
    if not identifier:
        raise ApiError(422, "Métadonnée : gmd:fileIdentifier/gco:CharacterString est vide ou absent")
    code = root.find(f"{{{_GMD}}}hierarchyLevel/{{{_GMD}}}MD_ScopeCode")
    value = "" if code is None else code.get("codeListValue", code.text or "")
    return Record(identifier, "SERIES" if value == "series" else "DATASET")
