"""A portal for search engines: what they may read, and where its pages are."""

from __future__ import annotations

from django.contrib.sitemaps import views
from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from bandstand.media.links import picture_links
from bandstand.portals.presenting import further_languages
from bandstand_web.page_languages import has_languages, path_in
from bandstand_web.pagecache.pages import PAGE_NUMBER, anonymous_page
from bandstand_web.requests import PortalRequest
from bandstand_web.search_engines.robots import robots_txt
from bandstand_web.search_engines.sitemaps import CLOSED, portal_sitemaps


@anonymous_page()
@require_safe
def robots(request: PortalRequest) -> HttpResponse:
    """Send robots.txt. A suspended portal answers 503 here as everywhere, which closes it to search engines."""
    codes = further_languages(request.organization)
    closed = [*CLOSED, *(path_in(code, path) for code in codes for path in CLOSED if has_languages(path))]
    return robots_txt(closed, sitemap=request.build_absolute_uri(reverse("sitemap")))


@anonymous_page()
@require_safe
def index(request: PortalRequest) -> HttpResponse:
    """List the portal's files of addresses, one or more of each kind that has published rows."""
    files = portal_sitemaps(request.organization)
    template = "search_engines/index.xml"
    return views.index(request, files, template_name=template, sitemap_url_name="sitemap_file").render()


@anonymous_page(p=PAGE_NUMBER)
@require_safe
def sitemap(request: PortalRequest, section: str) -> HttpResponse:
    """Send the addresses of one kind's rows, 2,000 in each `?p=`. Raises Http404 for others."""
    files = portal_sitemaps(request.organization, section)
    template = "search_engines/sitemap.xml"
    with picture_links(last=True):  # addresses of pictures that stay as long as the file is kept elsewhere
        return views.sitemap(request, files, section=section, template_name=template).render()
