"""The secret address of one's own calendar: made, shown once, and revoked."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from bandstand.accounts.calendar_address import calendar_address_make, calendar_address_revoke
from bandstand.content.of_bands import bands_where, may_with_all
from bandstand.gigs.models import Gig
from bandstand_web.accounts.confirming import confirmed_to_write
from bandstand_web.forms.submitting import changes_once
from bandstand_web.gigs.portal.members import OWN
from bandstand_web.requests import TeamRequest
from bandstand_web.shell.access import needs


@require_http_methods(["GET", "HEAD", "POST"])
@needs("gigs.view_gig", in_bands=True)
@confirmed_to_write
@changes_once
def own_calendar(request: TeamRequest) -> HttpResponse:
    """Show whether there is an address; make one, which ends the one before, and show it this once."""
    user, address = request.user, ""
    if request.method == "POST":
        if user.is_support:  # an account without a role, which ends with the visit
            raise PermissionDenied
        token = calendar_address_make(user)
        address = request.organization.team_url(reverse("own_calendar", args=[token]))
    has_choice = may_with_all(user, "view", Gig) and bool(bands_where(user, "view", Gig))
    context = {
        "address": address,
        "webcal": f"webcal://{address.partition('://')[2]}",
        "own_alone": f"{address}?bands={OWN}" if has_choice else "",
        "since": user.calendar_since,
        "is_of_all": may_with_all(user, "view", Gig),
    }
    return render(request, "gigs/backstage/own_calendar.html", context)


@require_POST
@needs("gigs.view_gig", in_bands=True)
@changes_once
def revoke(request: TeamRequest) -> HttpResponse:
    """End the address."""
    if calendar_address_revoke(request.user):
        messages.success(request, _("The address has been revoked. Calendars that use it get nothing more."))
    return redirect("backstage:gigs_own_calendar")
