"""The check of what an algorithm is given, before it runs."""

from datetime import date

from qgis.core import QgsProcessingParameterDateTime

from ..i18n import _
from .parameters import CODES, chosen


class Checked:
    """Beside a class of QGIS: refuses unknown names of parameters, and takes codes of choices and Python's dates."""

    def checkParameterValues(self, parameters, context):
        """Also refuses names that no parameter has: a misspelt filter must not quietly mean “everything”."""
        known = {definition.name() for definition in self.parameterDefinitions()}
        unknown = sorted(name for name in parameters if name not in known)
        if unknown:
            return False, _("There is no parameter {names}. Known: {known}.").format(
                names=", ".join(unknown), known=", ".join(sorted(known))
            )
        try:
            accepted = self._plain(parameters, context)
        except ValueError as problem:
            return False, str(problem)
        return super().checkParameterValues(accepted, context)

    def _plain(self, parameters, context):
        """The parameters with codes turned into what QGIS itself checks; ValueError says which code or date is none."""
        plain = dict(parameters)
        for definition in self.parameterDefinitions():
            name, codes = definition.name(), definition.metadata().get(CODES)
            value = parameters.get(name)
            if value in (None, "", []):
                plain.pop(name, None)  # QGIS itself takes an empty text for a wrong choice
            elif isinstance(value, date):
                plain[name] = value.isoformat()  # of Python's, which QGIS does not know
            elif isinstance(definition, QgsProcessingParameterDateTime):
                if not self.parameterAsDateTime(parameters, name, context).isValid():
                    sentence = _("{name}: “{value}” is not a date. Write 2026-11-21 or 2026-11-21T08:00:00.")
                    raise ValueError(sentence.format(name=name, value=value))
            elif codes is not None:
                try:
                    found = chosen(definition, value)
                except ValueError as error:
                    sentence = _("{name}: “{value}” is not one of {codes}.")
                    raise ValueError(sentence.format(name=name, value=error, codes=", ".join(codes))) from None
                if definition.usesStaticStrings():
                    del plain[name]
                else:
                    positions = [codes.index(code) for code in found]
                    plain[name] = positions if definition.allowMultiple() else positions[0]
        return plain
