"""What was asked of the API Entrepôt, and servers that answer what no sandbox does."""

import contextlib
import json
from itertools import count

import pytest

from geocollab.client.entrepot.api import Entrepot
from geocollab.client.entrepot.configurations import CHANGING, offerings
from geocollab.client.waiting import wait
from tests.client.raw_server import RawServer, reply

_numbers = count(1)


def layer_name():
    """One that no configuration has yet."""
    return f"routes-{next(_numbers)}"


def settled(datastore, id):
    """The offering once it does not change any more."""
    read = lambda: offerings.get(datastore, id)  # noqa: E731
    return wait(datastore.session, read, lambda found: found.status not in CHANGING, limit=30)


@pytest.fixture
def asked(sandbox, datastore):
    """`asked()`: method, path, query and body of each request so far; paths of the datastore begin at `./`."""

    def entry(found):
        body = found["body"]
        with contextlib.suppress(ValueError):
            body = json.loads(body)
        path = found["path"].removeprefix("/api/").replace(f"datastores/{datastore.id}/", "./")
        return (found["method"], path, [tuple(pair) for pair in found["query"]], body)

    return lambda: [entry(found) for found in sandbox.journal("^/api/")]


@pytest.fixture
def odd(make_session):
    """`odd(answer, …)`: a datastore whose server gives this, JSON or what a RawServer takes; and that server."""
    with contextlib.ExitStack() as servers:

        def make(*answers):
            server = servers.enter_context(RawServer(*map(_raw, answers)))
            return Entrepot(make_session(), server.url + "/api").datastore("some-datastore"), server

        yield make


@pytest.fixture
def infos(datastore, sandbox):
    """What a WFS of one table needs; the database was made behind one's back."""
    made = sandbox.entrepot_entity(
        "stored_data", datastore=datastore.id, name="base", type="VECTOR-DB", status="GENERATED", srs="EPSG:2154",
        open=False, tags={}, size=8192, public_activity=False, storage={"type": "POSTGRESQL", "labels": ["VECTEUR"]},
        type_infos={"relations": [{"name": "routes", "type": "TABLE", "attributes": {"ogc_fid": "integer"},
                                   "primary_key": ["ogc_fid"]}]},
    )  # fmt: skip
    relation = {"native_name": "routes", "title": "Routes", "abstract": "Les routes"}
    return {
        "bbox": {"west": 2, "south": 48, "east": 3, "north": 49},
        "used_data": [{"stored_data": made["_id"], "relations": [relation]}],
    }


def _raw(answer):
    return answer if isinstance(answer, bytes) or callable(answer) else reply(200, json.dumps(answer).encode())
