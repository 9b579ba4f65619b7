"""Check, list, save, delete: what the operations on connections do with what they find."""

import json
import re
from pathlib import Path

import pytest
from qgis.core import QgsApplication, QgsProcessingException, QgsSettings

from geocollab.provider import connections, hints
from geocollab.provider.registry import operations

SECRETS = re.compile(r"sandbox-(membre|admin|service-secret)|eyJ[\w-]{10}")


def settings_text():
    """All that this profile holds in its settings file."""
    QgsSettings().sync()
    return Path(QgsSettings().fileName()).read_text(encoding="utf-8")


def made(operation):
    return next(each for each in operations() if operation == each.ID).create()


def parameter(name, operation):
    """What the combo box of a parameter offers."""
    found = made(operation)
    return found.parameterDefinition(name).metadata().get("widget_wrapper", {}).get("hints", [])


# ---------------------------------------------------------------------- check


def rows(layer):
    return [feature.attributes() for feature in layer.getFeatures()]


def test_a_good_connection(run, sandbox, tmp_path, feedback):
    found = run(
        "checkconnection",
        CONNECTION=str(sandbox.connection),
        OUTPUT="TEMPORARY_OUTPUT",
        COMMUNITIES="TEMPORARY_OUTPUT",
        REPORT=str(tmp_path / "page.html"),
    )
    assert (found["USERNAME"], found["EMAIL"], found["USER_ID"]) == ("membre", "membre@sandbox.invalid", 1001)
    assert (found["PROBLEM_COUNT"], found["PROBLEM"], found["COMMUNITY_COUNT"]) == (0, "", 2)
    assert {row[2] for row in rows(found["OUTPUT"])} == {"ok"}
    assert [row[0] for row in rows(found["COMMUNITIES"])] == [375, 96]
    page = Path(found["REPORT"]).read_text(encoding="utf-8")
    assert "Voirie et adresses" in page and sandbox.url in page and "<script" not in page
    assert not feedback.warnings
    for text in (page, Path(found["LOG_FILE"]).read_text(encoding="utf-8") if Path(found["LOG_FILE"]).exists() else ""):
        assert not SECRETS.search(text)


@pytest.mark.parametrize("kind", ["basic", "password", "token", "client_credentials"])
def test_every_kind_of_account_can_be_checked(kind, run, sandbox):
    found = run("checkconnection", CONNECTION=str(sandbox.connection_for("membre", kind)))
    assert found["USERNAME"] and found["PROBLEM_COUNT"] == 0


def test_without_account(run, sandbox, feedback):
    found = run("checkconnection", CONNECTION=str(sandbox.connection_for(None, "anonymous")))
    assert found["USERNAME"] == "" and "USER_ID" not in found
    assert (found["PROBLEM_COUNT"], found["WARNING_COUNT"], found["COMMUNITY_COUNT"]) == (0, 1, 0)
    assert any("Only public reports" in warning for warning in feedback.warnings)


@pytest.mark.parametrize(
    ("user", "numbers"),
    [
        ("sansgroupe", {"COMMUNITY_COUNT": 0, "PENDING_COUNT": 0}),
        ("attente", {"COMMUNITY_COUNT": 0, "PENDING_COUNT": 1}),
    ],
)
def test_an_account_that_may_do_little(user, numbers, run, sandbox, feedback):
    found = run("checkconnection", CONNECTION=str(sandbox.connection_for(user)))
    assert {name: found[name] for name in numbers} == numbers
    assert found["WARNING_COUNT"] >= 1 and feedback.warnings


def test_a_clock_that_is_wrong(run, sandbox):
    sandbox.faults({"kind": "clock", "seconds": 3600, "path": ".", "times": None})
    found = run("checkconnection", CONNECTION=str(sandbox.connection), OUTPUT="TEMPORARY_OUTPUT")
    assert found["CLOCK_OFFSET"] == pytest.approx(3600, abs=5) and found["PROBLEM_COUNT"] >= 1
    assert any("Set it" in row[3] for row in rows(found["OUTPUT"]))


TROUBLE = {
    "service": {"kind": "status", "status": 500, "times": None},
    "account": {"kind": "status", "status": 403, "path": "/users/me$", "times": None},
    "page": {"kind": "html", "status": 200, "times": None},
    "sign-in": {"kind": "status", "status": 503, "path": "/auth/", "times": None},
}


@pytest.mark.parametrize("trouble", TROUBLE)
def test_a_problem_as_numbers_instead_of_a_failure(trouble, run, sandbox, impatient, tmp_path):
    sandbox.faults(TROUBLE[trouble])
    page = tmp_path / "page.html"
    wanted = {"CONNECTION": str(sandbox.connection), "OUTPUT": "TEMPORARY_OUTPUT", "REPORT": str(page)}
    found = run("checkconnection", FAIL_ON_PROBLEM=False, **wanted)
    assert found["PROBLEM_COUNT"] >= 1 and "127.0.0.1" in found["PROBLEM"]
    assert "problem" in {row[2] for row in rows(found["OUTPUT"])}
    page.unlink()
    with pytest.raises(QgsProcessingException) as refused:
        run("checkconnection", **wanted)
    assert str(refused.value) == found["PROBLEM"]
    assert "127.0.0.1" in page.read_text(encoding="utf-8"), "the page is there also when it fails"


# ---------------------------------------------------------------------- list


@pytest.fixture
def no_lists(qgis_app):
    hints.lists().path.unlink(missing_ok=True)
    yield hints.lists()
    hints.lists().path.unlink(missing_ok=True)


def test_lists_are_offered_to_the_other_operations(run, sandbox, no_lists):
    assert parameter("COMMUNITY", "downloadreports") == []
    found = run("listcommunities", CONNECTION=str(sandbox.connection), OUTPUT="TEMPORARY_OUTPUT")
    assert found["COUNT"] == len(rows(found["OUTPUT"])) == 2
    offered = ["Espace public ouvert — 96", "Voirie et adresses de la petite couronne — 375"]
    assert parameter("COMMUNITY", "downloadreports") == offered == parameter("COMMUNITY", "listcommunities")
    run("listcommunities", CONNECTION=str(sandbox.connection), COMMUNITY=offered[1])
    download = made("downloadreports")
    themes = download.parameterDefinition("THEMES").options()
    assert {"Voirie", "Adresse", "Route", "Espace public"} <= set(themes)
    assert not SECRETS.search(no_lists.path.read_text(encoding="utf-8"))


def test_one_community_in_full(run, sandbox, no_lists, tmp_path):
    tables = ("OUTPUT", "THEMES", "STATUSES", "MEMBERS")
    found = run(
        "listcommunities",
        CONNECTION=str(sandbox.connection_for("admin")),
        COMMUNITY="375",
        USERNAMES=True,
        REPORT=str(tmp_path / "page.html"),
        **dict.fromkeys(tables, "TEMPORARY_OUTPUT"),
    )
    assert found["NAME"] == "Voirie et adresses de la petite couronne"
    assert found["DEFAULT_COMMENT"] == "Bonjour, merci de vérifier sur place : "
    themes = [dict(zip(found["THEMES"].fields().names(), row)) for row in rows(found["THEMES"])]
    assert {row["type"] for row in themes} >= {
        "list",
        "text",
        "integer",
        "double",
        "checkbox",
        "date",
        "datetime",
        "jsonvalue",
    }
    (nature,) = [row for row in themes if (row["theme"], row["attribute"]) == ("Voirie", "Nature")]
    assert nature["mandatory"] and nature["default"] == "Chaussée" and "Piste cyclable" in nature["values"]
    assert ["pending1", "À dessiner"] in [row[:2] for row in rows(found["STATUSES"])]
    assert found["MEMBER_COUNT"] == len(rows(found["MEMBERS"])) > 0
    assert "membre" in [row[1] for row in rows(found["MEMBERS"])]
    assert found["THEME_COUNT"] == len({row["theme"] for row in themes})
    assert "À dessiner" in Path(found["REPORT"]).read_text(encoding="utf-8")


def test_a_damaged_list_file_is_no_reason_to_fail(run, sandbox, no_lists):
    no_lists.path.parent.mkdir(parents=True, exist_ok=True)
    no_lists.path.write_text("{", encoding="utf-8")
    assert parameter("COMMUNITY", "downloadreports") == []
    run("listcommunities", CONNECTION=str(sandbox.connection))
    assert len(parameter("COMMUNITY", "downloadreports")) == 2


# ---------------------------------------------------------------------- save and delete


def test_saved_used_by_default_and_deleted(run, sandbox, no_connections):
    assert run("saveconnection", NAME="Mon équipe (été)", FILE=str(sandbox.connection)) == {
        "CONNECTION": "Mon équipe (été)"
    }
    assert parameter("NAME", "deleteconnection") == connections.names()
    assert connections.names() == ["Mon équipe (été)"]
    assert run("checkconnection", CONNECTION="Mon équipe (été)")["USERNAME"] == "membre"
    assert run("checkconnection")["USERNAME"] == "membre", "the default one"
    download = made("downloadreports")
    assert download.parameterDefinition("CONNECTION").defaultValue() == "Mon équipe (été)"
    assert run("deleteconnection", NAME="Mon équipe (été)") == {"COUNT": 0}
    assert connections.names() == [] and connections.default() == ""


def addresses(sandbox):
    return {"URL": f"{sandbox.url}/gcms/api", "SSO_URL": f"{sandbox.url}/auth/realms/geoplateforme"}


def test_no_secret_is_ever_saved(run, sandbox, no_connections, tmp_path, monkeypatch):
    monkeypatch.setenv("MY_PASSWORD", "sandbox-membre")
    secret = tmp_path / "secret.txt"
    secret.write_text("sandbox-membre")
    run("saveconnection", NAME="a", FILE=str(sandbox.connection_for("admin", "basic")))
    run(
        "saveconnection",
        NAME="b",
        ACCOUNT="basic",
        USERNAME="membre",
        PASSWORD_ENV="MY_PASSWORD",  # pragma: allowlist secret
        **addresses(sandbox),
    )
    run(
        "saveconnection",
        NAME="c",
        ACCOUNT="basic",
        USERNAME="membre",
        PASSWORD_FILE=str(secret),
        **addresses(sandbox),
    )
    for name in "bc":
        assert run("checkconnection", CONNECTION=name)["USERNAME"] == "membre"
    assert "MY_PASSWORD" in settings_text() and not SECRETS.search(settings_text())


def test_which_one_is_the_default(run, sandbox, no_connections):
    file = str(sandbox.connection)
    run("saveconnection", NAME="first", FILE=file, DEFAULT=False)
    assert connections.default() == "first", "the only one there is"
    run("saveconnection", NAME="second", FILE=file, DEFAULT=False)
    assert connections.default() == "first"
    run("saveconnection", NAME="third", FILE=file, DEFAULT=True)
    assert connections.default() == "third"
    run("deleteconnection", NAME="third")
    assert connections.default() == "", "two are left: whoever asks must say which"
    with pytest.raises(QgsProcessingException):
        run("checkconnection")
    run("deleteconnection", NAME="first")
    assert connections.default() == "second"


def test_saving_again_replaces(run, sandbox, no_connections):
    run("saveconnection", NAME="x", FILE=str(sandbox.connection))
    run("saveconnection", NAME="x", FILE=str(sandbox.connection_for("admin")), COMMUNITY="96")
    assert connections.names() == ["x"] and connections.find("x").account.username == "admin"
    assert connections.find("x").defaults["community"] == "96"


@pytest.mark.parametrize("name", ["a/b", "a\\b", "   ", "/"])
def test_a_name_that_is_none(name, run, sandbox, no_connections):
    with pytest.raises(QgsProcessingException, match=r"needs a name|Incorrect parameter value"):
        run("saveconnection", NAME=name, FILE=str(sandbox.connection))
    assert connections.names() == []


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({}, "authcfg"),
        ({"ACCOUNT": "basic"}, "username"),
        ({"ACCOUNT": "basic", "USERNAME": "membre"}, "password_env"),
        ({"ACCOUNT": "token"}, "token_env"),
        ({"ACCOUNT": "client_credentials", "CLIENT_ID": "x"}, "client_secret_env"),
        ({"ACCOUNT": "anonymous", "URL": "http://example.org/gcms/api"}, "https is needed"),
        (
            {"ACCOUNT": "anonymous", "URL": "https://me:pass@example.org"},  # pragma: allowlist secret
            "no user name and no password",
        ),  # pragma: allowlist secret
        (
            {"ACCOUNT": "basic", "USERNAME": "m", "PASSWORD_ENV": "not a name!"},  # pragma: allowlist secret
            "environment variable",
        ),  # pragma: allowlist secret
        ({"ACCOUNT": "nosuch"}, "ACCOUNT: “nosuch” is not one of authcfg"),
    ],
)
def test_fields_that_make_no_connection(fields, sentence, run, no_connections):
    with pytest.raises(QgsProcessingException, match=re.escape(sentence)):
        run("saveconnection", NAME="x", **fields)
    assert connections.names() == []


def test_a_saved_connection_that_is_damaged(run, no_connections):
    QgsSettings().setValue("geocollab/connections/odd", "{")
    with pytest.raises(QgsProcessingException, match="“odd” is damaged"):
        run("checkconnection", CONNECTION="odd")
    run("deleteconnection", NAME="odd")


def test_a_password_that_is_not_there_is_told_before_anything_is_sent(run, sandbox, no_connections, monkeypatch):
    monkeypatch.delenv("NO_SUCH_VARIABLE", raising=False)
    run(
        "saveconnection",
        NAME="x",
        ACCOUNT="basic",
        USERNAME="membre",
        PASSWORD_ENV="NO_SUCH_VARIABLE",  # pragma: allowlist secret
        **addresses(sandbox),
    )
    with pytest.raises(QgsProcessingException, match="NO_SUCH_VARIABLE is not set"):
        run("checkconnection", CONNECTION="x")
    assert not sandbox.journal()


# ---------------------------------------------------------------------- settings of the official plugin


def test_settings_survive_a_round_trip(run, sandbox, no_connections, tmp_path):
    run("saveconnection", NAME="mine", FILE=str(sandbox.connection), COMMUNITY="Espace public ouvert")
    first, second = tmp_path / "a_espaceco.xml", tmp_path / "b_espaceco.xml"
    run("exportsettings", CONNECTION="mine", OUTPUT=str(first))
    found = run("importsettings", INPUT=str(first), BASE="mine", NAME="copy", FILE=str(tmp_path / "copy.json"))
    assert found["CONNECTION"] == "copy" and found["COMMUNITY"] == "Espace public ouvert"
    assert connections.find("copy").services["espaceco"] == connections.find("mine").services["espaceco"]
    assert run("checkconnection", CONNECTION="copy")["USERNAME"] == "membre", "the account of the base was kept"
    assert run("checkconnection", CONNECTION=str(tmp_path / "copy.json"))["USERNAME"] == "membre"
    run("exportsettings", CONNECTION="copy", OUTPUT=str(second))
    assert second.read_bytes() == first.read_bytes()
    assert not SECRETS.search(
        first.read_text(encoding="utf-8") + (tmp_path / "copy.json").read_text() + settings_text()
    )


def test_unknown_tags_survive(run, sandbox, no_connections, tmp_path):
    first, second = tmp_path / "a_espaceco.xml", tmp_path / "b_espaceco.xml"
    run("exportsettings", CONNECTION=str(sandbox.connection), OUTPUT=str(first))
    text = first.read_text(encoding="utf-8")
    end = text.rindex("</")
    first.write_text(text[:end] + "<Inconnu><Valeur>été &amp; hiver</Valeur></Inconnu>" + text[end:], encoding="utf-8")
    run("importsettings", INPUT=str(first), FILE=str(tmp_path / "c.json"))
    run("exportsettings", CONNECTION=str(tmp_path / "c.json"), OUTPUT=str(second))
    assert "<Valeur>été &amp; hiver</Valeur>" in second.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "content",
    [
        "",
        "<",
        "<autre/>",
        '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><Paramètres_connexion>&x;</Paramètres_connexion>',
    ],
)
def test_settings_that_are_none(content, run, no_connections, tmp_path):
    file = tmp_path / "odd_espaceco.xml"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(QgsProcessingException) as refused:
        run("importsettings", INPUT=str(file), NAME="x")
    assert (
        "odd_espaceco.xml" in str(refused.value)
        and "Traceback" not in str(refused.value)
        and "root:" not in str(refused.value)
    )
    assert connections.names() == []


def test_neither_name_nor_file_says_so(run, sandbox, tmp_path, no_connections):
    run("exportsettings", CONNECTION=str(sandbox.connection), OUTPUT=str(tmp_path / "a.xml"))
    with pytest.raises(QgsProcessingException, match=r"NAME.*FILE"):
        run("importsettings", INPUT=str(tmp_path / "a.xml"))


def test_settings_into_a_folder_that_is_not_there(run, sandbox, tmp_path):
    with pytest.raises(QgsProcessingException) as refused:
        run("exportsettings", CONNECTION=str(sandbox.connection), OUTPUT=str(tmp_path / "no" / "a.xml"))
    assert "Traceback" not in str(refused.value)


def test_a_connection_file_from_elsewhere_keeps_its_secret_files(run, sandbox, no_connections, tmp_path, monkeypatch):
    """A saved connection has no folder that a relative path could start from."""
    assert not Path(json.loads(sandbox.connection.read_text())["account"]["password_file"]).is_absolute()
    run("saveconnection", NAME="far", FILE=str(sandbox.connection))
    monkeypatch.chdir(tmp_path)
    assert run("checkconnection", CONNECTION="far")["USERNAME"] == "membre"
    assert QgsApplication.processingRegistry().providerById("geocollab") is not None
