"""Publish heights."""

from ...i18n import N_, _
from ...provider import parameters as p
from ...provider.entrepot import services


class PublishAltimetry(services.Publishing):
    ID = "publishaltimetry"
    TYPE = "ALTIMETRY"
    TITLE = N_("Publish heights (altimetry)")
    SUMMARY = N_("Publishes a raster pyramid of heights as a service that says the height of places and profiles.")
    HELP = N_(
        "The pyramid has one channel of floating numbers: “Make a raster pyramid” makes it of an elevation model with "
        "the compression “zip” and the interpolation “nn”. Where the heights come from and how exact they are is told "
        "to those who ask.\n\n"
        "Run again with the same layer name, the service is brought up to date with what is given, the rest stays. If "
        "the platform does not come to publish it, nothing is left behind."
    )
    TAGS = (
        "publier", "diffuser", "altimétrie", "altitude", "mnt", "entrepôt", "géoplateforme", "publish", "elevation",
        "heights",
    )  # fmt: skip
    EXAMPLE = {
        "CONNECTION": "sandbox.json",
        "STORED_DATA": "relief",
        "LAYER_NAME": "relief_altitudes",
        "TITLE": "Altitudes",
        "SOURCE": "Lidar 2025",
        "ACCURACY": "0,5 m",
        "STORE": "publications.sqlite",
    }

    def initAlgorithm(self, configuration=None):
        self.addParameters(
            *services.service(
                _("Id or name of a raster pyramid of heights (one channel). Left empty: that of the service."),
                shown=False,
            ),
            p.text("SOURCE", _("Source"), _("Where the heights come from. A new service needs it.")),
            p.text("ACCURACY", _("Accuracy"), _("How exact they are, such as “1 m”. A new service needs it.")),
            p.text(
                "DATA_TITLE", _("Title of the data"), _("Left empty: as it is, or that of the service."), advanced=True
            ),
            services.extent(),
        )
        services.declare(self)

    def perform(self, call):
        more = {
            "source": call.text("SOURCE"),
            "accuracy": call.text("ACCURACY"),
            "data_title": call.text("DATA_TITLE"),
        }
        return self.publish(call, self.asked(call, bbox=services.box(call), more=more))
