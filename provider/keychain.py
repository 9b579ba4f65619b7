"""Secrets of keys, kept in the QGIS authentication manager or in a file of one's own; never in a text or an output."""

import os
import threading

from qgis.core import QgsApplication, QgsAuthMethodConfig, QgsProcessingParameterAuthConfig
from qgis.PyQt.QtCore import QObject, QThread, QUrl, pyqtSignal
from qgis.PyQt.QtNetwork import QNetworkRequest

from ..i18n import _
from ..workflows.errors import InputError

BASIC, HEADERS = "Basic", "APIHeader"
"""Methods of QGIS. The second one is there since QGIS 3.26 or so: `can_send_headers`."""


def login_parameter():
    """LOGIN: a Basic configuration of QGIS."""
    return QgsProcessingParameterAuthConfig("LOGIN", _("User name and password of the key"), optional=True)


def require():
    """In the main thread, before anything is asked of a server: InputError if nothing can be kept in QGIS."""
    manager = QgsApplication.authManager()
    if manager.isDisabled():
        raise InputError(_("The QGIS authentication manager is disabled: {why}").format(why=manager.disabledMessage()))
    if not manager.masterPasswordIsSet() and not manager.setMasterPassword(True):
        raise InputError(
            _(
                "The QGIS authentication manager cannot be opened: its master password is needed. Without a window, "
                "QGIS_AUTH_PASSWORD_FILE names a file that holds it; or give a file for the secret in FILE."
            )
        )


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
        raise InputError(
            _("The authentication configuration “{authcfg}” gives no credentials.").format(authcfg=authcfg)
        )
    raw = {bytes(name).decode("latin-1"): request.rawHeader(name) for name in request.rawHeaderList()}
    return {name: bytes(value).decode("latin-1") for name, value in raw.items()}


class FileVault:
    """A file that only its owner may read. As `workflows.entrepot.rights.keyring.Vault`."""

    def __init__(self, path):
        self._path = path
        self._part = path.with_name(f".{path.name}.part")

    def has(self):
        return self._part.is_file() or (self._path.is_file() and self._path.stat().st_size > 0)

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


class QgisVault:
    """A configuration of the authentication manager, by its name. As `workflows.entrepot.rights.keyring.Vault`."""

    def __init__(self, keeper, name):
        self._keeper, self._name, self._new = keeper, name, ""

    @property
    def authcfg(self):
        """Its id, "" if there is none."""
        return named(self._name)

    def has(self):
        return bool(self.authcfg)

    def hold(self, secret):
        known = self.authcfg
        kept = self._keeper.keep(self._name, secret)
        self._new = "" if known else kept

    def keep(self, secret):
        if secret is not None:
            self._keeper.keep(self._name, secret)

    def release(self):
        if self._new:
            QgsApplication.authManager().removeAuthenticationConfig(self._new)


class Keeper(QObject):
    """Keeps secrets in QGIS, from whatever thread. Made in the main thread, where it does it."""

    _asked = pyqtSignal()
    PATIENCE = 60.0

    def __init__(self):
        super().__init__()
        self._asked.connect(self._keep)  # queued when the signal comes from another thread
        self._done = threading.Event()
        self._wish, self._authcfg = None, ""

    def keep(self, name, secret):
        """The id of the configuration of this name, which holds the secret from now on. Raises InputError."""
        self._wish, self._authcfg = (name, secret), ""
        self._done.clear()
        if QThread.currentThread() == self.thread():
            self._keep()
        else:
            self._asked.emit()
            self._done.wait(self.PATIENCE)
        self._wish = None
        if not self._authcfg:
            raise InputError(_("QGIS could not keep the secret of the key in its authentication manager."))
        return self._authcfg

    def _keep(self):
        try:
            name, secret = self._wish
            manager = QgsApplication.authManager()
            config = _config(name, secret)
            known = named(name)
            if known:
                config.setId(known)
                kept = manager.updateAuthenticationConfig(config)
            else:
                kept, config = manager.storeAuthenticationConfig(config)
            self._authcfg = config.id() if kept else ""
            manager.clearCachedConfig(self._authcfg)
        finally:
            self._done.set()


def _config(name, secret):
    config = QgsAuthMethodConfig(BASIC if secret.login else HEADERS)
    config.setName(name)
    if secret.login:
        config.setConfigMap({"username": secret.login, "password": secret.password, "realm": ""})
    else:
        config.setConfigMap(dict(secret.headers))
    return config
