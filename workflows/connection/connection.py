"""A connection: where the services are, which account to use, what operations start from; never a secret.

Every operation that talks to a server is given one, by the name of a saved connection or as a JSON file. The secret
itself stays in the environment, in a file or in the authentication manager of QGIS, and is read when it is used.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import stat
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cache, partial
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Callable, Literal, Protocol, Union
from urllib.parse import urlsplit, urlunsplit

from ...i18n import N_, _
from ..errors import InputError
from .schema import validator

PRODUCTION: Mapping[str, str] = {
    "espaceco": "https://espacecollaboratif.ign.fr/gcms/api",
    "site": "https://espacecollaboratif.ign.fr",
    "sso": "https://sso.geopf.fr/realms/geoplateforme",
    "entrepot": "https://data.geopf.fr/api",
    "diffusion": "https://data.geopf.fr",
}
"""The service roots of a connection that names none."""

API_PATH = "/gcms/api"
"""Where the API stands under the site of an Espace collaboratif."""

LONGEST_FILE = 1_000_000
"""Bytes in a connection file, at most."""

_LONGEST_SECRET = 64_000
_SCHEMA = Path(__file__).with_name("connection.schema.json")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_FOREIGN_TO_A_ROOT = re.compile(r"[\x00-\x20\x7f\\?#]")

# Members that would hold a secret, spelled in lower case without separators, and the secret each would be.
_SECRET_MEMBERS = {
    **dict.fromkeys(("password", "passwd", "passphrase", "pwd", "motdepasse", "mdp"), "password"),
    **dict.fromkeys(("secret", "clientsecret"), "client_secret"),
    **dict.fromkeys(("token", "accesstoken", "refreshtoken", "idtoken", "bearer", "apikey"), "token"),
}

_TYPES = {
    "object": N_("This must be an object: { … }."),
    "array": N_("This must be a list: [ … ]."),
    "string": N_("This must be a text between quotes."),
    "boolean": N_("This must be true or false, without quotes."),
    "integer": N_("This must be a whole number, without quotes."),
}
_PATTERNS = {
    "line": N_("This must be one line of text, without control characters."),
    "word": N_("This must be one line of text, not empty and without control characters."),
    "variable": N_("This must be the name of an environment variable: letters, digits and “_”."),
    "authcfg": N_("This must be the id of an authentication configuration of QGIS: letters and digits."),
}

SecretName = Literal["username", "password", "client_secret", "token"]


class InvalidConnection(InputError):
    """A connection that cannot be used.

    `problem` says what is wrong and what to do, in the user's language; `path` is the file, if any; `where` is the
    place in it, such as `account.kind`, empty for the whole.
    """

    def __init__(self, problem: str, path: Path | None = None, where: str = "") -> None:
        super().__init__(problem, path, where)
        self.problem = problem
        self.path = path
        self.where = where

    def __str__(self) -> str:
        return ": ".join(str(part) for part in (self.path, self.where, self.problem) if part)


Refuse = Callable[[str], Exception]
"""Makes the error that carries a sentence."""


@dataclass(frozen=True)
class Account:
    """Who signs in and where the secrets are found: names of variables and files, never the secrets.

    `kind` is `anonymous`, `basic`, `password`, `client_credentials`, `token` or `authcfg`.
    """

    kind: str = "anonymous"
    username: str | None = None
    username_env: str | None = None
    password_env: str | None = None
    password_file: str | None = None
    client_id: str | None = None
    client_secret_env: str | None = None
    client_secret_file: str | None = None
    token_env: str | None = None
    token_file: str | None = None
    authcfg: str | None = None

    def has(self, what: SecretName) -> bool:
        """Whether the account says where to find this."""
        sources = [what] if what == "username" else []
        return any(getattr(self, source, None) for source in [*sources, f"{what}_env", f"{what}_file"])


@dataclass(frozen=True)
class Connection:
    """Service roots by name (`PRODUCTION`), account, defaults of parameters by name.

    `extra` keeps what a file says beyond this, `espaceco` and `espaceco_xml` among it (see `espaceco_xml`).
    `folder` is where relative `*_file` paths start.
    """

    name: str
    services: Mapping[str, str] = field(default_factory=lambda: dict(PRODUCTION))
    account: Account = field(default_factory=Account)
    defaults: Mapping[str, str] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict, repr=False)
    folder: Path | None = None

    def secret(self, what: SecretName) -> str:
        """Read the user name, password, client secret or token, now and without keeping it.

        Raises `InvalidConnection` when the account names no source for it, or when the variable or file named has
        nothing usable in it.
        """
        if what == "username" and self.account.username:
            return self.account.username
        variable = getattr(self.account, f"{what}_env")
        if variable:
            return self._from_environment(variable, f"account.{what}_env")
        file = getattr(self.account, f"{what}_file", None)
        if file:
            return self._from_file(file, f"account.{what}_file")
        raise InvalidConnection(
            _(
                "An account of the kind “{kind}” says nothing of “{what}”: add “{what}_env” or “{what}_file” to it."
            ).format(kind=self.account.kind, what=what),
            where="account",
        )

    def with_full_paths(self) -> Connection:
        """The same connection, usable from anywhere: no `*_file` depends on `folder`."""
        if self.folder is None:
            return self
        folder = self.folder.absolute()
        files = {
            name: str(folder / _expanded(value))
            for name, value in asdict(self.account).items()
            if name.endswith("_file") and value
        }
        return replace(self, account=replace(self.account, **files))

    def _from_environment(self, variable: str, where: str) -> str:
        value = os.environ.get(variable)
        if value is None:
            raise InvalidConnection(
                _("The environment variable {name} is not set: set it before QGIS starts.").format(name=variable),
                where=where,
            )
        return _usable(value, partial(InvalidConnection, where=where), variable)

    def _from_file(self, file: str, where: str) -> str:
        path = _expanded(file)
        if not path.is_absolute():
            if self.folder is None:
                raise InvalidConnection(
                    _("Give the full path of {file}: the connection was not read from a file beside it.").format(
                        file=file
                    ),
                    where=where,
                )
            path = self.folder / path
        refuse = partial(InvalidConnection, path=path, where=where)
        content = content_of(path, _LONGEST_SECRET, refuse)
        try:
            return _usable(content.decode("utf-8-sig"), refuse, path.name)
        except UnicodeDecodeError:
            # `from None`: the error of the decoder holds the bytes of the secret.
            raise refuse(_("The file is not UTF-8 text.")) from None


def read_connection(path: Path) -> Connection:
    """The connection in a JSON file; one without a name is named after the file.

    Raises `InvalidConnection`.
    """
    refuse = partial(InvalidConnection, path=path)
    content = content_of(path, LONGEST_FILE, refuse)
    try:
        document = json.loads(content.decode("utf-8-sig"), object_pairs_hook=_members, parse_constant=_no_such_number)
    except UnicodeDecodeError as error:
        raise refuse(_("The file is not UTF-8 text (byte {n}): save it as UTF-8.").format(n=error.start + 1)) from None
    except json.JSONDecodeError as error:
        raise refuse(
            _("The file is not JSON: line {line}, column {column}: {reason}.").format(
                line=error.lineno, column=error.colno, reason=error.msg
            )
        ) from None
    except RecursionError:
        raise refuse(_("The file is not a connection: its parts are nested too deeply.")) from None
    except ValueError as error:
        raise refuse(_("The file is not JSON: {reason}.").format(reason=error)) from None
    return connection_from(document, name=path.stem, folder=path.absolute().parent, path=path)


def connection_from(
    document: Mapping[str, Any], *, name: str = "", folder: Path | None = None, path: Path | None = None
) -> Connection:
    """The connection that a JSON document describes.

    `name` is for a document without one, `folder` is where relative `*_file` paths start, `path` is told in errors.
    Raises `InvalidConnection`.
    """
    refuse = partial(InvalidConnection, path=path)
    document = dict(document) if isinstance(document, Mapping) else document
    _refuse_secrets(document, refuse)
    # The schema puts first what explains what follows: a member that is misspelt before the one that is missing.
    fault: _Fault | None = next(_validator().iter_errors(document), None)
    if fault:
        raise refuse(_sentence(fault), where=_place(_path_of(fault)))
    services = {}
    for service, address in document.get("services", {}).items():
        try:
            services[service] = service_root(address)
        except ValueError as error:
            raise refuse(str(error), where=f"services.{service}") from None
    if "espaceco" in services:
        services.setdefault("site", site_of(services["espaceco"]))
    return Connection(
        name=document.get("name", "").strip() or name,
        services={**PRODUCTION, **services},
        account=Account(**document.get("account", {})),
        # An empty default is no default: nobody has to ask for both.
        defaults={key: value for key, value in document.get("defaults", {}).items() if value.strip(" \t")},
        extra={key: value for key, value in document.items() if key not in _KNOWN},
        folder=folder,
    )


def to_document(connection: Connection) -> dict[str, Any]:
    """The JSON document of a connection: what `connection_from` reads."""
    account = {name: value for name, value in asdict(connection.account).items() if value is not None}
    return {
        **connection.extra,
        "name": connection.name,
        "services": dict(connection.services),
        "account": account,
        "defaults": dict(connection.defaults),
    }


def write_connection(connection: Connection, path: Path) -> None:
    """Write a connection file that only its owner can read: whole, or not at all.

    Relative `*_file` paths are made full when the file goes to another folder than they start from. Raises
    `InvalidConnection` for what could not be read again and for a file that cannot be written.
    """
    refuse = partial(InvalidConnection, path=path)
    if connection.folder is not None and connection.folder.absolute() != path.absolute().parent:
        connection = connection.with_full_paths()
    document = to_document(connection)
    connection_from(document, path=path)
    text = json.dumps(document, ensure_ascii=False, indent=2, sort_keys=True) + "\n"
    try:
        content = text.encode("utf-8")
    except UnicodeEncodeError:
        raise refuse(_("A text of the connection holds half a character, which no file can hold.")) from None
    if len(content) > LONGEST_FILE:
        raise refuse(_("The connection is longer than {n} bytes.").format(n=LONGEST_FILE))
    replace_file(path, content, refuse, mode=0o600)


def service_root(address: str) -> str:
    """The address of a service in its one form, without a slash at its end.

    Raises `ValueError` with a sentence; the address itself is not repeated, as it may hold a password.
    """
    if not address or _FOREIGN_TO_A_ROOT.search(address):
        raise ValueError(_("The address of a service is not empty and holds no space, “?”, “#” or “\\”."))
    try:
        parts = urlsplit(address)
        host = parts.hostname
        parts.port  # noqa: B018 - an impossible port is found out when it is asked for
    except ValueError:
        raise ValueError(_("This is no address: check the host and the port.")) from None
    if parts.scheme not in ("http", "https") or not host:
        raise ValueError(_("The address of a service starts with https:// and a host."))
    if "@" in parts.netloc:
        raise ValueError(_("The address of a service holds no user name and no password: put them in the account."))
    if parts.scheme == "http" and not _is_loopback(host):
        raise ValueError(_("https is needed: http is for a server on this machine only."))
    return urlunsplit((parts.scheme, parts.netloc, parts.path.rstrip("/"), "", ""))


def site_of(espaceco: str) -> str:
    """The site that an API root belongs to: what stands before `API_PATH`, else its host."""
    if espaceco.endswith(API_PATH):
        return espaceco[: -len(API_PATH)]
    parts = urlsplit(espaceco)
    return urlunsplit((parts.scheme, parts.netloc, "", "", ""))


def content_of(path: Path, longest: int, refuse: Refuse) -> bytes:
    """The bytes of a file that is there, readable, not empty and not longer than `longest`.

    Raises what `refuse` makes of a sentence.
    """
    try:
        with path.open("rb") as file:
            content = file.read(longest + 1)
    except FileNotFoundError:
        raise refuse(_("There is no such file: check the path.")) from None
    except IsADirectoryError:
        raise refuse(_("This is a folder: give the file in it.")) from None
    except (OSError, ValueError) as error:
        # Windows says "permission denied" of a folder.
        if path.is_dir():
            raise refuse(_("This is a folder: give the file in it.")) from None
        reason = getattr(error, "strerror", None) or error
        raise refuse(_("The file cannot be read: {reason}.").format(reason=reason)) from None
    if len(content) > longest:
        raise refuse(_("The file is longer than {n} bytes: it cannot be what is meant.").format(n=longest))
    if not content.strip():
        raise refuse(_("The file is empty."))
    return content


def replace_file(path: Path, content: bytes, refuse: Refuse, *, mode: int | None = None) -> None:
    """Put new content in a file: whole, or not at all.

    `mode` are the permissions; without it an existing file keeps its own. Raises what `refuse` makes of a sentence.
    """
    # A link stays a link: what it leads to is replaced.
    path = Path(os.path.realpath(path))
    draft = path.with_name(f".{secrets.token_hex(8)}.tmp")
    first_mode = 0o666 if mode is None else mode
    try:
        if path.is_dir():
            raise IsADirectoryError(_("it is a folder"))
        try:
            # Made with its permissions: no moment in which others could open it.
            opener = partial(os.open, mode=first_mode)
            with open(draft, "xb", opener=opener) as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            if mode is None and path.exists():
                draft.chmod(stat.S_IMODE(path.stat().st_mode))
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
    except OSError as error:
        raise refuse(_("The file cannot be written: {reason}.").format(reason=error.strerror or error)) from None


_KNOWN = ("name", "services", "account", "defaults")
_Path = tuple[Union[str, int], ...]


class _Fault(Protocol):
    """What is used of a jsonschema `ValidationError`."""

    validator: str
    validator_value: Any
    instance: Any
    schema: Any
    absolute_path: Sequence[str | int]


@cache
def _validator() -> Any:
    return validator(json.loads(_SCHEMA.read_text(encoding="utf-8")))


def _unknown_members(fault: _Fault) -> list[str]:
    return [name for name in fault.instance if name not in fault.schema["properties"]]


def _path_of(fault: _Fault) -> _Path:
    path = tuple(fault.absolute_path)
    return (*path, _unknown_members(fault)[0]) if fault.validator == "additionalProperties" else path


def _sentence(fault: _Fault) -> str:
    """What is wrong, without repeating a value: it may be a secret in the wrong place."""
    value = fault.validator_value
    if fault.validator == "type":
        return _(_TYPES[value])
    if fault.validator == "pattern":
        return _(_PATTERNS[fault.schema["title"]])
    if fault.validator == "enum":
        return _("This kind of account is unknown. Known ones: {kinds}.").format(kinds=", ".join(value))
    if fault.validator == "additionalProperties":
        known = ", ".join(sorted(fault.schema["properties"]))
        return _("This member is unknown. Known ones: {names}.").format(names=known)
    if fault.validator == "required":
        missing = next(name for name in value if name not in fault.instance)
        return _("The member “{name}” is missing.").format(name=missing)
    if fault.validator == "anyOf":
        first, second = (option["required"][0] for option in value)
        return _("“{first}” or “{second}” is missing.").format(first=first, second=second)
    if fault.validator == "not":
        first, second = value["required"]
        return _("“{first}” and “{second}” exclude each other: keep one.").format(first=first, second=second)
    return _("The number is too small.")


def _place(path: Sequence[str | int]) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).lstrip(".")


def _refuse_secrets(document: object, refuse: Callable[..., InvalidConnection]) -> None:
    """Look for members that would hold a secret, at any depth; a loop, as the depth is the file's own choice."""
    waiting: list[tuple[_Path, object]] = [((), document)]
    while waiting:
        path, value = waiting.pop()
        if isinstance(value, dict):
            for name, member in value.items():
                what = _SECRET_MEMBERS.get(re.sub(r"[\W_]", "", str(name)).lower())
                if what:
                    raise refuse(
                        _(
                            "A connection never holds a secret: remove this member, and name where the secret is with "
                            "“{what}_env” (an environment variable), “{what}_file” (a file) or “authcfg” (an "
                            "authentication configuration of QGIS)."
                        ).format(what=what),
                        where=_place((*path, str(name))),
                    )
                waiting.append(((*path, str(name)), member))
        elif isinstance(value, list):
            waiting.extend(((*path, position), member) for position, member in enumerate(value))


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        names = [name for name, _value in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(_("the member “{name}” is there twice").format(name=twice))
    return members


def _no_such_number(word: str) -> None:
    raise ValueError(_("{word} is not a number of JSON").format(word=word))


def _expanded(file: str) -> Path:
    try:
        return Path(file).expanduser()
    except RuntimeError:  # “~” without a home: a file of that name, perhaps
        return Path(file)


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _usable(secret: str, refuse: Refuse, source: str) -> str:
    """A secret without its final newline, fit for a header of a request."""
    secret = re.sub(r"\r?\n\Z", "", secret)
    if not secret.strip():
        raise refuse(_("{source} is empty: put the secret in it.").format(source=source))
    # A line break would end the header, and the HTTP library repeats a header that it refuses in its error.
    if _CONTROL.search(secret):
        raise refuse(_("{source} holds more than one line or a control character.").format(source=source))
    return secret
