"""Any edits, by SQL, with any changes on the server, in any order: what is pending is what a plain model says."""

from __future__ import annotations

import itertools
import shutil
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from geocollab.store.edits import Committed
from geocollab.store.store import Store
from tests.store.parcels import load, point, row, spec, update

COLUMNS = ("name", "level", "geom")
VALUES = {
    "name": st.sampled_from([None, "a", "b"]),
    "level": st.integers(0, 2),
    "geom": st.sampled_from([None, point(1, 1), point(2, 2)]),
}
CONTENT = st.fixed_dictionaries(VALUES)
UPDATES = st.sampled_from(["UPDATE", "UPDATE OR REPLACE", "UPDATE OR IGNORE"])
NOWHERE = object()
PICK = st.integers(0, 30)


class ModelRow:
    """A row here: the server's version of it (None: it has none), mine (None: deleted), the clash, what was sent."""

    def __init__(self, base, mine):
        self.base, self.mine = base, mine
        self.theirs = NOWHERE  # or a version, or None
        self.sent = NOWHERE  # or a version, or None
        self.touched = False

    @property
    def kind(self):
        if self.base is None:
            return "insert" if self.mine is not None else None
        if self.mine is None:
            return "delete"
        return "update" if changed(self.base, self.mine) else None


def changed(one, other):
    return {name for name in COLUMNS if one[name] != other[name]}


def merged(before, mine, theirs):
    return {**theirs, **{name: mine[name] for name in changed(before, mine)}}


class Machine(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        self.folder = tempfile.mkdtemp(dir="/dev/shm" if Path("/dev/shm").is_dir() else None)
        self.store = Store(Path(self.folder) / "a.sqlite")
        self.store.connection.execute("PRAGMA synchronous = OFF")
        columns = [("key", "String"), ("name", "String"), ("level", "Integer"), ("geom", "Point")]
        self.layer = self.store.layers.create(spec(key="key", columns=columns))
        self.server, self.dirty = {}, set()
        self.rows: dict[int, ModelRow] = {}
        self.lost: dict[int, str] = {}  # rows whose insert was done there without an answer, and their keys there
        self.marks = itertools.count(1)

    def teardown(self):
        self.store.close()
        shutil.rmtree(self.folder)

    def sql(self, text, values=()):
        return self.store.connection.execute(text, values)

    # ---------------------------------------------------------------- the server

    def put(self, key, content):
        self.server[key] = {**content, "key": key, "print": f"p{next(self.marks)}"}
        self.dirty.add(key)
        return dict(self.server[key])

    def stored(self, version):
        content = {name: version[name] for name in COLUMNS}
        return row(self.layer, version["key"], gcms_fingerprint=version["print"], **content)

    @initialize(contents=st.lists(CONTENT, min_size=1, max_size=4))
    def first_load(self, contents):
        for content in contents:
            self.put(f"K{next(self.marks)}", content)
        self.refresh(whole=True)

    @rule(content=CONTENT)
    def somebody_inserts(self, content):
        self.put(f"K{next(self.marks)}", content)

    @precondition(lambda self: self.server)
    @rule(pick=PICK, name=st.sampled_from(COLUMNS), data=st.data())
    def somebody_updates(self, pick, name, data):
        key = sorted(self.server)[pick % len(self.server)]
        self.put(key, {**self.server[key], name: data.draw(VALUES[name])})

    @precondition(lambda self: self.server)
    @rule(pick=PICK)
    def somebody_deletes(self, pick):
        key = sorted(self.server)[pick % len(self.server)]
        del self.server[key]
        self.dirty.add(key)

    # ---------------------------------------------------------------- edits here

    def chosen(self, pick, which):
        found = sorted(number for number, model in self.rows.items() if which(model))
        return found[pick % len(found)] if found else None

    @rule(content=CONTENT)
    def insert(self, content):
        number = self.sql(
            "INSERT INTO parcelle (name, level, geom) VALUES (?, ?, GeomFromWKB(?, 2154))",
            [content[name] for name in COLUMNS],
        ).lastrowid
        assert number not in self.rows
        self.rows[number] = ModelRow(None, {**content, "key": None})

    @rule(pick=PICK, name=st.sampled_from(COLUMNS), data=st.data(), how=UPDATES)
    def change(self, pick, name, data, how):
        number, value = self.chosen(pick, lambda model: model.mine is not None), data.draw(VALUES[name])
        if number is None:
            return
        form = "GeomFromWKB(?, 2154)" if name == "geom" else "?"
        self.sql(f"{how} parcelle SET {name} = {form} WHERE geocollab_id = ?", (value, number))
        self.rows[number].mine = {**self.rows[number].mine, name: value}
        self.rows[number].touched = True

    @rule(level=st.integers(0, 2))
    def change_all(self, level):
        self.sql("UPDATE parcelle SET level = ?", (level,))
        for model in self.rows.values():
            if model.mine is not None:
                model.mine, model.touched = {**model.mine, "level": level}, True

    @rule(pick=PICK)
    def delete(self, pick):
        number = self.chosen(pick, lambda model: model.mine is not None)
        if number is not None:
            self.sql("DELETE FROM parcelle WHERE geocollab_id = ?", (number,))
            self.rows[number].mine, self.rows[number].touched = None, True
            self.forget_if_nothing(number)

    @rule(pick=PICK, content=CONTENT, replaced=st.booleans())
    def put_under_an_id(self, pick, content, replaced):
        """A deleted row comes back, or another program replaces one."""
        number = self.chosen(pick, lambda model: (model.mine is not None) == replaced)
        if number is None:
            return
        model = self.rows[number]
        key = model.base and model.base["key"]
        self.sql(
            f"INSERT {'OR REPLACE ' * replaced}INTO parcelle (geocollab_id, key, name, level, geom) "
            "VALUES (?, ?, ?, ?, GeomFromWKB(?, 2154))",
            (number, key, *(content[name] for name in COLUMNS)),
        )
        model.mine, model.touched = {**content, "key": key}, True

    def forget_if_nothing(self, number):
        model = self.rows[number]
        if model.base is None and model.mine is None and model.sent is NOWHERE:
            del self.rows[number]

    # ---------------------------------------------------------------- refresh

    @rule(whole=st.booleans())
    def refresh(self, whole):
        if whole:
            load(self.store, self.layer, *map(self.stored, self.server.values()))
            said = {**dict.fromkeys(self.dirty), **self.server}
            for model in self.rows.values():
                if model.base:
                    said.setdefault(model.base["key"], None)
        else:
            there = [self.stored(self.server[key]) for key in self.dirty if key in self.server]
            update(self.store, self.layer, *there, gone=tuple(self.dirty - set(self.server)))
            said = {key: self.server.get(key) for key in self.dirty}
        self.dirty = set()
        known = {model.base["key"]: number for number, model in self.rows.items() if model.base}
        for key, theirs in said.items():
            if key in known:
                self.meets(known[key], theirs and dict(theirs))
        fresh = {key: theirs for key, theirs in said.items() if theirs and key not in known}
        found = dict(self.store.all("SELECT key, geocollab_id FROM parcelle WHERE key NOT NULL"))
        for key, theirs in fresh.items():
            assert found[key] not in self.rows
            self.rows[found[key]] = ModelRow(dict(theirs), dict(theirs))

    def meets(self, number, theirs):
        model = self.rows[number]
        base, mine = model.base, model.mine
        arrived = False
        if model.sent is None:
            arrived = theirs is None
        elif model.sent is not NOWHERE and theirs is not None:
            sent = changed(base, model.sent)
            arrived = bool(sent) and all(theirs[name] == model.sent[name] for name in sent)
        if not model.touched:  # clean: as the server has it
            self.settles(number, theirs, theirs)
        elif arrived:
            self.arrives(number, theirs)
        elif theirs is not None and not changed(base, theirs):
            sent = model.sent
            self.settles(number, theirs, mine and merged(base, mine, theirs))
            if sent is not NOWHERE:
                model.sent, model.touched = sent, True
        elif mine is not None and not changed(base, mine):
            self.settles(number, theirs, theirs)
        elif mine is None and theirs is None:
            del self.rows[number]
        elif (
            mine is None
            or theirs is None
            or any(mine[name] != theirs[name] for name in changed(base, mine) & changed(base, theirs))
        ):
            model.theirs, model.sent = theirs, NOWHERE
        else:
            self.settles(number, theirs, merged(base, mine, theirs))

    def arrives(self, number, theirs):
        model = self.rows[number]
        if model.mine is not None and theirs is not None:
            self.settles(number, theirs, merged(model.sent, model.mine, theirs))
        else:
            self.settles(number, theirs, model.mine)

    def settles(self, number, theirs, mine):
        model = self.rows[number]
        model.base, model.mine, model.theirs, model.sent = theirs, mine, NOWHERE, NOWHERE
        model.touched = theirs is None or mine is None or bool(changed(theirs, mine))
        if theirs is None and mine is None:
            del self.rows[number]

    # ---------------------------------------------------------------- what the user decides

    @rule(picks=st.none() | st.lists(PICK, max_size=3))
    def discard(self, picks):
        numbers = there = sorted(self.rows)
        if picks is not None:
            numbers = sorted({there[pick % len(there)] for pick in picks if there})
        count = self.store.edits.discard(self.layer, None if picks is None else numbers)
        assert count == sum(1 for number in numbers if self.rows[number].kind)
        for number in numbers:
            model = self.rows[number]
            if not model.touched and model.base is not None:
                continue
            if model.base is None and model.mine is None:
                continue  # sent, then deleted: base knows nothing of it
            truth = model.base if model.theirs is NOWHERE else model.theirs
            self.lost.pop(number, None)
            self.settles(number, truth, truth)

    @rule(pick=PICK, side=st.sampled_from(["mine", "theirs", "merge"]), content=CONTENT)
    def resolve(self, pick, side, content):
        number = self.chosen(pick, lambda model: model.theirs is not NOWHERE)
        if number is None:
            return
        model = self.rows[number]
        self.store.edits.resolve(self.layer, number, side, content if side == "merge" else None)
        if side == "merge":
            whole = model.mine or model.theirs or model.base
            self.settles(number, model.theirs, {**whole, **content})
        elif side == "mine" and model.mine and model.theirs:
            mine = {name: model.mine[name] for name in changed(model.base, model.mine)}
            self.settles(number, model.theirs, {**model.theirs, **mine})
        else:
            self.settles(number, model.theirs, model.mine if side == "mine" else model.theirs)

    # ---------------------------------------------------------------- sending

    @rule(outcome=st.sampled_from(["answered", "lost", "never arrived"]))
    def send(self, outcome):
        ready = {
            number: model
            for number, model in self.rows.items()
            if model.kind and model.theirs is NOWHERE and model.sent is NOWHERE
        }
        self.store.edits.sending(self.layer, ready)
        done = {}
        for number, model in ready.items():
            model.sent = model.mine and dict(model.mine)
            if outcome == "never arrived":
                continue
            kind, base = model.kind, model.base
            if kind == "insert":
                done[number] = self.put(f"K{next(self.marks)}", model.mine)
                self.lost[number] = done[number]["key"]
            elif self.server.get(base["key"], {}).get("print") == base["print"]:
                if kind == "delete":
                    del self.server[base["key"]]
                    self.dirty.add(base["key"])
                    done[number] = None
                else:
                    mine = {name: model.mine[name] for name in changed(base, model.mine)}
                    done[number] = self.put(base["key"], {**self.server[base["key"]], **mine})
        self.answer = done if outcome == "answered" else {}
        if outcome == "never arrived":
            self.store.edits.unsent(self.layer, ready)
            for model in ready.values():
                model.sent = NOWHERE

    answer: dict = {}

    @precondition(lambda self: self.answer)
    @rule()
    def answered(self):
        """Perhaps much later: edits and refreshes can come between."""
        answers = []
        for number, stored in self.answer.items():
            model = self.rows.get(number)
            if model is None or model.sent is NOWHERE:
                if number in self.lost and model is None:
                    self.lost.pop(number)
                continue
            values = stored and {name: stored[name] for name in COLUMNS}
            key, mark = (stored["key"], stored["print"]) if stored else (None, None)
            answers.append(Committed(number, values, key, mark))
            if number in self.lost and not self.meets_its_twin(number, stored):
                answers.pop()
                continue
            self.arrives(number, stored and dict(stored))
        self.answer = {}
        assert self.store.edits.committed(self.layer, answers) == len(answers)
        assert self.store.edits.committed(self.layer, answers) == 0, "the same answer twice"

    def meets_its_twin(self, number, stored):
        """Whether the row that a refresh brought meanwhile, if any, gives way; edited ones have a test of their own."""
        self.lost.pop(number)
        twins = [at for at, model in self.rows.items() if model.base and model.base["key"] == stored["key"]]
        for twin in twins:
            if self.rows[twin].touched:
                return False
            del self.rows[twin]
        return True

    # ---------------------------------------------------------------- always

    @invariant()
    def the_table_is_mine(self):
        rows = self.store.all("SELECT geocollab_id, name, level, AsBinary(geom) FROM parcelle")
        mine = {number: model.mine for number, model in self.rows.items() if model.mine is not None}
        assert {number: tuple(values) for number, *values in rows} == {
            number: tuple(version[name] for name in COLUMNS) for number, version in mine.items()
        }

    @invariant()
    def pending_is_the_difference(self):
        found = {edit.row: edit for edit in self.store.edits.pending(self.layer)}
        wanted = {number: model for number, model in self.rows.items() if model.kind}
        assert {number: edit.kind for number, edit in found.items()} == {
            number: model.kind for number, model in wanted.items()
        }
        for number, model in wanted.items():
            edit = found[number]
            assert edit.conflict == (model.theirs is not NOWHERE)
            if model.base is not None:
                assert (edit.key, edit.fingerprint) == (model.base["key"], model.base["print"])
                assert {name: edit.base[name] for name in COLUMNS} == {name: model.base[name] for name in COLUMNS}
            if model.kind == "update":
                assert set(edit.changed) == changed(model.base, model.mine)
        kinds = [model.kind for model in wanted.values()]
        counts = self.store.edits.counts(self.layer)
        assert (counts.inserts, counts.deletes) == (kinds.count("insert"), kinds.count("delete"))

    @invariant()
    def conflicts_show_all_three(self):
        found = {conflict.row: conflict for conflict in self.store.edits.conflicts(self.layer)}
        wanted = {number: model for number, model in self.rows.items() if model.theirs is not NOWHERE}
        assert found.keys() == wanted.keys()
        for number, model in wanted.items():
            for side in ("base", "mine", "theirs"):
                version, shown = getattr(model, side), getattr(found[number], side)
                assert (version is None) == (shown is None)
                assert version is None or changed(version, shown) == set()

    @invariant()
    def tracking_is_on(self):
        names = "SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND name GLOB 'geocollab_1_*'"
        assert self.store.one(names) == 5


Machine.TestCase.settings = settings(
    max_examples=40, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)
test_any_order = Machine.TestCase
