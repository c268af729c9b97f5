"""Two people store the same unique value at the same moment: the second gets the form back, with its own message."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django_tenants.utils import tenant_context
from pytest_django.plugin import DjangoDbBlocker

from bandstand.accounts import roles
from bandstand.accounts.models import User
from bandstand.bands.band_links import BandLink
from bandstand.bands.models import Band, Genre
from bandstand.gigs.models import Gig
from bandstand.jobs.models import Job
from bandstand.mail.models import OutgoingMessage
from bandstand.organizations.models import Organization
from bandstand.organizations.plans import Plan
from bandstand.submissions.models import Submission
from bandstand.teams.models import Invitation
from bandstand.venues.models import Venue
from tests.conftest import Portal, PortalClient, _portal
from tests.factories.bands import BandFactory
from tests.factories.gigs import GigFactory
from tests.factories.venues import VenueFactory
from tests.isolation.visiting import BACKEND, PLATFORM_HOST
from tests.waiting import wait_until
from tests.web.forms.test_sent_twice import token_of
from tests.web.shell.test_content import band_data, gig_data

pytestmark = pytest.mark.filterwarnings("ignore")
WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid))"


@dataclass(frozen=True)
class Race:
    """A form, what the one who is faster stores, and what the form says to the other."""

    page: str
    data: dict[str, Any]
    faster: Callable[[], Any]
    says: str
    path: str = ""  # the page, unless the form is sent elsewhere


@dataclass(frozen=True)
class Cast:
    portal: Portal
    band: Band
    staff: User


@pytest.fixture
def cast(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Cast]:
    """Rows that are committed, and removed afterwards with all that came."""
    with django_db_blocker.unblock():
        portal = _portal("alice")
        staff = User.objects.create_superuser("staff-at-once@example.org", "a-long-password")
        with tenant_context(portal.organization):
            band = BandFactory(name="The Tubas", photo=None)
        yield Cast(portal, band, staff)
        with tenant_context(portal.organization):
            for model in (Gig, Venue, Band, Genre, Invitation, OutgoingMessage, Submission):
                model.objects.all().delete()
        connection.set_schema_to_public()
        Plan.objects.filter(slug="at-once").delete()
        staff.delete()
        for leftover in (Submission, Job):
            leftover.objects.all().delete()
        connection.close()


def races(cast: Cast) -> dict[str, Race]:
    edit = f"/backstage/bands/{cast.band.pk}/"
    links = {"links-0-url": "https://tubas.example", "members-TOTAL_FORMS": "0", "slug": cast.band.slug}
    return {
        "a band's page address": Race(
            "/backstage/bands/add/",
            band_data(name="Other Tubas", slug="at-once"),
            lambda: BandFactory(name="Faster", slug="at-once", photo=None),
            "Another band already has this URL.",
        ),
        "a band's link": Race(
            edit,
            band_data(name="The Tubas", **links),
            lambda: BandLink.objects.create(band=cast.band, label="Web", url="https://tubas.example"),
            "The band already has this link.",
        ),
        "a gig's page address": Race(
            "/backstage/gigs/add/",
            gig_data(slug="at-once"),
            lambda: GigFactory(slug="at-once"),
            "Another gig already has this URL.",
        ),
        "a venue's name and town": Race(
            "/backstage/venues/add/",
            {"name": "HALL", "town": "Hof", "time_zone": "Europe/Berlin"},
            lambda: VenueFactory(name="Hall", town="Hof"),
            "There is already a venue with this name in this town.",
        ),
        "an invitation": Race(
            "/backstage/team/",
            {"email": "at-once@example.org", "role": roles.EDITOR},
            lambda: invitation("at-once@example.org"),
            "This address already has an invitation.",
            "/backstage/team/invite/",
        ),
        "a genre's name": Race(
            "/admin/bands/genre/add/",
            {"name": "KİRCHE"},
            lambda: Genre.objects.create(name="kirche"),
            "A genre with this name already exists.",
        ),
    }


def invitation(email: str) -> Invitation:
    made = Invitation(email=email, role=roles.EDITOR)
    made.renew()
    made.save()
    return made


NAMES = (
    *("a band's page address", "a band's link", "a gig's page address", "a venue's name and town"),
    *("an invitation", "a genre's name"),
)


@pytest.mark.parametrize("name", NAMES)
def test_the_second_of_two_gets_the_forms_own_message(cast: Cast, name: str) -> None:
    race = races(cast)[name]
    browser = PortalClient(enforce_csrf_checks=True, HTTP_HOST=cast.portal.host)
    with tenant_context(cast.portal.organization):
        browser.force_login(cast.portal.user(), backend=BACKEND)
        answer = send_while_another_stores(browser, race)

    assert race.says in answer.content.decode()
    assert answer.status_code in {200, 422}


def test_staff_of_the_platform_get_it_too(cast: Cast) -> None:
    browser = PortalClient(enforce_csrf_checks=True, HTTP_HOST=PLATFORM_HOST)
    browser.force_login(cast.staff, backend=BACKEND)

    answer = send_while_another_stores(
        browser,
        Race(
            "/admin/organizations/plan/add/",
            {"slug": "at-once", "name": "At once"},
            lambda: Plan.objects.create(slug="at-once", name="Faster"),
            "Plan with this",
        ),
    )

    assert "already exists" in answer.content.decode()
    assert answer.status_code == 200


def send_while_another_stores(browser: Client, race: Race) -> Any:
    """Send the form while a transaction has stored the value, commit once the form waits for it; return the answer."""
    tenant = connection.tenant
    data = {**race.data, "csrfmiddlewaretoken": token_of(browser, race.page)}

    def send() -> Any:
        if isinstance(tenant, Organization):
            connection.set_tenant(tenant)
        try:
            return browser.post(race.path or race.page, data)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            race.faster()
            sent = pool.submit(send)
            wait_until(lambda: is_waited_for() or sent.done())
        return sent.result(30)


def is_waited_for() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(WAITING)
        return bool(cursor.fetchone()[0])
