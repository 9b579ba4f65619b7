"""Request bodies in the encodings of section 2.5.1: JSON, form-urlencoded, multipart."""

from __future__ import annotations

import json
import mimetypes
from typing import NamedTuple

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import Request

from .assumptions import A18_MAX_FILE_BYTES
from .errors import ApiError, bad

_EXTENSIONS = frozenset(
    "bmp csv doc docx gif gpx jpeg jpg kml ods odt pdf png txt xls xlsx zip 7z".split()  # section 2.5.5
)


class File(NamedTuple):
    filename: str
    mime_type: str
    content: bytes


async def read_members(request: Request, known: tuple[str, ...], json_members: tuple[str, ...] = (),
                       field: str | None = None) -> tuple[dict, list[File]]:  # fmt: skip
    """The members of the body and its files; `json_members` are JSON text when the body is a form, `field` the only
    name that a file may have.

    A body without content type is read as JSON (section 2.0). Raises 400, 413, 415.
    """
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    files: list[File] = []
    if kind in ("", "application/json"):
        members = _object(await request.body())
    elif kind in ("application/x-www-form-urlencoded", "multipart/form-data"):
        texts, files = await _form(request, field)
        members = {name: _json(name, text) if name in json_members else text for name, text in texts.items()}
    else:
        raise ApiError(415, f"Type de contenu non pris en charge : {kind}")
    for name in members:
        if name not in known:
            raise bad(f"Champ inconnu : {name}")
    return members, files


async def json_members(request: Request, known: tuple[str, ...]) -> dict:
    """The members of a body that is JSON even where its content type says form: some phones do (section 2.0)."""
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if kind not in ("", "application/json", "application/x-www-form-urlencoded"):
        raise ApiError(415, f"Type de contenu non pris en charge : {kind}")
    members = _object(await request.body())
    try:
        json.dumps(members, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError):  # NaN, or half a character
        raise bad("JSON illisible") from None
    for name in members:
        if name not in known:
            raise bad(f"Champ inconnu : {name}")
    return members


def _object(body: bytes) -> dict:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        raise bad("JSON illisible") from None
    if not isinstance(value, dict):
        raise bad("Un objet JSON est attendu")
    return value


def _json(name: str, text: str):
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise bad(f"{name} : texte JSON attendu") from None


async def _form(request: Request, field: str | None) -> tuple[dict[str, str], list[File]]:
    texts: dict[str, str] = {}
    files: list[File] = []
    try:
        form = await request.form()
    except (MultiPartException, HTTPException, UnicodeDecodeError) as error:
        raise bad(f"Formulaire illisible : {getattr(error, 'message', None) or error}") from None
    for name, value in form.multi_items():
        if isinstance(value, UploadFile) and field not in (None, name):
            raise bad(f"Champ inconnu : {name}")
        if isinstance(value, UploadFile):
            files.append(_checked(value, await value.read()))
        elif name in texts:
            raise bad(f"Champ donné deux fois : {name}")
        else:
            texts[name] = value
    return texts, files


def _checked(upload: UploadFile, content: bytes) -> File:
    filename = (upload.filename or "").replace("\\", "/").rpartition("/")[2]
    if filename.rpartition(".")[2].lower() not in _EXTENSIONS or "." not in filename:
        raise bad(f"Format de fichier non accepté : {filename}")
    if len(content) > A18_MAX_FILE_BYTES:
        raise ApiError(413, f"Fichier trop volumineux : {filename}")
    if not content:
        raise bad(f"Fichier vide : {filename}")
    return File(filename, mimetypes.guess_type(filename)[0] or "application/octet-stream", content)
