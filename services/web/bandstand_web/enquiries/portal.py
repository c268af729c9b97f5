"""Visitors' messages: what all pages with a contact form do with one that is sent."""

from __future__ import annotations

from http import HTTPStatus

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.middleware.csrf import CsrfViewMiddleware, get_token
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from bandstand.bands.models import Band
from bandstand.enquiries.submitting import enquiry_submit
from bandstand.organizations.current import current_organization
from bandstand_web import rate_limits
from bandstand_web.enquiries.contact_form import ContactForm
from bandstand_web.forms.bot_traps import new_opening


@require_safe
def opening(request: HttpRequest) -> JsonResponse:
    """Return what the form needs before it can be sent: a CSRF token and the signed current time."""
    return JsonResponse({"csrfmiddlewaretoken": get_token(request), "opened": new_opening()})


def message_take(request: HttpRequest, form: ContactForm, band: Band | None) -> HTTPStatus:
    """Pass a message on to the band, or to the organization: FOUND, or why the form goes back with its errors."""
    if not form.is_valid():
        return HTTPStatus.UNPROCESSABLE_ENTITY if form.is_proven else HTTPStatus.FORBIDDEN
    if not form.is_trapped:  # bots get the same confirmation, so they learn nothing
        if not rate_limits.allows(request, "contact", key="portal"):
            form.add_error(None, _("Too many messages. Please wait an hour, then send this one again."))
            return HTTPStatus.TOO_MANY_REQUESTS
        enquiry_submit(band=band, **form.typed())
    name = band.name if band else current_organization().name
    messages.success(request, _("Your message is on its way to %(band)s.") % {"band": name})
    return HTTPStatus.FOUND


class _Check(CsrfViewMiddleware):
    """Django's CSRF check, returning a result instead of an error page. Source: Django, CsrfViewMiddleware._reject."""

    def _reject(self, _request: HttpRequest, reason: str) -> HttpResponseBase:
        return HttpResponse(reason, status=HTTPStatus.FORBIDDEN)


def comes_from_here(request: HttpRequest) -> bool:
    """Whether the request passes the CSRF check, i.e. comes from one of our pages."""
    check = _Check(lambda _request: HttpResponse())
    return check.process_view(request, opening, (), {}) is None
