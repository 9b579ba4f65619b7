"""A store with group layers of the sandbox, and its layers as QGIS edits them."""

from pathlib import Path

from qgis.core import QgsDataSourceUri, QgsFeature, QgsGeometry, QgsVectorLayer

from geocollab.client.auth import bearer
from geocollab.client.espaceco.api import EspaceCo
from geocollab.client.session import Session
from geocollab.store.store import Store
from geocollab.workflows.layers.catalogue import catalogue
from geocollab.workflows.layers.load_layers import load_layers


def fill(server, path, tables=("pharmacies_paris", "parcelles")):
    """A store with these tables of community 375, as a member of it sees them."""
    session = Session(bearer(server.token("membre")), rate=None)
    with session, Store(path) as store:
        api = EspaceCo(session, server.url + "/gcms/api")
        entries = catalogue(api, 375).entries
        load_layers(
            api, store, [entry for entry in entries if entry.described and entry.described.table.name in tables]
        )
    return path


def group_layer(path, table, geometry="geom"):
    """One of its layers, as a project has it."""
    uri = QgsDataSourceUri()
    uri.setDatabase(Path(path).as_posix())
    uri.setDataSource("", table, geometry, "", "geocollab_id")
    layer = QgsVectorLayer(uri.uri(), table, "spatialite")
    assert layer.isValid(), uri.uri()
    return layer


def change(layer, value, number=0, field=2):
    """Give a field of one object another value, in an edit session that is begun if need be."""
    assert layer.isEditable() or layer.startEditing()
    ids = sorted(layer.allFeatureIds())
    assert layer.changeAttributeValue(ids[number], field, value)


def add(layer, wkt, **values):
    assert layer.isEditable() or layer.startEditing()
    feature = QgsFeature(layer.fields())
    for name, value in values.items():
        feature[name] = value
    feature.setGeometry(QgsGeometry.fromWkt(wkt))
    assert layer.addFeature(feature)


def delete(layer, number=0):
    assert layer.isEditable() or layer.startEditing()
    assert layer.deleteFeature(sorted(layer.allFeatureIds())[number])


def save(layer):
    assert layer.commitChanges(), layer.commitErrors()
