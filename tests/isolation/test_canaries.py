"""What two portals leave behind outside of pages: none of it mixes the one with the other.

Both hold rows with the same numbers, slugs and addresses, and do the same things by turns. Then everything that carries
more than one portal is searched: Redis, the table of jobs, mails, log lines, figures, reports of errors.
"""

from __future__ import annotations

import io
import json
import logging
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django_tenants.utils import tenant_context
from PIL import Image
from prometheus_client import generate_latest
from pytest_django.plugin import DjangoDbBlocker
from structlog.stdlib import ProcessorFormatter

from bandstand.accounts import roles
from bandstand.bands.models import Band, Genre
from bandstand.database import content_version
from bandstand.domains.claiming import primary_choose
from bandstand.domains.models import CustomDomain
from bandstand.imports.models import SpreadsheetImport
from bandstand.jobs.models import Job
from bandstand.mail.models import OutgoingMessage
from bandstand.media.models import Picture
from bandstand.organizations.models import Domain, Organization
from bandstand.people.models import Person
from bandstand.settings.log_lines import formatter
from bandstand.tenancy import resolution
from bandstand.venues.models import Venue
from bandstand_web.pagecache import store as page_store
from bandstand_worker import registry
from bandstand_worker.handlers import remind_of_gigs
from bandstand_worker.metrics import Metrics
from tests.capturing import Capturing, capturing
from tests.conftest import PASSWORD, Portal
from tests.factories.bands import BandFactory
from tests.factories.domains import LiveDomainFactory
from tests.factories.gigs import GigFactory
from tests.factories.polls import ChoiceFactory, QuestionFactory
from tests.isolation.twins import EMAIL, PK, SLUG, Twin, fill
from tests.web.bands.test_contact import message
from tests.worker.conftest import WorkOff, bystander, executor, ledger, work_off

__all__ = ["bystander", "executor", "ledger", "work_off"]

pytestmark = pytest.mark.filterwarnings("ignore")

SLUGS = ("alice", "charlie")
OWN_DOMAIN = "www.charlies-own.example"
PATHS = ["/", "/bands/", f"/bands/{SLUG}/", "/gigs/", f"/gigs/{SLUG}/", f"/gigs/{SLUG}.ics", f"/polls/{PK}/results/"]


def canary_of(slug: str) -> str:
    return f"canary{slug}"


def other(slug: str) -> str:
    return SLUGS[1 - SLUGS.index(slug)]


def in_redis() -> Iterator[tuple[str, str]]:
    """Yield every key of this process's database with what stands there, whatever its type."""
    client = content_version.client()
    read = {
        b"string": client.get,
        b"hash": client.hgetall,
        b"list": lambda key: client.lrange(key, 0, -1),
        b"set": client.smembers,
        b"zset": lambda key: client.zrange(key, 0, -1, withscores=True),
    }
    for key in client.scan_iter(count=1000):
        value: Any = read[client.type(key)](key)  # type: ignore[index]
        yield key.decode(), _readable(value) if isinstance(value, bytes) else str(value)


def _readable(value: bytes) -> str:
    """Return what stands there, of a kept page what the visitor gets."""
    about, _line, page = value.partition(b"}]\n")
    with suppress(zlib.error):
        return (about + zlib.decompress(page)).decode(errors="replace")
    return value.decode(errors="replace")


def keys_of_nobody(schemas: dict[str, str]) -> list[str]:
    """Return keys that don't begin with the schema whose they are; addresses are counted over all portals, and one set
    says which portals have counts of visits to be fetched.
    """
    begin = (*(f"{name}:" for name in schemas.values()), "public:numbers:waiting")
    return [key for key, _value in in_redis() if not key.startswith(begin) and not COUNTED_ADDRESS.fullmatch(key)]


def foreign_in_redis(schemas: dict[str, str]) -> list[str]:
    """Return keys of one portal that hold, or name, something of the other."""
    return [
        key
        for slug, schema in schemas.items()
        for key, value in in_redis()
        if key.startswith(f"{schema}:")
        and any(word in key + value for word in (canary_of(other(slug)), schemas[other(slug)]))
    ]


# --- Pages for everybody ---------------------------------------------------------------------------------------------


@pytest.fixture
def published(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[dict[str, Organization]]:
    """Both portals with equal contents, committed: the cache of pages sees no test's transaction."""
    with django_db_blocker.unblock():
        page_store.store._away_until = content_version.VersionChange._away_until = 0.0
        organizations = {slug: Organization.objects.get(slug=slug) for slug in SLUGS}
        rows: list[tuple[Organization, Any]] = []
        for slug, organization in organizations.items():
            with tenant_context(organization):
                rows += [(organization, row) for row in _publish(canary_of(slug))]
        domain = LiveDomainFactory(organization=organizations["charlie"], name=OWN_DOMAIN)
        try:
            yield organizations
        finally:
            connection.set_schema_to_public()
            primary_choose(organization=organizations["charlie"], domain=None)
            Domain.objects.filter(domain=OWN_DOMAIN).delete()
            domain.delete()
            resolution.resolver.forget()
            for organization, row in reversed(rows):
                with tenant_context(organization):
                    row.delete()
                    Genre.objects.all().delete()
                    Venue.objects.all().delete()
                    Person.objects.all().delete()
            connection.close()


def _publish(canary: str) -> list[Any]:
    band = BandFactory(pk=PK, name=f"Band {canary}", slug=SLUG, town=canary, biography=canary, genres=["Doom"])
    gig = GigFactory(pk=PK, title=f"Gig {canary}", slug=SLUG, venue=canary, bands=[band])
    question = QuestionFactory(pk=PK, text=f"Question {canary}?", choices=[])
    ChoiceFactory(pk=PK, question=question, text=canary)
    return [band, gig, question]


def test_a_kept_page_is_given_out_at_its_own_portals_hosts_alone(published: dict[str, Organization]) -> None:
    hosts = {published[slug].host: slug for slug in SLUGS}

    for path in PATHS:
        for language in ("en", "de"):
            for host, slug in [*hosts.items(), *hosts.items()]:  # the second time from Redis
                answer = Client(HTTP_HOST=host).get(path, headers={"Accept-Language": language})
                text = answer.content.decode() + str(answer.headers)
                assert answer.status_code == 200, (host, path)
                assert path in {"/"} or canary_of(slug) in text, (host, path)
                assert canary_of(other(slug)) not in text, (host, path)

    schemas = {slug: published[slug].schema_name for slug in SLUGS}
    for slug, schema in schemas.items():
        kept = [value for key, value in in_redis() if key.startswith(f"{schema}:page:") and canary_of(slug) in value]
        assert len(kept) >= 2 * len(PATHS) - 2, "nothing was kept, so nothing was proven"
    assert keys_of_nobody(schemas) == []
    assert foreign_in_redis(schemas) == []


def test_a_domain_of_ones_own_gets_the_pages_of_no_other(published: dict[str, Organization]) -> None:
    alice, charlie = (published[slug].host for slug in SLUGS)
    primary_choose(organization=published["charlie"], domain=CustomDomain.objects.get(name=OWN_DOMAIN))
    resolution.resolver.forget()

    for path in PATHS[1:]:
        for host, slug in ((alice, "alice"), (OWN_DOMAIN, "charlie"), (alice, "alice"), (OWN_DOMAIN, "charlie")):
            answer = Client(HTTP_HOST=host).get(path)
            text = answer.content.decode() + str(answer.headers)
            assert canary_of(slug) in text, (host, path)
            assert canary_of(other(slug)) not in text, (host, path)
        former = Client(HTTP_HOST=charlie).get(path)
        assert (former.status_code, former["Location"]) == (301, f"http://{OWN_DOMAIN}:8000{path}")
        assert Client(HTTP_HOST="www.nobodys.example").get(path).status_code == 404


# --- What is done in a portal ----------------------------------------------------------------------------------------


@pytest.fixture
def twins(alice_portal: Portal, charlie_portal: Portal) -> dict[str, Twin]:
    registry.load_handlers()
    portals = {"alice": alice_portal, "charlie": charlie_portal}
    return {slug: fill(portal, canary_of(slug)) for slug, portal in portals.items()}


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Every line from DEBUG up, written as in production."""
    written = io.StringIO()
    options = formatter(as_json=True, with_contents=False)
    options.pop("()")
    handler = logging.StreamHandler(written)
    handler.setFormatter(ProcessorFormatter(**options))
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield written
    finally:
        root.removeHandler(handler)
        root.setLevel(level)


def browser_at(twin: Twin, role: str | None = None) -> Client:
    browser = twin.portal.client_of(role) if role else twin.portal.client()
    browser.raise_request_exception = False
    return browser


def act(twin: Twin, turn: int) -> None:
    """Do in a portal what people do there, with its canary in all that is typed."""
    word = twin.canary
    stranger, editor, owner = (browser_at(twin, role) for role in (None, roles.EDITOR, roles.OWNER))
    picture = io.BytesIO()
    Image.new("RGB", (60, 60), "tomato").save(picture, "PNG")
    asked = [
        stranger.post("/accounts/login/", {"login": f"{word}@example.org", "password": word}),
        stranger.post("/accounts/password/reset/", {"email": EMAIL}),
        stranger.get("/search/", {"q": word}),
        stranger.get(f"/polls/{PK}/"),
        stranger.post(f"/polls/{PK}/", {"choice": PK}),
        stranger.post(f"/bands/{SLUG}/contact/", message(subject=word, message=word, sender_name=word, cc_myself="on")),
        stranger.get(f"/{word}/"),
        stranger.post("/accounts/login/", {"login": EMAIL, "password": PASSWORD}),
        owner.post("/backstage/team/invite/", {"email": f"new{turn}-{word}@example.org", "role": roles.EDITOR}),
        owner.get("/backstage/log/log.csv", {"q": word}),
        editor.post(
            "/backstage/imports/add/",
            {"subject": "bands", "file": SimpleUploadedFile(f"{word}.csv", f"name,town\nNew {word},{word}\n".encode())},
        ),
        editor.post(
            f"/backstage/bands/{PK}/photos/", {"pictures": [SimpleUploadedFile(f"{word}.png", picture.getvalue())]}
        ),
    ]
    statuses = [answer.status_code for answer in asked]
    assert statuses == [200, 302, 200, 200, 302, 302, 404, 302, 302, 200, 302, 302]


def break_down(twin: Twin, monkeypatch: pytest.MonkeyPatch) -> None:
    """Break over the portal's own words in a page."""

    def stumble(text: str, **_language: str) -> None:
        raise ValueError(text)

    with monkeypatch.context() as broken:
        broken.setattr("bandstand_web.home.portal.render_markdown", stumble)
        assert browser_at(twin).get("/").status_code == 500


@contextmanager
def figures() -> Iterator[list[str]]:
    """Yield a list that holds, afterwards, the page that Prometheus would read."""
    metrics, page = Metrics(), [""]
    metrics._on = True
    metrics.observe(connection.connection)
    yield page
    metrics.observe(connection.connection)
    page[0] = generate_latest(metrics.registry).decode()


@pytest.mark.long
def test_nothing_that_is_left_behind_mixes_two_portals(
    twins: dict[str, Twin], log: io.StringIO, work_off: WorkOff, monkeypatch: pytest.MonkeyPatch
) -> None:
    mail.outbox.clear()
    with capturing("web") as reports, figures() as page:
        for turn in range(2):
            for twin in twins.values():
                act(twin, turn)
        for twin in twins.values():
            break_down(twin, monkeypatch)
        with monkeypatch.context() as broken:
            broken.setattr(remind_of_gigs, "ZoneInfo", lambda _name: 1 / 0)
            work_off()  # the reminders that twins brought along break
        for twin in twins.values():
            confirm_imports(twin)
        for _round in range(3):
            work_off()  # mails of mails' jobs

    schemas = {slug: twin.portal.organization.schema_name for slug, twin in twins.items()}
    assert keys_of_nobody(schemas) == []
    assert foreign_in_redis(schemas) == []
    for slug, twin in twins.items():
        foreign = twins[other(slug)]
        assert any(key.startswith(f"{schemas[slug]}:") for key, _value in in_redis())
        look_at_jobs(twin, foreign)
        look_at_rows(twin, foreign)
        look_at_mails(twin, foreign)
        look_at_lines(log.getvalue(), slug)
        look_at_reports(reports, slug)
    for word in (*SLUGS, *schemas.values()):
        assert word not in page[0]
    assert 'bandstand_job_duration_seconds_count{kind="imports.import_spreadsheet"' in page[0]


def confirm_imports(twin: Twin) -> None:
    """Confirm what was read of the portal's spreadsheets."""
    editor = browser_at(twin, roles.EDITOR)
    with tenant_context(twin.portal.organization):
        waiting = list(SpreadsheetImport.objects.exclude(previewed_at=None).values_list("pk", flat=True))
    for number in waiting:
        assert editor.post(f"/backstage/imports/{number}/confirm/").status_code == 302


def look_at_jobs(twin: Twin, foreign: Twin) -> None:
    rows = [str(row) for row in Job.objects.filter(organization=twin.portal.organization).values()]
    assert len(rows) >= 6
    assert any(twin.canary in row for row in rows)
    assert [row for row in rows if foreign.canary in row or foreign.portal.host in row] == []


def look_at_rows(twin: Twin, foreign: Twin) -> None:
    """What jobs made stands where it was asked for."""
    with tenant_context(twin.portal.organization):
        assert Band.objects.filter(name=f"New {twin.canary}").exists()
        assert SpreadsheetImport.objects.filter(added__gt=0, file_name=f"{twin.canary}.csv").exists()
        pictures = Picture.objects.ready().exclude(pk=PK)
        assert pictures
        assert {path for picture in pictures for path in picture_paths(picture)} == {
            path
            for picture in pictures
            for path in picture_paths(picture)
            if path.startswith(f"{twin.portal.organization.schema_name}/")
        }
        schema = twin.portal.organization.schema_name
        with connection.cursor() as cursor:
            cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s", [schema])
            for (table,) in cursor.fetchall():
                cursor.execute(
                    f'SELECT count(*) FROM "{schema}"."{table}" t WHERE t::text LIKE %s', [f"%{foreign.canary}%"]
                )
                assert cursor.fetchone() == (0,), table


def picture_paths(picture: Picture) -> list[str]:
    return [path for widths in picture.variants.values() for path in widths.values()]


def look_at_mails(twin: Twin, foreign: Twin) -> None:
    with tenant_context(twin.portal.organization):
        queued = [f"{row}" for row in OutgoingMessage.objects.values()]
    assert queued
    assert not any("accounts/join" in row for row in queued), "links go with the mail that was sent"
    sent = [str(each.message()) for each in mail.outbox]
    of_this_portal = [text for text in sent if twin.portal.host in text or twin.canary in text]
    assert any("accounts/join" in text for text in of_this_portal)
    for text in (*queued, *of_this_portal):
        assert foreign.canary not in text
        assert foreign.portal.host not in text


def look_at_lines(text: str, slug: str) -> None:
    lines = [json.loads(line) for line in text.splitlines()]
    bound = [line for line in lines if line.get("organization") == slug]
    assert {"Internal Server Error: /", f"Not Found: /{canary_of(slug)}/", "job raised"} <= {
        line["event"] for line in bound
    }
    for line in bound:
        assert canary_of(other(slug)) not in str(line)
    for line in lines:
        if "organization" not in line:
            assert canary_of(slug) not in str(line), line


def look_at_reports(reports: Capturing, slug: str) -> None:
    events = [event for event in reports.events if event["tags"].get("organization") == slug]
    assert len(events) >= 2
    assert {event["tags"].get("organization") for event in reports.events} == set(SLUGS)
    for event in events:
        assert canary_of(other(slug)) not in json.dumps(event)
        assert f"{other(slug)}.bandstand" not in json.dumps(event)


# When an address was heard of, in this process's keys: no word of any portal.
COUNTED_ADDRESS = re.compile(r"public::1:allauth:rl:[\w.]+:\w+:[\w./]+/ip:ip:[0-9a-f.:]+")
