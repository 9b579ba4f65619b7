"""Annexes: put at their path once, replaced when they differ, and what points at them."""

import json

import pytest

from geocollab.client.entrepot import configurations, files
from geocollab.client.entrepot.files import annexes
from geocollab.client.entrepot.stored_data import stored_data
from geocollab.workflows.entrepot import cartes
from geocollab.workflows.entrepot.descriptions import annexing, describing, records
from geocollab.workflows.entrepot.descriptions.records import Facts
from geocollab.workflows.errors import InputError
from tests.workflows.depot import depot  # noqa: F401 - a fixture


@pytest.fixture
def file(tmp_path):
    def make(name="notice.pdf", content="%PDF notice"):
        path = tmp_path / name
        path.write_text(content, encoding="utf-8")
        return path

    return make


@pytest.fixture
def sheet(request):
    return f"fiche_{request.node.name[:60]}"


def annex(depot, file, **more):  # noqa: F811
    return annexing.annex(depot.office(), file, watch=depot.watch, **more)


def content(depot, annexed):  # noqa: F811
    return files.content(depot.office().datastore, annexes, annexed.annexe).decode()


# ---------------------------------------------------------------------- once


def test_a_file_is_put_at_its_path(depot, file):  # noqa: F811
    annexed = annex(depot, file(), path="/documents/a-notice.pdf", labels=("mine",))

    found = annexes.get(depot.office().datastore, annexed.annexe)
    assert (found.paths, found.labels, found.published) == (["/documents/a-notice.pdf"], ["mine"], True)
    assert (annexed.state, annexed.path) == ("created", "/documents/a-notice.pdf")
    assert annexed.url == f"{depot.process.url}/annexes/montreuil/documents/a-notice.pdf"
    assert content(depot, annexed) == "%PDF notice"


def test_the_same_content_is_not_sent_again(depot, file):  # noqa: F811
    first = annex(depot, file(), path="/documents/same.pdf")
    depot.process.clear_journal()

    again = annex(depot, file(), path="/documents/same.pdf")

    assert (again.annexe, again.state) == (first.annexe, "unchanged")
    assert depot.written() == []


@pytest.mark.parametrize("new", ["%PDF autre ", "longer than it was"], ids=["same_size", "another_size"])
def test_another_content_takes_its_place(depot, file, new):  # noqa: F811
    path = f"/documents/other{len(new)}.pdf"
    first = annex(depot, file(), path=path)
    depot.process.clear_journal()

    second = annex(depot, file(content=new), path=path)

    assert (second.annexe, second.state) == (first.annexe, "updated")
    assert content(depot, second) == new
    assert depot.written() == [("PUT", f"annexes/{first.annexe}")]


def test_labels_are_added_and_it_is_unpublished_when_that_is_wished(depot, file):  # noqa: F811
    first = annex(depot, file(), path="/documents/labels.pdf", labels=("a",))

    second = annex(depot, file(), path="/documents/labels.pdf", labels=("b",), published=False)

    found = annexes.get(depot.office().datastore, first.annexe)
    assert (found.labels, found.published) == (["a", "b"], False)
    assert (second.state, second.url) == ("updated", "")


@pytest.mark.parametrize("kind", ["lost_answer", "reset"])
def test_an_annexe_whose_answer_was_lost_is_there_once(depot, file, kind):  # noqa: F811
    depot.process.faults({"kind": kind, "path": "/annexes$", "method": "POST"})

    annexed = annex(depot, file(), path=f"/documents/{kind}.pdf")

    listed = annexes.list(depot.office().datastore, path=f"/documents/{kind}.pdf")
    assert [one.id for one in listed] == [annexed.annexe]


# ---------------------------------------------------------------------- refused


@pytest.mark.parametrize(
    ("name", "more", "word"),
    [
        ("notice.pdf", {}, "path"),
        ("notice.pdf", {"kind": "style", "sheet": "x"}, "sld"),
        ("notice.pdf", {"kind": "thumbnail", "sheet": "x"}, "png"),
        ("notice.pdf", {"kind": "document"}, "name"),
        ("notice.pdf", {"kind": "document", "sheet": "a,b"}, ","),
        ("notice.pdf", {"kind": "other", "sheet": "x"}, "other"),
        ("notice.pdf", {"path": "/x.pdf", "labels": ("a,b",)}, "comma"),
    ],
)
def test_what_is_wrong_is_said_before_anything_is_sent(depot, file, name, more, word):  # noqa: F811
    with pytest.raises(InputError, match=word):
        annex(depot, file(name), **more)
    assert depot.written() == []


def test_a_file_that_is_not_there(depot, tmp_path):  # noqa: F811
    with pytest.raises(InputError, match="nothing"):
        annex(depot, tmp_path / "nothing.pdf", path="/x.pdf")


def test_without_the_right_nothing_is_sent(depot, file):  # noqa: F811
    with pytest.raises(InputError, match="ANNEX"):
        annexing.annex(depot.office(datastore="sdis"), file(), path="/x.pdf", watch=depot.watch)
    assert depot.written() == []


# ---------------------------------------------------------------------- for a data sheet


def test_a_document_is_listed(depot, file, sheet):  # noqa: F811
    annexed = annex(depot, file(), kind="document", sheet=sheet)
    office = depot.office()

    listed = annexing.list_document(office, annexed, sheet, name="Notice", description="À lire", watch=depot.watch)
    again = annexing.list_document(office, annexed, sheet, name="Notice", description="À lire", watch=depot.watch)

    assert (listed.path, listed.state, again.state) == (f"/documents/{sheet}.json", "created", "unchanged")
    assert json.loads(content(depot, listed)) == [
        {"type": "file", "name": "Notice", "id": annexed.annexe, "url": annexed.url, "description": "À lire"}
    ]
    found = annexes.get(office.datastore, listed.annexe)
    assert found.labels == list(cartes.labels("document-list", sheet))


def test_a_data_sheet_has_one_thumbnail_and_the_record_shows_it(depot, file, sheet):  # noqa: F811
    office = depot.office()
    record = describing.describe(office, Facts(title="x", abstract="y"), sheet=sheet, watch=depot.watch)
    first = annex(depot, file("a.png", "one"), kind="thumbnail", sheet=sheet)
    second = annex(depot, file("b.png", "two"), kind="thumbnail", sheet=sheet)
    third = annex(depot, file("c.jpg", "three"), kind="thumbnail", sheet=sheet)
    annexing.show_thumbnail(office, third, sheet, depot.watch)

    assert (second.annexe, second.path, second.state) == (first.annexe, first.path, "updated")
    assert third.annexe != first.annexe
    listed = annexes.list(office.datastore, labels=f"datasheet_name={sheet}")
    assert [(one.id, one.labels) for one in listed] == [(third.annexe, list(cartes.labels("thumbnail", sheet)))]
    xml = files.content(office.datastore, files.metadata, record.metadata)
    assert records.facts_of(xml).thumbnail == third.url


def test_a_legend_is_told_to_its_data(depot, file, sheet):  # noqa: F811
    office = depot.office()
    data = depot.made(
        "stored_data", name="p", type="ROK4-PYRAMID-RASTER", status="GENERATED", tags={}, extra={"own": 1}
    )

    annexed = annex(depot, file("l.png"), kind="legend", sheet=sheet, owner=data)
    annexing.attach_legend(office, annexed, data)

    assert annexed.path == f"/legend/{data}.png"
    assert stored_data.get(office.datastore, data).extra == {
        "own": 1,
        "legend": {"url": annexed.url, "annexe_id": annexed.annexe},
    }
    with pytest.raises(InputError, match="no stored data"):
        annexing.attach_legend(office, annexed, "00000000-0000-4000-8000-000000000000")


@pytest.fixture
def wfs(depot, sheet):  # noqa: F811
    """A WFS of two tables, published: the id of its configuration."""
    office = depot.office()
    columns = {"nom": "varchar", "geom": "geometry"}
    tables = [{"name": name, "type": "TABLE", "attributes": columns} for name in ("cantons", "communes")]
    data = depot.made("stored_data", name="d", type="VECTOR-DB", status="GENERATED", srs="EPSG:2154", open=False,
                      tags={}, size=1, type_infos={"relations": tables})  # fmt: skip
    relations = [{"native_name": table["name"], "title": "x", "abstract": "x"} for table in tables]
    infos = {"bbox": {"west": 5, "south": 46, "east": 7, "north": 48},
             "used_data": [{"stored_data": data, "relations": relations}]}  # fmt: skip
    made = configurations.create(office.datastore, "WFS", sheet, cartes.server_name(sheet), infos)
    offering = configurations.offer(office.datastore, made.id, office.endpoint("WFS").id, open=True)
    describing.offered.live(office, offering.id)
    return made.id


def test_a_style_is_attached_to_the_table_of_a_wfs_and_synchronised(depot, file, sheet, wfs):  # noqa: F811
    office, layer = depot.office(), cartes.server_name(sheet)
    one = annex(depot, file("cantons.qml"), kind="style", sheet=sheet)
    two = annex(depot, file("communes.qml", "autre"), kind="style", sheet=sheet)

    annexing.attach_style(office, one, wfs, name="Clair", table="cantons", watch=depot.watch)
    annexing.attach_style(office, two, wfs, name="Clair", table="communes", watch=depot.watch)
    depot.process.clear_journal()
    annexing.attach_style(office, one, wfs, name="Clair", table="cantons", watch=depot.watch)

    found = configurations.configurations.get(office.datastore, wfs)
    (style,) = found.extra["styles"]
    assert sorted((part["name"], part["annexe_id"]) for part in style["layers"]) == [
        (f"{layer}:cantons", one.annexe),
        (f"{layer}:communes", two.annexe),
    ]
    assert [(link["format"], link["type"]) for link in found.metadata] == [("application/json", "Other")]
    with pytest.raises(InputError, match="cantons, communes"):
        annexing.attach_style(office, one, wfs, name="Clair", watch=depot.watch)
