"""Venues that the forms of gigs know and suggest."""

from __future__ import annotations

from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from bandstand.accounts.models import User
from bandstand.content.of_bands import may_with_all
from bandstand.gigs.models import Gig
from bandstand.venues.models import Venue, VenueQuerySet
from bandstand_web.forms.known_rows import FEW, MOST_SUGGESTED, asking, suggested
from bandstand_web.gigs.backstage.kind import Gigs
from bandstand_web.shell.known import options, typed_into


def venues_known_to(user: User) -> VenueQuerySet:
    """Return the venues that a gig's form knows: all, or those where bands play that the user may see."""
    if may_with_all(user, "view", Venue):
        return Venue.objects.order_by("name", "town", "pk")
    return Venue.objects.filter(pk__in=Gig.objects.visible_to(user).values("place")).order_by("name", "town", "pk")


def venues_suggest(form: BaseForm) -> None:
    """Let the form's field `venue` suggest venues; its page includes gigs/backstage/known_venues.html."""
    attributes = asking(reverse("backstage:gig_venues_known"), form.add_prefix("venue"), "known-venues")
    form.fields["venue"].widget.attrs |= attributes


def venues_suggested_to(user: User) -> list[tuple[str, str]]:
    """Return name and town of those that are suggested before anything is typed."""
    return list(venues_known_to(user).values_list("name", "town")[:FEW])


class VenuesKnown(Gigs):
    """The venues that may be meant by what is typed."""

    action = "view"
    in_bands = True
    http_method_names = ["get", "head"]

    def get(self, request: HttpRequest, *_args: object, **_kwargs: object) -> HttpResponse:
        found = suggested(venues_known_to(self.user), typed_into(request))
        return options(request, list(found.values_list("name", "town")[:MOST_SUGGESTED]))
