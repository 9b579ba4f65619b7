"""Documents for columns of type Document: uploaded first, then named by their number (contract 1.1, 2.11)."""

from __future__ import annotations

from pathlib import Path

from .. import reading
from ..errors import MalformedAnswer
from ..paging import object_of
from .api import EspaceCo


def upload(api: EspaceCo, file: Path) -> int:
    """`POST {site}/document/add`: the number of the document; for `Session.in_parallel`. Raises OSError.

    A POST that is not repeated; one whose answer was lost leaves a document that nothing refers to.
    """
    parts = [("document", (file.name, file.read_bytes()))]
    answer = api.session.send("POST", f"{api.site}/document/add", files=parts)
    number = reading.integer(object_of(answer).get("id"))
    if number is None:
        raise MalformedAnswer(answer.method, answer.url, status=answer.status, detail="a document was expected")
    return number
