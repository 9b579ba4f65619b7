"""What the tests of sending share: an office that posts letters from one store, and what the server has in the end."""

from pathlib import Path

from geocollab.client.auth import basic
from geocollab.client.errors import ServiceError
from geocollab.client.espaceco import contributions, users
from geocollab.client.espaceco.api import EspaceCo
from geocollab.client.network import Network
from geocollab.client.session import Session
from geocollab.store.outbox import Outbox
from geocollab.store.store import Store
from geocollab.workflows.contributions.documents import check
from geocollab.workflows.contributions.sending import Letter, post, resend
from geocollab.workflows.errors import Interrupted
from geocollab.workflows.reports.local_copy import LocalCopy
from geocollab.workflows.watch import Watch

OPEN_GROUP = 96
"""The community where every member may close reports."""


class Office:
    """Posts from the store `path` to the sandbox as `user`; each run with a session of its own, as operations do."""

    def __init__(self, world, path, user="membre", url=None):
        self.world, self.path, self.user, self.url = world, Path(path), user, url or world.url
        self.warnings, self.requests = [], 0

    def session(self, auth=None, **options):
        network = Network(proxy=lambda url: None, connect_timeout=3, read_timeout=options.pop("read_timeout", 10))
        auth = auth or basic(self.user, f"sandbox-{self.user}")
        return Session(auth, network, **{"rate": None, "concurrency": 4, **options})

    def work(self, task, watch=None, **options):
        """`task(api, store, me, copy, watch)` with everything open."""
        api = EspaceCo(self.session(**options), self.url)
        try:
            with api.session, Store(self.path) as store:
                copy = LocalCopy(store, api.site, self.warnings.append)
                return task(api, store, users.me(api), copy, watch or Watch(cancelled=options.get("cancelled", bool)))
        finally:
            self.requests = api.session.requests_sent

    def post(self, letters, again=False, watch=None, **options):
        """The outcomes of the letters."""

        def task(api, store, me, copy, watch):
            return post(api, store, me, letters, copy, again=again, watch=watch)

        return self.work(task, watch, **options)

    def resend(self, *states, **options):
        """The outcomes, by entry, of what waits in these states."""

        def task(api, store, me, copy, watch):
            return resend(api, store, me, Outbox(store).entries(*states), copy, watch=watch)

        return self.work(task, **options)

    def until_done(self, letters, most=6, **options):
        """Run again as a user would until all is sent; gives the outcomes of the last run."""
        for _run in range(most):
            try:
                outcomes = self.post(letters, **options)
            except (Interrupted, ServiceError):
                continue
            if all(outcome.done for outcome in outcomes):
                return outcomes
        raise AssertionError(f"not done after {most} runs: {self.entries()}")

    def entries(self, *states):
        """Those of the outbox."""
        with Store(self.path) as store:
            return Outbox(store).entries(*states)

    def states(self):
        """The state of each entry, oldest first."""
        return [entry.state for entry in self.entries()]

    def rows(self, sql, *values):
        with Store(self.path) as store:
            return store.all(sql, values)


def creation(text, at=(2.35, 48.85), **members):
    return Letter("create", contributions.members(position=at, comment=text, **{"community": OPEN_GROUP, **members}))


def answer(report, text, status="pending", title=""):
    return Letter("reply", {"content": text, "status": status, "title": title}, report)


def change(report, **members):
    return Letter("change", contributions.members(**members), report)


def documents(*files, report=None, after=None):
    found = check([Path(file) for file in files])
    assert not found.faults, found.faults
    return Letter("attach", {"files": list(found.files)}, report, after)


def states(outcomes):
    return [outcome.state for outcome in outcomes]
