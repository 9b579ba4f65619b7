"""Where a member may edit, and documents for columns."""

import pytest

from geocollab.client import errors
from geocollab.client.espaceco import documents, grids
from geocollab.client.espaceco.api import EspaceCo


@pytest.fixture
def sandbox(writable):
    """Not the one that all share: here it is written to."""
    return writable


@pytest.fixture
def api(sandbox, member):
    return EspaceCo(member, sandbox.url + "/gcms/api")


def upload(api, path):
    """As operations do it: from `in_parallel`."""
    (number,) = api.session.in_parallel(lambda file: documents.upload(api, file), [path])
    return number


def test_grids_with_their_places(api, sandbox):
    found = grids.several(api, ["75", "ab/é", "75"])
    assert list(found) == ["75", "ab/é"]
    assert (found["75"].name, found["75"].title) == ("75", "Paris") and found["75"].geometry.startswith("POLYGON")
    assert isinstance(found["ab/é"], errors.NotFound)
    asked = sandbox.journal("/grids/")
    assert len(asked) == 2 and dict(asked[0]["query"]) == {"fields": "name,title,geometry"}


def test_a_document(api, sandbox, tmp_path):
    file = tmp_path / "été.pdf"
    file.write_bytes(b"%PDF")
    number = upload(api, file)
    assert upload(api, file) == number + 1
    (first, _second) = sandbox.journal("^/document/add$")
    assert (first["method"], first["status"]) == ("POST", 201)
    assert api.session.get(f"{sandbox.url}/document/download/{number}").content == b"%PDF"
    sandbox.faults({"kind": "status", "status": 200, "message": "no number", "path": "/document/add"})
    with pytest.raises(errors.MalformedAnswer):
        upload(api, file)
    with pytest.raises(FileNotFoundError):
        upload(api, tmp_path / "not there.pdf")
