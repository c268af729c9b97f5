"""Bands: the list and each band's page."""

from __future__ import annotations

from collections.abc import Sequence

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from bandstand.bands.models import Band, BandQuerySet, Genre
from bandstand.gigs.models import Gig
from bandstand.gigs.next_gigs import next_gigs
from bandstand.listings.showing import homes_of, listed_bands, next_turn_of_listed
from bandstand.news.models import Post
from bandstand_web.bands.structured_data import music_group
from bandstand_web.enquiries.contact_form import ContactForm
from bandstand_web.news.portal.feeds import feed_links
from bandstand_web.pagecache.pages import PAGE_NUMBER, SLUG, anonymous_page, for_this_request_alone, showing_others
from bandstand_web.query_values import page_of
from bandstand_web.requests import PortalRequest
from bandstand_web.shell.structured_data import item_list, trail

PAGE_SIZE = 24
GIGS_SHOWN = 12
POSTS_SHOWN = 3
TOWN = r".{1,120}"


class BandFilter(forms.Form):
    """Filters for the list of bands."""

    genre = forms.CharField(required=False, max_length=80)
    town = forms.CharField(required=False, max_length=120)

    def apply(self, bands: BandQuerySet) -> BandQuerySet:
        """Return the matching bands; none if the filter is invalid."""
        if not self.is_valid():
            return bands.none()
        if genre := self.cleaned_data["genre"]:
            bands = bands.playing(genre)
        if town := self.cleaned_data["town"]:
            bands = bands.from_town(town)
        return bands

    def is_among(self, genres: Sequence[Genre], towns: Sequence[str]) -> bool:
        """Whether the page itself offers this choice."""
        genre, town = (self.cleaned_data.get(name, "") for name in ("genre", "town"))
        return genre in {"", *(genre.slug for genre in genres)} and town in {"", *towns}

    @property
    def query(self) -> str:
        """The filter as a query string, ready for further parameters."""
        wanted = {name: value for name, value in self.cleaned_data.items() if value}
        return f"{urlencode(wanted)}&" if wanted else ""


@showing_others(homes_of, next_turn_of_listed)
@anonymous_page(genre=SLUG, town=TOWN, page=PAGE_NUMBER)
@require_safe
def index(request: PortalRequest) -> HttpResponse:
    """List the published bands, filtered and paginated, with a constant number of queries.

    Bands of other portals that are listed here stand after all of the portal's own, which filters are about.
    """
    published = Band.objects.published()
    wanted = BandFilter(request.GET)
    page = page_of(request, wanted.apply(published).for_posters(), PAGE_SIZE)
    genres, towns = list(Genre.objects.filter(bands__in=published).distinct()), published.towns()
    response = render(
        request,
        "bands/portal/list.html",
        {
            "page": page,
            "posters": with_next_gigs(list(page)),
            "genres": genres,
            "towns": towns,
            "wanted": wanted.cleaned_data,
            "query": wanted.query,
            "structured_data": item_list(page, base=request.build_absolute_uri("/")),
            "listed": [] if wanted.query or page.has_next() else listed_bands(request.organization),
        },
    )
    return response if wanted.is_among(genres, towns) else for_this_request_alone(response)


@anonymous_page()
@require_safe
def detail(request: HttpRequest, slug: str) -> HttpResponse:
    """Show a published band."""
    band = get_object_or_404(Band.objects.published().for_page(), slug=slug)
    return band_page(request, band, ContactForm())


def band_page(request: HttpRequest, band: Band, form: ContactForm, *, status: int = 200) -> HttpResponse:
    """Render the page of `band` (from `for_page()`) with `form` as its contact form."""
    gigs = list(Gig.objects.published().upcoming().of_band(band).for_rows()[:GIGS_SHOWN])
    past = list(Gig.objects.published().past().of_band(band).for_rows()[: GIGS_SHOWN + 1])
    base = request.build_absolute_uri("/")
    members = [each for each in band.members.all() if each.public_name or each.role or each.instruments.all()]
    return render(
        request,
        "bands/portal/detail.html",
        {
            "band": band,
            "members": [
                (_("Line-up"), [member for member in members if not member.is_former]),
                (_("Former members"), [member for member in members if member.is_former]),
            ],
            "gigs": gigs,
            "past_gigs": past[:GIGS_SHOWN],
            "more_past_gigs": len(past) > GIGS_SHOWN,
            "posts": list(Post.objects.published().of_band(band).pinned_first().for_visitors()[:POSTS_SHOWN]),
            "feeds": feed_links(band),
            "form": form,
            "structured_data": music_group(band, base=base),
            "trail": trail((_("Bands"), reverse("bands")), (band.name, band.get_absolute_url()), base=base),
        },
        status=status,
    )


def with_next_gigs(bands: Sequence[Band]) -> list[tuple[Band, Gig | None]]:
    """Return each band with its next gig, or None, using a single query."""
    gigs = next_gigs(bands)
    return [(band, gigs.get(band.pk)) for band in bands]
