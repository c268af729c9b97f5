"""Building the demo portal, and filling it. All of it can run again: what is there stays, or is brought up to date."""

from __future__ import annotations

from datetime import datetime, timedelta
from importlib.resources import files
from zoneinfo import ZoneInfo

from allauth.account.models import EmailAddress
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone
from django_tenants.utils import tenant_context

from bandstand.accounts import roles
from bandstand.accounts.models import User
from bandstand.bands.models import Band, Genre, Instrument, Member
from bandstand.demo.bands import BANDS, DemoBand
from bandstand.demo.evenings import ENQUIRIES, GIGS, POLLS, DemoGig, DemoPoll
from bandstand.demo.news import POSTS, DemoPost
from bandstand.demo.pages import PAGES, DemoPage
from bandstand.enquiries.models import Enquiry
from bandstand.gigs.line_up import line_up_set
from bandstand.gigs.models import Gig
from bandstand.media.adding import picture_add
from bandstand.news.models import Post
from bandstand.organizations.models import Organization
from bandstand.pages.blocks import Block, new_id, stored_blocks
from bandstand.pages.kinds import KINDS
from bandstand.pages.models import Page
from bandstand.polls.models import Choice, Question, Vote
from bandstand.polls.voting import voter_hash
from bandstand.portals.models import PortalSettings
from bandstand.tenancy.provisioning import organization_create

SLUG = "demo"
OWNER = "demo@example.org"
TEAM = ((roles.MANAGER, "manager@example.org", "Mina Manager"), (roles.EDITOR, "editor@example.org", "Eddie Editor"))
_DOORS_BEFORE = timedelta(minutes=60)


def demo_organization() -> Organization | None:
    """Return the demo's organization where it exists."""
    return Organization.objects.filter(slug=SLUG).first()


@transaction.atomic
def demo_fill(*, password: str | None) -> Organization:
    """Return the demo's organization with all its rows.

    `password` becomes that of the owner and the team; None leaves the passwords of an existing demo as they are.
    """
    organization = demo_organization() or _organization()
    with tenant_context(organization):
        _team(password)
        _settings()
        for band in BANDS:
            _band(band)
        for gig in GIGS:
            _gig(gig)
        for poll in POLLS:
            _poll(poll)
        for post in POSTS:
            _post(post)
        for page in PAGES:
            _page(page)
        _enquiries()
    if password is not None:
        _set_password(User.objects.get(email=OWNER), password)
    return organization


def _organization() -> Organization:
    owner, _is_new = User.objects.get_or_create(email=OWNER, defaults={"name": "Demo Owner"})
    EmailAddress.objects.get_or_create(user=owner, email=OWNER, defaults={"verified": True, "primary": True})
    return organization_create(
        name="Loud & Otherwise", slug=SLUG, owner=owner, language="en", time_zone="Europe/Berlin"
    )


def _team(password: str | None) -> None:
    for role, email, name in TEAM:
        user, is_new = User.objects.get_or_create(email=email, defaults={"name": name})
        if is_new:
            user.set_unusable_password()
            user.save()
            EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
            roles.assign(user, role)
    if password is not None:
        for user in User.objects.filter(email__in=[email for _role, email, _name in TEAM]):
            _set_password(user, password)


def _set_password(user: User, password: str) -> None:
    if not user.check_password(password):
        user.set_password(password)
        user.save(update_fields=["password"])


def _settings() -> None:
    portal = PortalSettings.objects.current()
    if portal.introduction:
        return  # somebody may have tried the form out
    portal.tagline = "Fourteen bands, one notice board."
    portal.introduction = (
        "We look after bands that other agencies call *difficult*: brass at punk speed, doom at the speed of trees, "
        "and one lift.\n\nEverything here is invented, the volume included."
    )
    portal.contact_email = OWNER
    portal.save()


def _band(wanted: DemoBand) -> Band:
    band: Band
    band, is_new = Band.with_trash().update_or_create(
        slug=wanted.slug,
        defaults={
            "trashed_at": None,
            "name": wanted.name,
            "town": wanted.town,
            "country": wanted.country,
            "formed": wanted.formed,
            "ended": wanted.ended,
            "can_rock": wanted.can_rock,
            "biography": wanted.biography,
            "is_published": True,
        },
    )
    band.genres.set([_genre(name) for name in wanted.genres])
    if is_new:
        _members(band, wanted)
        for position, label in enumerate(wanted.links, start=1):
            band.links.create(label=label, url=f"https://{wanted.slug}.example/{label.lower()}", position=position)
    if band.photo is None:
        _poster(band, wanted)
    return band


def _members(band: Band, wanted: DemoBand) -> None:
    for position, person in enumerate(wanted.members, start=1):
        member = Member.objects.create(
            band=band, name=person.name, role=person.role, since=person.since, until=person.until, position=position
        )
        member.instruments.set([_instrument(name) for name in person.instruments])


def _poster(band: Band, wanted: DemoBand) -> None:
    """Hand the drawing in as anybody's upload: the worker makes it presentable."""
    content = files("bandstand.demo").joinpath("posters", f"{wanted.slug}.webp").read_bytes()
    owner = User.objects.filter(email=OWNER).first()
    picture = picture_add(file=ContentFile(content, name=f"{wanted.slug}.webp"), uploaded_by=owner, alt=wanted.poster)
    band.gallery.create(picture=picture)
    band.photo = picture
    band.save(update_fields=["photo"])


def _genre(name: str) -> Genre:
    return Genre.objects.get_or_make(name)


def _instrument(name: str) -> Instrument:
    return Instrument.objects.get_or_make(name)


def _gig(wanted: DemoGig) -> Gig:
    zone = ZoneInfo(wanted.time_zone)
    day = timezone.now().astimezone(zone).date() + timedelta(days=wanted.day)
    start = datetime.combine(day, wanted.start, zone)
    gig: Gig
    gig, _is_new = Gig.with_trash().update_or_create(
        slug=wanted.slug,
        defaults={
            "trashed_at": None,
            "title": wanted.title,
            "venue": wanted.venue,
            "address": wanted.address,
            "town": wanted.town,
            "time_zone": wanted.time_zone,
            "starts_at": start,
            "doors_at": start - _DOORS_BEFORE,
            "ends_at": start + timedelta(hours=wanted.hours) if wanted.hours else None,
            "status": wanted.status,
            "option": wanted.option,
            "status_note": wanted.status_note,
            "age_limit": wanted.age_limit,
            "load_in_at": wanted.load_in_at,
            "contact": wanted.contact,
            "price": wanted.price,
            "ticket_url": f"https://tickets.example/{wanted.slug}" if wanted.day > 0 else "",
            "notes": wanted.notes,
            "is_published": wanted.is_published,
        },
    )
    known = {band.slug: band for band in Band.objects.filter(slug__in=wanted.bands)}
    line_up_set(gig=gig, bands=[known[slug] for slug in wanted.bands])
    return gig


def _poll(wanted: DemoPoll) -> Question:
    now = timezone.now()
    question, is_new = Question.objects.update_or_create(
        text=wanted.text,
        defaults={
            "published_at": now + timedelta(days=wanted.opened),
            "closes_at": now + timedelta(days=wanted.closes) if wanted.closes is not None else None,
        },
    )
    if is_new:
        for position, (text, votes) in enumerate(wanted.choices, start=1):
            choice = Choice.objects.create(question=question, text=text, position=position)
            Vote.objects.bulk_create(
                Vote(question=question, choice=choice, voter=voter_hash(f"demo {position} {number}"))
                for number in range(votes)
            )
    return question


def _post(wanted: DemoPost) -> Post:
    known = {band.slug: band for band in Band.objects.filter(slug__in=wanted.bands)}
    post: Post
    post, _is_new = Post.with_trash().update_or_create(
        slug=wanted.slug,
        defaults={
            "trashed_at": None,
            "title": wanted.title,
            "summary": wanted.summary,
            "text": wanted.text,
            "tags": list(wanted.tags),
            "author": wanted.author,
            "language": wanted.language,
            "is_pinned": wanted.is_pinned,
            "picture": known[wanted.bands[0]].photo if wanted.bands else None,
            "is_published": True,
            "published_at": timezone.now() - timedelta(days=wanted.days_ago),
        },
    )
    Post.objects.filter(pk=post.pk).update(updated_at=post.published_at)  # it wasn't changed since
    post.bands.set(known.values())
    post.gigs.set(Gig.objects.filter(slug__in=wanted.gigs))
    return post


def _page(wanted: DemoPage) -> None:
    """Add a page once: somebody may have tried its blocks out."""
    if Page.with_trash().filter(slug=wanted.slug).exists():
        return
    blocks = [
        Block(new_id(), KINDS[kind], {**KINDS[kind].empty, **values}, width) for kind, values, width in wanted.blocks
    ]
    Page.objects.create(
        slug=wanted.slug,
        title=wanted.title,
        summary=wanted.summary,
        blocks=stored_blocks(blocks),
        is_published=True,
    )


def _enquiries() -> None:
    for wanted in ENQUIRIES:
        Enquiry.objects.get_or_create(
            band=Band.objects.get(slug=wanted.band),
            subject=wanted.subject,
            defaults={
                "message": wanted.message,
                "sender_name": wanted.sender,
                "sender_email": "visitor@example.org",
                "state": wanted.state,
            },
        )
