"""Publish a file beside the data: a style, a document, a thumbnail, a legend."""

from ...i18n import N_, _
from ...provider import parameters as p
from ...provider.entrepot import choices, descriptions
from ...provider.operation import SERVICES, Operation


class PublishAnnexe(Operation):
    ID = "publishannexe"
    GROUP = SERVICES
    TITLE = N_("Publish an annexe")
    SUMMARY = N_(
        "Puts a file at a public address of the datastore (annexe): a style, a document, a thumbnail or a legend of a "
        "data sheet, or any other file."
    )
    HELP = N_(
        "An annexe is known by its path. Run again, a file that is there already is not sent, one that differs takes "
        "the place of the one before, at the same address.\n\n"
        "What a file is for a data sheet decides its path and its labels, so that cartes.gouv.fr shows it: a document "
        "is written into the list of documents; a thumbnail takes the place of the one before, and the record shows "
        "it; a style (SLD, QML, Mapbox JSON) of a configuration becomes its current one, and the service is "
        "synchronised; stored data points at its legend."
    )
    TAGS = (
        "annexe",
        "style",
        "document",
        "vignette",
        "légende",
        "fiche de données",
        "fichier",
        "annex",
        "thumbnail",
        "legend",
        "file",
        "attachment",
    )
    EXAMPLE = {"CONNECTION": "sandbox.json", "FILE": "photo.jpg", "KIND": "thumbnail", "SHEET": "Cantons"}

    def initAlgorithm(self, configuration=None):
        self.addParameters(
            p.connection(),
            choices.datastore(),
            p.file("FILE", _("File"), _("The file to publish."), optional=False),
            p.choice(
                "KIND",
                _("What it is"),
                _("What the file is for the data sheet; “a file” is any other, at a path of your own."),
                [
                    ("file", _("A file")),
                    ("document", _("A document")),
                    ("style", _("A style")),
                    ("thumbnail", _("A thumbnail")),
                    ("legend", _("A legend")),
                ],
                default="file",
            ),
            descriptions.sheet(_("Name of the data sheet (fiche de données) that the file belongs to.")),
            p.text(
                "PATH",
                _("Path"),
                _("Where it is put, such as /documents/notice.pdf. Left empty: where cartes.gouv.fr would put it."),
            ),
            p.text("NAME", _("Name"), _("What people call the document or the style. Left empty: the file's name.")),
            p.text("DESCRIPTION", _("Description"), _("What the document is.")),
            descriptions.configuration(_("Id of the configuration whose current style it becomes.")),
            p.text("TABLE", _("Table"), _("The table of the WFS that the style is of, where there are several.")),
            choices.entity(
                "STORED_DATA",
                _("Stored data"),
                _("Id of the stored data (pyramid) that the legend is of."),
                "stored_data",
                optional=True,
            ),
            p.text("LABELS", _("Labels"), _("More labels, separated by commas, such as project=x."), advanced=True),
            p.flag("PUBLISHED", _("Published"), _("Anybody can read it at its address."), default=True, advanced=True),
        )
        self.addTexts(
            ANNEXE=_("Annexe"),
            URL=_("Address"),
            ANNEXE_PATH=_("Path"),
            STATE=_("What was done: created, updated, unchanged"),
        )

    def perform(self, call):
        from ...workflows.entrepot.descriptions.annexe_publication import Wanted, publish

        kind = call.choice("KIND")
        wanted = Wanted(
            file=call.path("FILE"),
            kind="" if kind == "file" else kind,
            sheet=call.text("SHEET"),
            path=call.text("PATH"),
            name=call.text("NAME"),
            description=call.text("DESCRIPTION"),
            configuration=choices.id_of(call.text("CONFIGURATION")),
            table=call.text("TABLE"),
            stored_data=choices.id_of(call.text("STORED_DATA")),
            labels=tuple(filter(None, (label.strip() for label in call.text("LABELS").split(",")))),
            published=call.flag("PUBLISHED"),
        )
        done = publish(call.office("ANNEX"), wanted, call.watch)
        return {"ANNEXE": done.annexe, "URL": done.url, "ANNEXE_PATH": done.path, "STATE": done.state}
