"""The contact form of a band."""

from __future__ import annotations

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from bandstand.bands.models import Band
from bandstand_web.bands.portal.pages import band_page
from bandstand_web.enquiries.contact_form import ContactForm
from bandstand_web.enquiries.portal import comes_from_here, message_take
from bandstand_web.forms.submitting import makes_once


@csrf_exempt  # checked below: without a token the visitor gets the form back with one, instead of an error page
@require_http_methods(["GET", "HEAD", "POST"])
@makes_once
def contact(request: HttpRequest, slug: str) -> HttpResponse:
    """Accept a message to the band, or show the form with its errors."""
    band = get_object_or_404(Band.objects.published().for_page(), slug=slug)
    if request.method != "POST":
        return redirect(f"{band.get_absolute_url()}#contact")
    form = ContactForm(request.POST, is_proven=comes_from_here(request))
    status = message_take(request, form, band)
    if status != HTTPStatus.FOUND:
        return band_page(request, band, form, status=status)
    return redirect(f"{band.get_absolute_url()}#content")  # the confirmation; else the form's #contact stays
