"""Each filter of section 2.4: what it keeps, what it leaves out, what it refuses."""

import json
from datetime import datetime

import pytest


@pytest.fixture(scope="module")
def reports(sandbox, caller):
    return caller(sandbox.url, "membre").every()


def ids(rows):
    return {row["id"] for row in rows}


def name_of(area):
    return area["name"] if area else None


@pytest.mark.parametrize(
    ("query", "keeps"),
    [
        ({"author": 1102}, lambda r: r["author"] and r["author"]["id"] == 1102),
        ({"territory": "FXX"}, lambda r: True),
        ({"departements": "93"}, lambda r: name_of(r["departement"]) == "93"),
        ({"departements[]": ["75", "94"]}, lambda r: name_of(r["departement"]) in ("75", "94")),
        ({"commune": "94017"}, lambda r: name_of(r["commune"]) == "94017"),
        ({"communities": "96"}, lambda r: r.get("community") == 96),
        ({"communities[]": [375, 1]}, lambda r: r.get("community") in (375, 1)),
        ({"input_device": "SIG-QGIS"}, lambda r: r["input_device"] == "SIG-QGIS"),
        ({"status": "valid"}, lambda r: r["status"] == "valid"),
        ({"status[]": ["submit", "test"]}, lambda r: r["status"] in ("submit", "test")),
        ({"comment": "%giratoire%"}, lambda r: "giratoire" in r["comment"]),
        ({"box": "2.3,48.8,2.4,48.9"}, lambda r: 2.3 <= lon(r) <= 2.4 and 48.8 <= lat(r) <= 48.9),
        ({"opening_date": "2025-06-01"}, lambda r: moment(r["opening_date"]) >= moment("2025-06-01T00:00:00+02:00")),
        ({"opening_date": "2025-01-01"}, lambda r: moment(r["opening_date"]) >= moment("2025-01-01T00:00:00+01:00")),
        ({"updating_date": "2026-02-28 13:00:00"},
         lambda r: moment(r["updating_date"]) >= moment("2026-02-28T13:00:00+01:00")),
        ({"closing_date": "2025-06-01"},
         lambda r: r["closing_date"] and moment(r["closing_date"]) >= moment("2025-06-01T00:00:00+02:00")),
        ({"attributes": '[{"community":375,"theme":"Voirie"}]'}, lambda r: themes(r) == [(375, "Voirie")]),
        ({"attributes": '[{"community":375,"theme":"Adresse"},{"community":1,"theme":"Route"}]'},
         lambda r: themes(r) in ([(375, "Adresse")], [(1, "Route")])),
        ({"communities": "375", "status[]": ["valid", "reject"], "departements": "92"},
         lambda r: r.get("community") == 375 and r["status"] in ("valid", "reject")
         and name_of(r["departement"]) == "92"),
    ],
)  # fmt: skip
def test_filter(membre, reports, query, keeps):
    wanted = ids(report for report in reports if keeps(report))
    assert wanted, "the seed must hold something to find"
    assert ids(membre.every(**query)) == wanted


def lon(report):
    return float(report["geometry"][6:-1].split()[0])


def lat(report):
    return float(report["geometry"][6:-1].split()[1])


def moment(text):
    return datetime.fromisoformat(text)


def themes(report):
    return [(theme["community"], theme["theme"]) for theme in report["attributes"]]


def test_a_minimum_is_included(membre, reports):
    last = max(reports, key=lambda report: moment(report["updating_date"]))
    at = moment(last["updating_date"]).strftime("%Y-%m-%d %H:%M:%S")
    assert last["id"] in ids(membre.every(updating_date=at))


@pytest.mark.parametrize(
    "query",
    [
        {"comment": "giratoire"},  # without % the whole text must match
        {"comment": "%GIRATOIRE%"},  # case-sensitive
        {"departements": "2A"},  # A39
        {"departements[]": ["2A", "2B"]},
        {"attributes": '[{"community":375,"theme":"voirie"}]'},  # A38
        {"attributes": '[{"community":96,"theme":"Voirie"}]'},
        {"territory": "REU"},
        {"author": 1},
        {"commune": "13055"},
        {"box": "-3,47,-2,48"},
        {"updating_date": "2026-03-02"},
    ],
)
def test_finds_nothing(membre, query):
    assert membre.every(**query) == []


def test_corsica_exists_although_its_filter_is_broken(membre, reports):
    assert {"2A", "2B"} <= {name_of(report["departement"]) for report in reports}
    assert {name_of(report["departement"]) for report in membre.every(**{"departements[]": ["2A", "93"]})} == {"93"}


@pytest.mark.parametrize(
    "query",
    [
        {"author": "membre"}, {"departements": "Paris"}, {"commune": "Antony"}, {"communities": "abc"},
        {"opening_date": "01/06/2025"}, {"updating_date": "2025-13-01"}, {"closing_date": "2025-06-01 12"},
        {"input_device": "qgis"}, {"status": "dump"}, {"status": "open"}, {"status[]": ["valid", "x"]},
        {"attributes": "Voirie"}, {"attributes": '{"community":375,"theme":"Voirie"}'}, {"attributes": "[]"},
        {"attributes": '[{"community":"375","theme":"Voirie"}]'}, {"box": "1,2,3"}, {"box": "a,b,c,d"},
        {"box": "3,48,2,49"}, {"box": "2,48,3,91"}, {"box": "nan,48,3,49"},
    ],
)  # fmt: skip
def test_refuses(membre, query):
    answer = membre.get("/reports", query)
    assert (answer.status_code, answer.json()["code"]) == (400, 400)


def test_the_seed_holds_every_form(reports):
    from sandbox.statuses import INPUT_DEVICES, STATUSES

    assert {report["status"] for report in reports} == set(STATUSES)
    assert {report["input_device"] for report in reports} == {*INPUT_DEVICES, None}
    assert None in {name_of(report["commune"]) for report in reports}
    assert any(report["author"] is None for report in reports)
    assert any("community" not in report for report in reports)
    assert max(len(report["attachments"]) for report in reports) == 4
    offsets = {report["opening_date"][-6:] for report in reports}
    assert offsets == {"+01:00", "+02:00"}
    recent = [report for report in reports if moment(report["updating_date"]) > moment("2026-02-28T12:00:00+00:00")]
    assert 1 <= len(recent) <= 5
    assert 0.3 < sum(bool(report["replies"]) for report in reports) / len(reports) < 0.5
    assert 0.25 < sum(report["sketch"] is not None for report in reports) / len(reports) < 0.35


def test_replies_are_newest_first_and_explain_the_date_of_change(reports):
    for report in reports:
        dates = [moment(reply["date"]) for reply in report["replies"]]
        assert dates == sorted(dates, reverse=True)
        assert not dates or dates[0] == moment(report["updating_date"])
        assert moment(report["opening_date"]) <= moment(report["updating_date"]) <= moment("2026-03-01T12:00:10+00:00")
        assert (report["closing_date"] is not None) == (report["status"] in ("valid", "valid0", "reject", "reject0"))
        assert (report["validator"] is not None) == (report["closing_date"] is not None)


def test_sketches_of_every_kind(reports):
    objects = [item for report in reports if report["sketch"] for item in json.loads(report["sketch"])["objects"]]
    kinds = {item["type"] for item in objects}
    assert kinds >= {"Point", "Ligne", "Polygone", "Texte", "Fleche", "MultiPolygone", "MultiLigne", "MultiPoint",
                     "GeometryCollection"}  # fmt: skip
    assert [] in [item.get("style") for item in objects]
    assert {json.dumps(item["attributes"]) for item in objects} >= {"null", "[]", "{}"}
    assert any(item["type"] == "Polygone" and item["geometry"].count("),(") for item in objects), "a hole"


def test_values_of_the_seed_fit_their_forms(reports):
    from sandbox.forms import read_theme

    forms = [theme for report in reports for theme in report["attributes"]]
    assert len(forms) > 100
    for theme in forms:
        if theme["attributes"].get("Travaux prévus") == "1" and "Date des travaux" not in theme["attributes"]:
            raise AssertionError(theme)
        assert read_theme(theme) == theme


def test_positions_lie_in_their_commune(reports):
    from sandbox.world import places

    for report in reports:
        place = places.at(lon(report), lat(report))
        assert place is not None
        assert place.departement["name"] == name_of(report["departement"])
