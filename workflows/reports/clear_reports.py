"""Empty the reports of a store; nothing is sent to the server."""

from __future__ import annotations

from ...store.store import Store
from .local_copy import STATE


def clear_reports(store: Store) -> dict[str, int]:
    """Remove all reports, sketches, replies and documents, in one transaction; gives how many there were.

    The next update is then a download of everything.
    """
    with store.atomic() as connection:
        counts = store.reports.counts()
        store.reports.clear()
        connection.execute("DELETE FROM geocollab_state WHERE key = ?", (STATE,))
    return {
        "COUNT": counts["Signalement"],
        "SKETCH_COUNT": sum(number for table, number in counts.items() if table.startswith("Croquis")),
        "REPLY_COUNT": counts["Reponse_EC"],
        "DOCUMENT_COUNT": counts["Document_EC"],
    }
