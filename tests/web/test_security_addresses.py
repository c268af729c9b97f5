"""What browsers and finders of weaknesses ask every host for."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from structlog.testing import capture_logs

from tests.conftest import Portal

OLD = {
    "csp-report": {
        "document-uri": "https://bands.example.org/?q=secret",
        "violated-directive": "script-src-elem",
        "blocked-uri": "https://evil.example/x.js?token=secret",
        "script-sample": "stealSecret()",
    }
}
NEW = [
    {
        "type": "csp-violation",
        "body": {"documentURL": "https://a.example/", "effectiveDirective": "img-src", "blockedURL": "inline"},
    }
]


def report(client: Client, message: Any) -> int:
    text = message if isinstance(message, str) else json.dumps(message)
    return int(client.post("/csp-reports/", text, content_type="application/csp-report").status_code)


def test_a_violated_policy_ends_in_the_log_without_queries_and_samples(alice_portal: Portal) -> None:
    with capture_logs() as lines:
        assert report(alice_portal.client(), OLD) == 204
        assert report(alice_portal.client(), NEW) == 204

    violated = [line for line in lines if line["event"] == "content security policy violated"]
    assert [line["directive"] for line in violated] == ["script-src-elem", "img-src"]
    assert violated[0]["blocked"] == "https://evil.example/x.js"
    assert "secret" not in str(lines).lower()


@pytest.mark.parametrize(
    "message", ["", "{", "[]", "[1]", "{}", '"x"', '{"csp-report": 1}', '[{"body": []}]', '{"csp-report": {"x": 1}}']
)
def test_what_is_no_report_is_refused(alice_portal: Portal, message: str) -> None:
    assert report(alice_portal.client(), message) == (204 if '"x": 1' in message else 400)


def test_a_long_report_is_refused(alice_portal: Portal) -> None:
    assert report(alice_portal.client(), " " * 20_000) == 413


@pytest.mark.parametrize("host", ["bandstand.localhost", "alice.bandstand.localhost"])
def test_the_contact_for_weaknesses_is_found(alice_portal: Portal, host: str, settings: Any) -> None:
    browser = Client(HTTP_HOST=host)
    assert browser.get("/.well-known/security.txt").status_code == 404
    settings.SECURITY_CONTACT = "mailto:security@example.org"

    answer = browser.get("/.well-known/security.txt")

    assert answer["Content-Type"].startswith("text/plain")
    lines = dict(line.split(": ", 1) for line in answer.content.decode().splitlines())
    assert lines["Contact"] == "mailto:security@example.org"
    assert lines["Expires"].endswith("T00:00:00Z")


def test_every_answer_gives_up_a_visitors_devices(alice_portal: Portal) -> None:
    answer = alice_portal.client().get("/")

    assert "camera=()" in answer["Permissions-Policy"]
    assert answer["Cross-Origin-Resource-Policy"] == "same-origin"
    assert answer["Reporting-Endpoints"] == 'csp="/csp-reports/"'
    assert "report-to csp" in answer["Content-Security-Policy"]


def test_no_page_may_keep_the_database_for_long(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone() == ("30s",)
        cursor.execute("SHOW idle_in_transaction_session_timeout")
        assert cursor.fetchone() == ("1min",)
