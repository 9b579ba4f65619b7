"""How tables and columns are named in the database (contract 3.4)."""

from __future__ import annotations

import re
import unicodedata

_RIGHT = re.compile(r"[a-z_][a-z0-9_]*")
MAX_LENGTH = 63  # of PostgreSQL
KEY, GEOMETRY = "ogc_fid", "geom"


def in_database(name: str) -> str:
    """Lower case, without accents, without dashes."""
    letters = unicodedata.normalize("NFKD", name.lower())
    return "".join(letter for letter in letters if not unicodedata.combining(letter) and letter != "-")


def fault(name: str) -> str | None:
    """Why a name, as the database would have it, is refused; None if it is right."""
    made = in_database(name)
    if not _RIGHT.fullmatch(made):
        return f"« {name} » ne convient pas : lettres sans accent, chiffres et _ attendus, pas de chiffre au début"
    if len(made) > MAX_LENGTH:
        return f"« {name} » est trop long : {MAX_LENGTH} caractères au plus"
    return None
