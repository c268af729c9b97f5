"""What leaves the house when a page breaks: where in the code, for whom, and nothing that people wrote."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
import sentry_sdk
from django.conf import settings

from bandstand.settings.reporting import report_errors
from bandstand_web.mail import portal as unsubscribing
from tests.capturing import LETTER, break_down, capturing
from tests.conftest import Portal


def test_it_reports_where_a_page_broke_and_nothing_of_the_request(
    alice_portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unsubscribing.unsubscribing, "address_of", break_down)
    browser = alice_portal.client()
    browser.raise_request_exception = False
    browser.cookies["sessionid"] = "session-cookie"

    with capturing("web") as outside:
        answer = browser.post("/mail/unsubscribe/secret-token/?q=query-string", {"password": "form-field"})

    assert answer.status_code == 500
    (event,) = outside.events
    assert event["release"] == "1.2.3"
    assert event["environment"] == "stage"
    assert event["tags"] == {"organization": "alice", "service": "web"}
    assert event["transaction"] == "mail/unsubscribe/<str:token>/"
    assert event["exception"]["values"][-1]["type"] == "DataError"
    text = json.dumps({**event, "exception": without_source(event["exception"])})
    for secret in (LETTER, "session-cookie", "secret-token", "query-string", "form-field"):
        assert secret not in text


def without_source(exception: dict[str, list[dict[str, dict[str, list[dict[str, str]]]]]]) -> object:
    """Return it without lines of code, among which this test's own stand."""
    for thrown in exception["values"]:
        for frame in thrown["stacktrace"]["frames"]:
            assert "vars" not in frame
            for name in ("pre_context", "context_line", "post_context"):
                frame.pop(name, None)
    return exception


def test_it_reports_nothing_without_an_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sentry_sdk, "init", break_down)

    report_errors(replace(settings.ENVIRONMENT, sentry_dsn=""), service="web")
