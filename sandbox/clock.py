"""The sandbox's own time, so that a test can live on any day."""

from __future__ import annotations

import time
from datetime import datetime, timezone
from email.utils import formatdate
from functools import lru_cache

from .assumptions import A9_ZONE


class Clock:
    """Real time shifted by `offset` seconds."""

    def __init__(self, offset: float = 0.0):
        self.offset = offset

    def now(self) -> float:
        return time.time() + self.offset

    def http_date(self, shift: float = 0.0) -> str:
        return formatdate(self.now() + shift, usegmt=True)


def iso(timestamp: float) -> str:
    """ISO 8601 with the offset of Paris on that day, as the server writes its dates."""
    hours, seconds = divmod(int(timestamp), 3600)
    start, offset = _hour(hours)
    return f"{start}:{seconds // 60:02d}:{seconds % 60:02d}{offset}"


@lru_cache(maxsize=50_000)
def _hour(hours: int) -> tuple[str, str]:
    """`YYYY-MM-DDTHH` and the offset; the same for all dates of one hour (a big seed writes a million)."""
    text = datetime.fromtimestamp(hours * 3600, A9_ZONE).isoformat()
    return text[:13], text[19:]


def parse_now(text: str) -> float:
    """Seconds since 1970 of an ISO text; without offset it is UTC."""
    moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return (moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)).timestamp()
