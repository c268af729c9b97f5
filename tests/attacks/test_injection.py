"""Text stays text wherever it is carried: in pages, spreadsheets, calendars, mails and logs."""

from __future__ import annotations

import csv
import io
import logging
from email import message_from_bytes, policy

import pytest
import structlog
from django.conf import settings
from django.core import mail, signing
from django.utils import timezone
from django_tenants.utils import tenant_context

from bandstand.audit.models import Entry
from bandstand.bands.models import Band
from bandstand.enquiries.models import Enquiry
from bandstand.enquiries.submitting import enquiry_release
from bandstand.gigs.models import Gig
from bandstand.imports.models import SpreadsheetImport
from bandstand.mail.models import OutgoingMessage
from bandstand.polls.models import Question
from bandstand.portals.models import PortalSettings
from bandstand.settings.log_lines import printable
from tests.conftest import Portal
from tests.factories.bands import BandFactory, MemberFactory
from tests.factories.gigs import GigFactory
from tests.isolation.test_matrix import PORTAL, VISITORS
from tests.isolation.twins import Twin
from tests.isolation.visiting import addresses, path_to, visit
from tests.worker.conftest import WorkOff, bystander, executor, ledger, work_off  # noqa: F401 - fixtures

pytestmark = pytest.mark.filterwarnings("ignore")

# Each would leave 1787569 in the answer, or the secret key, if a template engine ever read it.
TEMPLATES = (
    "{{ 1337|add:1786232 }}",
    "{% templatetag openblock %}",
    "{{ settings.SECRET_KEY }}",
    "{% debug %}",
    "{% load log %}",
    "${1337*1337}",
    "#{1337*1337}",
    "{{1337*1337}}",
    "<%= 1337*1337 %>",
    "%(settings)s{0.__class__}",
)


@pytest.mark.long
def test_templates_in_texts_are_shown_as_they_were_typed(twins: tuple[Twin, Twin]) -> None:
    alice, charlie = twins
    short, long = TEMPLATES[0], " ".join(TEMPLATES)
    with tenant_context(alice.portal.organization):
        Band.objects.update(name=short, town=short, biography=long)
        Gig.objects.update(title=short, venue=short, town=short, notes=long)
        Question.objects.update(text=short)
        Enquiry.objects.update(subject=short, message=long, sender_name=short)
        PortalSettings.objects.update(tagline=short, introduction=long)
    browsers = VISITORS[PORTAL](alice.portal, charlie.portal)

    for visitor, least in (("anonymous", 5), ("owner", 10)):
        shown = 0
        for name, address in addresses(PORTAL).items():
            text = visit(browsers[visitor], "get", path_to(address, alice)).text_sent
            assert "1787569" not in text, name
            assert settings.SECRET_KEY not in text, name
            shown += "|add:1786232" in text
        assert shown >= least


@pytest.mark.parametrize("start", ["=1+1", "+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "=cmd|' /C calc'!A0", "\uff1d1+1"])
def test_what_is_exported_holds_no_formula(twins: tuple[Twin, Twin], start: str) -> None:
    alice, charlie = twins
    owner = VISITORS[PORTAL](alice.portal, charlie.portal)["owner"]
    with_formula = f"{start} Formula"
    with tenant_context(alice.portal.organization):
        SpreadsheetImport.objects.update(refusals=[{"row": 2, "cells": [with_formula], "problems": [with_formula]}])
        Entry.objects.create(act="exported", origin=Entry.Origin.PERSON, actor=with_formula, target=with_formula)

    for path in ("/backstage/imports/4711/refused.csv", "/backstage/log/log.csv"):
        text = visit(owner, "get", path).text_sent.removeprefix("\ufeff")
        cells = [cell for row in csv.reader(io.StringIO(text, newline="")) for cell in row if "Formula" in cell]
        assert cells
        assert all(cell.startswith("'") for cell in cells), cells


OF_CALENDARS = (
    *(
        b"CALSCALE",
        b"METHOD",
        b"NAME",
        b"COLOR",
        b"IMAGE",
        b"X-WR-CALNAME",
        b"X-APPLE-CALENDAR-COLOR",
        b"REFRESH-INTERVAL",
    ),
    *(b"X-PUBLISHED-TTL", b"TZID", b"TZOFFSETFROM", b"TZOFFSETTO", b"TZNAME"),
)
BREAKS = ("\r\n", "\n", "\r", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029", "\\n", "\r\n ")


@pytest.mark.parametrize("path", ["/gigs/the-gig.ics", "/gigs.ics"])
@pytest.mark.parametrize("line_break", BREAKS, ids=ascii)
def test_a_gigs_texts_add_nothing_to_its_calendar_file(in_alice_portal: Portal, line_break: str, path: str) -> None:
    lines = ("Gig", "END:VEVENT", "BEGIN:VEVENT", "ATTACH:https://evil.example/", "X:;,:\\")
    evil = line_break.join(lines)
    band = BandFactory(name=evil)
    GigFactory(title=evil, venue=evil, town=evil, address=evil, notes=evil, price=evil, bands=[band], slug="the-gig")

    text = in_alice_portal.client().get(path).content

    assert len(text.split(b"\r\n")) == len(text.splitlines()) + 1  # programs that take other breaks for one find none
    unfolded = text.replace(b"\r\n ", b"").split(b"\r\n")
    assert unfolded.count(b"BEGIN:VEVENT") == 1
    names = {line.partition(b":")[0].partition(b";")[0] for line in unfolded}
    assert names <= {
        *(b"BEGIN", b"END", b"VERSION", b"PRODID", b"UID", b"DTSTAMP", b"DTSTART", b"DTEND", b"SUMMARY", b"LOCATION"),
        *(b"DESCRIPTION", b"URL", b"STATUS", b"SEQUENCE", b"LAST-MODIFIED", b"CATEGORIES", b""),
        *(OF_CALENDARS if path == "/gigs.ics" else ()),
    }
    assert Gig.objects.count() == 1


@pytest.mark.parametrize("line_break", BREAKS, ids=ascii)
def test_a_message_to_a_band_adds_no_header_to_a_mail(
    in_alice_portal: Portal,
    line_break: str,
    work_off: WorkOff,  # noqa: F811
) -> None:
    band = BandFactory(name=f"Band{line_break}Bcc: evil@example.org", contact_email="band@example.org")
    MemberFactory(band=band)
    evil = f"Hello{line_break}Bcc: evil@example.org{line_break}{line_break}Another body"
    form = {
        "sender_name": evil,
        "subject": evil,
        "message": evil,
        "sender_email": "bob@example.org",
        "cc_myself": "on",
        "opened": signing.dumps(timezone.now().timestamp() - 60, salt="bandstand.contact-form"),
    }
    in_alice_portal.client().post(f"/bands/{band.slug}/contact/", form)
    form["sender_email"] = f"b@e.org{line_break}Bcc: x@e.org"
    in_alice_portal.client().post(f"/bands/{band.slug}/contact/", form)
    (enquiry,) = Enquiry.objects.all()  # an address that holds a break is none
    assert enquiry.state == Enquiry.State.SPAM  # a name that leads somewhere is nobody's
    assert not OutgoingMessage.objects.exists()
    enquiry_release(enquiry=enquiry)

    work_off()

    assert OutgoingMessage.objects.count() == 2
    sent = [message_from_bytes(each.message().as_bytes(), policy=policy.default) for each in mail.outbox]
    assert sent
    assert {str(to) for each in sent for to in each.get_all("to", [])} == {"band@example.org", "bob@example.org"}
    assert all(each["bcc"] is None and "evil@example.org" not in str(each["to"]) for each in sent)


@pytest.mark.parametrize(
    "header", ["a\r\nSet-Cookie: a=b", "a\nSet-Cookie: a=b", "\x00", "a\x85Set-Cookie: a=b", "a\u2028Set-Cookie: a=b"]
)
def test_no_parameter_adds_a_header_to_an_answer(twins: tuple[Twin, Twin], header: str) -> None:
    alice, charlie = twins
    browser = VISITORS[PORTAL](alice.portal, charlie.portal)["anonymous"]

    for path in ("/", "/search/", "/accounts/login/", "/theme.css", "/bands", "/hand-over"):
        answer = visit(browser, "get", path, data=dict.fromkeys(("q", "next", "v", "page"), header))
        assert "a=b" not in answer.cookies.output()
        assert not any("\n" in value or "\r" in value for value in answer.headers.values())


class Kept(logging.Handler):
    """Keeps lines as a handler would write them."""

    def __init__(self, renderer: object) -> None:
        super().__init__()
        self.lines: list[str] = []
        self.setFormatter(
            structlog.stdlib.ProcessorFormatter(
                processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, printable, renderer]  # type: ignore[list-item]
            )
        )

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@pytest.mark.parametrize("renderer", [structlog.processors.JSONRenderer(), structlog.dev.ConsoleRenderer(colors=False)])
@pytest.mark.parametrize(
    "evil", ["\n", "\r\n", "\x1b[2J\x1b[1;31m", "\x9b31m", "\u2028", "\u202e", "\x00", "\x7f"], ids=ascii
)
def test_what_is_logged_stays_in_its_line(renderer: object, evil: str) -> None:
    logging.disable(logging.NOTSET)
    kept = Kept(renderer)
    foreign = logging.getLogger("attacked")
    foreign.addHandler(kept)
    try:
        foreign.warning("Not Found: %s", f"/{evil}request_finished code=200")
        structlog.wrap_logger(foreign, processors=[structlog.stdlib.ProcessorFormatter.wrap_for_formatter]).warning(
            f"event{evil}", user_agent=f"agent{evil}request_finished"
        )
    finally:
        foreign.removeHandler(kept)

    assert len(kept.lines) == 2
    for line in kept.lines:
        assert evil not in line
        assert len(line.splitlines()) == 1


def test_the_settings_log_by_what_is_tested_here() -> None:
    assert printable in settings.LOGGING["formatters"]["line"]["processors"]
