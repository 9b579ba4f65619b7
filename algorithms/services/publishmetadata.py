"""Publish a metadata record."""

from ...i18n import N_, _
from ...provider import parameters as p
from ...provider.entrepot import choices, descriptions
from ...provider.operation import SERVICES, Operation
from ...provider.project import layer_facts


class PublishMetadata(Operation):
    ID = "publishmetadata"
    GROUP = SERVICES
    TITLE = N_("Publish a metadata record")
    SUMMARY = N_(
        "Makes the ISO record of a data sheet, or brings it up to date, publishes it in the catalogue, and links the "
        "services to it."
    )
    HELP = N_(
        "The record is made of the metadata of a layer, of what you write here, or of a whole file (ISO 19139, as "
        "GeoNetwork exports it). What you write counts more than what the layer says; what neither says stays as it is "
        "in a record that is there already, also what this operation knows nothing of.\n\n"
        "A record is known by its identifier, which is made of the name of the data sheet and is always the same: run "
        "again, nothing comes twice, and nothing is sent if nothing differs. It names the services that the data sheet "
        "has, as cartes.gouv.fr does, and their configurations point at it.\n\n"
        "With “Unpublish” the record is taken out of the catalogue, and stays in the datastore."
    )
    TAGS = (
        "métadonnées",
        "fiche",
        "catalogue",
        "iso 19115",
        "inspire",
        "géonetwork",
        "csw",
        "data.gouv.fr",
        "metadata",
        "record",
        "describe",
    )
    EXAMPLE = {
        "CONNECTION": "sandbox.json",
        "SHEET": "Cantons",
        "TITLE": "Cantons",
        "ABSTRACT": "The cantons of the department.",
        "FREQUENCY": "annually",
        "TOPICS": "boundaries",
        "LICENCE": "Licence Ouverte / Open Licence 2.0",
    }

    def initAlgorithm(self, configuration=None):
        self.addParameters(
            p.connection(),
            choices.datastore(),
            descriptions.sheet(_("Name of the data sheet (fiche de données) that the record describes.")),
            layer_facts.layer(_("A layer whose metadata the record is made of: its properties, “Metadata”.")),
            p.file(
                "FILE", _("File"), _("A whole record, ISO 19139, instead of all that follows."), filter="XML (*.xml)"
            ),
            *descriptions.facts(),
            p.text(
                "IDENTIFIER",
                _("Identifier"),
                _("The identifier of the record (fileIdentifier). Left empty: made of the name of the data sheet."),
                advanced=True,
            ),
            p.choice(
                "TYPE",
                _("Type"),
                _("INSPIRE: it goes into the catalogue of INSPIRE too. Left empty: as it is, ISOAP if it is new."),
                [("ISOAP", "ISOAP"), ("INSPIRE", "INSPIRE")],
                advanced=True,
            ),
            p.flag("OPEN_DATA", _("Open data"), _("Lets data.gouv.fr harvest it."), advanced=True),
            p.flag(
                "SERVICES",
                _("Name the services"),
                _("The record names the services that the data sheet has now; those it no longer has go."),
                default=True,
            ),
            p.flag(
                "LINK",
                _("Link the services to it"),
                _("The configurations of the data sheet point at the record, and their services are synchronised."),
                default=True,
            ),
            p.flag("UNPUBLISH", _("Unpublish"), _("Takes the record out of the catalogue instead."), advanced=True),
            descriptions.endpoint(),
        )
        self.addTexts(
            METADATA=_("Metadata"),
            FILE_IDENTIFIER=_("Identifier of the record"),
            URL=_("Address of the record"),
            STATE=_("What was done: created, updated, unchanged"),
        )
        self.addNumbers(LAYER_COUNT=_("Layers that it names"), LINKED_COUNT=_("Configurations that were linked"))

    def take_in(self, call):
        layer = self.parameterAsLayer(call.parameters, "INPUT", call.context)
        self._facts = layer_facts.of_layer(layer, call.context.transformContext()) if layer is not None else None

    def perform(self, call):
        from ...workflows.entrepot.descriptions.record_publication import Wanted, publish

        facts, self._facts = self._facts, None
        file, type = call.path("FILE"), call.choice("TYPE")
        wanted = Wanted(
            sheet=call.text("SHEET"),
            facts=descriptions.said(call, facts),
            xml=file.read_bytes() if file else None,
            type=type,
            open_data=call.flag("OPEN_DATA"),
            endpoint=call.text("ENDPOINT"),
            services=call.flag("SERVICES"),
            link=call.flag("LINK"),
        )
        done = publish(call.office("BROADCAST"), wanted, call.watch, unpublish=call.flag("UNPUBLISH"))
        return {
            "METADATA": done.described.metadata,
            "FILE_IDENTIFIER": done.described.file_identifier,
            "URL": done.described.url,
            "STATE": done.described.state,
            "LAYER_COUNT": done.layers,
            "LINKED_COUNT": len(done.linked),
        }
