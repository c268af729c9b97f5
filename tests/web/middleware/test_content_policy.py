"""The usual policy is the one that django-csp builds, and whoever asks for another one gets it."""

from __future__ import annotations

import pytest
from csp.constants import NONCE
from csp.decorators import csp_exempt, csp_replace, csp_update
from csp.exceptions import CSPNonceError
from csp.middleware import CSPMiddleware
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from bandstand_web.middleware.content_policy import ContentPolicyMiddleware

HEADER = "Content-Security-Policy"


def plain(_request: HttpRequest) -> HttpResponse:
    return HttpResponse("page")


def with_nonce(request: HttpRequest) -> HttpResponse:
    return HttpResponse(str(request.csp_nonce))  # type: ignore[attr-defined]


def with_its_own(_request: HttpRequest) -> HttpResponse:
    return HttpResponse("page", headers={HEADER: "default-src 'none'"})


@pytest.mark.parametrize(
    "view",
    [
        plain,
        with_its_own,
        csp_update({"img-src": ["https://pictures.example"]})(plain),
        csp_replace({"img-src": ["https://pictures.example"]})(plain),
        csp_exempt()(plain),
    ],
)
def test_each_response_has_the_policy_that_it_would_have_had(view: object) -> None:
    headers = [
        middleware(view)(RequestFactory().get("/")).headers.get(HEADER)  # type: ignore[arg-type]
        for middleware in (ContentPolicyMiddleware, CSPMiddleware)
    ]
    assert headers[0] == headers[1]


def test_a_nonce_is_in_the_policy_and_none_is_given_out_afterwards() -> None:
    request = RequestFactory().get("/")
    view = csp_update({"script-src": [NONCE]})(with_nonce)
    answer = ContentPolicyMiddleware(view)(request)
    assert f"'nonce-{answer.content.decode()}'" in answer.headers[HEADER]

    request = RequestFactory().get("/")
    ContentPolicyMiddleware(plain)(request)
    with pytest.raises(CSPNonceError):
        str(request.csp_nonce)  # type: ignore[attr-defined]
