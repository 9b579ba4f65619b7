"""Configurations: every rule of what can be served, names, what may be changed and deleted, statics they use."""

import json

import pytest

from tests.sandbox.entrepot_calls import ABOUT, said

LEVELS = {"bottom_level": "11", "top_level": "9"}
ROK4 = {
    "identifier": "gris", "title": "Gris",
    "legend": {"format": "image/png", "url": "https://sandbox.invalid/l.png", "width": 10, "height": 10,
               "min_scale_denominator": 1, "max_scale_denominator": 1000},
}  # fmt: skip


@pytest.fixture
def refused(montreuil):
    """`refused(body, status)`: why a configuration is not taken."""
    return lambda body, status=400: said(montreuil.post("configurations", body), status)


@pytest.fixture
def rok4(montreuil):
    def made(identifier):
        answer = montreuil.style(type_="ROK4-STYLE", content=json.dumps({**ROK4, "identifier": identifier}))
        assert answer.status_code == 201, answer.text
        return answer.json()["_id"]

    return made


def body(type_, layer_name, **infos):
    return {"type": type_, "name": "c", "layer_name": layer_name, "type_infos": infos}


def test_life_of_a_configuration(montreuil):
    sent = montreuil.wfs("vie", metadata=[{"format": "application/xml", "url": "https://a.invalid/", "type": "19139"}])
    made = montreuil.made("configurations", sent)
    assert made["status"] == "UNPUBLISHED"
    assert {name: made[name] for name in sent} == sent
    assert "private" not in made
    path = f"configurations/{made['_id']}"
    assert montreuil.read(path) == made
    attribution = {"title": "Commune", "url": "https://a.invalid/"}
    changed = {"type": "WFS", "name": "autre", "type_infos": sent["type_infos"], "attribution": attribution}
    replaced = montreuil("PUT", path, json=changed).json()
    assert (replaced["name"], replaced["layer_name"], replaced["attribution"]) == ("autre", "vie", attribution)
    assert "metadata" not in replaced
    patched = montreuil("PATCH", path, json={"extra": {"a": {"b": 1}}}).json()
    assert patched["extra"] == {"a": {"b": 1}}
    assert montreuil("PATCH", path, json={"extra": {}}).json()["extra"] == {}
    titles = [event["title"] for event in montreuil.read(path + "/events")]
    assert titles == ["Création", "Modification", "Modification", "Modification"]
    assert montreuil("DELETE", path).status_code == 204
    assert said(montreuil.get(path), 404)


def test_what_replacing_refuses(montreuil):
    sent = montreuil.wfs("remplace")
    path = f"configurations/{montreuil.made('configurations', sent)['_id']}"
    assert "layer_name" in said(montreuil("PUT", path, json=sent), 400)
    other = {"type": "VECTOR-TMS", "name": "c", "type_infos": sent["type_infos"]}
    assert said(montreuil("PUT", path, json=other), 400)
    sent["type_infos"]["used_data"][0]["relations"][0]["native_name"] = "absente"
    absent = {name: sent[name] for name in ("type", "name", "type_infos")}
    assert "absente" in said(montreuil("PUT", path, json=absent), 400)


@pytest.mark.parametrize("name", ["1a", "é", "a b", "a:b", "a/b", "", "-a"])
def test_layer_names(montreuil, refused, name):
    assert "layer_name" in refused(montreuil.wfs(name))


def test_layer_names_are_unique_on_the_platform(montreuil, office, refused):
    data = montreuil.database()
    montreuil.made("configurations", montreuil.wfs("unique", data))
    assert "unique" in refused(montreuil.wfs("unique", data), 409)
    found = office("membre", "decouverte")
    montreuil.made("configurations", montreuil.wfs("SANDBOX_x", data))
    assert said(found.post("configurations", found.wfs("SANDBOX_x")), 409)
    used = [{"stored_data": data["_id"], "relations": [{"native_name": "cantons", "abstract": "x"}]}]
    montreuil.made("configurations", body("VECTOR-TMS", "unique", used_data=used))


def test_prefix_of_the_datastore(office):
    found = office("membre", "decouverte")
    assert "SANDBOX" in said(found.post("configurations", found.wfs("cantons")), 400)
    found.made("configurations", found.wfs("SANDBOX_cantons"))


def test_stored_data_that_does_not_do(montreuil, office, refused):
    assert "GENERATING" in refused(montreuil.wfs("a", montreuil.database(status="GENERATING")), 409)
    assert "ARCHIVE" in refused(montreuil.wfs("a", montreuil.database(type="ARCHIVE")))
    assert refused(montreuil.wfs("a", {"_id": montreuil.id}), 404)
    assert refused(montreuil.wfs("a", {"_id": "x"}))
    assert refused(montreuil.wfs("a", office("membre", "sdis").database()), 404)
    shared = office("membre", "sdis").database(private={"sharings": [montreuil.id]})
    assert montreuil.made("configurations", montreuil.wfs("partagee", shared))


def test_tables_of_a_wfs(montreuil, refused):
    def sent(*relations):
        return montreuil.wfs("tables", relations=[{**ABOUT, **relation} for relation in relations])

    assert "absente" in refused(sent({"native_name": "absente"}))
    assert "double" in refused(sent({"native_name": "cantons"}, {"native_name": "cantons"}))
    assert "double" in refused(sent({"native_name": "cantons", "public_name": "points"}, {"native_name": "points"}))
    assert refused(montreuil.wfs("tables", relations=[{"native_name": "cantons"}]))
    twice = montreuil.wfs("tables")
    again = [{**ABOUT, "native_name": "points"}]
    twice["type_infos"]["used_data"].append({**twice["type_infos"]["used_data"][0], "relations": again})
    assert "plusieurs fois" in refused(twice)
    assert montreuil.made(
        "configurations", sent({"native_name": "cantons"}, {"native_name": "points", "keywords": ["a"]})
    )


def test_a_box_is_needed_where_the_data_has_no_extent(montreuil, refused):
    empty = montreuil.database(extent=None)
    sent = montreuil.wfs("vide", empty)
    assert "bbox" in refused(sent)
    sent["type_infos"]["bbox"] = {"west": 3, "south": 48, "east": 2, "north": 49}
    assert "bbox" in refused(sent)
    sent["type_infos"]["bbox"] = {"west": 2, "south": 48, "east": 3, "north": 49}
    montreuil.made("configurations", sent)


def test_styles_of_a_map(montreuil, refused, rok4):
    good, bad = montreuil.style("code").json()["_id"], montreuil.style("absent").json()["_id"]
    data = montreuil.database()

    def sent(*relations, **more):
        return body(
            "WMS-VECTOR", "carte", **ABOUT, used_data=[{"stored_data": data["_id"], "relations": relations}], **more
        )

    assert "absent" in refused(sent({"name": "cantons", "style": bad}))
    assert "code" in refused(sent({"name": "points", "style": good}))
    assert "double" in refused(sent({"name": "cantons", "style": good}, {"name": "cantons", "style": good}))
    assert "style" in refused(sent({"name": "cantons"}))
    assert "ROK4-STYLE" in refused(sent({"name": "cantons", "style": rok4("carte")}))
    assert refused(sent({"name": "cantons", "style": data["_id"]}), 404)
    template = montreuil.style(type_="GEOSERVER-FTL", content="${feature.surface.value}").json()["_id"]
    assert "surface" in refused(sent({"name": "cantons", "style": good, "ftl": template}))
    made = montreuil.made("configurations", sent({"name": "cantons", "style": good}))
    assert "carte" in made["layer_name"]
    assert said(montreuil("DELETE", f"statics/{good}"), 409)
    assert montreuil("DELETE", f"statics/{bad}").status_code == 204
    assert montreuil("DELETE", f"configurations/{made['_id']}").status_code == 204
    assert montreuil("DELETE", f"statics/{good}").status_code == 204


def test_levels_and_styles_of_tiles(montreuil, refused, rok4):
    pyramid = montreuil.pyramid()

    def sent(layer="tuiles", type_="WMTS-TMS", data=pyramid, **more):
        levels = {name: more.pop(name, value) for name, value in LEVELS.items()}
        return body(type_, layer, **ABOUT, used_data=[{"stored_data": data["_id"], **levels}], **more)

    assert "12" in refused(sent(bottom_level="12"))
    assert "8" in refused(sent(top_level="8"))
    assert refused(sent(bottom_level="9", top_level="11"))
    assert refused(sent(bottom_level=11))
    assert "gris" in refused(sent(styles=[rok4("gris"), rok4("gris")]))
    assert "VECTOR-DB" in refused(sent(data=montreuil.database()))
    vector = montreuil.pyramid("ROK4-PYRAMID-VECTOR")
    assert "ROK4-PYRAMID-VECTOR" in refused(sent(type_="WMS-RASTER", data=vector))
    mixed = sent()
    mixed["type_infos"]["used_data"].append({"stored_data": vector["_id"], **LEVELS})
    assert "même type" in refused(mixed)
    assert refused(sent(interpolation="LINEAR"))
    montreuil.made("configurations", sent(styles=[rok4("gris"), rok4("vert")], getfeatureinfo={"stored_data": True}))
    montreuil.made("configurations", sent("t2", data=vector))
    montreuil.made("configurations", sent("t3", "WMS-RASTER", interpolation="LINEAR"))
    assert refused(sent("t4", "WMS-RASTER", interpolation="CUBIC"))


def test_archives_of_a_download(montreuil, refused):
    archive, other = (montreuil.database(type="ARCHIVE", type_infos={"files_number": 1}) for _ in range(2))

    def sent(*used, **more):
        data = [{"stored_data": stored["_id"], **about} for stored, about in zip((archive, other), used)]
        words = {"title": {"fr": "Cantons"}, "abstract": {"fr": "Les cantons"}}
        return body("DOWNLOAD", "fichiers", **{**words, **more}, used_data=data)

    assert "sub_name" in refused(sent({"sub_name": "a b"}))
    assert "double" in refused(sent({"sub_name": "a"}, {"sub_name": "a"}))
    assert "XLS" in refused(sent({"sub_name": "a", "format": "XLS"}))
    assert "title" in refused(sent({"sub_name": "a"}, title="Cantons"))
    assert "title" in refused(sent({"sub_name": "a"}, title={"french": "Cantons"}))
    about = {"sub_name": "a", "format": "GPKG", "zone": "D093", "resolution": "1m", "title": {"fr": "Un"}}
    montreuil.made("configurations", sent(about, {"sub_name": "b"}))


def test_heights(montreuil, refused):
    colours, heights = montreuil.pyramid(channels_number=3, channels_format="UINT8"), montreuil.pyramid(
        channels_number=1, channels_format="FLOAT32"
    )  # fmt: skip

    def sent(data, **more):
        about = {"title": "MNT", "source": {"value": "x"}, "accuracy": {"value": "1 m"}, **more}
        return body("ALTIMETRY", "hauteurs", **ABOUT, used_data=[{"stored_data": data["_id"], **about}])

    assert "FLOAT32" in refused(sent(colours))
    assert refused(sent(heights, source={"mapping": {"a": "b"}, "stored_data": colours["_id"]}))
    made = montreuil.made(
        "configurations", sent(heights, source={"mapping": {"1": "b"}, "stored_data": colours["_id"]})
    )
    assert [row["_id"] for row in montreuil.read("configurations", stored_data=colours["_id"])] == [made["_id"]]


def test_style_sheet_links(montreuil, refused):
    link = {"format": "application/json", "url": "https://a.invalid/s.json", "type": "StyleSheet"}
    assert "StyleSheet" in refused(montreuil.wfs("feuille", metadata=[link]))
    assert refused(montreuil.wfs("feuille", metadata=[{**link, "type": "Other", "url": "style.json"}]))
    montreuil.made("configurations", montreuil.wfs("feuille", metadata=[{**link, "type": "Other"}]))


def test_comments(montreuil, office):
    path = f"configurations/{montreuil.made('configurations', montreuil.wfs('commentee'))['_id']}/comments"
    made = montreuil.made(path, {"text": "À revoir"})
    assert made["author"]["last_name"] == "membre"
    one = f"{path}/{made['_id']}"
    assert said(office("admin")("PUT", one, json={"text": "non"}), 403)
    assert montreuil("PUT", one, json={"text": "Vu"}).json()["text"] == "Vu"
    assert [comment["text"] for comment in office("admin").read(path)] == ["Vu"]
    assert montreuil("DELETE", one).status_code == 204
    assert montreuil.read(path) == []


def test_activity(montreuil):
    made = montreuil.made("configurations", montreuil.wfs("active"))
    feed = montreuil.read("configurations/activity")
    assert feed["entries"][0]["title"] == "Création"
    assert made["_id"] in feed["entries"][0]["id"]
    assert montreuil.read("configurations/activity", before="2020-01-01T00:00:00Z")["entries"] == []
    assert said(montreuil.get("configurations/activity", after="hier"), 400)


def test_data_in_use_is_not_deleted(montreuil):
    data, heights, sources = (
        montreuil.database(),
        *(montreuil.pyramid(channels_number=1, channels_format="FLOAT32") for _ in range(2)),
    )
    wfs = montreuil.made("configurations", montreuil.wfs("en_usage", data))
    about = {
        "title": "MNT",
        "source": {"mapping": {"1": "b"}, "stored_data": sources["_id"]},
        "accuracy": {"value": "1 m"},
    }
    used = [{"stored_data": heights["_id"], **about}]
    montreuil.made("configurations", body("ALTIMETRY", "mnt_en_usage", **ABOUT, used_data=used))
    for stored in (data, heights, sources):
        assert said(montreuil("DELETE", f"stored_data/{stored['_id']}"), 409)
    assert montreuil("DELETE", f"configurations/{wfs['_id']}").status_code == 204
    assert montreuil("DELETE", f"stored_data/{data['_id']}").status_code == 202
