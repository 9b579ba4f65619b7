"""List the communities of the account, and one of them in full."""

from ...i18n import N_, _
from ...provider import parameters as p
from ...provider.operation import CONNECTION, Operation

COMMUNITIES = (
    ("community_id", "integer"),
    ("name", "text"),
    ("role_code", "text"),
    ("role", "text"),
    ("active", "flag"),
    ("zones", "text"),
)
THEMES = (
    ("theme", "text"),
    ("community_id", "integer"),
    ("shared_by", "text"),
    ("theme_help", "text"),
    ("attribute", "text"),
    ("title", "text"),
    ("type", "text"),
    ("mandatory", "flag"),
    ("multiple", "flag"),
    ("default", "text"),
    ("values", "text"),
    ("constraints", "text"),
    ("help", "text"),
)
STATUSES = (
    ("code", "text"),
    ("title", "text"),
    ("service_title", "text"),
    ("active", "flag"),
    ("open", "flag"),
)
MEMBERS = (
    ("user_id", "integer"),
    ("username", "text"),
    ("role_code", "text"),
    ("role", "text"),
    ("zones", "text"),
)


class ListCommunities(Operation):
    ID = "listcommunities"
    GROUP = CONNECTION
    TITLE = N_("List the communities")
    SUMMARY = N_(
        "Lists the communities of the account and, for one of them, themes with every attribute, statuses, members."
    )
    HELP = N_(
        "It also refreshes the lists of the combo boxes of the other operations (communities, themes): run it once, "
        "and again when a community has changed."
    )
    TAGS = (
        "groupes",
        "communautés",
        "thèmes",
        "attributs",
        "membres",
        "emprises",
        "statuts",
        "groups",
        "members",
        "schema",
    )
    EXAMPLE = {"CONNECTION": "sandbox.json", "COMMUNITY": "375", "THEMES": "themes.csv", "REPORT": "community.html"}

    def initAlgorithm(self, configuration=None):
        self.addParameters(
            p.connection(),
            p.community(help=_("Number or name of the community to be shown in full; the list alone if empty.")),
            p.flag(
                "USERNAMES",
                _("User names of the members"),
                _("Asks the name of each member, one request each; otherwise members are listed by number."),
                advanced=True,
            ),
            p.table_out(
                "OUTPUT", _("Communities"), _("One row per community: number, name, role, zones."), offered=True
            ),
            p.table_out("THEMES", _("Themes and attributes"), _("One row per attribute of each theme.")),
            p.table_out("STATUSES", _("Statuses"), _("One row per status: code, name in the community, in use, open.")),
            p.table_out("MEMBERS", _("Members"), _("One row per member: number, name, role, zones.")),
            p.html(),
        )
        self.addTexts(NAME=_("Name of the community"), DEFAULT_COMMENT=_("Default comment"))
        self.addNumbers(
            COUNT=_("Communities"),
            THEME_COUNT=_("Themes"),
            ATTRIBUTE_COUNT=_("Attributes"),
            MEMBER_COUNT=_("Members"),
        )

    def perform(self, call):
        from ...workflows.connection.communities import describe

        found = describe(call.api, call.text("COMMUNITY"), with_names=call.flag("USERNAMES"), watch=call.watch)
        call.refresh_lists(communities=found.lists())
        for number, name, _code, role, _active, _zones in found.community_rows():
            call.feedback.pushInfo(f"{number}  {name} ({role})")
        community = found.community
        return {
            **call.table("OUTPUT", COMMUNITIES, found.community_rows()),
            **call.table("THEMES", THEMES, found.theme_rows()),
            **call.table("STATUSES", STATUSES, found.status_rows()),
            **call.table("MEMBERS", MEMBERS, found.member_rows()),
            **call.page("REPORT", found.report()),
            "NAME": community.name if community else "",
            "DEFAULT_COMMENT": community.default_comment if community else "",
            "COUNT": len(found.me.memberships),
            "THEME_COUNT": len(community.themes) if community else 0,
            "ATTRIBUTE_COUNT": sum(len(theme.attributes) for theme in community.themes) if community else 0,
            "MEMBER_COUNT": len(found.members),
        }
