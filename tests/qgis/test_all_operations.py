"""What is asked of every operation, of those to come too: found by discovery, none is named here without need."""

import contextlib
import gc
import gettext
import io
import json
import os
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
import weakref
from collections import Counter
from html import escape
from pathlib import Path

import processing
import pytest
from qgis.core import (
    QgsNetworkAccessManager,
    QgsProcessingAlgorithm,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingOutputMultipleLayers,
    QgsProcessingOutputNumber,
    QgsProcessingParameterFeatureSink,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QSize

from geocollab import i18n
from geocollab.client.errors import Cancelled
from geocollab.provider import connections
from geocollab.provider.call import Call
from geocollab.provider.operation import Operation
from geocollab.provider.registry import operations
from geocollab.store.features import FeatureStage
from geocollab.store.store import Store
from sandbox.connections import write_connection
from tests.qgis import published

ROOT = Path(__file__).resolve().parents[2]
FROZEN = json.loads(Path(__file__).with_name("frozen.json").read_text(encoding="utf-8"))
OPERATIONS = {operation.ID: type(operation) for operation in operations()}
OF_THE_GEOPLATEFORME = {
    name for name, kind in OPERATIONS.items() if kind.GROUP.id in ("publication", "delivery", "services", "access")
}
# Some speak to a server only if they are told of one; their examples are offline.
NETWORKED = [name for name, kind in OPERATIONS.items() if kind.NEEDS_CONNECTION and "CONNECTION" in kind.EXAMPLE]
FRENCH_TAGS = re.compile(r"[éèêà]|signalements|groupes|connexion|paramètres|compte")
# What differs from one run to the next although nothing has changed.
VOLATILE = {"CLOCK_OFFSET", "NEW_COUNT", "UPDATED_COUNT", "UNCHANGED_COUNT", "REMOVED_COUNT", "REQUEST_COUNT"}
VOLATILE |= {"SENT_COUNT", "ALREADY_COUNT", "DOWNLOADED_COUNT", "PRESENT_COUNT"}  # what was done is not done twice
VOLATILE |= {"MADE_COUNT", "SENT_SIZE", "KEPT_COUNT", "STATE", "CREATED_COUNT"}
VOLATILE |= {"MEDIAN_AGE_DAYS", "MEAN_AGE_DAYS", "P90_AGE_DAYS", "MAX_AGE_DAYS"}
# Tables that tell of what went wrong or waits: of an example there is nothing to tell.
MAY_BE_EMPTY = {("createreports", "FAULTS"), ("outbox", "OUTPUT"), ("pushedits", "FAULTS")}
MAY_BE_EMPTY |= {("discardedits", "OUTPUT"), ("pushedits", "OUTPUT")}  # what was given up or sent before
MAY_BE_EMPTY |= {("inventory", "USAGE"), ("makestyle", "LOSSES"), ("checklayers", "OUTPUT")}
MAY_BE_EMPTY |= {(name, "FAULTS") for name in ("checklayers", "publishlayers", "uploadlayers")}
MAY_BE_EMPTY |= {("relinklayers", "OUTPUT")}  # no project is open
# What a measure without anything to measure leaves out: no https server, nothing closed.
MAY_BE_MISSING = re.compile(r"CERTIFICATE_DAYS|USER_ID|CLOCK_OFFSET|(MEDIAN|MEAN|P90|MAX)_.*_DAYS")

every_operation = pytest.mark.parametrize("name", OPERATIONS)
every_networked = pytest.mark.parametrize("name", NETWORKED)


@pytest.fixture
def sandbox(writable):
    """Not the one that all share: here it is written to."""
    return writable


@pytest.fixture(scope="module")
def template(template_store, writable_server, tmp_path_factory, qgis_app):
    """Reports and group layers of that sandbox; two edits are pending, another one is a conflict."""
    path = copied(template_store, tmp_path_factory.mktemp("template") / "reports.sqlite")
    processing.run("geocollab:loadgrouplayers", {
        "CONNECTION": str(writable_server.connection), "COMMUNITY": "375", "STORE": str(path),
        "LAYERS": "suivi_terrain:cantons_suivis;demo_guichet:pharmacies_paris",
    })  # fmt: skip
    with Store(path) as store:
        with store.atomic() as connection:
            connection.execute(
                "UPDATE pharmacies_paris SET capacite = 7 WHERE gid IN (SELECT min(gid) FROM pharmacies_paris)"
            )
            connection.execute(
                'INSERT INTO pharmacies_paris ("nom pharmacie", zone, geom) '
                "SELECT 'Pharmacie nouvelle', 'Zone1', geom FROM pharmacies_paris LIMIT 1"
            )
            connection.execute("UPDATE cantons_suivis SET nom = 'De moi' WHERE geocollab_id = 1")
        layer = store.layers.of_table("cantons_suivis")
        (conflict,) = store.edits.pending(layer)
        theirs = {**conflict.base, "nom": "Du bureau", "gcms_fingerprint": "f" * 32}
        with FeatureStage(store, layer) as stage:
            stage.add([[theirs[name] for name in layer.names]])
            with store.atomic():
                assert store.layers.update(stage, watermark=layer.watermark).conflicts == 1
    return path


@pytest.fixture
def store(request, tmp_path):
    if request.node.callspec.params["name"] in OF_THE_GEOPLATEFORME:
        return copied(request.getfixturevalue("filled") / "filled.sqlite", tmp_path / "publications.sqlite")
    return copied(request.getfixturevalue("template"), tmp_path / "reports.sqlite")


@pytest.fixture(scope="module")
def filled(writable_server, tmp_path_factory, qgis_app):
    """A folder with the files that examples of the Géoplateforme name; what else they name is in that sandbox."""
    folder, before = tmp_path_factory.mktemp("filled"), Path.cwd()
    published.files(folder)
    writable_server.faults()
    try:
        published.fill(writable_server.connection, folder)
    finally:
        os.chdir(before)
    return folder


def copied(store, path):
    with (
        contextlib.closing(sqlite3.connect(store)) as source,
        contextlib.closing(sqlite3.connect(path)) as copy,
    ):
        source.backup(copy)
    return path


def made(name):
    """A new instance with its parameters, as Processing makes one."""
    return OPERATIONS[name]().create()


def texts(operation):
    """Every text that a user is shown, by what it belongs to."""
    yield "title", operation.displayName()
    yield "group", operation.group()
    yield "summary", operation.shortDescription()
    for definition in operation.parameterDefinitions():
        yield f"{definition.name()} label", definition.description()
        yield f"{definition.name()} help", definition.help()
    for definition in operation.outputDefinitions():
        yield f"{definition.name()} output", definition.description()


def destinations_of(name):
    operation = made(name)  # its definitions live as long as it does
    return [definition.name() for definition in operation.parameterDefinitions() if definition.isDestination()]


def tables_of(name):
    operation = made(name)
    return [d.name() for d in operation.parameterDefinitions() if isinstance(d, QgsProcessingParameterFeatureSink)]


WITH_TABLES = [name for name in OPERATIONS if tables_of(name)]
every_with_tables = pytest.mark.parametrize("name", WITH_TABLES)

# ---------------------------------------------------------------------- what never changes


def test_no_operation_is_lost_and_each_new_one_is_frozen():
    assert sorted(OPERATIONS) == sorted(FROZEN)


@every_operation
def test_names_of_parameters_and_outputs_never_change(name):
    operation = made(name)
    assert {
        "parameters": [definition.name() for definition in operation.parameterDefinitions()],
        "outputs": [definition.name() for definition in operation.outputDefinitions()],
    } == FROZEN[name]


# ---------------------------------------------------------------------- how it presents itself


@every_operation
def test_it_presents_itself(name):
    operation = made(name)
    assert operation.id() == name and name.isalpha() and name.islower()
    assert operation.groupId() and operation.group()
    assert operation.helpUrl().endswith(f"#{name}")
    assert f"geocollab:{name}" in operation.shortHelpString()
    for what, text in texts(operation):
        assert text.strip() and text == text.strip(), what
    assert not operation.displayName().endswith(".") and len(operation.displayName()) < 45
    assert operation.shortDescription().endswith(".")
    for definition in operation.parameterDefinitions():
        assert definition.help().endswith("."), f"{definition.name()}: help is a sentence"
        assert not definition.description().endswith("."), f"{definition.name()}: a label is no sentence"


@every_operation
def test_tags_are_in_both_languages(name):
    tags = OPERATIONS[name].TAGS
    assert len(tags) >= 4 and len(set(tags)) == len(tags)
    assert any(FRENCH_TAGS.search(tag) for tag in tags)
    assert any(not FRENCH_TAGS.search(tag) for tag in tags)


@every_operation
def test_icon_is_its_own_and_can_be_seen(name, qgis_app):
    operation = made(name)
    assert Path(operation.svgIconPath()).name == f"{name}.svg"
    image = operation.icon().pixmap(QSize(24, 24)).toImage()
    assert not image.isNull()
    assert len({image.pixel(x, y) for x in range(image.width()) for y in range(image.height())}) > 2


def test_icons_and_titles_differ():
    assert max(Counter(made(name).displayName() for name in OPERATIONS).values()) == 1
    assert max(Counter(Path(made(name).svgIconPath()).read_bytes() for name in OPERATIONS).values()) == 1


def test_help_is_escaped():
    class Nasty(Operation):
        ID = "nasty"
        GROUP = OPERATIONS["downloadreports"].GROUP
        SUMMARY = "<script>alert(1)</script>"
        HELP = "a < b && c\n\n<img src=x>"
        EXAMPLE = {"A": "<b>it</b>"}

        def initAlgorithm(self, configuration=None):
            pass

    said = Nasty().shortHelpString()
    assert "<script" not in said and "<img" not in said and "<b>it" not in said
    assert "&lt;script&gt;" in said and "a &lt; b &amp;&amp; c" in said and "&lt;b&gt;it" in said


@every_operation
def test_its_parameters_are_well_made(name):
    operation = made(name)
    names = [definition.name() for definition in operation.parameterDefinitions()]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[A-Z][A-Z0-9_]*", each) for each in names)
    assert set(OPERATIONS[name].EXAMPLE) <= set(names)
    outputs = [definition.name() for definition in operation.outputDefinitions()]
    assert len(set(outputs)) == len(outputs)


@every_operation
def test_a_new_instance_is_another_one(name):
    first = OPERATIONS[name]()
    second = first.createInstance()
    assert type(second) is type(first) and second is not first
    assert made(name).parameterDefinitions() is not made(name).parameterDefinitions()


@every_operation
def test_flags(name):
    flags = OPERATIONS[name]().flags()
    kinds = QgsProcessingAlgorithm.Flag
    assert flags & kinds.FlagCanCancel and flags & kinds.FlagSupportsBatch
    assert not flags & (kinds.FlagHideFromToolbox | kinds.FlagHideFromModeler | kinds.FlagRequiresProject)
    # a server runs those in its only thread: no operation that waits for a network may ask for that
    assert not (flags & kinds.FlagNoThreading and OPERATIONS[name].NEEDS_CONNECTION)


# ---------------------------------------------------------------------- French


@pytest.fixture
def french(monkeypatch):
    """The catalogue as it is in the repository, compiled or not; gives its translations."""
    pofile, mofile = pytest.importorskip("babel.messages.pofile"), pytest.importorskip("babel.messages.mofile")
    with (ROOT / "i18n" / "fr.po").open("rb") as file:
        catalog = pofile.read_po(file, locale="fr")
    compiled = io.BytesIO()
    mofile.write_mo(compiled, catalog)
    compiled.seek(0)
    monkeypatch.setattr(i18n, "_catalogue", gettext.GNUTranslations(compiled))
    monkeypatch.setattr(i18n, "_language", "fr")
    return {m.id: m.string for m in catalog if isinstance(m.id, str) and m.id and m.string and not m.fuzzy}


@every_operation
def test_a_translation_that_there_is_is_shown(name, french):
    translations, i18n._catalogue = i18n._catalogue, gettext.NullTranslations()
    english = dict(texts(made(name)))
    i18n._catalogue = translations
    shown = dict(texts(made(name)))
    assert shown.keys() == english.keys()
    for what, text in english.items():
        if text in french:
            assert shown[what] == french[text], what
    if OPERATIONS[name].HELP in french:
        help_page = made(name).shortHelpString()
        for paragraph in french[OPERATIONS[name].HELP].split("\n\n"):
            assert escape(" ".join(paragraph.split())) in help_page


# ---------------------------------------------------------------------- nothing heavy, no network at load


def test_making_all_operations_imports_nothing_heavy_and_opens_no_connection(tmp_path):
    program = """
import socket, sys
def refuse(*args, **kwargs):
    raise AssertionError("network")
socket.socket.connect = socket.getaddrinfo = refuse
from geocollab.provider.registry import operations
from geocollab.store.features import FeatureStage
from geocollab.store.store import Store
names = [operation.create().id() for operation in operations()]
heavy = {"requests", "urllib3", "lxml", "jsonschema", "jinja2", "owslib", "processing"}
print(len(names), sorted(heavy & {name.split(".")[0] for name in sys.modules}))
"""
    plugins = str(ROOT / "build" / "plugins")
    ran = subprocess.run([sys.executable, "-c", f"import sys; sys.path.insert(0, {plugins!r})\n{program}"],
                         cwd=tmp_path, capture_output=True, text=True, timeout=60)  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.strip() == f"{len(OPERATIONS)} []"


# ---------------------------------------------------------------------- the examples run


@pytest.fixture
def folder(tmp_path, monkeypatch, sandbox, no_connections, store, run):
    """The working folder of an example, with the files that the examples name; `sdis` is a saved connection."""
    monkeypatch.chdir(tmp_path)
    write_connection(tmp_path / "sandbox.json", sandbox.url)
    shutil.copy(ROOT / "sandbox" / "data" / "cantons.geojson", tmp_path)
    (tmp_path / "photo.jpg").write_bytes(b"\xff\xd8\xff\xe0 as good as a picture")
    if store.name == published.STORE:
        published.files(tmp_path)
    run("saveconnection", NAME="sdis", FILE="sandbox.json")
    run("exportsettings", CONNECTION="sandbox.json", OUTPUT="projet_espaceco.xml")
    return tmp_path


def declared(name, kind=None):
    operation = made(name)  # its definitions live as long as it does
    return {d.name() for d in operation.outputDefinitions() if kind is None or isinstance(d, kind)}


@every_operation
def test_the_example_runs(name, folder, run, feedback):
    results = run(name, **OPERATIONS[name].EXAMPLE)
    assert not feedback.errors
    assert set(results) <= declared(name), "an output that is not declared"
    for output in declared(name, QgsProcessingOutputNumber):
        if output in results or not MAY_BE_MISSING.fullmatch(output):
            assert isinstance(results[output], (int, float)) and not isinstance(results[output], bool), output
    made_on_demand = set(FROZEN[name]["parameters"])
    for output in declared(name) - declared(name, QgsProcessingOutputNumber) - made_on_demand:
        texts_of = results[output] if output in declared(name, QgsProcessingOutputMultipleLayers) else [results[output]]
        assert texts_of and all(isinstance(text, str) for text in texts_of), output
    for parameter in set(OPERATIONS[name].EXAMPLE) & set(destinations_of(name)):
        assert Path(OPERATIONS[name].EXAMPLE[parameter]).stat().st_size > 0, "the file that was asked for"
    assert len(feedback.progress) <= 100 and feedback.progress == sorted(feedback.progress)


@every_operation
def test_the_example_runs_again_with_the_same_outcome(name, folder, run):
    first = run(name, **OPERATIONS[name].EXAMPLE)
    if name == "deleteconnection":
        with pytest.raises(QgsProcessingException, match="no connection “sdis”"):
            run(name, **OPERATIONS[name].EXAMPLE)
        return
    second = run(name, **OPERATIONS[name].EXAMPLE)
    if name == "rollback":
        assert (first["STORED_DATA"], first["PREVIOUS"]) == (second["PREVIOUS"], second["STORED_DATA"])
        return
    assert first.keys() == second.keys()
    if name == "clearreports":
        assert {second[output] for output in declared(name, QgsProcessingOutputNumber)} == {0}
        return
    same = {output for output in first if output not in VOLATILE}
    assert {output: first[output] for output in same} == {output: second[output] for output in same}


def test_progress_is_told_at_most_a_hundred_times(feedback):
    call = Call(made("downloadreports"), {}, QgsProcessingContext(), feedback)
    for done in range(1_000_001):
        call.progress(done, 1_000_000)
    assert len(feedback.progress) == 100 and feedback.progress[-1] == 100


@every_operation
def test_the_example_runs_in_a_thread_of_its_own(name, folder, run_in_thread, feedback):
    """As QGIS Desktop runs it, with another context than the one it was prepared with."""
    if OPERATIONS[name]().flags() & QgsProcessingAlgorithm.Flag.FlagNoThreading:
        pytest.skip("projects belong to the main thread: this operation asks to stay there")
    assert run_in_thread(name, QgsProcessingContext(), **OPERATIONS[name].EXAMPLE), feedback.errors


@every_operation
def test_nothing_of_a_run_outlives_it(name, folder, run):
    """Layers that are still there when QGIS ends crash it, so no cycle of references may hold them."""
    context = QgsProcessingContext()
    gone = weakref.ref(context)
    gc.collect()
    gc.disable()
    try:
        run(name, context=context, **OPERATIONS[name].EXAMPLE)
        del context
        assert gone() is None
    finally:
        gc.enable()


@every_with_tables
def test_every_table_can_be_had_in_every_format(name, folder, run, monkeypatch):
    monkeypatch.setenv("OGR_XLSX_HEADERS", "FORCE")  # OGR takes a row of nothing but text for data
    tables = tables_of(name)
    rows = {}
    for ending in ("gpkg", "csv", "xlsx"):
        wanted = {table: str(folder / f"{table.lower()}-out.{ending}") for table in tables}
        run(name, **{**OPERATIONS[name].EXAMPLE, **wanted})
        for table, file in wanted.items():
            layer = _loaded(file)
            rows.setdefault(table, set()).add(sum(1 for _feature in layer.getFeatures()))
    in_memory = run(name, **{**OPERATIONS[name].EXAMPLE, **dict.fromkeys(tables, "TEMPORARY_OUTPUT")})
    for table in tables:
        assert in_memory[table].isValid()
        assert rows[table] == {in_memory[table].featureCount()}
        assert in_memory[table].featureCount() > 0 or (name, table) in MAY_BE_EMPTY


def _loaded(file):
    layer = QgsVectorLayer(file, "table", "ogr")
    assert layer.isValid(), file
    return layer


@every_with_tables
def test_a_table_that_cannot_be_made_is_an_error(name, folder, run):
    tables = tables_of(name)
    with pytest.raises(QgsProcessingException):
        run(name, **{**OPERATIONS[name].EXAMPLE, tables[0]: str(folder / "no" / "such" / "folder" / "table.gpkg")})


# ---------------------------------------------------------------------- what is refused


@every_operation
def test_an_unknown_parameter_is_refused(name, folder, run):
    with pytest.raises(QgsProcessingException, match="There is no parameter STATUT"):
        run(name, **OPERATIONS[name].EXAMPLE, STATUT="submit")


@every_operation
def test_cancelled_before_it_begins(name, folder, run, feedback, content, store):
    before = content(store), connections.names()
    feedback.cancel()
    with pytest.raises(QgsProcessingException, match="Stopped before the end"):
        run(name, **OPERATIONS[name].EXAMPLE)
    assert (content(store), connections.names()) == before


@every_operation
def test_cancelled_while_it_works(name, folder, run, feedback, monkeypatch, content, store):
    """At the very first thing that it asks or opens once it has begun."""
    before = content(store), connections.names()
    kind = type(made(name))
    perform = kind.perform

    def cancelled(self, call):
        feedback.cancel()
        return perform(self, call)

    monkeypatch.setattr(kind, "perform", cancelled)
    with pytest.raises(QgsProcessingException) as refused:
        run(name, **OPERATIONS[name].EXAMPLE)
    assert isinstance(refused.value.__cause__, Cancelled) or "Stopped" in str(refused.value)
    if "already done" not in str(refused.value):
        assert (content(store), connections.names()) == before


# ---------------------------------------------------------------------- what servers do

FOREVER = {"times": None}
TROUBLE = {
    "401": ({"kind": "status", "status": 401, **FOREVER}, "Check the account"),
    "403": ({"kind": "status", "status": 403, **FOREVER}, "Ask a manager"),
    "404": ({"kind": "status", "status": 404, **FOREVER}, "may have been deleted"),
    "409": ({"kind": "status", "status": 409, **FOREVER}, "then try again"),
    "429": ({"kind": "rate_limit", "retry_after": 0, **FOREVER}, "Wait a little"),
    "500": ({"kind": "status", "status": 500, **FOREVER}, "Try again later"),
    "502 page": ({"kind": "html", "status": 502, **FOREVER}, "Try again later"),
    "200 page": ({"kind": "html", "status": 200, **FOREVER}, "try again later"),
    "time-out": ({"kind": "slow", "seconds": 3, **FOREVER}, "raise the time-out"),
    "truncated": ({"kind": "truncated_json", **FOREVER}, "try again later"),
    "cut": ({"kind": "drop", **FOREVER}, "Check the network"),
    "reset": ({"kind": "reset", **FOREVER}, "Check the network"),
    "not JSON": ({"kind": "not_json", **FOREVER}, "try again later"),
}
SECRETS = re.compile(r"sandbox-membre|Bearer [\w.-]{8}|access_token|eyJ[\w-]{10}|password=", re.IGNORECASE)


def one_clear_sentence(refused, host, remedy):
    message = str(refused.value)
    assert host in message and remedy in message, message
    assert len(message.splitlines()) == 1 and len(message) < 700
    assert not re.search(r"Traceback|File \"|object at 0x|Error\(", message)
    assert not SECRETS.search(message)


@pytest.mark.parametrize("trouble", TROUBLE)
@every_networked
def test_trouble_with_the_server_is_a_clear_sentence(
    name, trouble, folder, run, sandbox, impatient, monkeypatch, feedback, content, store
):
    monkeypatch.setattr(QgsNetworkAccessManager, "timeout", lambda self: 1000)
    fault, remedy = TROUBLE[trouble]
    before = content(store)
    sandbox.faults(fault)
    with pytest.raises(QgsProcessingException) as refused:
        run(name, **OPERATIONS[name].EXAMPLE)
    one_clear_sentence(refused, sandbox.url.split("//")[1], remedy)
    assert not SECRETS.search(" ".join(feedback.infos + feedback.warnings + feedback.errors))
    assert content(store) == before


@every_networked
def test_a_server_that_is_not_there(name, folder, sandbox, run, impatient, content, store):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    with contextlib.closing(sqlite3.connect(store)) as connection, connection:
        connection.execute("UPDATE geocollab_layer SET service = replace(service, ?, ?)", (sandbox.url, url))
    before = content(store)
    write_connection(folder / "sandbox.json", url)
    with pytest.raises(QgsProcessingException) as refused:
        run(name, **OPERATIONS[name].EXAMPLE)
    one_clear_sentence(refused, url.split("//")[1], "Check the network")
    assert content(store) == before


@every_networked
def test_a_wrong_password(name, folder, run, content, store):
    before = content(store)
    (folder / "sandbox.membre.password").write_text("wrong-Passw0rd")
    with pytest.raises(QgsProcessingException) as refused:
        run(name, **OPERATIONS[name].EXAMPLE)
    one_clear_sentence(refused, "127.0.0.1", "Check the user name and the password")
    assert "wrong-Passw0rd" not in str(refused.value)
    assert content(store) == before


@every_networked
@pytest.mark.parametrize(
    ("connection", "sentence"),
    [
        ("nosuch", "There is no connection “nosuch”"),
        ("nosuch.json", "nosuch.json: There is no such file"),
        ("broken.json", "broken.json: The file is not JSON"),
        ("odd.json", "odd.json: "),
        ("secret.json", "A connection never holds a secret"),
        ("", "No connection was named and none is saved"),
    ],
)
def test_a_connection_that_is_none(name, connection, sentence, folder, run, content, store):
    (folder / "broken.json").write_text("{")
    (folder / "odd.json").write_text('{"account": {"kind": "magic"}}')
    (folder / "secret.json").write_text(
        '{"account": {"kind": "basic", "username": "a", "password": "sandbox-membre"}}'  # pragma: allowlist secret
    )  # pragma: allowlist secret
    run("deleteconnection", NAME="sdis")
    before = content(store)
    with pytest.raises(QgsProcessingException) as refused:
        run(name, **{**OPERATIONS[name].EXAMPLE, "CONNECTION": connection})
    if connection:
        assert sentence in str(refused.value) and "Traceback" not in str(refused.value)
        assert not SECRETS.search(str(refused.value))
    assert content(store) == before
