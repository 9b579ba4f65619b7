"""Section 1.4 and A2 to A5, A42: pages, ranges, fields, sort, strict parameters."""

import pytest


def test_every_page_of_a_long_list_is_206_with_its_range(membre):
    first = membre.get("/reports", {"limit": 100})
    total = int(first.headers["Content-Range"].split("/")[1])
    assert (first.status_code, first.headers["Content-Range"]) == (206, f"1-100/{total}")
    assert 200 < total < 300
    last = membre.get("/reports", {"limit": 100, "page": 3})
    assert (last.status_code, last.headers["Content-Range"]) == (206, f"201-{total}/{total}")
    assert len(last.json()) == total - 200


def test_pages_together_hold_each_report_once(membre):
    ids = [report["id"] for report in membre.every()]
    assert len(ids) == len(set(ids)) == int(membre.get("/reports").headers["Content-Range"].split("/")[1])


def test_default_limit_is_ten(membre):
    assert len(membre.get("/reports").json()) == 10


def test_a_list_that_fits_is_200(membre):
    answer = membre.get("/communities")
    assert (answer.status_code, answer.headers["Content-Range"]) == (200, "1-3/3")


def test_an_empty_list(membre):
    answer = membre.get("/reports", {"communities": 987654})
    assert (answer.status_code, answer.json(), answer.headers["Content-Range"]) == (200, [], "0-0/0")


def test_page_after_the_end(membre):
    answer = membre.get("/reports", {"page": 9000, "limit": 100})
    assert (answer.status_code, answer.json()) == (200, [])


def test_cheap_count(membre):
    answer = membre.get("/reports", {"limit": 1})
    assert len(answer.json()) == 1
    assert answer.headers["Content-Range"].startswith("1-1/")


@pytest.mark.parametrize(
    "query",
    ["limit=101", "limit=0", "page=0", "limit=x", "page=", "page=1&page=2", "limit[]=5", "sort=id", "sort=id:asc",
     "sort=nom:ASC", "fields=id,nom", "fields[]=nom", "inconnu=1", "status[a]=submit"],
)  # fmt: skip
def test_strict_parameters(membre, query):
    answer = membre.get("/reports?" + query)
    assert answer.status_code == 400
    assert answer.json()["code"] == 400
    assert answer.json()["message"]


@pytest.mark.parametrize("query", ["fields=id,status", "fields[]=id&fields[]=status", "fields[0]=id&fields[1]=status"])
def test_fields(membre, query):
    rows = membre.get("/reports?limit=5&" + query).json()
    assert [set(row) for row in rows] == [{"id", "status"}] * 5


def test_fields_of_one_object(membre):
    assert set(membre.get("/communities/375", {"fields": "id,grids"}).json()) == {"id", "grids"}
    assert membre.get("/communities/375", {"fields": "nom"}).status_code == 400


@pytest.mark.parametrize("name", ["id", "updating_date", "opening_date", "status", "comment"])
def test_sort(membre, name):
    up = [report[name] for report in membre.every(sort=f"{name}:ASC")]
    down = [report[name] for report in membre.every(sort=f"{name}:DESC")]
    if "date" not in name:  # dates sort by moment, their text has two offsets
        assert up == sorted(up)
    assert sorted(up) == sorted(down)
    assert up[0] <= up[-1]
    assert down[0] >= down[-1]
    assert up[0] != up[-1]


def test_dates_sort_by_moment(membre):
    from datetime import datetime

    dates = [datetime.fromisoformat(report["updating_date"]) for report in membre.every(sort="updating_date:DESC")]
    assert dates == sorted(dates, reverse=True)
