"""Takes over the gigs that partners send, as a calendar of its own: the lister's own job, in its own schema."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django_tenants.utils import get_public_schema_name, schema_context

from bandstand.accounts.models import User
from bandstand.calendars.adding import source_add_of_partner, source_read_again, source_resume
from bandstand.calendars.bounds import MAX_EVENTS
from bandstand.calendars.comparing import events_compare
from bandstand.calendars.events import CalendarContent, CalendarError
from bandstand.calendars.models import CalendarSource
from bandstand.calendars.rows import UID
from bandstand.calendars.scheduling import follow_enqueue, switch_off
from bandstand.calendars.taking import preview_withdraw, responsible_for
from bandstand.gigs.models import Gig
from bandstand.listings.models import Listing, ListingQuerySet, SentGig
from bandstand.organizations.models import Organization
from bandstand.partners.telling import event_of
from bandstand.spreadsheets.importing import Action

State = CalendarSource.State


def partner_content(number: int, lister: Organization) -> CalendarContent:
    """Return the gigs that `lister` gets by an agreement. Raises CalendarError if the two don't agree any more."""
    with schema_context(get_public_schema_name()):
        listing = _agreed(lister).filter(pk=number).first()
        if listing is None:
            raise CalendarError(_ended())
        sent = list(SentGig.objects.filter(listing=listing, is_withdrawn=False).order_by("pk"))
    return CalendarContent(events=[event_of(each) for each in sent], is_complete=len(sent) < MAX_EVENTS)


def gigs_take(lister: Organization) -> int:
    """Let the gigs that partners send be read, each agreement's as a calendar; return how many agreements there are.

    The first time somebody chooses, as of any calendar. Calendars of agreements that have ended are switched off.
    """
    with schema_context(get_public_schema_name()):
        listings = {listing.pk: listing for listing in _agreed(lister).select_related("home")}
    sources = {source.partner: source for source in CalendarSource.objects.exclude(partner=None)}
    for source in sources.values():
        if source.partner not in listings and source.state != State.OFF:
            _switch_off(source)
    for number, listing in listings.items():
        _let_read(sources.get(number), listing)
    return len(listings)


def results_write(source: CalendarSource, calendar: CalendarContent) -> None:
    """Tell the sender which gigs were taken in, and which can't be; not why, which is this portal's affair."""
    comparison = events_compare(source=source, calendar=calendar, person=responsible_for(source))
    refused = [plan.related[UID] for plan in comparison.planned(Action.REFUSE)]
    taken = list(Gig.with_trash().filter(source=source).values_list("source_uid", flat=True))
    with schema_context(get_public_schema_name()), transaction.atomic():
        sent = SentGig.objects.filter(listing=source.partner)
        sent.filter(gig__in=refused, is_refused=False).update(is_refused=True)
        sent.exclude(gig__in=refused).filter(is_refused=True).update(is_refused=False)
        sent.filter(gig__in=taken, taken_at=None).update(taken_at=timezone.now())


def _agreed(lister: Organization) -> ListingQuerySet:
    return Listing.objects.sharing_gigs().filter(lister=lister)


def _ended() -> str:
    return _("The two portals don't exchange this band's gigs any more.")


def _let_read(source: CalendarSource | None, listing: Listing) -> None:
    person = User.objects.filter(email__iexact=listing.gigs_wanted_by, is_active=True).first()
    if source is None:
        if person is not None:
            source_add_of_partner(
                number=listing.pk,
                name=f"{listing.home.name}: {listing.band_name}",
                host=listing.home.own_host,
                by=person,
            )
    elif source.state == State.OFF and person is not None:
        source_resume(number=source.pk, by=person)
    elif source.state == State.FOLLOWED:
        with transaction.atomic():
            CalendarSource.objects.filter(pk=source.pk).update(next_read_at=timezone.now())
            source.refresh_from_db(fields=["next_read_at"])
            follow_enqueue(source)
    elif source.state == State.ONCE and source.responsible is not None:
        try:
            source_read_again(number=source.pk, by=source.responsible)
        except ValidationError:  # a job is at it, or somebody has chosen: what is new comes next time
            return


def _switch_off(source: CalendarSource) -> None:
    with transaction.atomic():
        found = CalendarSource.objects.select_for_update(of=("self",)).defer(None).filter(pk=source.pk).first()
        if found is not None:
            preview_withdraw(found)
            switch_off(found, _ended())
            found.save()
