"""How the server last gave rows, what of a stage is missing, and whether a description still fits the table."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geocollab.store.features import FeatureStage
from geocollab.store.layers import Mark
from geocollab.store.store import Store
from tests.store.parcels import COLUMNS, load, row, spec, update


@pytest.fixture
def store(tmp_path):
    with Store(tmp_path / "a.sqlite") as store:
        yield store


@pytest.fixture
def layer(store):
    layer = store.layers.create(spec())
    rows = [row(layer, f"k{n}", gcms_fingerprint=f"f{n}", gcms_numrec=n, detruit=False) for n in range(1200)]
    load(store, layer, *rows, watermark=1)
    return layer


def test_rows_as_the_server_gave_them_edited_or_not(store, layer):
    run = store.connection.execute
    run("UPDATE parcelle SET surface = 3, gcms_fingerprint = 'mine' WHERE cleabs = 'k1'")
    run("DELETE FROM parcelle WHERE cleabs = 'k2'")
    run("INSERT INTO parcelle (cleabs, gcms_fingerprint) VALUES ('k3', 'copy'), ('new', 'x')")
    found = store.layers.marks(layer, ["k1", "k2", "k3", "k4", "new", "none", None, 7, 1 << 70])
    assert found == {
        "k1": Mark("f1", 1, True),
        "k2": Mark("f2", 2, True),
        "k3": Mark("f3", 3, False),
        "k4": Mark("f4", 4, False),
    }


def test_a_row_that_clashes_is_as_the_server_gave_it_last(store, layer):
    store.connection.execute("UPDATE parcelle SET surface = 3 WHERE cleabs IN ('k1', 'k2')")
    update(store, layer, row(layer, "k1", surface=4, gcms_fingerprint="g1", gcms_numrec=2000), gone=["k2"])
    assert store.edits.conflict_count(layer) == 2
    assert store.layers.marks(layer, ["k1", "k2"]) == {"k1": Mark("g1", 2000, True), "k2": Mark("f2", 2, True)}


def test_as_many_as_there_are(store, layer):
    found = store.layers.marks(layer, [f"k{n}" for n in range(2000)])
    assert found == {f"k{n}": Mark(f"f{n}", n, False) for n in range(1200)}
    assert store.layers.marks(layer, []) == {}


@settings(max_examples=30, deadline=None)
@given(st.sets(st.integers(0, 20)), st.sets(st.integers(0, 20)))
def test_edited_rows_that_did_not_come(tmp_path_factory, edited, came):
    with Store(tmp_path_factory.mktemp("m") / "a.sqlite") as store:
        layer = store.layers.create(spec())
        load(store, layer, *(row(layer, f"k{n}") for n in range(21)))
        for n in edited:
            text = "DELETE FROM parcelle" if n % 2 else "UPDATE parcelle SET surface = 1"
            store.connection.execute(f"{text} WHERE cleabs = ?", (f"k{n}",))
        store.connection.execute("INSERT INTO parcelle (cleabs) VALUES ('new')")
        with FeatureStage(store, layer) as stage:
            stage.add([row(layer, f"k{n}") for n in came])
            stage.add([row(layer, None)])
            assert sorted(stage.edited_missing()) == sorted(f"k{n}" for n in edited - came)


def test_a_layer_that_is_not_there_yet_has_no_edits(store):
    with FeatureStage(store, store.layers.planned(spec())) as stage:
        assert stage.edited_missing() == []


@pytest.mark.parametrize(
    ("change", "fitting"),
    [
        ({}, True),
        ({"description": {"title": "Autre"}}, True),
        ({"table_name": "autre"}, True),
        ({"columns": [*COLUMNS[:-1], ("neuf", "String"), COLUMNS[-1]]}, False),
        ({"columns": [c for c in COLUMNS if c[0] != "suivi"]}, False),
        ({"columns": [(n, "Double" if n == "Étage" else t) for n, t in COLUMNS]}, False),
        ({"srid": 4326}, False),
        ({"key": "nom usuel"}, False),
        ({"geometry_type": "MultiPoint"}, False),
        ({"versioned": False}, False),
    ],
)
def test_whether_a_description_fits_the_table(store, layer, change, fitting):
    known = store.layers.all()[0]
    assert store.layers.fits(known, spec(**change)) is fitting
    assert (store.layers.create(spec(**change)).watermark == 1) is fitting, "else all is to be read again"
