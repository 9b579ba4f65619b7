"""Uploads: made, filled, closed and opened again, deleted; what each state allows."""

import hashlib
from pathlib import Path

import pytest
import requests

from tests.sandbox.entrepot_calls import said
from tests.sandbox.entrepot_work import close, delivered, log_of_checks, send, send_sums, status, upload


def test_an_upload_is_made_open_and_empty(montreuil):
    made = montreuil.made("uploads", {"name": "n", "description": "", "type": "VECTOR", "srs": "IGNF:LAMB93"})
    assert {name: made[name] for name in ("status", "size", "open", "tags", "type_infos")} == {
        "status": "OPEN", "size": 0, "open": False, "tags": {}, "type_infos": {},
    }  # fmt: skip
    assert made["contact"] == "montreuil@sandbox.invalid"
    assert made["last_event"]["initiator"]["last_name"] == "membre"
    assert montreuil.read(f"uploads/{made['_id']}/tree") == []
    assert [event["title"] for event in montreuil.read(f"uploads/{made['_id']}/events")] == ["Création"]


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ({"name": "n", "description": "", "type": "VECTOR"}, "srs"),
        ({"name": "n", "description": "", "type": "VECTOR", "srs": "2154"}, "srs"),
        ({"name": "", "description": "", "type": "VECTOR", "srs": "EPSG:2154"}, "name"),
        ({"name": "n", "description": "", "type": "VECTEUR", "srs": "EPSG:2154"}, "type"),
        ({"name": "n", "description": "", "type": "VECTOR", "srs": "EPSG:2154", "tms": "PM"}, "tms"),
        ({"name": "n", "description": "", "type": "VECTOR", "srs": "EPSG:2154", "type_infos": {"x": 1}}, "type_infos"),
        ({"name": "n", "description": "", "type": "ROK4-PYRAMID", "srs": "EPSG:3857"}, "format"),
        ({"name": "n", "description": "", "type": "PYRAMID-3D", "srs": "EPSG:3857",
          "type_infos": {"pyramid_type": "LAS"}}, "pyramid_type"),
    ],
)  # fmt: skip
def test_what_is_no_upload(montreuil, body, word):
    assert word in said(montreuil.post("uploads", body), 400)


@pytest.mark.parametrize(
    ("type_", "infos", "kept"),
    [
        ("INDEX", {}, {"is_search_layer": False}),
        ("ROK4-PYRAMID", {"format": "TIFF_JPG_UINT8", "tms": "PM"}, {"format": "TIFF_JPG_UINT8", "tms": "PM"}),
        ("HISTORIC-IMAGERY", {"dataset_identifier": "1950"}, {"dataset_identifier": "1950"}),
    ],
)
def test_what_a_type_tells_of_itself(montreuil, type_, infos, kept):
    id_ = upload(montreuil, type_, type_infos=infos)
    assert montreuil.read(f"uploads/{id_}")["type_infos"] == kept


def test_files_come_to_their_paths(sandbox, montreuil):
    id_ = upload(montreuil)
    sandbox.clear_journal()
    path = "data/été & Cie/a+b #1.txt"
    assert send(montreuil, id_, path, b"12345").status_code == 204
    assert send(montreuil, id_, "z.bin", b"").status_code == 204
    assert send_sums(montreuil, id_, "x").status_code == 204
    assert montreuil.read(f"uploads/{id_}/tree") == [
        {"type": "DIRECTORY", "name": "data", "size": 5, "children": [
            {"type": "DIRECTORY", "name": "été & Cie", "size": 5, "children": [
                {"type": "FILE", "name": "a+b #1.txt", "size": 5}]}]},
        {"type": "FILE", "name": "z.bin", "size": 0},
        {"type": "FILE", "name": "sommes.md5", "size": 1},
    ]  # fmt: skip
    assert montreuil.get(f"uploads/{id_}/data", path=path).content == b"12345"
    assert montreuil.read(f"uploads/{id_}")["size"] == 6
    entry = sandbox.journal("/data$")[0]
    assert dict(entry["query"]) == {"path": path}
    sum_ = hashlib.md5(b"12345").hexdigest()
    assert entry["body"] == f"file=file(a+b #1.txt, application/octet-stream, 5 bytes, md5 {sum_})"


def test_a_path_is_taken_once(montreuil):
    id_ = upload(montreuil)
    assert send(montreuil, id_, "a/b.txt", b"first").status_code == 204
    for path in ("a/b.txt", "a", "a/b.txt/c"):
        assert said(send(montreuil, id_, path, b"second"), 409)
    assert montreuil.get(f"uploads/{id_}/data", path="a/b.txt").content == b"first"
    assert montreuil("DELETE", f"uploads/{id_}/data", params={"path": "a/b.txt"}).status_code == 204
    assert montreuil.read(f"uploads/{id_}/tree") == []
    assert montreuil.read(f"uploads/{id_}")["size"] == 0
    assert said(montreuil("DELETE", f"uploads/{id_}/data", params={"path": "a/b.txt"}), 404)
    assert send(montreuil, id_, "a/b.txt", b"second").status_code == 204


@pytest.mark.parametrize(
    "path", ["", "/etc/x", "../x", "a/../x", "a//b", "a/", "./a", "a\x00b", "a\nb", "a\\b", "x" * 300, "d/" * 600 + "x"]
)
def test_a_path_stays_in_its_folder(montreuil, path):
    id_ = upload(montreuil)
    assert said(send(montreuil, id_, path), 400)
    assert montreuil.read(f"uploads/{id_}/tree") == []


def test_a_form_has_one_file(montreuil):
    id_ = upload(montreuil)
    address = f"uploads/{id_}/data?path=a"
    for files in ({"data": ("a", b"1")}, [("file", ("a", b"1")), ("file", ("b", b"2"))], {"file": (None, "text")}):
        assert "file" in said(montreuil("POST", address, files=files), 400)
    assert said(montreuil("POST", address, data=b"abc"), 415)
    assert said(montreuil("POST", address, json={}), 415)
    for type_, body in (("multipart/form-data", b"x"), ("multipart/form-data; boundary=b", b"--b\r\nno header")):
        assert said(montreuil("POST", address, data=body, headers={"Content-Type": type_}), 400)
    assert montreuil.read(f"uploads/{id_}/tree") == []


def test_a_boundary_in_the_content_is_content(montreuil):
    id_ = upload(montreuil)
    content = b"\r\n--b\r--bb--\r\n\r\n--" * 50_000  # no line begins with the boundary
    body = b'--bb\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n' + content + b"\r\n--bb--\r\n"
    headers = {"Content-Type": "multipart/form-data; boundary=bb"}
    assert montreuil("POST", f"uploads/{id_}/data?path=a", data=body, headers=headers).status_code == 204
    assert montreuil.get(f"uploads/{id_}/data", path="a").content == content


def test_a_big_file_costs_no_memory(sandbox, montreuil):
    id_ = upload(montreuil)
    peak = memory(sandbox.pid)

    def blocks():
        yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
        for _ in range(300):
            yield bytes(1 << 20)
        yield b"\r\n--b--\r\n"

    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    assert montreuil("POST", f"uploads/{id_}/data?path=a", data=blocks(), headers=headers).status_code == 204
    with montreuil("GET", f"uploads/{id_}/data?path=a", stream=True) as answer:
        assert sum(map(len, answer.iter_content(1 << 20))) == 300 << 20
    assert memory(sandbox.pid) - peak < 30_000
    assert sandbox.journal("/data$")[-2]["body"].endswith(f"{300 << 20} bytes)")


def memory(pid):
    """The most that a process ever had, in KiB."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))


def test_closing_checks_and_closes(montreuil):
    id_ = delivered(montreuil, {"a.txt": b"abc"}, "ARCHIVE")
    states = montreuil.read(f"uploads/{id_}/checks")
    assert sorted(row["check"]["name"] for row in states["passed"]) == [
        "Vérification d'archive",
        "Vérification standard",
    ]
    assert [states[name] for name in ("asked", "in_progress", "failed")] == [[], [], []]
    for answer in (
        send(montreuil, id_, "b"), send_sums(montreuil, id_, "x"), montreuil.post(f"uploads/{id_}/close"),
        montreuil("DELETE", f"uploads/{id_}/data", params={"path": "a.txt"}),
    ):  # fmt: skip
        assert "OPEN" in said(answer, 409)
    assert montreuil.post(f"uploads/{id_}/open").status_code == 204
    assert montreuil.read(f"uploads/{id_}/checks") == {"asked": [], "in_progress": [], "passed": [], "failed": []}
    assert said(montreuil.post(f"uploads/{id_}/open"), 409)


def test_what_failed_is_mended_and_closed_again(montreuil):
    id_ = delivered(montreuil, {"a/x.txt": b"1", "b/x.txt": b"2"}, "ARCHIVE", wanted="UNSTABLE")
    (failed,) = montreuil.read(f"uploads/{id_}/checks")["failed"]
    assert failed["check"]["name"] == "Vérification d'archive"
    assert montreuil.post(f"uploads/{id_}/open").status_code == 204
    assert montreuil("DELETE", f"uploads/{id_}/data", params={"path": "b/x.txt"}).status_code == 204
    assert close(montreuil, id_) == "CLOSED"


def test_more_checks_of_what_is_closed(montreuil):
    id_ = delivered(montreuil, {"a.txt": b"abc"}, "ARCHIVE")
    checks = {row["name"]: row["_id"] for row in montreuil.read("checks", limit="50")}
    assert said(montreuil.post(f"uploads/{id_}/checks", [montreuil.id]), 404)
    montreuil.made(f"uploads/{id_}/checks", [checks["Vérification standard"]])
    assert status(montreuil, id_) in ("CHECKING", "CLOSED")
    while status(montreuil, id_) == "CHECKING":
        pass
    assert len(montreuil.read(f"uploads/{id_}/checks")["passed"]) == 2
    montreuil.made(f"uploads/{id_}/checks", [checks["Vérification raster"]])
    while status(montreuil, id_) == "CHECKING":
        pass
    assert status(montreuil, id_) == "UNSTABLE"
    assert said(montreuil.post(f"uploads/{id_}/checks", [checks["Vérification standard"]]), 409)


def test_a_deleted_upload_stays_on_record(montreuil):
    id_ = delivered(montreuil, {"a.txt": b"abc"}, "ARCHIVE")
    montreuil.post(f"uploads/{id_}/tags", {"datasheet_name": "x"})
    assert montreuil("DELETE", f"uploads/{id_}").status_code == 202
    left = montreuil.read(f"uploads/{id_}")
    assert (left["status"], left["tags"], left["size"]) == ("DELETED", {"datasheet_name": "x"}, 0)
    assert montreuil.read(f"uploads/{id_}/tree") == []
    assert said(montreuil.get(f"uploads/{id_}/data", path="a.txt"), 404)
    for answer in (montreuil("DELETE", f"uploads/{id_}"), montreuil.post(f"uploads/{id_}/open"),
                   montreuil("PATCH", f"uploads/{id_}", json={"name": "x"}), send(montreuil, id_, "b")):  # fmt: skip
        assert said(answer, 409)


def test_what_is_checked_is_not_deleted(sandbox, montreuil):
    sandbox.entrepot_settings(check_seconds=-1)
    id_ = upload(montreuil)
    send(montreuil, id_, "a.txt")
    assert montreuil.post(f"uploads/{id_}/close").status_code == 204
    assert said(montreuil("DELETE", f"uploads/{id_}"), 409)
    assert said(montreuil.post(f"uploads/{id_}/open"), 409)


def test_a_patch_changes_what_may_change(montreuil):
    id_ = upload(montreuil)
    changed = {"name": "b", "description": "c", "open": True, "srs": "EPSG:2154", "extra": {"a": 1}}
    answer = montreuil("PATCH", f"uploads/{id_}", json=changed).json()
    assert {name: answer[name] for name in changed} == changed
    assert montreuil("PATCH", f"uploads/{id_}", json={"extra": {"b": 2}}).json()["extra"] == {"b": 2}
    for wrong in ({"type": "VECTOR"}, {"status": "OPEN"}, {"extent": {"type": "Point", "coordinates": [2, 48]}},
                  {"extent": {"type": "Polygon", "coordinates": [[[700000, 6800000]]]}},
                  {"extent": {"type": "Polygon", "coordinates": [[[2, 48]] * 5001]}}):  # fmt: skip
        assert said(montreuil("PATCH", f"uploads/{id_}", json=wrong), 400)


def test_lists_tell_little_unless_asked(montreuil):
    id_ = delivered(montreuil, {"data/x.csv": b"lon,lat\n2,48\n3,49\n"})
    montreuil("PATCH", f"uploads/{id_}", json={"name": "à trouver"})
    (row,) = montreuil.read("uploads", name="à%", type="VECTOR", status="CLOSED")
    assert sorted(row) == ["_id", "description", "name", "open", "srs", "status", "type"]
    (row,) = montreuil.read("uploads", name="à%", fields="size,bbox")
    assert row == {"_id": id_, "size": 18, "bbox": {"west": 2, "south": 48, "east": 3, "north": 49}}


def test_it_takes_the_right(office):
    reader, sender = office("contributeur", "sdis"), office("membre", "sdis")
    id_ = upload(sender)
    assert reader.read(f"uploads/{id_}")["status"] == "OPEN"
    body = {"name": "n", "description": "", "type": "VECTOR", "srs": "EPSG:4326"}
    for answer in (send(reader, id_, "a"), reader.post(f"uploads/{id_}/close"), reader("DELETE", f"uploads/{id_}"),
                   reader.post("uploads", body)):  # fmt: skip
        assert "UPLOAD" in said(answer, 403)
    assert said(office("admin", "sdis").get(f"uploads/{id_}"), 403)
    assert said(office().get(f"uploads/{id_}"), 404)


def test_the_storage_has_an_end(office):
    small = office("membre", "decouverte")
    id_ = upload(small)
    assert send(small, id_, "a", bytes(15_000_000)).status_code == 204
    assert "Quota" in said(send(small, id_, "b", bytes(15_000_000)), 409)
    use = small.read(f"/datastores/{small.id}")["storages"]["uploads"]
    assert (use["use"], use["quota"]) == (15_000_000, 20_000_000)
    small("DELETE", f"uploads/{id_}")
    assert small.read(f"/datastores/{small.id}")["storages"]["uploads"]["use"] == 0


def test_an_organization_has_an_end_in_all_its_datastores_together(sandbox, montreuil, office):
    (organization,) = montreuil.read("/catalogs/organizations", fields="uploads_quota")
    other = office("membre", "sdis")
    places = (montreuil, other, office("membre", "decouverte"))
    use = sum(place.read(f"/datastores/{place.id}")["storages"]["uploads"]["use"] for place in places)
    sandbox.entrepot_entity("organization", id=organization["_id"], uploads_quota=use + 10)
    try:
        first, second = upload(montreuil), upload(other)
        assert send(montreuil, first, "a", b"123456").status_code == 204
        assert "organisation" in said(send(other, second, "a", b"123456"), 409)
        assert send(other, second, "a", b"1234").status_code == 204
        assert montreuil("DELETE", f"uploads/{first}").status_code == 202
        assert send(other, second, "b", b"123456").status_code == 204
    finally:
        sandbox.entrepot_entity("organization", id=organization["_id"], uploads_quota=organization["uploads_quota"])


def test_without_a_token_nothing_is_read(sandbox, montreuil):
    id_ = upload(montreuil)
    address = f"{montreuil.root}/datastores/{montreuil.id}/uploads/{id_}/data?path=a"
    answer = requests.post(address, files={"file": ("a", bytes(5_000_000))}, timeout=30)
    assert said(answer, 401)
    assert montreuil.read(f"uploads/{id_}/tree") == []
    assert sandbox.journal("/data$")[-1]["body"] == ""


def test_the_log_of_a_delivery_without_sums(montreuil):
    id_ = delivered(montreuil, {"a.txt": b"abc"}, "ARCHIVE")
    assert "WARNING||check_standard" in log_of_checks(montreuil, id_)
