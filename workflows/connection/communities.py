"""The communities of an account: choosing one, and describing it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Optional

from ...client.auth import Anonymous
from ...client.errors import Forbidden, NotFound
from ...client.espaceco import communities, users
from ...client.espaceco.api import EspaceCo
from ...client.espaceco.communities import Community, Member
from ...client.espaceco.statuses import status
from ...client.espaceco.users import Me, Membership
from ...i18n import N_, _
from ..errors import InputError
from ..pages.report import Fact, Report, Section, Table
from ..watch import Watch

ROLES = {
    "admin": N_("manager"),
    "member": N_("member"),
    "pending": N_("request pending"),
    "invited": N_("invited"),
}
VISIBILITIES = {
    "all": N_("public"),
    "restrained": N_("members only"),
    "personal": N_("author and managers only"),
}
_NUMBERED = re.compile(r"(?:.*—\s*)?(\d+)\s*$", re.DOTALL)


@dataclass(frozen=True)
class Choice:
    """Who asks, for which community; both None where nobody signed in or none was needed."""

    me: Optional[Me]
    community: Optional[int]

    def my_id(self) -> int:
        """Number of the account; InputError for nobody."""
        if self.me is None or self.me.id is None:
            raise InputError(_("Your own reports can only be told with an account: this connection has none."))
        return self.me.id


def role(code: str) -> str:
    """A role in the user's language."""
    return _(ROLES[code]) if code in ROLES else code


def writer(api: EspaceCo) -> Me:
    """The account that writes; InputError for nobody."""
    if isinstance(api.session.auth, Anonymous):
        raise InputError(_("Writing needs an account: this connection has none."))
    return users.me(api)


def choose(api: EspaceCo, given: str, *, public: bool = False) -> Choice:
    """The community that `given` means (number, name, `name — number`); "" means the only one.

    With `public`, communities of others will do, and none at all. Raises InputError naming those there are.
    """
    given = given.strip()
    number = _NUMBERED.match(given)
    if isinstance(api.session.auth, Anonymous):
        if given and not number:
            raise InputError(
                _("Without an account a community is named by its number, not “{name}”.").format(name=given)
            )
        return Choice(None, int(number.group(1)) if number else None)
    me = users.me(api)
    if not given:
        return Choice(me, None if public else _only(me))
    if number:
        membership = next((m for m in me.memberships if m.community_id == int(number.group(1))), None)
    else:
        membership = _by_name(me, given)
    if membership is not None:
        if not membership.usable and not public:
            raise InputError(
                _(
                    "You are not yet a member of “{name}” ({role}): a manager of the community has to accept you first."
                ).format(name=membership.community_name, role=role(membership.role))
            )
        return Choice(me, membership.community_id)
    if number and (public or me.administrator):
        return Choice(me, int(number.group(1)))
    raise InputError(
        _("You are not a member of the community “{name}”. Your communities: {known}.").format(
            name=given, known=_known(me)
        )
    )


def _only(me: Me) -> int:
    usable = [m for m in me.memberships if m.usable]
    if len(usable) == 1:
        return usable[0].community_id
    if usable:
        raise InputError(_("Which community? Give one of: {known}.").format(known=_known(me)))
    if me.memberships:
        raise InputError(
            _(
                "You are not yet a member of a community ({known}): a manager has to accept you first. Public reports "
                "can be had without: tick “Public reports too”."
            ).format(known=_known(me))
        )
    raise InputError(
        _(
            "Your account belongs to no community. Ask for membership on the web site of the Espace collaboratif; "
            "public reports can be had without: tick “Public reports too”."
        )
    )


def _by_name(me: Me, name: str) -> Optional[Membership]:
    exact = [m for m in me.memberships if m.community_name == name]
    loose = [m for m in me.memberships if m.community_name.casefold() == name.casefold()]
    found = exact or loose
    if len(found) > 1:
        raise InputError(
            _("Several communities are called “{name}”: give the number, one of {numbers}.").format(
                name=name, numbers=", ".join(str(m.community_id) for m in found)
            )
        )
    return found[0] if found else None


def _known(me: Me) -> str:
    if not me.memberships:
        return _("none")
    return ", ".join(f"{m.community_name} — {m.community_id} ({role(m.role)})" for m in me.memberships)


@dataclass
class Described:
    """An account's communities, and one of them in full."""

    me: Me
    community: Optional[Community] = None
    members: list[Member] = field(default_factory=list)
    names: dict[int, str] = field(default_factory=dict)
    offered: list[dict[str, Any]] = field(default_factory=list)

    def community_rows(self) -> Iterator[tuple[Any, ...]]:
        """number, name, role code, role, active, zones."""
        for m in self.me.memberships:
            yield m.community_id, m.community_name, m.role, role(m.role), m.active, ", ".join(m.grids)

    def theme_rows(self) -> Iterator[tuple[Any, ...]]:
        """One row per attribute of each theme; a theme without attributes has one row."""
        for theme in self.community.themes if self.community else ():
            lender = theme.community_name if theme.shared else ""
            for a in theme.attributes:
                values = "; ".join(key if key == label else f"{label} = {key}" for key, label in a.values)
                limits = ", ".join(f"{name}: {value}" for name, value in a.constraints.items())
                yield (
                    theme.name,
                    theme.community_id,
                    lender,
                    theme.help,
                    a.name,
                    a.title,
                    a.type,
                    a.mandatory,
                    a.multiple,
                    a.default,
                    values,
                    limits,
                    a.help,
                )
            if not theme.attributes:
                yield theme.name, theme.community_id, lender, theme.help, *([None] * 9)

    def status_rows(self) -> Iterator[tuple[Any, ...]]:
        """code, the community's title, the service's label, in use, open."""
        for s in self.community.statuses if self.community else ():
            known = status(s.code)
            yield s.code, s.title, known.label, s.active, known.open

    def member_rows(self) -> Iterator[tuple[Any, ...]]:
        """user number, user name, role code, role, zones."""
        for m in self.members:
            yield m.user_id, self.names.get(m.user_id), m.role, role(m.role), ", ".join(m.grids)

    def lists(self) -> list[dict[str, Any]]:
        """What the combo boxes offer: communities that can be worked with, and the themes of those that are known."""
        themes = sorted({theme.name for theme in self.community.themes}) if self.community else []
        listed = []
        for m in self.me.memberships:
            if m.usable:
                own = themes if self.community and m.community_id == self.community.id else _profile_themes(self.me, m)
                listed.append({"id": m.community_id, "name": m.community_name, "themes": own})
        return sorted(listed, key=lambda entry: str(entry["name"]).casefold())

    def report(self) -> Report:
        """The communities as a page."""
        sections = [
            Section(
                title=_("Your communities"),
                table=Table(
                    columns=(_("Number"), _("Name"), _("Role"), _("Zones")),
                    rows=[
                        (number, name, label, zones or _("everywhere"))
                        for number, name, _code, label, _active, zones in self.community_rows()
                    ],
                    kinds=("text", "text", "text", "text"),
                    empty=_("This account belongs to no community."),
                ),
            )
        ]
        if self.community:
            sections += self._community_sections(self.community)
        facts = [Fact(_("communities"), len(self.me.memberships))]
        if self.community:
            facts += [
                Fact(_("themes"), len(self.community.themes)),
                Fact(_("members"), len(self.members)),
            ]
        return Report(
            title=self.community.name if self.community else _("Communities"),
            subtitle=_("as seen by {user}").format(user=self.me.username),
            facts=facts,
            sections=sections,
        )

    def _community_sections(self, community: Community) -> Iterator[Section]:
        said = [
            Fact(_("reports are visible to"), _(VISIBILITIES[community.visibility]))
            if community.visibility in VISIBILITIES
            else Fact(_("reports are visible to"), community.visibility or "–"),
            Fact(_("who may close a report"), _("every member") if community.all_members_can_valid else _("managers")),
        ]
        text = (
            _("Default comment: “{text}”").format(text=community.default_comment) if community.default_comment else ""
        )
        yield Section(title=_("Rules"), facts=said, text=text)
        for theme in community.themes:
            lent = _("shared by {community}").format(community=theme.community_name) if theme.shared else ""
            yield Section(
                title=_("Theme: {name}").format(name=theme.name),
                text=" – ".join(part for part in (theme.help, lent) if part),
                table=Table(
                    columns=(_("Attribute"), _("Type"), _("Mandatory"), _("Default"), _("Values"), _("Help")),
                    rows=[
                        (
                            a.title if a.title == a.name else f"{a.title} ({a.name})",
                            a.type + (" +" if a.multiple else ""),
                            _("yes") if a.mandatory else "",
                            a.default,
                            ", ".join(label or _("(empty)") for _key, label in a.values),
                            a.help,
                        )
                        for a in theme.attributes
                    ],
                    empty=_("This theme has no attributes."),
                ),
            )
        yield Section(
            title=_("Statuses"),
            table=Table(
                columns=(_("Code"), _("Name in this community"), _("Name of the service"), _("In use")),
                rows=[
                    (code, title, label, _("yes") if active else _("no"))
                    for code, title, label, active, _open in self.status_rows()
                ],
            ),
        )
        yield Section(
            title=_("Members"),
            table=Table(
                columns=(_("User"), _("Role"), _("Zones")),
                rows=[
                    (name or str(user), label, zones or _("everywhere"))
                    for user, name, _code, label, zones in self.member_rows()
                ],
                empty=_("The members of this community are not shown to you."),
            ),
        )


def describe(api: EspaceCo, given: str, *, with_names: bool = False, watch: Optional[Watch] = None) -> Described:
    """The communities of the account; with `given` (number or name), that one in full.

    `with_names` asks the user name of each member, one request each. Raises InputError, ServiceError.
    """
    watch = watch or Watch()
    if isinstance(api.session.auth, Anonymous):
        raise InputError(_("Communities are only listed for an account: this connection has none."))
    if not given.strip():
        return Described(users.me(api))
    choice = choose(api, given)
    if choice.me is None or choice.community is None:
        raise InputError(_("No such community: “{name}”.").format(name=given))
    found = Described(choice.me, communities.get(api, choice.community))
    try:
        found.members = communities.members(api, choice.community)
        if with_names:
            found.names = users.usernames(api, [m.user_id for m in found.members])
    except (Forbidden, NotFound) as error:
        watch.warn(
            _("The members of “{name}” are not shown to you: {why}").format(
                name=found.community.name if found.community else given, why=error.server_message or error.status
            )
        )
    return found


def _profile_themes(me: Me, membership: Membership) -> list[str]:
    """The names of the themes offered to a member, as far as `users/me` says them (contract 2.1)."""
    names: set[str] = set()
    for entry in me.raw.get("communities_member") or []:
        if isinstance(entry, dict) and entry.get("community_id") == membership.community_id:
            for group in [*_dicts(entry.get("profile")), *_dicts(entry.get("shared_themes"))]:
                for theme in group.get("themes") or []:
                    name = theme.get("theme") if isinstance(theme, dict) else theme
                    if isinstance(name, str) and name:
                        names.add(name)
    return sorted(names)


def _dicts(value: Any) -> list[dict[str, Any]]:
    values = value if isinstance(value, list) else [value]
    return [entry for entry in values if isinstance(entry, dict)]
