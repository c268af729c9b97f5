"""One portal's health in the platform's admin: what is wrong with it, in counts and times, and none of its content."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_tenants.utils import tenant_context

from bandstand.accounts.models import User
from bandstand.audit.models import Act, Entry
from bandstand.domains.models import Problem
from bandstand.jobs.enqueueing import enqueue
from bandstand.jobs.models import Job, State
from bandstand.mail.job_kinds import SEND_MAIL, SendMail
from bandstand.mail.models import OutgoingMessage
from bandstand.organizations.models import Organization
from bandstand.organizations.storage_use import usage_measure
from bandstand_web.platform.admin.health import health_of
from tests.conftest import Portal
from tests.factories.domains import CustomDomainFactory, LiveDomainFactory
from tests.isolation.twins import fill
from tests.plans import put_on_plan
from tests.web.shell.test_platform_site import staff_client

A_DAY = timedelta(days=1)
LONG_AGO = datetime(2020, 2, 3, 4, 5, 6, 7, tzinfo=UTC)


@pytest.fixture
def staff(db: None, platform_client: Client) -> Client:
    return staff_client(platform_client, superuser=True)


def address_of(portal: Portal) -> str:
    return f"/admin/organizations/organization/{portal.organization.pk}/change/"


def text_of(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())).split())


def jobs(portal: Portal, state: State, count: int = 1) -> None:
    for number in range(count):
        job = enqueue(SEND_MAIL, SendMail(number), organization=portal.organization)
        ends = {"finished_at": timezone.now()} if state is State.FAILED else {}
        lease = {"lease_until": timezone.now()} if state is State.RUNNING else {}
        Job.objects.filter(pk=job.pk).update(state=state, **ends, **lease)


def mails(portal: Portal, state: OutgoingMessage.State, count: int, *, age: timedelta = A_DAY) -> None:
    with tenant_context(portal.organization):
        for _number in range(count):
            OutgoingMessage.objects.create(state=state, created_at=timezone.now() - age)


def test_a_healthy_portal_needs_no_attention(staff: Client, alice_portal: Portal) -> None:
    text = text_of(staff, address_of(alice_portal))

    assert "Needs attention: -" in text
    assert "0 waiting, 0 running, 0 failed" in text
    assert "0 failed, 0 bounced" in text
    assert alice_portal.organization.schema_name in text
    assert "up to date" in text


def test_staff_see_what_is_wrong_with_one_portal_alone(
    staff: Client, alice_portal: Portal, charlie_portal: Portal
) -> None:
    put_on_plan(alice_portal.organization, bands=3, members=1)
    usage_measure(alice_portal.organization)
    jobs(alice_portal, State.WAITING, 2)
    jobs(alice_portal, State.RUNNING)
    jobs(alice_portal, State.FAILED, 3)
    Job.objects.filter(state=State.WAITING).update(run_at=timezone.now() - 2 * A_DAY)
    mails(alice_portal, OutgoingMessage.State.FAILED, 4)
    mails(alice_portal, OutgoingMessage.State.BOUNCED, 5)
    mails(alice_portal, OutgoingMessage.State.BOUNCED, 6, age=40 * A_DAY)
    LiveDomainFactory(organization=alice_portal.organization, name="live.example.net")
    CustomDomainFactory(
        organization=alice_portal.organization, name="lost.example.net", problem=Problem.ELSEWHERE, checked_at=None
    )
    Organization.objects.filter(pk=alice_portal.organization.pk).update(backed_up_at=LONG_AGO)

    text = text_of(staff, address_of(alice_portal))

    assert "2 waiting, 1 running, 3 failed" in text
    assert "4 failed, 5 bounced" in text
    assert "live.example.net · live" in text
    assert "lost.example.net · failing · The domain points to another server." in text
    assert "alice/20200203T040506000007Z.tar.gz.age" in text
    for worry in (
        "3 jobs failed",
        "a job has been due for 2",
        "1 domain is failing",
        "the last backup is 6",
        "limit reached: Team members",
    ):
        assert worry in text, worry
    others = text_of(staff, address_of(charlie_portal))
    assert "Needs attention: -" in others
    assert "example.net" not in others


def test_the_link_to_jobs_leads_to_those_of_the_portal(
    staff: Client, alice_portal: Portal, charlie_portal: Portal
) -> None:
    jobs(alice_portal, State.WAITING)
    jobs(charlie_portal, State.FAILED)
    link = re.search(r'href="(/admin/jobs/job/\?[^"]+)"', staff.get(address_of(alice_portal)).content.decode())
    assert link

    listed = staff.get(unescape(link[1])).context["cl"].queryset

    assert [job.organization for job in listed] == [alice_portal.organization]


def test_staff_without_the_right_to_jobs_get_no_link(platform_client: Client, alice_portal: Portal) -> None:
    looking = staff_client(platform_client, "view_organization")

    page = looking.get(address_of(alice_portal)).content.decode()

    assert "0 waiting, 0 running, 0 failed" in page
    assert "/admin/jobs/" not in page


def test_activity_is_what_the_team_did_and_not_strangers_or_staff(staff: Client, alice_portal: Portal) -> None:
    later = timezone.now() + timedelta(hours=1)

    def active_at() -> datetime | None:
        found = health_of(alice_portal.organization).inside
        assert found
        return found.active_at

    with tenant_context(alice_portal.organization):
        User.objects.update(last_login=timezone.now())
        before = active_at()
        for act, origin in (
            (Act.LOG_IN_FAILED, Entry.Origin.PERSON),
            (Act.LOOKED_AT, Entry.Origin.STAFF),
            (Act.RESTORED, Entry.Origin.OPERATOR),
        ):
            Entry.objects.create(act=act, origin=origin, happened_at=later)
        assert active_at() == before

        Entry.objects.create(act=Act.EXPORTED, origin=Entry.Origin.PERSON, happened_at=later)
    assert active_at() == later
    assert "Last activity of the team: " in text_of(staff, address_of(alice_portal))


def test_it_shows_none_of_what_the_portal_holds(staff: Client, alice_portal: Portal, charlie_portal: Portal) -> None:
    fill(alice_portal, "canaryalice")
    fill(charlie_portal, "canarycharlie")
    Job.objects.update(error="canaryalice", result={"said": "canaryalice"})

    page = staff.get(address_of(alice_portal)).content.decode()

    assert "canaryalice" not in page.replace("canaryalice.example.com", "")
    assert "canarycharlie" not in page


def test_a_portal_that_was_not_migrated_is_named_and_not_read(staff: Client, alice_portal: Portal) -> None:
    mails(alice_portal, OutgoingMessage.State.FAILED, 1)
    with connection.cursor() as cursor:
        schema = alice_portal.organization.schema_name
        cursor.execute(f"DELETE FROM {schema}.django_migrations WHERE app = 'polls'")
        gone = cursor.rowcount

    text = text_of(staff, address_of(alice_portal))

    assert text.count(f"{gone} migration") == 2
    assert "Emails of the last 30 days: -" in text


def test_a_portal_without_a_schema_shows_nothing_of_the_platforms(staff: Client, alice_portal: Portal) -> None:
    OutgoingMessage.objects.create(state=OutgoingMessage.State.FAILED)
    Organization.objects.filter(pk=alice_portal.organization.pk).update(schema_name="org_none")

    text = text_of(staff, address_of(alice_portal))

    assert "the schema is missing" in text
    assert "Emails of the last 30 days: -" in text


def test_a_portal_in_another_cell_is_judged_by_what_is_here(staff: Client, alice_portal: Portal) -> None:
    mails(alice_portal, OutgoingMessage.State.FAILED, 1)
    Organization.objects.filter(pk=alice_portal.organization.pk).update(
        state=Organization.State.MOVED, cell="north", created_at=LONG_AGO
    )

    text = text_of(staff, address_of(alice_portal))

    assert "Needs attention: -" in text
    assert "Cell: north" in text
    assert "Emails of the last 30 days: -" in text


def test_a_portal_that_was_never_backed_up_is_a_worry_only_after_two_days(staff: Client, alice_portal: Portal) -> None:
    assert "no backup is known" not in text_of(staff, address_of(alice_portal))

    Organization.objects.filter(pk=alice_portal.organization.pk).update(created_at=timezone.now() - 3 * A_DAY)

    assert "no backup is known" in text_of(staff, address_of(alice_portal))


def test_the_page_asks_no_more_for_a_busy_portal(staff: Client, alice_portal: Portal, charlie_portal: Portal) -> None:
    for portal in (alice_portal, charlie_portal):
        put_on_plan(portal.organization, bands=3)
        usage_measure(portal.organization)
    for number in range(9):
        CustomDomainFactory(organization=alice_portal.organization, name=f"{number}.example.net")
    jobs(alice_portal, State.FAILED, 9)
    mails(alice_portal, OutgoingMessage.State.FAILED, 9)
    staff.get(address_of(charlie_portal))

    asked = []
    for portal in (charlie_portal, alice_portal):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            staff.get(address_of(portal))
        asked.append(len(queries))

    assert asked[0] == asked[1]
    assert asked[0] <= 40
