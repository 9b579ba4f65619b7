"""The statistics count what is in the store, each report once, and measure time between instants."""

import sqlite3
import statistics
from datetime import date, datetime, timedelta, timezone

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geocollab.client.errors import Cancelled
from geocollab.client.espaceco.statuses import BY_CODE, STATUSES
from geocollab.store import schema
from geocollab.store.errors import SpatialiteMissing
from geocollab.store.store import Store
from geocollab.workflows.pages.html import render
from geocollab.workflows.reports.report_statistics import report_statistics
from geocollab.workflows.watch import Watch

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=timezone.utc)


def _ago(days):
    return (NOW - timedelta(days=days)).isoformat(timespec="seconds")


def _empty():
    connection = sqlite3.connect(":memory:")
    for table, columns in (
        (schema.REPORT_TABLE, schema.REPORT_COLUMNS),
        (schema.REPLY_TABLE, schema.REPLY_COLUMNS),
        (schema.DOCUMENT_TABLE, schema.DOCUMENT_COLUMNS),
    ):
        connection.execute(f'CREATE TABLE "{table}" ({", ".join(f"{name} {kind}" for name, kind in columns)})')
    return connection


def _insert(connection, table, rows):
    for row in rows:
        names = ", ".join(f'"{name}"' for name in row)
        connection.execute(f'INSERT INTO "{table}" ({names}) VALUES ({", ".join("?" * len(row))})', list(row.values()))


def _store(*reports, replies=(), documents=()):
    """Reports get numbers from 1 on, the status `submit` and the author 5, unless they say otherwise."""
    connection = _empty()
    rows = [
        {"id": at, "NoSignalement": at, "Statut": "submit", "Auteur": "anne", "Auteur_id": 5, **report}
        for at, report in enumerate(reports, 1)
    ]
    _insert(connection, "Signalement", rows)
    _insert(connection, "Reponse_EC", replies)
    _insert(connection, "Document_EC", documents)
    return connection


def _reply(report, when, author=9, name="ign"):
    return {"NoSignalement": report, "Auteur_id": author, "Auteur": name, "Date": when}


def _numbers(*reports, replies=(), documents=(), **selection):
    return report_statistics(_store(*reports, replies=replies, documents=documents), NOW, **selection).numbers


def test_an_empty_store_has_statistics_too():
    found = report_statistics(_empty(), NOW)
    assert {found.numbers[name] for name in found.numbers if name.endswith("_COUNT")} == {0}
    assert {found.numbers[name] for name in found.numbers if name.endswith("_DAYS")} == {None}
    assert [group.key for group in found.statuses] == [status.code for status in STATUSES]
    assert "There are no reports in this selection." in render(found.report())


def test_every_status_is_counted_in_order_under_the_name_of_the_group():
    reports = [{"Statut": status.code} for status in STATUSES]
    reports += [{"Statut": "pending", "Statut_libellé": "À l'étude"}] * 2 + [{"Statut": "brand new"}, {"Statut": None}]
    found = report_statistics(_store(*reports), NOW)
    assert [(group.key, group.label, group.count) for group in found.statuses[2:5]] == [
        ("pending", "À l'étude", 3),
        ("pending1", BY_CODE["pending1"].label, 1),
        ("pending2", BY_CODE["pending2"].label, 1),
    ]
    assert [(group.key, group.label) for group in found.statuses[10:]] == [
        ("", "Without status"),
        ("brand new", "brand new"),
    ]
    assert {group.key: group.count for group in found.families} == {
        "to_treat": 1, "in_progress": 6, "treated": 2, "rejected": 2, "test": 1, "unknown": 2,
    }  # fmt: skip
    numbers = found.numbers
    assert [numbers[name] for name in ("COUNT", "OPEN_COUNT", "CLOSED_COUNT", "TEST_COUNT")] == [14, 9, 4, 1]


def test_time_to_closing_is_between_instants_not_texts():
    # 14:00 at +02:00 is 12:00 at Z: exactly one day, though the texts say 22 hours.
    numbers = _numbers(
        {
            "Statut": "valid",
            "Date_création": "2026-08-01T14:00:00+02:00",
            "Date_validation": "2026-08-02T12:00:00Z",
        }
    )
    assert numbers["MEDIAN_CLOSING_DAYS"] == numbers["MAX_CLOSING_DAYS"] == 1


def test_dates_without_offset_are_taken_as_they_are():
    row = {"Statut": "reject", "Date_création": "2026-08-01 14:00:00", "Date_validation": "2026-08-03 02:00:00"}
    assert _numbers(row)["MEDIAN_CLOSING_DAYS"] == 1.5


def test_a_reply_just_before_its_report_came_at_once():
    """Creation without its offset, reply with it: an hour or two too early."""
    report = {"Date_création": "2026-08-01 14:00:00"}
    assert _numbers(report, replies=[_reply(1, "2026-08-01T14:01:00+02:00")])["MEDIAN_ANSWER_DAYS"] == 0


@pytest.mark.parametrize(
    "nonsense",
    [
        None, "", "now", "2023", 2023, 2460000.5, "yesterday", "0001-01-01", "2026-13-45", "9999-12-31T00:00:00Z",
        b"\xff", -1,
    ],
)  # fmt: skip
def test_dates_that_are_none_are_counted_as_unknown(nonsense):
    open_report = {"Date_création": nonsense}
    closed_report = {"Statut": "valid", "Date_création": _ago(3), "Date_validation": nonsense}
    found = report_statistics(_store(open_report, closed_report, replies=[_reply(2, nonsense)]), NOW)
    assert found.numbers["UNKNOWN_DATE_COUNT"] == 1
    assert found.numbers["MEDIAN_CLOSING_DAYS"] is None
    assert found.numbers["MEDIAN_ANSWER_DAYS"] is None
    assert found.numbers["ANSWERED_COUNT"] == 1
    assert [(group.key, group.count) for group in found.ages if group.count] == [("unknown", 1)]
    assert render(found.report())


def test_an_answer_comes_from_somebody_else():
    reports = [{"Date_création": _ago(100)}] * 4
    replies = [
        _reply(1, _ago(99), author=5, name="anne"),
        _reply(1, _ago(90)),
        _reply(1, _ago(95)),
        _reply(2, _ago(99), author=5, name="anne"),
        # Without an id the names decide.
        _reply(3, _ago(99), author=None, name="anne"),
        _reply(4, _ago(98), author=None, name=None),
    ]
    numbers = _numbers(*reports, replies=replies)
    assert numbers["ANSWERED_COUNT"] == 2
    assert numbers["UNANSWERED_COUNT"] == numbers["OVERDUE_COUNT"] == 2
    assert numbers["MEDIAN_ANSWER_DAYS"] == 3.5
    assert numbers["REPLY_COUNT"] == 6


def test_rows_of_the_official_plugin_are_understood():
    """They have no replies of their own, no theme, no group, and no number of anything."""
    old = {"Auteur_id": None, "Thèmes": "Bâti(nature=a|b,x=1)|Route", "Date_création": "2026-10-01 10:00:00"}
    answered = {**old, "Réponses": "Réponse n°1 par ign le 2026-10-02. Merci"}
    found = report_statistics(_store(old, answered), NOW)
    assert [(group.key, group.count) for group in found.themes] == [("Bâti", 2)]
    assert found.numbers["ANSWERED_COUNT"] == 1
    assert found.numbers["MEDIAN_ANSWER_DAYS"] is None
    assert found.numbers["OVERDUE_COUNT"] == 1


def test_a_reply_known_by_number_alone_counts():
    numbers = _numbers({"Nb_réponses": 2}, {"Nb_réponses": 0})
    assert (numbers["REPLY_COUNT"], numbers["ANSWERED_COUNT"]) == (2, 1)


def test_documents_are_counted():
    documents = [{"NoSignalement": 2}, {"NoSignalement": 2}]
    numbers = _numbers({"Nb_documents": 3}, {}, {}, documents=documents)
    assert (numbers["DOCUMENT_COUNT"], numbers["DOCUMENTED_COUNT"]) == (5, 2)


def test_ages_fall_into_bands():
    ages = (0.1, 6.9, 7, 29, 30, 89, 90, 364, 365, 4000)
    found = report_statistics(_store(*[{"Date_création": _ago(age)} for age in ages]), NOW)
    assert [(group.key, group.count) for group in found.ages] == [
        ("0-7", 2), ("7-30", 2), ("30-90", 2), ("90-365", 2), ("365-", 2),
    ]  # fmt: skip
    assert found.numbers["MEDIAN_AGE_DAYS"] == 59.5
    assert found.numbers["MAX_AGE_DAYS"] == 4000


def test_the_oldest_open_reports_are_listed_with_their_page():
    reports = [{"Date_création": _ago(at), "URL": f"https://host/{at}"} for at in range(40)]
    reports.append({"Date_création": _ago(900), "Statut": "valid"})
    reports.append({"Date_création": _ago(800), "Statut": "test"})
    found = report_statistics(_store(*reports), NOW)
    assert [one.number for one in found.oldest] == list(range(40, 25, -1))
    assert 'href="https://host/39"' in render(found.report())


def test_months_have_no_gaps_and_are_those_of_the_place():
    found = report_statistics(
        _store(
            # Already February where it was written, still January at Greenwich.
            {"Date_création": "2026-02-01T00:30:00+01:00"},
            {
                "Date_création": "2025-11-15T10:00:00+01:00",
                "Statut": "valid",
                "Date_validation": "2026-03-01T10:00:00Z",
            },
            {"Date_création": "2025-11-16T10:00:00+01:00", "Date_validation": "2026-05-01T10:00:00Z"},
        ),
        NOW,
    )
    assert [(month.start, month.created, month.closed) for month in found.months] == [
        (date(2025, 11, 1), 2, 0),
        (date(2025, 12, 1), 0, 0),
        (date(2026, 1, 1), 0, 0),
        (date(2026, 2, 1), 1, 0),
        (date(2026, 3, 1), 0, 1),
    ]


def test_a_long_history_is_shown_by_year_too():
    reports = [{"Date_création": f"{year}-06-01T00:00:00Z"} for year in range(2010, 2027)]
    titles = [section.title for section in report_statistics(_store(*reports), NOW).report().sections]
    assert "Year by year" in titles
    titles = [section.title for section in report_statistics(_store(*reports[-2:]), NOW).report().sections]
    assert "Year by year" not in titles


def test_groups_are_sorted_by_size_and_know_their_delays():
    def closed(theme, days):
        return {"Thème": theme, "Statut": "valid", "Date_création": _ago(500), "Date_validation": _ago(500 - days)}

    reports = [closed("Bâti", day) for day in range(1, 11)] + [closed("Route", 3), {"Thème": "Route"}, {}]
    bati, route, without = report_statistics(_store(*reports), NOW).themes
    assert (bati.key, bati.count, bati.open, bati.days.count) == ("Bâti", 10, 0, 10)
    assert [round(days, 3) for days in (bati.days.median, bati.days.mean, bati.days.ninth_decile)] == [5.5, 5.5, 9]
    assert (route.count, route.open, round(route.days.median, 3)) == (2, 1, 3)
    assert (without.key, without.label, without.days.median) == ("", "Without theme", None)


def test_communes_of_one_name_are_told_apart():
    found = report_statistics(
        _store(
            {"Commune": "Saint-Denis", "Insee": "93066", "Département": "Seine-Saint-Denis", "Département_id": "93"},
            {"Commune": "Saint-Denis", "Insee": "97411", "Département": "La Réunion", "Département_id": "974"},
            {"Commune": "Paris", "Insee": "75056"},
            {"Commune": "Lyon"},
        ),
        NOW,
    )
    assert [(group.key, group.label) for group in found.communes][:2] == [("75056", "Paris"), ("93066", "Saint-Denis")]
    assert found.numbers["DEPARTMENT_COUNT"] == 2
    page = render(found.report())
    assert "Saint-Denis (93066)" in page
    assert "Paris (75056)" not in page


@pytest.mark.parametrize(("community", "count"), [(None, 3), (80, 2), ("80", 2), ("Gironde", 2), (81, 0), ("x", 0)])
def test_a_community_is_an_id_or_a_name(community, count):
    group = {"Groupe": "Gironde", "Groupe_id": 80}
    assert _numbers(group, group, {"Groupe_id": 7}, community=community)["COUNT"] == count


def test_the_period_is_that_of_the_creation():
    reports = [{"Date_création": f"2026-0{month}-01T00:00:00+01:00"} for month in (1, 2, 3)] + [{}]
    paris = timezone(timedelta(hours=1))
    assert _numbers(*reports, since=datetime(2026, 2, 1, tzinfo=paris))["COUNT"] == 2
    assert _numbers(*reports, until=datetime(2026, 2, 1, tzinfo=paris))["COUNT"] == 1
    assert _numbers(*reports)["COUNT"] == 4


def test_the_rows_make_one_tidy_table():
    found = report_statistics(_store({"Date_création": _ago(1)}, {"Statut": "valid"}), NOW)
    rows = list(found.rows)
    assert {len(row) for row in rows} == {6}
    assert len({row[:2] for row in rows}) == len(rows)
    assert ("status", "submit", BY_CODE["submit"].label, 1, 0.5, None) in rows
    assert ("age", "0-7", "Less than 7 days", 1, 0.5, 1.0) in rows
    assert ("created", "2026-11", "2026-11", 1, 0.5, None) in rows


def test_it_stops_when_told():
    with pytest.raises(Cancelled):
        report_statistics(_store({}), NOW, watch=Watch(cancelled=lambda: True))


def test_it_leaves_no_transaction_open():
    connection = _empty()
    connection.commit()
    report_statistics(connection, NOW)
    assert not connection.in_transaction


def test_a_real_store_is_read(tmp_path):
    try:
        store = Store(tmp_path / "x.sqlite")
    except SpatialiteMissing:
        pytest.skip("no SpatiaLite here")
    with store:
        _insert(store.connection, "Signalement", [{"id": 1, "NoSignalement": 1, "Statut": "valid"}])
        assert report_statistics(store, NOW).numbers["CLOSED_COUNT"] == 1


words = st.none() | st.sampled_from(["", "a", "b", "<b>", "é'\""])
dates = st.none() | st.text(max_size=12) | st.floats(-10, 4000).map(_ago)
found_reports = st.lists(
    st.fixed_dictionaries(
        {
            "Statut": st.none() | st.sampled_from([*BY_CODE, "odd"]),
            "Date_création": dates, "Date_validation": dates, "Thème": words, "Commune": words, "Insee": words,
            "Département": words, "Auteur": words, "Auteur_id": st.none() | st.integers(0, 3), "Origine": words,
            "Nb_réponses": st.none() | st.integers(0, 3), "Statut_libellé": words, "Groupe": words, "URL": words,
        }
    ),
    max_size=12,
)  # fmt: skip


@given(found_reports, st.lists(st.builds(_reply, st.integers(0, 13), dates, st.integers(0, 3), words), max_size=12))
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_every_report_is_counted_once_in_each_category(reports, replies):
    found = report_statistics(_store(*reports, replies=replies), NOW)
    for groups in (
        found.statuses, found.families, found.themes, found.communes, found.departments, found.authors, found.origins,
    ):  # fmt: skip
        assert sum(group.count for group in groups) == len(reports)
        assert sum(group.open for group in groups) == found.numbers["OPEN_COUNT"]
        assert sum(group.days.count for group in groups) == found.closing.count
    assert sum(group.count for group in found.ages) == found.numbers["OPEN_COUNT"]
    assert found.age.count <= found.numbers["OPEN_COUNT"]
    for delays in (found.age, found.answer, found.closing):
        assert not delays.count or 0 <= delays.median <= delays.ninth_decile <= delays.longest
    assert render(found.report())


@given(st.lists(st.floats(0, 3000), min_size=1, max_size=40))
@settings(max_examples=50, deadline=None)
def test_the_median_is_the_one_of_the_standard_library(ages):
    found = report_statistics(_store(*[{"Date_création": _ago(age)} for age in ages]), NOW)
    whole_seconds = [(NOW - datetime.fromisoformat(_ago(age))).total_seconds() / 86400 for age in ages]
    assert found.age.median == pytest.approx(statistics.median(whole_seconds), abs=1e-4)
    assert found.age.mean == pytest.approx(statistics.fmean(whole_seconds), abs=1e-4)
