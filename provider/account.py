"""From the account of a connection to what signs its requests."""

from qgis.core import QgsApplication, QgsAuthMethodConfig
from qgis.PyQt.QtCore import QCoreApplication, QEventLoop, QObject, QThread, QTimer, QUrl, pyqtSignal
from qgis.PyQt.QtNetwork import QNetworkRequest

from ..client import auth
from ..client.errors import SignInFailed
from ..i18n import _
from ..workflows.errors import InputError


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
    PATIENCE_MS = 60_000

    def __init__(self, authcfg, url):
        super().__init__()
        self._authcfg = authcfg
        self._url = url
        self._answer = None
        self._asked.connect(self._ask)  # queued when the signal comes from another thread
        self._check()

    def header(self):
        """The Authorization header; asked for in the main thread, wherever this is called."""
        self._answer = None
        if QThread.currentThread() is self.thread() or QThread.currentThread() == self.thread():
            self._ask()
        else:
            loop = QEventLoop()
            poll, patience = QTimer(), QTimer()
            poll.timeout.connect(lambda: loop.quit() if self._answer is not None else None)
            patience.setSingleShot(True)
            patience.timeout.connect(loop.quit)
            self._asked.emit()
            poll.start(50)
            patience.start(self.PATIENCE_MS)
            loop.exec() if hasattr(loop, "exec") else loop.exec_()
        if not self._answer:
            raise SignInFailed(url=self._url, detail=f"authentication configuration {self._authcfg} gave no credentials")
        return self._answer

    def _check(self):
        manager = QgsApplication.authManager()
        if manager.isDisabled():
            raise InputError(_("The QGIS authentication manager is disabled: {why}").format(why=manager.disabledMessage()))
        if self._authcfg not in manager.configIds():
            raise InputError(
                _(
                    "QGIS knows no authentication configuration “{authcfg}”: make it in Settings > Options > Authentication, "
                    "or name another in the connection. Without a window, QGIS_AUTH_DB_DIR_PATH names its folder."
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

    def _ask(self):
        request = QNetworkRequest(QUrl(self._url))
        granted, request = QgsApplication.authManager().updateNetworkRequest(request, self._authcfg)
        value = bytes(request.rawHeader(b"Authorization")).decode("latin-1") if granted else ""
        QCoreApplication.processEvents()
        self._answer = value
