"""Development's mails can be read in the browser, and what strangers wrote into them does nothing there."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core import mail
from django.http import Http404
from django.test import RequestFactory
from pytest_django.fixtures import Settings

from bandstand.devstack import mailbox
from bandstand_web.mail.mailbox import body

BACKEND = "bandstand.devstack.mailbox.EmailBackend"


@pytest.fixture(autouse=True)
def _own_mailbox(settings: Settings, tmp_path: Path) -> None:
    settings.MAILBOX = tmp_path / "mail"


def _send(subject: str, html: str | None = None) -> None:
    mail.send_mail(
        subject,
        "Grüße von der Bühne",
        "noreply@example.org",
        ["ann@example.org"],
        html_message=html,
        connection=mail.get_connection(BACKEND),
    )


def test_it_is_empty_at_first() -> None:
    assert mailbox.latest() == []


def test_it_keeps_the_newest_mail_first() -> None:
    _send("Your code")
    _send("Soundcheck at six", "<p>Grüße</p>")

    newest, oldest = mailbox.latest()

    assert (newest.subject, oldest.subject) == ("Soundcheck at six", "Your code")
    assert newest.to == "ann@example.org"
    assert newest.text.strip() == "Grüße von der Bühne"
    assert newest.html.strip() == "<p>Grüße</p>"
    assert oldest.html == ""


def test_it_shows_html_in_a_sandbox(rf: RequestFactory) -> None:
    _send("Hello", "<script>alert(1)</script>")
    (kept,) = mailbox.latest()

    answer = body(rf.get("/"), kept.name)

    assert "alert(1)" in answer.content.decode()
    assert answer._csp_replace["sandbox"] is True
    assert answer._csp_replace["default-src"] == ["'none'"]
    assert "script-src" not in answer._csp_replace


@pytest.mark.parametrize("name", ["unknown", "../mail/unknown", "/etc/passwd"])
def test_it_knows_its_own_mails_only(rf: RequestFactory, name: str) -> None:
    _send("Hello", "<p>Hello</p>")

    with pytest.raises(Http404):
        body(rf.get("/"), name)
