"""The tables of a store as layers of a project: once each, styled, grouped, with their relations."""

from functools import partial
from pathlib import Path

from qgis.core import (
    QgsAttributeEditorContainer,
    QgsAttributeEditorRelation,
    QgsDataSourceUri,
    QgsLayerTreeLayer,
    QgsProcessingContext,
    QgsProcessingLayerPostProcessorInterface,
    QgsRelation,
    QgsRelationContext,
    QgsVectorLayer,
)

from .relations import PARENT_TABLE, RELATIONS

STYLES = Path(__file__).resolve().parent.parent.parent / "styles"

TABLES = (
    ("REPORTS", "Signalement", "geom"),
    ("SKETCH_POINTS", "Croquis_EC_Point", "geom"),
    ("SKETCH_LINES", "Croquis_EC_Ligne", "geom"),
    ("SKETCH_POLYGONS", "Croquis_EC_Polygone", "geom"),
    ("REPLIES", "Reponse_EC", ""),
    ("DOCUMENTS", "Document_EC", ""),
)
"""Output, table and geometry column, from the top of the map to its bottom."""
_OURS = {table for _output, table, _geometry in TABLES}
_MODES = {
    "replace": QgsVectorLayer.SelectBehavior.SetSelection,
    "add": QgsVectorLayer.SelectBehavior.AddToSelection,
    "remove": QgsVectorLayer.SelectBehavior.RemoveFromSelection,
    "intersect": QgsVectorLayer.SelectBehavior.IntersectSelection,
}

PROVIDER = "spatialite"


def uri(store, table, geometry, key="id"):
    """The data source of one table; `key` is its column of row ids."""
    source = QgsDataSourceUri()
    source.setDatabase(Path(store).as_posix())
    source.setDataSource("", table, geometry or None, "", key)
    return source.uri()


def sources(project):
    """(file, table) of each SpatiaLite layer of a project."""
    return {key for key, _layer in spatialite(project)}


def selected(project):
    """{(file, table): ids of the rows} of what is selected in the layers of a project that show a table of ours."""
    found = {}
    for key, layer in spatialite(project):
        if layer.selectedFeatureCount() and key[1] in _OURS:
            found.setdefault(key, []).extend(layer.selectedFeatureIds())
    return found


def select(project, store, rows, mode):
    """Select rows, ids by table, in the layers of a store; of a layer with a filter, those that it shows."""
    for (file, table), layer in spatialite(project):
        if file == same(store) and table in rows:
            ids = rows[table]
            if layer.subsetString():
                shown = layer.allFeatureIds()
                ids = [number for number in ids if number in shown]
            layer.selectByIds(ids, _MODES[mode])


def styled(layer, table):
    """Give a layer the style, form and actions that ship with us."""
    layer.loadNamedStyle(str(STYLES / f"{table}.qml"))
    layer.triggerRepaint()


def add_reports(project, store, group):
    """Add the layers of a store to a project, those that it has not yet; gives all of them by table."""
    found = {key[1]: layer for key, layer in spatialite(project) if key[0] == same(store)}
    for _output, table, geometry in TABLES:
        if table not in found:
            layer = QgsVectorLayer(uri(store, table, geometry), table, PROVIDER)
            styled(layer, table)
            project.addMapLayer(layer, False)
            found[table] = layer
            _into_group(project, layer, group)
    relate(project)
    return found


def relate(project):
    """Make the relations that the forms show. Their ids are in the styles, so that one store in a project has them."""
    stores = {}
    for (store, table), layer in spatialite(project):
        stores.setdefault(store, {})[table] = layer
    tables = next((tables for tables in stores.values() if PARENT_TABLE in tables), {})
    manager = project.relationManager()
    added = False
    for wanted in RELATIONS:
        parent, child = tables.get(PARENT_TABLE), tables.get(wanted.child_table)
        if parent is None or child is None or manager.relation(wanted.id).isValid():
            continue
        # without the context it would look for its layers in the current project
        relation = QgsRelation(QgsRelationContext(project))
        relation.setId(wanted.id)
        relation.setName(wanted.name)
        relation.setReferencedLayer(parent.id())
        relation.setReferencingLayer(child.id())
        relation.addFieldPair(wanted.child_field, wanted.parent_field)
        if relation.isValid():
            manager.addRelation(relation)
            added = True
    if added:
        _tell_form(tables[PARENT_TABLE], manager)


def _tell_form(layer, manager):
    """A form looks for its relations when the current project is opened; this one was loaded before there were any."""
    config = layer.editFormConfig()
    waiting = [config.invisibleRootContainer()]
    for element in waiting:
        if isinstance(element, QgsAttributeEditorRelation):
            element.init(manager)
        waiting += element.children() if isinstance(element, QgsAttributeEditorContainer) else []
    layer.setEditFormConfig(config)


def load(context, source, name, output, dress):
    """Whoever loads results gives the layer of this source to `dress(layer, project, feedback)`."""
    details = QgsProcessingContext.LayerDetails(name, context.project(), output)
    details.setPostProcessor(_Dressing.of(source, dress))
    context.addLayerToLoadOnCompletion(source, details)


class StoreLayers:
    """Layers of one store as what a run gives to a project."""

    def __init__(self, store):
        self._store = store

    def finish(self, context):
        """In the main thread: show the new content in the layers that were there already. Gives warnings."""
        for (store, _table), layer in spatialite(context.project()):
            if store == same(self._store):
                _read_anew(layer.dataProvider())
                layer.updateExtents()
                layer.triggerRepaint()
        return []


class ReportLayers(StoreLayers):
    """The layers of reports as the outputs of an operation."""

    def __init__(self, store, group):
        super().__init__(store)
        self._group = group

    def outputs(self, context, present):
        """A source for each output; those that the project does not have are loaded by whoever loads results."""
        results = {}
        for output, table, geometry in TABLES:
            source = f"{PROVIDER}://{uri(self._store, table, geometry)}"
            results[output] = source
            if (same(self._store), table) not in present:
                load(context, source, table, output, partial(_dress_report, table, self._group))
        return results


def _dress_report(table, group, layer, project, _feedback):
    layer.setName(table)
    styled(layer, table)
    _into_group(project, layer, group)
    relate(project)


def _read_anew(provider):
    """The provider counts its features when it opens and when its filter changes, not when it is told to reload."""
    filter_of_the_user = provider.subsetString()
    provider.setSubsetString("0")
    provider.setSubsetString(filter_of_the_user)
    provider.reloadData()


class _Dressing(QgsProcessingLayerPostProcessorInterface):
    """What is done with a layer that Processing has just loaded. QGIS keeps no reference to it: `_kept` does."""

    _kept = {}

    @classmethod
    def of(cls, source, dress):
        dressing = cls()
        dressing.dress = dress
        cls._kept[source] = dressing
        return dressing

    def postProcessLayer(self, layer, context, feedback):
        self.dress(layer, context.project(), feedback)


def _into_group(project, layer, group):
    """Put a layer into the group of reports, in the order of TABLES."""
    root = project.layerTreeRoot()
    folder = root.findGroup(group) or root.insertGroup(0, group)
    order = [table for _output, table, _geometry in TABLES]
    below = order[order.index(layer.name()) + 1 :]
    place(layer, root, folder, lambda child: child.name() in below)


def place(layer, root, folder, below):
    """Put a layer into a folder of the tree, above the first child that is `below`; gives its node.

    QGIS may have put it anywhere, in the folder too.
    """
    children = [child for child in folder.children() if not _shows(child, layer)]
    index = next((at for at, child in enumerate(children) if below(child)), len(children))
    before = root.findLayer(layer.id())
    if before is None:
        return folder.insertLayer(index, layer)
    # the copy first: a layer that is nowhere in the tree is taken out of the project
    node = before.clone()
    next_one = children[index] if index < len(children) else None
    folder.insertChildNode(folder.children().index(next_one) if next_one else -1, node)
    before.parent().removeChildNode(before)
    return node


def _shows(node, layer):
    return isinstance(node, QgsLayerTreeLayer) and node.layerId() == layer.id()


def spatialite(project):
    """((file, table), layer) of each SpatiaLite layer of a project."""
    for layer in project.mapLayers().values():
        if isinstance(layer, QgsVectorLayer) and layer.providerType() == PROVIDER:
            source = QgsDataSourceUri(layer.source())
            yield (same(source.database()), source.table()), layer


def same(path):
    """One spelling for one file."""
    return Path(path).resolve().as_posix()
