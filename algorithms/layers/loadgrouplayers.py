"""Load the layers of a community into the store, and show them."""

from qgis.core import QgsProcessingOutputMultipleLayers

from ...i18n import N_, _
from ...provider import parameters as p
from ...provider.groups import group_choice
from ...provider.operation import LAYERS, Operation


class LoadGroupLayers(Operation):
    ID = "loadgrouplayers"
    GROUP = LAYERS
    TITLE = N_("Load group layers")
    SUMMARY = N_(
        "Loads the layers of a community (groupe) into the store, with all their columns, in their own coordinate "
        "system, and shows them with styles and forms."
    )
    HELP = N_(
        "Tables are kept in the store, so that they can be seen and edited offline: in 2D or 3D, with the names that "
        "columns have on the server. Map services (WMTS, WMS, WFS) are added to the project as they are.\n\n"
        "Each layer is put into the store at once, when all of it has come. One that fails stays as it was before, and "
        "the others go on; a load that is stopped keeps those that were complete.\n\n"
        "A layer that is loaded again keeps your edits that are not sent yet: what others changed meanwhile is merged "
        "with them, or becomes a conflict. Without a zone it is loaded everywhere, even if it had one before. “Refresh "
        "group layers” asks for much less.\n\n"
        "A file of the official plugin is taken as a store: its own tables stay as they are, and what is loaded goes "
        "into new ones."
    )
    TAGS = (
        "couches",
        "couches du groupe",
        "charger",
        "guichet",
        "contribution directe",
        "hors ligne",
        "géoservices",
        "group layers",
        "download",
        "offline",
    )
    EXAMPLE = {
        "CONNECTION": "sandbox.json",
        "COMMUNITY": "375",
        "LAYERS": "suivi_terrain:cantons_suivis;demo_guichet:pharmacies_paris",
        "ZONE": "cantons.geojson",
        "STORE": "reports.sqlite",
        "SUMMARY": "layers.csv",
        "REPORT": "layers.html",
    }

    def initAlgorithm(self, configuration=None):
        self.addParameters(
            p.connection(),
            p.community(),
            group_choice.layers(
                _(
                    "Which layers: database:table, such as bdtopo_fxx:troncon_de_route, the name of the table, the "
                    "title or the number of the layer; several are separated by semicolons. All layers of the group if "
                    "empty. The list is that of the last “List the group layers”."
                )
            ),
            *p.zone(),
            p.flag(
                "SERVICES",
                _("Map services too"),
                _("Adds the map services among these layers to the project."),
                default=True,
            ),
            p.flag(
                "OFFICIAL",
                _("Only the layers of the official plugin"),
                _("Loads those layers anew that the official plugin had loaded into the file given as store."),
                advanced=True,
            ),
            p.store(),
            p.table_out(
                "SUMMARY",
                _("Layers"),
                _("One row per layer: name, table in the store, objects, what changed, geometry, problem."),
            ),
            p.html(),
        )
        self.addOutput(QgsProcessingOutputMultipleLayers("LAYERS_LOADED", _("Group layers")))
        self.addFiles(STORE_FILE=_("Store"))
        self.addNumbers(
            COUNT=_("Layers loaded"),
            FEATURE_COUNT=_("Objects in these layers"),
            CREATED_COUNT=_("New objects"),
            UPDATED_COUNT=_("Updated objects"),
            UNCHANGED_COUNT=_("Unchanged objects"),
            REMOVED_COUNT=_("Removed objects"),
            MERGED_COUNT=_("Edited objects merged with what others changed"),
            CONFLICT_COUNT=_("Conflicts"),
            MISFIT_COUNT=_("Objects whose geometry does not fit"),
            FAILED_COUNT=_("Layers that failed"),
            REQUEST_COUNT=_("Requests sent"),
        )

    def perform(self, call):
        from ...workflows.layers import loaded
        from ...workflows.layers.load_layers import load_layers
        from ...workflows.layers.wanted import wanted_layers

        choice, zone = call.choice_of_community(), call.zone()
        wanted = wanted_layers(
            call.api,
            call.store,
            choice.community,
            call.choices("LAYERS"),
            official=call.flag("OFFICIAL"),
            services=call.flag("SERVICES"),
            known=group_choice.known(call, choice.community),
            listed=lambda found: group_choice.remember(call, found),
            me=choice.me,
            watch=call.watch.without_progress(),
        )
        outcome = load_layers(call.api, call.store, wanted.entries, zone=zone, watch=call.watch)
        for line in outcome.lines():
            call.feedback.pushInfo(line)
        community = wanted.catalogue.community_name
        return {
            "LAYERS_LOADED": call.group_layers(community, outcome.stored, wanted.services),
            **call.table("SUMMARY", loaded.COLUMNS, outcome.rows()),
            **call.page("REPORT", outcome.report(community), **{_("Store"): str(call.store.path)}),
            **outcome.numbers(),
            "STORE_FILE": str(call.store.path),
        }
