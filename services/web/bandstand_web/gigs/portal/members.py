"""Somebody's own calendar, at a secret address: programs that read it have no session, and bring nothing else along."""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from bandstand.accounts.calendar_address import calendar_holder
from bandstand.accounts.token_digests import token_digest
from bandstand_web.gigs.calendar_file import calendar_feed
from bandstand_web.gigs.members_calendar import members_gigs, members_withdrawn, members_words
from bandstand_web.gigs.portal.feeds import calendar_of
from bandstand_web.gigs.portal.selection import selected
from bandstand_web.rate_limits import allows, seconds_to_wait
from bandstand_web.requests import PortalRequest

OWN = "own"
# Nothing keeps it, and it leads nobody who reads it on to anywhere with the address.
HEADERS = {
    "Cache-Control": "private, no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
}


@require_safe
def calendar(request: PortalRequest, token: str) -> HttpResponse:
    """Send the gigs that the address's owner may see now; with `?bands=own` those of bands in which they have a role.

    An address that never was, was revoked, or whose owner left the team is answered alike.
    """
    holder = calendar_holder(token)
    if holder is None:
        status = HTTPStatus.NOT_FOUND if allows(request, "unknown_calendar") else HTTPStatus.TOO_MANY_REQUESTS
        return _nothing(request, status)
    if not allows(request, "own_calendar", key=token_digest(token)):
        return _nothing(request, HTTPStatus.TOO_MANY_REQUESTS)
    organization = request.organization
    with translation.override(organization.language):
        name = _("%(name)s: team") % {"name": organization.name}
        about = replace(calendar_of(organization, selected(request, None)), name=name, base=organization.team_url(""))
        gigs = list(members_gigs(holder, own_alone=request.GET.get("bands") == OWN))
        text = calendar_feed(gigs, about, withdrawn=members_withdrawn(holder, gigs), told_by=members_words)
    return HttpResponse(text, content_type="text/calendar; charset=utf-8", headers=HEADERS)


def _nothing(request: HttpRequest, status: HTTPStatus) -> HttpResponse:
    """Answer without a page: it would look for a session, and programs read none."""
    response = HttpResponse(status.phrase, status=status, content_type="text/plain; charset=utf-8", headers=HEADERS)
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        response["Retry-After"] = str(seconds_to_wait(request))
    return response
