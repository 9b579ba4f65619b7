"""Search: the index `geoplateforme` has a document for each layer that is open, a published index one for each object.

A published index that is a search of layers is asked as `geoplateforme` is; another is searched, and completed, alone.
"""

from __future__ import annotations

import json
import re
import unicodedata
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator
from difflib import SequenceMatcher
from typing import Any, NamedTuple

from starlette.requests import Request
from starlette.responses import Response

from ...errors import bad, not_found
from ...wire import json_answer, on_site, route
from .. import extents
from ..assumptions import EA15_KEY_NAME, SEARCH_MOST
from ..entities import Entity
from ..query import cut, only
from ..reach import Live, published, reachable
from ..views import offering_urls
from ..wire import FLAG, OBJECT, TEXT, TEXTS, body_of, record
from .download import said

ROOTS = ("/recherche/api/indexes", "/private/recherche/api/indexes")
STANDARD = "geoplateforme"
_LISTED = ("WFS", "WMS-VECTOR", "WMS-RASTER", "WMTS-TMS", "DOWNLOAD", "ALTIMETRY")
"""The types of offerings that the standard index tells of."""
_SUGGESTED = ("title", "description", "layer_name", "theme", "keywords", "producers", "type")
_LEAST = 3  # letters of what is suggested for
_NEAR, _OPTIONS = 0.5, 5
"""How like a word must be to be offered for another, and how many are."""
_INTEGER = {"type": "integer"}
_FIELDS = {
    **dict.fromkeys(("title", "layer_name", "description", "type", "theme", "keywords", "srs", "producers"), TEXT),
    "open": FLAG, "shape": {**OBJECT, "required": ["type", "coordinates"]}, "metadata_urls": {"const": "true"},
    "publication_date": record(min_publication_date=TEXT, max_publication_date=TEXT),
    "production_years": record(min=_INTEGER, max=_INTEGER),
}  # fmt: skip


class Index(NamedTuple):
    """`fields`: what may be asked of its documents, as schemas; `texts`: those whose words are completed."""

    name: str
    about: Entity
    of_layers: bool
    fields: dict[str, dict]
    texts: tuple[str, ...]
    documents: list[Entity]


async def indexes(request: Request) -> Response:
    _asked(request)
    rows = [
        {"index": index.name, **index.about, "configuration_json": {"fields": sorted(index.fields)},
         "url": f"{request.state.sandbox.url}{request.url.path}/{index.name}"}
        for index in _reachable(request)
    ]  # fmt: skip
    return json_answer(rows)


async def search(request: Request) -> Response:
    """The documents that have a word of each text that is asked for, and are within what else is asked for."""
    index, asked = _index(request), _asked(request, "page", "size")
    wanted = await body_of(request, record(aggregation=record(("fields",), fields=TEXTS), **index.fields))
    counted = wanted.pop("aggregation", {"fields": []})["fields"]
    found = [one for one in index.documents if all(_has(one, name, value) for name, value in wanted.items())]
    first, size = cut(_paging(asked), SEARCH_MOST)
    sums = {name: Counter(map(str, _values(one.get(name) for one in found))) for name in counted}
    body = {"documents": found[first : first + size], "aggregations": sums}
    return on_site(request, json_answer(body))


async def suggest(request: Request) -> Response:
    """The documents whose words begin as those of `text`, those first of which the most words do."""
    index, asked = _layers(request), _asked(request, "text", "fields", "size")
    words = _words(asked.get("text"))
    if len("".join(words)) < _LEAST:
        raise bad(f"text : {_LEAST} lettres au moins")
    fields = asked.get("fields", ",".join(_SUGGESTED)).replace(" ", "").split(",")
    if not set(fields) <= set(_SUGGESTED):
        raise bad(f"fields parmi {', '.join(_SUGGESTED)}")
    rows = [
        {"index": index.name, "score": score, "source": document}
        for document in index.documents
        if (score := _score(words, [word for field in fields for word in _words(document.get(field))]))
    ]
    rows.sort(key=lambda row: -row["score"])
    return on_site(request, json_answer(rows[: cut(_paging(asked), SEARCH_MOST)[1]]))


async def complete(request: Request) -> Response:
    """For each word of `text` the words of a field that are like it."""
    index, asked = _index(request), _asked(request, "text", "field")
    field = asked.get("field", "title")
    if field not in index.texts:
        raise bad(f"field parmi {', '.join(index.texts)}")
    known = Counter(word for document in index.documents for word in _words(document.get(field)))
    return json_answer([
        {"text": found.group(), "offset": found.start(), "length": len(found.group()),
         "options": _options(found.group(), known)}
        for found in re.finditer(r"\w+", asked.get("text", ""))
    ])  # fmt: skip


async def document(request: Request) -> Response:
    _asked(request)
    for found in _layers(request).documents:
        if found["id"] == request.path_params["document"]:
            return on_site(request, json_answer(found))
    raise not_found("Document inconnu")


async def of_offering(request: Request) -> Response:
    _asked(request)
    wanted = request.path_params["offering"]
    return json_answer([{"id": one["id"]} for one in _layers(request).documents if one.get("offering_id") == wanted])


def _reachable(request: Request) -> list[Index]:
    """The standard one is open; the others are reached as their offerings are."""
    custom = [_custom(live) for live in reachable(request, "SEARCH")]
    if request.url.path.startswith(ROOTS[1]):
        return custom
    entities = request.state.sandbox.entrepot.entities
    lives = [live for type_ in _LISTED for live in published(entities, type_)]
    about = {"title": "Index standard", "abstract": "Les couches publiées et ouvertes", "keywords": []}
    documents = [made for live in lives for made in _documents(live)]
    return [Index(STANDARD, about, True, _FIELDS, ("title", "description", "theme", "keywords"), documents), *custom]


def _index(request: Request) -> Index:
    wanted = request.path_params["index"]
    for index in _reachable(request):
        if index.name == wanted:
            return index
    raise not_found(f"Index inconnu : {wanted}")


def _layers(request: Request) -> Index:
    index = _index(request)
    if not index.of_layers:
        raise not_found(f"L'index {index.name} n'est pas une recherche de couches")
    return index


def _documents(live: Live) -> Iterator[Entity]:
    """One for each layer of an offering and each way to it."""
    infos, configuration, entities = live.type_infos, live.configuration, live.entities
    data = [entities.get("stored_data", used["stored_data"]) or {} for used in infos["used_data"]]
    tags = [one.get("tags") or {} for one in data]
    box = infos.get("bbox") or extents.box(next((one["extent"] for one in data if one.get("extent")), None))
    own = configuration.get("tags") or {}
    shared = {
        "offering_id": live.offering["_id"], "index_name": STANDARD, "open": live.offering["open"],
        "publication_date": live.offering["update"][:10], "extent": extents.polygon(box) if box else {},
        "metadata_urls": [link["url"] for link in configuration.get("metadata", [])],
        "srs": sorted({one["srs"] for one in data if one.get("srs")}),
        "production_years": sorted({int(one["production_year"]) for one in tags
                                    if one.get("production_year", "").isdigit()}),
        "producers": sorted({one["producer"] for one in tags if "producer" in one}),
        "extra": (configuration.get("extra") or {}).get("_search", {}),
        **{name: own[name] for name in ("theme", "licence", "thumbnail") if name in own},
        **{name: configuration[name] for name in ("attribution",) if name in configuration},
    }  # fmt: skip
    for url in offering_urls(entities, live.offering):
        if url["type"] == "WMTS" and data[0].get("type") == "ROK4-PYRAMID-VECTOR":
            continue
        for layer, about in _described(live):
            id_ = uuid.uuid5(uuid.UUID(live.offering["_id"]), f"{url['type']} {layer}")
            yield {"id": str(id_), "layer_name": layer, **about, "type": url["type"], "url": url["url"], **shared}


def _described(live: Live) -> Iterator[tuple[str, Entity]]:
    """The names of its layers, with their words."""
    if live.configuration["type"] != "WFS":
        yield live.name, _words_about(live.type_infos)
        return
    for used in live.type_infos["used_data"]:
        for relation in used["relations"]:
            yield f"{live.name}:{relation.get('public_name') or relation['native_name']}", _words_about(relation)


def _words_about(told: Entity) -> Entity:
    title, abstract = (said(text) if isinstance(text, dict) else text for text in (told["title"], told["abstract"]))
    return {"title": title, "description": abstract, "keywords": told.get("keywords", [])}


def _custom(live: Live) -> Index:
    """Its documents are the objects that were delivered, their columns named as the standard names its own."""
    infos, documents, types = live.type_infos, [], {}
    for used in infos["used_data"]:
        data = live.entities.get("stored_data", used["stored_data"]) or {"type_infos": {}}
        types.update({_snake(name): type_ for name, type_ in data["type_infos"].get("fields", {}).items()})
        of_layers = data["type_infos"].get("is_search_layer", False)
        file = live.entities.folder("stored_data", used["stored_data"]) / "index.jsonl"
        for number, line in enumerate(file.read_text("utf-8").splitlines()):
            feature = json.loads(line)
            id_ = str(uuid.uuid5(uuid.UUID(used["stored_data"]), str(number)))
            values = {_snake(name): value for name, value in feature["properties"].items()}
            place = {"extent" if of_layers else "geometry": feature["geometry"]} if feature["geometry"] else {}
            documents.append({"id": id_, "index_name": live.name, **place, **values})
    about = {"title": infos["title"], "abstract": infos["abstract"], "keywords": infos.get("keywords", [])}
    texts = tuple(name for name, type_ in types.items() if type_ == "text" or type_.startswith("character"))
    asked = _FIELDS if of_layers else {name: {"type": ["string", "number", "boolean"]} for name in types}
    return Index(live.name, about, of_layers, asked, texts, documents)


def _snake(name: str) -> str:
    return re.sub("(?<=[a-z])([A-Z])", r"_\1", name).lower()


def _has(document: Entity, field: str, wanted: Any) -> bool:
    value = document.get(field)
    if field == "metadata_urls":
        return bool(value)
    if field == "shape":
        return _meet(extents.box(document.get("extent")), extents.box(wanted))
    if isinstance(wanted, dict):
        least, most = (next((wanted[n] for n in wanted if n.startswith(side)), None) for side in ("min", "max"))
        return any((least is None or least <= one) and (most is None or one <= most) for one in _values([value]))
    if isinstance(wanted, str):
        return bool(set(_words(wanted)) & set(_words(value)))
    return value == wanted


def _meet(one: Entity | None, other: Entity | None) -> bool:
    if not one or not other:
        return False
    across = one["west"] <= other["east"] and other["west"] <= one["east"]
    return across and one["south"] <= other["north"] and other["south"] <= one["north"]


def _values(found: Iterable[Any]) -> Iterator[Any]:
    """Values and the values of lists, those that are there."""
    for value in found:
        yield from value if isinstance(value, list) else [] if value is None else [value]


def _words(value: Any) -> list[str]:
    """In lower case, without accents."""
    text = unicodedata.normalize("NFKD", " ".join(map(str, _values([value]))).lower())
    return re.findall(r"\w+", "".join(letter for letter in text if not unicodedata.combining(letter)))


def _score(wanted: list[str], there: list[str]) -> float:
    """The share of the words that begin one that is there."""
    return sum(any(word.startswith(begun) for word in there) for begun in wanted) / len(wanted)


def _options(word: str, known: Counter) -> list[Entity]:
    """The words that are like this one, not the word itself."""
    folded = "".join(_words(word))
    if folded in known:
        return []
    rows = [
        {"text": other, "score": round(SequenceMatcher(None, folded, other).ratio(), 3), "freq": count}
        for other, count in known.items()
    ]
    near = [row for row in rows if row["score"] >= _NEAR]
    return sorted(near, key=lambda row: (-row["score"], row["text"]))[:_OPTIONS]


def _asked(request: Request, *names: str) -> dict[str, str]:
    """The parameters of a request; 400 for others, the key aside."""
    return only(request, EA15_KEY_NAME, *names)


def _paging(asked: dict[str, str]) -> dict[str, str]:
    names = {"page": "page", "size": "limit"}
    return {names[name]: value for name, value in asked.items() if name in names}


ROUTES = [
    made
    for root in ROOTS
    for made in (
        route(root, GET=indexes),
        route(root + "/{index}", POST=search),
        route(root + "/{index}/suggest", GET=suggest),
        route(root + "/{index}/suggest_autocomplete", GET=complete),
        route(root + "/{index}/documents/{document}", GET=document),
        route(root + "/{index}/offerings/{offering}", GET=of_offering),
    )
]
