"""One execution of an operation: parameters as Python values, the service, the store, progress, outputs."""

import contextlib
from datetime import date, datetime, timedelta, timezone
from itertools import zip_longest
from pathlib import Path

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsFeature,
    QgsFeatureSink,
    QgsFields,
    QgsGeometry,
    QgsProcessing,
    QgsProcessingException,
    QgsProcessingOutputLayerDefinition,
    QgsProcessingUtils,
    QgsVectorLayer,
    QgsWkbTypes,
)
from qgis.PyQt.QtCore import Qt

from ..i18n import _
from ..workflows.errors import InputError
from . import compat, connections, errors, hints
from .parameters import chosen
from .project.systems import sound, wgs84

PROGRESS_STEPS = 100
_MULTIPLE = {
    "point": QgsWkbTypes.Type.MultiPoint,
    "line": QgsWkbTypes.Type.MultiLineString,
    "polygon": QgsWkbTypes.Type.MultiPolygon,
    "other": QgsWkbTypes.Type.GeometryCollection,
}
"""What holds simple geometries of a kind too."""


class Call:
    """Made in the main thread, used in the thread of the operation. A context manager: what it opened, it closes."""

    def __init__(self, operation, parameters, context, feedback):
        self.operation = operation
        self.context = context
        self.feedback = feedback
        self.parameters = parameters
        self._open = contextlib.ExitStack()
        self._api = None
        self._entrepot = None
        self._store = None
        self._ledger = None
        self._auth = None
        self._network = None
        self._progress = 0
        self._layers = None
        self._selecting = None
        self._watch = None
        self.connection = None

    def prepare(self):
        """What only the main thread may do: the account, the network settings, the project."""
        project = self.context.project()
        # a project in a database or a GeoPackage has no folder beside it
        in_a_file = project is not None and project.projectStorage() is None
        self._project_file = project.fileName() if in_a_file else ""
        from .project import layers

        self._present = layers.sources(project) if project is not None else set()
        self._selected = layers.selected(project) if project is not None else {}
        if self.operation.needs_connection(self):
            from .account import account_auth
            from .network import qgis_network

            self.connection = connections.find(self.text("CONNECTION"))
            self._auth = account_auth(self.connection)
            self._network = qgis_network()

    def begin(self, context, feedback):
        """Before `with`: in a thread of its own an operation is given another context, whose results QGIS takes."""
        self.context, self.feedback = context, feedback
        return self

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self._open.close()
        self._watch = None  # it holds us, and we the layers of the context, which must be gone when QGIS ends

    def when_closed(self, tidy):
        """`tidy` is done when the operation ends, however it ends."""
        self._open.callback(tidy)

    def finish(self, context):
        """Back in the main thread: the layers of the project show the new content and the new selection."""
        if self._layers and context.project() is not None:
            for warning in self._layers.finish(context):
                self.feedback.pushWarning(warning)
        if self._selecting and context.project() is not None:
            from .project import layers

            layers.select(context.project(), *self._selecting)

    # ------------------------------------------------------------------ the service and the store

    @property
    def api(self):
        """The Espace collaboratif, with the account of the connection."""
        if self._api is None:
            from ..client.espaceco.api import EspaceCo

            services = self.connection.services
            self._api = EspaceCo(self._session(), services["espaceco"], services["site"])
        return self._api

    @property
    def entrepot(self):
        """The API Entrepôt, with the account of the connection."""
        if self._entrepot is None:
            from ..client.entrepot.api import Entrepot

            # EA18: no limit is known; files and waiting are slow, so more may be under way than elsewhere
            self._entrepot = Entrepot(self._session(rate=40.0, concurrency=10), self.connection.services["entrepot"])
        return self._entrepot

    def office(self, *rights):
        """The datastore of DATASTORE, of the connection, or the only one; InputError without these rights there."""
        from ..workflows.entrepot import offices

        services, defaults = self.connection.services, self.connection.defaults
        wanted = self.text("DATASTORE") or defaults.get("datastore", "")
        office = offices.choose(self.entrepot, wanted, diffusion=services.get("diffusion", ""))
        known = [(member.name, member.datastore) for member in office.me.memberships if member.datastore]
        self.refresh_lists(entrepot=hints.with_entries("datastores", known))
        office.need(*rights)
        return office

    def _session(self, **pace):
        from ..client.session import Session

        pace.update(self._pace())
        return self._open.enter_context(Session(self._auth, self._network, cancelled=self.feedback.isCanceled, **pace))

    def _pace(self):
        """A server of one's own may be asked faster: `requests_per_second` in the connection, 0 for no limit."""
        pace = self.connection.extra.get("requests_per_second")
        if isinstance(pace, bool) or not isinstance(pace, (int, float)) or pace < 0:
            return {}
        return {"rate": float(pace) or None}

    @property
    def store(self):
        """The store of STORE or of the project, made if it is not there."""
        return self._open_store(create=True)

    @property
    def existing_store(self):
        """As `store`, but it must be there."""
        return self._open_store(create=False)

    @property
    def ledger_store(self):
        """The store with the ledger of publications: of STORE, else one in the user's profile.

        Not that of the project: saved elsewhere, it would not know what it has published.
        """
        if self.text("STORE"):
            return self.store
        if self._ledger is None:
            from ..store.store import Store

            path = hints.lists().path.with_name("publications.sqlite")
            path.parent.mkdir(parents=True, exist_ok=True)
            self._ledger = self._open.enter_context(Store(path, create=True))
        return self._ledger

    def _open_store(self, create):
        if self._store is None:
            from ..store.store import Store

            self._store = self._open.enter_context(Store(self.store_path(), create=create))
        return self._store

    def store_path(self):
        given = self.text("STORE")
        if given:
            return Path(given).expanduser()
        if self._project_file:
            project = Path(self._project_file)
            return project.with_name(f"{project.stem}_espaceco.sqlite")
        raise InputError(_("Which store? Give a file in STORE, or save the project: the store then lies beside it."))

    # ------------------------------------------------------------------ parameters

    def text(self, name):
        """A text without blanks around it, "" for none."""
        return self.operation.parameterAsString(self.parameters, name, self.context).strip()

    def flag(self, name):
        return self.operation.parameterAsBoolean(self.parameters, name, self.context)

    def number(self, name):
        return self.operation.parameterAsInt(self.parameters, name, self.context)

    def path(self, name):
        """A file, None for none."""
        given = self.text(name)
        return Path(given).expanduser() if given else None

    def file_out(self, name):
        """The file of a file destination, None if it is not wanted."""
        given = self.operation.parameterAsFileOutput(self.parameters, name, self.context)
        return Path(given) if given else None

    def choice(self, name):
        """The code of a choice, "" for none."""
        chosen = self.choices(name)
        return chosen[0] if chosen else ""

    def choices(self, name):
        """The codes of the entries chosen."""
        definition = self.operation.parameterDefinition(name)
        given = self.parameters.get(name)
        if given in (None, "", []):
            given = definition.defaultValue()
        return [] if given is None else chosen(definition, given)

    def moment(self, name):
        """A date and time, aware where an offset was given; None for none."""
        given = self.parameters.get(name)
        if isinstance(given, date):
            return given if isinstance(given, datetime) else datetime(given.year, given.month, given.day)  # noqa: DTZ001
        value = self.operation.parameterAsDateTime(self.parameters, name, self.context)
        if not value.isValid():
            return None
        moment = value.toPyDateTime() if hasattr(value, "toPyDateTime") else value.toPython()
        moment = moment.replace(tzinfo=None)
        spec = value.timeSpec()
        if spec in (Qt.TimeSpec.UTC, Qt.TimeSpec.OffsetFromUTC):
            moment = moment.replace(tzinfo=timezone(timedelta(seconds=value.offsetFromUtc())))
        return moment

    def layers(self, name):
        """The layers of a list of layers; InputError for one that cannot be opened."""
        given = self.parameters.get(name) or []
        wanted = given if isinstance(given, (list, tuple)) else [given]
        found = self.operation.parameterAsLayerList(self.parameters, name, self.context)
        if len(found) < len(wanted):
            raise InputError(
                _("{name}: not all of these are layers or files that QGIS can read: {layers}.").format(
                    name=name, layers=", ".join(map(str, wanted))
                )
            )
        return found

    def zone(self):
        """The polygons of ZONE, else the rectangle of EXTENT, as a `Zone`; None for everywhere."""
        from .project import zones

        source = self.operation.parameterAsSource(self.parameters, "ZONE", self.context)
        if source is not None:
            return zones.of_layer(source, self.context.transformContext(), self.watch)
        if self.text("ZONE"):
            raise InputError(
                _("The zone “{zone}” is no layer and no file that QGIS can read.").format(zone=self.text("ZONE"))
            )
        rectangle = self.rectangle()
        return None if rectangle is None else zones.of_rectangle(rectangle)

    def rectangle(self):
        """The rectangle of EXTENT in WGS84, as a polygon; None for none."""
        if self.parameters.get("EXTENT") in (None, ""):
            return None
        sound(self.operation.parameterAsExtentCrs(self.parameters, "EXTENT", self.context))
        shape = self.operation.parameterAsExtentGeometry(self.parameters, "EXTENT", self.context, wgs84())
        return None if shape.isNull() else shape

    # ------------------------------------------------------------------ the community

    def choice_of_community(self, *, public=False):
        """Who asks, for which community: COMMUNITY, else the connection's default, else the only one."""
        from ..workflows.connection.communities import choose

        return choose(self.api, self.text("COMMUNITY") or self.connection.defaults.get("community", ""), public=public)

    # ------------------------------------------------------------------ speaking

    @property
    def watch(self):
        """What workflows are given to speak through."""
        if self._watch is None:
            from ..workflows.watch import Watch

            self._watch = Watch(
                progress=self.progress,
                info=self.feedback.pushInfo,
                warning=self.feedback.pushWarning,
                cancelled=self.feedback.isCanceled,
                explain=lambda error: errors.sentence(error) or str(error),
            )
        return self._watch

    def progress(self, done, total):
        """At most 100 calls a run: some servers write each one to a database."""
        step = int(PROGRESS_STEPS * done / total) if total else 0
        if step > self._progress:
            self._progress = step
            self.feedback.setProgress(step * 100 / PROGRESS_STEPS)

    # ------------------------------------------------------------------ outputs

    def table(self, name, columns, rows, *, like=None, shapes=()):
        """Fill the table of a sink; `columns` are (name, kind) pairs. Gives the output, nothing if it is not wanted.

        With `like`, a feature source, it has the kind of geometry of that one; `shapes` are then those of the rows.
        """
        kind = QgsWkbTypes.Type.NoGeometry if like is None else like.wkbType()
        crs = QgsCoordinateReferenceSystem() if like is None else sound(like.sourceCrs())
        return self._fill(name, columns, zip_longest(rows, shapes), kind, crs)

    def places(self, name, columns, rows, families):
        """As `table`, of rows that end with a geometry (WKB in WGS84, or None).

        `families` are the kinds of geometry among them: `point`, `line`, `polygon`, `other`. Where there are several
        and nowhere to put them is said, it is a temporary GeoPackage: a layer in memory holds one kind alone.
        """
        kind = _MULTIPLE.get("".join(families), QgsWkbTypes.Type.Unknown) if families else _MULTIPLE["point"]
        wanted = self.parameters.get(name)
        where = wanted.sink.staticValue() if isinstance(wanted, QgsProcessingOutputLayerDefinition) else wanted
        mixed_in_memory = kind == QgsWkbTypes.Type.Unknown and (
            where == QgsProcessing.TEMPORARY_OUTPUT or str(where).startswith("memory:")
        )
        if mixed_in_memory:
            self.parameters[name] = QgsProcessingUtils.generateTempFilename(f"{name.lower()}.gpkg")
        shaped = ((row[:-1], _geometry(row[-1], kind)) for row in rows)
        found = self._fill(name, columns, shaped, kind, wgs84())
        if mixed_in_memory:
            layer = QgsVectorLayer(self.parameters[name], name, "ogr")
            self.context.temporaryLayerStore().addMapLayer(layer)
            found = {name: layer.id()}
        return found

    def _fill(self, name, columns, rows, geometry, crs):
        """Write rows, pairs of values and shape, into a sink."""
        fields = QgsFields()
        for column, kind in columns:
            fields.append(compat.field(column, kind))
        sink, where = self.operation.parameterAsSink(self.parameters, name, self.context, fields, geometry, crs)
        if sink is None:
            if self.parameters.get(name) in (None, ""):
                return {}
            raise QgsProcessingException(self.operation.invalidSinkError(self.parameters, name))
        kinds = [kind for _column, kind in columns]
        for row, shape in rows:
            feature = QgsFeature(fields)
            feature.setAttributes([compat.attribute(value, kind) for value, kind in zip(row, kinds)])
            if shape is not None:
                feature.setGeometry(shape)
            if not sink.addFeature(feature, QgsFeatureSink.Flag.FastInsert):
                raise QgsProcessingException(
                    _("The table {name} cannot be written: {why}").format(name=name, why=sink.lastError())
                )
        del sink
        return {name: where}

    def page(self, name, report, **about):
        """Write a report as HTML, saying where its figures come from. Gives the output, nothing if it is not wanted."""
        path = self.file_out(name)
        if path is None:
            return {}
        from dataclasses import replace

        from ..workflows.pages.html import write_html

        lines = {_("Service"): self.connection.services["site"]} if self.connection is not None else {}
        lines.update({label: value for label, value in about.items() if value})
        lines[_("Made on")] = datetime.now().astimezone()
        return {name: str(write_html(replace(report, about={**report.about, **lines}), path))}

    def report_layers(self, group):
        """The layers of the store as outputs; added to the project, styled and grouped, where a user looks on."""
        from .project import layers

        self._layers = layers.ReportLayers(self.store.path, group)
        return self._layers.outputs(self.context, self._present)

    def group_layers(self, community, layers, services=(), *, anew=False):
        """Group layers of the store, and entries of the catalogue that are geoservices, in the project where a user
        looks on: those that it has not yet, in the tree group of the community of this name.

        Those that it has show the new content, and keep the styles and forms of the user; with `anew` they get those
        of the server again. Pictures of styles and what the geoservices offer are asked of the servers; what cannot be
        had is a warning. Gives the sources of the layers of the store, for an output.
        """
        from ..workflows.layers.flows import flows
        from ..workflows.layers.style_images import fetched
        from .groups.group_layers import GroupLayers

        images = fetched(self.api, self.store, layers, anew=anew, watch=self.watch)
        usable = flows(self.api, [entry.geoservice for entry in services], self.watch)
        self._layers = GroupLayers(self.store.path, layers, images, community=community, anew=anew)
        self._layers.add_services(self.api.root, services, usable)
        return self._layers.outputs(self.context, self._present)

    def refresh_layers(self):
        """The layers of the store that the project has already show the new content, and columns that are new."""
        from .groups.group_layers import GroupLayers

        self._layers = GroupLayers(self.store.path, self.store.layers.all())

    def selected_rows(self):
        """The ids of the rows selected in the project's layers of the store, by table."""
        from .project import layers

        store = layers.same(self.store_path())
        return {table: ids for (file, table), ids in self._selected.items() if file == store}

    def select(self, rows, mode):
        """In the end, select rows (ids by table) in the project's layers of the store.

        `mode` is `replace`, `add`, `remove` or `intersect`.
        """
        self._selecting = self.store_path(), rows, mode

    def refresh_lists(self, **lists):
        """Remember lists for the combo boxes; not being able to is no reason to fail."""
        try:
            hints.lists().set(**lists)
        except OSError as error:
            self.feedback.pushWarning(_("The lists of the combo boxes cannot be saved: {why}").format(why=error))


def _geometry(wkb, kind):
    """The geometry of a WKB as a layer of this kind holds it; None for none."""
    if wkb is None:
        return None
    shape = QgsGeometry()
    shape.fromWkb(wkb)
    if QgsWkbTypes.isMultiType(kind):
        shape.convertToMultiType()
    return shape
