"""Chromium shows pages full of payloads, and runs none.

The rows are stored as they are, past every form. Pages are taken from Django first and shown afterwards, with the
headers they came with. Nothing may run, nothing may have to be stopped by the Content Security Policy, and no
element may hold what a click would run.
"""

from __future__ import annotations

import contextlib
import itertools
import mimetypes
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from django.contrib.staticfiles import finders
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from django_tenants.utils import tenant_context
from playwright.sync_api import sync_playwright

from bandstand.accounts import roles
from bandstand.accounts.models import User
from bandstand.bands.band_links import BandLink
from bandstand.bands.models import Band, Member
from bandstand.calendars.models import CalendarSource
from bandstand.content.plain_text import clean_text, one_line
from bandstand.enquiries.models import Enquiry
from bandstand.gigs.appearances import Appearance
from bandstand.gigs.job_kinds import REMIND_OF_GIGS, RemindOfGigs
from bandstand.gigs.models import Gig
from bandstand.imports.models import SpreadsheetImport
from bandstand.jobs.enqueueing import enqueue
from bandstand.jobs.models import Job
from bandstand.mail.models import OutgoingMessage, SuppressedAddress
from bandstand.media.models import Picture
from bandstand.news.models import Post
from bandstand.pages.kinds import KINDS
from bandstand.pages.models import Page
from bandstand.pages.values import (
    FileOf,
    LinkValue,
    OneOf,
    PictureOf,
    PicturesOf,
    RowOf,
    RowsOf,
    TextValue,
    Value,
    Whole,
)
from bandstand.polls.models import Choice, Question
from bandstand.portals.menus import LABEL_MAX_LENGTH
from bandstand.portals.models import PortalSettings
from bandstand.reports.models import PageReport
from bandstand.teams.models import Invitation, token_digest
from tests.attacks.xss_corpus import payloads
from tests.conftest import Portal
from tests.factories.bands import BandFactory, BandPhotoFactory, GenreFactory, InstrumentFactory
from tests.factories.domains import CustomDomainFactory
from tests.factories.gigs import GigFactory
from tests.factories.media import ReadyPictureFactory
from tests.factories.news import PostFactory
from tests.factories.pages import PageFactory, block
from tests.factories.polls import QuestionFactory
from tests.isolation.visiting import staff_browser
from tests.required_tools import require

PAYLOADS = payloads()
AT_ONCE = 60  # rows of a kind on the busiest pages
PER_PAGE = 24  # the shortest of the lists
FEW, SEVERAL = 90, 5  # one in so many is stored in `make test` and in `make test-long`
SOME = 97  # one in so many for what asks a page per payload; `make security` takes all
WATCH = """
    window.ran = [];
    window.stopped = [];
    window.xss = (number) => window.ran.push(number);
    addEventListener("securitypolicyviolation", (event) =>
        window.stopped.push(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`));
"""
# What ran, what was stopped, and what would run when clicked, hovered or submitted and no page of ours ever holds.
FOUND = """() => {
    const ADDRESSES = ["href", "src", "action", "formaction", "xlink:href", "data", "srcdoc", "style"];
    const all = [...document.querySelectorAll("*")];
    const waiting = all.flatMap((element) => [...element.attributes].map((attribute) => {
        const value = attribute.value.replace(/[\\u0000-\\u0020]/g, "").toLowerCase();
        const runs = attribute.name.startsWith("on") || attribute.name.includes("hx-on")
            || /^(javascript|vbscript|data:text)/.test(value) && ADDRESSES.includes(attribute.name);
        return runs ? `${element.tagName} ${attribute.name}=${attribute.value}` : null;
    }));
    const others = document.querySelectorAll("script:not([src]):not([type*=json]), iframe, object, embed, base");
    const suspicious = [...waiting, ...[...others].map((element) => element.outerHTML.slice(0, 200))].filter(Boolean);
    return {ran: window.ran, stopped: window.stopped, suspicious};
}"""

pytestmark = [pytest.mark.filterwarnings("ignore"), pytest.mark.slow]


@dataclass(frozen=True)
class Shown:
    """A page as Django gave it."""

    url: str
    status: int
    headers: dict[str, str]
    body: bytes


# All of them in portions, so that two processes share them.
PORTIONS = 6
some_or_all = pytest.mark.parametrize(
    "texts",
    [
        pytest.param(PAYLOADS[::SOME], marks=pytest.mark.long),
        *(pytest.param(PAYLOADS[number::PORTIONS], marks=pytest.mark.security) for number in range(PORTIONS)),
    ],
    ids=["some", *(f"portion {number}" for number in range(PORTIONS))],
)


@some_or_all
def test_the_corpus_runs_where_nothing_stops_it(texts: list[str]) -> None:
    page = Shown("http://unguarded.localhost/", 200, {"Content-Type": "text/html; charset=utf-8"}, b"")
    pages = [
        Shown(f"{page.url}{number}", 200, page.headers, f"<!doctype html><p>{payload}</p>".encode())
        for number, payload in enumerate(texts)
    ]

    found = [each for each in looked_at(pages) if each["ran"] or each["suspicious"]]

    assert len(PAYLOADS) == len(set(PAYLOADS)) >= 300
    assert len(found) >= len(texts) * 0.7  # the others speak Markdown, or are for another place than a paragraph


@pytest.mark.parametrize(
    ("texts", "fewest_pages"),
    [
        (PAYLOADS[::FEW], 65),
        pytest.param(PAYLOADS[::SEVERAL], 80, marks=pytest.mark.long),
        pytest.param(PAYLOADS, 80, marks=pytest.mark.security),
    ],
    ids=["few", "several", "all"],
)
def test_no_stored_payload_runs_anywhere(texts: list[str], fewest_pages: int, alice_portal: Portal) -> None:
    organization = alice_portal.organization
    owner = alice_portal.client_of(roles.OWNER)
    with tenant_context(organization):
        fill(alice_portal, texts)
        pages = [*visited(alice_portal.client(), public_paths(len(texts))), *visited(owner, team_paths(len(texts)))]
    organization.name = PAYLOADS[7][:120]
    organization.save()
    User.objects.filter(email=alice_portal.owner_email).update(name=PAYLOADS[8][:120])
    pages += visited(staff_browser(), platform_paths(alice_portal))
    pages += visited(alice_portal.client_of(roles.OWNER), ["/backstage/", "/", "/admin/"])

    assert len(pages) > fewest_pages
    assert problems(pages) == []


@some_or_all
def test_no_payload_in_an_address_or_a_refused_form_runs(texts: list[str], alice_portal: Portal) -> None:
    owner, visitor = alice_portal.client_of(roles.OWNER), alice_portal.client()
    with tenant_context(alice_portal.organization):
        BandFactory(slug="the-band", contact_email="band@example.org")
    pages = []
    for text in texts:
        asked = quote(text)
        pages += visited(
            visitor,
            [f"/bands/?q={asked}", f"/bands/?town={asked}", f"/search/?q={asked}", f"/gigs/?when={asked}"],
        )
        pages += visited(visitor, [f"/accounts/login/?next={asked}", f"/mail/unsubscribe/{asked}/", f"/{asked}/"])
        pages += visited(visitor, [f"/report/?page={asked}", f"/report/?page=/{asked}"])
        pages += visited(
            owner, [f"/backstage/bands/?q={asked}", f"/backstage/bands/?show={asked}", f"/backstage/gigs/?q={asked}"]
        )
        pages += visited(owner, [f"/admin/bands/band/?q={asked}", f"/admin/gigs/gig/?q={asked}&_popup={asked}"])
        pages += refused(visitor, "/accounts/login/", {"login": text, "password": text})
        pages += refused(
            visitor, "/bands/the-band/contact/", {"sender_name": text, "sender_email": text, "subject": text}
        )
        pages += refused(visitor, "/report/", dict.fromkeys(("address", "kind", "explanation", "name", "email"), text))
        pages += refused(owner, "/backstage/team/invite/", {"email": text})
        pages += refused(owner, "/backstage/domains/", {"name": text})

    assert problems(pages) == []


def fill(portal: Portal, lines: list[str]) -> None:
    """Put a payload into each text that a person can fill, all of them into the long ones and into the lists."""
    everything = "\n\n".join(PAYLOADS)
    texts = itertools.cycle(PAYLOADS)
    picture = ReadyPictureFactory(alt=next(texts)[:120])
    bands = [
        BandFactory(name=text[:120], slug=f"band-{number}", town=text[:120], biography=text, is_published=True)
        for number, text in enumerate(lines)
    ]
    first = bands[0]
    first.biography, first.photo, first.contact_email = (
        everything[:20_000],
        picture,
        '"<svg/onload=xss(0)>"@example.org',
    )
    first.save()
    for number in range(3):
        first.genres.add(GenreFactory(name=next(texts)[:60], slug=f"genre-{number}"))
    for text in PAYLOADS[:AT_ONCE]:
        member = Member.objects.create(band=first, name=text[:120], role=text[:80])
        member.instruments.add(InstrumentFactory(name=text[:60]))
        BandLink.objects.create(band=first, label=text[:60], url=f"https://example.org/{text}"[:200])
    BandPhotoFactory(band=first, picture=picture, caption=next(texts)[:200])
    for number, text in enumerate(lines):
        gig = GigFactory(title=text[:120], slug=f"gig-{number}", venue=text[:120], town=text[:120], price=text[:60])
        Appearance.objects.create(gig=gig, band=bands[number], position=1)
    Gig.objects.filter(slug="gig-0").update(notes=everything[:5000], address=PAYLOADS[3][:200])
    words = "\n\n".join(f'![{text}](picture:{picture.uid} "{text}")' for text in PAYLOADS[:AT_ONCE])
    for number, text in enumerate(lines[:AT_ONCE]):
        post = PostFactory(
            title=text[:140],
            slug=f"post-{number}",
            summary=text[:300],
            author=text[:120],
            text=text if number else f"{words}\n\n{everything}",
            tags=[text[:40].lower()],
            picture=picture,
        )
        post.bands.add(bands[number])
    for number, text in enumerate(lines[:AT_ONCE]):
        PageFactory(
            title=text[:140], slug=f"page-{number}", summary=text[:300], blocks=blocks_of(text, picture, first, words)
        )
    question = QuestionFactory(text=PAYLOADS[1][:200], choices=[])
    for text in lines:
        Choice.objects.create(question=question, text=text[:200])
        Enquiry.objects.create(
            band=first,
            subject=one_line(text)[:100],
            message=text,
            sender_name=text[:120],
            sender_email=f"{len(text)}@example.org",
        )
    for text in PAYLOADS[:AT_ONCE]:
        QuestionFactory(text=text[:200])
        Picture.objects.create(alt=text[:120])
    settings = PortalSettings.objects.current()
    settings.tagline, settings.introduction = PAYLOADS[2][:120], everything[:5000]
    settings.save()
    fill_frame(settings)
    fill_team(portal, texts)


def fill_frame(settings: PortalSettings) -> None:
    """Put payloads around each page: as labels, as texts, and as addresses past every form."""
    labels = [one_line(text)[:LABEL_MAX_LENGTH].strip() for text in PAYLOADS[:AT_ONCE]]
    hostile = [{"target": text, "label": "x"} for text in PAYLOADS[:AT_ONCE]]
    entries = [*hostile, *({"target": "/gigs/", "label": label} for label in labels)]
    settings.menu = {"v": 1, "entries": [{"target": "", "label": labels[0], "entries": entries}, *hostile]}
    settings.footer = {"v": 1, "text": PAYLOADS[9][:500], "columns": entries, "legal": entries[::-1]}
    links = [{"url": text, "label": "x"} for text in PAYLOADS[:6]]
    links += [{"url": f"https://evil.example/{quote(PAYLOADS[3])}", "label": label} for label in labels[:9]]
    settings.social_links = {"v": 1, "links": links}
    settings.bar_text, settings.bar_link, settings.bar_url = PAYLOADS[4][:160], labels[5], "/news/"
    settings.save()


def blocks_of(text: str, picture: Picture, band: Band, words: str) -> list[dict[str, Any]]:
    """Return a block of each kind with a payload in each of its texts; links are stored as no form would take them."""
    unknown = {"id": "unknown", "kind": text[:60], "version": 1, "values": {"text": text}}
    made = [block(name, **hostile_values(name, text, picture, band)) for name in KINDS]
    links = [
        {**each, "id": f"l{number}l", "values": {**each["values"], name: text}}
        for number, each in enumerate(made)
        for name, value in KINDS[each["kind"]].values.items()
        if isinstance(value, LinkValue)
    ]
    return [*made, *links, block("text", text=words[:40_000]), unknown]


def hostile_values(name: str, text: str, picture: Picture, band: Band) -> dict[str, Any]:
    """Return values that a block of this kind accepts, with the payload wherever there are words."""
    uid, kinds = f"picture:{picture.uid}", KINDS[name].values
    made: Mapping[type[Value], Callable[[Any], Any]] = {
        TextValue: lambda value: (clean_text(text) if value.rows else one_line(text))[: value.most].strip(),
        LinkValue: lambda _value: f"https://example.org/{quote(text)}",
        PictureOf: lambda _value: uid,
        PicturesOf: lambda value: [
            {"picture": uid, **{name: made[TextValue](each) for name, each in value.texts.items()}}
        ],
        FileOf: lambda _value: {"file": "0123456789abcdefghijklmn.pdf", "size": 1},
        RowOf: lambda _value: str(band.uid),
        RowsOf: lambda _value: [str(band.uid)],
        Whole: lambda value: value.most,
        OneOf: lambda value: value.empty,
    }
    return {key: made[type(value)](value) for key, value in kinds.items()}


def fill_team(portal: Portal, texts: Iterator[str]) -> None:
    """The same for what the team alone sees."""
    owner, due = portal.user(), timezone.now().isoformat()
    for number, text in enumerate(PAYLOADS[:AT_ONCE]):
        person = User.objects.create(email=f"person{number}@example.org", name=text[:120])
        roles.assign(person, roles.MEMBER)
        OutgoingMessage.objects.create(recipients=[text], subject=text[:255], text=text, html=text, problem=text[:255])
        SpreadsheetImport.objects.create(
            subject="bands",
            file_name=text[:100],
            uploaded_by=owner,
            finished_at=timezone.now(),
            columns=["name"],
            refusals=[{"row": 2, "cells": [each], "problems": [each]} for each in PAYLOADS[:AT_ONCE]],
        )
        entry = {"label": text, "when": text, "changes": [[text, text, text]], "problems": [text]}
        CalendarSource.objects.create(
            name=text[:120],
            host=text[:255],
            problem=text[:300],
            previewed_at=timezone.now(),
            preview={
                "events": [
                    {"uid": "", "action": action, "conflicts": [[text, text, text]], **entry}
                    for action in ("add", "change", "keep", "gone", "refuse")
                ],
                "flawed": [[text, text]],
                "notices": [text],
                "counts": {},
            },
        )
        job = enqueue(REMIND_OF_GIGS, RemindOfGigs(due_at=due), organization=portal.organization, created_by=text[:150])
        Job.objects.filter(pk=job.pk).update(
            state="failed",
            finished_at=timezone.now(),
            error=text,
            error_class=text[:120],
            progress_message=text[:200],
            worker=text[:120],
        )
        PageReport.objects.create(
            organization=portal.organization,
            address=f"https://example.org/{text}"[:200],
            kind=PageReport.Kind.OTHER,
            explanation=text,
            name=text[:120],
            email=f'"<svg/onload=xss({number})>"@example.org',
            language="en",
            state=PageReport.State.WARNED,
            ground=text[:200],
            reasons=text,
            decided_at=timezone.now(),
        )
    Invitation.objects.create(
        email='"<svg/onload=xss(1)>"@example.org',
        token_digest=token_digest("xss"),
        expires_at=timezone.now() + timedelta(days=1),
        invited_by=owner,
    )
    SuppressedAddress.objects.create(email='"<svg/onload=xss(2)>"@example.org', reason="bounced")
    CustomDomainFactory(organization=portal.organization, name="xss.example.com", certificate_problem=next(texts)[:200])


def public_paths(rows: int) -> list[str]:
    """Return what everybody sees."""
    lists = [f"/{kind}/?page={number}" for kind in ("bands", "gigs") for number in range(1, rows // PER_PAGE + 2)]
    details = [f"/{kind}s/{kind}-{number}/" for kind in ("band", "gig") for number in range(0, rows, 40)]
    polls = [f"/polls/{Question.objects.order_by('pk')[0].pk}/{end}" for end in ("", "results/")]
    news = ["/news/", "/news/?page=2", "/news/post-0/", "/news/post-1/", "/page-0/", "/page-1/"]
    return ["/", "/polls/", "/bands/band-0/contact/", *news, *lists, *details, *polls]


def team_paths(rows: int) -> list[str]:
    """Return the backstage's and the admin's pages: lists to the end, and a row of each kind."""
    band, gig = Band.objects.get(slug="band-0"), Gig.objects.get(slug="gig-0")
    question, enquiry = Question.objects.order_by("pk")[0], Enquiry.objects.order_by("pk")[0]
    backstage = ["", "team/", "settings/", "jobs/", "domains/", "polls/", "imports/add/"]
    lists = range(1, rows // PER_PAGE + 2)
    backstage += [f"{kind}/?page={number}" for kind in ("bands", "gigs", "enquiries") for number in lists]
    backstage += [f"bands/{band.pk}/{end}" for end in ("", "photos/")]
    backstage += [f"gigs/{gig.pk}/", f"polls/{question.pk}/", f"enquiries/{enquiry.pk}/"]
    backstage += ["news/", *(f"news/{post.pk}/" for post in Post.objects.order_by("pk")[:3])]
    own = list(Page.objects.order_by("pk")[:2])
    backstage += ["pages/", *(f"pages/{page.pk}/{end}" for page in own for end in ("", "content/", "history/"))]
    backstage += [f"pages/{own[0].pk}/content/{each.id}/" for each in own[0].block_list if each.kind]
    backstage += ["calendars/", *(f"calendars/{source.pk}/" for source in CalendarSource.objects.all()[:3])]
    backstage += [f"imports/{SpreadsheetImport.objects.order_by('pk')[0].pk}/"]
    kinds = ["bands/band", "bands/genre", "bands/instrument", "gigs/gig", "enquiries/enquiry", "polls/question"]
    kinds += ["media/picture", "mail/outgoingmessage", "mail/suppressedaddress", "accounts/user", "admin/logentry"]
    admin = ["", *(f"{name}/?p={number}" for name in kinds for number in (1, 2, 4)[: 1 + rows // 200])]
    rows = [(band, "bands/band"), (gig, "gigs/gig"), (question, "polls/question"), (enquiry, "enquiries/enquiry")]
    rows += [(OutgoingMessage.objects.order_by("pk")[0], "mail/outgoingmessage")]
    admin += [f"{name}/{row.pk}/{end}/" for row, name in rows for end in ("change", "delete", "history")]
    return [f"/backstage/{path}" for path in backstage] + [f"/admin/{path}" for path in admin]


def platform_paths(portal: Portal) -> list[str]:
    """Return the platform admin's pages that show what tenants wrote."""
    number = portal.organization.pk
    job = Job.objects.order_by("-pk")[0].pk
    return [
        "/admin/",
        "/admin/organizations/organization/",
        f"/admin/organizations/organization/{number}/change/",
        "/admin/organizations/domain/",
        "/admin/jobs/job/",
        f"/admin/jobs/job/{job}/change/",
        "/admin/accounts/user/",
        *("/admin/reports/pagereport/", f"/admin/reports/pagereport/{PageReport.objects.order_by('pk')[0].pk}/change/"),
    ]


def visited(client: Client, paths: Iterable[str]) -> list[Shown]:
    """Return these pages; an answer without HTML has nothing to show."""
    return [shown(client, path, client.get(path)) for path in paths]


def refused(client: Client, path: str, values: dict[str, str]) -> list[Shown]:
    """Return the page of a form that was filled wrongly."""
    return [shown(client, path, client.post(path, values))]


def shown(client: Client, path: str, answer: HttpResponse) -> Shown:
    """Return the answer as a browser gets it."""
    host = client.defaults.get("HTTP_HOST", "bandstand.localhost")
    assert answer.status_code < 500, path
    return Shown(f"http://{host}{path}", answer.status_code, dict(answer.items()), answer.getvalue())


def problems(pages: list[Shown]) -> list[dict[str, Any]]:
    """Return the pages on which something ran, would run, or had to be stopped."""
    html = [page for page in pages if page.headers.get("Content-Type", "").startswith("text/html")]
    return [found for found in looked_at(html) if found["ran"] or found["stopped"] or found["suspicious"]]


def looked_at(pages: list[Shown]) -> Iterator[dict[str, Any]]:
    """Yield what Chromium did with each page. Django's database is out of reach here: an event loop runs."""
    with shelf() as serving, sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=require("chromium"),
            args=["--no-sandbox", f"--host-resolver-rules=MAP * 127.0.0.1:{serving.server_port}"],
        )
        page = chromium.new_page()
        page.add_init_script(WATCH)
        for each in pages:
            serving.page = each
            page.goto(each.url, wait_until="load")
            yield {"url": each.url, **page.evaluate(FOUND)}
        chromium.close()


class Shelf(ThreadingHTTPServer):
    """Has the page that is looked at, and static files, which are kept: there is nothing else.

    Playwright's own routes would answer as well; with them Chromium keeps nothing, and takes twice as long.
    """

    page: Shown


class FromShelf(BaseHTTPRequestHandler):
    """Answers to Chromium."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Shelf

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        found = finders.find(path.removeprefix("/static/")) if path.startswith("/static/") else None
        if self.headers["Sec-Fetch-Dest"] == "document":
            page = self.server.page
            status = page.status if page.status < 300 or page.status >= 400 else 200
            self.answer(status, page.headers, page.body)
        elif isinstance(found, str):
            kind = mimetypes.guess_type(found)[0] or "text/plain"
            self.answer(200, {"Content-Type": kind, "Cache-Control": "max-age=3600"}, Path(found).read_bytes())
        else:
            self.answer(404, {}, b"")

    def answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in (headers | {"Content-Length": str(len(body))}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_words: object) -> None:
        pass


@contextlib.contextmanager
def shelf() -> Iterator[Shelf]:
    """Run one beside the test."""
    with Shelf(("127.0.0.1", 0), FromShelf) as serving:
        Thread(target=serving.serve_forever, daemon=True).start()
        try:
            yield serving
        finally:
            serving.shutdown()
