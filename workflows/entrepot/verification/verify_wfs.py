"""A published WFS read back: it lists the table, counts as many rows, and gives the sample as it was delivered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any, Optional

from ....client import reading
from ....client.errors import MalformedAnswer
from ....i18n import _, ngettext
from ...pages.writing import counted
from .. import cartes
from ..checks.tables import Row, Table
from . import alike
from .diffusion import Reader, named, not_listed, text_of
from .verdicts import Verdict

MOST = 1000
"""Features in one answer (contract 1.3)."""
LOOKED_FOR = 5
"""Rows of the sample that are looked for one by one where there are more than MOST."""
LONGEST_VALUE = 200
_MEMBERS = 8
"""Columns that a row is looked for by, at most."""


def verify_wfs(reader: Reader, url: str, typename: str, table: Table) -> Verdict:
    """Read a feature type back and compare it with the table that it was made of.

    `url` is the root of the service. Raises ServiceError where it does not answer.
    """
    about = cartes.PROTOCOLS["WFS"][1]
    found = reader.listed(cartes.bare(url), about, lambda root: named(root, "FeatureType", typename))
    if found is None:
        return Verdict("WFS", False, {"layer": typename}, not_listed(typename))
    service = _Type(reader, cartes.bare(url), typename, text_of(found, "DefaultCRS") or text_of(found, "DefaultSRS"))
    count = service.count()
    facts: dict[str, Any] = {"layer": typename, "count": count, "wanted": table.count, "compared": 0}
    if count != table.count:
        told = ngettext(
            "“{layer}” has {n} object; the data that was delivered: {wanted}.",
            "“{layer}” has {n} objects; the data that was delivered: {wanted}.",
            counted(count),
            layer=typename,
            wanted=counted(table.count),
        )
        return Verdict("WFS", False, facts, told)
    rows = table.sample if count <= MOST else _spread(table.sample)
    missing, wrong = service.compare(rows, whole=count <= MOST, geometry=table.geometry)
    facts["compared"] = len(rows)
    if missing:
        told = ngettext(
            "“{layer}”: {n} row is not there as it was delivered (rows compared: {total}).",
            "“{layer}”: {n} rows are not there as they were delivered (rows compared: {total}).",
            missing,
            layer=typename,
            total=len(rows),
        )
        if wrong:
            told += " " + _("These columns differ: {names}.").format(names=", ".join(wrong))
        return Verdict("WFS", False, facts, told)
    return Verdict("WFS", True, facts)


def verify_types(reader: Reader, url: str, typenames: Sequence[str]) -> Verdict:
    """Feature types are listed, and the first one has objects: where it is not known what was delivered.

    `url` is the root of the service. Raises ServiceError where it does not answer.
    """
    facts = {"layer": ", ".join(typenames)}

    def whole(root: Any) -> Any:
        return root if all(named(root, "FeatureType", name) is not None for name in typenames) else None

    if reader.listed(cartes.bare(url), cartes.PROTOCOLS["WFS"][1], whole) is None:
        return Verdict("WFS", False, facts, not_listed(facts["layer"]))
    if not _Type(reader, cartes.bare(url), typenames[0], "").count():
        return Verdict("WFS", False, facts, _("“{layer}” has no object.").format(layer=typenames[0]))
    return Verdict("WFS", True, facts)


def _spread(rows: Sequence[Row]) -> Sequence[Row]:
    step = max(len(rows) // LOOKED_FOR, 1)
    return rows[::step][:LOOKED_FOR]


class _Type:
    """A feature type; `system` is that of the data, as the capabilities write it."""

    def __init__(self, reader: Reader, url: str, name: str, system: str) -> None:
        self.reader, self.url, self.name, self.system = reader, url, name, system

    @property
    def geographic(self) -> bool:
        """Whether its coordinates are degrees, as far as its code tells: EPSG has those of 4000 to 4999 for them."""
        number = self.system.rpartition(":")[2].rpartition("/")[2]
        return self.system.upper().endswith("CRS84") or (len(number) == 4 and number.startswith("4"))

    def count(self) -> int:
        """`resultType=hits`."""
        root = self.reader.xml(self.url, {**self._asked(), "RESULTTYPE": "hits"})
        number = reading.integer(root.get("numberMatched") or root.get("numberOfFeatures"))
        if number is None:
            raise MalformedAnswer("GET", self.url, detail="a number of features was expected")
        return number

    def features(self, **more: str) -> list[dict[str, Any]]:
        """At most MOST of them, in the system of the data."""
        asked = {**self._asked(), "OUTPUTFORMAT": "application/json", "COUNT": str(MOST), **more}
        if self.system:
            asked["SRSNAME"] = self.system
        answer = self.reader.get(self.url, asked)
        return reading.objects(reading.mapping(answer.json()).get("features"))

    def compare(self, rows: Sequence[Row], *, whole: bool, geometry: str) -> tuple[int, list[str]]:
        """How many of the rows are not there, and the columns by which the nearest feature differs from the first."""
        every = self.features() if whole and rows else []
        missing, wrong = 0, list[str]()
        for row in rows:
            near = every if whole else self.features(**self._looking_for(row, geometry))
            differing = [alike.differences(row, feature, geographic=self.geographic) for feature in near]
            if [] in differing:
                if whole:
                    every.pop(differing.index([]))  # one row, one feature
                continue
            missing += 1
            wrong = wrong or min(differing, key=len, default=[])
        return missing, wrong

    def _asked(self) -> dict[str, str]:
        return {"SERVICE": "WFS", "VERSION": "2.0.0", "REQUEST": "GetFeature", "TYPENAMES": self.name}

    def _looking_for(self, row: Row, geometry: str) -> dict[str, str]:
        """The filter that finds a row by its values, or the place where it lies, if it has none."""
        parts = [_equal(name, value) for name, value in _telling(row.values)][:_MEMBERS]
        if parts:
            joined = "".join(parts)
            return {"FILTER": _FILTER.format(joined if len(parts) == 1 else f"<fes:And>{joined}</fes:And>")}
        place = _box(row.wkb) if geometry else None
        if place is None:
            return {}
        west, south, east, north = place
        corners = (south, west, north, east) if self.geographic else place
        return {"BBOX": ",".join([*map(repr, corners), self.system])}


_FILTER = '<fes:Filter xmlns:fes="http://www.opengis.net/fes/2.0">{}</fes:Filter>'


def _telling(values: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Values that services compare as we do: texts and whole numbers, the longest first; no date, no fraction."""
    texts = [(n, v) for n, v in values.items() if isinstance(v, str) and _is_plain(v)]
    yield from sorted(texts, key=lambda pair: -len(pair[1]))
    yield from ((n, v) for n, v in values.items() if isinstance(v, int) and not isinstance(v, bool))


def _is_plain(value: str) -> bool:
    return (
        0 < len(value) <= LONGEST_VALUE
        and value.isprintable()
        and value == value.strip()
        and value[:4].isdigit() is False
    )


def _equal(name: str, value: Any) -> str:
    return (
        f"<fes:PropertyIsEqualTo><fes:ValueReference>{escape(name)}</fes:ValueReference>"
        f"<fes:Literal>{escape(str(value))}</fes:Literal></fes:PropertyIsEqualTo>"
    )


def _box(wkb: Optional[bytes]) -> Optional[tuple[float, float, float, float]]:
    geometry = alike.shape_of(wkb)
    if geometry is None:
        return None
    west, east, south, north = geometry.GetEnvelope()
    return west, south, east, north
