"""Listing bands of other portals: ask for it, answer requests for own bands, end it."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from bandstand.listings.agreeing import (
    MOST_LISTED,
    ListingGoneError,
    listing_answer,
    listing_end,
    listing_gigs_set,
    listing_propose,
)
from bandstand.listings.finding import ADDRESS_MAX_LENGTH
from bandstand.listings.models import Listing, ListingQuerySet
from bandstand.organizations.models import Organization
from bandstand_web import rate_limits
from bandstand_web.forms.submitting import changes_once, makes_once
from bandstand_web.requests import TeamRequest
from bandstand_web.shell.access import needs

# Owners and managers: an agreement binds the portal, not a band's leader, who may leave with the band's role.
PERMISSION = "portals.change_portalsettings"
MOST_SHOWN = 200


@dataclass(frozen=True)
class SeenListing:
    """An agreement, as one of its portals is shown it."""

    listing: Listing
    other: Organization
    is_lister: bool

    @classmethod
    def to(cls, organization: Organization, listing: Listing) -> SeenListing:
        """Return it as `organization` sees it."""
        return cls(listing, listing.other_than(organization), listing.lister_id == organization.pk)

    @property
    def agrees_to_gigs(self) -> bool:
        """Whether this side wants the band's gigs, or gives them."""
        return (self.listing.gigs_wanted_at if self.is_lister else self.listing.gigs_given_at) is not None

    @property
    def other_agrees_to_gigs(self) -> bool:
        """Whether the other side gives them, or wants them."""
        return (self.listing.gigs_given_at if self.is_lister else self.listing.gigs_wanted_at) is not None

    @property
    def url(self) -> str:
        """Where the other portal is."""
        return self.other.team_url("/")


class ProposalForm(forms.Form):
    """The address of a band's page at another portal."""

    address = forms.CharField(
        label=gettext_lazy("Address of the band's page"),
        max_length=ADDRESS_MAX_LENGTH,
        help_text=gettext_lazy("Open the band's page on its own portal and copy the address from your browser."),
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false", "inputmode": "url"}
        ),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@needs(PERMISSION)
@makes_once
def index(request: TeamRequest) -> HttpResponse:
    """Show the agreements on both sides, and ask for another one."""
    form = ProposalForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if not rate_limits.allows(request, "invite"):
            return rate_limits.too_many_requests(request)
        if _is_proposed(request, form):
            return redirect("backstage:listings")
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, "listings/backstage/list.html", {"form": form, **_shown(request)}, status=status)


@require_POST
@needs(PERMISSION)
@changes_once
def accept(request: TeamRequest, pk: int) -> HttpResponse:
    """Let another portal list a band of this one."""
    return _answered(request, pk, accepted=True)


@require_POST
@needs(PERMISSION)
@changes_once
def refuse(request: TeamRequest, pk: int) -> HttpResponse:
    """Say no to a request."""
    return _answered(request, pk, accepted=False)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(PERMISSION)
@changes_once
def end(request: TeamRequest, pk: int) -> HttpResponse:
    """Ask for confirmation, then end a listing, or withdraw a request."""
    listing = get_object_or_404(_own(request), pk=pk)
    if request.method != "POST":
        return render(request, "listings/backstage/end.html", {"shown": SeenListing.to(request.organization, listing)})
    try:
        ended = listing_end(listing=pk, side=request.organization, by=request.user.email)
    except ListingGoneError:
        messages.warning(request, _("Nothing to change: this has been answered or ended meanwhile."))
    else:
        text = (
            _("%(band)s isn't listed any more.") if ended.answered_at else _("The request for %(band)s is withdrawn.")
        )
        messages.success(request, text % {"band": ended.band_name})
    return redirect("backstage:listings")


@require_POST
@needs(PERMISSION)
@changes_once
def gigs(request: TeamRequest, pk: int) -> HttpResponse:
    """Want or give the gigs of a listed band, or no more (`agrees`)."""
    get_object_or_404(_own(request), pk=pk)
    agrees = bool(request.POST.get("agrees"))
    try:
        listing = listing_gigs_set(listing=pk, side=request.organization, agrees=agrees, by=request.user.email)
    except ListingGoneError:
        messages.warning(request, _("Nothing to change: this has been answered or ended meanwhile."))
        return redirect("backstage:listings")
    if listing.shares_gigs:
        text = _("The gigs of %(band)s are exchanged from now on.")
    elif agrees:
        text = _("Saved. %(portal)s has to agree, too, before any gig of %(band)s is exchanged.")
    else:
        text = _("The gigs of %(band)s aren't exchanged any more. What came in stays.")
    values = {"band": listing.band_name, "portal": listing.other_than(request.organization).name}
    messages.success(request, text % values)
    return redirect("backstage:listings")


def _answered(request: TeamRequest, pk: int, *, accepted: bool) -> HttpResponse:
    get_object_or_404(_own(request).filter(home=request.organization), pk=pk)
    try:
        listing = listing_answer(listing=pk, home=request.organization, accept=accepted, by=request.user.email)
    except ListingGoneError:
        messages.warning(request, _("Nothing to change: this has been answered or ended meanwhile."))
    else:
        values = {"portal": listing.lister.name, "band": listing.band_name}
        text = _("%(portal)s lists %(band)s now.") if accepted else _("Refused. %(portal)s will be told.")
        messages.success(request, text % values)
    return redirect("backstage:listings")


def _is_proposed(request: TeamRequest, form: ProposalForm) -> bool:
    """Ask, or say in the form why that can't be."""
    try:
        listing = listing_propose(
            lister=request.organization, address=form.cleaned_data["address"], by=request.user.email
        )
    except ValidationError as problem:
        form.add_error("address", problem)
        return False
    values = {"portal": listing.home.name, "band": listing.band_name}
    messages.success(request, _("%(portal)s has been asked for %(band)s. You'll get a notice of the answer.") % values)
    return True


def _own(request: TeamRequest) -> ListingQuerySet:
    """Return the agreements in which this portal has a part; the only way by which a view gets to one."""
    return Listing.objects.of(request.organization).select_related("lister", "home")


def _shown(request: TeamRequest) -> dict[str, Any]:
    shown = [SeenListing.to(request.organization, listing) for listing in _own(request)[:MOST_SHOWN]]
    waiting = Listing.State.PROPOSED
    return {
        "requests": [each for each in shown if not each.is_lister and each.listing.state == waiting],
        "elsewhere": [each for each in shown if not each.is_lister and each.listing.state != waiting],
        "here": [each for each in shown if each.is_lister],
        "most": MOST_LISTED,
    }
