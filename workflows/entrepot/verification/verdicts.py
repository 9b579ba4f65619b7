"""What came of reading a published service back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ....i18n import _, ngettext
from ...pages.writing import counted, said_of


@dataclass(frozen=True)
class Verdict:
    """`service` is its type; `facts` what was read (`layer`, `count`, `compared`, …); `problem` a sentence, "" if `ok`.

    A restricted service that was not read, because no key was given, is `ok` with `facts["read"]` False; `facts["key"]`
    is there if one was given, which does not reach it.
    """

    service: str
    ok: bool
    facts: Mapping[str, Any] = field(default_factory=dict)
    problem: str = ""

    @property
    def read(self) -> bool:
        """Whether the service was read at all."""
        return self.facts.get("read", True) is True

    @property
    def sentence(self) -> str:
        """What there is to say of it."""
        if not self.ok:
            return said_of(self.service, self.problem)
        facts = self.facts
        layer = facts.get("layer", "")
        if facts.get("key"):
            return _(
                "{service} “{layer}”: the key of AUTHCFG does not reach it, so it was not read back. “Set permissions” "
                "and “Create an access” let it in."
            ).format(service=self.service, layer=layer)
        if facts.get("read") is False:
            return _("{service} “{layer}” wants a key, as it should; without one it was not read back.").format(
                service=self.service, layer=layer
            )
        if not self.read:
            return _("{service} “{layer}”: services of this type are not read back.").format(
                service=self.service, layer=layer
            )
        if "count" in facts:
            return ngettext(
                "{service} “{layer}”: {n} object as delivered ({compared} compared).",
                "{service} “{layer}”: {n} objects as delivered ({compared} compared).",
                counted(facts["count"]),
                service=self.service,
                layer=layer,
                compared=facts.get("compared", 0),
            )
        return _("{service} “{layer}” is listed and answers.").format(service=self.service, layer=layer)
