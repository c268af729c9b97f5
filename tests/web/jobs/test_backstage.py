"""Activity in the backstage: who sees which of it, and what they can do."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from bandstand.accounts import roles
from bandstand.jobs.kinds import Queue
from bandstand.jobs.models import Job, State
from bandstand_web.jobs.backstage import PER_PAGE
from tests.conftest import Portal


def job_of(portal: Portal, kind: str = "media.process_picture", state: State = State.WAITING, **more: Any) -> Job:
    finished = timezone.now() if state in {State.DONE, State.FAILED, State.CANCELLED} else None
    return Job.objects.create(
        organization=portal.organization,
        kind=kind,
        payload={"picture_id": 1},
        queue=Queue.DEFAULT.value,
        state=state,
        finished_at=finished,
        **more,
    )


def test_it_asks_again_while_something_is_under_way(alice_portal: Portal) -> None:
    job = job_of(alice_portal)
    client = alice_portal.client_of(roles.MEMBER)

    under_way = client.get("/backstage/jobs/", headers={"hx-request": "true"}).content.decode()
    Job.objects.filter(pk=job.pk).update(state=State.DONE, finished_at=timezone.now())
    done = client.get("/backstage/jobs/", headers={"hx-request": "true"}).content.decode()

    assert "Prepare a picture" in under_way
    assert 'hx-trigger="load delay:3s"' in under_way
    assert "<html" not in under_way
    assert "hx-trigger" not in done


def test_it_shows_neither_other_portals_jobs_nor_those_that_are_nobodys_business(
    alice_portal: Portal, charlie_portal: Portal
) -> None:
    job_of(charlie_portal)
    job_of(alice_portal, kind="mail.send")

    page = alice_portal.client_of(roles.OWNER).get("/backstage/jobs/")

    assert page.context["jobs"] == []
    assert "Nothing yet." in page.content.decode()


def test_it_says_what_went_wrong_and_tries_again(alice_portal: Portal) -> None:
    job = job_of(alice_portal, state=State.FAILED, error="The file is empty.", attempts=4)
    client = alice_portal.client_of(roles.EDITOR)

    page = client.get("/backstage/jobs/?show=failed").content.decode()
    client.post(f"/backstage/jobs/{job.pk}/again/")

    assert "The file is empty." in page
    job.refresh_from_db()
    assert (job.state, job.attempts) == (State.WAITING, 0)


def test_it_leads_to_older_jobs_without_counting_them(
    alice_portal: Portal, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    oldest = job_of(alice_portal, state=State.DONE)
    for _number in range(PER_PAGE):
        job_of(alice_portal, state=State.DONE)
    client = alice_portal.client_of(roles.MEMBER)
    client.get("/backstage/")  # what a process asks once per portal

    with django_assert_max_num_queries(12) as asked:
        newest = client.get("/backstage/jobs/")
    older = client.get(f"/backstage/jobs/?before={newest.context['older_than']}")

    assert not [query for query in asked.captured_queries if "COUNT(" in query["sql"] and "jobs_job" in query["sql"]]
    assert len(newest.context["jobs"]) == PER_PAGE
    assert older.context["jobs"] == [oldest]
    assert older.context["older_than"] is None
    assert client.get("/backstage/jobs/?before=nonsense").status_code == 404


def test_it_tries_all_failed_jobs_of_this_portal_again(alice_portal: Portal, charlie_portal: Portal) -> None:
    mine = [job_of(alice_portal, state=State.FAILED) for _number in range(2)]
    theirs, hidden = job_of(charlie_portal, state=State.FAILED), job_of(alice_portal, "mail.send", State.FAILED)

    alice_portal.client_of(roles.MEMBER).post("/backstage/jobs/again/")
    assert not Job.objects.filter(state=State.WAITING).exists()
    alice_portal.client_of(roles.EDITOR).post("/backstage/jobs/again/")

    assert set(Job.objects.filter(state=State.WAITING)) == set(mine)
    assert {Job.objects.get(pk=job.pk).state for job in (theirs, hidden)} == {State.FAILED}


def test_it_stops_what_waits(alice_portal: Portal) -> None:
    job = job_of(alice_portal)

    alice_portal.client_of(roles.EDITOR).post(f"/backstage/jobs/{job.pk}/stop/")

    job.refresh_from_db()
    assert job.state == State.CANCELLED


@pytest.mark.parametrize("action", ["again", "stop"])
def test_it_lets_nobody_touch_what_they_may_not_change(
    alice_portal: Portal, charlie_portal: Portal, action: str
) -> None:
    mine, theirs = job_of(alice_portal), job_of(charlie_portal)

    assert alice_portal.client_of(roles.MEMBER).post(f"/backstage/jobs/{mine.pk}/{action}/").status_code == 404
    assert alice_portal.client_of(roles.OWNER).post(f"/backstage/jobs/{theirs.pk}/{action}/").status_code == 404
    assert set(Job.objects.filter(pk__in=[mine.pk, theirs.pk]).values_list("state", flat=True)) == {State.WAITING}


def test_it_counts_what_is_under_way_on_the_first_page(alice_portal: Portal) -> None:
    job_of(alice_portal)

    assert alice_portal.client_of(roles.MEMBER).get("/backstage/").context["jobs_count"] == 1
