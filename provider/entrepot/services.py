"""What the operations that publish a service share: parameters, the one call, outputs, the layer in the map."""

from pathlib import Path

from qgis.core import QgsProcessing, QgsProcessingParameterMultipleLayers

from ...i18n import _
from ...workflows.errors import InputError
from .. import hints
from .. import parameters as p
from ..operation import SERVICES, Operation
from . import choices, delivery
from .service_layers import ServiceLayers

TYPES = (
    "WFS", "WMS-VECTOR", "VECTOR-TMS", "WMTS-TMS", "WMS-RASTER", "DOWNLOAD", "ALTIMETRY", "SEARCH",
    "ITINERARY-ISOCURVE",
)  # fmt: skip
_WORDS = ("TITLE", "ABSTRACT", "KEYWORDS")
LINK_FORMAT, LINK_TYPE = "application/xml", "ISO19115:2003"


class Publishing(Operation):
    """An operation that publishes a service of `TYPE`, or brings it up to date."""

    GROUP = SERVICES
    TYPE = ""

    def asked(self, call, **more):
        """What the shared parameters ask for, as a `workflows.entrepot.services.asked_services.Asked`."""
        from ...workflows.entrepot.services.asked_services import Asked
        from ...workflows.entrepot.services.services import Place

        return Asked(
            type=self.TYPE,
            layer_name=call.text("LAYER_NAME"),
            data=call.text("STORED_DATA"),
            name=call.text("NAME"),
            title=call.text("TITLE"),
            abstract=call.text("ABSTRACT"),
            keywords=words(call.text("KEYWORDS")),
            attribution=(call.text("ATTRIBUTION"), call.text("ATTRIBUTION_URL"), call.text("ATTRIBUTION_LOGO")),
            links=tuple(_links(call)),
            sheet=call.text("SHEET"),
            place=Place(call.text("ENDPOINT"), call.flag("RESTRICTED")),
            **more,
        )

    def publish(self, call, asked):
        """Publish, and give the outputs."""
        from ...workflows.entrepot.services.asked_services import read_back, serve
        from ...workflows.entrepot.services.services import CREATED, UNCHANGED, UPDATED

        office = call.office("BROADCAST")
        served, data = serve(office, call.ledger_store, asked, call.watch)
        _remember(call, data, asked, served)
        verdicts = read_back(office, asked, served, data, call.watch)
        good = all(verdict.ok for verdict in verdicts)
        self._shown = ServiceLayers(_to_show(call, office, asked, served) if self._is_shown(call) else ())
        return {
            "CONFIGURATION": served.configuration,
            "OFFERING": served.offering,
            "URL": served.urls[0].url if served.urls else "",
            "LAYER": ",".join(served.layers),
            "STATUS": served.status,
            "STORED_DATA": data.id,
            "NEW_COUNT": int(served.state == CREATED),
            "UPDATED_COUNT": int(served.state == UPDATED),
            "UNCHANGED_COUNT": int(served.state == UNCHANGED),
            "LAYER_COUNT": len(served.layers),
            "VERIFIED_COUNT": int(good and all(verdict.read for verdict in verdicts)),
            "FAULT_COUNT": int(not good),
            "REQUEST_COUNT": office.datastore.session.requests_sent,
        }

    def postProcessAlgorithm(self, context, feedback):
        shown, self._shown = getattr(self, "_shown", None), None
        if shown is not None:
            for warning in shown.finish(context):
                feedback.pushWarning(warning)
        return super().postProcessAlgorithm(context, feedback)

    def _is_shown(self, call):
        return self.parameterDefinition("ADD_TO_PROJECT") is not None and call.flag("ADD_TO_PROJECT")


def _to_show(call, office, asked, served):
    """The layers for the map; what cannot be shown is a warning, for the service is published."""
    from ...client.errors import ServiceError
    from ...workflows.entrepot.services.map_layers import map_layers
    from ...workflows.entrepot.verification.diffusion import Reader
    from ...workflows.layers.flows import NotOffered

    if not served.open:
        call.feedback.pushInfo(_("A restricted service is added to the map with a key: see “Add a restricted layer”."))
        return []
    try:
        return map_layers(Reader(office.datastore.session), asked.type, asked.layer_name, served.urls)
    except (NotOffered, ServiceError) as error:
        why = str(error) if isinstance(error, NotOffered) else call.watch.explain(error)
        call.feedback.pushWarning(_("The service is published, but not added to the map: {why}").format(why=why))
        return []


def _remember(call, data, asked, served):
    """For the combo boxes."""
    delivery.remember(call, "stored_data", data.name, data.id)
    delivery.remember(call, "offerings", f"{asked.layer_name} ({asked.type})", served.offering)
    seen = [name for name, _id in hints.lists().get("entrepot", {}).get("tables", [])]
    names = dict.fromkeys([*(relation.name for relation in data.relations), *seen])
    tables = [(name, "") for name in names][: delivery.REMEMBERED]
    call.refresh_lists(entrepot=hints.with_entries("tables", tables))


# ---------------------------------------------------------------------- parameters


def service(data_help, *, tables=False, words=_WORDS, restricted=True, shown=True):
    """The parameters of a service; `tables` where it is of tables, `words` are the texts that it has as a whole."""
    return (
        p.connection(),
        choices.datastore(),
        layer_name(),
        choices.entity("STORED_DATA", _("Stored data"), data_help, "stored_data", optional=True),
        *((table_names(),) if tables else ()),
        *(text for text in _texts() if text.name() in words),
        *((_restricted(),) if restricted else ()),
        delivery.sheet(),
        p.text(
            "ENDPOINT",
            _("Endpoint (point d'accès)"),
            _(
                "Technical name or id of a certain endpoint. Left empty: a free one. Given for a service that is "
                "published elsewhere, it is offered there too."
            ),
            advanced=True,
        ),
        p.text(
            "NAME",
            _("Private label"),
            _("What the configuration is called in the datastore; nobody else sees it. Left empty: the layer name."),
            advanced=True,
        ),
        *_attribution(),
        delivery.matrix(
            "METADATA_LINKS",
            _("Links to metadata"),
            _(
                "One row each: the address, its format (application/xml if empty), its type (ISO19115:2003 if empty; "
                "FGDC, TC211, 19139, Other). Links that are there already stay."
            ),
            [_("Address"), _("Format"), _("Type")],
            advanced=True,
        ),
        *((_shown(),) if shown else ()),
        choices.ledger(),
    )


def layer_name():
    """LAYER_NAME, by which a service is known."""
    return p.text(
        "LAYER_NAME",
        _("Layer name"),
        _(
            "Technical name of the layer on the service, public, unique on the whole platform for each type of "
            "service: letters without accents, digits and _ - . alone. Run again with the same name, the service is "
            "brought up to date."
        ),
        optional=False,
    )


def offering(help):
    """OFFERING, by id or layer name."""
    return choices.entity("OFFERING", _("Service (offering)"), help, "offerings")


def service_type():
    """SERVICE_TYPE, where services of several types have one layer name."""
    return p.choice(
        "SERVICE_TYPE",
        _("Type of service"),
        _("Where services of several types have this layer name: only those of this one. Left empty: any."),
        [(code, code) for code in TYPES],
        advanced=True,
    )


def table_names():
    """TABLES of a database."""
    known = [name for name, _id in hints.lists().get("entrepot", {}).get("tables", [])]
    return p.names(
        "TABLES",
        _("Tables"),
        _(
            "Names of the tables to publish, in the order of the layers; several are separated by semicolons. None "
            "chosen: all, or of a service that is there, those that it has."
        ),
        known,
    )


def texts(headers, help):
    """TEXTS of single tables."""
    return delivery.matrix("TEXTS", _("Texts of the tables"), help, headers, advanced=True)


def levels():
    """BOTTOM_LEVEL, TOP_LEVEL of a pyramid."""
    return (
        p.text(
            "BOTTOM_LEVEL",
            _("Most detailed level"),
            _("Level of the pyramid, such as 14. Left empty: its most detailed one."),
            advanced=True,
        ),
        p.text(
            "TOP_LEVEL",
            _("Least detailed level"),
            _("Level of the pyramid, such as 6. Left empty: its least detailed one."),
            advanced=True,
        ),
    )


def extent():
    """EXTENT said by the service instead of that of the data."""
    return p.extent(
        _("Extent"), _("What the service says to be its extent. Left empty: that of the data."), advanced=True
    )


def _restricted():
    return p.flag(
        "RESTRICTED",
        _("Restricted"),
        _("Publishes on a restricted endpoint: a key and a permission are needed. Otherwise everybody can read."),
    )


def _texts():
    return (
        p.text("TITLE", _("Title"), _("Title for people. Left empty: as it is, or the name of the layer.")),
        p.text("ABSTRACT", _("Abstract"), _("What it is about. Left empty: as it is, or the title."), multiline=True),
        p.text("KEYWORDS", _("Keywords"), _("Separated by commas. Left empty: as they are."), advanced=True),
    )


def _attribution():
    return (
        *choices.attribution(),
        p.text(
            "ATTRIBUTION_LOGO",
            _("Attribution: logo"),
            _("Address of a small picture (PNG, JPEG, GIF); its size is read."),
            advanced=True,
        ),
    )


def _shown():
    return p.flag(
        "ADD_TO_PROJECT",
        _("Add the service to the map"),
        _("Adds the published layer to the project, where there is one."),
        default=True,
    )


# ---------------------------------------------------------------------- their values


def words(text):
    """Texts separated by commas or semicolons."""
    return tuple(word.strip() for word in text.replace(";", ",").split(",") if word.strip())


def box(call):
    """EXTENT as west, south, east, north in degrees; None for none."""
    shape = call.rectangle()
    if shape is None:
        return None
    found = shape.boundingBox()
    return found.xMinimum(), found.yMinimum(), found.xMaximum(), found.yMaximum()


def levels_of(call):
    """The levels that are given, as `type_infos` takes them."""
    given = {"bottom": call.text("BOTTOM_LEVEL"), "top": call.text("TOP_LEVEL")}
    return {name: level for name, level in given.items() if level}


def file_list(name, label, help, *, advanced=False):
    """A list of files (`files`)."""
    kind = QgsProcessing.SourceType.TypeFile
    return p.described(QgsProcessingParameterMultipleLayers(name, label, kind, optional=True), help, advanced=advanced)


def files(call, name):
    """The files of a list of files; InputError for one that is not there."""
    if call.parameters.get(name) in (None, "", []):  # QGIS would give the current folder
        return ()
    given = call.operation.parameterAsFileList(call.parameters, name, call.context)
    paths = [Path(text).expanduser() for text in given]
    for path in paths:
        if not path.is_file():
            raise InputError(_("{name}: there is no file {path}.").format(name=name, path=path))
    return tuple(paths)


def _links(call):
    """METADATA_LINKS as the API takes them."""
    for url, format, type in delivery.rows_of(call, "METADATA_LINKS"):
        yield {"format": format or LINK_FORMAT, "url": url, "type": type or LINK_TYPE}


# ---------------------------------------------------------------------- outputs


def declare(operation):
    """The outputs of `Publishing.publish`."""
    operation.addTexts(
        CONFIGURATION=_("Configuration (id)"),
        OFFERING=_("Offering (id)"),
        URL=_("Address of the service"),
        LAYER=_("Names of the layers on the service"),
        STATUS=_("Status of the offering"),
        STORED_DATA=_("Stored data (id)"),
    )
    operation.addNumbers(
        NEW_COUNT=_("Published by this run"),
        UPDATED_COUNT=_("Brought up to date"),
        UNCHANGED_COUNT=_("Left as it was"),
        LAYER_COUNT=_("Layers on the service"),
        VERIFIED_COUNT=_("Services read back as they should be"),
        FAULT_COUNT=_("Services read back with a fault"),
        REQUEST_COUNT=_("Requests sent"),
    )
