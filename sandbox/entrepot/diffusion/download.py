"""Download of archives: Atom feeds of what there is (ten entries a page), and the files, whole or in part."""

from __future__ import annotations

import hashlib
import mimetypes
import re
from collections.abc import Sequence
from datetime import datetime, timezone
from pathlib import Path
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from ...errors import ApiError, bad, not_found
from ...wire import route
from .. import extents
from ..reach import Live, named, reachable
from ._ows import text

ROOTS = ("/telechargement", "/private/telechargement", "/chunk/telechargement")
_TYPE = "DOWNLOAD"
_PAGE, _MOST = 10, 50
_FILTERS = ("zone", "format", "resolution")
_RANGE = re.compile("bytes=([0-9]*)-([0-9]*)")


async def capabilities(request: Request) -> Response:
    """One entry for each publication."""
    entries = [
        _entry(said(live.type_infos["title"]), said(live.type_infos["abstract"]), live.offering["update"],
               f"{_root(request)}/resource/{live.name}", "".join(_terms(live, used) for used in _used(live, request)))
        for live in reachable(request, _TYPE) if _used(live, request)
    ]  # fmt: skip
    return _feed(request, "Service de téléchargement du bac à sable", entries)


async def resource(request: Request) -> Response:
    """One entry for each stored data of a publication."""
    live = _live(request)
    entries = [
        _entry(said(used.get("title")) or used["sub_name"], said(used.get("abstract")), live.offering["update"],
               f"{_root(request)}/resource/{live.name}/{used['sub_name']}", _terms(live, used))
        for used in _used(live, request)
    ]  # fmt: skip
    return _feed(request, said(live.type_infos["title"]), entries)


async def sub_resource(request: Request) -> Response:
    """One entry for each file."""
    live, used = _sub(request)
    entries = []
    for file in _files(live, used):
        address = f"{_root(request)}/download/{live.name}/{used['sub_name']}/{quote(file.name)}"
        size, digest = file.stat().st_size, hashlib.md5(file.read_bytes(), usedforsecurity=False).hexdigest()
        about = f'type="{_media(file)}" gpf_dl:length="{size}" gpf_dl:md5="{digest}"'
        entries.append(_entry(file.name, "", live.offering["update"], address, about=about))
    return _feed(request, used["sub_name"], entries)


async def download(request: Request) -> Response:
    live, used = _sub(request)
    file = next((file for file in _files(live, used) if file.name == request.path_params["file"]), None)
    if file is None:
        raise not_found("Fichier inconnu")
    size = file.stat().st_size
    headers = {"Accept-Ranges": "bytes", "Content-Type": _media(file), "ETag": f'"{size}-{file.stat().st_mtime_ns}"'}
    first, last = _wanted(request.headers.get("range"), size)
    with file.open("rb") as stream:
        stream.seek(first)
        content = stream.read(last - first + 1)
    if len(content) == size:
        return Response(content, 200, headers)
    return Response(content, 206, {**headers, "Content-Range": f"bytes {first}-{last}/{size}"})


def _wanted(header: str | None, size: int) -> tuple[int, int]:
    """First and last byte; everything for a header that asks several ranges. 416 beyond the end."""
    match = _RANGE.fullmatch((header or "").replace(" ", ""))
    if not match or not (match.group(1) or match.group(2)):
        return 0, size - 1
    if not match.group(1):
        return max(0, size - int(match.group(2))), size - 1
    first, last = int(match.group(1)), int(match.group(2) or size - 1)
    if first >= size or last < first:
        raise ApiError(416, "Intervalle hors du fichier", {"Content-Range": f"bytes */{size}"})
    return first, min(last, size - 1)


def _root(request: Request) -> str:
    return request.state.sandbox.url + next(root for root in ROOTS if request.url.path.startswith(root))


def _live(request: Request) -> Live:
    live = named(request, _TYPE, request.path_params["layer"])
    if live is None:
        raise not_found("Ressource inconnue")
    return live


def _sub(request: Request) -> tuple[Live, dict]:
    live = _live(request)
    for used in live.type_infos["used_data"]:
        if used["sub_name"] == request.path_params["sub"]:
            return live, used
    raise not_found("Sous-ressource inconnue")


def _used(live: Live, request: Request) -> list[dict]:
    """The stored data that answer the filters of the request: zone, format, resolution."""
    wanted = {name: request.query_params[name] for name in _FILTERS if name in request.query_params}
    return [used for used in live.type_infos["used_data"] if all(used.get(n) == value for n, value in wanted.items())]


def _files(live: Live, used: dict) -> Sequence[Path]:
    folder = live.entities.folder("stored_data", used["stored_data"]) / "files"
    return sorted(file for file in folder.iterdir() if file.is_file()) if folder.is_dir() else []


def _media(file: Path) -> str:
    return mimetypes.guess_type(file.name)[0] or "application/octet-stream"


def said(languages: dict | None) -> str:
    """In French, else in the first language there is."""
    return languages.get("fr") or next(iter(languages.values())) if languages else ""


def _terms(live: Live, used: dict) -> str:
    """What the data is: where, when, how."""
    data = live.entities.get("stored_data", used["stored_data"]) or {}
    terms = "".join(f'<gpf_dl:{name} term="{text(used[name])}"/>' for name in _FILTERS if used.get(name))
    edition, box = data.get("edition") or {}, extents.box(data.get("extent"))
    if edition.get("from"):
        terms += f"<gpf_dl:editionDate>{text(edition['from'])}</gpf_dl:editionDate>"
    if box:
        terms += f"<georss:box>{box['south']} {box['west']} {box['north']} {box['east']}</georss:box>"
    return terms


def _entry(title: str, summary: str, updated: str, address: str, more: str = "", about: str = "") -> str:
    """`about`: attributes of the link, `more`: elements."""
    return (
        f'<entry><title>{text(title)}</title><link href="{text(address)}" {about}/><id>{text(address)}</id>'
        f"<updated>{updated}</updated><summary>{text(summary)}</summary>{more}</entry>"
    )


def _feed(request: Request, title: str, entries: list[str]) -> Response:
    page, limit = (_positive(request, name, default) for name, default in (("page", 1), ("limit", _PAGE)))
    limit = min(limit, _MOST)
    shown = entries[(page - 1) * limit : page * limit]
    now = datetime.fromtimestamp(request.state.sandbox.clock.now(), timezone.utc).isoformat(timespec="seconds")
    address = request.state.sandbox.url + request.url.path
    body = (
        '<?xml version="1.0" encoding="UTF-8"?><feed xmlns="http://www.w3.org/2005/Atom" '
        'xmlns:georss="http://www.georss.org/georss" '
        'xmlns:gpf_dl="https://data.geopf.fr/annexes/ressources/xsd/gpf_dl.xsd" '
        f'gpf_dl:page="{page}" gpf_dl:pagesize="{limit}" gpf_dl:pagecount="{-(-len(entries) // limit)}" '
        f'gpf_dl:totalentries="{len(entries)}"><title>{text(title)}</title><link rel="self" href="{text(address)}"/>'
        f"<id>{text(address)}</id><updated>{now}</updated><author><name>Bac à sable</name></author>"
        f"{''.join(shown)}</feed>"
    )
    return Response(body.encode(), 200, None, "application/atom+xml; charset=utf-8")


def _positive(request: Request, name: str, default: int) -> int:
    value = request.query_params.get(name, str(default))
    if not re.fullmatch("[1-9][0-9]{0,5}", value):
        raise bad(f"{name} : nombre positif attendu")
    return int(value)


ROUTES = [
    made
    for root in ROOTS
    for made in (
        route(root + "/capabilities", GET=capabilities),
        route(root + "/resource/{layer}", GET=resource),
        route(root + "/resource/{layer}/{sub}", GET=sub_resource),
        route(root + "/download/{layer}/{sub}/{file}", GET=download, HEAD=download),
    )
]
