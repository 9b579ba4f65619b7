"""How to reach the network: time-outs, proxy, certificates. In QGIS they come from the QGIS settings."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from typing import Callable, Optional

import requests.utils
from requests.adapters import HTTPAdapter


def environment_proxy(url: str) -> Optional[str]:
    """The proxy that HTTP_PROXY, HTTPS_PROXY and NO_PROXY name for this URL, or None."""
    proxies = requests.utils.get_environ_proxies(url)
    return requests.utils.select_proxy(url, proxies)


@dataclass(frozen=True)
class Network:
    """Settings of one operation. Times in seconds; `certificates` is PEM text of the trusted authorities ("" = the system's).

    `proxy` gives the proxy URL for a URL, None for a direct connection.
    """

    user_agent: str = "GeoCollab"
    connect_timeout: float = 10.0
    read_timeout: float = 60.0
    proxy: Callable[[str], Optional[str]] = environment_proxy
    certificates: str = ""

    def ssl_context(self) -> ssl.SSLContext:
        """A context that always verifies certificate and host name."""
        if not self.certificates:
            return ssl.create_default_context()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(cadata=self.certificates)
        return context


class VerifyingAdapter(HTTPAdapter):
    """The transport of requests, trusting the authorities of our context and no other.

    requests would add its own bundle to ours for each connection: an authority that the user removed in QGIS would be
    trusted again.
    """

    def __init__(self, network: Network, pool_size: int) -> None:
        self._context = network.ssl_context()
        super().__init__(pool_connections=4, pool_maxsize=pool_size, max_retries=0)

    def init_poolmanager(self, *args, **kwargs):  # type: ignore[no-untyped-def]
        return super().init_poolmanager(*args, ssl_context=self._context, **kwargs)

    def proxy_manager_for(self, proxy, **kwargs):  # type: ignore[no-untyped-def]
        return super().proxy_manager_for(proxy, ssl_context=self._context, **kwargs)

    def cert_verify(self, conn, url, verify, cert):  # type: ignore[no-untyped-def]
        if url.lower().startswith("https"):
            conn.cert_reqs = "CERT_REQUIRED"
