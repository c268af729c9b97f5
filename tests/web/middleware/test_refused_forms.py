"""Forms that fail the CSRF checks: because of the visitor, of another site, or of the proxy in front."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from pytest_django.asserts import assertContains

HOST = "bandstand.localhost"


def send(origin: str, host: str = HOST, header: str = "origin", **more: str) -> tuple[str, int]:
    browser = Client(enforce_csrf_checks=True)
    page = browser.get("/signup/", headers={"host": host}).content.decode()
    found = re.search(r'name="csrfmiddlewaretoken" value="([^"]{64})"', page)
    assert found
    answer = browser.post("/signup/", {"csrfmiddlewaretoken": found[1]}, headers={"host": host, header: origin}, **more)
    return answer.content.decode(), answer.status_code


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("origin", "host", "remedy"),
    [
        (f"http://{HOST}:8443", HOST, "proxy_set_header Host $http_host"),
        (f"http://{HOST}", f"{HOST}:8000", "proxy_set_header Host $http_host"),
        (f"https://{HOST}", HOST, "X-Forwarded-Proto"),
    ],
)
def test_a_proxy_to_blame_is_named(caplog: pytest.LogCaptureFixture, origin: str, host: str, remedy: str) -> None:
    page, status = send(origin, host)

    assert status == 403
    assert "That isn't your fault" in page.replace("&#x27;", "'")
    assert remedy in caplog.text


@pytest.mark.django_db
@pytest.mark.parametrize("origin", ["https://evil.example", f"https://{HOST}.evil.example", "null", "http://[::1"])
def test_another_site_is_just_refused(caplog: pytest.LogCaptureFixture, origin: str) -> None:
    page, status = send(origin)

    assert status == 403
    assert "Please send it again" in page
    assert "proxy" not in caplog.text


@pytest.mark.django_db
def test_ones_own_form_passes_and_one_without_a_token_is_sent_again() -> None:
    assert send(f"http://{HOST}")[1] == 200

    answer = Client(enforce_csrf_checks=True).post("/signup/", headers={"host": HOST, "origin": f"http://{HOST}:1"})

    assertContains(answer, "fault", status_code=403)
    assertContains(Client(enforce_csrf_checks=True).post("/signup/", headers={"host": HOST}), "again", status_code=403)
