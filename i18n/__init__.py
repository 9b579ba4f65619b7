"""The words of the plugin: English in the code, other languages from the gettext catalogue beside this file.

Needs neither Qt nor QGIS, so that every layer says its words the same way: `_("text")` translates now,
`N_("text")` marks a text that is translated later, when it is shown.
"""

import gettext
from pathlib import Path

_catalogue: gettext.NullTranslations = gettext.NullTranslations()
_language = "en"


def use(language: str) -> None:
    """Say everything in this language from now on (`fr`, `fr_FR`…); a language without catalogue leaves English."""
    global _catalogue, _language
    code = language.split("_")[0].split("-")[0].lower()
    file = Path(__file__).with_name(code + ".mo")
    if code.isalpha() and file.is_file():
        with file.open("rb") as catalogue:
            _catalogue, _language = gettext.GNUTranslations(catalogue), code
    else:
        _catalogue, _language = gettext.NullTranslations(), "en"


def language() -> str:
    """The language in use, as a two-letter code."""
    return _language


def _(text: str) -> str:
    return _catalogue.gettext(text) if text else ""


def N_(text: str) -> str:
    return text


def ngettext(singular: str, plural: str, number: int, **words: object) -> str:
    """The form that goes with the number; `{n}` in it, and what else is named, replaced."""
    return _catalogue.ngettext(singular, plural, number).format(n=number, **words)
