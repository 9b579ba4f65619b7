"""Processing: SQL on the tables of a database (contract 3.6)."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

from osgeo import gdal

from . import complaints, database, sql
from .log import Log, WorkError

_VARIABLE = re.compile(r"\{\{\s*params\.(\w+)\s*\}\}")
_ALLOWED = re.compile(
    r"(alter\s+table|update|insert|delete|create\s+(table|view|index)|drop\s+(table|view|index))\b", re.I
)


def run(log: Log, target: str, source: str, relations: list[dict], scripts: list[str], params: dict[str, Any],
        srs: str | None) -> dict:  # fmt: skip
    """On a copy of the database, which takes its place at the end."""
    unfinished = Path(target) / "unfinished.gpkg"
    shutil.copyfile(f"{source}/database.gpkg", unfinished)
    made = gdal.OpenEx(str(unfinished), gdal.OF_VECTOR | gdal.OF_UPDATE)
    for script in scripts:
        for statement in sql.statements(_filled(script, params)):
            _execute(log, made, statement)
    del made
    found = database.described(unfinished, {relation["name"]: relation["primary_key"] for relation in relations})
    unfinished.replace(Path(target) / "database.gpkg")
    return {**found, "srs": srs}


def _filled(script: str, params: dict[str, Any]) -> str:
    def value(found: re.Match) -> str:
        if found[1] not in params:
            raise WorkError(f"Variable sans valeur : {found[1]}")
        return str(params[found[1]])

    return _VARIABLE.sub(value, script)


def _execute(log: Log, made: gdal.Dataset, statement: str) -> None:
    short = " ".join(statement.split())[:120]
    if not _ALLOWED.match(statement):
        raise WorkError(f"Instruction interdite : {short}")
    try:
        made.ReleaseResultSet(made.ExecuteSQL(statement))
    except RuntimeError as error:
        raise WorkError(f"{short} : {complaints.said(error)}") from None
    log.info(short)
