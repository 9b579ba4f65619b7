"""A datastore of a sandbox, as one of its members works in it."""

import contextlib

import pytest

from geocollab.client.auth import Fixed
from geocollab.client.entrepot.api import Entrepot
from geocollab.client.network import Network
from geocollab.client.session import Session
from geocollab.workflows.entrepot import offices
from geocollab.workflows.watch import Watch


class Depot:
    """`office()` gives the datastore to a workflow; `said` and `warned` is what workflows told through `watch`."""

    def __init__(self, process, user="membre", datastore="montreuil"):
        self.process, self.user, self.name = process, user, datastore
        self.said, self.warned = [], []
        self.watch = Watch(info=self.said.append, warning=self.warned.append)
        self._open = contextlib.ExitStack()

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self._open.close()

    def session(self, user=None, **options):
        auth = Fixed(f"Bearer {self.process.token(user or self.user)}")
        direct = Network(proxy=lambda url: None, connect_timeout=3, read_timeout=30)
        return self._open.enter_context(Session(auth, direct, **{"rate": None, "concurrency": 8, **options}))

    def office(self, user=None, datastore=None, **options):
        api = Entrepot(self.session(user, **options), self.process.url + "/api")
        return offices.choose(api, datastore or self.name, diffusion=self.process.url)

    def made(self, kind, **body):
        """An entity of the datastore from nowhere; its id."""
        ids = self.process.entrepot()["ids"]["datastore"]
        return self.process.entrepot_entity(kind, datastore=ids[self.name], **body)["_id"]

    def written(self):
        """What was asked of the API and changes something: method and path below the datastore, in order."""
        journal = self.process.journal("^/api/datastores/")
        return [
            (entry["method"], "/".join(entry["path"].split("/")[4:]))
            for entry in journal
            if entry["method"] not in ("GET", "HEAD")
        ]


@pytest.fixture
def depot(writable, monkeypatch):
    """The datastore `montreuil` for `membre`, who has all rights; the client tries twice, and at once."""
    monkeypatch.setattr("geocollab.client.session.ATTEMPTS", 2)
    monkeypatch.setattr("geocollab.client.session.FIRST_DELAY", 0.01)
    with Depot(writable) as depot:
        yield depot
