"""The pages of the operations, made from the operations themselves:  /usr/bin/python3 tools/document.py [--check]

Writes docs/operations.md and docs/operations.fr.md; with --check, says whether they are in step with the code.
"""

import os
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("QGIS_CUSTOM_CONFIG_PATH", tempfile.mkdtemp(prefix="geocollab-docs-"))
sys.path.insert(0, str(ROOT / "build" / "plugins"))

from qgis.core import QgsApplication, QgsProcessingParameterDefinition

HEADS = {
    "en": ("Operations", "Parameter", "What it is", "optional", "Outputs"),
    "fr": ("Opérations", "Paramètre", "Ce que c'est", "facultatif", "Sorties"),
}
INTRODUCTION = {
    "en": "The operations of the provider `geocollab`, as the toolbox, the modeler and `qgis_process` know them. "
    "This page is made from the code by `tools/document.py`.",
    "fr": "Les opérations du fournisseur `geocollab`, telles que les connaissent la boîte à outils, le modeleur et "
    "`qgis_process`. Cette page est faite à partir du code par `tools/document.py`.",
}


def page(language):
    """The Markdown of all operations in a language."""
    from geocollab import i18n
    from geocollab.provider.registry import operations

    i18n.use(language)
    head, parameter, meaning, optional, outputs = HEADS[language]
    lines = [f"# {head}", "", INTRODUCTION[language], ""]
    group = None
    for operation in sorted((o.create() for o in operations()), key=lambda o: (o.group(), o.displayName())):
        if operation.group() != group:
            group = operation.group()
            lines += [f"## {group}", ""]
        lines += [
            f'<a id="{operation.name()}"></a>',
            f"### {operation.displayName()} (`geocollab:{operation.name()}`)",
            "",
        ]
        lines += [operation.shortDescription(), ""]
        lines += [paragraph + "\n" for paragraph in i18n._(operation.HELP).split("\n\n") if paragraph]
        lines += ["```", operation.command(), "```", "", f"| {parameter} | | {meaning} |", "|---|---|---|"]
        for definition in operation.parameterDefinitions():
            flags = definition.flags()
            maybe = f" *({optional})*" if flags & QgsProcessingParameterDefinition.Flag.FlagOptional else ""
            text = _cell(definition.help())
            lines.append(f"| `{definition.name()}` | {_cell(definition.description())}{maybe} | {text} |")
        own = [
            definition
            for definition in operation.outputDefinitions()
            if operation.parameterDefinition(definition.name()) is None
        ]
        if own:
            lines += ["", f"{outputs}: " + ", ".join(f"`{d.name()}` ({_cell(d.description())})" for d in own)]
        lines.append("")
    return "\n".join(lines)


def _cell(text):
    return " ".join(text.split()).replace("|", "\\|")


def main():
    application = QgsApplication([], False)
    application.initQgis()
    stale = []
    for language, name in (("en", "operations.md"), ("fr", "operations.fr.md")):
        path, text = ROOT / "docs" / name, page(language)
        if "--check" in sys.argv:
            if not path.is_file() or path.read_text(encoding="utf-8") != text:
                stale.append(name)
        else:
            path.write_text(text, encoding="utf-8")
    if stale:
        print(f"docs: {', '.join(stale)} not in step with the operations: run tools/document.py")
    return 1 if stale else 0


if __name__ == "__main__":
    # without exitQgis, whose order of destruction crashes some versions after the work is done
    status = main()
    sys.stdout.flush()
    os._exit(status)
