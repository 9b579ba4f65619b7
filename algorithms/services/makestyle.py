"""Make the styles that services take, of a layer or a file."""

from qgis.core import (
    QgsProcessing,
    QgsProcessingException,
    QgsProcessingParameterVectorLayer,
)

from ...i18n import N_, _
from ...provider import parameters as p
from ...provider.entrepot import choices, delivery
from ...provider.operation import SERVICES, Operation

TILES = "https://data.geopf.fr/tms/1.0.0/{layer}/{{z}}/{{x}}/{{y}}.pbf"


class MakeStyle(Operation):
    ID = "makestyle"
    GROUP = SERVICES
    TITLE = N_("Make a style for services")
    SUMMARY = N_(
        "Turns the symbology of a layer, or an SLD or QML file, into what services take: SLD 1.0.0 for WMS, Mapbox "
        "JSON for vector tiles, QML; and says all that is lost on the way."
    )
    HELP = N_(
        "QGIS writes SLD 1.1.0 and leaves out in silence what it cannot say; the Géoplateforme takes 1.0.0. The SLD "
        "made here has the columns by the names that they have on the server, “all others” where QGIS means it, "
        "unchecked categories left out, and no rule whose condition would be lost: it would draw everything.\n\n"
        "Kept: colours, widths, dashes, hatches, usual markers, categories, classes, rules, scales, labels of columns "
        "and texts joined by ||. What is not is listed in words: images on your disk, effects, blending, sizes that "
        "follow the data, and so on.\n\n"
        "Files that say one version and are written in another are read as what they are. Attributes are checked "
        "against the columns of the layer, if one is given.\n\n"
        "The style can be put into the datastore at once, in the place of the one of the same name."
    )
    TAGS = (
        "style",
        "symbologie",
        "sld",
        "qml",
        "mapbox",
        "géoplateforme",
        "wms",
        "tuiles vectorielles",
        "légende",
        "symbology",
        "convert",
    )
    EXAMPLE = {"INPUT": "cantons.geojson", "SLD": "cantons.sld", "MAPBOX": "cantons.json", "REPORT": "style.html"}

    def initAlgorithm(self, configuration=None):
        self.addParameters(
            p.described(
                QgsProcessingParameterVectorLayer(
                    "INPUT", _("Layer"), [QgsProcessing.SourceType.TypeVectorAnyGeometry], optional=True
                ),
                _("Its symbology is taken; with a file, only its columns."),
            ),
            p.file("FILE", _("Style file"), _("An SLD of any version, or a QML."), filter=_("Styles (*.sld *.qml)")),
            p.text(
                "TABLE",
                _("Table"),
                _("Name of the table on the server. Left empty: the one that is made of the name of the layer."),
            ),
            p.text(
                "TILES",
                _("Vector tiles"),
                _(
                    "For the Mapbox style: technical name of the published layer of tiles, or its address with {z}, "
                    "{x} and {y}. Left empty: the table."
                ),
                advanced=True,
            ),
            p.flag(
                "UPLOAD",
                _("Put it into the datastore"),
                _("As a style (static file), whose id “Publish a WMS of vectors” takes in STATICS."),
            ),
            p.text(
                "STYLE_NAME",
                _("Name of the style"),
                _("In the datastore; a style of this name is replaced. Left empty: the table."),
                advanced=True,
            ),
            p.connection(optional=True),
            choices.datastore(),
            p.file_out("SLD", _("SLD 1.0.0"), _("For WMS of the Géoplateforme and other servers."), "SLD (*.sld)"),
            p.file_out("QML", _("QML"), _("As QGIS itself keeps it."), "QML (*.qml)"),
            p.file_out("MAPBOX", _("Mapbox JSON"), _("For vector tiles."), "JSON (*.json)"),
            p.table_out("LOSSES", _("What is lost"), _("One row each: format, what is lost, in words.")),
            p.html(),
        )
        self.addTexts(
            STATIC=_("Style in the datastore (id)"),
            OUTCOME=_("What was done there: made, replaced, unchanged"),
            ATTRIBUTES=_("Columns needed"),
        )
        self.addNumbers(LOSS_COUNT=_("Lost in SLD"), MAPBOX_LOSS_COUNT=_("Lost in Mapbox"))

    def needs_connection(self, call):
        return call.flag("UPLOAD")

    def take_in(self, call):
        from ...provider.project.looks import taken

        self._taken = taken(call)

    def perform(self, call):
        from ...workflows.entrepot.styles.style_files import COLUMNS, look_of

        found, tiles = self._taken, call.text("TILES")
        table = call.text("TABLE") or found.table
        address = tiles if "{z}" in tiles else TILES.format(layer=tiles or table)
        look = look_of(table, found.sld, found.columns, qml_text=found.qml, tiles=address, name=tiles or table)
        for sentence in look.sentences():
            call.feedback.pushInfo(sentence)
        for loss in look.sld.losses:
            call.watch.warn(loss)
        written = {"SLD": look.sld.text, "QML": look.qml, "MAPBOX": look.mapbox.text}
        return {
            **{name: _write(call, name, text) for name, text in written.items()},
            **call.table("LOSSES", COLUMNS, look.rows()),
            **call.page("REPORT", look.report()),
            **self._uploaded(call, look),
            "ATTRIBUTES": ",".join(look.sld.attributes),
            "LOSS_COUNT": len(look.sld.losses),
            "MAPBOX_LOSS_COUNT": len(look.mapbox.losses),
        }

    @staticmethod
    def _uploaded(call, look):
        from ...workflows.entrepot.styles.style_files import OUTCOMES, upload

        if not call.flag("UPLOAD"):
            return {"STATIC": "", "OUTCOME": ""}
        if not look.sld.text:
            raise QgsProcessingException(_("Nothing of this style can be told to the server: nothing was sent."))
        name = call.text("STYLE_NAME") or look.table
        id, outcome = upload(call.office("BROADCAST"), look.sld.text, name)
        call.feedback.pushInfo(_(OUTCOMES[outcome]).format(name=name))
        delivery.remember(call, "statics", name, id)
        return {"STATIC": id, "OUTCOME": outcome}


def _write(call, name, text):
    """Write a file that is wanted; gives its path."""
    path = call.file_out(name)
    if path is None or not text:
        return None
    path.write_text(text, encoding="utf-8")
    return str(path)
