"""A project of the reports in a store, and a page of it as a picture: for a nightly job, or for who has no QGIS."""

from datetime import datetime
from pathlib import Path

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsFillSymbol,
    QgsLayerTree,
    QgsLayoutExporter,
    QgsLayoutItemLabel,
    QgsLayoutItemLegend,
    QgsLayoutItemMap,
    QgsLayoutItemScaleBar,
    QgsLayoutMeasurement,
    QgsLayoutPoint,
    QgsLayoutSize,
    QgsLegendStyle,
    QgsLineSymbol,
    QgsPalLayerSettings,
    QgsPrintLayout,
    QgsProject,
    QgsRectangle,
    QgsReferencedRectangle,
    QgsSingleSymbolRenderer,
    QgsTextBufferSettings,
    QgsTextFormat,
    QgsUnitTypes,
    QgsVectorLayer,
    QgsVectorLayerSimpleLabeling,
    QgsWkbTypes,
)
from qgis.PyQt.QtGui import QColor, QFont

from ...i18n import N_, _, language
from ...workflows.errors import InputError
from . import layers
from .systems import sound, transform, wgs84

METROPOLITAN_FRANCE = QgsRectangle(-6.0, 41.0, 10.0, 51.5)
PAGE = (297.0, 210.0)
MARGIN = 8.0
LEGEND_WIDTH = 62.0
MM = QgsUnitTypes.LayoutUnit.LayoutMillimeters
LEGEND_TITLES = {
    "Signalement": N_("Reports"),
    "Croquis_EC_Point": N_("Sketches: points"),
    "Croquis_EC_Ligne": N_("Sketches: lines"),
    "Croquis_EC_Polygone": N_("Sketches: polygons"),
}
LABEL_FONTS = ["Open Sans", "Noto Sans", "DejaVu Sans", "Segoe UI", "Arial", "Helvetica"]
INK = QColor(34, 43, 54)
PALE = QColor(112, 122, 134)


def report_project(store, backgrounds, title, group, part=None):
    """A new project: the layers of the store above the backgrounds, Lambert 93 in metropolitan France.

    It opens on all of them, or on `part`, a rectangle in WGS84. Gives the project and what it opens on.
    """
    project = QgsProject()
    project.setTitle(title)
    added = layers.add_reports(project, store, group)
    for background in backgrounds:
        copy = background.clone()
        _plain_ground(copy)
        project.addMapLayer(copy, False)
        project.layerTreeRoot().addLayer(copy)
    for layer in project.mapLayers().values():
        _portable_fonts(layer)
    extent = part or _extent([added["Signalement"], *_of_backgrounds(project, added)])
    inside = METROPOLITAN_FRANCE.contains(extent)
    project.setCrs(sound(QgsCoordinateReferenceSystem("EPSG:2154" if inside else "EPSG:3857")))
    view = transform(wgs84(), project.crs(), project).transformBoundingBox(extent)
    view.scale(1.06)
    project.viewSettings().setDefaultViewExtent(QgsReferencedRectangle(view, project.crs()))
    return project, view


def _portable_fonts(layer):
    """Name fonts that other computers have: the one that this computer writes labels with may be unknown there."""
    labeling = layer.labeling() if isinstance(layer, QgsVectorLayer) else None
    for provider in labeling.subProviders() if labeling is not None else ():
        settings = labeling.settings(provider)
        text = settings.format()
        text.setFamilies(LABEL_FONTS)
        settings.setFormat(text)
        labeling.setSettings(settings, provider)


def save_project(project, path):
    """Write the .qgz; paths of the layers are relative, so that the folder can be moved as a whole."""
    project.setFilePathStorage(_relative_paths())
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    if not project.write(str(path)):
        raise InputError(_("The project {path} cannot be written: {why}").format(path=path, why=project.error()))


def picture(project, view, path, title, subtitle, dpi):
    """A landscape A4 page with map, legend and scale as PNG."""
    layout = QgsPrintLayout(project)
    layout.initializeDefaults()
    _label(layout, title, 17, INK, bold=True, box=(MARGIN, MARGIN - 2, PAGE[0] - 2 * MARGIN, 9))
    _label(layout, subtitle, 9.5, PALE, box=(MARGIN, MARGIN + 7, PAGE[0] - 2 * MARGIN, 6))
    page_map = _map(layout, view)
    _legend(layout, project, page_map)
    _scale_bar(layout, page_map)
    made = datetime.now().astimezone().strftime("%d/%m/%Y %H:%M" if language() == "fr" else "%Y-%m-%d %H:%M")
    source = _("Espace collaboratif, IGN – made on {date}").format(date=made)
    _label(layout, source, 7.5, PALE, box=(MARGIN, PAGE[1] - MARGIN - 1, PAGE[0] - 2 * MARGIN, 5))
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    # not exportToImage: it would write a world file too, or have GDAL complain on stderr that it cannot
    if not QgsLayoutExporter(layout).renderPageToImage(0, dpi=dpi).save(str(path)):
        raise InputError(_("The picture {path} cannot be written.").format(path=path))


def _of_backgrounds(project, added):
    own = {layer.id() for layer in added.values()}
    return [layer for layer in project.mapLayers().values() if layer.id() not in own]


def _extent(shown):
    extent = QgsRectangle()
    extent.setMinimal()
    for layer in shown:
        if layer.featureCount() == 0 or layer.extent().isNull():
            continue
        to_wgs84 = transform(layer.crs(), wgs84(), QgsProject.instance())
        extent.combineExtentWith(to_wgs84.transformBoundingBox(layer.extent()))
    if extent.isNull():
        return QgsRectangle(METROPOLITAN_FRANCE)
    return extent.buffered(0.01) if extent.isEmpty() else extent  # a single report has no width


def _plain_ground(layer):
    """A quiet style under the reports, with the names of the zones where a field holds them."""
    kinds = QgsWkbTypes.GeometryType
    if layer.geometryType() == kinds.PolygonGeometry:
        symbol = QgsFillSymbol.createSimple(
            {"color": "244,241,234,255", "outline_color": "172,164,148,255", "outline_width": "0.25"}
        )
    elif layer.geometryType() == kinds.LineGeometry:
        symbol = QgsLineSymbol.createSimple({"color": "172,164,148,255", "width": "0.3"})
    else:
        return
    layer.setRenderer(QgsSingleSymbolRenderer(symbol))
    name = _name_field(layer)
    if name:
        text = QgsTextFormat()
        text.setFont(QFont("DejaVu Sans"))
        text.setSize(6.5)
        text.setColor(QColor(134, 126, 110))
        halo = QgsTextBufferSettings()
        halo.setEnabled(True)
        halo.setSize(0.7)
        halo.setColor(QColor(250, 248, 243))
        text.setBuffer(halo)
        settings = QgsPalLayerSettings()
        settings.fieldName = name
        settings.setFormat(text)
        layer.setLabeling(QgsVectorLayerSimpleLabeling(settings))
        layer.setLabelsEnabled(True)


def _name_field(layer):
    wanted = ("nom", "name", "nom_off", "title", "titre", "libelle", "label", "canton", "commune")
    by_name = {field.name().lower(): field.name() for field in layer.fields()}
    return next((by_name[name] for name in wanted if name in by_name), "")


def _map(layout, view):
    page_map = QgsLayoutItemMap(layout)
    top = MARGIN + 14
    box = (MARGIN, top, PAGE[0] - 2 * MARGIN - LEGEND_WIDTH - 4, PAGE[1] - top - MARGIN - 3)
    # an item without size has no extent, and one that is given an extent takes its shape: hence both, twice
    _place(page_map, box)
    page_map.setExtent(view)
    _place(page_map, box)
    page_map.setBackgroundColor(QColor(226, 234, 240))
    page_map.setFrameEnabled(True)
    page_map.setFrameStrokeColor(QColor(190, 196, 204))
    page_map.setFrameStrokeWidth(QgsLayoutMeasurement(0.2, MM))
    layout.addLayoutItem(page_map)
    page_map.zoomToExtent(view)
    return page_map


def _legend(layout, project, page_map):
    legend = QgsLayoutItemLegend(layout)
    legend.setLinkedMap(page_map)
    legend.setAutoUpdateModel(False)
    root = QgsLayerTree()
    order = {table: number for number, (_output, table, _geometry) in enumerate(layers.TABLES)}
    spatial = [layer for layer in project.mapLayers().values() if layer.isSpatial() and layer.name() in order]
    for layer in sorted(spatial, key=lambda layer: order[layer.name()]):
        if layer.featureCount():
            root.addLayer(layer).setCustomProperty("legend/title-label", _(LEGEND_TITLES[layer.name()]))
    legend.model().setRootGroup(root)
    legend.setLegendFilterByMapEnabled(True)
    legend.setBoxSpace(0)
    legend.setSymbolHeight(4)
    legend.setSymbolWidth(6)
    for style, size, bold in (
        (QgsLegendStyle.Style.Subgroup, 9, True),
        (QgsLegendStyle.Style.SymbolLabel, 8, False),
    ):
        font = QFont("DejaVu Sans")
        font.setPointSizeF(size)
        font.setBold(bold)
        legend.setStyleFont(style, font)
    legend.setFontColor(INK)
    layout.addLayoutItem(legend)
    legend.attemptMove(QgsLayoutPoint(PAGE[0] - MARGIN - LEGEND_WIDTH, MARGIN + 14, MM))
    legend.adjustBoxSize()
    legend.refresh()
    # the layout owns the item, not the tree: without this reference Python frees it before the page is drawn
    legend.geocollab_tree = root


def _scale_bar(layout, page_map):
    bar = QgsLayoutItemScaleBar(layout)
    bar.setLinkedMap(page_map)
    bar.applyDefaultSize()
    bar.setStyle("Line Ticks Up")
    font = QFont("DejaVu Sans")
    font.setPointSizeF(7)
    text = QgsTextFormat.fromQFont(font)
    text.setColor(INK)
    bar.setTextFormat(text)
    layout.addLayoutItem(bar)
    bar.attemptMove(QgsLayoutPoint(PAGE[0] - MARGIN - LEGEND_WIDTH, PAGE[1] - MARGIN - 16, MM))


def _label(layout, words, size, colour, *, box, bold=False):
    label = QgsLayoutItemLabel(layout)
    label.setText(words)
    font = QFont("DejaVu Sans")
    font.setPointSizeF(size)
    font.setBold(bold)
    if hasattr(label, "setTextFormat"):
        text = QgsTextFormat.fromQFont(font)
        text.setColor(colour)
        label.setTextFormat(text)
    else:
        label.setFont(font)
        label.setFontColor(colour)
    layout.addLayoutItem(label)
    _place(label, box)


def _place(item, box):
    item.attemptMove(QgsLayoutPoint(box[0], box[1], MM))
    item.attemptResize(QgsLayoutSize(box[2], box[3], MM))


def _relative_paths():
    from qgis.core import Qgis

    kinds = getattr(Qgis, "FilePathType", None)
    return kinds.Relative if kinds is not None else 1
