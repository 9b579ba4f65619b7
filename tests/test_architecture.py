"""The code keeps to docs/architecture.md: every import in the plugin is read and held against it."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

# What each layer may import of the plugin. Arrows only go down; `i18n` is the one word book for all.
MAY_IMPORT = {
    "__init__": {"provider", "i18n"},
    "algorithms": {"provider", "workflows", "client", "store", "i18n"},
    "provider": {"algorithms", "workflows", "client", "store", "i18n"},
    "workflows": {"client", "store", "i18n"},
    "client": {"i18n"},
    "store": {"i18n"},
    "i18n": set(),
}
WITHOUT_QGIS = {"workflows", "client", "store", "i18n"}
QT = {"PyQt5", "PyQt6", "PySide2", "PySide6", "sip"}
BESIDE_THE_PLUGIN = {"sandbox", "tests", "tools", "benchmarks"}


def _layer(path):
    first = path.relative_to(ROOT).parts[0]
    return path.stem if first.endswith(".py") else first


def _imports(source, package):
    """Each import of a source text as a dotted absolute name, `package` being the parts of its own package."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = list(package[: len(package) - node.level + 1]) if node.level else []
            base += node.module.split(".") if node.module else []
            yield from ((node.lineno, ".".join([*base, alias.name])) for alias in node.names)


def _objection(layer, place, name):
    """Why `place`, a file of `layer`, must not import `name`; None when it may."""
    parts = name.split(".")
    if parts[0] in BESIDE_THE_PLUGIN or parts[:2] in [["geocollab", part] for part in BESIDE_THE_PLUGIN]:
        return "is not in the packaged plugin"
    if parts[0] in QT:
        return "Qt comes from qgis.PyQt only"
    if parts[0] == "qgis" and layer in WITHOUT_QGIS:
        return f"{layer}/ knows no QGIS"
    if parts[:2] == ["qgis", "gui"] and place != "provider/menu.py":
        return "only provider/menu.py may need a window"
    if parts[0] == "geocollab" and len(parts) > 1:
        target = parts[1]
        if target != layer and target not in MAY_IMPORT[layer]:
            return f"{layer}/ must not know {target}/"
        # The registry finds the operations by their files; naming one would be an arrow up.
        if layer == "provider" and target == "algorithms" and (place != "provider/registry.py" or len(parts) > 2):
            return "provider/ finds operations, it names none"
    return None


def _files():
    for layer in MAY_IMPORT:
        yield from [ROOT / "__init__.py"] if layer == "__init__" else sorted((ROOT / layer).rglob("*.py"))


@pytest.mark.parametrize("layer", MAY_IMPORT)
def test_imports_follow_the_architecture(layer):
    objections = []
    for path in _files():
        if _layer(path) != layer:
            continue
        place = path.relative_to(ROOT).as_posix()
        for line, name in _imports(path.read_text(encoding="utf-8"), ("geocollab", *Path(place).parent.parts)):
            reason = _objection(layer, place, name)
            if reason:
                objections.append(f"{place}:{line}: {name}: {reason}")
    assert not objections, "\n".join(objections)


def test_every_folder_of_the_plugin_has_rules():
    beside = BESIDE_THE_PLUGIN | {"build", "docs"}
    with_code = {
        path.parent.name for path in ROOT.glob("*/__init__.py") if not path.parent.name.startswith(".")
    } - beside
    assert with_code == set(MAY_IMPORT) - {"__init__"}


@pytest.mark.parametrize(
    ("place", "source"),
    [
        ("client/session.py", "from qgis.core import Qgis"),
        ("client/session.py", "from ..store import reports"),
        ("client/espaceco/reports.py", "from ...store.store import Store"),
        ("store/store.py", "import geocollab.client.session"),
        ("workflows/sync.py", "from ..provider import network"),
        ("workflows/sync.py", "def f():\n    import qgis.core"),
        ("provider/project/layers.py", "from qgis.gui import QgsMapCanvas"),
        ("provider/project/layers.py", "from ...algorithms.reports import download"),
        ("algorithms/reports/download.py", "from PyQt5.QtCore import QUrl"),
        ("algorithms/reports/download.py", "from ...sandbox import process"),
        ("algorithms/reports/download.py", "import sandbox.process"),
    ],
)
def test_the_check_sees_what_is_forbidden(place, source):
    package = ("geocollab", *Path(place).parent.parts)
    assert any(_objection(place.split("/")[0], place, name) for _, name in _imports(source, package))


@pytest.mark.parametrize(
    ("place", "source"),
    [
        ("client/espaceco/reports.py", "from ..paging import pages\nfrom ...i18n import _\nimport requests"),
        ("workflows/sync.py", "from ..client import session\nfrom ..store.store import Store"),
        ("provider/menu.py", "from qgis.gui import QgisInterface\nfrom qgis.PyQt.QtWidgets import QAction"),
        ("provider/registry.py", "from .. import algorithms"),
    ],
)
def test_the_check_lets_pass_what_is_allowed(place, source):
    package = ("geocollab", *Path(place).parent.parts)
    assert not [name for _, name in _imports(source, package) if _objection(place.split("/")[0], place, name)]
