"""Mail on its way to a real SMTP server: outages delay, refusals are remembered, limits and wishes are kept."""

from __future__ import annotations

import email
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from email.message import Message
from email.policy import default
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.utils import timezone
from django_tenants.utils import tenant_context
from pytest_django.fixtures import Settings

from bandstand.devstack.processes import free_port
from bandstand.jobs.models import Job, State
from bandstand.mail.account_adapter import AccountAdapter
from bandstand.mail.models import OutgoingMessage, SuppressedAddress
from bandstand.mail.sending import send
from bandstand.mail.unsubscribing import unsubscribe, unsubscribe_url_for
from bandstand_worker.handlers import send_mail
from tests.conftest import Portal
from tests.worker.conftest import WorkOff

READER = "reader@example.org"


class Server:
    """A mail server on the loopback interface. `refusals` maps an address to the reply that it gets."""

    def __init__(self) -> None:
        self.refusals: dict[str, str] = {}
        self.received: list[Message] = []
        self.sessions: set[int] = set()
        self.port = free_port()
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)

    async def handle_RCPT(  # noqa: N802 - aiosmtpd calls it by this name
        self, _server: SMTP, session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        self.sessions.add(id(session))
        if address in self.refusals:
            return self.refusals[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        assert isinstance(envelope.content, bytes)
        self.received.append(email.message_from_bytes(envelope.content, policy=default))
        return "250 OK"

    def start(self) -> None:
        """Listen."""
        self._controller.start()

    def stop(self) -> None:
        """Go away."""
        self._controller.stop(no_assert=True)


@pytest.fixture
def server(settings: Settings) -> Iterator[Server]:
    send_mail.hang_up()  # on whatever an earlier test sent by
    running = Server()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST = "127.0.0.1"
    settings.EMAIL_PORT = running.port
    running.start()
    yield running
    send_mail.hang_up()
    running.stop()


def write(portal: Portal, to: str = READER, *, bulk: bool = False, **values: Any) -> OutgoingMessage:
    with tenant_context(portal.organization):
        address = unsubscribe_url_for(to) if bulk else ""
        return send(to=to, subject="Tonight", text="At eight.", unsubscribe_url=address, **values)


def state(portal: Portal, message: OutgoingMessage) -> str:
    with tenant_context(portal.organization):
        return OutgoingMessage.objects.get(pk=message.pk).state


def test_it_sends_under_the_organizations_name(alice_portal: Portal, server: Server, work_off: WorkOff) -> None:
    message = write(alice_portal, reply_to="band@example.org")

    work_off()

    (mail,) = server.received
    assert mail["From"].addresses[0].display_name == alice_portal.organization.name
    assert mail["Reply-To"] == "band@example.org"
    assert mail["List-Unsubscribe"] is None
    assert mail["Message-ID"] == message.message_id
    assert state(alice_portal, message) == "sent"


def test_it_tells_mail_programs_how_to_unsubscribe_from_mails_to_many(
    alice_portal: Portal, server: Server, work_off: WorkOff
) -> None:
    message = write(alice_portal, bulk=True)

    (job,) = work_off()

    (mail,) = server.received
    assert job.queue == "bulk"
    assert mail["List-Unsubscribe"].strip() == f"<{message.unsubscribe_url}>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_it_keeps_the_line_open_for_mails_that_follow_each_other(
    alice_portal: Portal, server: Server, work_off: WorkOff
) -> None:
    for number in range(5):
        write(alice_portal, f"reader{number}@example.org")

    work_off()

    assert len(server.received) == 5
    assert len(server.sessions) == 1


def test_it_waits_while_the_server_is_away_and_sends_once_it_is_back(
    alice_portal: Portal, settings: Settings, server: Server, work_off: WorkOff
) -> None:
    port, settings.EMAIL_PORT = settings.EMAIL_PORT, 1
    message = write(alice_portal)

    (job,) = work_off()

    assert (job.state, job.error_class) == (State.WAITING, "ConnectionRefusedError")
    assert state(alice_portal, message) == "waiting"

    settings.EMAIL_PORT = port
    (job,) = work_off()

    assert job.state == State.DONE
    assert len(server.received) == 1


def test_it_tries_again_what_the_server_refuses_for_the_moment(
    alice_portal: Portal, server: Server, work_off: WorkOff
) -> None:
    server.refusals[READER] = "451 4.7.1 Greylisted"
    message = write(alice_portal)

    (job,) = work_off()

    assert job.state == State.WAITING
    assert state(alice_portal, message) == "waiting"


def test_it_remembers_an_address_that_does_not_exist_for_this_organization_alone(
    alice_portal: Portal, charlie_portal: Portal, server: Server, work_off: WorkOff
) -> None:
    server.refusals[READER] = "550 5.1.1 No such user"
    bounced = write(alice_portal)
    assert [job.state for job in work_off()] == [State.DONE]
    server.refusals.clear()

    again, elsewhere = write(alice_portal), write(charlie_portal)
    work_off()

    assert [state(alice_portal, bounced), state(alice_portal, again)] == ["bounced", "suppressed"]
    assert state(charlie_portal, elsewhere) == "sent"
    with tenant_context(alice_portal.organization):
        assert OutgoingMessage.objects.get(pk=bounced.pk).problem.startswith("550 5.1.1")


@pytest.mark.parametrize(
    ("reply", "ending"),
    [("552 5.2.2 Mailbox full", "waiting"), ("552 Too many recipients", "waiting"), ("552 5.3.4 Too large", "bounced")],
)
def test_a_full_mailbox_is_tried_again(
    alice_portal: Portal, server: Server, work_off: WorkOff, reply: str, ending: str
) -> None:
    server.refusals[READER] = reply
    message = write(alice_portal)

    work_off()

    assert state(alice_portal, message) == ending
    with tenant_context(alice_portal.organization):
        assert SuppressedAddress.objects.exists() is (ending == "bounced")


def test_it_holds_an_organization_to_its_limit_and_loses_nothing(
    alice_portal: Portal, charlie_portal: Portal, server: Server, settings: Settings, work_off: WorkOff
) -> None:
    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, mails_per_hour=2)
    crowd = [write(alice_portal, f"reader{number}@example.org", bulk=True) for number in range(4)]
    code, elsewhere = write(alice_portal), write(charlie_portal, bulk=True)

    jobs = work_off()

    assert [state(alice_portal, message) for message in crowd] == ["sent", "sent", "waiting", "waiting"]
    assert state(alice_portal, code) == state(charlie_portal, elsewhere) == "sent"
    assert [job.attempts for job in jobs if job.state == State.WAITING] == [0, 0]  # waiting is no failure

    with tenant_context(alice_portal.organization):
        OutgoingMessage.objects.sent_since(timezone.now() - timedelta(hours=1)).update(
            sent_at=timezone.now() - timedelta(hours=1, seconds=1)
        )
    work_off()

    assert [state(alice_portal, message) for message in crowd] == ["sent"] * 4


def test_visitors_messages_never_hold_back_codes(
    alice_portal: Portal, server: Server, settings: Settings, work_off: WorkOff
) -> None:
    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, mails_per_hour=2)
    messages = [write(alice_portal, f"fan{number}@example.org") for number in range(4)]
    with tenant_context(alice_portal.organization):
        stranger = AccountAdapter()
        for number in range(2):
            stranger.send_mail("account/email/unknown_account", f"nobody{number}@example.org", {"signup_url": ""})
    codes = [write(alice_portal, f"bob{number}@example.org", is_essential=True) for number in range(3)]

    jobs = work_off()

    assert [state(alice_portal, message) for message in messages] == ["sent", "sent", "waiting", "waiting"]
    assert [state(alice_portal, code) for code in codes] == ["sent", "sent", "waiting"], "codes have a limit as well"
    assert [job.queue for job in jobs] == ["default"] * 6 + ["interactive"] * 3


def test_it_sends_no_more_mails_to_many_to_who_unsubscribed(
    alice_portal: Portal, server: Server, work_off: WorkOff
) -> None:
    with tenant_context(alice_portal.organization):
        unsubscribe(unsubscribe_url_for(READER).rstrip("/").rpartition("/")[2])
    digest, code = write(alice_portal, bulk=True), write(alice_portal, READER.upper())

    work_off()

    assert [state(alice_portal, digest), state(alice_portal, code)] == ["suppressed", "sent"]


def test_it_fails_for_good_what_the_server_will_never_take(
    alice_portal: Portal, server: Server, work_off: WorkOff, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(*_arguments: object) -> str:
        return "554 5.7.1 Looks like spam"

    monkeypatch.setattr(server, "handle_DATA", refuse)
    message = write(alice_portal)

    assert [job.state for job in work_off()] == [State.DONE]

    assert state(alice_portal, message) == "failed"
    with tenant_context(alice_portal.organization):
        assert not SuppressedAddress.objects.exists()
    assert not Job.objects.unfinished().exists()


@pytest.mark.parametrize("ending", ["sent", "bounced", "suppressed"])
def test_it_keeps_nothing_of_what_stood_in_a_mail_that_ended(
    alice_portal: Portal, server: Server, work_off: WorkOff, ending: str
) -> None:
    if ending == "bounced":
        server.refusals[READER] = "550 5.1.1 No such user"
    if ending == "suppressed":
        with tenant_context(alice_portal.organization):
            SuppressedAddress.objects.create(email=READER, reason=SuppressedAddress.Reason.BOUNCED)
    message = write(alice_portal, html="<p>At eight.</p>")

    work_off()

    with tenant_context(alice_portal.organization):
        row = OutgoingMessage.objects.get(pk=message.pk)
    assert (row.state, row.text, row.html) == (ending, "", "")
    if ending == "sent":
        assert "At eight." in server.received[0].get_body(("plain",)).get_content()  # type: ignore[attr-defined]
