"""How to reach the network: time-outs, proxy, certificates. In QGIS they come from the QGIS settings."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Callable, Optional
from urllib.parse import urlsplit

import requests
import requests.utils
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from .errors import Cancelled

REDIRECTIONS = 5


def environment_proxy(url: str) -> Optional[str]:
    """The proxy that HTTP_PROXY, HTTPS_PROXY and NO_PROXY name for this URL, or None."""
    proxies = requests.utils.get_environ_proxies(url)
    return requests.utils.select_proxy(url, proxies)


def origin(url: str) -> Optional[tuple[str, str, int]]:
    """Scheme, host and port that a request for this URL is sent to; None for what is no address of the web.

    Of the URL as requests sends it: where a backslash stands before an @, two parsers see two hosts.
    """
    try:
        parts = urlsplit(requests.Request("GET", url).prepare().url or "")
        port = parts.port or {"http": 80, "https": 443}[parts.scheme]
    except (requests.RequestException, ValueError, KeyError):
        return None
    return parts.scheme, parts.hostname or "", port


@dataclass(frozen=True)
class Network:
    """Settings of one operation. Times in seconds.

    `certificates` is PEM text of the trusted authorities ("" = the system's). `proxy` gives the proxy URL for a URL,
    None for a direct connection.
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


class RedirectionRefused(requests.RequestException):
    """The server wants the client to go where it must not."""


class Transport(requests.Session):
    """The session of requests, held to our settings: nothing from the environment, and each redirection looked at.

    Once `stopped` is set nothing more is sent.
    """

    def __init__(self, network: Network, pool_size: int, stopped: threading.Event) -> None:
        super().__init__()
        self._network = network
        # no .netrc, no environment: an account found there would replace the one that the user chose
        self.trust_env = False
        self.max_redirects = REDIRECTIONS
        self.headers["User-Agent"] = network.user_agent
        adapter = VerifyingAdapter(network, pool_size, stopped)
        self.mount("https://", adapter)
        self.mount("http://", adapter)

    def proxies_for(self, url: str) -> dict[str, str]:
        """The proxy for a URL, in the form of requests."""
        proxy = self._network.proxy(url)
        return {"http": proxy, "https": proxy} if proxy else {}

    def rebuild_proxies(
        self, prepared_request: requests.PreparedRequest, proxies: Optional[Mapping[str, str]]
    ) -> dict[str, str]:
        """Called by requests for a redirection: another host may have another proxy, or none."""
        return self.proxies_for(prepared_request.url or "")

    def rebuild_auth(self, prepared_request: requests.PreparedRequest, response: requests.Response) -> None:
        """Called by requests for a redirection: never out of https; another host does not get the account."""
        if response.url.lower().startswith("https:") and not (prepared_request.url or "").lower().startswith("https:"):
            raise RedirectionRefused("redirected from https to an address that is not: not followed")
        super().rebuild_auth(prepared_request, response)  # type: ignore[no-untyped-call]


class VerifyingAdapter(HTTPAdapter):
    """The transport of requests, trusting the authorities of our context and no other.

    requests would add its own bundle to ours for each connection: an authority that the user removed in QGIS would be
    trusted again.
    """

    def __init__(self, network: Network, pool_size: int, stopped: threading.Event) -> None:
        self._context = network.ssl_context()
        if urllib3.__version__.startswith("1."):  # type: ignore[attr-defined]
            # It gives the context no name where the host is an IP address; if the context does not compare, it does.
            self._context.check_hostname = False
        self._pools = {
            "http": _stoppable(HTTPConnectionPool, stopped),
            "https": _stoppable(HTTPSConnectionPool, stopped),
        }
        super().__init__(pool_connections=4, pool_maxsize=pool_size, max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, ssl_context=self._context, **kwargs)
        self.poolmanager.pool_classes_by_scheme = self._pools

    def proxy_manager_for(self, proxy: Any, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(proxy, ssl_context=self._context, **kwargs)
        manager.pool_classes_by_scheme = self._pools
        return manager

    def cert_verify(self, conn: Any, url: str, verify: object, cert: object) -> None:
        if url.lower().startswith("https"):
            conn.cert_reqs = "CERT_REQUIRED"


def _stoppable(pool: Any, stopped: threading.Event) -> Any:
    """A class of connections that are not used if the work was stopped while they were being made.

    A connection attempt cannot be interrupted, and what waits for it would be sent long after the user gave up.
    """

    class Connection(pool.ConnectionCls):  # type: ignore[misc]
        def connect(self) -> None:
            super().connect()
            if stopped.is_set():
                self.close()
                raise Cancelled()

    return type(pool.__name__, (pool,), {"ConnectionCls": Connection})
