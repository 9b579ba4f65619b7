"""Who may use restricted services: permissions given, changed, taken back (contract 3.14, recipe e).

A permission that is as wished is kept, so that the accesses that use it live on. Keys and accesses: `keyring`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from functools import partial
from typing import Any, NamedTuple, Optional

from ....client import reading
from ....client.entrepot import permissions as api
from ....client.entrepot.configurations import Offering
from ....client.entrepot.entities import id_of
from ....client.entrepot.permissions import Permission, permissions
from ....client.errors import Conflict, Forbidden, Invalid, NotFound
from ....i18n import N_, _
from ...errors import InputError
from ...pages.report import Fact, Named, Report, Section, Table, Tag
from ...watch import Watch
from ..acting import make_once
from ..finding import id_in
from ..nearest import near, others
from ..offices import Office

USER, COMMUNITY = "user", "community"
CREATED, CHANGED, KEPT, REMOVED, ABSENT, FAILED = OUTCOMES = (
    "created", "changed", "kept", "removed", "absent", "failed",
)  # fmt: skip
OUTCOME_WORDS = {
    CREATED: N_("given"),
    CHANGED: N_("amended"),
    KEPT: N_("as wished already"),
    REMOVED: N_("taken back"),
    ABSENT: N_("there was none"),
    FAILED: N_("denied"),
}
COLUMNS = (
    ("outcome", "text"),
    ("outcome_label", "text"),
    ("beneficiary", "text"),
    ("layer", "text"),
    ("type", "text"),
    ("licence", "text"),
    ("end_date", "text"),
    ("only_oauth", "flag"),
    ("detail", "text"),
    ("permission", "text"),
    ("offering", "text"),
    ("beneficiary_id", "text"),
)


class Beneficiary(NamedTuple):
    """A user or a community, by id."""

    kind: str
    id: str
    name: str


@dataclass(frozen=True)
class Terms:
    """Under which terms: licence "" and end None mean as they are, or for a new one that has no end.

    `end` has a time zone.
    """

    licence: str = ""
    end: Optional[datetime] = None
    only_oauth: bool = False

    def hold(self, permission: Permission) -> bool:
        """Whether a permission has these terms already."""
        if self.licence and permission.licence != self.licence:
            return False
        return self.end is None or moment_of(permission.end_date) == self.end.astimezone(timezone.utc).replace(
            microsecond=0
        )


@dataclass(frozen=True)
class Line:
    """What became of one offering for one beneficiary."""

    outcome: str
    beneficiary: Beneficiary
    offering: Offering
    permission: Optional[Permission] = None
    detail: str = ""

    def row(self) -> tuple[Any, ...]:
        """As a row of COLUMNS."""
        permission = self.permission
        return (
            self.outcome,
            _(OUTCOME_WORDS[self.outcome]),
            self.beneficiary.name,
            self.offering.layer_name,
            self.offering.type,
            permission.licence if permission else None,
            (permission.end_date or None) if permission else None,
            is_oauth(permission) if permission else None,
            self.detail or None,
            permission.id if permission else None,
            self.offering.id,
            self.beneficiary.id,
        )

    def sentence(self) -> str:
        """What to tell of it."""
        return _("{layer}, {who}: {why}").format(
            layer=self.offering.layer_name, who=self.beneficiary.name, why=self.detail or _(OUTCOME_WORDS[self.outcome])
        )


@dataclass(frozen=True)
class Granted:
    """What became of all of them."""

    lines: tuple[Line, ...]

    @property
    def refused(self) -> list[Line]:
        return [line for line in self.lines if line.outcome == FAILED]

    def ids(self) -> list[str]:
        """The permissions that there are now."""
        there = [line.permission for line in self.lines if line.outcome in (CREATED, CHANGED, KEPT)]
        return list(dict.fromkeys(permission.id for permission in there if permission is not None))

    def sentence(self) -> str:
        """What was done, in numbers, and what comes next."""
        counts = Counter(line.outcome for line in self.lines)
        told = ", ".join(f"{_(OUTCOME_WORDS[outcome])} ({counts[outcome]})" for outcome in OUTCOMES if counts[outcome])
        done = _("Permissions: {counts}.").format(counts=told or _("there was none"))
        more = _("Who has one needs a key (“Create a key”), then “Create an access”.")
        return f"{done} {more}" if self.ids() else done

    def numbers(self) -> dict[str, int]:
        """The counts as outputs."""
        names = {
            "NEW_COUNT": CREATED,
            "UPDATED_COUNT": CHANGED,
            "UNCHANGED_COUNT": KEPT,
            "REMOVED_COUNT": REMOVED,
            "FAILED_COUNT": FAILED,
        }
        counts = {name: sum(line.outcome == outcome for line in self.lines) for name, outcome in names.items()}
        return {"COUNT": len(self.lines), **counts}

    def report(self) -> Report:
        """As a page."""
        tones = {CREATED: "good", CHANGED: "good", KEPT: "muted", REMOVED: "warning", ABSENT: "muted", FAILED: "bad"}
        rows = [
            (
                Tag(_(OUTCOME_WORDS[line.outcome]), tones[line.outcome]),
                line.beneficiary.name,
                Named(line.offering.layer_name, line.offering.type),
                line.permission.licence if line.permission else "",
                moment_of(line.permission.end_date) if line.permission else None,
                line.detail,
            )
            for line in self.lines
        ]
        columns = (_("Outcome"), _("Who"), _("Service"), _("Licence"), _("End"), _("Detail"))
        return Report(
            title=_("Permissions"),
            facts=[
                Fact(_("Services"), len({line.offering.id for line in self.lines})),
                Fact(_("Beneficiaries"), len({line.beneficiary.id for line in self.lines})),
                Fact(_("Refused"), len(self.refused), "bad" if self.refused else "muted"),
            ],
            sections=[
                Section(_("What was done"), table=Table(columns, rows, kinds=("", "name", "", "text", "time", "text")))
            ],
        )


# ---------------------------------------------------------------------- for whom


def beneficiaries(office: Office, communities: Iterable[str], users: Iterable[str]) -> list[Beneficiary]:
    """Communities by name, technical name or id; users by id, or by e-mail or name if they share a community with us.

    Raises InputError for one that is not found.
    """
    found = [_community(office, text.strip()) for text in communities if text.strip()]
    wanted = [text.strip() for text in users if text.strip()]
    if wanted:
        known = _known_users(office)
        found += [_user(known, text) for text in wanted]
    return list(dict.fromkeys(found))


def _community(office: Office, given: str) -> Beneficiary:
    known = [
        Beneficiary(COMMUNITY, member.community, member.name)
        for member in office.me.memberships
        if _is(given, member.community, member.name, member.technical_name)
    ]
    if known:
        return known[0]
    entrepot, id = office.datastore.api, id_in(given)
    if id is not None:
        return Beneficiary(COMMUNITY, id, given.rpartition("—")[0].strip() or id)
    named = entrepot.listed("catalogs/communities", [("name", given)])
    listed = [row for row in named if _named(row, given)] or entrepot.listed("catalogs/communities")
    for row in listed:
        if _named(row, given):
            return Beneficiary(COMMUNITY, id_of(row), reading.text(row.get("name")))
    names = [reading.text(row.get(name)) for row in listed for name in ("name", "technical_name")]
    text = _("There is no public community “{name}”; one that is not public is found by its id.").format(name=given)
    raise InputError(text + others(given, names))


def _named(row: dict[str, Any], given: str) -> bool:
    return _is(given, reading.text(row.get("name")), reading.text(row.get("technical_name")))


def _is(given: str, *names: str) -> bool:
    return given.casefold() in (name.casefold() for name in names) or id_in(given) in names


def _known_users(office: Office) -> list[dict[str, Any]]:
    """The members of one's communities: others cannot be looked up."""
    entrepot = office.datastore.api

    def members(community: str) -> list[dict[str, Any]]:
        try:
            return entrepot.listed(f"communities/{community}/users")
        except (Forbidden, NotFound):
            return []

    ids = [member.community for member in office.me.memberships]
    rows = [row for listed in entrepot.session.in_parallel(members, ids) for row in listed]
    return [reading.mapping(row.get("user")) for row in rows]


def _user(known: Sequence[dict[str, Any]], given: str) -> Beneficiary:
    for user in known:
        first, last = (reading.text(user.get(name)) for name in ("first_name", "last_name"))
        names = f"{first} {last}".strip(), f"{last} {first}".strip(), last
        if _is(given, id_of(user), reading.text(user.get("email")), *filter(None, names)):
            return Beneficiary(USER, id_of(user), names[0] or reading.text(user.get("email")))
    id = id_in(given)
    if id is not None:
        return Beneficiary(USER, id, given.rpartition("—")[0].strip() or id)
    text = _("No member of your communities is called “{name}”; other people are found by their id alone.")
    # near ones alone: addresses of others are not listed without need
    raise InputError(text.format(name=given) + near(given, [reading.text(user.get("email")) for user in known]))


# ---------------------------------------------------------------------- given, changed


def permit(
    office: Office, offerings: Sequence[Offering], whom: Sequence[Beneficiary], terms: Terms, watch: Watch
) -> list[Line]:
    """Let these use those: what is as wished is kept, another end or licence is changed, what is missing is given.

    Needs the right BROADCAST. Raises InputError for an end that is past, or a new permission without licence.
    """
    if terms.end is not None and terms.end <= datetime.now(timezone.utc):
        raise InputError(_("The end of the permission is past: {end}.").format(end=terms.end.isoformat(" ", "minutes")))
    watch = watch.through(office.datastore.session)
    lines, missing = [], dict[Beneficiary, list[Offering]]()
    restricted = [offering for offering in offerings if not _is_open(office, offering)]
    for offering in offerings:
        if offering not in restricted:
            detail = _("It is on an open endpoint: everybody can use it, without permission.")
            lines += [Line(KEPT, one, offering, detail=detail) for one in whom]
    given = _given(office, restricted)
    for one in whom:
        own = [permission for permission in given if _is_for(permission, one, terms)]
        for permission, there in _shared(own, restricted):
            lines += _as_wished(office, permission, there, one, terms, watch)
        reached = {id for permission in own for id in permission.offerings}
        left = [offering for offering in restricted if offering.id not in reached]
        if left:
            missing[one] = left
    return lines + _created(office, missing, terms, watch)


def _is_for(permission: Permission, one: Beneficiary, terms: Terms) -> bool:
    return permission.beneficiary == one.id and is_oauth(permission) == terms.only_oauth


def _given(office: Office, offerings: Iterable[Offering]) -> list[Permission]:
    """The permissions for these offerings, each once and whole."""
    session = office.datastore.session
    ids = [offering.id for offering in offerings]
    listed = session.in_parallel(lambda id: permissions.list(office.datastore, offering=id), ids)
    found = {permission.id: permission for some in listed for permission in some}
    return [
        permission if permission.beneficiary else permissions.get(office.datastore, permission.id)
        for permission in found.values()
    ]


def _shared(own: Iterable[Permission], offerings: Sequence[Offering]) -> Iterator[tuple[Permission, list[Offering]]]:
    """Each permission with those of the offerings that it is for."""
    for permission in own:
        there = [offering for offering in offerings if offering.id in permission.offerings]
        if there:
            yield permission, there


def _as_wished(
    office: Office, permission: Permission, there: list[Offering], one: Beneficiary, terms: Terms, watch: Watch
) -> list[Line]:
    if terms.hold(permission):
        return [Line(KEPT, one, offering, permission) for offering in there]
    if len(there) < len(permission.offerings):
        detail = _(
            "Its permission is for other services too, whose terms would change with it: name all of them, or take it "
            "back first."
        )
        return [Line(FAILED, one, offering, permission, detail) for offering in there]
    changes: dict[str, Any] = {"licence": terms.licence or permission.licence, "offerings": permission.offerings}
    if terms.end is not None:
        changes["end_date"] = utc_text(terms.end)
    elif permission.end_date:
        changes["end_date"] = permission.end_date
    try:
        changed = permissions.change(office.datastore, permission.id, changes)
    except (Conflict, Forbidden, Invalid, NotFound) as error:
        return [Line(FAILED, one, offering, permission, watch.explain(error)) for offering in there]
    return [Line(CHANGED, one, offering, changed if changed.id else permission) for offering in there]


def _created(office: Office, missing: dict[Beneficiary, list[Offering]], terms: Terms, watch: Watch) -> list[Line]:
    """New permissions: one request for all users, or communities, that lack the same offerings."""
    if missing and not terms.licence:
        raise InputError(_("A new permission needs a licence: say under which terms the services may be used."))
    groups: dict[tuple[str, tuple[str, ...]], list[Beneficiary]] = {}
    for one, left in missing.items():
        groups.setdefault((one.kind, tuple(offering.id for offering in left)), []).append(one)
    lines = []
    for (kind, ids), some in groups.items():
        make = partial(_create, office, kind, ids, some, terms)
        find = partial(_find, office, missing[some[0]], some, terms)
        try:
            made = make_once(office.datastore.session, make, find)
        except (Conflict, Forbidden, Invalid, NotFound) as error:
            detail = watch.explain(error)
            lines += [Line(FAILED, one, offering, detail=detail) for one in some for offering in missing[one]]
            continue
        by_whom = {permission.beneficiary: permission for permission in made}
        lines += [Line(CREATED, one, offering, by_whom.get(one.id)) for one in some for offering in missing[one]]
    return lines


def _create(
    office: Office, kind: str, ids: Sequence[str], some: Sequence[Beneficiary], terms: Terms
) -> list[Permission]:
    whom = [one.id for one in some]
    users, communities = (whom, []) if kind == USER else ([], whom)
    return api.create(
        office.datastore,
        terms.licence,
        ids,
        users=users,
        communities=communities,
        end=terms.end,
        only_oauth=terms.only_oauth,
    )


def _find(
    office: Office, offerings: Sequence[Offering], some: Sequence[Beneficiary], terms: Terms
) -> Optional[list[Permission]]:
    """What a request whose answer was lost made, None if nothing."""
    wanted = {offering.id for offering in offerings}
    found = [
        permission
        for permission in _given(office, offerings)
        if set(permission.offerings) == wanted and any(_is_for(permission, one, terms) for one in some)
    ]
    return found or None


# ---------------------------------------------------------------------- taken back


def withdraw(office: Office, offerings: Sequence[Offering], whom: Sequence[Beneficiary], watch: Watch) -> list[Line]:
    """Take permissions for these offerings back from these, or from all who have one; their accesses end with them."""
    watch = watch.through(office.datastore.session)
    lines, done = [], set()
    for permission, there in _shared(_given(office, offerings), offerings):
        one = next((one for one in whom if one.id == permission.beneficiary), None)
        if whom and one is None:
            continue
        one = one or _beneficiary(permission)
        done.add(one.id)
        left = [id for id in permission.offerings if id not in {offering.id for offering in there}]
        try:
            if left:
                permissions.change(office.datastore, permission.id, {"offerings": left, "licence": permission.licence})
            else:
                permissions.delete(office.datastore, permission.id)
            outcome, detail = REMOVED, ""
        except NotFound:
            outcome, detail = ABSENT, ""
        except (Conflict, Forbidden, Invalid) as error:
            outcome, detail = FAILED, watch.explain(error)
        lines += [Line(outcome, one, offering, permission, detail) for offering in there]
    return lines + [Line(ABSENT, one, offering) for one in whom if one.id not in done for offering in offerings]


def _beneficiary(permission: Permission) -> Beneficiary:
    told = reading.mapping(permission.raw.get("beneficiary"))
    names = [reading.text(told.get(name)) for name in ("name", "first_name", "last_name")]
    kind = COMMUNITY if told.get("technical_name") else USER
    return Beneficiary(kind, permission.beneficiary, " ".join(filter(None, names)) or permission.beneficiary)


# ---------------------------------------------------------------------- dates, endpoints


def moment_of(text: str) -> Optional[datetime]:
    """A date of the server in UTC, to the second; what has no zone is UTC."""
    moment = reading.instant(text)
    if moment is None:
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)
    return aware.astimezone(timezone.utc).replace(microsecond=0)


def utc_text(moment: datetime) -> str:
    """As the server takes dates."""
    return moment.astimezone(timezone.utc).isoformat(timespec="seconds").replace("+00:00", "Z")


def is_oauth(permission: Permission) -> bool:
    """Whether only keys of the type OAUTH2 may use it."""
    return reading.flag(permission.raw.get("only_oauth"))


def _is_open(office: Office, offering: Offering) -> bool:
    endpoint = next((each for each in office.info.endpoints if each.id == offering.endpoint), None)
    return endpoint.open if endpoint else False
