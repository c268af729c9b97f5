"""Putting a portal on a plan with small numbers."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from bandstand.organizations.models import Organization
from bandstand.organizations.plans import Plan, Subscription


def put_on_plan(organization: Organization, *, since: timedelta = timedelta(hours=1), **numbers: int | None) -> Plan:
    """Return a plan with these numbers, the standard ones else, that the organization has been on `since` then."""
    name = f"plan-{Plan.objects.count()}"
    plan = Plan.objects.create(slug=name, name="Small", **numbers)
    Subscription.objects.create(organization=organization, plan=plan, starts_at=timezone.now() - since)
    return plan
