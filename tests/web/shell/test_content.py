"""The team's everyday work: posting a form, and what then stands in the database and on the page."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from html import unescape
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_tenants.utils import tenant_context

from bandstand.accounts import roles
from bandstand.bands.gallery import gallery_add
from bandstand.bands.models import Band, BandPhoto
from bandstand.enquiries.models import BlockedSender
from bandstand.gigs.models import Gig
from bandstand.jobs.models import Job
from bandstand.mail.models import OutgoingMessage
from bandstand.media.job_kinds import PROCESS_PICTURE
from bandstand.media.models import Picture
from bandstand.organizations.models import Organization
from bandstand.polls.models import Question
from bandstand.portals.models import PortalSettings
from tests.conftest import Portal
from tests.factories.bands import BandFactory
from tests.factories.enquiries import EnquiryFactory
from tests.factories.gigs import GigFactory

# The smallest PNG there is: one pixel.
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360f8cfc0000003010100c9fe92ef0000000049454e44ae426082"
)


def band_data(**changes: Any) -> dict[str, Any]:
    data = {
        "name": "Motörhead",
        "genre_names": "Rock, Heavy Metal,rock",
        "can_rock": "on",
        "biography": "**Loud.**",
        "town": "London",
        "country": "GB",
        "formed": "1975",
        "ended": "",
        "contact_email": "",
        "slug": "",
        "links-TOTAL_FORMS": "1",
        "links-INITIAL_FORMS": "0",
        "links-0-label": "Web",
        "links-0-url": "https://motorhead.example",
        "members-TOTAL_FORMS": "2",
        "members-INITIAL_FORMS": "0",
        "members-0-name": "Lemmy",
        "members-0-who": "new",
        "members-0-instrument_names": "Bass, Vocals",
        "members-0-role": "",
        "members-0-since": "1975",
        "members-0-until": "",
        "members-0-position": "",
        "members-1-name": "",
        "members-1-instrument_names": "",
        "members-1-position": "",
    }
    return data | changes


def gig_data(**changes: Any) -> dict[str, Any]:
    data = {
        "title": "",
        "venue": "Mühle Hunziken",
        "address": "",
        "town": "Rubigen",
        "starts_at": "2027-07-09T20:30",
        "doors_at": "2027-07-09T19:30",
        "time_zone": "Europe/Zurich",
        "status": "scheduled",
        "ticket_url": "",
        "price": "",
        "notes": "",
        "slug": "",
    }
    return data | changes


def test_it_creates_a_band_with_all_that_goes_with_it(alice_portal: Portal) -> None:
    answer = alice_portal.client_of(roles.EDITOR).post("/backstage/bands/add/", band_data())

    with tenant_context(alice_portal.organization):
        band = Band.objects.get()
        assert answer["Location"] == f"/backstage/bands/{band.pk}/photos/"
        assert band.slug == "motorhead"
        assert not band.is_published
        assert [genre.name for genre in band.genres.all()] == ["Heavy Metal", "Rock"]
        lemmy = band.members.get()
        assert {instrument.name for instrument in lemmy.instruments.all()} == {"Bass", "Vocals"}
        assert [link.label for link in band.links.all()] == ["Web"]


def test_it_puts_members_in_the_order_of_their_numbers(alice_portal: Portal) -> None:
    names = {"members-0-name": "Drummer", "members-1-name": "Singer", "members-2-name": "Bassist"}
    numbers = {"members-0-position": "2", "members-1-position": "1", "members-2-position": ""}
    data = band_data(**names, **numbers, **{"members-TOTAL_FORMS": "3"})

    alice_portal.client_of(roles.EDITOR).post("/backstage/bands/add/", data)

    with tenant_context(alice_portal.organization):
        members = Band.objects.get().members.all()
        assert [(member.position, member.name) for member in members] == [(1, "Singer"), (2, "Drummer"), (3, "Bassist")]


def test_it_says_beside_the_field_what_is_wrong_and_stores_nothing(alice_portal: Portal) -> None:
    data = band_data(**{"ended": "1970", "links-0-url": "javascript:alert(1)", "members-0-until": "1960"})

    answer = alice_portal.client_of(roles.EDITOR).post("/backstage/bands/add/", data)

    text = answer.content.decode()
    assert answer.status_code == 422
    assert "A band can&#x27;t split up before it was formed." in text
    assert "Enter a valid URL" in text
    assert "The end year can&#x27;t be before the start year." in text
    assert "Lemmy" in text
    with tenant_context(alice_portal.organization):
        assert not Band.objects.exists()


def test_it_publishes_and_takes_back(alice_portal: Portal) -> None:
    with tenant_context(alice_portal.organization):
        band = BandFactory(is_published=False)
    client = alice_portal.client_of(roles.EDITOR)

    client.post(f"/backstage/bands/{band.pk}/publish/", {"published": "1"})
    with tenant_context(alice_portal.organization):
        assert Band.objects.published().get() == band
    client.post(f"/backstage/bands/{band.pk}/publish/", {"published": ""})
    with tenant_context(alice_portal.organization):
        assert Band.objects.drafts().get() == band


def test_it_takes_several_pictures_and_hands_them_to_the_worker(alice_portal: Portal) -> None:
    with tenant_context(alice_portal.organization):
        band = BandFactory(photo=None)
    files = [SimpleUploadedFile(f"{number}.png", PIXEL, "image/png") for number in range(3)]
    client = alice_portal.client_of(roles.EDITOR)

    answer = client.post(f"/backstage/bands/{band.pk}/photos/", {"pictures": files}, follow=True)

    text = answer.content.decode()
    assert "3 pictures are being prepared." in text
    assert 'hx-trigger="load delay:2s"' in text
    with tenant_context(alice_portal.organization):
        assert [photo.position for photo in band.gallery.all()] == [1, 2, 3]
        band.refresh_from_db()
        assert band.photo == band.gallery.first().picture
    assert Job.objects.of_kind(PROCESS_PICTURE).of_organization(alice_portal.organization).count() == 3


def hand_in(portal: Portal, files: list[SimpleUploadedFile], **headers: str) -> Any:
    with tenant_context(portal.organization):
        band = Band.objects.first() or BandFactory(photo=None)
    client = portal.client_of(roles.EDITOR)
    return client.post(f"/backstage/bands/{band.pk}/photos/", {"pictures": files}, headers=headers)


def test_one_bad_file_doesnt_refuse_the_others_and_each_is_answered(alice_portal: Portal) -> None:
    good = [SimpleUploadedFile(f"good-{number}.png", PIXEL, "image/png") for number in range(2)]
    bad = SimpleUploadedFile("scan.jpg", b"II*\0" + bytes(40), "image/jpeg")
    empty = SimpleUploadedFile("empty.jpg", b"", "image/jpeg")

    answer = hand_in(alice_portal, [good[0], bad, empty, good[1]])

    assert answer.status_code == 302
    text = unescape(answer.client.get(answer["Location"]).content.decode())
    assert "2 pictures are being prepared." in text
    assert "scan.jpg: This is a TIFF file, which browsers don't show. Please save it as JPEG or PNG" in text
    assert "empty.jpg: This file is empty." in text
    with tenant_context(alice_portal.organization):
        assert BandPhoto.objects.count() == 2


def test_all_files_refused_are_named_on_the_page(alice_portal: Portal) -> None:
    bad = [SimpleUploadedFile(f"{number}.jpg", b"<html>", "image/jpeg") for number in range(2)]

    answer = hand_in(alice_portal, bad)

    text = unescape(answer.content.decode())
    assert answer.status_code == 422
    assert "0.jpg: This is not a picture we can read." in text
    assert "1.jpg: This is not a picture we can read." in text


def test_a_script_hears_of_its_one_file(alice_portal: Portal) -> None:
    good = SimpleUploadedFile("good.png", PIXEL, "image/png")
    bad = SimpleUploadedFile("bad.png", b"%PDF-1.7" + bytes(40), "image/png")

    taken = hand_in(alice_portal, [good], accept="application/json")
    refused = hand_in(alice_portal, [bad], accept="application/json")
    missing = hand_in(alice_portal, [], accept="application/json")

    assert (taken.status_code, taken.json()) == (201, {"sentence": "Uploaded. It is being prepared."})
    with tenant_context(alice_portal.organization):
        photo = BandPhoto.objects.get()
    assert taken["Location"] == f"/backstage/bands/{photo.band_id}/photos/{photo.pk}/"
    assert refused.status_code == 422
    assert refused.json()["sentence"].startswith("This is a PDF file")
    assert (missing.status_code, missing.json()) == (422, {"sentence": "This field is required."})


def test_the_limits_are_said_before_a_file_is_chosen(alice_portal: Portal) -> None:
    with tenant_context(alice_portal.organization):
        band = BandFactory()
    client = alice_portal.client_of(roles.OWNER)
    for path in (f"/backstage/bands/{band.pk}/photos/", "/backstage/settings/"):
        text = client.get(path).content.decode().replace("\xa0", " ")
        assert "up to 24.0 MB and 66 megapixels" in text
        assert 'accept="image/jpeg,' in text
        assert ".heic" in text
    assert "all files together may have up to 25.0 MB" in client.get(
        f"/backstage/bands/{band.pk}/photos/"
    ).content.decode().replace("\xa0", " ")


def test_a_picture_isnt_described_by_a_name(alice_portal: Portal) -> None:
    (photo,) = photos_of(alice_portal, 1)
    with tenant_context(alice_portal.organization):
        assert photo.picture.alt == ""


def test_pictures_are_described_one_by_one(alice_portal: Portal) -> None:
    first, second, third = photos_of(alice_portal, 3)
    with tenant_context(alice_portal.organization):
        Picture.objects.filter(pk=second.picture_id).update(alt="Described already")
    client = alice_portal.client_of(roles.EDITOR)
    gallery = f"/backstage/bands/{first.band_id}/photos/"

    assert f'href="{gallery}{first.pk}/"' in client.get(gallery).content.decode()
    words = {"alt": "Four people and an amplifier", "caption": "Berlin, 2026", "credit": "Anna Weber"}
    after_first = client.post(f"{gallery}{first.pk}/", words)
    after_last = client.post(f"{gallery}{third.pk}/", {"alt": "A tuba", "caption": "", "credit": ""})

    assert after_first["Location"] == f"{gallery}{third.pk}/"
    assert after_last["Location"] == gallery
    assert "Describe them one by one" not in client.get(gallery).content.decode()
    with tenant_context(alice_portal.organization):
        photo = BandPhoto.objects.select_related("picture").get(pk=first.pk)
        assert (photo.picture.alt, photo.caption, photo.picture.credit) == tuple(words.values())
        assert photo.position == 1


def test_a_description_that_is_too_long_comes_back(alice_portal: Portal) -> None:
    (photo,) = photos_of(alice_portal, 1)
    path = f"/backstage/bands/{photo.band_id}/photos/{photo.pk}/"
    assert alice_portal.client_of(roles.EDITOR).post(path, {"alt": "x" * 256}).status_code == 422


def test_no_photo_of_another_band_is_described(alice_portal: Portal) -> None:
    (mine,), (others,) = photos_of(alice_portal, 1), photos_of(alice_portal, 1)
    path = f"/backstage/bands/{mine.band_id}/photos/{others.pk}/"
    assert alice_portal.client_of(roles.EDITOR).post(path, {"alt": "x"}).status_code == 404


def photos_of(portal: Portal, count: int) -> list[BandPhoto]:
    with tenant_context(portal.organization):
        band = BandFactory(photo=None)
        files = [SimpleUploadedFile(f"{number}.png", PIXEL, "image/png") for number in range(count)]
        return gallery_add(band=band, files=files)


def test_it_stops_asking_when_all_pictures_are_ready(alice_portal: Portal) -> None:
    first, second = photos_of(alice_portal, 2)
    client = alice_portal.client_of(roles.EDITOR)
    with tenant_context(alice_portal.organization):
        Picture.objects.filter(pk=first.picture_id).update(state="refused", refusal="Too small to print.")
    path = f"/backstage/bands/{first.band_id}/photos/waiting/?of={first.pk}&of={second.pk}"

    one_is_waiting = client.get(path).content.decode()
    with tenant_context(alice_portal.organization):
        Picture.objects.update(state="refused", refusal="Too small to print.")
    none_is = client.get(path).content.decode()

    assert f"?round=1&amp;of={second.pk}" in one_is_waiting
    assert f'id="picture-{first.pk}" hx-swap-oob="true"' in one_is_waiting
    assert "hx-trigger" not in none_is
    assert none_is.count("Too small to print.") == 2


def test_it_gives_up_asking_after_some_minutes(alice_portal: Portal) -> None:
    (photo,) = photos_of(alice_portal, 1)
    path = f"/backstage/bands/{photo.band_id}/photos/waiting/?of={photo.pk}&round=59"

    text = alice_portal.client_of(roles.EDITOR).get(path).content.decode()

    assert "hx-trigger" not in text
    assert "This is taking longer than usual." in text


def photos_data(photos: list[BandPhoto], positions: list[str], **changes: Any) -> dict[str, Any]:
    data = {"photos-TOTAL_FORMS": len(photos), "photos-INITIAL_FORMS": len(photos)}
    for number, (photo, position) in enumerate(zip(photos, positions, strict=True)):
        fields = {"id": photo.pk, "alt": f"Picture {number}", "caption": "", "position": position}
        data |= {f"photos-{number}-{name}": value for name, value in fields.items()}
    return data | changes


def test_it_describes_orders_and_chooses_pictures_at_once(alice_portal: Portal) -> None:
    photos = photos_of(alice_portal, 3)
    data = photos_data(photos, ["", "2", "1"], main=photos[1].pk, logo=photos[2].pk)

    alice_portal.client_of(roles.EDITOR).post(f"/backstage/bands/{photos[0].band_id}/photos/describe/", data)

    with tenant_context(alice_portal.organization):
        band = Band.objects.get()
        assert [photo.pk for photo in band.gallery.all()] == [photos[2].pk, photos[1].pk, photos[0].pk]
        assert (band.photo, band.logo) == (photos[1].picture, photos[2].picture)
        assert {picture.alt for picture in band.photos.all()} == {"Picture 0", "Picture 1", "Picture 2"}


@pytest.mark.parametrize("number", ["gone", "9" * 40, "", "' OR 1=1"])
def test_it_saves_the_other_pictures_when_one_is_gone(alice_portal: Portal, number: str) -> None:
    photos = photos_of(alice_portal, 3)
    data = photos_data(photos, ["3", "2", "1"])
    data["photos-1-id"] = photos[1].pk if number == "gone" else number
    with tenant_context(alice_portal.organization):
        BandPhoto.objects.filter(pk=photos[1].pk).delete()

    answer = alice_portal.client_of(roles.EDITOR).post(f"/backstage/bands/{photos[0].band_id}/photos/describe/", data)

    assert answer.status_code == 302
    with tenant_context(alice_portal.organization):
        assert [photo.pk for photo in Band.objects.get().gallery.all()] == [photos[2].pk, photos[0].pk]
        assert Picture.objects.get(pk=photos[2].picture_id).alt == "Picture 2"


def test_it_chooses_no_picture_that_was_refused_or_is_another_bands(alice_portal: Portal) -> None:
    mine, others = photos_of(alice_portal, 2), photos_of(alice_portal, 1)
    with tenant_context(alice_portal.organization):
        Picture.objects.filter(pk=mine[1].picture_id).update(state="refused", refusal="Too small to print.")
    client = alice_portal.client_of(roles.EDITOR)
    path = f"/backstage/bands/{mine[0].band_id}/photos/describe/"

    for chosen in (mine[1], others[0]):
        assert client.post(path, photos_data(mine, ["1", "2"], main=chosen.pk)).status_code == 404

    with tenant_context(alice_portal.organization):
        assert Band.objects.get(pk=mine[0].band_id).photo == mine[0].picture


def test_it_asks_before_it_deletes_a_picture_and_the_next_takes_its_place(alice_portal: Portal) -> None:
    first, second = photos_of(alice_portal, 2)
    client = alice_portal.client_of(roles.EDITOR)
    path = f"/backstage/bands/{first.band_id}/photos/{first.pk}/remove/"

    asked = client.get(path).content.decode()
    client.post(path)

    assert "Delete picture" in asked
    with tenant_context(alice_portal.organization):
        assert Picture.objects.get() == second.picture
        assert Band.objects.get().photo == second.picture


def test_it_refuses_what_is_no_picture(alice_portal: Portal) -> None:
    with tenant_context(alice_portal.organization):
        band = BandFactory()
    upload = io.BytesIO(b"<html onload='alert(1)'/>")
    upload.name = "nice.png"

    answer = alice_portal.client_of(roles.EDITOR).post(f"/backstage/bands/{band.pk}/photos/", {"pictures": [upload]})

    assert answer.status_code == 422
    assert "nice.png: This is not a picture we can read." in answer.content.decode()
    with tenant_context(alice_portal.organization):
        assert not Picture.objects.exists()


def test_it_takes_times_as_a_clock_at_the_place_shows_them(alice_portal: Portal) -> None:
    with tenant_context(alice_portal.organization):
        band = BandFactory(name="The Tubas")
    client = alice_portal.client_of(roles.EDITOR)

    client.post("/backstage/gigs/add/", gig_data(line_up=[band.pk], publish="1"))

    with tenant_context(alice_portal.organization):
        gig = Gig.objects.published().get()
        assert gig.starts_at == datetime(2027, 7, 9, 18, 30, tzinfo=UTC)
        assert gig.line_up == [band]
    assert 'value="2027-07-09T20:30"' in client.get(f"/backstage/gigs/{gig.pk}/").content.decode()


def test_it_keeps_the_line_up_in_the_order_of_its_places(alice_portal: Portal) -> None:
    with tenant_context(alice_portal.organization):
        opener, star = BandFactory(name="A. Opener"), BandFactory(name="The Star")
        gig = GigFactory(starts_at=datetime(2027, 7, 9, 18, 30, tzinfo=UTC), time_zone="Europe/Zurich")
    client = alice_portal.client_of(roles.EDITOR)

    client.post(f"/backstage/gigs/{gig.pk}/", gig_data(line_up=[star.pk, "", opener.pk, star.pk]))

    with tenant_context(alice_portal.organization):
        assert Gig.objects.get(pk=gig.pk).line_up == [star, opener]


@pytest.mark.parametrize("zone", ["", "Europe/Nowhere", "'"])
def test_without_a_known_time_zone_a_gig_is_refused_for_the_zone_alone(alice_portal: Portal, zone: str) -> None:
    line_up = {f"appearances-{name}_FORMS": "0" for name in ("TOTAL", "INITIAL")}
    owner = alice_portal.client_of(roles.OWNER)

    answer = owner.post("/backstage/gigs/add/", gig_data(time_zone=zone))
    in_admin = owner.post("/admin/gigs/gig/add/", gig_data(time_zone=zone) | line_up)

    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == {"time_zone"}
    assert set(in_admin.context["adminform"].form.errors) == {"time_zone"}


def test_it_takes_no_band_of_another_portal_into_a_line_up(alice_portal: Portal, charlie_portal: Portal) -> None:
    with tenant_context(charlie_portal.organization):
        BandFactory(pk=777_777)

    answer = alice_portal.client_of(roles.EDITOR).post("/backstage/gigs/add/", gig_data(line_up=[777_777]))

    assert answer.status_code == 422
    with tenant_context(alice_portal.organization):
        assert not Gig.objects.exists()


@pytest.mark.parametrize(
    ("query", "found"),
    [("q=motor", ["Motörhead"]), ("q=goslar", ["The Tubas"]), ("show=drafts", ["The Tubas"]), ("sort=town", None)],
)
def test_it_finds_bands_in_a_long_list(alice_portal: Portal, query: str, found: list[str] | None) -> None:
    with tenant_context(alice_portal.organization):
        BandFactory(name="Motörhead", town="London", is_published=True)
        BandFactory(name="The Tubas", town="Goslar", is_published=False)

    answer = alice_portal.client_of(roles.MEMBER).get(f"/backstage/bands/?{query}")

    assert [band.name for band in answer.context["page"]] == (found or ["The Tubas", "Motörhead"])


def test_it_finds_gigs_by_band_place_and_state(alice_portal: Portal) -> None:
    with tenant_context(alice_portal.organization):
        band = BandFactory(name="Motörhead")
        later = timezone.now() + timezone.timedelta(days=3)
        loud = GigFactory(title="Loud", starts_at=later, bands=[band], is_published=True)
        GigFactory(title="Quiet", starts_at=later, venue="Kirche", is_published=False)
    client = alice_portal.client_of(roles.MEMBER)

    def titles(query: str) -> list[str]:
        return [gig.title for gig in client.get(f"/backstage/gigs/?{query}").context["page"]]

    assert titles("q=motorhead") == [loud.title]
    assert titles("q=kirche") == ["Quiet"]
    assert titles("show=drafts") == ["Quiet"]
    assert titles("show=past") == []


def test_it_publishes_a_band_from_its_form(alice_portal: Portal) -> None:
    with tenant_context(alice_portal.organization):
        band = BandFactory(is_published=False)

    alice_portal.client_of(roles.EDITOR).post(f"/backstage/bands/{band.pk}/", band_data(publish="1"))

    with tenant_context(alice_portal.organization):
        assert Band.objects.published().get().name == "Motörhead"


def test_it_refuses_a_time_that_the_clocks_skip(alice_portal: Portal) -> None:
    data = gig_data(starts_at="2027-03-28T02:30", doors_at="")

    answer = alice_portal.client_of(roles.EDITOR).post("/backstage/gigs/add/", data)

    assert answer.status_code == 422
    assert "this time doesn&#x27;t exist" in answer.content.decode()


def test_it_begins_with_the_organizations_zone(alice_portal: Portal) -> None:
    text = alice_portal.client_of(roles.EDITOR).get("/backstage/gigs/add/").content.decode()

    assert 'name="time_zone" value="Europe/Berlin"' in text


def test_it_needs_two_choices_for_a_poll(alice_portal: Portal) -> None:
    data = {
        "text": "Who plays next?",
        "published_at": "2027-01-01T10:00",
        "closes_at": "",
        "choices-TOTAL_FORMS": "2",
        "choices-INITIAL_FORMS": "0",
        "choices-0-text": "The Tubas",
        "choices-1-text": "",
    }
    client = alice_portal.client_of(roles.EDITOR)

    refused = client.post("/backstage/polls/add/", data)
    accepted = client.post("/backstage/polls/add/", data | {"choices-1-text": "The Trombones"})

    assert "Add at least two choices." in refused.content.decode()
    assert accepted.status_code == 302
    with tenant_context(alice_portal.organization):
        assert [choice.text for choice in Question.objects.get().choices.all()] == ["The Tubas", "The Trombones"]


def test_it_changes_the_state_of_a_message(alice_portal: Portal) -> None:
    with tenant_context(alice_portal.organization):
        enquiry = EnquiryFactory()
    client = alice_portal.client_of(roles.EDITOR)

    assert enquiry.subject in client.get("/backstage/enquiries/").content.decode()
    client.post(f"/backstage/enquiries/{enquiry.pk}/state/", {"state": "answered"})
    nonsense = client.post(f"/backstage/enquiries/{enquiry.pk}/state/", {"state": "eaten"})

    enquiry_state = client.get("/backstage/enquiries/?state=answered").content.decode()
    assert enquiry.subject in enquiry_state
    assert nonsense.status_code == 400


def test_it_stores_settings_in_both_places(alice_portal: Portal) -> None:
    client = alice_portal.client_of(roles.MANAGER)
    data = {
        "organization-name": "Alice & Co",
        "organization-language": "de",
        "organization-time_zone": "Europe/Vienna",
        "portal-tagline": "Loud since 1999",
        "portal-introduction": "",
        "portal-contact_email": "",
        "portal-imprint_url": "",
        "portal-privacy_url": "",
    }

    refused = client.post("/backstage/settings/", data | {"portal-contact_email": "loud"})
    accepted = client.post("/backstage/settings/", data)

    assert refused.status_code == 422
    assert accepted.status_code == 302
    organization = Organization.objects.get(pk=alice_portal.organization.pk)
    assert (organization.name, organization.language, organization.time_zone) == ("Alice & Co", "de", "Europe/Vienna")
    with tenant_context(alice_portal.organization):
        assert PortalSettings.objects.current().tagline == "Loud since 1999"


def test_it_leads_a_new_portal_through_its_first_steps(alice_portal: Portal) -> None:
    client = alice_portal.client_of(roles.OWNER)
    before = client.get("/backstage/").content.decode()
    with tenant_context(alice_portal.organization):
        BandFactory(is_published=True)
    after = client.get("/backstage/").content.decode()

    assert before.count('class="is-done"') == 0
    assert after.count('class="is-done"') == 2


@pytest.mark.parametrize(
    "path",
    [
        "bands/{pk}/",
        "bands/{pk}/photos/",
        "bands/{pk}/photos/waiting/",
        "gigs/{pk}/copy/",
        "gigs/{pk}/",
        "enquiries/{pk}/",
        "polls/{pk}/",
    ],
)
def test_it_never_finds_what_another_portal_holds(alice_portal: Portal, charlie_portal: Portal, path: str) -> None:
    with tenant_context(charlie_portal.organization):
        band = BandFactory(pk=777_777)
        GigFactory(pk=777_777)
        EnquiryFactory(pk=777_777, band=band)
        Question.objects.create(pk=777_777, text="Charlie's?", published_at=timezone.now())

    assert alice_portal.client_of(roles.OWNER).get("/backstage/" + path.format(pk=777_777)).status_code == 404
    assert charlie_portal.client_of(roles.OWNER).get("/backstage/" + path.format(pk=777_777)).status_code == 200


@pytest.mark.parametrize("path", ["", "bands/", "gigs/", "enquiries/", "polls/", "jobs/"])
def test_it_lists_many_in_no_more_queries_than_few(alice_portal: Portal, path: str) -> None:
    client = alice_portal.client_of(roles.OWNER)

    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert client.get(f"/backstage/{path}").status_code == 200
        return len(seen)

    def more() -> None:
        with tenant_context(alice_portal.organization):
            for _number in range(4):
                band = BandFactory()
                EnquiryFactory(band=band)
                GigFactory(starts_at=timezone.now() + timezone.timedelta(days=3), bands=[band])
                Question.objects.create(text="Who?").choices.create(text="They")
                gallery_add(band=band, files=[SimpleUploadedFile("a.png", PIXEL, "image/png")])

    more()
    queries()
    few = queries()
    more()
    assert queries() <= few


def test_it_blocks_a_sender_and_lets_them_in_again(in_alice_portal: Portal) -> None:
    client = in_alice_portal.client_of(roles.EDITOR)
    enquiry = EnquiryFactory(sender_email="Pest@example.org")

    client.post(f"/backstage/enquiries/{enquiry.pk}/block/")

    enquiry.refresh_from_db()
    assert enquiry.state == "spam"
    assert "pest@example.org" in client.get("/backstage/enquiries/blocked/").content.decode()
    assert client.post("/backstage/enquiries/blocked/", {"pattern": "no domain"}).status_code == 422
    client.post("/backstage/enquiries/blocked/", {"pattern": "Spam.example"})
    assert set(BlockedSender.objects.values_list("pattern", flat=True)) == {"pest@example.org", "spam.example"}

    client.post(f"/backstage/enquiries/blocked/{BlockedSender.objects.get(pattern='spam.example').pk}/remove/")
    client.post(f"/backstage/enquiries/{enquiry.pk}/state/", {"state": "new"})

    assert BlockedSender.objects.get().pattern == "pest@example.org"
    assert OutgoingMessage.objects.get().reply_to == "Pest@example.org"
