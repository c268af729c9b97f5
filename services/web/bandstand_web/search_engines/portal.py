"""A portal for search engines: what they may read, and where its pages are."""

from __future__ import annotations

from django.contrib.sitemaps import views
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from bandstand.media.links import picture_links
from bandstand_web.pagecache.pages import PAGE_NUMBER, anonymous_page
from bandstand_web.search_engines.robots import robots_txt
from bandstand_web.search_engines.sitemaps import CLOSED, portal_sitemaps


@anonymous_page()
@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """Send robots.txt. A suspended portal answers 503 here as everywhere, which closes it to search engines."""
    return robots_txt(CLOSED, sitemap=request.build_absolute_uri(reverse("sitemap")))


@anonymous_page()
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """List the portal's files of addresses, one or more of each kind that has published rows."""
    return views.index(
        request, portal_sitemaps(), template_name="search_engines/index.xml", sitemap_url_name="sitemap_file"
    ).render()


@anonymous_page(p=PAGE_NUMBER)
@require_safe
def sitemap(request: HttpRequest, section: str) -> HttpResponse:
    """Send the addresses of one kind's rows, 2,000 in each `?p=`. Raises Http404 for others."""
    with picture_links(last=True):  # addresses of pictures that stay as long as the file is kept elsewhere
        return views.sitemap(
            request, portal_sitemaps(section), section=section, template_name="search_engines/sitemap.xml"
        ).render()
