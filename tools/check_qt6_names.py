"""Every Qt name of the plugin must exist in PyQt6 too:  check_qt6_names.py FILE_OR_FOLDER…

QGIS 4 runs on Qt 6, where an enumeration's values are only reached by its name (Qt.DateFormat.ISODate, not Qt.ISODate)
and where classes have moved. This looks up each dotted use of a name imported from `qgis.PyQt` in the real PyQt6; no
QGIS is needed. It cannot follow a value (`reply.error().foo`), only names. Exit status 1 when something is missing.
"""

import ast
import importlib
import sys
from pathlib import Path

# QGIS 4's own qgis.PyQt.QtCore gives these back to QVariant.
KEPT_BY_QGIS = {"QVariant": set("Bool Int UInt LongLong ULongLong Double String StringList Date Time DateTime".split())}
# Moved to QtGui by Qt 6; QGIS 4's own qgis.PyQt.QtWidgets still has them.
STILL_IN_WIDGETS = {"QAction", "QActionGroup", "QShortcut"}
# Modules that a user's QGIS may have and the wheel has not.
NOT_IN_THE_WHEEL = {"qgis.PyQt.Qsci", "qgis.PyQt.uic", "qgis.PyQt.QtWebKit"}


class Names(ast.NodeVisitor):
    """The names that one file takes from Qt, and what is wrong with their uses."""

    def __init__(self):
        self.known = {}  # name in the file → (name in Qt, the PyQt6 object)
        self.faults = []  # (line, text)

    def visit_Import(self, node):
        for alias in node.names:
            self._only_by_qgis(node.lineno, alias.name)

    def visit_ImportFrom(self, node):
        module = node.module or ""
        self._only_by_qgis(node.lineno, module)
        if not module.startswith("qgis.PyQt.") or module in NOT_IN_THE_WHEEL:
            return
        for alias in node.names:
            moved = module == "qgis.PyQt.QtWidgets" and alias.name in STILL_IN_WIDGETS
            qt = importlib.import_module("PyQt6.QtGui" if moved else module.replace("qgis.PyQt", "PyQt6"))
            if hasattr(qt, alias.name):
                self.known[alias.asname or alias.name] = (alias.name, getattr(qt, alias.name))
            else:
                self.faults.append((node.lineno, f"{qt.__name__} has no {alias.name}"))

    def visit_Attribute(self, node):
        path = _dotted(node)
        if path and path[0] in self.known:
            self._look_up(node.lineno, path)
        else:
            self.generic_visit(node)

    def _only_by_qgis(self, line, module):
        if module.split(".")[0] in ("PyQt5", "PyQt6"):
            self.faults.append((line, f"import from qgis.PyQt, not from {module}"))

    def _look_up(self, line, path):
        name, found = self.known[path[0]]
        for depth, part in enumerate(path[1:], 1):
            if part in KEPT_BY_QGIS.get(name, ()):
                return
            if not hasattr(found, part):
                self.faults.append((line, f"PyQt6 has no {'.'.join([name, *path[1 : depth + 1]])}"))
                return
            found = getattr(found, part)
            if not isinstance(found, type):
                return  # a value or a method: what follows depends on the run


def _dotted(node):
    """`a.b.c` as ["a", "b", "c"]; None for anything else before a dot."""
    parts = []
    while isinstance(node, ast.Attribute):
        parts.insert(0, node.attr)
        node = node.value
    return [node.id, *parts] if isinstance(node, ast.Name) else None


def faults(path):
    names = Names()
    tree = ast.parse(path.read_text(encoding="utf-8"))
    # Imports first: a function above may use what is imported further down or inside another.
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            names.visit_ImportFrom(node)
    names.visit_ImportFrom = lambda node: None
    names.visit(tree)
    return sorted(names.faults)


def main(arguments):
    files = []
    for argument in map(Path, arguments):
        files += sorted(argument.rglob("*.py")) if argument.is_dir() else [argument]
    found = [f"{path}:{line}: {text}" for path in files for line, text in faults(path)]
    print("\n".join([*found, f"{len(files)} files, {len(found)} names missing in PyQt6"]))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
