"""The Processing provider `geocollab`."""

from qgis.core import QgsProcessingProvider
from qgis.PyQt.QtGui import QIcon

from .models import shipped_models
from .operation import ICONS
from .registry import operations


class GeoCollabProvider(QgsProcessingProvider):
    """All operations and the models made of them, found by discovery."""

    def id(self):
        return "geocollab"

    def name(self):
        return "GeoCollab"

    def longName(self):
        return "GeoCollab – Espace collaboratif, Géoplateforme"

    def icon(self):
        return QIcon(self.svgIconPath())

    def svgIconPath(self):
        return str(ICONS / "geocollab.svg")

    def loadAlgorithms(self):
        for operation in operations():
            self.addAlgorithm(operation)
        for model in shipped_models():
            self.addAlgorithm(model)
