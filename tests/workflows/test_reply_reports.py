"""Replies: each exactly once, what may not be answered left out, what the server made of it in the store."""

import pytest

from geocollab.client.errors import Cancelled
from geocollab.client.espaceco.api import EspaceCo
from geocollab.client.session import Session
from geocollab.store.store import Store
from geocollab.workflows.contributions import sending
from geocollab.workflows.contributions.reply_reports import Reply, a17_waits, reply_to_reports
from geocollab.workflows.errors import InputError, Interrupted
from tests.workflows.downloads import Heard
from tests.workflows.office import ESPACE, outcomes

# ---------------------------------------------------------------------- the usual case


def test_a_reply_is_sent_read_back_and_stored(office):
    number = office.make()
    replied = office.reply({number: ("Vu sur place", "pending")}, title="Suite donnée")
    (line,) = replied.lines
    assert (line.outcome, line.report, line.status, line.detail) == ("sent", number, "pending", "")
    assert line.about == "Trottoir affaissé" and line.url == f"{office.process.url}/georem/{number}"
    (reply,) = office.get(number)["replies"]
    assert (reply["content"], reply["status"], reply["title"]) == ("Vu sur place", "pending", "Suite donnée")
    assert office.stored(number, "Statut", "Nb_réponses") == ("pending", 1)
    assert "Vu sur place" in office.stored(number, "Réponses")[0]
    assert replied.numbers()["SENT_COUNT"] == 1 and replied.reports() == [number]
    assert (replied.closed, replied.to_validate, replied.notes) == (0, 0, [])


def test_lines_come_in_the_order_asked_for(office):
    numbers = office.make_many(4)
    office.close(numbers[2])
    wanted = [numbers[i] for i in (3, 2, 0, 1)]
    replied = office.reply(dict.fromkeys(wanted, ("Vu", "pending")))
    assert [line.report for line in replied.lines] == wanted
    assert outcomes(replied) == ["sent", "skipped", "sent", "sent"]


def test_each_report_its_own_text_and_status(office):
    first, second = office.make(), office.make()
    office.reply({first: ("Un", "pending"), second: ("Deux", "pending1")})
    assert (office.said(first), office.said(second)) == (["Un"], ["Deux"])
    assert (office.get(first)["status"], office.get(second)["status"]) == ("pending", "pending1")


TEXTS = {
    "quotes": 'L\'« îlot » dit "le rond" ; DROP TABLE Signalement;-- \\ %s {0}',
    "emoji": "Vu 👍🏽🚧",
    "right to left": "تم إصلاح الطريق \u202eabc",
    "lines": "Bonjour,\n\nMerci.\tCordialement",
    "100 kB": "é" * 100_000,
}


@pytest.mark.parametrize("name", TEXTS)
def test_any_text_arrives_as_it_is(office, name):
    number = office.make()
    replied = office.reply({number: (TEXTS[name], "pending")})
    assert outcomes(replied) == ["sent"] and office.said(number) == [TEXTS[name]]
    (line,) = replied.lines
    assert len(line.about) <= 60
    # exactly this text is known to have been sent
    assert outcomes(office.reply({number: (TEXTS[name], "pending")})) == ["already"]
    assert len(office.said(number)) == 1


def test_nul_is_no_text(office):
    first, second = office.make(), office.make()
    replied = office.reply({first: ("Vu\0 hier", "pending"), second: ("\0 \0", "pending")})
    assert outcomes(replied) == ["sent", "fault"] and office.said(first) == ["Vu hier"]


# ---------------------------------------------------------------------- what the server makes of a closing (A17)


@pytest.mark.parametrize("status", ["valid", "reject", "reject0"])
def test_closing_by_a_member_waits_for_validation(office, status):
    number = office.make()
    replied = office.reply({number: ("Corrigé", status)})
    (line,) = replied.lines
    assert (line.outcome, line.status, line.status_label) == ("sent", "pending2", "En attente de validation")
    assert f"Report {number}:" in line.detail and "waits for validation" in line.detail
    assert (replied.closed, replied.to_validate) == (0, 1)
    assert replied.numbers()["TO_VALIDATE_COUNT"] == 1
    assert replied.notes == ["1 closing waits for validation: a manager of the community has to confirm it."]
    assert office.stored(number, "Statut") == ("pending2",)


def test_closing_by_a_manager_closes(office):
    number = office.make()
    replied = office.reply({number: ("Corrigé", "valid")}, user="admin")
    (line,) = replied.lines
    assert (line.status, line.status_label, line.detail) == ("valid", "Corrigé dans la base", "")
    assert (replied.closed, replied.to_validate) == (1, 0)
    assert office.stored(number, "Statut", "Validateur") == ("valid", "admin")


def test_closing_by_a_member_where_all_may(office):
    number = office.make(community=96, attributes=ESPACE)
    replied = office.reply({number: ("Corrigé", "valid0")})
    assert (replied.lines[0].status, replied.closed, replied.to_validate) == ("valid0", 1, 0)


@pytest.mark.parametrize(
    ("asked", "status", "waits"),
    [
        ("valid", "pending2", True),
        ("valid", "valid", False),
        ("pending", "pending2", False),
        ("pending", "pending", False),
    ],
)
def test_what_waits(asked, status, waits):
    assert a17_waits(asked, status) is waits


# ---------------------------------------------------------------------- left out, faulty


def test_closed_and_test_reports_are_left_out(office):
    closed, test, other = office.make(), office.make(status="test"), office.make()
    office.close(closed, "reject")
    office.process.clear_journal()
    replied = office.reply(dict.fromkeys((closed, test, other), ("Vu", "pending")))
    assert outcomes(replied) == ["skipped", "skipped", "sent"]
    assert replied.lines[0].detail == (
        f"Report {closed} is closed (“Rejeté (hors spéc.)”, by admin): it takes no reply."
    )
    assert replied.lines[1].detail == f"Report {test} is a test: it takes no reply."
    assert [entry["path"] for entry in office.posts()] == [f"/gcms/api/reports/{other}/replies"]


def test_a_report_closed_since_the_download_is_left_out(office):
    numbers = office.make_many(12)
    office.download()
    office.close(numbers[5])
    replied = office.reply(dict.fromkeys(numbers, ("Vu", "pending")))
    assert outcomes(replied) == ["sent"] * 5 + ["skipped"] + ["sent"] * 6
    assert office.stored(numbers[5], "Statut") == ("valid",), "what was learnt is in the store"


@pytest.mark.parametrize("text", ["", "  \n ", "\0"])
def test_a_reply_without_text_is_not_sent(office, text):
    first, second = office.make(), office.make()
    office.process.clear_journal()
    replied = office.reply({first: (text, "pending"), second: ("Vu", "pending")})
    assert outcomes(replied) == ["fault", "sent"]
    assert f"Report {first}: the reply has no text" in replied.lines[0].detail
    assert len(office.posts()) == 1 and office.waiting() == 0


@pytest.mark.parametrize("status", ["", "submit", "pending0", "pending2", "test", "VALID", "Pris en compte", "'; --"])
def test_a_status_that_a_reply_may_not_set(office, status):
    number = office.make()
    office.process.clear_journal()
    replied = office.reply({number: ("Vu", status)})
    assert outcomes(replied) == ["fault"] and not office.posts()
    assert f"“{status}” is no status that a reply may set" in replied.lines[0].detail
    assert "pending, pending1, valid, valid0, reject, reject0" in replied.lines[0].detail


def test_a_status_that_the_community_does_not_use(office):
    ours, theirs = office.make(), office.make(community=96, attributes=ESPACE)
    office.process.clear_journal()
    replied = office.reply({ours: ("Vu", "valid0"), theirs: ("Vu", "valid0")})
    assert outcomes(replied) == ["fault", "sent"]
    assert "“Voirie et adresses de la petite couronne” does not use" in replied.lines[0].detail
    assert replied.lines[0].detail.endswith("It uses pending, pending1, valid, reject, reject0.")
    assert len(office.posts()) == 1


def test_a_report_that_is_not_there(office):
    number = office.make()
    replied = office.reply({99_999_999: ("Vu", "pending"), number: ("Vu", "pending")})
    assert outcomes(replied) == ["fault", "sent"]
    assert replied.lines[0].detail == "Report 99999999 is not there, or is hidden from you."


def test_without_account(office):
    with Session() as session, Store(office.path) as store, pytest.raises(InputError, match="Writing needs an account"):
        reply_to_reports(EspaceCo(session, office.url, office.process.url), store, {1: Reply("Vu", "pending")})


# ---------------------------------------------------------------------- refused by the server


def test_closed_between_reading_and_sending(office):
    number = office.make()
    calm = office.make()

    def close_now():
        if not closed and office.process.journal("/communities/375$"):
            closed.append(True)
            office.close(number)
        return False

    closed = []
    replied = office.reply({number: ("Vu", "pending"), calm: ("Vu", "pending")}, cancelled=close_now)
    assert closed and outcomes(replied) == ["refused", "sent"]
    assert replied.lines[0].detail == (
        f"Report {number} was closed meanwhile (“Corrigé dans la base”, by admin): it takes no reply."
    )
    assert replied.lines[0].status == "valid" and office.stored(number, "Statut") == ("valid",)
    assert office.said(number) == ["Fait"]


def test_who_is_no_member_is_told_so(office):
    number = office.make("gestionnaire", community=96, attributes=ESPACE)
    route = {"community": 1, "theme": "Route", "attributes": {"Importance": "4"}}
    foreign = office.make("membre", community=1, attributes=route)
    replied = office.reply({foreign: ("Vu", "pending"), number: ("Vu", "pending")}, user="contributeur")
    assert outcomes(replied) == ["refused", "sent"]
    assert f"You may not reply to report {foreign} (403)" in replied.lines[0].detail
    assert "member of each community" in replied.lines[0].detail
    assert "Vous n'êtes pas membre de ce groupe" in replied.lines[0].detail


def test_a_report_deleted_meanwhile(office):
    numbers = office.make_many(11)
    office.download()
    assert office.call("DELETE", f"/reports/{numbers[3]}").status_code == 204
    replied = office.reply(dict.fromkeys(numbers, ("Vu", "pending")))
    assert outcomes(replied) == ["sent"] * 3 + ["refused"] + ["sent"] * 7
    assert replied.lines[3].detail == f"Report {numbers[3]} is not there, or is hidden from you."
    assert office.stored(numbers[3], "id") is None


# ---------------------------------------------------------------------- never twice, never lost


FAULTS = {
    "lost answer": {"kind": "lost_answer"},
    "502": {"kind": "html", "status": 502},
    "500": {"kind": "status", "status": 500},
    "503": {"kind": "status", "status": 503},
    "reset": {"kind": "reset"},
    "cut": {"kind": "drop"},
    "not JSON": {"kind": "not_json"},
    "429": {"kind": "rate_limit", "retry_after": 0},
    "token": {"kind": "expired_token"},
}


@pytest.mark.parametrize("fault", FAULTS)
def test_exactly_one_reply_each_whatever_happens_to_a_request(office, fault):
    numbers = office.make_many(4)
    office.process.faults({**FAULTS[fault], "path": "/replies$", "method": "POST", "times": 2})
    text = f"Vu {fault}"
    try:
        replied = office.reply(dict.fromkeys(numbers, (text, "pending")))
    except Interrupted:
        replied = None
    office.process.faults()
    if replied is None or replied.problems:
        replied = office.reply(dict.fromkeys(numbers, (text, "pending")))
    assert not replied.problems, replied.lines
    assert [office.said(n) for n in numbers] == [[text]] * 4
    assert [office.stored(n, "Statut") for n in numbers] == [("pending",)] * 4
    assert office.waiting() == 0


def test_a_lost_closing_is_found_although_the_report_is_closed(office):
    """Stopped after the request: the next run finds its reply on a report that this very reply has closed."""
    number = office.make()
    office.process.faults({"kind": "lost_answer", "path": "/replies$"})
    with pytest.raises(Interrupted):
        office.reply({number: ("Corrigé", "valid")}, user="admin", cancelled=lambda: bool(office.posts()))
    assert office.get(number, "admin")["status"] == "valid" and office.waiting() == 1
    replied = office.reply({number: ("Corrigé", "valid")}, user="admin")
    assert outcomes(replied) == ["found"] and replied.closed == 1
    assert office.said(number) == ["Corrigé"] and office.waiting() == 0
    assert office.stored(number, "Statut") == ("valid",)


def test_stopped_half_way_then_run_again(office, monkeypatch):
    monkeypatch.setattr(sending, "WINDOW", 10)
    numbers = office.make_many(30)
    with pytest.raises(Interrupted) as stopped:
        office.reply(dict.fromkeys(numbers, ("Vu", "pending")), cancelled=lambda: len(office.posts()) >= 12)
    assert isinstance(stopped.value.__cause__, Cancelled)
    assert "of 30" in str(stopped.value)
    sent = sum(bool(office.said(n)) for n in numbers)
    assert 12 <= sent < 30
    replied = office.reply(dict.fromkeys(numbers, ("Vu", "pending")))
    assert not replied.problems
    assert {len(office.said(n)) for n in numbers} == {1}
    assert replied.count("sent") == 30 - sent and replied.count("already", "found") == sent
    assert {office.stored(n, "Statut") for n in numbers} == {("pending",)}


def test_the_same_again_only_when_asked_for(office):
    number = office.make()
    assert outcomes(office.reply({number: ("Relance", "pending")})) == ["sent"]
    assert outcomes(office.reply({number: ("Relance", "pending")})) == ["already"]
    assert outcomes(office.reply({number: ("Relance", "pending")}, again=True)) == ["sent"]
    assert office.said(number) == ["Relance", "Relance"]


def test_a_closing_of_an_earlier_run_is_no_closed_report(office):
    number = office.make()
    office.reply({number: ("Corrigé", "valid")}, user="admin")
    replied = office.reply({number: ("Corrigé", "valid")}, user="admin")
    assert outcomes(replied) == ["already"] and replied.closed == 1
    assert outcomes(office.reply({number: ("Corrigé", "valid")}, user="admin", again=True)) == ["skipped"]
    assert outcomes(office.reply({number: ("Autre", "valid")}, user="admin")) == ["skipped"]


def test_sent_although_it_cannot_be_read_back(office):
    number = office.make()
    office.process.faults({"kind": "status", "status": 500, "path": f"/reports/{number}$", "after": 1, "times": None})
    watch = Heard()
    replied = office.reply({number: ("Vu", "pending")}, watch=watch)
    assert outcomes(replied) == ["sent"]
    (warning,) = watch.said
    assert "could not be read again" in warning and "“Download reports” brings it up to date" in warning


# ---------------------------------------------------------------------- dry run


def test_a_dry_run_sends_nothing(office):
    first, closed, sent = office.make(), office.make(), office.make()
    office.close(closed)
    office.reply({sent: ("Vu", "valid")})
    office.process.clear_journal()
    replied = office.reply(dict.fromkeys((first, closed, sent), ("Vu", "valid")), dry_run=True)
    assert outcomes(replied) == ["planned", "skipped", "already"]
    assert "will wait for validation by a manager" in replied.lines[0].detail
    assert not office.posts() and office.said(first) == []
    assert office.waiting() == 0 and office.stored(first, "id") is None
    replied = office.reply({first: ("Vu", "pending1")}, dry_run=True)
    assert replied.lines[0].detail == f"Report {first} would become “À dessiner”."


# ---------------------------------------------------------------------- few requests


def test_a_request_each_and_a_few_more(office):
    numbers = office.make_many(120)
    office.download()
    office.process.clear_journal()
    replied = office.reply(dict.fromkeys(numbers, ("Vu", "pending")))
    assert outcomes(replied) == ["sent"] * 120
    asked = office.requests_made()
    assert len(asked) == replied.requests <= 120 + 20
    assert len(office.posts()) == 120
    assert {office.stored(n, "Statut", "Nb_réponses") for n in numbers} == {("pending", 1)}


def test_reports_that_the_store_does_not_know_cost_one_more_each(office):
    numbers = office.make_many(15)
    office.process.clear_journal()
    office.reply(dict.fromkeys(numbers, ("Vu", "pending")))
    assert len(office.requests_made()) <= 2 * 15 + 6
    assert {office.stored(n, "Statut") for n in numbers} == {("pending",)}


def test_what_was_sent_before_everything_failed_is_in_the_store(office, monkeypatch):
    monkeypatch.setattr(sending, "WINDOW", 4)
    numbers = office.make_many(12)
    office.process.faults(
        {"kind": "status", "status": 503, "path": "/replies$", "after": 4, "times": None},
        {"kind": "status", "status": 500, "path": "/users/me$", "after": 1, "times": None},
    )
    with pytest.raises(Interrupted, match="4 of 12 were sent"):
        office.reply(dict.fromkeys(numbers, ("Vu", "pending")))
    assert [office.stored(n, "Statut")[0] for n in numbers] == ["pending"] * 4 + ["submit"] * 8
    office.process.faults()
    assert outcomes(office.reply(dict.fromkeys(numbers, ("Vu", "pending")))) == ["already"] * 4 + ["sent"] * 8
    assert {len(office.said(n)) for n in numbers} == {1}


def test_the_page_says_what_was_said_and_what_became_of_it(office):
    numbers = office.make_many(2)
    replied = office.reply({numbers[0]: ("Corrigé <b>", "valid"), numbers[1]: ("Vu", "pending")})
    page = replied.report("Replies")
    titles = [section.title for section in page.sections]
    assert titles == ["Status of the reports now", "One by one", "The replies"]
    assert {item.label for item in page.sections[0].chart.items} == {
        "En attente de validation",
        "En cours de traitement",
    }
    assert {row[2] for row in page.sections[2].table.rows} == {"Corrigé <b>", "Vu"}
    assert {row[1].text for row in page.sections[2].table.rows} == {"Corrigé dans la base", "En cours de traitement"}
    assert page.notes == replied.notes != []
