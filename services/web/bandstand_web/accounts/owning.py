"""Restricts views on the platform to a portal's owners, subject to the portal's own rules."""

from __future__ import annotations

import functools
from collections.abc import Callable

from django.db.models import QuerySet
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse

from bandstand.organizations.behind import is_behind
from bandstand.organizations.former_hosts import former_holder
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
        owned = Organization.objects.owned_by(request.user)
        organization = owned.filter(slug=slug).first() or _formerly_at(slug, owned)
        if organization.slug != slug and request.method in {"GET", "HEAD"}:
            return _lead_on(request, organization.slug)
        if is_behind(organization):
            return maintenance(request, organization)
        if second_factors.is_missing_for(organization, request.user):
            return second_factors.lead_to_set_up(request)
        return view(request, organization)

    return guarded


def _formerly_at(slug: str, owned: QuerySet[Organization]) -> Organization:
    """Return the portal that had this address, which links in emails still name. Raises Http404."""
    holder = former_holder(slug)
    return get_object_or_404(owned, pk=holder.pk if holder else None)


def _lead_on(request: OwnerRequest, slug: str) -> HttpResponseBase:
    match = request.resolver_match
    query = request.META.get("QUERY_STRING", "")
    path = reverse(match.view_name, kwargs={**match.kwargs, "slug": slug}) if match else "/"
    return redirect(f"{path}?{query}" if query else path)
