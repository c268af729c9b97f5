"""Two portals whose rows have the same ids, slugs, addresses and file names, and differ in a canary word alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.contrib.admin.models import ADDITION, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.utils import timezone
from django_tenants.utils import tenant_context

from bandstand.accounts import roles
from bandstand.accounts.models import User
from bandstand.audit.models import Act, Entry
from bandstand.bands.models import Band
from bandstand.calendars.models import CalendarSource
from bandstand.content.changes import Change
from bandstand.content.changing import Changer, changing_as
from bandstand.content.former_addresses import FormerAddress
from bandstand.enquiries.models import BlockedSender, Reply
from bandstand.gigs.job_kinds import REMIND_OF_GIGS, RemindOfGigs
from bandstand.gigs.models import Gig
from bandstand.gigs.withdrawn import WithdrawnGig
from bandstand.imports.models import PhotoLink, SpreadsheetImport
from bandstand.jobs.enqueueing import enqueue
from bandstand.listings.models import Listing
from bandstand.mail.models import OutgoingMessage, SuppressedAddress, UnsubscribeLink
from bandstand.media.downloads import download_path
from bandstand.notices.models import EmailChoice, NearLimit, Notice
from bandstand.numbers.models import CountedDay
from bandstand.organizations.models import Organization
from bandstand.people.merging import people_merge, state_of
from bandstand.portals.around_pages import Footer, written_footer
from bandstand.portals.menus import MenuEntry
from bandstand.portals.models import PortalSettings
from bandstand.portals.social_networks import SocialLink, written_links
from bandstand.teams.models import Invitation, token_digest
from bandstand.teams.transferring import transfer_offer
from tests.conftest import Portal, hashed_password
from tests.factories.bands import (
    BandFactory,
    BandLinkFactory,
    BandPhotoFactory,
    GenreFactory,
    InstrumentFactory,
    MemberFactory,
)
from tests.factories.domains import CustomDomainFactory
from tests.factories.enquiries import EnquiryFactory
from tests.factories.gigs import GigFactory
from tests.factories.media import ReadyPictureFactory
from tests.factories.news import PostFactory
from tests.factories.pages import PageFactory, block
from tests.factories.people import PersonFactory
from tests.factories.polls import ChoiceFactory, QuestionFactory
from tests.factories.tours import TourFactory
from tests.factories.venues import VenueFactory

PK = 4711
TRASHED_PK = 4712
OTHER_PK = 4719  # of a second band in each
MERGED_PK = 4799
UID = "01890000-0000-7000-8000-000000004711"
SLUG = "the-same"
BLOCK, FILE_BLOCK, CONTACT_BLOCK = "twin4711", "twin4712", "twin4713"  # of a page
FILE = "0123456789abcdefghijklmn.pdf"  # of the second
EMAIL = "same@example.org"
PICTURE = "0123456789abcdef/640.webp"
INVITATION = "a-token-of-both"


@dataclass(frozen=True)
class Twin:
    """One of the two, filled.

    `job`, `domain`, `listing` and `transfer`, rows in `public`, can't have equal numbers and tokens.
    """

    portal: Portal
    canary: str
    job: int
    domain: int
    listing: int
    transfer: str

    @property
    def picture(self) -> str:
        """Path of the one file that visitors may read."""
        return f"{self.portal.organization.schema_name}/pictures/{PICTURE}"


def fill(portal: Portal, canary: str) -> Twin:
    """Put a row of every kind into the portal, with `canary` in each text."""
    fill_schema(portal, canary)
    with tenant_context(portal.organization):
        for path in (f"{connection.schema_name}/pictures/{PICTURE}", download_path(FILE)):
            default_storage.delete(path)  # no transaction takes a file back, and a canary before this one left another
            default_storage.save(path, ContentFile(f"RIFF0000WEBP{canary}".encode()))
    due = timezone.now().isoformat()
    job = enqueue(REMIND_OF_GIGS, RemindOfGigs(due_at=due), organization=portal.organization, created_by=canary)
    domain = CustomDomainFactory(organization=portal.organization, name=f"{canary}.example.com")
    return Twin(portal, canary, job.pk, domain.pk, _asked_for(portal, canary), _offer(portal, canary))


def fill_schema(portal: Portal, canary: str) -> None:
    """Put a row of every kind into the portal's schema alone."""
    with tenant_context(portal.organization):
        _fill_content(canary)
        _fill_team(canary)


def _asked_for(portal: Portal, canary: str) -> int:
    """Return the number of a third portal's request to list the band."""
    third = Organization.objects.create(
        name=f"Third {canary}", slug=f"third-{canary}", schema_name=f"org_third{canary}"
    )
    about = {"band_uid": UID, "band_name": f"Band {canary}", "proposed_by": f"{canary}@third.example"}
    return int(Listing.objects.create(lister=third, home=portal.organization, **about).pk)


def _offer(portal: Portal, canary: str) -> str:
    """Return the token of an open offer of the portal to somebody without an account."""
    made = ""

    def address(token: str) -> str:
        nonlocal made
        made = token
        return f"https://{canary}.example/"

    transfer_offer(
        organization=portal.organization,
        by=User.objects.get(email=portal.owner_email),
        email=EMAIL,
        giver_stays=False,
        address=address,
    )
    return made


def _fill_content(canary: str) -> None:
    path = f"{connection.schema_name}/pictures/{PICTURE}"
    shown = {kind: dict.fromkeys(("320", "640", "1280"), path) for kind in ("webp", "jpeg")}
    picture = ReadyPictureFactory(pk=PK, uid=UID, alt=canary, variants=shown)
    band = BandFactory(
        pk=PK,
        uid=UID,
        name=f"Band {canary}",
        slug=SLUG,
        town=canary,
        biography=canary,
        contact_email=f"{canary}@example.org",
    )
    band.genres.add(GenreFactory(pk=PK, name=canary, slug=SLUG))
    FormerAddress.objects.create(pk=PK, kind="bands.band", object_id=PK, slug=f"former-{canary}")
    with changing_as(lambda: Changer(by=Change.By.PERSON, user_id=PK, name=canary)):
        Band.objects.filter(pk=PK).update(town=f"New {canary}")
    MemberFactory(pk=PK, band=band, name=canary).instruments.add(InstrumentFactory(pk=PK, name=canary))
    BandLinkFactory(pk=PK, band=band, label=canary)
    BandPhotoFactory(pk=PK, band=band, picture=picture, caption=canary)
    VenueFactory(pk=PK, name=canary, town=canary, access=canary)
    person = PersonFactory(pk=PK, uid=UID, name=canary, email=EMAIL, phone=canary, notes=canary)
    merged = PersonFactory(pk=MERGED_PK, name=f"Merged {canary}", pronouns=canary)
    seen = state_of(person, merged)
    people_merge(stays=PK, gone=MERGED_PK, taken=(), seen=seen, by=canary, with_private=True)
    tour = TourFactory(pk=PK, uid=UID, name=f"Tour {canary}", slug=SLUG, text=canary)
    GigFactory(
        pk=PK, title=f"Gig {canary}", slug=SLUG, venue=canary, town=canary, notes=canary, bands=[band], tour=tour
    )
    post = PostFactory(pk=PK, uid=UID, title=f"Post {canary}", slug=SLUG, text=canary, summary=canary, picture=picture)
    PageFactory(
        pk=PK,
        uid=UID,
        title=f"Page {canary}",
        slug=SLUG,
        summary=canary,
        blocks=[
            block("text", id=BLOCK, text=canary),
            block("picture", picture=f"picture:{picture.uid}", alt=canary, caption=canary),
            block("gigs", band=UID, heading=canary),
            block("bands", bands=[UID], heading=canary),
            block(
                "gallery",
                heading=canary,
                pictures=[{"picture": f"picture:{picture.uid}", "alt": canary, "caption": canary, "credit": canary}],
            ),
            block("file", id=FILE_BLOCK, title=canary, about=canary, file={"file": FILE, "size": 100}),
            block("contact", id=CONTACT_BLOCK, heading=canary, band=UID),
        ],
    )
    post.bands.set([band])
    post.gigs.set([PK])
    now = timezone.now()
    WithdrawnGig.objects.create(
        gig=UID, starts_at=now, time_zone="Europe/Berlin", town=canary, sequence=1, withdrawn_at=now
    )
    question = QuestionFactory(pk=PK, text=f"Question {canary}?", choices=[])
    ChoiceFactory(pk=PK, question=question, text=canary)
    EnquiryFactory(pk=PK, band=band, subject=canary, message=canary, sender_name=canary, sender_email=EMAIL)
    Reply.objects.create(
        pk=PK, enquiry_id=PK, sender_name=canary, sender_email=EMAIL, text=canary, message_id=f"<{canary}@example.org>"
    )
    BlockedSender.objects.create(pk=PK, pattern=f"{canary}@example.org")
    BandFactory(pk=TRASHED_PK, name=f"Trashed {canary}", slug="in-the-trash", trashed_at=timezone.now())
    BandFactory(pk=OTHER_PK, name=f"Other {canary}", slug="the-other")
    CountedDay.objects.create(day=now.date(), counts={"page": {f"/{canary}/": 1}, "search": {canary: 1}})
    settings = PortalSettings.objects.current()
    settings.tagline = settings.introduction = canary
    settings.imprint_url = f"https://{canary}.example/"
    settings.bar_text, settings.bar_url = canary, f"https://{canary}.example/"
    said = (MenuEntry(f"https://{canary}.example/", canary),)
    settings.footer = written_footer(Footer(canary, said, said))  # and not the menu, which pages of errors have
    settings.social_links = written_links([SocialLink(f"https://{canary}.example/", canary)])
    settings.save()


def _fill_team(canary: str) -> None:
    person = User(pk=PK, email=EMAIL, name=canary, password=hashed_password())
    person.save(force_insert=True)
    person.emailaddress_set.create(pk=PK, email=EMAIL, verified=True, primary=True)
    roles.assign(person, roles.MEMBER)
    Invitation.objects.create(
        pk=PK,
        email=f"{canary}@example.org",
        token_digest=token_digest(INVITATION),
        expires_at=timezone.now() + timedelta(days=1),
        invited_by=person,
    )
    OutgoingMessage.objects.create(pk=PK, recipients=[EMAIL], subject=canary, text=canary)
    SuppressedAddress.objects.create(pk=PK, email=f"{canary}@example.org", reason=SuppressedAddress.Reason.BOUNCED)
    UnsubscribeLink.objects.create(pk=PK, email=f"{canary}@example.org", token=f"{INVITATION}-{canary}")
    SpreadsheetImport.objects.create(
        pk=PK,
        subject="bands",
        file_name=f"{canary}.csv",
        uploaded_by=person,
        finished_at=timezone.now(),
        columns=["name"],
        refusals=[{"row": 2, "cells": [canary], "problems": [canary]}],
    )
    _fill_calendar(person, canary)
    PhotoLink.objects.create(band_id=PK, digest=canary, link=f"https://{canary}.example/", row=2, problem=canary)
    Entry.objects.create(
        pk=PK, act=Act.EXPORTED, origin=Entry.Origin.PERSON, actor=f"{canary}@example.org", target=canary, detail=canary
    )
    owner = roles.holders(roles.OWNER).get()
    Notice.objects.create(
        pk=PK,
        person=owner,
        kind=Notice.Kind.INVITATION,
        event=f"invitation:{PK}:{PK}",
        number=PK,
        detail={"email": f"{canary}@example.org"},
    )
    EmailChoice.objects.create(person=owner).bands.add(PK)
    NearLimit.objects.create(limit="bands")
    LogEntry.objects.create(
        pk=PK,
        user=person,
        content_type=ContentType.objects.get_for_model(Band),
        object_id=str(PK),
        object_repr=canary,
        action_flag=ADDITION,
        change_message=canary,
    )


def _fill_calendar(person: User, canary: str) -> None:
    entry = {"label": canary, "when": canary, "changes": [[canary, "", canary]], "problems": [canary], "conflicts": []}
    CalendarSource.objects.create(
        pk=PK,
        name=f"Calendar {canary}",
        host=f"{canary}.example",
        link=f"https://{canary}.example/secret.ics",
        band_id=PK,
        venue=canary,
        town=canary,
        responsible=person,
        problem=canary,
        previewed_at=timezone.now(),
        preview={
            "events": [{"uid": canary, "action": action, **entry} for action in ("add", "change", "gone", "refuse")],
            "flawed": [[canary, canary]],
            "notices": [canary],
            "counts": {"added": 1, "changed": 1, "unchanged": 0, "skipped": 1, "gone": 1},
        },
    )
    Gig.objects.filter(pk=PK).update(source=PK, source_uid=canary, source_said={"title": f"Said {canary}"})
