"""What was done as lines, numbers, rows and a page."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geocollab.client.espaceco.api import EspaceCo
from geocollab.client.session import Session
from geocollab.workflows.contributions.sending import DONE, Outcome
from geocollab.workflows.contributions.sent import COLUMNS, OUTCOMES, PROBLEMS, Line, Sent
from geocollab.workflows.pages.html import render, write_html

lines = st.builds(
    Line,
    outcome=st.sampled_from(sorted(OUTCOMES)),
    report=st.none() | st.integers(1, 10**9),
    about=st.text(max_size=20),
    status=st.sampled_from(["", "submit", "valid", "odd"]),
    status_label=st.text(max_size=20),
    detail=st.text(max_size=20),
    url=st.just("https://site.test/georem/1"),
)


@given(st.lists(lines, max_size=12))
def test_every_line_is_counted_once(found):
    numbers = Sent(found).numbers()
    assert numbers["COUNT"] == len(found)
    parts = ("SENT", "ALREADY", "PLANNED", "SKIPPED", "REFUSED", "UNSURE")
    assert sum(numbers[f"{part}_COUNT"] for part in parts) == len(found)
    assert len(Sent(found).problems) == numbers["REFUSED_COUNT"] + numbers["UNSURE_COUNT"]


@given(st.lists(lines, max_size=12))
def test_reports_are_those_that_were_touched_each_once(found):
    reports = Sent(found).reports()
    assert len(set(reports)) == len(reports)
    assert set(reports) == {line.report for line in found if line.outcome in DONE and line.report}


@settings(deadline=None)  # the first one loads jinja2
@given(st.lists(lines, max_size=6), st.lists(st.text(max_size=20), max_size=2))
def test_any_text_makes_rows_and_a_page(tmp_path_factory, found, notes):
    sent = Sent(found, notes=notes)
    rows = sent.rows()
    assert [len(row) for row in rows] == [len(COLUMNS)] * len(found)
    assert all(row[3] and "" not in row for row in rows), "nothing is NULL, not an empty text"
    page = write_html(sent.report("T"), tmp_path_factory.mktemp("p") / "p.html")
    assert "<script" not in page.read_text(encoding="utf-8")


def test_the_line_of_an_outcome():
    sent = Sent()
    with Session() as session:
        api = EspaceCo(session, "https://host.test/gcms/api")
        sent.add(api, Outcome("found", 3, report=12, answer=40), about="Trou", status="valid", label="Fini")
        sent.add(api, Outcome("refused", 4, error="Non."), about="Banc")
    assert sent.rows() == [
        (12, "Trou", "found", OUTCOMES["found"][0], "valid", "Fini", None, "https://host.test/georem/12"),
        (None, "Banc", "refused", OUTCOMES["refused"][0], None, None, "Non.", None),
    ]


def test_a_page_says_what_it_must_and_escapes_the_rest(tmp_path):
    nasty = '<img src=x onerror=alert(1)>"&'
    sent = Sent([Line("sent", 7, nasty, "valid", nasty, nasty, "javascript:alert(1)")] * 2, notes=[nasty])
    page = write_html(sent.report("Title"), tmp_path / "p.html").read_text(encoding="utf-8")
    assert "<img src=x" not in page and "&lt;img" in page and 'href="javascript:' not in page
    assert "7" in page and "Status of the reports now" in page


def test_a_page_of_nothing(tmp_path):
    page = write_html(Sent().report("Nothing"), tmp_path / "p.html").read_text(encoding="utf-8")
    assert "Status of the reports now" not in page and "One by one" in page


def test_a_page_of_one_needs_no_chart():
    assert "Status of the reports now" not in render(Sent([Line("sent", 7, status="valid")]).report("One"))


@pytest.mark.parametrize("outcome", sorted({"sent", "found", "already", "refused", "unsure", "waiting"}))
def test_every_state_of_an_outcome_has_words(outcome):
    assert OUTCOMES[outcome][0]
    assert (outcome in DONE) != (outcome in PROBLEMS)
