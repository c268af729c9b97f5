"""Gigs: upcoming by month, past by year, a month as a calendar, and each gig's page."""

from __future__ import annotations

from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from bandstand.bands.models import Band
from bandstand.content.rendering import render_markdown
from bandstand.gigs.appearances import Appearance
from bandstand.gigs.models import Gig, GigQuerySet
from bandstand.gigs.months import by_month, in_year, month_of, read_month, years_of
from bandstand.tours.models import Tour
from bandstand_web.gigs.add_to_calendar import calendar_links
from bandstand_web.gigs.calendar_file import calendar_file
from bandstand_web.gigs.filtering import TOWN, GigFilter
from bandstand_web.gigs.maps import directions_url, map_url
from bandstand_web.gigs.sharing import shared
from bandstand_web.gigs.structured_data import music_event
from bandstand_web.pagecache.pages import PAGE_NUMBER, SLUG, anonymous_page, for_this_request_alone
from bandstand_web.query_values import number, page_of
from bandstand_web.requests import PortalRequest
from bandstand_web.shell.structured_data import item_list, trail

PAGE_SIZE = 30
FURTHER_SHOWN = 3


@anonymous_page(when="past", year="[0-9]{4}", band=SLUG, tour=SLUG, town=TOWN, page=PAGE_NUMBER)
@require_safe
def index(request: PortalRequest) -> HttpResponse:
    """List upcoming gigs by month, soonest first, or with `?when=past` those of a year, latest first."""
    is_past = request.GET.get("when") == "past"
    published = Gig.objects.published()
    base = published.past() if is_past else published.upcoming()
    wanted = GigFilter.of(request, base, Band.objects.published(), Tour.objects.published())
    gigs = wanted.apply(base)
    years = years_of(gigs) if is_past else []
    year = number(request, "year") or (years[0][0] if years else None)
    page = page_of(request, (in_year(gigs, year) if year and is_past else gigs).for_rows(), PAGE_SIZE)
    context = {
        "page": page,
        "months": by_month(page),
        "is_past": is_past,
        "wanted": wanted,
        "years": years,
        "year": year,
        "this_month": timezone.localdate(),
        "structured_data": item_list(page, base=request.build_absolute_uri("/")),
    }
    response = render(request, "gigs/portal/list.html", context)
    is_offered = wanted.is_offered and (not years or year in {each for each, _count in years})
    return response if is_offered else for_this_request_alone(response)


@anonymous_page(band=SLUG, tour=SLUG, town=TOWN)
@require_safe
def month(request: PortalRequest, month: str) -> HttpResponse:
    """Show a month as a calendar. Raises Http404 for what is none."""
    try:
        first = read_month(month)
    except ValueError:
        raise Http404 from None
    published = Gig.objects.published()
    wanted = GigFilter.of(request, published, Band.objects.published(), Tour.objects.published())
    grid = month_of(wanted.apply(published).for_rows(), first, today=timezone.localdate())
    context = {"month": grid, "wanted": wanted}
    response = render(request, "gigs/portal/month.html", context)
    return response if wanted.is_offered and grid.count else for_this_request_alone(response)


@anonymous_page()
@require_safe
def detail(request: PortalRequest, slug: str) -> HttpResponse:
    """Show one gig, in the venue's local time."""
    gig = get_object_or_404(Gig.objects.published().for_page(), slug=slug)
    new_date, former = _new_date(gig), _former_date(gig)
    of_bands = list(_coming(gig).filter(pk__in=_of_same_bands(gig))[:FURTHER_SHOWN])
    in_town = _coming(gig).in_town(gig.town).exclude(pk__in=[each.pk for each in of_bands])
    nearby = list(in_town[:FURTHER_SHOWN]) if gig.town else []
    organization, base = request.organization, request.build_absolute_uri("/")
    context = {
        "gig": gig,
        "shared": shared(gig),
        "calendars": calendar_links(gig, url=request.build_absolute_uri(gig.get_absolute_url())),
        "notes": render_markdown(gig.notes, language=gig.language_of("notes")),
        "structured_data": music_event(
            gig,
            base=base,
            organization=organization,
            new_date=new_date,
            former=former,
        ),
        "trail": trail((_("Gigs"), reverse("gigs")), (gig.headline, gig.get_absolute_url()), base=base),
        "tour": Tour.objects.published().filter(pk=gig.tour_id).first() if gig.tour_id else None,
        "new_date": new_date,
        "former": former,
        "of_bands": of_bands,
        "nearby": nearby,
        "map_url": map_url(gig),
        "directions_url": directions_url(gig),
    }
    return render(request, "gigs/portal/detail.html", context)


def _coming(gig: Gig) -> GigQuerySet:
    return Gig.objects.published().taking_place().upcoming().exclude(pk=gig.pk).for_rows()


def _of_same_bands(gig: Gig) -> QuerySet[Appearance, int]:
    return Appearance.objects.filter(band__in=gig.line_up).values_list("gig", flat=True)


def _new_date(gig: Gig) -> Gig | None:
    """Return the gig that takes the place of a postponed one, if visitors see it."""
    if gig.new_date_id is None or gig.status != Gig.Status.POSTPONED:
        return None
    return Gig.objects.published().filter(pk=gig.new_date_id).first()


def _former_date(gig: Gig) -> Gig | None:
    """Return the postponed gig whose place it takes, if visitors see that."""
    return Gig.objects.published().filter(new_date=gig, status=Gig.Status.POSTPONED).first()


@anonymous_page()
@require_safe
def calendar(request: PortalRequest, slug: str) -> HttpResponse:
    """Send a gig as an iCalendar file."""
    dated = Gig.objects.published().exclude(precision=Gig.Precision.MONTH)
    gig = get_object_or_404(dated.for_calendars(), slug=slug)
    text = calendar_file(
        gig,
        url=request.build_absolute_uri(gig.get_absolute_url()),
        language=gig.language_of("notes"),
    )
    return HttpResponse(
        text,
        content_type="text/calendar; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{gig.slug}.ics"'},
    )
