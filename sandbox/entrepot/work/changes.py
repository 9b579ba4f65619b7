"""`{table}.delete` and `{table}.update` (contract 3.4): CSV files that change rows which are there."""

from __future__ import annotations

import csv
from pathlib import Path

from osgeo import gdal

from . import delivered, names
from .log import WorkError


def files(folder: str, suffix: str) -> list[Path]:
    return delivered.of_kind(f"{folder}/data", suffix)


def delete(made: gdal.Dataset, table: str, key: list[str], path: Path) -> int:
    """Each line is a filter: the rows that have all its values go."""
    count = 0
    for row in _rows(made, table, path):
        before = _count(made, table)
        _execute(made, f"DELETE FROM {_name(table)} WHERE {_condition(row)}")
        count += before - _count(made, table)
    return count


def update(made: gdal.Dataset, table: str, key: list[str], path: Path) -> int:
    """Each line has the key of a row and its new values."""
    rows = _rows(made, table, path)
    for row in rows:
        absent = [name for name in key if name not in row]
        if absent:
            raise WorkError(f"{path.name} : clé primaire absente : {', '.join(absent)}")
        values = {name: value for name, value in row.items() if name not in key}
        if values:
            changed = ", ".join(f"{_name(name)} = {_value(value)}" for name, value in values.items())
            where = _condition({name: row[name] for name in key})
            _execute(made, f"UPDATE {_name(table)} SET {changed} WHERE {where}")
    return len(rows)


def _rows(made: gdal.Dataset, table: str, path: Path) -> list[dict[str, str]]:
    layer = made.GetLayerByName(table)
    definition = layer.GetLayerDefn()
    known = {definition.GetFieldDefn(n).GetName() for n in range(definition.GetFieldCount())} | {layer.GetFIDColumn()}
    with path.open(encoding="utf-8-sig", newline="") as stream:
        rows = [
            {names.in_database(name): value for name, value in row.items() if name} for row in csv.DictReader(stream)
        ]
    for name in {name for row in rows for name in row} - known:
        raise WorkError(f"{path.name} : colonne inconnue dans {table} : {name}")
    return rows


def _condition(row: dict[str, str]) -> str:
    return " AND ".join(f"{_name(n)} = {_value(v)}" if v else f"{_name(n)} IS NULL" for n, v in row.items())


def _count(made: gdal.Dataset, table: str) -> int:
    return made.GetLayerByName(table).GetFeatureCount()


def _execute(made: gdal.Dataset, statement: str) -> None:
    made.ReleaseResultSet(made.ExecuteSQL(statement))


def _name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _value(value: str | None) -> str:
    return "'" + value.replace("'", "''") + "'" if value else "NULL"
