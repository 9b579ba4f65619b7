"""Objects become reports: what the strict server has of them afterwards, what is refused, what is never doubled."""

import contextlib
import itertools
import json
import shutil
import signal
import sqlite3
import subprocess
import sys
from datetime import date, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from osgeo import ogr

from geocollab.client import session
from geocollab.client.errors import NotFound
from geocollab.store.outbox import Outbox
from geocollab.store.store import Store
from geocollab.workflows.contributions import sending
from geocollab.workflows.contributions.create_reports import Fault, Item, Wanted, create_reports
from geocollab.workflows.contributions.sketch_writing import attributes_of, point_of, shapes_of
from geocollab.workflows.errors import InputError, Interrupted
from tests.workflows.downloads import Heard, World, server
from tests.workflows.test_sketch_writing import _coordinates, geometries, wkb

ROOT = Path(__file__).resolve().parents[2]
PARIS = "POINT(2.3488 48.8534)"
_texts = itertools.count(1)


@pytest.fixture(scope="module")
def process():
    with server() as running:
        yield running


@pytest.fixture
def world(process, monkeypatch):
    monkeypatch.setattr(sending, "SETTLING", 0)
    monkeypatch.setattr(session, "FIRST_DELAY", 0.01)
    process.faults()
    process.clear_journal()
    yield World(process)
    process.faults()


@pytest.fixture(scope="module")
def empty_store(tmp_path_factory):
    path = tmp_path_factory.mktemp("empty") / "reports.sqlite"
    Store(path).close()
    return path


@pytest.fixture
def path(empty_store, tmp_path):
    return shutil.copy(empty_store, tmp_path)


def text():
    """A message that no other report has."""
    return f"Signalement d'essai n° {next(_texts)}"


def items(*wkts, message=None, **more):
    message = message or text()
    return [
        Item(feature=number, wkb=wkb(wkt) if wkt else None, message=message, **more)
        for number, wkt in enumerate(wkts, 1)
    ]


def create(world, path, objects, *, user="membre", watch=None, again=False, dry_run=False, most=None, **wanted):
    def approve(count):
        if most and count > most:
            raise InputError(f"{count} reports")

    api = world.api(token=None if user == "membre" else world.process.token(user))
    with api.session, Store(path) as store:
        asked = Wanted(**{"community": "375", **wanted})
        return create_reports(
            api, store, objects, asked, again=again, dry_run=dry_run, approve=approve, watch=watch or Heard()
        )


def rows(path, sql):
    with contextlib.closing(sqlite3.connect(str(path))) as connection:
        connection.enable_load_extension(True)
        connection.load_extension("mod_spatialite")
        return connection.execute(sql).fetchall()


def on_server(world, created):
    return [world.call("GET", f"/reports/{number}", "admin").json() for number in created.reports()]


def posted(world):
    return [entry for entry in world.process.journal("/reports") if entry["method"] == "POST"]


def outcomes(created):
    return [line.outcome for line in created.lines]


# ---------------------------------------------------------------------- what is sent


def test_one_report_for_each_object(world, path):
    objects = items(PARIS, "LINESTRING(2.3 48.85,2.4 48.85)", values={"Nature": "trottoir", "Largeur (m)": 3.5})
    created = create(world, path, objects, theme="Voirie")
    first, second = on_server(world, created)
    assert (first["geometry"], second["geometry"]) == ("POINT(2.3488 48.8534)", "POINT(2.35 48.85)")
    assert first["community"] == 375 and first["comment"] == objects[0].message
    assert first["attributes"] == [
        {
            "community": 375,
            "theme": "Voirie",
            "attributes": {"Nature": "Trottoir", "Largeur": "3.5", "Nombre de voies": "2", "Travaux prévus": "0"},
        }
    ]
    assert (first["status"], first["input_device"]) == ("submit", "SIG-QGIS")
    assert created.numbers()["SENT_COUNT"] == 2 and created.numbers()["FAULT_COUNT"] == 0
    assert (created.lines[0].about, created.lines[0].status_label) == ("Feature 1", "Reçu dans nos services")
    assert len(posted(world)) == 2
    assert rows(path, 'SELECT "NoSignalement", "Message" FROM "Signalement" ORDER BY X(geom)') == [
        (created.reports()[0], objects[0].message),
        (created.reports()[1], objects[1].message),
    ]


def test_requests_are_one_for_each_and_a_constant(world, path):
    few = create(world, path, items(*[f"POINT(2.3{n:02} 48.85)" for n in range(3)])).requests
    many = create(world, path, items(*[f"POINT(2.3{n:02} 48.85)" for n in range(60)])).requests
    assert many - few == 57


def test_one_report_for_all_lies_on_the_objects(world, path):
    objects = items("POLYGON((2.30 48.85,2.31 48.85,2.31 48.86,2.30 48.85))", PARIS)
    created = create(world, path, objects, grouping="all")
    (report,) = on_server(world, created)
    assert [item["type"] for item in json.loads(report["sketch"])["objects"]] == ["Polygone", "Point"]
    at = ogr.CreateGeometryFromWkt(report["geometry"])
    assert min(shape.Distance(at) for item in objects for shape in shapes_of(item.wkb)) < 1e-6
    assert report["status"] == "pending0", "without theme it waits for its qualification"


def test_one_report_for_each_value(world, path):
    objects = items(PARIS, "POINT(2.35 48.85)", "POINT(2.36 48.85)")
    for item, group in zip(objects, ["a", None, "a"]):
        item.group = group
    created = create(world, path, objects, grouping="field", status="test")
    assert [line.about for line in created.lines] == ["a", "(no value)"]
    assert [len(json.loads(report["sketch"])["objects"]) for report in on_server(world, created)] == [2, 1]
    assert [report["status"] for report in on_server(world, created)] == ["test", "test"]


def test_different_messages_of_one_report_follow_each_other(world, path):
    one, two = text(), text()
    objects = [*items(PARIS, message=one), *items("POINT(2.35 48.85)", message=two), *items(PARIS, message=one)]
    (report,) = on_server(world, create(world, path, objects, grouping="all"))
    assert report["comment"] == f"{one}\n{two}"


def test_a_shared_theme_moves_the_report(world, path):
    created = create(world, path, items(PARIS, values={"Sens": "Double sens"}), theme="Route")
    (report,) = on_server(world, created)
    assert report["community"] == 1
    assert report["attributes"][0]["attributes"] == {"Importance": "4", "Sens": "2", "Ouverte": "1"}
    assert created.community == "Groupe IGN Route"


def test_the_default_comment(world, path):
    (report,) = on_server(world, create(world, path, [Item(place=(2.31234, 48.85123))]))
    assert report["comment"] == "Bonjour, merci de vérifier sur place :"
    assert report["sketch"] is None and report["geometry"] == "POINT(2.31234 48.85123)"


def test_fields_fill_attributes(world, path):
    fields = {"nature": "Pavé", "NATURE": "Ouvrage d'art", "largeur (M)": "2,5", "Référence": "", "autre": 1}
    objects = items(PARIS, fields={k: v for k, v in fields.items() if k != "nature"}, values={"Nombre de voies": 3})
    (report,) = on_server(world, create(world, path, objects, theme="Voirie", values_from_fields=True))
    values = report["attributes"][0]["attributes"]
    assert values == {"Nature": "Ouvrage d'art", "Largeur": "2.5", "Nombre de voies": "3", "Travaux prévus": "0"}


def test_the_fields_of_the_sketch(world, path):
    fields = {"a": 1, "b": None, "c": True, "d": date(2026, 3, 1), "e": datetime(2026, 3, 1, 8, 5), "f": [1, "é"],  # noqa: DTZ001
              "g": 2.5, "h": "\"l'été\" 🌳\n\0", "i": {"x": None}}  # fmt: skip
    (report,) = on_server(world, create(world, path, items(PARIS, fields=fields)))
    assert json.loads(report["sketch"])["objects"][0]["attributes"] == {
        "a": "1", "c": "1", "d": "2026-03-01", "e": "2026-03-01T08:05:00", "f": '[1, "é"]', "g": "2.5",
        "h": "\"l'été\" 🌳\n", "i": '{"x": null}',
    }  # fmt: skip
    (report,) = on_server(world, create(world, path, items(PARIS, fields=fields), sketch_fields={"a", "b"}))
    assert json.loads(report["sketch"])["objects"][0]["attributes"] == {"a": "1"}
    (report,) = on_server(world, create(world, path, items(PARIS, fields=fields), sketch=False))
    assert report["sketch"] is None


def test_a_table_has_its_places_and_a_sketch_of_them(world, path):
    objects = [Item(feature=7, place=(2.31, 48.86), fields={"nom": "x"}, message=text())]
    (report,) = on_server(world, create(world, path, objects))
    assert json.loads(report["sketch"])["objects"] == [
        {"type": "Point", "geometry": "POINT(2.31 48.86)", "attributes": {"nom": "x"}, "name": ""}
    ]


@pytest.mark.parametrize(
    "message", ["\"l'été\" <b>&amp;</b> \\ % ' ; --", "🌳" * 20, "مرحبا بالعالم", "x" * 100_000, "a\0b\ud800c 12345"]
)
def test_any_text(world, path, message):
    message = f"{text()} {message}"
    values = {"Nom de voie": message[-90:], "Numéro": 1}
    created = create(world, path, items(PARIS, values=values, message=message), theme="Adresse")
    (report,) = on_server(world, created)
    assert report["attributes"][0]["attributes"]["Nom de voie"] == cleaned(message[-90:])
    assert report["comment"] == cleaned(message)
    assert rows(path, f'SELECT "Message" FROM "Signalement" WHERE id = {report["id"]}') == [(cleaned(message),)]


def cleaned(message):
    return message.replace("\0", "").replace("\ud800", "\ufffd")


# ---------------------------------------------------------------------- for whom


def test_without_community(world, path):
    objects = items(PARIS)
    created = create(world, path, objects, user="sansgroupe", community="")
    report = world.call("GET", f"/reports/{created.reports()[0]}", "sansgroupe").json()
    assert "community" not in report and report["author"]["username"] == "sansgroupe"
    created = create(world, path, items(PARIS), community="-1")
    assert "community" not in on_server(world, created)[0]
    with pytest.raises(InputError, match="without community takes no theme"):
        create(world, path, items(PARIS), community="-1", theme="Voirie")


def test_a_community_that_is_open_to_all(world, path):
    created = create(world, path, items(PARIS), user="admin", community="96")
    assert on_server(world, created)[0]["community"] == 96


@pytest.mark.parametrize(
    ("user", "community", "said"),
    [
        ("membre", "512", "not a member of the community “512”"), ("membre", "", "Which community?"),
        ("attente", "375", "You are not yet a member"), ("membre", "nulle part", "not a member"),
        ("sansgroupe", "375", "Your communities: none"),
    ],
)  # fmt: skip
def test_a_community_that_one_may_not_write_to(world, path, user, community, said):
    with pytest.raises(InputError, match=said):
        create(world, path, items(PARIS), user=user, community=community)
    assert not posted(world)


def test_a_community_that_there_is_none_of(world, path):
    with pytest.raises((InputError, NotFound)):
        create(world, path, items(PARIS), community="4")
    assert not posted(world)


def test_an_unknown_theme(world, path):
    with pytest.raises(InputError, match=r"has no theme “Voirine”\. Its themes: Voirie, Adresse"):
        create(world, path, items(PARIS), theme="Voirine")


# ---------------------------------------------------------------------- faults

BROKEN = [None, "POINT EMPTY", "POLYGON((2 48,2.1 48.1,2 48.1,2.1 48,2 48))", "POINT(652000 6862000)", PARIS]


def test_all_faults_of_all_objects_at_once_and_nothing_sent(world, path, tmp_path):
    (tmp_path / "x.exe").write_bytes(b"MZ")
    objects = items(*BROKEN, values={"Nature": "Pont", "Couleur": "rouge"})
    objects[4].documents = [tmp_path / "x.exe", tmp_path / "none.pdf"]
    objects[0].faults = [Fault("expression", "LON: no.")]
    watch = Heard()
    created = create(world, path, objects, theme="Voirie", watch=watch)
    assert created.blocked and not posted(world)
    said = [(fault.feature, fault.what) for fault in created.faults]
    assert said == [
        (1, "expression"), (1, "geometry"), (2, "geometry"), (3, "geometry"), (4, "geometry"), (5, "attribute"),
        (5, "attribute"), (5, "document"), (5, "document"),
    ]  # fmt: skip
    sentences = " ".join(fault.sentence for fault in created.faults)
    for words in ("has no geometry", "is empty", "invalid (Self-intersection", "outside the world", "“Couleur” is no",
                  "“Pont” is not one of", "documents of this kind", "none.pdf cannot be read"):  # fmt: skip
        assert words in sentences
    assert outcomes(created) == ["fault"] * 5 and created.numbers()["FAULT_COUNT"] == 9
    assert created.complaint(strict=False).startswith("5 reports are faulty, so nothing was sent (faults: 9,")
    assert len(watch.said) == 9
    assert not rows(path, "SELECT * FROM geocollab_outbox")


def test_one_fault_holds_the_others_back_unless_told_otherwise(world, path):
    objects = items(PARIS, None)
    created = create(world, path, objects)
    assert created.blocked and outcomes(created) == ["skipped", "fault"] and not posted(world)
    created = create(world, path, objects, only_valid=True)
    assert not created.blocked and outcomes(created) == ["sent", "fault"] and len(posted(world)) == 1


def test_a_faulty_object_is_left_out_of_its_report(world, path):
    objects = items(PARIS, None, "POINT(2.35 48.85)")
    assert outcomes(create(world, path, objects, grouping="all")) == ["fault"]
    created = create(world, path, objects, grouping="all", only_valid=True)
    assert outcomes(created) == ["sent"] and "1 faulty object was left out of its report." in created.notes
    assert len(json.loads(on_server(world, created)[0]["sketch"])["objects"]) == 2


def test_objects_of_one_report_have_to_agree(world, path):
    objects = items(PARIS, "POINT(2.35 48.85)")
    objects[0].values, objects[1].values = {"Nature": "Trottoir"}, {"Nature": "Chaussée"}
    created = create(world, path, objects, theme="Voirie", grouping="all")
    assert [f.sentence for f in created.faults] == [
        "The objects of one report do not agree on “Nature”: Trottoir, Chaussée."
    ]
    objects[1].values = {"Nature": "trottoir "}
    assert outcomes(create(world, path, objects, theme="Voirie", grouping="all")) == ["sent"]


def test_a_missing_mandatory_attribute(world, path):
    created = create(world, path, items(PARIS), theme="Adresse")
    assert [f.attribute for f in created.faults] == ["Numéro", "Nom de voie"]
    mandatory = "“Numéro” is mandatory. Accepted: a whole number, at least 1, at most 9999."
    assert mandatory in created.complaint(strict=False)


def test_attributes_without_theme(world, path):
    created = create(world, path, items(PARIS, values={"Nature": "x"}))
    assert "“Nature” has no place without a theme" in created.complaint(strict=False)


def test_messages(world, path):
    created = create(world, path, items(PARIS, message=" \n"), community="96")
    assert "It has no message. Give one in MESSAGE" in created.complaint(strict=False)
    created = create(world, path, items(PARIS, message="Trou"), community="96")
    assert outcomes(created) == ["sent"]
    assert created.notes == ["1 report has a message of less than 10 characters: say what is to be done, and where."]


def test_too_many_and_none(world, path):
    with pytest.raises(InputError, match="3 reports"):
        create(world, path, items(PARIS, "POINT(2.3 48.8)", "POINT(2.2 48.8)"), most=2)
    with pytest.raises(InputError, match="There are no objects to report"):
        create(world, path, [])
    assert not posted(world)


def test_equal_reports_are_sent_once(world, path):
    created = create(world, path, items(PARIS, PARIS, "POINT(2.3 48.85)"))
    assert outcomes(created) == ["sent", "skipped", "sent"] and len(posted(world)) == 2
    assert "exactly the same report as “Feature 1”" in created.lines[1].detail


def test_outside_the_zones_of_the_member(world, path):
    created = create(world, path, items("POINT(5.37 43.29)", PARIS))
    assert outcomes(created) == ["refused", "sent"]
    detail = created.lines[0].detail
    assert "hors de vos emprises" in detail
    assert detail.endswith("Your zones in this community: 75, 92, 93, 94. The report has to lie in one of them.")


def test_the_community_was_left_meanwhile(world, path):
    world.process.faults({"kind": "status", "status": 403, "path": "/reports$", "method": "POST",
                          "message": "Vous n'êtes pas membre de ce groupe"})  # fmt: skip
    created = create(world, path, items(PARIS), community="96")
    assert outcomes(created) == ["refused"] and "membre de ce groupe" in created.lines[0].detail
    assert "zones" not in created.lines[0].detail


def test_a_form_that_is_not_shown_is_not_checked(world, path):
    world.process.faults({"kind": "status", "status": 403, "path": "communities/1$"})
    created = create(world, path, items(PARIS, values={"Importance": 9}), theme="Route")
    assert outcomes(created) == ["refused"] and "Importance" in created.lines[0].detail
    assert "its attributes were not checked" in created.notes[0]


# ---------------------------------------------------------------------- dry run


def test_a_dry_run_sends_nothing(world, path):
    objects = items(PARIS, None)
    created = create(world, path, objects, dry_run=True)
    assert outcomes(created) == ["planned", "fault"] and not created.blocked and not posted(world)
    create(world, path, objects[:1])
    again = create(world, path, objects[:1], dry_run=True)
    assert outcomes(again) == ["already"] and again.reports()
    page = created.report("Reports")
    assert [section.title for section in page.sections[-2:]] == ["Faults", "What was made of the objects"]
    assert page.sections[-1].table.rows == [("Feature 1", "2.348800 48.853400", objects[0].message, "", 1, "")]


# ---------------------------------------------------------------------- documents


@pytest.fixture
def files(tmp_path):
    def make(name, size=20):
        (tmp_path / name).write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(size))
        return tmp_path / name

    return make


def test_documents_go_with_the_report(world, path, files):
    one, two = files("été 1.png"), files("b.pdf")
    created = create(world, path, items(PARIS, "POINT(2.3 48.85)", documents=[one, two, one]))
    for report in on_server(world, created):
        assert [d["filename"] for d in report["attachments"]] == ["été 1.png", "b.pdf"]
    assert len(rows(path, 'SELECT * FROM "Document_EC"')) == 4
    assert rows(path, 'SELECT DISTINCT "Nb_documents" FROM "Signalement"') == [(2,)]


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["1.png", "2.png", "3.png", "4.png", "5.png"], "at most 4 documents; these would be 5"),
        (["big.png"], "takes at most 16 MB"), (["a.exe"], "documents of this kind are not accepted"),
        (["empty.txt"], "is empty"), (["folder.zip"], "cannot be read"),
    ],
)  # fmt: skip
def test_documents_that_cannot_go(world, path, files, tmp_path, names, said):
    paths = [files(name, 20_000_000 if name == "big.png" else 20) for name in names if name != "folder.zip"]
    if names == ["empty.txt"]:
        paths[0].write_bytes(b"")
    if names == ["folder.zip"]:
        (tmp_path / "folder.zip").mkdir()
        paths = [tmp_path / "folder.zip"]
    created = create(world, path, items(PARIS, documents=paths))
    assert said in created.complaint(strict=False) and not posted(world)


def test_documents_that_fail_do_not_double_the_report(world, path, files):
    objects = items(PARIS, documents=[files("a.png")])
    world.process.faults({"kind": "status", "status": 400, "path": "attachments$", "times": None})
    created = create(world, path, objects)
    assert outcomes(created) == ["sent", "refused"]
    assert "The report was created; its documents are not there" in created.lines[1].detail
    world.process.faults()
    again = create(world, path, objects)
    assert outcomes(again) == ["already"] and again.reports() == created.reports()
    (report,) = on_server(world, again)
    assert [d["filename"] for d in report["attachments"]] == ["a.png"]
    assert len([e for e in posted(world) if e["path"].endswith("/reports")]) == 1


def test_documents_of_a_report_that_was_refused_wait(world, path, files):
    created = create(world, path, items("POINT(5.37 43.29)", documents=[files("a.png")]))
    assert outcomes(created) == ["refused"]


# ---------------------------------------------------------------------- never twice, never lost


def mine(world, message):
    found = world.call("GET", "/reports", params={"limit": 100, "sort": "id:DESC", "communities": 375}).json()
    return [report for report in found if report["comment"] == message]


def test_run_again_sends_nothing_again(world, path):
    objects = items(PARIS, "POINT(2.35 48.85)")
    first = create(world, path, objects)
    second = create(world, path, objects)
    assert outcomes(second) == ["already"] * 2 and second.reports() == first.reports()
    assert second.lines[0].status == "pending0"
    third = create(world, path, objects, again=True)
    assert outcomes(third) == ["sent"] * 2 and not set(third.reports()) & set(first.reports())


@pytest.mark.parametrize("fault", ["lost_answer", "reset", "drop"])
def test_a_lost_answer_doubles_nothing(world, path, fault):
    objects = items(*[f"POINT(2.3{n} 48.85)" for n in range(6)])
    kind = {"kind": fault, "path": "/reports$", "method": "POST", "after": 2, "times": 2}
    world.process.faults(kind)
    created = create(world, path, objects)
    if set(outcomes(created)) - {"sent", "found"}:
        world.process.faults()
        created = create(world, path, objects)
    assert created.count("sent", "found", "already") == 6
    assert sorted(report["id"] for report in mine(world, objects[0].message)) == sorted(created.reports())
    assert len(created.reports()) == 6


def test_all_answers_lost_then_run_again(world, path):
    objects = items(*[f"POINT(2.3{n} 48.85)" for n in range(4)])
    world.process.faults({"kind": "lost_answer", "path": "/reports$", "method": "POST", "times": None},
                         {"kind": "status", "status": 503, "path": "/reports$|users/me$", "method": "GET",
                          "after": 4, "times": None})  # fmt: skip
    with contextlib.suppress(Interrupted):
        create(world, path, objects)
    world.process.faults()
    created = create(world, path, objects)
    assert created.count("sent", "found", "already") == 4
    assert len(mine(world, objects[0].message)) == 4 == len(created.reports())


KILLED = """
import json, sys
root, plugins, url, token, path, items = json.load(sys.stdin)
sys.path[:0] = [root, plugins]
from geocollab.client.auth import bearer
from geocollab.client.espaceco.api import EspaceCo
from geocollab.client.session import Session
from geocollab.store.store import Store
from geocollab.workflows.contributions import sending
from geocollab.workflows.contributions.create_reports import Item, Wanted, create_reports
sending.WINDOW = 7
api = EspaceCo(Session(bearer(token), rate=None, concurrency=4), url + "/gcms/api", url)
objects = [Item(feature=n, place=(lon, 48.85), message=message) for n, (lon, message) in enumerate(items)]
create_reports(api, Store(path), objects, Wanted(community="375"))
"""


@pytest.mark.parametrize("after", [1, 9, 17])
def test_killed_in_the_middle_then_run_again(world, path, after):
    message = text()
    objects = [Item(feature=n, place=(2.3 + n / 1000, 48.85), message=message) for n in range(20)]
    given_items = [(item.place[0], message) for item in objects]
    token, plugins = world.process.token("membre"), str(ROOT / "build" / "plugins")
    # done on the server, and never answered
    hanging = {"kind": "slow_body", "path": "/reports$", "method": "POST", "after": after, "times": None, "seconds": 60}
    world.process.faults(hanging)
    running = subprocess.Popen([sys.executable, "-c", KILLED], stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        json.dump([str(ROOT), plugins, world.process.url, token, str(path), given_items], running.stdin)
        running.stdin.close()
        while len(posted(world)) <= after:
            assert running.poll() is None, running.stderr.read()
    finally:
        running.send_signal(signal.SIGKILL)
        running.wait()
        running.stderr.close()
    world.process.faults()
    assert after < len(mine(world, message)) <= 20
    created = create(world, path, objects)
    assert created.count("sent", "found", "already") == 20 == len(set(created.reports()))
    assert sorted(report["id"] for report in mine(world, message)) == sorted(created.reports())
    assert rows(path, 'SELECT count(*) FROM "Signalement"') == [(20,)]


def test_what_was_sent_is_not_kept(world, path):
    create(world, path, items(PARIS))
    with Store(path) as store:
        assert [entry.payload for entry in Outbox(store).entries()] == [{}]


# ---------------------------------------------------------------------- object → sketch → server → store

VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**60), 2**60), st.floats(allow_nan=False, allow_infinity=False), st.text(),
    st.dates(), st.datetimes(), st.lists(st.text(), max_size=2),
)  # fmt: skip


@pytest.fixture(scope="module")
def one_store(tmp_path_factory):
    return tmp_path_factory.mktemp("store") / "reports.sqlite"


@pytest.fixture(scope="module")
def one_world(process):
    return World(process)


@settings(deadline=None, max_examples=20)
@given(
    st.lists(st.tuples(geometries, st.dictionaries(st.text(max_size=5), VALUES, max_size=3)), min_size=1, max_size=3)
)
def test_geometries_and_attributes_come_through(one_world, one_store, objects):
    message = text()
    wanted = [
        Item(feature=number, wkb=wkb(wkt), fields=fields, message=message)
        for number, (wkt, fields) in enumerate(objects)
    ]
    created = create(one_world, one_store, wanted, community="96", grouping="all")
    assert outcomes(created) == ["sent"]
    (number,) = created.reports()
    expected, found = [], []
    for item in wanted:
        texts = attributes_of(item.fields)
        expected += [(shape.GetGeometryName(), _coordinates(shape), texts) for shape in shapes_of(item.wkb)]
    for kind in ("Point", "Ligne", "Polygone"):
        sql = f'SELECT AsBinary(geom), "Attributs", "Ordre" FROM "Croquis_EC_{kind}" WHERE "NoSignalement" = {number}'
        for content, values, order in rows(one_store, sql):
            shape = ogr.CreateGeometryFromWkb(content)
            found.append((order, (shape.GetGeometryName(), _coordinates(shape), json.loads(values or "{}"))))
    found = [entry for _order, entry in sorted(found, key=lambda pair: pair[0])]
    assert [(name, values) for name, _c, values in found] == [(name, values) for name, _c, values in expected]
    for (_n, before, _v), (_m, after, _w) in zip(expected, found):
        assert before == pytest.approx(after, abs=1e-7)
    (at,) = rows(one_store, f'SELECT X(geom), Y(geom) FROM "Signalement" WHERE id = {number}')
    position = point_of(at)
    assert min(shape.Distance(position) for item in wanted for shape in shapes_of(item.wkb)) < 2e-7
