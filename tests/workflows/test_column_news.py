"""Columns that the server changed under edits that wait here: whoever loads or refreshes is told."""

import pytest

from geocollab.store.store import Store
from tests.workflows.downloads import Heard
from tests.workflows.group_rows import CANTONS, PARCELS, PHARMACIES

GONE = (
    "Parcelles: the server has no column “commentaire” any more. 2 edited objects have values of their own in it, "
    "which are not sent; they stay in the store, in the column “commentaire” of the table “parcelles”."
)


@pytest.fixture
def edited(town):
    """Parcels: two with a comment of their own, one of them new; one edited elsewhere, one deleted."""
    town.bring(PARCELS)
    one, two, three = sorted(town.local(PARCELS))[:3]
    town.sql(PARCELS, "UPDATE {t} SET commentaire = 'vu' WHERE id = ?", (one,))
    town.sql(PARCELS, "INSERT INTO {t} (commentaire) VALUES ('neuve')")
    town.sql(PARCELS, "UPDATE {t} SET etage = 77 WHERE id = ?", (two,))
    town.sql(PARCELS, "DELETE FROM {t} WHERE id = ?", (three,))
    return one


def refresh(town, mode):
    """Load again, or refresh; gives what was said while it was done, and at its end."""
    watch = Heard()
    done = town.bring(PARCELS, watch=watch) if mode == "load" else town.refresh(mode=mode, watch=watch)
    assert done.warnings == watch.said
    return watch.said


@pytest.mark.parametrize("mode", ["load", "update", "reconcile", "reload"])
def test_a_column_that_is_gone(town, edited, mode):
    town.change("column_removed", table=3402, name="commentaire")
    touch(town)
    assert refresh(town, mode) == [GONE]
    kept = "SELECT commentaire FROM {t} WHERE id = ? OR commentaire = 'neuve' ORDER BY 1"
    assert town.sql(PARCELS, kept, (edited,)) == [("neuve",), ("vu",)]
    assert refresh(town, mode) == [], "it is said when it happens"
    assert town.sql(PARCELS, kept, (edited,)) == [("neuve",), ("vu",)]


def touch(town):
    """Something that an update notices."""
    key = max(key for key in town.local(PARCELS) if key)
    town.write(PARCELS, ("Update", {"id": key, "numero": "T-77"}))


@pytest.mark.parametrize("mode", ["load", "update", "reconcile", "reload"])
def test_a_column_of_another_type_and_one_that_is_locked(town, edited, mode):
    town.change("column_retyped", table=3402, name="commentaire", type="Integer")
    town.change("column", table=3402, name="etage", set={"read_only": True})
    touch(town)
    assert sorted(refresh(town, mode)) == [
        "Parcelles: the column “commentaire” is of the type Integer now. 2 edited objects have values of their own in "
        "it, which stay as they are and are checked again before they are sent.",
        "Parcelles: the column “etage” can no longer be changed. 1 edited object has a value of its own in it, which "
        "is not sent; it stays in the store, in the column “etage” of the table “parcelles”.",
    ]
    with Store(town.path) as store:
        edits = {edit.key: edit.changed for edit in store.edits.pending(town.layer(PARCELS)) if edit.kind == "update"}
    assert edits[edited] == ("commentaire",), "it still waits"
    assert refresh(town, mode) == []


def test_a_locked_column_alone_needs_no_whole_reading(town, edited):
    town.change("column", table=3402, name="etage", set={"read_only": True})
    touch(town)
    town.asked()
    (said,) = refresh(town, "update")
    assert "“etage” can no longer be changed. 1 edited object" in said
    filters = [dict(entry["query"])["filter"] for entry in town.process.journal("/wfs/")]
    assert all("gcms_numrec" in each for each in filters), "what changed, no more"


def test_a_column_that_the_group_may_not_change_any_more(town):
    town.change("permission", permission=3, level="EDIT")
    town.bring(PHARMACIES)
    town.sql(PHARMACIES, "UPDATE {t} SET gestionnaire = 'moi' WHERE gid < 4")
    town.change("permission", permission=3, level="VIEW")
    said = town.refresh(mode="reload").warnings
    assert len(said) == 1 and "“gestionnaire” can no longer be changed. 3 edited objects" in said[0]


def test_what_nobody_has_edited_is_nobody_s_business(town, edited):
    town.bring(CANTONS)
    town.change("column_removed", table=3402, name="numero")
    town.change("column_removed", table=3401, name="commune")
    watch = Heard()
    town.bring(PARCELS, CANTONS, watch=watch)
    assert watch.said == []
