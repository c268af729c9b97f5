"""Two browsers accept the same offer of a portal at the same moment."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection
from pytest_django.plugin import DjangoDbBlocker

from bandstand.accounts.models import User
from bandstand.jobs.models import Job
from bandstand.mail.models import OutgoingMessage
from bandstand.organizations.models import Organization
from bandstand.organizations.owners import differing_owners, owner_account_create
from bandstand.teams.transferring import TransferGoneError, transfer_accept, transfer_offer
from bandstand.tenancy.provisioning import organization_create, organization_drop_schema

GIVER, RECEIVER = "giver@example.org", "receiver@example.org"


@pytest.fixture
def offered(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[tuple[Organization, str]]:
    """A portal that other connections see, too, and the token of its offer."""
    tokens: list[str] = []
    with django_db_blocker.unblock():
        mails, jobs = (list(model.objects.values_list("pk", flat=True)) for model in (OutgoingMessage, Job))
        giver, receiver = owner_account_create(email=GIVER), owner_account_create(email=RECEIVER)
        made = organization_create(name="Given away", slug="given-away", owner=giver)

        def address(token: str) -> str:
            tokens.append(token)
            return "https://x.example/"

        transfer_offer(organization=made, by=giver, email=RECEIVER, giver_stays=False, address=address)
        yield made, tokens[0]
        organization_drop_schema(made)
        made.delete()
        for account in (giver, receiver):
            account.delete()
        Job.objects.exclude(pk__in=jobs).delete()
        OutgoingMessage.objects.exclude(pk__in=mails).delete()


def test_of_two_who_accept_at_once_one_gets_it(offered: tuple[Organization, str]) -> None:
    organization, token = offered
    together = Barrier(2)

    def accept(_number: int) -> str:
        try:
            account = User.objects.get(email=RECEIVER)
            together.wait(10)
            transfer_accept(token=token, account=account)
        except TransferGoneError:
            return "gone"
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor(2) as threads:
        assert sorted(threads.map(accept, range(2))) == ["done", "gone"]

    assert [owner.email for owner in organization.owners.all()] == [RECEIVER]
    assert differing_owners(organization) == []
    subjects = OutgoingMessage.objects.filter(recipients__contains=[RECEIVER], subject="You now own Given away")
    assert subjects.count() == 1
