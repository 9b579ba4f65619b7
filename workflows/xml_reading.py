"""The one way to read XML that others wrote: no entity is ever followed, nothing is fetched."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, Union

from lxml import etree


class DoctypeFound(Exception):
    """The document declares a DOCTYPE, hence maybe entities."""


def parser(target: Any = None, **options: Any) -> etree.XMLParser:
    """A parser of lxml that follows no entity; `options` are lxml's own, such as `remove_blank_text`."""
    safe: dict[str, Any] = {"resolve_entities": False, "load_dtd": False, "no_network": True, "huge_tree": False}
    return etree.XMLParser(target=target, **{**options, **safe})


def root_of(content: Union[bytes, str], **options: bool) -> etree._Element:
    """The root of a document, which may have a DOCTYPE; raises etree.XMLSyntaxError or ValueError."""
    return etree.fromstring(content, parser(**options))


def plain_root_of(content: Union[bytes, str], **options: bool) -> etree._Element:
    """The root of a document that needs no DOCTYPE; raises DoctypeFound for one, else as `root_of`."""
    with suppress(_RootReached):
        etree.fromstring(content, parser(_Prologue()))
    return root_of(content, **options)


class _Prologue:
    """What stands before the root, seen by the parser itself: no other spelling or encoding gets past."""

    def doctype(self, *_declaration: object) -> None:
        # Raised before anything in the declaration is read: no entity is ever known.
        raise DoctypeFound

    def start(self, *_element: object) -> None:
        raise _RootReached

    def close(self) -> None:
        """Nothing to give back."""


class _RootReached(Exception):
    pass
