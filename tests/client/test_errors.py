"""Errors name what failed and never repeat a secret."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geocollab.client import errors
from geocollab.client.auth import basic, bearer
from geocollab.client.session import said


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://a.fr/b?page=2&status[]=x", "https://a.fr/b?page=2&status[]=x"),
        ("https://user:hunter2@a.fr/b", "https://a.fr/b"),  # pragma: allowlist secret
        ("https://a.fr/b?token=hunter2&x=1", "https://a.fr/b?token=***&x=1"),
        ("https://a.fr/b?apikey=hunter2", "https://a.fr/b?apikey=***"),
        ("https://a.fr/b?API_KEY=hunter2&PassWord=hunter2", "https://a.fr/b?API_KEY=***&PassWord=***"),
        ("https://a.fr/b?code=hunter2&key=hunter2&sid=hunter2", "https://a.fr/b?code=***&key=***&sid=***"),
        ("https://a.fr/b?codes=7&keyword=pont", "https://a.fr/b?codes=7&keyword=pont"),
        ("https://a.fr/b#access_token=hunter2", "https://a.fr/b"),
        ("http://[broken/x?token=hunter2", "(unreadable address)"),
        ("", ""),
    ],
)
def test_a_url_is_shown_without_secrets(url, shown):
    assert errors.without_secrets(url) == shown
    assert "hunter2" not in str(errors.NotFound("GET", url))


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Bearer hunter2hunter2",
        "refused basic aHVudGVyMjpodW50ZXIy",
        "Failed to parse: https://user:hunter2@a.fr/",  # pragma: allowlist secret
        "bad form grant_type=password&password=hunter2&x=1",
        '{"access_token": "hunter2", "x": 1}',
        "{'refresh_token': 'hunter2'}",
        "X-Api-Key: hunter2hunter2hunter2",
        "Cookie: hunter2hunter2hunter2",
        "https://a.fr/?token=hunter2 is wrong",
    ],
)
def test_what_looks_like_a_secret_is_hidden(text):
    hidden = errors.shortened(text)
    assert "hunter2" not in hidden and "aHVudGVy" not in hidden
    assert "***" in hidden


@pytest.mark.parametrize(
    "text", ["Jeton expiré ou inconnu", "Invalid refresh token", "token: expired", "String for field email is invalid"]
)
def test_what_is_no_secret_is_left_alone(text):
    assert errors.shortened(text) == text


def test_a_known_secret_is_hidden_whoever_repeats_it():
    basic("membre", "p@ss wörd/1")
    bearer("abcdef-not-a-word")
    said_by_server = "is it p@ss wörd/1 or p%40ss%20w%C3%B6rd%2F1 or p%40ss+w%C3%B6rd%2F1 or abcdef-not-a-word ?"
    assert errors.shortened(said_by_server) == "is it *** or *** or *** or *** ?"
    assert errors.without_secrets("https://a.fr/private/abcdef-not-a-word/wms") == "https://a.fr/private/***/wms"


def test_only_a_few_secrets_are_kept():
    for number in range(500):
        errors.keep_secret(f"rotating-token-{number}")
    assert len(errors._known_secrets) <= 64
    assert errors.shortened("rotating-token-499") == "***"


@given(st.text())
def test_a_message_is_one_short_line_without_control_characters(text):
    line = errors.shortened(text * 20)
    assert len(line) <= 500
    assert line == " ".join(line.split())
    assert not any(ord(character) < 32 or ord(character) == 127 for character in line)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (300, errors.MalformedAnswer), (304, errors.MalformedAnswer), (400, errors.Invalid), (401, errors.Unauthorized),
        (402, errors.Invalid), (403, errors.Forbidden), (404, errors.NotFound), (407, errors.ProxyRefused),
        (409, errors.Conflict), (410, errors.NotFound), (413, errors.Invalid), (415, errors.Invalid),
        (418, errors.Invalid), (422, errors.Invalid), (429, errors.Busy), (500, errors.ServerFault),
        (501, errors.ServerFault), (502, errors.ServerFault), (503, errors.Busy), (504, errors.ServerFault),
        (599, errors.ServerFault),
    ],
)  # fmt: skip
def test_each_status_has_its_error(status, kind):
    assert errors.error_for(status) is kind


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b'{"code": 400, "message": "String for field email is invalid"}', "String for field email is invalid"),
        (b'{"error": "invalid_grant", "error_description": "Invalid user credentials"}', "Invalid user credentials"),
        (b'{"error": "invalid_grant"}', "invalid_grant"),
        (b'{"error": {"code": 7}}', "{'code': 7}"),
        (b'{"detail": "nope"}', "nope"),
        (b'{"other": 1}', '{"other": 1}'),
        (b'["a"]', '["a"]'),
        (b"<html><head><title>502 Bad\n Gateway</title></head><body>nginx</body></html>", "502 Bad Gateway"),
        (b"<html><body><H1 class='x'>Acc&egrave;s refus&eacute;</H1></body></html>", "Accès refusé"),
        (b"<p>Plus <b>tard</b></p>", "Plus tard"),
        (b"plain text", "plain text"),
        (b"", ""),
        (b"\x00\xff\xfe\x00", "��"),
        (b"[" * 100_000, "[" * 499 + "…"),
        (b"\xef\xbb\xbf" + '{"message": "été"}'.encode(), "été"),
    ],
)
def test_the_servers_own_message_is_found(body, message):
    assert said(body) == message


@given(st.binary(max_size=200))
def test_any_body_says_something(body):
    assert isinstance(said(body), str)
