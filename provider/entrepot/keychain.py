"""Secrets of keys, kept in the QGIS authentication manager or in a file of one's own; never in a text or an output."""

import hashlib
import os
import threading

from qgis.core import QgsApplication, QgsAuthMethodConfig, QgsProcessingParameterAuthConfig
from qgis.PyQt.QtCore import QObject, QThread, QUrl, pyqtSignal
from qgis.PyQt.QtNetwork import QNetworkRequest

from ...client.errors import keep_secret
from ...i18n import _
from ...workflows.errors import InputError

BASIC, HEADERS = "Basic", "APIHeader"
"""Methods of QGIS. The second one is there since QGIS 3.26 or so: `can_send_headers`."""


def login_parameter():
    """LOGIN: a Basic configuration of QGIS."""
    return QgsProcessingParameterAuthConfig("LOGIN", _("User name and password of the key"), optional=True)


def require(otherwise=""):
    """In the main thread, before anything is asked of a server: InputError if nothing can be kept in QGIS.

    `otherwise` is a sentence on what else can be done.
    """
    manager = QgsApplication.authManager()
    why = ""
    if manager.isDisabled():
        why = _("The QGIS authentication manager is disabled: {why}").format(why=manager.disabledMessage())
    elif not manager.masterPasswordIsSet() and not manager.setMasterPassword(True):
        why = _(
            "The QGIS authentication manager cannot be opened: its master password is needed. Without a window, "
            "QGIS_AUTH_PASSWORD_FILE names a file that holds it."
        )
    if why:
        raise InputError(f"{why} {otherwise}".strip())


def can_send_headers():
    """Whether this QGIS can send a header of one's own, as keys of the types HASH and HEADER need."""
    return HEADERS in QgsApplication.authManager().authMethodsKeys()


def require_headers():
    """InputError where it cannot."""
    if not can_send_headers():
        raise InputError(
            _(
                "This version of QGIS cannot send the header of such a key: choose the type BASIC, or give a file for "
                "the secret in FILE."
            )
        )


def named(name):
    """The id of the configuration of this name, "" if there is none."""
    known = QgsApplication.authManager().availableAuthMethodConfigs()
    return next((id for id, config in known.items() if config.name() == name), "")


def login_of(authcfg):
    """User name and password of a Basic configuration, in the main thread; InputError for another one."""
    require()
    manager = QgsApplication.authManager()
    loaded, config = manager.loadAuthenticationConfig(authcfg, QgsAuthMethodConfig(), True)
    if not loaded or config.method() != BASIC or not config.config("password"):
        raise InputError(
            _("LOGIN: “{authcfg}” is no authentication configuration of the kind Basic that QGIS can open.").format(
                authcfg=authcfg
            )
        )
    return config.config("username"), config.config("password")


def headers_of(authcfg):
    """The headers that QGIS would send with this configuration, in the main thread; InputError if it cannot."""
    require()
    manager = QgsApplication.authManager()
    if authcfg not in manager.configIds():
        raise InputError(_("QGIS knows no authentication configuration “{authcfg}”.").format(authcfg=authcfg))
    granted, request = manager.updateNetworkRequest(QNetworkRequest(QUrl("https://data.geopf.fr")), authcfg)
    if not granted:
        why = _("The authentication configuration “{authcfg}” gives no credentials.").format(authcfg=authcfg)
        if not can_send_headers():
            why += " " + _("This version of QGIS opens keys of the type BASIC alone.")
        raise InputError(why)
    raw = {bytes(name).decode("latin-1"): request.rawHeader(name) for name in request.rawHeaderList()}
    return {name: keep_secret(bytes(value).decode("latin-1")) for name, value in raw.items()}


class FileVault:
    """A file that only its owner may read, for the key `name`. As `workflows.entrepot.rights.keyring.Vault`.

    Windows knows no such rights of a file: it has those of its folder.
    """

    def __init__(self, path, name):
        self._path = path
        self._part = path.with_name(f".{path.name}.{hashlib.sha256(name.encode()).hexdigest()[:12]}.part")

    def has(self, login):
        return any(login and path.is_file() and _begins_with(path, f"{login}:") for path in (self._part, self._path))

    def hold(self, secret):
        self._part.unlink(missing_ok=True)
        handle = os.open(self._part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(secret.text())

    def keep(self, secret):
        if secret is not None:
            self.hold(secret)
        if self._part.is_file():
            self._part.replace(self._path)

    def release(self):
        self._part.unlink(missing_ok=True)


def _begins_with(path, text):
    with path.open("rb") as stream:
        return stream.read(len(text.encode())) == text.encode()


class QgisVault:
    """A configuration of the authentication manager, by its name. As `workflows.entrepot.rights.keyring.Vault`.

    What is held is a configuration of its own until the key is there.
    """

    def __init__(self, keeper, name):
        self._keeper, self._name, self._held = keeper, name, f"{name} (new)"

    @property
    def authcfg(self):
        """Its id, "" if there is none."""
        return named(self._name)

    def has(self, login):
        found = [name for name in (self._held, self._name) if self._is_of(name, login)]
        if found == [self._name]:
            self.release()  # of a key that never came to be
        return bool(found)

    def _is_of(self, name, login):
        authcfg = named(name)
        return bool(authcfg) and (not login or self._keeper.do(lambda: [_username(authcfg)]) == [login])

    def hold(self, secret):
        self._keeper.do(lambda: _stored(_config(self._held, secret)))

    def keep(self, secret):
        if secret is not None:
            self._keeper.do(lambda: _stored(_config(self._name, secret)))
        elif named(self._held):
            self._keeper.do(lambda: _moved(self._held, self._name))
        self.release()

    def release(self):
        if named(self._held):
            self._keeper.do(lambda: _removed(self._held))


class Keeper(QObject):
    """Changes the authentication manager of QGIS, from whatever thread. Made in the main thread, where it does it."""

    _asked = pyqtSignal()
    PATIENCE = 60.0

    def __init__(self):
        super().__init__()
        self._asked.connect(self._do)  # queued when the signal comes from another thread
        self._done = threading.Event()
        self._act, self._result = None, ""

    def do(self, act):
        """What `act` gives, in the main thread. Raises InputError if that is nothing."""
        self._act, self._result = act, ""
        self._done.clear()
        if QThread.currentThread() == self.thread():
            self._do()
        else:
            self._asked.emit()
            self._done.wait(self.PATIENCE)
        self._act = None
        if not self._result:
            raise InputError(_("QGIS could not keep the secret of the key in its authentication manager."))
        return self._result

    def _do(self):
        try:
            self._result = self._act()
        finally:
            self._done.set()


def _stored(config):
    """The id of a configuration, stored, or put in place of the one of its name; "" if QGIS does not do it."""
    manager, known = QgsApplication.authManager(), named(config.name())
    if known:
        config.setId(known)
        kept = manager.updateAuthenticationConfig(config)
    else:
        config.setId("")
        kept, config = manager.storeAuthenticationConfig(config)
    if kept:
        manager.clearCachedConfig(config.id())
    return config.id() if kept else ""


def _moved(name, wanted):
    """What the configuration of a name holds, stored under another name; "" if QGIS does not do it."""
    loaded, config = _loaded(named(name))
    config.setName(wanted)
    return _stored(config) if loaded else ""


def _username(authcfg):
    _opened, config = _loaded(authcfg)
    return config.config("username")


def _loaded(authcfg):
    return QgsApplication.authManager().loadAuthenticationConfig(authcfg, QgsAuthMethodConfig(), True)


def _removed(name):
    authcfg = named(name)
    return QgsApplication.authManager().removeAuthenticationConfig(authcfg) and authcfg


def _config(name, secret):
    config = QgsAuthMethodConfig(BASIC if secret.login else HEADERS)
    config.setName(name)
    if secret.login:
        config.setConfigMap({"username": secret.login, "password": secret.password, "realm": ""})
    else:
        config.setConfigMap(dict(secret.headers))
    return config
