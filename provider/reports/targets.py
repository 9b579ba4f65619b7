"""Which reports an operation is about: the parameters that such operations share, and their reading.

Features of a layer, numbers, a filter on the downloaded reports, or what is selected on the map.
"""

from qgis.core import (
    QgsExpression,
    QgsFeatureRequest,
    QgsProcessing,
    QgsProcessingFeatureSource,
    QgsProcessingParameterFeatureSource,
    QgsVectorLayer,
)

from ...i18n import _, ngettext
from ...workflows.errors import InputError
from .. import parameters as p
from ..project import layers
from ..project.relations import PARENT_TABLE

NUMBER = "NoSignalement"
NUMBER_FIELDS = (NUMBER.lower(), "nosignalem", "report")
"""The field with the number of a report: ours, as a shapefile cuts it, in the tables that operations make."""
LONGEST_NUMBER = 18
"""Digits; more are in no database."""
PART_FIELDS = ("attributs_croquis", "contenu", "fichier")
"""The fields that tell sketches, replies and documents from the reports that they belong to."""


def parameters():
    """INPUT, IDS, FILTER."""
    return (
        p.described(
            QgsProcessingParameterFeatureSource(
                "INPUT", _("Reports (layer)"), [QgsProcessing.SourceType.TypeVector], optional=True
            ),
            _(
                "A layer or table with the reports' numbers in the field NoSignalement: reports, sketches, replies, or "
                "the outcome of a step before. Left empty like the next two: what is selected in the layers of the "
                "store."
            ),
        ),
        p.text("IDS", _("Numbers of reports"), _("Numbers separated by commas or blanks, such as 1001, 1002.")),
        p.expression(
            "FILTER",
            _("Filter"),
            _(
                "A QGIS expression on the fields of the downloaded reports, such as \"Statut\" = 'submit'. Of a layer "
                "or of numbers it keeps those that fit; alone, it takes all that fit of the store."
            ),
        ),
    )


def max_count():
    return p.number(
        "MAX_COUNT",
        _("At most"),
        _("More reports than this are refused before anything is sent: what is sent to people cannot be called back."),
        default=100,
        least=1,
        advanced=True,
    )


def numbers(call, *, required=True, empty=False):
    """The numbers of the reports asked for, each once, in their order.

    Raises InputError where nothing says which, if they are `required`, and where none is left of what was said, unless
    `empty` will do; where the operation has MAX_COUNT, also for too many.
    """
    found = _given(call)
    expression = call.text("FILTER")
    if expression:
        fitting = dict.fromkeys(_fitting(call, expression))
        found = list(fitting) if found is None else [number for number in found if number in fitting]
    if found is None:
        found = _selected(call)
    if found is None and required:
        raise InputError(
            _("Which reports? Select some on the map, or give a layer in INPUT, numbers in IDS, a filter in FILTER.")
        )
    found = list(dict.fromkeys(found or ()))
    if not found and required and not empty:
        raise InputError(
            _("No report is left to work on: the selection, the layer, or what the filter lets through, is empty.")
        )
    check_count(call, len(found))
    return found


def sides(call):
    """Whether reports themselves are asked for, and whether what belongs to reports is: two flags."""
    source = call.operation.parameterAsSource(call.parameters, "INPUT", call.context)
    if source is not None:
        names = {field.name().lower()[:10] for field in source.fields()}  # as a shapefile cuts them
        parts = any(name[:10] in names for name in PART_FIELDS)
        return not parts or bool(call.text("IDS")), parts
    if call.text("INPUT") or call.text("IDS") or call.text("FILTER"):
        return True, False
    tables = set(call.selected_rows())
    return PARENT_TABLE in tables, bool(tables - {PARENT_TABLE})


def check_count(call, count):
    """Raises InputError for more than MAX_COUNT, where the operation has it."""
    if call.operation.parameterDefinition("MAX_COUNT") is not None and count > call.number("MAX_COUNT"):
        raise InputError(
            ngettext(
                "This is about {n} report; MAX_COUNT allows {most}. If that is what you want, give a higher number.",
                "This is about {n} reports; MAX_COUNT allows {most}. If that is what you want, give a higher number.",
                count,
                most=call.number("MAX_COUNT"),
            )
        )


def _given(call):
    """The numbers of IDS and of INPUT, None if neither is given."""
    numbers, wrong = read_numbers(call.text("IDS"))
    if wrong:
        raise InputError(_("IDS: “{words}” is no number of a report.").format(words=", ".join(wrong)))
    found = numbers or None
    source = call.operation.parameterAsSource(call.parameters, "INPUT", call.context)
    if source is None:
        if call.text("INPUT"):
            raise InputError(
                _("INPUT: “{layer}” is no layer and no file that QGIS can read.").format(layer=call.text("INPUT"))
            )
        return found
    return (found or []) + list(_of_source(call, source))


def read_numbers(text):
    """The numbers of a text, separated by commas, semicolons or blanks, and the words of it that are none."""
    words = text.replace(",", " ").replace(";", " ").split()
    wrong = [word for word in words if not (word.isascii() and word.isdigit() and len(word) <= LONGEST_NUMBER)]
    return [int(word) for word in words if word not in wrong], wrong


def number_field(source):
    """The name of a source's field with the numbers of reports; InputError if it has none."""
    field = next((f.name() for f in source.fields() if f.name().lower() in NUMBER_FIELDS), None)
    if field is None:
        raise InputError(
            _(
                "“{layer}” has no field NoSignalement with the numbers of reports. Choose the layer of the reports, or "
                "of their sketches."
            ).format(layer=source.sourceName())
        )
    return field


def number_of(value):
    """The number of a report as a field holds it; None for an object without report."""
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError):
        return None


def _of_source(call, source):
    field, fields = number_field(source), source.fields()
    flags = QgsFeatureRequest.Flag.NoGeometry
    request = QgsFeatureRequest().setFlags(flags).setSubsetOfAttributes([field], fields)
    for feature in source.getFeatures(request, QgsProcessingFeatureSource.Flag.FlagSkipGeometryValidityChecks):
        call.watch.check()
        number = number_of(feature[field])
        if number is not None:
            yield number


def _fitting(call, text):
    """The numbers of the downloaded reports for which the expression is true."""
    expression = QgsExpression(text)
    if expression.hasParserError():
        raise InputError(_("FILTER: {why}.").format(why=expression.parserErrorString().strip().rstrip(".")))
    layer = QgsVectorLayer(layers.uri(call.existing_store.path, PARENT_TABLE, "geom"), PARENT_TABLE, layers.PROVIDER)
    named = expression.referencedColumns() - {QgsFeatureRequest.ALL_ATTRIBUTES}
    unknown = sorted(name for name in named if layer.fields().lookupField(name) < 0)
    if unknown:
        raise InputError(
            _("FILTER: the reports have no field {names}. Fields: {known}.").format(
                names=", ".join(unknown), known=", ".join(field.name() for field in layer.fields())
            )
        )
    request = QgsFeatureRequest(expression).setExpressionContext(call.context.expressionContext())
    # not the id of the row: one that somebody drew into the layer has no number
    numbers = [number_of(feature[NUMBER]) for feature in layer.getFeatures(request)]
    return [number for number in numbers if number is not None]


def _selected(call):
    """The numbers of the reports selected in the project, on the reports themselves or on what belongs to them."""
    selected = call.selected_rows()
    if not selected:
        return None
    return [number for table, ids in selected.items() for number in call.existing_store.reports.numbers_of(table, ids)]
