"""Connect the layers of a project to the store again, after it was moved."""

from qgis.core import QgsProcessingAlgorithm, QgsProject

from ...i18n import N_, _, ngettext
from ...provider import parameters as p
from ...provider.operation import LAYERS, Operation
from ...workflows.errors import InputError


class RelinkLayers(Operation):
    ID = "relinklayers"
    GROUP = LAYERS
    TITLE = N_("Connect layers to a moved store")
    SUMMARY = N_("Connects the group layers and report layers of a project to the store, where that lies now.")
    HELP = N_(
        "For a project whose layers are broken, or show another copy, because the project or its store was moved, "
        "renamed or copied. Each layer is found again by what it is on the server, not by its name; styles, forms, "
        "filters and the place in the legend stay.\n\n"
        "Without a project file it works on the open project, which you then save. With one, that file is changed: a "
        "way to repair many projects from a model or from qgis_process. Layers that the store does not have are left "
        "as they are and named in the table.\n\n"
        "Works on the store alone, without network."
    )
    TAGS = (
        "couches",
        "relier",
        "réparer",
        "projet déplacé",
        "source de données",
        "signalements",
        "layers",
        "relink",
        "repair",
        "broken",
        "data source",
    )
    EXAMPLE = {"STORE": "reports.sqlite", "OUTPUT": "connected.csv"}
    NEEDS_CONNECTION = False

    def flags(self):
        # projects belong to the main thread
        return super().flags() | QgsProcessingAlgorithm.Flag.FlagNoThreading

    def initAlgorithm(self, configuration=None):
        self.addParameters(
            p.file(
                "PROJECT",
                _("Project file"),
                _("The project to repair, which is saved again; the open project if empty."),
                filter="QGIS (*.qgz *.qgs)",
            ),
            p.store(),
            p.table_out(
                "OUTPUT",
                _("Layers"),
                _("One row per layer: its name, what it shows, where it came from, what became of it."),
            ),
        )
        self.addNumbers(
            COUNT=_("Layers"), RELINKED_COUNT=_("Layers connected"), LEFT_COUNT=_("Layers left as they are")
        )

    def perform(self, call):
        from ...provider.groups import relinking

        file = call.path("PROJECT")
        project = self._project(call, file)
        store = call.existing_store
        lines = relinking.relink(project, store.path.resolve(), store.layers.all())
        relinked = [line for line in lines if line.outcome == relinking.RELINKED]
        left = [line for line in lines if line.outcome not in (relinking.RELINKED, relinking.ALREADY)]
        for line in left:
            call.watch.warn(f"{line.layer}: {_(relinking.OUTCOMES[line.outcome])}")
        if file and relinked:
            relinking.save(project, file)
        call.feedback.pushInfo(ngettext("{n} layer was connected.", "{n} layers were connected.", len(relinked)))
        return {
            **call.table("OUTPUT", relinking.COLUMNS, [line.row() for line in lines]),
            "COUNT": len(lines),
            "RELINKED_COUNT": len(relinked),
            "LEFT_COUNT": len(left),
        }

    @staticmethod
    def _project(call, file):
        """The project of the file, else the open one."""
        from ...provider.groups import relinking
        from ...provider.project import layers

        now = call.context.project()
        if file is None:
            if now is None or not now.mapLayers():
                call.watch.warn(_("No project with layers is open: open one, or give a file in PROJECT."))
            return now or QgsProject()
        if now is not None and now.fileName() and layers.same(now.fileName()) == layers.same(file):
            raise InputError(_("{path} is the open project: leave PROJECT empty, then save it.").format(path=file))
        if not call.text("STORE"):
            raise InputError(_("Say in STORE where the store is now."))
        return relinking.opened(file)
