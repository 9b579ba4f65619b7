"""ISO records: made once, changed, published, linked; what answers that are lost leave behind."""

import shutil
from dataclasses import replace

import pytest

from geocollab.client.entrepot import configurations, files
from geocollab.client.errors import ServiceError
from geocollab.store.store import Store
from geocollab.workflows.entrepot import cartes
from geocollab.workflows.entrepot.descriptions import describing, records
from geocollab.workflows.entrepot.descriptions.records import Contact, Facts, Link
from geocollab.workflows.entrepot.ledger import Ledger
from geocollab.workflows.errors import InputError
from tests.workflows.depot import depot  # noqa: F401 - a fixture

CANTONS = Facts(
    title="Cantons", abstract="Les cantons.", contact=Contact("Ville", "sig@ville.example"), frequency="annually"
)


@pytest.fixture
def sheet(request):
    """A data sheet of the test's own."""
    return f"fiche {request.node.name[:60]}".replace("[", " ").replace("]", "")


def describe(depot, content, **more):  # noqa: F811
    return describing.describe(depot.office(), content, **{"watch": depot.watch, **more})


def content(depot, described):  # noqa: F811
    return files.content(depot.office().datastore, files.metadata, described.metadata)


# ---------------------------------------------------------------------- made


def test_a_record_is_made_tagged_and_published(depot, sheet):  # noqa: F811
    office = depot.office()

    described = describing.describe(
        office, CANTONS, sheet=sheet, kind=describing.Kind("INSPIRE", True), watch=depot.watch
    )

    found = files.metadata.get(office.datastore, described.metadata)
    assert described.state == describing.CREATED
    assert found.tags == {"datasheet_name": sheet}
    assert (found.type, found.raw["open_data"], len(found.endpoints)) == ("INSPIRE", True, 1)
    assert described.file_identifier == records.identifier_for("", office.service, office.id, sheet)
    facts = records.facts_of(content(depot, described))
    assert (facts.identifier, facts.title, facts.contact) == (described.file_identifier, "Cantons", CANTONS.contact)
    assert described.url == (
        f"{depot.process.url}/csw?REQUEST=GetRecordById&SERVICE=CSW&VERSION=2.0.2"
        f"&OUTPUTSCHEMA=http://standards.iso.org/iso/19115/-3/mdb/2.0&elementSetName=full&ID={described.file_identifier}"
    )


def test_the_prefix_of_the_datastore_begins_the_identifier(depot, sheet):  # noqa: F811
    office = depot.office(datastore="decouverte")

    described = describing.describe(office, CANTONS, sheet=sheet, watch=depot.watch)
    assert described.file_identifier.startswith("SANDBOX.")


def test_the_same_facts_again_change_nothing(depot, sheet):  # noqa: F811
    first = describe(depot, CANTONS, sheet=sheet)
    depot.process.clear_journal()

    again = describe(depot, CANTONS, sheet=sheet)

    assert (again.metadata, again.state, again.url) == (first.metadata, describing.UNCHANGED, first.url)
    assert depot.written() == []


def test_other_facts_change_the_record_in_place_and_keep_the_rest(depot, sheet):  # noqa: F811
    first = describe(depot, replace(CANTONS, lineage="Numérisés."), sheet=sheet)
    depot.process.clear_journal()

    second = describe(depot, replace(CANTONS, title="Cantons 2026"), sheet=sheet)

    assert (second.metadata, second.state) == (first.metadata, describing.UPDATED)
    facts = records.facts_of(content(depot, second))
    assert (facts.title, facts.lineage) == ("Cantons 2026", "Numérisés.")
    assert depot.written() == [("PUT", f"metadata/{first.metadata}")]


def test_a_whole_record_of_xml(depot, sheet):  # noqa: F811
    xml = records.record(replace(CANTONS, identifier=f"xml.{abs(hash(sheet))}"))

    first = describe(depot, xml, sheet=sheet)
    again = describe(depot, xml.replace(b"  <", b"<"))
    other = describe(depot, xml.replace(b">Cantons<", b">Communes<"))

    assert [one.state for one in (first, again, other)] == ["created", "unchanged", "updated"]
    assert len({one.metadata for one in (first, again, other)}) == 1
    assert records.facts_of(content(depot, first)).title == "Communes"


def test_another_kind_is_told_and_published_again(depot, sheet):  # noqa: F811
    first = describe(depot, CANTONS, sheet=sheet)
    depot.process.clear_journal()

    second = describe(depot, CANTONS, sheet=sheet, kind=describing.Kind("ISOAP", True))

    assert second.state == describing.UPDATED
    assert depot.written() == [("PATCH", f"metadata/{first.metadata}"), ("POST", "metadata/publication")]
    assert describe(depot, CANTONS, sheet=sheet).state == describing.UNCHANGED  # and no kind leaves it so


# ---------------------------------------------------------------------- refused


@pytest.mark.parametrize(
    ("content", "sheet", "word"),
    [
        (replace(CANTONS, title=""), "x", "title"),
        (CANTONS, "", "Which record"),
        (b"<a/>", "", "19139"),
        (records.record(Facts(title="x")), "", "identifier"),
    ],
)
def test_what_is_wrong_is_said_before_anything_is_sent(depot, content, sheet, word):  # noqa: F811
    with pytest.raises(InputError, match=word):
        describe(depot, content, sheet=sheet)
    assert depot.written() == []


def test_a_prefix_is_wanted(depot):  # noqa: F811
    xml = records.record(replace(CANTONS, identifier="mine.1"))

    with pytest.raises(InputError, match="SANDBOX"):
        describing.describe(depot.office(datastore="decouverte"), xml, watch=depot.watch)


def test_an_identifier_of_another_datastore_is_taken(depot):  # noqa: F811
    xml = records.record(replace(CANTONS, identifier="SANDBOX.taken"))
    describing.describe(depot.office(datastore="decouverte"), xml, watch=depot.watch)

    with pytest.raises(InputError, match="taken"):
        describe(depot, xml)


def test_without_the_right_nothing_is_sent(depot):  # noqa: F811
    with pytest.raises(InputError, match="BROADCAST"):
        describing.describe(depot.office(datastore="sdis"), CANTONS, sheet="x", watch=depot.watch)
    assert depot.written() == []


# ---------------------------------------------------------------------- cut off


@pytest.mark.parametrize("kind", ["lost_answer", "reset"])
def test_a_record_whose_answer_was_lost_is_found(depot, sheet, kind):  # noqa: F811
    depot.process.faults({"kind": kind, "path": "/metadata$", "method": "POST"})

    described = describe(depot, CANTONS, sheet=sheet)

    assert described.state == describing.CREATED
    listed = files.metadata.list(depot.office().datastore, tags={"datasheet_name": sheet})
    assert [one.id for one in listed] == [described.metadata]


@pytest.mark.parametrize("path", ["/tags$", "/metadata/publication$"])
def test_after_a_cut_the_next_run_does_what_was_left(depot, sheet, path):  # noqa: F811
    depot.process.faults({"kind": "status", "status": 503, "path": path, "method": "POST", "times": 9})
    with pytest.raises(ServiceError):
        describe(depot, CANTONS, sheet=sheet)
    depot.process.faults()

    described = describe(depot, CANTONS, sheet=sheet)

    found = files.metadata.get(depot.office().datastore, described.metadata)
    assert found.tags == {"datasheet_name": sheet}
    assert len(found.endpoints) == 1


def test_as_a_step_of_a_ledger_it_is_taken_once(depot, sheet, empty_store, tmp_path):  # noqa: F811
    office = depot.office()
    with Store(shutil.copy(empty_store, tmp_path / "store.sqlite")) as store:
        ledger = Ledger(office.datastore.session, store, office.service, office.id, sheet)
        made = describing.publish_record(office, ledger, "record", CANTONS, sheet=sheet, watch=depot.watch)
        depot.process.clear_journal()
        again = describing.publish_record(office, ledger, "record", CANTONS, sheet=sheet, watch=depot.watch)
        other = describing.publish_record(
            office, ledger, "record", replace(CANTONS, title="Autre"), sheet=sheet, watch=depot.watch
        )

    assert again == made
    assert other["state"] == describing.UPDATED
    assert depot.written() == [("PUT", f"metadata/{made['metadata']}")]
    assert describing.links(made) == [{"format": "application/xml", "url": made["url"], "type": "ISO19115:2003"}]
    assert describing.links({}) == []


# ---------------------------------------------------------------------- withdrawn


def test_a_record_is_unpublished_and_stays(depot, sheet):  # noqa: F811
    described = describe(depot, CANTONS, sheet=sheet)

    office = depot.office()
    withdrawn = describing.withdraw(office, described.file_identifier, depot.watch)

    assert (withdrawn.metadata, withdrawn.url, withdrawn.state) == (described.metadata, "", describing.UPDATED)
    assert files.metadata.get(office.datastore, described.metadata).endpoints == []
    assert describing.withdraw(office, described.file_identifier, depot.watch).state == describing.UNCHANGED


def test_a_withdrawal_whose_answer_was_lost_was_done(depot, sheet):  # noqa: F811
    described = describe(depot, CANTONS, sheet=sheet)
    depot.process.faults({"kind": "lost_answer", "path": "/unpublication$", "method": "POST"})

    withdrawn = describing.withdraw(depot.office(), described.file_identifier, depot.watch)
    assert withdrawn.url == ""
    assert files.metadata.get(depot.office().datastore, described.metadata).endpoints == []


def test_there_must_be_one_to_withdraw(depot):  # noqa: F811
    with pytest.raises(InputError, match=r"nothing\.here"):
        describing.withdraw(depot.office(), "nothing.here", depot.watch)


# ---------------------------------------------------------------------- services


@pytest.fixture
def service(depot, sheet):  # noqa: F811
    """A WFS of a table, published, of the data sheet: configuration and offering."""
    office = depot.office()
    relations = [{"name": "cantons", "type": "TABLE", "attributes": {"nom": "varchar", "geom": "geometry"}}]
    data = depot.made("stored_data", name="cantons", type="VECTOR-DB", status="GENERATED", srs="EPSG:2154", open=False,
                      tags={}, size=1, type_infos={"relations": relations})  # fmt: skip
    relation = {"native_name": "cantons", "title": "Cantons", "abstract": "x"}
    infos = {"bbox": {"west": 5, "south": 46, "east": 7, "north": 48},
             "used_data": [{"stored_data": data, "relations": [relation]}]}  # fmt: skip
    name = cartes.server_name(sheet)
    made = configurations.create(office.datastore, "WFS", sheet, name, infos)
    configurations.configurations.tag(office.datastore, made.id, cartes.tags(sheet))
    offering = configurations.offer(office.datastore, made.id, office.endpoint("WFS").id, open=True)
    describing.offered.live(office, offering.id)
    return made.id, offering.id


def test_the_services_of_a_data_sheet_are_told_as_cartes_gouv_does(depot, sheet, service):  # noqa: F811
    (link,) = describing.services_of(depot.office(), sheet)

    assert link == Link(
        f"{depot.process.url}/wfs/geoserver/ows?SERVICE=WFS&VERSION=2.0.0&REQUEST=GetCapabilities",
        "OGC:WFS",
        f"{cartes.server_name(sheet)}:cantons",
    )


def test_a_record_is_told_which_services_there_are(depot, sheet, service):  # noqa: F811
    described = describe(depot, CANTONS, sheet=sheet)
    office = depot.office()

    assert describing.tell_services(office, described.made(), describing.services_of(office, sheet), depot.watch)
    assert not describing.tell_services(office, described.made(), describing.services_of(office, sheet), depot.watch)
    assert [link.protocol for link in records.facts_of(content(depot, described)).links] == ["OGC:WFS"]


def test_configurations_point_at_the_record_and_are_synchronised(depot, sheet, service):  # noqa: F811
    described = describe(depot, CANTONS, sheet=sheet)
    office = depot.office()
    depot.process.clear_journal()

    assert describing.link_services(office, sheet, described.url, depot.watch) == [service[0]]
    assert describing.link_services(office, sheet, described.url, depot.watch) == []

    found = configurations.configurations.get(office.datastore, service[0])
    assert found.metadata == [{"format": "application/xml", "url": described.url, "type": "ISO19115:2003"}]
    assert found.type_infos["used_data"][0]["relations"][0]["native_name"] == "cantons"
    assert depot.written() == [("PUT", f"configurations/{service[0]}"), ("PUT", f"offerings/{service[1]}")]
    assert describing.link_services(office, sheet, described.url, depot.watch, linked=False) == [service[0]]
    assert configurations.configurations.get(office.datastore, service[0]).metadata == []
