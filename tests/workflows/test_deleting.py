"""Deleting with what depends on it: planned, shown, in order, by either regime, gone on with."""

from contextlib import suppress

import pytest

from geocollab.client.entrepot import configurations, files, processings, stored_data, uploads
from geocollab.client.errors import Conflict, NotFound
from geocollab.client.waiting import wait
from geocollab.store.errors import StoreBusy
from geocollab.workflows.entrepot.ledger import sole_run
from geocollab.workflows.entrepot.rights import granting
from geocollab.workflows.entrepot.services import asked_services, serving
from geocollab.workflows.entrepot.stock import deleting
from geocollab.workflows.entrepot.stock.deleting import DATA, EVERYTHING, SERVICE, SHEET, UPLOAD
from geocollab.workflows.errors import InputError, Interrupted
from tests.workflows.stock import SLD


def kinds(plan, action=None):
    return [row.kind for row in plan.rows if action in (None, row.action)]


def there(collection, office, id):
    with suppress(NotFound):
        return collection.get(office.datastore, id).status != "DELETED"
    return False


@pytest.fixture
def sheet(desk):
    """A data sheet with an upload, a database, its tiles, two services, a style, an annexe; ids by name."""
    tags, office = {"datasheet_name": desk.own("fiche")}, desk.office()
    database = desk.data(tags=tags)
    pyramid = desk.data("ROK4-PYRAMID-VECTOR", name=desk.own("tuiles"), tags=tags, private={"uses": [database]})
    upload = uploads.create(office.datastore, desk.own("livraison"), "x", "VECTOR", "EPSG:2154")
    uploads.uploads.tag(office.datastore, upload.id, tags)
    first = desk.serve(desk.wfs(database, tags=tags))
    second = desk.serve(desk.wms(database, tags=tags))
    desk.process.clear_journal()
    return {"name": tags["datasheet_name"], "database": database, "pyramid": pyramid, "upload": upload.id,
            "wfs": first, "wms": second}  # fmt: skip


# ---------------------------------------------------------------------- plans


def test_a_plan_changes_nothing_and_is_in_order(desk, sheet):
    plan = deleting.plan(desk.office(), SHEET, sheet["name"])

    assert kinds(plan) == [
        "offering", "offering", "configuration", "configuration", "static", "upload", "stored_data", "stored_data",
    ]  # fmt: skip
    assert kinds(plan, "keep") == [] and desk.written() == []
    assert plan.size == 2000 and plan.report().facts[0].value == 8
    assert deleting.planned(plan).numbers()["PLANNED_COUNT"] == 8
    rows = [dict(zip(dict(deleting.COLUMNS), row)) for row in deleting.planned(plan).rows()]
    assert {(row["outcome"], row["outcome_label"], row["action_label"]) for row in rows} == {
        ("planned", "planned", "delete")
    }
    assert [len(row) for row in rows] == [len(deleting.COLUMNS)] * 8
    assert (rows[0]["kind_label"], rows[0]["status"], rows[0]["status_label"]) == (
        "Offering", "PUBLISHED", "published, in service",
    )  # fmt: skip
    assert deleting.planned(plan).sentences() == [
        "8 things would be deleted. Nothing was deleted: to delete, run the operation again with “Only show the plan” "
        "switched off."
    ]


def test_tiles_go_before_their_database(desk, sheet, monkeypatch):
    uses(desk, monkeypatch, {sheet["database"]: {sheet["pyramid"]: "tuiles"}})
    plan = deleting.plan(desk.office(), SHEET, sheet["name"])
    assert [row.id for row in plan.rows if row.kind == "stored_data"] == [sheet["pyramid"], sheet["database"]]
    assert plan.rows[-1].after[-1] == sheet["pyramid"]


def uses(desk, monkeypatch, used_by):
    """What the server says of dependencies: the sandbox has no derived data that was made from nowhere."""
    real = stored_data.dependencies

    def told(datastore, id):
        if id in used_by:
            return stored_data.Dependencies(used_by[id], {})
        return real(datastore, id)

    monkeypatch.setattr(stored_data, "dependencies", told)


def test_data_that_others_use_stays_with_its_services(desk, sheet, monkeypatch):
    uses(desk, monkeypatch, {sheet["database"]: {"11111111-1111-4111-8111-111111111111": "Pyramide d'un autre"}})
    plan = deleting.plan(desk.office(), DATA, sheet["database"])
    assert [(row.kind, row.action) for row in plan.rows] == [("stored_data", "keep")]
    assert "It is used by “Pyramide d'un autre”, which is not part of this" in plan.rows[0].note
    done = deleting.delete(desk.office(), plan, desk.watch)
    assert (done.count("kept"), desk.written()) == (1, [])
    assert "stays: It is used by" in done.sentences()[0]

    whole = deleting.plan(desk.office(), SHEET, sheet["name"])
    assert [row.id for row in whole.kept] == [sheet["database"]]


def test_a_service_of_another_sheet_keeps_the_data(desk, sheet):
    other = desk.serve(desk.wfs(sheet["database"], desk.own("ailleurs"), tags={"datasheet_name": "autre fiche"}))
    plan = deleting.plan(desk.office(), SHEET, sheet["name"])
    (kept,) = plan.kept
    assert kept.id == sheet["database"] and "of the data sheet “autre fiche” uses it" in kept.note
    done = deleting.delete(desk.office(), plan, desk.watch)
    assert (done.count("deleted"), done.count("kept")) == (7, 1)
    assert desk.offering(other).status == "PUBLISHED"


def test_without_a_right_what_needs_it_stays_and_what_waits_for_it(desk):
    office = desk.office(datastore="sdis")
    ids = {name: desk.process.entrepot()["ids"]["datastore"][name] for name in ("sdis",)}
    tags = {"datasheet_name": desk.own("fiche")}
    relations = [{"name": "t", "attributes": {"geom": "geometry"}, "type": "TABLE", "primary_key": []}]
    database = desk.process.entrepot_entity(
        "stored_data", datastore=ids["sdis"], name="d", type="VECTOR-DB", status="GENERATED", tags=tags,
        type_infos={"relations": relations},
    )["_id"]  # fmt: skip
    used = [{"stored_data": database, "relations": []}]
    desk.process.entrepot_entity(
        "configurations", datastore=ids["sdis"], type="WFS", name="c", layer_name=desk.own(), tags=tags,
        status="UNPUBLISHED", type_infos={"used_data": used},
    )  # fmt: skip
    plan = deleting.plan(office, SHEET, tags["datasheet_name"])
    assert [(row.kind, row.action) for row in plan.rows] == [("configuration", "keep"), ("stored_data", "keep")]
    assert "lacks the right BROADCAST" in plan.rows[0].note and "stays" in plan.rows[1].note


def test_what_is_not_there(desk):
    for kind, sentence in (
        (SHEET, "There is nothing of a data sheet “rien”"), (SERVICE, "There is no “rien” among the offerings"),
        (DATA, "There is no “rien” among the stored data"), (UPLOAD, "There is no “rien” among the uploads"),
    ):  # fmt: skip
        with pytest.raises(InputError, match=sentence):
            deleting.plan(desk.office(), kind, "rien")
    with pytest.raises(InputError, match="among the configurations"):
        deleting.plan(desk.office(), SERVICE, "11111111-1111-4111-8111-111111111111")


# ---------------------------------------------------------------------- deleted


@pytest.mark.parametrize("regime", ["one", "two"])
def test_a_whole_sheet(desk, sheet, regime):
    desk.process.entrepot_settings(offering_deletion=regime)
    office = desk.office()

    done = deleting.go_through(office, desk.store, SHEET, sheet["name"], False, desk.watch)

    assert done.numbers() == {
        "PLANNED_COUNT": 8, "DELETED_COUNT": 8, "GONE_COUNT": 0, "KEPT_COUNT": 0, "FAILED_COUNT": 0,
        "FREED_BYTES": 2000,
    }  # fmt: skip
    assert desk.here() == [] and done.sentences()[-1] == "8 things are deleted."
    assert not there(uploads.uploads, office, sheet["upload"])
    assert not there(stored_data.stored_data, office, sheet["database"])
    assert len([path for method, path in desk.written() if method == "DELETE" and path.startswith("offerings")]) == (
        4 if regime == "two" else 2
    )
    with pytest.raises(InputError, match="There is nothing of a data sheet"):
        deleting.go_through(desk.office(), desk.store, SHEET, sheet["name"], False, desk.watch)


def test_one_offering_of_two(desk):
    service = desk.wfs()
    first = desk.serve(service)
    private = next(e for e in desk.office().info.endpoints if e.type == "WFS" and not e.open)
    desk.serve(service, serving.Place(private.id))
    office = desk.office()

    plan = deleting.plan(office, SERVICE, first.offering)
    assert [(row.kind, row.action) for row in plan.rows] == [("offering", "delete"), ("configuration", "keep")]
    deleting.delete(office, plan, desk.watch)
    assert len([kind for kind, _name in desk.here() if kind == "offering"]) == 1

    both = deleting.plan(desk.office(), SERVICE, first.configuration)
    assert kinds(both, "delete") == ["offering", "configuration"]


def test_permissions_that_end_are_told(desk):
    served = desk.serve(desk.wfs(), serving.Place(restricted=True))
    office = desk.office()
    whom = granting.beneficiaries(office, ["sdis", "decouverte"], [])
    granting.permit(office, [desk.offering(served)], whom, granting.Terms("libre"), desk.watch)
    plan = deleting.plan(office, SERVICE, desk.own())
    assert plan.rows[0].note == "2 permissions to use it end."


def test_stored_data_with_its_services_and_styles(desk, sheet):
    office = desk.office()
    done = deleting.delete(office, deleting.plan(office, DATA, sheet["database"]), desk.watch)
    assert [line.row.kind for line in done.lines] == [
        "offering", "offering", "configuration", "configuration", "static", "stored_data",
    ]  # fmt: skip
    assert done.count("deleted") == 6 and there(stored_data.stored_data, office, sheet["pyramid"])


def test_annexes_and_records_of_a_sheet(desk, tmp_path):
    office, sheet = desk.office(), desk.own("fiche")
    file = tmp_path / "doc.txt"
    file.write_text("x")
    for published in (True, False):
        files.create_annexe(
            office.datastore, file, f"/documents/{desk.own(str(published))}.txt", published=published,
            labels=[f"datasheet_name={sheet}", "type=document"],
        )  # fmt: skip
    from geocollab.workflows.entrepot.descriptions import describing
    from geocollab.workflows.entrepot.descriptions.records import Contact, Facts

    facts = Facts(title="T", abstract="A", contact=Contact("Ville", "sig@ville.example"), frequency="annually")
    described = describing.describe(office, facts, sheet=sheet, watch=desk.watch)

    plan = deleting.plan(office, SHEET, sheet)
    assert kinds(plan) == ["metadata", "annexe", "annexe"]
    assert deleting.delete(office, plan, desk.watch).count("deleted") == 3
    assert not there(files.metadata, office, described.metadata)


def test_a_whole_datastore(desk, tmp_path):
    desk.name, sheet = "decouverte", desk.own("fiche")
    office = desk.office()
    prefix, tags = office.info.layer_name_prefix, {"datasheet_name": sheet}
    desk.data(name=desk.own("alone"))
    desk.serve(desk.wfs(desk.data(tags=tags), prefix + desk.own(), tags=tags), office=office)
    uploads.create(office.datastore, desk.own("livraison"), "x", "VECTOR", "EPSG:2154")
    file = tmp_path / "doc.sld"
    file.write_text(SLD)
    files.create_static(office.datastore, desk.own("style"), files.GEOSERVER_STYLE, file, "doc.sld")
    files.create_annexe(office.datastore, file, f"/documents/{desk.own()}.txt", published=True, labels=[])
    desk.process.clear_journal()

    with pytest.raises(InputError, match=rf"has, give its name in NAME, not “{sheet}”"):
        deleting.go_through(office, desk.store, EVERYTHING, sheet, False, desk.watch)
    planned = deleting.go_through(office, desk.store, EVERYTHING, "Découverte", True, desk.watch)
    assert desk.written() == [] and planned.numbers()["PLANNED_COUNT"] == 7
    assert kinds(planned.plan) == [
        "offering", "configuration", "static", "upload", "stored_data", "stored_data", "annexe",
    ]  # fmt: skip

    done = deleting.go_through(office, desk.store, EVERYTHING, "decouverte", False, desk.watch)
    assert done.numbers()["DELETED_COUNT"] == 7 and done.numbers()["FAILED_COUNT"] == 0
    for collection in (configurations.configurations, configurations.offerings, stored_data.stored_data,
                       files.statics, files.annexes):  # fmt: skip
        assert collection.list(office.datastore) == []
    assert {one.status for one in uploads.uploads.list(office.datastore)} <= {"DELETED"}
    again = deleting.go_through(office, desk.store, EVERYTHING, "decouverte", False, desk.watch)
    assert again.sentences() == ["There is nothing to delete."]


def test_an_upload_that_is_being_checked(desk, tmp_path):
    desk.process.entrepot_settings(check_seconds=-1)
    office, file = desk.office(), tmp_path / "a.geojson"
    file.write_text('{"type": "FeatureCollection", "features": []}')
    upload = uploads.create(office.datastore, desk.own("livraison"), "x", "VECTOR", "EPSG:2154")
    uploads.send_file(office.datastore, upload.id, file, "data/a.geojson")
    uploads.close(office.datastore, upload.id)

    plan = deleting.plan(office, UPLOAD, desk.own("livraison"))

    assert kinds(plan)[-1] == "upload" and kinds(plan, "abort") == ["check"] * (len(plan.rows) - 1)
    done = deleting.delete(office, plan, desk.watch)
    assert done.count("failed") == 0 and not there(uploads.uploads, office, upload.id)


def test_executions_that_run_are_aborted_and_what_they_make_goes(desk):
    desk.process.entrepot_settings(execution_seconds=-1)
    office, database = desk.office(), desk.data()
    tiles = office.processing("ROK4-PYRAMID-VECTOR", stored_data="VECTOR-DB", words=("vecteur",))
    execution = processings.create(
        office.datastore, tiles.id, stored_data=[database],
        output={"stored_data": {"name": desk.own("tuiles"), "storage_tags": ["PYRAMIDE"]}},
        parameters={"bottom_level": "10", "top_level": "8"},
    )  # fmt: skip
    processings.launch(office.datastore, execution.id)
    declared = processings.create(
        office.datastore, tiles.id, stored_data=[database],
        output={"stored_data": {"name": desk.own("autres"), "storage_tags": ["PYRAMIDE"]}},
        parameters={"bottom_level": "10", "top_level": "8"},
    )  # fmt: skip

    plan = deleting.plan(office, DATA, database)

    assert kinds(plan, "abort") == ["execution"] * 2 and kinds(plan, "delete") == ["stored_data"] * 3
    done = deleting.delete(office, plan, desk.watch)
    assert done.count("failed") == 0, [line.detail for line in done.lines]
    assert processings.executions.get(office.datastore, execution.id).status == "ABORTED"
    for id in (execution.output[1], declared.output[1], database):
        assert not there(stored_data.stored_data, office, id)


def test_two_at_once_do_not_delete_or_publish_the_same(desk):
    office, database = desk.office(), desk.data()
    asked = asked_services.Asked("WFS", desk.own(), data=database)
    for name, act in (
        (f"delete {DATA}: {database}",
         lambda: deleting.go_through(office, desk.store, DATA, database, False, desk.watch)),
        (f"WFS: {desk.own()}", lambda: asked_services.serve(office, desk.store, asked, desk.watch)),
    ):  # fmt: skip
        with sole_run(office.datastore.session, desk.store, office.service, office.id, name):
            with pytest.raises(StoreBusy):
                act()
    assert desk.written() == [] and there(stored_data.stored_data, office, database)


@pytest.mark.parametrize(("ended", "outcome"), [(True, "gone"), (False, "failed")])
def test_an_execution_that_ends_before_it_is_aborted(desk, monkeypatch, ended, outcome):
    desk.process.entrepot_settings(execution_seconds=-1)
    office, database = desk.office(), desk.data()
    tiles = office.processing("ROK4-PYRAMID-VECTOR", stored_data="VECTOR-DB", words=("vecteur",))
    execution = processings.create(
        office.datastore, tiles.id, stored_data=[database],
        output={"stored_data": {"name": desk.own("tuiles"), "storage_tags": ["PYRAMIDE"]}},
        parameters={"bottom_level": "10", "top_level": "8"},
    )  # fmt: skip
    processings.launch(office.datastore, execution.id)
    real = processings.abort

    def late(datastore, id):
        if ended:
            real(datastore, id)
            wait(datastore.session, lambda: processings.executions.get(datastore, id),
                 lambda now: now.status in processings.FINAL, limit=20)  # fmt: skip
        raise Conflict(status=409)

    monkeypatch.setattr(deleting.processings, "abort", late)
    line = deleting._Deletion(office, deleting.Plan(DATA, "x", ()), desk.watch)._line(
        deleting.Row("execution", execution.id, "x")
    )
    assert line.outcome == outcome


def test_what_fails_does_not_stop_the_rest(desk, sheet):
    stubborn = f"/offerings/{sheet['wfs'].offering}$"
    desk.process.faults({"kind": "status", "status": 409, "message": "Non", "method": "DELETE", "path": stubborn,
                         "times": None})  # fmt: skip
    office = desk.office()

    done = deleting.go_through(office, desk.store, SHEET, sheet["name"], False, desk.watch)

    failed = {line.row.kind: line.detail for line in done.lines if line.outcome == "failed"}
    assert set(failed) == {"offering", "configuration", "stored_data"} and "Non" in failed["offering"]
    assert failed["configuration"].startswith("Offering “") and failed["configuration"].endswith("is still there.")
    assert done.count("deleted") == 5 and "could not be deleted" in done.sentences()[-1]
    assert len(desk.warned) == 3

    desk.process.faults()
    again = deleting.go_through(desk.office(), desk.store, SHEET, sheet["name"], False, desk.watch)
    assert (again.count("deleted"), desk.here()) == (3, [])


def test_a_stopped_run_is_gone_on_with_styles_too(desk, sheet, monkeypatch):
    served = sheet["wms"]
    real, asked = deleting.clearing.delete_configuration, []

    def stop_after(office, id):
        real(office, id)
        asked.append(id)

    monkeypatch.setattr(deleting.clearing, "delete_configuration", stop_after)
    office = desk.office(cancelled=lambda: bool(asked))
    with pytest.raises(Interrupted, match="1 of 3 was deleted before; run the operation again to go on"):
        deleting.go_through(office, desk.store, SERVICE, served.offering, False, desk.watch)
    monkeypatch.undo()
    assert [kind for kind, name in desk.here() if kind == "static"] == []  # named after its configuration
    statics = [one for one in files.statics.list(desk.office().datastore) if served.configuration in one.name]
    assert len(statics) == 1

    shown = deleting.go_through(desk.office(), desk.store, SERVICE, served.offering, True, desk.watch)
    assert [(line.row.kind, line.outcome) for line in shown.lines][-1] == ("static", "planned")
    again = deleting.go_through(desk.office(), desk.store, SERVICE, served.offering, False, desk.watch)
    assert again.count("deleted") == 1 and again.count("failed") == 0
    statics = [one for one in files.statics.list(desk.office().datastore) if served.configuration in one.name]
    assert statics == []
    with pytest.raises(InputError):
        deleting.go_through(desk.office(), desk.store, SERVICE, served.offering, False, desk.watch)


def test_gone_meanwhile_is_gone(desk, sheet):
    office = desk.office()
    plan = deleting.plan(office, SERVICE, sheet["wfs"].offering)
    serving.unpublish(office, sheet["wfs"].offering, desk.watch)
    done = deleting.delete(office, plan, desk.watch)
    assert done.count("gone", "deleted") == len(plan.rows) and done.count("failed") == 0


def test_a_server_that_is_away_stops_it(desk, sheet):
    office = desk.office()
    plan = deleting.plan(office, SHEET, sheet["name"])
    desk.process.faults({"kind": "drop", "path": "/offerings/", "times": None})
    with pytest.raises(Interrupted, match="0 of 8 were deleted before"):
        deleting.delete(office, plan, desk.watch)


def test_in_tasks_too(desk, sheet):
    office = desk.office()
    plans = [deleting.plan(office, SERVICE, sheet[name].offering) for name in ("wfs", "wms")]
    done = dict(office.datastore.session.as_done(lambda at: deleting.delete(office, plans[at], desk.watch), range(2)))
    assert [done[at].count("failed") for at in range(2)] == [0, 0] and desk.here() == []
    assert configurations.configurations.list(office.datastore, layer_name=desk.own()) == []
