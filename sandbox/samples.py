"""Small real files for the attachments of the seed: PNG, PDF, text."""

from __future__ import annotations

import struct
import zlib
from functools import cache
from typing import NamedTuple


class Sample(NamedTuple):
    filename: str
    mime_type: str
    width: int | None
    height: int | None
    content: bytes


def png(width: int, height: int, colour: tuple[int, int, int]) -> bytes:
    """A picture with a ground, a road and a sky in that colour."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = bytearray()
    for y in range(height):
        rows.append(0)  # no filter
        for x in range(width):
            if y < height // 2:
                rows.extend(min(255, c + 60 * y // height) for c in colour)
            elif abs(2 * x - width) < y:
                rows.extend((110, 110, 115))
            else:
                rows.extend((96, 140, 72))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(rows), 9)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


def pdf(text: str) -> bytes:
    """A page with one line of text (no parentheses in it)."""
    stream = b"BT /F1 18 Tf 72 760 Td (" + text.encode("cp1252") + b") Tj ET"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        b"/Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    body, offsets = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        offsets.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    table += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    trailer = b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, len(body))
    return body + table + trailer


@cache
def samples() -> dict[str, Sample]:
    """The sample files by key."""
    note = "Relevé du 14 mars : regard descellé, à reprendre.\n".encode()
    table = "numero;voie;etat\n12;rue des Écoles;à vérifier\n14;rue des Écoles;conforme\n".encode()
    return {
        "day": Sample("photo.png", "image/png", 160, 120, png(160, 120, (120, 170, 190))),
        "evening": Sample("chaussée dégradée.png", "image/png", 120, 160, png(120, 160, (190, 120, 90))),
        "plan": Sample("plan.pdf", "application/pdf", None, None, pdf("Plan de situation")),
        "note": Sample("relevé.txt", "text/plain", None, None, note),
        "table": Sample("adresses.csv", "text/csv", None, None, table),
    }


@cache
def thumbnail(evening: bool) -> bytes:
    return png(80, 60, (190, 120, 90) if evening else (120, 170, 190))
