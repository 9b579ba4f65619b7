"""The page of reports says all that the store knows of them, shows it and does not obey it, and needs no network."""

import base64
import json
import socket
from datetime import datetime, timedelta, timezone

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree, html

from geocollab import i18n
from geocollab.client.auth import basic, bearer
from geocollab.client.errors import Cancelled, Unreachable
from geocollab.client.espaceco.api import EspaceCo
from geocollab.client.espaceco.statuses import STATUSES
from geocollab.client.session import Session
from geocollab.store.store import Store
from geocollab.workflows.pages.html import render
from geocollab.workflows.reports import thumbnails as pictures
from geocollab.workflows.reports.local_copy import STATE, LocalCopy
from geocollab.workflows.reports.view_reports import view_reports
from geocollab.workflows.reports.vocabulary import STATUS_MEANINGS
from geocollab.workflows.watch import Watch
from sandbox.samples import png
from sandbox.world.people import BY_NAME
from tests.workflows.downloads import Heard

SITE = "https://espacecollaboratif.example"
HOSTILE = "<script>alert(1)</script>\"'&amp;\x00\x07\u202eabc\ufffe مرحبا 🚧"
SHOWN = "<script>alert(1)</script>\"'&amp;abc مرحبا 🚧"
SKETCH = {
    "name": "",
    "objects": [
        {
            "type": "Ligne",
            "geometry": "LINESTRING(2.34 48.85,2.35 48.86)",
            "attributes": {"nom": "Tracé"},
            "style": {"frontcolor": "#0055FF;1", "diam": 4},
        },
        {"type": "Texte", "geometry": "POINT(2.345 48.855)", "attributes": {"nom": "Sens unique"}},
    ],
}


@pytest.fixture
def sandbox(writable):
    """Not the one that all share: here it is written to."""
    return writable


def report(number, **changes):
    return {
        "id": number,
        "community": 375,
        "geometry": "POINT(2.3488 48.8534)",
        "comment": "Rue barrée",
        "attributes": [{"community": 375, "theme": "Voirie", "attributes": {"Nature": "Chaussée", "Voies": "2"}}],
        "status": "submit",
        "opening_date": "2026-03-14T09:26:53+01:00",
        "updating_date": "2026-03-15T10:00:00+01:00",
        "closing_date": None,
        "author": {"id": 1, "username": "anne"},
        "validator": None,
        "commune": {"name": "75104", "title": "Paris"},
        "departement": {"name": "75", "title": "Seine"},
        "territory": None,
        "input_device": "SIG-QGIS",
        "device_version": "5.0.4",
        "sketch": None,
        "replies": [],
        "attachments": [],
        **changes,
    }


def reply(number, date, **changes):
    author = {"id": 9, "username": f"agent{number}"}
    return {
        "id": number,
        "author": author,
        "title": None,
        "content": "Vu",
        "status": "pending",
        "date": date,
        **changes,
    }


def document(number, **changes):
    return {
        "id": number,
        "title": "photo",
        "description": None,
        "filename": "photo.png",
        "mime_type": "image/png",
        "size": 1_234_567,
        "width": 160,
        "height": 120,
        "date": None,
        "uri": f"{SITE}/document/image/{number}",
        "download_uri": f"{SITE}/document/download/{number}",
        **changes,
    }


@pytest.fixture
def store(tmp_path):
    with Store(tmp_path / "reports.sqlite") as opened:
        with opened.atomic():
            about = {"labels": {"pending1": "À dessiner"}, "names": {"375": "Voirie de la petite couronne"}}
            opened.set_state(STATE, {"community": about})
        yield opened


def put(store, *reports):
    with store.atomic():
        LocalCopy(store, SITE, lambda _sentence: None).put(reports)


def shown(store, numbers, **more):
    """The page as a tree; it must be well-formed XML too."""
    page = render(view_reports(store, numbers, **more).report())
    etree.fromstring(page.encode())
    return html.fromstring(page)


def text(element):
    return " ".join(" ".join(element.itertext()).split())


def find(element, selector):
    """The elements for tags, .classes and #ids, each inside the one before it."""
    path = "."
    for word in selector.split():
        name, _dot, css = word.partition(".")
        tag, _hash, identifier = name.partition("#")
        path += f"//{tag or '*'}"
        path += f"[@id='{identifier}']" if identifier else ""
        path += f"[contains(concat(' ', @class, ' '), ' {css} ')]" if css else ""
    return element.xpath(path)


def one(element, selector):
    (found,) = find(element, selector)
    return found


def policy_of(tree):
    """The Content-Security-Policy of the page."""
    (policy,) = tree.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
    return policy


def pairs(element):
    """The names and values of the lists of lines inside an element."""
    return [(text(line.find("dt")), text(line.find("dd"))) for line in find(element, ".lines div")]


# ---------------------------------------------------------------------- what it says


def test_everything_of_one_report(store):
    put(
        store,
        report(
            1001,
            status="valid",
            closing_date="2026-03-15T10:00:00+01:00",
            validator={"id": 2, "username": "chef"},
            sketch=json.dumps(SKETCH),
            replies=[
                reply(2, "2026-03-15T10:00:00+01:00", status="valid", title="Suite"),
                reply(1, "2026-03-14T12:00:00+01:00"),
            ],
            attachments=[document(7)],
        ),
    )
    tree = shown(store, [1001])
    assert text(one(tree, "h1")) == "Report 1001" and text(one(tree, ".subtitle")) == "Voirie de la petite couronne"
    article = one(tree, "article")
    assert article.get("id") == "report-1001"
    tag = one(article, ".head .tag")
    assert text(tag) == "Pris en compte" and "tone-valid" in tag.get("class")
    assert text(one(article, ".state")) == "Closed report"
    assert text(one(article, ".meaning")) == STATUS_MEANINGS["valid"]
    assert one(article, ".aside").get("href") == f"{SITE}/georem/1001"
    assert text(one(article, ".message")) == "Rue barrée"
    assert dict(pairs(one(article, ".side"))) == {
        "Community": "Voirie de la petite couronne",
        "Author": "anne",
        "Created on": "2026-03-14 09:26",
        "Updated on": "2026-03-15 10:00",
        "Closed on": "2026-03-15 10:00",
        "Closed by": "chef",
        "Commune": "Paris (75104)",
        "Department": "Seine (75)",
        "Origin": "QGIS 5.0.4",
        "Position (WGS84)": "lat 48.85340°, lon 2.34880°",
    }
    assert pairs(one(article, ".main")) == [
        ("Nature", "Chaussée"), ("Voies", "2"), ("nom", "Tracé"), ("nom", "Sens unique"),
    ]  # fmt: skip
    assert [text(name) for name in find(article, ".group h4")] == ["Voirie", "Line", "Text"]
    replies = [text(each) for each in find(article, ".thread li")]
    assert replies == [
        "agent1 2026-03-14 12:00 En cours de traitement Vu",
        "agent2 2026-03-15 10:00 Pris en compte Suite Vu",
    ]
    listed = one(article, ".documents li")
    assert text(listed) == "photo.png PNG, 1.2 MB" and one(listed, "a").get("href") == f"{SITE}/document/image/7"
    assert len(find(article, ".map svg")) == 1 and "Sens unique" in text(one(article, ".map"))
    assert not find(tree, "nav") and not find(tree, "img")


def test_many_have_contents_that_lead_to_them(store):
    put(store, *(report(1000 + at, status=status.code) for at, status in enumerate(STATUSES)))
    view = view_reports(store, range(1000, 1010))
    tree = html.fromstring(render(view.report()))
    assert text(one(tree, "h1")) == "10 reports"
    figures = [(text(card.find("dt")), text(card.find("dd"))) for card in find(tree, ".card")]
    labels = [{"pending1": "À dessiner"}.get(status.code, status.label) for status in STATUSES]
    assert figures == [("Open", "5"), ("Closed", "4"), *((label, "1") for label in labels)]
    rows = [[text(each) for each in find(row, "td")] for row in find(tree, "nav tbody tr")]
    assert rows[0] == ["1000", "Reçu dans nos services", "Paris", "2026-03-14", "Voirie"] and len(rows) == 10
    targets = [link.get("href") for link in find(tree, "nav td a")]
    assert targets == [f"#{article.get('id')}" for article in find(tree, "article")]
    assert view.numbers() == {
        "COUNT": 10,
        "OPEN_COUNT": 5,
        "CLOSED_COUNT": 4,
        "MISSING_COUNT": 0,
        "REFRESHED_COUNT": 0,
    }


@pytest.mark.parametrize("code", [*STATUS_MEANINGS, "brandnew"])
def test_every_status_has_its_label_its_colour_and_its_meaning(store, code):
    put(store, report(1, status=code))
    article = one(shown(store, [1]), "article")
    tag = one(article, ".head .tag")
    known = next((status for status in STATUSES if status.code == code), None)
    if known is None:
        assert text(tag) == "brandnew" and "tone-unknown" in tag.get("class")
        assert text(one(article, ".meaning")) == "This status is not known here: it counts as open."
    else:
        assert text(tag) == ("À dessiner" if code == "pending1" else known.label)
        assert f"tone-{code}" in tag.get("class").split() and text(one(article, ".meaning")) == STATUS_MEANINGS[code]
    state = "" if code == "test" else "Open report" if known is None or known.open else "Closed report"
    assert "".join(map(text, find(article, ".state"))) == state
    assert f"tone-{code if known else 'unknown'}" in one(article, ".map .pin").get("class")


def test_no_status_without_meaning():
    assert set(STATUS_MEANINGS) == {status.code for status in STATUSES}


def test_lines_of_a_message_are_kept(store):
    put(store, report(1, comment="première\r\ndeuxième\n\ntroisième"))
    tree = shown(store, [1])
    assert one(tree, ".message").text_content() == "première\ndeuxième\n\ntroisième"
    assert "white-space: pre-line" in tree.xpath("string(//style)")


def test_what_nobody_said_is_said_to_be_missing(store):
    put(store, report(1, comment="", attributes=[], author=None, community=None, commune=None, departement=None,
                      replies=[reply(1, None, content=None, author=None, status=None)]))  # fmt: skip
    article = one(shown(store, [1]), "article")
    said = text(article)
    assert "It has no message." in said and "It has no theme." in said and "(no text)" in said
    facts = dict(pairs(one(article, ".side")))
    assert (facts["Author"], facts["Community"]) == ("Unknown author", "none") and "Commune" not in facts
    assert text(one(article, ".thread strong")) == "Unknown author"


def test_without_replies(store):
    put(store, report(1))
    assert "Nobody has replied yet." in text(one(shown(store, [1]), "article"))


def test_several_themes_lists_and_values_of_any_kind(store):
    themes = [
        {"community": 375, "theme": "Voirie", "attributes": {"Usagers": ["Vélos", "Bus"], "Mesure": {"précision": 3}}},
        {"community": 1, "theme": "Route", "attributes": {}},
    ]
    put(store, report(1, attributes=themes))
    main = one(shown(store, [1]), ".main")
    assert [text(name) for name in find(main, ".group h4")] == ["Voirie", "Route"]
    assert pairs(main) == [("Usagers", "Vélos; Bus"), ("Mesure", '{"précision": 3}')]


def test_a_file_of_the_official_plugin(store):
    """It has themes, replies and documents as one text each."""
    put(store, report(1))
    with store.atomic() as connection:
        connection.execute(
            'UPDATE "Signalement" SET "Attributs" = NULL, "Thème" = NULL, "Groupe_id" = NULL, "Statut_libellé" = NULL, '
            "\"Thèmes\" = 'Voirie(Nature=Chaussée)', \"Réponses\" = 'Réponse n°1 par bob. Vu', "
            "\"Date_création\" = '2023-08-01 14:51:55', "
            "\"Document\" = 'https://e.example/document/download/5 javascript:alert(1)'"
        )
    article = one(shown(store, [1]), "article")
    assert text(one(article, ".group h4")) == "Voirie(Nature=Chaussée)"
    assert "Réponse n°1 par bob. Vu" in text(one(article, ".thread"))
    assert [link.get("href") for link in find(article, ".documents a")] == ["https://e.example/document/download/5"]
    assert dict(pairs(one(article, ".side")))["Created on"] == "2023-08-01 14:51"


@pytest.mark.parametrize(
    ("order", "expected"),
    [("given", [3, 1, 2, 4]), ("newest", [2, 3, 1, 4]), ("oldest", [1, 3, 2, 4]), ("status", [3, 1, 4, 2])],
)
def test_orders(store, order, expected):
    put(
        store,
        report(1, opening_date="2026-02-01T00:00:00+01:00"),
        report(2, opening_date="2026-03-01T00:00:00+01:00", status="valid"),
        report(3, opening_date="2026-01-31T23:30:00+00:00"),  # later than the first, whatever the text says
        report(4, opening_date=None),
    )
    assert view_reports(store, [3, 1, 2, 4], order=order).ids() == expected


def test_missing_reports_are_said(store):
    put(store, report(1))
    heard = Heard()
    view = view_reports(store, [2, 1, 3], watch=heard)
    tree = html.fromstring(render(view.report()))
    sentence = "The reports 2, 3 are not in the store: download them, or tick “Refresh first”."
    assert heard.said == [sentence] and sentence in text(one(tree, ".warnings"))
    assert (view.ids(), view.numbers()["MISSING_COUNT"]) == ([1], 2)


def test_all_missing(store):
    view = view_reports(store, [8])
    tree = html.fromstring(render(view.report()))
    assert "Report 8 is not in the store" in text(one(tree, ".warnings"))
    assert view.numbers()["COUNT"] == 0 and text(one(tree, "h1")) == "0 reports"


def test_a_long_list_of_missing_ones_is_cut(store):
    heard = Heard()
    view_reports(store, range(1, 500), watch=heard)
    assert len(heard.said[0]) < 300 and ", …" in heard.said[0]


# ---------------------------------------------------------------------- the map


def test_no_position_no_map(store):
    put(store, report(1, geometry="LINESTRING(0 0,1 1)"))
    article = one(shown(store, [1]), "article")
    assert not find(article, "svg") and "It has no position: there is no map of it." in text(article)


def test_no_map_unless_asked_for(store):
    put(store, report(1))
    assert not find(shown(store, [1], situation=False), "svg")


@pytest.mark.parametrize("sketch", ["{croquis illisible", {"objects": [{"type": "Ligne", "geometry": "LINESTRING(2"}]}])
def test_a_sketch_that_cannot_be_read_is_said(store, sketch):
    put(store, report(1, sketch=sketch))
    article = one(shown(store, [1]), "article")
    assert "It has a sketch of which not everything can be read" in text(article)
    assert find(article, ".map .pin")


def test_reports_around_are_on_the_map_and_those_far_away_are_not(store):
    near, far = report(2, geometry="POINT(2.3489 48.8535)", status="valid"), report(3, geometry="POINT(3 48)")
    put(store, report(1), near, far, report(4, geometry=None))
    (dot,) = find(one(shown(store, [1]), "article"), ".near")
    assert "tone-valid" in dot.get("class") and text(dot.find("title")) == "2: Pris en compte"


def test_the_grounds_are_asked_for_what_the_map_shows(store):
    put(store, report(1, sketch=json.dumps(SKETCH)), report(2, geometry=None))
    asked = []
    shown(store, [1, 2], grounds=lambda box, pixel: asked.append((box, pixel)) or ())
    (((west, south, east, north), pixel),) = asked
    assert west < 2.34 and east > 2.35 and south < 48.85 and north > 48.86
    assert 300 * pixel == pytest.approx(north - south)


# ---------------------------------------------------------------------- what it must not do


def test_hostile_texts_are_shown_and_not_obeyed(store):
    put(
        store,
        report(
            1,
            comment=HOSTILE,
            attributes=[{"community": 375, "theme": HOSTILE, "attributes": {HOSTILE: HOSTILE}}],
            status=HOSTILE,
            author={"id": 1, "username": HOSTILE},
            commune={"name": HOSTILE, "title": HOSTILE},
            input_device=HOSTILE,
            sketch=json.dumps({"name": HOSTILE, "objects": [
                {"type": "Texte", "geometry": "POINT(2.3 48.8)", "name": HOSTILE, "attributes": {HOSTILE: HOSTILE},
                 "style": {"frontcolor": HOSTILE, "graphicName": HOSTILE}}]}),
            replies=[reply(1, HOSTILE, content=HOSTILE, title=HOSTILE, status=HOSTILE,
                           author={"id": 1, "username": HOSTILE})],
            attachments=[document(5, filename=HOSTILE, title=HOSTILE, description=HOSTILE, mime_type=HOSTILE,
                                  uri="javascript:alert(1)")],
        ),
        report(2),
    )  # fmt: skip
    tree = shown(store, [1, 2])
    said = tree.text_content()
    assert said.count(SHOWN) > 12 and not any(mark in said for mark in "\x00\x07\u202e\ufffe")
    for element in tree.iter():
        assert element.tag not in ("script", "iframe", "object", "form", "base", "link")
        for name, value in element.items():
            assert not name.startswith("on") and (name != "href" or value.startswith(("https://", "#"))), value
    assert not tree.xpath("//@src")
    policy = policy_of(tree)
    assert policy.startswith("default-src 'none'") and "img-src" not in policy and "script" not in policy
    message = one(tree, "#report-1 .message")
    assert message.text_content() == SHOWN and message.get("dir") == "auto"


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "//host/x", ""])
def test_only_web_pages_are_links(store, url):
    put(store, report(1, attachments=[document(5, uri=url, download_uri="")]))
    with store.atomic() as connection:
        connection.execute('UPDATE "Signalement" SET "URL" = ?', (url,))
    article = one(shown(store, [1]), "article")
    assert not find(article, "a") and "photo.png" in text(article)


def test_a_text_of_100_kb_stays_whole(store):
    long = "é<b>" * 25_000
    put(store, report(1, comment=long, replies=[reply(1, "2026-03-14T12:00:00+01:00", content=long)]))
    tree = shown(store, [1])
    assert one(tree, ".message").text_content() == long and one(tree, ".thread .words").text_content() == long


def test_the_page_needs_nothing_from_elsewhere_and_nothing_is_asked(store, monkeypatch):
    put(store, report(1, sketch=json.dumps(SKETCH), attachments=[document(5)]), report(2))

    def refuse(*_args, **_kwargs):
        raise AssertionError("the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    page = render(view_reports(store, [1, 2]).report())
    tree = html.fromstring(page)
    assert "url(" not in page and "@import" not in page
    assert not tree.xpath("//script | //link | //img | //iframe | //*[@src or @srcset or @data]")


texts = st.one_of(st.text(st.characters(), max_size=30), st.just(HOSTILE))
dates = st.one_of(
    texts, st.none(), st.datetimes(timezones=st.just(timezone(timedelta(hours=2)))).map(datetime.isoformat)
)
wkts = st.one_of(texts, st.tuples(st.floats(-180, 180), st.floats(-90, 90)).map(lambda at: f"POINT({at[0]} {at[1]})"))


@given(
    st.lists(
        st.builds(
            lambda **changes: changes,
            comment=texts, status=st.one_of(texts, st.sampled_from(list(STATUS_MEANINGS))), opening_date=dates,
            updating_date=dates, geometry=wkts, input_device=texts,
            attributes=st.lists(st.fixed_dictionaries({"theme": texts, "attributes": st.dictionaries(texts, texts)}),
                                max_size=2),
            replies=st.lists(st.builds(reply, st.integers(1, 9), dates, content=texts, title=texts), max_size=2),
            attachments=st.lists(st.builds(document, st.integers(1, 9), filename=texts, size=st.integers() | texts),
                                 max_size=2),
            sketch=st.lists(st.fixed_dictionaries({"type": texts, "geometry": wkts, "name": texts}), max_size=2)
            .map(lambda objects: {"objects": objects}),
        ),
        max_size=3,
    ),
    st.sampled_from(["given", "newest", "oldest", "status"]),
)  # fmt: skip
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
def test_any_report_becomes_a_well_formed_page(store, changes, order):
    reports = [report(at, **each) for at, each in enumerate(changes, 1)]
    put(store, *reports)
    tree = shown(store, range(1, len(reports) + 1), order=order)
    assert len(find(tree, "article")) == len(reports)
    identifiers = tree.xpath("//@id")
    assert len(identifiers) == len(set(identifiers))


def test_it_can_be_stopped(store):
    put(store, report(1))
    with pytest.raises(Cancelled):
        view_reports(store, [1], watch=Watch(cancelled=lambda: True))


def test_in_french(store, monkeypatch):
    put(store, report(1, attachments=[document(5)]))
    monkeypatch.setattr(i18n, "_language", "fr")
    article = one(shown(store, [1]), "article")
    assert dict(pairs(one(article, ".side")))["Created on"] == "14/03/2026 09:26"
    assert "1,2" in text(one(article, ".about-file")) and "48,85340" in text(one(article, ".side"))


# ---------------------------------------------------------------------- with the server


@pytest.fixture
def world(sandbox):
    return World(sandbox)


class World:
    """The sandbox: the plugin's session of `membre`, and plain requests."""

    def __init__(self, sandbox):
        self.sandbox = sandbox
        self.root = sandbox.url + "/gcms/api"
        self.http = requests.Session()
        self.http.trust_env = False

    def api(self, auth=None):
        session = Session(auth or bearer(self.sandbox.token("membre")), rate=None, concurrency=3)
        return EspaceCo(session, self.root, self.sandbox.url)

    def call(self, method, path, user="membre", **more):
        account = (user, BY_NAME[user].password)
        answer = self.http.request(method, self.root + path, auth=account, timeout=30, **more)
        assert answer.ok, answer.text
        return answer.json() if answer.content else None

    def create(self, comment):
        return self.call(
            "POST", "/reports", json={"geometry": "POINT(2.35 48.85)", "community": 375, "comment": comment}
        )

    def attach(self, number, *files):
        parts = [(f"f{at}", file) for at, file in enumerate(files)]
        return [each["id"] for each in self.call("POST", f"/reports/{number}/attachments", files=parts)["attachments"]]


def test_refreshed_reports_are_in_the_store_and_on_the_page(store, world):
    made = world.create("avant")
    put(store, made, report(1))
    number = made["id"]
    world.call("PATCH", f"/reports/{number}", json={"comment": "après"})
    world.sandbox.clear_journal()
    view = view_reports(store, [number], api=world.api(), refresh=True)
    assert view.refreshed == 1 and view.articles[0].message == "après"
    assert store.one('SELECT "Message" FROM "Signalement" WHERE id = ?', (number,)) == "après"
    assert [entry["path"] for entry in world.sandbox.journal("^/gcms/api")] == [f"/gcms/api/reports/{number}"]
    assert store.one('SELECT count(*) FROM "Signalement"') == 2


def test_a_report_that_was_never_downloaded_is_fetched(store, world):
    number = world.create("nouveau")["id"]
    view = view_reports(store, [number], api=world.api(), refresh=True)
    assert view.ids() == [number] and not view.missing


def test_a_report_that_is_gone_is_shown_as_it_was_and_said(store, world):
    made, never = world.create("disparu"), 999_999_999
    put(store, made)
    number = made["id"]
    world.call("DELETE", f"/reports/{number}")
    view = view_reports(store, [number, never], api=world.api(), refresh=True)
    assert (view.gone, view.missing, view.refreshed) == ([number], [never], 0)
    tree = html.fromstring(render(view.report()))
    warnings = text(one(tree, ".warnings"))
    assert f"Report {number} is no longer on the server" in warnings
    assert f"Report {never} is neither in the store nor on the server" in warnings
    assert "this is its last known state" in text(one(tree, ".remark")) and "disparu" in text(one(tree, ".message"))
    assert store.one('SELECT count(*) FROM "Signalement" WHERE id = ?', (number,)) == 1


def test_a_refresh_that_fails_leaves_the_store_as_it_was(store, world, monkeypatch):
    monkeypatch.setattr("geocollab.client.session.ATTEMPTS", 1)
    made = world.create("avant")
    put(store, made)
    world.sandbox.faults({"kind": "reset", "times": None})
    with pytest.raises(Unreachable):
        view_reports(store, [made["id"]], api=world.api(basic("membre", "sandbox-membre")), refresh=True)
    assert store.one('SELECT "Message" FROM "Signalement"') == "avant"


def kept(content, format):
    """Stands for Qt, which the workflow does not know: a picture that is small already."""
    return content, f"image/{format.lower()}", 80, 60


def images(tree):
    return [base64.b64decode(image.get("src").split(",")[1]) for image in find(tree, "img")]


def test_pictures_are_inside_the_page(store, world):
    made = world.create("avec photo")
    world.attach(made["id"], ("photo.png", png(20, 10, (1, 2, 3)), "image/png"), ("note.txt", b"texte", "text/plain"))
    world.sandbox.clear_journal()
    tree = shown(store, [made["id"]], api=world.api(), refresh=True, shrink=kept)
    (content,) = images(tree)
    assert content.startswith(b"\x89PNG")
    image = one(tree, ".documents li img")
    assert image.get("src").startswith("data:image/png;base64,") and (image.get("width"), image.get("height")) == (
        "80",
        "60",
    )
    policy = policy_of(tree)
    assert "img-src data:;" in policy and policy.startswith("default-src 'none'")
    (asked,) = world.sandbox.journal("^/document")
    assert asked["path"].startswith("/document/thumbnail/") and "authorization" not in {
        n.lower() for n in asked["headers"]
    }


def test_without_a_small_one_the_document_itself_is_made_small(store, world):
    made = world.create("avec photo")
    whole = png(20, 10, (1, 2, 3))
    world.attach(made["id"], ("photo.png", whole, "image/png"))
    world.sandbox.faults({"kind": "status", "status": 404, "path": "^/document/thumbnail", "times": None})
    assert images(shown(store, [made["id"]], api=world.api(), refresh=True, shrink=kept)) == [whole]


def test_what_is_no_picture_is_not_embedded(store, world):
    made = world.create("fausse photo")
    faked, true = world.attach(
        made["id"],
        ("fausse.png", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "image/png"),
        ("vraie.png", png(20, 10, (1, 2, 3)), "image/png"),
    )
    world.sandbox.faults({"kind": "status", "status": 404, "path": "^/document/thumbnail", "times": None})
    heard = Heard()
    tree = shown(store, [made["id"]], api=world.api(), refresh=True, shrink=kept, watch=heard)
    assert len(images(tree)) == 1 and true != faked
    assert heard.said == [f"Document {faked}: no picture of it can be had."]
    assert {"fausse.png", "vraie.png"} <= {text(link) for link in find(tree, ".documents a")}


def test_a_page_does_not_become_too_heavy(store, world, monkeypatch):
    made = world.create("quatre photos")
    world.attach(made["id"], *((f"{at}.png", png(20, 10, (at, 2, 3)), "image/png") for at in range(4)))
    monkeypatch.setattr(pictures, "MOST_BYTES", 700)
    heard = Heard()
    tree = shown(store, [made["id"]], api=world.api(), refresh=True, shrink=kept, watch=heard)
    count = len(find(tree, "img"))
    assert 0 < count < 4 and sum(len(image.get("src")) for image in find(tree, "img")) <= 700
    assert any(f"{4 - count} picture" in sentence and "too heavy" in sentence for sentence in heard.said)


def test_a_file_that_is_too_large_is_left_out(store, world, monkeypatch):
    made = world.create("photo lourde")
    world.attach(made["id"], ("photo.png", png(20, 10, (1, 2, 3)), "image/png"))
    monkeypatch.setattr(pictures, "LARGEST_FILE", 50)
    heard = Heard()
    assert not images(shown(store, [made["id"]], api=world.api(), refresh=True, shrink=kept, watch=heard))
    assert "no picture of it can be had" in heard.said[0]


def test_without_pictures_there_is_still_a_page(store, world, monkeypatch):
    monkeypatch.setattr("geocollab.client.session.ATTEMPTS", 1)
    made = world.create("avec photo")
    world.attach(made["id"], ("photo.png", png(20, 10, (1, 2, 3)), "image/png"))
    world.sandbox.faults({"kind": "status", "status": 500, "path": "^/document", "times": None})
    heard = Heard()
    tree = shown(store, [made["id"]], api=world.api(), refresh=True, shrink=kept, watch=heard)
    assert not images(tree) and "photo.png" in text(one(tree, ".documents"))
    assert heard.said[0].startswith("The pictures of the documents cannot be had.")


def test_addresses_that_documents_give_are_not_followed(store, world):
    put(store, report(1, attachments=[document(5, uri="http://127.0.0.1:1/x"), document(-3)]))
    world.sandbox.clear_journal()
    view_reports(store, [1], api=world.api(), shrink=kept)
    assert [entry["path"] for entry in world.sandbox.journal("^/(document|gcms)")] == [
        "/document/thumbnail/5",
        "/document/image/5",
    ]
