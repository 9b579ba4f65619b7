"""The French of the plugin:  translations.py extract | compile | check

extract   reads the texts of the code and the templates, and brings i18n/fr.po in step (translations are kept)
compile   writes i18n/fr.mo, which the plugin reads
check     exit status 1 and a list when fr.po is not complete, not in step or not sound
"""

import ast
import re
import sys
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
TEMPLATE = ROOT / "i18n" / "geocollab.pot"
FRENCH = ROOT / "i18n" / "fr.po"
KEYWORDS = {"_": None, "N_": None, "ngettext": (1, 2)}
FOLDERS = ("algorithms", "client", "models", "provider", "store", "templates", "workflows")
# The texts of a model, as provider/models.py translates them; those of a parameter come from its operation.
MODEL_TEXTS = {"component_description", "description", "model_name"}
MODEL_HELP_NOT_SAID = {"TAGS", "EXAMPLE"}
# `# Translators: …` above a text reaches the one who translates it.
COMMENT_TAGS = ("Translators:",)
# Dates, people and tools in the file's head would make every extraction a change.
VOLATILE = tuple(
    f'"{name}:'
    for name in (
        *("POT-Creation-Date", "PO-Revision-Date", "Generated-By"),
        *("Last-Translator", "Language-Team", "Report-Msgid-Bugs-To"),
    )
)


def model_texts(file, keywords, comment_tags, options):
    """Babel's way to read a `.model3`: line, function, text, comments."""
    root = ElementTree.parse(file).getroot()
    said = [option for option in root.iter("Option") if option.get("name") in MODEL_TEXTS]
    said += [option for option in root.find("Option[@name='help']") if option.get("name") not in MODEL_HELP_NOT_SAID]
    yield from ((0, "_", option.get("value"), []) for option in said if option.get("value"))


METHODS = [("**.py", "python"), ("**.j2", "jinja2"), ("**.html", "jinja2"), ("**.model3", model_texts)]


def _new_catalog(locale=None):
    return Catalog(locale=locale, project="GeoCollab", version="1", charset="utf-8", fuzzy=False)


def extract():
    """Every text of the code, in the order of files and lines."""
    catalog = _new_catalog()
    for folder in FOLDERS:
        found = extract_from_dir(ROOT / folder, METHODS, keywords=KEYWORDS, comment_tags=COMMENT_TAGS)
        for file, _line, text, comments, context in sorted(found, key=lambda message: (message[0], message[1])):
            # The file without the line: a moved line is no change for a translator.
            catalog.add(text, locations=[(f"{folder}/{file}", None)], auto_comments=comments, context=context)
    return catalog


def read(path):
    if not path.exists():
        return _new_catalog("fr")
    with path.open("rb") as file:
        return read_po(file, locale="fr")


def update(french, template):
    """French brought in step: same texts, same order; a translation stays only with the very text it was made for."""
    updated = _new_catalog("fr")
    for message in template:
        if message.id:
            known = french.get(_key(message), message.context)
            kept = known.string if known and known.id == message.id and not known.fuzzy else None
            updated.add(
                message.id,
                string=kept or ("" if isinstance(message.id, str) else ("", "")),
                locations=message.locations,
                auto_comments=message.auto_comments,
                user_comments=known.user_comments if known else (),
                context=message.context,
            )
    return updated


def _key(message):
    return message.id if isinstance(message.id, str) else message.id[0]


def save(catalog, path):
    """A .po or .pot file that only changes when a text does."""
    catalog.header_comment = "# GeoCollab. Licence: GPL-2.0-or-later."
    buffer = BytesIO()
    write_po(buffer, catalog, width=120, ignore_obsolete=True, include_lineno=False)
    lines = buffer.getvalue().decode("utf-8").splitlines(keepends=True)
    path.write_text("".join(line for line in lines if not line.startswith(VOLATILE)), encoding="utf-8")


def faults(french, template):
    """What is wrong with the French, a line each."""
    for message in template:
        if not message.id:
            continue
        known = french.get(_key(message), message.context)
        if known is None or known.id != message.id:
            yield f"missing, run 'make translations': {_key(message)!r}"
            continue
        strings = known.string if isinstance(known.string, (tuple, list)) else (known.string,)
        if not all(strings):
            yield f"not translated: {_key(message)!r}"
        elif known.fuzzy:
            yield f"marked as uncertain: {_key(message)!r}"
        else:
            texts = message.id if isinstance(message.id, (tuple, list)) else (message.id,)
            yield from _placeholder_faults(texts, strings)
    wanted = {(_key(message), message.context) for message in template}
    for message in french:
        if message.id and (_key(message), message.context) not in wanted:
            yield f"no longer in the code, run 'make translations': {_key(message)!r}"


def hidden(code, place):
    """Texts in the braces of an f-string, a line each: where Python 3.11 runs, Babel does not see them."""
    for fstring in ast.walk(ast.parse(code)):
        if isinstance(fstring, ast.JoinedStr):
            for call in ast.walk(fstring):
                named = isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in KEYWORDS
                if named and isinstance(call.args[0], ast.Constant):
                    yield f"hidden in an f-string, take it out of it: {call.args[0].value!r} ({place})"


def _placeholder_faults(texts, strings):
    """A plural form may leave out the number ("one report"), but none may ask for what the code does not give."""
    wanted = set().union(*map(_placeholders, texts))
    for names in map(_placeholders, strings):
        if names - wanted or (len(texts) == 1 and wanted - names):
            yield f"placeholders differ ({sorted(wanted)} in the code, {sorted(names)} in French): {texts[0]!r}"


def _placeholders(text):
    """The `{names}` that str.format would replace; braces that mean themselves (JSON, CSS) are none."""
    return set(re.findall(r"(?<!\{)\{([A-Za-z_]\w*)[^{}]*\}(?!\})", text))


def main(arguments):
    task = arguments[0] if len(arguments) == 1 else None
    if task == "extract":
        template = extract()
        save(template, TEMPLATE)
        save(update(read(FRENCH), template), FRENCH)
    elif task == "compile":
        with FRENCH.with_suffix(".mo").open("wb") as file:
            write_mo(file, read(FRENCH))
    elif task == "check":
        found = list(faults(read(FRENCH), extract()))
        for folder in FOLDERS:
            for file in sorted((ROOT / folder).rglob("*.py")):
                found += hidden(file.read_text(encoding="utf-8"), file.relative_to(ROOT))
        print("\n".join([*found, f"i18n/fr.po: {len(found)} to mend" if found else "i18n/fr.po: complete"]))
        return 1 if found else 0
    else:
        print(__doc__)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
