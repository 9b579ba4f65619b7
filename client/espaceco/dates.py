"""Dates of the service: a date without offset is French metropolitan time (A9)."""

from __future__ import annotations

from datetime import datetime, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


@lru_cache(maxsize=1)
def a9_zone() -> tzinfo:
    """A9: Europe/Paris. Windows has no time zones of its own; dateutil, which comes with QGIS, brings them along."""
    try:
        return ZoneInfo("Europe/Paris")
    except ZoneInfoNotFoundError:
        from dateutil.zoneinfo import get_zonefile_instance

        zone: tzinfo = get_zonefile_instance().zones["Europe/Paris"]
        return zone


def aware(moment: datetime) -> datetime:
    """The moment with an offset, Europe/Paris where it has none."""
    return moment if moment.tzinfo else moment.replace(tzinfo=a9_zone())


def a9_server_date(moment: datetime) -> str:
    """`YYYY-MM-DD HH:MM:SS` in the server's own time, never later than the moment.

    The hour that comes twice in autumn can only be said once: the server takes it for the first.
    """
    # by way of UTC, which also settles an hour that does not exist in spring
    return aware(moment).astimezone(timezone.utc).astimezone(a9_zone()).replace(tzinfo=None).isoformat(" ", "seconds")
