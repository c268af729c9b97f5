"""Gigs from calendars, on their whole way: handed in, read by the worker, chosen, taken in, and read again."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest
import trustme
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.utils import timezone
from django_tenants.utils import tenant_context
from pytest_django.fixtures import DjangoCaptureOnCommitCallbacks, Settings

from bandstand.accounts import roles
from bandstand.bands.band_roles import BandRole
from bandstand.calendars.bounds import MAX_BYTES
from bandstand.calendars.models import CalendarSource
from bandstand.calendars.scheduling import MOST_FAILURES
from bandstand.gigs.models import Gig
from bandstand.jobs.models import Job, State
from bandstand.mail.models import OutgoingMessage
from bandstand.notices.models import Notice
from bandstand_worker import registry
from bandstand_worker.schedule import SCHEDULE
from bandstand_worker.scheduling import schedule_due
from tests.conftest import Portal
from tests.factories.bands import BandFactory
from tests.shared.outgoing.hostile_server import Conversation, HostileServer, hostile_server
from tests.worker.conftest import Bystander, WorkOff, bystander, executor, ledger, work_off

__all__ = ["Bystander", "bystander", "executor", "ledger", "work_off"]
AUTHORITY = trustme.CA()
YEAR = timezone.now().year + 1


class Published:
    """A calendar on a server. An empty one is an error of the server."""

    server: HostileServer

    def __init__(self, body: bytes) -> None:
        self.body = body
        self.answers: list[str] = []

    def answer(self, visitor: Conversation) -> None:
        """Answer as servers do that know ETags."""
        etag = f'"{hash(self.body)}"'
        status = "200 OK"
        if not self.body:
            status = "503 Service Unavailable"
        elif f"If-None-Match: {etag}" in visitor.request:
            status = "304 Not Modified"
        self.answers.append(status)
        visitor.answer(status, self.body if status == "200 OK" else b"", ETag=etag, Content_Type="text/calendar")


Publish = Callable[[bytes], Published]


@pytest.fixture(autouse=True)
def _handlers() -> None:
    registry.load_handlers()


def calendar(*titles: str, more: str = "") -> bytes:
    events = "".join(
        f"BEGIN:VEVENT\r\nUID:{title}\r\nDTSTART:{YEAR}05{day:02}T180000Z\r\nSUMMARY:{title}\r\n"
        f"LOCATION:Blue Note\\, Ulm\r\n{more}END:VEVENT\r\n"
        for day, title in enumerate(titles, start=1)
    )
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nX-WR-CALNAME:Our dates\r\n{events}END:VCALENDAR\r\n".encode()


def hand_in(portal: Portal, content: bytes, role: str = roles.EDITOR, **data: str) -> CalendarSource:
    answer = portal.client_of(role).post(
        "/backstage/calendars/add/",
        {"file": SimpleUploadedFile("dates.ics", content), "publishes": "False", **data},
    )
    assert answer.status_code == 302, answer.content.decode()
    with tenant_context(portal.organization):
        return CalendarSource.objects.latest("pk")


def page_of(portal: Portal, source: CalendarSource, role: str = roles.EDITOR) -> str:
    return portal.client_of(role).get(f"/backstage/calendars/{source.pk}/").content.decode()


def confirm(portal: Portal, source: CalendarSource, role: str = roles.EDITOR, *, without: str = "") -> None:
    """Send the page's form with what is ticked in it."""
    page = page_of(portal, source, role)
    ticked = re.findall(r'name="take" value="(\d+)" checked', page)
    previewed = re.search(r'name="previewed" value="([^"]+)"', page)
    assert previewed is not None, page
    answer = portal.client_of(role).post(
        f"/backstage/calendars/{source.pk}/take/",
        {"previewed": previewed[1], "take": [place for place in ticked if place != without]},
    )
    assert answer.status_code == 302


def test_a_file_is_shown_and_taken_in_as_chosen(
    alice_portal: Portal,
    charlie_portal: Portal,
    work_off: WorkOff,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    with tenant_context(alice_portal.organization):
        band = BandFactory(name="Mo")
    source = hand_in(alice_portal, calendar("First", "Second"), band=str(band.pk))

    work_off()
    shown = page_of(alice_portal, source)
    with tenant_context(alice_portal.organization):
        assert Gig.objects.count() == 0  # nothing before somebody says so
    confirm(alice_portal, source, without="1")
    with django_capture_on_commit_callbacks(execute=True):
        work_off()

    assert "Our dates" in shown
    assert "Nothing is imported yet" in shown
    with tenant_context(alice_portal.organization):
        assert list(Gig.objects.values_list("title", "is_published")) == [("First", False)]
        path = source.path
        source.refresh_from_db()
        assert (source.path, source.skipped, source.state) == ("", ["Second"], "once")
        assert not default_storage.exists(path)
    with tenant_context(charlie_portal.organization):
        assert not Gig.objects.filter(title="First").exists()
    done = page_of(alice_portal, source)
    assert "The last time it was read" in done
    assert "read once" in done


@pytest.mark.parametrize(
    ("content", "shown"),
    [
        (f"Date*,Venue*,City*,Country*\n{YEAR}-05-01,Blue Note,Ulm,Germany\n", "Blue Note, Ulm"),
        ("Date*,Venue*,City*,Country*,Fee\n", "nor a file in Bandsintown&#x27;s or Songkick&#x27;s template"),
        ('Date*,Venue*,City*,Country*\n"2027', "a quotation mark is missing"),
    ],
    ids=["songkick", "another table", "broken"],
)
def test_a_file_of_an_outlet_is_read_as_a_calendar_is(
    alice_portal: Portal, work_off: WorkOff, content: str, shown: str
) -> None:
    with tenant_context(alice_portal.organization):
        band = BandFactory(name="Mo")
    source = hand_in(alice_portal, content.encode(), band=str(band.pk))
    work_off()

    page = page_of(alice_portal, source)
    assert shown in page
    if "Blue Note" in shown:
        confirm(alice_portal, source)
        work_off()
        with tenant_context(alice_portal.organization):
            gig = Gig.objects.get()
            assert (gig.venue, gig.precision, gig.line_up) == ("Blue Note", Gig.Precision.DAY, [band])


def test_a_newer_file_of_the_same_calendar_changes_its_gigs(alice_portal: Portal, work_off: WorkOff) -> None:
    with tenant_context(alice_portal.organization):
        band = BandFactory(name="Mo")
    source = hand_in(alice_portal, calendar("First", "Second"), band=str(band.pk))
    work_off()
    confirm(alice_portal, source)
    work_off()
    newer = SimpleUploadedFile("newer.ics", calendar("First", more="STATUS:CANCELLED\r\n"))
    alice_portal.client_of(roles.EDITOR).post(f"/backstage/calendars/{source.pk}/read/", {"file": newer})
    work_off()

    shown = page_of(alice_portal, source)
    assert "Not in the calendar any more" in shown
    confirm(alice_portal, source)
    work_off()

    with tenant_context(alice_portal.organization):
        told = dict(Gig.objects.values_list("title", "status"))
    assert told == {"First": "cancelled", "Second": "scheduled"}  # what is gone isn't ticked for a file


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"name,town\nMo,Ulm\n", "isn&#x27;t a calendar"),
        (b"BEGIN:VCALENDAR" + b" " * MAX_BYTES, "Choose one of up to"),
        (b"", "empty"),
    ],
)
def test_what_is_no_calendar_is_refused_at_once(alice_portal: Portal, content: bytes, sentence: str) -> None:
    answer = alice_portal.client_of(roles.EDITOR).post(
        "/backstage/calendars/add/", {"file": SimpleUploadedFile("x.ics", content), "publishes": "False"}
    )

    assert answer.status_code == 422
    assert sentence in answer.content.decode()


@pytest.mark.parametrize(
    "address",
    ["http://x.example/a.ics", "https://user:word@x.example/", "webcal://localhost/a.ics", "ftp://x.example/"],
)
def test_an_address_that_leads_inside_is_refused_at_once(alice_portal: Portal, address: str) -> None:
    answer = alice_portal.client_of(roles.EDITOR).post(
        "/backstage/calendars/add/", {"address": address, "publishes": "False"}
    )

    assert answer.status_code == 422


def test_a_file_that_ends_in_the_middle_is_told(alice_portal: Portal, work_off: WorkOff) -> None:
    source = hand_in(alice_portal, calendar("First")[:-30])
    work_off()

    page = page_of(alice_portal, source)
    assert "This calendar ends in the middle" in page
    assert "Newer file" in page


def test_a_choice_of_what_isnt_shown_any_more_does_nothing(alice_portal: Portal, work_off: WorkOff) -> None:
    source = hand_in(alice_portal, calendar("Mo"))
    work_off()
    for data in ({"previewed": "2027-01-01T00:00:00+00:00", "take": "0"}, {"take": "0"}, {"previewed": "x" * 500}):
        alice_portal.client_of(roles.EDITOR).post(f"/backstage/calendars/{source.pk}/take/", data)
    work_off()

    with tenant_context(alice_portal.organization):
        assert Gig.objects.count() == 0
        source.refresh_from_db()
        assert source.is_waiting_for_a_person


def test_a_leader_brings_in_gigs_of_the_own_band_alone(alice_portal: Portal, work_off: WorkOff) -> None:
    with tenant_context(alice_portal.organization):
        own, other = BandFactory(name="Own"), BandFactory(name="Other")
        leader = alice_portal.user(roles.GUEST)
        BandRole.objects.create(user=leader, band=own, role=BandRole.Role.LEADER)
    client = alice_portal.client_of(roles.GUEST)
    form = client.get("/backstage/calendars/add/").content.decode()
    for band in ("", str(other.pk)):
        file = SimpleUploadedFile("dates.ics", calendar("First"))
        data = {"file": file, "publishes": "False", "band": band}
        assert client.post("/backstage/calendars/add/", data).status_code == 422
    source = hand_in(alice_portal, calendar("First"), roles.GUEST, band=str(own.pk))
    work_off()
    confirm(alice_portal, source, roles.GUEST)
    work_off()

    assert ">Other<" not in form
    assert ">Own<" in form
    with tenant_context(alice_portal.organization):
        assert Gig.objects.get().line_up == [own]
        theirs = CalendarSource.objects.create(name="Theirs", band=other)
    assert client.get(f"/backstage/calendars/{theirs.pk}/").status_code == 404
    assert "Theirs" not in client.get("/backstage/calendars/").content.decode()


# --- Followed calendars ----------------------------------------------------------------------------------------------


@pytest.fixture
def web(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Publish]:
    """Return a function that publishes a calendar on a server of loopback that knows ETags."""
    AUTHORITY.cert_pem.write_to_path(tmp_path / "authority.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    with ExitStack() as stack:

        def publish(body: bytes) -> Published:
            published = Published(body)
            server = hostile_server(published.answer, certificate=AUTHORITY.issue_cert("127.0.0.1"))
            published.server = stack.enter_context(server)
            settings.OUTGOING_ALLOWED = [f"127.0.0.1:{published.server.port}"]
            return published

        yield publish


def follow(portal: Portal, source: CalendarSource, work_off: WorkOff) -> CalendarSource:
    """Let the time come at which the calendar is read again, and work."""
    with tenant_context(portal.organization):
        CalendarSource.objects.filter(pk=source.pk).update(next_read_at=timezone.now() - timedelta(seconds=1))
    work_off()
    with tenant_context(portal.organization):
        return CalendarSource.objects.get(pk=source.pk)


def begin(portal: Portal, published: Published, work_off: WorkOff, **data: str) -> CalendarSource:
    """Add a calendar by its address, and take in what is in it."""
    with tenant_context(portal.organization):
        band = BandFactory(name="Mo")
    address = f"https://127.0.0.1:{published.server.port}/secret-address.ics"
    given = {"address": address, "band": str(band.pk), "publishes": "True", **data}
    assert portal.client_of(roles.EDITOR).post("/backstage/calendars/add/", given).status_code == 302
    work_off()
    with tenant_context(portal.organization):
        source = CalendarSource.objects.latest("pk")
    confirm(portal, source)
    work_off()
    with tenant_context(portal.organization):
        return CalendarSource.objects.get(pk=source.pk)


def test_an_address_is_read_again_and_only_what_is_new_is_taken_in(
    alice_portal: Portal, work_off: WorkOff, web: Publish
) -> None:
    published = web(calendar("First"))
    source = begin(alice_portal, published, work_off)
    assert (source.state, source.next_read_at is not None) == ("followed", True)
    with tenant_context(alice_portal.organization), connection.cursor() as cursor:
        cursor.execute("SELECT link FROM calendars_calendarsource")
        assert "secret-address" not in cursor.fetchone()[0]
    assert "secret-address" not in page_of(alice_portal, source)

    published.body = calendar("First", "Second")
    source = follow(alice_portal, source, work_off)
    assert source.etag
    answers = len(published.answers)
    source = follow(alice_portal, source, work_off)

    assert published.answers[answers:] == ["304 Not Modified"]
    assert source.failures == 0
    with tenant_context(alice_portal.organization):
        assert set(Gig.objects.values_list("title", "is_published")) == {("First", True), ("Second", True)}
        waiting = Job.objects.filter(kind="calendars.follow", state=State.WAITING)
        assert source.next_read_at in set(waiting.values_list("run_at", flat=True))


def test_a_gig_goes_only_when_two_answers_dont_have_it(alice_portal: Portal, work_off: WorkOff, web: Publish) -> None:
    published = web(calendar("First", "Second"))
    source = begin(alice_portal, published, work_off)
    published.body = calendar("First")
    source = follow(alice_portal, source, work_off)
    with tenant_context(alice_portal.organization):
        assert Gig.objects.get(title="Second").status == Gig.Status.SCHEDULED
    published.body = calendar("First", more="CLASS:PUBLIC\r\n")
    follow(alice_portal, source, work_off)

    with tenant_context(alice_portal.organization):
        assert Gig.objects.get(title="Second").status == Gig.Status.CANCELLED


def test_a_calendar_that_cant_be_read_is_switched_off_with_a_notice_and_an_email(
    alice_portal: Portal, work_off: WorkOff, web: Publish
) -> None:
    published = web(calendar("First"))
    source = begin(alice_portal, published, work_off)
    published.body = b""
    pauses = []
    for _time in range(MOST_FAILURES):
        source = follow(alice_portal, source, work_off)
        pauses.append(source.next_read_at)

    assert (source.state, source.failures) == ("off", MOST_FAILURES)
    assert pauses[-1] is None
    assert "responds with an error (503)" in source.problem
    assert "switched off" in page_of(alice_portal, source)
    with tenant_context(alice_portal.organization):
        (notice,) = Notice.objects.filter(kind=Notice.Kind.CALENDAR)
        assert notice.person == alice_portal.user(roles.EDITOR)
        assert notice.sentence == "We can't read the calendar “Our dates” any more, so its gigs aren't updated."
        assert OutgoingMessage.objects.filter(subject=notice.sentence).count() <= 1
        assert Gig.objects.count() == 1

    published.body = calendar("First", "Second")
    alice_portal.client_of(roles.EDITOR).post(f"/backstage/calendars/{source.pk}/resume/")
    source = follow(alice_portal, source, work_off)
    assert (source.state, source.failures, source.problem) == ("followed", 0, "")


def test_it_is_paused_resumed_and_removed(alice_portal: Portal, work_off: WorkOff, web: Publish) -> None:
    source = begin(alice_portal, web(calendar("First")), work_off)
    editor = alice_portal.client_of(roles.EDITOR)
    editor.post(f"/backstage/calendars/{source.pk}/pause/")
    with tenant_context(alice_portal.organization):
        source.refresh_from_db()
        assert (source.state, source.next_read_at) == ("paused", None)
    editor.post(f"/backstage/calendars/{source.pk}/resume/")
    with tenant_context(alice_portal.organization):
        source.refresh_from_db()
        assert source.state == "followed"
    editor.post(f"/backstage/calendars/{source.pk}/remove/")
    with tenant_context(alice_portal.organization):
        assert not CalendarSource.objects.exists()
        assert Gig.objects.get().source_id is None


def test_calendars_that_no_job_waits_for_are_found_at_night(
    alice_portal: Portal, work_off: WorkOff, web: Publish
) -> None:
    source = begin(alice_portal, web(calendar("First")), work_off)
    Job.objects.all().delete()
    with tenant_context(alice_portal.organization):
        CalendarSource.objects.update(next_read_at=timezone.now() - timedelta(hours=1), read_at=None)
    (entry,) = [each for each in SCHEDULE if each.name == "follow-calendars"]
    schedule_due(timezone.now() + timedelta(days=1), [entry])
    work_off()
    work_off()

    with tenant_context(alice_portal.organization):
        source.refresh_from_db()
        assert source.read_at is not None
