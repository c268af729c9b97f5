"""Killing the process anywhere in the request that carries the code leaves nothing; many at once get one portal."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django_tenants.utils import tenant_context
from pytest_django.plugin import DjangoDbBlocker

from bandstand.accounts import roles
from bandstand.accounts.models import User
from bandstand.jobs.models import Job
from bandstand.mail.models import OutgoingMessage
from bandstand.organizations.models import Organization
from bandstand.tenancy.provisioning import organization_drop_schema
from tests.conftest import Portal
from tests.mailbox import code_in, newest_mail_to
from tests.owners import come_in
from tests.servers import ROOT
from tests.shared.tenancy.test_killed_signup import sessions_of_others, traces
from tests.waiting import wait_until
from tests.web.platform.posting_signup import AFTER_COMMIT, POINTS
from tests.web.platform.signup_form import filled_in

pytestmark = pytest.mark.long


@pytest.fixture
def _committed(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Work outside of a transaction, as other processes do; remove afterwards all that came."""
    with django_db_blocker.unblock():
        organizations = set(Organization.objects.values_list("pk", flat=True))
        people = set(User.objects.values_list("pk", flat=True))
        yield
        connection.set_schema_to_public()
        for organization in Organization.objects.exclude(pk__in=organizations):
            organization_drop_schema(organization)
            organization.delete()
        User.objects.exclude(pk__in=people).delete()
        for leftover in (Session, Job, OutgoingMessage):
            leftover.objects.all().delete()


def _kill_at(slug: str, point: str) -> None:
    command = [sys.executable, "-m", "tests.web.platform.posting_signup", slug, point]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert process.stdout is not None
    assert process.stdout.readline() == "reached\n"
    process.kill()
    process.wait()
    wait_until(lambda: not sessions_of_others(), "the server notices the broken connection and rolls back")


def _mailed(email: str, slug: str = "popular") -> tuple[Client, str]:
    """Send the form and return the browser with the code that was mailed."""
    browser = Client(HTTP_HOST="bandstand.localhost")
    browser.post("/signup/", filled_in(slug=slug, email=email))
    return browser, code_in(newest_mail_to(email))


@pytest.mark.usefixtures("_committed")
@pytest.mark.parametrize("point", POINTS)
def test_a_kill_leaves_nothing_and_the_same_sign_up_then_succeeds(point: str) -> None:
    slug = f"killed-{point}"
    before = traces(slug)

    _kill_at(slug, point)

    assert traces(slug) == before
    assert not User.objects.filter(email=f"{slug}@example.org").exists()
    cache.clear()  # the rates count the first attempt
    browser, code = _mailed(f"{slug}@example.org", slug)
    answer = browser.post("/signup/verify/", {"code": code})
    assert answer.headers["Location"] == f"http://{slug}.bandstand.localhost:8000/accounts/hand-over/"
    assert traces(slug)["domains"] == 1


@pytest.mark.usefixtures("_committed")
def test_a_kill_after_the_commit_leaves_a_whole_portal() -> None:
    _kill_at("killed-late", AFTER_COMMIT)

    organization = Organization.objects.get(slug="killed-late")
    with tenant_context(organization):
        owner = User.objects.get()
        assert roles.role_of(owner) == roles.OWNER
    owner_comes_in = come_in(Portal(organization, "killed-late@example.org"), password=filled_in()["password"])
    assert owner_comes_in.get("/backstage/").status_code == 200


@pytest.mark.usefixtures("_committed")
def test_twenty_sign_ups_for_one_address_give_one_portal_and_nineteen_clear_messages() -> None:
    waiting = [_mailed(f"fan-{number}@example.org") for number in range(20)]
    connection.close()
    together = Barrier(20)

    def enter_code(browser: Client, code: str) -> str:
        together.wait(10)
        try:
            answer = browser.post("/signup/verify/", {"code": code})
            if answer.headers["Location"].startswith("http://popular."):
                return "made"
            page = browser.get(answer.headers["Location"]).content.decode()
            return "told" if "Someone was faster: popular.bandstand.localhost is taken." in page else page
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as threads:
        results = [done.result() for done in [threads.submit(enter_code, *each) for each in waiting]]

    assert results.count("made") == 1
    assert results.count("told") == 19
    assert Organization.objects.get(slug="popular").owners.count() == 1
    assert User.objects.filter(email__startswith="fan-").count() == 1
