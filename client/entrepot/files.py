"""Files that a datastore keeps beside its data: statics, annexes, ISO records (contract 3.9 to 3.11).

All three are sent as a form with one file, and their content is replaced by PUT.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Optional

from .. import reading
from ..paging import object_of
from .api import Datastore
from .entities import Collection, Entity, Kind, ids_of
from .multipart import FileForm

GEOSERVER_STYLE, GEOSERVER_FTL, ROK4_STYLE, DERIVATION_SQL = STATIC_TYPES = (
    "GEOSERVER-STYLE", "GEOSERVER-FTL", "ROK4-STYLE", "DERIVATION-SQL",
)  # fmt: skip


class Static(Entity):
    """A file that servers or processings use: a style, a template, SQL."""

    @property
    def used_attributes(self) -> list[str]:
        """The attributes that a style or template needs."""
        return reading.names(reading.mapping(self.raw.get("type_infos")).get("used_attributes"))


class Annexe(Entity):
    """A free file with a public address."""

    @property
    def paths(self) -> list[str]:
        return reading.names(self.raw.get("paths"))

    @property
    def labels(self) -> list[str]:
        return reading.names(self.raw.get("labels"))

    @property
    def published(self) -> bool:
        return reading.flag(self.raw.get("published"))


class Metadata(Entity):
    """An ISO record."""

    @property
    def file_identifier(self) -> str:
        return reading.text(self.raw.get("file_identifier"))

    @property
    def endpoints(self) -> list[str]:
        """Ids of the endpoints where it is published."""
        return ids_of(self.raw.get("endpoints"))


statics = Collection("statics", Static)
annexes = Collection("annexes", Annexe)
metadata = Collection("metadata", Metadata)


def create_static(
    datastore: Datastore, name: str, type: str, file: Path, filename: str, description: str = ""
) -> Static:
    """A style, a template or an SQL; `type` as in STATIC_TYPES. Invalid if the server cannot use the content."""
    fields = {"name": name, "type": type, **({"description": description} if description else {})}
    return _post(datastore, statics, file, filename, fields)


def create_annexe(
    datastore: Datastore, file: Path, path: str, *, published: bool = True, labels: Iterable[str] = ()
) -> Annexe:
    """A free file at this path (it begins with `/`), which is unique in the datastore (Conflict).

    Sent again where the answer is lost: then the path may be taken by the first one.
    """
    labels = list(labels)
    fields = {"paths": path, "published": "true" if published else "false"}
    # the form separates labels by commas
    in_form = not any("," in label for label in labels)
    if labels and in_form:
        fields["labels"] = ",".join(labels)
    made = _post(datastore, annexes, file, path.rpartition("/")[2], fields, repeatable=True)
    return made if in_form else annexes.change(datastore, made.id, {"labels": labels})


def create_metadata(datastore: Datastore, file: Path, *, type: str = "ISOAP", open_data: bool = False) -> Metadata:
    """An ISO record (EA8: its kind goes as query). Its identifier is unique on the platform (Conflict).

    Sent again where the answer is lost: then the identifier may be taken by the first one.
    """
    params = {"type": type, "open_data": "true" if open_data else "false"}
    return _post(datastore, metadata, file, "metadata.xml", {}, params, repeatable=True)


def replace_content(datastore: Datastore, collection: Collection[Kind], id: str, file: Path, filename: str) -> None:
    """Another content for what is there, by PUT."""
    form = _form(datastore, file, filename)
    headers = {"Content-Type": form.content_type}
    datastore.session.request("PUT", collection.url(datastore, id), data=form, headers=headers)


def content(datastore: Datastore, collection: Collection[Kind], id: str) -> bytes:
    """The file itself."""
    headers = {"Accept": "*/*"}
    return datastore.session.request("GET", collection.url(datastore, id, "file"), headers=headers).content


def publish_metadata(datastore: Datastore, identifiers: Iterable[str], endpoint: str, *, publish: bool = True) -> None:
    """Publish records on an endpoint of type METADATA, or take them away from there."""
    url = metadata.url(datastore, "publication" if publish else "unpublication")
    body = {"file_identifiers": list(identifiers), "endpoint": endpoint}
    datastore.session.request("POST", url, json=body, repeatable=True)


def _post(
    datastore: Datastore,
    collection: Collection[Kind],
    file: Path,
    filename: str,
    fields: Mapping[str, str],
    params: Optional[Mapping[str, Any]] = None,
    *,
    repeatable: bool = False,
) -> Kind:
    form = _form(datastore, file, filename, fields)
    headers = {"Content-Type": form.content_type}
    url = collection.url(datastore)
    answer = datastore.session.request("POST", url, params=params, data=form, headers=headers, repeatable=repeatable)
    return collection.entity(object_of(answer))


def _form(datastore: Datastore, file: Path, filename: str, fields: Optional[Mapping[str, str]] = None) -> FileForm:
    return FileForm(file, filename, fields, seen=lambda chunk: datastore.session.go_on())
