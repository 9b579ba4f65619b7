"""Check layers and files before they are delivered."""

from pathlib import Path

from qgis.core import QgsProcessing, QgsProcessingException, QgsProcessingParameterMultipleLayers

from ...i18n import N_, _
from ...provider import parameters as p
from ...provider.entrepot import choices, datasets
from ...provider.operation import PUBLICATION, Operation


class CheckLayers(Operation):
    ID = "checklayers"
    GROUP = PUBLICATION
    TITLE = N_("Check layers before publishing")
    SUMMARY = N_(
        "Looks for all that the Géoplateforme would refuse or change: coordinate systems, names, geometries, empty "
        "layers, images without a place. Faults come as a table, as points to zoom to, and as a page."
    )
    HELP = N_(
        "Layers are looked at as they would be delivered: as they are shown, with filters, joins, computed fields and "
        "unsaved edits, in the coordinate system asked for. Files are looked at as they are.\n\n"
        "Errors must be mended before anything is delivered; warnings say what the server will change. Invalid "
        "geometries can be mended at once: REPAIRED is a GeoPackage with valid copies of all layers.\n\n"
        "Works without network. A connection is only needed to see whether a technical name is free in your "
        "datastore.\n\n"
        "In a model, ERROR_COUNT tells whether to go on."
    )
    TAGS = (
        "vérifier",
        "contrôle",
        "qualité",
        "géoplateforme",
        "entrepôt",
        "publier",
        "géométrie invalide",
        "réparer",
        "projection",
        "check",
        "validate",
        "publish",
        "repair",
        "crs",
    )
    EXAMPLE = {"INPUT": "cantons.geojson", "CRS": "EPSG:2154", "OUTPUT": "faults.csv", "REPORT": "faults.html"}

    def initAlgorithm(self, configuration=None):
        self.addParameters(
            datasets.layers(
                _("Vector layers as they would be published, and images."),
                kind=QgsProcessing.SourceType.TypeMapLayer,
                optional=True,
            ),
            p.described(
                QgsProcessingParameterMultipleLayers(
                    "FILES", _("Files and folders"), QgsProcessing.SourceType.TypeFile, optional=True
                ),
                _("Files that would be delivered as they are, and folders of them: vector files, images, archives."),
            ),
            datasets.selected_only(),
            datasets.crs(),
            p.text(
                "LAYER_NAME",
                _("Technical name"),
                _("The name that the published layer is to have: whether it is right and, with a connection, free."),
                advanced=True,
            ),
            p.connection(optional=True),
            choices.datastore(),
            p.flag("FAIL_ON_ERROR", _("Fail on an error"), _("Whether the operation fails, at its end, on an error.")),
            p.table_out(
                "OUTPUT",
                _("Faults"),
                _("One row each: severity, kind, layer or file, column, object, explanation."),
                offered=True,
            ),
            p.layer_out(
                "FAULTS",
                _("Places of faults"),
                _("A point in WGS84 for each fault of a geometry, where it is wrong."),
                QgsProcessing.SourceType.TypeVectorPoint,
            ),
            p.file_out(
                "REPAIRED",
                _("Repaired layers"),
                _("A GeoPackage with all layers as they would be delivered, invalid geometries made valid."),
                "GeoPackage (*.gpkg)",
            ),
            p.html(),
        )
        self.addNumbers(
            ERROR_COUNT=_("Errors"),
            WARNING_COUNT=_("Warnings"),
            INVALID_COUNT=_("Invalid geometries"),
            REPAIRED_COUNT=_("Repaired geometries"),
            LAYER_COUNT=_("Layers and files"),
        )

    def needs_connection(self, call):
        return bool(call.text("LAYER_NAME") and call.text("CONNECTION"))

    def take_in(self, call):
        self._taken, self._images = datasets.take(call), list(datasets.rasters(call))

    def perform(self, call):
        taken, self._taken = self._taken, None  # gone before QGIS is, whatever is raised
        images, self._images = self._images, None
        from ...workflows.entrepot.checks.faults import COLUMNS
        from ...workflows.errors import InputError
        from ...workflows.own_folder import own_folder

        if not (taken or images or call.parameters.get("FILES") or call.text("LAYER_NAME")):
            raise InputError(_("There is nothing to check: give layers in INPUT, or files in FILES."))
        repaired, results = 0, {}
        with own_folder() as folder:
            layers, data = datasets.checked(call, taken, Path(folder, "data.gpkg"))
        wanted = call.file_out("REPAIRED")
        if wanted and data:
            whole = datasets.repaired(call, taken, wanted)
            repaired, results["REPAIRED"] = sum(table.repaired for table in whole.tables), str(whole.file)
        found = datasets.together(layers, *self._others(call, images))
        call.feedback.pushInfo(found.sentence())
        results.update(
            **call.table("OUTPUT", COLUMNS, found.rows()),
            **call.places("FAULTS", COLUMNS, found.places(), ["point"]),
            **call.page("REPORT", found.report(_("Check before publishing"))),
            **found.numbers(),
            REPAIRED_COUNT=repaired,
        )
        if call.flag("FAIL_ON_ERROR") and found.errors:
            raise QgsProcessingException(found.complaint())
        return results

    def _others(self, call, images):
        """What is not a vector layer."""
        from ...workflows.entrepot.checks import checking, faults, file_checks

        srs = datasets.wanted_srs(call)
        yield datasets.check_images(images, srs)
        files = [Path(file) for file in self.parameterAsFileList(call.parameters, "FILES", call.context) if file]
        yield file_checks.check_files(files, srs, watch=call.watch)
        if call.text("LAYER_NAME"):
            office = call.office() if call.connection is not None else None
            yield faults.Checked(tuple(checking.check_layer_name(call.text("LAYER_NAME"), office)))
