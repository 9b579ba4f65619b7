"""Which reports: the parameters that every operation on the reports of the server shares, and their reading."""

from ...client.espaceco.departments import DEPARTMENTS
from ...client.espaceco.statuses import STATUSES
from ...i18n import _
from ...workflows.reports.vocabulary import ORIGINS
from .. import hints
from .. import parameters as p

TERRITORIES = (
    ("FXX", "France métropolitaine"),
    ("GLP", "Guadeloupe"),
    ("MTQ", "Martinique"),
    ("GUF", "Guyane"),
    ("REU", "La Réunion"),
    ("MYT", "Mayotte"),
    ("SPM", "Saint-Pierre-et-Miquelon"),
    ("BLM", "Saint-Barthélemy"),
    ("MAF", "Saint-Martin"),
    ("WLF", "Wallis-et-Futuna"),
    ("PYF", "Polynésie française"),
    ("NCL", "Nouvelle-Calédonie"),
)


def parameters():
    """Community, zone and filters; those that few need are advanced."""
    return (
        p.community(),
        *p.zone(),
        p.choices(
            "STATUSES",
            _("Statuses"),
            _("Only these statuses; codes such as submit or pending0 are taken too."),
            [(status.code, f"{status.label} ({status.code})") for status in STATUSES],
        ),
        p.names(
            "THEMES",
            _("Themes"),
            _(
                "Only these themes. The list is that of the last “List the communities”; scripts may give others, "
                "several of them separated by semicolons."
            ),
            hints.themes(),
        ),
        p.moment(
            "UPDATED_SINCE", _("Updated since"), _("Only reports with an action (reply, status, closing) since then.")
        ),
        p.flag("MINE", _("My own reports only"), _("Only the reports of the account of the connection.")),
        p.flag(
            "PUBLIC",
            _("Public reports too"),
            _("Also the public reports of other communities, as far as the other filters let them through."),
        ),
        p.choices(
            "DEPARTMENTS",
            _("Departments"),
            _("Only these departments; codes such as 33 or 2A are taken too."),
            [(code, f"{code} {name}") for code, name in DEPARTMENTS],
            advanced=True,
        ),
        p.text("COMMUNE", _("Commune"), _("Only this commune: its INSEE code, or its exact name."), advanced=True),
        p.text(
            "TEXT",
            _("Text in the message"),
            _(
                "Only reports whose message has this text, whatever its case and accents. With % as a wildcard the "
                "server itself searches, which is faster, and heeds case: %Route%."
            ),
            advanced=True,
        ),
        p.moment("OPENED_SINCE", _("Created since"), _("Only reports created since then."), advanced=True),
        p.moment("CLOSED_SINCE", _("Closed since"), _("Only reports closed since then."), advanced=True),
        p.choice(
            "ORIGIN",
            _("Origin"),
            _("Only reports made with this kind of application."),
            [(code, f"{_(label)} ({code})") for code, label in ORIGINS.items()],
            advanced=True,
        ),
        p.choice(
            "TERRITORY",
            _("Territory"),
            _("Only this territory, such as FXX for metropolitan France or REU for La Réunion."),
            [(code, f"{label} ({code})") for code, label in TERRITORIES],
            advanced=True,
        ),
    )


def wanted(call):
    """The `ReportFilter` that these parameters say. Raises InputError, ServiceError."""
    return asked(call)[1]


def asked(call):
    """Who asks, a `Choice`, and the `ReportFilter` that these parameters say. Raises InputError, ServiceError."""
    from ...workflows.reports.report_filter import ReportFilter

    zone, public = call.zone(), call.flag("PUBLIC")  # a zone that is none is told before the server is asked
    choice = call.choice_of_community(public=public)
    return choice, ReportFilter(
        community=choice.community,
        public=public,
        zone=zone,
        updated_since=call.moment("UPDATED_SINCE"),
        opened_since=call.moment("OPENED_SINCE"),
        closed_since=call.moment("CLOSED_SINCE"),
        statuses=tuple(call.choices("STATUSES")),
        themes=tuple(call.choices("THEMES")),
        departments=tuple(call.choices("DEPARTMENTS")),
        commune=call.text("COMMUNE"),
        author=choice.my_id() if call.flag("MINE") else None,
        text=call.text("TEXT"),
        input_device=call.choice("ORIGIN"),
        territory=call.choice("TERRITORY"),
    )
