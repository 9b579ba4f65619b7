"""Proxies, certificates and time-outs of a session, without QGIS."""

import datetime
import ssl

import pytest
import requests
import trustme

from geocollab.client import errors
from geocollab.client.network import Network, environment_proxy
from tests.client.proxy import Proxy
from tests.client.raw_server import RawServer, reply


def tls(ca, name="127.0.0.1", **options):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert(name, **options).configure_cert(context)
    return context


def pem(*authorities):
    return "".join(ca.cert_pem.bytes().decode() for ca in authorities)


@pytest.fixture(scope="module")
def ca():
    return trustme.CA()


@pytest.fixture(scope="module")
def other_ca():
    return trustme.CA()


@pytest.fixture
def get(make_session, quick):
    """`get(url, certificates, proxy)`: the answer of one GET."""

    def ask(url, certificates="", proxy=None):
        network = Network(certificates=certificates, proxy=lambda _url: proxy, connect_timeout=3, read_timeout=5)
        return make_session(network=network).get(url)

    return ask


# ------------------------------------------------------------------ certificates


def test_a_server_of_a_trusted_authority(get, ca, other_ca):
    with RawServer(reply(200, b"[]"), tls=tls(ca)) as server:
        assert get(server.url, pem(other_ca, ca)).json() == []


@pytest.mark.parametrize("trusted", ["", "other"])
def test_a_server_of_another_authority_is_refused_and_gets_nothing(get, ca, other_ca, trusted):
    with RawServer(reply(200, b"[]"), tls=tls(ca)) as server:
        with pytest.raises(errors.CertificateRefused) as caught:
            get(server.url, pem(other_ca) if trusted else "")
        assert not server.requests and server.connections == 1  # and no second attempt
    assert "certificate" in caught.value.detail.lower()


@pytest.mark.parametrize(
    ("host", "certified"),
    [("127.0.0.1", "elsewhere.invalid"), ("localhost", "elsewhere.invalid"), ("localhost", "127.0.0.1"),
     ("127.0.0.1", "localhost"), ("localhost", "*.localhost")],
)  # fmt: skip
def test_a_server_under_another_name_is_refused(get, ca, host, certified):
    with RawServer(reply(200, b"[]"), tls=tls(ca, certified)) as server:
        with pytest.raises(errors.CertificateRefused):
            get(f"https://{host}:{server.port}", pem(ca))
        assert not server.requests and server.connections == 1


def test_a_server_under_its_own_name(get, ca):
    with RawServer(reply(200, b"[]"), tls=tls(ca, "localhost")) as server:
        assert get(f"https://localhost:{server.port}", pem(ca)).json() == []


def test_the_context_by_itself_compares_names():
    context = Network().ssl_context()
    assert context.check_hostname and context.verify_mode == ssl.CERT_REQUIRED


def test_an_expired_certificate_is_refused(get, ca):
    day = datetime.timedelta(days=1)
    now = datetime.datetime.now(datetime.timezone.utc)
    context = tls(ca, not_before=now - 9 * day, not_after=now - day)
    with RawServer(reply(200, b"[]"), tls=context) as server:
        with pytest.raises(errors.CertificateRefused, match="expired"):
            get(server.url, pem(ca))
        assert not server.requests


def test_the_authorities_that_requests_brings_are_not_asked(get, ca, other_ca, tmp_path, monkeypatch):
    bundle = tmp_path / "bundle.pem"
    bundle.write_text(pem(ca))
    for module in ("requests.adapters", "requests.utils"):
        monkeypatch.setattr(f"{module}.DEFAULT_CA_BUNDLE_PATH", str(bundle))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(bundle))
    with RawServer(reply(200, b"[]"), tls=tls(ca)) as server:
        plain = requests.Session()
        plain.proxies = {"http": "", "https": ""}
        assert plain.get(server.url, timeout=5).json() == []  # so the bundle would do
        with pytest.raises(errors.CertificateRefused):
            get(server.url, pem(other_ca))


def test_no_option_passes_over_the_check(make_session, ca):
    with RawServer(reply(200, b"[]"), tls=tls(ca)) as server:
        for option in ({"verify": False}, {"verify": None}):
            session = make_session()
            with pytest.raises(errors.CertificateRefused):
                session.request("GET", server.url, **option)
            session._http.verify = False
            with pytest.raises(errors.CertificateRefused):
                session.get(server.url)
        assert not server.requests


def test_a_handshake_that_is_cut_is_no_question_of_trust(get, ca):
    with RawServer(greeting=b"SSH-2.0-x\r\n") as plain:
        with pytest.raises(errors.Unreachable) as caught:
            get(plain.url.replace("http:", "https:"), pem(ca))
        assert not isinstance(caught.value, errors.CertificateRefused)
        assert plain.connections == 4


def test_never_out_of_https(get, ca):
    with RawServer(reply(200, b"[]")) as plain:
        with RawServer(reply(302, b"", [f"Location: {plain.url}"]), tls=tls(ca)) as server:
            with pytest.raises(errors.MalformedAnswer, match="https"):
                get(server.url, pem(ca))
            assert len(server.requests) == 1
        assert not plain.requests


def test_from_http_to_https_is_allowed(get, ca):
    with RawServer(reply(200, b"[]"), tls=tls(ca)) as secured:
        with RawServer(reply(302, b"", [f"Location: {secured.url}"])) as server:
            assert get(server.url, pem(ca)).json() == []


# ------------------------------------------------------------------ proxies


def test_http_through_a_proxy(get):
    with Proxy() as proxy, RawServer(reply(200, b"[]")) as server:
        get(server.url + "/a?b=1", proxy=proxy.url)
        assert proxy.passed == [f"GET {server.url}/a?b=1"]
        assert server.requests[0].startswith("GET /a?b=1 ")


def test_https_through_a_proxy_is_verified(get, ca, other_ca):
    with Proxy() as proxy, RawServer(reply(200, b"[]"), tls=tls(ca)) as server:
        get(server.url, pem(ca), proxy=proxy.url)
        assert proxy.passed == [f"CONNECT 127.0.0.1:{server.port}"]
        with pytest.raises(errors.CertificateRefused):
            get(server.url, pem(other_ca), proxy=proxy.url)
        assert len(server.requests) == 1


@pytest.mark.parametrize("secured", [False, True])
def test_a_proxy_with_a_password(get, ca, secured):
    with Proxy("user:p@ss") as proxy, RawServer(reply(200, b"[]"), tls=tls(ca) if secured else None) as server:
        address = f"127.0.0.1:{proxy.port}"
        get(server.url, pem(ca), proxy=f"http://user:p%40ss@{address}")  # pragma: allowlist secret
        for wrong in (f"http://{address}", f"http://user:hunter2@{address}"):  # pragma: allowlist secret
            with pytest.raises(errors.ProxyRefused) as caught:
                get(server.url, pem(ca), proxy=wrong)
            assert "hunter2" not in str(caught.value)
            assert "407" in str(caught.value) or caught.value.status == 407
        assert len(server.requests) == 1 and "p@ss" not in server.requests[0]
        assert "proxy-authorization" not in server.requests[0].lower()
        assert len(proxy.passed) == 3  # no second attempt


@pytest.mark.parametrize("secured", [False, True])
def test_a_proxy_that_refuses(get, ca, secured):
    with Proxy(refuse=403) as proxy, RawServer(reply(200, b"[]"), tls=tls(ca) if secured else None) as server:
        with pytest.raises(errors.ServiceError) as caught:
            get(server.url, pem(ca), proxy=proxy.url)
        assert isinstance(caught.value, errors.ProxyRefused if secured else errors.Forbidden)
        assert not server.requests


def test_a_proxy_that_is_not_there(get):
    with Proxy() as proxy:
        pass
    with RawServer(reply(200, b"[]")) as server:
        with pytest.raises(errors.ProxyRefused, match="refused"):
            get(server.url, proxy=f"http://user:hunter2@127.0.0.1:{proxy.port}")  # pragma: allowlist secret
        assert not server.requests


def test_a_socks_proxy_needs_its_package(get, monkeypatch):
    import requests.adapters

    def missing(*args, **kwargs):
        raise requests.exceptions.InvalidSchema("Missing dependencies for SOCKS support.")

    monkeypatch.setattr(requests.adapters, "SOCKSProxyManager", missing)
    with RawServer(reply(200, b"[]")) as server:
        with pytest.raises(errors.ProxyRefused, match="PySocks"):
            get(server.url, proxy="socks5h://user:hunter2@127.0.0.1:9")  # pragma: allowlist secret
        assert not server.requests


def test_each_redirection_has_its_own_proxy(make_session):
    with Proxy() as proxy, RawServer(reply(200, b"[]")) as other:
        with RawServer(reply(302, b"", [f"Location: {other.url}"])) as server:
            network = Network(proxy=lambda url: proxy.url if url.startswith(server.url) else None)
            make_session(network=network).get(server.url)
            assert proxy.passed == [f"GET {server.url}/"]
            network = Network(proxy=lambda url: None if url.startswith(server.url) else proxy.url)
            make_session(network=network).get(server.url)
            assert [passed.rstrip("/") for passed in proxy.passed[1:]] == [f"GET {other.url}"]


def test_the_proxy_of_the_environment(make_session, monkeypatch):
    for name in ("http_proxy", "https_proxy", "no_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    assert environment_proxy("http://127.0.0.1/") is None
    with Proxy() as proxy, RawServer(reply(200, b"[]")) as server:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        assert environment_proxy("https://127.0.0.1/") is None
        make_session(network=Network()).get(server.url)
        assert len(proxy.passed) == 1
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        make_session(network=Network()).get(server.url)
        assert len(proxy.passed) == 1 and len(server.requests) == 2
