"""Published services read back from real ones, and what is said where they are not as they were delivered."""

import contextlib
import dataclasses
import sqlite3
from pathlib import Path

import pytest
from osgeo import ogr

from geocollab.client.network import Network
from geocollab.client.session import Session
from geocollab.workflows.entrepot.checks import tables
from geocollab.workflows.entrepot.checks.tables import Column, Table
from geocollab.workflows.entrepot.verification import diffusion, verify_maps, verifying
from geocollab.workflows.watch import Watch
from tests.sandbox.publications import CANTONS, SLD, polygons, served

POINTS = 1500
SECRET = "clef-de-test"  # pragma: allowlist secret


def fill(publications):
    data = publications.database(points=POINTS)
    few = publications.database(points=30, system=4326)
    publications.file = Path(publications.folder(data) / "database.gpkg")
    publications.few = Path(publications.folder(few) / "database.gpkg")
    publications.wfs("montreuil", data, "cantons", "points")
    publications.wfs("degres", few, "cantons", "points")
    secret = publications.wfs("secret", data, "cantons", is_open=False)
    permission = publications.permission([secret])
    publications.access(publications.key("membre", "HASH", SECRET), secret, permission)
    for name, rule in (("dessin", polygons("#ff0000")), ("muet", LATER)):
        style = publications.static(SLD.format(rules=rule))
        relation = {"stored_data": data["_id"], "relations": [{"name": "cantons", "style": style}]}
        publications.publish("WMS-VECTOR", name, {"used_data": [relation]})
    empty = publications.database(points=0)
    with contextlib.closing(sqlite3.connect(publications.folder(empty) / "database.gpkg")) as database, database:
        for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            database.execute(f'DROP TRIGGER "{name}"')
        database.execute("DELETE FROM cantons")
    publications.wfs("rases", empty, "cantons")
    relations = [{"native_name": "cantons", "abstract": "x"}]
    publications.publish("VECTOR-TMS", "volee", {"used_data": [{"stored_data": data["_id"], "relations": relations}]})
    publications.tiles("tuiles", publications.vector_tiles(top=8, bottom=10))
    publications.publish("DOWNLOAD", "archives", {
        "title": {"fr": "Archives"}, "abstract": {"fr": "x"},
        "used_data": [{"stored_data": publications.archive({"a.zip": b"PK" * 900})["_id"], "sub_name": "a"}],
    })  # fmt: skip
    publications.publish("DOWNLOAD", "vides", {
        "title": {"fr": "Vides"}, "abstract": {"fr": "x"},
        "used_data": [{"stored_data": publications.archive({})["_id"], "sub_name": "a"}],
    })  # fmt: skip


LATER = polygons("#00ff00").replace(
    "<PolygonSymbolizer>", "<MaxScaleDenominator>3</MaxScaleDenominator><PolygonSymbolizer>"
)
"""A rule for scales that nobody shows."""


@pytest.fixture(scope="module")
def published():
    with served(fill) as publications:
        yield publications


@pytest.fixture
def reader(published, monkeypatch):
    monkeypatch.setattr(diffusion, "PATIENCE", 0.3)
    published.process.clear_journal()
    with Session(network=Network(proxy=lambda url: None), rate=None) as session:
        yield verifying.Reader(session)


def table(file, name, srs):
    """What was delivered, as the export tells it."""
    columns = [Column(n, kind) for n, kind in tables.columns_of(file, name) if n not in ("ogc_fid", "geom")]
    content = tables.read_content(file, name, columns, "MULTIPOLYGON" if name == "cantons" else "POINT", srs)
    source = ogr.Open(str(CANTONS))  # kept: its layers go with it
    west, east, south, north = source.GetLayer(0).GetExtent()
    extent = (west, south, east, north) if name == "cantons" else None
    return Table(name, fields=tuple(columns), geometry="X", count=content.count, sample=content.sample, extent=extent)


@pytest.fixture
def cantons(published):
    return table(published.file, "cantons", "EPSG:2154")


@pytest.fixture
def points(published):
    return table(published.file, "points", "EPSG:2154")


@pytest.fixture
def wfs(published):
    return published.process.url + "/wfs/geoserver/ows?SERVICE=WFS&REQUEST=GetCapabilities"


# ---------------------------------------------------------------------- WFS


def test_a_table_is_read_back_equal(reader, wfs, cantons):
    verdict = verifying.verify_wfs(reader, wfs, "montreuil:cantons", cantons)

    assert verdict.ok, verdict.problem
    assert verdict.facts == {"layer": "montreuil:cantons", "count": cantons.count, "wanted": cantons.count,
                             "compared": len(cantons.sample)}  # fmt: skip
    assert str(cantons.count) in verdict.sentence


def test_a_large_table_is_read_back_by_rows_that_are_looked_for(reader, published, wfs, points):
    verdict = verifying.verify_wfs(reader, wfs, "montreuil:points", points)

    assert verdict.ok, verdict.problem
    assert verdict.facts["compared"] == 5
    asked = [dict(entry["query"]) for entry in published.process.journal("/wfs")]
    assert all(int(query.get("COUNT", 0)) <= 1000 for query in asked)
    assert len([query for query in asked if "FILTER" in query]) == 5


def test_rows_without_telling_values_are_looked_for_where_they_lie(reader, published, wfs, points):
    bare = dataclasses.replace(points, fields=(), sample=tuple(
        dataclasses.replace(row, values={}) for row in points.sample))  # fmt: skip

    verdict = verifying.verify_wfs(reader, wfs, "montreuil:points", bare)

    assert verdict.ok, verdict.problem
    assert any("BBOX" in dict(entry["query"]) for entry in published.process.journal("/wfs"))


@pytest.mark.parametrize("name", ["cantons", "points"])
def test_a_table_in_degrees(reader, published, wfs, name):
    verdict = verifying.verify_wfs(reader, wfs, f"degres:{name}", table(published.few, name, "EPSG:4326"))

    assert verdict.ok, verdict.problem


def test_another_count_is_a_fault(reader, wfs, cantons):
    verdict = verifying.verify_wfs(reader, wfs, "montreuil:cantons", dataclasses.replace(cantons, count=7))

    assert not verdict.ok
    assert f"{cantons.count}" in verdict.problem and "7" in verdict.problem


def test_another_value_is_a_fault_that_names_its_column(reader, wfs, cantons):
    first, *rest = cantons.sample
    name = next(n for n, value in first.values.items() if isinstance(value, str))
    changed = dataclasses.replace(first, values={**first.values, name: "autre"})

    verdict = verifying.verify_wfs(
        reader, wfs, "montreuil:cantons", dataclasses.replace(cantons, sample=(changed, *rest))
    )
    assert not verdict.ok
    assert name in verdict.problem and "1 row is not there" in verdict.problem


def test_another_geometry_is_a_fault(reader, wfs, cantons):
    first, second, *rest = cantons.sample
    swapped = dataclasses.replace(first, wkb=second.wkb)

    verdict = verifying.verify_wfs(
        reader, wfs, "montreuil:cantons", dataclasses.replace(cantons, sample=(swapped, second, *rest))
    )
    assert "geom" in verdict.problem


def test_a_type_that_is_not_listed_is_a_fault(reader, wfs, cantons):
    verdict = verifying.verify_wfs(reader, wfs, "montreuil:rien", cantons)

    assert not verdict.ok
    assert "montreuil:rien" in verdict.problem


def test_it_is_waited_for_what_comes_later(reader, published, wfs, cantons, monkeypatch):
    """The first readings find a service that is not up yet."""
    monkeypatch.setattr(diffusion, "PATIENCE", 20)
    monkeypatch.setattr("geocollab.client.session.FIRST_DELAY", 0.01)
    published.process.faults({"kind": "status", "status": 404, "path": "/wfs", "times": 2})

    assert verifying.verify_wfs(reader, wfs, "montreuil:cantons", cantons).ok
    published.process.faults()


def test_a_service_that_is_too_busy_is_asked_again_when_it_says(reader, published, wfs, cantons):
    published.process.faults({"kind": "rate_limit", "retry_after": 0.1, "path": "/wfs", "times": 2})

    assert verifying.verify_wfs(reader, wfs, "montreuil:cantons", cantons).ok
    published.process.faults()


# ---------------------------------------------------------------------- pictures, tiles, downloads


def test_a_picture_shows_something(reader, published, cantons):
    verdict = verifying.verify_wms(reader, published.process.url + "/wms-v/geoserver/ows", "dessin", cantons.extent)

    assert verdict.ok, verdict.problem
    assert 0.05 < verdict.facts["shown"] < 1


def test_without_an_extent_the_one_of_the_capabilities_is_drawn(reader, published):
    assert verifying.verify_wms(reader, published.process.url + "/wms-v/geoserver/ows", "dessin").ok


def test_a_blank_picture_is_a_fault(reader, published, cantons):
    verdict = verifying.verify_wms(reader, published.process.url + "/wms-v/geoserver/ows", "muet", cantons.extent)

    assert not verdict.ok
    assert "blank" in verdict.problem


def test_a_layer_that_is_not_listed(reader, published):
    assert not verifying.verify_wms(reader, published.process.url + "/wms-v/geoserver/ows", "rien").ok


@pytest.mark.parametrize("end", ["/tms/1.0.0/tuiles", "/tms/1.0.0/", "/tms", "/tms/1.0.0/tuiles/{z}/{x}/{y}.pbf"])
def test_tiles_are_there(reader, published, cantons, end):
    verdict = verifying.verify_tms(reader, published.process.url + end, "tuiles", cantons.extent)

    assert verdict.ok, verdict.problem
    assert verdict.facts["levels"] == ["8", "9", "10"]
    assert verdict.facts["tile"].startswith("8/")


def test_tiles_that_are_elsewhere_are_a_fault(reader, published):
    verdict = verifying.verify_tms(reader, published.process.url + "/tms/1.0.0/", "tuiles", (-60.0, 10.0, -59.9, 10.1))

    assert not verdict.ok


def test_tiles_that_are_not_described_are_a_fault(reader, published):
    assert not verifying.verify_tms(reader, published.process.url + "/tms/1.0.0/", "rien").ok


@pytest.mark.parametrize("end", ["/telechargement", "/telechargement/resource/archives"])
def test_files_can_be_downloaded(reader, published, end):
    verdict = verifying.verify_download(reader, published.process.url + end, "archives", "a")

    assert verdict.ok, verdict.problem
    assert verdict.facts == {"layer": "archives/a", "files": 1}
    assert len(published.process.journal("/telechargement/download")) == 1


@pytest.mark.parametrize(
    ("name", "part", "said"), [("rien", "a", "rien/a"), ("archives", "b", "archives/b"), ("vides", "a", "no file")]
)
def test_nothing_to_download_is_a_fault(reader, published, name, part, said):
    verdict = verifying.verify_download(reader, published.process.url + "/telechargement", name, part)
    assert not verdict.ok and said in verdict.problem


@pytest.mark.parametrize(
    ("name", "extent", "good", "said"),
    [
        ("volee.cantons", (2.0, 48.6, 2.6, 49.0), True, ""),
        ("volee.cantons", None, True, ""),
        ("volee.cantons", (-60.0, 10.0, -59.9, 10.1), False, "No tile of “volee.cantons” is where its data lies."),
        ("volee.rien", (2.0, 48.6, 2.6, 49.0), False, "do not list “volee.rien”"),
    ],
)
def test_tiles_that_are_cut_on_the_fly(reader, published, name, extent, good, said):
    url = f"{published.process.url}/vector-tms/1.0.0/{name}/{{z}}/{{x}}/{{y}}.pbf"
    verdict = verifying.verify_on_the_fly(reader, url, name, extent)

    assert verdict.ok == good and said in verdict.problem
    if good:
        assert len(published.process.journal("/vector-tms")) <= 4


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["montreuil:cantons", "montreuil:points"], ""),
        (["montreuil:cantons", "montreuil:rien"], "montreuil:rien"),
        (["rases:cantons"], "“rases:cantons” has no object."),
    ],
)
def test_types_of_which_only_the_names_are_known(reader, published, wfs, names, said):
    verdict = verifying.verify_types(reader, wfs, names)
    assert verdict.ok == (not said) and said in verdict.problem
    if not said:
        assert len(published.process.journal("/wfs")) == 2


# ---------------------------------------------------------------------- all of a data set


def made(published, layer, *urls):
    return {"layer": layer, "urls": [[kind, published.process.url + path] for kind, path in urls]}


def test_all_services_of_a_data_set(reader, published, cantons):
    watch = Watch()
    found = {
        "WFS": made(published, "montreuil", ("WFS", "/wfs/geoserver/ows")),
        "WMS-VECTOR": made(published, "dessin", ("WMS", "/wms-v/geoserver/ows")),
        "WMTS-TMS": made(published, "tuiles", ("WMTS", "/wmts"), ("TMS", "/tms/1.0.0/tuiles")),
    }

    verdicts = [
        verdict
        for type, one in found.items()
        for verdict in verifying.verify_service(reader, type, one, [cantons], srs="EPSG:2154", watch=watch)
    ]
    assert [(verdict.service, verdict.ok) for verdict in verdicts] == [(type, True) for type in found]
    assert all(verdict.sentence for verdict in verdicts)


def test_a_style_for_small_scales_is_found_by_a_row(reader, published, cantons, monkeypatch):
    """Where the whole shows nothing, a place with a row in it is looked at."""
    shares = iter([0.0, 0.5])
    monkeypatch.setattr(verify_maps, "_shows", lambda picture: next(shares))
    one = made(published, "dessin", ("WMS", "/wms-v/geoserver/ows"))

    (verdict,) = verifying.verify_service(reader, "WMS-VECTOR", one, [cantons], srs="EPSG:2154", watch=Watch())
    assert verdict.ok


def test_a_restricted_service_wants_a_key_and_is_read_with_one(reader, published, cantons):
    one = made(published, "secret", ("WFS", "/private/wfs"))

    (without,) = verifying.verify_service(reader, "WFS", one, [cantons], is_open=False, watch=Watch())
    keyed = verifying.Reader(reader.session, verifying.Key.hashed(SECRET))
    (with_key,) = verifying.verify_service(keyed, "WFS", one, [cantons], watch=Watch())

    assert (without.ok, without.facts["read"]) == (True, False)
    assert (without.read, with_key.read) == (False, True)
    assert with_key.ok and with_key.facts["count"] == cantons.count
    assert SECRET not in repr(keyed.key) + without.sentence + with_key.sentence


def test_a_service_that_should_be_restricted_and_is_not(reader, published, cantons):
    one = made(published, "montreuil", ("WFS", "/wfs/geoserver/ows"))

    (verdict,) = verifying.verify_service(reader, "WFS", one, [cantons], is_open=False, watch=Watch())
    assert not verdict.ok


def test_what_does_not_answer_is_a_verdict(reader, published, cantons, monkeypatch):
    monkeypatch.setattr("geocollab.client.session.ATTEMPTS", 1)
    published.process.faults({"kind": "status", "status": 500, "path": "/wfs", "times": None})
    one = made(published, "montreuil", ("WFS", "/wfs/geoserver/ows"))

    (verdict,) = verifying.verify_service(reader, "WFS", one, [cantons], watch=Watch())
    published.process.faults()
    assert not verdict.ok and verdict.problem
    (nowhere,) = verifying.verify_service(reader, "WFS", {"layer": "x"}, [cantons], watch=Watch())
    assert not nowhere.ok


def test_no_account_goes_to_a_service(published, cantons):
    class Refusing:
        main_thread = False

        def header(self, send):
            raise AssertionError("the services are not the API")

    with Session(Refusing(), Network(proxy=lambda url: None), rate=None) as session:
        one = made(published, "montreuil", ("WFS", "/wfs/geoserver/ows"))
        (verdict,) = verifying.verify_service(verifying.Reader(session), "WFS", one, [cantons], watch=Watch())
    assert verdict.ok
