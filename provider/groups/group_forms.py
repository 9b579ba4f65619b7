"""The form of a group layer: what each column may hold, as its description says (contract 2.7).

Widgets are chosen so that opening and saving a form changes nothing that the user did not touch. So numbers have no
spin box, optional booleans no check box and months no calendar: these round, cut off at their limits, make no value a
value, or a value that they cannot read none.
"""

import mimetypes

from qgis.core import (
    QgsAction,
    QgsDefaultValue,
    QgsEditorWidgetSetup,
    QgsExpression,
    QgsExpressionContext,
    QgsFeature,
    QgsFieldConstraints,
)

from ...client.espaceco.api import site_of
from ...client.espaceco.databases import DESTROYED
from ...i18n import _
from ...workflows.layers import column_rules
from ...workflows.layers.conditions import UnknownCondition, quoted_name, quoted_text
from ..compat import kind_of
from .group_styles import fields_of

HISTORY = ("gcms_fingerprint", "gcms_numrec", "gcms_ordrefinevol", *DESTROYED)
"""Columns that only machines read."""
NULL_VALUE = "{2839923C-8B7D-419E-B84B-CA2FE9B80EC7}"
"""What stands for no value in a list of values."""
LONG_TEXT = 255
"""The longest text that is edited in one line."""
HIDDEN = "Hidden"
RULE = QgsFieldConstraints.Constraint


def apply_form(layer, described, stored):
    """Give a layer the names, widgets, constraints and defaults of the columns of a stored layer. Gives warnings.

    What was set for a column before is replaced; the layout of the form, if the user made one, stays.
    """
    return _Form(layer, described, stored).apply()


class _Form:
    def __init__(self, layer, described, stored):
        self._layer = layer
        self._described = described
        self._columns = described.table.columns
        self._kept = {column.local: column for column in stored.columns}
        self._titles = {column.name: column.title for column in self._columns}
        self._fields = fields_of(layer, {column.name: column.local for column in stored.live})
        self._documents = f"{site_of(stored.service)}/document/image/"
        self._form = layer.editFormConfig()
        self._warnings = []

    def apply(self):
        layer = self._layer
        names = layer.fields().names()
        before = {name for at, name in enumerate(names) if layer.editorWidgetSetup(at).type() == HIDDEN}
        for index, name in enumerate(names):
            self._clear(index)
            kept = self._kept.get(name)
            column = self._described.table.column(kept.name) if kept and not kept.gone else None
            if column is None or kept.hidden or column.name in HISTORY:
                layer.setEditorWidgetSetup(index, QgsEditorWidgetSetup(HIDDEN, {}))
                self._form.setReadOnly(index, True)
            else:
                self._show(index, column)
        layer.setEditFormConfig(self._form)
        self._hide_in_table(before)
        return list(dict.fromkeys(self._warnings))

    def _clear(self, index):
        """Forget what was said of this column."""
        layer = self._layer
        for rule in (RULE.ConstraintNotNull, RULE.ConstraintUnique, RULE.ConstraintExpression):
            layer.removeFieldConstraint(index, rule)
        layer.setConstraintExpression(index, "", "")
        layer.setDefaultValueDefinition(index, QgsDefaultValue())
        layer.removeFieldAlias(index)

    def _show(self, index, column):
        layer = self._layer
        layer.setFieldAlias(index, column.title)
        layer.setEditorWidgetSetup(index, QgsEditorWidgetSetup(*self._widget(column, layer.fields().at(index))))
        if column.type == "Document":
            self._add_link(index, column)
        writable = self._described.writable(column) and column.type != "Like"
        self._form.setReadOnly(index, not writable)
        if writable:
            self._constrain(index, column)
            self._set_default(index, column)

    # ------------------------------------------------------------------ widgets

    def _widget(self, column, field):
        """The type of a widget and its settings."""
        may_be_empty = not column.mandatory
        if column.type == "Boolean":
            yes, no = ("true", "false") if kind_of(field) == "flag" else ("1", "0")
            if may_be_empty:
                return "ValueMap", _listed([(yes, _("yes")), (no, _("no"))], may_be_empty)
            return "CheckBox", {"CheckedState": yes, "UncheckedState": no}
        choices = [(value, label) for value, label in column_rules.choices(column, self._columns) if value is not None]
        if choices:
            return "ValueMap", _listed([(_text(value), label) for value, label in choices], may_be_empty)
        if column.type in ("Date", "DateTime"):
            form = column_rules.FORMS[column.type]
            return "DateTime", {
                "field_format": form, "display_format": form, "field_iso_format": False, "allow_null": True,
                "calendar_popup": True,
            }  # fmt: skip
        if column.type == "JsonValue":
            return "JsonEdit", {"DefaultView": 0, "FormatJson": 0}
        if column.type == "Document":
            return "ExternalResource", {
                "FileWidget": True, "FileWidgetButton": True, "FileWidgetFilter": _file_filter(column.mime_types),
                "UseLink": False, "StorageMode": 0, "RelativeStorage": 0, "DocumentViewer": 0,
            }  # fmt: skip
        return "TextEdit", {"IsMultiline": (column.max_length or 0) > LONG_TEXT, "UseHtml": False}

    def _add_link(self, index, column):
        """An action that opens the document of a row on the server; nothing else that a server may have put there."""
        name = quoted_name(self._layer.fields().at(index).name())
        if "%]" in name:  # the end of an expression in the text of an action
            return
        on_server = f"regexp_match({name}, '^[0-9]+$') > 0"
        url = f"[% CASE WHEN {on_server} THEN {quoted_text(self._documents)} || {name} ELSE '' END %]"
        actions, title = self._layer.actions(), _("Open the document “{column}”").format(column=column.title)
        if title not in [action.name() for action in actions.actions()]:
            actions.addAction(
                QgsAction(QgsAction.ActionType.OpenUrl, title, url, "", False, title, {"Feature", "Canvas"})
            )

    # ------------------------------------------------------------------ rules and defaults

    def _constrain(self, index, column):
        layer, hard = self._layer, QgsFieldConstraints.ConstraintStrength.ConstraintStrengthHard
        if column.mandatory:
            layer.setFieldConstraint(index, RULE.ConstraintNotNull, hard)
        if column.unique:
            layer.setFieldConstraint(index, RULE.ConstraintUnique, hard)
        rules = column_rules.rules(column, self._fields, self._titles)
        values, rows = ([part for part in parts if self._works(part, index)] for parts in (rules.values, rules.rows))
        name = layer.fields().at(index).name()
        expression = column_rules.together(name, values, rows)
        if expression:
            layer.setConstraintExpression(index, expression, rules.sentence)
            layer.setFieldConstraint(index, RULE.ConstraintExpression, hard)
        left_out = len(values) + len(rows) < len(rules.values) + len(rules.rows)
        if rules.left_out or left_out:
            what = ", ".join(rules.left_out) or _("pattern")
            self._warn(_("“{column}”: the form does not check this, only the server does: {what}."), column, what=what)

    def _works(self, part, index):
        """Whether QGIS can evaluate it: the regular expressions of servers and of QGIS are not all the same."""
        layer = self._layer
        expression = QgsExpression(part)
        if kind_of(layer.fields().at(index)) == "text":  # the only columns with patterns
            feature = QgsFeature(layer.fields())
            feature[index] = "1"
            context = QgsExpressionContext()
            context.setFeature(feature)
            expression.evaluate(context)
        return not expression.hasParserError() and not expression.hasEvalError()

    def _set_default(self, index, column):
        try:
            text, follows = column_rules.default(column, self._columns, self._fields)
        except UnknownCondition:
            self._warn(_("“{column}”: its default value cannot be understood and is left out."), column)
            return
        if text:
            self._layer.setDefaultValueDefinition(index, QgsDefaultValue(text, follows))

    def _warn(self, sentence, column, **values):
        self._warnings.append(sentence.format(column=column.title, **values))

    # ------------------------------------------------------------------ the table

    def _hide_in_table(self, before):
        """Hide there what the form hides; what the user hides stays so. `before` are columns that the form hid."""
        layer = self._layer
        config = layer.attributeTableConfig()
        config.update(layer.fields())
        columns = config.columns()
        now = {name for at, name in enumerate(layer.fields().names()) if layer.editorWidgetSetup(at).type() == HIDDEN}
        for column in columns:
            column.hidden = column.name in now or (column.hidden and column.name not in before)
        config.setColumns(columns)
        layer.setAttributeTableConfig(config)


def _listed(choices, may_be_empty):
    """A list of values in their order."""
    empty = [{_("(empty)"): NULL_VALUE}] if may_be_empty else []
    return {"map": [{label or value: value} for value, label in choices] + empty}


def _text(value):
    """A value of a list as QGIS compares it: as text."""
    if isinstance(value, bool):
        return str(int(value))
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _file_filter(types):
    endings = [f"*{ending}" for kind in types for ending in mimetypes.guess_all_extensions(kind)]
    return _("Documents") + f" ({' '.join(endings)})" if endings else ""
