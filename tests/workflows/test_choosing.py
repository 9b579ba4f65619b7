"""Group layers of a store by their names, also where two servers have the same ones."""

import pytest

from geocollab.store.database import quoted
from geocollab.store.layer import LayerSpec
from geocollab.store.store import Store
from geocollab.workflows.errors import InputError
from geocollab.workflows.layers.choosing import check_codes, choose_stored, names_of
from geocollab.workflows.layers.resolve_conflicts import Decision, resolve_conflicts

ONE, TWO = "https://un.example/gcms/api", "https://deux.example/gcms/api"


@pytest.fixture
def store(tmp_path):
    """Parcels of two servers under the same names, and markers of the first; the parcels of another database too."""
    with Store(tmp_path / "layers.sqlite") as opened:
        layers = ((ONE, 34, "suivi", "parcelles"), (TWO, 34, "suivi", "parcelles"), (ONE, 34, "suivi", "bornes"),
                  (ONE, 9, "demo", "parcelles"))  # fmt: skip
        for number, (service, database, database_name, name) in enumerate(layers):
            opened.layers.create(
                LayerSpec(service, 375, database, database_name, 100 + number, name, [("id", "Integer")], key="id",
                          description=about(database_name, name, number))
            )  # fmt: skip
        yield opened


def about(database, table, number):
    return {
        "community": 375, "community_name": "Groupe", "database_title": database, "bduni": False, "refusals": [],
        "locked": [], "grids": [], "layer": {"id": number, "type": "feature-type"},
        "table": {"name": table, "title": table.title(), "database": database, "attributes": []},
    }  # fmt: skip


def ids(store, *wanted, service=""):
    return [layer.id for layer in choose_stored(store, wanted, service)]


def test_of_the_server_that_is_spoken_to(store):
    assert ids(store, service=ONE) == [1, 3, 4] and ids(store, service=TWO) == [2]
    assert ids(store, "suivi:parcelles", service=ONE) == [1] and ids(store, "suivi:parcelles", service=TWO) == [2]
    assert ids(store, "PARCELLES", service=TWO) == [2]
    assert ids(store, "Parcelles — suivi:parcelles", "bornes", service=ONE) == [1, 3]
    assert ids(store) == [1, 2, 3, 4]


def test_of_another_server(store):
    with pytest.raises(InputError) as refused:
        ids(store, "bornes", service=TWO)
    assert str(refused.value) == f"“bornes” was loaded from {ONE}: use a connection to that service."
    with pytest.raises(InputError) as refused:
        ids(store, service="https://autre.example")
    assert str(refused.value) == (
        "This store has no group layers of https://autre.example: those in it were loaded from "
        f"{ONE}, {TWO}. Use a connection to that service."
    )
    with pytest.raises(InputError, match=r"There is no layer “routes”\. There are: suivi:parcelles\."):
        ids(store, "routes", service=TWO)


@pytest.mark.parametrize("name", ["Borne", "brones", "suivi:born"])
def test_what_was_perhaps_meant_comes_first(store, name):
    with pytest.raises(InputError, match=rf"There is no layer “{name}”\. There are: suivi:bornes, "):
        ids(store, name, service=ONE)


def test_a_name_that_could_be_several_says_how_each_is_called(store):
    with pytest.raises(InputError) as refused:
        ids(store, "suivi:parcelles")
    names = [f"parcelles ({ONE})", f"parcelles_2 ({TWO})"]
    assert str(refused.value) == f"“suivi:parcelles” could be several layers: {', '.join(names)}. Say which."
    assert [ids(store, name) for name in names] == [[1], [2]]
    with pytest.raises(InputError, match=r"could be several layers: suivi:parcelles, demo:parcelles\. Say which"):
        ids(store, "parcelles", service=ONE)


def test_the_last_name_of_a_layer_is_its_own(store):
    """Also after a table was made anew on the server, under the same name."""
    store.layers.create(
        LayerSpec(
            ONE, 375, 34, "suivi", 999, "parcelles", [("id", "Integer")], description=about("suivi", "parcelles", 1)
        )
    )
    layers = store.layers.all()
    assert len({names_of(layer)[-1] for layer in layers}) == len(layers) == 5
    for layer in layers:
        assert ids(store, names_of(layer)[-1]) == [layer.id]
        assert store.one(f"SELECT count(*) FROM {quoted(layer.local_table)}") == 0


def test_rows_of_a_table_that_could_be_of_several_layers(store):
    check_codes(store, "INPUT", ["suivi:bornes", "demo:parcelles", "nowhere:rien"])
    sentence = (
        "CHOICES: several layers of this store are called “suivi:parcelles”, so that nobody can tell whose rows these "
        "are. Give each service a store of its own."
    )
    chosen = [(layer, None) for layer in store.layers.all()]
    for layers in (chosen, chosen[:1]):
        with pytest.raises(InputError) as refused:
            resolve_conflicts(store, layers, "merge", choices=[Decision("suivi:parcelles", 1, "id", "mine")])
        assert str(refused.value) == sentence
