"""Pages as visitors see them."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.cache import add_never_cache_headers
from django.views.decorators.http import require_safe

from bandstand.content.previewing import is_previewed
from bandstand.pages.models import Page
from bandstand_web.enquiries.contact_form import ContactForm
from bandstand_web.pagecache.pages import anonymous_page, for_this_request_alone
from bandstand_web.pages.portal.showing import shown_blocks
from bandstand_web.pages.portal.unlocking import is_open, to_unlocking
from bandstand_web.requests import PortalRequest
from bandstand_web.shell.structured_data import trail


@anonymous_page()
@require_safe
def detail(request: PortalRequest, slug: str) -> HttpResponse:
    """Show a page with the way to it."""
    page = reachable_page(slug)
    if not is_open(request, page):
        return to_unlocking(page)
    if page.get_absolute_url() != request.path_info and not is_previewed(page):
        return redirect(page)  # the home page has but one address
    return page_response(request, page)


def reachable_page(slug: str) -> Page:
    """Return the page at this address, if need be for those who have its password. Raises Http404."""
    page: Page = get_object_or_404(Page.objects.reachable().with_pages_above(), slug=slug)
    return page


def page_response(
    request: PortalRequest, page: Page, sent: Mapping[str, ContactForm] | None = None, status: int = HTTPStatus.OK
) -> HttpResponse:
    """Return the page, with forms that were `sent` and come back, by their blocks.

    Only public pages may be kept, and found by search engines.
    """
    base = request.build_absolute_uri("/")
    above = [each for each in page.pages_above() if each.is_found][::-1]
    steps = ((each.title, each.get_absolute_url()) for each in [*above, page])
    context = {"page": page, "above": above, "blocks": shown_blocks(page, sent), "trail": trail(*steps, base=base)}
    if sent:
        (context["form"],) = sent.values()  # for the title, which says that it was refused
    response = render(request, "pages/portal/page.html", context, status=status)
    if page.visibility == Page.Visibility.PASSWORD:
        add_never_cache_headers(response)
    return response if page.is_found else for_this_request_alone(response)
