"""The filter, here and as the server is asked: patterns, departments, dates, and the fingerprint."""

import time
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from osgeo import ogr

from geocollab.workflows.reports.report_filter import ReportFilter, codes
from geocollab.workflows.zone import Zone

ZONE = Zone(bytes(ogr.CreateGeometryFromWkt("POLYGON((2 48,3 48,3 49,2 48))").ExportToWkb()))
MOMENT = datetime(2026, 1, 1, 12, tzinfo=timezone.utc)


def _keeps(report, **wanted):
    return ReportFilter(**wanted).keeps()(report)


def _slow_like(pattern, text):
    """LIKE by its definition, character by character."""
    reached = {0}
    for character in pattern:
        if character == "%":
            reached = set(range(min(reached), len(text) + 1)) if reached else set()
        else:
            reached = {at + 1 for at in reached if at < len(text) and character in ("_", text[at])}
    return len(text) in reached


@given(st.text("ab%_.*\n", max_size=8), st.text("ab.*\n", max_size=12))
def test_a_pattern_is_that_of_like(pattern, text):
    pattern = "%" + pattern  # without % it is a search for a part, of other rules
    assert _keeps({"comment": text}, text=pattern) is _slow_like(pattern, text)
    assert _keeps({"comment": text}, text=pattern[::-1]) is _slow_like(pattern[::-1], text)


def test_a_pattern_of_many_wildcards_takes_no_time():
    began = time.process_time()
    assert not _keeps({"comment": "a" * 5000}, text="%a" * 40 + "%b")
    assert time.process_time() - began < 2


@pytest.mark.parametrize(
    ("text", "comment", "kept"),
    [
        ("ecole", "L'École du bourg", True),
        ("ÉCOLE", "ecole", True),
        ("école", "collège", False),
        ("a.c", "abc", False),
        ("%Route%", "La Route", True),
        ("%Route%", "La route", False),
        ("Route", None, False),
        ("x", 12, False),
    ],
)
def test_text(text, comment, kept):
    assert _keeps({"comment": comment}, text=text) is kept


@pytest.mark.parametrize(
    ("departments", "code", "kept"),
    [
        (("2A",), "2A", True),
        (("2a",), "2A", True),
        (("2A",), "2B", False),
        (("1",), "01", True),
        (("01",), "1", True),
        (("075",), "75", True),
        (("75", "92"), "92", True),
        (("75",), None, False),
        (("971",), "971", True),
    ],
)
def test_departments(departments, code, kept):
    assert _keeps({"departement": {"name": code, "title": "x"}}, departments=departments) is kept
    assert _keeps({"departement": code}, departments=departments) is kept


def test_departments_as_the_server_is_asked():
    assert ReportFilter(departments=("1", "75")).query(()).departments == ("01", "75")
    assert ReportFilter(departments=("75", "2A")).query(()).departments == (), "A39: the server never finds Corsica"


@pytest.mark.parametrize(
    ("commune", "kept"),
    [("75056", True), ("paris", True), ("PÂRIS", True), ("Par", False), ("75057", False), (" paris ", True)],
)
def test_commune(commune, kept):
    assert _keeps({"commune": {"name": "75056", "title": "Paris"}}, commune=commune) is kept


def test_a_commune_by_code_only_is_asked_of_the_server():
    assert ReportFilter(commune="2a004").query(()).commune == "2A004"
    for other in ("Paris", "750561", "75056\n", "٧٥٠٥٦"):
        assert ReportFilter(commune=other).query(()).commune == ""


@given(st.integers(-10_000, 10_000), st.integers(-12, 14))
def test_dates_are_compared_as_moments(seconds, hours):
    date = (MOMENT + timedelta(seconds=seconds)).astimezone(timezone(timedelta(hours=hours))).isoformat()
    for name in ("opening", "updating", "closing"):
        wanted = {"opening": "opened_since", "updating": "updated_since", "closing": "closed_since"}[name]
        assert _keeps({f"{name}_date": date}, **{wanted: MOMENT}) is (seconds >= 0)
        assert _keeps({}, **{wanted: MOMENT}) is False


def test_a_date_without_zone_is_french():
    summer, winter = datetime(2026, 7, 1, 12), datetime(2026, 1, 1, 12)  # noqa: DTZ001 - without zone is what is meant
    assert _keeps({"updating_date": "2026-07-01T10:00:00+00:00"}, updated_since=summer)
    assert not _keeps({"updating_date": "2026-07-01T09:59:59+00:00"}, updated_since=summer)
    assert _keeps({"updating_date": "2026-01-01T11:00:00Z"}, updated_since=winter)
    assert ("updating_date", "2026-07-01 14:00:00") in ReportFilter(
        updated_since=datetime(2026, 7, 1, 12, tzinfo=timezone.utc)
    ).query(()).params()


@pytest.mark.parametrize(
    ("report", "kept"),
    [
        ({"community": 375}, True),
        ({"community": 96}, False),
        ({"community": None}, True),
        ({}, True),
        ({"community": 96, "attributes": [{"community": 375, "theme": "x"}]}, True),
    ],
)
def test_community(report, kept):
    assert _keeps(report, community=375) is kept
    assert _keeps(report, community=375, public=True)


def test_zone():
    assert _keeps({"geometry": "POINT(2.9 48.5)"}, zone=ZONE)
    assert not _keeps({"geometry": "POINT(2.1 48.9)"}, zone=ZONE)
    assert not _keeps({"geometry": None}, zone=ZONE)


def test_filters_add_up():
    report = {
        "status": "submit",
        "author": {"id": 3},
        "input_device": "www",
        "territory": {"name": "FXX"},
        "attributes": [{"theme": "Voirie"}],
    }
    wanted = {
        "statuses": ("submit", "test"),
        "author": 3,
        "input_device": "www",
        "territory": "FXX",
        "themes": ("Voirie", "x"),
    }
    assert _keeps(report, **wanted)
    for other in (
        {"status": "valid"},
        {"author": 4},
        {"input_device": "PHONE"},
        {"territory": "REU"},
        {"attributes": []},
    ):
        assert not _keeps({**report, **other}, **wanted)


def test_an_unknown_theme_is_not_asked_of_the_server():
    known = ((375, "Voirie"), (1, "Route"))
    assert ReportFilter(community=375, themes=("Voirie",)).query(known).themes == ((375, "Voirie"),)
    assert ReportFilter(community=375, themes=("Voirie", "Ancien")).query(known).themes == ()
    assert ReportFilter(community=375, themes=("Voirie",), public=True).query(known).themes == ()


def test_every_member_counts_in_the_fingerprint():
    plain = ReportFilter()
    others = [
        ReportFilter(community=1),
        ReportFilter(public=True),
        ReportFilter(zone=ZONE),
        ReportFilter(updated_since=MOMENT),
        ReportFilter(opened_since=MOMENT),
        ReportFilter(closed_since=MOMENT),
        ReportFilter(statuses=("submit",)),
        ReportFilter(themes=("a",)),
        ReportFilter(departments=("75",)),
        ReportFilter(commune="Paris"),
        ReportFilter(author=1),
        ReportFilter(text="a"),
        ReportFilter(input_device="www"),
        ReportFilter(territory="FXX"),
    ]
    assert len(others) == len(vars(plain))
    assert len({wanted.fingerprint() for wanted in [plain, *others]}) == len(others) + 1
    assert (
        ReportFilter(zone=ZONE, statuses=("a",)).fingerprint() == ReportFilter(zone=ZONE, statuses=("a",)).fingerprint()
    )


def test_codes():
    assert codes(" 01, 2A;33\n971 ") == ("01", "2A", "33", "971")
    assert codes(None) == codes("") == ()
