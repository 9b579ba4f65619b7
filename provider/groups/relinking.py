"""Layers of a project connected again to the store that they came from, wherever it lies now."""

from pathlib import Path
from typing import NamedTuple

from qgis.core import QgsDataSourceUri, QgsProject, QgsVectorLayer

from ...i18n import N_, _
from ...workflows.errors import InputError
from ..project import layers
from . import group_layers

RELINKED, ALREADY, MISSING, EDITED, REFUSED = "relinked", "already", "missing", "edited", "refused"
OUTCOMES = {
    RELINKED: N_("Connected to the store."),
    ALREADY: N_("It was connected to this store already."),
    MISSING: N_("This store does not have it: load it with “Load group layers”, or download the reports into it."),
    EDITED: N_("It is being edited: save or give up what was edited, then run the operation again."),
    REFUSED: N_("QGIS cannot open its table in the store."),
}
COLUMNS = (("layer", "text"), ("code", "text"), ("source", "text"), ("outcome_code", "text"), ("outcome", "text"))


class Line(NamedTuple):
    """What became of a layer: its name in the project, what it shows, the file that it came from."""

    layer: str
    code: str
    source: str
    outcome: str

    def row(self):
        return self.layer, self.code, self.source, self.outcome, _(OUTCOMES[self.outcome])


def opened(path):
    """The project of a file, of its own. Raises InputError."""
    project = QgsProject()
    if not Path(path).is_file():
        raise InputError(_("There is no project {path}.").format(path=path))
    if not project.read(str(path)):
        raise InputError(_("{path} is no project that QGIS can read: {why}").format(path=path, why=project.error()))
    return project


def save(project, path):
    """Write a project back to its file; whether its paths are relative is up to the project. Raises InputError."""
    if not project.write(str(path)):
        raise InputError(_("The project {path} cannot be written: {why}").format(path=path, why=project.error()))


def relink(project, store, stored):
    """Connect every layer of a project that is ours to a store with these group layers. Gives a line for each.

    A group layer is known by its identity, or, without that, by its table and the name of the store's file; a layer of
    reports by its table, if its own file is not there any more or is called like the store. Styles, forms, filters and
    whatever else was set in a layer stay.
    """
    by_identity = {(layer.service, layer.database, layer.table): layer for layer in stored}
    by_table = {layer.local_table: layer for layer in stored}
    lines = []
    for layer in project.mapLayers().values():
        if not isinstance(layer, QgsVectorLayer) or layer.providerType() != layers.PROVIDER:
            continue
        source = QgsDataSourceUri(layer.source())
        identity, table = group_layers.identity(layer), source.table()
        if identity is None and not _ours(source, store):
            continue
        if identity is not None:
            found = by_identity.get(identity)
            wanted = group_layers.uri(store, found) if found else ""
            code = f"{found.database_name}:{found.table_name}" if found else table
        elif table in _REPORTS:
            wanted, code = layers.uri(store, table, _REPORTS[table]), table
        elif table in by_table:
            found = by_table[table]
            wanted, code = group_layers.uri(store, found), f"{found.database_name}:{found.table_name}"
        elif source.keyColumn() == group_layers.ROW:
            wanted, code = "", table
        else:
            continue
        lines.append(Line(layer.name(), code, source.database(), _connected(layer, source, wanted)))
    project.relationManager().updateRelationsStatus()
    return lines


_REPORTS = {table: geometry for _output, table, geometry in layers.TABLES}


def _ours(source, store):
    """Whether a layer that does not say what it shows may have come from this store."""
    file = Path(source.database())
    return not file.is_file() or file.name == Path(store).name


def _connected(layer, source, wanted):
    """Connect one layer to the source that it is to have, "" for none; gives the outcome."""
    if not wanted:
        return MISSING
    target = QgsDataSourceUri(wanted)
    same_file = layers.same(source.database()) == layers.same(target.database())
    if layer.isValid() and same_file and source.table() == target.table():
        return ALREADY
    if layer.isEditable():
        return EDITED
    target.setSql(source.sql())
    before = layer.source()
    layer.setDataSource(target.uri(), layer.name(), layers.PROVIDER)
    if layer.isValid():
        layer.triggerRepaint()
        return RELINKED
    layer.setDataSource(before, layer.name(), layers.PROVIDER)
    return REFUSED
