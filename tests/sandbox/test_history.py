"""Section 2.12: numrec, and what an incremental reader sees of two clients' work."""

import json

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from sandbox import filters
from sandbox.catalogue import Catalogue
from sandbox.clock import Clock
from sandbox.rows import Rows
from sandbox.state import State
from sandbox.transactions import Writer
from sandbox.world import content
from sandbox.world.people import BY_NAME

TABLE = 3404
PLACES = ("POINT(2.35 48.85)", "POINT(2.2988 48.7507)", "POINT(2.4091 48.9381)")


class TwoClients(RuleBasedStateMachine):
    """Two people write, each from what they last read; a third one only reads what has changed."""

    @initialize()
    def start(self):
        self.state = State(":memory:")
        self.rows = Rows(self.state)
        content.fill(self.state, self.rows, 0)
        self.catalogue = Catalogue(self.state)
        self.table = self.catalogue.tables[TABLE]
        self.writers = {
            name: Writer(self.state, self.rows, self.catalogue, Clock(), BY_NAME[name], self.catalogue.databases[34])
            for name in ("membre", "admin")
        }
        self.known = {name: self.read() for name in self.writers}
        self.copy, self.watermark = {}, 0
        self.numrecs = [self.rows.greatest([TABLE])]
        self.made = 0
        self.refresh()

    def read(self, condition="{}"):
        where, values = filters.condition(self.table, condition)
        found = self.rows.bodies(self.rows.ids(self.table, where, values))
        return {row["reference"]: row for row in map(json.loads, found)}

    def send(self, name, *actions):
        """What POST does; returns the status."""
        writer = self.writers[name]
        comment, checked = writer.read({"comment": "x", "actions": list(actions)})
        plan = writer.plan(checked)
        transaction = writer.begin(comment)
        writer.commit(transaction, plan)
        if transaction["status"] == "committed":
            self.numrecs.append(transaction["numrec"])
        return transaction["status"]

    @rule(name=st.sampled_from(["membre", "admin"]), place=st.sampled_from(PLACES), many=st.integers(1, 3))
    def insert(self, name, place, many):
        self.made += many
        references = [f"ET-{self.made - number}" for number in range(many)]
        status = self.send(name, *({"table": TABLE, "state": "Insert", "data": {"reference": reference, "geom": place}}
                                   for reference in references))  # fmt: skip
        assert status == "committed"

    @rule(
        name=st.sampled_from(["membre", "admin"]),
        state=st.sampled_from(["Update", "Update", "Delete"]),
        which=st.lists(st.integers(0, 10_000), min_size=1, max_size=3),
        etat=st.sampled_from(["Bon", "Mauvais", None]),
    )
    def change(self, name, state, which, etat):
        """It is committed exactly when every row is still as this client knows it."""
        known = self.known[name]
        keys = {sorted(known)[number % len(known)] for number in which}
        data = [{"reference": key, "gcms_fingerprint": known[key]["gcms_fingerprint"],
                 **({"etat": etat} if state == "Update" else {})} for key in sorted(keys)]  # fmt: skip
        before = self.read()
        status = self.send(name, *({"table": TABLE, "state": state, "data": item} for item in data))
        current = all(
            not before[key]["gcms_detruit"] and before[key]["gcms_fingerprint"] == known[key]["gcms_fingerprint"]
            for key in keys
        )
        assert status == ("committed" if current else "conflicting")
        if not current:
            assert self.read() == before

    @rule(name=st.sampled_from(["membre", "admin"]))
    def look(self, name):
        self.known[name] = self.read()

    @rule()
    def refresh(self):
        """The incremental reader: one number, then what is newer, destroyed rows included."""
        greatest = self.rows.greatest([TABLE])
        if greatest == self.watermark:
            assert self.copy == self.live()
            return
        for key, row in self.read(json.dumps({"gcms_numrec": {"$gt": self.watermark}})).items():
            if row["gcms_detruit"]:
                self.copy.pop(key, None)
            else:
                self.copy[key] = row
        self.watermark = greatest

    def live(self):
        return self.read('{"gcms_detruit":false}')

    @invariant()
    def numrec_is_strictly_increasing(self):
        assert all(earlier < later for earlier, later in zip(self.numrecs, self.numrecs[1:]))

    def teardown(self):
        self.refresh()
        assert self.copy == self.live()
        self.state.close()


TestTwoClients = TwoClients.TestCase
TestTwoClients.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)


@pytest.fixture
def wfs(membre):
    def ask(typename, **more):
        asked = {"service": "WFS", "request": "GetFeature", "outputFormat": "JSON", "typename": typename}
        return membre.get("/wfs", {**asked, **more}).json()

    return ask


def test_an_object_that_leaves_the_box_is_not_returned_in_it(membre, wfs):
    """The hole of section 2.12: with the box, the change of what moved out is never seen."""
    made = membre.post("/databases/34/transactions", json={"comment": "x", "actions": [
        {"table": TABLE, "state": "Insert", "data": {"reference": "MO-1", "geom": "POINT(2.35 48.85)"}}]},
    ).json()  # fmt: skip
    row, box = made["actions"][0]["data"], "2.34,48.84,2.36,48.86"
    assert "MO-1" in {item["reference"] for item in wfs("suivi_terrain:bornes", bbox=box)}
    moved = membre.post("/databases/34/transactions", json={"comment": "x", "actions": [
        {"table": TABLE, "state": "Update", "data": {"reference": "MO-1", "gcms_fingerprint": row["gcms_fingerprint"],
                                                     "geom": "POINT(2.4091 48.9381)"}}]}).json()  # fmt: skip
    assert wfs("suivi_terrain:bornes", bbox=box, numrec=moved["numrec"]) == []
    assert wfs("suivi_terrain:bornes", numrec=moved["numrec"]) == [moved["actions"][0]["data"]]
    box_number = membre.get(f"/databases/34/tables/{TABLE}/max-numrec", {"bbox": box}).json()
    assert box_number < membre.get(f"/databases/34/tables/{TABLE}/max-numrec").json() == moved["numrec"]
