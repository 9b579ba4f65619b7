"""A combo box that takes any text: QGIS's own, for texts with hints, only takes what is in its list.

Processing imports this by name when it shows a dialog, and only then.
"""

from processing.gui.wrappers import DIALOG_BATCH, DIALOG_MODELER, WidgetWrapper
from qgis.core import (
    QgsProcessingOutputFile,
    QgsProcessingOutputString,
    QgsProcessingParameterFile,
    QgsProcessingParameterString,
)
from qgis.PyQt.QtWidgets import QComboBox

SOURCES = (
    [QgsProcessingParameterString, QgsProcessingParameterFile],
    [QgsProcessingOutputString, QgsProcessingOutputFile],
)


class ComboWithText(WidgetWrapper):
    """For a text parameter: the hints, and in the modeler the inputs of the model and outputs of earlier steps."""

    def createWidget(self, hints=()):
        combo = QComboBox()
        combo.setEditable(True)
        combo.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        combo.addItem("", None)
        if self.dialogType == DIALOG_MODELER:
            for source in self.dialog.getAvailableValuesOfType(*SOURCES):
                combo.addItem(self.dialog.resolveValueDescription(source), source)
        for hint in hints:
            combo.addItem(hint, hint)
        combo.setCurrentIndex(0)
        if self.dialogType != DIALOG_BATCH:
            combo.setToolTip(self.parameterDefinition().help())
        combo.editTextChanged.connect(lambda _text: self.widgetValueHasChanged.emit(self))
        return combo

    def setValue(self, value):
        self.setComboValue(value)

    def value(self):
        text = self.widget.currentText()
        known = self.widget.findText(text)
        # typing does not move the current index, so it says nothing of the text
        return self.widget.itemData(known) if known >= 0 else text.strip()
