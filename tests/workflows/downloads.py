"""What the tests of downloads share: a sandbox of their own, its API with and without the plugin, what is stored."""

import sqlite3

import requests

from geocollab.client.auth import bearer
from geocollab.client.espaceco.api import EspaceCo
from geocollab.client.session import Session
from geocollab.store.store import Store
from geocollab.workflows.reports.download_reports import download_reports
from geocollab.workflows.watch import Watch
from sandbox.process import SandboxProcess
from sandbox.world.people import BY_NAME

COUNT = 430
TABLES = {
    "Signalement": "*",
    "Croquis_EC_Point": None,
    "Croquis_EC_Ligne": None,
    "Croquis_EC_Polygone": None,
    "Reponse_EC": "*",
    "Document_EC": "*",
    "geocollab_scope": "*",
}


def server():
    """A sandbox without limits: no rate, tokens that last."""
    return SandboxProcess(reports=COUNT, rate=0, token_life=100_000)


class World:
    """A sandbox, `membre`'s session of the plugin, and plain requests to look and to change things."""

    def __init__(self, process):
        self.process = process
        self.url = process.url + "/gcms/api"
        self._token = process.token("membre")
        self.http = requests.Session()
        self.http.trust_env = False

    def api(self, cancelled=lambda: False, token=None):
        session = Session(bearer(token or self._token), rate=None, concurrency=4, cancelled=cancelled)
        return EspaceCo(session, self.url, self.process.url)

    def download(self, path, wanted, mode="replace", watch=None, cancelled=lambda: False):
        api = self.api(cancelled)
        with api.session, Store(path) as store:
            return download_reports(api, store, wanted, mode=mode, watch=watch)

    def call(self, method, path, user="membre", **more):
        """One plain request, as a user (HTTP Basic)."""
        account = (user, BY_NAME[user].password)
        return self.http.request(method, self.url + path, auth=account, timeout=30, **more)

    def reports(self, **params):
        """All reports that `membre` may see, by number, page by page."""
        found, page = {}, 1
        while True:
            answer = self.call("GET", "/reports", params={"limit": 100, "page": page, "sort": "id:ASC", **params})
            assert answer.status_code in (200, 206), answer.text
            found.update({report["id"]: report for report in answer.json()})
            if len(answer.json()) < 100:
                return found
            page += 1

    def requests_made(self, path="^/gcms/api"):
        return [entry["path"] for entry in self.process.journal(path)]


class Heard(Watch):
    """A watch that keeps what it is told."""

    def __init__(self, cancelled=lambda: False):
        self.infos, self.said, self.steps = [], [], []
        super().__init__(lambda *step: self.steps.append(step), self.infos.append, self.said.append, cancelled)


def content(path):
    """Every row of every table that a download writes, without the ids of sketches, which are the store's own."""
    connection = sqlite3.connect(str(path))
    found = {}
    for table, columns in TABLES.items():
        if columns is None:
            listed = [f'"{row[1]}"' for row in connection.execute(f'PRAGMA table_info("{table}")') if row[1] != "id"]
            columns = ", ".join(listed)
        found[table] = sorted(connection.execute(f'SELECT {columns} FROM "{table}"').fetchall(), key=repr)
    connection.close()
    return found


def everything(path):
    """`content`, what is remembered of the download, and the statistics of the layers."""
    connection = sqlite3.connect(str(path))
    state = connection.execute("SELECT * FROM geocollab_state").fetchall()
    statistics = connection.execute("SELECT f_table_name, row_count FROM geometry_columns_statistics").fetchall()
    connection.close()
    return content(path), state, statistics


def ids(path):
    connection = sqlite3.connect(str(path))
    found = {row[0] for row in connection.execute('SELECT id FROM "Signalement"')}
    connection.close()
    return found
