"""Restricts views on the platform to a portal's owners, subject to the portal's own rules."""

from __future__ import annotations

import functools
from collections.abc import Callable

from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404

from bandstand.organizations.behind import is_behind
from bandstand.organizations.models import Organization
from bandstand_web.accounts import second_factors
from bandstand_web.errors import maintenance
from bandstand_web.requests import OwnerRequest

View = Callable[..., HttpResponseBase]
OwnerView = Callable[[OwnerRequest, Organization], HttpResponseBase]


def of_owners(view: OwnerView) -> View:
    """Pass the portal to the view if the user owns it and has the two-step verification that it requires.

    Goes below `login_required` and above the decorator that asks for the password again.
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
