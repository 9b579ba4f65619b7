"""Numbers, shares, durations and dates as the language in use writes them; texts without what a page must not hold."""

from __future__ import annotations

import math
import re
from datetime import date, timedelta

from ...i18n import _, language, ngettext

NOTHING = "–"


# Control characters, lone surrogates and non-characters are not allowed in a page; the marks that turn the writing
# direction could make the rest of a line lie about what it says.
_FORBIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef\ufeff"
    + "".join(chr(plane * 0x10000 + last) for plane in range(17) for last in (0xFFFE, 0xFFFF))
    + "]"
)


def clean(text: str) -> str:
    """The text without the characters that a page must not hold."""
    return _FORBIDDEN.sub("", text)


def finite(value: float | timedelta) -> float | None:
    """The number as a float that can be drawn, None for one that is none; what is beyond all measure is cut."""
    if isinstance(value, timedelta):
        return value / timedelta(days=1)
    try:
        number = float(value)
    except OverflowError:
        return 1e300 if value > 0 else -1e300
    return None if math.isnan(number) else min(max(number, -1e300), 1e300)


def said_of(name: str, what: str) -> str:
    """A sentence on something that is called so; without the sentence, how it begins."""
    return _("{name}: {what}").format(name=name, what=what)


def write_number(value: float, digits: int = 1) -> str:
    """`1 234,5` or `1,234.5`; from a thousand on, and for whole numbers, without decimals."""
    number = finite(value)
    if number is None:
        return NOTHING
    number += 0.0  # of minus zero, zero
    if abs(number) >= 1e15:
        text = f"{number:.2e}"
    elif number == int(number) or abs(number) >= 1000:
        text = f"{number:,.0f}"
    else:
        text = f"{number:,.{digits}f}"
    if language() == "fr":
        # The narrow no-break space, as the Imprimerie nationale wants it.
        text = text.replace(",", "\u202f").replace(".", ",")
    return text.replace("-", "\u2212")


def write_percent(fraction: float) -> str:
    """`12 %` or `12%`; small parts keep a decimal, so that something never reads as nothing."""
    number = finite(fraction)
    if number is None:
        return NOTHING
    percent = number * 100
    text = write_number(round(percent) if abs(percent) >= 1 else round(percent, 1))
    if 0 < percent < 0.05:
        text = "<\u00a0" + write_number(0.1)
    return text + ("\u202f%" if language() == "fr" else "%")


def write_days(value: float | timedelta) -> str:
    """`12 days`, `1.5 days`; the figure and the unit are separated by the only plain space."""
    number = finite(value)
    if number is None:
        return NOTHING
    days = float(round(number)) if abs(number) >= 10 else round(number, 1)
    text = "<\u00a0" + write_number(0.1) if number > 0 and days == 0 else write_number(days)
    # French says "1,5 jour", English "1.5 days": the plural starts at two in one, beside one in the other.
    whole = int(min(abs(days), 1e9))
    return ngettext("{n} day", "{n} days", _Count.of(whole if language() == "fr" or days == 1 else max(whole, 2), text))


def write_size(size: int) -> str:
    """The size of a file, given in bytes."""
    for least, text in ((1e9, _("{n} GB")), (1e6, _("{n} MB")), (1e3, _("{n} kB"))):
        if size >= least:
            return text.format(n=write_number(size / least))
    return ngettext("{n} byte", "{n} bytes", counted(size))


def write_position(lon: float, lat: float) -> str:
    """A place in WGS84, to the metre."""
    return _("lat {lat}°, lon {lon}°").format(lat=write_number(lat, 5), lon=write_number(lon, 5))


def write_date(value: date, *, time: bool = False) -> str:
    """`21/11/2026` in French, `2026-11-21` elsewhere; the time is the one the date was given with."""
    if language() == "fr":
        text = f"{value.day:02d}/{value.month:02d}/{value.year:04d}"
    else:
        text = f"{value.year:04d}-{value.month:02d}-{value.day:02d}"
    return f"{text}\u00a0{value:%H:%M}" if time else text


def month_names() -> list[str]:
    """The short names of the twelve months."""
    return [
        _("Jan"), _("Feb"), _("Mar"), _("Apr"), _("May"), _("Jun"),
        _("Jul"), _("Aug"), _("Sep"), _("Oct"), _("Nov"), _("Dec"),
    ]  # fmt: skip


class _Count(int):
    """A number that chooses the plural form and shows itself as a text written beforehand."""

    text: str

    @classmethod
    def of(cls, number: int, text: str) -> _Count:
        count = cls(number)
        count.text = text
        return count

    def __format__(self, spec: str) -> str:
        return self.text


def counted(number: int) -> _Count:
    """The number, to be handed to `ngettext`: it chooses the form and is written as this language writes it."""
    return _Count.of(number, write_number(number))
