"""A day with the layers of a group, by the program qgis_process, killed once in the middle of every step.

Load → edit offline in three ways → somebody else changes the same rows → refresh → settle the conflicts → send → a
second account sees exactly the rows that are to be expected.
"""

import contextlib
import json
import sqlite3
import time
import urllib.request

import pytest
import requests
from osgeo import ogr
from qgis.core import NULL, QgsFeature, QgsFeatureRequest, QgsGeometry, QgsVectorLayer

from geocollab.store.store import Store
from sandbox.process import SandboxProcess
from tests.qgis_process import run_qgis_process, start_qgis_process

DATABASE, TABLE = 34, 3401
CODE = "suivi_terrain:cantons_suivis"
SQUARE = "MULTIPOLYGON(((652000 6862000,652100 6862000,652100 6862100,652000 6862100,652000 6862000)))"


@pytest.fixture(scope="module")
def server():
    with SandboxProcess(reports=10, features=10, rate=0) as running:
        yield running


class Field:
    """A folder with a store, the sandbox, and the program."""

    def __init__(self, server, folder, profile):
        self.server, self.folder, self.profile = server, folder, profile
        self.store = folder / "field.sqlite"

    def run(self, name, user="membre", store=None, **parameters):
        outcome = run_qgis_process(*self._command(name, user, store, parameters), profile=self.profile, json=True)
        assert outcome.returncode == 0, outcome.stderr
        return outcome.results

    def killed(self, name, fault, user="membre", **parameters):
        """The same, but killed -9 while the server is at the request that the fault strikes."""
        self.server.faults({"seconds": 4, "kind": "slow", **fault})
        process = start_qgis_process(*self._command(name, user, None, parameters), profile=self.profile)
        try:
            while not self._hits():
                assert process.poll() is None, process.communicate()[1]
                time.sleep(0.02)
        finally:
            process.kill()
            process.communicate()
        self.server.faults()

    def _command(self, name, user, store, parameters):
        if name != "resolveconflicts":
            parameters = {"CONNECTION": self.server.connection_for(user), **parameters}
        given = {"STORE": store or self.store, **parameters}
        return ["run", f"geocollab:{name}", *(f"--{key}={value}" for key, value in given.items())]

    def _hits(self):
        with urllib.request.urlopen(f"{self.server.url}/_faults") as answer:
            return sum(fault["hits"] for fault in json.load(answer))

    def edits(self):
        """What is pending, by key or for new ones name: kind, and the values that it has changed."""
        with Store(self.store) as store:
            (layer,) = [layer for layer in store.layers.all() if layer.table == TABLE]
            return {
                edit.key or edit.mine["nom"]: (edit.kind, {name: (edit.mine or {}).get(name) for name in edit.changed})
                for edit in store.edits.pending(layer)
            }

    def layer(self):
        uri = f"dbname='{self.store}' key='geocollab_id' table=\"cantons_suivis\" (geom)"
        found = QgsVectorLayer(uri, "cantons_suivis", "spatialite")
        assert found.isValid()
        return found

    # ------------------------------------------------------------------ as somebody else

    def rows(self, user="admin"):
        """The live rows on the server, by key, as plain requests give them."""
        query = {"service": "WFS", "version": "1.0.0", "request": "GetFeature", "typename": "cantons_suivis"}
        query.update(outputFormat="JSON", maxFeatures=10_000, filter='{"gcms_detruit":false}')
        answer = requests.get(
            f"{self.server.url}/gcms/api/wfs/suivi_terrain", params=query, headers=self._account(user)
        )
        answer.raise_for_status()
        return {row["id_canton"]: row for row in answer.json()}

    def change(self, *actions, user="admin"):
        """One transaction of plain requests."""
        wanted = [{"table": TABLE, "state": state, "data": data} for state, data in actions]
        address = f"{self.server.url}/gcms/api/databases/{DATABASE}/transactions"
        body = {"comment": "bureau", "actions": wanted}
        answer = requests.post(address, json=body, headers=self._account(user))
        assert answer.status_code == 201 and answer.json()["status"] == "committed", answer.text

    def _account(self, user):
        return {"Authorization": "Bearer " + self.server.token(user)}


@pytest.fixture
def field(qgis_app, server, tmp_path):
    server.faults()
    yield Field(server, tmp_path, tmp_path / "profile")
    server.faults()


def in_an_edit_session(layer, keys):
    """QGIS: an attribute, a geometry, a deletion, a new object."""
    ids = {feature["id_canton"]: feature.id() for feature in layer.getFeatures()}
    fields = layer.fields()
    assert layer.startEditing()
    assert layer.changeAttributeValue(ids[keys[0]], fields.lookupField("commune"), "De moi")
    moved = QgsGeometry(next(layer.getFeatures(QgsFeatureRequest(ids[keys[1]]))).geometry())
    moved.translate(3, 4)
    assert layer.changeGeometry(ids[keys[1]], moved)
    assert layer.deleteFeature(ids[keys[2]])
    new = QgsFeature(fields)
    new.setAttributes([NULL] * fields.count())
    new["nom"], new["suivi"] = "Nouveau", "À faire"
    new.setGeometry(QgsGeometry.fromWkt(SQUARE))
    assert layer.addFeature(new)
    assert layer.commitChanges(), layer.commitErrors()


def by_another_program(path, key):
    """GDAL, as ogr2ogr and many plugins write."""
    source = ogr.Open(str(path), 1)
    table = source.GetLayerByName("cantons_suivis")
    table.SetAttributeFilter(f"id_canton = {key}")
    row = table.GetNextFeature()
    row["commune"] = "Par GDAL"
    assert table.SetFeature(row) == 0
    del row, table, source


def by_sql(path, keys):
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        some = ", ".join(map(str, keys))
        connection.execute(f"UPDATE cantons_suivis SET visite = '2026-04-01' WHERE id_canton IN ({some})")


def test_a_day_of_fieldwork(field):
    before = field.rows()
    a, b, c, d, e, f, g = sorted(before)[:7]

    # ------------------------------------------------------------ in the morning
    field.killed("loadgrouplayers", {"path": "/wfs/"}, COMMUNITY=375, LAYERS=CODE)
    loaded = field.run("loadgrouplayers", COMMUNITY=375, LAYERS=CODE)
    assert (loaded["COUNT"], loaded["FEATURE_COUNT"], loaded["FAILED_COUNT"]) == (1, len(before), 0)

    # ------------------------------------------------------------ offline
    in_an_edit_session(field.layer(), (a, b, c))
    by_another_program(field.store, d)
    by_sql(field.store, (e, f))
    mine = field.edits()
    assert {key: kind for key, (kind, _values) in mine.items()} == {
        a: "update", b: "update", c: "delete", d: "update", e: "update", f: "update", "Nouveau": "insert"
    }  # fmt: skip

    # ------------------------------------------------------------ meanwhile at the office
    def known(key, **values):
        return {"id_canton": key, "gcms_fingerprint": before[key]["gcms_fingerprint"], **values}

    field.change(
        ("Delete", known(f)),  # I edited it
        ("Update", known(a, commune="Du bureau")),  # I edited the same column
        ("Update", known(b, nom="Du bureau")),  # I edited another column
        ("Update", known(g, visite="2026-03-02")),  # I did not edit it
    )

    # ------------------------------------------------------------ refresh
    field.killed("refreshgrouplayers", {"path": "/wfs/"})
    assert field.edits() == mine, "nothing of the killed refresh is there"
    refreshed = field.run("refreshgrouplayers")
    assert (refreshed["MERGED_COUNT"], refreshed["CONFLICT_COUNT"], refreshed["UPDATED_COUNT"]) == (1, 2, 1)
    assert field.edits().keys() == mine.keys() and field.edits()[b] == mine[b]

    # ------------------------------------------------------------ conflicts
    shown = field.run("resolveconflicts", STRATEGY="show", REPORT=field.folder / "conflicts.html")
    assert (shown["COUNT"], shown["LEFT_COUNT"]) == (2, 2)
    page = (field.folder / "conflicts.html").read_text(encoding="utf-8")
    assert "De moi" in page and "Du bureau" in page
    settled = field.run("resolveconflicts", STRATEGY="mine")
    assert (settled["RESOLVED_COUNT"], settled["LEFT_COUNT"]) == (2, 0)
    mine = field.edits()
    kinds = {key: kind for key, (kind, _values) in mine.items()}
    again = next(key for key, kind in kinds.items() if kind == "insert" and key != "Nouveau")
    assert kinds.pop(again) == "insert", "what they deleted and I edited is made again"
    assert kinds == {a: "update", b: "update", c: "delete", d: "update", e: "update", "Nouveau": "insert"}

    # ------------------------------------------------------------ send
    planned = field.run("pushedits", DRY_RUN=True)
    assert (planned["COUNT"], planned["SENT_COUNT"]) == (7, 0)
    field.killed("pushedits", {"path": "/users/me"})
    assert field.edits() == mine, "nothing of the killed sending was sent"
    field.killed("pushedits", {"path": "/transactions$", "method": "POST", "seconds": 1.5})
    sent = field.run("pushedits", REPORT=field.folder / "sent.html")
    assert sent["UNSURE_COUNT"] == sent["CONFLICT_COUNT"] == sent["FAULT_COUNT"] == 0
    assert field.edits() == {}
    posts = [entry for entry in field.server.journal("/transactions$") if entry["method"] == "POST"]
    committed = [entry for entry in posts if entry["status"] == 201]
    assert len(committed) == 2, "the one of the office, and mine: not once more"

    # ------------------------------------------------------------ what everybody sees
    after = field.rows()
    new = {row["nom"]: row for key, row in after.items() if key not in before}
    assert set(after) == set(before) - {c, f} | {row["id_canton"] for row in new.values()}
    assert set(new) == {"Nouveau", before[f]["nom"]}
    assert new[before[f]["nom"]]["visite"] == "2026-04-01"
    assert (after[a]["commune"], after[b]["nom"], after[d]["commune"]) == ("De moi", "Du bureau", "Par GDAL")
    assert (after[e]["visite"], after[g]["visite"]) == ("2026-04-01", "2026-03-02")
    one, other = (ogr.CreateGeometryFromWkt(rows[b]["geom"]) for rows in (before, after))
    assert other.Centroid().GetX() - one.Centroid().GetX() == pytest.approx(3, abs=1e-6)
    untouched = set(before) - {a, b, c, d, e, f, g}
    assert all(after[key] == before[key] for key in untouched)

    second = field.folder / "second.sqlite"
    field.run("loadgrouplayers", user="admin", store=second, COMMUNITY=375, LAYERS=CODE)
    assert content(second) == content(field.store)
    assert {row[0]: row[1] for row in content(second)} == {key: row["nom"] for key, row in after.items()}


def content(path):
    with contextlib.closing(sqlite3.connect(path)) as connection:
        columns = "id_canton, nom, code, commune, suivi, visite, gcms_fingerprint, hex(geom)"
        return connection.execute(f"SELECT {columns} FROM cantons_suivis ORDER BY 1").fetchall()
