"""A portal's home page."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from bandstand.bands.models import Band
from bandstand.content.rendering import render_markdown
from bandstand.gigs.models import Gig
from bandstand.news.models import Post
from bandstand.pages.home import home_page
from bandstand.portals.presenting import portal_settings
from bandstand_web.bands.portal.pages import with_next_gigs
from bandstand_web.news.portal.feeds import feed_links
from bandstand_web.pagecache.pages import anonymous_page
from bandstand_web.pages.portal.pages import page_response
from bandstand_web.requests import PortalRequest
from bandstand_web.shell.structured_data import organization

GIGS_SHOWN = 6
BANDS_SHOWN = 8
POSTS_SHOWN = 3


@anonymous_page()
@require_safe
def home(request: PortalRequest) -> HttpResponse:
    """Show the page that the team chose, or else the introduction, next gigs, latest news and first bands."""
    if (page := home_page()) is not None:
        return page_response(request, page)
    settings = portal_settings(request.organization)
    gigs = list(Gig.objects.published().upcoming().for_rows()[: GIGS_SHOWN + 1])
    highlight = next((gig for gig in gigs if gig.takes_place), None)
    bands = list(Band.objects.published().for_posters()[: BANDS_SHOWN + 1])
    return render(
        request,
        "home/portal.html",
        {
            "introduction": render_markdown(settings.introduction, language=settings.language_of("introduction")),
            "highlight": highlight,
            "gigs": [gig for gig in gigs if gig != highlight][:GIGS_SHOWN],
            "posts": list(Post.objects.published().pinned_first().for_visitors()[:POSTS_SHOWN]),
            "feeds": feed_links(),
            "posters": with_next_gigs(bands[:BANDS_SHOWN]),
            "more_bands": len(bands) > BANDS_SHOWN,
            "structured_data": organization(
                request.organization.name,
                description=settings.tagline,
                logo=settings.logo.url if settings.logo else "",
                base=request.build_absolute_uri("/"),
            ),
        },
    )
