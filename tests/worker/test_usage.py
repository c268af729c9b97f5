"""Bytes as they come and go: what the worker makes of pictures counts, and what was counted wrong is right at night."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone
from django_tenants.utils import tenant_context

from bandstand.accounts import roles
from bandstand.audit.models import Act, Entry
from bandstand.imports.importing import import_begin
from bandstand.jobs.enqueueing import enqueue
from bandstand.jobs.job_kinds import MEASURE_USAGE, MeasureUsage
from bandstand.jobs.models import State
from bandstand.mail.models import OutgoingMessage
from bandstand.mail.sending import send
from bandstand.media.folders import bytes_below
from bandstand.media.models import Picture
from bandstand.media.storage import new_spreadsheet_path, room_for_variants
from bandstand.organizations.models import Organization
from bandstand.organizations.plans import HeldSlug, Usage
from bandstand.organizations.quotas import LimitReachedError
from bandstand.organizations.storage_use import LONGEST_UPLOAD, bytes_take, storage_used, usage_measure
from bandstand.portals.deletion import organization_delete
from bandstand_worker import registry
from tests.conftest import Portal
from tests.factories.bands import BandFactory
from tests.plans import put_on_plan
from tests.worker.conftest import WorkOff
from tests.worker.test_handlers import photo, upload


@pytest.fixture(autouse=True)
def _handlers() -> None:
    registry.load_handlers()


def stored(portal: Portal) -> int:
    return bytes_below(portal.organization.schema_name)


def at_rest(portal: Portal) -> None:
    """Let the portal's last upload be long ago."""
    long_ago = timezone.now() - 2 * LONGEST_UPLOAD
    Usage.objects.filter(organization=portal.organization).update(storage_changed_at=long_ago)


@pytest.mark.usefixtures("media_anywhere")
def test_originals_and_variants_count_and_go_with_the_picture(
    alice_portal: Portal, work_off: WorkOff, django_capture_on_commit_callbacks: object
) -> None:
    before = storage_used(alice_portal.organization)
    content = photo()
    picture = upload(alice_portal, content)
    room = len(content) + room_for_variants(len(content))
    assert storage_used(alice_portal.organization) == before + room, "with room for what comes"

    assert [job.state for job in work_off()] == [State.DONE]

    assert storage_used(alice_portal.organization) == stored(alice_portal)
    assert stored(alice_portal) > before + len(content)
    with tenant_context(alice_portal.organization):
        picture.refresh_from_db()
        with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
            picture.delete()
    assert storage_used(alice_portal.organization) == stored(alice_portal) == before


def test_a_picture_that_is_refused_or_deleted_while_it_waits_gives_its_room_back(
    alice_portal: Portal, work_off: WorkOff, django_capture_on_commit_callbacks: object
) -> None:
    before = storage_used(alice_portal.organization)
    upload(alice_portal, photo(side=60))  # too small
    work_off()
    assert storage_used(alice_portal.organization) == before

    picture = upload(alice_portal, photo())
    with tenant_context(alice_portal.organization), django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        picture.delete()
    assert storage_used(alice_portal.organization) == before


def test_measuring_takes_no_room_from_an_upload_under_way(alice_portal: Portal) -> None:
    before = storage_used(alice_portal.organization)
    with tenant_context(alice_portal.organization):
        bytes_take(1000)  # the file isn't written yet
    assert usage_measure(alice_portal.organization).storage_bytes == before + 1000

    at_rest(alice_portal)  # the process died, and nothing came of it
    assert usage_measure(alice_portal.organization).storage_bytes == before


def test_an_upload_without_room_is_refused_and_leaves_nothing(alice_portal: Portal) -> None:
    put_on_plan(alice_portal.organization, storage=0)
    before = stored(alice_portal)

    with pytest.raises(LimitReachedError, match="bytes of storage"):
        upload(alice_portal, photo())

    assert stored(alice_portal) == before
    with tenant_context(alice_portal.organization):
        assert not Picture.objects.exists()


def test_variants_that_find_no_room_are_a_sentence_for_the_uploader(
    alice_portal: Portal, work_off: WorkOff, monkeypatch: pytest.MonkeyPatch
) -> None:
    picture = upload(alice_portal, photo(side=1600))
    monkeypatch.setattr("bandstand.media.measuring.room_for_variants", lambda _size: 0)
    at_rest(alice_portal)
    usage_measure(alice_portal.organization)
    put_on_plan(alice_portal.organization, storage=0)
    before = stored(alice_portal)

    work_off()

    with tenant_context(alice_portal.organization):
        picture.refresh_from_db()
    assert picture.state == Picture.State.REFUSED
    assert "storage" in picture.refusal
    assert stored(alice_portal) < before
    assert storage_used(alice_portal.organization) == stored(alice_portal)


def test_a_spreadsheet_counts_until_it_was_read(alice_portal: Portal) -> None:
    before = storage_used(alice_portal.organization)
    with tenant_context(alice_portal.organization):
        import_begin(subject="bands", file=ContentFile(b"name\nOne\n", name="x.csv"), uploaded_by=alice_portal.user())
    assert storage_used(alice_portal.organization) == before + 9

    put_on_plan(alice_portal.organization, storage=0)
    answer = alice_portal.client_of(roles.OWNER).post(
        "/backstage/imports/add/", {"subject": "bands", "file": ContentFile(b"name\nTwo\n", name="two.csv")}
    )
    assert answer.status_code == 422
    assert "of storage" in answer.content.decode()


def test_files_that_are_nobodys_are_not_counted(alice_portal: Portal) -> None:
    before = storage_used(alice_portal.organization)
    default_storage.delete(default_storage.save("elsewhere/file", ContentFile(b"x")))
    default_storage.delete(default_storage.save("org_of_nobody/file", ContentFile(b"x")))
    assert storage_used(alice_portal.organization) == before


def test_a_file_that_could_not_be_written_takes_no_room(alice_portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    before = storage_used(alice_portal.organization)

    def full(*_arguments: object) -> str:
        raise OSError("No space left on device")

    monkeypatch.setattr("django.core.files.storage.FileSystemStorage._save", full)
    with tenant_context(alice_portal.organization), pytest.raises(OSError, match="No space"):
        default_storage.save(new_spreadsheet_path(), ContentFile(b"x"))

    assert storage_used(alice_portal.organization) == before


def test_the_nightly_job_corrects_what_was_counted_wrong(alice_portal: Portal, work_off: WorkOff) -> None:
    with tenant_context(alice_portal.organization):
        BandFactory.create_batch(2)
        default_storage.save(new_spreadsheet_path(), ContentFile(bytes(1234)))
    Usage.objects.filter(organization=alice_portal.organization).update(storage_bytes=99_999_999)
    at_rest(alice_portal)
    enqueue(MEASURE_USAGE, MeasureUsage(), organization=alice_portal.organization)

    work_off()

    usage = Usage.objects.get(organization=alice_portal.organization)
    assert usage.storage_bytes == stored(alice_portal) >= 1234
    assert (usage.bands, usage.members) == (2, 1)
    assert usage.measured_at is not None


def test_a_portal_of_before_is_measured_when_somebody_asks(alice_portal: Portal) -> None:
    with tenant_context(alice_portal.organization):
        default_storage.save(new_spreadsheet_path(), ContentFile(bytes(77)))
    Usage.objects.all().delete()  # as code of the release before leaves it

    assert storage_used(alice_portal.organization) == stored(alice_portal)


# --- Emails ---


def test_emails_over_the_plan_wait_and_codes_do_not(alice_portal: Portal, work_off: WorkOff) -> None:
    put_on_plan(alice_portal.organization, mails=1)
    with tenant_context(alice_portal.organization):
        first, second = (send(to="fan@example.org", subject=str(number), text="x") for number in range(2))
        code = send(to="bob@example.org", subject="code", text="x", is_essential=True)

    work_off()

    with tenant_context(alice_portal.organization):
        for message in (first, second, code):
            message.refresh_from_db()
        assert [message.state for message in (first, second, code)] == ["sent", "waiting", "sent"]
        OutgoingMessage.objects.filter(pk=first.pk).update(counted_at=timezone.now() - timedelta(days=1, seconds=1))

    work_off()

    with tenant_context(alice_portal.organization):
        second.refresh_from_db()
        assert second.state == "sent", "a day later there is room"


def test_a_code_is_mailed_by_a_portal_whose_emails_are_used_up(alice_portal: Portal, work_off: WorkOff) -> None:
    put_on_plan(alice_portal.organization, mails=0)

    member = alice_portal.user(roles.EDITOR).email  # owners log in at the platform
    alice_portal.client().post("/accounts/password/reset/", {"email": member})
    work_off()

    with tenant_context(alice_portal.organization):
        assert OutgoingMessage.objects.get().state == "sent"


# --- The end ---


def test_a_deleted_portals_address_is_held(alice_portal: Portal, work_off: WorkOff) -> None:
    owner = alice_portal.organization.owners.get()
    organization_delete(organization=alice_portal.organization, by=owner)  # type: ignore[arg-type]
    work_off()

    assert not Organization.objects.filter(slug="alice").exists()
    assert HeldSlug.objects.get(slug="alice").former_owners.get() == owner
    assert Entry.objects.filter(act=Act.DELETED).exists()
