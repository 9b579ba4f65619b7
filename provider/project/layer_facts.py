"""What a layer of QGIS says of itself, as the facts of a metadata record."""

from dataclasses import replace

from qgis.core import (
    QgsCsException,
    QgsMapLayerType,
    QgsProcessing,
    QgsProcessingParameterMapLayer,
)

from ...i18n import _
from .. import parameters as p
from .systems import transform, wgs84

_INSPIRE = ("gemet", "inspire")
"""How vocabularies call themselves whose words are INSPIRE themes."""
_TOPICS = "gmd:topicCategory"
_DATES = {"creation": "Created", "publication": "Published", "revision": "Revised"}


def layer(help):
    """INPUT: any layer."""
    definition = QgsProcessingParameterMapLayer(
        "INPUT", _("Layer"), optional=True, types=[QgsProcessing.SourceType.TypeMapLayer]
    )
    return p.described(definition, help)


def of_layer(layer, transforms):
    """The facts of a layer; `transforms` is the transform context of the project. For the main thread."""
    from ...workflows.entrepot.checks.tables import About, Contact
    from ...workflows.entrepot.descriptions import record_facts

    metadata = layer.metadata()
    words = {vocabulary: list(found) for vocabulary, found in metadata.keywords().items()}
    themes = [name for name in words if name.casefold().startswith(_INSPIRE)]
    about = About(
        language=metadata.language(),
        licences=tuple(metadata.licenses()),
        rights=tuple(metadata.rights()),
        contacts=tuple(
            Contact(one.name, one.organization, one.position, one.email, one.voice, one.role)
            for one in metadata.contacts()
        ),
        categories=(*metadata.categories(), *words.get(_TOPICS, [])),
        history=tuple(metadata.history()),
        links=tuple((link.name, link.url) for link in metadata.links()),
    )
    facts = record_facts.of_layers([about])
    free = [word for name, found in words.items() if name not in (*themes, _TOPICS) for word in found]
    return replace(
        facts,
        title=metadata.title() or layer.name(),
        abstract=metadata.abstract(),
        themes=tuple(word for name in themes for word in words[name]),
        keywords=record_facts.unique([*free, *facts.keywords]),
        extent=_extent(layer, transforms),
        crs=layer.crs().authid() if layer.crs().authid().startswith(("EPSG:", "IGNF:")) else "",
        representation=_representation(layer),
        **_dates(metadata),
    )


def _representation(layer):
    if layer.type() == QgsMapLayerType.RasterLayer:
        return "grid"
    return "vector" if layer.isSpatial() else "textTable"


def _extent(layer, transforms):
    """West, south, east, north in WGS84; None of a layer without a place."""
    box = layer.extent()
    if not layer.isSpatial() or not layer.crs().isValid() or box.isNull() or not box.isFinite():
        return None
    to_wgs84 = transform(layer.crs(), wgs84(), transforms)
    try:
        found = to_wgs84.transformBoundingBox(box)
    except QgsCsException:
        return None
    return found.xMinimum(), found.yMinimum(), found.xMaximum(), found.yMaximum()


def _dates(metadata):
    """The days that newer versions of QGIS keep."""
    from qgis.core import Qgis

    kinds = getattr(Qgis, "MetadataDateType", None)
    if kinds is None or not hasattr(metadata, "dateTime"):
        return {}
    found = {name: metadata.dateTime(getattr(kinds, kind)) for name, kind in _DATES.items()}
    return {name: moment.date().toString("yyyy-MM-dd") for name, moment in found.items() if moment.isValid()}
