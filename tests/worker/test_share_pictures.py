"""Pictures for shared links: every kind with pages has them, as visitors find the page, and the portal itself."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django_tenants.utils import tenant_context
from PIL import Image

from bandstand.jobs.enqueueing import enqueue
from bandstand.jobs.models import Job
from bandstand.organizations.current import current_organization
from bandstand.portals import share_pictures
from bandstand.portals.job_kinds import MAKE_SHARE_PICTURES, MakeSharePictures
from bandstand.portals.models import PortalSettings
from bandstand_worker import registry
from tests.conftest import Portal
from tests.factories.bands import BandFactory
from tests.factories.gigs import GigFactory
from tests.factories.news import PostFactory
from tests.factories.pages import PageFactory
from tests.factories.polls import QuestionFactory
from tests.factories.tours import TourFactory
from tests.worker.conftest import WorkOff

FACTORIES = (BandFactory, GigFactory, PageFactory, PostFactory, QuestionFactory, TourFactory)


@pytest.fixture(autouse=True)
def _handlers() -> None:
    registry.load_handlers()


def make(portal: Portal, work_off: WorkOff, kind: str = "") -> None:
    Job.objects.all().delete()  # those of saving
    enqueue(MAKE_SHARE_PICTURES, MakeSharePictures(kind), organization=portal.organization)
    work_off()


def path_of(row: Any) -> str:
    """Return where the picture of the row is stored by now; "" if there is none."""
    return str(type(row)._base_manager.get(pk=row.pk).share_picture)


def due() -> list[Any]:
    return [row for row, _setting in share_pictures.share_pictures_due(current_organization())]


@pytest.fixture
def portal(in_alice_portal: Portal) -> Portal:
    PortalSettings.objects.current()
    return in_alice_portal


def shown_at(portal: Portal, path: str) -> str:
    """Return which file a link to the page shows."""
    page = portal.client().get(path).content.decode()
    address = page.partition('<meta property="og:image" content="')[2].partition('"')[0]
    assert address.startswith(f"http://{portal.host}")
    return address.partition("/media/")[2]


def test_each_page_shows_the_picture_that_was_made_for_it(portal: Portal, work_off: WorkOff) -> None:
    rows = [factory() for factory in FACTORIES]
    settings = PortalSettings.objects.get()

    make(portal, work_off)

    kinds = {type(row) for row in (*rows, settings)}
    assert kinds == set(share_pictures.kinds_shared())
    assert [shown_at(portal, row.get_absolute_url()) for row in rows] == [path_of(row) for row in rows]
    assert {shown_at(portal, path) for path in ("/", "/bands/", "/news/", "/gigs/")} == {path_of(settings)}
    for row in (*rows, settings):
        with default_storage.open(path_of(row)) as file, Image.open(io.BytesIO(file.read())) as opened:
            assert (opened.format, opened.size) == ("JPEG", (1200, 630)), row
    assert due() == []


def test_what_visitors_do_not_find_has_none(portal: Portal, work_off: WorkOff) -> None:
    hidden = [
        *(BandFactory(is_published=False), PostFactory(is_published=False)),
        *(PageFactory(visibility=visibility) for visibility in ("unlisted", "password", "team")),
    ]
    trashed = BandFactory()
    trashed.move_to_trash()

    assert set(due()) == {PortalSettings.objects.get()}
    page = PageFactory()
    make(portal, work_off, "pages.page")
    former = path_of(page)
    page.visibility = "team"
    page.save()
    make(portal, work_off, "pages.page")

    assert former
    assert [path_of(row) for row in (page, trashed, *hidden)] == [""] * (len(hidden) + 2)
    assert not default_storage.exists(former)


def test_a_picture_follows_what_it_is_made_of_and_goes_with_its_row(portal: Portal, work_off: WorkOff) -> None:
    band, other = BandFactory(name="Owls"), BandFactory()
    make(portal, work_off)
    first, others = path_of(band), path_of(other)
    assert first
    assert due() == []

    band.biography = "Nothing of this is in the picture."
    band.save()
    assert due() == []
    band.refresh_from_db()
    band.name = "Night Owls"
    band.save()
    assert due() == [band]
    make(portal, work_off)
    second = path_of(band)

    assert second not in {"", first}
    assert path_of(other) == others
    assert (default_storage.exists(first), default_storage.exists(second)) == (False, True)
    settings = PortalSettings.objects.get()
    settings.accent = "#123456"
    settings.save()
    assert set(due()) == {band, other, settings}


def test_saving_asks_for_the_pictures_of_its_kind_once(portal: Portal) -> None:
    Job.objects.all().delete()
    band = BandFactory()
    band.save()
    PostFactory()
    BandFactory(is_published=False)

    jobs = Job.objects.filter(kind=MAKE_SHARE_PICTURES.name).order_by("pk")
    assert [job.payload for job in jobs] == [{"kind": "bands.band"}, {"kind": "news.post"}]


def test_letters_that_no_font_has_leave_a_page_without(portal: Portal, work_off: WorkOff) -> None:
    band = BandFactory(name="Owls")
    make(portal, work_off, "bands.band")
    band.refresh_from_db()
    band.name = "夜のバンド"
    band.save()
    brass = BandFactory(name="Brass 🎺 Оркестр ♥️")

    found = dict(share_pictures.share_pictures_due(current_organization(), "bands.band"))

    assert [setting.data["title"] for setting in found.values()] == ["Brass  Оркестр ♥"]
    assert (set(found), path_of(band)) == ({brass}, "")


def test_no_more_than_some_are_made_of_a_kind(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(share_pictures, "MOST", 2)
    bands = BandFactory.create_batch(3)

    assert set(due()) == {*bands[1:], PortalSettings.objects.get()}


def test_pictures_are_of_this_portal_alone(portal: Portal, charlie_portal: Portal, work_off: WorkOff) -> None:
    with tenant_context(charlie_portal.organization):
        other = BandFactory()
    band = BandFactory()

    make(portal, work_off)

    assert path_of(band).startswith(portal.organization.schema_name)
    with tenant_context(charlie_portal.organization):
        assert path_of(other) == ""
