"""Pictures made small with Qt."""

from qgis.PyQt.QtCore import QBuffer, QByteArray, QIODevice, QSize, Qt
from qgis.PyQt.QtGui import QImage, QImageReader, QPainter

SIDE = 480
"""Pixels: the longer side of a small picture."""
MOST_PIXELS = 60_000_000
"""A file of a few bytes may unfold into more than there is memory."""


def small(content, format):
    """(content, MIME type, width, height) of a PNG, JPEG or GIF, at most SIDE wide or high; None for no picture.

    It is always written anew: what else the file carries, such as the place where a photo was taken, stays out.
    """
    source = QBuffer()
    source.setData(QByteArray(content))
    source.open(QIODevice.OpenModeFlag.ReadOnly)
    reader = QImageReader(source, QByteArray(format.lower().encode("ascii")))
    reader.setAutoTransform(True)
    size = reader.size()
    if not size.isValid() or size.isEmpty() or size.width() * size.height() > MOST_PIXELS:
        return None
    if max(size.width(), size.height()) > SIDE:
        reader.setScaledSize(size.scaled(QSize(SIDE, SIDE), Qt.AspectRatioMode.KeepAspectRatio).expandedTo(QSize(1, 1)))
    image = reader.read()
    if image.isNull():
        return None
    image = _pixels_of(image)
    written = QBuffer()
    written.open(QIODevice.OpenModeFlag.WriteOnly)
    kind = "PNG" if image.hasAlphaChannel() else "JPEG"
    if not image.save(written, kind, 85 if kind == "JPEG" else -1):
        return None
    return bytes(written.data()), f"image/{kind.lower()}", image.width(), image.height()


def _pixels_of(image):
    """The picture without the texts that came with it, which Qt would write again."""
    formats = QImage.Format
    plain = QImage(image.size(), formats.Format_ARGB32 if image.hasAlphaChannel() else formats.Format_RGB32)
    plain.fill(0)
    painter = QPainter(plain)
    painter.drawImage(0, 0, image)
    painter.end()
    return plain
