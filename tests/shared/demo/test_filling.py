from __future__ import annotations

from importlib.resources import files
from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import timezone
from django_tenants.utils import tenant_context

from bandstand.accounts import roles
from bandstand.accounts.models import User
from bandstand.bands.models import Band
from bandstand.demo.bands import BANDS
from bandstand.demo.filling import OWNER, demo_fill
from bandstand.gigs.models import Gig
from bandstand.jobs.models import Job
from bandstand.media.job_kinds import PROCESS_PICTURE
from bandstand.media.models import Picture
from bandstand.media.storage import sniff_type
from bandstand.organizations.models import Organization
from bandstand.pages.models import Page
from bandstand.polls.models import Question, Vote
from tests.conftest import Portal
from tests.owners import come_in

PASSWORD = "a-demo-for-everybody"


@pytest.fixture
def demo(db: None) -> Organization:
    """The demo's portal, filled once."""
    return demo_fill(password=PASSWORD)


def test_it_fills_a_portal_with_bands_and_gigs(demo: Organization) -> None:
    with tenant_context(demo):
        assert Band.objects.published().count() == len(BANDS) >= 12
        assert not Band.objects.filter(photo=None).exists()
        assert not [band for band in Band.objects.all() if not band.members.exists() or not band.links.exists()]
        assert Gig.objects.published().upcoming().count() >= 8
        assert Gig.objects.published().past().count() >= 4
        assert Gig.objects.values("time_zone").distinct().count() >= 6
        assert Question.objects.open().count() == 2
        for row in [*Band.objects.all(), *Gig.objects.all(), *Question.objects.all(), *Page.objects.all()]:
            row.full_clean()
        assert all(block.is_shown for page in Page.objects.published() for block in page.block_list)


def test_it_leaves_the_pictures_to_the_worker(demo: Organization) -> None:
    with tenant_context(demo):
        assert Picture.objects.waiting().count() == len(BANDS)
        assert not Picture.objects.filter(alt="").exists()
    assert Job.objects.of_kind(PROCESS_PICTURE).of_organization(demo).count() == len(BANDS)


def test_it_can_run_again(demo: Organization) -> None:
    def counts() -> list[int]:
        with tenant_context(demo):
            return [model.objects.count() for model in (Band, Gig, Page, Picture, Vote, User)]

    before = counts()
    with tenant_context(demo):
        Gig.objects.update(ends_at=None, starts_at=timezone.now().replace(year=2020), doors_at=None)
    assert demo_fill(password=None) == demo
    assert counts() == before
    with tenant_context(demo):
        assert Gig.objects.upcoming().exists()
        assert User.objects.get(email="manager@example.org").check_password(PASSWORD)
    assert User.objects.get(email=OWNER).check_password(PASSWORD)


def test_it_gives_the_owner_the_keys(demo: Organization) -> None:
    client = come_in(Portal(demo, OWNER), password=PASSWORD)
    assert client.get("/admin/").status_code == 200
    with tenant_context(demo):
        assert roles.role_of(User.objects.get(email=OWNER)) == roles.OWNER


@pytest.mark.parametrize("band", BANDS, ids=lambda band: band.slug)
def test_it_has_a_small_poster_for_each_band(band: object) -> None:
    poster = files("bandstand.demo").joinpath("posters", f"{band.slug}.webp").read_bytes()  # type: ignore[attr-defined]
    assert sniff_type(poster) == "image/webp"
    assert len(poster) <= 40_000


@pytest.mark.django_db
def test_it_says_where_the_portal_is_and_how_to_log_in() -> None:
    first, again = StringIO(), StringIO()
    call_command("demo", password=PASSWORD, stdout=first)
    call_command("demo", if_missing=True, stdout=again)
    assert "http://demo.bandstand.localhost" in first.getvalue()
    assert f"{OWNER}, {PASSWORD}" in first.getvalue()
    assert "The demo portal is there" in again.getvalue()
