"""Offerings: their states, both ways to delete them, openness, quotas, what is live."""

import pytest

from tests.sandbox.entrepot_calls import SLD, said

PRIVATE = "gpf-geoserver-wfs-private"


def path_of(offering):
    return f"offerings/{offering['_id']}"


def live(montreuil, offering):
    """What is kept of what it serves."""
    return montreuil.process.entrepot_entity("offerings", id=offering["_id"])["private"].get("live")


def test_publication(montreuil):
    montreuil.process.entrepot_settings(publication_seconds=-1)
    configuration = montreuil.made("configurations", montreuil.wfs("publie"))
    answer = montreuil.offer(configuration)
    made = answer.json()
    assert (answer.status_code, made["status"], made["open"], made["urls"]) == (201, "PUBLISHING", True, [])
    assert made["configuration"] == {"_id": configuration["_id"], "name": "c", "status": "UNPUBLISHED"}
    (url,) = montreuil.read(path_of(made))["urls"]
    assert url["type"] == "WFS"
    assert url["url"].startswith(montreuil.process.url + "/wfs/geoserver/ows?")
    assert live(montreuil, made) is None
    for method in ("PUT", "DELETE"):
        assert "PUBLISHING" in said(montreuil(method, path_of(made)), 409)
    assert said(montreuil("DELETE", f"configurations/{configuration['_id']}"), 409)


def test_states_and_status_of_the_configuration(montreuil):
    configuration, offering = montreuil.published("etats")
    path = f"configurations/{configuration['_id']}"
    assert montreuil.read(path)["status"] == "PUBLISHED"
    assert said(montreuil("DELETE", path), 409)
    montreuil.process.entrepot_settings(publication_seconds=-1)
    answer = montreuil("PUT", path_of(offering))
    assert (answer.status_code, answer.json()["status"]) == (200, "MODIFYING")
    assert montreuil.read(path)["status"] == "SYNCHRONIZING"
    sent = {name: configuration[name] for name in ("type", "name", "type_infos")}
    assert "SYNCHRONIZING" in said(montreuil("PUT", path, json=sent), 409)


def test_live_is_what_was_there_at_the_last_synchronisation(montreuil):
    style = montreuil.style("code").json()
    used = [{"stored_data": montreuil.database()["_id"], "relations": [{"name": "cantons", "style": style["_id"]}]}]
    infos = {"title": "Avant", "abstract": "x", "used_data": used}
    sent = {"type": "WMS-VECTOR", "name": "c", "type_infos": infos}
    configuration = montreuil.made("configurations", {**sent, "layer_name": "vif"})
    offering = montreuil.offer(configuration, "gpf-geoserver-wms-v").json()
    montreuil.settle(offering, "PUBLISHED")
    before = live(montreuil, offering)
    assert before["configuration"]["type_infos"]["title"] == "Avant"
    assert "code" in before["statics"][style["_id"]]
    infos["title"] = "Après"
    assert montreuil("PUT", f"configurations/{configuration['_id']}", json=sent).status_code == 200
    text = SLD.format(attribute="nom", version="1.0.0")
    assert montreuil("PUT", f"statics/{style['_id']}", files={"file": ("s.sld", text)}).status_code == 200
    assert live(montreuil, offering) == before
    assert montreuil("PUT", path_of(offering)).status_code == 200
    montreuil.settle(offering, "PUBLISHED")
    after = live(montreuil, offering)
    assert after["configuration"]["type_infos"]["title"] == "Après"
    assert "nom" in after["statics"][style["_id"]]


def test_a_synchronisation_takes_no_body(montreuil):
    _, offering = montreuil.published("sans_corps")
    assert said(montreuil("PUT", path_of(offering), json={"a": 1}), 400)


def test_deletion_in_two_phases(montreuil):
    configuration, offering = montreuil.published("deux", PRIVATE)
    body = {
        "licence": "l",
        "offerings": [offering["_id"]],
        "type": "ACCOUNT",
        "users": [montreuil.ids["user"]["membre"]],
    }
    (permission,) = montreuil.made("permissions", body)
    key = montreuil.made("/users/me/keys", {"name": "deux", "type": "HASH", "type_infos": {}})
    access = {"permission": permission["_id"], "offerings": [offering["_id"]]}
    assert montreuil.post(f"/users/me/keys/{key['_id']}/accesses", access).status_code == 204

    answer = montreuil("DELETE", path_of(offering))
    assert (answer.status_code, answer.content) == (202, b"")
    assert montreuil.settle(offering, "UNPUBLISHED") == "UNPUBLISHED"
    path = f"configurations/{configuration['_id']}"
    assert montreuil.read(path)["status"] == "UNPUBLISHED"
    assert "UNPUBLISHED" in said(montreuil("DELETE", path), 409)
    assert "UNPUBLISHED" in said(montreuil.offer(configuration, PRIVATE), 409)
    assert live(montreuil, offering) is None
    assert montreuil.read(f"permissions/{permission['_id']}")["offerings"][0]["status"] == "UNPUBLISHED"
    assert len(montreuil.read(f"/users/me/keys/{key['_id']}/accesses")) == 1

    assert montreuil("PUT", path_of(offering)).json()["status"] == "PUBLISHING"
    montreuil.settle(offering, "PUBLISHED")
    montreuil("DELETE", path_of(offering))
    montreuil.settle(offering, "UNPUBLISHED")
    assert montreuil("DELETE", path_of(offering)).status_code == 202
    assert montreuil.status(offering) == 404
    assert said(montreuil.get(f"permissions/{permission['_id']}"), 404)
    assert montreuil.read(f"/users/me/keys/{key['_id']}/accesses") == []
    assert montreuil("DELETE", path).status_code == 204


def test_deletion_in_one_phase(montreuil):
    montreuil.process.entrepot_settings(offering_deletion="one")
    configuration, offering = montreuil.published("un")
    montreuil.process.entrepot_settings(publication_seconds=-1)
    assert montreuil("DELETE", path_of(offering)).status_code == 202
    assert montreuil.status(offering) == "UNPUBLISHING"
    montreuil.process.entrepot_settings(publication_seconds=0)
    again = montreuil.published("un_autre")
    montreuil("DELETE", path_of(again[1]))
    assert montreuil.settle(again[1], 404) == 404
    assert montreuil.read(f"configurations/{again[0]['_id']}")["status"] == "UNPUBLISHED"
    other = montreuil.offer(again[0]).json()
    assert other["_id"] != again[1]["_id"]
    assert montreuil.read(f"configurations/{configuration['_id']}")["status"] == "UNPUBLISHED"


def test_unstable(montreuil):
    montreuil.process.entrepot_settings(offering_fails=1)
    configuration = montreuil.made("configurations", montreuil.wfs("instable"))
    offering = montreuil.offer(configuration).json()
    assert montreuil.settle(offering, "UNSTABLE", "PUBLISHED") == "UNSTABLE"
    assert montreuil.read(f"configurations/{configuration['_id']}")["status"] == "UNPUBLISHED"
    montreuil("DELETE", path_of(offering))
    montreuil.settle(offering, "UNPUBLISHED")
    montreuil("DELETE", path_of(offering))
    assert montreuil("DELETE", f"configurations/{configuration['_id']}").status_code == 204


def test_what_no_longer_fits_its_data_is_unstable(montreuil):
    data = montreuil.database()
    configuration = montreuil.made("configurations", montreuil.wfs("depassee", data))
    offering = montreuil.offer(configuration).json()
    montreuil.settle(offering, "PUBLISHED")
    montreuil.process.entrepot_entity("stored_data", id=data["_id"], type_infos={"relations": []})
    montreuil("PUT", path_of(offering))
    assert montreuil.settle(offering, "UNSTABLE", "PUBLISHED") == "UNSTABLE"


def test_endpoints_that_do_not_do(montreuil, office):
    configuration = montreuil.made("configurations", montreuil.wfs("points_acces"))
    assert "WMS-VECTOR" in said(montreuil.offer(configuration, "gpf-geoserver-wms-v"), 400)
    assert "Quota" in said(montreuil.offer(configuration, "gpf-geoserver-wfs-complet"), 409)
    path = f"configurations/{configuration['_id']}/offerings"
    assert said(montreuil.post(path, {"endpoint": montreuil.id}), 404)
    assert said(montreuil.post(path, {"open": True}), 400)
    forced = said(montreuil.offer(configuration, "gpf-geoserver-wfs-catalogue"), 400)
    assert "metadata" in forced
    montreuil.offer(configuration).json()
    assert said(montreuil.offer(configuration), 409)
    link = {"format": "application/xml", "url": "https://a.invalid/", "type": "19139"}
    described = montreuil.made("configurations", montreuil.wfs("decrite", metadata=[link]))
    assert "attribution" in said(montreuil.offer(described, "gpf-geoserver-wfs-catalogue"), 400)
    whole = montreuil.wfs("signee", metadata=[link], attribution={"title": "Commune", "url": "https://a.invalid/"})
    signed = montreuil.made("configurations", whole)
    offering = montreuil.offer(signed, "gpf-geoserver-wfs-catalogue").json()
    montreuil.settle(offering, "PUBLISHED")
    bare = {name: whole[name] for name in ("type", "name", "type_infos", "metadata")}
    assert montreuil("PUT", f"configurations/{signed['_id']}", json=bare).status_code == 200
    assert "attribution" in said(montreuil("PUT", path_of(offering)), 400)
    elsewhere = office("membre", "decouverte")
    made = elsewhere.made("configurations", elsewhere.wfs("SANDBOX_ailleurs"))
    assert said(elsewhere.offer(made, "gpf-geoserver-wfs-catalogue"), 404)


def test_quota_of_an_endpoint(office):
    found = office("membre", "decouverte")
    made = [found.made("configurations", found.wfs(f"SANDBOX_quota_{n}")) for n in range(6)]
    taken = [found.offer(configuration, PRIVATE).status_code for configuration in made]
    assert taken == [201] * 5 + [409]
    (entry,) = (e for e in found.read("endpoints", limit=50) if e["endpoint"]["technical_name"] == PRIVATE)
    assert (entry["use"], entry["quota"]) == (5, 5)


def test_openness(montreuil):
    _, on_open = montreuil.published("ouverte", open=False)
    assert on_open["open"] is True
    assert montreuil("PATCH", path_of(on_open), json={"open": False}).json()["open"] is True
    _, closed = montreuil.published("fermee", PRIVATE)
    assert closed["open"] is False
    key = montreuil.made("/users/me/keys", {"name": "ouverte", "type": "HASH", "type_infos": {}})
    accesses = f"/users/me/keys/{key['_id']}/accesses"
    wanted = {"offerings": [closed["_id"]]}
    assert said(montreuil.post(accesses, wanted), 403)
    assert montreuil("PATCH", path_of(closed), json={"open": True}).json()["open"] is True
    assert montreuil.post(accesses, wanted).status_code == 204
    assert montreuil("PATCH", path_of(closed), json={"open": False, "available": False}).json()["available"] is True
    assert montreuil.read(accesses) == []
    assert said(montreuil.post(accesses, {"offerings": [on_open["_id"]]}), 400)


@pytest.mark.parametrize(
    ("type_", "endpoint", "urls"),
    [
        ("WMTS-TMS", "gpf-rok4-server-wmts-tms", ["/wmts?", "/tms/1.0.0/adresses_"]),
        ("WMTS-TMS", "gpf-rok4-server-wmts-tms-private", ["/private/wmts?", "/private/tms/1.0.0/adresses_"]),
        ("WMS-RASTER", "gpf-rok4-server-wms-r", ["/wms-r/wms?"]),
    ],
)
def test_addresses(montreuil, type_, endpoint, urls):
    used = [{"stored_data": montreuil.pyramid()["_id"], "bottom_level": "11", "top_level": "9"}]
    infos = {"title": "t", "abstract": "a", "used_data": used}
    layer = f"adresses_{type_}_{endpoint}"
    made = montreuil.made("configurations", {"type": type_, "name": "c", "layer_name": layer, "type_infos": infos})
    offering = montreuil.offer(made, endpoint).json()
    got = [url["url"].removeprefix(montreuil.process.url) for url in montreuil.read(path_of(offering))["urls"]]
    assert len(got) == len(urls)
    assert all(one.startswith(start) for one, start in zip(got, urls))


def test_tables_on_the_fly_have_an_address_each(montreuil):
    relations = [
        {"native_name": "cantons", "abstract": "a"},
        {"native_name": "points", "public_name": "p", "abstract": "a"},
    ]
    infos = {"used_data": [{"stored_data": montreuil.database()["_id"], "relations": relations}]}
    made = montreuil.made(
        "configurations", {"type": "VECTOR-TMS", "name": "c", "layer_name": "vol", "type_infos": infos}
    )
    offering = montreuil.offer(made, "gpf-vector-tms").json()
    ends = [url["url"].rpartition("/")[2] for url in montreuil.read(path_of(offering))["urls"]]
    assert ends == ["vol.cantons", "vol.p"]


def test_a_download_is_published_at_once(montreuil):
    montreuil.process.entrepot_settings(publication_seconds=-1)
    archive = montreuil.database(type="ARCHIVE", type_infos={"files_number": 1})
    used = [{"stored_data": archive["_id"], "sub_name": "a"}]
    infos = {"title": {"fr": "t"}, "abstract": {"fr": "a"}, "used_data": used}
    made = montreuil.made(
        "configurations", {"type": "DOWNLOAD", "name": "c", "layer_name": "tele", "type_infos": infos}
    )
    assert montreuil.offer(made, "gpf-download").json()["status"] == "PUBLISHED"
    in_parts = montreuil.offer(made, "gpf-download-chunk").json()
    (url,) = montreuil.read(path_of(in_parts))["urls"]
    assert url["url"] == montreuil.process.url + "/chunk/telechargement/resource/tele"


def test_lists(montreuil):
    configuration, offering = montreuil.published("listee")
    data = configuration["type_infos"]["used_data"][0]["stored_data"]
    (row,) = montreuil.read("offerings", stored_data=data)
    assert set(row) == {"_id", "open", "available", "layer_name", "type", "status"}
    (row,) = montreuil.read("offerings", configuration=configuration["_id"], fields="configuration,endpoint,urls")
    assert row["configuration"]["_id"] == configuration["_id"]
    assert row["urls"]
    assert [row["_id"] for row in montreuil.read(f"configurations/{configuration['_id']}/offerings")] == [
        offering["_id"]
    ]
    assert offering["_id"] in [
        row["_id"] for row in montreuil.read("/catalogs/offerings", is_endpoint_open="true", limit=50)
    ]
    assert montreuil.read("offerings", layer_name="LISTEE", status="UNSTABLE") == []
    assert montreuil.read(path_of(offering) + "/stats") == {"total": {"hits": 0, "data_transfer": 0}, "details": []}


def test_states_go_on_after_a_restart(tmp_path):
    from sandbox.process import SandboxProcess
    from tests.sandbox.entrepot_calls import Office

    with SandboxProcess(reports=0, features=0, state=tmp_path, work_seconds=1, offering_deletion="one") as process:
        office = Office(process)
        offering = office.offer(office.made("configurations", office.wfs("reprise"))).json()
        assert office.status(offering) == "PUBLISHING"
    with SandboxProcess(reports=0, features=0, state=tmp_path) as process:
        office = Office(process)
        office.settle(offering, "PUBLISHED")
        assert process.entrepot()["settings"]["offering_deletion"] == "two"


def test_hits_are_counted(tmp_path):
    from sandbox.process import SandboxProcess
    from tests.sandbox.entrepot_calls import Office

    with SandboxProcess(reports=0, features=0, state=tmp_path) as process:
        office = Office(process)
        archive = office.database(type="ARCHIVE", type_infos={"files_number": 1})
        files = tmp_path / "entrepot" / "stored_data" / archive["_id"] / "files"
        files.mkdir(parents=True)
        (files / "a.txt").write_bytes(b"bonjour")
        used = [{"stored_data": archive["_id"], "sub_name": "lot"}]
        infos = {"title": {"fr": "t"}, "abstract": {"fr": "a"}, "used_data": used}
        body = {"type": "DOWNLOAD", "name": "c", "layer_name": "comptee", "type_infos": infos}
        offering = office.offer(office.made("configurations", body), "gpf-download").json()
        for place in ("/telechargement/download/comptee/lot/a.txt", "/telechargement/download/comptee/lot/b.txt"):
            office.session.get(process.url + place, timeout=30)
        stats = office.read(path_of(offering) + "/stats")
        assert stats["total"] == {"hits": 1, "data_transfer": 7}
        assert len(stats["details"]) == 1
        assert office.read(path_of(offering) + "/stats", end="2020-01-01T00:00:00Z")["details"] == []
