"""What was sent is in the store at once, exactly as a download would have put it there."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geocollab.client.espaceco import communities
from geocollab.client.espaceco.api import EspaceCo
from geocollab.store.store import Store
from geocollab.workflows.contributions.sending import Letter
from geocollab.workflows.reports.local_copy import LocalCopy, names_of
from geocollab.workflows.reports.report_filter import ReportFilter
from sandbox.process import SandboxProcess
from tests.workflows.downloads import World, content
from tests.workflows.letters import Office, answer, change, creation, documents, states

OURS = ReportFilter(community=375)
SKETCH = (
    '{"name":"c","objects":[{"type":"Point","geometry":"POINT(2.3 48.8)","name":"é","attributes":{"a":"1"}},'
    '{"type":"Ligne","geometry":"LINESTRING(2.3 48.8,2.4 48.9)","style":{"size":3}}]}'
)


@pytest.fixture(scope="module")
def process():
    with SandboxProcess(reports=120, rate=0, token_life=100_000) as running:
        yield running


@pytest.fixture
def world(process):
    process.faults()
    return World(process)


@pytest.fixture
def office(world, tmp_path):
    """A store that holds the community 375."""
    world.download(tmp_path / "kept.sqlite", OURS)
    return Office(world, tmp_path / "kept.sqlite", user="admin")


def fresh(world, tmp_path, wanted=OURS):
    """What a download of everything brings."""
    path = tmp_path / "fresh.sqlite"
    path.unlink(missing_ok=True)
    world.download(path, wanted)
    return content(path)


def tables(found):
    """Without the list of what answered the filter, which is the download's own business."""
    return {table: rows for table, rows in found.items() if table != "geocollab_scope"}


def test_as_a_download_would_have_put_it(office, world, tmp_path):
    theme = {"theme": "Voirie", "community": 375, "values": {"Nature": "Trottoir", "Usagers": "Vélos;Piétons"}}
    numbers = [
        outcome.report
        for outcome in office.post([creation("un", at=(2.3 + n / 1000, 48.8), **theme) for n in range(4)])
    ]
    letters = [
        creation("croquis", at=(2.4, 48.85), community=375, sketch=SKETCH),
        change(numbers[0], comment="changé", position=(2.41, 48.86)),
        change(numbers[1], theme="", sketch=SKETCH, community=375),
        Letter("delete", {}, numbers[2]),
    ]
    assert states(office.post(letters)) == ["sent"] * 4
    assert tables(content(office.path)) == tables(fresh(world, tmp_path))


def test_an_update_goes_on_from_it(office, world, tmp_path):
    (number,) = [outcome.report for outcome in office.post([creation("suite", community=375)])]
    (tmp_path / "a.txt").write_text("a")
    gone = min(content_ids(office))
    letters = [
        answer(number, "vu", "pending"),
        documents(tmp_path / "a.txt", report=number),
        Letter("delete", {}, gone),
    ]
    assert states(office.post(letters)) == ["sent"] * 3
    world.download(office.path, OURS, mode="update")
    assert content(office.path) == fresh(world, tmp_path)


def content_ids(office):
    return [row[0] for row in office.rows('SELECT id FROM "Signalement" WHERE "Statut" = ?', "submit")]


def test_names_are_those_of_the_download(office):
    (outcome,) = office.post([creation("noms", community=375)])
    office.post([answer(outcome.report, "vu", "valid")])
    with Store(office.path) as store:
        labels, names = names_of(store)
        copy = LocalCopy(store, "https://site.test", print)
        assert copy.label("valid") == labels["valid"] == "Corrigé dans la base" and copy.label("odd") == "odd"
        assert names[375] == "Voirie et adresses de la petite couronne"
    assert office.rows('SELECT "Groupe", "Statut_libellé" FROM "Signalement" WHERE id = ?', outcome.report) == [
        ("Voirie et adresses de la petite couronne", "En demande de qualification")
    ]


def test_without_a_download_names_are_those_of_the_community(world, tmp_path):
    office = Office(world, tmp_path / "new.sqlite")
    with Store(office.path) as store:
        assert names_of(store) == ({}, {})
        api = EspaceCo(office.session(), world.url)
        with api.session:
            community = communities.get(api, 375)
        copy = LocalCopy(store, "https://site.test", print, community)
        assert copy.label("valid") == "Corrigé dans la base"
        with store.atomic():
            copy.put(
                [
                    {"id": 5, "community": 375, "status": "pending1", "geometry": "POINT(2 48)"},
                    {"id": 6, "community": 1},
                ]
            )
        found = store.all('SELECT id, "Groupe", "Statut_libellé", "URL" FROM "Signalement"')
    assert found[0] == (5, "Voirie et adresses de la petite couronne", "À dessiner", "https://site.test/georem/5")
    assert found[1][:2] == (6, "Groupe IGN Route"), "the community of a shared theme"


def test_two_changes_of_one_report_in_one_run(office):
    (outcome,) = office.post([creation("deux", community=375)])
    letters = [change(outcome.report, comment="a"), change(outcome.report, position=(2.5, 48.9))]
    assert states(office.post(letters, concurrency=1)) == ["sent"] * 2
    assert office.rows('SELECT "Message", X(geom) FROM "Signalement" WHERE id = ?', outcome.report) == [("a", 2.5)]


def test_changed_and_deleted_in_one_run(office):
    (outcome,) = office.post([creation("fin", community=375)])
    letters = [change(outcome.report, comment="a"), Letter("delete", {}, outcome.report)]
    assert states(office.post(letters, concurrency=1)) == ["sent"] * 2
    assert office.rows('SELECT count(*) FROM "Signalement" WHERE id = ?', outcome.report) == [(0,)]


def test_nothing_is_put_where_there_is_nothing(tmp_path):
    with Store(tmp_path / "s.sqlite") as store, store.atomic():
        LocalCopy(store, "", print).put([])
        LocalCopy(store, "", print).put([{"comment": "no number"}])
        LocalCopy(store, "", print).put([], without=[1, 2])
        assert store.reports.count() == 0


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda each: st.lists(each, max_size=3) | st.dictionaries(st.text(max_size=5), each, max_size=3),
    max_leaves=8,
)
MEMBERS = ("geometry", "community", "comment", "attributes", "status", "opening_date", "author", "sketch", "replies")
MEMBERS = (*MEMBERS, "attachments", "commune", "departement", "input_device", "closing_date", "more")


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    with Store(tmp_path_factory.mktemp("shared") / "s.sqlite") as opened:
        yield opened


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.fixed_dictionaries({"id": st.integers(1, 5)}, optional=dict.fromkeys(MEMBERS, JSON)), max_size=4))
def test_whatever_the_server_answers_is_kept_or_left_out(shared, reports):
    with shared.atomic():
        LocalCopy(shared, "https://site.test", lambda sentence: None).put(reports, without=[9])
    wanted = {report["id"] for report in reports}
    assert wanted <= {row[0] for row in shared.all('SELECT id FROM "Signalement"')}
    assert shared.one('SELECT count(*) FROM "Signalement" WHERE id <> "NoSignalement"') == 0
