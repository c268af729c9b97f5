"""The log says what the proxy in front loses, once, from the first request of a browser that shows it."""

from __future__ import annotations

import logging

import pytest
from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from pytest_django.fixtures import Settings

from bandstand_web.middleware.proxy_headers import ProxyHeadersMiddleware

HOST = "bands.example.org"
BROWSER = {"sec-fetch-site": "none"}
HOST_LOST, SCHEME_LOST = "Host $http_host", "X-Forwarded-Proto"


@pytest.fixture
def public_url(settings: Settings) -> str:
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    settings.PUBLIC_URL = f"https://{HOST}"
    return settings.PUBLIC_URL


def said(caplog: pytest.LogCaptureFixture, *requests: HttpRequest) -> list[str]:
    """Return what a fresh process logs for these requests."""
    middleware = ProxyHeadersMiddleware(lambda _request: HttpResponse("page"))
    with caplog.at_level(logging.WARNING):
        assert [middleware(request).content for request in requests] == [b"page"] * len(requests)
    return caplog.messages


def arriving(host: str, proto: str | None, **headers: str) -> HttpRequest:
    about = {"host": host, **({"x-forwarded-proto": proto} if proto else {}), **headers}
    return RequestFactory().get("/", headers=about)


@pytest.mark.parametrize(
    ("typed", "arrives", "remedy"),
    [
        (f"https://{HOST}", (HOST, None), SCHEME_LOST),
        (f"https://{HOST}", (HOST, "http"), SCHEME_LOST),
        (f"https://{HOST}:8443", (HOST, "https"), HOST_LOST),
        (f"https://{HOST}", (f"{HOST}:8443", "https"), HOST_LOST),
        (f"https://{HOST}", (f"{HOST}:²", "https"), HOST_LOST),
        (f"https://{HOST}", (f"{HOST}:{'9' * 5000}", "https"), HOST_LOST),
    ],
)
@pytest.mark.usefixtures("public_url")
def test_what_is_lost_is_said_with_its_remedy(
    caplog: pytest.LogCaptureFixture, settings: Settings, typed: str, arrives: tuple[str, str | None], remedy: str
) -> None:
    settings.PUBLIC_URL = typed

    (line,) = said(caplog, arriving(*arrives, **BROWSER))

    assert remedy in line
    assert "check_proxy" in line


@pytest.mark.parametrize(
    ("typed", "request_"),
    [
        (f"https://{HOST}", arriving(HOST, "https", **BROWSER)),
        (f"https://{HOST}", arriving(f"{HOST}:443", "https", **BROWSER)),
        (f"https://{HOST}:8443", arriving(f"{HOST}:8443", "https", **BROWSER)),
        (f"https://{HOST}", arriving(HOST.upper(), "https", **BROWSER)),
        (f"https://{HOST}", arriving(HOST, "http")),  # somebody typed http://
        (f"https://{HOST}", arriving("10.1.2.3:8000", None)),  # a probe
        (f"https://{HOST}", arriving("stranger.example.net", None, **BROWSER)),
    ],
)
@pytest.mark.usefixtures("public_url")
def test_nothing_is_said_of_what_may_well_be(
    caplog: pytest.LogCaptureFixture, settings: Settings, typed: str, request_: HttpRequest
) -> None:
    settings.PUBLIC_URL = typed

    assert said(caplog, request_) == []


@pytest.mark.usefixtures("public_url")
def test_each_loss_is_said_once_per_process(caplog: pytest.LogCaptureFixture) -> None:
    lost = [arriving(HOST, "http", **BROWSER), arriving(f"{HOST}:1", "https", **BROWSER)]

    assert len(said(caplog, *lost, *lost)) == 2


def test_without_https_nothing_can_be_lost(settings: Settings) -> None:
    settings.PUBLIC_URL = "http://bandstand.localhost:8000"
    with pytest.raises(MiddlewareNotUsed):
        ProxyHeadersMiddleware(lambda _request: HttpResponse())


def test_it_sees_requests_before_they_are_redirected_or_their_host_is_changed(settings: Settings) -> None:
    order = [name.rpartition(".")[2] for name in settings.MIDDLEWARE]
    own = order.index("ProxyHeadersMiddleware")
    assert own < min(order.index(name) for name in ("TransportSecurityMiddleware", "TenancyMiddleware"))
