"""Locks on accounts after too many wrong passwords, from one address or from all: seeing and lifting them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from axes.models import AccessAttempt
from axes.utils import reset
from django.conf import settings
from django.db import transaction
from django.db.models import Max, Sum
from django.utils import timezone
from django_tenants.utils import get_public_schema_name, schema_context

from bandstand.accounts import roles
from bandstand.accounts.lockout import guesses_forget, guesses_from_everywhere, log_in_schema
from bandstand.accounts.models import User
from bandstand.audit.models import Act
from bandstand.audit.recording import record


@dataclass(frozen=True)
class Lock:
    """An account that nobody can log in to before `until`: from one IP address, or from any that is new to it."""

    email: str
    ip_address: str  # empty: from any
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
    found = [
        Lock(each["username"], each["ip_address"], each["latest"] + settings.AXES_COOLOFF_TIME) for each in attempts
    ]
    for user in users:
        _number, until = guesses_from_everywhere(user.email)
        if until:
            found.append(Lock(user.email, "", datetime.fromtimestamp(until, tz=UTC)))
    return found


def account_unlock(*, email: str) -> bool:
    """Forget all wrong passwords for an account of the current schema, and return whether there were any."""
    address = email.strip().lower()
    with transaction.atomic():
        forgotten = bool(reset(username=address))
        with log_in_schema(address):
            forgotten = bool(guesses_from_everywhere(address)[0]) or forgotten
            guesses_forget(address)
        if forgotten:
            record(Act.UNLOCKED, target=address)
    return forgotten
