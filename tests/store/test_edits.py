"""Local edits of group layers: caught whatever makes them, re-based, in conflict, discarded, resolved, committed."""

import itertools
import sqlite3

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geocollab.store.edits import Committed, Counts
from geocollab.store.store import Store
from geocollab.store.tracking import quiet
from tests.store.parcels import column, ids, load, point, row, spec, update

NONE = Counts(0, 0, 0, 0)


@pytest.fixture
def layer(store):
    layer = store.layers.create(spec())
    load(store, layer, *(row(layer, key, gcms_fingerprint=f"print {key}", surface=1.0) for key in "ABC"))
    return layer


@pytest.fixture
def run(store):
    return store.connection.execute


def _edits(store, layer):
    return {edit.key: (edit.kind, edit.changed) for edit in store.edits.pending(layer)}


# ------------------------------------------------------------------ caught


def test_an_edit_has_both_versions_and_what_differs(store, layer, run):
    run("UPDATE parcelle SET surface = 2, geom = MakePoint(5, 6, 2154) WHERE cleabs = 'A'")
    run("DELETE FROM parcelle WHERE cleabs = 'B'")
    run("INSERT INTO parcelle (\"nom usuel\", geom) VALUES ('neuf', MakePoint(7, 8, 2154))")
    number = ids(store, layer)
    first, second, third = store.edits.pending(layer)
    assert (first.kind, first.row, first.key, first.fingerprint) == ("update", number["A"], "A", "print A")
    assert first.changed == ("surface", "geom")
    assert (first.base["surface"], first.base["geom"]) == (1.0, point(1, 2))
    assert (first.mine["surface"], first.mine["geom"]) == (2.0, point(5, 6))
    assert (second.kind, second.key, second.fingerprint, second.mine) == ("delete", "B", "print B", None)
    assert second.base["surface"] == 1.0
    assert (third.kind, third.key, third.fingerprint, third.base) == ("insert", None, None, None)
    assert third.changed == ("nom usuel", "geom")
    assert third.mine["nom usuel"] == "neuf"
    assert store.edits.counts(layer) == (1, 1, 1, 0)
    assert [edit.key for edit in store.edits.pending(layer, [number["A"], 12345])] == ["A"]


def test_what_was_undone_is_no_edit(store, layer, run):
    number = ids(store, layer)["A"]
    run("UPDATE parcelle SET surface = 2")
    run("UPDATE parcelle SET surface = 1")
    assert store.edits.counts(layer) == NONE
    assert list(store.edits.pending(layer)) == []
    kept = run("SELECT * FROM parcelle WHERE cleabs = 'A'").fetchone()
    run("DELETE FROM parcelle WHERE cleabs = 'A'")
    run(f"INSERT INTO parcelle VALUES ({', '.join('?' * len(kept))})", kept)
    assert store.edits.counts(layer) == NONE
    new = run("INSERT INTO parcelle DEFAULT VALUES").lastrowid
    run("UPDATE parcelle SET surface = 3 WHERE geocollab_id = ?", (new,))
    run("DELETE FROM parcelle WHERE geocollab_id = ?", (new,))
    assert store.edits.counts(layer) == NONE
    assert run("INSERT INTO parcelle DEFAULT VALUES").lastrowid > new > number, "no id is given twice"


def test_a_deleted_row_that_returns_otherwise_is_an_update(store, layer, run):
    number = ids(store, layer)["A"]
    run("DELETE FROM parcelle WHERE cleabs = 'A'")
    run("INSERT INTO parcelle (geocollab_id, cleabs, surface) VALUES (?, 'A', 7)", (number,))
    assert _edits(store, layer) == {"A": ("update", ("surface", "geom"))}


@pytest.mark.parametrize("recursive", ["OFF", "ON"])
def test_every_statement_that_sql_knows_is_caught(store, layer, run, recursive):
    """The conflict clause of a statement overrides that of the triggers it fires; REPLACE deletes without a trigger."""
    run(f"PRAGMA recursive_triggers = {recursive}")
    number = ids(store, layer)
    base = dict.fromkeys("ABC", 1.0)
    run("INSERT OR REPLACE INTO parcelle (geocollab_id, cleabs, surface) VALUES (?, 'A', 2)", (number["A"],))
    run("REPLACE INTO parcelle (geocollab_id, cleabs, surface) VALUES (?, 'A', 3)", (number["A"],))
    for surface in (2, 3):
        run("UPDATE OR REPLACE parcelle SET surface = ? WHERE cleabs = 'B'", (surface,))
        run("UPDATE OR FAIL parcelle SET surface = ? WHERE cleabs = 'B'", (surface + 10,))
        run("UPDATE OR IGNORE parcelle SET surface = ? WHERE cleabs = 'B'", (surface + 20,))
        run(
            "INSERT INTO parcelle (geocollab_id, surface) VALUES (?, ?) "
            "ON CONFLICT (geocollab_id) DO UPDATE SET surface = excluded.surface",
            (number["C"], surface),
        )
    run("INSERT OR IGNORE INTO parcelle (geocollab_id, surface) VALUES (?, 99)", (number["C"],))
    edits = list(store.edits.pending(layer))
    assert {edit.key: (edit.kind, edit.base["surface"], edit.mine["surface"]) for edit in edits} == {
        "A": ("update", base["A"], 3.0),
        "B": ("update", base["B"], 23.0),
        "C": ("update", base["C"], 3.0),
    }
    assert store.edits.discard(layer) == 3
    assert column(store, layer, "surface") == base


@pytest.mark.parametrize("name", ["geocollab_id", "rowid", "_rowid_"])
@pytest.mark.parametrize("edited", [False, True])
def test_the_id_of_a_row_cannot_be_changed(store, layer, run, name, edited):
    if edited:
        run("UPDATE parcelle SET surface = 2")
    before = ids(store, layer)
    with pytest.raises(sqlite3.IntegrityError):
        run(f"UPDATE parcelle SET {name} = {name} + 100")
    assert ids(store, layer) == before
    assert store.edits.counts(layer).updates == 3 * edited


def test_an_edit_and_its_record_are_one(path, store, layer):
    other = sqlite3.connect(path, isolation_level=None)  # any program, without spatial functions
    other.execute("BEGIN")
    other.execute("UPDATE parcelle SET surface = 5")
    assert store.edits.counts(layer) == NONE
    other.execute("ROLLBACK")
    assert store.edits.counts(layer) == NONE
    other.execute("UPDATE parcelle SET surface = 5")
    other.close()
    assert store.edits.counts(layer) == (0, 3, 0, 0)


def test_a_key_or_a_history_that_somebody_edits_misleads_nobody(store, layer, run):
    run("UPDATE parcelle SET cleabs = 'Z', gcms_fingerprint = 'forged', gcms_numrec = 99 WHERE cleabs = 'A'")
    (edit,) = store.edits.pending(layer)
    assert (edit.key, edit.fingerprint, edit.changed) == ("A", "print A", ("cleabs",))
    update(store, layer, row(layer, "A", surface=5.0, gcms_fingerprint="new"), row(layer, "Z"))
    (edit,) = store.edits.pending(layer)
    assert (edit.key, edit.fingerprint, edit.mine["surface"]) == ("A", "new", 5.0)
    store.edits.discard(layer)
    assert column(store, layer, "gcms_fingerprint")["A"] == "new"
    run("UPDATE parcelle SET gcms_fingerprint = 'forged' WHERE cleabs = 'B'")
    assert store.edits.counts(layer) == NONE


def test_a_copied_or_split_object_has_the_key_of_another_and_is_an_insert(store, layer, run):
    names = '"cleabs", "surface", "gcms_fingerprint"'
    run(f"INSERT INTO parcelle ({names}) SELECT {names} FROM parcelle WHERE cleabs = 'A'")
    run("UPDATE parcelle SET surface = 5 WHERE cleabs = 'A'")
    assert sorted(edit.kind for edit in store.edits.pending(layer)) == ["insert", "update"]
    changes = load(store, layer, *(row(layer, key, gcms_fingerprint=f"print {key}", surface=1.0) for key in "ABC"))
    assert (changes.created, changes.removed, changes.conflicts) == (0, 0, 0)
    assert store.edits.counts(layer) == (1, 1, 0, 0)


def test_qgis_writes_a_t_between_date_and_time_and_that_is_no_edit(store, layer, run):
    load(store, layer, row(layer, "A", **{"vu le": "2026-01-02 03:04:05", "nom usuel": "2026-01-02 03:04:05"}))
    run("UPDATE parcelle SET \"vu le\" = '2026-01-02T03:04:05'")
    assert list(store.edits.pending(layer)) == []
    assert store.edits.counts(layer) == NONE
    run("UPDATE parcelle SET \"vu le\" = '2026-01-03T03:04:05', \"nom usuel\" = '2026-01-02T03:04:05'")
    (edit,) = store.edits.pending(layer)
    assert edit.changed == ("nom usuel", "vu le")
    assert edit.mine["vu le"] == "2026-01-03 03:04:05"
    assert store.edits.counts(layer) == (0, 1, 0, 0)


def test_the_same_geometry_written_otherwise_is_no_edit(store, layer, run):
    run("UPDATE parcelle SET geom = GeomFromWKB(AsBinary(geom), 2154)")
    run("UPDATE parcelle SET geom = GeomFromText('POINT(1 2)', 2154)")
    assert store.edits.counts(layer) == NONE
    run("UPDATE parcelle SET geom = NULL WHERE cleabs = 'A'")
    assert _edits(store, layer) == {"A": ("update", ("geom",))}


def test_pending_may_be_read_while_it_is_worked_off(store, layer, run):
    load(store, layer, *(row(layer, f"K{at:04d}") for at in range(1700)))
    run("UPDATE parcelle SET surface = 2")
    seen = []
    for edit in store.edits.pending(layer):
        seen.append(edit.key)
        if len(seen) % 600 == 0:
            store.edits.discard(layer, [edit.row])
    assert len(seen) == len(set(seen)) == 1700
    assert store.edits.counts(layer).updates == 1698


# ------------------------------------------------------------------ re-based


def test_different_columns_are_merged(store, layer, run):
    run("UPDATE parcelle SET surface = 2 WHERE cleabs = 'A'")
    changes = update(store, layer, row(layer, "A", surface=1.0, **{"nom usuel": "theirs"}, gcms_fingerprint="new"))
    assert (changes.merged, changes.conflicts) == (1, 0)
    (edit,) = store.edits.pending(layer)
    assert (edit.changed, edit.fingerprint, edit.mine["nom usuel"]) == (("surface",), "new", "theirs")
    assert column(store, layer, "gcms_fingerprint")["A"] == "new"


def test_the_same_value_on_both_sides_is_no_edit_any_more(store, layer, run):
    run("UPDATE parcelle SET surface = 2 WHERE cleabs = 'A'")
    assert update(store, layer, row(layer, "A", surface=2.0)).conflicts == 0
    assert store.edits.counts(layer) == NONE


def test_deleted_on_both_sides_is_no_conflict(store, layer, run):
    run("DELETE FROM parcelle WHERE cleabs = 'A'")
    assert update(store, layer, gone=("A",)).conflicts == 0
    assert store.edits.counts(layer) == NONE
    assert sorted(ids(store, layer)) == ["B", "C"]


def test_only_another_fingerprint_keeps_the_edit(store, layer, run):
    run("DELETE FROM parcelle WHERE cleabs = 'A'")
    run("UPDATE parcelle SET surface = 2 WHERE cleabs = 'B'")
    update(store, layer, *(row(layer, key, surface=1.0, gcms_fingerprint="new") for key in "AB"))
    assert [(edit.kind, edit.fingerprint) for edit in store.edits.pending(layer)] == [
        ("delete", "new"),
        ("update", "new"),
    ]
    assert store.edits.counts(layer).conflicts == 0


@pytest.fixture
def clash(store, layer, run):
    """One of each: A changed on both sides, B deleted here, C deleted there."""
    run("UPDATE parcelle SET surface = 2, \"nom usuel\" = 'mine' WHERE cleabs = 'A'")
    run("DELETE FROM parcelle WHERE cleabs = 'B'")
    run("UPDATE parcelle SET surface = 2 WHERE cleabs = 'C'")
    there = [row(layer, key, surface=3.0, étage=4, gcms_fingerprint="theirs") for key in "AB"]
    changes = load(store, layer, *there)
    assert (changes.conflicts, changes.removed) == (3, 0)
    return {conflict.key: conflict for conflict in store.edits.conflicts(layer)}


def test_a_clash_shows_all_three_and_loses_nothing(store, layer, clash):
    assert {key: (it.kind, it.clashing) for key, it in clash.items()} == {
        "A": ("changed", ("surface",)),
        "B": ("deleted_here", ("étage", "surface")),
        "C": ("deleted_there", ("surface",)),
    }
    surfaces = {key: [side and side["surface"] for side in (it.base, it.mine, it.theirs)] for key, it in clash.items()}
    assert surfaces == {"A": [1.0, 2.0, 3.0], "B": [1.0, None, 3.0], "C": [1.0, 2.0, None]}
    assert column(store, layer, "surface") == {"A": 2.0, "C": 2.0}
    assert [edit.conflict for edit in store.edits.pending(layer)] == [True, True, True]
    assert store.edits.counts(layer) == (0, 2, 1, 3)


def test_mine(store, layer, clash):
    for conflict in clash.values():
        store.edits.resolve(layer, conflict.row, "mine")
    assert {edit.key: (edit.kind, edit.fingerprint) for edit in store.edits.pending(layer)} == {
        "A": ("update", "theirs"),
        "B": ("delete", "theirs"),
        "C": ("insert", None),
    }
    edit = next(iter(store.edits.pending(layer)))
    assert edit.changed == ("nom usuel", "surface"), "what only they changed stays theirs"
    assert store.edits.counts(layer) == (1, 1, 1, 0)


def test_theirs(store, layer, clash):
    for conflict in clash.values():
        store.edits.resolve(layer, conflict.row, "theirs")
    assert store.edits.counts(layer) == NONE
    assert column(store, layer, "surface") == {"A": 3.0, "B": 3.0}
    assert ids(store, layer)["B"] == clash["B"].row


def test_merge_field_by_field(store, layer, clash):
    with pytest.raises(ValueError, match="surface"):
        store.edits.resolve(layer, clash["A"].row, "merge")
    assert store.edits.counts(layer).conflicts == 3, "nothing was done"
    store.edits.resolve(layer, clash["A"].row, "merge", {"surface": 2.5})
    store.edits.resolve(layer, clash["B"].row, "merge", {"surface": 9.0, "geom": point(8, 8)})
    store.edits.resolve(layer, clash["C"].row, "merge", {"étage": 7})
    found = {edit.key: edit for edit in store.edits.pending(layer)}
    assert (found["A"].changed, found["A"].mine["étage"]) == (("nom usuel", "surface"), 4)
    assert (found["B"].kind, found["B"].changed, found["B"].mine["étage"]) == ("update", ("surface", "geom"), 4)
    assert (found["C"].kind, found["C"].mine["surface"], found["C"].mine["étage"]) == ("insert", 2.0, 7)
    assert found["B"].mine["geom"] == point(8, 8)


def test_many_at_once_put_the_triggers_aside_once(store, layer, clash):
    statements = []
    store.connection.set_trace_callback(statements.append)
    with quiet(store, layer.id):
        for conflict in clash.values():
            store.edits.resolve(layer, conflict.row, "theirs")
        with pytest.raises(KeyError):
            store.edits.resolve(layer, 12345, "mine")
    store.connection.set_trace_callback(None)
    assert sum("TRIGGER" in statement.upper() for statement in statements) == 1 + 5 + 5, "looked for, dropped, made"
    assert store.edits.counts(layer) == NONE
    with store.atomic() as connection:
        connection.execute("UPDATE parcelle SET surface = 9")
    assert store.edits.counts(layer).updates == 2, "edits are tracked again"


def test_what_fails_while_triggers_are_aside_brings_them_back(store, layer, clash):
    with pytest.raises(ValueError, match="ours"):
        store.edits.resolve(layer, clash["A"].row, "ours")
    with store.atomic() as connection:
        connection.execute("UPDATE parcelle SET année = '2000'")
    store.edits.resolve(layer, clash["A"].row, "theirs")
    with store.atomic() as connection:
        connection.execute("UPDATE parcelle SET surface = 9")
    assert store.edits.counts(layer).updates == 2


def test_values_of_one_s_own(store, layer):
    load(store, layer, *(row(layer, key, surface=1.0, **{"vu le": "2026-01-01 10:00:00"}) for key in "ABCD"))
    with store.atomic() as connection:
        connection.execute("UPDATE parcelle SET surface = NULL, année = '1999' WHERE cleabs = 'A'")
        connection.execute("UPDATE parcelle SET \"vu le\" = '2026-01-01T10:00:00' WHERE cleabs = 'B'")
        connection.execute("DELETE FROM parcelle WHERE cleabs = 'C'")
        connection.execute("INSERT INTO parcelle (cleabs, surface) VALUES ('E', 1.0)")
    assert store.edits.own_values(layer, ["surface", "année", "vu le", "étage"]) == {
        "surface": 2, "année": 1, "vu le": 0, "étage": 0,
    }  # fmt: skip
    assert store.edits.own_values(layer, []) == {}
    with pytest.raises(KeyError):
        store.edits.own_values(layer, ["no such column"])


def test_what_is_no_conflict_cannot_be_resolved(store, layer, clash):
    with pytest.raises(KeyError):
        store.edits.resolve(layer, 12345, "mine")
    with pytest.raises(ValueError, match="ours"):
        store.edits.resolve(layer, clash["A"].row, "ours")
    with pytest.raises(KeyError):
        store.edits.resolve(layer, clash["A"].row, "merge", {"surface": 1, "no such column": 2})
    assert len(list(store.edits.conflicts(layer))) == 3


def test_a_later_refresh_brings_a_newer_theirs_or_the_end_of_the_conflict(store, layer, clash):
    update(store, layer, row(layer, "A", surface=4.0))
    conflicts = {conflict.key: conflict for conflict in store.edits.conflicts(layer)}
    assert conflicts["A"].theirs["surface"] == 4.0
    assert conflicts["A"].since == clash["A"].since
    update(store, layer, *(row(layer, key, surface=1.0) for key in "ABC"))
    assert store.edits.counts(layer) == (0, 2, 1, 0), "the server went back to what it was"


def test_edits_that_end_a_conflict(store, layer, clash, run):
    run("UPDATE parcelle SET surface = 3 WHERE cleabs = 'A'")
    run("DELETE FROM parcelle WHERE cleabs = 'C'")
    assert store.edits.review(layer) == 1
    assert [conflict.key for conflict in store.edits.conflicts(layer)] == ["B"]
    assert _edits(store, layer) == {"A": ("update", ("nom usuel",)), "B": ("delete", ())}


def test_discard_of_a_conflict_takes_what_the_server_has(store, layer, clash):
    assert store.edits.discard(layer) == 3
    assert column(store, layer, "surface") == {"A": 3.0, "B": 3.0}
    assert store.edits.counts(layer) == NONE


def test_discard_of_chosen_rows(store, layer, run):
    run("UPDATE parcelle SET surface = 2")
    number = ids(store, layer)
    assert store.edits.discard(layer, [number["A"], number["C"], 999]) == 2
    assert column(store, layer, "surface") == {"A": 1.0, "B": 2.0, "C": 1.0}
    run("UPDATE parcelle SET surface = 7 WHERE cleabs = 'A'")
    assert store.edits.counts(layer).updates == 2


# ------------------------------------------------------------------ sent


def _send(store, layer):
    edits = list(store.edits.pending(layer))
    store.edits.sending(layer, [edit.row for edit in edits])
    return edits


def _full(layer, key, **values):
    return dict(zip(layer.names, row(layer, key, gcms_fingerprint="stored", **values)))


def test_what_was_committed_is_no_longer_pending(store, layer, run):
    run("UPDATE parcelle SET surface = 2 WHERE cleabs = 'A'")
    run("DELETE FROM parcelle WHERE cleabs = 'B'")
    new = run("INSERT INTO parcelle (\"nom usuel\", geom) VALUES ('neuf', MakePoint(3, 4, 2154))").lastrowid
    updated, deleted, inserted = _send(store, layer)
    assert [edit.kind for edit in store.edits.unsure(layer)] == ["update", "delete", "insert"]
    answers = [
        Committed(updated.row, _full(layer, "A", surface=2.0, étage=1)),
        Committed(deleted.row, None),
        Committed(inserted.row, _full(layer, None, geom=point(3, 4), **{"nom usuel": "NEUF"}), key="K9"),
    ]
    assert store.edits.committed(layer, answers) == 3
    assert store.edits.counts(layer) == NONE
    assert store.edits.unsure(layer) == []
    assert ids(store, layer) == {"A": updated.row, "C": ids(store, layer)["C"], "K9": new}
    assert column(store, layer, "gcms_fingerprint") == {"A": "stored", "C": "print C", "K9": "stored"}
    assert column(store, layer, "étage")["A"] == 1, "what the server computed is there"
    assert column(store, layer, "nom usuel")["K9"] == "NEUF"
    assert store.edits.committed(layer, answers) == 0, "the same answer again"
    run("UPDATE parcelle SET surface = 5 WHERE cleabs = 'K9'")
    (edit,) = store.edits.pending(layer)
    assert (edit.kind, edit.key, edit.fingerprint) == ("update", "K9", "stored")


def test_edited_again_meanwhile_only_the_newer_difference_stays(store, layer, run):
    run("UPDATE parcelle SET surface = 2, \"étage_2\" = 1 WHERE cleabs IN ('A', 'B')")
    run("DELETE FROM parcelle WHERE cleabs = 'C'")
    new = [run("INSERT INTO parcelle (surface) VALUES (?)", (at,)).lastrowid for at in (1, 2)]
    kept = ids(store, layer)
    edits = _send(store, layer)
    run("UPDATE parcelle SET surface = 3 WHERE cleabs = 'A'")
    run("UPDATE parcelle SET surface = 1 WHERE cleabs = 'B'")  # back to what the server had before
    run("INSERT INTO parcelle (geocollab_id, cleabs, surface) VALUES (?, 'C', 8)", (edits[2].row,))
    run("UPDATE parcelle SET surface = 9 WHERE geocollab_id = ?", (new[0],))
    run("DELETE FROM parcelle WHERE geocollab_id = ?", (new[1],))
    answers = [
        *(Committed(kept[key], _full(layer, key, surface=2.0, étage=1)) for key in "AB"),
        Committed(edits[2].row, None),
        *(Committed(number, _full(layer, f"N{at}", geom=None, surface=float(at + 1))) for at, number in enumerate(new)),
    ]
    assert store.edits.committed(layer, answers) == 5
    found = {edit.row: (edit.kind, edit.key, edit.changed, edit.fingerprint) for edit in store.edits.pending(layer)}
    assert found == {
        kept["A"]: ("update", "A", ("surface",), "stored"),
        kept["B"]: ("update", "B", ("surface",), "stored"),
        edits[2].row: ("insert", "C", ("cleabs", "surface"), None),
        new[0]: ("update", "N0", ("surface",), "stored"),
        new[1]: ("delete", "N1", (), "stored"),
    }


def test_an_answer_that_does_not_name_all_columns(store, layer, run):
    run("UPDATE parcelle SET surface = 2 WHERE cleabs = 'A'")
    (edit,) = _send(store, layer)
    store.edits.committed(layer, [Committed(edit.row, {"surface": 2.25, "unknown": 1}, "A", "stored")])
    assert store.edits.counts(layer) == NONE
    assert column(store, layer, "surface")["A"] == 2.25
    assert store.one("SELECT AsBinary(geom) FROM parcelle WHERE cleabs = 'A'") == point(1, 2)


def test_an_inserted_row_must_have_a_key(store, layer, run):
    run("INSERT INTO parcelle (surface) VALUES (5)")
    (edit,) = _send(store, layer)
    with pytest.raises(ValueError, match="Committed"):
        store.edits.committed(layer, [Committed(edit.row, {"surface": 5.0})])
    assert store.edits.unsure(layer) == [edit]


def test_not_done_it_is_pending_as_before(store, layer, run):
    run("UPDATE parcelle SET surface = 2 WHERE cleabs = 'A'")
    before = _send(store, layer)
    store.edits.unsent(layer, [edit.row for edit in before])
    assert store.edits.unsure(layer) == []
    assert list(store.edits.pending(layer)) == before


def test_a_lost_answer_is_found_by_a_refresh(store, layer, run):
    """Updates, also where the server set the heights, and deletes; what was edited since stays."""
    three = store.layers.create(spec(table=2, is3d=True))
    load(store, three, *(row(three, key, surface=1.0) for key in "ABC"))
    table = three.local_table
    run(f"UPDATE {table} SET surface = 2, geom = MakePointZ(5, 6, 7, 2154) WHERE cleabs = 'A'")
    run(f"DELETE FROM {table} WHERE cleabs = 'B'")
    run(f"UPDATE {table} SET surface = 2 WHERE cleabs = 'C'")
    _send(store, three)
    run(f"UPDATE {table} SET surface = 4 WHERE cleabs = 'C'")
    there = [
        row(three, "A", surface=2.0, geom=point(5, 6, -1000), gcms_fingerprint="stored"),
        row(three, "C", surface=2.0, gcms_fingerprint="stored"),
    ]
    assert update(store, three, *there, gone=("B",)).conflicts == 0
    assert store.edits.unsure(three) == []
    (edit,) = store.edits.pending(three)
    assert (edit.key, edit.base["surface"], edit.mine["surface"], edit.fingerprint) == ("C", 2.0, 4.0, "stored")
    assert store.one(f"SELECT Z(geom) FROM {table} WHERE cleabs = 'A'") == -1000


def test_a_refresh_before_a_late_transaction_keeps_what_was_sent_and_undone(store, layer, run):
    run("UPDATE parcelle SET surface = 2 WHERE cleabs = 'A'")
    _send(store, layer)
    run("UPDATE parcelle SET surface = 1 WHERE cleabs = 'A'")
    update(store, layer, row(layer, "A", surface=1.0))
    assert store.edits.counts(layer) == NONE
    assert len(store.edits.unsure(layer)) == 1
    update(store, layer, row(layer, "A", surface=2.0))
    (edit,) = store.edits.pending(layer)
    assert (edit.base["surface"], edit.mine["surface"]) == (2.0, 1.0)


@pytest.mark.parametrize("again", ["", "ours", "theirs", "both"])
def test_an_insert_that_a_refresh_brought_before_its_answer_is_here_once(store, layer, run, again):
    new = run("INSERT INTO parcelle (surface) VALUES (5)").lastrowid
    _send(store, layer)
    stored = _full(layer, "K9", geom=None, surface=5.0)
    update(store, layer, tuple(stored.values()))
    twin = next(number for number in ids(store, layer).values() if number > new)
    if again in ("ours", "both"):
        run("UPDATE parcelle SET surface = 6 WHERE geocollab_id = ?", (new,))
    if again in ("theirs", "both"):
        run("UPDATE parcelle SET surface = 7 WHERE geocollab_id = ?", (twin,))
    assert store.edits.committed(layer, [Committed(new, stored)]) == 1
    rows = dict(store.all("SELECT geocollab_id, surface FROM parcelle WHERE geocollab_id >= ?", (new,)))
    found = {edit.row: (edit.kind, edit.key) for edit in store.edits.pending(layer)}
    if again == "":
        assert (rows, found) == ({new: 5.0}, {})
    elif again == "ours":
        assert (rows, found) == ({new: 6.0}, {new: ("update", "K9")})
    elif again == "theirs":
        assert (rows, found) == ({twin: 7.0}, {twin: ("update", "K9")})
    else:
        assert rows == {new: 6.0, twin: 7.0}, "nobody's value is lost"
        assert found == {new: ("insert", None), twin: ("update", "K9")}


_value = st.none() | st.integers(-(1 << 63), (1 << 63) - 1) | st.text(st.characters(codec="utf-8"), max_size=10)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.tuples(_value, _value), st.floats(allow_nan=False), st.booleans())
def test_any_value_comes_back_as_it_was(tmp_path_factory, texts, number, flag):
    with Store(tmp_path_factory.mktemp("values") / "a.sqlite") as store:
        layer = store.layers.create(spec())
        text, other = (None if value is None else str(value) for value in texts)
        load(store, layer, row(layer, "A", surface=number, vérifié=flag, suivi=text, **{"nom usuel": other}))
        store.connection.execute('UPDATE parcelle SET "Étage" = 1')
        (edit,) = store.edits.pending(layer)
        for version in (edit.base, edit.mine):
            assert (version["surface"], version["vérifié"]) == (number, flag)
            assert (version["suivi"], version["nom usuel"]) == (text, other)
        store.edits.discard(layer)
        same = row(layer, "A", surface=number, vérifié=flag, suivi=text, **{"nom usuel": other})
        assert load(store, layer, same).unchanged == 1


def test_layers_do_not_mix(store, layer, run):
    others = [store.layers.create(spec(table=at)) for at in range(2, 13)]
    for other in others:
        load(store, other, row(other, "A", surface=1.0))
    for other, amount in zip(others, itertools.count(2)):
        run(f'UPDATE "{other.local_table}" SET surface = ?', (amount,))
    store.edits.discard(others[0])
    assert [store.edits.counts(other).updates for other in [layer, *others]] == [0, 0, *[1] * 10]
    run("UPDATE parcelle SET surface = 2")
    assert store.edits.counts(layer).updates == 3
