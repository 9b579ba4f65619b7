"""Is everything there that the work needs: services, certificates, clock, account, communities?"""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import Any, Callable, Optional
from urllib.parse import urlsplit

from ...client.auth import Anonymous, SignIn
from ...client.errors import Cancelled, Forbidden, NotFound, ServiceError, Unauthorized
from ...client.espaceco import users
from ...client.espaceco.api import EspaceCo
from ...client.espaceco.users import Me
from ...client.session import Answer, Session
from ...i18n import N_, _, ngettext
from ..pages.report import Fact, Report, Section, Table, Tag
from ..watch import Watch
from .communities import role

CLOCK_TOLERANCE = 60.0
"""Seconds by which the clocks may differ: signing in breaks beyond a few minutes."""
CERTIFICATE_WARNING_DAYS = 14

COLUMNS = (("check", "text"), ("subject", "text"), ("state", "text"), ("detail", "text"))
COMMUNITY_COLUMNS = (
    ("community_id", "integer"),
    ("name", "text"),
    ("role_code", "text"),
    ("role", "text"),
    ("can_read", "flag"),
    ("can_manage", "flag"),
    ("zones", "text"),
)
_STATES = {"ok": N_("in order"), "warning": N_("to watch"), "problem": N_("problem")}
_TONES = {"ok": "good", "warning": "warning", "problem": "bad"}
SERVICES = {
    "espaceco": N_("Espace collaboratif (API)"),
    "sso": N_("Sign-in service (SSO)"),
}


@dataclass(frozen=True)
class Check:
    """One thing that was looked at; `state` is `ok`, `warning` or `problem`."""

    name: str
    subject: str
    state: str
    detail: str


@dataclass
class Checked:
    """All that was found. `failure` is the error that keeps the connection from being used, if any."""

    checks: list[Check] = field(default_factory=list)
    me: Optional[Me] = None
    clock_offset: Optional[float] = None
    certificate_days: Optional[int] = None
    failure: Optional[ServiceError] = None

    @property
    def problems(self) -> int:
        return sum(check.state == "problem" for check in self.checks)

    @property
    def warnings(self) -> int:
        return sum(check.state == "warning" for check in self.checks)

    def rows(self) -> Iterator[tuple[str, str, str, str]]:
        """In the order of COLUMNS."""
        for check in self.checks:
            yield check.name, check.subject, check.state, check.detail

    def community_rows(self) -> Iterator[tuple[Any, ...]]:
        """In the order of COMMUNITY_COLUMNS."""
        for m in self.me.memberships if self.me else ():
            yield (
                m.community_id,
                m.community_name,
                m.role,
                role(m.role),
                m.usable,
                m.usable and m.role == "admin",
                ", ".join(m.grids),
            )

    def report(self) -> Report:
        """The state of the connection as a page."""
        facts = [
            Fact(_("problems"), self.problems, "bad" if self.problems else "good"),
            Fact(_("to watch"), self.warnings, "warning" if self.warnings else "good"),
            Fact(_("communities"), len(self.me.memberships) if self.me else 0),
        ]
        sections = [
            Section(
                title=_("Checks"),
                table=Table(
                    columns=(_("Check"), _("What"), _("State"), _("Detail")),
                    rows=[
                        (check.name, check.subject, Tag(_(_STATES[check.state]), _TONES[check.state]), check.detail)
                        for check in self.checks
                    ],
                ),
            )
        ]
        if self.me:
            sections.append(
                Section(
                    title=_("Your communities"),
                    table=Table(
                        columns=(_("Number"), _("Name"), _("Role"), _("You may"), _("Zones")),
                        rows=[
                            (str(number), name, label, _rights(reads, manages), zones or _("everywhere"))
                            for number, name, _code, label, reads, manages, zones in self.community_rows()
                        ],
                        empty=_("This account belongs to no community: only public reports can be read."),
                    ),
                )
            )
        user = self.me.username if self.me else _("without account")
        return Report(title=_("Connection"), subtitle=user, facts=facts, sections=sections)


def check_connection(
    api: EspaceCo, services: Mapping[str, str], *, explain: Callable[[ServiceError], str], watch: Optional[Watch] = None
) -> Checked:
    """Look at everything, also after a first problem; `explain` makes the sentence for an error. Raises only Cancelled.

    The sign-in service is looked at only if the account uses it.
    """
    watch = watch or Watch()
    found = Checked()
    inspection = _Inspection(api, services, explain, found)
    steps = (inspection.services, inspection.certificates, inspection.clock, inspection.account)
    for number, step in enumerate(steps, 1):
        watch.check()
        step()
        watch.progress(number, len(steps))
    return found


class _Inspection:
    def __init__(
        self, api: EspaceCo, services: Mapping[str, str], explain: Callable[[ServiceError], str], found: Checked
    ) -> None:
        self._session: Session = api.session
        self._api = api
        self._signs_in = isinstance(api.session.auth, SignIn)
        self._roots = {
            name: services[name] for name in SERVICES if services.get(name) and (name != "sso" or self._signs_in)
        }
        self._explain = explain
        self._found = found
        self._answers: dict[str, tuple[Answer, float]] = {}
        self._signed = not isinstance(self._session.auth, Anonymous)

    def services(self) -> None:
        """Does each service answer at all?"""
        for name, root in self._roots.items():
            url = f"{root}/.well-known/openid-configuration" if name == "sso" else f"{root}/reports"
            params = None if name == "sso" else {"limit": 1, "fields": "id"}
            began = time.monotonic()
            try:
                answer = self._session.request("GET", url, params=params, authenticate=False)
                answer.json()
            except Cancelled:
                raise
            except (Unauthorized, Forbidden, NotFound) as error:  # it answers, which is what is asked here
                self._note(_("Service"), _(SERVICES[name]), "ok", f"{root} ({error.status})")
                continue
            except ServiceError as error:
                self._note(_("Service"), _(SERVICES[name]), "problem", self._explain(error))
                if name == "espaceco":
                    self._found.failure = error
                continue
            self._answers[name] = answer, datetime.now(timezone.utc).timestamp() - answer.seconds / 2
            milliseconds = round((time.monotonic() - began) * 1000)
            self._note(
                _("Service"), _(SERVICES[name]), "ok", _("{root} answers in {ms} ms").format(root=root, ms=milliseconds)
            )

    def certificates(self) -> None:
        """How long are the certificates good for?"""
        hosts = {(p.hostname or "", p.port or 443) for p in map(urlsplit, self._roots.values()) if p.scheme == "https"}
        for host, port in sorted(hosts):
            if self._session.network.proxy(f"https://{host}:{port}/"):
                continue  # behind a proxy the certificate was checked with each request, but cannot be looked at apart
            until = self._certificate_end(host, port)
            if until is None:
                continue
            days = int((until - datetime.now(timezone.utc)).total_seconds() // 86400)
            known = self._found.certificate_days
            self._found.certificate_days = days if known is None else min(days, known)
            state = "warning" if days < CERTIFICATE_WARNING_DAYS else "ok"
            self._note(_("Certificate"), host, state, ngettext("good for {n} more day", "good for {n} more days", days))

    def clock(self) -> None:
        """Do the clocks agree? Tokens are refused when they do not."""
        for name, (answer, now) in self._answers.items():
            try:
                said = parsedate_to_datetime(answer.headers.get("Date", "")).timestamp()
            except (TypeError, ValueError):
                continue
            offset = said - now
            if self._found.clock_offset is None or abs(offset) > abs(self._found.clock_offset):
                self._found.clock_offset = round(offset, 1)
            if abs(offset) > CLOCK_TOLERANCE:
                sentence = (
                    _("This computer's clock is {seconds} s behind the server's. Set it: signing in needs it.")
                    if offset > 0
                    else _("This computer's clock is {seconds} s ahead of the server's. Set it: signing in needs it.")
                )
                self._note(_("Clock"), _(SERVICES[name]), "problem", sentence.format(seconds=round(abs(offset))))
            else:
                self._note(_("Clock"), _(SERVICES[name]), "ok", _("agrees within a minute"))

    def account(self) -> None:
        """Who am I, and what may I do?"""
        if not self._signed:
            self._note(_("Account"), _("without account"), "warning", _("Only public reports can be read."))
            return
        if self._found.failure is not None:
            return
        try:
            self._found.me = me = users.me(self._api)
        except ServiceError as error:
            self._found.failure = error
            self._note(_("Account"), "", "problem", self._explain(error))
            return
        self._note(_("Account"), me.username, "ok", me.email)
        usable = [m for m in me.memberships if m.usable]
        if not usable:
            self._note(
                _("Communities"),
                me.username,
                "warning",
                _("This account belongs to no community yet: only public reports can be read."),
            )
        for m in me.memberships:
            if m.usable:
                self._note(_("Membership"), m.community_name, "ok", f"{m.community_id}, {role(m.role)}")
            else:
                self._note(
                    _("Membership"),
                    m.community_name,
                    "warning",
                    _("{role}: a manager of the community has to accept you first").format(role=role(m.role)),
                )

    def _note(self, name: str, subject: str, state: str, detail: str) -> None:
        self._found.checks.append(Check(name, subject, state, detail))

    def _certificate_end(self, host: str, port: int) -> Optional[datetime]:
        """The end of a certificate that is trusted; None if it cannot be had."""
        network = self._session.network
        try:
            with socket.create_connection((host, port), timeout=network.connect_timeout) as plain:
                with network.ssl_context().wrap_socket(plain, server_hostname=host) as secured:
                    certificate = secured.getpeercert() or {}
        except (OSError, ssl.SSLError):
            return None
        end = certificate.get("notAfter")
        return datetime.fromtimestamp(ssl.cert_time_to_seconds(str(end)), timezone.utc) if end else None


def _rights(reads: bool, manages: bool) -> str:
    if manages:
        return _("read, report, answer, close, manage")
    return _("read, report, answer") if reads else _("nothing yet")
