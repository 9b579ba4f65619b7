"""What the tests of writing about reports share: reports of their own, an empty store, what became of both."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor

from geocollab.store.outbox import Outbox
from geocollab.store.store import Store
from geocollab.workflows.contributions.reply_reports import Reply, reply_to_reports
from geocollab.workflows.reports.report_filter import ReportFilter
from tests.workflows.downloads import World

HERE = "POINT(2.3488 48.8534)"
VOIRIE = {"community": 375, "theme": "Voirie", "attributes": {"Nature": "Trottoir"}}
ESPACE = {"community": 96, "theme": "Espace public", "attributes": {"Objet": "Banc"}}


class Office(World):
    """A sandbox, a store, and replies to reports of one's own."""

    def __init__(self, process, path):
        super().__init__(process)
        self.path = path
        self.http.headers["Connection"] = "close"  # one kept open waits 40 ms for each answer

    def make(self, user="membre", **members):
        """A new report; gives its number."""
        body = {"geometry": HERE, "community": 375, "comment": "Trottoir affaissé", "attributes": VOIRIE, **members}
        answer = self.call("POST", "/reports", user, json=body)
        assert answer.status_code == 201, answer.text
        return answer.json()["id"]

    def make_many(self, count):
        with ThreadPoolExecutor(8) as pool:
            return sorted(pool.map(lambda _n: self.make(), range(count)))

    def get(self, number, user="membre"):
        answer = self.call("GET", f"/reports/{number}", user)
        return answer.json() if answer.status_code == 200 else None

    def close(self, number, status="valid"):
        body = {"content": "Fait", "status": status}
        assert self.call("POST", f"/reports/{number}/replies", "admin", json=body).status_code == 201

    def said(self, number):
        """The texts of the replies of a report."""
        return [reply["content"] for reply in self.get(number, "admin")["replies"]]

    def run(self, work, user="membre", cancelled=lambda: False):
        """`work(api, store)` with the session of a user and the store."""
        api = self.api(cancelled, self.process.token(user))
        with api.session, Store(self.path) as store:
            return work(api, store)

    def reply(self, replies, user="membre", cancelled=lambda: False, **options):
        wanted = {number: Reply(*said) for number, said in replies.items()}
        return self.run(lambda api, store: reply_to_reports(api, store, wanted, **options), user, cancelled)

    def posts(self):
        """The replies that the server was sent."""
        return [entry for entry in self.process.journal("/replies$") if entry["method"] == "POST"]

    def written(self, method):
        """The bodies that the server was sent by this method for single reports, as JSON text."""
        return [entry["body"] for entry in self.process.journal("/reports/[0-9]+$") if entry["method"] == method]

    def stored(self, number, *columns):
        connection = sqlite3.connect(str(self.path))
        row = connection.execute(f'SELECT {", ".join(columns)} FROM "Signalement" WHERE id = ?', (number,)).fetchone()
        connection.close()
        return row

    def download(self, **wanted):
        super().download(self.path, ReportFilter(community=375, **wanted))

    def waiting(self):
        with Store(self.path) as store:
            counts = Outbox(store).counts()
        return counts["pending"] + counts["unsure"]


def outcomes(sent):
    return [line.outcome for line in sent.lines]
