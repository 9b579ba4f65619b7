"""Publish many data sets and keep them up to date."""

from ...i18n import N_, _
from ...provider import parameters as p
from ...provider.entrepot import choices, lists, publication
from ...provider.operation import PUBLICATION, Operation


class Synchronise(Operation):
    ID = "synchronise"
    GROUP = PUBLICATION
    TITLE = N_("Synchronise data sets")
    SUMMARY = N_(
        "Publishes a whole folder or list of data sets, and brings those up to date that have changed since the last "
        "run."
    )
    HELP = N_(
        "Each data set is a file (GeoPackage, Shapefile, GeoJSON, FlatGeobuf, CSV…) of a folder, or a row of a table "
        "with the columns source, title, abstract, services, access (open or restricted), layer_name, keywords; only "
        "source is needed. A data set is created, brought up to date, or left alone, by comparing its content with "
        "what was last published from here.\n\n"
        "Several are under way at once. A failure in one does not stop the others: the table and the page say what "
        "failed and why, and the next run tries it again. Made for every night: what has not changed costs nearly "
        "nothing.\n\n"
        "What is no longer in the folder or the list stays published."
    )
    TAGS = (
        "synchroniser",
        "publier",
        "en masse",
        "lot",
        "dossier",
        "mise à jour",
        "automatique",
        "géoplateforme",
        "batch",
        "update",
        "nightly",
        "folder",
    )
    EXAMPLE = {
        "CONNECTION": "sandbox.json",
        "FOLDER": "datasets",
        "SERVICES": "WFS",
        "STORE": "publications.sqlite",
        "OUTPUT": "synchronised.csv",
        "REPORT": "synchronised.html",
    }

    def initAlgorithm(self, configuration=None):
        self.addParameters(
            p.connection(),
            choices.datastore(),
            lists.table(),
            lists.folder(),
            *publication.common(),
            p.number(
                "PARALLEL",
                _("Data sets at once"),
                _("How many data sets are under way at the same time, 1 to 10."),
                default=8,
                least=1,
                advanced=True,
            ),
            p.flag(
                "FAIL_ON_PROBLEM",
                _("Fail if one fails"),
                _("In the end the operation counts as failed if a data set failed, so that a nightly job notices."),
                advanced=True,
            ),
            choices.ledger(),
            p.table_out("OUTPUT", _("Data sets"), _("One row per data set: state, addresses, what went wrong.")),
            p.html(),
        )
        self.addNumbers(
            COUNT=_("Data sets"),
            CREATED_COUNT=_("Data sets published"),
            UPDATED_COUNT=_("Updated"),
            UNCHANGED_COUNT=_("Unchanged"),
            FAILED_COUNT=_("Failed"),
            REQUEST_COUNT=_("Requests sent"),
        )

    def take_in(self, call):
        self._listed = lists.listed(call)

    def perform(self, call):
        from ...workflows.entrepot.publication import published
        from ...workflows.entrepot.publication.synchronising import synchronise

        office = call.office("UPLOAD", "PROCESSING", "BROADCAST")
        listed, self._listed = self._listed, None  # gone before QGIS is
        data_sets = lists.data_sets(call, office, listed)
        lines = synchronise(
            office, call.ledger_store, data_sets, len(data_sets), call.watch, most=min(call.number("PARALLEL"), 10)
        )
        outcome = published.Synchronised(lines, office.datastore.session.requests_sent)
        results = {
            **outcome.outputs(),
            **call.table("OUTPUT", published.COLUMNS, outcome.rows()),
            **call.page("REPORT", outcome.report()),
        }
        lists.fail_if_wanted(call, outcome)  # once the table and the page are there
        return results
