"""What visitors don't see yet: its team at the row's address, others by a link that ends, nobody else."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client, override_settings
from django.utils import timezone
from django.utils.formats import date_format
from django_tenants.utils import tenant_context

from bandstand.accounts import roles
from bandstand.audit.models import Act, Entry, EntryQuerySet
from bandstand.bands.band_roles import BandRole
from bandstand.content.previewing import preview_link_open, preview_link_revoke
from bandstand.domains.claiming import primary_choose
from bandstand.organizations.models import Organization
from bandstand.polls.models import Vote
from bandstand.settings.log_lines import masked
from bandstand_web.shell.previewing import kinds_with_pages, preview_link
from tests.conftest import Portal, PortalClient
from tests.factories.bands import BandFactory
from tests.factories.domains import LiveDomainFactory
from tests.factories.gigs import GigFactory
from tests.factories.media import ReadyPictureFactory
from tests.factories.polls import QuestionFactory
from tests.web.previews.drafts import DRAFTS, NAME, SCHEDULED, name_of

BAR = '<aside class="team-bar'
MEDIA_HOST = "media.bandstand-files.localhost"

each_kind = pytest.mark.parametrize("model", DRAFTS, ids=name_of)


def text_of(answer: Any) -> str:
    return str(answer.content.decode())


def open_link(portal: Portal, row: Any) -> str:
    """Return the path of a new preview link to the row."""
    with tenant_context(portal.organization):
        preview_link_open(row)
        return urlsplit(preview_link(row, portal.organization)).path


def assert_private(answer: Any) -> None:
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert answer.headers["X-Robots-Tag"] == "noindex"
    assert not answer.has_header("ETag")


def test_these_are_all_kinds_with_pages() -> None:
    assert set(DRAFTS) == set(kinds_with_pages())


@each_kind
def test_the_team_sees_a_draft_at_its_address_and_nobody_else_does(in_alice_portal: Portal, model: Any) -> None:
    row = DRAFTS[model]()
    fan = in_alice_portal.client()
    fan.force_login(in_alice_portal.user(roles.MEMBER, "fan@example.org"))
    in_alice_portal.user(roles.MEMBER, "fan@example.org").groups.clear()

    for role in set(roles.ROLES) - {roles.GUEST}:
        answer = in_alice_portal.client_of(role).get(row.get_absolute_url())
        assert answer.status_code == 200
        assert NAME in text_of(answer)
        assert "Only your team sees this" in text_of(answer)
        assert_private(answer)
        assert answer.headers["Referrer-Policy"] == "strict-origin-when-cross-origin"
        may_change = role != roles.MEMBER
        assert (f'href="{row.get_edit_url()}"' in text_of(answer)) == may_change
        assert ("/publish/" in text_of(answer)) == may_change
    for stranger in (in_alice_portal.client(), in_alice_portal.client_of(roles.GUEST), fan):
        answer = stranger.get(row.get_absolute_url())
        assert answer.status_code == 404
        assert NAME not in text_of(answer)


def test_a_guest_sees_drafts_of_the_own_band(in_alice_portal: Portal) -> None:
    own, other = (BandFactory(name=name, is_published=False) for name in ("Owls", "Foxes"))
    BandRole.objects.create(user=in_alice_portal.user(roles.GUEST), band=own, role=BandRole.Role.MEMBER)
    guest = in_alice_portal.client_of(roles.GUEST)

    answer = guest.get(own.get_absolute_url())
    assert "Only your team sees this" in text_of(answer)
    assert "/publish/" not in text_of(answer)
    assert guest.get(other.get_absolute_url()).status_code == 404
    BandRole.objects.update(role=BandRole.Role.EDITOR)
    assert "/publish/" in text_of(guest.get(own.get_absolute_url()))
    for place in ("publish", "link", "link/revoke"):
        path = f"/backstage/previews/bands.band/{other.pk}/{place}/"
        assert guest.post(path).status_code == 404, place


@each_kind
def test_the_bar_says_when_it_appears(in_alice_portal: Portal, model: Any) -> None:
    row = SCHEDULED[model]()

    answer = in_alice_portal.client_of(roles.EDITOR).get(row.get_absolute_url())

    moment = date_format(row.appears_at.astimezone(ZoneInfo("Europe/Berlin")), "SHORT_DATETIME_FORMAT")
    assert f"Only your team sees this until {moment}." in text_of(answer)


@each_kind
def test_a_session_of_another_portal_sees_nothing(
    alice_portal: Portal, charlie_portal: Portal, in_alice_portal: Portal, model: Any
) -> None:
    row = DRAFTS[model]()
    elsewhere = charlie_portal.client_of(roles.OWNER)
    at_alices = alice_portal.client()
    at_alices.cookies = elsewhere.cookies

    assert at_alices.get(row.get_absolute_url()).status_code == 404
    assert elsewhere.get(row.get_absolute_url()).status_code == 404


def test_a_draft_takes_no_votes_and_no_messages(in_alice_portal: Portal) -> None:
    poll = SCHEDULED[next(each for each in SCHEDULED if each._meta.model_name == "question")]()
    owner = in_alice_portal.client_of(roles.OWNER)
    assert "disabled" in text_of(owner.get(poll.get_absolute_url()))

    assert owner.post(poll.get_absolute_url(), {"choice": poll.choices.get(text="Yes").pk}).status_code == 404
    assert not Vote.objects.exists()


@each_kind
def test_public_pages_offer_edit_to_those_who_may(in_alice_portal: Portal, model: Any) -> None:
    row = DRAFTS[model]()
    row.publish()
    row.save_publication()
    edit = f'href="{row.get_edit_url()}"'

    assert edit in text_of(in_alice_portal.client_of(roles.EDITOR).get(row.get_absolute_url()))
    for other in (in_alice_portal.client_of(roles.MEMBER), in_alice_portal.client()):
        assert BAR not in text_of(other.get(row.get_absolute_url()))


@each_kind
def test_the_bar_publishes(in_alice_portal: Portal, model: Any) -> None:
    row = DRAFTS[model]()
    editor = in_alice_portal.client_of(roles.EDITOR)
    path = re.search(r'action="(/backstage/previews/[^"]+/publish/)"', text_of(editor.get(row.get_absolute_url())))
    assert path
    url = path[1]

    assert in_alice_portal.client_of(roles.MEMBER).post(url).status_code == 403
    assert editor.get(url).status_code == 405
    strict = PortalClient(enforce_csrf_checks=True, HTTP_HOST=in_alice_portal.host)
    strict.cookies = editor.cookies
    assert strict.post(url).status_code == 403
    assert in_alice_portal.client().get(row.get_absolute_url()).status_code == 404

    assert editor.post(url)["Location"] == row.get_absolute_url()

    answer = in_alice_portal.client().get(row.get_absolute_url())
    assert answer.status_code == 200
    assert NAME in text_of(answer)


def test_a_poll_without_choices_isnt_published_but_led_to_its_form(in_alice_portal: Portal) -> None:
    poll = QuestionFactory(choices=[])
    editor = in_alice_portal.client_of(roles.EDITOR)
    assert "Only your team sees this" in text_of(editor.get(poll.get_absolute_url()))

    answer = editor.post(f"/backstage/previews/polls.question/{poll.pk}/publish/", follow=True)

    assert answer.request["PATH_INFO"] == poll.get_edit_url()
    assert "Add at least two choices" in text_of(answer)


@each_kind
def test_whoever_has_the_link_sees_the_draft(in_alice_portal: Portal, model: Any) -> None:
    row = DRAFTS[model]()
    visitor = in_alice_portal.client()

    answer = visitor.get(open_link(in_alice_portal, row))

    assert answer.status_code == 200
    assert NAME in text_of(answer)
    assert "Anyone with this link can see it until" in text_of(answer)
    assert "/backstage/previews/" not in text_of(answer)
    assert row.get_edit_url() not in text_of(answer)
    assert_private(answer)
    assert answer.headers["Referrer-Policy"] == "strict-origin"
    assert visitor.get(row.get_absolute_url()).status_code == 404


@each_kind
def test_the_link_is_made_copied_and_revoked_in_the_form(in_alice_portal: Portal, model: Any) -> None:
    row = DRAFTS[model]()
    editor, visitor = in_alice_portal.client_of(roles.EDITOR), in_alice_portal.client()
    made = re.search(r'hx-post="([^"]+/link/)"', text_of(editor.get(row.get_edit_url())))
    assert made
    assert in_alice_portal.client_of(roles.MEMBER).post(made[1]).status_code == 403

    assert editor.post(made[1])["Location"] == f"{row.get_edit_url()}#preview-link"

    page = text_of(editor.get(row.get_edit_url()))
    link = re.search(r'data-copy="([^"]+)"', page)
    revoked = re.search(r'hx-post="([^"]+/revoke/)"', page)
    assert link
    assert revoked
    assert visitor.get(urlsplit(link[1]).path).status_code == 200

    part = text_of(editor.post(revoked[1], headers={"HX-Request": "true"}))

    assert part.lstrip().startswith("<section")
    assert "It no longer works" in part
    assert visitor.get(urlsplit(link[1]).path).status_code == 404
    log = Entry.objects.filter(act__in=[Act.PREVIEW_LINKED, Act.PREVIEW_REVOKED]).order_by("pk")
    about = f"{model._meta.verbose_name}: {row}"
    assert [(line.act, line.actor, line.target) for line in log] == [
        ("preview_linked", "editor@alice.bandstand.localhost", about),
        ("preview_revoked", "editor@alice.bandstand.localhost", about),
    ]
    assert re.fullmatch(r"→ \d{4}-\d\d-\d\d \d\d:\d\d UTC", log[0].detail)
    assert EntryQuerySet(Entry).about("exports").filter(act="preview_linked").exists()


@each_kind
def test_a_link_ends(in_alice_portal: Portal, model: Any) -> None:
    row = DRAFTS[model]()
    visitor = in_alice_portal.client()
    former = open_link(in_alice_portal, row)
    path = open_link(in_alice_portal, row)
    rows = model.objects.filter(pk=row.pk)
    assert (visitor.get(former).status_code, visitor.get(path).status_code) == (404, 200)
    assert timedelta(days=6, hours=23) < row.preview_until - timezone.now() <= timedelta(days=7)

    rows.update(preview_until=timezone.now() - timedelta(seconds=1))
    assert visitor.get(path).status_code == 404
    rows.update(preview_until=row.preview_until + timedelta(days=1))  # its end is signed, too
    assert visitor.get(path).status_code == 404
    rows.update(preview_until=row.preview_until)
    row.move_to_trash()
    gone = visitor.get(path)
    assert gone.status_code == 404
    assert "This preview link doesn't work" in text_of(gone)
    assert_private(gone)
    model.in_trash().bring_back()
    assert visitor.get(path).status_code == 200
    preview_link_revoke(row)
    assert visitor.get(path).status_code == 404


@each_kind
def test_nobody_makes_a_link_of_another(in_alice_portal: Portal, model: Any) -> None:
    row, other = DRAFTS[model](), DRAFTS[model]()
    visitor = in_alice_portal.client()
    path = open_link(in_alice_portal, row)
    open_link(in_alice_portal, other)
    _, kind, pk, signature = re.split(r"/preview/|-|/", path.rstrip("/"), maxsplit=3)
    swapped = "B" if signature[5] != "B" else "C"

    for token in (
        f"{kind}-{other.pk}-{signature}",
        f"{kind}-{pk}-{signature[:5]}{swapped}{signature[6:]}",
        f"{kind}-{pk}-{signature[:-1]}",
        f"{kind}-0{pk}-{signature}",
        f"{kind}-{pk}-",
        f"venues.venue-{pk}-{signature}",
        f"{kind}-{2**63}-{signature}",
        "x",
    ):
        assert visitor.get(f"/preview/{token}/").status_code == 404, token


@each_kind
def test_a_link_of_one_portal_is_nothing_at_another(alice_portal: Portal, charlie_portal: Portal, model: Any) -> None:
    with tenant_context(alice_portal.organization):
        row = DRAFTS[model]()
    path = open_link(alice_portal, row)
    with tenant_context(charlie_portal.organization):  # a copy, as of a backup that is restored beside it
        DRAFTS[model](pk=row.pk)
        values = {"preview_secret": row.preview_secret, "preview_until": row.preview_until}
        model.objects.filter(pk=row.pk).update(**values)

    assert alice_portal.client().get(path).status_code == 200
    assert charlie_portal.client().get(path).status_code == 404


@each_kind
def test_once_published_the_link_leads_to_the_page(in_alice_portal: Portal, model: Any) -> None:
    row = DRAFTS[model]()
    path = open_link(in_alice_portal, row)
    row.publish()
    row.save_publication()

    answer = in_alice_portal.client().get(path)

    assert (answer.status_code, answer["Location"]) == (302, row.get_absolute_url())


def test_a_preview_shows_one_draft_and_no_other(in_alice_portal: Portal) -> None:
    secret = BandFactory(name="The Secret Support", is_published=False)
    band = BandFactory(name=NAME, is_published=False)
    gig = GigFactory(title="Known Night", bands=[band, secret], is_published=True)
    GigFactory(title="Unknown Night", bands=[band], is_published=False)
    draft = GigFactory(title="Drafted Night", bands=[band, secret], is_published=False)

    of_band = text_of(in_alice_portal.client().get(open_link(in_alice_portal, band)))
    of_gig = text_of(in_alice_portal.client().get(open_link(in_alice_portal, draft)))

    assert gig.title in of_band
    assert "Unknown Night" not in of_band
    assert "Secret" not in of_band + of_gig
    assert NAME not in of_gig


@override_settings(MEDIA_HOST=MEDIA_HOST)
def test_its_pictures_come_from_the_media_host_by_links_that_end(in_alice_portal: Portal) -> None:
    folder = f"{in_alice_portal.organization.schema_name}/pictures/previewed"
    photo = ReadyPictureFactory(variants={kind: {"320": f"{folder}/320.{kind}"} for kind in ("webp", "jpeg")})
    band = BandFactory(name=NAME, is_published=False, photo=photo)
    page = text_of(in_alice_portal.client().get(open_link(in_alice_portal, band)))
    source = re.search(rf'src="(http://{MEDIA_HOST}[^"]+)"', page)
    assert source
    place = urlsplit(source[1]).path
    assert re.match(r"/\d{10}\.", place), "it ends"
    default_storage.delete(place.split("/", 2)[2])
    default_storage.save(place.split("/", 2)[2], ContentFile(b"RIFF0000WEBP"))

    answer = Client(HTTP_HOST=MEDIA_HOST).get(place)

    assert answer.status_code == 200
    assert answer.headers["Cache-Control"].startswith("private")


def test_the_token_stands_in_no_log_line(in_alice_portal: Portal) -> None:
    path = open_link(in_alice_portal, BandFactory(is_published=False))

    assert masked(path) == "/preview/***/"


def test_the_team_stays_at_the_host_where_it_is_logged_in(in_alice_portal: Portal) -> None:
    band = BandFactory(name=NAME, is_published=False)
    domain = LiveDomainFactory(organization=in_alice_portal.organization, name="www.theband.com")
    primary_choose(organization=in_alice_portal.organization, domain=domain)
    path = open_link(in_alice_portal, band)
    own = "alice.bandstand.localhost"
    editor = in_alice_portal.client_of(roles.EDITOR)
    editor.defaults["HTTP_HOST"] = own

    assert NAME in text_of(editor.get(band.get_absolute_url()))
    moved = Client(HTTP_HOST=own).get(band.get_absolute_url())
    assert (moved.status_code, moved["Vary"]) == (301, "Cookie")
    present = Organization.objects.with_host().get(pk=in_alice_portal.organization.pk)
    assert preview_link(band, present).startswith("http://www.theband.com")
    assert NAME in text_of(PortalClient(HTTP_HOST="www.theband.com").get(path))
