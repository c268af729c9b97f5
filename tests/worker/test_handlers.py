"""What the kinds of jobs do, run by the worker's real executor: pictures, reminders, the end of an organization."""

from __future__ import annotations

import io
import struct
import zlib
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django_tenants.utils import tenant_context
from PIL import Image

from bandstand.gigs.job_kinds import REMIND_OF_GIGS, RemindOfGigs
from bandstand.jobs.enqueueing import enqueue
from bandstand.jobs.models import State
from bandstand.mail.models import OutgoingMessage
from bandstand.media.adding import picture_add
from bandstand.media.folders import files_below
from bandstand.media.models import Picture
from bandstand.organizations.models import Organization
from bandstand.portals.deletion import organization_delete
from bandstand_worker import registry
from bandstand_worker.handlers.remind_of_gigs import _gigs_of_tomorrow
from tests.conftest import Portal
from tests.factories.gigs import GigFactory
from tests.worker.conftest import WorkOff


@pytest.fixture(autouse=True)
def _handlers() -> None:
    registry.load_handlers()


def photo(side: int = 800, secret: str = "") -> bytes:
    image = Image.new("RGB", (side, side // 2), "tomato")
    exif = image.getexif()
    exif[0x010E] = secret
    exif[0x0112] = 6  # to be turned by a quarter
    file = io.BytesIO()
    image.save(file, "JPEG", exif=exif)
    return file.getvalue()


def bomb() -> bytes:
    """Return a small PNG that says it has 60,000 by 60,000 pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 50_000))
        + chunk(b"IEND", b"")
    )


def upload(portal: Portal, content: bytes) -> Picture:
    with tenant_context(portal.organization):
        return picture_add(file=ContentFile(content, name="upload.jpg"))


@pytest.mark.usefixtures("media_anywhere")
def test_it_re_encodes_a_picture_without_what_it_told(alice_portal: Portal, work_off: WorkOff) -> None:
    picture = upload(alice_portal, photo(secret="taken at 52.52, 13.40"))

    assert [job.state for job in work_off()] == [State.DONE]

    with tenant_context(alice_portal.organization):
        picture.refresh_from_db()
        assert picture.state == Picture.State.READY
        assert picture.height > picture.width  # turned as the camera said
        paths = [path for widths in picture.variants.values() for path in widths.values()]
        assert {"webp", "jpeg"} <= set(picture.variants)
        for path in paths:
            assert path.startswith(f"{alice_portal.organization.schema_name}/")
            with default_storage.open(path) as file:
                content = file.read()
            assert b"52.52" not in content
            assert not Image.open(io.BytesIO(content)).getexif()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (bomb(), "66 megapixels"),
        (photo()[:200], "damaged or incomplete"),
        (photo(side=8), "smaller than 40 pixels"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><text>x</text></svg>", "paths"),
    ],
    ids=["bomb", "broken", "tiny", "text"],
)
def test_it_refuses_with_a_sentence_for_the_uploader(
    alice_portal: Portal, work_off: WorkOff, content: bytes, reason: str
) -> None:
    picture = upload(alice_portal, content)

    (job,) = work_off()

    with tenant_context(alice_portal.organization):
        picture.refresh_from_db()
        assert picture.state == Picture.State.REFUSED
        assert reason in picture.refusal
        assert picture.refusal.endswith(".")
        assert not picture.variants
    assert (job.state, job.explanation) == (State.FAILED, picture.refusal)


def test_it_says_what_a_picture_lost(alice_portal: Portal, work_off: WorkOff) -> None:
    frames = [Image.new("RGB", (60, 60), colour) for colour in ("tomato", "teal")]
    file = io.BytesIO()
    frames[0].save(file, "GIF", save_all=True, append_images=frames[1:])
    picture = upload(alice_portal, file.getvalue())

    assert [job.state for job in work_off()] == [State.DONE]

    with tenant_context(alice_portal.organization):
        picture.refresh_from_db()
        assert picture.state == Picture.State.READY
        assert "first of its frames" in picture.get_remark_display()


def test_it_reminds_each_of_the_team_of_tomorrows_gigs_once(alice_portal: Portal, work_off: WorkOff) -> None:
    zone = ZoneInfo(alice_portal.organization.time_zone)
    morning = datetime(2031, 5, 16, 8, 0, tzinfo=zone)
    alice_portal.user("editor")
    with tenant_context(alice_portal.organization):
        GigFactory(title="Tomorrow", is_published=True, starts_at=morning + timedelta(hours=36), doors_at=None)
        GigFactory(title="Today", is_published=True, starts_at=morning + timedelta(hours=4), doors_at=None)
        GigFactory(title="Wedding", is_published=False, status="confirmed", starts_at=morning + timedelta(hours=30))
        GigFactory(title="Perhaps", is_published=False, status="hold", starts_at=morning + timedelta(hours=30))
        GigFactory(title="Draft", is_published=False, starts_at=morning + timedelta(hours=36), doors_at=None)
    texts = []
    for _time in range(2):
        enqueue(REMIND_OF_GIGS, RemindOfGigs(due_at=morning.isoformat()), organization=alice_portal.organization)
        work_off()
        with tenant_context(alice_portal.organization):
            assert OutgoingMessage.objects.count() == 2
            texts += OutgoingMessage.objects.with_text().values_list("text", flat=True)  # until they are sent

    assert len(texts) == 2
    assert all("Tomorrow" in text and "Wedding" in text for text in texts)
    assert not any("Today" in text or "Draft" in text or "Perhaps" in text for text in texts)


@pytest.mark.usefixtures("media_anywhere")
def test_it_deletes_an_organization_with_schema_and_files(
    alice_portal: Portal, charlie_portal: Portal, work_off: WorkOff
) -> None:
    schema = charlie_portal.organization.schema_name
    upload(charlie_portal, photo())
    work_off()
    with connection.cursor() as cursor:
        # In production the upload was committed long ago; here its checks still wait for the test's end.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    owner = charlie_portal.organization.owners.get()
    organization_delete(organization=charlie_portal.organization, by=owner)

    work_off()

    assert not Organization.objects.filter(schema_name=schema).exists()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_namespace WHERE nspname = %s", [schema])
        assert cursor.fetchone() == (0,)
    assert not default_storage.exists(schema) or default_storage.listdir(schema) == ([], [])
    assert list(files_below(schema)) == []
    assert Organization.objects.filter(pk=alice_portal.organization.pk).exists()


@pytest.mark.parametrize("portals", ["America/New_York", "Pacific/Auckland", "Europe/Berlin", "Pacific/Honolulu"])
@pytest.mark.parametrize("zone", ["America/New_York", "Pacific/Auckland", "Europe/Berlin", "America/Anchorage"])
def test_it_reminds_of_each_gig_once_on_the_day_before_its_own(portals: str, zone: str, alice_portal: Portal) -> None:
    """Over the days in which clocks change there and here; gigs begin just before and after midnight of the venue."""
    Organization.objects.filter(pk=alice_portal.organization.pk).update(time_zone=portals)
    alice_portal.organization.refresh_from_db()
    here, there = ZoneInfo(portals), ZoneInfo(zone)
    with tenant_context(alice_portal.organization):
        for day in range(8, 18):  # of March 2031: America's clocks go forward on the 9th
            for hour, minute in ((0, 30), (20, 0), (23, 30)):
                start = datetime(2031, 3, day, hour, minute, tzinfo=there)
                GigFactory(title=f"{start:%d %H:%M}", starts_at=start, time_zone=zone, slug=f"gig-{day}-{hour}")
    reminded: dict[str, datetime] = {}
    for day in range(5, 19):
        due = datetime(2031, 3, day, 9, tzinfo=here)
        with tenant_context(alice_portal.organization):
            for gig in _gigs_of_tomorrow(due):
                assert gig.title not in reminded
                reminded[gig.title] = due
                assert timedelta() < gig.starts_at - due < timedelta(days=2)
    assert len(reminded) == 30


def test_its_reminder_shows_the_venues_day_and_clock(alice_portal: Portal, work_off: WorkOff) -> None:
    with tenant_context(alice_portal.organization):
        for zone in ("America/New_York", "Pacific/Auckland", "Europe/Berlin"):
            start = datetime(2031, 5, 17, 23, 30, tzinfo=ZoneInfo(zone))
            GigFactory(title=zone, starts_at=start, time_zone=zone)
    morning = datetime(2031, 5, 16, 9, 0, tzinfo=ZoneInfo("Europe/Berlin"))
    enqueue(REMIND_OF_GIGS, RemindOfGigs(due_at=morning.isoformat()), organization=alice_portal.organization)
    work_off()

    with tenant_context(alice_portal.organization):
        mail = OutgoingMessage.objects.get()
    for text in (mail.text, mail.html):
        assert text.count("Sat 17 May 2031, 11:30 pm") == 3
        assert "11:30 pm (New York time)" in text
        assert "11:30 pm (Auckland time)" in text
        assert "Berlin time" not in text
