"""From the account of a connection to what signs its requests."""

import json
import threading
from pathlib import Path

from qgis.core import QgsApplication, QgsAuthMethodConfig
from qgis.PyQt.QtCore import QDir, QObject, QSettings, QThread, QUrl, pyqtSignal
from qgis.PyQt.QtNetwork import QNetworkRequest

from ..client import auth
from ..client.errors import SignInFailed
from ..i18n import _
from ..workflows.errors import InputError

GRANTS_WITHOUT_A_PERSON = (2, 4)
"""As QGIS numbers them: resource owner, client credentials."""


def account_auth(connection):
    """The `Auth` of a connection; call it in the main thread. Raises InputError or InvalidConnection."""
    account, sso = connection.account, connection.services["sso"]
    if account.kind == "anonymous":
        return auth.Anonymous()
    if account.kind == "authcfg":
        return auth.Given(_AuthConfig(account.authcfg, connection.services["espaceco"]).header)
    if account.kind == "token":
        return auth.bearer(connection.secret("token"))
    if account.kind == "client_credentials":
        return auth.client_credentials(sso, account.client_id, connection.secret("client_secret"))
    username, password = connection.secret("username"), connection.secret("password")
    if account.kind == "basic":
        return auth.basic(username, password)
    secret = None
    if account.client_secret_env or account.client_secret_file:
        secret = connection.secret("client_secret")
    return auth.password_grant(sso, account.client_id, username, password, secret)


class _AuthConfig(QObject):
    """A configuration of the QGIS authentication manager (Basic, OAuth2…), which lives in the main thread."""

    _asked = pyqtSignal()
    PATIENCE = 60.0

    def __init__(self, authcfg, url):
        super().__init__()
        self._authcfg = authcfg
        self._url = url
        self._value = ""
        self._answered = threading.Event()
        self._asked.connect(self._ask)  # queued when the signal comes from another thread
        self._alone = _signs_in_alone(self._checked())

    def header(self):
        """The Authorization header; asked for in the main thread, wherever this is called."""
        if QThread.currentThread() == self.thread():
            self._ask()
        else:
            self._answered.clear()
            self._asked.emit()
            if not self._answered.wait(self.PATIENCE):
                self._value = ""
        if not self._value:
            raise SignInFailed(url=self._url, detail=f"authentication configuration {self._authcfg}: no credentials")
        return self._value

    def _ask(self):
        value = self._from_manager()
        if value and value == self._value and self._alone:
            # Asked again, so the server refused it, while QGIS thinks that the token is still good.
            self._forget_token()
            value = self._from_manager()
        self._value = value
        self._answered.set()

    def _from_manager(self):
        request = QNetworkRequest(QUrl(self._url))
        granted, request = QgsApplication.authManager().updateNetworkRequest(request, self._authcfg)
        return bytes(request.rawHeader(b"Authorization")).decode("latin-1") if granted else ""

    def _forget_token(self):
        """QGIS has no word for it: its cache, once cleared, reads the token back from the settings it was kept in."""
        for folder in (QDir.tempPath(), QgsApplication.qgisSettingsDirPath()):
            file = Path(folder, "oauth2-cache", f"authcfg-{self._authcfg}.ini")
            kept = QSettings(str(file), QSettings.Format.IniFormat)
            kept.clear()
            kept.sync()
        QgsApplication.authManager().clearCachedConfig(self._authcfg)

    def _checked(self):
        manager = QgsApplication.authManager()
        if manager.isDisabled():
            raise InputError(
                _("The QGIS authentication manager is disabled: {why}").format(why=manager.disabledMessage())
            )
        if self._authcfg not in manager.configIds():
            raise InputError(
                _(
                    "QGIS knows no authentication configuration “{authcfg}”: make it in Settings > Options > "
                    "Authentication, or name another in the connection. Without a window, QGIS_AUTH_DB_DIR_PATH names "
                    "its folder."
                ).format(authcfg=self._authcfg)
            )
        loaded, config = manager.loadAuthenticationConfig(self._authcfg, QgsAuthMethodConfig(), True)
        if not loaded or not config.isValid():
            raise InputError(
                _(
                    "The authentication configuration “{authcfg}” cannot be opened: its master password is needed. "
                    "Without a window, QGIS_AUTH_PASSWORD_FILE names a file that holds it."
                ).format(authcfg=self._authcfg)
            )
        return config


def _signs_in_alone(config):
    """Whether the OAuth2 grant asks nobody to look at a log-in page."""
    try:
        return json.loads(config.config("oauth2config"))["grantFlow"] in GRANTS_WITHOUT_A_PERSON
    except (ValueError, KeyError, TypeError):
        return False
