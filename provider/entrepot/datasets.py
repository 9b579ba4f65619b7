"""Layers that are to be delivered: their parameters, what is wrong with them, and where that is.

Operations import this when QGIS starts: what it needs to work with is imported when one runs.
"""

from dataclasses import replace
from pathlib import Path

from qgis.core import (
    QgsProcessing,
    QgsProcessingParameterCrs,
    QgsProcessingParameterMultipleLayers,
    QgsProviderRegistry,
    QgsRasterLayer,
)

from ...i18n import _, ngettext
from ...workflows.errors import InputError
from .. import parameters as p
from ..project.systems import sound

TABLES = (
    ("table", "text"),
    ("layer", "text"),
    ("title", "text"),
    ("geometry", "text"),
    ("count", "integer"),
    ("repaired", "integer"),
    ("remarks", "text"),
    ("digest", "text"),
)
"""Of a table of tables."""


def layers(help, *, kind=QgsProcessing.SourceType.TypeVector, optional=False):
    """INPUT: several layers."""
    return p.described(QgsProcessingParameterMultipleLayers("INPUT", _("Layers"), kind, optional=optional), help)


def selected_only():
    """SELECTED_ONLY."""
    return p.flag(
        "SELECTED_ONLY",
        _("Selected objects only"),
        _("Of layers with a selection, only what is selected; layers without one are taken whole."),
    )


def crs():
    """CRS: what all layers are reprojected to."""
    return p.described(
        QgsProcessingParameterCrs("CRS", _("Coordinate system"), optional=True),
        _("What all layers are reprojected to; it needs an EPSG or IGNF code. Left empty: that of the first layer."),
    )


def wanted_crs(call):
    """The coordinate system of CRS, None if none is asked for; InputError for one that QGIS does not know."""
    found = call.operation.parameterAsCrs(call.parameters, "CRS", call.context)
    if found.isValid():
        return sound(found)
    given = call.text("CRS")
    if given:
        raise InputError(
            _("CRS: “{given}” is no coordinate system that QGIS knows; give its code, such as EPSG:2154.").format(
                given=given
            )
        )
    return None


def wanted_srs(call):
    """Its code as the server knows it, "" if none is asked for, or it has none."""
    from ..project.export import srs_of

    crs = wanted_crs(call)
    return "" if crs is None else srs_of(crs)


def take(call, name="INPUT"):
    """The vector layers of a parameter as they are now: in the main thread."""
    from ..project import export

    selected = call.flag("SELECTED_ONLY")
    return [export.take(layer, selected_only=selected) for layer in call.layers(name) if not _is_raster(layer)]


def rasters(call, name="INPUT"):
    """(name, file or None) of the images of a parameter: in the main thread."""
    registry = QgsProviderRegistry.instance()
    for layer in filter(_is_raster, call.layers(name)):
        parts = registry.decodeUri(layer.providerType(), layer.source()) if layer.providerType() == "gdal" else {}
        path = Path(parts.get("path") or "")
        yield layer.name(), path if path.is_file() else None


def checked(call, taken, file, *, repair=False, watch=None):
    """Export what was taken into this file, repaired if asked for, and look at all of it: (`Checked`, `Exported`).

    Of layers that cannot be exported only what they say of themselves is looked at; where none can, the second is None.
    `watch` is told of the progress, left out: that of the call.
    """
    from ...workflows.entrepot.checks import checking
    from ...workflows.entrepot.checks.faults import Checked
    from ..project.export import export_layers

    crs, srs = wanted_crs(call), wanted_srs(call)
    faults = checking.check_sources([_source(one) for one in taken], srs)
    if crs is not None and not srs:
        faults += checking.check_srs("", "CRS", crs.description() or crs.authid())
    if any(fault.code == "crs_unknown" for fault in faults):
        return Checked(tuple(faults), tuple((one.name, "") for one in taken)), None
    good, watch = _placed(taken), watch or call.watch
    data = export_layers(good, file, crs, call.context, watch, repair=repair) if good else None
    looked_at = {id(one): "" for one in taken}
    for one, table in zip(good, data.tables if data else ()):
        faults += _with_ids(one, list(checking.check_table(data.file, table, data.srs, watch)))
        looked_at[id(one)] = _content(table, data.srs)
    return Checked(tuple(faults), tuple((one.name, looked_at[id(one)]) for one in taken)), data


def repaired(call, taken, file):
    """What was taken in this file, its geometries made valid: an `Exported`."""
    from ..project.export import export_layers

    watch = call.watch.without_progress()
    return export_layers(_placed(taken), file, wanted_crs(call), call.context, watch, repair=True)


def check_images(images, srs=""):
    """What is wrong with the images of a project."""
    from ...workflows.entrepot.checks.faults import WARNING, Checked, Fault
    from ...workflows.entrepot.checks.file_checks import check_raster

    faults, looked_at = [], []
    for name, file in images:
        if file is None:
            said = _("It is no image in a file: it cannot be delivered. A WMS can be harvested instead.")
            faults.append(Fault(WARNING, "file", name, said))
        else:
            faults += [replace(fault, layer=name) for fault in check_raster(file, srs)]
        looked_at.append((name, str(file or "")))
    return Checked(tuple(faults), tuple(looked_at))


def together(*found):
    """Several `Checked` as one, errors first."""
    from ...workflows.entrepot.checks.faults import ERROR, Checked

    faults = [fault for one in found for fault in one.faults]
    faults.sort(key=lambda fault: fault.severity != ERROR)
    return Checked(tuple(faults), tuple(entry for one in found for entry in one.looked_at))


def tables(data):
    """The tables of a GeoPackage as rows of `TABLES`."""
    return [
        (table.name, table.source, table.title, table.geometry.lower() or None, table.count, table.repaired,
         " ".join(table.remarks) or None, table.digest)
        for table in data.tables
    ]  # fmt: skip


def _placed(taken):
    """Those that can be exported: layers without a coordinate system cannot."""
    return [one for one in taken if not one.shaped or one.crs.isValid()]


def _is_raster(layer):
    return isinstance(layer, QgsRasterLayer)


def _source(taken):
    from ...workflows.entrepot.checks.checking import Source
    from ..project.export import srs_of

    crs = taken.crs
    known = srs_of(crs)
    named = (known or crs.description() or crs.authid() or "?") if crs.isValid() else ""
    columns = tuple(field.name() for field in taken.fields)
    return Source(taken.name, columns, taken.shaped, known, named)


def _with_ids(taken, faults):
    """The faults with the ids that the objects have in their layer."""
    from ..project.export import ids_of_rows

    ids = ids_of_rows(taken, [fault.row for fault in faults if fault.row])
    return [replace(fault, feature=str(ids.get(fault.row, ""))) if fault.row else fault for fault in faults]


def _content(table, srs):
    from ...workflows.pages.writing import counted

    count = ngettext("{n} object", "{n} objects", counted(table.count))
    content = ", ".join(filter(None, (count, table.geometry.lower(), srs if table.geometry else "")))
    if not table.renamed:
        return content
    return _("{content}; names that change on the server: {names}").format(content=content, names=table.renamed)
