"""The tables of a store as layers of a project: once each, styled, grouped, with their relations."""

from pathlib import Path

from qgis.core import (
    QgsAttributeEditorContainer,
    QgsAttributeEditorRelation,
    QgsDataSourceUri,
    QgsProcessingContext,
    QgsProcessingLayerPostProcessorInterface,
    QgsRelation,
    QgsRelationContext,
    QgsVectorLayer,
)

from .relations import PARENT_TABLE, RELATIONS

STYLES = Path(__file__).resolve().parent.parent / "styles"

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


def uri(store, table, geometry):
    """The data source of one table."""
    source = QgsDataSourceUri()
    source.setDatabase(Path(store).as_posix())
    source.setDataSource("", table, geometry or None, "", "id")
    return source.uri()


def sources(project):
    """(file, table) of each SpatiaLite layer of a project."""
    return {key for key, _layer in _spatialite(project)}


def selected(project):
    """{(file, table): ids of the rows} of what is selected in the layers of a project that show a table of ours."""
    found = {}
    for key, layer in _spatialite(project):
        if layer.selectedFeatureCount() and key[1] in _OURS:
            found.setdefault(key, []).extend(layer.selectedFeatureIds())
    return found


def select(project, store, rows, mode):
    """Select rows, ids by table, in the layers of a store; of a layer with a filter, those that it shows."""
    for (file, table), layer in _spatialite(project):
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
    found = {key[1]: layer for key, layer in _spatialite(project) if key[0] == same(store)}
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
    for (store, table), layer in _spatialite(project):
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


class ReportLayers:
    """The layers of one store as the outputs of an operation."""

    def __init__(self, store, group):
        self._store = store
        self._group = group

    def outputs(self, context, present):
        """A source for each output; those that the project does not have are loaded by whoever loads results."""
        results = {}
        for output, table, geometry in TABLES:
            source = f"{PROVIDER}://{uri(self._store, table, geometry)}"
            results[output] = source
            if (same(self._store), table) not in present:
                details = QgsProcessingContext.LayerDetails(table, context.project(), output)
                details.setPostProcessor(_Dressing.of(table, self._group))
                context.addLayerToLoadOnCompletion(source, details)
        return results

    def refresh(self, project):
        """Show the new content in the layers that were there already."""
        for (store, _table), layer in _spatialite(project) if project is not None else ():
            if store == same(self._store):
                _read_anew(layer.dataProvider())
                layer.updateExtents()
                layer.triggerRepaint()


def _read_anew(provider):
    """The provider counts its features when it opens and when its filter changes, not when it is told to reload."""
    filter_of_the_user = provider.subsetString()
    provider.setSubsetString("0")
    provider.setSubsetString(filter_of_the_user)
    provider.reloadData()


class _Dressing(QgsProcessingLayerPostProcessorInterface):
    """Styles and groups a layer that Processing has just loaded. QGIS keeps no reference to it: `_kept` does."""

    _kept = {}

    @classmethod
    def of(cls, table, group):
        dressing = cls()
        dressing.table, dressing.group = table, group
        cls._kept[table] = dressing
        return dressing

    def postProcessLayer(self, layer, context, feedback):
        layer.setName(self.table)
        styled(layer, self.table)
        project = context.project()
        _into_group(project, layer, self.group)
        relate(project)


def _into_group(project, layer, group):
    """Put a layer into its group, in the order of TABLES. QGIS may have put it anywhere, in the group too."""
    root = project.layerTreeRoot()
    folder = root.findGroup(group) or root.insertGroup(0, group)
    order = [table for _output, table, _geometry in TABLES]
    children = folder.children()
    below = [i for i, child in enumerate(children) if child.name() in order[order.index(layer.name()) + 1 :]]
    index = below[0] if below else len(children)
    node = root.findLayer(layer.id())
    if node is None:
        folder.insertLayer(index, layer)
    else:
        # the copy first: a layer that is nowhere in the tree is taken out of the project
        folder.insertChildNode(index, node.clone())
        node.parent().removeChildNode(node)


def _spatialite(project):
    for layer in project.mapLayers().values():
        if isinstance(layer, QgsVectorLayer) and layer.providerType() == PROVIDER:
            source = QgsDataSourceUri(layer.source())
            yield (same(source.database()), source.table()), layer


def same(path):
    """One spelling for one file."""
    return Path(path).resolve().as_posix()
