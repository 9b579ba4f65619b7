"""Settle what was changed here and on the server."""

from qgis.core import QgsProcessing, QgsProcessingParameterFeatureSource

from ...i18n import N_, _
from ...provider import hints, sending
from ...provider import parameters as p
from ...provider.groups import group_choice
from ...provider.operation import LAYERS, Operation
from ...provider.reports import targets


class ResolveConflicts(Operation):
    ID = "resolveconflicts"
    GROUP = LAYERS
    TITLE = N_("Resolve conflicts")
    SUMMARY = N_(
        "Shows the objects that were edited here and changed on the server too, with the three versions of each value, "
        "and settles them."
    )
    HELP = N_(
        "A refresh merges by itself what two sides changed in different columns. What is left are conflicts: both "
        "changed the same column, or one deleted what the other changed. They are not sent before they are settled.\n\n"
        "“Show” changes nothing: the layer, the table of values and the page show what was there at first, mine and "
        "theirs. “Mine” keeps what was edited here, and of the rest what the other side changed; “theirs” takes what "
        "the server has. “Merge” goes column by column: PREFER says which side counts where both changed, CHOICES "
        "says it for single columns – the table of values, in which you fill “side” or “value”.\n\n"
        "“Turn into a report” sends what you wanted as a report (signalement) at the place of the object, for those "
        "who know it to decide, and then takes what the server has. Only this needs a connection. Run again after a "
        "failure: no conflict becomes two reports."
    )
    TAGS = (
        "conflits",
        "résoudre",
        "fusionner",
        "contribution directe",
        "modifications",
        "conflicts",
        "merge",
        "resolve",
        "mine",
        "theirs",
    )
    EXAMPLE = {"STORE": "reports.sqlite", "STRATEGY": "show", "VALUES": "values.csv", "REPORT": "conflicts.html"}
    NEEDS_CONNECTION = False

    def needs_connection(self, call):
        return call.choice("STRATEGY") == "report"

    def initAlgorithm(self, configuration=None):
        self.addParameters(
            *group_choice.edited(),
            p.choice(
                "STRATEGY",
                _("What to do"),
                _("How the conflicts are settled. Showing them changes nothing."),
                [
                    ("show", _("Show them")),
                    ("mine", _("Mine: what was edited here counts")),
                    ("theirs", _("Theirs: what the server has counts")),
                    ("merge", _("Merge column by column")),
                    ("report", _("Turn each into a report")),
                ],
                default="show",
            ),
            p.choice(
                "PREFER",
                _("Where both changed"),
                _("Of a merge: which side counts where both changed. Left empty, such conflicts stay."),
                [("mine", _("Mine")), ("theirs", _("Theirs"))],
            ),
            p.described(
                QgsProcessingParameterFeatureSource(
                    "CHOICES", _("Choices"), [QgsProcessing.SourceType.TypeVector], optional=True
                ),
                _(
                    "Of a merge: a table with the fields layer, geocollab_id and column, and with side (mine, theirs "
                    "or base) or value, which goes before it; NULL means no value. The table of values will do."
                ),
            ),
            *self._reporting(),
            p.store(),
            p.layer_out(
                "OUTPUT",
                _("Conflicts"),
                _(
                    "One feature per conflict, in WGS84 without heights: where the object is here, else on the server. "
                    "A GeoPackage or GeoJSON holds points, lines and polygons together."
                ),
                QgsProcessing.SourceType.TypeVector,
            ),
            p.table_out(
                "VALUES",
                _("Values"),
                _(
                    "One row per column that clashes, with its exact value at first, here and on the server; “side” "
                    "and “value” are empty, for you to fill."
                ),
                offered=True,
            ),
            p.html(),
        )
        self.addNumbers(
            COUNT=_("Conflicts"),
            RESOLVED_COUNT=_("Settled"),
            LEFT_COUNT=_("Not settled"),
            REPORT_COUNT=_("Reports sent"),
        )

    def _reporting(self):
        return (
            p.connection(optional=True),
            p.community(help=_("Of reports: number or name of the community. Left empty, that of each layer.")),
            p.text("THEME", _("Theme"), _("Of reports: name of a theme of the community."), hints=hints.themes()),
            p.text(
                "ATTRIBUTES",
                _("Attributes (JSON)"),
                _('Of reports: values of the theme\'s attributes, by name or title: {"Nature": "Trottoir"}.'),
                multiline=True,
                advanced=True,
            ),
            p.text(
                "MESSAGE",
                _("Message"),
                _("Of reports: what stands before the description of the conflict."),
                multiline=True,
            ),
            sending.new_status(advanced=True),
            targets.max_count(),
        )

    def perform(self, call):
        from ...workflows.layers.resolve_conflicts import COLUMNS, VALUE_COLUMNS, resolve_conflicts

        strategy = call.choice("STRATEGY")
        found = resolve_conflicts(
            call.existing_store,
            group_choice.rows(call),
            strategy,
            prefer=call.choice("PREFER"),
            choices=group_choice.decisions(call, "CHOICES"),
            reporting=_how_to_report(call) if strategy == "report" else None,
            watch=call.watch,
        )
        call.feedback.pushInfo(found.sentence())
        call.refresh_layers()
        return {
            **call.places("OUTPUT", COLUMNS, found.rows(), found.families),
            **call.table("VALUES", VALUE_COLUMNS, found.value_rows()),
            **call.page("REPORT", found.report(), **{_("Store"): str(call.store.path)}),
            **found.numbers(),
        }


def _how_to_report(call):
    from ...workflows.contributions.theme_forms import read_values
    from ...workflows.layers.resolve_conflicts import Reporting

    return Reporting(
        call.api,
        community=call.text("COMMUNITY"),
        theme=call.text("THEME"),
        values=read_values(call.text("ATTRIBUTES")) if call.text("ATTRIBUTES") else {},
        message=call.text("MESSAGE"),
        status=call.choice("STATUS"),
        approve=lambda count: targets.check_count(call, count),
    )
