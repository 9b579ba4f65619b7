"""A report becomes one page that is well-formed, harmless and readable, whatever is in it."""

import math
import re
from datetime import date, datetime, timedelta, timezone
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geocollab import i18n
from geocollab.workflows.pages import charts, html
from geocollab.workflows.pages.charts import draw
from geocollab.workflows.pages.html import MAX_ROWS, cell, render, write_html
from geocollab.workflows.pages.lettering import fit, text_width
from geocollab.workflows.pages.report import Chart, Fact, Item, Link, Named, Report, Section, Series, Table, Tag

XHTML = "{http://www.w3.org/1999/xhtml}"
SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = "<script>alert(1)</script>\"'&amp;\x00\x07\u202eabc\ud800\ufffe مرحبا"

texts = st.one_of(st.text(st.characters(), max_size=40), st.just(HOSTILE), st.just("long " * 60))
numbers = st.one_of(
    st.integers(-(10**400), 10**400), st.floats(), st.integers(0, 500), st.just(0), st.floats(0, 1e-300)
)
tones = st.one_of(st.sampled_from(sorted(charts.TONES)), st.just("#12aBcD"), texts)
days = st.dates(min_value=date(1, 1, 1))
moments = st.datetimes(timezones=st.sampled_from([None, timezone.utc]))
values = st.one_of(
    st.none(), st.booleans(), numbers, texts, days, moments, st.timedeltas(),
    st.builds(Link, texts, texts), st.builds(Tag, texts, tones), st.builds(Named, texts, texts),
)  # fmt: skip
kinds = st.sampled_from(["", "text", "name", "number", "percent", "days", "date", "time", "link", "unheard of"])
charts = st.builds(
    Chart,
    st.sampled_from(["bars", "share", "columns"]),
    texts,
    items=st.lists(st.builds(Item, texts, numbers, tones), max_size=30),
    categories=st.lists(st.one_of(texts, days), max_size=70),
    series=st.lists(st.builds(Series, texts, st.lists(numbers, max_size=80), tones), max_size=3),
    stacked=st.booleans(),
    shares=st.booleans(),
    top=st.integers(-1, 20),
    kind_of_value=st.sampled_from(["number", "percent", "days"]),
    empty=texts,
)
tables = st.builds(
    Table,
    st.lists(texts, min_size=1, max_size=4),
    st.lists(st.lists(values, max_size=5), max_size=5),
    texts,
    st.lists(kinds, max_size=5),
)
facts = st.lists(st.builds(Fact, texts, values, tones, kinds, texts), max_size=4)
sections = st.lists(
    st.builds(Section, texts, texts, facts, st.none() | tables, st.none() | charts, st.booleans()), max_size=4
)
reports = st.builds(
    Report, texts, texts, facts, sections, st.lists(texts, max_size=2), st.lists(texts, max_size=2),
    st.dictionaries(texts, values, max_size=3),
)  # fmt: skip


@pytest.fixture
def french(monkeypatch):
    monkeypatch.setattr(i18n, "_language", "fr")


def _tree(page):
    return ElementTree.fromstring(page.encode("utf-8"))


def _page(**parts):
    return render(Report("Report", **parts))


def _section(chart=None, table=None, **more):
    return _page(sections=[Section("Section", chart=chart, table=table, **more)])


@given(reports)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_any_report_becomes_a_well_formed_and_harmless_page(report):
    tree = _tree(render(report))
    identifiers = [element.get("id") for element in tree.iter() if element.get("id")]
    assert len(identifiers) == len(set(identifiers))
    for element in tree.iter():
        assert element.tag.split("}")[1] not in ("script", "iframe", "object", "embed", "img", "form", "base", "link")
        for name, value in element.items():
            assert not name.startswith("on")
            assert name not in ("src", "srcset", "srcdoc", "action")
            if name == "href":
                assert value.startswith(("http://", "https://"))
                assert "noopener" in element.get("rel")


@given(charts, st.booleans())
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_chart_stays_within_its_drawing(chart, half):
    drawing = draw(chart, half=half)
    if drawing.empty:
        return
    for number in _sizes(drawing):
        assert math.isfinite(number)
        assert number >= 0
    for box in drawing.boxes:
        assert box.x + box.width <= drawing.width + 0.5
        assert box.y + box.height <= drawing.height + 0.5


def _sizes(drawing):
    yield from (drawing.width, drawing.height)
    for box in drawing.boxes:
        yield from (box.x, box.y, box.width, box.height)
    for line in drawing.lines:
        yield from (line.x1, line.y1, line.x2, line.y2)


def test_the_page_needs_nothing_from_elsewhere():
    page = _section(chart=Chart("bars", items=[Item("a", 1)]))
    assert "default-src 'none'" in page
    assert not re.search(r"url\(|@import|<script|<link|src=", page)
    assert [address for address in re.findall(r"https?://[^\"' <]+", page) if "www.w3.org" not in address] == []


def test_text_is_shown_and_not_obeyed():
    page = _page(subtitle=HOSTILE, warnings=[HOSTILE], facts=[Fact(HOSTILE, HOSTILE, HOSTILE, note=HOSTILE)])
    assert "<script>" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert not re.search("[\x00-\x08\u202e\ud800\ufffe]", page)
    assert "مرحبا" in page


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)", "JaVaScRiPt:alert(1)", "\x00javascript:alert(1)", "data:text/html,x", "file:///etc/passwd",
        "//host/path", "http:", "https://", "ftp://host/x", "http://[", "https://host/a b", "",
    ],
)  # fmt: skip
def test_only_web_pages_become_links(url):
    assert "href" not in _page(facts=[Fact("f", Link(url, "text"))]).split("</style>")[1]


def test_links_keep_their_address():
    tree = _tree(_page(facts=[Fact("f", Link("https://e.fr/?a=1&b=\"2'", "text"))]))
    (link,) = tree.iter(XHTML + "a")
    assert (link.get("href"), link.text, link.get("rel")) == ("https://e.fr/?a=1&b=\"2'", "text", "noopener noreferrer")


@pytest.mark.parametrize(
    ("value", "kind", "english", "in_french"),
    [
        (1234567, "", "1,234,567", "1\u202f234\u202f567"),
        (-1234, "number", "\u22121,234", "\u22121\u202f234"),
        (0.25, "number", "0.2", "0,2"),
        (1162452, "text", "1162452", "1162452"),
        (0.314, "percent", "31%", "31\u202f%"),
        (0.0314, "percent", "3%", "3\u202f%"),
        (0.005, "percent", "0.5%", "0,5\u202f%"),
        (0.0001, "percent", "<\u00a00.1%", "<\u00a00,1\u202f%"),
        (0, "percent", "0%", "0\u202f%"),
        (date(2026, 11, 2), "", "2026-11-02", "02/11/2026"),
        (datetime(2026, 11, 21, 14, 5), "", "2026-11-21\u00a014:05", "21/11/2026\u00a014:05"),  # noqa: DTZ001
        (datetime(2026, 11, 21, 14, 5), "date", "2026-11-21", "21/11/2026"),  # noqa: DTZ001
        (float("nan"), "number", "–", "–"),
        (None, "date", "–", "–"),
        (10**400, "number", "1.00e+300", "1,00e+300"),
    ],
)
def test_values_are_written_for_the_language(value, kind, english, in_french, monkeypatch):
    monkeypatch.setattr(i18n, "_language", "en")
    assert cell(value, kind).text == english
    monkeypatch.setattr(i18n, "_language", "fr")
    assert cell(value, kind).text == in_french


@pytest.mark.parametrize(
    ("value", "figure", "unit"),
    [
        (0, "0", "days"), (0.01, "<\u00a00.1", "days"), (0.96, "1", "day"), (1, "1", "day"), (1.5, "1.5", "days"),
        (12.4, "12", "days"), (1234.5, "1,234", "days"), (timedelta(hours=36), "1.5", "days"),
    ],
)  # fmt: skip
def test_durations_are_days(value, figure, unit, monkeypatch):
    monkeypatch.setattr(i18n, "_language", "en")
    shown = cell(value, "days")
    assert (shown.text, shown.unit) == (figure, unit)


@pytest.mark.usefixtures("french")
def test_the_page_says_its_language():
    assert _tree(_page()).get("lang") == "fr"


def test_charts_are_named_and_described():
    tree = _tree(_section(chart=Chart("bars", "Colours", items=[Item("red", 3), Item("blue", 1)], shares=True)))
    (drawing,) = tree.iter(SVG + "svg")
    assert drawing.get("role") == "img"
    title, described = drawing.find(SVG + "title"), drawing.find(SVG + "desc")
    assert drawing.get("aria-labelledby").split() == [title.get("id"), described.get("id")]
    assert title.text == "Colours"
    assert described.text == "red: 3 (75%); blue: 1 (25%)"


@pytest.mark.parametrize("kind", ["bars", "share", "columns"])
@pytest.mark.parametrize("value", [None, 0, -3, float("nan")])
def test_nothing_to_show_is_said_in_words(kind, value):
    values = [] if value is None else [value]
    items, series = [Item("a", one) for one in values], [Series("s", values)]
    page = _section(chart=Chart(kind, items=items, categories=["a"], series=series, empty="Nobody came."))
    assert "Nobody came." in page
    assert "<svg" not in page


def test_an_unknown_kind_of_chart_is_a_mistake():
    with pytest.raises(ValueError, match="pie"):
        draw(Chart("pie"))


def test_beyond_the_top_the_rest_is_summed_up():
    drawing = draw(Chart("bars", items=[Item(f"item {at}", at) for at in range(60)], top=10, shares=True))
    shown = [text.text for text in drawing.texts]
    assert "50 others" in shown
    assert "1,225" in shown
    assert len(drawing.boxes) == 11
    assert drawing.boxes[-1].width == 0


def test_a_rest_of_one_is_shown_itself():
    drawing = draw(Chart("bars", items=[Item(f"item {at}", 1) for at in range(11)], top=10))
    assert [text.text for text in drawing.texts if "item" in text.text] == [f"item {at}" for at in range(11)]


def test_a_long_label_is_cut_and_kept_in_full():
    label = "a theme whose name does not want to come to an end " * 4
    tree = _tree(_section(chart=Chart("bars", items=[Item(label, 1)])))
    (text,) = [one for one in tree.iter(SVG + "text") if one.find(SVG + "title") is not None]
    assert text.find(SVG + "title").text == label
    assert text.find(SVG + "title").tail.endswith("…")


@given(st.text(max_size=60), st.floats(20, 400))
def test_fitted_text_fits(text, room):
    assert text_width(fit(text, room), 13.5) <= room + 1e-6


def test_the_parts_of_a_whole_have_its_width():
    drawing = draw(Chart("share", items=[Item("a", 1), Item("b", 2), Item("zero", 0), Item("c", 5)]))
    assert sum(box.width for box in drawing.boxes[:3]) == pytest.approx(drawing.width)
    assert "zero" not in [text.text for text in drawing.texts]


def test_months_are_named_with_their_year():
    months = [date(2025, 11, 1), date(2025, 12, 1), date(2026, 1, 1)]
    shown = [text.text for text in draw(Chart("columns", categories=months, series=[Series("s", [1, 2, 3])])).texts]
    assert [name for name in shown if name in ("Nov", "Dec", "Jan", "2025", "2026")] == [
        "Nov", "2025", "Dec", "Jan", "2026",
    ]  # fmt: skip


def test_table_columns_have_scope_and_sides():
    table = Table(["name", "count", "share"], [["a", 2, 0.5], ["b"]], "Caption", ["text", "number", "percent"])
    tree = _tree(_section(table=table))
    heads = list(tree.iter(XHTML + "th"))
    assert [head.get("scope") for head in heads] == ["col"] * 3
    assert [head.get("class") for head in heads] == [None, "number", "number"]
    assert ["".join(one.itertext()) for one in tree.iter(XHTML + "td")] == ["a", "2", "50%", "b", "–", "–"]
    assert tree.find(f".//{XHTML}caption").text == "Caption"


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("demo_guichet:pharmacies_paris", ["demo_", "guichet:", "pharmacies_", "paris"]),
        ("Polygon EPSG:2154", ["Polygon EPSG:2154"]),
        ("geoservice:71", ["geoservice:71"]),
        ("Tous les types (été)", ["Tous les types (été)"]),
        ("a__b:", ["a__", "b:"]),
        ("<b>_&amp;", ["<b>_", "&amp;"]),
        ("x" * 32, ["x" * 30, "x", "x"]),
    ],
)
def test_lines_end_where_a_part_of_a_name_does(name, lines):
    (found,) = _tree(_section(table=Table(["A"], [[name]], kinds=["name"]))).iter(XHTML + "td")
    assert (found.get("class"), [found.text, *(end.tail for end in found)]) == ("name", lines)


@given(st.text(st.sampled_from("ab:_ <é1")), st.text(st.sampled_from("ab:_ <é1")))
def test_a_name_is_copied_as_it_is(title, name):
    tree = _tree(_section(table=Table(["A", "B"], [[Named(title, name), name]], kinds=["", "name"])))
    first, second = tree.iter(XHTML + "td")
    assert "".join(first.itertext()) == title + (name if name != title else "")
    assert "".join(second.itertext()) == (name or "–")
    pieces = [second.text or "", *(end.tail or "" for end in second)]
    assert all(len(part) <= 30 for piece in pieces for part in piece.replace("_", " ").split())


def test_an_empty_table_is_said_in_words():
    page = _section(table=Table(["a"], [], empty="No row."))
    assert "No row." in page
    assert "<table" not in page


def test_an_endless_table_ends():
    page = _section(table=Table(["n"], [[at] for at in range(MAX_ROWS + 1500)]))
    assert page.count("<tr>") == MAX_ROWS + 1
    assert "1,500 more rows are not shown here." in page


def test_half_sections_stand_in_pairs():
    tree = _tree(_page(sections=[Section("a"), Section("b", half=True), Section("c", half=True), Section("d")]))
    (pair,) = [one for one in tree.iter(XHTML + "div") if one.get("class") == "pairs"]
    assert len(pair.findall(XHTML + "section")) == 2


def test_the_file_is_replaced_as_a_whole(tmp_path, monkeypatch):
    path = tmp_path / "report é.html"
    path.write_text("old", encoding="utf-8")
    assert write_html(Report("New"), path) == path
    assert "<h1" in path.read_text(encoding="utf-8")

    def broken(*_paths):
        raise OSError("no space left")

    monkeypatch.setattr(html.Path, "replace", broken)
    with pytest.raises(OSError, match="no space"):
        write_html(Report("Newer"), path)
    assert "Newer" not in path.read_text(encoding="utf-8")
    assert list(tmp_path.iterdir()) == [path]


def test_a_missing_folder_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        write_html(Report("x"), tmp_path / "missing" / "report.html")
