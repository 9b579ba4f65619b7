"""Parameters that the operations share which publish whole data sets."""

from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from qgis.core import (
    QgsApplication,
    QgsMapLayer,
    QgsProcessing,
)

from ...i18n import N_, _
from .. import parameters as p
from . import choices, datasets

EXPORT = 0.1
"""Which part of the work it is to export and check layers."""

SERVICES = (
    ("WFS", N_("WFS: the objects themselves, to query and download")),
    ("WMS-VECTOR", N_("WMS: pictures, drawn with the styles of the layers")),
    ("WMTS-TMS", N_("Vector tiles (TMS): fast maps")),
)


def services():
    """SERVICES: which ones; WFS and WMS if none is chosen."""
    return p.choices(
        "SERVICES",
        _("Services"),
        _("What to publish: WFS, WMS-VECTOR, WMTS-TMS (vector tiles). WFS and WMS-VECTOR if none is chosen."),
        [(code, _(label)) for code, label in SERVICES],
    )


def said(call, name, **given):
    """What the parameters say of a data set; `given` is said of this one alone."""
    from ...workflows.entrepot.publication.wishes import Said

    words = [word.strip() for word in call.text("KEYWORDS").replace(";", ",").split(",")]
    general = {
        "services": tuple(call.choices("SERVICES")) or ("WFS", "WMS-VECTOR"),
        "keywords": tuple(filter(None, words)),
        "open": not call.flag("RESTRICTED"),
        "attribution": (call.text("ATTRIBUTION"), call.text("ATTRIBUTION_URL")),
        "levels": (call.number("TOP_LEVEL"), call.number("BOTTOM_LEVEL")),
        "record": call.flag("METADATA"),
        "replace_old": call.flag("DELETE_OLD"),
        "srs": datasets.wanted_srs(call),
        "repair": call.flag("REPAIR"),
    }
    return Said(name=name, **{**general, **{key: value for key, value in given.items() if value}})


def common():
    """What is said of all data sets of a run."""
    return (
        services(),
        p.flag(
            "RESTRICTED",
            _("Restricted"),
            _("Publishes on restricted endpoints: a key and a permission are needed. Otherwise everybody can read."),
        ),
        datasets.crs(),
        p.flag(
            "REPAIR",
            _("Repair geometries"),
            _("Makes invalid geometries valid on the way; the layers themselves stay as they are."),
        ),
        p.text(
            "KEYWORDS",
            _("Keywords"),
            _("Separated by commas. Left empty: those of the layers' metadata."),
            advanced=True,
        ),
        *choices.attribution(),
        p.number(
            "TOP_LEVEL",
            _("Tiles: first level"),
            _("The least detailed level of the vector tiles, 0 (the world) to 20."),
            default=6,
            advanced=True,
        ),
        p.number(
            "BOTTOM_LEVEL",
            _("Tiles: last level"),
            _("The most detailed level of the vector tiles; maps magnify it further."),
            default=14,
            advanced=True,
        ),
        p.flag(
            "METADATA",
            _("Metadata record"),
            _("Makes an ISO record of the metadata of the layers, publishes it and links it to the services."),
            default=True,
            advanced=True,
        ),
        p.flag(
            "DELETE_OLD",
            _("Delete the data it replaces"),
            _("After an update the data published before is deleted. Otherwise it stays, and “Roll back” can show it."),
            advanced=True,
        ),
    )


def faults():
    """FAULTS: where what keeps layers from being published is."""
    return p.layer_out(
        "FAULTS",
        _("Places of faults"),
        _("A point in WGS84 for each fault of a geometry that the check found, where it is wrong."),
        QgsProcessing.SourceType.TypeVectorPoint,
    )


def take(call):
    """The layers of INPUT as they are now: in the main thread."""
    given = call.parameters.get("INPUT")
    own = [one.id() for one in (given if isinstance(given, (list, tuple)) else [given]) if isinstance(one, QgsMapLayer)]
    drawn = {layer.id() for layer in call.layers("INPUT") if layer.id() in own or has_look(layer)}
    return [one if one.layer_id in drawn else undrawn(one) for one in datasets.take(call)]


def has_look(layer):
    """Whether somebody gave it one: QGIS draws what it has just read from a file in any colour."""
    return layer.project() is not None or layer.loadDefaultStyle()[1]


def undrawn(taken):
    """What was taken, to be drawn in a plain style."""
    return replace(taken, about=replace(taken.about, sld=None, qml=None))


@contextmanager
def exported(call, taken):
    """What was taken as one GeoPackage that was checked, in a private folder that goes in the end, and the outputs of
    the check. Raises InputError for faults that the server would refuse.
    """
    from ...workflows.entrepot.checks.faults import COLUMNS
    from ...workflows.errors import InputError
    from ...workflows.own_folder import own_folder

    if not taken:
        raise InputError(_("There is no vector layer to publish: give some in INPUT."))
    with own_folder() as folder:
        watch = call.watch.part(0, EXPORT)
        found, data = datasets.checked(call, taken, Path(folder, "data.gpkg"), repair=call.flag("REPAIR"), watch=watch)
        outputs = call.places("FAULTS", COLUMNS, found.places(), ["point"])
        accept(call, found, data)
        yield data, outputs


def accept(call, found, data):
    """Tell the warnings of the check, and the names that change on the way; InputError for errors."""
    from ...workflows.errors import InputError

    if found.errors:
        told = _("{complaint} Nothing was sent. “Check layers before publishing” shows all that is wrong, and where.")
        if any(fault.code == "invalid_geometry" for fault in found.errors):
            told += " " + (
                _("REPAIR could not make it valid: mend it in the layer.")
                if call.flag("REPAIR")
                else _("REPAIR makes geometries valid.")
            )
        raise InputError(told.format(complaint=found.complaint()))
    for fault in found.faults:
        if fault.code != "column_name":  # it is among the names
            call.watch.warn(fault.sentence)
    for table in data.tables:
        if table.renamed:
            call.watch.info(
                _("“{layer}”: names that change on the server: {names}.").format(
                    layer=table.source, names=table.renamed
                )
            )


def to_show(call, office, done, *, is_open, key=None):
    """The published services as layers for the map; what cannot be shown is a warning, for they are published.

    Restricted ones are asked for with `key`, a `Key` with the headers of AUTHCFG.
    """
    from ...client.entrepot.urls import Url
    from ...client.errors import ServiceError
    from ...workflows.entrepot.services.map_layers import map_layers
    from ...workflows.entrepot.verification.diffusion import Reader
    from ...workflows.layers.flows import NotOffered

    if not call.flag("ADD_TO_PROJECT") or QgsApplication.platform() == "qgis_process":
        return []
    if not is_open and key is None:
        call.feedback.pushInfo(
            _(
                "Restricted services are added to the map with a key: give one in AUTHCFG, or see “Add a restricted "
                "layer”."
            )
        )
        return []
    reader = Reader(office.datastore.session, None if is_open else key)
    found = []
    for type, made in done.services.items():
        try:
            urls = [Url(*url) for url in made["urls"]]
            layers = map_layers(reader, type, made["layer"], urls)
            found += layers if is_open else [layer.with_key(call.text("AUTHCFG")) for layer in layers]
        except (NotOffered, ServiceError) as error:
            why = str(error) if isinstance(error, NotOffered) else call.watch.explain(error)
            call.feedback.pushWarning(
                _("{type} is published, but not added to the map: {why}").format(type=type, why=why)
            )
    return found
