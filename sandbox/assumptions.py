"""The points of the API that nobody could establish, each named after its number in the contract (section 8)."""

from __future__ import annotations

import re
from datetime import datetime
from zoneinfo import ZoneInfo

A1_API_ROOT = "/gcms/api"
A4_MAX_LIMIT = 100
A8_ACCESS_SECONDS = 300
A8_REFRESH_SECONDS = 1800
A9_ZONE = ZoneInfo("Europe/Paris")
A14_NO_GROUP = -1
A18_MAX_FILE_BYTES = 16_000_000
A22_IGNORED = ("gcms_numrec",)
A25_MAX_FEATURES = 10_000
A30_STATES = ("Insert", "Update", "Delete")
A39_BROKEN_DEPARTMENTS = frozenset({"2A", "2B"})
A40_REQUESTS_PER_SECOND = 25
A40_RETRY_AFTER = 1

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}([ T][0-9]{2}:[0-9]{2}:[0-9]{2}(Z|[+-][0-9]{2}:[0-9]{2})?)?")

DEFAULT_LIMIT = 10  # section 1.4
MAX_ATTACHMENTS = 4  # section 2.5.5
PERMISSION_LEVELS = ("NONE", "VIEW", "EDIT")  # section 2.3, from the least
EDITABLE_ROLES = ("edit", "ref-edit")  # section 2.8
TRANSACTION_STATUSES = ("pending", "committed", "rollbacked", "failed", "conflicting", "cancelled")  # section 2.11
WFS_FORMATS = ("JSON", "application/json", "GeoJSON", "CSV")  # section 2.10; GML is left out
FIRST_TRANSACTION = 668_001


def A2_content_range(start: int, count: int, total: int) -> str:
    """`start-end/total`, 1-based and inclusive; `0-0/0` when there is nothing. `start` counts from 0."""
    return f"{start + 1}-{start + count}/{total}" if count else f"0-0/{total}"


def A3_list_status(total: int, limit: int) -> int:
    """206 for every page of a list that does not fit into one, the last page too."""
    return 206 if total > limit else 200


def A9_timestamp(text: str) -> int:
    """Seconds since 1970 of `YYYY-MM-DD[ HH:MM:SS[+hh:mm]]`; without offset it is Paris time.

    Raises ValueError when the text is no such date.
    """
    if not _DATE.fullmatch(text):
        raise ValueError(f"not a date: {text}")
    moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return int((moment if moment.tzinfo else moment.replace(tzinfo=A9_ZONE)).timestamp())


def A15_first_status(theme: bool, asked: str | None) -> str:
    """A report starts as `test` when asked, else `submit` with a theme and `pending0` without."""
    return "test" if asked == "test" else "submit" if theme else "pending0"


def A17_status_of_reply(asked: str, closing: bool, manager: bool, all_members_can_valid: bool) -> str:
    """A closing status given by somebody who is no manager waits for validation."""
    return asked if not closing or manager or all_members_can_valid else "pending2"


def A32_transaction_status(status: str) -> int:
    """201 for what was accepted, 200 for a refusal that is no error of HTTP (A27)."""
    return 201 if status in ("committed", "pending") else 200


def A36_may_change(open_: bool, author: bool, manager: bool) -> bool:
    """The author while the report is open, the managers of its group always."""
    return manager or (author and open_)


def A39_usable_departments(codes: list[str]) -> list[str]:
    """The filter of the server never finds anything in Corsica."""
    return [code for code in codes if code not in A39_BROKEN_DEPARTMENTS]


def A44_readers(shared_georem: str) -> str:
    """Who sees the reports of a group: `everybody`, `members` or `author` (and the managers)."""
    return {"all": "everybody", "restrained": "members", "personal": "author"}[shared_georem]
