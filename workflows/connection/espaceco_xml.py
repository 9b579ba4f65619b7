"""The espaceco.xml of the official plugin, read into a connection and written back.

The file stands beside a project, as `<project>_espaceco.xml`. What it says goes to:

| in the file | in the connection |
|---|---|
| `Serveur/URLHost` | `services`: `site`, and `espaceco` under it |
| `Serveur/Login` | `account.username` |
| `Serveur/groupe_actif`, else `groupe_prefere` | `defaults["community"]` |
| `Serveur/theme_prefere` | `defaults["theme"]` |
| `Map/Zone_extraction` (name of a layer) | `defaults["zone"]` |
| `Map/Date_extraction` (`dd/MM/yyyy HH:MM:SS`) | `defaults["updated_since"]`: ISO, Paris time without offset |
| `Serveur/groupe_prefere` | `extra["espaceco"]["preferred_community"]` |
| `Map/Themes_preferes/Theme` | `extra["espaceco"]["themes"]`: names |
| `Map/Afficher_Croquis`, `Map/Import_pour_groupe` | `extra["espaceco"]["show_sketches"]`, `["community_only"]`: bool |
| `Map/Pagination` | `extra["espaceco"]["page_size"]`: int |
| `Map/Attributs_croquis` | `extra["espaceco"]["sketch_fields"]`: `[{"layer": name, "fields": [name, …]}, …]` |
| the document, without secrets | `extra["espaceco_xml"]` |

`Serveur/Proxy` goes nowhere: the proxy is the one of the QGIS network settings. Tags are also known with accents, in
another case and as the manual misspells them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timezone, tzinfo
from functools import partial
from pathlib import Path
from typing import Any, Callable
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from lxml import etree

from ...i18n import _
from ..errors import InputError
from ..xml_reading import DoctypeFound, plain_root_of
from .connection import (
    API_PATH,
    PRODUCTION,
    Account,
    Connection,
    InvalidConnection,
    Refuse,
    connection_from,
    content_of,
    replace_file,
    service_root,
    to_document,
)

LONGEST_FILE = 5_000_000
"""Bytes in a file of settings, at most."""

LOGIN_VARIABLE = "GEOCOLLAB_PASSWORD"
"""The environment variable that an account made from a `Login` takes its password from."""

_NEW_DOCUMENT = b"""<Parametres_connexion_a_EspaceCollaboratif>
  <Serveur>
    <URLHost></URLHost>
  </Serveur>
  <Map>
    <Date_extraction></Date_extraction>
    <Zone_extraction></Zone_extraction>
    <Themes_preferes></Themes_preferes>
  </Map>
</Parametres_connexion_a_EspaceCollaboratif>
"""
_ROOTS = ("parametres_connexion_a_espacecollaboratif", "parametres_connexion_a_ripart")
_THEMES = ("themes_preferes",)
# The manual's example has three t.
_SKETCH_FIELDS = ("attributs_croquis", "atttributs_croquis")

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_BLANKS = " \t\r\n"
_FRENCH_TIME = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})(?:[ T]+(\d{1,2}):(\d{1,2})(?::(\d{1,2}))?)?")
_ISO_TIME = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?:[ T](\d\d):(\d\d)(?::(\d\d)(?:\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?")
_USER_IN_ADDRESS = re.compile(r"(?<=://)[^\s/?#]*@")
_SECRET_TAG = re.compile(r"mot_?de_?passe|mdp|passw|secret|jeton|token|api_?key|^clef?(_|$)")
# The key that the manual gives to everybody.
_DEMONSTRATION = "Démonstration"


class InvalidSettings(InputError):
    """An espaceco.xml that cannot be read or written; `problem` says why and what to do, `path` is the file."""

    def __init__(self, problem: str, path: Path | None = None) -> None:
        super().__init__(problem, path)
        self.problem = problem
        self.path = path

    def __str__(self) -> str:
        return f"{self.path}: {self.problem}" if self.path else self.problem


def import_settings(xml_path: Path, base: Connection | None = None, name: str = "") -> tuple[Connection, list[str]]:
    """The connection that an espaceco.xml describes, and sentences on what the user should know of it.

    What the file does not say comes from `base`, and so does its account unless it is anonymous; without `name` the
    connection is called like `base`, else like the project. Raises `InvalidSettings`.
    """
    refuse = partial(InvalidSettings, path=xml_path)
    root = _parsed(content_of(xml_path, LONGEST_FILE, refuse), refuse)
    start = base or Connection(name=_project(xml_path), folder=xml_path.absolute().parent)
    notes: list[str] = []
    connection = replace(
        start,
        name=name or start.name,
        services=_services(root, {**PRODUCTION, **start.services}, notes, refuse),
        account=_account(root, start.account, notes),
        defaults={**start.defaults, **_defaults(root, notes)},
        extra={**start.extra, "espaceco": _other_settings(root, notes)},
    )
    if base and connection.services["espaceco"] != base.services.get("espaceco"):
        # The secret of the account will go where the file says.
        notes.append(
            _("The service is now {new}: check that the account of the connection may sign in there.").format(
                new=connection.services["espaceco"]
            )
        )
    if _text(root, _PROXY):
        notes.append(_("The proxy of the file is not taken over: the one of the QGIS network settings is used."))
    # Last, as it takes the secrets out of the document.
    return replace(connection, extra={**connection.extra, "espaceco_xml": _kept_document(root, notes)}), notes


def export_settings(connection: Connection, xml_path: Path, template: Path | None = None) -> None:
    """Write a connection as an espaceco.xml: whole, or not at all.

    It starts from `template`, whose settings stay where the connection has none; else from the document that the
    connection was imported from; else from an almost empty one. Only what differs is changed there. Raises
    `InvalidSettings`.
    """
    refuse = partial(InvalidSettings, path=xml_path)
    try:
        connection = connection_from(to_document(connection))
    except InvalidConnection as error:
        raise refuse(str(error)) from None
    root = _starting_document(connection, template, refuse)
    for setting, value in _wanted(connection, root).items():
        _change(root, setting, value, template is not None, refuse)
    others = connection.extra.get("espaceco", {})
    if "themes" in others or template is None:
        _change_themes(root, others.get("themes", []), refuse)
    if "sketch_fields" in others or template is None:
        _change_sketch_fields(root, others.get("sketch_fields", []), refuse)
    content = etree.tostring(root.getroottree(), encoding="UTF-8", xml_declaration=True)
    replace_file(xml_path, content + b"\n", refuse)


def _espaceco(host: str) -> str | None:
    try:
        return _espaceco_at(host)
    except ValueError:
        return None


def _espaceco_at(host: str) -> str:
    """The API root that a `URLHost` leads to; `ValueError` with a sentence for what is no address."""
    address = host.strip(_BLANKS)
    if "://" not in address:
        address = f"https://{address}"
    try:
        root = service_root(address)
    except ValueError:
        # Old projects say http, which the service has left.
        if not address.lower().startswith("http://"):
            raise
        root = service_root(f"https{address[4:]}")
    return root if root.endswith(API_PATH) else root + API_PATH


def _host(espaceco: str) -> str:
    if not espaceco.endswith(API_PATH):
        raise ValueError(_("An espaceco.xml can only name a service whose API ends with {path}.").format(path=API_PATH))
    return espaceco[: -len(API_PATH)]


def _iso(text: str) -> str | None:
    """ISO, Paris time without offset, of a French or an ISO time; None when it is neither."""
    text = text.strip(_BLANKS)
    french, iso = _FRENCH_TIME.fullmatch(text), _ISO_TIME.fullmatch(text)
    if french:
        day, month, year, *time = french.groups()
        offset = None
    elif iso:
        year, month, day, *time, offset = iso.groups()
    else:
        return None
    numbers = [int(part or 0) for part in (year, month, day, *time)]
    zone = "" if not offset else "+00:00" if offset == "Z" else f"{offset[:3]}:{offset[-2:]}"
    try:
        if numbers[3] > 23:  # newer versions of fromisoformat take 24:00:00 for the next day
            return None
        moment = datetime.fromisoformat("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}".format(*numbers) + zone)
        if offset:
            moment = moment.astimezone(_paris()).replace(tzinfo=None)
    except (ValueError, OverflowError):
        return None
    return moment.isoformat()


def _paris() -> tzinfo:
    try:
        return ZoneInfo("Europe/Paris")
    except ZoneInfoNotFoundError:
        # Windows has no time zones. UTC is an hour or two before Paris: a download since then misses nothing.
        return timezone.utc


def _french_time(value: str) -> str:
    iso = _iso(value)
    if iso is None:
        raise ValueError(_("“updated_since” is not a date: write it as 2024-12-31 or 2024-12-31T18:30:00."))
    return f"{iso[8:10]}/{iso[5:7]}/{iso[:4]} {iso[11:]}"


def _switch(text: str) -> bool | None:
    word = text.strip(_BLANKS).casefold()
    if word in ("oui", "true", "vrai", "1"):
        return True
    return False if word in ("non", "false", "faux", "0") else None


def _page_size(text: str) -> int | None:
    digits = text.strip(_BLANKS)
    return int(digits) if re.fullmatch("[0-9]{1,9}", digits) and int(digits) else None


@dataclass(frozen=True)
class _Setting:
    """A setting with one text: where it stands, what its text means (None: nothing), what to write for a value."""

    section: str
    tag: str
    read: Callable[[str], Any] = lambda text: text or None
    write: Callable[[Any], str] = str


_URL = _Setting("Serveur", "URLHost", _espaceco, _host)
_LOGIN = _Setting("Serveur", "Login")
_PROXY = _Setting("Serveur", "Proxy")
_ACTIVE_COMMUNITY = _Setting("Serveur", "groupe_actif")
_PREFERRED_COMMUNITY = _Setting("Serveur", "groupe_prefere")
_DEFAULTS = {
    "theme": _Setting("Serveur", "theme_prefere"),
    "zone": _Setting("Map", "Zone_extraction"),
    "updated_since": _Setting("Map", "Date_extraction", _iso, _french_time),
}
_OTHERS = {
    "preferred_community": _PREFERRED_COMMUNITY,
    "show_sketches": _Setting("Map", "Afficher_Croquis", _switch, lambda value: "Oui" if value else "Non"),
    "community_only": _Setting("Map", "Import_pour_groupe", _switch, lambda value: "true" if value else "false"),
    "page_size": _Setting("Map", "Pagination", _page_size),
}


def _parsed(content: bytes, refuse: Refuse) -> etree._Element:
    try:
        root = plain_root_of(content, strip_cdata=False)
    except DoctypeFound:
        raise refuse(
            _("The file declares a DOCTYPE or entities, which settings never need: remove the <!DOCTYPE … > part.")
        ) from None
    except etree.XMLSyntaxError as error:
        line, column = error.position
        reason = error.msg.splitlines()[0].rsplit(", line ", 1)[0] if error.msg else ""
        raise refuse(
            _(
                "The file is not well-formed XML: line {line}, column {column}: {reason}. Correct it there; if it is "
                "a matter of encoding, save the file as UTF-8."
            ).format(line=line, column=column, reason=reason.strip(" !."))
        ) from None
    if _plain(root.tag) not in _ROOTS:
        raise refuse(
            _(
                "The file is no espaceco.xml: its root is {root}, not Parametres_connexion_a_EspaceCollaboratif. "
                "Choose the file <project>_espaceco.xml beside the project."
            ).format(root=root.tag)
        )
    return root


def _starting_document(connection: Connection, template: Path | None, refuse: Refuse) -> etree._Element:
    if template is not None:
        of_template = partial(InvalidSettings, path=template)
        return _parsed(content_of(template, LONGEST_FILE, of_template), of_template)
    kept = connection.extra.get("espaceco_xml")
    if kept is None:
        return _parsed(_NEW_DOCUMENT, refuse)
    try:
        return _parsed(kept.encode("utf-8", "replace"), InvalidSettings)
    except InvalidSettings as error:
        raise refuse(
            _("“espaceco_xml” in the connection cannot be used; remove it or give a template. {problem}").format(
                problem=error.problem
            )
        ) from None


def _project(xml_path: Path) -> str:
    stem = _one_line(xml_path.stem)
    return re.sub(r"_espaceco$", "", stem, flags=re.IGNORECASE) or stem


def _plain(tag: object) -> str:
    """A tag without accents and in lower case; empty for a comment or a processing instruction."""
    letters = unicodedata.normalize("NFD", tag) if isinstance(tag, str) else ""
    return "".join(letter for letter in letters if not unicodedata.combining(letter)).casefold()


def _children(parent: etree._Element, *tags: str) -> list[etree._Element]:
    return [child for child in parent if _plain(child.tag) in tags]


def _in_map(root: etree._Element, tags: tuple[str, ...]) -> list[etree._Element]:
    return [child for section in _children(root, "map") for child in _children(section, *tags)]


def _found(root: etree._Element, setting: _Setting) -> etree._Element | None:
    for section in _children(root, _plain(setting.section)):
        for child in _children(section, _plain(setting.tag)):
            return child
    return None


def _one_line(text: str) -> str:
    """A text as it is, unless it stands on several lines: then the breaks and what indents them are not part of it."""
    if not text.strip(_BLANKS):
        return ""
    if "\n" not in text and "\r" not in text:
        return text
    return " ".join(line.strip(" \t") for line in re.split(r"[\r\n]+", text) if line.strip(" \t"))


def _text_of(element: etree._Element) -> str:
    """The element's own text; comments in it do not cut it."""
    return _one_line((element.text or "") + "".join(child.tail or "" for child in element))


def _text(root: etree._Element, setting: _Setting) -> str:
    element = _found(root, setting)
    return "" if element is None else _text_of(element)


def _themes(root: etree._Element) -> list[str]:
    texts = (_text_of(theme) for themes in _in_map(root, _THEMES) for theme in _children(themes, "theme"))
    return [text for text in texts if text]


def _sketch_fields(element: etree._Element) -> Iterator[dict[str, Any]]:
    """The layers of one `Attributs_croquis`; each `Calque_Nom` starts one."""
    layer: dict[str, Any] | None = None
    for child in _children(element, "calque_nom", "calque_champ"):
        text = _text_of(child)
        if _plain(child.tag) == "calque_nom":
            if layer:
                yield layer
            layer = {"layer": text, "fields": []} if text else None
        elif layer and text:
            layer["fields"].append(text)
    if layer:
        yield layer


def _services(root: etree._Element, services: Mapping[str, str], notes: list[str], refuse: Refuse) -> dict[str, str]:
    host = _text(root, _URL)
    if not host:
        notes.append(_("The file names no service: {root} is used.").format(root=services["espaceco"]))
        return dict(services)
    try:
        espaceco = _espaceco_at(host)
    except ValueError as error:
        raise refuse(_("URLHost: {problem}").format(problem=error)) from None
    if host.strip(_BLANKS).lower().startswith("http://") and espaceco.startswith("https://"):
        notes.append(_("The file says http; {root} is used, so that nobody reads along.").format(root=espaceco))
    if espaceco == services["espaceco"]:
        return dict(services)
    return {**services, "espaceco": espaceco, "site": espaceco[: -len(API_PATH)]}


def _account(root: etree._Element, account: Account, notes: list[str]) -> Account:
    login = _text(root, _LOGIN)
    if not login:
        return account
    if account.kind != "anonymous":
        if account.username != login:
            notes.append(_("The file names the user {login}; the connection keeps its account.").format(login=login))
        return account
    notes.append(
        _(
            "The file names the user {login} and no password: put it in the environment variable "
            "{variable}, or choose an authentication configuration of QGIS in the connection."
        ).format(login=login, variable=LOGIN_VARIABLE)
    )
    return Account(kind="basic", username=login, password_env=LOGIN_VARIABLE)


def _understood(root: etree._Element, settings: Mapping[str, _Setting], notes: list[str]) -> dict[str, Any]:
    values = {}
    for name, setting in settings.items():
        text = _text(root, setting)
        value = setting.read(text)
        if value is not None:
            values[name] = value
        elif text:
            notes.append(
                _("{tag} of the file is not understood and not used: {text}").format(tag=setting.tag, text=text[:80])
            )
    return values


def _community(root: etree._Element) -> str | None:
    return _text(root, _ACTIVE_COMMUNITY) or _text(root, _PREFERRED_COMMUNITY) or None


def _defaults(root: etree._Element, notes: list[str]) -> dict[str, str]:
    community = _community(root)
    return {**({"community": community} if community else {}), **_understood(root, _DEFAULTS, notes)}


def _other_settings(root: etree._Element, notes: list[str]) -> dict[str, Any]:
    lists = {
        "themes": _themes(root),
        "sketch_fields": [layer for element in _in_map(root, _SKETCH_FIELDS) for layer in _sketch_fields(element)],
    }
    return {**_understood(root, _OTHERS, notes), **{name: values for name, values in lists.items() if values}}


def _kept_document(root: etree._Element, notes: list[str]) -> str:
    """The document as text, after the secrets in it were blanked: a connection never holds one."""
    blanked = set()
    for node in root.getroottree().iter():
        place = node.tag if isinstance(node.tag, str) else _("a comment")
        if _without_secrets(node):
            blanked.add(place)
    if blanked:
        notes.append(
            _(
                "A password or key stands in the file ({places}); it is not taken over, and better removed there."
            ).format(places=", ".join(sorted(blanked)))
        )
    return etree.tostring(root.getroottree(), encoding="unicode")


def _without_secrets(node: etree._Element) -> bool:
    """Blank what is secret in a node and after it; whether anything was."""
    before = (node.text, node.tail, *_attributes(node).values())
    tag = _plain(node.tag)
    if _SECRET_TAG.search(tag) and _text_of(node) not in ("", _DEMONSTRATION):
        node.text = ""
    elif tag == "proxy" and "@" in (node.text or ""):
        # Also without a scheme, and whatever its password is made of.
        scheme, mark, rest = (node.text or "").rpartition("://")
        node.text = scheme + mark + rest.rpartition("@")[2]
    for part in ("text", "tail"):
        text = getattr(node, part)
        if text and _USER_IN_ADDRESS.search(text):
            setattr(node, part, _USER_IN_ADDRESS.sub("", text))
    for name, value in _attributes(node).items():
        node.set(name, "" if _SECRET_TAG.search(_plain(name)) else _USER_IN_ADDRESS.sub("", value))
    return before != (node.text, node.tail, *_attributes(node).values())


def _attributes(node: etree._Element) -> dict[str, str]:
    return {str(name): str(value) for name, value in node.attrib.items()} if isinstance(node.tag, str) else {}


def _wanted(connection: Connection, root: etree._Element) -> dict[_Setting, Any]:
    """The value that each setting with one text should have, None for none."""
    others = connection.extra.get("espaceco", {})
    wanted: dict[_Setting, Any] = {_URL: connection.services["espaceco"]}
    # The last user of the file is of no concern to an account that finds its user elsewhere.
    if connection.account.username or connection.account.kind == "anonymous":
        wanted[_LOGIN] = connection.account.username
    if connection.defaults.get("community") != _community(root):
        wanted[_ACTIVE_COMMUNITY] = connection.defaults.get("community")
    wanted.update((setting, connection.defaults.get(name)) for name, setting in _DEFAULTS.items())
    wanted.update((setting, others.get(name)) for name, setting in _OTHERS.items())
    return wanted


def _change(root: etree._Element, setting: _Setting, value: Any, keep: bool, refuse: Refuse) -> None:
    """Give a setting its value, unless its text means that already; `keep` leaves one that should have none."""
    present = setting.read(_text(root, setting))
    if value is None:
        if present is None or keep:
            return
        text = ""
    else:
        try:
            text = setting.write(value)
        except ValueError as error:
            raise refuse(str(error)) from None
        if present == setting.read(text):
            return
    element = _found(root, setting)
    if element is None:
        element = _append(_section(root, setting.section), setting.tag)
    _put(element, text, refuse)


def _change_themes(root: etree._Element, names: list[str], refuse: Refuse) -> None:
    if names == _themes(root):
        return
    groups = _in_map(root, _THEMES) or [_append(_section(root, "Map"), "Themes_preferes")]
    themes = [theme for group in groups for theme in _children(group, "theme")]
    # The spelling of the file: in the oldest ones, the themes have accents.
    tag = "Theme" if str(groups[-1].tag).isascii() else "Thème"
    for name in names:
        _put(themes.pop(0) if themes else _append(groups[-1], tag), name, refuse)
    for theme in themes:
        _remove(theme)


def _change_sketch_fields(root: etree._Element, layers: list[dict[str, Any]], refuse: Refuse) -> None:
    groups = _in_map(root, _SKETCH_FIELDS)
    if layers == [layer for group in groups for layer in _sketch_fields(group)]:
        return
    for layer in layers:
        group = groups.pop(0) if groups else _append(_section(root, "Map"), "Attributs_croquis")
        if [layer] != list(_sketch_fields(group)):
            _clear_sketch_fields(group)
            _put(_append(group, "Calque_Nom"), layer["layer"], refuse)
            for name in layer["fields"]:
                _put(_append(group, "Calque_Champ"), name, refuse)
    for group in groups:
        _clear_sketch_fields(group)
        if len(group) == 0:
            _remove(group)


def _clear_sketch_fields(group: etree._Element) -> None:
    for child in _children(group, "calque_nom", "calque_champ"):
        _remove(child)


def _section(root: etree._Element, name: str) -> etree._Element:
    sections = _children(root, _plain(name))
    return sections[0] if sections else _append(root, name)


def _append(parent: etree._Element, tag: str) -> etree._Element:
    """A new last child, indented like its siblings."""
    child = etree.SubElement(parent, tag)
    previous = child.getprevious()
    if previous is not None and not (parent.text or "").strip():
        child.tail, previous.tail = previous.tail, parent.text
    return child


def _remove(element: etree._Element) -> None:
    """Take an element out; what indents its neighbours stays as it was."""
    parent, previous = element.getparent(), element.getprevious()
    if parent is None:
        return
    if element.getnext() is None and previous is not None:
        previous.tail = element.tail
    parent.remove(element)


def _put(element: etree._Element, text: str, refuse: Refuse) -> None:
    foreign = _NOT_XML.search(text)
    if foreign:
        raise refuse(
            _("{tag} holds the character U+{code:04X}, which XML cannot hold: remove it from the connection.").format(
                tag=element.tag, code=ord(foreign.group())
            )
        )
    element.text = text or None
    for child in element:
        child.tail = None
