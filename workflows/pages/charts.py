"""Charts as rectangles, lines and texts, which a template draws as SVG."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Callable

from ...client.espaceco.statuses import STATUSES
from ...i18n import _, ngettext
from .lettering import Text, fit, text_width
from .report import Chart, Item, Series
from .writing import clean, counted, finite, month_names, write_days, write_number, write_percent

TONES = {one.code for one in STATUSES} | {
    "to_treat", "in_progress", "treated", "rejected", "unknown", "good", "warning", "bad", "muted", "second",
}  # fmt: skip


def tone_of(tone: str) -> tuple[str, str]:
    """The class of the style sheet and the own colour (or "") of a tone; an unknown tone is the accent."""
    if re.fullmatch("#[0-9a-fA-F]{6}", tone):
        return "tone-own", tone
    return f"tone-{tone}" if tone in TONES else "tone-accent", ""


@dataclass(frozen=True)
class Box:
    """A coloured rectangle of a drawing; `title` is said when one points at it."""

    x: float
    y: float
    width: float
    height: float
    css: str
    colour: str = ""
    title: str = ""


@dataclass(frozen=True)
class Line:
    """A thin line of a drawing."""

    x1: float
    y1: float
    x2: float
    y2: float
    css: str = ""


@dataclass(frozen=True)
class Drawing:
    """A chart as rectangles, lines and texts, in pixels; without any of them `empty` is said instead."""

    width: float
    height: float
    title: str
    description: str = ""
    boxes: Sequence[Box] = ()
    lines: Sequence[Line] = ()
    texts: Sequence[Text] = ()
    empty: str = ""


def draw(chart: Chart, *, half: bool = False) -> Drawing:
    """Lay a chart out over the whole width of the page, or half of it; an unknown kind raises `ValueError`."""
    layouts: dict[str, Callable[[Chart, float], Drawing]] = {"bars": _bars, "share": _share, "columns": _columns}
    if chart.kind not in layouts:
        raise ValueError(f"Unknown kind of chart: {chart.kind!r}")
    return layouts[chart.kind](chart, 440.0 if half else 920.0)


def _bars(chart: Chart, width: float) -> Drawing:
    """One horizontal bar per item, its label before it and its value behind it."""
    items, others = _top(chart)
    if not any(_size(item.value) for item in items):
        return _empty(chart, width)
    row, thickness, gap = 27.0, 17.0, 10.0
    # Divided before summing up, so that huge values cannot leave the range of a float.
    most = max(_size(item.value) for item in items)
    total = sum(_size(item.value) / most for item in [*items, *others])
    # The rest has no bar: often greater than any one item, it would dwarf them all. Days do not add up to anything.
    rows = [(item, True, _value_text(chart, item.value)) for item in items]
    rows += [(item, False, "" if chart.kind_of_value == "days" else _value_text(chart, item.value)) for item in others]
    parts = [write_percent(_size(item.value) / most / total) if chart.shares else "" for item, *_rest in rows]
    label_width = min(max(text_width(clean(item.label)) for item, *_rest in rows) + 2, width * 0.42)
    value_width = min(max(text_width(value) for *_rest, value in rows) + 6, width * 0.3)
    part_width = max(text_width(part, 12.5) for part in parts) + 6 if chart.shares else 0.0
    start = label_width + gap
    room = width - start - value_width - part_width - gap
    boxes, texts = [], []
    for at, ((item, with_bar, value), part) in enumerate(zip(rows, parts)):
        top = at * row
        middle = top + row / 2 + 4.5
        length = max(_size(item.value) / most * room, 2.0) if with_bar and _size(item.value) else 0.0
        css, colour = tone_of(item.tone)
        label = clean(item.label)
        shown = fit(label, label_width)
        texts.append(Text(0, middle, shown, "" if with_bar else "quiet", full=label if shown != label else ""))
        title = f"{label}: {value}" + (f" ({part})" if part else "")
        boxes.append(Box(start, top + (row - thickness) / 2, length, thickness, css, colour, title))
        after = start + length + 7
        value = fit(value, value_width)
        texts.append(Text(after, middle, value, "value" if with_bar else "quiet"))
        if part:
            texts.append(Text(after + text_width(value) + 6, middle, part, "quiet"))
    lines = [Line(start, 0, start, len(items) * row, "base")]
    return Drawing(width, len(rows) * row, chart.title, "; ".join(box.title for box in boxes), boxes, lines, texts)


def _share(chart: Chart, width: float) -> Drawing:
    """One bar cut into the parts of a whole, each named beneath it."""
    kept, others = _top(replace(chart, top=min(chart.top, 6 if width > 600 else 3)))
    items = [item for item in [*kept, *others] if _size(item.value)]
    if not items:
        return _empty(chart, width)
    most = max(_size(item.value) for item in items)
    total = sum(_size(item.value) / most for item in items)
    thickness, below = 30.0, 46.0
    limit = width / len(items)
    boxes, texts, lines, starts, widths = [], [], [], [], []
    x = 0.0
    for item in items:
        part = _size(item.value) / most / total
        value, percent, label = _value_text(chart, item.value), write_percent(part), clean(item.label)
        css, colour = tone_of(item.tone)
        boxes.append(Box(x, 0, part * width, thickness, css, colour, f"{label}: {value} ({percent})"))
        starts.append(x)
        widths.append(min(max(text_width(label), text_width(value, 19) + text_width(percent, 12.5) + 8) + 26, limit))
        x += part * width
    for start, label_width, item, box in zip(_spread(starts, widths, width), widths, items, list(boxes)):
        label, room = clean(item.label), label_width - 24
        shown, value = fit(label, room), fit(_value_text(chart, item.value), room, 19)
        percent = write_percent(box.width / width)
        lines.append(Line(min(box.x + 1.5, width - 1.5), thickness + 3, start + 1.5, below - 3))
        boxes.append(Box(start, below, 3, 38, box.css, box.colour, box.title))
        texts.append(Text(start + 11, below + 14, value, "figure"))
        if text_width(value, 19) + 8 + text_width(percent, 12.5) <= room + 12:
            texts.append(Text(start + 11 + text_width(value, 19) + 7, below + 14, percent, "quiet"))
        texts.append(Text(start + 11, below + 34, shown, full=label if shown != label else ""))
    described = "; ".join(box.title for box in boxes[: len(items)])
    return Drawing(width, below + 42, chart.title, described, boxes, lines, texts)


def _spread(starts: Sequence[float], widths: Sequence[float], room: float) -> list[float]:
    """Places as near as can be to the wished ones, in order, without overlap and within the room."""
    placed: list[float] = []
    end = 0.0
    for start, width in zip(starts, widths):
        placed.append(max(start, end))
        end = placed[-1] + width
    end = room
    for at in reversed(range(len(placed))):
        placed[at] = max(min(placed[at], end - widths[at]), 0.0)
        end = placed[at]
    return placed


def _columns(chart: Chart, width: float) -> Drawing:
    """Columns over time or categories; the name and the sum of each series stand above them."""
    count = len(chart.categories)
    series = [
        replace(one, values=[_size(value) for value in list(one.values)[:count]] + [0.0] * (count - len(one.values)))
        for one in chart.series
    ]
    heights = [[one.values[at] for one in series] for at in range(count)]
    stack = [sum(_size(value) for value in slot) if chart.stacked else max(slot, default=0.0) for slot in heights]
    most = max(stack, default=0.0)
    if not most:
        return _empty(chart, width)
    ticks = _ticks(min(most, 1e300))
    plot, bottom = 170.0, 40.0
    left = max(text_width(write_number(tick), 11.5) for tick in ticks) + 8
    boxes, texts, top = _names_of_series(chart, series, left, width)
    slot = (width - left) / count
    scale = plot / ticks[-1]
    floor = top + plot
    side = 1 if chart.stacked else len(series)
    bar = min(slot * 0.84 / side, 46.0)
    lines = []
    for tick in ticks:
        y = floor - tick * scale
        lines.append(Line(left, y, width, y, "base" if tick == 0 else "grid"))
        texts.append(Text(left - 6, y + 4, write_number(tick), "tick", "end"))
    names = [_long_name(category) for category in chart.categories]
    tops = []
    for at, slot_values in enumerate(heights):
        start = left + at * slot + (slot - bar * side) / 2
        y = floor
        for one, value in zip(series, slot_values):
            css, colour = tone_of(one.tone)
            height = max(value * scale, 1.0) if value else 0.0
            y = max((y if chart.stacked else floor) - height, 0.0)
            text = _value_text(chart, value)
            title = f"{names[at]}, {clean(one.name)}: {text}"
            boxes.append(Box(start, y, bar if chart.stacked else max(bar - 1.0, bar * 0.7), height, css, colour, title))
            if not chart.stacked:
                tops.append((value, Text(start + bar / 2, y - 3, text, "small", "middle")))
                start += bar
        if chart.stacked:
            tops.append((stack[at], Text(start + bar / 2, y - 3, _value_text(chart, stack[at]), "small", "middle")))
    # All values or only the highest one: a few here and there would look like a selection that means something.
    room = slot if chart.stacked else bar + 3
    all_fit = all(text_width(text.text, 10.5) <= room for value, text in tops if value)
    texts.extend(text for value, text in tops if value and (all_fit or value == most))
    texts.extend(_axis(chart.categories, left, slot, floor + 17))
    described = "; ".join(f"{one.name}: {write_number(sum(one.values))}" for one in series)
    return Drawing(width, floor + bottom, chart.title, clean(described), boxes, lines, texts)


def _names_of_series(
    chart: Chart, series: Sequence[Series], left: float, width: float
) -> tuple[list[Box], list[Text], float]:
    """The colour, name and sum of each series in lines above the columns, and the height where these may begin."""
    boxes, texts = [], []
    x, y = left, 1.0
    for one in series:
        css, colour = tone_of(one.tone)
        total = write_number(sum(one.values)) if chart.kind_of_value == "number" else ""
        full = clean(one.name)
        name = fit(full, min(width - left - 17 - 7 - text_width(total), 260.0))
        after = 17 + text_width(name) + 7
        if x > left and x + after + text_width(total) > width:
            x, y = left, y + 21
        boxes.append(Box(x, y, 11, 11, css, colour))
        texts.append(Text(x + 17, y + 10, name, full=full if name != full else ""))
        texts.append(Text(x + after, y + 10, total, "value"))
        x += after + text_width(total) + 26
    return boxes, texts, y + 41


def _axis(categories: Sequence[str | date], left: float, slot: float, y: float) -> Iterator[Text]:
    """The names under the columns, as many as there is room for; years stand under the months."""
    months = month_names()
    room = max(text_width(name, 11.5) for name in months) + 4
    step = next((months_apart for months_apart in (1, 2, 3, 6) if slot * months_apart >= room), 12)
    years_apart = max(1, math.ceil(36 / (slot * 12)))
    longest = max((text_width(clean(str(category)), 11.5) for category in categories), default=0.0)
    every = max(1, math.ceil(min(longest + 8, 110) / slot))
    for at, category in enumerate(categories):
        middle = left + (at + 0.5) * slot
        if isinstance(category, date):
            if step < 12 and (category.month - 1) % step == 0:
                yield Text(middle, y, months[category.month - 1], "tick", "middle")
            january = category.month == 1 and category.year % years_apart == 0
            # The first year is named too, unless its name would run into the next one's.
            if january or (at == 0 and (13 - category.month) * slot > 40):
                yield Text(left + at * slot + 2, y + (17 if step < 12 else 0), str(category.year), "year")
        elif every == 1:
            yield _tick(clean(category), middle, y, slot - 6, "middle")
        elif at % every == 0:
            # A name wider than its column begins with it: centred, the first one would leave the drawing.
            room = min(every, len(categories) - at) * slot - 6
            if room > 24:
                yield _tick(clean(category), left + at * slot + 2, y, room, "start")


def _tick(name: str, x: float, y: float, room: float, anchor: str) -> Text:
    shown = fit(name, room, 11.5)
    return Text(x, y, shown, "tick", anchor, name if shown != name else "")


def _long_name(category: str | date) -> str:
    if isinstance(category, date):
        return f"{month_names()[category.month - 1]} {category.year}"
    return clean(category)


def _ticks(most: float) -> list[float]:
    """Round numbers from zero to at least the highest value, three to six of them."""
    power: float = 10.0 ** math.floor(math.log10(most / 4))
    step = next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor * 4 >= most * 0.999)
    if most >= 1:
        step = max(step, 1.0)
    count = max(math.ceil(most / step - 1e-9), 1)
    return [step * at for at in range(count + 1)]


def _top(chart: Chart) -> tuple[list[Item], list[Item]]:
    """The greatest `top` items in their order, and what is left summed up as one item, if anything is."""
    top = max(chart.top, 1)
    if len(chart.items) <= top + 1:
        return list(chart.items), []
    order = sorted(range(len(chart.items)), key=lambda at: -_size(chart.items[at].value))
    kept = set(order[:top])
    rest = [item for at, item in enumerate(chart.items) if at not in kept]
    name = ngettext("{n} other", "{n} others", counted(len(rest)))
    others = Item(name, sum(_size(item.value) for item in rest), "muted")
    return [item for at, item in enumerate(chart.items) if at in kept], [others]


def _size(value: float) -> float:
    """The value as a length: what is no number, or below zero, has none."""
    size = max(finite(value) or 0.0, 0.0)
    return size if size > 1e-9 else 0.0


def _value_text(chart: Chart, value: float) -> str:
    if chart.kind_of_value == "percent":
        return write_percent(value)
    return write_days(value) if chart.kind_of_value == "days" else write_number(value)


def _empty(chart: Chart, width: float) -> Drawing:
    return Drawing(width, 0, chart.title, empty=chart.empty or _("There is nothing to show yet."))
