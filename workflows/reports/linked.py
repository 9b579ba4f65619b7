"""Reports and the sketches that belong to them, by their numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ...store.schema import REPORT_TABLE, SKETCH_TABLES
from ...store.store import Store


@dataclass(frozen=True)
class Linked:
    """Numbers of reports, and the ids of their sketches' rows by table."""

    reports: list[int]
    sketches: dict[str, list[int]]

    @property
    def sketch_count(self) -> int:
        return sum(map(len, self.sketches.values()))


def linked(store: Store, numbers: Sequence[int]) -> Linked:
    """Those of these reports that the store has, with all their sketches. Raises StoreError."""
    tables = store.reports
    return Linked(
        [row[0] for row in tables.rows_of(numbers, "id")],
        {table: [row[0] for row in tables.rows_of(numbers, "id", table=table)] for table in SKETCH_TABLES.values()},
    )


def rows(found: Linked, side: str) -> dict[str, list[int]]:
    """Ids of rows by table: of the `sketches`, of the `reports`, or of `both`."""
    reports = {REPORT_TABLE: found.reports}
    return {"sketches": found.sketches, "reports": reports, "both": {**reports, **found.sketches}}[side]
