"""A form with one file: streamed, again from its beginning, never another file than the one that was begun."""

import os
from email.parser import BytesParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geocollab.client import errors
from geocollab.client.entrepot import multipart
from geocollab.client.entrepot.multipart import CHUNK, SMALL_CHUNK, FileChanged, FileForm


def parts_of(form):
    """Name, file name and content of each part, read by the standard library."""
    body = b"".join(form)
    assert len(body) == len(form)
    head = f"Content-Type: {form.content_type}\r\n\r\n".encode()
    message = BytesParser().parsebytes(head + body)
    return [
        (part.get_param("name", header="content-disposition"), part.get_filename(), part.get_payload(decode=True))
        for part in message.get_payload()
    ]


@given(content=st.binary(max_size=2000))
def test_the_file_arrives_as_it_is(tmp_path_factory, content):
    file = tmp_path_factory.mktemp("form") / "data.bin"
    file.write_bytes(content)
    form = FileForm(file, "data.bin", {"name": "x"})
    body = b"".join(form)
    assert len(body) == len(form)
    assert content in body
    assert b"".join(form) == body  # again, from byte 0


def test_fields_come_first(tmp_path):
    file = tmp_path / "a.txt"
    file.write_bytes(b"content")
    assert parts_of(FileForm(file, "a.txt", {"name": "style", "type": "GEOSERVER-STYLE"})) == [
        ("name", None, b"style"),
        ("type", None, b"GEOSERVER-STYLE"),
        ("file", "a.txt", b"content"),
    ]


@pytest.mark.parametrize("name", ['a"b.txt', "a\r\nX: y.txt", "é&#+ %.txt"])
def test_no_name_leaves_its_quotes(tmp_path, name):
    file = tmp_path / "plain.txt"
    file.write_bytes(b"x")
    head = next(iter(FileForm(file, name))).decode()
    lines = head.split("\r\n")
    assert [line.split(":")[0] for line in lines[1:3]] == ["Content-Disposition", "Content-Type"]
    assert lines[1].count('"') == 4


@pytest.mark.parametrize("quick", [True, False])
def test_it_goes_in_pieces_that_grow_where_the_connection_is_quick(tmp_path, monkeypatch, quick):
    monkeypatch.setattr(multipart, "QUICK", 60 if quick else -1)
    file = tmp_path / "big.bin"
    file.write_bytes(b"x" * (3 * CHUNK + 5))
    seen = []
    sizes = [len(piece) for piece in FileForm(file, "big.bin", seen=lambda chunk: seen.append(len(chunk)))]
    assert sizes[1:-1] == seen
    assert (sum(seen), seen[0], max(seen)) == (3 * CHUNK + 5, SMALL_CHUNK, CHUNK if quick else SMALL_CHUNK)


@pytest.mark.parametrize("change", ["longer", "shorter", "other", "gone"])
def test_a_file_that_changes_is_said(tmp_path, change):
    file = tmp_path / "a.bin"
    file.write_bytes(b"x" * 100)
    form = FileForm(file, "a.bin")
    if change == "gone":
        file.unlink()
    else:
        file.write_bytes({"longer": b"x" * 120, "shorter": b"x" * 80, "other": b"y" * 100}[change])
        os.utime(file, ns=(1, 1))
    with pytest.raises(FileChanged) as caught:
        list(form)
    assert caught.value.file == file


def test_the_change_is_not_taken_for_a_fault_of_the_network(tmp_path, make_session, sandbox):
    file = tmp_path / "a.bin"
    file.write_bytes(b"x" * 100)
    form = FileForm(file, "a.bin")
    os.utime(file, ns=(1, 1))
    headers = {"Content-Type": form.content_type}
    with pytest.raises(FileChanged):
        make_session().request("POST", sandbox.url + "/document/add", data=form, headers=headers)


def test_it_is_sent_with_its_length(tmp_path, make_session, sandbox):
    file = tmp_path / "a.csv"
    file.write_bytes(b"a;b\n1;2\n" * 300_000)
    form = FileForm(file, "a.csv")
    headers = {"Content-Type": form.content_type}
    with pytest.raises(errors.Unauthorized):
        make_session().request("POST", sandbox.url + "/document/add", data=form, headers=headers)
    (entry,) = sandbox.journal("/document/add")
    sent = {name.lower(): value for name, value in dict(entry["headers"]).items()}
    assert int(sent["content-length"]) == len(form)
    assert "transfer-encoding" not in sent
