"""Places for backups, and a portal to lose."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyrage
import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone
from django_tenants.utils import tenant_context
from pytest_django.fixtures import Settings
from pytest_django.plugin import DjangoDbBlocker

from bandstand.accounts.models import User
from bandstand.bands.models import Band
from bandstand.media.emptying import tenant_files_delete
from bandstand.media.models import Picture
from bandstand.media.storage import new_original_path
from bandstand.organizations.models import Organization
from bandstand.settings.storages import files_at
from bandstand.tenancy.provisioning import organization_create, organization_drop_schema

BANDS, FILES = 1_000, 50
SOME_BANDS, FEW = 20, 5


@pytest.fixture
def backups(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A place for backups, and a key."""
    settings.BACKUP_KEYS = [str(pyrage.x25519.Identity.generate())]
    options = {**settings.STORAGES["backups"]["OPTIONS"], "location": str(tmp_path)}
    settings.STORAGES = {**settings.STORAGES, "backups": {**settings.STORAGES["backups"], "OPTIONS": options}}
    monkeypatch.setenv("BANDSTAND_BACKUPS", str(tmp_path))
    monkeypatch.setenv("BANDSTAND_BACKUP_KEY", settings.BACKUP_KEYS[0])
    return tmp_path


@pytest.fixture
def everything_in_buckets(
    backups: Path, media_in_bucket: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files and backups in object storage, each at a place of its own."""
    place = media_in_bucket.replace("/media", "/backups")
    monkeypatch.setenv("BANDSTAND_BACKUPS", place)
    settings.STORAGES = {**settings.STORAGES, "backups": files_at(place, patient=True)}


@pytest.fixture(params=["folders", pytest.param("buckets", marks=pytest.mark.long)])
def places(request: pytest.FixtureRequest) -> str:
    """Run the test twice: with files and backups in folders, and in object storage."""
    if request.param == "buckets":
        request.getfixturevalue("everything_in_buckets")
    return str(request.param)


@pytest.fixture
def committing(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Let the test use the database outside of a transaction, as other processes see it: it has to clean up."""
    with django_db_blocker.unblock():
        yield


@pytest.fixture
def dora(backups: Path, committing: None) -> Iterator[Organization]:
    """A portal with bands and files, committed, so that other processes and a COPY see what people would."""
    with committed_portal("dora", "Dora's Dances", bands=SOME_BANDS, files=FEW) as made:
        yield made


@pytest.fixture
def large_dora(backups: Path, committing: None) -> Iterator[Organization]:
    """The same with 1,000 bands and 50 files."""
    with committed_portal("dora", "Dora's Dances", bands=BANDS, files=FILES) as made:
        yield made


@pytest.fixture
def ella(backups: Path, committing: None) -> Iterator[Organization]:
    """A small portal."""
    with committed_portal("ella", "Ella's Ensemble", bands=FEW, files=FEW) as made:
        yield made


@contextmanager
def committed_portal(slug: str, name: str, *, bands: int, files: int) -> Iterator[Organization]:
    """Give a portal with bands and pictures; it and what was restored beside it are removed afterwards."""
    owner = User.objects.create_user(f"{slug}@example.org", "a-long-password", name=slug.title())
    made = organization_create(name=name, slug=slug, owner=owner, language="de")
    with tenant_context(made):
        Band.objects.bulk_create(
            Band(
                name=f"Band {number}",
                slug=f"band-{number}",
                biography="Tab\t, slash \\, line\nand ö",
                trashed_at=timezone.now() if number % 10 == 9 else None,
            )
            for number in range(bands)
        )
        for number in range(files):
            path = default_storage.save(new_original_path(), ContentFile(os.urandom(2_000) + bytes([number])))
            Picture.objects.create(original=path)
    yield made
    for organization in Organization.objects.filter(slug__startswith=slug):
        organization_drop_schema(organization)
        tenant_files_delete(organization.schema_name)
        organization.delete()
    User.objects.filter(email=f"{slug}@example.org").delete()
