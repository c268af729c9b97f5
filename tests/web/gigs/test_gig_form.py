"""The form of a gig: what the team knows, and what visitors are told of it."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image

from bandstand.accounts import roles
from bandstand.content.changes import Change
from bandstand.gigs.copying import copy_plan
from bandstand.gigs.models import Gig
from bandstand.gigs.statuses import CONSEQUENCES, Status
from bandstand.media.models import Picture
from tests.conftest import Portal
from tests.factories.bands import BandFactory
from tests.factories.gigs import GigFactory
from tests.factories.media import ReadyPictureFactory
from tests.factories.tours import TourFactory
from tests.web.shell.test_content import gig_data
from tests.web.shell.test_publishing import Form

ADD = "/backstage/gigs/add/"


def test_it_stores_all_that_is_known_of_a_gig(in_alice_portal: Portal) -> None:
    data = gig_data(
        ends_at="2027-07-09T23:00",
        on_sale_at="2027-03-01T10:00",
        price_from="12,50",
        price_to="18",
        currency="CHF",
        age_limit="16",
        contact="Kim, 0171 23",
        load_in_at="16:30",
        team_notes="Long cables.",
    )

    assert in_alice_portal.client_of(roles.EDITOR).post(ADD, data).status_code == 302

    gig = Gig.objects.get()
    assert gig.local_end is not None
    assert f"{gig.local_end:%Y-%m-%d %H:%M %Z}" == "2027-07-09 23:00 CEST"
    assert (gig.price_from, gig.price_to, gig.currency, gig.age_limit) == (Decimal("12.50"), 18, "CHF", 16)
    assert (gig.contact, f"{gig.load_in_at:%H:%M}", gig.team_notes) == ("Kim, 0171 23", "16:30", "Long cables.")
    assert gig.precision == Gig.Precision.TIME


@pytest.mark.parametrize("door", ["/backstage/gigs/%s/", "/admin/gigs/gig/%s/change/"])
def test_what_it_refers_to_stays_while_that_is_in_the_trash(door: str, in_alice_portal: Portal) -> None:
    tour, later = TourFactory(name="Spring"), GigFactory(title="Later")
    gig = GigFactory(tour=tour, new_date=later, status=Status.POSTPONED)
    TourFactory(name="CANARY").move_to_trash()
    tour.move_to_trash()
    later.move_to_trash()
    browser, path = in_alice_portal.client_of(roles.OWNER), door % gig.pk

    page = browser.get(path).content.decode()
    assert ("Spring (in the trash)" in page, "CANARY" in page) == (True, False)
    sent = {**Form(page).fields, "status": Status.POSTPONED}
    assert (sent["tour"], sent["new_date"]) == (str(tour.pk), str(later.pk))
    assert browser.post(path, {**sent, "title": "Another"}).status_code == 302
    gig.refresh_from_db()
    assert (gig.title, gig.tour_id, gig.new_date_id) == ("Another", tour.pk, later.pk)

    assert browser.post(path, {**sent, "tour": ""}).status_code == 302
    gig.refresh_from_db()
    assert gig.tour_id is None


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"ends_at": "2027-07-09T20:00"}, "The end has to be after the start."),
        ({"price_from": "12"}, "Choose the currency of the prices."),
        ({"price_from": "1.2.3"}, "Write an amount as a number"),
        ({"option": "0"}, "Enter a whole number from 1 to 9."),
        ({"status": "idea", "publish": "1"}, "Visitors can&#x27;t see a gig with this status."),
        ({"status": "hold", "schedule": "1", "publish_at": "2027-01-01T10:00"}, "Visitors can&#x27;t see a gig"),
    ],
)
def test_it_says_what_doesnt_fit(values: dict[str, Any], words: str, in_alice_portal: Portal) -> None:
    answer = in_alice_portal.client_of(roles.EDITOR).post(ADD, gig_data(**values))

    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not Gig.objects.exists()


def test_a_published_gig_isnt_made_an_idea_again(in_alice_portal: Portal) -> None:
    gig = GigFactory()

    answer = in_alice_portal.client_of(roles.EDITOR).post(f"/backstage/gigs/{gig.pk}/", gig_data(status="idea"))

    assert answer.status_code == 422
    assert "Visitors can&#x27;t see a gig with this status." in answer.content.decode()


def test_what_was_scheduled_becomes_a_hold_as_a_draft(in_alice_portal: Portal) -> None:
    gig = GigFactory(is_published=False, publish_at=timezone.now() + timedelta(days=9))
    data = gig_data(status="hold", draft="1")

    assert in_alice_portal.client_of(roles.EDITOR).post(f"/backstage/gigs/{gig.pk}/", data).status_code == 302
    assert Gig.objects.get().status == Status.HOLD


def test_the_address_of_a_private_event_doesnt_say_where_it_is(in_alice_portal: Portal) -> None:
    gig = GigFactory(venue="Mühle Hunziken", town="Rubigen")
    editor = in_alice_portal.client_of(roles.EDITOR)
    path, data = f"/backstage/gigs/{gig.pk}/", gig_data(is_private="on")

    refused = editor.post(path, data | {"slug": gig.slug})
    assert refused.status_code == 422
    assert "This URL says where the private event is." in refused.content.decode()
    assert editor.post(path, data).status_code == 302
    assert Gig.objects.get().slug == "2027-07-09-private"


def test_it_says_what_follows_from_each_status(in_alice_portal: Portal) -> None:
    text = in_alice_portal.client_of(roles.EDITOR).get(ADD).content.decode()

    assert set(CONSEQUENCES) == set(Status)
    assert all(str(sentence) in text for sentence in CONSEQUENCES.values())


def test_a_postponed_gig_leads_to_its_new_date_once_visitors_see_that(in_alice_portal: Portal) -> None:
    band, other = BandFactory(), BandFactory()
    gig = GigFactory(bands=[band])
    later = GigFactory(bands=[band], starts_at=gig.starts_at + timedelta(days=30), is_published=False)
    foreign = GigFactory(bands=[other])
    editor = in_alice_portal.client_of(roles.EDITOR)
    path = f"/backstage/gigs/{gig.pk}/"
    data = gig_data(status="postponed", line_up=[band.pk], status_note="The singer is ill.")

    assert editor.post(path, data | {"new_date": foreign.pk}).status_code == 422
    assert editor.post(path, data | {"new_date": gig.pk}).status_code == 422
    assert editor.post(path, data | {"new_date": later.pk}).status_code == 302

    page = Gig.objects.get(pk=gig.pk).get_absolute_url()
    before = in_alice_portal.client().get(page).content.decode()
    Gig.objects.filter(pk=later.pk).update(is_published=True)
    after = in_alice_portal.client().get(page).content.decode()
    assert "The singer is ill." in before
    assert [later.get_absolute_url() in text for text in (before, after)] == [False, True]


def test_a_poster_is_uploaded_with_the_form_and_goes_with_the_gig(in_alice_portal: Portal) -> None:
    drawn = io.BytesIO()
    Image.new("RGB", (60, 90), "tomato").save(drawn, "PNG")
    editor = in_alice_portal.client_of(roles.EDITOR)
    upload = SimpleUploadedFile("poster.png", drawn.getvalue())

    assert editor.post(ADD, gig_data(new_picture=upload, picture_alt="A tuba")).status_code == 302
    gig = Gig.objects.get()
    assert gig.picture is not None
    assert gig.picture.alt == "A tuba"

    editor.post(f"/backstage/gigs/{gig.pk}/", gig_data(no_picture="on"))
    assert Gig.objects.get().picture is None
    assert not Picture.objects.exists()

    Gig.objects.update(picture=ReadyPictureFactory())
    Gig.objects.get().delete()
    assert not Picture.objects.exists()


def test_visitors_see_the_poster(in_alice_portal: Portal) -> None:
    gig = GigFactory(picture=ReadyPictureFactory(alt="A tuba on a boat"))

    text = in_alice_portal.client().get(gig.get_absolute_url()).content.decode()

    assert 'alt="A tuba on a boat"' in text
    assert '<meta property="og:image"' in text


def test_the_administration_says_why_an_idea_isnt_published(in_alice_portal: Portal) -> None:
    rows = {"appearances-TOTAL_FORMS": "0", "appearances-INITIAL_FORMS": "0"}
    data = gig_data(status="idea", is_published="on") | rows

    answer = in_alice_portal.client_of(roles.OWNER).post("/admin/gigs/gig/add/", data)

    assert "Visitors can&#x27;t see a gig with this status." in answer.content.decode()
    assert not Gig.objects.exists()


def test_a_copy_is_like_the_gig_but_for_what_was_agreed_for_it(in_alice_portal: Portal) -> None:
    start = datetime(2031, 1, 10, 19, tzinfo=UTC)
    gig = GigFactory(
        starts_at=start,
        ends_at=start + timedelta(hours=3),
        contact="Kim, 0171",
        fee="600 EUR",
        status=Status.CANCELLED,
        status_note="No answer.",
        is_private=True,
    )

    copy = copy_plan(gig, gig.local_start.date() + timedelta(weeks=1))

    assert copy.ends_at is not None
    assert copy.ends_at - copy.starts_at == timedelta(hours=3)
    assert (copy.contact, copy.is_private) == ("Kim, 0171", True)
    assert (copy.status, copy.status_note, copy.fee) == (Status.SCHEDULED, "", "")


def test_the_history_knows_all_fields_and_puts_them_back_under_the_rules(in_alice_portal: Portal) -> None:
    gig = GigFactory(is_published=False, status=Status.HOLD, fee="500")
    editor = in_alice_portal.client_of(roles.EDITOR)
    path = f"/backstage/gigs/{gig.pk}/"
    editor.post(path, gig_data(status="scheduled", fee="700", publish="1"))

    text = editor.get(f"{path}history/").content.decode()
    act = Change.objects.of(gig).latest("pk").act
    answer = editor.post(f"{path}put-back/", {"act": act}, follow=True).content.decode()

    assert all(words in text for words in ("Fee", "700", "announced"))
    assert "It is as it was before this change." in answer
    stored = Gig.objects.get()
    assert (stored.status, stored.fee, stored.is_visible) == (Status.HOLD, "500", False)
