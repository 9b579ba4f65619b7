"""Looks of layers as SLD 1.0.0, which is what the server takes; QGIS writes 1.1.0 (SE).

Rewritten element by element in the order of SLD 1.0, with the extensions that GeoServer knows. What the server cannot
be told is left out or replaced by what comes nearest, and said (`Style.losses`). A condition that cannot be told takes
its rule with it: without it the rule would draw everything.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Optional, Union

from lxml import etree

from ....i18n import _
from ..checks.tables import Table
from . import qml as qml_reading
from .qml import Hint, Look
from .sld_filters import CannotSay, Columns, equals_one_of, filter_of, none_of
from .sld_reading import (
    OGC,
    Element,
    Losses,
    check_is_sld,
    child,
    children,
    comments,
    local,
    new,
    parsed,
    text_of,
    version_of,
)
from .sld_symbols import Symbols, faded

VERSION = "1.0.0"
_UNWRITTEN_RENDERER = "FeatureRenderer"
_UNREAD_CONDITION = "Parser Error"


@dataclass(frozen=True)
class Style:
    """SLD 1.0.0, "" if nothing of the look could be kept; `losses` are sentences on what was not.

    `notes` are sentences on what was read; `attributes` are the columns that the style needs.
    """

    text: str
    losses: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    attributes: tuple[str, ...] = ()


@dataclass
class _Rule:
    """A rule on its way; `hint` is what the QML says of it."""

    element: Element
    hint: Optional[Hint]
    filter: Optional[Element] = None
    otherwise: bool = False
    symbolizers: list[Element] = field(default_factory=list)

    @property
    def hidden(self) -> bool:
        """Whether it is unchecked in QGIS."""
        return self.hint is not None and not self.hint.shown

    @property
    def labels(self) -> bool:
        """Whether it draws texts alone."""
        return all(local(each) == "TextSymbolizer" for each in self.symbolizers)


def to_sld_1_0(
    text: str,
    columns: Union[Mapping[str, str], Iterable[str], None] = None,
    *,
    qml: str = "",
    name: str = "",
) -> Style:
    """The style of an SLD of any version. Raises InputError for what is no SLD.

    `columns` are those of the table: by their names in the layer, or the names on the server alone; None if they are
    not known. `qml` is the same style as QGIS keeps it, which says what its SLD is silent about. `name` is the name of
    the table.
    """
    root = parsed(text)
    check_is_sld(root)
    look = qml_reading.read(qml) if qml else None
    conversion = _Conversion(Columns(columns), look)
    made = conversion.of(root, name)
    needed = {text_of(each) for each in parsed(made).iter(f"{{{OGC}}}PropertyName")} if made else set()
    return Style(made, conversion.losses.all(), tuple(_notes(root)), tuple(sorted(needed)))


def of_table(table: Table) -> Style:
    """The look of the layer that a table was made of."""
    columns = {column.source or column.name: column.name for column in table.fields}
    return to_sld_1_0(table.sld or "", columns, qml=table.qml or "", name=table.name)


def _notes(root: Element) -> Iterator[str]:
    said, written = root.get("version", ""), version_of(root)
    if said and said != written:
        yield _(
            "The file says that it is SLD {said}, but it is written as {written}: it was read as what it is."
        ).format(said=said, written=written)


class _Conversion:
    def __init__(self, columns: Columns, look: Optional[Look]) -> None:
        self.columns, self.look, self.losses = columns, look, Losses()
        self._symbols = Symbols(columns, self.losses, look.expressions if look else ())

    def of(self, root: Element, name: str) -> str:
        for loss in self.look.losses if self.look else ():
            self.losses.add(loss)
        layer = self._layer(root, name)
        style = child(layer, "UserStyle")
        parts = [part for given in children(style, "FeatureTypeStyle") for part in self._parts(given)]
        if not parts:
            self.losses.add(_("Nothing of this style can be told to the server: a plain one is used."))
            return ""
        called = name or text_of(layer, "Name") or "style"
        user_style = new("UserStyle", None, new("Name", called))
        title = text_of(style, "Title") or text_of(style, "Description", "Title")
        if title:
            user_style.append(new("Title", title))
        user_style.extend(parts)
        made = new("StyledLayerDescriptor", None, new("NamedLayer", None, new("Name", called), user_style))
        made.set("version", VERSION)
        etree.cleanup_namespaces(made, keep_ns_prefixes=["ogc", "xlink"])
        etree.indent(made)
        return etree.tostring(made, encoding="UTF-8", xml_declaration=True).decode()

    def _layer(self, root: Element, name: str) -> Optional[Element]:
        layers = children(root, "NamedLayer", "UserLayer")
        found = next((layer for layer in layers if name and text_of(layer, "Name") == name), None)
        if found is None and layers:
            found = layers[0]
        if len(layers) > 1:
            said = _("The file has the styles of {n} layers: that of “{name}” is taken.")
            self.losses.add(said.format(n=len(layers), name=text_of(found, "Name")))
        if len(children(found, "UserStyle")) > 1:
            self.losses.add(_("The file has several styles: the first is taken."))
        return found

    # ------------------------------------------------------------------ rules

    def _parts(self, given: Element) -> Iterator[Element]:
        """One FeatureTypeStyle as those that the server draws one after the other."""
        for comment in comments(given):
            if comment.startswith(_UNWRITTEN_RENDERER):
                known = any(self.look.losses) if self.look else False
                if not known:
                    self.losses.add(_("The way in which QGIS draws this layer cannot be told to the server."))
        rules = self._rules(given)
        drawn, labels = [rule for rule in rules if not rule.labels], [rule for rule in rules if rule.labels]
        if self.look and self.look.opacity < 1:
            for rule in drawn:
                for symbolizer in rule.symbolizers:
                    faded(symbolizer, self.look.opacity)
        # texts apart: an “else” is for what no other rule of the same part draws, and texts are drawn for all
        for group in (*self._levels(drawn), labels):
            if group:
                yield self._part(given, group)

    def _levels(self, rules: list[_Rule]) -> Iterator[list[_Rule]]:
        """With symbol levels all first symbols are drawn before all second ones: parts of the style of their own."""
        most = max((len(rule.symbolizers) for rule in rules), default=0)
        if not (self.look and self.look.levels) or most < 2:
            yield rules
            return
        for level in range(most):
            yield [
                _Rule(rule.element, rule.hint, rule.filter, rule.otherwise, rule.symbolizers[level : level + 1])
                for rule in rules
                if len(rule.symbolizers) > level
            ]

    def _rules(self, given: Element) -> list[_Rule]:
        """The rules that draw something."""
        elements = children(given, "Rule")
        hints = self._hints(elements)
        read = [rule for rule in (self._read(_Rule(each, hints.get(id(each)))) for each in elements) if rule]
        if any(rule.hidden for rule in read):
            self._keep_hidden(read)
        return [rule for rule in read if not rule.hidden and self._draws(rule)]

    def _keep_hidden(self, rules: list[_Rule]) -> None:
        """What an unchecked category means is drawn by no other either: “all others” are those of no category."""
        categories = [rule for rule in rules if rule.hint and rule.hint.column]
        conditions = [next(iter(rule.filter)) for rule in categories if rule.filter is not None]
        for rule in categories:
            if rule.otherwise and conditions:
                rule.otherwise, rule.filter = False, none_of(conditions)

    def _hints(self, rules: list[Element]) -> dict[int, Hint]:
        """What the QML says of rules, by their `id`; nothing if it speaks of others."""
        found: dict[int, Hint] = {}
        texts = [rule for rule in rules if _symbolizers(rule) and all(map(_is_text, _symbolizers(rule)))]
        drawing = [rule for rule in rules if rule not in texts]
        if self.look:
            for told, hints in ((drawing, self.look.hints), (texts, self.look.labels)):
                if len(told) == len(hints):
                    found.update(zip(map(id, told), hints))
        return found

    def _read(self, rule: _Rule) -> Optional[_Rule]:
        """With its condition; None where that cannot be told."""
        try:
            self._condition(rule)
        except CannotSay as what:
            if not rule.hidden:
                title = _title(rule.element)
                said = (
                    _("“{rule}” is left out: its condition cannot be told to the server ({what}).")
                    if title
                    else _("A rule is left out: its condition cannot be told to the server ({what}).")
                )
                self.losses.add(said.format(rule=title, what=what))
            return None
        return rule

    def _draws(self, rule: _Rule) -> bool:
        """Makes its symbolizers; whether there are any."""
        try:
            rule.symbolizers = self._symbols.of_rule(rule.element)
        except CannotSay as what:
            said = _("“{rule}” is left out: the server knows nothing of “{what}”.")
            self.losses.add(said.format(rule=_title(rule.element), what=what))
        return bool(rule.symbolizers)

    def _condition(self, rule: _Rule) -> None:
        """Raises CannotSay where less than the whole condition could be told."""
        element, hint = rule.element, rule.hint
        unread = next((comment for comment in comments(element) if comment.startswith(_UNREAD_CONDITION)), "")
        expression = unread.partition("Expression was:")[2].strip()
        if child(element, "ElseFilter") is not None or (hint and hint.otherwise) or expression.upper() == "ELSE":
            rule.otherwise = True
            return
        if unread:
            raise CannotSay((hint.condition if hint else "") or expression or "?")
        if hint and hint.values and not _says(element, hint.values):
            rule.filter = equals_one_of(hint.column, hint.values, self.columns)
            return
        if hint and (hint.unsayable or (hint.condition and child(element, "Filter") is None)):
            raise CannotSay(hint.condition)
        rule.filter = filter_of(element, self.columns)

    def _part(self, given: Element, rules: list[_Rule]) -> Element:
        made = new("FeatureTypeStyle")
        for rule in rules:
            made.append(_written(rule))
        for option in children(given, "VendorOption"):
            if option.get("name") in ("ruleEvaluation", "sortBy", "sortByGroup", "composite", "composite-base"):
                made.append(new("VendorOption", option.text, name=option.get("name", "")))
        return made


def _written(rule: _Rule) -> Element:
    """In the order of SLD 1.0."""
    made, element = new("Rule"), rule.element
    for name in ("Name", "Title"):
        text = text_of(element, name) or (_title(element) if name == "Title" else "")
        if text:
            made.append(new(name, text))
    abstract = text_of(element, "Abstract") or text_of(element, "Description", "Abstract")
    if abstract:
        made.append(new("Abstract", abstract))
    if rule.otherwise:
        made.append(new("ElseFilter"))
    elif rule.filter is not None:
        made.append(rule.filter)
    for name in ("MinScaleDenominator", "MaxScaleDenominator"):
        scale = text_of(element, name)
        if scale:
            made.append(new(name, scale))
    made.extend(rule.symbolizers)
    return made


def _says(element: Element, values: Iterable[str]) -> bool:
    """Whether the condition of a rule is about these values; QGIS 3.22 writes another where there are several."""
    given = child(element, "Filter")
    return given is not None and {text_of(each) for each in given.iter(f"{{{OGC}}}Literal")} == set(values)


def _title(element: Element) -> str:
    return text_of(element, "Title") or text_of(element, "Description", "Title") or text_of(element, "Name")


def _symbolizers(rule: Element) -> list[Element]:
    return [each for each in rule if local(each).endswith("Symbolizer")]


def _is_text(element: Element) -> bool:
    return local(element) == "TextSymbolizer"
