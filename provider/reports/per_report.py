"""A QGIS expression per report: evaluated on the features that were given, else on the downloaded reports."""

from qgis.core import (
    QgsExpression,
    QgsExpressionContext,
    QgsExpressionContextUtils,
    QgsFeatureRequest,
    QgsProcessingFeatureSource,
    QgsVectorLayer,
)

from ...i18n import _
from ...workflows.errors import InputError
from ..project import layers
from ..project.relations import PARENT_TABLE
from . import targets


def texts(call, name, numbers):
    """{number: text} for the reports among `numbers` to which the expression `name` gives one; none without it.

    Of several features of one report the first that gives a text counts. Raises InputError for an expression that
    cannot be read, or cannot be evaluated on one of them.
    """
    found = {}
    # numbers and dates as QGIS writes them; on lines of its own, for the text may end in a comment
    for number, value in values(call, name, numbers, form="to_string(\n{}\n)"):
        found[number] = found.get(number) or (value.strip() if isinstance(value, str) else "")
    return found


def values(call, name, numbers, form="{}"):
    """Number and value for each feature about one of these reports; nothing without an expression `name`.

    `form` is an expression around it. Raises InputError as `texts`.
    """
    given = call.text(name)
    if not given:
        return
    if QgsExpression(given).hasParserError():
        why = QgsExpression(given).parserErrorString().strip().rstrip(".")
        raise InputError(_("{name}: {why}.").format(name=name, why=why))
    expression = QgsExpression(form.format(given))
    source = call.operation.parameterAsSource(call.parameters, "INPUT", call.context)
    if source is not None:
        field, fields, scope = targets.number_field(source), source.fields(), source.createExpressionContextScope()
        request, flags = QgsFeatureRequest(), (QgsProcessingFeatureSource.Flag.FlagSkipGeometryValidityChecks,)
    else:
        uri = layers.uri(call.existing_store.path, PARENT_TABLE, "geom")
        source = QgsVectorLayer(uri, PARENT_TABLE, layers.PROVIDER)
        field, fields, scope = "NoSignalement", source.fields(), QgsExpressionContextUtils.layerScope(source)
        request, flags = QgsFeatureRequest().setFilterFids(list(numbers)), ()
    named = expression.referencedColumns() - {QgsFeatureRequest.ALL_ATTRIBUTES}
    unknown = sorted(column for column in named if fields.lookupField(column) < 0)
    if unknown:
        raise InputError(
            _("{name}: there is no field {fields}. Fields: {known}.").format(
                name=name, fields=", ".join(unknown), known=", ".join(f.name() for f in fields)
            )
        )
    if not expression.needsGeometry():
        request.setFlags(QgsFeatureRequest.Flag.NoGeometry)
    context = QgsExpressionContext(call.context.expressionContext())
    context.appendScope(scope)
    context.setFields(fields)
    expression.prepare(context)
    wanted = set(numbers)
    for feature in source.getFeatures(request, *flags):
        call.watch.check()
        number = targets.number_of(feature[field])
        if number not in wanted:
            continue
        context.setFeature(feature)
        value = expression.evaluate(context)
        if expression.hasEvalError():
            raise InputError(
                _("{name}, report {number}: {why}.").format(
                    name=name, number=number, why=expression.evalErrorString().strip().rstrip(".")
                )
            )
        yield number, value
