"""Any changes by others and any edits here, in any order: after a refresh nothing is missing, and no edit is lost."""

import itertools
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from sandbox.process import SandboxProcess
from tests.workflows.group_rows import POSTS, Guichet, square

WEST, EAST = 2.2, 2.4
ZONE = square(2.3, 48.0, 3.0, 49.5)
STATES = st.sampled_from(["Bon", "Mauvais", None])
PLACES = st.sampled_from([(WEST, 48.85), (EAST, 48.85), (EAST, 48.86)])
PICK = st.integers(0, 1000)
numbers = itertools.count(5000)


def wkt(place):
    return f"POINT({place[0]} {place[1]})"


class Machine(RuleBasedStateMachine):
    process = template = None

    def __init__(self):
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.guichet = Guichet(self.process, self.folder / "layers.sqlite")
        shutil.copy(self.template, self.guichet.path)
        self.mine = {}  # by key: what was edited here, None for a row deleted here

    def teardown(self):
        shutil.rmtree(self.folder)

    @initialize(zone=st.sampled_from([None, ZONE]))
    def load(self, zone):
        self.zone = zone
        for _each in range(4):
            self.other_makes("Bon", (EAST, 48.85))
        self.guichet.load(POSTS, zone=zone)

    def made_here(self, pick):
        """A key of our own rows, which are few, so that both sides meet."""
        keys = sorted(key for key in self.guichet.local(POSTS) if key.startswith(("TT-", "LO-")))
        return keys[pick % len(keys)] if keys else None

    def made_there(self, pick):
        keys = sorted(key for key in self.guichet.server(POSTS) if key.startswith("TT-"))
        return keys[pick % len(keys)] if keys else None

    # ---------------------------------------------------------------- others

    @rule(state=STATES, place=PLACES)
    def other_makes(self, state, place):
        data = {"reference": f"TT-{next(numbers)}", "etat": state, "geom": wkt(place)}
        self.post("Insert", data)

    @rule(pick=PICK, state=STATES)
    def other_changes(self, pick, state):
        self.post("Update", {"reference": self.made_there(pick), "etat": state})

    @rule(pick=PICK, place=PLACES)
    def other_moves(self, pick, place):
        self.post("Update", {"reference": self.made_there(pick), "geom": wkt(place)})

    @rule(pick=PICK)
    def other_deletes(self, pick):
        self.post("Delete", {"reference": self.made_there(pick)})

    def post(self, state, data):
        if data["reference"] is None:
            return
        if state != "Insert":
            data["gcms_fingerprint"] = self.rows()[data["reference"]]["gcms_fingerprint"]
        body = {"comment": "essai", "actions": [{"table": 3404, "state": state, "data": data}]}
        assert self.guichet.call("POST", "/databases/34/transactions", "admin", json=body).status_code == 201

    def rows(self):
        query = {"service": "WFS", "request": "GetFeature", "typename": "bornes", "outputFormat": "JSON"}
        found = self.guichet.call("GET", "/wfs/suivi_terrain", "admin", params=query).json()
        return {row["reference"]: row for row in found}

    # ---------------------------------------------------------------- here

    @rule(pick=PICK, state=STATES)
    def i_change(self, pick, state):
        key = self.made_here(pick)
        if key:
            self.guichet.sql(POSTS, "UPDATE {t} SET etat = ? WHERE reference = ?", (state, key))
            self.mine.setdefault(key, {})["etat"] = state

    @rule(pick=PICK, place=PLACES)
    def i_move(self, pick, place):
        key = self.made_here(pick)
        if key:
            self.guichet.sql(POSTS, "UPDATE {t} SET geom = MakePoint(?, ?, 4326) WHERE reference = ?", (*place, key))
            self.mine.setdefault(key, {})["geom"] = list(place)

    @rule(pick=PICK)
    def i_delete(self, pick):
        key = self.made_here(pick)
        if key:
            self.guichet.sql(POSTS, "DELETE FROM {t} WHERE reference = ?", (key,))
            if key.startswith("LO-"):
                del self.mine[key]
            else:
                self.mine[key] = None

    @rule(state=STATES, place=PLACES)
    def i_make(self, state, place):
        key = f"LO-{next(numbers)}"
        text = "INSERT INTO {t} (reference, etat, geom) VALUES (?, ?, MakePoint(?, ?, 4326))"
        self.guichet.sql(POSTS, text, (key, state, *place))
        self.mine[key] = {"etat": state, "geom": list(place)}

    # ---------------------------------------------------------------- what a refresh promises

    @rule(mode=st.sampled_from(["update", "update", "update", "reconcile"]))
    def refresh(self, mode):
        before = self.guichet.layer(POSTS).watermark
        self.guichet.refresh(mode=mode)
        assert self.guichet.layer(POSTS).watermark >= before
        local, server = self.guichet.local(POSTS), self.guichet.server(POSTS)
        pending = {key for _kind, key, _conflict in self.guichet.edits(POSTS)}
        for key, mine in list(self.mine.items()):
            if key not in pending:  # the server has the same now
                del self.mine[key]
            elif mine is None:
                assert key not in local
            else:
                assert {name: local[key][name] for name in mine} == mine
        assert pending == set(self.mine), "an edit that nobody made"
        expected = {key for key, row in server.items() if self.zone is None or row["geom"][0] > 2.3}
        assert expected - pending <= local.keys()
        for key in local.keys() - pending:
            assert local[key] == server[key]


@pytest.fixture(scope="module")
def machine(empty_store):
    with SandboxProcess(reports=5, features=0, rate=0, token_life=100_000) as process:
        Machine.process, Machine.template = process, empty_store
        yield Machine


def test_nothing_is_missing_and_no_edit_is_lost(machine):
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=12, stateful_step_count=14, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
