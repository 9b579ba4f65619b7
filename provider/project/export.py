"""Any layers of QGIS as one GeoPackage that the Géoplateforme takes: as they are shown, in one coordinate system.

`take` is for the main thread: it keeps of a layer what its rows are read from in any thread, filter, joins, virtual
fields and unsaved edits included. `export_layers` writes them.
"""

import json
import secrets
from dataclasses import dataclass, replace
from pathlib import Path

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCsException,
    QgsFeature,
    QgsFeatureRequest,
    QgsFeatureSink,
    QgsFields,
    QgsGeometry,
    QgsMapLayer,
    QgsReadWriteContext,
    QgsRectangle,
    QgsVectorFileWriter,
    QgsVectorLayer,
    QgsVectorLayerFeatureSource,
    QgsWkbTypes,
)
from qgis.PyQt.QtXml import QDomDocument

from ...i18n import _, ngettext
from ...workflows.entrepot.checks import tables
from ...workflows.entrepot.checks.tables import About, Column, Contact, Exported, Table
from ...workflows.entrepot.names import GEOMETRY, KEY, column_names, table_names
from ...workflows.errors import InputError
from .. import compat
from .features import python_value
from .systems import WGS84, sound, transform, wgs84

EVERY = 500
"""Rows between two looks at whether to stop."""
_GENERIC = (QgsWkbTypes.Type.Unknown, QgsWkbTypes.Type.GeometryCollection)
_FLAT = {
    QgsWkbTypes.GeometryType.PointGeometry: QgsWkbTypes.Type.Point,
    QgsWkbTypes.GeometryType.LineGeometry: QgsWkbTypes.Type.LineString,
    QgsWkbTypes.GeometryType.PolygonGeometry: QgsWkbTypes.Type.Polygon,
}


@dataclass(frozen=True)
class Taken:
    """A layer as it was when it was taken; `chosen` are the ids of its selected features, None for all of them."""

    name: str
    rows: object
    fields: object
    kind: object
    crs: object
    count: int
    about: Table
    chosen: object = None
    layer_id: str = ""

    @property
    def shaped(self):
        return self.kind != QgsWkbTypes.Type.NoGeometry


def take(layer, *, selected_only=False):
    """What is needed of a layer in another thread; of one without a selection, all."""
    if not isinstance(layer, QgsVectorLayer) or not layer.isValid():
        raise InputError(_("“{layer}” is no vector layer that can be read.").format(layer=layer.name()))
    chosen = sorted(layer.selectedFeatureIds()) if selected_only else []
    return Taken(
        layer.name(),
        QgsVectorLayerFeatureSource(layer),
        QgsFields(layer.fields()),
        layer.wkbType(),
        sound(layer.crs()),
        len(chosen) or max(layer.featureCount(), 0),
        _about(layer),
        chosen or None,
        layer.id(),
    )


def export_layers(layers, file, crs, context, watch, *, repair=False):
    """Write layers, or what was taken of them, into one GeoPackage: complete, or not at all.

    `crs` (None: that of the first layer) is what all are reprojected to, as the project of the context says. With
    `repair`, invalid geometries are made valid. Gives an `Exported`; raises InputError for a layer without a coordinate
    system, one that the server cannot know, or a table that cannot be written.
    """
    taken = [layer if isinstance(layer, Taken) else take(layer) for layer in layers]
    if not taken:
        raise InputError(_("There is no layer to export."))
    file, crs = Path(file), target_crs(taken, crs)
    work = file.with_name(f".{file.stem}-{secrets.token_hex(4)}.gpkg")
    names = table_names(one.name for one in taken)
    progress = _Progress(2 * sum(one.count for one in taken), watch)
    way = _Way(work, crs, context.transformContext(), repair, progress)
    try:
        found = tuple(_exported(one, name, way) for one, name in zip(taken, names))
        tables.make_timeless(work)
        work.replace(file)
    finally:
        for left in (work, *(work.with_name(work.name + end) for end in ("-journal", "-wal", "-shm"))):
            left.unlink(missing_ok=True)
    srs = srs_of(crs)
    return Exported(file, srs, found, tables.digest_of(found, srs))


def target_crs(taken, crs=None):
    """The coordinate system to export to: this one, else that of the first layer with geometry.

    Raises InputError if there is none, or none that the server knows by an EPSG or IGNF code.
    """
    shaped = [one for one in taken if one.shaped]
    for one in shaped:
        if not one.crs.isValid():
            raise InputError(
                _(
                    "“{layer}” has no coordinate system, so nobody knows where its objects are: set it in the layer's "
                    "properties (Source > CRS)."
                ).format(layer=one.name)
            )
    if crs is None or not crs.isValid():
        crs = shaped[0].crs if shaped else wgs84()
    if srs_of(crs) == WGS84:  # OGC:CRS84 too, whose order of axes QGIS does not know either
        return wgs84()
    if not srs_of(crs):
        raise InputError(
            _(
                "The coordinate system “{crs}” has no EPSG or IGNF code, so the server cannot know it: choose another "
                "one to export to, such as EPSG:2154."
            ).format(crs=crs.description() or crs.authid() or "?")
        )
    return crs


def srs_of(crs):
    """The code by which the server knows a coordinate system, `EPSG:2154`; "" if it has none."""
    code = crs.authid()
    if code in ("OGC:CRS84", "CRS:84"):
        return WGS84
    return code if code.startswith(("EPSG:", "IGNF:")) else ""


def ids_of_rows(taken, rows):
    """The ids that features have in their layer, by the number of their row in the table; for few rows of many."""
    wanted, last = set(rows), max(rows, default=0)
    request = _request(taken).setFlags(QgsFeatureRequest.Flag.NoGeometry).setSubsetOfAttributes([])
    found = {}
    for number, feature in enumerate(taken.rows.getFeatures(request), 1):
        if number in wanted:
            found[number] = feature.id()
        if number >= last:
            break
    return found


# ---------------------------------------------------------------------- one table


@dataclass(frozen=True)
class _Way:
    """Where to and how the tables are written."""

    file: Path
    crs: object
    transforms: object
    repair: bool
    progress: object


class _Progress:
    """Rows written and rows read again, over all layers."""

    def __init__(self, total, watch):
        self._total, self._watch, self._done = total, watch, 0

    def step(self, rows):
        """So many rows of what is under way are done; raises Cancelled to stop."""
        self._watch.check()
        self._watch.progress(min(self._done + rows, self._total), self._total)

    def done(self, rows):
        self._done += rows


class _Attributes:
    """The columns of a layer as the server takes them, and the values of a feature for them.

    `same` says that values go over as they are. Lists, JSON and what else no column can hold become text; binary
    columns are left out.
    """

    def __init__(self, fields):
        kept = [(at, field) for at, field in enumerate(fields) if not compat.is_binary(field)]
        names = column_names(field.name() for _at, field in kept)
        self.left_out = [field.name() for field in fields if compat.is_binary(field)]
        self.as_text = [field.name() for _at, field in kept if not compat.is_plain(field)]
        self.same = len(kept) == len(fields) and not self.as_text
        self.fields, self.sources = QgsFields(), {}
        self._from = [(at, compat.is_plain(field)) for at, field in kept]
        for name, (_at, field) in zip(names, kept):
            self.fields.append(compat.renamed(field, name) if compat.is_plain(field) else compat.field(name, "text"))
            self.sources[name] = field.name()

    def __call__(self, values):
        return [values[at] if plain else _as_text(values[at]) for at, plain in self._from]


def _exported(taken, name, way):
    """Write a table and read it back: the `Table`."""
    attributes = _Attributes(taken.fields)
    kind = _first_kind(taken)
    while True:
        try:
            written = _write(taken, name, attributes, kind, way)
            break
        except _OtherKind as other:  # the layer says that its geometries are of another kind than they are
            kind = other.kind
    way.progress.done(taken.count)
    srs, geometry = srs_of(way.crs), _said(kind) if taken.shaped else ""
    columns = tuple(
        Column(column, type, attributes.sources[column]) for column, type in _columns(way.file, name) if column != KEY
    )
    content = tables.read_content(way.file, name, columns, geometry, srs if taken.shaped else "", way.progress.step)
    way.progress.done(taken.count)
    if content.count != written.rows:
        raise InputError(_cannot_write(name, _("{n} rows are missing").format(n=written.rows - content.count)))
    return replace(
        taken.about,
        name=name,
        fields=columns,
        geometry=geometry,
        count=content.count,
        extent=_extent(name, way) if taken.shaped else None,
        sample=content.sample,
        digest=content.digest,
        remarks=tuple(_remarks(attributes, written)),
        unplaced=written.unplaced,
        repaired=written.repaired,
    )


class _OtherKind(Exception):
    """A geometry that the kind of the table does not hold; `kind` holds both."""

    def __init__(self, kind):
        super().__init__(kind)
        self.kind = kind


class _Written:
    """What was met while a table was written."""

    def __init__(self):
        self.rows, self.nowhere, self.unplaced, self.straightened, self.repaired = 0, 0, 0, 0, 0


def _write(taken, name, attributes, kind, way):
    writer = _writer(taken, name, attributes.fields, kind, way)
    written = _Written()
    shaping = _Shaping(taken, kind, way, written)
    try:
        for feature in taken.rows.getFeatures(_request(taken)):
            written.rows += 1
            if written.rows % EVERY == 0:
                way.progress.step(written.rows)
            shaping(feature)
            if not attributes.same:
                feature = _with_values(feature, attributes)
            if not writer.addFeature(feature, QgsFeatureSink.Flag.FastInsert):
                raise InputError(_cannot_write(name, writer.errorMessage() or writer.lastError()))
        if not writer.flushBuffer():
            raise InputError(_cannot_write(name, writer.errorMessage() or writer.lastError()))
    finally:
        del writer  # the file is complete, and closed, only then
    if written.nowhere or written.unplaced:
        tables.empty_is_null(way.file, name)
    return written


def _writer(taken, name, fields, kind, way):
    options = QgsVectorFileWriter.SaveVectorOptions()
    options.driverName = "GPKG"
    options.layerName = name
    # the server makes its own index; the key is called as it calls it
    options.layerOptions = [f"FID={KEY}", f"GEOMETRY_NAME={GEOMETRY}", "SPATIAL_INDEX=NO"]
    options.actionOnExistingFile = (
        QgsVectorFileWriter.ActionOnExistingFile.CreateOrOverwriteLayer
        if way.file.exists()
        else QgsVectorFileWriter.ActionOnExistingFile.CreateOrOverwriteFile
    )
    crs = way.crs if taken.shaped else QgsCoordinateReferenceSystem()
    writer = QgsVectorFileWriter.create(str(way.file), fields, kind, crs, way.transforms, options)
    if writer.hasError() != QgsVectorFileWriter.WriterError.NoError:
        raise InputError(_cannot_write(name, writer.errorMessage()))
    return writer


class _Shaping:
    """Gives features the geometry that goes into the table."""

    def __init__(self, taken, kind, way, written):
        self._kind, self._shaped, self._repair, self._written = kind, taken.shaped, way.repair, written
        self._transform = transform(taken.crs, way.crs, way.transforms)
        self._in_place = not taken.shaped or self._transform.isShortCircuited()
        self._fitting = set()

    def __call__(self, feature):
        shape, written = feature.geometry(), self._written
        if shape.isEmpty():
            written.nowhere += self._shaped
            return
        before = shape
        if not self._in_place:
            shape = self._placed(shape)
            if shape.isNull():
                feature.setGeometry(shape)
                return
        if self._repair and not shape.isGeosValid():
            invalid, shape = shape, _repaired(shape)
            written.repaired += shape is not invalid
        found = shape.wkbType()
        if found != self._kind:
            self._check_fits(found)
            written.straightened += QgsWkbTypes.isCurvedType(found)
            shape = _converted(shape, self._kind)
        if shape is not before or found != self._kind:
            feature.setGeometry(shape)

    def _check_fits(self, found):
        if found not in self._fitting:
            best = _best_kind(self._kind, [found])
            if best != self._kind:
                raise _OtherKind(best)
            self._fitting.add(found)

    def _placed(self, shape):
        """In the other coordinate system; none if it has no place there, which is counted.

        Not by the request: its callback for what has no place crashes the interpreter (QGIS 3.22).
        """
        shape = QgsGeometry(shape)
        try:
            shape.transform(self._transform)
        except QgsCsException:
            self._written.unplaced += 1
            return QgsGeometry()
        return shape


def _repaired(shape):
    """A valid geometry of the same dimension; as it was if there is none."""
    valid, kind = shape.makeValid(), QgsWkbTypes.geometryType(shape.wkbType())
    if QgsWkbTypes.flatType(valid.wkbType()) == QgsWkbTypes.Type.GeometryCollection:
        valid.convertGeometryCollectionToSubclass(kind)
    same = not valid.isEmpty() and QgsWkbTypes.geometryType(valid.wkbType()) == kind
    return valid if same else shape


def _request(taken):
    request = QgsFeatureRequest()
    return request if taken.chosen is None else request.setFilterFids(taken.chosen)


def _with_values(feature, attributes):
    found = QgsFeature(attributes.fields)
    found.setAttributes(attributes(feature.attributes()))
    found.setGeometry(feature.geometry())
    return found


def _as_text(value):
    plain = python_value(value)
    if plain is None or isinstance(plain, str):
        return plain
    return json.dumps(plain, ensure_ascii=False, sort_keys=True, default=str)


def _cannot_write(name, why):
    return _("The table {name} cannot be written: {why}").format(name=name, why=why)


# ---------------------------------------------------------------------- kinds of geometry


def _first_kind(taken):
    """What the layer says that its geometries are; where it says nothing, what they are."""
    straight = _straight(taken.kind)
    if not taken.shaped or QgsWkbTypes.flatType(straight) not in _GENERIC:
        return straight
    kinds = set()
    for feature in taken.rows.getFeatures(_request(taken).setSubsetOfAttributes([])):
        if feature.hasGeometry():
            kinds.add(feature.geometry().wkbType())
    return _best_kind(None, kinds) if kinds else straight


def _best_kind(kind, others):
    """One kind that holds all: several parts where there are some, Z and M where there are some, no curves.

    Points, lines and polygons together are of no kind (Unknown).
    """
    kinds = {_straight(each) for each in (*others, *([] if kind is None else [kind]))}
    if QgsWkbTypes.Type.Unknown in kinds:
        return QgsWkbTypes.Type.Unknown
    flat = {QgsWkbTypes.flatType(each) for each in kinds}
    if len({QgsWkbTypes.singleType(each) for each in flat}) > 1:
        return QgsWkbTypes.Type.Unknown
    best = next((each for each in flat if QgsWkbTypes.isMultiType(each)), None) or flat.pop()
    return QgsWkbTypes.zmType(best, any(map(QgsWkbTypes.hasZ, kinds)), any(map(QgsWkbTypes.hasM, kinds)))


def _straight(kind):
    """The kind without curves, triangles and the old 25D numbers."""
    has_z, has_m, several = QgsWkbTypes.hasZ(kind), QgsWkbTypes.hasM(kind), QgsWkbTypes.isMultiType(kind)
    flat = _FLAT.get(QgsWkbTypes.geometryType(kind))
    if flat is None or QgsWkbTypes.flatType(kind) in _GENERIC:
        return kind
    return QgsWkbTypes.zmType(QgsWkbTypes.multiType(flat) if several else flat, has_z, has_m)


def _converted(shape, kind):
    """A geometry as one of this kind; as it is, but straight, where that is not possible."""
    if QgsWkbTypes.isCurvedType(shape.wkbType()):
        shape = QgsGeometry(shape.constGet().segmentize())
    if kind == QgsWkbTypes.Type.Unknown:
        return shape
    if QgsWkbTypes.geometryType(shape.wkbType()) != QgsWkbTypes.geometryType(kind):
        return shape
    if QgsWkbTypes.isMultiType(kind):
        shape.convertToMultiType()
    if QgsWkbTypes.hasZ(kind):
        shape.get().addZValue(0.0)
    if QgsWkbTypes.hasM(kind):
        shape.get().addMValue(0.0)
    return shape


def _said(kind):
    """`MULTIPOLYGON ZM`, as others than QGIS say it."""
    if kind == QgsWkbTypes.Type.Unknown:
        return "GEOMETRY"
    flat = QgsWkbTypes.displayString(QgsWkbTypes.flatType(kind)).upper()
    return f"{flat} {'Z' * QgsWkbTypes.hasZ(kind)}{'M' * QgsWkbTypes.hasM(kind)}".strip()


# ---------------------------------------------------------------------- what is known of it


def _columns(file, name):
    """(name, type) of the columns of a table of a GeoPackage, the geometry left out."""
    return [column for column in tables.columns_of(file, name) if column[0] != GEOMETRY]


def _extent(name, way):
    """West, south, east, north in WGS84; None of a table without a place."""
    box = tables.box_of(way.file, name)
    if box is None:
        return None
    to_wgs84 = transform(way.crs, wgs84(), way.transforms)
    try:
        found = to_wgs84.transformBoundingBox(QgsRectangle(*box))
    except QgsCsException:
        return None
    return found.xMinimum(), found.yMinimum(), found.xMaximum(), found.yMaximum()


def _remarks(attributes, written):
    if attributes.left_out:
        yield _("Binary columns are left out: {columns}.").format(columns=", ".join(attributes.left_out))
    if attributes.as_text:
        yield _("Lists and JSON become text: {columns}.").format(columns=", ".join(attributes.as_text))
    if written.straightened:
        yield ngettext(
            "{n} curved geometry is made of straight segments.",
            "{n} curved geometries are made of straight segments.",
            written.straightened,
        )


def _about(layer):
    metadata = layer.metadata()
    keywords = [word for vocabulary in metadata.keywords().values() for word in vocabulary]
    return Table(
        "",
        title=metadata.title() or layer.name(),
        abstract=metadata.abstract(),
        keywords=tuple(dict.fromkeys(keywords)),
        source=layer.name(),
        sld=sld_of(layer),
        qml=qml_of(layer),
        about=About(
            metadata.identifier(),
            metadata.language(),
            tuple(metadata.licenses()),
            tuple(metadata.rights()),
            tuple(map(_contact, metadata.contacts())),
            tuple(metadata.categories()),
            tuple(metadata.history()),
            tuple((link.name, link.url) for link in metadata.links()),
        ),
    )


def _contact(contact):
    return Contact(contact.name, contact.organization, contact.position, contact.email, contact.voice, contact.role)


def sld_of(layer):
    """The symbology as SLD 1.1.0, None of a layer that is not drawn."""
    if not layer.isSpatial() or layer.renderer() is None:
        return None
    return compat.sld_document(layer).toString() or None


def qml_of(layer):
    """The symbology as QGIS itself keeps it, None of a layer that is not drawn."""
    if not layer.isSpatial() or layer.renderer() is None:
        return None
    document = QDomDocument()
    parts = QgsMapLayer.StyleCategory.Symbology | QgsMapLayer.StyleCategory.Labeling
    layer.exportNamedStyle(document, QgsReadWriteContext(), parts | QgsMapLayer.StyleCategory.Rendering)
    return document.toString() or None
