"""Many at once, over real connections: a limit is exceeded by none."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db import connection, transaction
from django.utils import timezone
from django_tenants.utils import tenant_context
from PIL import Image
from pytest_django.plugin import DjangoDbBlocker

from bandstand.accounts import roles
from bandstand.accounts.models import User
from bandstand.bands.models import Band
from bandstand.mail.counting import NoMailsLeftError, mail_count
from bandstand.mail.models import OutgoingMessage
from bandstand.media.adding import picture_add
from bandstand.media.emptying import tenant_files_delete
from bandstand.media.folders import bytes_below
from bandstand.media.models import Picture
from bandstand.media.storage import room_for_variants
from bandstand.organizations.models import Organization
from bandstand.organizations.plans import Allowance, Limit, Plan, Usage
from bandstand.organizations.quotas import counted_at_end
from bandstand.teams.invitations import invitation_create
from bandstand.teams.models import Invitation
from bandstand.tenancy.provisioning import organization_create, organization_drop_schema
from tests.plans import put_on_plan
from tests.servers import ROOT

MB = 1024 * 1024


@pytest.fixture
def crowded(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Organization]:
    """A portal that other connections see, too."""
    with django_db_blocker.unblock():
        owner = User.objects.create_user("crowded@example.org", "a-long-password")
        made = organization_create(name="Crowded", slug="crowded", owner=owner)
        yield made
        tenant_files_delete(made.schema_name)
        organization_drop_schema(made)
        made.delete()
        owner.delete()
        Plan.objects.filter(slug__startswith="plan-").delete()


def at_once(organization: Organization, count: int, act: Callable[[int], object]) -> int:
    """Let `count` people do it at the same time, and return how many weren't refused."""

    def attempt(number: int) -> bool:
        try:
            with tenant_context(organization):
                act(number)
        except (ValidationError, NoMailsLeftError):
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(min(count, 20)) as threads:
        return list(threads.map(attempt, range(count))).count(True)


def picture() -> bytes:
    file = io.BytesIO()
    Image.effect_noise((320, 240), 90).save(file, "PNG")
    return file.getvalue()


def test_a_hundred_uploads_exceed_the_storage_by_none(crowded: Organization) -> None:
    put_on_plan(crowded, storage=3)
    content = picture()
    each = len(content) + room_for_variants(len(content))

    done = at_once(crowded, 100, lambda number: picture_add(file=ContentFile(content, name=f"{number}.png")))

    assert done == 3 * MB // each
    with tenant_context(crowded):
        assert Picture.objects.count() == done
        assert bytes_below(crowded.schema_name) == done * len(content), "what was refused left no file"
    assert Usage.objects.get(organization=crowded).storage_bytes == done * each


@pytest.mark.long
def test_so_do_uploads_of_other_processes(crowded: Organization) -> None:
    put_on_plan(crowded, storage=1)
    command = [sys.executable, "-m", "tests.shared.organizations.uploading", crowded.schema_name, "10"]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) for _process in range(2)]
    done = sum(int(process.communicate(timeout=60)[0]) for process in running)

    stored = bytes_below(crowded.schema_name)
    assert 0 < done < 20
    assert stored == done * 100_000
    assert MB - 100_000 < stored <= MB


def test_thirty_bands_exceed_the_plan_by_none(crowded: Organization) -> None:
    put_on_plan(crowded, bands=4)

    assert at_once(crowded, 30, lambda number: Band.objects.create(name=f"Band {number}")) == 4

    with tenant_context(crowded):
        assert Band.objects.count() == 4


def test_invitations_exceed_the_team_by_none(crowded: Organization) -> None:
    put_on_plan(crowded, members=4)
    with tenant_context(crowded):
        owner = User.objects.get()

    def invite(number: int) -> None:
        email = f"member-{number}@example.org"
        invitation_create(email=email, role=roles.EDITOR, invited_by=owner, address=lambda _token: "https://x.example/")

    assert at_once(crowded, 20, invite) == 3
    with tenant_context(crowded):
        assert Invitation.objects.count() == 3


def test_portals_exceed_those_of_an_owner_by_none(crowded: Organization) -> None:
    owner = crowded.owners.get()
    tomorrow = timezone.now() + timedelta(days=1)
    Allowance.objects.create(owner=owner, limit=Limit.PORTALS, most=2, until=tomorrow, note="for the test")

    def open_another(number: int) -> None:
        connection.set_schema_to_public()
        with transaction.atomic():
            organization_create(name="Another", slug=f"crowded-{number}", owner=owner)

    try:
        assert at_once(crowded, 4, open_another) == 1
        assert Organization.objects.owned_by(owner).count() == 2
    finally:
        for organization in Organization.objects.owned_by(owner).exclude(pk=crowded.pk):
            organization_drop_schema(organization)
            organization.delete()


def test_emails_exceed_those_of_a_day_by_none(crowded: Organization) -> None:
    put_on_plan(crowded, mails=5)
    with tenant_context(crowded):
        waiting = [OutgoingMessage.objects.create(subject=str(number)) for number in range(20)]

    assert at_once(crowded, 20, lambda number: mail_count(waiting[number])) == 5


def test_a_long_import_holds_up_nobody(crowded: Organization) -> None:
    put_on_plan(crowded, bands=10)

    with tenant_context(crowded), transaction.atomic(), counted_at_end(Limit.BANDS):
        Band.objects.create(name="Of the import")
        assert at_once(crowded, 1, lambda _number: Band.objects.create(name="By a form")) == 1
