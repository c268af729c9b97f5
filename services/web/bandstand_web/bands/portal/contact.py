"""The contact form of a band."""

from __future__ import annotations

from http import HTTPStatus

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.middleware.csrf import CsrfViewMiddleware, get_token
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from bandstand.bands.models import Band
from bandstand.enquiries.submitting import enquiry_submit
from bandstand_web import rate_limits
from bandstand_web.bands.portal.pages import band_page
from bandstand_web.enquiries.contact_form import ContactForm
from bandstand_web.forms.bot_traps import new_opening
from bandstand_web.forms.submitting import makes_once


@require_safe
def opening(request: HttpRequest) -> JsonResponse:
    """Return what the form needs before it can be sent: a CSRF token and the signed current time."""
    return JsonResponse({"csrfmiddlewaretoken": get_token(request), "opened": new_opening()})


@csrf_exempt  # checked below: without a token the visitor gets the form back with one, instead of an error page
@require_http_methods(["GET", "HEAD", "POST"])
@makes_once
def contact(request: HttpRequest, slug: str) -> HttpResponse:
    """Accept a message to the band, or show the form with its errors."""
    band = get_object_or_404(Band.objects.published().for_page(), slug=slug)
    if request.method != "POST":
        return redirect(f"{band.get_absolute_url()}#contact")
    form = ContactForm(request.POST, is_proven=_comes_from_here(request))
    if not form.is_valid():
        return band_page(
            request, band, form, status=HTTPStatus.UNPROCESSABLE_ENTITY if form.is_proven else HTTPStatus.FORBIDDEN
        )
    if not form.is_trapped:  # bots get the same confirmation, so they learn nothing
        if not rate_limits.allows(request, "contact", key="portal"):
            form.add_error(None, _("Too many messages. Please wait an hour, then send this one again."))
            return band_page(request, band, form, status=HTTPStatus.TOO_MANY_REQUESTS)
        enquiry_submit(band=band, **form.typed())
    messages.success(request, _("Your message is on its way to %(band)s.") % {"band": band.name})
    return redirect(f"{band.get_absolute_url()}#content")  # the confirmation; else the form's #contact stays


class _Check(CsrfViewMiddleware):
    """Django's CSRF check, returning a result instead of an error page. Source: Django, CsrfViewMiddleware._reject."""

    def _reject(self, _request: HttpRequest, reason: str) -> HttpResponseBase:
        return HttpResponse(reason, status=HTTPStatus.FORBIDDEN)


def _comes_from_here(request: HttpRequest) -> bool:
    """Whether the request passes the CSRF check, i.e. comes from one of our pages."""
    check = _Check(lambda _request: HttpResponse())
    return check.process_view(request, band_page, (), {}) is None
