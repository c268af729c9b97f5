"""Changes of owners in a cell, and its worker's part of them. Prints what a job said."""

from __future__ import annotations

import sys
from collections.abc import Callable


def main(act: str, slug: str, *emails: str) -> None:
    from bandstand.organizations.models import Organization  # noqa: PLC0415

    acts: dict[str, Callable[..., None]] = {"own": _own, "leave": _leave, "message": _message, "work": _work}
    acts[act](Organization.objects.get(slug=slug), *emails)


def _own(organization: object, *emails: str) -> None:
    """Let these, and no others, own the portal at the platform."""
    from bandstand.accounts.models import User  # noqa: PLC0415
    from bandstand.organizations.owners import owner_account_create, owner_add, owner_remove  # noqa: PLC0415

    for email in emails:
        account = User.objects.filter(email=email).first() or owner_account_create(email=email)
        owner_add(organization=organization, account=account)  # type: ignore[arg-type]
    for account in User.objects.filter(organizations=organization).exclude(email__in=emails):
        owner_remove(organization=organization, account=account)  # type: ignore[arg-type]


def _leave(organization: object, email: str) -> None:
    """Have the team take somebody off."""
    from django_tenants.utils import tenant_context  # noqa: PLC0415

    from bandstand.accounts.models import User  # noqa: PLC0415
    from bandstand.teams.membership import member_remove  # noqa: PLC0415

    with tenant_context(organization):
        member_remove(user=User.objects.get(email=email))


def _message(organization: object, to: str) -> None:
    from bandstand.moving.carrying import owners_message  # noqa: PLC0415

    sys.stdout.write(owners_message(organization, to=to)[0])  # type: ignore[arg-type]


class _Nobody:
    """Looks after no job: they take a moment."""

    def watch(self, *_about: object) -> None:
        pass

    def release(self) -> None:
        pass


def _work(_organization: object) -> None:
    """Do each job about owners as a worker does: claimed, run, and its outcome written."""
    from datetime import timedelta  # noqa: PLC0415

    from bandstand.jobs.models import Job  # noqa: PLC0415
    from bandstand.teams.job_kinds import CARRY_OWNERS  # noqa: PLC0415
    from bandstand_worker.executing import Executor  # noqa: PLC0415
    from bandstand_worker.ledger import Ledger  # noqa: PLC0415

    waiting = Job.objects.filter(kind=CARRY_OWNERS.name, state="waiting").order_by("pk")
    numbers = list(waiting.values_list("pk", flat=True))
    Job.objects.filter(pk__in=numbers).update(state="admitted")
    Executor(Ledger(worker="test", lease=timedelta(seconds=30)), _Nobody(), draining=lambda: False).work(numbers)
    for job in Job.objects.filter(pk__in=numbers).order_by("pk"):
        sys.stdout.write(f"{job.state} {job.error}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
