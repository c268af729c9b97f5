"""What visitors do within a page: write by its contact forms, and download its files.

The addresses are below the page's, so that browsers send the cookie that unlocks it.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils.cache import add_never_cache_headers
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from bandstand.bands.models import Band
from bandstand.media.downloads import download_path
from bandstand.organizations.spelling import portal_slug
from bandstand.pages.blocks import Block
from bandstand.pages.models import Page
from bandstand_web.enquiries.portal import comes_from_here, message_take
from bandstand_web.forms.submitting import makes_once
from bandstand_web.pages.portal.pages import page_response, reachable_page
from bandstand_web.pages.portal.showing import contact_form
from bandstand_web.pages.portal.unlocking import is_open, to_unlocking
from bandstand_web.picture_files import POLICY


@csrf_exempt  # checked below, as a band's is: without a token the visitor gets the form back with one
@require_http_methods(["GET", "HEAD", "POST"])
@makes_once
def contact(request: Any, slug: str, number: str) -> HttpResponse:
    """Accept a message by a page's form, or show the page with the form's errors."""
    page = reachable_page(slug)
    if not is_open(request, page):
        return to_unlocking(page)
    block = _block(page, number, "contact")
    if request.method != "POST":
        return redirect(f"{page.get_absolute_url()}#block-{number}")
    uid = block.values["band"]
    band = get_object_or_404(Band.objects.published(), uid=uid) if uid else None
    form = contact_form(number, request.POST, is_proven=comes_from_here(request))
    status = message_take(request, form, band)
    if status != HTTPStatus.FOUND:
        return page_response(request, page, {number: form}, status)
    return redirect(f"{page.get_absolute_url()}#content")


@require_safe
def file(request: HttpRequest, slug: str, number: str) -> HttpResponseBase:
    """Send a page's file to be saved: it is what somebody uploaded, and no browser is to show it."""
    page = reachable_page(slug)
    if not is_open(request, page):
        return to_unlocking(page)
    block = _block(page, number, "file")
    name = block.values["file"].get("file", "")
    try:
        found = default_storage.open(download_path(name)) if name else None
    except FileNotFoundError:
        found = None
    if found is None:
        raise Http404
    _stem, _dot, suffix = name.rpartition(".")
    response = FileResponse(
        found,
        as_attachment=True,
        filename=f"{portal_slug(block.values['title'], fallback='file')}.{suffix}",
        content_type="application/octet-stream",
        headers={"Content-Security-Policy": POLICY, "X-Content-Type-Options": "nosniff", "X-Robots-Tag": "noindex"},
    )
    add_never_cache_headers(response)
    return response


def _block(page: Page, number: str, kind: str) -> Block:
    """Return the block of this kind that visitors see under this id. Raises Http404."""
    for block in page.block_list:
        if block.is_shown and block.id == number and block.kind and block.kind.name == kind:
            return block
    raise Http404
