"""A person's picture: uploaded, described, shown in the line-up, taken away with its files."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django_tenants.utils import tenant_context

from bandstand.bands.band_roles import BandRole
from bandstand.content.trashed import purge
from bandstand.media.models import Picture
from bandstand.people.models import Person
from tests.conftest import Portal
from tests.factories.bands import BandFactory, BandPhotoFactory, MemberFactory
from tests.factories.media import ReadyPictureFactory
from tests.factories.people import PersonFactory

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 64


@pytest.fixture
def kim(alice_portal: Portal) -> Person:
    with tenant_context(alice_portal.organization):
        person: Person = PersonFactory(name="Kim")
        MemberFactory(person=person, band=BandFactory(name="Owls", slug="owls"))
        return person


def saved(portal: Portal, kim: Person, **sent: Any) -> Any:
    return portal.client_of("editor").post(f"/backstage/people/{kim.pk}/", {"name": "Kim", **sent})


def stored(portal: Portal) -> Picture | None:
    with tenant_context(portal.organization):
        return Person.objects.select_related("picture").get().picture


def test_a_picture_is_uploaded_described_and_replaced(alice_portal: Portal, kim: Person) -> None:
    assert (
        saved(alice_portal, kim, new_picture=SimpleUploadedFile("kim.png", PNG), picture_alt="Kim").status_code == 302
    )
    first = stored(alice_portal)
    assert first is not None
    assert (first.alt, first.state, first.uploaded_by_id) == ("Kim", "waiting", alice_portal.user("editor").pk)
    page = alice_portal.client_of("editor").get(f"/backstage/people/{kim.pk}/").content.decode()
    assert "<bdi>Kim (picture)</bdi>" in page
    saved(alice_portal, kim, picture_alt="Kim with a tuba")
    assert stored(alice_portal).alt == "Kim with a tuba"  # type: ignore[union-attr]

    saved(alice_portal, kim, new_picture=SimpleUploadedFile("kim.png", PNG))
    second = stored(alice_portal)
    assert second is not None
    assert second.pk != first.pk
    with tenant_context(alice_portal.organization):
        assert list(Picture.objects.all()) == [second], "nothing used the first one any more"
    saved(alice_portal, kim, no_picture="on", picture_alt="")
    with tenant_context(alice_portal.organization):
        assert not Picture.objects.exists()


def test_what_is_no_picture_is_refused_with_a_word(alice_portal: Portal, kim: Person) -> None:
    answer = saved(alice_portal, kim, new_picture=SimpleUploadedFile("kim.png", b"MZ"))
    assert answer.status_code == 422
    assert "not a picture we can read" in answer.content.decode()


def test_visitors_see_it_in_the_line_up_where_they_see_the_member(alice_portal: Portal, kim: Person) -> None:
    with tenant_context(alice_portal.organization):
        kim.picture = ReadyPictureFactory(alt="Kim with a tuba")
        kim.save()
    visitor = alice_portal.client()
    assert 'alt="Kim with a tuba"' in visitor.get("/bands/owls/").content.decode()
    with tenant_context(alice_portal.organization):
        kim.memberships.update(is_shown=False)
    assert "Kim with a tuba" not in visitor.get("/bands/owls/").content.decode()


@pytest.mark.parametrize("is_used", [False, True])
def test_it_goes_with_the_person_unless_something_else_shows_it(
    alice_portal: Portal, kim: Person, *, is_used: bool
) -> None:
    with tenant_context(alice_portal.organization):
        kim.picture = ReadyPictureFactory()
        kim.save()
        if is_used:
            BandPhotoFactory(picture=kim.picture)
        kim.move_to_trash()
        purge(kim)
        assert Picture.objects.exists() is is_used


def test_a_leader_reads_of_own_bands_alone_where_it_is_used(alice_portal: Portal, kim: Person) -> None:
    with tenant_context(alice_portal.organization):
        kim.picture = ReadyPictureFactory()
        kim.save()
        own = kim.memberships.get().band
        BandPhotoFactory(picture=kim.picture, band=own)
        BandPhotoFactory(picture=kim.picture, band=BandFactory(name="Bats"))
        BandRole.objects.create(user=alice_portal.user("guest"), band=own, role=BandRole.Role.LEADER)
    path = f"/backstage/people/{kim.pk}/"
    pages = [alice_portal.client_of(role).get(path).content.decode() for role in ("guest", "manager")]
    assert ["Owls (photos)" in page for page in pages] == [True, True]
    assert ["Bats" in page for page in pages] == [False, True]
