"""Parameters shared by all operations: the same name means the same thing everywhere.

Each function gives a parameter definition with its help. A choice (`choice`, `choices`) shows names and takes codes
too: `--MODE=update` says the same as `--MODE=1`, `--STATUSES=submit,valid` as `--STATUSES=submit --STATUSES=valid`.
"""

import re

from qgis.core import (
    QgsProcessing,
    QgsProcessingParameterAuthConfig,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterDateTime,
    QgsProcessingParameterDefinition,
    QgsProcessingParameterEnum,
    QgsProcessingParameterExpression,
    QgsProcessingParameterExtent,
    QgsProcessingParameterFeatureSink,
    QgsProcessingParameterFeatureSource,
    QgsProcessingParameterFile,
    QgsProcessingParameterFileDestination,
    QgsProcessingParameterFolderDestination,
    QgsProcessingParameterNumber,
    QgsProcessingParameterString,
)

from ..i18n import _
from . import connections, hints

CODES = "geocollab_codes"


def described(parameter, help, *, advanced=False, hints=None, codes=None):
    """The definition with its help; `hints` are texts offered in a combo box that takes any other text too."""
    parameter.setHelp(help)
    metadata = {}
    if hints:  # without them, a line to type in
        metadata["widget_wrapper"] = {"class": f"{__package__}.widgets.ComboWithText", "hints": list(hints)}
    if codes is not None:
        metadata[CODES] = list(codes)
    if metadata:
        parameter.setMetadata(metadata)
    if advanced:
        parameter.setFlags(parameter.flags() | QgsProcessingParameterDefinition.Flag.FlagAdvanced)
    return parameter


def prefilled(parameter, value):
    """The definition with a value that its dialog begins with, and that nobody else takes for granted."""
    if value is not None:
        parameter.setGuiDefaultValueOverride(value)
    return parameter


def text(name, label, help, *, default=None, optional=True, advanced=False, hints=None, multiline=False):
    return described(
        QgsProcessingParameterString(name, label, defaultValue=default, optional=optional, multiLine=multiline),
        help,
        advanced=advanced,
        hints=hints,
    )


def number(name, label, help, *, default=0, least=0, advanced=False):
    kind = QgsProcessingParameterNumber.Type.Integer
    return described(
        QgsProcessingParameterNumber(name, label, kind, defaultValue=default, minValue=least), help, advanced=advanced
    )


def flag(name, label, help, *, default=False, advanced=False):
    return described(QgsProcessingParameterBoolean(name, label, defaultValue=default), help, advanced=advanced)


def moment(name, label, help, *, advanced=False):
    return described(
        QgsProcessingParameterDateTime(name, label, QgsProcessingParameterDateTime.Type.DateTime, optional=True),
        help,
        advanced=advanced,
    )


def day(name, label, help, *, advanced=False):
    kind = QgsProcessingParameterDateTime.Type.Date
    return described(QgsProcessingParameterDateTime(name, label, kind, optional=True), help, advanced=advanced)


def choice(name, label, help, entries, *, default=None, advanced=False):
    """One of `entries`, (code, shown name) pairs; optional when there is no default."""
    codes = [code for code, _shown in entries]
    return described(
        QgsProcessingParameterEnum(
            name,
            label,
            options=[shown for _code, shown in entries],
            defaultValue=None if default is None else codes.index(default),
            optional=default is None,
        ),
        help,
        advanced=advanced,
        codes=codes,
    )


def choices(name, label, help, entries, *, advanced=False):
    """Any of `entries`, (code, shown name) pairs; none chosen means all."""
    return described(
        QgsProcessingParameterEnum(
            name, label, options=[shown for _code, shown in entries], allowMultiple=True, optional=True
        ),
        help,
        advanced=advanced,
        codes=[code for code, _shown in entries],
    )


def names(name, label, help, known, *, advanced=False):
    """Any of the `known` names, which are themselves the values; others are taken from scripts and models."""
    return described(
        QgsProcessingParameterEnum(
            name, label, options=list(known), allowMultiple=True, optional=True, usesStaticStrings=True
        ),
        help,
        advanced=advanced,
        codes=list(known),
    )


def chosen(definition, value):
    """The codes that a value means: positions or codes, in a list or one text. ValueError holds what is no choice."""
    known, free = definition.metadata()[CODES], definition.usesStaticStrings()
    if isinstance(value, (list, tuple)):
        values = [str(entry).strip() for entry in value]
    elif definition.allowMultiple() and str(value) not in known:
        # names may hold commas, codes do not
        values = [entry.strip() for entry in re.split(";" if free else "[,;]", str(value))]
    else:
        values = [str(value).strip()]
    if not definition.allowMultiple() and len(values) > 1:
        raise ValueError(", ".join(values))
    return [_code(entry, known, free) for entry in values if entry]


def _code(text, known, free):
    if text in known or free:
        return text
    if text.isdigit() and int(text) < len(known):
        return known[int(text)]
    raise ValueError(text)


def expression(name, label, help, *, advanced=False):
    """A QGIS expression; the dialog offers the fields of INPUT."""
    definition = QgsProcessingParameterExpression(name, label, optional=True, parentLayerParameterName="INPUT")
    return described(definition, help, advanced=advanced)


def file(name, label, help, *, filter="", optional=True, advanced=False):
    """A file that is there, or may come to be there."""
    kind = QgsProcessingParameterFile.Behavior.File
    return described(
        QgsProcessingParameterFile(name, label, kind, optional=optional, fileFilter=filter or _("All files (*)")),
        help,
        advanced=advanced,
    )


def file_out(name, label, help, filter, *, optional=True, offered=False):
    """A file to be made; left empty, none is made where it is optional. The dialog proposes one if it is `offered`."""
    parameter = QgsProcessingParameterFileDestination(
        name, label, filter, optional=optional, createByDefault=offered or not optional
    )
    return described(parameter, help)


def folder_out(name, label, help):
    """A folder to be made, or one that is there."""
    return described(QgsProcessingParameterFolderDestination(name, label), help)


def table_out(name, label, help, *, offered=False):
    """A table without geometry, made when asked for. The dialog proposes it if it is `offered`."""
    parameter = QgsProcessingParameterFeatureSink(
        name, label, QgsProcessing.SourceType.TypeVector, optional=True, createByDefault=offered
    )
    return described(parameter, help)


def layer_out(name, label, help, kind):
    """A layer with geometry (`QgsProcessing.SourceType`), made when asked for."""
    parameter = QgsProcessingParameterFeatureSink(name, label, kind, optional=True, createByDefault=False)
    return described(parameter, help)


# ---------------------------------------------------------------------- the shared ones


def connection(*, optional=False):
    """`optional` where not every run speaks to a server (`Operation.needs_connection`)."""
    saved = connections.names()
    default = connections.default() or None
    return text(
        "CONNECTION",
        _("Connection"),
        _(
            "Name of a saved connection, or path of a connection file (JSON). It says where the service is and which "
            "account to use; it holds no password. “Save a connection” makes one."
        ),
        default=default,
        # with a default saved connection nothing need be said, on the command line either
        optional=optional or default is not None,
        hints=saved,
    )


def authcfg():
    return described(
        QgsProcessingParameterAuthConfig("AUTHCFG", _("Authentication"), optional=True),
        _("A configuration of the QGIS authentication manager: Basic (user name and password) or OAuth2."),
    )


def community(*, optional=True, help=None):
    return text(
        "COMMUNITY",
        _("Community"),
        help
        or _(
            "Number or name of the community (groupe). Left empty, the default of the connection, else your only "
            "community. The list is that of the last “List the communities”."
        ),
        optional=optional,
        hints=hints.communities(),
    )


def store():
    return file(
        "STORE",
        _("Store"),
        _(
            "The SpatiaLite file that holds the reports; it is made if it is not there. Left empty, the file "
            "“<project>_espaceco.sqlite” beside the saved project."
        ),
    )


def zone():
    """Two parameters: a polygon layer, or an extent."""
    return (
        described(
            QgsProcessingParameterFeatureSource(
                "ZONE", _("Zone (polygons)"), [QgsProcessing.SourceType.TypeVectorPolygon], optional=True
            ),
            _(
                "Only what lies inside these polygons, their exact shape; any coordinate system. With a selection, "
                "only the selected ones."
            ),
        ),
        extent(_("Extent"), _("Only what lies inside this rectangle; not used when a zone is given.")),
    )


def extent(label, help, *, advanced=False):
    return described(QgsProcessingParameterExtent("EXTENT", label, optional=True), help, advanced=advanced)


def html(name="REPORT"):
    return file_out(
        name,
        _("Report (HTML)"),
        _("One page that can be read offline, printed and sent: figures, charts and tables."),
        "HTML (*.html)",
        offered=True,
    )
