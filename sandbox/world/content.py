"""The rows of a fresh sandbox: the cantons, invented objects on the same ground, and as many parcels as asked.

Deterministic. Historised tables have several numrecs and some destroyed rows.
"""

from __future__ import annotations

import hashlib
import json
import math
import random
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from .. import crs, wkt
from ..catalogue import FINGERPRINT, SEQUENCES, Table
from ..rows import Rows, fingerprint, index_row
from ..state import State, encode
from ..transactions import cleabs
from . import places, tables

_SEED = 9
_CREATED, _MODIFIED = "2023-05-04 10:00:00", "2024-11-12 16:30:00"
_DOCUMENTS = ((6001, "photo.png", "image/png", "day"), (6002, "plan.pdf", "application/pdf", "plan"))
_TOGETHER = 100  # parcels written by one reconciliation
_REMARK = '"à revoir"'
_PARCEL = 20  # metres from one parcel to the next


def fill(state: State, rows: Rows, features: int) -> None:
    """Write the rows of every table into an empty state, `features` of them into the table of parcels."""
    state.set("features", features)
    state.db.execute("BEGIN")
    state.db.executemany("INSERT OR REPLACE INTO document VALUES (?, 0, ?, ?, ?, NULL)", _DOCUMENTS)
    numrecs = dict.fromkeys(tables.DATABASES, 0)
    for served in tables.TABLES.values():
        table = Table(served, tables.DATABASES[served["database_id"]])
        numrecs[table.database["id"]] = fill_table(state, rows, table)
    for database, numrec in numrecs.items():
        state.set(f"last_numrec_{database}", numrec)
        state.set(f"last_order_{database}", numrec)
    state.set("tables_filled", True)
    state.db.execute("COMMIT")


def fill_table(state: State, rows: Rows, table: Table) -> int:
    """The rows of one table, as in a fresh sandbox; returns the last numrec that its database has then.

    The numrecs of a table start after those of the tables before it. A number that a key had is not given again.
    """
    features = state.get("features", 0)
    first = sum(_count(served, features) for served in tables.TABLES.values()
                if served["database_id"] == table.database["id"] and served["id"] < table.id)  # fmt: skip
    made = _parcels(features, first) if table.id == tables.BIG_TABLE else _rows(table, first)
    rows.fill(made)
    key = f"last_key_{table.id}"
    state.set(key, max(state.get(key, 0), features if table.id == tables.BIG_TABLE else _count(table.served, features)))
    return first + _count(table.served, features)


def refill(state: State, rows: Rows, table: Table) -> None:
    """The table as in a fresh sandbox."""
    state.db.execute("BEGIN")
    rows.remove_all(table)
    fill_table(state, rows, table)
    state.db.execute("COMMIT")


_COUNTS = {1734: 60, 1735: 61, 1736: 40, 1737: 12, 1738: 8, 1739: 5, 2101: 240, 2102: 120, 2103: 40, 3401: 61,
           3403: 3, 3404: 24}  # fmt: skip


def _count(served: dict, features: int) -> int:
    """How many numrecs the rows of a table take: one each, one for a hundred parcels."""
    return -(-features // _TOGETHER) if served["id"] == tables.BIG_TABLE else _COUNTS.get(served["id"], 6)


def _rows(table: Table, first: int) -> Iterator[tuple[tuple, bytes]]:
    chance = random.Random(_SEED + table.id)
    for number in range(1, _COUNTS.get(table.id, 6) + 1):
        row = dict.fromkeys(table.members)
        if table.key and table.columns[table.key]["type"] == "Integer":
            row[table.key] = number
        elif table.bduni:
            row[table.key] = cleabs(table, number)
        row.update(_MAKERS.get(table.id, _labelled)(table, number, chance))
        if table.versioned:
            _date(table, row, first + number, destroyed=number % 11 == 7)
        yield index_row(table, row), encode(row)


def _date(table: Table, row: dict, numrec: int, *, destroyed: bool) -> None:
    """The history of a row: when, by which reconciliation, still there or not."""
    row.update({table.flag: destroyed, table.created: _CREATED, table.modified: _MODIFIED, SEQUENCES[0]: numrec})
    if table.bduni:
        row.update(gcms_ordrefinevol=numrec, daterec=_MODIFIED)
    else:
        row.update(gcms_territoire="FXX", gcms_date_destruction=_MODIFIED if destroyed else None)
    row[FINGERPRINT] = fingerprint(row)


def _spot(chance: random.Random, srid: int) -> tuple[float, float]:
    """A point on the ground of the cantons, to a centimetre or so."""
    lon, lat = chance.choice(places.cantons()).draw(chance)
    convert = crs.change(4326, srid)
    return tuple(round(value, 2) for value in convert(lon, lat)) if convert else (lon, lat)


def _point(table: Table, chance: random.Random) -> str:
    return wkt.write(_shape("Point", chance, table.srid, table.is3d))


def _shape(type_: str, chance: random.Random, srid: int, is3d: bool) -> wkt.Geometry:
    """A small geometry of this type: some 60 m across."""
    x, y = _spot(chance, srid)
    step = 20 if srid == 2154 else 0.0002

    def at(dx: float, dy: float) -> list[float]:
        return [round(x + dx * step, 7), round(y + dy * step, 7), *([round(30 + dx + dy, 1)] if is3d else [])]

    square = [at(0, 0), at(2, 0), at(2, 2), at(0, 2), at(0, 0)]
    hole = [at(0.5, 0.5), at(0.5, 1), at(1, 1), at(1, 0.5), at(0.5, 0.5)]
    beside = [at(3, 0), at(4, 0), at(4, 1), at(3, 0)]
    line, other = [at(0, 0), at(1, 1), at(2, 0)], [at(0, 2), at(3, 2)]
    made = {
        "Point": at(0, 0), "MultiPoint": [at(0, 0), at(1, 1)], "LineString": line, "MultiLineString": [line, other],
        "Polygon": [square, hole], "MultiPolygon": [[square, hole], [beside]],
    }  # fmt: skip
    dimension = 2 + is3d
    if type_ == "Geometry":
        type_ = chance.choice(sorted(made))
    if type_ == "GeometryCollection":
        parts = [wkt.Geometry(name, made[name], dimension) for name in ("Point", "LineString", "Polygon")]
        return wkt.Geometry(type_, parts, dimension)
    return wkt.Geometry(type_, made[type_], dimension)


def _labelled(table: Table, number: int, chance: random.Random) -> dict:
    """A label and a geometry of the table's type."""
    row = {"libelle": f"Objet {number}"}
    if table.geometry:
        row[table.geometry] = wkt.write(_shape(table.columns[table.geometry]["type"], chance, table.srid, table.is3d))
    return row


def _pharmacy(table: Table, number: int, chance: random.Random) -> dict:
    place = chance.choice(places.cantons())
    x, y = crs.change(4326, 2154)(*place.draw(chance))
    return {
        "nom pharmacie": f"Pharmacie {places.of_name(place.name)} n° {number}",
        "zone": chance.choice(["Zone1", "Zone2", "Zone3", None]), "capacite": number % 12,
        "telephone": f"01 {number:02d} 22 33 44" if number % 3 else None,
        "site": f"https://pharmacie-{number}.example.org/" if number % 4 == 0 else None, "garde": number % 7 == 0,
        "horaires": chance.choice(["J", "N", "JN"]), "identifiant national": f"FR{number:06d}",
        "departement": place.departement["name"], "saisie_le": _MODIFIED, "gestionnaire": "Ordre",
        "geom": f"POINT({wkt.number(round(x, 2))} {wkt.number(round(y, 2))})",
    }  # fmt: skip


@cache
def _cantons() -> list[dict]:
    path = Path(__file__).parents[1] / "data" / "cantons.geojson"
    return json.loads(path.read_text(encoding="utf-8"))["features"]


def _canton(table: Table, number: int, chance: random.Random) -> dict:
    """A canton; of the followed ones in Lambert 93, as multipolygons."""
    feature = _cantons()[number - 1]
    properties, rings = feature["properties"], feature["geometry"]["coordinates"]
    row = {name: properties[name] for name in ("code", "nom", "insee_com", "commune", "insee_dep", "departement")}
    if table.srid == 4326:
        return {**row, "geom": wkt.write(wkt.Geometry("Polygon", rings, 2))}
    convert = crs.change(4326, table.srid)
    rings = [[[round(value, 2) for value in convert(*position)] for position in ring] for ring in rings]
    return {
        **row, "geom": wkt.write(wkt.Geometry("MultiPolygon", [rings], 2)),
        "suivi": chance.choice(["À faire", "En cours", "Fait"]),
        "visite": f"2024-0{number % 9 + 1}-15" if number % 2 else None,
    }  # fmt: skip


def _every_type(table: Table, number: int, chance: random.Random) -> dict:
    """Every fifth row is nearly empty; JSON comes as an object, a list and a text."""
    place = {"Géométrie": _point(table, chance)}
    if number % 5 == 0:
        return {**place, "Nature": "Autre"}
    nature = ("Route", "Chemin", "Autre")[number % 3]
    return {
        **place, "Booléen": number % 2 == 0, "Horodatage": f"2024-03-{number % 28 + 1:02d} 08:15:30",
        "Date": f"2023-{number % 12 + 1:02d}-01", "Double précision": number * 1.25 - 10, "Entier": number - 8,
        "Détails": json.dumps({"précision": number}) if number % 4 == 0 else {"précision": number, "opérateur": "A"},
        "Étiquettes": [["vélo", "nuit"], ["vélo"], []][number % 3],
        "Pièce jointe": str(_DOCUMENTS[number % 2][0]) if number % 3 == 0 else None,
        "J'aime": {"cnt": number, "userid": [1001, 1002], "validDate": None},
        "Texte": f"{'Sondage' if number % 6 == 2 else 'Relevé'} {number}",
        "texte": f"relevé {number}, en minuscules", "Année": str(1990 + number), "Mois": f"2024-{number % 12 + 1:02d}",
        "Liste": ["Bon", "Moyen", "Mauvais", None][number % 4], "Code": number % 3 + 1, "Nature": nature,
        "Revêtement": {"Route": "Enrobé", "Chemin": "Terre"}.get(nature), "Réservé": f"serveur {number}",
        "Invisible au filtre": "x", "Relation": None,
    }  # fmt: skip


def _road(table: Table, number: int, chance: random.Random) -> dict:
    x, y = _spot(chance, table.srid)
    heading, z, line = chance.uniform(0, 6.28), chance.uniform(25, 120), []
    for _ in range(chance.randint(2, 9)):
        line.append([round(x, 2), round(y, 2), round(z, 2)])
        heading += chance.uniform(-0.5, 0.5)
        x, y, z = x + 35 * math.cos(heading), y + 35 * math.sin(heading), z + chance.uniform(-1, 1)
    nature = chance.choice(table.columns["nature"]["enum"])
    return {
        "geometrie": wkt.write(wkt.Geometry("LineString", line, 3)), "nature": nature,
        "importance": chance.choice(["1", "2", "3", "4", "5", "6"]),
        "acces_pieton": {"Type autoroutier": "Impossible", "Chemin": "Restreint", "Sentier": "Libre"}.get(nature),
        "itineraire_vert": nature in ("Chemin", "Sentier"), "largeur_de_chaussee": chance.choice([3.5, 5, 7, None]),
        "sens_de_circulation": chance.choice(["Sens direct", "Sens inverse", "Double sens"]),
        "nom_voie": chance.choice(["Rue des Écoles", "Quai de l'Ourcq", "Avenue de la République", None]),
    }  # fmt: skip


def _building(table: Table, number: int, chance: random.Random) -> dict:
    shape = _shape("MultiPolygon", chance, table.srid, True)
    return {"geometrie": wkt.write(shape), "nature": "Église" if number % 20 == 3 else "Indifférenciée",
            "hauteur": round(chance.uniform(3, 30), 1)}  # fmt: skip


def _named_place(table: Table, number: int, chance: random.Random) -> dict:
    return {"geometrie": _point(table, chance), "toponyme": f"Lieu-dit n° {number}"}


def _post(table: Table, number: int, chance: random.Random) -> dict:
    return {"reference": f"BR-{number}", "etat": ["Bon", "Mauvais", None][number % 3], "geom": _point(table, chance)}


_MAKERS = {1734: _pharmacy, 1735: _canton, 1736: _every_type, 2101: _road, 2102: _building, 2103: _named_place,
           3401: _canton, 3404: _post}  # fmt: skip


def _parcels(count: int, first: int) -> Iterator[tuple[tuple, bytes]]:
    """Pentagons of Lambert 93 side by side, written as text at once: half a million of them must not take long."""
    across = max(1, math.isqrt(count))
    md5 = hashlib.md5
    for number in range(1, count + 1):
        row, place = divmod(number - 1, across)
        x, y = 645000 + place * _PARCEL, 6855000 + row * _PARCEL
        east, north = x + 12 + number % 7, y + 12 + number % 5
        built, numrec = number % 3 == 0, first + 1 + (number - 1) // _TOGETHER
        text = (
            f'{{"id":{number},"numero":"P-{number:06d}","nature":"{"Bâtie" if built else "Non bâtie"}",'
            f'"surface":{(east - x) * (north - y)}.5,"etage":{number % 9 if built else "null"},'
            f'"releve":"20{number % 20 + 5:02d}-{number % 12 + 1:02d}-{number % 28 + 1:02d}",'
            f'"vu":{"true" if number % 2 else "false"},"commentaire":{_REMARK if number % 10 == 0 else "null"},'
            f'"geom":"POLYGON(({x} {y},{east} {y},{east} {north},{x + 5}.25 {north + 2}.5,{x} {north},{x} {y}))",'
            f'"gcms_detruit":false,"gcms_date_creation":"{_CREATED}","gcms_date_modification":"{_MODIFIED}",'
            f'"gcms_date_destruction":null,"gcms_territoire":"FXX"'
        ).encode()
        print_ = md5(text + b"}", usedforsecurity=False).hexdigest()
        body = b'%s,"gcms_fingerprint":"%s","gcms_numrec":%d}' % (text, print_.encode(), numrec)
        yield (tables.BIG_TABLE, number, numrec, 0, x, y, east, north + 2.5), body
