"""What was last known of the reports that are followed: several follows, each with its own memory, in one store."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Optional

from .database import Database


@dataclass(frozen=True)
class Follow:
    """One follow, and up to when its memory reaches.

    `key` is the same for the same service, account and filters; `seen` the moment of its last run by our clock,
    `watermark` the last change that it saw by the server's; `about` what is remembered of the community.
    """

    key: str
    seen: str
    watermark: Optional[str]
    about: dict[str, Any]


@dataclass(frozen=True)
class Followed:
    """What was known of one report. `content`, JSON, is None if it answers the server's filter, but not all others."""

    report: int
    status: Optional[str] = None
    updated: Optional[str] = None
    content: Optional[str] = None


class Follows:
    """The follows of a store. `remember` belongs inside `store.atomic()`."""

    def __init__(self, store: Database) -> None:
        self._store = store

    def find(self, key: str) -> Optional[Follow]:
        """The follow of this key, None if there was no run yet."""
        rows = self._store.all("SELECT seen, watermark, about FROM geocollab_follow WHERE key = ?", (key,))
        return next((Follow(key, seen, watermark, json.loads(about)) for seen, watermark, about in rows), None)

    def numbers(self, key: str) -> dict[int, bool]:
        """The reports of a follow; of each, whether it answers all of the user's filters."""
        rows = self._store.all(
            "SELECT report, content NOT NULL FROM geocollab_followed JOIN geocollab_follow ON id = follow "
            "WHERE key = ?",
            (key,),
        )
        return {report: bool(kept) for report, kept in rows}

    def known(self, key: str, report: int) -> Optional[Followed]:
        """What was known of one report, None for nothing."""
        rows = self._store.all(
            "SELECT status, updated, content FROM geocollab_followed "
            "WHERE follow = (SELECT id FROM geocollab_follow WHERE key = ?) AND report = ?",
            (key, report),
        )
        return next((Followed(report, *row) for row in rows), None)

    def remember(self, follow: Follow, changed: Iterable[Followed], gone: Iterable[int]) -> None:
        """Keep what is known now: of the changed reports the new state, of those gone nothing."""
        run, many = self._store.connection.execute, self._store.connection.executemany
        run(
            "INSERT INTO geocollab_follow (key, seen, watermark, about) VALUES (?, ?, ?, ?) ON CONFLICT (key) "
            "DO UPDATE SET seen = excluded.seen, watermark = excluded.watermark, about = excluded.about",
            (follow.key, follow.seen, follow.watermark, json.dumps(follow.about, sort_keys=True)),
        )
        number = self._store.one("SELECT id FROM geocollab_follow WHERE key = ?", (follow.key,))
        many("DELETE FROM geocollab_followed WHERE follow = ? AND report = ?", ((number, report) for report in gone))
        many(
            "INSERT OR REPLACE INTO geocollab_followed (follow, report, status, updated, content) "
            "VALUES (?, ?, ?, ?, ?)",
            ((number, known.report, known.status, known.updated, known.content) for known in changed),
        )
