"""Names as the server takes them: of tables, of columns, of published layers (contract 3.4, 3.12).

The check refuses tables that do not match `[a-z_][a-z0-9_]*`; the integration writes names in lower case, without
accents and dashes, into PostgreSQL.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from ...i18n import _

LONGEST = 63
"""Characters of a name in PostgreSQL; what is beyond is cut, silently."""
KEY, GEOMETRY = "ogc_fid", "geom"
"""The columns that the integration makes itself."""
RULE = re.compile(r"[a-z_][a-z0-9_]*", re.ASCII)
LAYER_RULE = re.compile(r"[A-Za-z_][A-Za-z0-9_\-.]*", re.ASCII)
LONGEST_PROPOSAL = 60
RESERVED = frozenset(
    """all analyse analyze and any array as asc asymmetric authorization binary both case cast check collate collation
    column concurrently constraint create cross current_catalog current_date current_role current_schema current_time
    current_timestamp current_user default deferrable desc distinct do else end except false fetch for foreign freeze
    from full grant group having ilike in initially inner intersect into is isnull join lateral leading left like limit
    localtime localtimestamp natural not notnull null offset on only or order outer overlaps placing primary references
    returning right select session_user similar some symmetric system_user table tablesample then to trailing true union
    unique user using variadic verbose when where window with""".split()
)
"""Words that mean something in PostgreSQL's SQL: a name that is one of them must be quoted everywhere."""
SYSTEM_COLUMNS = frozenset({"tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"})
"""Columns that every table of PostgreSQL has already: no other may be called so."""
_UNFIT, _ENDS = re.compile(r"[^a-z0-9_]+"), re.compile(r"^[^a-z0-9_]+|[^a-z0-9_]+$")
_BEGINNINGS = ("gpkg_", "rtree_", "sqlite_")
"""Tables that a GeoPackage keeps for itself."""
_LETTERS = str.maketrans(
    {"œ": "oe", "æ": "ae", "ß": "ss", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i", "ħ": "h", "ŧ": "t"}
)
_SMALL_WORDS = frozenset("a au aux d de des du en et l la le les of par pour sur the un une".split())


@dataclass(frozen=True)
class Problem:
    """A sentence on a name; whether the server refuses the delivery for it."""

    said: str
    refused: bool


def integrated_name(name: str) -> str:
    """What the integration makes of the name of a table or column that is delivered as it is."""
    letters = unicodedata.normalize("NFKD", name.lower())
    return "".join(c for c in letters if not unicodedata.combining(c) and c != "-")


def server_name(text: str, otherwise: str = "_") -> str:
    """A name that the server takes and does not change: letters without accents, digits, underscores, 63 at most.

    What is one already stays as it is. `otherwise` is what a text without any usable character becomes.
    """
    plain = _UNFIT.sub("_", _ENDS.sub("", _ascii(text).lower()))
    if plain[:1].isdigit():
        plain = "_" + plain
    return plain[:LONGEST] or otherwise


def table_names(texts: Iterable[str]) -> list[str]:
    """A name for each table, no two the same: what `server_name` makes, kept off reserved words."""
    return _unique((_table(text) for text in texts), set())


def column_names(texts: Iterable[str]) -> list[str]:
    """A name for each column of a table, no two the same, none of those that the server or PostgreSQL has itself."""
    return _unique((_kept_off(server_name(text, "column")) for text in texts), {KEY, GEOMETRY, *SYSTEM_COLUMNS})


def table_problems(name: str) -> list[Problem]:
    """What is wrong with the name of a table that is to be delivered as it is."""
    found = []
    if not RULE.fullmatch(name):
        sentence = _("The check of the server refuses the name “{name}”: call the table {proposal}.")
        found.append(Problem(sentence.format(name=name, proposal=_table(name)), True))
    return found + _common_problems(name)


def column_problems(name: str) -> list[Problem]:
    """What is wrong with a column of this name, or becomes of it."""
    renamed, found = integrated_name(name), []
    if not RULE.fullmatch(renamed):
        sentence = _("The check of the server refuses the name “{name}”: call the column {proposal}.")
        found.append(Problem(sentence.format(name=name, proposal=server_name(name, "column")), True))
    elif renamed in (KEY, GEOMETRY):
        sentence = _("The integration makes a column “{name}” itself: give yours another name.")
        found.append(Problem(sentence.format(name=renamed), True))
    elif renamed in SYSTEM_COLUMNS:
        sentence = _("PostgreSQL keeps the name “{name}” for itself: rename the column.")
        found.append(Problem(sentence.format(name=renamed), True))
    elif renamed != name.lower():
        sentence = _("The column “{name}” is called “{renamed}” on the server.")
        found.append(Problem(sentence.format(name=name, renamed=renamed), False))
    return found + _common_problems(name)


def column_collisions(names: Iterable[str]) -> dict[str, list[str]]:
    """Columns that have one name once the integration has renamed them, by that name."""
    found: dict[str, list[str]] = {}
    for name in names:
        found.setdefault(integrated_name(name), []).append(name)
    return {renamed: given for renamed, given in found.items() if len(given) > 1}


def layer_name_problem(text: str, prefix: str = "") -> str:
    """A sentence on what is wrong with a name for a published layer, "" if it is right.

    `prefix` is what the datastore wants all of them to begin with.
    """
    proposal = propose_layer_name(text, prefix)
    if not text:
        return _("The published layer needs a name, such as {proposal}.").format(proposal=proposal)
    if not LAYER_RULE.fullmatch(text):
        return _(
            "“{name}” cannot be the name of a published layer: letters without accents, digits and _ - . alone, the "
            "first one a letter or _. For example: {proposal}."
        ).format(name=text, proposal=proposal)
    if not text.startswith(prefix):
        return _(
            "In this datastore the names of published layers begin with {prefix}, such as {proposal}; this one is "
            "“{name}”."
        ).format(prefix=prefix, name=text, proposal=proposal)
    return ""


def can_be_written(title: str) -> bool:
    """Whether something of a title is left in letters without accents and digits."""
    return any(character.isalnum() for character in _ascii(title))


def propose_layer_name(title: str, prefix: str = "") -> str:
    """A good name for a published layer, from what people call it."""
    words = [word for word in re.split(r"[^a-z0-9.]+", _ascii(title).lower()) if word.strip(".")]
    told = [word for word in words if word not in _SMALL_WORDS] or words
    joint = "_" if prefix and prefix[-1:].isalnum() else ""
    room = max(LONGEST_PROPOSAL - len(prefix) - len(joint), 8)
    name = "_".join(told)[:room].strip("_.") or "layer"
    if prefix:
        beginning = _ascii(prefix).lower() + joint
        return prefix + joint + (name[len(beginning) :] if name.startswith(beginning) else name)
    return name if name[0].isalpha() else f"_{name}"


def further_name(name: str) -> str:
    """Another name for a published layer where this one is taken: numbered on."""
    stem, number = re.fullmatch(r"(.*?)(?:_(\d{1,3}))?", name).groups()  # type: ignore[union-attr]
    return f"{stem}_{int(number or 1) + 1}"


def _ascii(text: str) -> str:
    """Without accents, ligatures written out; letters of other scripts become blanks."""
    lowered = unicodedata.normalize("NFKD", text).casefold().translate(_LETTERS)
    bare = (c for c in unicodedata.normalize("NFKD", lowered) if not unicodedata.combining(c))
    return "".join(c if c.isascii() else " " for c in bare)


def _table(text: str) -> str:
    name = _kept_off(server_name(text, "table"))
    return f"t_{name}"[:LONGEST] if name.startswith(_BEGINNINGS) else name


def _kept_off(name: str) -> str:
    return f"{name}_" if name in RESERVED else name


def _unique(names: Iterable[str], taken: set[str]) -> list[str]:
    found = []
    for name in names:
        free, number = name, 1
        while free in taken:
            number += 1
            free = f"{name[: LONGEST - len(str(number)) - 1]}_{number}"
        taken.add(free)
        found.append(free)
    return found


def _common_problems(name: str) -> list[Problem]:
    found = []
    if name.lower() in RESERVED:
        sentence = _("“{name}” is a reserved word of SQL: it must be quoted wherever it is used.")
        found.append(Problem(sentence.format(name=name), False))
    if len(integrated_name(name)) > LONGEST:
        sentence = _("“{name}” has more than {most} characters, which PostgreSQL does not take.")
        found.append(Problem(sentence.format(name=name, most=LONGEST), True))
    return found
