"""The published services, as anybody reads them: no account of the API goes there, only a key if there is one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Callable, Optional

from lxml import etree

from ....client.errors import MalformedAnswer, NotFound, keep_secret
from ....client.session import Answer, Session
from ....client.waiting import WaitedTooLong, wait
from ....i18n import _
from ... import xml_reading

PATIENCE = 120.0
"""Seconds until capabilities list what was published."""


@dataclass(frozen=True)
class Key:
    """The headers that a key is told by, such as `apikey` (contract 3.15); they are secret."""

    headers: Mapping[str, str] = field(default_factory=dict, repr=False)

    @classmethod
    def hashed(cls, value: str) -> Key:
        """A key of type HASH."""
        return cls({"apikey": keep_secret(value)})


class Reader:
    """Reads services with a key, or as anybody. Requests are polite by the session, which honours 429."""

    def __init__(self, session: Session, key: Optional[Key] = None) -> None:
        self.session, self.key = session, key or Key()

    def get(self, url: str, params: Optional[Mapping[str, Any]] = None) -> Answer:
        """A GET without any account."""
        headers = {"Accept": "*/*", **self.key.headers}
        return self.session.request("GET", url, params=params, headers=headers, authenticate=False)

    def xml(self, url: str, params: Optional[Mapping[str, Any]] = None) -> Any:
        """The root of a document; MalformedAnswer for what is none, or is a report of an error."""
        return root_of(self.get(url, params))

    def listed(self, url: str, params: Optional[Mapping[str, Any]], choose: Callable[[Any], Any]) -> Any:
        """What `choose` finds in the capabilities, read until it finds it; None if it does not within PATIENCE."""

        def read() -> Any:
            try:
                return choose(self.xml(url, params))
            except NotFound:  # some services come to be with their first layer
                return None

        return self.patiently(read)

    def patiently(self, read: Callable[[], Any]) -> Any:
        """What `read` gives, called until that is something; None if it is nothing within PATIENCE."""
        try:
            return wait(self.session, read, lambda found: found is not None, limit=PATIENCE)
        except WaitedTooLong:
            return None


def root_of(answer: Answer) -> Any:
    """The root of an XML answer; MalformedAnswer for what is none, or is a report of an error."""
    try:
        root = xml_reading.root_of(answer.content)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise MalformedAnswer(answer.method, answer.url, status=answer.status, detail=str(error)) from None
    if "Exception" in etree.QName(root).localname:
        said = " ".join(" ".join(map(str, root.itertext())).split())
        raise MalformedAnswer(answer.method, answer.url, status=answer.status, server_message=said)
    return root


def text_of(element: Any, name: str) -> str:
    """The text of a child, whatever its namespace; "" for none."""
    return (element.findtext(f"{{*}}{name}") or "").strip()


def named(root: Any, tag: str, name: str) -> Any:
    """The first element of a tag whose `Name` is this one; None if there is none."""
    return next((element for element in root.iter(f"{{*}}{tag}") if text_of(element, "Name") == name), None)


def not_listed(name: str) -> str:
    """The sentence that a service does not list a layer."""
    return _("The capabilities of the service do not list “{name}” after {n} s.").format(name=name, n=int(PATIENCE))
