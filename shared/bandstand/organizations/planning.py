"""Assigns plans and temporary allowances to organizations, recording both in the security logs."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from bandstand.audit.acting import current_actor
from bandstand.audit.models import Act
from bandstand.audit.recording import record
from bandstand.organizations.auditing import organization_record
from bandstand.organizations.plans import Allowance, Plan, Subscription


@transaction.atomic
def plan_save(plan: Plan) -> Plan:
    """Save the plan and return it. Portals above its limits keep what they have."""
    plan.save()
    record(Act.PLAN_CHANGED, target=plan.slug, detail=_numbers(plan))
    return plan


@transaction.atomic
def subscription_save(subscription: Subscription) -> Subscription:
    """Save the subscription and return it."""
    subscription.save()
    organization_record(subscription.organization, Act.PLAN_CHANGED, detail=_period(subscription))
    return subscription


@transaction.atomic
def subscription_delete(subscription: Subscription) -> None:
    """Delete a subscription; another current one, or the default plan, applies instead."""
    organization_record(subscription.organization, Act.PLAN_CHANGED, detail=f"-{_period(subscription)}")
    subscription.delete()


@transaction.atomic
def allowance_save(allowance: Allowance) -> Allowance:
    """Save the allowance with the person who granted it, and return it."""
    allowance.created_by = allowance.created_by or current_actor().email
    allowance.save()
    _allowance_record(allowance, until=f"{allowance.until:%Y-%m-%d %H:%M}")
    return allowance


@transaction.atomic
def allowance_end(allowance: Allowance) -> Allowance:
    """End the allowance now and return it: the plan's limit applies again. The row is kept for reference."""
    if allowance.until > timezone.now():
        allowance.until = timezone.now()
        allowance.save(update_fields=["until"])
        _allowance_record(allowance, until="-")
    return allowance


def _allowance_record(allowance: Allowance, *, until: str) -> None:
    most = "∞" if allowance.most is None else allowance.most
    detail = f"{allowance.limit}: {most} → {until}. {allowance.note}"
    if allowance.organization is not None:
        organization_record(allowance.organization, Act.LIMIT_CHANGED, detail=detail)
    elif allowance.owner is not None:
        record(Act.LIMIT_CHANGED, target=allowance.owner.email, detail=detail)


def _numbers(plan: Plan) -> str:
    names = ("bands", "storage", "mails", "members", "portals")
    return ", ".join(f"{name}: {'∞' if (most := getattr(plan, name)) is None else most}" for name in names)


def _period(subscription: Subscription) -> str:
    end = f"{subscription.ends_at:%Y-%m-%d}" if subscription.ends_at else ""
    return f"{subscription.plan.slug}: {subscription.starts_at:%Y-%m-%d} → {end}. {subscription.note}"
