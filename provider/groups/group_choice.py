"""Which group layers, and which of their edited rows, an operation is about."""

from qgis.core import (
    QgsDataSourceUri,
    QgsProcessing,
    QgsProcessingFeatureSourceDefinition,
    QgsProcessingParameterFeatureSource,
    QgsVectorLayer,
)

from ...i18n import _
from ...workflows.errors import InputError
from .. import hints
from .. import parameters as p
from ..project.features import features, python_value
from ..project.layers import PROVIDER, same

ROW = "geocollab_id"
LAYER = "layer"
"""Fields of the tables of edits and conflicts: the row, and the code of its layer."""


def layers(help=None):
    """LAYERS: names of group layers, `title — database:table`; any of these parts is taken too."""
    return p.names(
        "LAYERS",
        _("Group layers"),
        help
        or _(
            "Which layers: database:table, such as bdtopo_fxx:troncon_de_route, the name of the table, or its title; "
            "several are separated by semicolons. All layers of the store if empty. The list is that of the last "
            "“List the group layers”."
        ),
        hints.group_layers(),
    )


def known(call, community):
    """The layers of a community as they were last listed, for `workflows.layers.wanted`."""
    return hints.known_layers(call.api.root, community)


def remember(call, found):
    """A catalogue for `layers` and `known`; not one in which layers were left out."""
    if found.whole:
        call.refresh_lists(group_layers=hints.with_known_layers(call.api.root, found.community, found.known()))


def edited():
    """LAYERS, and INPUT to name single rows."""
    return (
        layers(),
        p.described(
            QgsProcessingParameterFeatureSource(
                "INPUT", _("Objects"), [QgsProcessing.SourceType.TypeVector], optional=True
            ),
            _(
                "Only these objects: features of a group layer, selected ones if there is a selection, or rows of the "
                "tables of “Show the pending edits”. Left empty, all of the layers."
            ),
        ),
    )


def stored(call):
    """The layers of the store that LAYERS means, all if it is empty; with a connection, those of its service alone.

    Raises InputError for one that is not there.
    """
    from ...workflows.layers.choosing import choose_stored

    service = call.api.root if call.connection is not None else ""
    return choose_stored(call.existing_store, call.choices("LAYERS"), service)


def rows(call):
    """(layer, ids of rows or None for all of them) for each layer that is meant. Raises InputError."""
    from ...workflows.layers.choosing import check_codes, code_of

    chosen = stored(call)
    source = call.operation.parameterAsSource(call.parameters, "INPUT", call.context)
    if source is None:
        if call.text("INPUT"):
            raise InputError(_("INPUT: “{layer}” is no layer that QGIS can read.").format(layer=call.text("INPUT")))
        return [(layer, None) for layer in chosen]
    table, names = _own_table(call), [field.name() for field in source.fields()]
    if ROW not in names or not (table or LAYER in names):
        raise InputError(
            _("INPUT: “{layer}” is neither a layer of this store nor a table of edits.").format(
                layer=source.sourceName()
            )
        )
    found, codes = {}, set()
    for feature in features(call, source):
        if not table:
            codes.add(str(feature[LAYER]))
        for layer in chosen:
            if (table or feature[LAYER]) == (layer.local_table if table else code_of(layer)):
                found.setdefault(layer.id, set()).add(_row(feature, source))
    check_codes(call.existing_store, "INPUT", codes)
    return [(layer, found[layer.id]) for layer in chosen if layer.id in found]


def _row(feature, source):
    """The id of a row, which a table may have as text. Raises InputError for an object that was not saved yet."""
    try:
        return int(feature[ROW])
    except (TypeError, ValueError):
        raise InputError(
            _("INPUT: “{layer}” has objects that are not saved yet. Save the layer, then try again.").format(
                layer=source.sourceName()
            )
        ) from None


def decisions(call, name):
    """What a table of choices says (`workflows.layers.resolve_conflicts.Decision`). Raises InputError."""
    from ...workflows.layers.resolve_conflicts import SIDES, Decision

    source = call.operation.parameterAsSource(call.parameters, name, call.context)
    if source is None:
        if call.text(name):
            raise InputError(
                _("{name}: “{layer}” is no layer that QGIS can read.").format(name=name, layer=call.text(name))
            )
        return []
    fields = [field.name() for field in source.fields()]
    missing = [field for field in (LAYER, ROW, "column") if field not in fields]
    if missing or not {"side", "value"} & set(fields):
        raise InputError(
            _("{name}: it has no field {fields}. The table of values has all that is needed.").format(
                name=name, fields=", ".join(missing) or "side, value"
            )
        )
    found = []
    for feature in features(call, source):
        texts = {field: _text(feature[field]) for field in fields}
        side, value = texts.get("side", "").strip().lower(), texts.get("value", "")
        if not (side or value):
            continue
        if side and side not in SIDES:
            raise InputError(_("{name}: “{side}” is no side; give mine, theirs or base.").format(name=name, side=side))
        row = texts[ROW].strip()
        if not (row.isascii() and row.isdigit()):
            raise InputError(_("{name}: “{row}” is no {field}.").format(name=name, row=row, field=ROW))
        found.append(Decision(texts[LAYER], int(row), texts["column"], side, value))
    return found


def _text(value):
    """A value of a field as text: of a whole number, as spreadsheets have them, without decimals."""
    value = python_value(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return "" if value is None else str(value)


def _own_table(call):
    """The table of the store that INPUT is a layer of, "" if it is something else."""
    given = call.parameters.get("INPUT")
    if isinstance(given, QgsProcessingFeatureSourceDefinition):  # its selected features alone, say
        given = given.source
    layer = call.operation.parameterAsVectorLayer({"INPUT": given}, "INPUT", call.context)
    if not isinstance(layer, QgsVectorLayer) or layer.providerType() != PROVIDER:
        return ""
    source = QgsDataSourceUri(layer.source())
    return source.table() if same(source.database()) == same(call.store_path()) else ""
