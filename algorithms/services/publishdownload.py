"""Publish an archive to be downloaded."""

from ...i18n import N_, _
from ...provider import parameters as p
from ...provider.entrepot import services

TERMS = ("FORMAT", "ZONE", "RESOLUTION")


class PublishDownload(services.Publishing):
    ID = "publishdownload"
    TYPE = "DOWNLOAD"
    TITLE = N_("Publish a download")
    SUMMARY = N_("Publishes the files of an archive of the Géoplateforme so that they can be downloaded.")
    HELP = N_(
        "The archive comes from “Make an archive of a delivery”. Several archives can stand under one layer name, "
        "each with a sub name of its own, such as an edition or a department: run it once for each. The files are "
        "then at /telechargement/download/layer name/sub name/file.\n\n"
        "Run again with the same names, texts and archive are brought up to date, all else stays. If the platform "
        "does not come to publish it, nothing is left behind."
    )
    TAGS = (
        "publier", "diffuser", "télécharger", "téléchargement", "archive", "entrepôt", "géoplateforme", "publish",
        "download",
    )  # fmt: skip
    EXAMPLE = {
        "CONNECTION": "sandbox.json",
        "STORED_DATA": "cantons (archive)",
        "LAYER_NAME": "cantons_fichiers",
        "SUB_NAME": "2026",
        "TITLE": "Cantons",
        "FORMAT": "GEOJSON",
        "ZONE": "R11",
        "STORE": "publications.sqlite",
    }

    def initAlgorithm(self, configuration=None):
        self.addParameters(
            *services.service(_("Id or name of an archive (ARCHIVE). Left empty: that of the service."), shown=False),
            p.text(
                "SUB_NAME",
                _("Sub name"),
                _("Name of the archive below the layer name: letters without accents, digits and _ - . alone."),
                optional=False,
            ),
            p.text("DATA_TITLE", _("Title of the archive"), _("Left empty: as it is, or none.")),
            p.text("DATA_ABSTRACT", _("Abstract of the archive"), _("Left empty: as it is, or none.")),
            p.text("FORMAT", _("Format"), _("A term of the platform, such as SHP or GPKG.")),
            p.text("ZONE", _("Zone"), _("A term of the platform, such as FXX or R11.")),
            p.text("RESOLUTION", _("Resolution"), _("A term of the platform, such as 1m."), advanced=True),
            p.text(
                "LANGUAGE",
                _("Language of the texts"),
                _("Two letters (ISO 639-1). Texts in other languages that are there stay."),
                default="fr",
                advanced=True,
            ),
        )
        services.declare(self)

    def perform(self, call):
        from ...workflows.entrepot.services.nomenclatures import check_terms

        terms = {name.lower(): call.text(name) for name in TERMS if call.text(name)}
        check_terms(call.entrepot, terms)
        more = {
            "sub_name": call.text("SUB_NAME"),
            "data_title": call.text("DATA_TITLE"),
            "data_abstract": call.text("DATA_ABSTRACT"),
            "language": call.text("LANGUAGE"),
            "terms": terms,
        }
        return self.publish(call, self.asked(call, more=more))
