"""What operators do to jobs from a shell."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from bandstand.jobs.enqueueing import enqueue
from bandstand.jobs.models import Job, State
from bandstand.mail.job_kinds import SEND_MAIL, SendMail
from tests.conftest import Portal


def jobs(*arguments: str) -> str:
    """Return what the command prints."""
    out = StringIO()
    call_command("jobs", *arguments, stdout=out)
    return out.getvalue()


@pytest.fixture
def alices(alice_portal: Portal) -> Job:
    return enqueue(SEND_MAIL, SendMail(1), organization=alice_portal.organization)


@pytest.fixture
def charlies(charlie_portal: Portal) -> Job:
    return enqueue(SEND_MAIL, SendMail(1), organization=charlie_portal.organization)


def fail(job: Job) -> None:
    Job.objects.filter(pk=job.pk).update(
        state=State.FAILED, finished_at=job.created_at, error="Dear Alice", error_class="ValueError"
    )


def test_it_lists_jobs_without_what_they_say(alices: Job, charlies: Job) -> None:
    fail(alices)

    listed = jobs("list", "--state", "failed")

    assert f"{alices.pk}" in listed.split()
    assert "ValueError" in listed
    assert "Dear Alice" not in listed
    assert f"{charlies.pk}" not in listed.split()


def test_it_retries_all_failed_jobs_of_one_organization(alices: Job, charlies: Job) -> None:
    fail(alices)
    fail(charlies)

    assert jobs("retry", "--all", "--organization", "alice") == "1 jobs are tried again.\n"

    assert [Job.objects.get(pk=job.pk).state for job in (alices, charlies)] == [State.WAITING, State.FAILED]


def test_it_cancels_one_job_by_its_number(alices: Job, charlies: Job) -> None:
    jobs("cancel", str(alices.pk))

    assert [Job.objects.get(pk=job.pk).state for job in (alices, charlies)] == [State.CANCELLED, State.WAITING]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["cancel"], "Give the numbers of jobs, or --all"),
        (["cancel", "1", "--all"], "Give the numbers of jobs, or --all"),
        (["list", "--kind", "mail.sned"], "No kind is called mail.sned"),
        (["list", "--organization", "nobody"], "No organization has the address nobody"),
    ],
)
def test_it_says_what_is_wrong(arguments: list[str], sentence: str, db: None) -> None:
    with pytest.raises(CommandError, match=sentence):
        jobs(*arguments)


def test_it_says_which_jobs_do_not_end_when_it_drains(alices: Job) -> None:
    Job.objects.filter(pk=alices.pk).update(state=State.ADMITTED)

    with pytest.raises(CommandError, match="1 jobs still run after 0 s"):
        jobs("drain", "--seconds", "0")
