"""Secrets are planted and used while pages and jobs break: no line, report, job, page or table holds any."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pytest
from allauth.account.forms import LoginForm
from django.conf import settings as django_settings
from django.db import connection, transaction
from django.test import Client
from django_tenants.utils import get_public_schema_name, tenant_context
from pytest_django.fixtures import Settings
from structlog.stdlib import ProcessorFormatter

from bandstand.accounts import roles
from bandstand.accounts.models import User
from bandstand.gigs.job_kinds import REMIND_OF_GIGS, RemindOfGigs
from bandstand.imports.importing import import_begin_linked
from bandstand.jobs.enqueueing import enqueue
from bandstand.jobs.models import Job
from bandstand.settings.log_lines import formatter
from bandstand.teams.invitations import invitation_create
from bandstand_web.accounts import invitations
from bandstand_worker import registry
from bandstand_worker.handlers import remind_of_gigs
from tests.authenticator_app import code_for
from tests.capturing import Capturing, capturing
from tests.conftest import PASSWORD, Portal
from tests.mailbox import link_in, newest_mail_to
from tests.web.accounts.test_second_factors import FACTOR, enrol
from tests.worker.conftest import WorkOff, bystander, executor, ledger, work_off

__all__ = ["bystander", "executor", "ledger", "work_off"]

MINA = "manager@alice.bandstand.localhost"  # on the team, with an account of the portal's own
# Kept where they are on purpose; docs/security.md says so.
AT_REST = {
    "django_session": {"session key"},
    "usersessions_usersession": {"session key"},
    "mail_outgoingmessage": {"link for a new password", "invitation"},  # until some days after the mail went out
}


@dataclass
class Traces:
    """What was left behind, by kind, and the secrets that may not be in it."""

    secrets: dict[str, str] = field(default_factory=dict)
    log: io.StringIO = field(default_factory=io.StringIO)
    reports: Capturing | None = None
    pages: list[str] = field(default_factory=list)

    def plant(self, name: str, secret: str) -> str:
        """Remember a secret, which is long enough to be found nowhere by chance."""
        assert len(secret) >= 8, name
        self.secrets[name] = secret
        return secret

    def found_in(self, text: str) -> set[str]:
        """Return the names of the secrets that stand in a text."""
        return {name for name, secret in self.secrets.items() if secret in text}

    def look(self, answer: Any) -> Any:
        """Keep what an answer showed."""
        self.pages.append(f"{answer.headers} {answer.content.decode(errors='replace')}")
        return answer


@pytest.fixture(params=[True, False], ids=["json", "console"])
def traces(request: pytest.FixtureRequest) -> Iterator[Traces]:
    """Listen to every line from DEBUG up, written as in production, and to what would go to Sentry."""
    traces = Traces()
    options = formatter(as_json=request.param, with_contents=False)
    options.pop("()")
    handler = logging.StreamHandler(traces.log)
    handler.setFormatter(ProcessorFormatter(**options))
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    logging.disable(logging.NOTSET)  # the other attacks are quiet
    try:
        with capturing("web") as outside:
            traces.reports = outside
            yield traces
    finally:
        root.removeHandler(handler)
        root.setLevel(level)


def stumbles_over(secret: str) -> Callable[..., None]:
    """Return something that breaks as code does that stumbles over a value: the message quotes it."""

    def stumble(*_arguments: object, **_more: object) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            try:
                int(secret)
            except ValueError:
                cursor.execute("SELECT %s::integer", [secret])

    return stumble


def doubles(secret: str) -> Callable[..., None]:
    """Return something that breaks a unique constraint: PostgreSQL's DETAIL quotes the row."""

    def insert(*_arguments: object, **_more: object) -> None:
        with transaction.atomic():
            User.objects.create(email=secret)
            User.objects.create(email=secret)

    return insert


def quiet(portal: Portal) -> Client:
    browser = portal.client()
    browser.raise_request_exception = False
    return browser


def path_in(portal: Portal, address: str) -> str:
    with tenant_context(portal.organization):
        return urlsplit(link_in(newest_mail_to(address))).path


def test_none_is_left_behind(
    alice_portal: Portal, traces: Traces, work_off: WorkOff, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant_settings(traces, settings)
    log_in(alice_portal, traces)
    follow_links(alice_portal, traces)
    break_pages(alice_portal, traces, monkeypatch)
    break_jobs(alice_portal, traces, monkeypatch, work_off)

    text = traces.log.getvalue()
    assert traces.found_in(text) == set(), text
    for line in (
        *("Internal Server Error", "job raised", "content security policy violated", "mail/unsubscribe/***"),
        *("DataError", "UniqueViolation", "22P02", "23505", "accounts/join/***"),
    ):
        assert line in text, "nothing was logged, so nothing was proven"
    assert traces.reports
    assert {event["tags"]["organization"] for event in traces.reports.events} == {"alice"}
    assert {event["exception"]["values"][-1]["type"] for event in traces.reports.events} == {
        "DataError",
        "IntegrityError",
    }
    assert traces.found_in(json.dumps(traces.reports.events)) == set()
    for page in traces.pages:
        assert traces.found_in(page) - {"session key"} == set(), page
    for row in Job.objects.values():
        assert traces.found_in(str(row)) == set(), row
    for schema in (get_public_schema_name(), alice_portal.organization.schema_name):
        for table, names in in_tables(schema, traces).items():
            assert names <= AT_REST.get(table, set()), table


def plant_settings(traces: Traces, settings: Settings) -> None:
    traces.plant("SECRET_KEY", settings.SECRET_KEY)
    settings.SECRET_KEY_FALLBACKS = [traces.plant("former key", "former-key-canary-" * 4)]
    settings.ANYMAIL = {**settings.ANYMAIL, "POSTMARK_SERVER_TOKEN": traces.plant("mail key", "mail-key-canary")}
    traces.plant("database password", urlsplit(settings.ENVIRONMENT.database_url).password or "database-canary")
    traces.plant("mistyped password", "mistyped-pa55word")
    traces.plant("password", PASSWORD)


def log_in(portal: Portal, traces: Traces) -> None:
    """Log in wrongly, rightly, with a second factor."""
    secret = traces.plant("second factor", enrol(portal))
    browser = quiet(portal)
    traces.look(browser.post("/accounts/login/", {"login": MINA, "password": traces.secrets["mistyped password"]}))
    browser.post("/accounts/login/", {"login": traces.secrets["mistyped password"], "password": "x"})
    traces.look(browser.post("/accounts/login/", {"login": MINA, "password": PASSWORD}))
    traces.look(browser.post(f"{FACTOR}authenticate/", {"code": code_for(secret)}))
    assert browser.get("/backstage/").status_code == 200
    traces.plant("session key", browser.cookies[django_settings.SESSION_COOKIE_NAME].value)


def follow_links(portal: Portal, traces: Traces) -> None:
    """Open the links of mails: as they are, with a letter too many or too few, in another way than pages do."""
    stranger = quiet(portal)
    stranger.post("/accounts/password/reset/", {"email": MINA})
    reset = path_in(portal, MINA)
    traces.plant("link for a new password", reset.rstrip("/").rpartition("-")[2])
    with tenant_context(portal.organization):
        invitation_create(
            email="new@example.org",
            role=roles.EDITOR,
            invited_by=portal.user(),
            address=lambda token: f"https://alice.example/accounts/join/{token}/",
        )
    join = path_in(portal, "new@example.org")
    token = traces.plant("invitation", join.rstrip("/").rpartition("/")[2])
    hand_over = traces.plant("hand-over", "hand-over-canary")
    for path in (reset, f"{reset}x", join, f"{join}x", join.rstrip("/"), f"/nowhere{join}"):
        stranger.get(path)
    stranger.get(f"/accounts/hand-over/?token={hand_over}")
    stranger.put(join)
    stranger.post(f"/mail/unsubscribe/{token}/")
    page = f"https://{portal.host}{join}?token={hand_over}"
    report = {"csp-report": {"document-uri": page, "blocked-uri": page, "violated-directive": "img-src"}}
    answer = stranger.post("/csp-reports/", json.dumps(report), content_type="application/csp-report")
    assert answer.status_code == 204


def break_pages(portal: Portal, traces: Traces, monkeypatch: pytest.MonkeyPatch) -> None:
    """Break over what was typed into a form, and over a link."""
    stranger = quiet(portal)
    mistyped, token = traces.secrets["mistyped password"], traces.secrets["invitation"]
    with monkeypatch.context() as broken:
        broken.setattr(LoginForm, "clean", stumbles_over(mistyped))
        answer = traces.look(stranger.post("/accounts/login/", {"login": MINA, "password": mistyped}))
    assert answer.status_code == 500
    with monkeypatch.context() as broken:
        broken.setattr(invitations, "invitation_find", stumbles_over(token))
        answer = traces.look(stranger.get(f"/accounts/join/{token}/"))
    assert answer.status_code == 500


def break_jobs(portal: Portal, traces: Traces, monkeypatch: pytest.MonkeyPatch, work_off: WorkOff) -> None:
    """Break over what a job holds, and leave one that holds a link."""
    registry.load_handlers()
    mistyped = traces.secrets["mistyped password"]
    for number, breakage in enumerate((stumbles_over(mistyped), doubles(f"{mistyped}@example.org")), start=1):
        monkeypatch.setattr(remind_of_gigs, "ZoneInfo", breakage)
        enqueue(REMIND_OF_GIGS, RemindOfGigs(due_at=f"2031-01-0{number}"), organization=portal.organization)
        work_off()
    link = traces.plant("shared link", "shared-link-canary")
    with tenant_context(portal.organization):
        import_begin_linked(subject="bands", link=f"https://10.0.0.1/{link}", uploaded_by=portal.user())
    work_off()


def in_tables(schema: str, traces: Traces) -> dict[str, set[str]]:
    """Return the secrets that stand in each table of a schema."""
    found: dict[str, set[str]] = {}
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s", [schema])
        for (table,) in cursor.fetchall():
            for name, secret in traces.secrets.items():
                cursor.execute(
                    f'SELECT EXISTS (SELECT FROM "{schema}"."{table}" t WHERE t::text LIKE %s)', [f"%{secret}%"]
                )
                if cursor.fetchone()[0]:
                    found.setdefault(table, set()).add(name)
    return found
