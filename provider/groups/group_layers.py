"""The group layers of a store as layers of a project: once each, in the looks and the order of the server.

A layer knows what it shows by custom properties, and by the table of its source: never by its name. Those that a user
has already keep their looks; what the server changed in their columns is brought up to date.
"""

import hashlib
import json
import zlib
from functools import partial
from html import escape

from qgis.core import (
    QgsDataSourceUri,
    QgsFillSymbol,
    QgsLayerMetadata,
    QgsLayerNotesUtils,
    QgsLayerTreeLayer,
    QgsLineSymbol,
    QgsMarkerSymbol,
    QgsSingleSymbolRenderer,
    QgsVectorLayer,
    QgsWkbTypes,
)
from qgis.PyQt.QtGui import QColor

from ...i18n import _
from ...workflows.layers.catalogue import Entry
from ...workflows.layers.conditions import quoted_name
from ...workflows.layers.described import described
from ...workflows.layers.style_images import styles_of
from ..project import layers
from .geoservices import qgis_layer, source, without_tags
from .group_choice import ROW
from .group_forms import apply_form
from .group_styles import apply_styles, apply_view

SERVICE, DATABASE, TABLE = "geocollab/service", "geocollab/database", "geocollab/table"
GEOSERVICE = "geocollab/geoservice"
"""Custom properties that say what a layer shows: the root of the API, and the numbers there."""
ORDER, FORM, GROUP = "geocollab/order", "geocollab/form", "geocollab/group"
"""Custom properties: the place among the layers of the group, the columns that the form is for, the group's name."""
MIXED = ("Geometry", "GeometryCollection")
"""Types of geometry of which a table has several; QGIS neither draws nor edits those of SpatiaLite."""
MANY_LINES = 8
"""A legend of more lines begins folded."""


def identity(layer):
    """(service, database, table) of a group layer in a project, None for any other."""
    found = tuple(layer.customProperty(name) for name in (SERVICE, DATABASE, TABLE))
    return None if None in found else (str(found[0]), int(found[1]), int(found[2]))


def uri(store, stored):
    """The data source of a layer of a store."""
    return layers.uri(store, stored.local_table, stored.local_geometry, ROW)


def dress(layer, stored, images):
    """Give a layer the looks and rules of the server, and say in it what it is. Gives warnings.

    The styles come last: each of them keeps what was set before.
    """
    about = described(stored)
    layer.setName(about.table.title)
    _identify(layer, about, stored)
    _describe(layer, about)
    _date(layer, stored)
    warnings = _rule(layer, about, stored)
    label = _label(about, stored)
    if label:
        layer.setDisplayExpression(quoted_name(label))
    apply_view(layer, about.table.min_zoom, about.table.max_zoom, about.layer.opacity)
    warnings += _draw(layer, about, stored, images)
    return warnings


class GroupLayers(layers.StoreLayers):
    """Group layers of one store, and geoservices, as what a run gives to a project.

    `images` are the pictures of the styles by their addresses; with `anew` layers that were there get the styles and
    forms of the server.
    """

    def __init__(self, store, stored, images=None, *, community="", anew=False):
        super().__init__(store)
        self._stored = {layer.local_table: layer for layer in stored}
        self._images = images or {}
        self._community = community
        self._anew = anew
        self._services = []

    def add_services(self, root, entries, flows):
        """Geoservices of the API at `root`: entries of the catalogue, and how to open those that can be used."""
        usable = [entry for entry in entries if entry.geoservice.id in flows]
        self._services += [(root, entry, flows[entry.geoservice.id]) for entry in usable]

    def outputs(self, context, present):
        """The sources of the layers of the store; those that the project does not have are loaded with the results."""
        sources = []
        for table, stored in self._stored.items():
            source = f"{layers.PROVIDER}://{uri(self._store, stored)}"
            sources.append(source)
            if (layers.same(self._store), table) not in present:
                layers.load(context, source, described(stored).table.title, "", partial(self._begin, stored))
        return sources

    def finish(self, context):
        warnings = super().finish(context)
        for (store, table), layer in layers.spatialite(context.project()):
            if store == layers.same(self._store) and table in self._stored:
                warnings += self._renew(layer, self._stored[table])
        for root, entry, flow in self._services:
            warnings += self._load_service(context, root, entry, flow)
        return warnings

    # ------------------------------------------------------------------ layers of the store

    def _begin(self, stored, layer, project, feedback):
        for warning in dress(layer, stored, self._images):
            feedback.pushWarning(f"{layer.name()}: {warning}")
        self._place(layer, project, described(stored).layer)

    def _renew(self, layer, stored):
        """Bring a layer that was there up to date; what the user made of it stays."""
        about = described(stored)
        _date(layer, stored)
        if layer.isEditable():
            changed = layer.customProperty(FORM) != _fingerprint(about)
            words = _("“{layer}” is being edited: save it, then refresh it to see what has changed in its columns.")
            return [words.format(layer=layer.name())] if changed else []
        _identify(layer, about, stored)
        known = [ROW, *(column.local for column in stored.columns if column.name != stored.geometry)]
        if layer.dataProvider().fields().names() != known:
            layer.setDataSource(layer.source(), layer.name(), layer.providerType())  # it knows the columns of before
        if self._anew:
            return dress(layer, stored, self._images)
        if layer.customProperty(FORM) == _fingerprint(about):
            return []
        styles = layer.styleManager()
        current, warnings = styles.currentStyle(), []
        for name in [*(name for name in styles.styles() if name != current), current]:
            styles.setCurrentStyle(name)  # each has a form of its own
            _describe(layer, about)
            warnings += _rule(layer, about, stored)
        return [f"{layer.name()}: {warning}" for warning in dict.fromkeys(warnings)]

    # ------------------------------------------------------------------ geoservices

    def _load_service(self, context, root, entry, flow):
        """Have a geoservice loaded with the results, by the id of its layer: its address may hold a key."""
        own = (root, str(entry.geoservice.id))
        for layer in context.project().mapLayers().values():
            if (layer.customProperty(SERVICE), str(layer.customProperty(GEOSERVICE))) == own:
                return []
            if layer.providerType() == flow.provider and layer.source() == source(flow):
                return []
        layer = qgis_layer(entry, flow)
        if layer is None:
            return [_("QGIS cannot open the map service “{title}”.").format(title=entry.title)]
        layer.setCustomProperty(SERVICE, root)
        layer.setCustomProperty(GEOSERVICE, entry.geoservice.id)
        layer.setCustomProperty(ORDER, entry.layer.order)
        context.temporaryLayerStore().addMapLayer(layer)
        layers.load(context, layer.id(), entry.title, "", partial(self._begin_service, entry))
        return []

    def _begin_service(self, entry, layer, project, _feedback):
        layer.setName(entry.title)
        self._place(layer, project, entry.layer)

    # ------------------------------------------------------------------ the tree

    def _place(self, layer, project, about):
        """Into the group, above what the server draws before."""
        root = project.layerTreeRoot()
        node = layers.place(layer, root, self._folder(root), lambda child: _order(child) < about.order)
        node.setItemVisibilityChecked(about.visible)
        lines = layer.renderer().legendSymbolItems() if isinstance(layer, QgsVectorLayer) and layer.renderer() else []
        node.setExpanded(about.visible and len(lines) <= MANY_LINES)

    def _folder(self, root):
        """The group of the community in the tree, whatever the user calls it; a new one lies below the reports."""
        for group in root.findGroups(True):
            if group.customProperty(GROUP) == self._community:
                return group
        reports = {table for _output, table, _geometry in layers.TABLES}
        holding = [at for at, node in enumerate(root.children()) if reports & _tables(node)]
        group = root.insertGroup(holding[-1] + 1 if holding else 0, f"[ESPACE CO] {self._community}")
        group.setCustomProperty(GROUP, self._community)
        return group


def _order(node):
    """The place of a layer of ours among those of its group; what is not ours is above all of them."""
    layer = node.layer() if isinstance(node, QgsLayerTreeLayer) else None
    order = layer.customProperty(ORDER) if layer else None
    return float("inf") if order is None else int(order)


def _tables(node):
    """The SpatiaLite tables that a node of the tree shows."""
    nodes = [node] if isinstance(node, QgsLayerTreeLayer) else node.findLayers()
    found = [each.layer() for each in nodes]
    return {
        QgsDataSourceUri(layer.source()).table() for layer in found if layer and layer.providerType() == layers.PROVIDER
    }


# ---------------------------------------------------------------------- what is set in a layer


def _identify(layer, about, stored):
    layer.setCustomProperty(SERVICE, stored.service)
    layer.setCustomProperty(DATABASE, stored.database)
    layer.setCustomProperty(TABLE, stored.table)
    layer.setCustomProperty(ORDER, about.layer.order)
    layer.setReadOnly(not about.editable)


def _rule(layer, about, stored):
    """Set the form. Gives warnings."""
    layer.setCustomProperty(FORM, _fingerprint(about))
    return apply_form(layer, about, stored)


def _fingerprint(about):
    """Of all that a form is made of."""
    made_of = [about.table.raw.get("columns"), sorted(about.locked), about.refusals, about.table.key]
    return hashlib.sha256(json.dumps(made_of, sort_keys=True).encode()).hexdigest()


def _describe(layer, about):
    """Title and description in the metadata; what one should know in the notes, which the legend shows."""
    entry, table = Entry(about.layer, about), about.table
    known = QgsLayerMetadata(layer.metadata())
    known.setTitle(without_tags(table.title))
    known.setAbstract(without_tags(entry.description))
    known.setIdentifier(about.code)
    known.setType("dataset")
    known.setParentIdentifier(without_tags(about.database_title))
    layer.setMetadata(known)
    lines = [
        entry.description,
        _("Group layer {code} – {database}").format(code=about.code, database=about.database_title),
        entry.why_not,
    ]
    if about.grids and about.editable:
        lines.append(_("You may edit it in these zones: {zones}.").format(zones=", ".join(about.grids)))
    if table.geometry_type in MIXED:
        lines.append(
            _(
                "Its table has geometries of several types: QGIS does not draw them and cannot edit them here. Their "
                "attributes can be edited."
            )
        )
    columns = [(column.title, column.description) for column in table.columns if column.description]
    notes = "".join(f"<p>{escape(line)}</p>" for line in lines if line)
    notes += "".join(f"<p><b>{escape(name)}</b>: {escape(text)}</p>" for name, text in columns)
    QgsLayerNotesUtils.setLayerNotes(layer, notes)


def _date(layer, stored):
    """When it was loaded, in the metadata."""
    known = QgsLayerMetadata(layer.metadata())
    known.setHistory([_("Up to date on {moment}").format(moment=stored.loaded)] if stored.loaded else [])
    layer.setMetadata(known)


def _label(about, stored):
    """The column by which a person knows an object: its first plain text, else its key. Its name in the store."""
    texts = [c.name for c in about.table.columns if c.type == "String" and c.enum is None and c.name != stored.key]
    local = {column.name: column.local for column in stored.live if not column.hidden}
    return next((local[name] for name in [*texts, stored.key] if name in local), "")


def _draw(layer, about, stored, images):
    """The styles of the server; without any, a colour that is always the same for this table. Gives warnings."""
    if not layer.isSpatial() or layer.geometryType() == QgsWkbTypes.GeometryType.UnknownGeometry:
        return []
    styles = styles_of(stored)
    if not styles:
        layer.setRenderer(QgsSingleSymbolRenderer(_plain_symbol(layer.geometryType(), stored)))
        return []
    names = {column.name: column.local for column in stored.live}
    return apply_styles(layer, styles, about.layer.preferred_style, images, names)


def _plain_symbol(kind, stored):
    code = f"{stored.database_name}:{stored.table_name}"
    color = QColor.fromHsv(zlib.crc32(code.encode()) % 360, 165, 190)
    strong, light = color.name(), QColor(color.red(), color.green(), color.blue(), 70).name(QColor.NameFormat.HexArgb)
    if kind == QgsWkbTypes.GeometryType.PointGeometry:
        return QgsMarkerSymbol.createSimple({
            "name": "circle", "size": "2.6", "color": strong, "outline_color": "#ffffff", "outline_width": "0.3",
        })  # fmt: skip
    if kind == QgsWkbTypes.GeometryType.LineGeometry:
        return QgsLineSymbol.createSimple({"line_color": strong, "line_width": "0.6", "capstyle": "round"})
    return QgsFillSymbol.createSimple({"color": light, "outline_color": strong, "outline_width": "0.4"})
