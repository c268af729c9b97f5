"""What posters, day sheets and seasons say: texts alone, as the worker sets them (`bandstand_worker.printing`).

All texts are in the current language, times on the clock of the venue.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Prefetch
from django.utils.dateformat import format as formatted
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from bandstand.bands.models import Band
from bandstand.content.languages import current
from bandstand.content.plain_text import one_line
from bandstand.content.publishable import visible
from bandstand.content.rendering import plain_text
from bandstand.gigs.appearances import Appearance
from bandstand.gigs.models import Gig, GigQuerySet
from bandstand.gigs.showing_prices import minimum_age, shown_price
from bandstand.gigs.showing_times import clock_time, day_of_month, gig_time
from bandstand.media.models import Picture
from bandstand.organizations.models import Organization
from bandstand.portals.colour import Palette
from bandstand.portals.prints import Setting, on_paper

DESIGNS = {"bold": gettext_lazy("Colour"), "photo": gettext_lazy("Photo"), "bill": gettext_lazy("Bill")}
SIZES = {"a3": ("297mm", "420mm"), "a4": ("210mm", "297mm")}
POSTER_PIXELS = 1600  # that a poster as PNG is wide
_CODE = 40  # characters of an address that are shown below its code


def for_printing(gigs: GigQuerySet, *, of_team: bool) -> GigQuerySet:
    """Return `gigs` with all that prints say: with the bands and places that visitors see, or with all for the team."""
    appearances = Appearance.objects.select_related("band__photo")
    if not of_team:
        gigs, appearances = gigs.without_private_places(), appearances.filter(visible(Band, through="band"))
    return gigs.select_related("place", "picture").prefetch_related(Prefetch("appearances", appearances))


def of_year(gigs: GigQuerySet, year: int, time_zone: str) -> GigQuerySet:
    """Return those of `gigs` in a year of this zone's calendar, the first first."""
    start, end = (datetime(each, 1, 1, tzinfo=ZoneInfo(time_zone)) for each in (year, year + 1))
    return gigs.filter(starts_at__gte=start, starts_at__lt=end).order_by("starts_at", "pk")


def poster(gig: Gig, organization: Organization, palette: Palette, *, design: str, size: str) -> Setting:
    """Return the poster of `gig` (from `for_printing()`) in one of DESIGNS and SIZES."""
    width, height = SIZES[size]
    picture = picture_of(gig) if design == "photo" else None
    data = {**_announced(gig, organization, palette), "width": width, "height": height, "picture": bool(picture)}
    return Setting(f"poster_{design}", data, picture)


def share_picture(gig: Gig, organization: Organization, palette: Palette) -> Setting:
    """Return the picture for links to `gig` (from `for_printing()`)."""
    picture = picture_of(gig)
    data = _announced(gig, organization, palette)
    places = filter(None, (one_line(gig.venue), one_line(gig.town)))
    data |= {"picture": bool(picture), "spot": " · ".join(places) or gig.where_briefly}
    return Setting("share", {name: data[name] for name in _SHARED}, picture)


_SHARED = (
    *("lang", "fill", "lettering", "ink", "paper", "day", "weekday", "month", "year", "title", "status", "spot"),
    "picture",
)


def picture_of(gig: Gig) -> Picture | None:
    """Return the gig's own picture, or else the photo of the first band that has one."""
    known = [gig.picture, *(band.photo for band in gig.line_up)]
    return next((picture for picture in known if picture and picture.is_ready), None)


def day_sheet(gig: Gig, organization: Organization) -> Setting:
    """Return the day sheet of `gig` (from `for_printing()`), with the fields for the team alone."""
    place = gig.place
    facts = [
        (_("Capacity"), str(place.capacity) if place and place.capacity else ""),
        (_("Website"), place.website if place else ""),
    ]
    bands = [(one_line(each.band.name), _on_stage(each)) for each in gig.appearances.all()]
    team = [(_("Contact"), gig.contact), (_("Fee"), gig.fee), (_("Accommodation"), gig.hotel)]
    tickets = [(_("Price"), shown_price(gig)), (_("Admission"), minimum_age(gig)), (_("Link"), gig.ticket_url)]
    sections = [
        _section(_("Line-up"), bands),
        _section(_("For the team only"), team, texts=gig.team_notes),
        _section(_("Getting there"), [], texts=place.access if place else ""),
        _section(_("Tickets"), tickets),
        _section(_("Notes for visitors"), [], texts=plain_text(gig.notes) if gig.notes else ""),
    ]
    data = {
        **_paper(organization),
        "over": " · ".join((one_line(organization.name), _("Day sheet"))),
        "title": one_line(gig.headline),
        "under": " · ".join([gig_time(gig, "day"), *_states(gig)]),
        "labels": {"times": _("Times"), "place": _("Where")},
        "times": _times(gig),
        "venue": one_line(gig.venue),
        "address": [part for part in (one_line(gig.address), _postal(gig)) if part],
        "place": _known(facts),
        "sections": [section for section in sections if section],
        "hint": _("The gig's page"),
        "address_of_code": organization.url(gig.get_absolute_url()),
    }
    return Setting("day_sheet", data)


def season(gigs: Iterable[Gig], organization: Organization, *, title: str) -> Setting:
    """Return the list of `gigs` (from `for_printing()`, the first first), month by month."""
    found = list(gigs)
    months = [
        {"name": name, "rows": [_row(gig) for gig in of_month]}
        for name, of_month in groupby(found, key=lambda gig: gig_time(gig, "month"))
    ]
    data = {
        **_paper(organization),
        "over": one_line(organization.name),
        "title": title,
        "under": f"{gig_time(found[0], 'day')} \N{EN DASH} {gig_time(found[-1], 'day')}" if found else _("No gigs."),
        "months": months,
    }
    return Setting("season", data)


def _announced(gig: Gig, organization: Organization, palette: Palette) -> dict[str, Any]:
    """Return what everybody may read of a gig, and in which colours."""
    bands = [one_line(band.name) for band in gig.line_up]
    title = one_line(gig.headline_of(gig.line_up))
    doors, start = gig_time(gig, "time", doors=True), gig_time(gig, "time")
    times = (
        _("Doors %(time)s") % {"time": doors} if doors else "",
        _("Start %(time)s") % {"time": start} if start else "",
    )
    address = organization.url(gig.get_absolute_url())
    shown = address.partition("://")[2].rstrip("/")
    return {
        **_paper(organization),
        "fill": palette.fill,
        "lettering": palette.lettering,
        "accent": palette.light.text,
        "portal": one_line(organization.name),
        "title": title,
        "names": bands,
        "bands": bands if gig.title else [],  # else the title is made of them
        "day": gig_time(gig, "day-number") + (current().ordinal if gig.has_day else ""),
        "weekday": gig_time(gig, "weekday"),
        "month": formatted(gig.local_start, "F"),
        "year": formatted(gig.local_start, "Y"),
        "date": gig_time(gig, "day"),
        "venue": one_line(gig.venue) or gig.where_briefly,
        "place": ", ".join(filter(None, (one_line(gig.address), _postal(gig)))),
        "times": " · ".join(filter(None, times)),
        "price": " · ".join(filter(None, (one_line(shown_price(gig)), minimum_age(gig)))),
        "status": "" if gig.is_of_team or gig.status == Gig.Status.SCHEDULED else capfirst(gig.standing),
        "hint": shown if len(shown) <= _CODE else organization.url("").partition("://")[2],
        "address_of_code": address,
    }


def _paper(organization: Organization) -> dict[str, Any]:
    return {
        **on_paper(),
        "footer": " · ".join((one_line(organization.name), _("For the team only"))),
    }


def _postal(gig: Gig) -> str:
    postcode = one_line(gig.place.postcode) if gig.place else ""
    return f"{postcode} {one_line(gig.town)}".strip()


def _states(gig: Gig) -> list[str]:
    states = [] if gig.status == Gig.Status.SCHEDULED else [capfirst(gig.standing)]
    return [*states, *([] if gig.is_visible else [pgettext("gig", "Draft")])]


def _times(gig: Gig) -> list[tuple[str, str]]:
    """Return what happens when, the first first."""
    doors, start = gig.local_doors, gig.local_start
    moments = [
        (gig.load_in_at, _("Load-in")),
        (gig.soundcheck_at, _("Soundcheck")),
        (doors.time() if doors and gig.has_time else None, _("Doors")),
        (start.time() if gig.has_time else None, _("Start")),
        (gig.local_end.time() if gig.local_end and gig.has_time else None, _("End")),
    ]
    moments += [
        (each.on_stage_at, _("On stage: %(band)s") % {"band": one_line(each.band.name)})
        for each in gig.appearances.all()
    ]
    # What is before noon belongs to the night after a gig that begins in the evening.
    evening = gig.has_time and start.hour >= _NOON
    known = [(evening and at.hour < _EARLY, at, what) for at, what in moments if at is not None]
    return [(clock_time(at), what) for _is_next_day, at, what in sorted(known)]


_NOON, _EARLY = 12, 6


def _on_stage(appearance: Any) -> str:
    return clock_time(appearance.on_stage_at) if appearance.on_stage_at else "—"


def _known(rows: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(name, value) for name, value in rows if value]


def _section(title: str, rows: list[tuple[str, str]], *, texts: str = "") -> dict[str, Any] | None:
    rows = _known(rows)
    if not rows and not texts:
        return None
    return {"title": title, "rows": rows, "texts": [line for line in texts.splitlines() if line.strip()]}


def _row(gig: Gig) -> dict[str, str]:
    start = gig.local_start
    return {
        "day": formatted(start, day_of_month()) if gig.has_day else "?",
        "time": clock_time(start.time()) if gig.has_time else "",
        "title": one_line(gig.headline_of(gig.line_up)),
        "place": ", ".join(filter(None, (one_line(gig.venue), one_line(gig.town)))),
        "state": ", ".join(_states(gig)),
    }
