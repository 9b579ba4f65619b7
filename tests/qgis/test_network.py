"""The network settings of QGIS are those of the client: proxy, exclusions, authorities, time-out, user agent."""

import datetime
import ssl

import pytest
import trustme
from qgis.core import QgsApplication, QgsAuthCertUtils, QgsNetworkAccessManager, QgsSettings
from qgis.PyQt.QtNetwork import QNetworkProxy, QSslCertificate

from geocollab.client import errors
from geocollab.client.session import Session
from tests.client.proxy import Proxy
from tests.client.raw_server import RawServer, reply

SETTINGS = ("proxyEnabled", "proxyType", "proxyHost", "proxyPort", "proxyUser", "proxyPassword", "proxyExcludedUrls",
            "noProxyUrls")  # fmt: skip
VARIABLES = ("http_proxy", "https_proxy", "no_proxy", "all_proxy")


@pytest.fixture(autouse=True)
def _settings_of_their_own(qgis_app, monkeypatch):
    """No proxy before and after, in QGIS and in the environment."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    manager = QgsNetworkAccessManager.instance()
    proxy, excluded, direct = manager.fallbackProxy(), manager.excludeList(), manager.noProxyList()
    yield
    for name in SETTINGS:
        QgsSettings().remove(f"proxy/{name}")
    manager.setupDefaultProxyAndCache()
    manager.setFallbackProxyAndExcludes(proxy, excluded, direct)


@pytest.fixture
def get(monkeypatch):
    """`get(url)`: one GET with the settings of this QGIS; the answer."""
    from geocollab.client import session
    from geocollab.provider.network import qgis_network

    monkeypatch.setattr(session, "FIRST_DELAY", 0.01)

    def ask(url):
        with Session(network=qgis_network(), rate=None) as client:
            return client.get(url)

    return ask


def set_in_qgis(**values):
    """What the page Settings > Options > Network writes, and QGIS reads when it starts."""
    for name, value in values.items():
        QgsSettings().setValue(f"proxy/{name}", value)
    QgsNetworkAccessManager.instance().setupDefaultProxyAndCache()


def through(proxy, **values):
    set_in_qgis(proxyEnabled=True, proxyType="HttpProxy", proxyHost="127.0.0.1", proxyPort=str(proxy.port), **values)


# ------------------------------------------------------------------ proxy


def test_without_a_proxy_nothing_stands_between(get):
    with RawServer(reply(200, b"[]")) as server:
        assert get(server.url).json() == []


def test_the_proxy_of_the_settings_is_used(get):
    with Proxy() as proxy, RawServer(reply(200, b"[]")) as server:
        through(proxy)
        assert get(server.url + "/a").json() == []
        assert proxy.passed == [f"GET {server.url}/a"] and proxy.accounts == [None]


def test_the_proxy_of_the_network_manager_is_used(get):
    """As other plugins and programs set it, without settings."""
    with Proxy("us er:p@ss:w/ord") as proxy, RawServer(reply(200, b"[]")) as server:
        entry = QNetworkProxy(QNetworkProxy.ProxyType.HttpProxy, "127.0.0.1", proxy.port, "us er", "p@ss:w/ord")
        QgsNetworkAccessManager.instance().setFallbackProxyAndExcludes(entry, [], [])
        assert get(server.url).json() == []
        assert len(proxy.passed) == 1


@pytest.mark.parametrize("list_name", ["proxyExcludedUrls", "noProxyUrls"])
def test_an_excluded_address_goes_without(get, list_name):
    with Proxy() as proxy, RawServer(reply(200, b"[]")) as server, RawServer(reply(200, b"[]")) as other:
        through(proxy, **{list_name: ["", " ", server.url]})
        get(server.url + "/a")
        assert proxy.passed == []
        get(other.url + "/a")
        assert proxy.passed == [f"GET {other.url}/a"]


def test_a_redirection_to_an_excluded_address_goes_without(get):
    with Proxy() as proxy, RawServer(reply(200, b"[]")) as other:
        with RawServer(reply(302, b"", [f"Location: {other.url}/b"])) as server:
            through(proxy, noProxyUrls=[other.url])
            get(server.url + "/a")
            assert proxy.passed == [f"GET {server.url}/a"] and len(other.requests) == 1


def test_a_proxy_with_an_account(get):
    with Proxy("user:s3cr&t pass") as proxy, RawServer(reply(200, b"[]")) as server:
        through(proxy, proxyUser="user", proxyPassword="s3cr&t pass")  # pragma: allowlist secret
        assert get(server.url).json() == []


def test_a_proxy_that_wants_another_password_says_so_without_saying_it(get):
    from geocollab.provider.errors import sentence

    with Proxy("user:right") as proxy, RawServer(reply(200, b"[]")) as server:
        through(proxy, proxyUser="user", proxyPassword="hunter2")  # pragma: allowlist secret
        for url in (server.url, server.url.replace("http:", "https:")):
            with pytest.raises(errors.ProxyRefused) as caught:
                get(url)
            said = sentence(caught.value)
            assert said.startswith(f"The proxy did not let the request to 127.0.0.1:{server.port} through.")
            assert "user and password" in said
            assert "hunter2" not in said + str(caught.value) + caught.value.url
        assert not server.requests


def test_a_proxy_that_is_not_there_says_so(get):
    from geocollab.provider.errors import sentence

    with Proxy() as proxy:
        pass
    with RawServer(reply(200, b"[]")) as server:
        through(proxy)
        with pytest.raises(errors.ProxyRefused) as caught:
            get(server.url)
        assert "Connection refused" in sentence(caught.value) and not server.requests


def test_a_socks_proxy(get, monkeypatch):
    import requests
    import requests.adapters

    def missing(*args, **kwargs):
        raise requests.exceptions.InvalidSchema("Missing dependencies for SOCKS support.")

    monkeypatch.setattr(requests.adapters, "SOCKSProxyManager", missing)
    from geocollab.provider.errors import sentence
    from geocollab.provider.network import qgis_network

    set_in_qgis(proxyEnabled=True, proxyType="Socks5Proxy", proxyHost="127.0.0.1", proxyPort="9")
    assert qgis_network().proxy("https://a.fr/") == "socks5h://127.0.0.1:9"
    with RawServer(reply(200, b"[]")) as server:
        with pytest.raises(errors.ProxyRefused) as caught:
            get(server.url)
        assert "PySocks" in sentence(caught.value) and not server.requests


def test_an_address_of_ip_version_6():
    from geocollab.provider.network import qgis_network

    set_in_qgis(proxyEnabled=True, proxyType="HttpProxy", proxyHost="::1", proxyPort="3128")
    assert qgis_network().proxy("https://a.fr/") == "http://[::1]:3128"


@pytest.mark.parametrize("system", [False, True])
def test_the_environment_counts_when_qgis_has_no_proxy_of_its_own(get, monkeypatch, system):
    with Proxy() as proxy, RawServer(reply(200, b"[]")) as server:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        if system:
            set_in_qgis(proxyEnabled=True, proxyType="DefaultProxy", noProxyUrls=["http://elsewhere.invalid/"])
        get(server.url)
        assert len(proxy.passed) == 1
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        get(server.url)
        assert len(proxy.passed) == 1


def test_the_environment_does_not_count_when_qgis_has_one(get, monkeypatch):
    with Proxy() as proxy, Proxy() as unwanted, RawServer(reply(200, b"[]")) as server:
        monkeypatch.setenv("HTTP_PROXY", unwanted.url)
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        through(proxy)
        get(server.url)
        assert len(proxy.passed) == 1 and unwanted.passed == []


def test_a_proxy_switched_off_is_not_used(get):
    with Proxy() as proxy, RawServer(reply(200, b"[]")) as server:
        through(proxy)
        set_in_qgis(proxyEnabled=False)
        get(server.url)
        assert proxy.passed == []


def test_no_proxy_is_none_even_with_one_in_the_environment(get, monkeypatch):
    with Proxy() as proxy, RawServer(reply(200, b"[]")) as server:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        none = QNetworkProxy(QNetworkProxy.ProxyType.NoProxy)
        QgsNetworkAccessManager.instance().setFallbackProxyAndExcludes(none, [], [])
        get(server.url)
        assert proxy.passed == []


# ------------------------------------------------------------------ authorities


@pytest.fixture(scope="module")
def authorities(qgis_app):
    """The authentication manager, which also keeps the certificates, with its database open."""
    manager = QgsApplication.authManager()
    assert manager.masterPasswordIsSet() or manager.setMasterPassword("of-the-tests", True)
    return manager


@pytest.fixture
def trust(authorities):
    """`trust(ca, policy)`: what “Manage certificates” does with an authority; forgotten after the test."""
    known = []

    def rebuild():
        authorities.rebuildCaCertsCache()
        authorities.rebuildCertTrustCache()
        authorities.rebuildTrustedCaCertsCache()

    def store(ca, policy=QgsAuthCertUtils.CertTrustPolicy.Trusted):
        certificate = QSslCertificate.fromData(ca.cert_pem.bytes())[0]
        known.append(certificate)
        assert authorities.storeCertAuthority(certificate)
        assert authorities.storeCertTrustPolicy(certificate, policy)
        rebuild()

    yield store
    for certificate in known:
        authorities.removeCertTrustPolicy(certificate)
        authorities.removeCertAuthority(certificate)
    rebuild()


def tls(ca, name="127.0.0.1", **options):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert(name, **options).configure_cert(context)
    return context


def test_an_authority_counts_once_it_is_trusted_in_qgis(get, trust):
    from geocollab.provider.errors import sentence

    ca = trustme.CA()
    with RawServer(reply(200, b"[]"), tls=tls(ca)) as server:
        with pytest.raises(errors.CertificateRefused) as caught:
            get(server.url)
        assert "Manage certificates" in sentence(caught.value)
        trust(ca)
        assert get(server.url).json() == []
        trust(ca, QgsAuthCertUtils.CertTrustPolicy.Untrusted)
        with pytest.raises(errors.CertificateRefused):
            get(server.url)
        assert len(server.requests) == 1


def test_an_authority_of_the_system_that_is_distrusted_in_qgis_is_not_trusted(authorities):
    from geocollab.provider.network import qgis_network

    before = qgis_network().certificates.count("BEGIN CERTIFICATE")
    assert before > 10  # those of the system
    chosen = authorities.trustedCaCerts()[0]
    try:
        authorities.storeCertTrustPolicy(chosen, QgsAuthCertUtils.CertTrustPolicy.Untrusted)
        authorities.rebuildCertTrustCache()
        authorities.rebuildTrustedCaCertsCache()
        assert qgis_network().certificates.count("BEGIN CERTIFICATE") == before - 1
    finally:
        authorities.removeCertTrustPolicy(chosen)
        authorities.rebuildCertTrustCache()
        authorities.rebuildTrustedCaCertsCache()


def test_the_bundle_of_requests_is_not_asked(get, authorities, tmp_path, monkeypatch):
    ca = trustme.CA()
    ca.cert_pem.write_to_path(str(tmp_path / "bundle.pem"))
    for module in ("requests.adapters", "requests.utils"):
        monkeypatch.setattr(f"{module}.DEFAULT_CA_BUNDLE_PATH", str(tmp_path / "bundle.pem"))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "bundle.pem"))
    with RawServer(reply(200, b"[]"), tls=tls(ca)) as server, pytest.raises(errors.CertificateRefused):
        get(server.url)


def test_another_name_and_an_expired_certificate_are_refused(get, trust):
    ca = trustme.CA()
    trust(ca)
    day = datetime.timedelta(days=1)
    now = datetime.datetime.now(datetime.timezone.utc)
    for context in (tls(ca, "elsewhere.invalid"), tls(ca, not_before=now - 9 * day, not_after=now - day)):
        with RawServer(reply(200, b"[]"), tls=context) as server:
            with pytest.raises(errors.CertificateRefused):
                get(server.url)
            assert not server.requests


# ------------------------------------------------------------------ the rest


def test_the_time_out_is_that_of_qgis(qgis_app):
    from geocollab.provider.network import qgis_network

    manager = QgsNetworkAccessManager.instance()
    before = manager.timeout()
    try:
        for milliseconds, read, connect in ((60_000, 60, 10), (4_000, 4, 4), (0, 1, 1)):
            manager.setTimeout(milliseconds)
            network = qgis_network()
            assert (network.read_timeout, network.connect_timeout) == (read, connect)
    finally:
        manager.setTimeout(before)


def test_the_user_agent_is_that_of_qgis(get):
    with RawServer(reply(200, b"[]")) as server:
        get(server.url)
        assert server.header("User-Agent").startswith("Mozilla/5.0 QGIS/3")
        assert server.header("User-Agent").endswith(" GeoCollab")
        QgsSettings().setValue("qgis/networkAndProxy/userAgent", "Mairie/1.0")
        try:
            get(server.url)
        finally:
            QgsSettings().remove("qgis/networkAndProxy/userAgent")
        assert server.header("User-Agent").startswith("Mairie/1.0 QGIS/3")


def test_a_disabled_manager_leaves_the_authorities_of_the_system(qgis_app, monkeypatch):
    from geocollab.provider import network

    class Disabled:
        @staticmethod
        def authManager():
            return Disabled()

        def isDisabled(self):
            return True

    monkeypatch.setattr(network, "QgsApplication", Disabled)
    assert network.qgis_network().certificates == ""
