"""Publishes terms, records who accepts them, and writes the emails about them, batch by batch."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django_tenants.utils import get_public_schema_name, schema_context

from bandstand.accounts.models import User
from bandstand.audit.acting import Actor
from bandstand.audit.models import Act
from bandstand.audit.recording import record
from bandstand.jobs.enqueueing import enqueue
from bandstand.mail.sending import send_template
from bandstand.organizations.all_owners import all_owners, languages_of
from bandstand.organizations.models import Organization
from bandstand.terms.job_kinds import MAIL_TERMS, MailTerms
from bandstand.terms.models import Acceptance, Terms

BATCH = 100
REMINDED_BEFORE = timedelta(days=7)


def terms_publish(*, terms: Terms) -> bool:
    """Make the version the current one and tell all owners, now and before the date. Return whether it was a draft."""
    with transaction.atomic():
        now = timezone.now()
        if not Terms.objects.filter(pk=terms.pk, published_at=None).update(published_at=now):
            return False
        terms.published_at = now
        record(Act.TERMS_PUBLISHED, target=str(terms))
        _mail_later(terms, is_reminder=False)
        if terms.accept_by - REMINDED_BEFORE > now:
            _mail_later(terms, is_reminder=True)
        return True


def terms_outstanding(account: User) -> list[Terms]:
    """Return the current versions that an account of the platform hasn't accepted. One query."""
    return list(Terms.objects.current().not_accepted_by(account))


@transaction.atomic
def terms_accept(*, account: User, versions: Collection[int], by: Actor | None = None) -> list[Terms]:
    """Record that the account accepts these versions, by number, and return those that it hadn't accepted.

    Versions that aren't current any more, or never were, are left out. `by` is who acts where the request doesn't know.
    """
    accepted = []
    for terms in Terms.objects.current().filter(pk__in=versions):
        _row, is_new = Acceptance.objects.get_or_create(terms=terms, account=account)
        if is_new:
            record(Act.TERMS_ACCEPTED, target=f"{terms.document} {terms.version}", by=by)
            accepted.append(terms)
    return accepted


def acceptances_of(organization: Organization) -> list[dict[str, Any]]:
    """Return what the portal's owners accepted, for a copy of their data."""
    with schema_context(get_public_schema_name()):
        rows = Acceptance.objects.filter(account__organizations=organization).order_by("accepted_at", "pk")
        found = rows.values("account__email", "terms__document", "terms__version", "accepted_at")
        return [{key.rpartition("__")[2]: value for key, value in row.items()} for row in found]


def mails_write(*, terms: Terms, is_reminder: bool, after: int) -> int:
    """Write the emails of the next batch of owners and enqueue the batch after that. Return how many were written.

    Owners who have accepted get none, and nobody does once there is a newer version. Written twice, one is sent.
    """
    with schema_context(get_public_schema_name()), transaction.atomic():
        if not Terms.objects.current().filter(pk=terms.pk).exists():
            return 0
        owners = list(all_owners().filter(pk__gt=after)[:BATCH])
        accepted = set(Acceptance.objects.filter(terms=terms, account__in=owners).values_list("account", flat=True))
        languages = languages_of(owners)
        asked = [owner for owner in owners if owner.pk not in accepted]
        for owner in asked:
            _send(terms, owner, languages[owner.pk], is_reminder=is_reminder)
        if len(owners) == BATCH:
            _mail_later(terms, is_reminder=is_reminder, after=owners[-1].pk)
        return len(asked)


def _mail_later(terms: Terms, *, is_reminder: bool, after: int = 0) -> None:
    at = terms.accept_by - REMINDED_BEFORE if is_reminder and not after else None
    key = f"{terms.pk}:{'reminder' if is_reminder else 'news'}:{after}"
    enqueue(MAIL_TERMS, MailTerms(terms.pk, is_reminder, after), organization=None, at=at, key=key)


def _send(terms: Terms, owner: User, language: str, *, is_reminder: bool) -> None:
    path = reverse("terms_accept", urlconf=settings.PUBLIC_SCHEMA_URLCONF)
    send_template(
        "new_terms",
        to=owner.email,
        context={
            "terms": terms,
            "document": terms.document,
            "changes": terms.changes(language),
            "is_reminder": is_reminder,
            "platform_host": settings.BASE_DOMAIN,
            "link": f"{settings.PUBLIC_URL}{path}",
        },
        language=language,
        key=f"terms:{terms.pk}:{'reminder' if is_reminder else 'news'}:{owner.pk}",
    )
