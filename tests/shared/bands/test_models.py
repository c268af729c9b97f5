from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from pytest_django import DjangoAssertNumQueries

from bandstand.bands.models import Band, Genre, Member
from bandstand.media.models import Picture
from tests.factories.bands import BandFactory, BandLinkFactory, BandPhotoFactory, GenreFactory, MemberFactory
from tests.factories.media import ReadyPictureFactory

pytestmark = pytest.mark.usefixtures("in_alice_portal")


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Motörhead", "motorhead"),
        ("Die Ärzte", "die-arzte"),
        ("Größenwahn", "grossenwahn"),
        ("Sigur Rós", "sigur-ros"),
        ("Mø & Łona", "mo-and-lona"),
        ("Кино", "band"),
        ("!!!", "band"),
        ("Search", "search-2"),
    ],
)
def test_it_makes_an_address_from_the_name(name: str, slug: str) -> None:
    assert BandFactory(name=name).slug == slug


def test_it_counts_on_where_an_address_is_taken() -> None:
    assert [BandFactory(name="Nirvana").slug for _band in range(3)] == ["nirvana", "nirvana-2", "nirvana-3"]


def test_it_keeps_the_address_when_the_name_changes() -> None:
    band = BandFactory(name="The Silver Beetles")
    band.name = "The Beatles"
    band.save()
    assert band.get_absolute_url() == "/bands/the-silver-beetles/"


def test_it_cuts_long_addresses() -> None:
    assert [len(BandFactory(name="x" * 120).slug) for _band in range(2)] == [80, 77]


def test_it_says_that_a_band_cannot_end_before_it_was_formed() -> None:
    with pytest.raises(ValidationError, match="can't split up before"):
        Band(name="Backwards", slug="backwards", formed=1990, ended=1980).full_clean()
    with pytest.raises(IntegrityError), transaction.atomic():
        BandFactory(formed=1990, ended=1980)


def test_it_refuses_the_portals_own_words_as_address() -> None:
    with pytest.raises(ValidationError, match="used by the portal itself"):
        Band(name="Search", slug="search").full_clean()


def test_it_refuses_links_that_a_browser_would_run() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        BandLinkFactory(url="javascript:alert(1)")


def test_it_knows_a_genre_whatever_its_case() -> None:
    GenreFactory(name="Doom")
    with pytest.raises(IntegrityError), transaction.atomic():
        Genre.objects.create(name="doom")


def test_it_tells_present_from_former_members() -> None:
    band = BandFactory()
    stays, left = MemberFactory(band=band), MemberFactory(band=band, since=1990, until=1995)
    assert list(band.members.present()) == [stays]
    assert [stays.is_former, left.is_former] == [False, True]


def test_it_shows_the_photo_before_the_logo() -> None:
    logo, photo = ReadyPictureFactory(), ReadyPictureFactory()
    assert BandFactory(logo=logo).poster == logo
    assert BandFactory(logo=logo, photo=photo).poster == photo


def test_it_lists_bands_in_two_queries(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    for _band in range(5):
        BandFactory(genres=["Doom", "Jazz"], photo=ReadyPictureFactory())
    with django_assert_num_queries(2):
        for band in Band.objects.published().for_listing():
            assert band.photo
            assert len(band.genres.all()) == 2


def test_it_fetches_a_page_in_six_queries(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    band = BandFactory(genres=["Doom"])
    for _number in range(3):
        MemberFactory(band=band, instruments=["Tuba"])
        BandLinkFactory(band=band)
        BandPhotoFactory(band=band)
    BandPhotoFactory(band=band, picture__state=Picture.State.REFUSED, picture__refusal="Too large.")
    with django_assert_num_queries(6):
        page = Band.objects.for_page().get(slug=band.slug)
        assert [str(m.instruments.all()[0]) for m in page.members.all()] == ["Tuba"] * 3
        assert [photo.picture.is_ready for photo in page.gallery.all()] == [True] * 3
        assert len(page.links.all()) == 3
        assert len(page.genres.all()) == 1


def test_it_lists_each_town_once() -> None:
    for town in ["Leeds", "Aachen", "Leeds", ""]:
        BandFactory(town=town)
    assert Band.objects.towns() == ["Aachen", "Leeds"]


def test_it_filters_by_genre_and_town() -> None:
    wanted = BandFactory(town="Aachen", genres=["Doom"])
    BandFactory(town="Leeds", genres=["Jazz"])
    assert list(Band.objects.playing("doom").from_town("aachen")) == [wanted]


def test_it_deletes_members_with_their_band() -> None:
    MemberFactory().band.delete()
    assert not Member.objects.exists()
