"""The points of the API Entrepôt that nobody could establish, each named after its number (contract section 10)."""

from __future__ import annotations

API_ROOT = "/api"
DEFAULT_LIMIT = 10  # contract 1.3
EA1_MAX_LIMIT = 50
EA1_MAX_LOG_LIMIT = 2000
EA3_CREATED, EA3_DELETED, EA3_EMPTY = 201, 202, 204
EA12_STATE = 409
EA15_KEY_NAME = "apikey"
EA16_STYLE_SHEET_TYPES = ("WMTS-TMS", "WMS-RASTER")
SEARCH_MOST = 1000  # documents that the search gives at once
PMTILES_ZOOM = {"top": "0", "bottom": "14"}
"""The levels of an archive of tiles for which none are asked (contract 3.6 has no defaults)."""
VALIDATION_MODEL, VALIDATION_OUTPUT = "model", "ARCHIVE"
"""How the validation is told the data model, and the type of the upload that it puts its report in (contract 3.6)."""


def EA1_content_range(first: int, count: int, total: int) -> str:
    """`first-last/total`, from 1 and inclusive; `0-0/total` for a page without rows. `first` counts from 0."""
    return f"{first + 1}-{first + count}/{total}" if count else f"0-0/{total}"
