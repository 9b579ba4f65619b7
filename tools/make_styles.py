"""Write `styles/*.qml`: how the store's layers look, are labelled, and are read in forms and tables.

    QT_QPA_PLATFORM=offscreen /usr/bin/python3 tools/make_styles.py [FOLDER]

Run it on QGIS 3.22, the oldest version served, and commit what it wrote. The files are the same at every run, so a
difference is a change. The words are French, as are the tables: these are the service's own.
"""

from __future__ import annotations

import sys
import uuid
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Optional, Union
from xml.etree import ElementTree

from qgis.core import (
    QgsAction,
    QgsApplication,
    QgsAttributeEditorContainer,
    QgsAttributeEditorField,
    QgsAttributeEditorRelation,
    QgsAttributeTableConfig,
    QgsCategorizedSymbolRenderer,
    QgsConditionalStyle,
    QgsEditFormConfig,
    QgsEditorWidgetSetup,
    QgsExpression,
    QgsFillSymbol,
    QgsLineSymbol,
    QgsMapLayer,
    QgsMarkerLineSymbolLayer,
    QgsMarkerSymbol,
    QgsOptionalExpression,
    QgsPalLayerSettings,
    QgsProperty,
    QgsRendererCategory,
    QgsRuleBasedLabeling,
    QgsRuleBasedRenderer,
    QgsSimpleFillSymbolLayer,
    QgsSimpleLineSymbolLayer,
    QgsSimpleMarkerSymbolLayer,
    QgsSingleSymbolRenderer,
    QgsSymbol,
    QgsSymbolLayer,
    QgsTemplatedLineSymbolLayerBase,
    QgsTextBufferSettings,
    QgsTextFormat,
    QgsVectorLayer,
    QgsVectorLayerSimpleLabeling,
)
from qgis.PyQt.QtCore import Qt, QUuid
from qgis.PyQt.QtGui import QColor

ROOT = Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT))
from client.espaceco.statuses import STATUSES
from provider.project.relations import PARENT_TABLE, RELATIONS, Relation

LARGE_SCALE = 10_000
DATE = "dd/MM/yyyy HH:mm"
SKETCH_TABLES = {
    "Croquis_EC_Point": "Point",
    "Croquis_EC_Ligne": "LineString",
    "Croquis_EC_Polygone": "Polygon",
}

# Fields: name -> alias, kind. Kinds: int, text, long (several lines), json, date, url, hidden.

REPORT_FIELDS = {
    "id": ("Identifiant", "hidden"),
    "NoSignalement": ("N° du signalement", "int"),
    "Auteur": ("Auteur", "text"),
    "Commune": ("Commune", "text"),
    "Insee": ("Code Insee", "text"),
    "Département": ("Département", "text"),
    "Département_id": ("Code du département", "text"),
    "Date_création": ("Date de création", "date"),
    "Date_MAJ": ("Dernière mise à jour", "date"),
    "Date_validation": ("Date de clôture", "date"),
    "Thèmes": ("Thème et attributs", "long"),
    "Statut": ("Code du statut", "text"),
    "Statut_libellé": ("Statut", "text"),
    "Message": ("Message", "long"),
    "Réponses": ("Réponses", "long"),
    "URL": ("Page du signalement", "url"),
    "URL_privé": ("Page privée", "url"),
    "Document": ("Adresses des documents", "long"),
    "Autorisation": ("Autorisation", "text"),
    "Groupe": ("Groupe", "text"),
    "Groupe_id": ("Identifiant du groupe", "int"),
    "Thème": ("Thème", "text"),
    "Attributs": ("Attributs du thème (JSON)", "json"),
    "Auteur_id": ("Identifiant de l'auteur", "int"),
    "Validateur": ("Clos par", "text"),
    "Territoire": ("Territoire", "text"),
    "Origine": ("Saisi avec", "text"),
    "Version_origine": ("Version de l'outil de saisie", "text"),
    "Nb_réponses": ("Nombre de réponses", "int"),
    "Nb_documents": ("Nombre de documents", "int"),
    "Nb_croquis": ("Nombre de croquis", "int"),
    "Autres": ("Autres informations (JSON)", "json"),
}
SKETCH_FIELDS = {
    "id": ("Identifiant", "hidden"),
    "NoSignalement": ("N° du signalement", "int"),
    "Nom": ("Nom", "text"),
    "Attributs_croquis": ("Attributs", "long"),
    "Lien_objet_BDUNI": ("Objet de la BDUni", "text"),
    "Type": ("Type de croquis", "text"),
    "Texte": ("Texte", "text"),
    "Couleur": ("Couleur du trait (r,v,b,a)", "text"),
    "Couleur_fond": ("Couleur du fond (r,v,b,a)", "text"),
    "Taille": ("Taille", "int"),
    "Attributs": ("Attributs (JSON)", "json"),
    "Style": ("Style (JSON)", "json"),
    "Ordre": ("Rang dans le croquis", "int"),
}
REPLY_FIELDS = {
    "id": ("Identifiant", "hidden"),
    "NoSignalement": ("N° du signalement", "int"),
    "Ordre": ("Rang (1 = la plus ancienne)", "int"),
    "Auteur": ("Auteur", "text"),
    "Auteur_id": ("Identifiant de l'auteur", "int"),
    "Titre": ("Titre", "text"),
    "Contenu": ("Réponse", "long"),
    "Statut": ("Code du statut", "text"),
    "Statut_libellé": ("Statut donné", "text"),
    "Date": ("Date", "date"),
}
DOCUMENT_FIELDS = {
    "id": ("Identifiant", "hidden"),
    "NoSignalement": ("N° du signalement", "int"),
    "Titre": ("Titre", "text"),
    "Description": ("Description", "long"),
    "Fichier": ("Nom du fichier", "text"),
    "Type_MIME": ("Type de fichier", "text"),
    "Taille": ("Taille (octets)", "int"),
    "Largeur": ("Largeur (pixels)", "int"),
    "Hauteur": ("Hauteur (pixels)", "int"),
    "Date": ("Date", "date"),
    "URL": ("Consulter", "url"),
    "URL_téléchargement": ("Télécharger", "url"),
}
TABLES = {
    PARENT_TABLE: REPORT_FIELDS,
    **dict.fromkeys(SKETCH_TABLES, SKETCH_FIELDS),
    "Reponse_EC": REPLY_FIELDS,
    "Document_EC": DOCUMENT_FIELDS,
}

# Columns of the attribute tables, in this order, with their widths in pixels; the other fields stay hidden there.

SKETCH_COLUMNS = {"NoSignalement": 140, "Type": 120, "Nom": 180, "Texte": 180, "Attributs_croquis": 360, "Taille": 70}
COLUMNS = {
    PARENT_TABLE: {
        "NoSignalement": 140,
        "Statut_libellé": 220,
        "Thème": 150,
        "Message": 320,
        "Commune": 150,
        "Département": 130,
        "Auteur": 120,
        "Date_création": 135,
        "Date_MAJ": 160,
        "Date_validation": 135,
        "Nb_réponses": 160,
        "Nb_documents": 170,
        "Nb_croquis": 145,
        "Groupe": 160,
        "Validateur": 120,
        "Origine": 110,
        "Statut": 130,  # the icons beside the label need it: newer QGIS reads only the columns that are shown
        "URL": 300,
    },
    **dict.fromkeys(SKETCH_TABLES, SKETCH_COLUMNS),
    "Reponse_EC": {
        "NoSignalement": 140,
        "Date": 135,
        "Auteur": 130,
        "Statut_libellé": 220,
        "Titre": 180,
        "Contenu": 420,
    },
    "Document_EC": {
        "NoSignalement": 140,
        "Date": 135,
        "Titre": 220,
        "Fichier": 220,
        "Type_MIME": 130,
        "Taille": 110,
        "URL_téléchargement": 320,
    },
}
SORT = {  # expression, newest first?
    PARENT_TABLE: ('"Date_MAJ"', True),
    **dict.fromkeys(SKETCH_TABLES, ('"NoSignalement"', True)),
    "Reponse_EC": ('"Date"', True),
    "Document_EC": ('"Date"', True),
}
DISPLAY = {
    PARENT_TABLE: "\"NoSignalement\" || ' – ' || coalesce(\"Thème\", '')",
    **dict.fromkeys(
        SKETCH_TABLES,
        "coalesce(\"Type\", 'Croquis') || coalesce(' – ' || coalesce(nullif(\"Nom\", ''), nullif(\"Texte\", '')), '')",
    ),
    "Reponse_EC": "coalesce(\"Ordre\" || '. ', '') || coalesce(format_date(\"Date\", 'dd/MM/yyyy') || ' – ', '')"
    " || coalesce(\"Auteur\", 'anonyme')",
    "Document_EC": "coalesce(nullif(\"Titre\", ''), nullif(\"Fichier\", ''), 'Document ' || \"id\")",
}


HALO = (255, 255, 255, 225)
OFFICIAL = {  # code: shape, fill, outline, size in mm, width of the outline in mm; the look of the official plugin
    "submit": ("diamond", (44, 157, 223), (1, 65, 238), 2.6, 0.2),
    "pending0": ("filled_arrowhead", (255, 224, 0), (218, 172, 0), 3.6, 0.2),
    "pending": ("filled_arrowhead", (255, 240, 165), (215, 188, 77), 3.6, 0.2),
    "pending1": ("filled_arrowhead", (255, 187, 0), (218, 172, 0), 3.6, 0.2),
    "pending2": ("filled_arrowhead", (255, 127, 0), (218, 172, 0), 3.6, 0.2),
    "valid": ("square", (32, 195, 32), (0, 104, 0), 2.0, 0.2),
    "valid0": ("square", (2, 161, 66), (0, 104, 0), 2.0, 0.2),
    "reject": ("cross2", (255, 0, 0, 209), (255, 0, 0, 209), 2.0, 0.6),
    "reject0": ("cross2", (255, 0, 0), (255, 0, 0), 2.0, 0.6),
}
ADDED = {  # what the official plugin does not draw; "" = a code that nobody knows yet
    "test": ("pentagon", (158, 158, 158), (84, 84, 84), 2.6, 0.2),
    "": ("star", (214, 0, 147), (99, 0, 68), 4.0, 0.2),
}
MARKERS = {**OFFICIAL, **ADDED}
UNKNOWN_LABEL = "Autre statut"
# What is drawn first, so below: closed reports, then open ones, those that nobody looked at on top.
CLOSED_BELOW = ("test", "reject0", "reject", "valid0", "valid")
DRAW_ORDER = (*CLOSED_BELOW, "pending2", "pending1", "pending", "pending0", "submit", "")
HALO_WIDTH = 0.7
SKETCH_POINT, SKETCH_POINT_OUTLINE, SKETCH_POINT_SIZE = (106, 132, 82), (61, 79, 45), 1.8
SKETCH_LINE, SKETCH_LINE_WIDTH = (112, 57, 3), 0.46
SKETCH_FILL, SKETCH_OUTLINE = (190, 214, 208, 130), (107, 142, 156)


def field(name: str) -> str:
    return f'"{name}"'


def text(value: str) -> str:
    """A string literal of the expression language."""
    return "'" + value.replace("'", "''") + "'"


def escaped(expression: str) -> str:
    """The expression's value as HTML text: QGIS 3.22 has no function for it."""
    out = f"to_string({expression})"
    for char, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;"), ("'", "&#39;")):
        out = f"replace({out}, {text(char)}, {text(entity)})"
    return out


def lines(expression: str, length: int) -> str:
    """The first `length` characters as HTML, line breaks kept."""
    cut = f"if(length({expression}) > {length}, trim(left({expression}, {length})) || '…', {expression})"
    return f"replace({escaped(cut)}, '\\n', '<br>')"


def shown(expression: str) -> str:
    """One place of an HTML template. A failing expression would leave its own source on the screen: nothing instead."""
    return f"[% coalesce(try({expression}, ''), '') %]"


def filled(expression: str) -> str:
    return f"trim(coalesce(to_string({expression}), '')) <> ''"


def date(name: str) -> str:
    return f"format_date({field(name)}, '{DATE}')"


def is_web(expression: str) -> str:
    """Only web addresses become links: a value that came by the network must not start a program."""
    return f"coalesce(regexp_match({expression}, '^https?://[^\\\\s]+$') > 0, false)"


def link(expression: str, words: str) -> str:
    start, end = text('<a href="'), text(f'">{words}</a>')
    anchor = f"{start} || {escaped(expression)} || {end}"
    return shown(f"if({is_web(expression)}, {anchor}, '')")


def address(expression: str) -> str:
    """What an action opens."""
    return shown(f"if({is_web(expression)}, {expression}, '')")


# Map tips: tables and plain attributes, which WebKit (QGIS 3) and QTextBrowser (no WebKit, QGIS 4) both paint. The
# first gives as much room as is asked for, the second a small window that scrolls: what matters most comes first.

GREY = "#5f6368"


def tip(*rows: str) -> str:
    """A page made of rows of one table."""
    page = 'width="100%" bgcolor="#ffffff" cellspacing="2" cellpadding="2"'
    font = "font-family:sans-serif;font-size:12px;color:#202124"
    inside = "\n".join(rows)
    return f'<div style="width:360px">\n<table {page} style="{font}">\n{inside}\n</table>\n</div>'


def title(html: str) -> str:
    return f'<tr><td colspan="2"><b style="font-size:15px">{html}</b></td></tr>'


def row(label: str, expression: str) -> str:
    """A label and its value, left out when empty."""
    start = text(f'<tr><td valign="top" width="92" style="color:{GREY}">{label}</td><td>')
    return shown(f"if({filled(expression)}, {start} || {escaped(expression)} || '</td></tr>', '')")


def block(expression: str, length: int, label: str = "") -> str:
    """A text over the whole width, left out when empty."""
    words = f'<span style="color:{GREY}">{label}</span><br>' if label else ""
    start = text(f'<tr><td colspan="2" bgcolor="#f1f3f4">{words}')
    return shown(f"if({filled(expression)}, {start} || {lines(expression, length)} || '</td></tr>', '')")


def status_color() -> str:
    """The fill of the status's marker, as `#rrggbb`."""
    whens = " ".join(
        f"WHEN {field('Statut')} = {text(status.code)} THEN {text(QColor(*MARKERS[status.code][1]).name())}"
        for status in STATUSES
    )
    return f"CASE {whens} ELSE {text(QColor(*MARKERS[''][1]).name())} END"


def latest_reply() -> str:
    """The newest reply from its own table, else what the report itself says of its replies."""
    spoken = f"coalesce({field('Auteur')} || ' : ', '') || coalesce({field('Contenu')}, '')"
    replies = f"relation_aggregate({text(RELATIONS[0].id)}, 'array_agg', {spoken}, order_by:={field('Ordre')})"
    return f"coalesce(try(array_last({replies}), NULL), {field('Réponses')})"


def report_tip() -> str:
    label = f"coalesce(nullif({field('Statut_libellé')}, ''), {field('Statut')}, 'Statut inconnu')"
    place = f"{field('Commune')} || coalesce(' (' || {field('Département_id')} || ')', '')"
    dot = f'<span style="font-size:17px;color:{shown(status_color())}">&#9679;</span>'
    return tip(
        title(f"Signalement n° {shown(escaped(field('NoSignalement')))}"),
        f'<tr><td colspan="2">{dot}&nbsp;<b>{shown(escaped(label))}</b></td></tr>',
        row("Thème", field("Thème")),
        block(field("Message"), 300),
        row("Auteur", field("Auteur")),
        row("Commune", place),
        row("Créé le", date("Date_création")),
        row("Mis à jour le", date("Date_MAJ")),
        row("Clos le", date("Date_validation")),
        row("Documents", f"nullif({field('Nb_documents')}, 0)"),
        block(latest_reply(), 300, "Dernière réponse"),
        f'<tr><td colspan="2">{link(field("URL"), "Ouvrir la page du signalement")}</td></tr>',
    )


def sketch_tip() -> str:
    attributes = f"replace({field('Attributs_croquis')}, '|', '\\n')"
    return tip(
        title(f"Croquis {shown(escaped(field('Nom')))}"),
        row("Signalement", field("NoSignalement")),
        row("Type", field("Type")),
        row("Texte", field("Texte")),
        block(attributes, 600),
    )


@dataclass(frozen=True)
class Box:
    """A tab (at the top) or a group of a form; its items are field names, relations and other boxes."""

    title: str
    items: tuple[Union[str, Relation, Box], ...]
    tab: bool = False
    visible: Optional[str] = None


def relation_of(child_table: str) -> Relation:
    return next(relation for relation in RELATIONS if relation.child_table == child_table)


def if_any(relation: Relation) -> str:
    """True when the report has rows there; also while the relation is not made yet.

    Each relation counts something else: QGIS 3.22 keeps aggregates by their expression, whatever the relation.
    """
    counted = f"{text(relation.id)} || {field('id')}"
    return f"try(relation_aggregate({text(relation.id)}, 'count', {counted}) > 0, true)"


def sketch_group(title: str, child_table: str) -> Box:
    relation = relation_of(child_table)
    return Box(title, (relation,), visible=if_any(relation))


FORMS: dict[str, tuple[Box, ...]] = {
    PARENT_TABLE: (
        Box(
            "Signalement",
            (
                *("NoSignalement", "Statut_libellé", "Thème", "Message", "Thèmes", "Auteur", "Groupe", "Commune"),
                *("Département", "Date_création", "Date_MAJ", "Date_validation", "Validateur", "URL"),
            ),
            tab=True,
        ),
        Box("Réponses", (relation_of("Reponse_EC"), "Réponses"), tab=True),
        Box("Documents", (relation_of("Document_EC"), "Document"), tab=True),
        Box(
            "Croquis",
            (
                "Nb_croquis",
                sketch_group("Points et textes", "Croquis_EC_Point"),
                sketch_group("Lignes et flèches", "Croquis_EC_Ligne"),
                sketch_group("Polygones", "Croquis_EC_Polygone"),
            ),
            tab=True,
        ),
        Box(
            "Détails",
            (
                *("Statut", "Insee", "Département_id", "Territoire", "Groupe_id", "Auteur_id", "Origine"),
                *("Version_origine", "Nb_réponses", "Nb_documents", "URL_privé", "Autorisation", "Attributs", "Autres"),
            ),
            tab=True,
        ),
    ),
    **{
        table_name: (
            Box("Croquis", ("NoSignalement", "Type", "Nom", "Texte", "Attributs_croquis"), tab=True),
            Box(
                "Détails",
                ("Couleur", "Couleur_fond", "Taille", "Ordre", "Lien_objet_BDUNI", "Attributs", "Style"),
                tab=True,
            ),
        )
        for table_name in SKETCH_TABLES
    },
    "Reponse_EC": (
        Box("Réponse", ("Auteur", "Date", "Statut_libellé", "Titre", "Contenu"), tab=True),
        Box("Détails", ("NoSignalement", "Ordre", "Statut", "Auteur_id"), tab=True),
    ),
    "Document_EC": (
        Box("Document", ("Titre", "Description", "URL", "URL_téléchargement", "Date"), tab=True),
        Box("Détails", ("NoSignalement", "Fichier", "Type_MIME", "Taille", "Largeur", "Hauteur"), tab=True),
    ),
}

WIDGETS = {
    "int": ("TextEdit", {"IsMultiline": False, "UseHtml": False}),
    "text": ("TextEdit", {"IsMultiline": False, "UseHtml": False}),
    "long": ("TextEdit", {"IsMultiline": True, "UseHtml": False}),
    "json": ("TextEdit", {"IsMultiline": True, "UseHtml": False}),
    "hidden": ("Hidden", {}),
    "date": (
        "DateTime",
        {"allow_null": True, "calendar_popup": False, "display_format": DATE, "field_format": "yyyy-MM-dd HH:mm:ss",
         "field_iso_format": True},
    ),
    "url": (
        "ExternalResource",
        {"DocumentViewer": 0, "DocumentViewerHeight": 0, "DocumentViewerWidth": 0, "FileWidget": True,
         "FileWidgetButton": False, "FileWidgetFilter": "", "FullUrl": True, "RelativeStorage": 0, "StorageMode": 0,
         "UseLink": True},
    ),
}  # fmt: skip


def fill(container: QgsAttributeEditorContainer, boxes: tuple, layer: QgsVectorLayer) -> None:
    for item in boxes:
        if isinstance(item, str):
            container.addChildElement(QgsAttributeEditorField(item, layer.fields().lookupField(item), container))
        elif isinstance(item, Relation):
            element = QgsAttributeEditorRelation(item.id, container)
            element.setRelationWidgetTypeId("relation_editor")
            element.setShowLabel(False)
            element.setRelationEditorConfiguration({"buttons": "NoButton", "show_first_feature": True})
            container.addChildElement(element)
        else:
            inner = QgsAttributeEditorContainer(item.title, container)
            inner.setIsGroupBox(not item.tab)
            if item.visible:
                inner.setVisibilityExpression(QgsOptionalExpression(QgsExpression(item.visible), True))
            fill(inner, item.items, layer)
            container.addChildElement(inner)


def set_form(layer: QgsVectorLayer) -> None:
    """Aliases, widgets and layout; nothing can be typed in: the rows are the server's."""
    config = layer.editFormConfig()
    config.setLayout(QgsEditFormConfig.EditorLayout.TabLayout)
    config.clearTabs()
    fill(config.invisibleRootContainer(), FORMS[layer.name()], layer)
    for index, (alias, kind) in enumerate(TABLES[layer.name()].values()):
        widget, options = WIDGETS[kind]
        layer.setFieldAlias(index, alias)
        layer.setEditorWidgetSetup(index, QgsEditorWidgetSetup(widget, options))
        config.setReadOnly(index, True)
        config.setLabelOnTop(index, kind in ("long", "json"))
    layer.setEditFormConfig(config)


def set_attribute_table(layer: QgsVectorLayer) -> None:
    columns = COLUMNS[layer.name()]
    hidden = [name for name in TABLES[layer.name()] if name not in columns]
    config = QgsAttributeTableConfig()
    configured = []
    for name in (*columns, *hidden):
        column = QgsAttributeTableConfig.ColumnConfig()
        column.type, column.name = QgsAttributeTableConfig.Type.Field, name
        column.hidden, column.width = name in hidden, columns.get(name, -1)
        configured.append(column)
    actions = QgsAttributeTableConfig.ColumnConfig()
    actions.type, actions.hidden, actions.width = QgsAttributeTableConfig.Type.Action, True, -1
    config.setColumns([*configured, actions])
    expression, newest_first = SORT[layer.name()]
    config.setSortExpression(expression)
    config.setSortOrder(Qt.SortOrder.DescendingOrder if newest_first else Qt.SortOrder.AscendingOrder)
    layer.setAttributeTableConfig(config)


def add_action(layer: QgsVectorLayer, title: str, short: str, icon: str, opens: str) -> None:
    ident = QUuid(str(uuid.uuid5(uuid.NAMESPACE_URL, f"geocollab/{layer.name()}/{short}")))
    kind, scopes = QgsAction.ActionType.OpenUrl, {"Canvas", "Feature", "Field"}
    icon = f":/images/themes/default/{icon}"
    layer.actions().addAction(QgsAction(ident, kind, title, opens, icon, False, short, scopes))


def own(layer: QgsSymbolLayer, **expressions: str) -> None:
    """Let the row decide: each property follows its expression, and keeps the symbol's own value where that is NULL."""
    for name, expression in expressions.items():
        prop = getattr(QgsSymbolLayer.Property, f"Property{name}")
        layer.setDataDefinedProperty(prop, QgsProperty.fromExpression(expression))


def marker(shape: str, inside: tuple, outline: tuple, size: float, width: float) -> QgsSimpleMarkerSymbolLayer:
    layer = QgsSimpleMarkerSymbolLayer(QgsSimpleMarkerSymbolLayer.decodeShape(shape)[0], size)
    layer.setFillColor(QColor(*inside))
    layer.setStrokeColor(QColor(*outline))
    layer.setStrokeWidth(width)
    layer.setPenJoinStyle(Qt.PenJoinStyle.RoundJoin)
    layer.setPenCapStyle(Qt.PenCapStyle.RoundCap)
    return layer


def stacked(symbol: QgsSymbol, *layers: QgsSymbolLayer) -> QgsSymbol:
    """The symbol made of these layers, the first below (a constructor given a list would not own them)."""
    symbol.changeSymbolLayer(0, layers[0])
    for layer in layers[1:]:
        symbol.appendSymbolLayer(layer)
    return symbol


def haloed(*look) -> QgsMarkerSymbol:
    """The marker over a white shade of itself, so that it is seen on a photograph as on a plan."""
    shape, _, _, size, width = look
    return stacked(QgsMarkerSymbol(), marker(shape, HALO, HALO, size, width + HALO_WIDTH), marker(*look))


def report_renderer() -> QgsCategorizedSymbolRenderer:
    categories = []
    for code, label in [*((status.code, status.label) for status in STATUSES), ("", UNKNOWN_LABEL)]:
        symbol = haloed(*MARKERS[code])
        for layer in symbol.symbolLayers():
            layer.setRenderingPass(DRAW_ORDER.index(code))
        categories.append(QgsRendererCategory(code, symbol, label))
    renderer = QgsCategorizedSymbolRenderer("Statut", categories)
    renderer.setUsingSymbolLevels(True)
    return renderer


def given_color(name: str) -> str:
    return f"if(regexp_match({field(name)}, '^[0-9]+,[0-9]+,[0-9]+') > 0, {field(name)}, NULL)"


STROKE = given_color("Couleur")
BACK = f"coalesce({given_color('Couleur_fond')}, {STROKE})"
IS_TEXT = f"lower({field('Type')}) = 'texte'"
IS_ARROW = f"lower({field('Type')}) IN ('fleche', 'flèche')"
GIVEN_SIZE = f"if({field('Taille')} > 0, max(1, min({field('Taille')}, 12)), NULL)"
LINE_WIDTH = f"{GIVEN_SIZE} * 0.26"  # pixels to millimetres: the usual 2 gives about the official 0.46


def of_json(name: str, key: str) -> str:
    """A member of a JSON text; NULL where the text is no object (the server writes `[]` for an empty one)."""
    return f"try(map_get(json_to_map({field(name)}), {text(key)}), NULL)"


# The web client's names of shapes, else the official diamond: NULL would keep the shape of the row before.
SHAPES = {
    "circle": "circle",
    "square": "square",
    "triangle": "triangle",
    "star": "star",
    "cross": "cross_fill",
    "x": "cross2",
}
SHAPE_MAP = ", ".join(f"{text(web)}, {text(ours)}" for web, ours in SHAPES.items())
GRAPHIC = (
    f"coalesce(map_get(map({SHAPE_MAP}),"
    f" coalesce({of_json('Style', 'graphicName')}, {of_json('Attributs', 'nature')})), 'diamond')"
)


def sketch_point(size: float) -> QgsMarkerSymbol:
    symbol = haloed("diamond", SKETCH_POINT, SKETCH_POINT_OUTLINE, size, 0.2)
    halo, body = symbol.symbolLayers()
    scale = size / SKETCH_POINT_SIZE
    for layer in (halo, body):
        own(layer, Size=f"{GIVEN_SIZE} * {scale:g}", Name=GRAPHIC)
    own(body, FillColor=f"set_color_part({BACK}, 'alpha', 255)", StrokeColor=STROKE)
    return symbol


def stroke(rgb: tuple, width: float) -> QgsSimpleLineSymbolLayer:
    layer = QgsSimpleLineSymbolLayer(QColor(*rgb), width)
    layer.setPenCapStyle(Qt.PenCapStyle.RoundCap)
    layer.setPenJoinStyle(Qt.PenJoinStyle.RoundJoin)
    return layer


def sketch_line(arrow: bool) -> QgsLineSymbol:
    halo, body = stroke((255, 255, 255, 190), SKETCH_LINE_WIDTH + HALO_WIDTH), stroke(SKETCH_LINE, SKETCH_LINE_WIDTH)
    own(halo, StrokeWidth=f"{LINE_WIDTH} + {HALO_WIDTH}")
    own(body, StrokeWidth=LINE_WIDTH, StrokeColor=STROKE)
    if not arrow:
        return stacked(QgsLineSymbol(), halo, body)
    head = QgsMarkerLineSymbolLayer(True)
    head.setPlacement(QgsTemplatedLineSymbolLayerBase.Placement.LastVertex)
    tip_symbol = haloed("filled_arrowhead", SKETCH_LINE, SKETCH_LINE, 4.5, 0.2)
    for layer in tip_symbol.symbolLayers():
        own(layer, Size=f"max(4, {LINE_WIDTH} * 7)")
    own(tip_symbol.symbolLayers()[1], FillColor=STROKE, StrokeColor=STROKE)
    head.setSubSymbol(tip_symbol)
    return stacked(QgsLineSymbol(), halo, body, head)


def sketch_polygon() -> QgsFillSymbol:
    area = QgsSimpleFillSymbolLayer(QColor(*SKETCH_FILL), Qt.BrushStyle.SolidPattern, QColor(*SKETCH_OUTLINE))
    area.setStrokeWidth(0.26)
    area.setPenJoinStyle(Qt.PenJoinStyle.RoundJoin)
    # never opaque: what was sketched about must stay visible below
    own(
        area,
        FillColor=f"set_color_part({BACK}, 'alpha', min(color_part({BACK}, 'alpha'), {SKETCH_FILL[3]}))",
        StrokeColor=STROKE,
        StrokeWidth=LINE_WIDTH,
    )
    halo = stroke((255, 255, 255, 190), 0.26 + HALO_WIDTH)
    own(halo, StrokeWidth=f"{LINE_WIDTH} + {HALO_WIDTH}")
    return stacked(QgsFillSymbol(), halo, area)


def rules(*branches: tuple) -> QgsRuleBasedRenderer:
    """Rules of (label, filter or "ELSE", symbol)."""
    root = QgsRuleBasedRenderer.Rule(None)
    root.setRuleKey("root")
    for label, condition, symbol in branches:
        rule = QgsRuleBasedRenderer.Rule(symbol, 0, 0, condition, label)
        rule.setRuleKey(label)
        root.appendChild(rule)
    return QgsRuleBasedRenderer(root)


def sketch_renderer(table_name: str):
    if table_name == "Croquis_EC_Point":
        return rules(("Texte", IS_TEXT, sketch_point(1.0)), ("Point", "ELSE", sketch_point(SKETCH_POINT_SIZE)))
    if table_name == "Croquis_EC_Ligne":
        return rules(("Flèche", IS_ARROW, sketch_line(arrow=True)), ("Ligne", "ELSE", sketch_line(arrow=False)))
    return QgsSingleSymbolRenderer(sketch_polygon())


def label(expression: str, size: float, bold: bool = False, smallest: int = LARGE_SCALE) -> QgsPalLayerSettings:
    """A dark label with a white buffer, in the font of the user's QGIS, down to the smallest scale."""
    buffer = QgsTextBufferSettings()
    buffer.setEnabled(True)
    buffer.setSize(0.9)
    buffer.setColor(QColor(255, 255, 255))
    buffer.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    style = QgsTextFormat()
    style.setSize(size)
    style.setColor(QColor(32, 33, 36))
    style.setBuffer(buffer)
    font = style.font()
    font.setBold(bold)
    style.setFont(font)
    settings = QgsPalLayerSettings()
    settings.fieldName, settings.isExpression = expression, True
    settings.setFormat(style)
    settings.scaleVisibility, settings.minimumScale, settings.maximumScale = True, smallest, 0
    return settings


def report_labeling() -> QgsVectorLayerSimpleLabeling:
    settings = label(field("NoSignalement"), 8)
    settings.placement = QgsPalLayerSettings.Placement.OrderedPositionsAroundPoint
    settings.offsetType = QgsPalLayerSettings.OffsetType.FromSymbolBounds
    return QgsVectorLayerSimpleLabeling(settings)


def sketch_labeling(table_name: str) -> QgsRuleBasedLabeling:
    placements = {
        "Croquis_EC_Point": QgsPalLayerSettings.Placement.OrderedPositionsAroundPoint,
        "Croquis_EC_Ligne": QgsPalLayerSettings.Placement.Line,
        "Croquis_EC_Polygone": QgsPalLayerSettings.Placement.Horizontal,
    }
    written = label(field("Texte"), 10, bold=True, smallest=5 * LARGE_SCALE)
    written.placement = QgsPalLayerSettings.Placement.OverPoint
    written.displayAll = True
    written.yOffset = -2.6
    own_color = written.dataDefinedProperties()
    for name, expression in (
        ("Color", f"set_color_part({STROKE}, 'alpha', 255)"),
        ("BufferColor", f"if(color_part({STROKE}, 'lightness') > 45, '32,33,36', NULL)"),
    ):
        own_color.setProperty(getattr(QgsPalLayerSettings.Property, name), QgsProperty.fromExpression(expression))
    written.setDataDefinedProperties(own_color)
    named = label(f"coalesce(nullif({field('Nom')}, ''), {field('Texte')})", 8)
    named.placement = placements[table_name]
    named.offsetType = QgsPalLayerSettings.OffsetType.FromSymbolBounds
    named.dist = 0 if table_name == "Croquis_EC_Point" else 1
    root = QgsRuleBasedLabeling.Rule(None)
    root.setRuleKey("root")
    branches = [("Nom", "ELSE", named)]
    if table_name == "Croquis_EC_Point":
        branches.insert(0, ("Texte", IS_TEXT, written))
    for title, condition, settings in branches:
        rule = QgsRuleBasedLabeling.Rule(settings, 0, 0, condition, title)
        rule.setRuleKey(title)
        root.appendChild(rule)
    return QgsRuleBasedLabeling(root)


def status_icons() -> list[QgsConditionalStyle]:
    """The marker of the map beside the status in the attribute table."""
    known = ", ".join(text(status.code) for status in STATUSES)
    cases = [(status.code, status.label, f"{field('Statut')} = {text(status.code)}") for status in STATUSES]
    cases.append(("", UNKNOWN_LABEL, f"coalesce({field('Statut')}, '') NOT IN ({known})"))
    styles = []
    for code, name, condition in cases:
        style = QgsConditionalStyle(condition)
        style.setName(name)
        style.setSymbol(stacked(QgsMarkerSymbol(), marker(*MARKERS[code])))
        styles.append(style)
    return styles


def report_layer() -> QgsVectorLayer:
    layer = new_layer(PARENT_TABLE, "Point")
    layer.setRenderer(report_renderer())
    layer.setLabeling(report_labeling())
    layer.setLabelsEnabled(True)
    layer.setMapTipTemplate(report_tip())
    layer.conditionalStyles().setFieldStyles("Statut_libellé", status_icons())
    page = field("URL")
    add_action(layer, "Ouvrir la page du signalement", "Page", "mActionOpenTable.svg", address(page))
    # an action opens one address: the page lists the documents when there are several
    only_one = f"trim({field('Document')})"
    documents = address(f"if({is_web(only_one)}, {only_one}, {page})")
    add_action(layer, "Ouvrir le document (la page s'il y en a plusieurs)", "Document", "mIconFile.svg", documents)
    return layer


def sketch_layer(table_name: str, geometry: str) -> QgsVectorLayer:
    layer = new_layer(table_name, geometry)
    layer.setRenderer(sketch_renderer(table_name))
    layer.setLabeling(sketch_labeling(table_name))
    layer.setLabelsEnabled(True)
    layer.setMapTipTemplate(sketch_tip())
    return layer


def document_layer() -> QgsVectorLayer:
    layer = new_layer("Document_EC", "None")
    opens = f"coalesce(nullif({field('URL_téléchargement')}, ''), {field('URL')})"
    add_action(layer, "Ouvrir le document", "Document", "mIconFile.svg", address(opens))
    return layer


def new_layer(table_name: str, geometry: str) -> QgsVectorLayer:
    """An empty layer with the table's fields, forms and columns."""
    types = {"int": "integer", "date": "datetime", "hidden": "integer"}
    fields = "".join(f"&field={name}:{types.get(kind, 'string')}" for name, (_, kind) in TABLES[table_name].items())
    layer = QgsVectorLayer(f"{geometry}?crs=EPSG:4326{fields}", table_name, "memory")
    set_form(layer)
    set_attribute_table(layer)
    layer.setDisplayExpression(DISPLAY[table_name])
    layer.setReadOnly(True)
    return layer


def write(layer: QgsVectorLayer, path: Path) -> None:
    """The layer's style as QML: in a fixed order, and free of what belongs to this machine."""
    kinds = QgsMapLayer.StyleCategory
    wanted = kinds.LayerConfiguration | kinds.Fields | kinds.Forms | kinds.AttributeTable | kinds.Actions
    if layer.isSpatial():
        wanted |= kinds.Symbology | kinds.Labeling | kinds.Rendering | kinds.MapTips
    with TemporaryDirectory() as folder:
        raw = Path(folder, "style.qml")
        message, saved = layer.saveNamedStyle(str(raw), QgsMapLayer.StyleCategories(wanted))
        if not saved:
            raise OSError(message)
        root = ElementTree.parse(raw).getroot()
    root.set("version", "3.22.0-Białowieża")
    for element in list(root.iter()):
        # `prop` repeats `Option` for QGIS < 3.22, a callout holds a symbol as text, a font is this machine's
        for child in [child for child in element if child.tag in ("prop", "callout", "font")]:
            element.remove(child)
        if element.tag == "attributeEditorRelation":
            # QGIS leaves it empty as long as the relation is not in the project
            element.set("relation", element.get("name", ""))
        if element.tag == "actionsetting":
            element[:] = sorted(element, key=lambda scope: scope.get("id", ""))
        kept = {name: value for name, value in element.attrib.items() if name not in ("fontFamily", "namedStyle")}
        element.attrib = dict(sorted(kept.items()))
    ElementTree.indent(root, " ")
    body = ElementTree.tostring(root, encoding="unicode")
    path.write_bytes(f"<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n{body}\n".encode())


def make_styles(folder: Path) -> None:
    """Write every QML file of the store's layers into the folder."""
    sketches = [sketch_layer(*item) for item in SKETCH_TABLES.items()]
    layers = [report_layer(), *sketches, new_layer("Reponse_EC", "None"), document_layer()]
    for layer in layers:
        write(layer, folder / f"{layer.name()}.qml")


if __name__ == "__main__":
    application = QgsApplication([], False)
    application.initQgis()
    make_styles(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "styles")
    application.exitQgis()
