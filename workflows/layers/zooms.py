"""Zoom levels of the web as scales of a map (contract 2.8)."""

SCALES = (
    559082264, 279541132, 139770566, 69885283, 34942642, 17471321, 8735660, 4367830, 2183915, 1091958, 545979,
    272989, 136495, 68247, 34124, 17062, 8531, 4265, 2133, 1066, 533, 267,
)  # fmt: skip
"""Scale denominators of the zoom levels."""


def scale_of(level: int) -> int:
    """The scale denominator of a zoom level; those beyond the table are its ends."""
    return SCALES[min(max(level, 0), len(SCALES) - 1)]
