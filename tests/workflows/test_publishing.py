"""One publication from its data to its services: made, brought up to date, rolled back, and cut off at every step."""

import contextlib
import itertools
import json
import re

import pytest

from geocollab.client.entrepot import configurations, files, processings, stored_data
from geocollab.client.errors import Cancelled
from geocollab.client.session import Session
from geocollab.store.errors import StoreBusy
from geocollab.store.lock import sole_sender
from geocollab.workflows.entrepot.descriptions import describing, record_publication, records
from geocollab.workflows.entrepot.publication.publication import LOCK
from geocollab.workflows.entrepot.publication.published import Outcome
from geocollab.workflows.entrepot.services.offered import unpublish
from geocollab.workflows.entrepot.styles import styling
from geocollab.workflows.errors import InputError, Interrupted
from geocollab.workflows.watch import Watch
from tests.workflows.press import NAMES, SERVICES, WRITES, Killed

MADE = ("/uploads$", "/data$", "/executions$", "/configurations$", "/offerings$", "/metadata$", "/statics$")
ALL = [1, 1, 2, 3, 3, 1, 1]
"""How many of each a whole publication makes."""


def made(press):
    return [press.posted(f"^/api/datastores/.*{path}") for path in MADE]


# ---------------------------------------------------------------------- made


def test_all_services_of_a_data_set_are_published_and_read_back(press):
    with press.only_new() as new:
        done = press.publish(verify=True)
    assert (done.state, sorted(done.services), done.faults) == ("created", sorted(SERVICES), [])
    assert [verdict.ok for verdict in done.verdicts] == [True] * 3 and press.names() == sorted(NAMES)
    assert made(press) == ALL
    assert new() == [
        ("configuration", "WFS", "Lieux", "PUBLISHED"),
        ("configuration", "WMS-VECTOR", "Lieux", "PUBLISHED"),
        ("configuration", "WMTS-TMS", "Lieux", "PUBLISHED"),
        ("metadata", "ISOAP", "", ""),
        ("offering", "WFS", "layer", "PUBLISHED"),
        ("offering", "WMS-VECTOR", "layer", "PUBLISHED"),
        ("offering", "WMTS-TMS", "layer", "PUBLISHED"),
        ("static", "GEOSERVER-STYLE", "config_…_style_wmsv_lieux", ""),
        ("stored_data", "ROK4-PYRAMID-VECTOR", "SHEET (tiles)", "GENERATED"),
        ("stored_data", "VECTOR-DB", "SHEET", "GENERATED"),
    ]


def test_everything_belongs_to_the_data_sheet_and_the_record_tells_of_the_services(press):
    done = press.publish()
    office = press.office()
    store = office.datastore
    for made in done.services.values():
        found = configurations.configurations.get(store, made["configuration"])
        assert found.tags == {"datasheet_name": press.sheet, "licence": "Licence Ouverte 2.0"}
        assert [link["url"] for link in found.metadata] == [done.current["record"]["url"]]
    told = {id: stored_data.stored_data.get(store, id).tags for id in (done.database, done.pyramid)}
    ran = {id: told[id].pop(tag) for id, tag in zip(told, ("proc_int_id", "proc_pyr_creat_id"))}
    assert {id: processings.executions.get(store, one).output[1] for id, one in ran.items()} == {id: id for id in ran}
    (closed,) = press.process.journal("/close$")
    assert told[done.database].pop("upload_id") == closed["path"].split("/")[5]
    assert told[done.database] == {"datasheet_name": press.sheet, "producer": "Ville de Montreuil"}
    assert told[done.pyramid] == {"datasheet_name": press.sheet, "vectordb_id": done.database, "is_sample": "false"}
    (record,) = files.metadata.list(store, tags={"datasheet_name": press.sheet})
    facts = records.facts_of(files.content(store, files.metadata, record.id))
    assert sorted(link.protocol for link in facts.links) == ["OGC:TMS", "OGC:WFS", "OGC:WMS"]
    assert (facts.title, facts.abstract) == ("Lieux", "Des lieux")
    said = " ".join([*press.said, *press.warned])
    assert f"The record “{press.sheet}”" in said and not re.search("[0-9a-f]{8}-[0-9a-f]{4}-", said)


def test_the_progress_goes_on_to_the_end_in_order(press):
    told = []
    press.publish(watch=Watch(progress=lambda done, total: told.append(done / total)))
    assert told == sorted(told) and told[0] < 0.5 and 0.8 < told[-1] <= 1.0


# ---------------------------------------------------------------------- again


def test_the_same_again_does_nothing(press):
    press.publish()
    press.process.clear_journal()
    done = press.publish(verify=True)
    assert done.state == "unchanged" and press.written() == []
    assert press.requests() <= 7  # who, where, and whether two data and three offerings are there


def test_new_data_takes_the_place_of_the_old_and_back_and_forth_again(press):
    first = press.publish()
    second = press.publish(("Parc",), verify=True)
    assert (second.state, second.faults, second.previous) == ("updated", [], first.database)
    offerings = {type: one["offering"] for type, one in first.services.items()}
    assert {type: one["offering"] for type, one in second.services.items()} == offerings
    assert press.names() == ["Parc"] and second.database != first.database != "" != second.pyramid != first.pyramid
    back = press.roll_back()
    assert (back.state, back.database, back.pyramid) == ("restored", first.database, first.pyramid)
    assert press.names() == sorted(NAMES) and back.previous == second.database
    assert press.roll_back().database == second.database and press.names() == ["Parc"]
    press.process.clear_journal()
    assert press.publish(("Parc",)).state == "unchanged" and press.written() == []


def test_after_going_back_the_newer_data_can_be_published_again(press):
    press.publish()
    press.publish(("Parc",))
    press.roll_back()
    done = press.publish(("Parc", "Gare"))
    assert done.state == "updated" and press.names() == ["Gare", "Parc"]
    assert press.roll_back().state == "restored" and press.names() == sorted(NAMES)


def test_after_going_back_the_same_newer_data_is_shown_again_and_not_sent_again(press):
    first, second = press.publish(), press.publish(("Parc",))
    press.roll_back()
    press.process.clear_journal()
    again = press.publish(("Parc",), verify=True)
    assert (again.state, again.faults, press.names()) == ("updated", [], ["Parc"]) and made(press) == [0] * len(MADE)
    assert (again.database, again.pyramid) == (second.database, second.pyramid)
    assert again.current["kept"] == [{"database": first.database, "pyramid": first.pyramid}]
    assert press.publish(("Parc",)).state == "unchanged"
    back = press.roll_back()
    assert (back.database, back.previous) == (first.database, second.database) and press.names() == sorted(NAMES)
    other = press.publish(("Parc",), levels=(6, 8), verify=True)
    assert (other.database, other.faults) == (second.database, []) and other.pyramid != second.pyramid
    gone = {first.database, first.pyramid, second.pyramid}
    press.publish(("Parc",), levels=(6, 8), replace_old=True)
    assert not gone & press.there().keys() and other.pyramid in press.there()


def test_after_going_back_what_is_stored_no_longer_is_sent_again(press):
    press.publish(services=("WFS",))
    second = press.publish(("Parc",), services=("WFS",))
    press.roll_back()
    press.ask("DELETE", f"stored_data/{second.database}")
    press.process.clear_journal()
    done = press.publish(("Parc",), services=("WFS",), verify=True)
    assert done.state == "updated" and done.faults == [] and made(press)[:3] == [1, 1, 1]


def test_showing_the_newer_data_again_cut_off_at_each_of_its_requests(press, reaper):
    first, second = press.publish(), press.publish(("Parc",))
    for number in itertools.count(1, 2):
        press.roll_back()
        press.process.clear_journal()
        with reaper.at(number, after=bool(number % 4 == 1)) as killed:
            try:
                press.publish(("Parc",))
            except Killed:
                assert killed
        done = press.publish(("Parc",))
        assert (done.database, done.pyramid) == (second.database, second.pyramid) and press.names() == ["Parc"], killed
        assert done.previous == first.database and made(press)[:3] == [0, 0, 0], killed
        if not killed:
            break
    assert number > 5


def test_other_words_are_told_without_sending_the_data_again(press):
    first = press.publish()
    press.process.clear_journal()
    done = press.publish(title="Tous les lieux", keywords=("ville",), verify=True)
    assert (done.state, done.database, done.pyramid) == ("settings", first.database, first.pyramid)
    assert made(press) == [0] * len(MADE) and done.faults == []
    assert {row[2] for row in press.there().values() if row[0] == "configuration"} >= {"Tous les lieux"}
    with pytest.raises(InputError, match="no earlier data"):
        press.roll_back()


def test_other_levels_make_other_tiles_of_the_same_data(press):
    first = press.publish()
    with press.only_new() as new:
        done = press.publish(levels=(6, 8), verify=True)
    assert (done.state, done.database, done.faults) == ("settings", first.database, [])
    assert new() == [("stored_data", "ROK4-PYRAMID-VECTOR", "SHEET (tiles)", "GENERATED")]
    assert first.pyramid not in press.there()


def test_the_data_it_replaces_is_deleted_if_that_is_asked_for(press):
    press.publish()
    press.publish(("Parc",))
    there = press.told(press.there())
    done = press.publish(("Gare",), replace_old=True)
    assert done.previous == "" and len([one for one in press.there().values() if one[0] == "stored_data"]) < len(there)
    with press.only_new() as new:
        press.publish(("Pont",))
        assert len(new()) == 2
    done = press.publish(("Pont",), replace_old=True)  # nothing else has changed
    assert done.previous == "" and done.state == "settings" and press.names() == ["Pont"]
    with pytest.raises(InputError, match="no earlier data"):
        press.roll_back()


def test_a_further_service_is_published_beside_the_others(press):
    press.publish(services=("WFS",))
    with press.only_new() as new:
        done = press.publish(services=("WFS", "WMS-VECTOR"))
    assert done.state == "settings"
    assert [row[:2] for row in new()] == [
        ("configuration", "WMS-VECTOR"), ("offering", "WMS-VECTOR"), ("static", "GEOSERVER-STYLE"),
    ]  # fmt: skip
    press.publish(services=("WMS-VECTOR",))
    assert any("stays published" in text for text in press.warned) and press.names() == sorted(NAMES)


def test_fewer_services_change_nothing_and_that_is_said(press):
    press.publish()
    press.process.clear_journal()
    done = press.publish(services=("WFS",), verify=True)
    assert (done.state, [verdict.service for verdict in done.verdicts]) == ("unchanged", ["WFS"])
    assert press.written() == [] and len(done.services) == 3
    assert press.publish(services=("WFS",)).state == "unchanged"
    end(press, "WMTS-TMS")
    press.ask("DELETE", f"stored_data/{done.pyramid}")
    assert press.publish(services=("WFS",)).state == "unchanged"
    press.process.clear_journal()
    assert press.publish(services=("WFS",)).state == "unchanged" and press.written() == []


def test_what_was_unpublished_as_a_whole_is_published_again(press):
    first = press.publish(services=("WFS",))
    end(press, "WFS")
    press.process.clear_journal()
    done = press.publish(services=("WFS",), verify=True)
    assert (done.state, done.database, done.faults) == ("created", first.database, [])
    assert made(press)[:3] == [0, 0, 0]


def test_tiles_that_are_left_out_of_an_update_are_still_known(press):
    both = ("WFS", "WMTS-TMS")
    first = press.publish(services=both)
    second = press.publish(("Parc",), services=("WFS",))
    assert (second.pyramid, second.current["levels"]) == (first.pyramid, [6, 7])
    third = press.publish(("Parc",), services=both, verify=True)
    assert (third.state, third.database, third.faults) == ("settings", second.database, [])
    assert third.pyramid != first.pyramid
    back = press.roll_back()
    assert (back.database, back.pyramid) == (first.database, first.pyramid) and press.names() == sorted(NAMES)
    assert press.publish(("Gare",), services=both, replace_old=True).state == "updated"
    assert {row[0] for row in press.there().values()} >= {"stored_data"}
    assert not {first.pyramid, second.database, third.pyramid} & press.there().keys()


def test_another_technical_name_is_not_taken(press):
    first = press.publish(services=("WFS",))
    layer = first.services["WFS"]["layer"]
    done = press.publish(services=("WFS",), layer_name="autre_nom")
    assert (done.state, done.services["WFS"]["layer"]) == ("unchanged", layer)
    assert any(f"“{layer}”" in text and "never changes" in text for text in press.warned)


def test_going_back_brings_the_styles_back(press):
    def look():
        ((_id, held),) = [
            (id, styling.content(press.office(), id)) for id, row in press.there().items()
            if row[0] == "static" and id in json.dumps(press.current()["services"]["WMS-VECTOR"]["infos"])
        ]  # fmt: skip
        return held.decode()

    press.publish(services=("WMS-VECTOR",), styles={"lieux": styling.plain_sld("lieux", "POINT")})
    before = look()
    red = before.replace("circle", "star")
    press.publish(("Parc",), services=("WMS-VECTOR",), styles={"lieux": red})
    assert look() == red != before
    press.roll_back()
    assert look() == before
    press.roll_back()
    assert look() == red


# ---------------------------------------------------------------------- what others did


@pytest.mark.parametrize("type", SERVICES)
def test_a_service_that_was_deleted_is_made_anew(press, type):
    first = press.publish()
    wanted = press.told(press.there())
    press.ask("DELETE", f"offerings/{first.services[type]['offering']}")
    press.ask("DELETE", f"offerings/{first.services[type]['offering']}", missing=True)
    done = press.publish(verify=True)
    assert done.state == "settings" and done.faults == [] and press.told(press.there()) == wanted


def test_data_that_was_deleted_is_delivered_again(press):
    first = press.publish(services=("WFS",))
    made = first.services["WFS"]
    for path in (f"offerings/{made['offering']}", f"offerings/{made['offering']}"):
        press.ask("DELETE", path, missing=True)
    press.ask("DELETE", f"configurations/{made['configuration']}")
    press.ask("DELETE", f"stored_data/{first.database}")
    done = press.publish(services=("WFS",), verify=True)
    assert (done.state, done.faults, done.previous) == ("created", [], "") and done.database != first.database
    assert press.names() == sorted(NAMES)


def test_going_back_to_what_is_gone_says_so(press):
    first = press.publish(services=("WFS",))
    press.publish(("Parc",), services=("WFS",))
    press.ask("DELETE", f"stored_data/{first.database}")
    with pytest.raises(InputError, match="no longer there"):
        press.roll_back()
    assert press.names() == ["Parc"]


def test_going_back_from_nothing_names_what_is_known(press):
    with pytest.raises(InputError, match=r"Nothing was published .* Give in STORE the store"):
        press.roll_back()
    known = press.sheet
    press.publish(services=("WFS",))
    for given, words in ((known.upper(), f"Did you mean {known}"), ("Voirie", f"There are: {known}")):
        press.sheet = given
        with pytest.raises(InputError, match=words):
            press.roll_back()


def test_what_was_unpublished_is_no_part_of_it_any_more(press):
    press.publish(services=("WFS", "WMTS-TMS"))
    end(press, "WMTS-TMS")
    press.publish(services=("WFS",))
    press.warned.clear()
    assert press.publish(services=("WFS",)).state == "unchanged" and press.warned == []
    assert list(press.current()["services"]) == ["WFS"]
    assert press.publish(services=("WFS", "WMTS-TMS"), verify=True).faults == []


def test_going_back_leaves_out_what_was_unpublished(press):
    press.publish(services=("WFS", "WMTS-TMS"))
    press.publish(("Parc",), services=("WFS", "WMTS-TMS"))
    end(press, "WMTS-TMS")
    done = press.roll_back()
    assert list(done.services) == ["WFS"] and press.names() == sorted(NAMES)
    assert any("published no longer" in text for text in press.warned)


@pytest.mark.parametrize("whole", [True, False], ids=["whole", "offering"])
def test_once_unpublished_it_can_be_published_as_restricted(press, whole):
    first = press.publish(services=("WFS",))
    end(press, "WFS", with_configuration=whole)
    done = press.publish(services=("WFS",), open=False)
    assert "/private/" in done.services["WFS"]["url"] and done.database == first.database


def end(press, type, **options):
    """Unpublish."""
    unpublish(press.office(), press.current()["services"][type]["offering"], press.watch, **options)


# ---------------------------------------------------------------------- one service fails


def unstable_after(press, words, times=1):
    """A watch that lets the next publications fail when it is told these words for the first time."""
    heard = []

    def told(sentence):
        if words in sentence and not heard:
            press.process.entrepot_settings(offering_fails=times)
            heard.append(sentence)

    return Watch(info=told, warning=press.warned.append)


def shown(press):
    """By type, the stored data that each service shows, and the status of its offering."""
    store, found = press.office().datastore, {}
    for type, made in press.current()["services"].items():
        offering = configurations.offerings.get(store, made["offering"])
        found[type] = (*configurations.configurations.get(store, made["configuration"]).stored_data, offering.status)
    return found


@pytest.mark.parametrize("failure", ["refused", "unstable", "unstable twice"])
def test_an_update_of_which_a_service_fails_leaves_all_at_the_data_before(press, failure):
    press.publish()
    before, there, watch = shown(press), press.told(press.there()), press.watch
    if failure == "refused":
        fault = {"kind": "status", "status": 400, "path": r"/configurations/[^/]+$", "method": "PUT", "after": 1}
        press.process.faults(fault)
    else:
        watch = unstable_after(press, "WFS “", times=2 if failure.endswith("twice") else 1)
    with pytest.raises((InputError, Interrupted), match=r"show the data from before.*without sending it again"):
        press.publish(("Parc",), watch=watch)
    press.process.faults()
    assert shown(press) == before and press.names() == sorted(NAMES)
    assert set(press.told(press.there())) == set(there)
    with pytest.raises(InputError, match="stopped half-way"):
        press.roll_back()
    press.process.clear_journal()
    done = press.publish(("Parc",), verify=True)
    assert (done.state, done.faults, press.names()) == ("updated", [], ["Parc"]) and made(press) == [0] * len(MADE)
    assert press.roll_back().state == "restored" and shown(press) == before


def test_an_update_that_failed_is_given_up_by_publishing_the_data_before(press):
    press.publish()
    before, there = shown(press), press.told(press.there())
    with pytest.raises(InputError):
        press.publish(("Parc",), watch=unstable_after(press, "WFS “"))
    assert press.publish().state == "settings"
    assert (shown(press), press.told(press.there()), press.names()) == (before, there, sorted(NAMES))
    assert press.publish().state == "unchanged"


def test_an_update_that_cannot_be_put_back_says_so_and_is_gone_on_with(press):
    press.publish()
    with pytest.raises(InputError, match=r"Not all of .* could be put back .* Run the operation again"):
        press.publish(("Parc",), watch=unstable_after(press, "WFS “", times=9))
    press.process.entrepot_settings(offering_fails=0)
    done = press.publish(("Parc",), verify=True)
    assert (done.state, done.faults, press.names()) == ("updated", [], ["Parc"])


def test_putting_an_update_back_cut_off_at_each_of_its_requests(press, reaper):
    press.publish(services=("WFS", "WMS-VECTOR"), record=False)
    for number in itertools.count(11):  # the writes before are those of the delivery
        names = (str(number),)
        with reaper.at(number, after=number % 2 == 0) as killed, pytest.raises((Killed, InputError)):
            press.publish(names, services=("WFS", "WMS-VECTOR"), record=False, watch=unstable_after(press, "WFS “"))
        press.process.entrepot_settings(offering_fails=0)
        if not killed:
            break
        done = press.publish(names, services=("WFS", "WMS-VECTOR"), record=False, verify=True)
        assert (done.state, done.faults, press.names()) == ("updated", [], list(names)), killed
    assert number > 15


def test_a_first_publication_of_which_a_service_fails_leaves_no_service_behind(press):
    with press.only_new() as new:
        with pytest.raises(InputError, match=r"No service of .* is published; its data stays on the server"):
            press.publish(watch=unstable_after(press, "WFS “"))
        assert [row[:2] for row in new()] == [("stored_data", "ROK4-PYRAMID-VECTOR"), ("stored_data", "VECTOR-DB")]
        press.process.clear_journal()
        assert press.publish(verify=True).faults == [] and made(press) == [0, 0, 0, 3, 3, 1, 1]
    assert press.publish().state == "unchanged"


def test_a_further_service_that_fails_leaves_what_was_there(press):
    press.publish(services=("WFS",))
    before = shown(press)
    with press.only_new() as new:
        with pytest.raises(InputError, match="that were there before stay published"):
            press.publish(watch=unstable_after(press, "WMS-VECTOR “"))
        assert [row[:2] for row in new()] == [("stored_data", "ROK4-PYRAMID-VECTOR")] and shown(press) == before
    assert press.publish(verify=True).faults == []


# ---------------------------------------------------------------------- refused before anything is sent


def refused(press, words, **said):
    press.process.clear_journal()
    with pytest.raises(InputError, match=words):
        press.publish(**said)
    assert press.written() == []


def test_a_technical_name_that_is_taken(press):
    press.publish(services=("WFS",))
    taken = press.current()["services"]["WFS"]["layer"]
    press.sheet += " bis"
    refused(press, f"“{taken}” is taken.*such as “(?!{taken}”)lieux_[0-9]+”", layer_name=taken, services=("WFS",))


def test_a_technical_name_that_another_datastore_has(press):
    press.name = "decouverte"
    press.publish(services=("WFS",), record=False, layer_name="SANDBOX.commun")
    press.name = "montreuil"
    refused(press, "“SANDBOX.commun” is taken by a WFS .* another datastore", layer_name="SANDBOX.commun")
    done = press.publish(services=("WMS-VECTOR",), record=False, layer_name="SANDBOX.commun")
    assert done.services["WMS-VECTOR"]["layer"] == "SANDBOX.commun"


def test_a_directory_that_cannot_be_read_stops_nobody(press):
    press.process.faults({"kind": "status", "status": 500, "path": "/catalogs/", "times": None})
    try:
        assert press.publish(services=("WFS",)).state == "created"
    finally:
        press.process.faults()


def test_names_levels_and_services_that_cannot_be(press):
    refused(press, "letters without accents", layer_name="à côté")
    refused(press, "level 0 to 20", levels=(12, 9))
    refused(press, "WFS, WMS-VECTOR, WMTS-TMS", services=("WCS",))
    press.sheet = "a/b"
    refused(press, "cannot hold /")


def test_missing_rights_and_a_name_without_the_prefix(press):
    press.name = "sdis"
    refused(press, "BROADCAST")
    press.name = "decouverte"
    refused(press, "begin with SANDBOX", layer_name="lieux")


@contextlib.contextmanager
def changed(press, what, change):
    """The datastore with `what` (endpoints, storages) of it changed: `change(id, quota and use)`, None for none."""
    id = press.process.entrepot()["ids"]["datastore"][press.name]
    before = press.process.entrepot_entity("datastore", id=id)["private"][what]
    after = {key: found for key, one in before.items() if (found := change(key, one)) is not None}
    press.process.entrepot_entity("datastore", id=id, private={what: after})
    try:
        yield
    finally:
        press.process.entrepot_entity("datastore", id=id, private={what: before})


def test_no_room_and_no_endpoint(press):
    with changed(press, "endpoints", lambda id, one: {**one, "taken": one["quota"]}):
        refused(press, r"No endpoint of type WFS has room left: .*\(50/50\).* higher quota")
    with changed(press, "endpoints", lambda id, one: None):
        refused(press, "“Commune de Montreuil” has no open endpoint of type WFS")
    with changed(press, "storages", lambda id, one: {**one, "quota": 1}):
        refused(press, "not enough room on the server: 0.1 MB are needed, 0.0 MB of “Livraisons” are left")
    deliveries = press.process.entrepot()["ids"]["storage"]["Livraisons"]
    with changed(press, "storages", lambda id, one: one if id == deliveries else {**one, "quota": 1}):
        refused(press, "not enough room on the server: .* of “Base de données vecteur.*” are left")


def test_what_an_endpoint_insists_on(press):
    (strict,) = [one for one in press.office().info.endpoints if one.type == "WFS" and one.force_attribution]
    with changed(press, "endpoints", lambda id, one: {**one, "taken": one["quota"] * (id != strict.id)}):
        refused(press, r"\(ATTRIBUTION\), .*\(METADATA\)\. Fill them in", services=("WFS",), record=False)
        refused(press, r"without these: “Attribution” \(ATTRIBUTION\)\. Fill", services=("WFS",))


def test_what_is_open_is_not_believed_to_be_restricted(press):
    press.publish(services=("WFS",))
    refused(press, "open to everybody", services=("WFS",), open=False)
    press.sheet += " bis"
    done = press.publish(services=SERVICES, open=False, verify=True)
    assert done.faults == [] and not any(verdict.read for verdict in done.verdicts)
    numbers = Outcome(done, press.data(), 0).outputs()
    assert [numbers[name] for name in ("VERIFIED_COUNT", "FAULT_COUNT", "NOT_READ_COUNT")] == [0, 0, 3]
    assert all("/private/" in one["url"] for one in done.services.values())
    refused(press, "restricted audience", services=("WFS",))


def test_one_run_at_a_time(press):
    with sole_sender(press.path, LOCK), pytest.raises(StoreBusy):
        press.publish()
    assert press.publish(services=("WFS",)).state == "created"


# ---------------------------------------------------------------------- cut off


@pytest.mark.parametrize("first", [1, 2])
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_new_publication_cut_off_at_each_of_its_requests(press, reaper, after, first):
    press.more_room()
    with press.only_new() as new:
        press.publish()
        wanted = new()
    for number in itertools.count(first, 2):
        press.sheet = f"Lieux {after} {number}"
        press.process.clear_journal()
        with press.only_new() as new:
            with reaper.at(number, after=after) as killed:
                try:
                    press.publish()
                except Killed:
                    assert killed
            if not killed:
                break
            assert press.publish().state == "created", killed
            assert (new(), made(press)) == (wanted, ALL), killed
    assert number > 25


def test_an_update_cut_off_at_each_of_its_requests(press, reaper):
    press.publish()
    press.publish(("Parc",), replace_old=True)
    wanted = press.told(press.there())
    for number in itertools.count(1):
        names = (str(number),)
        with reaper.at(number, after=number % 2 == 0) as killed:
            try:
                press.publish(names, replace_old=True)
            except Killed:
                assert killed
        if not killed:
            break
        press.process.clear_journal()
        assert press.publish(names, replace_old=True).state == "updated", killed
        assert press.told(press.there()) == wanted and press.names() == [str(number)], killed
    assert number > 15


def test_going_back_cut_off_at_each_of_its_requests(press, reaper):
    press.publish()
    press.publish(("Parc",))
    wanted, shown = press.told(press.there()), ["Parc"]
    for number in itertools.count(1):
        with reaper.at(number, after=number % 2 == 1) as killed:
            try:
                press.roll_back()
            except Killed:
                assert killed
        if not killed:
            break
        press.roll_back()
        shown = sorted(NAMES) if shown == ["Parc"] else ["Parc"]
        assert press.names() == shown and press.told(press.there()) == wanted, killed
    assert number > 5


def test_a_publication_after_going_back_was_cut_off_shows_its_data_everywhere(press, reaper):
    press.publish()
    press.publish(("Parc",))
    shown = press.current()
    for number in itertools.count(1):
        with reaper.at(number, after=True) as killed:
            try:
                press.roll_back()
            except Killed:
                assert killed
        if not killed:
            break
        done = press.publish(("Parc",), services=("WFS",))
        assert (done.state, press.names()) == ("settings", ["Parc"]), killed
        for type, made in shown["services"].items():
            (used,) = configurations.configurations.get(press.office().datastore, made["configuration"]).stored_data
            assert used == shown["pyramid" if type == "WMTS-TMS" else "database"], killed
    assert number > 5


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_record_that_was_there_before_is_never_taken_back(press, reaper, after):
    press.more_room()
    for number in itertools.count(8):  # the writes before are those of the delivery
        press.sheet = f"Fiches {after} {number}"
        wanted = record_publication.Wanted(press.sheet, records.Facts(title="Le mien", abstract="Déjà là"))
        mine = record_publication.publish(press.office(), wanted, press.watch).described
        with reaper.at(number, after=after) as killed:
            try:
                press.publish(services=("WFS",))
            except Killed:
                assert killed
        if not killed:
            break
        press.publish(services=("WFS",), record=False)
        found = describing.find(press.office(), mine.file_identifier)
        assert found is not None and found.id == mine.metadata and found.endpoints, killed
    assert number > 12


def test_a_run_that_was_cut_off_and_is_gone_on_with_other_data_leaves_nothing_of_it(press, reaper):
    press.more_room()
    with press.only_new() as new:
        press.publish(services=("WFS",), record=False)
        wanted = new()
    for number in itertools.count(1, 3):
        press.sheet = f"Sites {number}"
        with press.only_new() as new:
            with reaper.at(number, after=True) as killed:
                try:
                    press.publish()
                except Killed:
                    assert killed
            if not killed:
                break
            press.publish(("Parc",), services=("WFS",), record=False)
            assert new() == wanted and press.names() == ["Parc"], killed
    assert number > 25


@pytest.mark.parametrize(
    ("writes", "words"),
    [
        (0, "^$"),
        (3, "1 of 1 file is on the server"),
        (5, "The checks go on on the server"),
        (8, "is aborted on the server; run the operation again"),
        (14, "the data is on the server, no service was changed"),
        (18, "1 of 3 services is published"),
        (23, "2 of 3 services are published"),
    ],
)
def test_a_cancel_says_how_far_it_came(press, monkeypatch, writes, words):
    """At the request that comes after so many writes were answered."""
    send, answered, over = Session._send_once, [], []

    def sending(session, method, *rest):
        over.extend([method] if len(answered) >= writes else [])
        answer = send(session, method, *rest)
        answered.extend([method] if method in WRITES else [])
        return answer

    monkeypatch.setattr(Session, "_send_once", sending)

    def cancelled():
        return bool(over)

    with pytest.raises((Interrupted, Cancelled), match=words):
        press.publish(cancelled=cancelled)
    assert press.publish().state == "created" and press.names() == sorted(NAMES)
