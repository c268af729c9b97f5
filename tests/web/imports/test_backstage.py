"""Importing spreadsheets: handed in through the page, read by the worker's executor, shown, confirmed and stored."""

from __future__ import annotations

import csv
import html
import io
import json
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import trustme
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import TestCase
from django.test.utils import override_settings as django_settings
from django.utils import timezone
from django_tenants.utils import tenant_context
from openpyxl import Workbook
from PIL import Image
from pytest_django.fixtures import DjangoCaptureOnCommitCallbacks, Settings

from bandstand.accounts import roles
from bandstand.bands.models import Band
from bandstand.gigs.models import Gig
from bandstand.imports.models import SpreadsheetImport
from bandstand.jobs.models import Job, State
from bandstand.spreadsheets.bounds import MAX_BYTES
from bandstand_worker import registry
from bandstand_worker.run import JobCancelled
from tests.conftest import Portal
from tests.factories.bands import BandFactory
from tests.shared.outgoing.hostile_server import hostile_server
from tests.worker.conftest import Bystander, WorkOff, bystander, executor, ledger, work_off

__all__ = ["bystander", "executor", "ledger", "work_off"]


@pytest.fixture(autouse=True)
def _handlers() -> None:
    registry.load_handlers()


def hand_in(portal: Portal, content: bytes | str, *, subject: str = "bands", role: str = roles.EDITOR) -> Job:
    data = content.encode() if isinstance(content, str) else content
    answer = portal.client_of(role).post(
        "/backstage/imports/add/", {"subject": subject, "file": SimpleUploadedFile("our bands.csv", data)}
    )
    assert answer.status_code == 302, answer.content.decode()
    return Job.objects.filter(kind="imports.import_spreadsheet", organization=portal.organization).latest("pk")


def hand_in_and_read(portal: Portal, work_off: WorkOff, content: bytes | str, *, subject: str = "bands") -> Job:
    job = hand_in(portal, content, subject=subject)
    work_off()
    job.refresh_from_db()
    assert job.state == State.DONE, job.explanation
    return job


def number_of(job: Job) -> int:
    return int(job.payload["import_id"])


def confirm(portal: Portal, job: Job, role: str = roles.EDITOR, **answers: str) -> Job:
    """Confirm what was read, and return the job that stores it."""
    answer = portal.client_of(role).post(f"/backstage/imports/{number_of(job)}/confirm/", answers)
    assert answer.status_code == 302
    return Job.objects.filter(kind="imports.import_spreadsheet", organization=portal.organization).latest("pk")


def page_of(portal: Portal, job: Job, role: str = roles.EDITOR) -> str:
    return portal.client_of(role).get(f"/backstage/imports/{job.payload['import_id']}/").content.decode()


def test_it_takes_good_rows_in_and_says_what_is_wrong_with_the_others(
    alice_portal: Portal,
    charlie_portal: Portal,
    work_off: WorkOff,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    with tenant_context(alice_portal.organization):
        BandFactory(name="Old Ones", slug="old-ones", town="Bonn")
    job = hand_in(
        alice_portal,
        "slug,name,town,formed,genres\n"
        "old-ones,Old Ones,Ulm,1988,\n"
        ",New Ones,Köln,,Doom; Jazz\n"
        ",Bad Year,Ulm,88x,\n"
        ",,Ulm,,\n",
    )

    work_off()
    with tenant_context(alice_portal.organization):
        assert not Band.objects.filter(name="New Ones").exists()  # nothing before somebody says so
        assert Band.objects.get(slug="old-ones").town == "Bonn"
    preview = page_of(alice_portal, job)
    job = confirm(alice_portal, job)
    with django_capture_on_commit_callbacks(execute=True):
        work_off()

    assert "Nothing is imported yet" in preview
    assert "Import 2 rows" in preview
    assert "Write a year as four digits." in preview
    with tenant_context(alice_portal.organization):
        assert set(Band.objects.values_list("name", "town")) >= {("Old Ones", "Ulm"), ("New Ones", "Köln")}
        assert not Band.objects.filter(name="Bad Year").exists()
        done = SpreadsheetImport.objects.get()
        assert (done.added, done.changed, done.unchanged, done.refused) == (1, 1, 0, 2)
        assert not default_storage.exists(done.path)
    with tenant_context(charlie_portal.organization):
        assert not Band.objects.filter(name="New Ones").exists()
    page = page_of(alice_portal, job)
    assert "2 rows were skipped" in page
    assert "Write a year as four digits." in page
    assert 'hx-trigger="load' not in page


def test_it_hands_refused_rows_back_to_be_mended(alice_portal: Portal, work_off: WorkOff) -> None:
    confirm(alice_portal, hand_in_and_read(alice_portal, work_off, "name,formed\n=HYPERLINK(1),88x\nOne,\n"))
    work_off()
    with tenant_context(alice_portal.organization):
        number = SpreadsheetImport.objects.get().pk

    client = alice_portal.client_of(roles.EDITOR)
    file = client.get(f"/backstage/imports/{number}/refused.csv").content.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(file)))
    mended = file.replace("88x", "1988")
    confirm(alice_portal, hand_in_and_read(alice_portal, work_off, mended))
    work_off()

    assert rows[0]["name"] == "'=HYPERLINK(1)"
    assert "four digits" in rows[0]["problem"]
    with tenant_context(alice_portal.organization):
        assert Band.objects.filter(name="=HYPERLINK(1)", formed=1988).exists()


def test_it_reads_workbooks_of_gigs(alice_portal: Portal, work_off: WorkOff) -> None:
    with tenant_context(alice_portal.organization):
        BandFactory(name="Mo", slug="mo")
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["title", "bands", "venue", "town", "time_zone", "starts_at"])
    sheet.append(["Mo live", "mo", "The Shed", "Ulm", "Europe/Berlin", "2027-05-30 20:00"])
    sheet.append(["Nobody live", "nobody", "The Shed", "Ulm", "Europe/Berlin", "2027-05-30 20:00"])
    file = io.BytesIO()
    book.save(file)

    job = confirm(alice_portal, hand_in_and_read(alice_portal, work_off, file.getvalue(), subject="gigs"))
    work_off()

    with tenant_context(alice_portal.organization):
        assert [gig.title for gig in Gig.objects.all()] == ["Mo live"]
    assert "No band is called “nobody”." in page_of(alice_portal, job)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"PK\x03\x04 broken", "This isn't a workbook we can read."),
        (b"name\n\x81\x8d\n", "Please save it as “CSV UTF-8”"),
        (b"", "The submitted file is empty."),
    ],
)
def test_it_refuses_a_file_that_it_cannot_read(
    alice_portal: Portal, work_off: WorkOff, content: bytes, sentence: str
) -> None:
    if not content:
        page = alice_portal.client_of(roles.EDITOR).post(
            "/backstage/imports/add/", {"subject": "bands", "file": SimpleUploadedFile("x.csv", content)}
        )
        assert page.status_code == 422
        assert sentence in page.content.decode()
        return
    job = hand_in(alice_portal, content)

    work_off()

    job.refresh_from_db()
    assert job.state == State.FAILED
    listed = alice_portal.client_of(roles.EDITOR).get("/backstage/jobs/?show=failed").content.decode()
    assert sentence in html.unescape(page_of(alice_portal, job))
    assert sentence in html.unescape(listed)


def test_it_refuses_a_file_that_is_too_large_at_once(alice_portal: Portal) -> None:
    page = alice_portal.client_of(roles.EDITOR).post(
        "/backstage/imports/add/",
        {"subject": "bands", "file": SimpleUploadedFile("x.csv", b"name\n" + b"a\n" * (MAX_BYTES // 2))},
    )

    assert page.status_code == 422
    assert "Choose one of up to" in page.content.decode()


def test_it_takes_everything_back_when_it_is_stopped_and_may_be_tried_again(
    alice_portal: Portal, work_off: WorkOff, bystander: Bystander
) -> None:
    job = confirm(alice_portal, hand_in_and_read(alice_portal, work_off, "name\nOne\nTwo\n"))
    bystander.stop_with = JobCancelled
    work_off()
    job.refresh_from_db()
    stopped = job.state
    with tenant_context(alice_portal.organization):
        names_then = set(Band.objects.values_list("name", flat=True))
    page = page_of(alice_portal, job)

    bystander.stop_with = None
    alice_portal.client_of(roles.EDITOR).post(f"/backstage/jobs/{job.pk}/again/")
    work_off()
    Job.objects.filter(pk=job.pk).update(state=State.WAITING, finished_at=None)
    work_off()

    assert stopped == State.CANCELLED
    assert "One" not in names_then
    assert "Stopped. Nothing was imported." in page
    with tenant_context(alice_portal.organization):
        assert Band.objects.filter(name__in=["One", "Two"]).count() == 2


def test_it_drops_what_the_database_refuses(alice_portal: Portal, work_off: WorkOff) -> None:
    confirm(alice_portal, hand_in_and_read(alice_portal, work_off, "name\nGo\x00o\x07d\n"))

    work_off()

    with tenant_context(alice_portal.organization):
        assert Band.objects.filter(name="Good").exists()


def test_it_is_for_those_who_may_write(alice_portal: Portal, charlie_portal: Portal) -> None:
    job = hand_in(alice_portal, "name\nOne\n")

    assert alice_portal.client_of(roles.MEMBER).get("/backstage/imports/add/").status_code == 403
    assert (
        alice_portal.client_of(roles.MEMBER).get(f"/backstage/imports/{job.payload['import_id']}/").status_code == 403
    )
    assert (
        charlie_portal.client_of(roles.OWNER).get(f"/backstage/imports/{job.payload['import_id']}/").status_code == 404
    )


def test_columns_are_assigned_and_questions_answered_on_the_page(alice_portal: Portal, work_off: WorkOff) -> None:
    with tenant_context(alice_portal.organization):
        ulm, _bonn = BandFactory(name="Mo", town="Ulm"), BandFactory(name="Mo", town="Bonn")
    client = alice_portal.client_of(roles.EDITOR)
    job = hand_in_and_read(alice_portal, work_off, "name,Where from\nMo,Trier\n")
    asked = page_of(alice_portal, job)

    client.post(f"/backstage/imports/{number_of(job)}/columns/", {"column-0": "name", "column-1": "town"})
    work_off()
    again = page_of(alice_portal, job)
    confirm(alice_portal, job, **{"answer-2": str(ulm.pk), "answer-3": "17"})
    work_off()

    assert "1 column isn't imported" in html.unescape(asked)
    assert "Row 2, Mo: which one is it?" in asked
    assert "isn't imported" not in html.unescape(again)
    with tenant_context(alice_portal.organization):
        assert sorted(Band.objects.filter(name="Mo").values_list("town", flat=True)) == ["Bonn", "Trier"]


def test_a_file_can_be_discarded_and_is_gone(alice_portal: Portal, work_off: WorkOff) -> None:
    job = hand_in_and_read(alice_portal, work_off, "name\nOne\n")
    client = alice_portal.client_of(roles.EDITOR)
    with tenant_context(alice_portal.organization):
        path = SpreadsheetImport.objects.get().path

    with TestCase.captureOnCommitCallbacks(execute=True):
        answer = client.post(f"/backstage/imports/{number_of(job)}/discard/", follow=True)

    assert "Nothing was imported." in answer.content.decode()
    assert client.post(f"/backstage/imports/{number_of(job)}/confirm/").status_code == 404
    with tenant_context(alice_portal.organization):
        assert not SpreadsheetImport.objects.exists()
        assert not default_storage.exists(path)


def test_confirming_twice_stores_once(alice_portal: Portal, work_off: WorkOff) -> None:
    job = hand_in_and_read(alice_portal, work_off, "name\nOne\n")
    client, address = alice_portal.client_of(roles.EDITOR), f"/backstage/imports/{number_of(job)}/"

    for act in ("confirm", "confirm", "columns", "discard"):
        assert client.post(f"{address}{act}/").status_code == 302
    work_off()
    client.post(f"{address}confirm/")
    work_off()

    with tenant_context(alice_portal.organization):
        assert Band.objects.filter(name="One").count() == 1
    assert Job.objects.filter(kind="imports.import_spreadsheet").count() == 2


def test_what_went_wrong_is_said_in_the_language_of_whoever_asked(alice_portal: Portal, work_off: WorkOff) -> None:
    client = alice_portal.client_of(roles.EDITOR)
    answer = client.post(
        "/backstage/imports/add/",
        {"subject": "bands", "file": SimpleUploadedFile("x.csv", b"name,formed\nOne,88x\n")},
        headers={"accept-language": "de"},
    )
    work_off()

    page = client.get(answer["Location"], headers={"accept-language": "de"}).content.decode()

    assert "vierstellig" in page or "vier Ziffern" in page
    assert "four digits" not in page


@pytest.mark.parametrize("queries", range(1, 12))
def test_the_page_reads_import_and_job_in_one_look(queries: int, alice_portal: Portal, work_off: WorkOff) -> None:
    """Whichever query of the page the job's end falls behind, the page never says that nothing was imported."""
    job = confirm(alice_portal, hand_in_and_read(alice_portal, work_off, "name\nOne\n"))
    Job.objects.filter(pk=job.pk).update(state=State.RUNNING, lease_until=timezone.now())
    count = 0

    def finish(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal count
        answer = execute(sql, params, many, context)
        count += 1
        if count == queries:
            with connection.cursor() as cursor:
                schema = alice_portal.organization.schema_name
                cursor.execute(f"UPDATE {schema}.imports_spreadsheetimport SET finished_at = now(), added = 1")
                cursor.execute(
                    "UPDATE public.jobs_job SET state = 'done', finished_at = now(), lease_until = NULL WHERE id = %s",
                    [job.pk],
                )
        return answer

    client = alice_portal.client_of(roles.EDITOR)
    with connection.execute_wrapper(finish):
        page = client.get(f"/backstage/imports/{number_of(job)}/").content.decode()

    assert "Nothing was imported." not in page
    assert ("Every row was imported." in page) or ('hx-trigger="load' in page)


AUTHORITY = trustme.CA()


@pytest.fixture
def web(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., str]]:
    """Put a file on the web, a server on loopback that the operator opened, and return where."""
    AUTHORITY.cert_pem.write_to_path(tmp_path / "authority.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    with ExitStack() as stack:

        def publish(body: bytes, status: str = "200 OK", content_type: str = "text/csv") -> str:
            server = stack.enter_context(
                hostile_server(
                    lambda visitor: visitor.answer(status, body, Content_Type=content_type),
                    certificate=AUTHORITY.issue_cert("127.0.0.1"),
                )
            )
            settings.OUTGOING_ALLOWED = [f"127.0.0.1:{server.port}"]
            return f"https://127.0.0.1:{server.port}/export?key=between-us"

        yield publish


def hand_in_link(portal: Portal, link: str) -> Job:
    answer = portal.client_of(roles.EDITOR).post("/backstage/imports/add/", {"subject": "bands", "link": link})
    assert answer.status_code == 302, answer.content.decode()
    return Job.objects.get(kind="imports.import_spreadsheet", organization=portal.organization)


def test_it_fetches_what_a_link_leads_to(alice_portal: Portal, work_off: WorkOff, web: Callable[..., str]) -> None:
    job = hand_in_link(alice_portal, web("name,town\nNew Ones,Köln\n".encode()))
    assert "between-us" not in json.dumps(job.payload)
    with tenant_context(alice_portal.organization), connection.cursor() as cursor:
        cursor.execute("SELECT link FROM imports_spreadsheetimport")
        (stored,) = cursor.fetchone()
    page_before = page_of(alice_portal, job)

    work_off()
    confirm(alice_portal, job)
    work_off()

    assert stored
    assert "between-us" not in stored
    assert 'hx-trigger="load' in page_before
    with tenant_context(alice_portal.organization):
        assert Band.objects.filter(name="New Ones", town="Köln").exists()
        done = SpreadsheetImport.objects.get()
        assert (done.added, done.link, done.file_name) == (1, "", "127.0.0.1")
    assert "Every row was imported." in page_of(alice_portal, job)


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        ({"body": b"<!DOCTYPE html><title>Sign in</title>"}, "This link opens a web page"),
        ({"body": b"x", "content_type": "text/html; charset=utf-8"}, "This link opens a web page"),
        ({"body": b"", "status": "404 Not Found"}, "has nothing at this address"),
        ({"body": b"n" * (MAX_BYTES + 1)}, "larger than 10.0"),
        ({"body": b"PK\x03\x04 broken"}, "isn't a workbook we can read"),
    ],
)
def test_it_says_why_a_link_gave_nothing_and_offers_to_try_again(
    alice_portal: Portal, work_off: WorkOff, web: Callable[..., str], answer: dict[str, Any], sentence: str
) -> None:
    job = hand_in_link(alice_portal, web(**answer))

    work_off()

    job.refresh_from_db()
    page = page_of(alice_portal, job)
    assert job.state == State.FAILED
    assert sentence in html.unescape(page)
    assert f"/backstage/jobs/{job.pk}/again/" in page


def test_a_link_into_a_private_network_is_refused_by_the_worker(
    alice_portal: Portal, work_off: WorkOff, web: Callable[..., str], settings: Settings
) -> None:
    link = web(b"name\nStolen\n")
    settings.OUTGOING_ALLOWED = []
    job = hand_in_link(alice_portal, re.sub(r":\d+/", "/", link))

    work_off()

    job.refresh_from_db()
    assert job.state == State.FAILED
    assert "be reached from the internet" in page_of(alice_portal, job)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"link": "http://example.org/bands.csv"}, "starts with https://"),
        ({"link": "https://me:secret@example.org/"}, "user name and password"),
        ({"link": "https://example.org:6379/"}, "without “:6379”"),
        ({"link": "https://localhost/"}, "isn't a name on the internet"),
        ({"link": "https://2130706433/"}, "not the name of a server"),
        ({}, "Choose a file, or enter a link to one."),
        ({"link": "https://example.org/", "file": b"name\nMo\n"}, "not both"),
    ],
)
def test_it_refuses_at_once_what_it_would_never_fetch(
    alice_portal: Portal, data: dict[str, Any], sentence: str
) -> None:
    if "file" in data:
        data = {**data, "file": SimpleUploadedFile("x.csv", data["file"])}

    page = alice_portal.client_of(roles.EDITOR).post("/backstage/imports/add/", {"subject": "bands", **data})

    assert page.status_code == 422
    assert sentence in html.unescape(page.content.decode())
    assert not Job.objects.filter(kind="imports.import_spreadsheet").exists()


def picture(kind: str = "PNG") -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (60, 60), "tomato").save(file, kind)
    return file.getvalue()


def test_photos_are_fetched_once_and_what_is_none_is_named(
    alice_portal: Portal, work_off: WorkOff, web: Callable[..., str]
) -> None:
    page = web(b"<!DOCTYPE html>", content_type="text/html").replace("export", "page")
    page_port = page.split(":")[2].split("/")[0]
    good = web(picture(), content_type="image/png")
    sheet = f"name,photos\nMo,{good} {page}\n"
    with django_settings(OUTGOING_ALLOWED=[f"127.0.0.1:{page_port}", "127.0.0.1:" + good.split(":")[2].split("/")[0]]):
        for _time in range(2):
            job = confirm(alice_portal, hand_in_and_read(alice_portal, work_off, sheet))
            work_off()
            work_off()  # the job that fetches

    with tenant_context(alice_portal.organization):
        band = Band.objects.get(name="Mo")
        assert band.gallery.count() == 1
        assert band.photo is not None
    shown = [page_of(alice_portal, each) for each in Job.objects.filter(kind="imports.import_spreadsheet")]
    assert any("not a picture" in text for text in shown)
    assert job.state


def test_links_of_one_person_are_limited(alice_portal: Portal, settings: Settings) -> None:
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "import_link": "1/h/user"}
    hand_in_link(alice_portal, "https://example.org/one.csv")

    answer = alice_portal.client_of(roles.EDITOR).post(
        "/backstage/imports/add/", {"subject": "bands", "link": "https://example.org/two.csv"}
    )

    assert answer.status_code == 429
