"""The managed registry over HTTPS with a certificate of our own: pages, details, removal, and trust."""

from __future__ import annotations

import json
import ssl
from pathlib import Path

import pytest

from pywrangler.cloudflare.image_registry import ImageRegistry, Repository
from pywrangler.cloudflare.registries import Credentials
from pywrangler.errors import ApiError, MissingError
from pywrangler.sensitive import Sensitive
from tests.support.api import Api, Call, Handler, Says, in_turn, serve
from tests.support.servers.proxy import serve_proxy
from tests.support.servers.tls import self_signed, server_context

ACCOUNT = "a" * 32
DIGEST = "sha256:" + "d" * 64


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return self_signed(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def tls(certificate: Path) -> ssl.SSLContext:
    return server_context(certificate)


def opened(api: Api, environment: dict[str, str]) -> ImageRegistry:
    host = api.url.removeprefix("https://").removesuffix("/client/v4")
    return ImageRegistry(Credentials(ACCOUNT, host, "v1", Sensitive("planted")), ACCOUNT, environment)


def catalogue(repositories: dict[str, list[str]], **more: str) -> Says:
    headers = {"Link": more.pop("link")} if "link" in more else {}
    named = {f"{ACCOUNT}/{name}": tags for name, tags in repositories.items()}
    return Says(body=json.dumps({"repositories": named, **more}).encode(), headers=headers)


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"])
def test_every_page_is_read_whichever_way_the_next_is_named(
    tls: ssl.SSLContext, certificate: Path, variable: str
) -> None:
    pages = in_turn(
        catalogue({"app": ["v1", "sha256:of-something"], "bare": []}, cursor="c1"),
        catalogue(
            {"tools/builder": ["latest"], "app": ["v2", "v1"]},
            link='</v2/_catalog?tags=true&last=x>; rel="next"',
        ),
        catalogue({"other": ["1.0"]}),
    )
    with serve(pages, tls) as api:
        registry = opened(api, {variable: str(certificate)})
        found = registry.repositories()
        registry.close()
    assert found == [
        Repository("app", ("v1", "v2")),
        Repository("tools/builder", ("latest",)),
        Repository("other", ("1.0",)),
    ]
    assert [call.query for call in api.calls] == [
        {"tags": "true"},
        {"tags": "true", "cursor": "c1"},
        {"tags": "true", "last": "x"},
    ]


def manifests(call: Call) -> Says:
    if "/manifests/" in call.path:
        body = {"config": {"digest": "sha256:c"}, "layers": [{"size": 10}, {"size": 5}]}
        return Says(body=json.dumps(body).encode(), headers={"Docker-Content-Digest": DIGEST})
    return Says(body=json.dumps({"created": "2026-01-01T00:00:00Z"}).encode())


def test_details_of_a_tag(tls: ssl.SSLContext, certificate: Path) -> None:
    with serve(manifests, tls) as api:
        registry = opened(api, {"SSL_CERT_FILE": str(certificate)})
        details = registry.details("app", "v1")
        registry.close()
    assert (details.digest, details.size_bytes, details.created) == (DIGEST, 15, "2026-01-01T00:00:00Z")


def test_an_untrusted_certificate_is_refused(tls: ssl.SSLContext) -> None:
    with serve(manifests, tls) as api:
        registry = opened(api, {})
        with pytest.raises(ApiError, match="TLS") as caught:
            registry.repositories()
        registry.close()
    assert api.calls == []
    assert "planted" not in str(caught.value)


def test_a_file_of_certificates_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "not.pem").write_text("nothing")
    with pytest.raises(MissingError, match=r"not\.pem"):
        opened(Api("https://127.0.0.1:1/client/v4", []), {"SSL_CERT_FILE": str(tmp_path / "not.pem")})


@pytest.mark.parametrize("says", [Says(401), Says(body=b"<html>"), Says(body=b"[]")])
def test_a_registry_that_refuses_or_says_nonsense(tls: ssl.SSLContext, certificate: Path, says: Says) -> None:
    handler: Handler = in_turn(says)
    with serve(handler, tls) as api:
        registry = opened(api, {"SSL_CERT_FILE": str(certificate)})
        with pytest.raises(ApiError):
            registry.repositories()
        registry.close()


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"])
def test_a_tunnel_through_a_proxy_with_a_login(tls: ssl.SSLContext, certificate: Path, variable: str) -> None:
    with serve(in_turn(catalogue({"app": ["v1"]})), tls) as api, serve_proxy("me:pass word") as proxy:
        trusted = {"SSL_CERT_FILE": str(certificate)}
        through = {**trusted, variable: f"http://me:pass%20word@127.0.0.1:{proxy.port}"}
        registry = opened(api, through)
        assert registry.repositories() == [Repository("app", ("v1",))]
        registry.close()
        assert [f"https://{tunnel}/client/v4" for tunnel in proxy.tunnels] == [api.url]

        registry = opened(api, {**trusted, variable: f"http://127.0.0.1:{proxy.port}"})
        with pytest.raises(ApiError, match=r"proxy.* 407 ") as caught:
            registry.repositories()
        registry.close()
        assert "pass" not in str(caught.value)
