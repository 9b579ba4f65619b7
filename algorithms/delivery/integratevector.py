"""Put delivered vector data into a database."""

from ...i18n import N_, _
from ...provider import parameters as p
from ...provider.entrepot import choices, delivery
from ...provider.operation import DELIVERY, Operation


class IntegrateVector(Operation):
    ID = "integratevector"
    GROUP = DELIVERY
    TITLE = N_("Integrate vector data")
    SUMMARY = N_("Makes a database of a closed delivery of vector data (VECTOR), whose tables can then be published.")
    HELP = N_(
        "The server puts each layer of the delivery into a table. It renames tables and columns: lower case, without "
        "accents and dashes; the table of the outcome says how they are called now.\n\n"
        "Run again with the same delivery and name it does nothing more: the database that is there is given. A cancel "
        "aborts the work on the server. If it fails, the reasons from its log are given and nothing is left behind.\n\n"
        "With data to update, the rows are added to the tables of that database, or applied from “.update” and "
        "“.delete” files; that cannot be taken back, and a failure leaves that database unusable until it is corrected."
    )
    TAGS = (
        "intégration",
        "intégrer",
        "base de données",
        "géoplateforme",
        "entrepôt",
        "donnée stockée",
        "vecteur",
        "integrate",
        "database",
        "vector",
        "processing",
    )
    EXAMPLE = {
        "CONNECTION": "sandbox.json",
        "UPLOAD": "cantons",
        "NAME": "cantons",
        "STORE": "publications.sqlite",
        "OUTPUT": "tables.csv",
    }

    def initAlgorithm(self, configuration=None):
        self.addParameters(
            p.connection(),
            choices.datastore(),
            delivery.upload(_("Id or name of a closed delivery of the type VECTOR.")),
            delivery.name(_("Name of the database.")),
            delivery.crs(
                _("The system that the tables are to have. Left empty: the one of the delivery."), optional=True
            ),
            delivery.matrix(
                "MIXED_TABLES",
                _("Tables with mixed geometries"),
                _("Names of tables that hold simple and multiple geometries, or several types of them."),
                [_("Table")],
                advanced=True,
            ),
            delivery.into(_("Id or name of a database that the rows go into, instead of a new one.")),
            p.flag(
                "APPLY_UPDATES", _("Apply .update files"), _("Changed rows in files {table}.update."), advanced=True
            ),
            p.flag(
                "APPLY_DELETES", _("Apply .delete files"), _("Deleted rows in files {table}.delete."), advanced=True
            ),
            delivery.sheet(),
            *delivery.running(),
            p.table_out("OUTPUT", _("Tables"), _("One row each: table, kind, columns, key.")),
        )
        delivery.declare(self)
        self.addTexts(TABLES=_("Names of the tables"))
        self.addNumbers(TABLE_COUNT=_("Tables"))

    def perform(self, call):
        from ...workflows.entrepot.delivery.making import RELATION_COLUMNS, integrate, relation_rows

        office = call.office("PROCESSING")
        more = {name: True for name, flag in _FILES.items() if call.flag(flag)}
        made = integrate(
            delivery.job(call, office, more),
            call.text("UPLOAD"),
            srs=delivery.srs(call),
            mixed=[row[0] for row in delivery.rows_of(call, "MIXED_TABLES")],
        )
        tables = [relation.name for relation in made.data.relations]
        return {
            **call.table("OUTPUT", RELATION_COLUMNS, relation_rows(made.data)),
            **delivery.results(call, made),
            "TABLES": ",".join(tables),
            "TABLE_COUNT": len(tables),
        }


_FILES = {"update": "APPLY_UPDATES", "delete": "APPLY_DELETES"}
