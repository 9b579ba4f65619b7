"""Fresh stores, each under a name of its own: QGIS and SQLite keep files open by their path."""

import itertools
import sqlite3

import pytest

from geocollab.store.schema import DOCUMENT_COLUMNS, REPLY_COLUMNS, REPORT_COLUMNS, SKETCH_COLUMNS, names
from geocollab.store.stage import Rows
from geocollab.store.store import Store

_numbers = itertools.count(1)


@pytest.fixture
def path(tmp_path):
    return tmp_path / f"store-{next(_numbers)}.sqlite"


@pytest.fixture
def store(path):
    with Store(path) as opened:
        yield opened


@pytest.fixture
def rows():
    return make_rows


@pytest.fixture
def dump():
    return dump_file


def _tuple(columns, **values):
    unknown = values.keys() - set(names(columns))
    assert not unknown, unknown
    return tuple(values.get(name) for name in names(columns))


def make_rows(*ids, lon=2.0, lat=48.0, date="2026-01-01T10:00:00+01:00", replies=0, documents=0, sketches=()):
    """Reports at (lon + number / 1000, lat), with as many replies and documents, and sketches (kind, WKB)."""
    rows = Rows()
    for number in ids:
        at = (None, None) if lon is None else (lon + number / 1000, lat)
        values = {
            "id": number,
            "NoSignalement": number,
            "Statut": "submit",
            "Message": f"n° {number}",
            "Date_MAJ": date,
        }
        rows.reports.append((*_tuple(REPORT_COLUMNS, **values), *at))
        for order in range(1, replies + 1):
            rows.replies.append(_tuple(REPLY_COLUMNS, id=10 * number + order, NoSignalement=number, Ordre=order))
        for order in range(documents):
            rows.documents.append(_tuple(DOCUMENT_COLUMNS, id=10 * number + order, NoSignalement=number))
        for kind, wkb in sketches:
            rows.sketches[kind].append((*_tuple(SKETCH_COLUMNS, NoSignalement=number, Nom=kind, Ordre=1), wkb))
    return rows


def dump_file(path):
    """Every row of every table of a file that holds content, by table, as a reader of its own sees it."""
    connection = sqlite3.connect(str(path), timeout=20)
    try:
        tables = [
            row[0]
            for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
            if not row[0].startswith(("sqlite_", "idx_")) and row[0] not in _VIRTUAL
        ]
        return {table: connection.execute(f'SELECT * FROM "{table}"').fetchall() for table in tables}
    finally:
        connection.close()


_VIRTUAL = {"SpatialIndex", "ElementaryGeometries", "KNN", "KNN2", "spatialite_history", "geometry_columns_time"}
