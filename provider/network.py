"""The network settings of QGIS for a client that does not use Qt.

The client is built on requests, which QGIS ships, because Qt's network classes know neither PATCH nor bodies streamed
from several threads, and because the client is used without QGIS too. What the user has set in QGIS (proxy with its
exclusions, authorities, time-out, user agent) is taken over here, once, in the main thread.
"""

from urllib.parse import quote

from qgis.core import Qgis, QgsApplication, QgsAuthCertUtils, QgsNetworkAccessManager, QgsSettings
from qgis.PyQt.QtNetwork import QNetworkProxy

from ..client.errors import keep_secret
from ..client.network import Network, environment_proxy

CONNECT_TIMEOUT = 10.0


def qgis_network():
    """A `Network` with the settings of this QGIS; call it in the main thread."""
    manager = QgsNetworkAccessManager.instance()
    read_timeout = max(1.0, manager.timeout() / 1000)
    return Network(
        user_agent=_user_agent(),
        connect_timeout=min(CONNECT_TIMEOUT, read_timeout),
        read_timeout=read_timeout,
        proxy=_proxy_rule(manager),
        certificates=_certificates(),
    )


def _user_agent():
    own = QgsSettings().value("qgis/networkAndProxy/userAgent", "", str) or "Mozilla/5.0"
    return f"{own} QGIS/{Qgis.QGIS_VERSION_INT} GeoCollab".strip()


def _certificates():
    """The authorities that this user trusts in QGIS: the system's, less those distrusted, plus those added."""
    authorities = QgsApplication.authManager()
    if authorities.isDisabled():
        return ""
    # Asked one by one: the list of QGIS 3.40 and later still holds those that the user distrusts.
    untrusted = QgsAuthCertUtils.CertTrustPolicy.Untrusted
    trusted = [ca for ca in authorities.trustedCaCerts() if authorities.certTrustPolicy(ca) != untrusted]
    return b"".join(bytes(ca.toPem()) for ca in trusted).decode("ascii")


def _proxy_rule(manager):
    """A function URL → proxy URL or None, by the rule of QGIS: an address that begins with an entry is excluded."""
    proxy = manager.fallbackProxy()
    direct = tuple(entry.lower() for entry in [*manager.excludeList(), *manager.noProxyList()] if entry.strip())
    kinds = QNetworkProxy.ProxyType
    if proxy.type() == kinds.DefaultProxy or manager.useSystemProxy():
        configured = environment_proxy  # QGIS has no proxy of its own, or is told to use the system's
    elif proxy.type() == kinds.NoProxy or not proxy.hostName():
        configured = _no_proxy
    else:
        address = _address(proxy)

        def configured(url):
            return address

    def rule(url):
        return None if url.lower().startswith(direct) else configured(url)

    return rule


def _no_proxy(url):
    return None


def _address(proxy):
    scheme = "socks5h" if proxy.type() == QNetworkProxy.ProxyType.Socks5Proxy else "http"
    account = ""
    if proxy.user():
        account = f"{quote(proxy.user(), safe='')}:{quote(keep_secret(proxy.password()), safe='')}@"
    host = proxy.hostName()
    if ":" in host and not host.startswith("["):
        host = f"[{host}]"
    return f"{scheme}://{account}{host}:{proxy.port()}"
