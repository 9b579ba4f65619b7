"""Connections: every way a file can be wrong has its own sentence, and no secret goes in or shows."""

import json
import os
import stat
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geocollab import i18n
from geocollab.workflows.connection.connection import (
    LONGEST_FILE,
    PRODUCTION,
    Account,
    Connection,
    InvalidConnection,
    connection_from,
    read_connection,
    service_root,
    to_document,
    write_connection,
)

SECRET = "s3cr3t-Zürich"  # pragma: allowlist secret

SANDBOX = {
    "name": "sandbox",
    "services": {
        "espaceco": "http://127.0.0.1:8000/gcms/api",
        "site": "http://127.0.0.1:8000",
        "sso": "http://127.0.0.1:8000/auth/realms/geoplateforme",
    },
    "account": {
        "kind": "password",
        "client_id": "geocollab-sandbox",
        "username": "membre",
        "password_file": "sandbox.secret",  # pragma: allowlist secret
    },
    "defaults": {"community": "375"},
}

# One account of each kind with nothing more than it needs.
ACCOUNTS = {
    "anonymous": {},
    "basic": {"username": "membre", "password_env": "PASSWORD"},  # pragma: allowlist secret
    "password": {"username_env": "USERNAME", "password_file": "p.secret", "client_id": "c"},  # pragma: allowlist secret
    "client_credentials": {"client_id": "c", "client_secret_env": "SECRET"},
    "token": {"token_file": "t.secret"},
    "authcfg": {"authcfg": "abc1234"},
}


@pytest.fixture(autouse=True)
def _in_english():
    language = i18n.language()
    i18n.use("en")
    yield
    i18n.use(language)


@pytest.fixture
def file(tmp_path):
    """Writes a connection file: bytes and text as they are, anything else as JSON."""

    def write(content):
        path = tmp_path / "training.json"
        if not isinstance(content, bytes):
            content = (content if isinstance(content, str) else json.dumps(content)).encode()
        path.write_bytes(content)
        return path

    return write


def refusal(path):
    with pytest.raises(InvalidConnection) as caught:
        read_connection(path)
    assert caught.value.path == path
    assert str(caught.value).startswith(str(path))
    return caught.value.where, caught.value.problem


def test_the_file_of_the_sandbox(file):
    path = file(SANDBOX)
    connection = read_connection(path)
    assert connection.name == "sandbox"
    assert connection.services == {
        **SANDBOX["services"],
        "entrepot": "https://data.geopf.fr/api",
        "diffusion": "https://data.geopf.fr",
    }
    assert connection.account == Account(
        kind="password", client_id="geocollab-sandbox", username="membre", password_file="sandbox.secret"
    )
    assert connection.defaults == {"community": "375"}
    assert connection.folder == path.parent


def test_an_empty_object_is_the_production_service_without_account(file):
    connection = read_connection(file({}))
    assert connection.name == "training"
    assert connection.services == PRODUCTION
    assert connection.account.kind == "anonymous"
    assert connection.extra == {}


def test_a_byte_order_mark_does_no_harm(file):
    assert read_connection(file(b"\xef\xbb\xbf" + json.dumps(SANDBOX).encode())).name == "sandbox"


@pytest.mark.parametrize(
    ("espaceco", "site"),
    [
        ("https://qlf.example.org/collaboratif-3.4/gcms/api/", "https://qlf.example.org/collaboratif-3.4"),
        ("https://api.example.org:8443/other", "https://api.example.org:8443"),
    ],
)
def test_the_site_follows_the_api(espaceco, site):
    assert connection_from({"services": {"espaceco": espaceco}}).services["site"] == site


def test_a_site_that_is_given_is_kept():
    services = {"espaceco": "https://a.example/gcms/api", "site": "https://b.example"}
    assert connection_from({"services": services}).services["site"] == "https://b.example"


def test_an_empty_default_is_no_default():
    assert connection_from({"defaults": {"zone": "", "theme": " ", "community": "Test"}}).defaults == {
        "community": "Test"
    }


@pytest.mark.parametrize("kind", ACCOUNTS)
def test_each_kind_of_account_is_accepted_with_what_it_needs(kind):
    account = {"kind": kind, **ACCOUNTS[kind]}
    assert connection_from({"account": account}).account == Account(**account)


@pytest.mark.parametrize(("kind", "member"), [(kind, member) for kind in ACCOUNTS for member in ACCOUNTS[kind]])
def test_each_kind_of_account_needs_its_members(file, kind, member):
    account = {"kind": kind, **ACCOUNTS[kind]}
    del account[member]
    where, problem = refusal(file({"account": account}))
    assert where == "account"
    assert f"“{member}”" in problem
    assert "missing" in problem


def test_a_file_that_is_not_there(tmp_path):
    assert "no such file" in refusal(tmp_path / "nothing.json")[1]


def test_a_folder(tmp_path):
    assert "folder" in refusal(tmp_path)[1]


def test_a_file_that_may_not_be_read(file, monkeypatch):
    path = file(SANDBOX)

    def refuse(*_arguments, **_keywords):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    assert refusal(path)[1] == "The file cannot be read: Permission denied."


def test_a_name_that_no_file_can_have():
    assert "cannot be read" in refusal(Path("a\0b"))[1]


@pytest.mark.parametrize(
    ("content", "where", "said"),
    [
        (b"", "", "empty"),
        (b" \r\n\t", "", "empty"),
        ('{"name": "é"}'.encode("latin-1"), "", "not UTF-8 text (byte 11)"),
        ('{\n "name": "a",\n}', "", "not JSON: line "),
        ("[1]", "", "must be an object"),
        ('"text"', "", "must be an object"),
        ("null", "", "must be an object"),
        ('{"name": "a", "name": "b"}', "", "“name” is there twice"),
        ('{"x": NaN}', "", "NaN is not a number"),
        ("[" * 200_000, "", "nested too deeply"),
        (b" " * LONGEST_FILE + b"{}", "", f"longer than {LONGEST_FILE} bytes"),
        ({"name": 5}, "name", "text between quotes"),
        ({"name": "two\nlines"}, "name", "one line of text"),
        ({"name": "ends\n"}, "name", "one line of text"),
        ({"services": []}, "services", "must be an object"),
        (
            {"services": {"espaceo": "https://a.example"}},
            "services.espaceo",
            "diffusion, entrepot, espaceco, site, sso",
        ),
        ({"account": "basic"}, "account", "must be an object"),
        ({"account": {}}, "account", "“kind” is missing"),
        (
            {"account": {"kind": "oauth"}},
            "account.kind",
            "anonymous, basic, password, client_credentials, token, authcfg",
        ),
        ({"account": {"kind": ["basic"]}}, "account.kind", "unknown"),
        ({"account": {"kind": "basic", "pasword_env": "P"}}, "account.pasword_env", "unknown"),
        (
            {"account": {"kind": "token", "token_env": "A", "token_file": "b"}},
            "account",
            "“token_env” and “token_file” exclude each other",
        ),
        ({"account": {"kind": "token", "token_env": "not a name"}}, "account.token_env", "environment variable"),
        ({"account": {"kind": "token", "token_env": "A\n"}}, "account.token_env", "environment variable"),
        ({"account": {"kind": "token", "token_file": " "}}, "account.token_file", "not empty"),
        ({"account": {"kind": "authcfg", "authcfg": "a-b"}}, "account.authcfg", "authentication configuration"),
        ({"defaults": {"community": 375}}, "defaults.community", "text between quotes"),
        ({"defaults": {"zone": "a\u0007"}}, "defaults.zone", "control characters"),
        ({"espaceco": {"sketch_fields": [{"layer": "a"}]}}, "espaceco.sketch_fields[0]", "“fields” is missing"),
        ({"espaceco": {"page_size": 0}}, "espaceco.page_size", "too small"),
        ({"espaceco": {"page_size": "100"}}, "espaceco.page_size", "whole number"),
        ({"espaceco": {"show_sketches": "Oui"}}, "espaceco.show_sketches", "true or false"),
        ({"espaceco": {"themes": "Administratif"}}, "espaceco.themes", "list"),
    ],
)
def test_each_fault_has_its_place_and_its_sentence(file, content, where, said):
    at, problem = refusal(file(content))
    assert at == where
    assert said in problem


def test_a_misspelt_member_is_told_before_the_one_it_leaves_missing(file):
    account = {"kind": "basic", "username": "m", "pasword_file": "x"}
    assert refusal(file({"account": account}))[0] == "account.pasword_file"


@pytest.mark.parametrize(
    ("address", "root"),
    [
        ("https://espacecollaboratif.ign.fr/gcms/api/", "https://espacecollaboratif.ign.fr/gcms/api"),
        ("HTTPS://a.example//", "https://a.example"),
        ("http://localhost:8000", "http://localhost:8000"),
        ("http://LocalHost", "http://LocalHost"),
        ("http://127.255.0.9:1/x", "http://127.255.0.9:1/x"),
        ("http://[::1]:8000/gcms/api", "http://[::1]:8000/gcms/api"),
    ],
)
def test_addresses_that_are_taken(address, root):
    assert service_root(address) == root


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("http://espacecollaboratif.ign.fr", "https is needed"),
        ("http://127.0.0.1.example.org", "https is needed"),
        ("http://localhost.example.org", "https is needed"),
        ("http://128.0.0.1", "https is needed"),
        ("http://[::2]", "https is needed"),
        ("http://notlocalhost", "https is needed"),
        ("http://127.1", "https is needed"),
        ("ftp://a.example", "starts with https"),
        ("file:///etc/passwd", "starts with https"),
        ("a.example", "starts with https"),
        ("https:///path", "starts with https"),
        ("https://:8000", "starts with https"),
        (f"https://membre:{SECRET}@a.example", "no user name and no password"),
        ("https://membre@a.example", "no user name and no password"),
        (f"http://localhost:x@{SECRET}.example", "no user name and no password"),
        ("https://a.example/?key=1", "“?”"),
        ("https://a.example/?", "“?”"),
        ("https://a.example/#", "“#”"),
        ("https://a.exa mple", "no space"),
        ("https://a.example\\@b.example", "“\\”"),
        ("https://a.example\n", "no space"),
        ("https://a.example:99999", "port"),
        ("https://a.example:port", "port"),
        ("https://[::1", "host"),
        ("", "not empty"),
    ],
)
def test_addresses_that_are_refused(address, said):
    with pytest.raises(ValueError) as caught:
        service_root(address)
    assert said in str(caught.value)
    assert SECRET not in str(caught.value)


def test_an_address_is_refused_at_its_place(file):
    where, problem = refusal(file({"services": {"sso": f"https://membre:{SECRET}@a.example"}}))
    assert where == "services.sso"
    assert "no password" in problem
    assert SECRET not in problem


@pytest.mark.parametrize(
    ("document", "where", "way"),
    [
        ({"account": {"kind": "basic", "username": "m", "password": SECRET}}, "account.password", "password_file"),
        ({"account": {"kind": "token", "token": SECRET}}, "account.token", "token_env"),
        ({"account": {"client_secret": SECRET}}, "account.client_secret", "client_secret_file"),
        ({"secret": SECRET}, "secret", "client_secret_env"),
        ({"deep": [{"x": {"access_token": SECRET}}]}, "deep[0].x.access_token", "token_file"),
        ({"defaults": {"refresh_token": SECRET}}, "defaults.refresh_token", "token_env"),
        ({"services": {"apikey": SECRET}}, "services.apikey", "authcfg"),
        ({"API-Key": {"value": SECRET}}, "API-Key", "token_env"),
        ({"clientSecret": None}, "clientSecret", "client_secret_env"),
        ({"Mot de passe": SECRET}, "Mot de passe", "password_env"),
    ],
)
def test_a_secret_in_a_file_is_refused_and_not_repeated(file, document, where, way):
    path = file(json.dumps(document, ensure_ascii=False))
    at, problem = refusal(path)
    assert at == where
    assert "never holds a secret" in problem
    assert way in problem
    with pytest.raises(InvalidConnection) as caught:
        read_connection(path)
    assert SECRET not in f"{caught.value!r} {caught.value} {caught.value.__cause__!r} {caught.value.__context__!r}"


def test_a_secret_in_the_place_of_a_name_is_not_repeated(file):
    problem = refusal(file({"account": {"kind": "token", "token_env": f"{SECRET} !"}}))[1]
    assert SECRET not in problem


def test_a_deep_document_is_searched_to_its_end():
    document = {"password": SECRET}
    for _level in range(5000):
        document = {"x": [document]}
    with pytest.raises(InvalidConnection, match="never holds a secret"):
        connection_from(document)


@pytest.mark.parametrize("what", ["username", "password", "client_secret", "token"])
def test_a_secret_comes_from_the_environment_when_it_is_asked_for(monkeypatch, what):
    connection = Connection("c", account=Account("token", **{f"{what}_env": "GEOCOLLAB_TEST"}))
    monkeypatch.setenv("GEOCOLLAB_TEST", SECRET)
    assert connection.secret(what) == SECRET
    assert SECRET not in repr(connection) + str(connection) + json.dumps(to_document(connection))
    monkeypatch.setenv("GEOCOLLAB_TEST", "changed")
    assert connection.secret(what) == "changed"


@pytest.mark.parametrize("what", ["password", "client_secret", "token"])
def test_a_secret_comes_from_a_file_beside_the_connection(tmp_path, monkeypatch, what):
    (tmp_path / "s").mkdir()
    secret_file = tmp_path / "s" / "one.secret"
    connection = Connection("c", account=Account("token", **{f"{what}_file": "s/one.secret"}), folder=tmp_path)
    monkeypatch.chdir("/")
    secret_file.write_bytes(SECRET.encode() + b"\n")
    assert connection.secret(what) == SECRET
    secret_file.write_bytes(b"changed")
    assert connection.secret(what) == "changed"


@pytest.mark.parametrize(
    ("content", "secret"),
    [(b"a b \n", "a b "), (b"a\r\n", "a"), (b"\xef\xbb\xbfa", "a"), (" é ".encode(), " é "), (b"x" * 5000, "x" * 5000)],
)
def test_only_the_final_newline_is_taken_off(tmp_path, content, secret):
    (tmp_path / "s").write_bytes(content)
    assert Connection("c", account=Account("token", token_file=str(tmp_path / "s"))).secret("token") == secret


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"\n", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (SECRET.encode() + b"\nsecond line\n", "more than one line"),
        (SECRET.encode() + b"\n\n", "more than one line"),
        (SECRET.encode() + b"\0", "control character"),
        (SECRET.encode("latin-1"), "not UTF-8"),
        (SECRET.encode() * 10_000, "longer than"),
    ],
)
def test_a_file_without_a_usable_secret(tmp_path, content, said):
    path = tmp_path / "s.secret"
    path.write_bytes(content)
    connection = Connection("c", account=Account("token", token_file="s.secret"), folder=tmp_path)
    with pytest.raises(InvalidConnection, match=said) as caught:
        connection.secret("token")
    assert (caught.value.path, caught.value.where) == (path, "account.token_file")
    assert SECRET not in f"{caught.value!r} {caught.value} {caught.value.__cause__!r}"


def test_a_secret_file_that_is_not_there(tmp_path):
    connection = Connection("c", account=Account("token", token_file="s.secret"), folder=tmp_path)
    with pytest.raises(InvalidConnection, match="no such file"):
        connection.secret("token")
    (tmp_path / "s.secret").mkdir()
    with pytest.raises(InvalidConnection, match="folder"):
        connection.secret("token")


def test_a_relative_secret_file_of_a_connection_without_a_folder():
    with pytest.raises(InvalidConnection, match="full path"):
        Connection("c", account=Account("token", token_file="s.secret")).secret("token")


def test_a_secret_file_in_the_home_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    (tmp_path / "s.secret").write_text(SECRET, encoding="utf-8")
    connection = Connection("c", account=Account("token", token_file="~/s.secret"), folder=Path("/nowhere"))
    assert connection.secret("token") == SECRET


@pytest.mark.parametrize(
    ("value", "said"), [(None, "GEOCOLLAB_TEST is not set"), ("", "empty"), (" \n", "empty"), ("a\nb", "one line")]
)
def test_a_variable_without_a_usable_secret(monkeypatch, value, said):
    monkeypatch.delenv("GEOCOLLAB_TEST", raising=False)
    if value is not None:
        monkeypatch.setenv("GEOCOLLAB_TEST", value)
    with pytest.raises(InvalidConnection, match=said) as caught:
        Connection("c", account=Account("basic", password_env="GEOCOLLAB_TEST")).secret("password")
    assert caught.value.where == "account.password_env"


def test_an_account_that_has_no_such_secret():
    account = Account("basic", username="membre", password_env="P")
    assert [what for what in ("username", "password", "client_secret", "token") if account.has(what)] == [
        "username",
        "password",
    ]
    assert Connection("c", account=account).secret("username") == "membre"
    with pytest.raises(InvalidConnection, match="“basic” says nothing of “client_secret”"):
        Connection("c", account=account).secret("client_secret")


def test_a_written_connection_is_read_again_as_it_was(tmp_path):
    path = tmp_path / "c.json"
    connection = connection_from({**SANDBOX, "color": {"r": 1}, "$schema": "x"}, folder=tmp_path)
    write_connection(connection, path)
    assert read_connection(path) == connection
    assert "color" not in repr(connection)
    text = path.read_text(encoding="utf-8")
    assert text == json.dumps(json.loads(text), ensure_ascii=False, indent=2, sort_keys=True) + "\n"
    assert [entry.name for entry in tmp_path.iterdir()] == ["c.json"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has other permissions")
@pytest.mark.parametrize("existing", [False, True])
def test_a_written_connection_is_for_its_owner_alone(tmp_path, existing):
    path = tmp_path / "c.json"
    if existing:
        path.write_text("old", encoding="utf-8")
        path.chmod(0o644)
    write_connection(connection_from({}, name="c"), path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege on Windows")
def test_a_link_to_a_connection_stays_a_link(tmp_path):
    (tmp_path / "real.json").write_text("{}", encoding="utf-8")
    link = tmp_path / "link.json"
    link.symlink_to("real.json")
    write_connection(connection_from({}, name="é"), link)
    assert link.is_symlink()
    assert read_connection(tmp_path / "real.json").name == "é"


def test_a_failed_writing_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    path = tmp_path / "c.json"
    path.write_text("old", encoding="utf-8")

    def fail(*_arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(InvalidConnection, match="cannot be written: No space left on device") as caught:
        write_connection(connection_from({}), path)
    assert caught.value.path == path
    assert path.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_connection_is_not_written_to_a_folder(tmp_path):
    with pytest.raises(InvalidConnection, match="cannot be written: it is a folder"):
        write_connection(connection_from({}), tmp_path)
    with pytest.raises(InvalidConnection, match="cannot be written"):
        write_connection(connection_from({}), tmp_path / "nothing" / "c.json")


@pytest.mark.parametrize(
    ("connection", "said"),
    [
        (Connection("c", extra={"x": {"token": SECRET}}), "never holds a secret"),
        (Connection("c", services={"espaceco": "http://a.example"}), "https is needed"),
        (Connection("c", account=Account("basic")), "missing"),
        (Connection("c", defaults={"zone": "\ud800"}), "half a character"),
        (Connection("c", extra={"x": "y" * LONGEST_FILE}), "longer than"),
    ],
)
def test_what_could_not_be_read_again_is_not_written(tmp_path, connection, said):
    with pytest.raises(InvalidConnection, match=said):
        write_connection(connection, tmp_path / "c.json")
    assert not list(tmp_path.iterdir())


def test_a_connection_that_moves_still_finds_its_secret(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    (tmp_path / "a" / "sandbox.secret").write_text(SECRET, encoding="utf-8")
    connection = connection_from(SANDBOX, folder=tmp_path / "a")
    write_connection(connection, tmp_path / "b" / "c.json")
    assert read_connection(tmp_path / "b" / "c.json").secret("password") == SECRET
    write_connection(connection, tmp_path / "a" / "c.json")
    beside = read_connection(tmp_path / "a" / "c.json")
    assert beside.account == connection.account


LINES = st.text(st.characters(codec="utf-8", min_codepoint=32))
WORDS = LINES.filter(lambda text: text.strip(" \t"))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | LINES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(LINES.map(lambda key: f"x{key}"), inner, max_size=3),
    max_leaves=10,
)


@settings(deadline=None, max_examples=60)
@given(
    name=WORDS.filter(lambda name: name.strip() == name),
    defaults=st.dictionaries(LINES.map(lambda key: f"x{key}"), WORDS, max_size=4),
    extra=st.dictionaries(LINES.map(lambda key: f"x{key}"), JSON, max_size=4),
    kind=st.sampled_from(sorted(ACCOUNTS)),
)
def test_whatever_a_connection_holds_survives_a_file(tmp_path_factory, name, defaults, extra, kind):
    path = tmp_path_factory.mktemp("round") / "c.json"
    document = {**extra, "name": name, "defaults": defaults, "account": {"kind": kind, **ACCOUNTS[kind]}}
    connection = connection_from(document, folder=path.parent)
    write_connection(connection, path)
    assert read_connection(path) == connection
    assert {key: value for key, value in to_document(connection).items() if key != "services"} == document
