"""Edits given up: what, how many, with a trace, and nothing else."""

import os
import signal
import sqlite3
import subprocess
import sys
from dataclasses import replace

import pytest

from geocollab.client.errors import Cancelled
from geocollab.store.errors import StoreBusy
from geocollab.store.lock import sole_sender
from geocollab.store.store import Store
from geocollab.workflows.errors import InputError
from geocollab.workflows.layers.described import described
from geocollab.workflows.layers.discard_edits import discard_edits, discard_report, discard_sentence
from geocollab.workflows.layers.pending_edits import COLUMNS
from geocollab.workflows.layers.shown import Shown
from geocollab.workflows.pages.html import render
from tests.workflows.downloads import Heard
from tests.workflows.reviewing import ANY_3D, PARCELS, POSTS, Review

NAMES = [name for name, _kind in COLUMNS]


@pytest.fixture(scope="module")
def template(office_server, tmp_path_factory):
    review = Review(office_server, tmp_path_factory.mktemp("template") / "t.sqlite")
    review.load(PARCELS, POSTS, ANY_3D)
    return review


@pytest.fixture
def review(template, tmp_path):
    return Review.copy(template, tmp_path)


@pytest.fixture
def edited(review):
    """One new, one changed, one deleted marker; gives the keys of the last two."""
    one, two = review.keys(POSTS, 2)
    review.sql(POSTS, "INSERT INTO {t} (reference, geom) SELECT 'ZZ-1', geom FROM {t} LIMIT 1")
    review.edit(POSTS, one, etat="?")
    review.remove(POSTS, two)
    return one, two


def kinds(review, code=POSTS):
    return sorted(kind for kind, _key, _conflict in review.edits(code))


def test_all_of_them(review, edited):
    before = review.server(POSTS)
    _rows, numbers = review.discard()
    assert (numbers["INSERT_COUNT"], numbers["UPDATE_COUNT"], numbers["DELETE_COUNT"]) == (1, 1, 1)
    assert review.local(POSTS) == before and not review.edits(POSTS)


@pytest.mark.parametrize(
    ("what", "left"),
    [("inserts", ["delete", "update"]), ("updates", ["delete", "insert"]), ("deletes", ["insert", "update"])],
)
def test_of_one_kind(review, edited, what, left):
    _rows, numbers = review.discard(what=what)
    assert numbers["COUNT"] == 1 and kinds(review) == left


def test_of_conflicts_the_server_s_side_is_taken(review, edited):
    key = review.clash()
    _rows, numbers = review.discard(what="conflicts")
    assert (numbers["COUNT"], numbers["CONFLICT_COUNT"]) == (1, 1)
    assert review.local(PARCELS)[key]["commentaire"] == "theirs" and not review.edits(PARCELS)
    assert len(review.edits(POSTS)) == 3


def test_of_some_rows(review, edited):
    review.discard(rows=[review.row(POSTS, edited[0])])
    assert kinds(review) == ["delete", "insert"]


def test_what_was_given_up_is_told_exactly(review):
    (key,) = review.keys(ANY_3D)
    review.edit(ANY_3D, key, libelle="x\ny", geom={"sql": "ST_Translate(geom, 0.1, 0.2, 0.3)"})
    layer = review.layer(ANY_3D)
    with Store(review.path) as store:
        (edit,) = store.edits.pending(layer)
    rows, _numbers = review.discard()
    told = {row[NAMES.index("column")]: row[NAMES.index("before") : NAMES.index("after") + 1] for row in rows}
    shown = Shown(layer)
    assert set(told) == {"libelle", "geom"}
    for name, (before, after) in told.items():
        assert shown.read(name, before) == edit.base[name]
        assert shown.read(name, after) == edit.mine[name]


def test_a_dry_run_changes_nothing(review, edited):
    rows, numbers = review.discard(dry_run=True)
    assert numbers["COUNT"] == 3 and len(rows) > 3
    assert kinds(review) == ["delete", "insert", "update"]


def test_too_many_are_refused(review, edited):
    with pytest.raises(InputError, match="This would give up 3 edits; MAX_COUNT allows 2"):
        review.discard(max_count=2)
    assert len(review.edits(POSTS)) == 3
    review.discard(max_count=3)
    assert not review.edits(POSTS)


def test_what_was_perhaps_sent_is_kept_unless_asked_for(review, edited):
    heard, layer = Heard(), review.layer(POSTS)
    with Store(review.path) as store:
        store.edits.sending(layer, [review.row(POSTS, edited[0])])
    _rows, numbers = review.discard(watch=heard)
    assert numbers["COUNT"] == 2 and kinds(review) == ["update"]
    assert heard.said == [
        "1 edit was perhaps sent, and is kept: send once more to find out, or tick “What was perhaps sent too”."
    ]
    _rows, numbers = review.discard(include_unsure=True)
    assert (numbers["COUNT"], numbers["UNSURE_COUNT"]) == (1, 1) and not review.edits(POSTS)
    with Store(review.path) as store:
        assert not store.edits.unsure_rows(layer)


def test_a_trace_that_cannot_be_written_keeps_the_edits(review, edited):
    def write(store):
        with discard_edits(store, review.chosen()) as found:
            list(found.rows())
            raise OSError("disk full")

    with Store(review.path) as store, pytest.raises(OSError, match="disk full"):
        write(store)
    assert len(review.edits(POSTS)) == 3


def test_the_store_can_be_written_while_the_trace_is(review, edited):
    """QGIS saves, or the trace itself is a table of the store."""
    with Store(review.path) as store, discard_edits(store, review.chosen()) as found:
        other = sqlite3.connect(review.path, timeout=0)
        other.execute("CREATE TABLE given_up (layer TEXT)")
        other.executemany("INSERT INTO given_up VALUES (?)", ((row[0],) for row in found.rows()))
        other.commit()
        assert other.execute("SELECT count(*) FROM given_up").fetchone()[0] > 3
        other.close()
    assert not review.edits(POSTS)


@pytest.mark.parametrize("after", [False, True])
def test_what_is_edited_while_the_trace_is_written_is_kept(review, edited, after):
    heard = Heard()
    (key,) = review.keys(POSTS)
    with Store(review.path) as store, discard_edits(store, review.chosen(), watch=heard) as found:
        told = list(found.rows()) if after else []
        review.edit(POSTS, edited[0], etat="!")
        review.edit(POSTS, key, etat="new")
        told = told or list(found.rows())
        review.edit(POSTS, edited[0], etat="?" if not after else "!")
    mine = [row for row in told if row[NAMES.index("kind")] == "update"]
    assert len(mine) == after, "what is no longer so is not told"
    assert review.edits(POSTS) == {("update", edited[0], False), ("update", key, False)}
    assert found.numbers()["COUNT"] == 2 and discard_sentence(found, dry_run=False) == "2 edits were given up."
    assert heard.said == ["1 edit was changed meanwhile, and is kept: look at it, then run the operation again."]


def test_a_layer_that_is_given_other_columns_meanwhile_is_kept(review, edited):
    heard, layer = Heard(), review.layer(POSTS)
    with Store(review.path) as store, discard_edits(store, review.chosen(), watch=heard) as found:
        spec = described(layer).spec(layer.service, layer.srid)
        with Store(review.path) as other:
            other.layers.create(replace(spec, columns=[*spec.columns, ("neuve", "String")]))
    assert len(review.edits(POSTS)) == 3 and found.numbers()["COUNT"] == 0
    assert heard.said[0].startswith("3 edits were changed meanwhile, and are kept")


def test_cancelled_nothing_is_given_up(review, edited):
    answers = iter([False] * 5)
    with pytest.raises(Cancelled):
        review.discard(watch=Heard(lambda: next(answers, True)))
    assert len(review.edits(POSTS)) == 3


def test_not_while_something_is_sent(review, edited):
    with sole_sender(review.path), pytest.raises(StoreBusy):
        review.discard()


def test_killed_before_the_end_nothing_is_lost(review, edited, tmp_path):
    program = """
import os, signal, sys
from geocollab.store.edits import Edits
from geocollab.store.store import Store
from geocollab.workflows.layers.discard_edits import discard_edits
with Store(sys.argv[1]) as store:
    discard = Edits.discard
    def killed(*args):
        discard(*args)
        os.kill(os.getpid(), signal.SIGKILL)
    Edits.discard = killed
    with discard_edits(store, [(layer, None) for layer in store.layers.all()]) as found:
        list(found.rows())
"""
    from tests.conftest import PLUGINS

    run = subprocess.run(
        [sys.executable, "-c", program, str(review.path)], env={**os.environ, "PYTHONPATH": str(PLUGINS)}, timeout=60
    )
    assert run.returncode == -signal.SIGKILL
    assert len(review.edits(POSTS)) == 3
    review.discard()
    assert not review.edits(POSTS)


def test_the_page_and_the_sentence(review, edited):
    for dry_run, title, sentence in (
        (True, "Edits that would be given up", "3 edits would be given up."),
        (False, "Edits given up", "3 edits were given up."),
    ):
        with Store(review.path) as store, discard_edits(store, review.chosen(), dry_run=dry_run) as found:
            page = render(discard_report(found, dry_run=dry_run))
        assert title in page and page.count('class="entry"') == 3
        assert discard_sentence(found, dry_run=dry_run) == sentence
    with Store(review.path) as store, discard_edits(store, review.chosen()) as found:
        assert "There was nothing to give up." in render(discard_report(found, dry_run=False))
