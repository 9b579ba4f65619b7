"""The pictures that styles name (contract 2.8, `uri`): fetched when layers are loaded, kept in the store with them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from ...client import reading
from ...client.errors import Forbidden, Invalid, MalformedAnswer, NotFound, ServerFault, ServiceError, Unauthorized
from ...client.espaceco.api import EspaceCo
from ...i18n import _
from ...store.layer import Layer
from ...store.store import Store
from ..watch import Watch
from .described import described

LARGEST = 1_000_000
"""Bytes of a picture; that of a marker has some thousand."""
MOST = 500
"""Pictures that are fetched in one run."""
AT_ONCE = 4
_DEEPEST = 20
_NO_PICTURE = (NotFound, Forbidden, Unauthorized, Invalid, MalformedAnswer, ServerFault)
"""What is said of one picture; any other error is about the service."""

Style = Mapping[str, Any]


def styles_of(layer: Layer) -> list[Style]:
    """The styles of a stored layer as the server tells of them, the default one first."""
    table = described(layer).table.raw
    return [style for style in (reading.mapping(table.get("style")), *reading.objects(table.get("styles"))) if style]


def kept(store: Store, layers: Iterable[Layer]) -> dict[str, bytes]:
    """The pictures of the styles of these layers that the store has, by their `uri`."""
    return store.pictures.get(_addresses(layers))


def fetched(
    api: EspaceCo, store: Store, layers: Sequence[Layer], *, anew: bool = False, watch: Watch
) -> dict[str, bytes]:
    """The pictures of the styles of these layers, by their `uri`, and kept in the store.

    Those that it has are not asked for again, unless `anew`. Only what lies on the site of the service is asked for,
    without the account; what cannot be had is left out, and whoever draws the style says so. Raises StoreError,
    Cancelled.
    """
    found = kept(store, layers)
    wanted = [address for address in _addresses(layers) if (anew or address not in found) and _on_site(api, address)]
    new = {}
    try:
        for address, content in zip(
            wanted, api.session.in_parallel(lambda one: _fetch(api, one), wanted[:MOST], AT_ONCE)
        ):
            if content:
                new[address] = content
    except ServiceError as error:
        watch.warn(_("The pictures of the styles cannot be had. {why}").format(why=watch.explain(error)))
    if new:
        with store.atomic():
            store.pictures.keep(new)
    return {**found, **new}


def _addresses(layers: Iterable[Layer]) -> list[str]:
    """Each `uri` of the styles once, in their order."""
    waiting = [(style, 0) for layer in layers for style in styles_of(layer)]
    found: dict[str, None] = {}
    for style, depth in waiting:
        address = reading.text(style.get("uri"))
        if address:
            found[address] = None
        if depth < _DEEPEST:
            waiting += [(child, depth + 1) for child in reading.objects(style.get("children"))]
    return list(found)


def _on_site(api: EspaceCo, address: str) -> bool:
    """Whether an address is one of the service's own: what a style says is no reason to call at other doors."""
    return _origin(address) in {_origin(api.root), _origin(api.site)} - {None}


def _origin(address: str) -> Any:
    try:
        parts = urlsplit(address)
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    except ValueError:
        return None
    return (parts.scheme, parts.hostname, port) if parts.hostname and port else None


def _fetch(api: EspaceCo, address: str) -> bytes:
    """The picture, b"" for none: one that was redirected to another site is none either."""
    try:
        answer = api.session.send("GET", address, authenticate=False, most=LARGEST, headers={"Accept": "image/*"})
    except _NO_PICTURE:
        return b""
    return answer.content if _on_site(api, answer.url) else b""
