"""Keys whose secret goes into QGIS or a file of one's own, accesses, and restricted layers in the map."""

import re
import stat
from pathlib import Path

import pytest
import requests
from qgis.core import (
    QgsApplication,
    QgsAuthMethodConfig,
    QgsProcessingContext,
    QgsProcessingException,
    QgsVectorLayer,
)

from geocollab.provider.entrepot import keychain
from geocollab.workflows.entrepot.rights.keyring import Secret
from tests.qgis.served_data import written

CANTONS = Path(__file__).parents[2] / "sandbox" / "data" / "cantons.geojson"
MASTER_PASSWORD = "of-the-tests"  # pragma: allowlist secret


@pytest.fixture
def manager(qgis_app):
    """The authentication manager, open; what the test made in it goes."""
    found = QgsApplication.authManager()
    assert found.masterPasswordIsSet() or found.setMasterPassword(MASTER_PASSWORD, True)
    before = set(found.configIds())
    yield found
    for authcfg in set(found.configIds()) - before:
        found.removeAuthenticationConfig(authcfg)
        found.clearCachedConfig(authcfg)


def config(manager, authcfg):
    loaded, found = manager.loadAuthenticationConfig(authcfg, QgsAuthMethodConfig(), True)
    assert loaded
    return found


def told(feedback, results):
    """All that a user could read of a run."""
    return " ".join([*feedback.infos, *feedback.warnings, *feedback.errors, *map(str, results.values())])


# ---------------------------------------------------------------------- keys


def test_a_basic_key_goes_into_qgis(serve, manager, feedback):
    first = serve("createkey", NAME="poste un", TYPE="BASIC")
    kept = config(manager, first["AUTHCFG"])
    assert kept.method() == "Basic"
    assert re.fullmatch(r"Géoplateforme: poste un \([^ ]+@[^ ]+, 127\.0\.0\.1:[0-9]+\)", kept.name())
    assert kept.config("username").startswith("geocollab-") and len(kept.config("password")) > 20
    assert kept.config("password") not in told(feedback, first)
    assert feedback.infos[-2] == (
        f"The key “poste un” is made. Its secret is in the authentication configuration {first['AUTHCFG']} of QGIS. "
        "“Create an access” lets it reach services."
    )
    second = serve("createkey", NAME="poste un", TYPE="BASIC")
    assert (second["KEY"], second["AUTHCFG"]) == (first["KEY"], first["AUTHCFG"])
    assert (first["NEW_COUNT"], second["UNCHANGED_COUNT"]) == (1, 1)
    assert config(manager, second["AUTHCFG"]).config("password") == kept.config("password")


def test_in_a_thread_of_its_own_too(run_in_thread, warehouse, manager):
    connection = str(warehouse.connection_for("membre"))
    found = run_in_thread("createkey", QgsProcessingContext(), CONNECTION=connection, NAME="fil", TYPE="BASIC")
    assert found and config(manager, found["AUTHCFG"]).config("username")


def test_the_login_of_a_configuration_of_ones_own(serve, manager, warehouse):
    own = QgsAuthMethodConfig("Basic")
    own.setName("à moi")
    login = {"username": "moi-meme", "password": "un-mot-de-passe-long"}  # pragma: allowlist secret
    own.setConfigMap({**login, "realm": ""})
    stored, own = manager.storeAuthenticationConfig(own)
    assert stored
    found = serve("createkey", NAME="avec le mien", TYPE="BASIC", LOGIN=own.id())
    assert config(manager, found["AUTHCFG"]).config("username") == "moi-meme"
    (posted,) = [entry for entry in warehouse.journal("/keys$") if entry["method"] == "POST"]
    assert '"login": "moi-meme"' in posted["body"] and "un-mot-de-passe-long" not in posted["body"]
    with pytest.raises(QgsProcessingException, match="LOGIN: “abc1234” is no authentication configuration"):
        serve("createkey", NAME="autre", TYPE="BASIC", LOGIN="abc1234")


@pytest.mark.parametrize(("type", "begins"), [("HASH", "apikey: "), ("HEADER", "X-Bureau: "), ("BASIC", "geocollab-")])
def test_a_file_that_only_its_owner_may_read(serve, tmp_path, feedback, type, begins):
    file = tmp_path / "key.txt"
    file.write_text("what was there before")
    file.chmod(0o644)
    found = serve("createkey", NAME=f"fichier {type}", TYPE=type, FILE=str(file), HEADER="X-Bureau")
    secret = file.read_text(encoding="utf-8")
    assert secret.startswith(begins) and stat.S_IMODE(file.stat().st_mode) == 0o600
    assert found["AUTHCFG"] == "" and found["FILE"] == str(file)
    assert secret.strip().partition(" ")[2] or secret.strip().partition(":")[2]
    assert secret.strip().replace(":", " ").split()[-1] not in told(feedback, found)
    assert f"Its secret is in {file}." in feedback.infos[-2]
    serve("createkey", NAME=f"fichier {type}", TYPE=type, FILE=str(file), HEADER="X-Bureau")
    assert file.read_text(encoding="utf-8") == secret
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".key")] == []


def test_a_password_that_is_nowhere(serve, manager, tmp_path):
    found = serve("createkey", NAME="perdu", TYPE="BASIC")
    manager.removeAuthenticationConfig(found["AUTHCFG"])
    with pytest.raises(QgsProcessingException, match="its secret is not kept here"):
        serve("createkey", NAME="perdu", TYPE="BASIC")
    with pytest.raises(QgsProcessingException, match="its secret is not kept here"):
        serve("createkey", NAME="perdu", TYPE="BASIC", FILE=str(tmp_path / "none.txt"))


def test_a_key_that_is_refused_leaves_nothing(serve, manager, warehouse, tmp_path):
    before = set(manager.configIds())
    refusal = {"kind": "status", "status": 400, "message": "Non", "method": "POST", "path": "/keys$", "times": None}
    warehouse.faults(refusal)
    with pytest.raises(QgsProcessingException, match="Non"):
        serve("createkey", NAME="refuse", TYPE="BASIC")
    assert set(manager.configIds()) == before
    file = tmp_path / "key.txt"
    file.write_text("what was there before")
    with pytest.raises(QgsProcessingException, match="Non"):
        serve("createkey", NAME="refuse", TYPE="BASIC", FILE=str(file))
    assert file.read_text() == "what was there before" and len(list(tmp_path.glob(".*"))) == 0


@pytest.fixture
def vault():
    """`vault(name)`: what keeps the secret of the key of this name in QGIS."""
    keeper = keychain.Keeper()
    return lambda name="Géoplateforme: une (a@b, c)": keychain.QgisVault(keeper, name)


OLD, NEW = (Secret(login=f"moi-{n}", password=f"un-mot-{n}") for n in (1, 2))  # pragma: allowlist secret


def test_a_secret_that_is_kept_stays_until_there_is_another_key(manager, vault):
    vault().keep(OLD)
    kept, before = vault().authcfg, set(manager.configIds())
    vault().hold(NEW)
    assert config(manager, kept).config("password") == OLD.password
    vault().release()
    assert set(manager.configIds()) == before and config(manager, kept).config("username") == OLD.login
    vault().hold(NEW)
    assert vault().has(NEW.login) and not vault().has("personne")
    vault().keep(None)
    assert vault().authcfg == kept and config(manager, kept).config("password") == NEW.password
    assert set(manager.configIds()) == before


def test_what_is_held_for_a_key_that_never_was_is_dropped(manager, vault):
    vault().keep(OLD)
    before = set(manager.configIds())
    vault().hold(NEW)
    assert vault().has(OLD.login) and set(manager.configIds()) == before
    vault().keep(None)
    assert config(manager, vault().authcfg).config("password") == OLD.password


def test_the_key_of_another_account_has_its_own_configuration(serve, manager):
    first = serve("createkey", NAME="la meme", TYPE="BASIC")
    password = config(manager, first["AUTHCFG"]).config("password")
    other = serve("createkey", NAME="la meme", TYPE="BASIC", user="contributeur")
    assert other["KEY"] != first["KEY"] and other["AUTHCFG"] != first["AUTHCFG"]
    assert config(manager, first["AUTHCFG"]).config("password") == password


def test_a_file_of_another_key_is_no_secret_of_this_one(serve, manager, tmp_path):
    serve("createkey", NAME="ailleurs", TYPE="BASIC")
    file = tmp_path / "key.txt"
    serve("createkey", NAME="celle du fichier", TYPE="BASIC", FILE=str(file))
    secret = file.read_text(encoding="utf-8")
    (tmp_path / ".key.txt.part").write_text(secret, encoding="utf-8")
    with pytest.raises(QgsProcessingException, match="its secret is not kept here"):
        serve("createkey", NAME="ailleurs", TYPE="BASIC", FILE=str(file))
    assert file.read_text(encoding="utf-8") == secret


def test_without_a_master_password_nothing_is_made(serve, add, warehouse, manager, monkeypatch):
    manager.clearMasterPassword()
    try:
        with monkeypatch.context() as patch:
            patch.setattr(type(manager), "setMasterPassword", lambda *args: False)
            with pytest.raises(QgsProcessingException, match=r"QGIS_AUTH_PASSWORD_FILE names a file.*Or give a file"):
                serve("createkey", NAME="sans", TYPE="BASIC")
            with pytest.raises(QgsProcessingException, match=r"its master password is needed") as refused:
                add(LAYERS="une")
            assert "FILE names a file that holds it." in str(refused.value) and "in FILE" not in str(refused.value)
    finally:
        assert manager.setMasterPassword(MASTER_PASSWORD, True)
    assert warehouse.journal("/keys") == []


def test_a_qgis_that_cannot_send_headers(serve, warehouse, manager, monkeypatch):
    monkeypatch.setattr(keychain, "can_send_headers", lambda: False)
    with pytest.raises(QgsProcessingException, match="cannot send the header of such a key: choose the type BASIC"):
        serve("createkey", NAME="vieux", TYPE="HASH")
    assert warehouse.journal("/keys") == []


def test_a_hash_key_goes_into_qgis(serve, manager):
    if not keychain.can_send_headers():
        pytest.skip("this QGIS sends no headers of one's own")
    found = serve("createkey", NAME="hash", TYPE="HASH")
    assert config(manager, found["AUTHCFG"]).method() == "APIHeader"
    assert set(keychain.headers_of(found["AUTHCFG"])) == {"apikey"}


def test_a_key_that_signs_in_has_no_secret(serve, manager, feedback):
    found = serve("createkey", NAME="connexion", TYPE="OAUTH2")
    assert found["AUTHCFG"] == "" and any("This key has no secret" in info for info in feedback.infos)


def test_rules(serve, manager, warehouse):
    given = {"NAME": "regles", "TYPE": "BASIC"}
    serve("createkey", **given, WHITELIST="192.0.2.0/24, 198.51.100.0/24", USER_AGENT="QGIS")
    assert serve("createkey", **given)["UNCHANGED_COUNT"] == 1
    assert serve("createkey", **given, BLACKLIST="203.0.113.0/24")["UPDATED_COUNT"] == 1
    with pytest.raises(QgsProcessingException, match="réseau CIDR attendu"):
        serve("createkey", **given, WHITELIST="partout")


# ---------------------------------------------------------------------- accesses and layers


@pytest.fixture
def restricted(serve):
    """`restricted("name")`: a restricted WFS, WMS and tiles of this name that `montreuil` may use."""

    def make(name, *operations):
        data = {"publishwmtstms": "ortho"}
        for operation in operations or ("publishwfs",):
            given = {"STORED_DATA": data.get(operation, "cantons"), "RESTRICTED": True, "ADD_TO_PROJECT": False}
            serve(operation, LAYER_NAME=name, **given)
        serve("setpermissions", LAYERS=name, COMMUNITIES="montreuil", LICENCE="libre", END="2099-01-01")

    return make


@pytest.fixture
def add(serve, project):
    """Adds restricted layers; the outputs and the layers that would be added."""

    def call(**parameters):
        context = QgsProcessingContext()
        context.setProject(project)
        found = serve("addrestrictedlayer", context=context, **parameters)
        layers = [context.temporaryLayerStore().mapLayer(id) for id in context.layersToLoadOnCompletion()]
        return found, layers, context

    return call


@pytest.mark.parametrize("type", ["BASIC", "HASH"])
def test_from_a_permission_to_the_map(serve, manager, restricted, add, warehouse, feedback, type):
    if type == "HASH" and not keychain.can_send_headers():
        pytest.skip("this QGIS sends no headers of one's own")
    name = f"reserve_{type.lower()}"
    restricted(name, "publishwfs", "publishwmsvector", "publishwmtstms")
    key = serve("createkey", NAME=type, TYPE=type)
    access = serve("createaccess", KEY=type, LAYERS=name, OUTPUT="TEMPORARY_OUTPUT")
    assert f"The key “{type}” reaches 1 layer: {name}. “Add a restricted layer”" in feedback.infos[-2]
    assert (access["NEW_COUNT"], access["FAILED_COUNT"], access["KEY"]) == (3, 0, key["KEY"])
    assert serve("createaccess", KEY=key["KEY"], LAYERS=name)["UNCHANGED_COUNT"] == 3
    warehouse.clear_journal()

    found, layers, _context = add(LAYERS=name)

    assert written(warehouse) == [] and found["AUTHCFG"] == key["AUTHCFG"]
    assert (found["ADDED_COUNT"], found["FAILED_COUNT"]) == (4, 0)
    assert feedback.infos[-2].endswith("4 layers are added to the map.")
    assert sorted(layer.providerType() for layer in layers) == ["WFS", "WFS", "wms", "wms"]
    assert all(layer.isValid() and key["AUTHCFG"] in layer.source() for layer in layers)
    secrets = [value for value in config(manager, key["AUTHCFG"]).configMap().values() if value]
    assert secrets and not any(word in layer.source() for layer in layers for word in (*secrets, "apikey"))
    wfs = next(layer for layer in layers if layer.providerType() == "WFS" and "cantons" in layer.source())
    assert wfs.featureCount() == 61
    wms = [layer.source() for layer in layers if layer.providerType() == "wms"]
    assert all("IgnoreGetMapUrl=1" in source for source in wms)
    question = {"SERVICE": "WFS", "REQUEST": "GetFeature", "TYPENAMES": f"{name}:cantons"}
    assert requests.get(warehouse.url + "/private/wfs", question, timeout=30).status_code == 401


@pytest.mark.parametrize("type", ["BASIC", "HASH"])
def test_what_is_published_restricted_is_read_back_and_shown_with_a_key(
    serve, manager, warehouse, project, feedback, type
):
    if type == "HASH" and not keychain.can_send_headers():
        pytest.skip("this QGIS sends no headers of one's own")
    warehouse.entrepot_settings(check_seconds=0, execution_seconds=0, publication_seconds=0)
    name = f"cles_{type.lower()}"
    key = serve("createkey", NAME=f"de {name}", TYPE=type)

    def publish(cantons, **more):
        context = QgsProcessingContext()
        context.setProject(project)
        layer = QgsVectorLayer(str(CANTONS), "cantons", "ogr")
        layer.setSubsetString(f"\"nom\" LIKE '{cantons}%'")
        given = {"NAME": name, "SERVICES": "WFS,WMS-VECTOR", "RESTRICTED": True, "AUTHCFG": key["AUTHCFG"], **more}
        found = serve("publishlayers", context=context, INPUT=[layer], **given)
        layers = [context.temporaryLayerStore().mapLayer(id) for id in context.layersToLoadOnCompletion()]
        return [found[count] for count in ("VERIFIED_COUNT", "FAULT_COUNT", "NOT_READ_COUNT")], layers, context

    counts, layers, _context = publish("M")  # no key can reach what was not there before
    assert counts == [0, 0, 2] and layers == []
    assert [text for text in feedback.infos if "WFS “" in text and "the key of AUTHCFG does not reach it" in text]

    serve("setpermissions", LAYERS=name, COMMUNITIES="montreuil", LICENCE="libre", END="2099-01-01")
    serve("createaccess", KEY=key["KEY"], LAYERS=name)
    counts, layers, _context = publish("P")
    assert counts == [2, 0, 0] and feedback.errors == []
    assert sorted(layer.providerType() for layer in layers) == ["WFS", "wms"]
    assert all(layer.isValid() and key["AUTHCFG"] in layer.source() for layer in layers)

    counts, _layers, _context = publish("B", AUTHCFG="")
    assert counts == [0, 0, 2]
    with pytest.raises(QgsProcessingException, match="QGIS knows no authentication configuration “abc1234”"):
        publish("B", AUTHCFG="abc1234")


def test_the_list_alone(serve, restricted, add, feedback):
    restricted("liste")
    found, layers, _context = add(OUTPUT="TEMPORARY_OUTPUT")
    rows = [feature.attributeMap() for feature in found["OUTPUT"].getFeatures()]
    (own,) = [row for row in rows if row["layer"] == "liste"]
    assert (own["type"], own["licence"], bool(own["ended"])) == ("WFS", "libre", False)
    assert (own["status"], own["status_label"]) == ("PUBLISHED", "published, in service")
    assert feedback.infos[-2].endswith("Name those that you want on the map in LAYERS.")
    assert found["COUNT"] == len(rows) and found["ADDED_COUNT"] == 0 and layers == []


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        ({"LAYERS": "rien"}, "No permission that lasts lets you use “rien”. You may use:"),
        ({"LAYERS": "sanscle"}, "QGIS has no authentication configuration for a key that reaches these layers"),
        ({"LAYERS": "sanscle", "AUTHCFG": "abc1234"}, "QGIS knows no authentication configuration “abc1234”"),
        ({"KEY": "personne"}, "You have no key “personne”"),
    ],
)
def test_what_cannot_be_added(manager, restricted, add, parameters, sentence):
    restricted("sanscle")
    with pytest.raises(QgsProcessingException, match=sentence):
        add(**parameters)


def test_a_key_without_access_is_told(serve, manager, restricted, add, feedback):
    restricted("ferme")
    key = serve("createkey", NAME="sans acces", TYPE="BASIC")
    found, layers, _context = add(LAYERS="ferme", AUTHCFG=key["AUTHCFG"])
    assert (found["ADDED_COUNT"], found["FAILED_COUNT"], layers) == (0, 1, [])
    assert "ferme (WFS): It offers no layer" in feedback.warnings[-1]


def test_an_access_that_is_refused(serve, manager, restricted, warehouse):
    restricted("refus")
    serve("createkey", NAME="refus", TYPE="BASIC")
    warehouse.faults({"kind": "status", "status": 403, "message": "Non", "method": "POST", "path": "/accesses$"})
    with pytest.raises(QgsProcessingException, match=r"refus: .*Non"):
        serve("createaccess", KEY="refus", LAYERS="refus")
    with pytest.raises(QgsProcessingException, match="You have no key “personne”"):
        serve("createaccess", KEY="personne")


def test_no_secret_is_ever_shown():
    secret = Secret(headers={"apikey": "tres-secret"}, login="moi", password="tres-secret")  # pragma: allowlist secret
    assert "tres-secret" not in repr(secret) and "tres-secret" not in str(secret)
