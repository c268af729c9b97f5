"""The gigs as somebody on the team reads them in their own calendar: drafts too, with the status in the title."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Prefetch
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from bandstand.accounts.models import User
from bandstand.bands.models import Band
from bandstand.content.of_bands import bands_where, may_with_all
from bandstand.content.plain_text import one_line
from bandstand.gigs.appearances import Appearance
from bandstand.gigs.models import Gig, GigQuerySet
from bandstand.gigs.showing_times import clock_time
from bandstand.gigs.withdrawn import WithdrawnGig
from bandstand_web.gigs.calendar_file import Calendar, Words, facts, status_of


def members_gigs(user: User, *, own_alone: bool = False) -> GigQuerySet:
    """Return the gigs that `user` may see, drafts among them, or of these those of bands in which they have a role."""
    gigs: GigQuerySet = Gig.objects.visible_to(user)
    if own_alone:
        own = Appearance.objects.filter(band__in=bands_where(user, "view", Gig)).values("gig")
        gigs = gigs.filter(pk__in=own)
    appearances = Appearance.objects.select_related("band").only("gig_id", "on_stage_at", "band__name")
    with_places = gigs.in_calendars().select_related("place")
    return with_places.prefetch_related(Prefetch("appearances", appearances))


def members_withdrawn(user: User, shown: Iterable[Gig]) -> list[WithdrawnGig]:
    """Return those that were taken back and are no longer among what is `shown`, each once."""
    bands = None
    if not may_with_all(user, "view", Gig):
        own = Band.objects.filter(pk__in=bands_where(user, "view", Gig))
        bands = list(own.values_list("uid", flat=True))
    rows = WithdrawnGig.objects
    told = rows.in_calendar(None) if bands is None else rows.in_calendars(bands)
    still = {gig.uid for gig in shown}
    return [gone for gone in told.each_once() if gone.gig not in still]


def members_words(gig: Gig, calendar: Calendar) -> Words:
    """Return what the team may read of `gig`."""
    states = [] if gig.status == Gig.Status.SCHEDULED else [capfirst(gig.standing)]
    if not gig.is_visible:
        states.insert(0, pgettext("gig", "Scheduled") if gig.is_scheduled else pgettext("gig", "Draft"))
    headline = one_line(gig.headline_of(gig.line_up))
    summary = f"[{', '.join(states)}] {headline}" if states else headline
    description = "\n".join(
        line for line in (*_times(gig), *facts(gig, calendar.language, on_stage=_on_stage(gig))) if line
    )
    status = status_of(gig)
    if status == "CONFIRMED" and not gig.is_visible:
        status = "TENTATIVE"
    return Words(summary, description, f"{calendar.base}{gig.get_edit_url()}", status, is_private=True)


def _times(gig: Gig) -> list[str]:
    """Return the times that the team alone needs. Calendars are read by others' servers, so nothing else of its own."""
    return [
        _("Load-in: %(time)s") % {"time": clock_time(gig.load_in_at)} if gig.load_in_at else "",
        _("Soundcheck: %(time)s") % {"time": clock_time(gig.soundcheck_at)} if gig.soundcheck_at else "",
    ]


def _on_stage(gig: Gig) -> list[str]:
    return [
        _("%(band)s on stage: %(time)s") % {"band": each.band.name, "time": clock_time(each.on_stage_at)}
        for each in gig.appearances.all()
        if each.on_stage_at
    ]
