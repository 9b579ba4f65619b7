"""The models that ship with us: each `.model3` file of `models/` is an algorithm. No list to keep.

The name of the file is the id of the model. Its texts are English, and translated when it is read.
"""

import re
from html import unescape
from pathlib import Path

from qgis.core import QgsProcessingContext, QgsProcessingModelAlgorithm, QgsXmlUtils
from qgis.PyQt.QtGui import QIcon

from ..i18n import N_, _
from .checked import Checked
from .operation import command_line, help_page, icon_path

FOLDER = Path(__file__).resolve().parent.parent / "models"
GROUP_ID = "models"
GROUP = N_("Models")
SUMMARY, HELP, TAGS, EXAMPLE = "SHORT_DESCRIPTION", "ALG_DESC", "TAGS", "EXAMPLE"
"""Of the help of a model: the first two are QGIS's own; words separated by commas; NAME=value lines."""
TEXTS = {"component_description", "description", "help", "model_name"}
"""What people read in a model, at any depth; `help` holds a map of texts, those above and one for each parameter."""

_VARIABLE = re.compile(r"var\('(\w+:\w+)'\)")


def shipped_models():
    """One model of each file, by name; none is read yet."""
    return [ShippedModel(file) for file in sorted(FOLDER.glob("*.model3"))]


class ShippedModel(Checked, QgsProcessingModelAlgorithm):
    """A model of ours.

    The one that the provider keeps is read when somebody asks what it is: reading all when QGIS starts takes its time.
    """

    def __init__(self, file):
        super().__init__()
        self._file = file
        self._is_read = False

    def read(self):
        """Load the file, in the user's language."""
        if self._is_read:
            return
        self._is_read = True
        from qgis.PyQt.QtXml import QDomDocument

        document = QDomDocument()
        document.setContent(self._file.read_text(encoding="utf-8"))
        content = translated(QgsXmlUtils.readVariant(document.firstChildElement()))
        for step in content["children"].values():
            self._take_over(content, step)
        self.loadVariant(content)
        for id, step in content["children"].items():
            if (step.get("alg_config") or {}).get("conditions"):
                self._name_variables(id)
        self.setSourceFilePath(str(self._file))
        for definition in self.destinationParameterDefinitions():  # which QGIS leaves without
            definition.setHelp(content["help"].get(definition.name(), ""))

    def _take_over(self, content, step):
        """A parameter that is handed on under its own name to an operation of ours is that operation's, as it is now:
        its words, the saved connections it offers, the codes of its choices.
        """
        provider = self.provider()
        if provider is None or not step["alg_id"].startswith(f"{provider.id()}:"):
            return
        operation = provider.algorithm(step["alg_id"].partition(":")[2]).create()
        for name, sources in step["params"].items():
            if [source.get("parameter_name") for source in sources] == [name]:
                definition = operation.parameterDefinition(name)
                content["parameterDefinitions"][name] = definition.toVariantMap()
                content["help"][name] = definition.help()

    def _name_variables(self, id):
        """In the conditions of a step: `var('step:OUTPUT')` under the name that QGIS gives it, made of the words of the
        other step, which are translated.
        """
        known = self.variablesForChildAlgorithm(id, QgsProcessingContext()).items()
        names = {f"{about.source.outputChildId()}:{about.source.outputName()}": name for name, about in known}
        step = self.childAlgorithm(id)
        conditions = [
            {**one, "expression": _VARIABLE.sub(lambda found: f"var('{names[found[1]]}')", one["expression"])}
            for one in step.configuration()["conditions"]
        ]
        step.setConfiguration({"conditions": conditions})
        self.setChildAlgorithm(step)

    # ------------------------------------------------------------------ identity

    def name(self):
        return self._file.stem

    def displayName(self):
        title = re.search(r'<Option[^>]*name="model_name"[^>]*>', self._file.read_text(encoding="utf-8"))
        return _(unescape(re.search(r'value="([^"]*)"', title.group()).group(1)))

    def flags(self):
        self.read()  # the first thing that the toolbox, the modeler and qgis_process ask
        return super().flags()

    def group(self):
        return _(GROUP)

    def groupId(self):
        return GROUP_ID

    def shortDescription(self):
        self.read()
        return self.helpContent()[SUMMARY]

    def shortHelpString(self):
        self.read()
        example = dict(line.split("=", 1) for line in self.helpContent()[EXAMPLE].splitlines())
        return help_page(self.shortDescription(), self.helpContent()[HELP], command_line(self.name(), example))

    def tags(self):
        self.read()
        return self.helpContent()[TAGS].split(", ")

    def svgIconPath(self):
        return icon_path(self.name(), GROUP_ID)

    def icon(self):
        return QIcon(self.svgIconPath())

    def checkParameterValues(self, parameters, context):
        self.read()  # qgis_process 3.22 asks it of the one that the provider keeps
        return super().checkParameterValues(parameters, context)

    def createInstance(self):
        made = ShippedModel(self._file)
        made.setProvider(self.provider())
        made.read()
        return made


def translated(value, name=""):
    """The content of a model with the texts for people in the user's language."""
    if isinstance(value, dict):
        texts = value.keys() - {TAGS, EXAMPLE} if name == "help" else ()
        return {key: translated(item, name if key in texts else key) for key, item in value.items()}
    if isinstance(value, list):
        return [translated(item, name) for item in value]
    return _(value) if isinstance(value, str) and name in TEXTS else value
