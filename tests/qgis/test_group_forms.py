"""The forms of group layers: what QGIS accepts is what the columns say, and it is saved as the contract writes it."""

import json
import re
import shutil
from datetime import datetime

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st
from qgis.core import (
    NULL,
    QgsExpression,
    QgsExpressionContext,
    QgsFeature,
    QgsFieldConstraints,
    QgsGeometry,
    QgsVectorLayer,
    QgsVectorLayerUtils,
)
from qgis.PyQt.QtCore import QDate, QDateTime, Qt

from geocollab.client.espaceco.databases import column_of
from geocollab.provider import compat
from geocollab.provider.groups import group_layers
from geocollab.provider.groups.group_forms import NULL_VALUE, apply_form
from geocollab.provider.groups.group_styles import fields_of
from geocollab.store.store import Store
from geocollab.workflows.layers import column_rules
from geocollab.workflows.layers.described import described
from geocollab.workflows.layers.edit_checks import value_faults
from sandbox.process import SandboxProcess
from tests.workflows.group_rows import CANTONS, PHARMACIES, POSTS, ROADS, Guichet

TYPES = "demo_guichet:Tous les types (été)"
POINT = QgsGeometry.fromWkt("Point (2.35 48.85)")
HARD = QgsFieldConstraints.ConstraintStrength.ConstraintStrengthHard


@pytest.fixture(scope="module")
def process():
    with SandboxProcess(reports=5, features=30, rate=0) as running:
        yield running


@pytest.fixture(scope="module")
def template(process, tmp_path_factory):
    """A store with the layers of these tests, made once."""
    guichet = Guichet(process, tmp_path_factory.mktemp("template") / "store.sqlite")
    guichet.load(TYPES, PHARMACIES, ROADS, POSTS, CANTONS)
    return guichet.path


@pytest.fixture
def guichet(qgis_app, process, template, tmp_path):
    shutil.copy(template, tmp_path / "store.sqlite")
    return Guichet(process, tmp_path / "store.sqlite")


@pytest.fixture
def change(guichet):
    """`change("column", …)`: what the server says from now on, and the store after the next load."""

    def make(kind, **members):
        guichet.process.change(kind, **members)
        Guichet.entries.pop(guichet.url, None)  # they are read once
        guichet.load(TYPES, PHARMACIES)

    yield make
    guichet.process.reset_world()
    Guichet.entries.pop(guichet.url, None)


@pytest.fixture
def formed(guichet):
    """`formed(code)`: a layer of the store with its form, as QGIS opens it. `said` holds the warnings."""

    def make(code):
        stored = guichet.layer(code)
        layer = QgsVectorLayer(group_layers.uri(guichet.path, stored), code, "spatialite")
        assert layer.isValid()
        make.said = apply_form(layer, described(stored), stored)
        return layer

    return make


def at(layer, name):
    index = layer.fields().indexFromName(name)
    assert index >= 0, name
    return index


def widget(layer, name):
    setup = layer.editorWidgetSetup(at(layer, name))
    return setup.type(), setup.config()


def listed(layer, name):
    kind, config = widget(layer, name)
    assert kind == "ValueMap"
    return [pair for each in config["map"] for pair in each.items()]


def wrong(layer, name, **values):
    """What QGIS says is wrong with a new object of these values, in this column."""
    layer.startEditing()
    feature = QgsVectorLayerUtils.createFeature(layer, POINT)
    for column, value in values.items():
        feature[at(layer, column)] = NULL if value is None else value
    _good, sentences = QgsVectorLayerUtils.validateAttribute(layer, feature, at(layer, name))
    layer.rollBack()
    return sentences


# ---------------------------------------------------------------------- what a form shows


def test_every_type_has_its_widget(formed):
    layer = formed(TYPES)
    assert formed.said == []
    kinds = {field.name(): widget(layer, field.name())[0] for field in layer.fields()}
    assert kinds == {
        "geocollab_id": "Hidden", "N° objet": "TextEdit", "Booléen": "ValueMap", "Horodatage": "DateTime",
        "Date": "DateTime", "Double précision": "TextEdit", "Entier": "TextEdit", "Détails": "JsonEdit",
        "Étiquettes": "JsonEdit", "Pièce jointe": "ExternalResource", "J'aime": "TextEdit", "Texte": "TextEdit",
        "texte_2": "TextEdit", "Année": "TextEdit", "Mois": "TextEdit", "Liste": "ValueMap", "Code": "ValueMap",
        "Nature": "ValueMap", "Revêtement": "ValueMap", "Réservé": "TextEdit", "Invisible au filtre": "TextEdit",
        "Relation": "TextEdit",
    }  # fmt: skip
    assert [label for label, _value in listed(layer, "Booléen")] == ["yes", "no", "(empty)"]
    assert listed(layer, "Liste") == [
        ("Bon", "Bon"),
        ("Moyen", "Moyen"),
        ("Mauvais", "Mauvais"),
        ("(empty)", NULL_VALUE),
    ]
    assert listed(layer, "Code")[:3] == [("Un", "1"), ("Deux", "2"), ("Trois", "3")]
    assert [value for _label, value in listed(layer, "Revêtement")][:-1] == ["Enrobé", "Pavés", "Terre", "Gravier"]
    assert "*.pdf" in widget(layer, "Pièce jointe")[1]["FileWidgetFilter"]


def test_what_a_user_gives_no_value_is_read_only(formed):
    for code, closed in (
        (TYPES, {"geocollab_id", "N° objet", "J'aime", "Réservé"}),
        (PHARMACIES, {"geocollab_id", "gid", "departement", "saisie_le", "gestionnaire"}),
        (POSTS, {"geocollab_id", "gcms_detruit", "gcms_date_creation", "gcms_date_modification",
                 "gcms_date_destruction", "gcms_territoire", "gcms_fingerprint", "gcms_numrec"}),
    ):  # fmt: skip
        layer = formed(code)
        config = layer.editFormConfig()
        assert {field.name() for index, field in enumerate(layer.fields()) if config.readOnly(index)} == closed, code


def test_names_come_from_the_titles(formed):
    layer = formed(PHARMACIES)
    assert layer.attributeDisplayName(at(layer, "nom pharmacie")) == "Nom de la pharmacie"
    layer = formed(TYPES)
    assert layer.attributeDisplayName(at(layer, "texte_2")) == "texte"


def test_a_document_can_be_opened(formed, guichet):
    layer = formed(TYPES)
    (action,) = layer.actions().actions()
    context = QgsExpressionContext()
    feature = next(f for f in layer.getFeatures() if f["Pièce jointe"] == "6001")
    context.setFeature(feature)
    opened = QgsExpression.replaceExpressionText(action.command(), context)
    assert opened == f"{guichet.process.url}/document/image/6001"
    for elsewhere in ("/photos/pièce.png", "file:///etc/passwd", "https://example.org/1", "6001/../x", None):
        feature["Pièce jointe"] = elsewhere
        context.setFeature(feature)
        assert QgsExpression.replaceExpressionText(action.command(), context) == "", "only documents of the server"
    apply_form(layer, described(guichet.layer(TYPES)), guichet.layer(TYPES))
    assert len(layer.actions().actions()) == 1


# ---------------------------------------------------------------------- what is accepted


@pytest.mark.parametrize(
    ("code", "column", "values", "good"),
    [
        (PHARMACIES, "nom pharmacie", {"nom pharmacie": "Pharmacie"}, True),
        (PHARMACIES, "nom pharmacie", {"nom pharmacie": None}, False),
        (PHARMACIES, "nom pharmacie", {"nom pharmacie": ""}, False),
        (PHARMACIES, "nom pharmacie", {"nom pharmacie": "ab"}, False),
        (PHARMACIES, "nom pharmacie", {"nom pharmacie": "x" * 61}, False),
        (PHARMACIES, "nom pharmacie", {"nom pharmacie": "😀" * 60}, True),
        (PHARMACIES, "nom pharmacie", {"nom pharmacie": "a\nb"}, True),
        (PHARMACIES, "capacite", {"capacite": 50}, True),
        (PHARMACIES, "capacite", {"capacite": 51}, False),
        (PHARMACIES, "capacite", {"capacite": -1}, False),
        (PHARMACIES, "capacite", {"capacite": None}, True),
        (PHARMACIES, "telephone", {"telephone": "01 22 33 44 55"}, True),
        (PHARMACIES, "telephone", {"telephone": "01 22 33 44 55\n"}, False),
        (PHARMACIES, "telephone", {"telephone": "0122334455"}, False),
        (PHARMACIES, "site", {"site": "https://ign.fr/été?a=b"}, True),
        (PHARMACIES, "site", {"site": "ign.fr"}, False),
        (PHARMACIES, "zone", {"zone": "Zone2"}, True),
        (PHARMACIES, "zone", {"zone": None}, True),
        (PHARMACIES, "zone", {"zone": "Zone9"}, False),
        (PHARMACIES, "identifiant national", {"identifiant national": "FR000001"}, False),
        (PHARMACIES, "identifiant national", {"identifiant national": "FR999999"}, True),
        (TYPES, "Année", {"Année": "1900"}, True),
        (TYPES, "Année", {"Année": "1899"}, False),
        (TYPES, "Année", {"Année": "20"}, False),
        (TYPES, "Mois", {"Mois": "1990-01"}, True),
        (TYPES, "Mois", {"Mois": "1990-13"}, False),
        (TYPES, "Mois", {"Mois": "1989-12"}, False),
        (TYPES, "Détails", {"Détails": '{"précision": 2}'}, True),
        (TYPES, "Détails", {"Détails": "{"}, False),
        (TYPES, "Étiquettes", {"Étiquettes": "null"}, True),
        (TYPES, "Code", {"Code": 3}, True),
        (TYPES, "Code", {"Code": 4}, False),
        (TYPES, "Date", {"Date": QDate(1950, 1, 1)}, True),
        (TYPES, "Date", {"Date": QDate(1949, 12, 31)}, False),
        (TYPES, "Horodatage", {"Horodatage": QDateTime(2099, 12, 31, 23, 59, 59)}, True),
        (TYPES, "Horodatage", {"Horodatage": QDateTime(2100, 1, 1, 0, 0, 0)}, False),
        (TYPES, "Double précision", {"Double précision": -10000.5}, True),
        (TYPES, "Double précision", {"Double précision": 10000.6}, False),
        (TYPES, "Revêtement", {"Nature": "Route", "Revêtement": "Pavés"}, True),
        (TYPES, "Revêtement", {"Nature": "Route", "Revêtement": "Terre"}, False),
        (TYPES, "Revêtement", {"Nature": "Autre", "Revêtement": "Terre"}, False),
        (TYPES, "Revêtement", {"Nature": "Autre", "Revêtement": None}, True),
        (TYPES, "Revêtement", {"Nature": None, "Revêtement": "Terre"}, True),
        (POSTS, "reference", {"reference": None}, False),
        (POSTS, "reference", {"reference": "BR-1"}, False),
        (POSTS, "reference", {"reference": "BR-100"}, True),
        (POSTS, "reference", {"reference": "BR-100x"}, False),
    ],
)
def test_what_a_column_takes(formed, code, column, values, good):
    layer = formed(code)
    said = wrong(layer, column, **values)
    assert (not said) is good, said
    constraints = layer.fields().at(at(layer, column)).constraints()
    for kind in constraints.constraints() and (
        QgsFieldConstraints.Constraint.ConstraintNotNull,
        QgsFieldConstraints.Constraint.ConstraintExpression,
    ):
        if int(constraints.constraints()) & int(kind):
            assert constraints.constraintStrength(kind) == HARD


def test_what_is_allowed_is_said(formed):
    layer = formed(PHARMACIES)
    (said,) = wrong(layer, "zone", zone="Zone9")
    assert "Accepted: one of: Zone1, Zone2, Zone3, (empty)." in said
    layer = formed(TYPES)
    (said,) = wrong(layer, "Revêtement", Nature="Autre", Revêtement="Terre")
    assert "Where “Nature” is “Autre”: (empty)." in said and "Where “Nature” is “Route”: Enrobé, Pavés." in said


def test_a_list_of_texts_without_null_is_mandatory(formed, change):
    change("column", table=1734, name="zone", set={"enum": ["A", "B"]})
    layer = formed(PHARMACIES)
    assert wrong(layer, "zone", zone=None) and NULL_VALUE not in dict(listed(layer, "zone")).values()


# ---------------------------------------------------------------------- defaults


def test_defaults_are_written_as_the_contract_says(formed):
    layer = formed(TYPES)
    feature = QgsVectorLayerUtils.createFeature(layer, POINT)
    today = datetime.now().astimezone().date().isoformat()
    assert feature["Booléen"] in (1, True) and feature["Nature"] == "Autre"
    assert feature["Date"].toString(Qt.DateFormat.ISODate) == today
    assert feature["N° objet"] == NULL and feature["Texte"] == NULL
    assert QgsVectorLayerUtils.createFeature(formed(CANTONS), POINT)["suivi"] == "À faire"


@pytest.mark.parametrize(
    ("column", "default", "expected"),
    [
        ("Horodatage", "CURRENT_DATE", re.compile("20[0-9-]{8}T[0-9:]{8}")),
        ("Horodatage", "2024-02-29 10:11:12", re.compile("2024-02-29T10:11:12")),
        ("Date", "2024-02-29", re.compile("2024-02-29")),
        ("Année", "CURRENT_DATE", re.compile("20[0-9]{2}")),
        ("Mois", "CURRENT_DATE", re.compile("20[0-9]{2}-[01][0-9]")),
        ("Entier", "-7", re.compile("-7")),
        ("Double précision", "1.5", re.compile("1.5")),
        ("Texte", 'l\'"été" \\ [% 1 %]', re.compile(re.escape('l\'"été" \\ [% 1 %]'))),
        ("Texte", "CURRENT_DATE", re.compile("CURRENT_DATE")),
        ("Étiquettes", '["a"]', re.compile(re.escape('["a"]'))),
    ],
)
def test_a_default_of_each_type(formed, change, column, default, expected):
    change("column", table=1736, name=column, set={"default_value": default})
    value = QgsVectorLayerUtils.createFeature(formed(TYPES), POINT)[column]
    text = value.toString(Qt.DateFormat.ISODate) if hasattr(value, "toString") else str(value)
    assert expected.fullmatch(text), text


def test_a_default_that_is_none_is_said(formed, change):
    change("column", table=1736, name="Entier", set={"default_value": "sept"})
    layer = formed(TYPES)
    assert formed.said == ["“Entier”: its default value cannot be understood and is left out."]
    assert QgsVectorLayerUtils.createFeature(layer, POINT)["Entier"] == NULL


# ---------------------------------------------------------------------- opened, changed, saved


@pytest.fixture
def opened(qgis_app):
    """`opened(layer, feature)`: the form as a user has it."""
    gui = pytest.importorskip("qgis.gui")
    if not gui.QgsGui.editorWidgetRegistry().factories():
        gui.QgsGui.editorWidgetRegistry().initEditors()
    kept = []

    def make(layer, feature, new=False):
        made = gui.QgsAttributeForm(layer, feature)
        if new:
            made.setMode(gui.QgsAttributeEditorContext.Mode.AddFeatureMode)
            made.setFeature(feature)
        kept.append(made)
        return made

    yield make
    for made in kept:
        made.deleteLater()


def test_a_form_saves_nothing_that_was_not_touched(formed, opened):
    """Values that no rule allows, and long ones, too: nobody asked for them to be rounded, cut or filled."""
    layer = formed(TYPES)
    layer.startEditing()
    number = layer.allFeatureIds()[0]
    odd = {
        "Entier": 5_000_000_000, "Double précision": 1.23456789012345, "Texte": "a\nb ",
        "Détails": '{"a":1.50,  "b":[ ]}',
        "Étiquettes": "not json", "Année": "20", "Mois": "2024-1", "Liste": "Autre", "Code": 77,
        "Pièce jointe": "/a b/é.png", "Horodatage": QDateTime(1890, 1, 2, 3, 4, 5), "Booléen": NULL,
    }  # fmt: skip
    for name, value in odd.items():
        layer.changeAttributeValue(number, at(layer, name), value)
    nothing = layer.allFeatureIds()[4]  # one that is nearly empty
    for each in (number, nothing):
        before = layer.getFeature(each).attributes()
        form = opened(layer, layer.getFeature(each))
        form.changeAttribute("Invisible au filtre", "touché")
        assert form.save()
        after = layer.getFeature(each).attributes()
        changed = [layer.fields().at(i).name() for i, (old, new) in enumerate(zip(before, after)) if old != new]
        assert changed == ["Invisible au filtre"]
    layer.rollBack()


def test_what_is_saved_is_as_the_contract_writes_it(formed, opened, guichet):
    layer = formed(TYPES)
    layer.startEditing()
    new = QgsVectorLayerUtils.createFeature(layer, POINT)
    form = opened(layer, new, new=True)
    for name, value in {
        "Horodatage": QDateTime(2024, 3, 10, 8, 15, 30), "Date": QDate(2024, 2, 29), "Mois": "2024-02", "Année": "2024",
        "Entier": 5, "Double précision": 2.5, "Détails": '{"précision": 2}', "Liste": "Bon", "Code": 2, "Booléen": 0,
        "Pièce jointe": "6001", "Texte": "été",
    }.items():  # fmt: skip
        form.changeAttribute(name, value)
    assert form.save() and layer.commitChanges(), layer.commitErrors()
    with Store(guichet.path) as store:
        (edit,) = store.edits.pending(store.layers.of_table(guichet.layer(TYPES).local_table))
    mine = {name: value for name, value in edit.mine.items() if value is not None}
    del mine["Géométrie"]
    assert mine.pop("Booléen") in (0, False)
    assert mine == {
        "Horodatage": "2024-03-10 08:15:30", "Date": "2024-02-29", "Mois": "2024-02", "Année": "2024", "Entier": 5,
        "Double précision": 2.5, "Détails": '{"précision": 2}', "Liste": "Bon", "Code": 2, "Nature": "Autre",
        "Pièce jointe": "6001", "Texte": "été",
    }  # fmt: skip


def test_a_set_of_attributes_fills_the_others_when_its_column_changes(formed, opened):
    layer = formed(ROADS)
    layer.startEditing()
    feature = next(f for f in layer.getFeatures() if f["nature"] == "Sentier" and f["importance"] not in ("5", NULL))
    form = opened(layer, feature)
    form.changeAttribute("nature", "Chemin")
    now = form.currentFormFeature()
    assert (now["importance"], now["acces_pieton"], now["largeur_de_chaussee"]) == ("5", "Libre", NULL)
    assert now["itineraire_vert"] in (0, False)
    form.changeAttribute("importance", "2")
    form.changeAttribute("nom_voie", "Chemin des Vignes")
    assert form.save()
    saved = layer.getFeature(feature.id())
    assert (saved["nature"], saved["importance"], saved["acces_pieton"]) == ("Chemin", "2", "Libre"), "the user's own"
    layer.changeGeometry(feature.id(), feature.geometry())
    layer.changeAttributeValue(feature.id(), at(layer, "importance"), None)
    layer.changeAttributeValue(feature.id(), at(layer, "nom_voie"), "x")
    assert layer.getFeature(feature.id())["importance"] == NULL, "no other edit brings it back"
    layer.rollBack()


def test_a_set_of_attributes_changes_nothing_when_a_form_is_only_opened(formed, opened):
    layer = formed(ROADS)
    layer.startEditing()
    feature = next(f for f in layer.getFeatures() if f["nature"] == "Chemin" and f["importance"] not in ("5", NULL))
    form = opened(layer, feature)
    form.changeAttribute("nom_voie", "x")
    assert form.save()
    assert layer.getFeature(feature.id())["importance"] == feature["importance"]
    layer.rollBack()


def test_a_new_object_gets_what_its_default_presets(formed, opened, change):
    change("column", table=1736, name="Nature", set={"default_value": "Route"})
    change("column", table=1736, name="Entier", set={"default_value": "9"})
    layer = formed(TYPES)
    layer.startEditing()
    new = QgsVectorLayerUtils.createFeature(layer, POINT)
    assert (new["Nature"], new["Revêtement"], new["Entier"]) == ("Route", "Enrobé", 9), "its own default comes first"
    form = opened(layer, new, new=True)
    form.changeAttribute("Nature", "Chemin")
    now = form.currentFormFeature()
    assert (now["Revêtement"], now["Entier"]) == ("Terre", NULL)
    form.changeAttribute("Revêtement", "Gravier")
    assert form.save()
    (saved,) = [f for f in layer.getFeatures() if f.id() < 0]
    assert (saved["Revêtement"], saved["Entier"]) == ("Gravier", NULL)
    layer.rollBack()


# ---------------------------------------------------------------------- what servers may say


def test_rules_that_cannot_be_understood_are_left_out(formed, change):
    change("column", table=1734, name="telephone", set={"pattern": "(unclosed"})
    change("column", table=1734, name="capacite", set={"min_value": "beaucoup", "max_value": None})
    change("column", table=1734, name="zone", set={"enum": None, "max_length": -5})
    layer = formed(PHARMACIES)
    assert formed.said == [
        "“zone”: the form does not check this, only the server does: form and length of a text.",
        "“capacite”: the form does not check this, only the server does: limits.",
        "“telephone”: the form does not check this, only the server does: pattern.",
    ]
    assert wrong(layer, "telephone", telephone="?") == wrong(layer, "capacite", capacite=-1) == []


def test_a_pattern_that_only_python_knows_is_left_out(formed, change):
    change("column", table=1734, name="telephone", set={"pattern": "(?P<a>x)(?(a)y|z|w)?"})
    formed(PHARMACIES)
    change("column", table=1734, name="telephone", set={"pattern": r"(?<!a{1,3})b|\N{DIGIT ONE}"})
    layer = formed(PHARMACIES)
    assert wrong(layer, "telephone", telephone="b") == [] and formed.said


NAMES = st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\0"), min_size=1, max_size=12)
TEXTS = st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\0"), max_size=12)
VALUES = TEXTS.filter(bool)  # "" comes to QGIS as null
PATTERNS = st.sampled_from(
    ["[a-c]+", "^x", "y$", "a|b", "(ab)*", r"\d{2}", "é.", "", ".*", r"[^\s]{1,3}", "😀?", "(?i)ab", r"\u00e9", "_URL_"]
)
LENGTHS = st.none() | st.integers(0, 12)


def accepted(column, value, others=(), name="nom"):
    """Whether QGIS accepts a value of a column that is called `name` there; `others` are (column, value)."""
    columns = [column, *(other for other, _value in others)]
    layer = QgsVectorLayer("NoGeometry", "couche", "memory")
    kinds = {"Integer": "integer", "Double": "number", "Date": "day", "DateTime": "moment"}
    layer.dataProvider().addAttributes([compat.field(each.name, kinds.get(each.type, "text")) for each in columns])
    layer.updateFields()
    fields = fields_of(layer)
    rules = column_rules.rules(column, fields, {})
    feature = QgsFeature(layer.fields())
    feature.setAttributes([value, *(other for _column, other in others)])
    context = QgsExpressionContext()
    context.setFeature(feature)
    context.setFields(layer.fields())
    expression = QgsExpression(column_rules.together(column.name, rules.values, rules.rows) or "TRUE")
    result = expression.evaluate(context)
    assert not expression.hasParserError() and not expression.hasEvalError(), expression.expression()
    return bool(result), rules


RELAXED = settings(deadline=None, max_examples=120, suppress_health_check=list(HealthCheck))


@RELAXED
@given(NAMES, PATTERNS, LENGTHS, LENGTHS, VALUES | st.sampled_from(["ab", "x", "12", "é", "https://a.fr", "ab\n"]))
@example('a"b\\', "a|b", 1, 1, "a\n")
def test_texts_are_accepted_as_the_rules_say(qgis_app, name, pattern, least, most, value):
    """As the edits are checked before they are sent, but for the pattern, which is to fit the whole."""
    column = column_of({"name": name, "type": "String", "pattern": pattern, "min_length": least, "max_length": most})
    good, rules = accepted(column, value)
    assert not rules.left_out
    expected = not list(value_faults(column, value))
    if pattern and pattern != "_URL_":
        expected = expected and bool(re.fullmatch(pattern, value))
    assert good is expected


@RELAXED
@given(NAMES, st.lists(VALUES, min_size=1, max_size=5), VALUES, st.data())
def test_lists_of_texts(qgis_app, name, values, other, data):
    column = column_of({"name": name, "type": "String", "enum": [*values, None]})
    value = data.draw(st.sampled_from(values) | st.just(other))
    good = accepted(column, value)[0]
    assert good is (value in values) is (not list(value_faults(column, value)))


@RELAXED
@given(st.sampled_from(["Integer", "Double"]), st.lists(st.integers(-9, 9), min_size=1), st.integers(-9, 9))
def test_lists_of_numbers(qgis_app, kind, values, value):
    column = column_of({"name": "n", "type": kind, "enum": {f"label {each}": each for each in values}})
    assert accepted(column, value)[0] is (value in values)


@RELAXED
@given(
    st.sampled_from(["Integer", "Double"]),
    st.none() | st.integers(-99, 99) | st.floats(-99, 99),
    st.none() | st.integers(-99, 99),
    st.integers(-200, 200),
)
def test_limits_of_numbers(qgis_app, kind, least, most, value):
    limits = {"min_value": None if least is None else repr(least), "max_value": None if most is None else repr(most)}
    column = column_of({"name": "n", "type": kind, **limits})
    assume(least is None or abs(value - least) > 1e-9 or value == least)
    assert accepted(column, value)[0] is (not list(value_faults(column, value)))


@RELAXED
@given(st.dates(), st.none() | st.dates(), st.none() | st.dates(), st.sampled_from(["Date", "DateTime"]))
def test_limits_of_dates(qgis_app, value, least, most, kind):
    assume(value.year > 1000)
    limits = {"min_value": least and least.isoformat(), "max_value": most and most.isoformat()}
    column = column_of({"name": "jour", "type": kind, **limits})
    text = value.isoformat() if kind == "Date" else f"{value.isoformat()} 12:30:00"
    day = QDate(value.year, value.month, value.day)
    moment = day if kind == "Date" else QDateTime(value.year, value.month, value.day, 12, 30, 0)
    assert accepted(column, moment)[0] is (not list(value_faults(column, text)))


@RELAXED
@given(
    NAMES,
    NAMES,
    st.dictionaries(TEXTS, st.lists(st.sampled_from(["a", "b", "c'", 'd"']), max_size=3), min_size=1, max_size=4),
    st.sampled_from(["a", "b", "c'", 'd"', "e", None]),
    st.data(),
)
def test_mappings(qgis_app, name, other, mapping, value, data):
    assume(name.casefold() != other.casefold())
    column = column_of({
        "name": name, "type": "String", "constraint": {"type": "mapping", "mapping": mapping}, "condition_field": other,
    })  # fmt: skip
    condition = data.draw(st.sampled_from([*mapping, "none of them", None]))
    good = accepted(column, value, [(column_of({"name": other, "type": "String"}), condition)])[0]
    allowed = mapping.get(condition)
    assert good is (allowed is None or value is None or value in allowed)


@RELAXED
@given(NAMES, st.recursive(st.none() | st.booleans() | st.integers(-99, 99) | TEXTS, st.lists, max_leaves=4), TEXTS)
def test_json(qgis_app, name, value, text):
    column = column_of({"name": name, "type": "JsonValue"})
    assert accepted(column, json.dumps(value, ensure_ascii=False))[0]
    try:
        json.loads(text)
    except ValueError:
        assume("NaN" not in text and "Infinity" not in text)
        assert not accepted(column, text)[0] or text == ""


@RELAXED
@given(NAMES, TEXTS)
def test_a_default_text_is_itself(qgis_app, name, text):
    column = column_of({"name": name, "type": "String", "default_value": text})
    layer = QgsVectorLayer("NoGeometry", "couche", "memory")
    layer.dataProvider().addAttributes([compat.field(name, "text")])
    layer.updateFields()
    expression, follows = column_rules.default(column, [column], fields_of(layer))
    assert not follows and (QgsExpression(expression).evaluate() if expression else "") == text
