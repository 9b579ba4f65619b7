"""The objects that reports are made of: the features of a layer, or one place, as `createreports` is told."""

from qgis.core import QgsCsException, QgsFeatureRequest, QgsWkbTypes

from ...i18n import _
from ...workflows.errors import InputError
from ..project.features import UNCHECKED, Expressions, ToWgs84, features, fields_of, has_geometry, source_of
from ..project.systems import sound, wgs84
from . import documents, targets


class Objects:
    """An iterable of `Item`s. Raises InputError, at once, for parameters that do not fit together."""

    def __init__(self, call):
        from ...workflows.contributions.theme_forms import read_values

        self._call = call
        self.source = source_of(call, "INPUT")
        self._place = self._point()
        self._group_field = self._checked_group_field()
        self._fixed = read_values(call.text("ATTRIBUTES")) if call.text("ATTRIBUTES") else {}
        self._documents = documents.paths(
            call.operation.parameterAsFileList(call.parameters, "DOCUMENTS", call.context)
        )
        self._expressions = Expressions(call, self.source)
        self._lon, self._lat = (self._expression(name) for name in ("LON", "LAT"))
        self._message = self._expression("MESSAGE_EXPRESSION")
        self._paths = self._expression("DOCUMENTS_EXPRESSION")
        self._values = {name: self._expressions.add(name, text) for name, text in self._matrix()}
        self._check_where()

    def _expression(self, name):
        return self._expressions.add(name, self._call.text(name))

    def _matrix(self):
        """(attribute, expression) of each row of ATTRIBUTE_EXPRESSIONS."""
        if not self._call.parameters.get("ATTRIBUTE_EXPRESSIONS"):
            return  # QGIS makes a cell of nothing
        cells = self._call.operation.parameterAsMatrix(
            self._call.parameters, "ATTRIBUTE_EXPRESSIONS", self._call.context
        )
        cells = ["" if cell is None else str(cell).strip() for cell in cells]
        if len(cells) % 2:
            raise InputError(_("ATTRIBUTE_EXPRESSIONS has to be pairs: an attribute and its expression."))
        for name, text in zip(cells[::2], cells[1::2]):
            if name and text:
                yield name, text
            elif name or text:
                raise InputError(
                    _("ATTRIBUTE_EXPRESSIONS: “{cell}” is alone. Give an attribute and its expression.").format(
                        cell=name or text
                    )
                )

    def _point(self):
        """lon, lat of POINT."""
        if self._call.parameters.get("POINT") in (None, ""):
            return None
        try:
            operation, parameters, context = self._call.operation, self._call.parameters, self._call.context
            sound(operation.parameterAsPointCrs(parameters, "POINT", context))
            point = operation.parameterAsPoint(parameters, "POINT", context, wgs84())
        except QgsCsException:
            raise InputError(_("POINT has no place in WGS84. Check its coordinate system.")) from None
        return point.x(), point.y()

    def _checked_group_field(self):
        if self._call.choice("GROUPING") != "field":
            return None
        known = self.source.fields().names() if self.source is not None else []
        name = self._call.text("GROUP_FIELD")
        if name not in known:
            raise InputError(
                _("GROUP_FIELD: one report per value of a field needs a field of the layer. Fields: {known}.").format(
                    known=", ".join(known) or _("none")
                )
            )
        return name

    def _check_where(self):
        if bool(self._lon) != bool(self._lat):
            raise InputError(_("LON and LAT belong together: give both, or none."))
        if self._place and (self.source is not None or self._lon):
            raise InputError(_("POINT is for a single report without layer: leave it, or INPUT, LON and LAT, empty."))
        if not (self._place or self._lon or self.source is not None):
            raise InputError(_("Where? Give a layer in INPUT, or a place in POINT."))
        if self.source is not None and not has_geometry(self.source) and not self._lon:
            raise InputError(
                _(
                    "“{layer}” is a table without geometry: say by expressions in LON and LAT where its objects are."
                ).format(layer=self.source.sourceName())
            )
        if self.source is not None and self._call.choice("GROUPING") == "each":
            targets.check_count(self._call, self.source.featureCount())

    def sketch_fields(self):
        """The fields that go with sketches: those of SKETCH_FIELDS, else those that the settings of IGN's plugin name
        for this layer (`espaceco_xml`); None for all.
        """
        if self.source is None:
            return None
        known = self.source.fields().names()
        given = self._call.operation.parameterAsFields(self._call.parameters, "SKETCH_FIELDS", self._call.context)
        unknown = [name for name in given if name not in known]
        if unknown:
            raise InputError(
                _("{name}: there is no field {fields}. Fields: {known}.").format(
                    name="SKETCH_FIELDS", fields=", ".join(unknown), known=", ".join(known) or _("none")
                )
            )
        return set(given) if given else self._imported_fields()

    def _imported_fields(self):
        settings = self._call.connection.extra.get("espaceco", {})
        named = {layer["layer"]: set(layer["fields"]) for layer in settings.get("sketch_fields", [])}
        return named.get(self.source.sourceName())

    # ------------------------------------------------------------------ one by one

    def __iter__(self):
        if self.source is None:
            yield self._item(None, None)
            return
        to_wgs84 = ToWgs84(self.source, self._call.context.transformContext())
        for feature in features(self._call, self.source):
            yield self._item(feature, to_wgs84)

    def _item(self, feature, to_wgs84):
        from ...workflows.contributions.create_reports import Fault, Item

        item = Item(place=self._place)
        faults = []

        def evaluated(expression, name, what="expression"):
            try:
                return self._expressions.value(expression, name) if expression else None
            except ValueError as error:
                faults.append(Fault(what, str(error)))
                return None

        if feature is not None:
            self._expressions.at(feature)
            item.feature, item.fields = feature.id(), fields_of(feature)
            item.group = _hashable(item.fields.get(self._group_field))
            try:
                item.wkb = to_wgs84(feature.geometry())
            except ValueError as error:
                faults.append(Fault("geometry", str(error)))
        if self._lon:
            found = len(faults)
            lon, lat = evaluated(self._lon, "LON", "position"), evaluated(self._lat, "LAT", "position")
            place = _degrees(lon), _degrees(lat)
            if None not in place:
                item.place = place
            elif len(faults) == found:
                sentence = _("LON and LAT give no numbers: {lon}, {lat}.").format(lon=lon, lat=lat)
                faults.append(Fault("position", sentence))
        text = evaluated(self._message, "MESSAGE_EXPRESSION")
        item.message = self._call.text("MESSAGE") if text in (None, "") else _shown(text)
        own = {name: evaluated(expression, name) for name, expression in self._values.items()}
        item.values = {**self._fixed, **{name: value for name, value in own.items() if value is not None}}
        item.documents = [*self._documents, *documents.paths(evaluated(self._paths, "DOCUMENTS_EXPRESSION"))]
        item.faults = faults
        return item

    # ------------------------------------------------------------------ what is wrong

    def write_faults(self, faults):
        """The table FAULTS, with the geometries of the layer, so that one can go and see."""
        from ...workflows.contributions.create_reports import FAULT_COLUMNS

        rows = [fault.row() for fault in faults]
        if self.source is None or not has_geometry(self.source):
            return self._call.table("FAULTS", FAULT_COLUMNS, rows)
        wanted = [fault.feature for fault in faults if fault.feature is not None]
        request = QgsFeatureRequest().setFilterFids(wanted).setSubsetOfAttributes([])
        # with an empty list QGIS would give all of them
        found = self.source.getFeatures(request, UNCHECKED) if wanted else ()
        # of a layer of mixed geometries, which says it has those of its first feature
        kind = QgsWkbTypes.geometryType(self.source.wkbType())
        shapes = {feature.id(): feature.geometry() for feature in found if feature.geometry().type() == kind}
        of_rows = [shapes.get(fault.feature) for fault in faults]
        return self._call.table("FAULTS", FAULT_COLUMNS, rows, like=self.source, shapes=of_rows)


def _degrees(value):
    try:
        return float(str(value).replace(",", "."))
    except ValueError:
        return None


def _shown(value):
    from ...workflows.contributions.theme_forms import as_text

    return as_text(value)


def _hashable(value):
    return repr(value) if isinstance(value, (list, dict)) else value
