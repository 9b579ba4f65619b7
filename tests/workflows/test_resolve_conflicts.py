"""Conflicts, seen and settled: by one side, column by column, as reports."""

import os
import re
import signal
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geocollab.client.errors import Cancelled, Unreachable
from geocollab.store.errors import StoreBusy
from geocollab.store.features import FeatureStage
from geocollab.store.lock import sole_sender
from geocollab.store.store import Store
from geocollab.workflows.contributions import sending
from geocollab.workflows.errors import InputError, Interrupted
from geocollab.workflows.layers import resolve_conflicts as module
from geocollab.workflows.layers.resolve_conflicts import (
    COLUMNS,
    VALUE_COLUMNS,
    Decision,
    Reporting,
    resolve_conflicts,
)
from geocollab.workflows.pages.html import render
from tests.conftest import PLUGINS
from tests.workflows.downloads import Heard
from tests.workflows.reviewing import ANY_3D, PARCELS, PLAIN, Review

SCRIPT = "<script>alert(1)</script>"
NAMES, VALUE_NAMES = ([name for name, _kind in columns] for columns in (COLUMNS, VALUE_COLUMNS))


@pytest.fixture(scope="module")
def template(office_server, tmp_path_factory):
    review = Review(office_server, tmp_path_factory.mktemp("template") / "t.sqlite")
    review.load(PARCELS, PLAIN, ANY_3D)
    return review


@pytest.fixture
def review(template, tmp_path, monkeypatch):
    monkeypatch.setattr("geocollab.client.session.ATTEMPTS", 2)
    monkeypatch.setattr("geocollab.client.session.FIRST_DELAY", 0.01)
    monkeypatch.setattr(sending, "SETTLING", 0.0)
    template.process.faults()
    template.process.clear_journal()
    yield Review.copy(template, tmp_path)
    template.process.faults()


@pytest.fixture
def three(review):
    """Keys of an object changed on both sides, of one deleted here, of one deleted there."""
    return review.clashes()


def state(review, code=PARCELS):
    """Kind and conflict of each pending edit, by key."""
    return {key: (kind, conflict) for kind, key, conflict in review.edits(code)}


def values(found, *names):
    return [tuple(row[VALUE_NAMES.index(name)] for name in names) for row in found.value_rows()]


def outcomes(found):
    return {one.conflict.key: (one.outcome, one.detail) for one in found.settled}


# ---------------------------------------------------------------------- shown


def test_showing_them_changes_nothing(review, three):
    before = state(review), review.local(PARCELS)
    found = review.resolve()
    assert found.numbers() == {"COUNT": 3, "RESOLVED_COUNT": 0, "LEFT_COUNT": 3, "REPORT_COUNT": 0}
    assert found.sentence() == "3 conflicts; settled: 0, left: 3."
    assert (state(review), review.local(PARCELS)) == before
    changed, here, there = map(str, three)
    old = [review.base(key) for key in three]
    assert values(found, "key", "kind", "column", "base", "mine", "theirs") == [
        (changed, "changed", "commentaire", old[0], "mine", "theirs"),
        (here, "deleted_here", "commentaire", old[1], None, "theirs"),
        (there, "deleted_there", "commentaire", old[2], "mine", None),
    ]
    listed = [tuple(row[NAMES.index(name)] for name in ("layer", "key", "columns", "outcome")) for row in found.rows()]
    assert listed == [(PARCELS, key, "commentaire", "left") for key in (changed, here, there)]
    assert found.families == {"polygon"} and all(row[-1] for row in found.rows())


def test_the_page_has_the_three_versions_side_by_side(review, three):
    page = render(review.resolve().report())
    assert page.count('class="entry"') == 3
    for words in (
        "changed on both sides",
        "deleted here, changed on the server",
        "changed here, deleted on the server",
        "At first",
        "Nothing was changed: these are the versions to choose from.",
    ):
        assert words in page
    row = re.search(r"<tr>(?:(?!</tr>).)*commentaire</td>.*?</tr>", page, re.DOTALL).group()
    assert "mine" in row and "theirs" in row
    assert "numero" in page and "etage" in page, "what only one side changed is shown too"
    assert "gcms_date_modification" not in page


def test_no_conflict(review):
    found = review.resolve("mine")
    assert found.numbers()["COUNT"] == 0
    assert "There is no conflict: nothing that was edited here changed on the server." in render(found.report())


def test_the_page_shows_so_many(review, three, monkeypatch):
    monkeypatch.setattr(module, "MOST_SHOWN", 2)
    page = render(review.resolve().report())
    assert page.count('class="entry"') == 2 and "1 more conflict is not shown here" in page


def test_a_conflict_whose_sides_are_the_same_now_just_ends(review):
    key = review.clash()
    review.edit(PARCELS, key, commentaire="theirs")
    assert review.resolve().numbers()["COUNT"] == 0
    assert state(review)[key] == ("update", False), "what only we changed is still pending"


def test_nothing_of_either_side_is_obeyed(review):
    (key,) = review.keys(PARCELS)
    review.edit(PARCELS, key, commentaire=SCRIPT)
    review.there(PARCELS, key, commentaire=SCRIPT + "!")
    review.refresh(PARCELS)
    page = render(review.resolve().report())
    assert SCRIPT not in page and page.count("&lt;script&gt;") >= 2


# ---------------------------------------------------------------------- one side


def test_mine(review, three):
    found = review.resolve("mine")
    assert found.numbers() == {"COUNT": 3, "RESOLVED_COUNT": 3, "LEFT_COUNT": 0, "REPORT_COUNT": 0}
    changed, here, there = three
    assert state(review) == {changed: ("update", False), here: ("delete", False), there: ("insert", False)}
    local = review.local(PARCELS)
    assert (local[changed]["commentaire"], local[there]["commentaire"]) == ("mine", "mine")


def test_theirs(review, three):
    found = review.resolve("theirs")
    assert {outcome for outcome, _detail in outcomes(found).values()} == {"theirs"}
    assert state(review) == {} and review.local(PARCELS) == review.server(PARCELS)


def test_only_some_rows(review, three):
    review.resolve("theirs", rows=[review.row(PARCELS, three[0])])
    assert set(state(review)) == set(three[1:])


def test_cancelled_half_way_nothing_is_settled(review, three):
    answers = iter([False] * 3)
    before = state(review)
    with pytest.raises(Cancelled):
        review.resolve("mine", watch=Heard(lambda: next(answers, True)))
    assert state(review) == before


def test_not_while_something_is_sent(review, three):
    with sole_sender(review.path), pytest.raises(StoreBusy):
        review.resolve("mine")


@pytest.mark.parametrize("strategy", ["mine", "theirs", "merge"])
def test_killed_half_way_each_conflict_is_whole(review, three, strategy):
    program = """
import os, signal, sys
from geocollab.store.edits import Edits
from geocollab.store.store import Store
from geocollab.workflows.layers.resolve_conflicts import resolve_conflicts
with Store(sys.argv[1]) as store:
    resolve, done = Edits.resolve, []
    def killed(*args):
        resolve(*args)
        done.append(1)
        if len(done) == 2:
            os.kill(os.getpid(), signal.SIGKILL)
    Edits.resolve = killed
    resolve_conflicts(store, [(layer, None) for layer in store.layers.all()], sys.argv[2], prefer="mine")
"""
    before = state(review), review.local(PARCELS)
    environment = {**os.environ, "PYTHONPATH": str(PLUGINS)}
    run = subprocess.run([sys.executable, "-c", program, str(review.path), strategy], env=environment, timeout=60)
    assert run.returncode == -signal.SIGKILL
    assert (state(review), review.local(PARCELS)) == before
    assert review.resolve(strategy, prefer="mine").numbers()["RESOLVED_COUNT"] == 3


# ---------------------------------------------------------------------- column by column


@pytest.mark.parametrize("prefer", ["mine", "theirs"])
def test_merge_with_a_preferred_side(review, three, prefer):
    review.resolve("merge", prefer=prefer)
    changed, here, there = three
    local = review.local(PARCELS)
    row = local[changed]
    assert (row["commentaire"], row["numero"], row["etage"]) == (prefer, "T-1", 7)
    assert (here in local, there in local) == (prefer == "theirs", prefer == "mine")
    assert not any(conflict for _kind, conflict in state(review).values())


def test_what_nobody_decided_is_left(review, three):
    found = review.resolve("merge")
    assert found.numbers()["LEFT_COUNT"] == 3
    details = {detail for _outcome, detail in outcomes(found).values()}
    assert details == {
        "Both sides changed: commentaire. Say which counts, in PREFER or in CHOICES.",
        "One side deleted it. Say which counts, in PREFER or in CHOICES.",
    }
    assert all(conflict for _kind, conflict in state(review).values())


def decisions(found, **filled):
    """The rows of the table of values, with `side` or `value` filled by key."""
    rows = values(found, "layer", "geocollab_id", "column", "key")
    return [
        Decision(layer, row, column, **filled[f"k{key}"]) for layer, row, column, key in rows if f"k{key}" in filled
    ]


def test_choices_for_single_columns_and_objects(review, three):
    changed, here, there = three
    filled = {f"k{changed}": {"value": "agreed"}, f"k{here}": {"side": "mine"}, f"k{there}": {"side": "theirs"}}
    review.resolve("merge", choices=decisions(review.resolve(), **filled))
    local = review.local(PARCELS)
    assert local[changed]["commentaire"] == "agreed" and here not in local and there not in local
    assert state(review) == {changed: ("update", False), here: ("delete", False)}


@pytest.mark.parametrize(
    ("choice", "said"),
    [
        ({"side": "base"}, None),
        ({"side": "theirs"}, "theirs"),
        ({"value": "NULL"}, "NULL"),
        ({"value": "both", "side": "theirs"}, "both"),
    ],
)
def test_a_choice_goes_before_the_preferred_side(review, choice, said):
    key = review.clash()
    base = review.base(key)
    review.resolve("merge", prefer="mine", choices=decisions(review.resolve(), **{f"k{key}": choice}))
    wanted = base if said is None else None if said == "NULL" else said
    assert review.local(PARCELS)[key]["commentaire"] == wanted


def test_choices_for_what_is_no_conflict_are_said(review, three):
    heard = Heard()
    review.resolve(
        "merge", watch=heard, choices=[Decision(PARCELS, 999, "commentaire", "mine"), Decision("a:b", 1, "x", "mine")]
    )
    assert heard.said == [
        "CHOICES: 2 objects are not in conflict, or not among what is asked for: nothing was done with them."
    ]


@pytest.mark.parametrize(
    ("which", "column", "choice", "sentence"),
    [
        (0, "Commentaire", {"side": "mine"}, "has no column “Commentaire”. Columns: commentaire, "),
        (0, "gcms_fingerprint", {"side": "mine"}, "has no column “gcms_fingerprint”"),
        (0, "releve", {"value": "soon"}, r"“soon” is no value of the column “releve” \(Date\)"),
        (1, "commentaire", {"value": "x"}, "was deleted on one side: it can only be “mine” or “theirs”"),
        (2, "commentaire", {"side": "base"}, "was deleted on one side"),
    ],
)
def test_a_choice_that_cannot_be(review, three, which, column, choice, sentence):
    before = state(review)
    row = next(row for row, key in values(review.resolve(), "geocollab_id", "key") if key == str(three[which]))
    with pytest.raises(InputError, match=sentence):
        review.resolve("merge", prefer="mine", choices=[Decision(PARCELS, row, column, **choice)])
    assert state(review) == before, "nothing was settled"


def test_choices_without_a_merge(review, three):
    with pytest.raises(InputError, match="choose the strategy “merge”"):
        review.resolve("theirs", choices=[Decision(PARCELS, 1, "commentaire", "mine")])


def test_geometries_with_heights(review):
    (key,) = review.keys(ANY_3D)
    there = review.all_rows(ANY_3D)[key]["geom"]
    review.edit(ANY_3D, key, geom={"sql": "ST_Translate(geom, 5, 0, 2.5)"}, libelle="mine")
    mine = review.local(ANY_3D)[key]
    higher = re.sub(r"(\S+) (\S+) (\S+?)([,)])", lambda m: f"{m[1]} {m[2]} {float(m[3]) + 7}{m[4]}", there)
    review.there(ANY_3D, key, geom=higher)
    review.refresh(ANY_3D)
    found = review.resolve()
    ((base, ours, theirs),) = values(found, "base", "mine", "theirs")
    assert base.count(" ") == ours.count(" ") == theirs.count(" ") > 3
    row = found.settled[0].conflict.row
    review.resolve("merge", choices=[Decision(ANY_3D, row, "geom", value=ours)])
    assert review.local(ANY_3D)[key]["geom"] == pytest.approx(mine["geom"])
    assert review.local(ANY_3D)[key]["libelle"] == "mine"


CELLS = st.sampled_from(["a", "b", None])
ROWS = st.fixed_dictionaries({"numero": CELLS, "nature": CELLS, "commentaire": CELLS})
SIDES = st.sampled_from(["", "base", "mine", "theirs"])


@pytest.fixture(scope="module")
def bench(template, tmp_path_factory):
    """A store in which one row is all there is, again and again."""
    review = Review.copy(template, tmp_path_factory.mktemp("merge"))
    with Store(review.path) as store:
        yield store, review.layer(PARCELS)


@settings(max_examples=50, deadline=None)
@given(base=ROWS, mine=ROWS, theirs=ROWS, prefer=st.sampled_from(["", "mine", "theirs"]), said=st.tuples(*[SIDES] * 3))
def test_after_a_merge_every_column_is_what_was_said(bench, base, mine, theirs, prefer, said):
    """Whatever the three versions are: and nothing else changes."""
    store, layer = bench
    names = ("numero", "nature", "commentaire")

    def arrive(row):
        known = {"id": 7, **row, "surface": 1.0, "gcms_fingerprint": repr(row)}
        with FeatureStage(store, layer) as stage:
            stage.add([tuple(known.get(name) for name in layer.names)])
            with store.atomic():
                store.layers.replace(stage)

    def now():
        return store.all("SELECT numero, nature, commentaire, surface FROM parcelles"), store.edits.counts(layer)

    store.edits.discard(layer)
    arrive(base)
    store.connection.execute("UPDATE parcelles SET numero = ?, nature = ?, commentaire = ?", [mine[n] for n in names])
    arrive(theirs)
    conflicts = list(store.edits.conflicts(layer))
    clashing = [n for n in names if mine[n] != base[n] != theirs[n] != mine[n]]
    assert [sorted(conflict.clashing) for conflict in conflicts] == ([sorted(clashing)] if clashing else [])
    sides = {"base": base, "mine": mine, "theirs": theirs}
    chosen = {n: side for n, side in zip(names, said) if n in clashing}
    decided = [Decision(PARCELS, conflicts[0].row, n, side) for n, side in chosen.items() if side]
    before = now()
    found = resolve_conflicts(store, [(layer, None)], "merge", prefer=prefer, choices=decided)
    if not all(chosen[n] or prefer for n in clashing):
        assert found.numbers()["LEFT_COUNT"] == 1 and now() == before
        return
    wanted = {n: mine[n] if mine[n] != base[n] else theirs[n] for n in names}
    wanted.update({n: sides[chosen[n] or prefer][n] for n in clashing})
    assert now() == ([(*(wanted[n] for n in names), 1.0)], (0, int(wanted != theirs), 0, 0))


# ---------------------------------------------------------------------- as reports


def reporting(review, api, **how):
    return Reporting(api, community="375", status="test", **how)


def report(review, cancelled=lambda: False, watch=None, **how):
    api = review.api(cancelled)
    with api.session, Store(review.path) as store:
        return resolve_conflicts(store, review.chosen(), "report", reporting=reporting(review, api, **how), watch=watch)


def sent(review):
    return [entry for entry in review.process.journal("/reports$") if entry["method"] == "POST"]


def comments(review, numbers):
    return [review.call("GET", f"/reports/{number}").json()["comment"] for number in numbers]


def test_each_conflict_becomes_a_report(review, three):
    found = report(review, message="Bonjour.")
    assert found.numbers() == {"COUNT": 3, "RESOLVED_COUNT": 3, "LEFT_COUNT": 0, "REPORT_COUNT": 3}
    assert state(review) == {} and review.local(PARCELS) == review.server(PARCELS)
    numbers = [one.report for one in found.settled]
    texts = comments(review, numbers)
    assert texts[0].startswith(f"Bonjour.\n\nObject {three[0]} of “Parcelles” ({PARCELS})\n")
    assert "– commentaire: mine (now: theirs)" in texts[0] and "– etage: 7 (now: " in texts[0]
    assert "It should be deleted" in texts[1] and "→ theirs" in texts[1]
    assert "It was deleted in the database" in texts[2] and "→ mine" in texts[2]
    geometry = review.call("GET", f"/reports/{numbers[0]}").json()["geometry"]
    assert re.match(r"POINT ?\(2\.", geometry)
    with Store(review.path) as store:
        assert set(numbers) <= {number for (number,) in store.all('SELECT "NoSignalement" FROM "Signalement"')}
        assert not store.all("SELECT 1 FROM geocollab_state WHERE key LIKE 'conflict report%'")


def test_an_answer_that_was_lost_makes_no_second_report(review, three):
    before = len(review.reports())
    review.process.faults({"kind": "lost_answer", "path": "/reports$", "method": "POST", "times": 2})
    found = report(review)
    assert found.numbers()["REPORT_COUNT"] == 3
    assert len(review.reports()) == before + 3


def test_run_again_after_the_reports_were_sent_it_only_takes_theirs(review, three, monkeypatch):
    before = len(review.reports())
    monkeypatch.setattr(module, "_take_theirs", lambda *args: (_ for _ in ()).throw(RuntimeError("killed")))
    with pytest.raises(RuntimeError):
        report(review)
    assert len(review.reports()) == before + 3 and len(state(review)) == 3
    monkeypatch.undo()
    # meanwhile the server changed it once more: what was said is not said again
    review.there(PARCELS, three[0], commentaire="once more")
    review.refresh(PARCELS)
    found = report(review)
    assert found.numbers()["REPORT_COUNT"] == 3 and len(review.reports()) == before + 3
    assert review.local(PARCELS)[three[0]]["commentaire"] == "once more"


def test_nothing_is_given_up_for_a_report_that_is_not_there(review, three):
    review.process.faults({"kind": "status", "path": "/reports$", "method": "POST", "status": 403, "times": None})
    found = report(review)
    assert found.numbers() == {"COUNT": 3, "RESOLVED_COUNT": 0, "LEFT_COUNT": 3, "REPORT_COUNT": 0}
    assert len(state(review)) == 3 and all(one.detail for one in found.settled)
    review.process.faults({"kind": "drop", "path": "/gcms/api", "times": None})
    with pytest.raises((Interrupted, Unreachable)):
        report(review)
    assert len(state(review)) == 3


def test_edited_again_while_its_report_is_sent_it_stays(review, monkeypatch):
    key = review.clash()
    create = module.create_reports

    def slow(*args, **how):
        created = create(*args, **how)
        review.edit(PARCELS, key, commentaire="newer")
        return created

    monkeypatch.setattr(module, "create_reports", slow)
    found = report(review)
    assert outcomes(found) == {key: ("left", "It was edited again after its report was written: look at it once more.")}
    assert state(review)[key] == ("update", True) and review.local(PARCELS)[key]["commentaire"] == "newer"


def test_a_conflict_without_a_place_is_left(review):
    (key,) = review.keys(PLAIN)
    review.edit(PLAIN, key, libelle="mine")
    review.there(PLAIN, key, libelle="theirs")
    review.refresh(PLAIN)
    found = report(review)
    assert outcomes(found) == {key: ("left", "It has no geometry.")}
    assert not sent(review)
    assert review.resolve().settled[0].place is None
    assert [row[-1] for row in review.resolve().rows()] == [None]


def test_too_many_reports_are_refused_before_anything_is_sent(review, three):
    def approve(count):
        raise InputError(f"{count} are too many")

    with pytest.raises(InputError, match="3 are too many"):
        report(review, approve=approve)
    assert not sent(review) and len(state(review)) == 3


def test_cancelled_before_it_sends(review, three):
    with pytest.raises((Cancelled, Interrupted)):
        report(review, cancelled=lambda: True)
    assert not sent(review) and len(state(review)) == 3


def test_a_report_needs_to_be_told_how(review):
    with pytest.raises(ValueError, match="report"):
        review.resolve("report")
