"""Rows of a report: the manual's fields in its words, and no JSON whatever that stops a download."""

import json
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geocollab.store.schema import (
    DOCUMENT_COLUMNS,
    PLAIN,
    REPLY_COLUMNS,
    REPORT_COLUMNS,
    SKETCH_COLUMNS,
    SKETCH_TABLES,
    names,
)
from geocollab.store.stage import Rows, Stage
from geocollab.store.store import Store
from geocollab.workflows.reports.report_rows import RowMaker, stored_date

REPORT = {
    "id": 12,
    "community": 375,
    "geometry": "POINT(2.35 48.85)",
    "comment": "Un nid-de-poule",
    "attributes": [{"community": 375, "theme": "Voirie", "attributes": {"Nature": "Chaussée", "Usagers": "a;b"}}],
    "status": "pending1",
    "opening_date": "2023-08-01T14:51:55+02:00",
    "updating_date": "2023-08-02T14:51:55+02:00",
    "closing_date": None,
    "author": {"id": 7, "username": "anne", "email": "a@b"},
    "validator": None,
    "commune": {"name": "75056", "title": "Paris", "type": {}},
    "departement": {"name": "75", "title": "Paris (75)"},
    "territory": {"name": "FXX", "title": "France"},
    "input_device": "SIG-QGIS",
    "device_version": "5.0.4",
    "sketch": None,
    "sketch_xml": None,
    "replies": [],
    "attachments": [],
}


def _made(*reports, labels=None):
    warnings, rows = [], Rows()
    maker = RowMaker("https://site/", warnings.append, labels, {375: "Voirie"})
    for report in reports:
        maker.add(report, rows)
    return rows, warnings, maker


def _row(report, **changes):
    rows, warnings, _maker = _made({**report, **changes})
    assert not warnings
    (values,) = rows.reports
    return dict(zip([*names(REPORT_COLUMNS), "lon", "lat"], values))


def test_every_field():
    assert _row(REPORT) == {
        "id": 12,
        "NoSignalement": 12,
        "Auteur": "anne",
        "Commune": "Paris",
        "Insee": "75056",
        "Département": "Paris (75)",
        "Département_id": "75",
        "Date_création": "2023-08-01T14:51:55+02:00",
        "Date_MAJ": "2023-08-02T14:51:55+02:00",
        "Date_validation": None,
        "Thèmes": "Voirie(Nature=Chaussée,Usagers=a;b)",
        "Statut": "pending1",
        "Statut_libellé": "En attente de saisie",
        "Message": "Un nid-de-poule",
        "Réponses": None,
        "URL": "https://site/georem/12",
        "URL_privé": None,
        "Document": None,
        "Autorisation": None,
        "Groupe": "Voirie",
        "Groupe_id": 375,
        "Thème": "Voirie",
        "Attributs": json.dumps(REPORT["attributes"], ensure_ascii=False),
        "Auteur_id": 7,
        "Validateur": None,
        "Territoire": "FXX",
        "Origine": "SIG-QGIS",
        "Version_origine": "5.0.4",
        "Nb_réponses": 0,
        "Nb_documents": 0,
        "Nb_croquis": 0,
        "Autres": None,
        "lon": 2.35,
        "lat": 48.85,
    }


def test_the_names_that_the_community_gives_to_statuses():
    rows, _warnings, _maker = _made(REPORT, labels={"pending1": "À dessiner"})
    assert rows.reports[0][names(REPORT_COLUMNS).index("Statut_libellé")] == "À dessiner"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"author": 7}, {"Auteur": None, "Auteur_id": 7}),
        ({"author": "7"}, {"Auteur": None, "Auteur_id": 7}),
        ({"author": None}, {"Auteur": None, "Auteur_id": None}),
        ({"commune": "75056"}, {"Insee": "75056", "Commune": None}),
        ({"id": "12"}, {"id": 12, "NoSignalement": 12}),
        ({"community": None}, {"Groupe": None, "Groupe_id": None}),
        ({"community": "375"}, {"Groupe": "Voirie", "Groupe_id": 375}),
        (
            {"attributes": json.dumps(REPORT["attributes"])},
            {"Thème": "Voirie", "Thèmes": "Voirie(Nature=Chaussée,Usagers=a;b)"},
        ),
        ({"attributes": REPORT["attributes"][0]}, {"Thème": "Voirie"}),
        ({"attributes": [{"theme": "T", "attributes": [{"name": "n", "value": "v"}]}]}, {"Thèmes": "T(n=v)"}),
        ({"attributes": [{"theme": "T", "attributes": []}]}, {"Thèmes": "T", "Thème": "T"}),
        ({"attributes": []}, {"Thèmes": None, "Thème": None, "Attributs": None}),
        (
            {"attributes": [{"theme": "A", "attributes": {"x": None}}, {"theme": "B", "attributes": {"y": ["1", 2]}}]},
            {"Thèmes": "A(x=)|B(y=1;2)", "Thème": "A"},
        ),
        ({"status": "brandnew"}, {"Statut": "brandnew", "Statut_libellé": "brandnew"}),
        ({"comment": "a\0b"}, {"Message": "ab"}),
        ({"comment": None}, {"Message": ""}),
        ({"geometry": "POINT Z (2.5 48.5 12)"}, {"lon": 2.5, "lat": 48.5}),
        ({"something": {"new": [1]}}, {"Autres": '{"something": {"new": [1]}}'}),
        ({"sketch_xml": "<CROQUIS/>"}, {"Autres": '{"sketch_xml": "<CROQUIS/>"}'}),
    ],
)
def test_odd_forms(changes, expected):
    row = _row(REPORT, **changes)
    assert {name: row[name] for name in expected} == expected


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("2023-08-01T14:51:55+02:00", "2023-08-01T14:51:55+02:00"),
        ("2023-08-01T12:51:55Z", "2023-08-01T12:51:55+00:00"),
        (" 2023-08-01T12:51:55z ", "2023-08-01T12:51:55+00:00"),
        ("2023-08-01T14:51:55.123456+02:00", "2023-08-01T14:51:55+02:00"),
        ("2023-08-01 14:51:55+02:00", "2023-08-01T14:51:55+02:00"),
        ("2023-08-01 14:51:55", "2023-08-01T14:51:55"),
        ("2023-08-01", "2023-08-01T00:00:00"),
        ("2023-02-30T14:51:55+02:00", None),
        ("yesterday", None),
        ("", None),
        (None, None),
        (1690894315, None),
        ({}, None),
    ],
)
def test_dates(value, kept):
    assert stored_date(value) == kept


@given(st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1)), st.integers(-14 * 60, 14 * 60))  # noqa: DTZ001 - without zone is what is meant
def test_a_date_is_the_same_moment_with_the_same_offset(moment, minutes):
    zone = timezone(timedelta(minutes=minutes))
    aware = moment.replace(microsecond=0, tzinfo=zone)
    assert stored_date(aware.isoformat()) == aware.isoformat()
    assert datetime.fromisoformat(stored_date(aware.isoformat())).utcoffset() == aware.utcoffset()


def _reply(number, date, content, author="ign", status="pending"):
    return {
        "id": number,
        "report_id": 12,
        "author": {"id": 1, "username": author},
        "title": None,
        "content": content,
        "status": status,
        "date": date,
    }


def test_replies_are_numbered_by_time_whatever_their_order():
    # the second hour of the night when the clocks go back: the texts of the dates would sort the other way round
    earlier, later = (
        _reply(1, "2023-10-29T02:40:00+02:00", "a"),
        _reply(2, "2023-10-29T02:10:00+01:00", "b", status="valid"),
    )
    same_second = _reply(3, "2023-10-29T02:10:00+01:00", None)
    for replies in ([same_second, later, earlier], [earlier, later, same_second], [later, earlier, same_second]):
        rows, _warnings, _maker = _made({**REPORT, "replies": replies})
        found = [dict(zip(names(REPLY_COLUMNS), row)) for row in rows.replies]
        assert [(r["id"], r["Ordre"], r["Contenu"]) for r in found] == [(1, 1, "a"), (2, 2, "b"), (3, 3, "")]
        text = rows.reports[0][names(REPORT_COLUMNS).index("Réponses")]
        assert (
            text == "Réponse n°3 par ign le 29/10/2023.\nRéponse n°2 par ign le 29/10/2023. b\n"
            "Réponse n°1 par ign le 29/10/2023. a"
        )


def test_documents():
    document = {
        "id": 5,
        "title": "t",
        "description": None,
        "filename": "a.png",
        "mime_type": "image/png",
        "size": 12,
        "width": 3,
        "height": "4",
        "date": "2023-08-01T14:51:55+02:00",
        "uri": "http://v",
        "download_uri": "http://d",
    }
    rows, _warnings, _maker = _made({**REPORT, "attachments": [document, {"id": 6, "uri": "http://only"}]})
    first = dict(zip(names(DOCUMENT_COLUMNS), rows.documents[0]))
    assert (first["Fichier"], first["Hauteur"], first["URL"], first["URL_téléchargement"]) == (
        "a.png",
        4,
        "http://v",
        "http://d",
    )
    assert rows.reports[0][names(REPORT_COLUMNS).index("Document")] == "http://d http://only"


def _sketch(*objects, **more):
    return json.dumps({"name": "", "objects": list(objects), **more})


def test_sketches_of_every_kind():
    objects = [
        {
            "type": "Point",
            "geometry": "POINT(1 2)",
            "attributes": {"nature": "star"},
            "name": "n",
            "style": {"diam": 2, "frontcolor": "#FFAA00;1", "backcolor": "#FFAA00;0.5"},
        },
        {"type": "Texte", "geometry": "POINT(1 2)", "attributes": {"nom": "Sens unique"}, "style": []},
        {"type": "Fleche", "geometry": "LINESTRING(1 2,3 4)", "attributes": None},
        {
            "type": "MultiPolygone",
            "geometry": "MULTIPOLYGON(((0 0,1 0,1 1,0 0)),((5 5,6 5,6 6,5 5)))",
            "attributes": [],
        },
        {
            "type": "GeometryCollection",
            "geometry": "GEOMETRYCOLLECTION(POINT(1 2),LINESTRING(1 2,3 4))",
            "attributes": {},
        },
    ]
    rows, warnings, maker = _made({**REPORT, "sketch": _sketch(*objects)})
    assert not warnings and maker.sketches_skipped == 0
    assert {kind: len(found) for kind, found in rows.sketches.items()} == {"POINT": 3, "LINESTRING": 2, "POLYGON": 2}
    point, text, _part = [dict(zip(names(SKETCH_COLUMNS), row)) for row in rows.sketches["POINT"]]
    assert (
        point["Nom"],
        point["Couleur"],
        point["Couleur_fond"],
        point["Taille"],
        point["Attributs_croquis"],
        point["Ordre"],
    ) == ("n", "255,170,0,255", "255,170,0,128", 2.0, "nature='star'", 1)
    assert (text["Texte"], text["Type"], text["Style"]) == ("Sens unique", "Texte", None)
    assert rows.reports[0][names(REPORT_COLUMNS).index("Nb_croquis")] == 7


@pytest.mark.parametrize(
    ("sketch", "drawn"),
    [
        ("{croquis illisible", 0),
        ("[1, 2]", 0),
        ('{"objects": 3}', 0),
        (_sketch({"type": "Point"}, {"type": "Point", "geometry": "POINT(1 2)"}), 1),
        (_sketch({"type": "Point", "geometry": "POINT(1 200)"}, {"type": "Point", "geometry": "POINT(1 2)"}), 1),
        (_sketch({"type": "Point", "geometry": "POINT(1"}), 0),
        (_sketch({"type": "Point", "geometry": "POINT(1 2)\0"}), 0),
    ],
)
def test_what_cannot_be_read_is_warned_of_and_kept(sketch, drawn):
    rows, warnings, maker = _made({**REPORT, "sketch": sketch})
    assert len(warnings) == maker.sketches_skipped == 1
    assert "12" in warnings[0]
    assert sum(map(len, rows.sketches.values())) == drawn
    assert json.loads(rows.reports[0][names(REPORT_COLUMNS).index("Autres")])["sketch"] == sketch


@pytest.mark.parametrize("geometry", [None, "", "POLYGON((0 0,1 0,1 1,0 0))", "POINT(2.35 98)", 12, []])
def test_without_position(geometry):
    rows, warnings, maker = _made({**REPORT, "geometry": geometry})
    assert rows.reports[0][-2:] == (None, None)
    assert maker.without_position == len(warnings) == 1
    assert "12" in warnings[0]


@pytest.mark.parametrize("number", [None, "x", [], True, 2**70])
def test_without_number(number):
    rows, warnings, _maker = _made({**REPORT, "id": number})
    assert rows.reports == [] and len(warnings) == 1


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(
        [
            "2023-08-01T14:51:55+02:00",
            "0001-01-01T00:00:00+14:00",
            "9999-12-31T23:59:59-14:00",
            "POINT(1 2)",
            "\ud800",
            "{",
            "[]",
        ]
    ),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.text(max_size=4)
            | st.sampled_from(
                [
                    "id",
                    "name",
                    "title",
                    "theme",
                    "attributes",
                    "objects",
                    "geometry",
                    "date",
                    "author",
                    "value",
                    "style",
                    "type",
                    "diam",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@pytest.fixture(scope="module")
def scratch(tmp_path_factory):
    with Store(tmp_path_factory.mktemp("rows") / "scratch.sqlite") as store:
        yield store


@given(st.dictionaries(st.sampled_from(sorted({*REPORT, "other"})), json_values))
@settings(
    max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
def test_whatever_json_comes_there_are_rows_that_the_store_takes(scratch, changes):
    changes.pop("id", None)
    report = {**REPORT, **changes}
    for name in ("sketch",):
        if isinstance(report[name], (dict, list)) and len(repr(report)) % 2:
            report[name] = json.dumps(report[name])
    rows, _warnings, _maker = _made(report)
    assert len(rows.reports) == 1
    with Stage(scratch) as stage:
        stage.add(rows)
        with scratch.atomic():
            scratch.reports.replace(stage)
    counts = scratch.reports.counts()
    assert counts["Signalement"] == 1
    for kind, table in SKETCH_TABLES.items():
        assert counts[table] == len(rows.sketches[kind])
        assert scratch.one(f"SELECT count(*) FROM {table} WHERE geom IS NULL") == 0
    assert [counts[table] for table in PLAIN] == [len(rows.replies), len(rows.documents)]


def test_attributes_nested_beyond_measure_do_not_stop_a_download():
    deep = []
    for _level in range(100_000):
        deep = [deep]
    rows, _warnings, _maker = _made({**REPORT, "surprise": deep})
    assert len(rows.reports) == 1
    while deep:  # taken apart by hand: dropping it whole would recurse
        deep = deep[0]
