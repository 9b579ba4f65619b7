"""Only the layers that are meant are asked for, as far as an older list tells; what it told wrong changes nothing."""

import re
from contextlib import suppress
from dataclasses import replace

import pytest

from geocollab.client.espaceco import users
from geocollab.store.store import Store
from geocollab.workflows.errors import InputError
from geocollab.workflows.layers.catalogue import catalogue
from geocollab.workflows.layers.wanted import wanted_layers
from tests.workflows.downloads import Heard
from tests.workflows.group_rows import CANTONS, PARCELS, PHARMACIES, POSTS, ROADS

COUNT = 32
POSTS_TABLE = "databases/34/tables/3404"
ALWAYS = ["users/me", "communities/375/layers"]


@pytest.fixture
def group(town):
    group = Group(town)
    yield group
    group.api.session.close()


class Group:
    """A group whose layers were listed before `change` changed them; `journal` is what was asked since."""

    def __init__(self, town):
        self.town, self.change = town, town.change
        self.api = town.api()
        self.listed = catalogue(self.api, 375)
        self.known = self.listed.known()
        self.read = []
        town.process.clear_journal()

    def wanted(self, *names, known=None, **options):
        """The layers that these names mean."""
        with Store(self.town.path) as store:
            known = self.known if known is None else known
            return wanted_layers(self.api, store, 375, names, known=known, listed=self.read.append, **options).entries

    def catalogue(self, *names, **options):
        """What was read for these names, whether they are then refused or not."""
        with suppress(InputError):
            self.wanted(*names, **options)
        return self.read.pop()

    def refused(self, *names, **options):
        """The sentence with which these names are refused."""
        with pytest.raises(InputError) as caught:
            self.wanted(*names, **options)
        return str(caught.value)

    def adopt(self, *tables):
        """The store is a file of the official plugin, which had loaded these: name, numbers of database and table."""
        with Store(self.town.path) as store, store.atomic() as connection:
            connection.execute("CREATE TABLE tableoftables (layer TEXT, databaseid INTEGER, tableid INTEGER)")
            connection.executemany("INSERT INTO tableoftables VALUES (?, ?, ?)", tables)

    def asked(self):
        found = [entry["path"].removeprefix("/gcms/api/") for entry in self.town.process.journal("^/gcms/api/")]
        self.town.process.clear_journal()
        return found

    def asked_of(self):
        """The tables and services that were asked for."""
        return {path for path in self.asked() if re.search("/tables/|geoservices/", path)}


# ------------------------------------------------------------------ what is asked


def test_only_what_is_named(group):
    found = group.catalogue(POSTS, PHARMACIES)
    asked = group.asked()
    assert asked[:2] == ALWAYS and set(asked[2:]) == {
        POSTS_TABLE, "databases/9/tables/1734", "databases/34", "databases/9", "permissions"
    }  # fmt: skip
    assert len(asked) == 7 and not found.whole
    assert group.listed.whole and len(group.known) == COUNT


@pytest.mark.parametrize(
    ("names", "codes"),
    [
        ((POSTS,), [POSTS]),
        (("Bornes — suivi_terrain:bornes", "parcelles"), [PARCELS, POSTS]),
        (("BORNES", "Tronçon de route", "geoservice:71"), ["geoservice:71", ROADS, POSTS]),
        (("806", "801"), ["geoservice:71", CANTONS]),
        (("Plan",), ["geoservice:71"]),
        (("Ancien titre — suivi_terrain:parcelles",), [PARCELS]),
    ],
)
def test_they_are_what_they_are_among_all(group, names, codes):
    found = group.catalogue(*names)
    assert len(group.asked_of()) == len(names) == len(found.entries)
    assert group.wanted(*names) == [entry for entry in group.listed.entries if entry.code in codes]
    assert [entry.code for entry in group.wanted(*names)] == codes
    assert (found.community_name, found.username) == (group.listed.community_name, group.listed.username)


def test_whoever_is_known_is_not_asked_again(group):
    group.catalogue(POSTS, me=users.me(group.api))
    assert group.asked().count("users/me") == 1


@pytest.mark.parametrize("names", [(), ("routes",), (POSTS, "routes"), ("999",), ("34:3404",)])
def test_all_are_asked_for_if_a_name_is_not_known(group, names):
    assert group.catalogue(*names).whole and len(group.asked_of()) == COUNT


def test_all_are_asked_for_if_nothing_is_known(group):
    assert group.catalogue(POSTS, known=()).whole and len(group.asked_of()) == COUNT
    assert not group.catalogue("806", known=()).whole and group.asked_of() == {"databases/34/tables/3401"}


def test_a_service_alone_needs_no_permissions(group):
    group.catalogue("geoservice:71")
    assert group.asked() == [*ALWAYS, "geoservices/71"]


# ------------------------------------------------------------------ what has changed since


def test_what_the_server_says_now_counts(group):
    group.change("layer", layer=806, set={"role": "visu"})
    group.change("column_added", table=3401, column={"name": "neuve", "type": "String"})
    (entry,) = group.wanted(CANTONS)
    assert not entry.editable and entry.described.table.column("neuve")
    assert group.asked_of() == {"databases/34/tables/3401"}


def test_a_layer_that_the_group_has_no_longer(group):
    (number,) = [entry.layer.id for entry in group.listed.entries if entry.code == POSTS]
    group.change("layer_removed", layer=number)
    sentence = group.refused(POSTS)
    assert sentence.startswith(f"There is no layer “{POSTS}”. There are: ") and CANTONS in sentence
    assert len(group.asked_of()) == COUNT - 1


def test_a_table_that_is_called_otherwise_now(group):
    group.change("table", table=3404, set={"name": "jalons", "title": "Jalons"})
    sentence = group.refused(POSTS)
    assert sentence.startswith(f"There is no layer “{POSTS}”. ") and "suivi_terrain:jalons" in sentence
    assert len(group.asked_of()) == 1 + COUNT - 1, "this one a second time"


def test_a_name_that_has_passed_to_another_table(group):
    group.change("table", table=3404, set={"name": "jalons"})
    group.change("table", table=3402, set={"name": "bornes"})
    (entry,) = group.wanted(POSTS)
    assert (entry.code, entry.ids) == (POSTS, (34, 3402))


def test_two_that_were_called_the_same(group):
    group.change("table", table=3402, set={"title": "Bornes"})
    known = catalogue(group.api, 375).known()
    sentence = group.refused("Bornes", known=known)
    assert sentence.startswith(f"“Bornes” could be several layers: {PARCELS}, {POSTS}. Say which.")


def test_a_number_of_a_table_that_is_there_twice(group):
    """The first layer of a table is the one that is loaded, whichever is named."""
    group.change("layer", layer=805, set={"database": 9, "table": 1734})
    for known in ((), group.known):
        assert group.refused("810", known=known).startswith("There is no layer “810”")
    found = group.catalogue("805", known=())
    assert [entry.layer.id for entry in found.entries] == [805, 810] and found.warnings
    assert [entry.layer.id for entry in group.wanted("805", known=())] == [805]


def test_what_is_odd_is_said_once(group):
    group.change("column", table=3404, name="etat", set={"type": "Courbe"})
    for names in ((POSTS,), ("routes", POSTS)):
        watch = Heard()
        group.catalogue(*names, watch=watch)
        (said,) = watch.said
        assert said.endswith("Columns of an unknown type are read as text: etat (Courbe).")
    watch = Heard()
    group.catalogue(POSTS, known=[replace(layer, ids=(34, 3402)) for layer in group.known], watch=watch)
    assert len(watch.said) == 1


# ------------------------------------------------------------------ those of the official plugin


def test_the_official_plugin_told_their_numbers(group):
    group.adopt(("troncon_de_route", 21, 2101), ("perdue", 9, 77))
    found = group.catalogue(official=True)
    assert [entry.code for entry in found.entries] == [ROADS] and not found.whole
    assert group.asked_of() == {"databases/21/tables/2101"}


@pytest.mark.parametrize("numbers", [(None, None), (9, None), (None, 77)])
def test_the_official_plugin_told_names_alone(group, numbers):
    group.adopt(("troncon_de_route", 21, 2101), ("cantons", *numbers))
    assert group.catalogue(official=True).whole


def test_they_do_not_count_unless_asked_for(group):
    group.adopt(("troncon_de_route", 21, 2101))
    assert group.catalogue().whole and len(group.wanted()) == COUNT


def test_names_count_before_those_of_the_official_plugin(group):
    group.adopt(("troncon_de_route", 21, 2101))
    found = group.catalogue(POSTS, official=True)
    assert [entry.code for entry in found.entries] == [POSTS]


def test_none_of_those_of_the_official_plugin(group):
    group.adopt(("perdue", 9, 77))
    assert group.catalogue(official=True).entries == [] and group.asked() == ALWAYS
    sentence = group.refused(official=True)
    assert re.match(r"None of the layers that the official plugin loaded .* perdue", sentence)
