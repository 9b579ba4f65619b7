"""What was asked of the API Entrepôt, and servers that answer what no sandbox does."""

import contextlib
import json

import pytest

from geocollab.client.entrepot.api import Entrepot
from tests.client.raw_server import RawServer, reply


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


def _raw(answer):
    return answer if isinstance(answer, bytes) or callable(answer) else reply(200, json.dumps(answer).encode())
