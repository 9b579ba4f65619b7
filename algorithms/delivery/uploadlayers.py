"""Deliver layers to the Géoplateforme."""

from pathlib import Path

from qgis.core import QgsProcessingException

from ...i18n import N_, _
from ...provider import parameters as p
from ...provider.entrepot import choices, datasets, delivery
from ...provider.operation import DELIVERY, Operation

REFUSE, REPAIR, KEEP = "refuse", "repair", "keep"


class UploadLayers(Operation):
    ID = "uploadlayers"
    GROUP = DELIVERY
    TITLE = N_("Deliver layers")
    SUMMARY = N_(
        "Delivers vector layers to a datastore (livraison) as one GeoPackage: as they are shown, checked before they "
        "are sent, and checked by the server."
    )
    HELP = N_(
        "Layers are taken as you see them: filters, joins, computed fields, unsaved edits, layers that were never "
        "saved. They become the tables of one GeoPackage in one coordinate system, with names that the server "
        "takes.\n\n"
        "They are checked first, as “Check layers before publishing” does it; with an error nothing is sent. Invalid "
        "geometries can be repaired on the way.\n\n"
        "Run again under the same name with the same data, nothing is sent; with other data it is a new delivery. If "
        "it is stopped, by whatever, run the same again: it goes on where it was.\n\n"
        "“Integrate vector data” then makes a database of the delivery."
    )
    TAGS = (
        "livraison",
        "livrer",
        "téléverser",
        "géoplateforme",
        "entrepôt",
        "couches",
        "geopackage",
        "upload",
        "deliver",
        "layers",
        "vector",
    )
    EXAMPLE = {
        "CONNECTION": "sandbox.json",
        "INPUT": "cantons.geojson",
        "NAME": "cantons (couches)",
        "CRS": "EPSG:2154",
        "STORE": "publications.sqlite",
        "OUTPUT": "tables.csv",
    }

    def initAlgorithm(self, configuration=None):
        self.addParameters(
            p.connection(),
            choices.datastore(),
            datasets.layers(_("Any vector layers; each becomes a table, named after it.")),
            delivery.name(_("Name of the delivery; under it the operation goes on with it when it is run again.")),
            datasets.selected_only(),
            datasets.crs(),
            p.choice(
                "INVALID",
                _("Invalid geometries"),
                _("What is done with geometries that cross themselves and the like."),
                [
                    (REFUSE, _("Send nothing (refuse)")),
                    (REPAIR, _("Repair them (repair)")),
                    (KEEP, _("Send them as they are (keep)")),
                ],
                default=REFUSE,
            ),
            p.text("DESCRIPTION", _("Description"), _("What it is, for those who look at the deliveries.")),
            p.flag(
                "CLOSE",
                _("Close it"),
                _("Close the delivery and wait for its checks. Otherwise it stays open for more files."),
                default=True,
            ),
            delivery.sheet(),
            choices.ledger(),
            p.table_out(
                "OUTPUT", _("Tables"), _("One row each: table, layer, geometry, count, what could not be kept.")
            ),
            p.table_out(
                "FAULTS", _("Faults"), _("One row each: severity, kind, layer or file, column, object, explanation.")
            ),
        )
        self.addTexts(
            UPLOAD=_("Delivery (id)"), STATUS=_("Status of the delivery"), TABLES=_("Names of the tables"), SRS=_("CRS")
        )
        self.addNumbers(
            TABLE_COUNT=_("Tables"),
            FEATURE_COUNT=_("Objects"),
            REPAIRED_COUNT=_("Repaired geometries"),
            WARNING_COUNT=_("Warnings"),
            SENT_COUNT=_("Files sent"),
            SENT_SIZE=_("Bytes sent"),
            REQUEST_COUNT=_("Requests sent"),
        )

    def take_in(self, call):
        self._taken = datasets.take(call)

    def perform(self, call):
        from ...workflows.entrepot.checks import faults
        from ...workflows.entrepot.names import server_name
        from ...workflows.own_folder import own_folder

        taken, self._taken = self._taken, None  # gone before QGIS is
        if not taken:
            raise QgsProcessingException(_("There is no layer to deliver: give some in INPUT."))
        office, invalid = call.office("UPLOAD"), call.choice("INVALID")
        with own_folder() as folder:
            file = Path(folder, f"{server_name(call.text('NAME'), 'data')}.gpkg")
            found, data = datasets.checked(call, taken, file, repair=invalid == REPAIR)
            results = call.table("FAULTS", faults.COLUMNS, found.rows())
            for fault in found.faults:
                if fault.severity == faults.WARNING:
                    call.watch.warn(fault.sentence)
            complaint = found.without("invalid_geometry" if invalid == KEEP else "").complaint()
            if complaint:
                raise QgsProcessingException(_("Nothing was sent. {why}").format(why=complaint))
            results.update(call.table("OUTPUT", datasets.TABLES, datasets.tables(data)))
            return {**results, **self._deliver(call, office, data), "WARNING_COUNT": found.count(faults.WARNING)}

    @staticmethod
    def _deliver(call, office, data):
        from ...workflows.entrepot import cartes
        from ...workflows.entrepot.delivery.dispatching import dispatch

        done = dispatch(
            office,
            call.ledger_store,
            [data.file],
            name=call.text("NAME"),
            type="VECTOR",
            srs=data.srs,
            description=call.text("DESCRIPTION"),
            tags=cartes.tags(call.text("SHEET")),
            closing=call.flag("CLOSE"),
            watch=call.watch,
        )
        delivery.remember(call, "uploads", call.text("NAME"), done.delivered.upload)
        return {
            "UPLOAD": done.delivered.upload,
            "STATUS": done.status,
            "TABLES": ",".join(table.name for table in data.tables),
            "SRS": data.srs,
            "TABLE_COUNT": len(data.tables),
            "FEATURE_COUNT": sum(table.count for table in data.tables),
            "REPAIRED_COUNT": sum(table.repaired for table in data.tables),
            "SENT_COUNT": done.delivered.files_sent,
            "SENT_SIZE": done.delivered.bytes_sent,
            "REQUEST_COUNT": call.entrepot.session.requests_sent,
        }
