"""The platform for search engines. Portals have their own addresses, and files of their own there."""

from __future__ import annotations

from django.contrib.sitemaps import Sitemap, views
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from bandstand_web.search_engines.robots import robots_txt

CLOSED = ("/accounts/", "/admin/", "/cells/", "/mail/", "/organizations/", "/terms/", "/transfers/")


class _Pages(Sitemap[str]):
    def items(self) -> list[str]:
        return ["landing", "signup"]

    def location(self, item: str) -> str:
        return reverse(item)


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """Send robots.txt."""
    return robots_txt(CLOSED, sitemap=request.build_absolute_uri(reverse("sitemap")))


@require_safe
def sitemap(request: HttpRequest) -> HttpResponse:
    """Send the addresses of the pages that tell of the product."""
    return views.sitemap(request, {"pages": _Pages()}, template_name="search_engines/sitemap.xml").render()
