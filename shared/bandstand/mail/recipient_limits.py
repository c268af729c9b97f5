"""Limits the emails to one address over the platform and all portals, so that opening more portals doesn't help.

Counted in PostgreSQL within the transaction that requests the email: a rollback reverts it, and nothing evicts it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from django.conf import settings
from django.db import connection
from django.utils import timezone
from django.utils.crypto import salted_hmac

from bandstand.organizations.models import RecipientCount

_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
_COUNT = f"""
    INSERT INTO public.{RecipientCount._meta.db_table} AS c (recipient, hour, mails) VALUES (%s, %s, 1)
    ON CONFLICT (recipient, hour) DO UPDATE SET mails = c.mails + 1 RETURNING mails
"""  # noqa: S608, SLF001 # made of constants; Django documents _meta


def within_limits(recipients: Iterable[str], *, is_essential: bool) -> list[str]:
    """Count an email for each of `recipients` and return those below their limit.

    Essential emails (codes, new passwords) are counted separately, so that an attacker can't block them by triggering
    others. Concurrent callers for the same address wait for each other, so that the count is exact.
    """
    return [each for each in recipients if _counted(each, is_essential)]


def _counted(recipient: str, is_essential: bool) -> bool:
    now = timezone.now()
    digest = _digest(recipient, is_essential)
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [digest, now.replace(minute=0, second=0, microsecond=0)])
        (this_hour,) = cursor.fetchone()
    today = sum(RecipientCount.objects.filter(recipient=digest, hour__gt=now - _DAY).values_list("mails", flat=True))
    return this_hour <= settings.MAILS_TO_ONE_PER_HOUR and today <= settings.MAILS_TO_ONE_PER_DAY


def _digest(recipient: str, is_essential: bool) -> str:
    """Return a keyed digest, so that no table in `public` reveals who gets email."""
    kind = "essential" if is_essential else "other"
    return salted_hmac(f"bandstand.mail.recipients.{kind}", recipient.strip().lower(), algorithm="sha256").hexdigest()


def recipient_counts_prune() -> int:
    """Delete counts that are too old to matter, and return how many."""
    deleted, _by_model = RecipientCount.objects.filter(hour__lt=timezone.now() - 2 * _DAY).delete()
    return deleted
