"""Layers that were never saved, for tests."""

from qgis.core import QgsFeature, QgsGeometry, QgsVectorLayer

SQUARE = "POLYGON((600000 6800000,600010 6800000,600010 6800010,600000 6800010,600000 6800000))"


def memory(kind="Polygon?crs=EPSG:2154", fields="", rows=(), name="Zones d'étude"):
    """A layer that was never saved, of (WKT or None, values) rows."""
    uri = kind + ("" if "?" in kind else "?") + "".join(f"&field={field}" for field in fields.split())
    layer = QgsVectorLayer(uri, name, "memory")
    assert layer.isValid()
    add(layer, rows)
    return layer


def add(layer, rows):
    for wkt, *values in rows:
        feature = QgsFeature(layer.fields())
        feature.setAttributes([*values, *[None] * (len(layer.fields()) - len(values))])
        if wkt is not None:
            shape = QgsGeometry.fromWkt(wkt)
            assert not shape.isNull(), wkt
            feature.setGeometry(shape)
        assert layer.addFeature(feature) if layer.isEditable() else layer.dataProvider().addFeatures([feature])[0]
    layer.updateExtents()
