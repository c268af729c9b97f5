"""Who may do something with a portal at the platform: its owners, as far as its own rules let them."""

from __future__ import annotations

import functools
from collections.abc import Callable

from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404

from bandstand.organizations.models import Organization
from bandstand.organizations.schema_states import is_behind
from bandstand_web.accounts import second_factors
from bandstand_web.errors import maintenance
from bandstand_web.requests import OwnerRequest

View = Callable[..., HttpResponseBase]
OwnerView = Callable[[OwnerRequest, Organization], HttpResponseBase]


def of_owners(view: OwnerView) -> View:
    """Give the view its portal, if whoever is logged in owns it, and has the second step that the portal demands.

    It stands below `login_required`, and above what asks for the password again.
    """

    @functools.wraps(view)
    def guarded(request: OwnerRequest, slug: str) -> HttpResponseBase:
        organization = get_object_or_404(Organization.objects.owned_by(request.user), slug=slug)
        if is_behind(organization):
            return maintenance(request, organization)
        if second_factors.is_missing_for(organization, request.user):
            return second_factors.lead_to_set_up(request)
        return view(request, organization)

    return guarded
