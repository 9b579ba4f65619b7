"""The search finds what is published and open, and the objects of indexes that were published."""

import pytest

from tests.sandbox.entrepot_calls import EXTENT, said
from tests.sandbox.entrepot_work import INDEX, close, run, send, upload

OPEN, PRIVATE = "recherche/api/indexes", "private/recherche/api/indexes"
LINK = {"format": "application/xml", "url": "https://a.invalid/fiche.xml", "type": "19139"}
PLACES = b"""nom,note,lon,lat
Hotel de ville,Ouvert le lundi,2.44,48.86
Piscine,,2.46,48.87
Ecole des Ormes,Ferme,2.45,48.85
"""
LAYERS = b"""layerName,title,description,theme
plan,Plan de la commune,Le plan,Fonds
ortho,Photos du ciel,Prises en 2026,Images
"""


@pytest.fixture
def ask(montreuil):
    """What the service answers to `ask("GET", "geoplateforme/suggest", text="x")`."""

    def asked(method, path="", json=None, root=OPEN, **params):
        address = f"{montreuil.process.url}/{root}{'/' if path else ''}{path}"
        return montreuil.session.request(method, address, json=json, params=params, timeout=30)

    return asked


@pytest.fixture
def found(ask):
    """The names of the layers that answer what is asked."""

    def names(root=OPEN, index="geoplateforme", **wanted):
        answer = ask("POST", index, wanted, root, size="1000")
        assert answer.status_code == 200, answer.text
        return [document["layer_name"] for document in answer.json()["documents"]]

    return names


@pytest.fixture(scope="module")
def described(sandbox):
    """A WFS whose words are all told, its documents, and its offering."""
    from tests.sandbox.entrepot_calls import Office

    office = Office(sandbox)
    data = office.database(tags={"producer": "Ville de Montreuil", "production_year": "2024"}, extent=EXTENT)
    relations = [
        {"native_name": "cantons", "title": "Cantons d'été", "abstract": "Limites", "keywords": ["élections"]},
        {"native_name": "points", "public_name": "lieux", "title": "Lieux", "abstract": "Adresses"},
    ]
    body = office.wfs("cherchee", data, relations, metadata=[LINK])
    configuration = office.made("configurations", body)
    office.post(f"configurations/{configuration['_id']}/tags", {"theme": "Politique", "licence": "etalab-2.0"})
    extra = {"_search": {"ville": "Montreuil"}, "interne": "secret"}
    office("PATCH", f"configurations/{configuration['_id']}", json={"extra": extra})
    offering = office.offer(configuration).json()
    office.settle(offering, "PUBLISHED")
    return office.read(f"offerings/{offering['_id']}")


def test_a_layer_is_told_of_with_all_that_was_said_of_it(ask, described):
    ids = ask("GET", f"geoplateforme/offerings/{described['_id']}").json()
    first, second = (ask("GET", f"geoplateforme/documents/{row['id']}").json() for row in ids)
    assert first == {
        "id": first["id"], "offering_id": described["_id"], "index_name": "geoplateforme", "type": "WFS",
        "layer_name": "cherchee:cantons", "title": "Cantons d'été", "description": "Limites",
        "keywords": ["élections"], "url": described["urls"][0]["url"], "open": True, "theme": "Politique",
        "licence": "etalab-2.0", "producers": ["Ville de Montreuil"], "production_years": [2024],
        "publication_date": "2026-03-01", "srs": ["EPSG:2154"], "metadata_urls": [LINK["url"]],
        "extent": first["extent"], "extra": {"ville": "Montreuil"},
    }  # fmt: skip
    assert sorted(map(tuple, first["extent"]["coordinates"][0]))[-1] == (3, 49)
    assert (second["layer_name"], second["keywords"]) == ("cherchee:lieux", [])
    assert ask("GET", "geoplateforme/documents/inconnu").status_code == 404


BOTH = ["cherchee:cantons", "cherchee:lieux"]


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        ({"title": "les CANTONS d'ete"}, BOTH[:1]), ({"description": "adresses"}, BOTH[1:]), ({"title": "rien"}, []),
        ({"keywords": "Elections"}, BOTH[:1]), ({"theme": "politique", "type": "WFS"}, BOTH), ({"type": "WMS"}, []),
        ({"producers": "montreuil"}, BOTH), ({"srs": "EPSG:2154", "open": True}, BOTH), ({"open": False}, []),
        ({"shape": {"type": "Point", "coordinates": [2.5, 48.5]}}, BOTH),
        ({"shape": {"type": "MultiPoint", "coordinates": [[4, 48], [5, 50]]}}, []),
        ({"production_years": {"min": 2020, "max": 2024}}, BOTH), ({"production_years": {"max": 2023}}, []),
        ({"publication_date": {"min_publication_date": "2026-03-01"}}, BOTH),
        ({"publication_date": {"max_publication_date": "2026-02-28"}}, []), ({"metadata_urls": "true"}, BOTH),
    ],
)  # fmt: skip
def test_what_is_asked_for_is_found(found, described, wanted, names):
    assert found(layer_name="cherchee", **wanted) == names


def test_what_is_not_open_or_not_live_is_not_found(montreuil, found):
    montreuil.published("cherchee_privee", "gpf-geoserver-wfs-private")
    _, offering = montreuil.published("cherchee_un_temps")
    assert found(layer_name="cherchee_privee") == []
    assert found(layer_name="cherchee_un_temps") == ["cherchee_un_temps:cantons"]
    montreuil("DELETE", f"offerings/{offering['_id']}")
    montreuil.settle(offering, "UNPUBLISHED")
    assert found(layer_name="cherchee_un_temps") == []


def test_each_way_to_a_layer_is_a_document(montreuil, ask):
    """A raster pyramid has a WMTS and a TMS, a vector one the TMS alone."""
    levels = {"bottom_level": "11", "top_level": "9"}
    for name, type_ in (("cherchee_images", "ROK4-PYRAMID-RASTER"), ("cherchee_tuiles", "ROK4-PYRAMID-VECTOR")):
        infos = {"title": name, "abstract": "a", "used_data": [{"stored_data": montreuil.pyramid(type_)["_id"],
                                                                 **levels}]}  # fmt: skip
        body = {"type": "WMTS-TMS", "name": "c", "layer_name": name, "type_infos": infos}
        offering = montreuil.offer(montreuil.made("configurations", body), "gpf-rok4-server-wmts-tms").json()
        montreuil.settle(offering, "PUBLISHED")
    types = {}
    for document in ask("POST", "geoplateforme", {}, size="1000").json()["documents"]:
        types.setdefault(document["layer_name"], []).append(document["type"])
    assert (types["cherchee_images"], types["cherchee_tuiles"]) == (["WMTS", "TMS"], ["TMS"])


def test_pages_and_sums(ask, described):
    asked = {"layer_name": "cherchee", "producers": "Ville", "aggregation": {"fields": ["type", "keywords"]}}
    pages = [ask("POST", "geoplateforme", asked, page=page, size="1").json() for page in ("1", "2", "3")]
    assert [[one["layer_name"] for one in page["documents"]] for page in pages] == [BOTH[:1], BOTH[1:], []]
    assert pages[0]["aggregations"] == {"type": {"WFS": 2}, "keywords": {"élections": 1}}


def test_suggestions_begin_as_what_is_written(ask, described):
    def suggested(**params):
        rows = ask("GET", "geoplateforme/suggest", **params).json()
        return [(row["source"]["layer_name"], row["score"]) for row in rows if "cherchee" in str(row)]

    assert suggested(text="canto ete", size="1") == [("cherchee:cantons", 1.0)]
    assert suggested(text="elec", fields="keywords, title") == [("cherchee:cantons", 1.0)]
    assert suggested(text="elec", fields="title") == []
    assert ("cherchee:lieux", 0.5) in suggested(text="lieux absents")


def test_words_are_put_right(ask, described):
    words = ask("GET", "geoplateforme/suggest_autocomplete", text="cantos d ete").json()
    assert {name: words[0][name] for name in ("text", "offset", "length")} == {
        "text": "cantos",
        "offset": 0,
        "length": 6,
    }
    best = words[0]["options"][0]
    assert (best["text"], best["score"]) == ("cantons", 0.923) and best["freq"] > 0
    assert words[2] == {"text": "ete", "offset": 9, "length": 3, "options": []}
    (word,) = ask("GET", "geoplateforme/suggest_autocomplete", text="politik", field="theme").json()
    assert word["options"][0]["text"] == "politique"


@pytest.mark.parametrize(
    ("method", "path", "asked", "status"),
    [
        ("POST", "geoplateforme", {"json": {"titre": "x"}}, 400),
        ("POST", "geoplateforme", {"json": {"shape": {"type": "Point"}}}, 400),
        ("POST", "geoplateforme", {"json": {"title": ""}}, 400),
        ("POST", "geoplateforme", {"json": {}, "size": 0}, 400),
        ("POST", "inconnu", {"json": {}}, 404), ("POST", "geoplateforme", {}, 415),
        ("GET", "geoplateforme/suggest", {"text": "ab"}, 400), ("GET", "geoplateforme/suggest", {}, 400),
        ("GET", "geoplateforme/suggest", {"text": "abc", "fields": "srs"}, 400),
        ("GET", "geoplateforme/suggest_autocomplete", {"text": "abc", "field": "srs"}, 400),
        ("GET", "geoplateforme", {}, 405), ("GET", "", {"page": 1}, 400),
    ],
)  # fmt: skip
def test_what_cannot_be_asked(ask, method, path, asked, status):
    assert ask(method, path, **asked).status_code == status


def index(office, name, content, endpoint, *, of_layers=False, **more):
    """Delivered, indexed, published: its offering."""
    id_ = upload(office, "INDEX", type_infos={"is_search_layer": of_layers})
    send(office, id_, "data/lieux.csv", content)
    assert close(office, id_) == "CLOSED"
    data, _ = run(office, INDEX, uploads=[id_], output=["INDEX"])
    infos = {"title": "Lieux", "abstract": "Lieux publics", "used_data": [{"stored_data": data["_id"]}]}
    body = {"type": "SEARCH", "name": "c", "layer_name": name, "type_infos": infos}
    offering = office.offer(office.made("configurations", body), endpoint, **more).json()
    office.settle(offering, "PUBLISHED")
    return office.read(f"offerings/{offering['_id']}")


def test_the_objects_of_an_index_are_found(montreuil, ask):
    offering = index(montreuil, "lieux_publics", PLACES, "gpf-search")
    (url,) = offering["urls"]
    assert url == {"type": "SEARCH", "url": f"{montreuil.process.url}/recherche/api/indexes/lieux_publics"}
    (row,) = (row for row in ask("GET").json() if row["index"] == "lieux_publics")
    assert (row["title"], row["url"]) == ("Lieux", url["url"])
    assert row["configuration_json"]["fields"] == ["nom", "note"]

    def names(**wanted):
        return [document["nom"] for document in ask("POST", "lieux_publics", wanted).json()["documents"]]

    assert (names(nom="ecole"), names(note="Ouvert"), names()) == (
        ["Ecole des Ormes"], ["Hotel de ville"], ["Hotel de ville", "Piscine", "Ecole des Ormes"],
    )  # fmt: skip
    first = ask("POST", "lieux_publics", {"nom": "piscine"}).json()["documents"][0]
    assert first["geometry"] == {"type": "Point", "coordinates": [2.46, 48.87]}
    (word,) = ask("GET", "lieux_publics/suggest_autocomplete", text="piscines", field="nom").json()
    assert [option["text"] for option in word["options"]] == ["piscine"]
    for path in ("suggest?text=piscine", f"documents/{first['id']}", f"offerings/{offering['_id']}"):
        assert ask("GET", f"lieux_publics/{path}").status_code == 404
    assert ask("POST", "lieux_publics", {"title": "x"}).status_code == 400
    assert montreuil.read(f"offerings/{offering['_id']}/stats")["total"]["hits"] > 0


def test_an_index_of_layers_is_asked_as_the_standard_one(montreuil, ask, found):
    index(montreuil, "couches_ailleurs", LAYERS, "gpf-search", of_layers=True)
    assert found(index="couches_ailleurs", theme="fonds") == ["plan"]
    (row,) = ask("GET", "couches_ailleurs/suggest", text="photo").json()
    assert (row["index"], row["source"]["layer_name"]) == ("couches_ailleurs", "ortho")
    assert ask("GET", f"couches_ailleurs/documents/{row['source']['id']}").json() == row["source"]


def test_a_private_index_is_for_those_with_a_key(montreuil, ask):
    offering = index(montreuil, "lieux_caches", PLACES, "gpf-search-private", open=True)
    assert offering["urls"][0]["url"].endswith("/private/recherche/api/indexes/lieux_caches")
    assert ask("POST", "lieux_caches", {}).status_code == 404
    del montreuil.session.headers["Authorization"]
    assert ask("GET", root=PRIVATE).status_code == 401
    montreuil.session.headers["Authorization"] = f"Bearer {montreuil.process.token('membre')}"
    key = montreuil.made("/users/me/keys", {"name": "recherche", "type": "HASH", "type_infos": {}})
    hash_ = key["type_infos"]["hash"]
    assert ask("GET", root=PRIVATE, apikey=hash_).json() == []
    montreuil.post(f"/users/me/keys/{key['_id']}/accesses", {"offerings": [offering["_id"]]})
    assert [row["index"] for row in ask("GET", root=PRIVATE, apikey=hash_).json()] == ["lieux_caches"]
    answer = ask("POST", "lieux_caches", {"nom": "ormes"}, PRIVATE, apikey=hash_)
    assert [document["nom"] for document in answer.json()["documents"]] == ["Ecole des Ormes"]


def test_the_search_has_its_limit(montreuil, ask):
    montreuil.process.entrepot_settings(diffusion_limits=1)
    statuses = [ask("GET").status_code for _ in range(12)]
    montreuil.process.entrepot_settings(diffusion_limits=0)
    assert 429 in statuses and statuses[0] == 200


def test_only_an_index_is_published_as_a_search(montreuil):
    infos = {"title": "t", "abstract": "a", "used_data": [{"stored_data": montreuil.database()["_id"]}]}
    body = {"type": "SEARCH", "name": "c", "layer_name": "pas_un_index", "type_infos": infos}
    assert "INDEX" in said(montreuil.post("configurations", body), 400)
