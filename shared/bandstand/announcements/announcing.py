"""Publishes announcements, writes their emails batch by batch, and ends them."""

from __future__ import annotations

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django_tenants.utils import get_public_schema_name, schema_context

from bandstand.accounts.models import User
from bandstand.announcements.job_kinds import MAIL_ANNOUNCEMENT, MailAnnouncement
from bandstand.announcements.models import Announcement, Dismissal
from bandstand.audit.models import Act
from bandstand.audit.recording import record
from bandstand.jobs.enqueueing import enqueue
from bandstand.mail.sending import send_template
from bandstand.mail.unsubscribing import unsubscribe_url_for
from bandstand.organizations.all_owners import all_owners, languages_of
from bandstand.organizations.models import Organization

BATCH = 100


def announcement_publish(*, announcement: Announcement) -> bool:
    """Show the announcement to all owners, and mail it if wanted. Return whether it wasn't published before."""
    with transaction.atomic():
        now = timezone.now()
        if not Announcement.objects.filter(pk=announcement.pk, published_at=None).update(published_at=now):
            return False
        announcement.published_at = now
        record(Act.ANNOUNCED, target=announcement.title_en)
        if announcement.is_mailed:
            enqueue(MAIL_ANNOUNCEMENT, MailAnnouncement(announcement.pk), organization=None, key=f"{announcement.pk}:0")
        return True


def announcement_end(*, announcement: Announcement) -> bool:
    """Stop showing the announcement and writing its emails. Return whether it was still shown."""
    with transaction.atomic():
        now = timezone.now()
        if not Announcement.objects.showing().filter(pk=announcement.pk).update(expires_at=now):
            return False
        announcement.expires_at = now
        record(Act.ANNOUNCEMENT_ENDED, target=announcement.title_en)
        return True


def announcement_dismiss(*, announcement: Announcement, organization: Organization, account: int) -> None:
    """Show the announcement no longer to this person of the portal."""
    try:
        with transaction.atomic():
            Dismissal.objects.get_or_create(announcement=announcement, organization=organization, account=account)
    except IntegrityError:  # it was taken away meanwhile
        return


def mails_write(*, announcement: Announcement, after: int) -> int:
    """Write the emails of the next batch of owners and enqueue the batch after that. Return how many were written.

    Written twice, an email is sent once. An announcement that ended writes no more.
    """
    with schema_context(get_public_schema_name()), transaction.atomic():
        if announcement.expires_at <= timezone.now():
            return 0
        owners = list(all_owners().filter(pk__gt=after)[:BATCH])
        languages = languages_of(owners)
        for owner in owners:
            _send(announcement, owner, languages[owner.pk])
        if len(owners) == BATCH:
            following = MailAnnouncement(announcement.pk, owners[-1].pk)
            key = f"{announcement.pk}:{following.after}"
            enqueue(MAIL_ANNOUNCEMENT, following, organization=None, key=key)
        return len(owners)


def _send(announcement: Announcement, owner: User, language: str) -> None:
    send_template(
        "announcement",
        to=owner.email,
        context={
            "title": announcement.title(language),
            "text": announcement.text(language),
            "platform_host": settings.BASE_DOMAIN,
        },
        language=language,
        unsubscribe_url=unsubscribe_url_for(owner.email),
        key=f"announcement:{announcement.pk}:{owner.pk}",
    )
