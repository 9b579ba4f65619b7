"""What is pending, as numbers, tables, layer and page."""

import re

import pytest

from geocollab.store.store import Store
from geocollab.workflows.layers import pending_edits as module
from geocollab.workflows.layers.pending_edits import COLUMNS, PLACE_COLUMNS, pending_report
from geocollab.workflows.pages.html import render
from tests.workflows.reviewing import (
    ANY_3D,
    CANTONS,
    CODES,
    COLLECTIONS,
    PARCELS,
    PHARMACIES,
    PLAIN,
    POSTS,
    ROADS,
    Review,
)

SCRIPT = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def template(office_server, tmp_path_factory):
    review = Review(office_server, tmp_path_factory.mktemp("template") / "t.sqlite")
    review.load(*CODES)
    return review


@pytest.fixture
def review(template, tmp_path):
    return Review.copy(template, tmp_path)


def rows(found, *names):
    """The values of these columns of the table."""
    at = [[name for name, _kind in COLUMNS].index(name) for name in names]
    return [tuple(row[each] for each in at) for row in found.rows()]


def places(found, *names):
    at = [[name for name, _kind in PLACE_COLUMNS].index(name) for name in names]
    return [tuple(row[each] for each in at) for row in found.places()]


def test_nothing_is_pending(review):
    found = review.pending()
    assert set(found.numbers().values()) == {0}
    assert list(found.rows()) == list(found.places()) == []
    assert "There is nothing to send: no edit is pending." in render(pending_report(found))
    assert found.sentence() == "0 pending edits: 0 new, 0 changed, 0 deleted; conflicts: 0."


def test_each_changed_column_is_a_row(review):
    one, two = review.keys(ROADS, 2)
    before = review.local(ROADS)[one]
    review.edit(ROADS, one, itineraire_vert=1 - before["itineraire_vert"], largeur_de_chaussee=4.25)
    review.edit(ROADS, two, geometrie={"sql": "ShiftCoords(geometrie, 3, 4)"})
    found = review.pending()
    assert rows(found, "layer", "title", "key", "kind", "kind_label", "column", "conflict", "unsure") == [
        (ROADS, "Tronçon de route", one, "update", "changed", "itineraire_vert", False, False),
        (ROADS, "Tronçon de route", one, "update", "changed", "largeur_de_chaussee", False, False),
        (ROADS, "Tronçon de route", two, "update", "changed", "geometrie", False, False),
    ]
    values = rows(found, "before", "after")
    assert set(values[0]) == {"Yes", "No"} and values[1][1] == "4.25"
    assert values[2][0].startswith("line, ") and values[2][1] == "moved by 5 m"
    assert rows(found, "geocollab_id")[0] == (review.row(ROADS, one),)
    assert found.numbers()["UPDATE_COUNT"] == 2 and found.numbers()["LAYER_COUNT"] == 1


def test_new_and_deleted_objects_show_all_that_they_have(review):
    (gone,) = review.keys(PLAIN)
    label = review.local(PLAIN)[gone]["libelle"]
    review.remove(PLAIN, gone)
    sql = 'INSERT INTO {t} ("nom pharmacie", horaires, geom) SELECT ?, ?, geom FROM {t} LIMIT 1'
    review.sql(PHARMACIES, sql, ("Neuve", "JN"))
    found = review.pending()
    assert rows(found, "kind", "column", "column_title", "before", "after") == [
        ("insert", "nom pharmacie", "Nom de la pharmacie (nom pharmacie)", None, "Neuve"),
        ("insert", "horaires", "horaires", None, "Jour et nuit (JN)"),
        ("insert", "geom", "geom", None, "point"),
        ("delete", "gid", "gid", str(gone), None),
        ("delete", "libelle", "libelle", label, None),
    ]
    assert found.families == {"point"}
    assert [wkb is None for (wkb,) in [row[-1:] for row in found.places()]] == [False, True]


def test_the_geometry_is_the_new_one_and_of_a_deletion_the_old_one(review):
    one, two = review.keys(CANTONS, 2)
    review.edit(CANTONS, one, geom={"sql": "CastToMulti(ShiftCoords(geom, 1000, 0))"})
    review.remove(CANTONS, two)
    found = review.pending()
    listed = list(found.places())
    with Store(review.path) as store:
        centre = "SELECT X(Centroid(GeomFromWKB(?, 4326))), Y(Centroid(GeomFromWKB(?, 4326)))"
        moved, gone = (store.all(centre, (row[-1], row[-1]))[0] for row in listed)
        there = store.all(
            "SELECT X(p), Y(p) FROM (SELECT Transform(Centroid(geom), 4326) AS p FROM cantons_suivis "
            "WHERE id_canton = ?)",
            (one,),
        )[0]
    assert moved == pytest.approx(there, abs=1e-4)
    assert 2.1 < gone[0] < 2.7 and 48.6 < gone[1] < 49.1
    assert places(found, "geometry_change")[0] == ("moved by 1,000 m",)


@pytest.mark.parametrize("code", [ANY_3D, COLLECTIONS])
def test_layers_of_any_geometry(review, code):
    for key in review.local(code):
        review.edit(code, key, libelle=f"n {key}", geom={"sql": "ShiftCoords(geom, 0.001, 0)"})
    found = review.pending(code)
    assert found.numbers()["UPDATE_COUNT"] == len(review.local(code))
    assert all(row[-1] for row in found.places())
    assert len(found.families) >= (3 if code == ANY_3D else 1)
    assert render(pending_report(found)).count('class="entry"') == min(len(review.local(code)), module.MOST_SHOWN)


def test_conflicts_and_what_was_perhaps_sent_are_marked(review):
    key = review.clash()
    (sent,) = review.keys(ROADS)
    review.edit(ROADS, sent, nom_voie="x")
    with Store(review.path) as store:
        store.edits.sending(review.layer(ROADS), [review.row(ROADS, sent)])
    found = review.pending()
    numbers = found.numbers()
    assert (numbers["COUNT"], numbers["CONFLICT_COUNT"], numbers["UNSURE_COUNT"]) == (2, 1, 1)
    assert set(rows(found, "key", "conflict", "unsure")) == {(str(key), True, False), (sent, False, True)}
    page = render(pending_report(found))
    assert "1 edit clashes with what the server has now." in page
    assert "1 edit was sent and its answer was lost" in page
    assert "“Resolve conflicts” settles it" in page
    figures = re.findall(r'<dd class="figure[^>]*>([^<]*)', page)
    assert figures == ["2", "0", "2", "0", "1", "1", "1", "1", "1", "1"], "of all, and of each of the two layers"


def test_a_conflict_that_is_none_any_more_ends_before_it_is_shown(review):
    key = review.clash()
    review.edit(PARCELS, key, commentaire="theirs")
    assert review.pending().numbers()["CONFLICT_COUNT"] == 0


def test_only_some_layers_or_rows(review):
    keys = review.keys(CANTONS, 3)
    for key in keys:
        review.edit(CANTONS, key, nom="x")
    (post,) = review.keys(POSTS)
    review.edit(POSTS, post, etat="?")
    assert review.pending(POSTS).numbers()["COUNT"] == 1
    some = [review.row(CANTONS, keys[0]), review.row(CANTONS, keys[2]), 999_999]
    assert [key for (key,) in rows(review.pending(CANTONS, rows=some), "key")] == [str(keys[0]), str(keys[2])]


def test_the_page_shows_so_many_and_says_how_many_more(review, monkeypatch):
    monkeypatch.setattr(module, "MOST_SHOWN", 3)
    for key in review.keys(POSTS, 5):
        review.edit(POSTS, key, etat="?")
    found = review.pending()
    page = render(pending_report(found))
    assert page.count('class="entry"') == 3 and "2 more edits are not shown here" in page
    assert len(list(found.rows())) == 5


def test_nothing_of_the_server_or_the_user_is_obeyed(review):
    (key,) = review.keys(ROADS)
    review.edit(ROADS, key, nom_voie=SCRIPT)
    page = render(pending_report(review.pending()))
    assert SCRIPT not in page and "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_a_layer_that_cannot_be_edited_is_said(review):
    (key,) = review.keys(ROADS)
    review.edit(ROADS, key, nom_voie="x")
    with Store(review.path) as store, store.atomic() as connection:
        changed = "json_set(description, '$.refusals', json('[\"role\"]'))"
        connection.execute(f"UPDATE geocollab_layer SET description = {changed}")
    page = render(pending_report(review.pending()))
    assert "The edits of “Tronçon de route” cannot be sent: its role in the group is read only." in page


def test_one_reads_it_while_it_is_read_again(review):
    """Rows come from the store as they are wanted."""
    for key in review.keys(POSTS, 3):
        review.edit(POSTS, key, etat="?")
    found = review.pending()
    first, second = found.rows(), found.rows()
    next(first)
    assert len(list(second)) == 3 and len(list(first)) == 2
