"""Tours as visitors see them: those that go on or are over, and the page of each with its gigs."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from bandstand.gigs.models import Gig
from bandstand.gigs.of_tours import tours_going_on, tours_over
from bandstand.tours.models import Tour
from bandstand_web.pagecache.pages import PAGE_NUMBER, anonymous_page
from bandstand_web.query_values import page_of
from bandstand_web.shell.structured_data import item_list, trail

PAGE_SIZE = 24
GIGS_SHOWN = 200


@anonymous_page(page=PAGE_NUMBER)
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """List the tours: first those with gigs to come, then those that are over, the latest first."""
    page = page_of(request, tours_over().select_related("picture"), PAGE_SIZE)
    going_on = list(tours_going_on().select_related("picture")) if page.number == 1 else []
    shown = item_list([*going_on, *page], base=request.build_absolute_uri("/"))
    return render(request, "tours/portal/list.html", {"page": page, "going_on": going_on, "structured_data": shown})


@anonymous_page()
@require_safe
def detail(request: HttpRequest, slug: str) -> HttpResponse:
    """Show a tour: its picture, its text, and all of its gigs, those to come first."""
    tour = get_object_or_404(Tour.objects.published().select_related("picture"), slug=slug)
    gigs = list(Gig.objects.published().of_tour(tour).for_visitors().order_by("starts_at", "pk")[:GIGS_SHOWN])
    past = [gig for gig in gigs if gig.is_past]
    bands = {band.pk: band for gig in gigs for band in gig.line_up}
    return render(
        request,
        "tours/portal/detail.html",
        {
            "tour": tour,
            "gigs": [gig for gig in gigs if not gig.is_past],
            "past": past[::-1],
            "first": gigs[0] if gigs else None,
            "last": gigs[-1] if gigs else None,
            "bands": list(bands.values()),
            "trail": trail(
                (_("Tours"), reverse("tours")),
                (tour.name, tour.get_absolute_url()),
                base=request.build_absolute_uri("/"),
            ),
        },
    )
