"""How many mails one address gets, counted over the platform and all portals: whoever opens more portals sends no more.

Counted in PostgreSQL within the transaction that asks for the mail: a rollback takes the count back, nothing evicts it.
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
"""  # noqa: S608, SLF001 # nosec B608 # made of constants; Django documents _meta


def within_limits(recipients: Iterable[str], *, is_essential: bool) -> list[str]:
    """Count a mail for each of `recipients` and return those who haven't had too many.

    Essential ones (codes, new passwords) count apart: nobody can hold one back by causing others. Callers that
    write to one address at once wait for each other's end, so none is counted too few.
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
    """Return what stands for the address: no table of `public` knows who gets mail from which portal."""
    kind = "essential" if is_essential else "other"
    return salted_hmac(f"bandstand.mail.recipients.{kind}", recipient.strip().lower(), algorithm="sha256").hexdigest()


def recipient_counts_prune() -> int:
    """Delete counts that no limit asks for any more, and return how many."""
    deleted, _by_model = RecipientCount.objects.filter(hour__lt=timezone.now() - 2 * _DAY).delete()
    return deleted
