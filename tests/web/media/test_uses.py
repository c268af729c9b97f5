"""A picture says where it is used before it is deleted, and stays where something else uses it."""

from __future__ import annotations

from html import unescape

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_tenants.utils import tenant_context

from bandstand.accounts import roles
from bandstand.bands.models import Band
from bandstand.content.trashed import purge
from bandstand.media.models import Picture
from bandstand.media.uses import pictures_delete_unused, uses_of
from bandstand.portals.models import PortalSettings
from tests.conftest import Portal
from tests.factories.bands import BandFactory, BandPhotoFactory
from tests.factories.gigs import GigFactory
from tests.factories.media import ReadyPictureFactory
from tests.factories.news import PostFactory
from tests.factories.people import PersonFactory
from tests.factories.tours import TourFactory


@pytest.fixture
def editor(alice_portal: Portal) -> Client:
    return alice_portal.client_of(roles.EDITOR)


@pytest.mark.parametrize("place", ["photo", "logo"])
def test_a_band_that_is_deleted_for_good_leaves_another_bands_picture(in_alice_portal: Portal, place: str) -> None:
    shared, own = ReadyPictureFactory(), ReadyPictureFactory()
    gone, staying = BandFactory(photo=own, logo=shared), BandFactory(**{place: shared})
    Band.objects.filter(pk=gone.pk).update(trashed_at=timezone.now())

    assert purge(gone)

    staying.refresh_from_db()
    assert getattr(staying, place) == shared
    assert not Picture.objects.filter(pk=own.pk).exists()


def test_the_portals_logo_is_never_deleted_with_a_band(in_alice_portal: Portal) -> None:
    settings = PortalSettings.objects.current()
    settings.logo = ReadyPictureFactory()
    settings.save()
    band = BandFactory(photo=settings.logo)
    Band.objects.filter(pk=band.pk).update(trashed_at=timezone.now())

    assert purge(band)

    assert PortalSettings.objects.get().logo == settings.logo


def test_every_reference_to_a_picture_counts_as_a_use(in_alice_portal: Portal) -> None:
    """Whatever column comes to refer to pictures: none of them is lost because nobody looked there."""
    fields = [
        field
        for model in apps.get_models(include_auto_created=True)
        for field in model._meta.concrete_fields
        if field.related_model is Picture
    ]
    picture = ReadyPictureFactory()
    band = BandFactory(photo=picture, logo=picture)
    BandPhotoFactory(band=band, picture=picture)
    PersonFactory(picture=picture)
    GigFactory(picture=picture)
    TourFactory(picture=picture)
    PostFactory(picture=picture)
    settings = PortalSettings.objects.current()
    settings.logo = settings.picture = picture
    settings.save()

    assert len(uses_of([picture.pk])[picture.pk]) == len(fields), "make a row of each kind that shows pictures here"
    assert pictures_delete_unused([picture.pk]) == 0


def test_the_uses_of_many_pictures_cost_as_many_queries_as_those_of_one(in_alice_portal: Portal) -> None:
    pictures = [ReadyPictureFactory() for _number in range(3)]
    both, last = (
        PostFactory(title=title, text="\n\n".join(f"![](picture:{each.uid})" for each in shown))
        for title, shown in (("Both", pictures[:2]), ("Last", pictures[1:2]))
    )

    with CaptureQueriesContext(connection) as of_one:
        uses_of([pictures[1].pk])
    with CaptureQueriesContext(connection) as of_all:
        uses = uses_of([each.pk for each in pictures])

    assert len(of_all) == len(of_one)
    assert [[use.row for use in uses.get(each.pk, [])] for each in pictures] == [[both], [both, last], []]


def test_a_photo_is_taken_from_one_band_and_stays_in_the_other(alice_portal: Portal, editor: Client) -> None:
    with tenant_context(alice_portal.organization):
        picture = ReadyPictureFactory()
        here = BandPhotoFactory(band=BandFactory(name="Here", photo=picture), picture=picture)
        BandFactory(name="The Others", logo=picture)
        BandFactory(name="Gone", logo=picture, trashed_at=timezone.now())
    path = f"/backstage/bands/{here.band_id}/photos/{here.pk}/remove/"

    asked = unescape(editor.get(path).content.decode())
    answer = editor.post(path, follow=True)

    assert "The Others (logo)" in asked
    assert "band in the trash (logo)" in asked
    assert "Gone" not in asked, "what is in the trash is named there alone"
    assert "This can't be undone" not in asked
    assert "The picture is gone from here." in unescape(answer.content.decode())
    with tenant_context(alice_portal.organization):
        band = Band.objects.get(name="Here")
        assert (band.photo, band.gallery.count()) == (None, 0)
        assert Band.objects.get(name="The Others").logo == picture


def test_a_photo_that_nothing_else_uses_is_deleted(alice_portal: Portal, editor: Client) -> None:
    with tenant_context(alice_portal.organization):
        band = BandFactory(name="Here")
        first, second = (BandPhotoFactory(band=band, position=number) for number in (1, 2))
        Band.objects.filter(pk=band.pk).update(photo=first.picture, logo=first.picture)
    path = f"/backstage/bands/{band.pk}/photos/{first.pk}/remove/"

    asked = unescape(editor.get(path).content.decode())
    editor.post(path)

    assert "This can't be undone" in asked
    with tenant_context(alice_portal.organization):
        band.refresh_from_db()
        assert (band.photo, band.logo) == (second.picture, None)
        assert not Picture.objects.filter(pk=first.picture_id).exists()


def test_the_admin_says_where_a_picture_is_used(alice_portal: Portal) -> None:
    manager = alice_portal.client_of(roles.MANAGER)
    with tenant_context(alice_portal.organization):
        picture, unused = ReadyPictureFactory(), ReadyPictureFactory()
        BandFactory(name="The Others", logo=picture)
    base = "/admin/media/picture/"

    form = manager.get(f"{base}{picture.pk}/change/").content.decode()
    asked = manager.get(f"{base}{picture.pk}/delete/").content.decode()
    chosen = {"action": "delete_selected", "_selected_action": [picture.pk, unused.pk]}
    bulk = manager.post(base, chosen).content.decode()

    assert "The Others (logo)" in form
    assert "Used by The Others (logo)" in asked
    assert bulk.count("Used by") == 1
