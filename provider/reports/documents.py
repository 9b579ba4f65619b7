"""Which documents go with which report: files for all of them, and an expression that gives those of each."""

from pathlib import Path

from qgis.core import NULL, QgsProcessing, QgsProcessingParameterMultipleLayers

from ...i18n import _
from ...workflows.errors import InputError
from .. import parameters as p
from . import per_report


def parameters():
    """DOCUMENTS, DOCUMENTS_EXPRESSION."""
    files = QgsProcessingParameterMultipleLayers(
        "DOCUMENTS", _("Documents"), QgsProcessing.SourceType.TypeFile, optional=True
    )
    return (
        p.described(
            files,
            _(
                "Files that are joined to every report: pictures, PDF, office documents, GPX, KML, ZIP. A report takes "
                "four documents."
            ),
        ),
        p.expression(
            "DOCUMENTS_EXPRESSION",
            _("Documents by expression"),
            _(
                "A QGIS expression that gives the files of each report, on the fields of the layer if there is one, "
                "else of the downloaded reports, such as @project_folder || '/' || \"photo\": a path, several "
                "separated by ; or on lines of their own, or a list."
            ),
        ),
    )


def of_reports(call, numbers):
    """The files for each of these reports, {number: [path]}. Raises InputError if none are asked for at all."""
    given = call.operation.parameterAsFileList(call.parameters, "DOCUMENTS", call.context)
    shared = [Path(path).expanduser() for path in given if path]
    if not shared and not call.text("DOCUMENTS_EXPRESSION"):
        raise InputError(_("Which documents? Give files in DOCUMENTS, or an expression in DOCUMENTS_EXPRESSION."))
    found = {number: list(shared) for number in numbers}
    for number, value in per_report.values(call, "DOCUMENTS_EXPRESSION", numbers):
        found[number] += paths(value)
    return found


def paths(value):
    """The files that a value names."""
    if value is None or value == NULL:
        return []
    entries = value if isinstance(value, (list, tuple)) else str(value).replace("\n", ";").split(";")
    names = [str(entry).strip() for entry in entries if entry is not None and entry != NULL]
    return [Path(name).expanduser() for name in names if name]
