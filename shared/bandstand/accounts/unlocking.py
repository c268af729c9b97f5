"""Locks that axes put on an account for one address after too many wrong passwords: seeing and lifting them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from axes.models import AccessAttempt
from axes.utils import reset
from django.conf import settings
from django.db import transaction
from django.db.models import Max, Sum
from django.utils import timezone
from django_tenants.utils import get_public_schema_name, schema_context

from bandstand.accounts import roles
from bandstand.accounts.models import User
from bandstand.audit.models import Act
from bandstand.audit.recording import record


@dataclass(frozen=True)
class Lock:
    """An account that nobody can log in to from one IP address before `until`."""

    email: str
    ip_address: str
    until: datetime


def locks() -> list[Lock]:
    """Return the locks on accounts of the current schema; those on addresses that have no account don't count.

    Attempts at owners' accounts are counted at the platform.
    """
    owners = list(roles.holders(roles.OWNER))
    found = _locks(User.objects.exclude(pk__in=[owner.pk for owner in owners]))
    if owners:
        with schema_context(get_public_schema_name()):
            found += _locks(owners)
    return sorted(found, key=lambda lock: (lock.email, lock.ip_address))


def _locks(users: Iterable[User]) -> list[Lock]:
    since = timezone.now() - settings.AXES_COOLOFF_TIME
    attempts = (
        AccessAttempt.objects.filter(username__in=[user.email for user in users], attempt_time__gt=since)
        .values("username", "ip_address")
        .annotate(failures=Sum("failures_since_start"), latest=Max("attempt_time"))
        .filter(failures__gte=settings.AXES_FAILURE_LIMIT)
    )
    return [
        Lock(each["username"], each["ip_address"], each["latest"] + settings.AXES_COOLOFF_TIME) for each in attempts
    ]


@transaction.atomic
def account_unlock(*, email: str) -> int:
    """Forget all wrong passwords for an account of the current schema, and return how many lines that were."""
    address = email.strip().lower()
    forgotten = int(reset(username=address))
    if forgotten:
        record(Act.UNLOCKED, target=address)
    return forgotten
