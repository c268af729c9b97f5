"""A backup from before the portal's address changed is that portal's."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django_tenants.utils import tenant_context

from bandstand.backups.archives import Archive, BackupError, archives_of, latest_archive, outdated
from bandstand.backups.making import backup_tenant
from bandstand.backups.restoring import portals_latest_archive, restore_tenant
from bandstand.bands.models import Band
from bandstand.organizations.former_hosts import former_slugs
from bandstand.organizations.models import Organization
from bandstand.portals.changing_address import portal_address_change
from tests.shared.backups.conftest import FEW

NOW = datetime(2026, 11, 30, tzinfo=UTC)


def change(portal: Organization, slug: str) -> Organization:
    return portal_address_change(organization=portal, slug=slug, by=portal.owners.get())


@pytest.mark.parametrize("named", ["ella", "ella-songs"])
def test_it_goes_back_into_the_portal_at_its_present_address(ella: Organization, named: str) -> None:
    archive = backup_tenant(ella)
    changed = change(ella, "ella-songs")
    with tenant_context(changed):
        Band.objects.all().delete()
    said = StringIO()

    call_command("restore_tenant", named, "--replace", stdout=said, stderr=said)

    assert f"Restoring {archive}" in said.getvalue()
    back = Organization.objects.get(uid=ella.uid)
    assert (back.slug, back.host, former_slugs(back)) == ("ella-songs", "ella-songs.bandstand.localhost", ["ella"])
    with tenant_context(back):
        assert Band.objects.count() == FEW
    call_command("verify_backup", named, stdout=said)
    assert f"{archive} is good" in said.getvalue()


def test_it_makes_no_second_portal_at_the_former_address(ella: Organization) -> None:
    archive = backup_tenant(ella)
    change(ella, "ella-songs")

    with pytest.raises(BackupError, match="There is a portal ella-songs"):
        restore_tenant(archive)
    with pytest.raises(BackupError, match="can't be the address"):
        restore_tenant(archive, slug="ella")
    assert not Organization.objects.filter(slug="ella").exists()


def test_the_newest_counts_whatever_address_it_is_under(ella: Organization) -> None:
    first = backup_tenant(ella)
    changed = change(ella, "ella-songs")
    assert portals_latest_archive("ella-songs") == first

    second = backup_tenant(changed)

    assert second.slug == "ella-songs"
    assert portals_latest_archive("ella-songs") == portals_latest_archive("ella") == second
    assert latest_archive("ella", "ella-songs") == second


def test_the_newest_is_kept_whatever_address_it_is_under() -> None:
    older, newer = Archive("zoe", NOW - timedelta(days=60)), Archive("abe", NOW - timedelta(days=40))

    assert outdated([older, newer], days=30, now=NOW, keep_newest=True) == [older]


def test_the_only_backup_of_a_portal_outlives_a_new_address(ella: Organization, backups: Path) -> None:
    made = backup_tenant(ella)
    old = Archive("ella", NOW - timedelta(days=400))
    (backups / made.path).rename(backups / old.path)
    changed = change(ella, "ella-songs")
    said = StringIO()

    call_command("backup_all", "--keep-days", "30", stdout=said, stderr=said)

    assert archives_of("ella") == []  # as there is a newer one by now
    assert len(archives_of("ella-songs")) == 1
    (backups / "ella").mkdir(exist_ok=True)
    (backups / archives_of("ella-songs")[0].path).rename(backups / old.path)
    Organization.objects.filter(pk=changed.pk).update(state=Organization.State.MOVED)
    call_command("backup_all", "--keep-days", "30", stdout=said, stderr=said)
    assert archives_of("ella") == [old]
