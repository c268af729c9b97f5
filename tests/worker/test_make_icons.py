"""From a saved setting to the bytes that browsers get: icons of the logo or the initial, of this portal alone."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django_tenants.utils import tenant_context
from PIL import Image
from pytest_django import DjangoAssertNumQueries, DjangoCaptureOnCommitCallbacks
from pytest_django.fixtures import Settings

from bandstand.content.models import Change
from bandstand.jobs.enqueueing import enqueue
from bandstand.jobs.job_kinds import MEASURE_USAGE, MeasureUsage
from bandstand.jobs.models import Job, State
from bandstand.media.adding import picture_add
from bandstand.media.folders import files_below
from bandstand.organizations.models import Organization
from bandstand.portals.icon_files import ICON_FILES
from bandstand.portals.job_kinds import MAKE_ICONS
from bandstand.portals.models import PortalSettings
from bandstand_web.icons import ICON_PATHS
from bandstand_worker import registry
from tests.conftest import Portal
from tests.worker.conftest import WorkOff

YELLOW = (255, 255, 0)


@pytest.fixture(autouse=True)
def _handlers() -> None:
    registry.load_handlers()


@pytest.fixture
def drawn(work_off: WorkOff, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks) -> Any:
    """Run all jobs, and tell this process what they tell all."""

    def run() -> list[Job]:
        with django_capture_on_commit_callbacks(execute=True):
            return work_off()

    return run


def save(portal: Portal, **values: Any) -> PortalSettings:
    with tenant_context(portal.organization):
        settings = PortalSettings.objects.current()
        for name, value in values.items():
            setattr(settings, name, value)
        settings.save()
        return settings


def current(portal: Portal) -> PortalSettings:
    with tenant_context(portal.organization):
        return PortalSettings.objects.current()


def opened(portal: Portal, path: str) -> Image.Image:
    answer = portal.client().get(path)
    assert answer.status_code == 200
    return Image.open(io.BytesIO(answer.getvalue()))


def pixel(portal: Portal, path: str) -> object:
    return opened(portal, path).convert("RGB").getpixel((0, 0))


@pytest.mark.usefixtures("media_anywhere")
def test_each_portal_has_icons_in_its_own_colour(
    alice_portal: Portal, charlie_portal: Portal, drawn: Any, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    save(alice_portal, accent="#ffff00")
    save(charlie_portal, accent="#14224f")
    assert {job.state for job in drawn()} == {State.DONE}

    for path, file in ICON_PATHS.items():
        answer = alice_portal.client().get(f"/{path}")
        assert answer["Content-Type"] == ("image/vnd.microsoft.icon" if file.endswith(".ico") else "image/png")
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert "Set-Cookie" not in answer
        assert Image.open(io.BytesIO(answer.getvalue())).size == (ICON_FILES[file],) * 2
    assert pixel(alice_portal, "/favicon.ico") == YELLOW
    assert pixel(charlie_portal, "/apple-touch-icon.png") == (0x14, 0x22, 0x4F)
    client = alice_portal.client()
    client.get("/favicon.ico")
    with django_assert_num_queries(0):
        client.get("/favicon.ico")


@pytest.mark.usefixtures("media_anywhere")
def test_the_address_changes_with_the_icons_and_former_files_go(alice_portal: Portal, drawn: Any) -> None:
    save(alice_portal, accent="#ffff00")
    drawn()
    first, client = current(alice_portal), alice_portal.client()
    lasting = client.get(f"/favicon.ico?v={first.icons_version}")
    assert "immutable" in lasting["Cache-Control"]
    assert f"/favicon.ico?v={first.icons_version}" in client.get("/").content.decode()

    save(alice_portal, accent="#14224f")
    drawn()

    second = current(alice_portal)
    again = client.get(f"/favicon.ico?v={first.icons_version}", headers={"If-None-Match": lasting["ETag"]})
    assert again.status_code == 200
    assert "immutable" not in again["Cache-Control"]
    assert f"/favicon.ico?v={second.icons_version}" in client.get("/").content.decode()
    with tenant_context(alice_portal.organization):
        folders = {path.rpartition("/")[0] for path in files_below(alice_portal.organization.schema_name)}
        assert second.icons in folders
        assert first.icons not in folders
        assert not Change.objects.of_kind(PortalSettings).filter(fields__has_key="icons").exists()


def test_nothing_is_drawn_twice(alice_portal: Portal, drawn: Any) -> None:
    save(alice_portal, accent="#ffff00")
    drawn()
    before = current(alice_portal).icons

    save(alice_portal, tagline="Loud since 1999")

    assert not Job.objects.of_kind(MAKE_ICONS).unfinished().exists()
    assert drawn() == []
    assert current(alice_portal).icons == before


def test_a_logo_takes_the_initials_place_once_it_is_ready(
    alice_portal: Portal, charlie_portal: Portal, drawn: Any
) -> None:
    file = io.BytesIO()
    mark = Image.new("RGBA", (600, 600), (0, 0, 0, 0))
    mark.paste((0, 0, 0, 255), (200, 200, 400, 400))
    mark.save(file, "PNG")
    with tenant_context(alice_portal.organization):
        logo = picture_add(file=ContentFile(file.getvalue(), name="logo.png"))
    save(alice_portal, accent="#ffff00", logo=logo)

    drawn()
    drawn()

    assert current(alice_portal).logo_ground == "light"
    assert pixel(alice_portal, "/apple-touch-icon.png") == (255, 255, 255)
    assert 'class="is-on-light"' in alice_portal.client().get("/").content.decode()
    assert 'class="is-on-light"' not in charlie_portal.client().get("/").content.decode()


def test_another_name_has_another_initial(alice_portal: Portal, drawn: Any) -> None:
    save(alice_portal, accent="#ffff00")
    drawn()
    before = current(alice_portal).icons_of
    organization = Organization.objects.get(pk=alice_portal.organization.pk)

    organization.name = "Zelda"
    organization.save(update_fields=["name"])
    drawn()

    assert before.endswith(":AA")
    assert current(alice_portal).icons_of.endswith(":ZA")


def test_the_manifest_names_the_portal_its_colours_and_its_icons(
    alice_portal: Portal, charlie_portal: Portal, drawn: Any, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    save(alice_portal, accent="#ffff00")
    drawn()
    client = alice_portal.client()

    answer = client.get("/site.webmanifest")

    told = json.loads(answer.content)
    assert answer["Content-Type"] == "application/manifest+json"
    assert (told["name"], told["theme_color"]) == (alice_portal.organization.name, "#ffff00")
    assert {(each["sizes"], each["purpose"]) for each in told["icons"]} == {
        (size, purpose) for size in ("192x192", "512x512") for purpose in ("any", "maskable")
    }
    for each in told["icons"]:
        side = int(each["sizes"].partition("x")[0])
        assert opened(alice_portal, each["src"]).size == (side, side)
    other = charlie_portal.client().get("/site.webmanifest").content.decode()
    assert current(alice_portal).icons_version not in other
    with django_assert_num_queries(0):
        client.get("/site.webmanifest", headers={"If-None-Match": answer["ETag"]})


def test_with_a_media_host_the_files_come_from_there(alice_portal: Portal, drawn: Any, settings: Settings) -> None:
    save(alice_portal, accent="#ffff00")
    drawn()
    settings.MEDIA_HOST = "media.example.net"

    answer = alice_portal.client_of("owner").get("/favicon.ico")

    assert answer.status_code == 302
    assert answer["Location"].startswith("http://media.example.net")
    assert "." not in answer["Location"].split("/")[3]  # the signature lasts


def test_a_suspended_portal_shows_none(alice_portal: Portal, drawn: Any) -> None:
    save(alice_portal, accent="#ffff00")
    drawn()
    Organization.objects.filter(pk=alice_portal.organization.pk).update(state=Organization.State.SUSPENDED)

    for path in ("/favicon.ico", "/site.webmanifest"):
        answer = alice_portal.client().get(path)
        assert (answer.status_code, answer["Cache-Control"]) == (503, "no-store")


def test_the_night_has_missing_icons_made(alice_portal: Portal, drawn: Any) -> None:
    with tenant_context(alice_portal.organization):
        PortalSettings.objects.current()
    Job.objects.all().delete()

    enqueue(MEASURE_USAGE, MeasureUsage(), organization=alice_portal.organization)
    drawn()
    drawn()

    assert default_storage.exists(f"{current(alice_portal).icons}/180.png")
