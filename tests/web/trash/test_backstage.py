"""Deleting, undoing, and the page of the trash, as people meet them."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.cache import cache
from django_tenants.utils import tenant_context

from bandstand.accounts import roles
from bandstand.bands.models import Band, Member
from bandstand.enquiries.models import Enquiry
from bandstand.gigs.models import Gig
from tests.conftest import Portal
from tests.factories.bands import BandFactory, MemberFactory
from tests.factories.enquiries import EnquiryFactory
from tests.factories.gigs import GigFactory
from tests.factories.polls import QuestionFactory
from tests.web.shell.test_content import band_data
from tests.web.shell.undoing import undo, words_of


@pytest.mark.parametrize(
    ("kind", "factory"), [("bands", BandFactory), ("gigs", GigFactory), ("polls", QuestionFactory)]
)
def test_deleting_moves_to_the_trash_and_the_message_brings_it_back(
    alice_portal: Portal, kind: str, factory: Any
) -> None:
    with tenant_context(alice_portal.organization):
        row = factory()
    browser = alice_portal.client_of(roles.EDITOR)
    assert f'form id="trash" method="post" action="/backstage/{kind}/{row.pk}/delete/"' in words_of(
        browser.get(f"/backstage/{kind}/{row.pk}/")
    )

    done = browser.post(f"/backstage/{kind}/{row.pk}/delete/", follow=True)

    assert "is in the trash. You can restore it for 30 days." in words_of(done)
    with tenant_context(alice_portal.organization):
        assert not type(row).objects.exists()
        assert type(row).in_trash().get() == row
    assert browser.get(f"/backstage/{kind}/{row.pk}/").status_code == 404

    back = undo(browser, done)

    assert "has been restored." in words_of(back)
    assert back.redirect_chain[-1][0] == f"/backstage/{kind}/"
    with tenant_context(alice_portal.organization):
        assert type(row).objects.get() == row


def test_visitors_pages_follow_at_once(alice_portal: Portal) -> None:
    with tenant_context(alice_portal.organization):
        band = BandFactory(name="The Tubas", slug="tubas")
    visitor, editor = alice_portal.client(), alice_portal.client_of(roles.EDITOR)
    assert "The Tubas" in words_of(visitor.get("/bands/"))
    cache.clear()

    editor.post(f"/backstage/bands/{band.pk}/delete/")

    assert visitor.get("/bands/tubas/").status_code == 404
    assert "The Tubas" not in words_of(visitor.get("/bands/"))


def test_the_trash_lists_what_one_may_change_and_deletes_for_good_after_asking(alice_portal: Portal) -> None:
    with tenant_context(alice_portal.organization):
        band = BandFactory(name="<b>Tubas</b>")
        band.move_to_trash()
        GigFactory(title="A night").move_to_trash()
        EnquiryFactory(band=band, subject="Hello")
    browser = alice_portal.client_of(roles.OWNER)

    page = words_of(browser.get("/backstage/trash/"))
    assert "<b>Tubas</b>" in page
    assert "<b>Tubas</b>" not in browser.get("/backstage/trash/").content.decode()
    assert "A night" in page
    assert "The trash is empty" in words_of(alice_portal.client_of(roles.MEMBER).get("/backstage/trash/"))
    assert "a band in the trash" in words_of(browser.get("/backstage/enquiries/"))

    asked = words_of(browser.get(f"/backstage/trash/bands.band/{band.pk}/delete/"))
    assert "Will be kept: 1 enquiry." in asked
    assert "Delete them too" in asked
    browser.post(f"/backstage/trash/bands.band/{band.pk}/delete/")

    with tenant_context(alice_portal.organization):
        assert not Band.with_trash().exists()
        assert Enquiry.objects.get().addressee == "<b>Tubas</b>"
    assert browser.get("/backstage/enquiries/").status_code == 200
    assert browser.get(f"/backstage/trash/bands.band/{band.pk}/delete/").status_code == 404


def test_messages_go_with_a_band_only_for_those_who_may_delete_them(alice_portal: Portal) -> None:
    with tenant_context(alice_portal.organization):
        bands = BandFactory.create_batch(2)
        for band in bands:
            band.move_to_trash()
            EnquiryFactory(band=band)
    editor, owner = alice_portal.client_of(roles.EDITOR), alice_portal.client_of(roles.OWNER)

    assert "Delete them too" not in words_of(editor.get(f"/backstage/trash/bands.band/{bands[0].pk}/delete/"))
    editor.post(f"/backstage/trash/bands.band/{bands[0].pk}/delete/", {"with_kept": "1"})
    with tenant_context(alice_portal.organization):
        assert Enquiry.objects.count() == 2
    owner.post(f"/backstage/trash/bands.band/{bands[1].pk}/delete/", {"with_kept": "1"})
    with tenant_context(alice_portal.organization):
        assert Enquiry.objects.count() == 1


def test_only_who_may_change_brings_back_and_only_who_may_delete_deletes(alice_portal: Portal) -> None:
    with tenant_context(alice_portal.organization):
        band = BandFactory()
        band.move_to_trash()
    member = alice_portal.client_of(roles.MEMBER)

    assert member.post("/backstage/trash/bands.band/bring-back/", {"rows": band.pk}).status_code == 403
    assert member.post(f"/backstage/trash/bands.band/{band.pk}/delete/").status_code == 403
    for kind in ("enquiries.enquiry", "accounts.user", "bands.genre", "x"):
        assert alice_portal.client_of(roles.OWNER).post(f"/backstage/trash/{kind}/bring-back/").status_code == 404


def test_what_is_no_longer_in_the_trash_cant_be_brought_back(alice_portal: Portal) -> None:
    browser = alice_portal.client_of(roles.EDITOR)
    for rows in ("4711", "", "²", "9" * 40, "1,,x"):
        done = browser.post("/backstage/trash/bands.band/bring-back/", {"rows": rows}, follow=True)
        assert "Nothing was restored" in words_of(done)
    elsewhere = browser.post(
        "/backstage/trash/bands.band/bring-back/", {"rows": "1"}, headers={"Referer": "https://evil.example/x"}
    )
    assert elsewhere["Location"] == "/backstage/trash/"


def test_another_portals_trash_stays_closed(alice_portal: Portal, charlie_portal: Portal) -> None:
    with tenant_context(charlie_portal.organization):
        BandFactory(pk=777_777, name="Charlie's own").move_to_trash()
    browser = alice_portal.client_of(roles.OWNER)

    assert "Charlie's own" not in words_of(browser.get("/backstage/trash/"))
    browser.post("/backstage/trash/bands.band/bring-back/", {"rows": "777777"})
    assert browser.post("/backstage/trash/bands.band/777777/delete/").status_code == 404
    with tenant_context(charlie_portal.organization):
        assert Band.in_trash().filter(pk=777_777).exists()


def test_an_address_in_the_trash_is_a_sentence_in_the_form(alice_portal: Portal) -> None:
    with tenant_context(alice_portal.organization):
        BandFactory(slug="tubas").move_to_trash()
    browser = alice_portal.client_of(roles.EDITOR)

    answer = browser.post("/backstage/bands/add/", band_data(slug="tubas"))

    assert answer.status_code == 422
    assert "A band in the trash has this URL." in words_of(answer)


def test_the_admin_moves_to_the_trash_too(alice_portal: Portal) -> None:
    with tenant_context(alice_portal.organization):
        one, two, three = BandFactory.create_batch(3)
        MemberFactory(band=one)
        genre = one.genres.create(name="Polka")
    browser = alice_portal.client_of(roles.OWNER)

    asked = words_of(browser.get(f"/admin/bands/band/{one.pk}/delete/"))
    assert "stays in the trash for 30 days" in asked
    assert "All of the following related items will be deleted" not in asked
    done = browser.post(f"/admin/bands/band/{one.pk}/delete/", {"post": "yes"}, follow=True)
    assert "is in the trash." in words_of(done)
    undo(browser, done)
    with tenant_context(alice_portal.organization):
        assert Band.objects.count() == 3
        assert Member.objects.filter(band=one).exists()

    chosen = {"action": "move_to_trash", "_selected_action": [two.pk, three.pk]}
    done = browser.post("/admin/bands/band/", chosen, follow=True)
    assert "2 entries are in the trash." in words_of(done)
    assert "delete_selected" not in words_of(done)
    with tenant_context(alice_portal.organization):
        assert Band.objects.get() == one
        assert Band.in_trash().count() == 2

    browser.post(f"/admin/bands/genre/{genre.pk}/delete/", {"post": "yes"})
    with tenant_context(alice_portal.organization):
        assert not one.genres.exists()


def test_a_gig_shows_a_band_again_that_was_brought_back(alice_portal: Portal) -> None:
    with tenant_context(alice_portal.organization):
        band, other = BandFactory(name="Gone"), BandFactory(name="Stays")
        gig = GigFactory(bands=[band, other])
    visitor, editor = alice_portal.client(), alice_portal.client_of(roles.EDITOR)
    editor.post(f"/backstage/bands/{band.pk}/delete/", follow=True)
    assert "Gone" not in words_of(visitor.get(f"/gigs/{gig.slug}/"))
    assert "Gone" not in words_of(visitor.get(f"/gigs/{gig.slug}.ics"))
    assert "Gone" not in words_of(editor.get(f"/backstage/gigs/{gig.pk}/"))

    editor.post("/backstage/trash/bands.band/bring-back/", {"rows": band.pk})

    assert "Gone" in words_of(visitor.get(f"/gigs/{gig.slug}/"))
    with tenant_context(alice_portal.organization):
        assert Gig.objects.for_listing().get().line_up == [band, other]
