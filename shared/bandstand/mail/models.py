"""Mail on its way out, and addresses that want none. The tables stand in `public` and in each tenant's schema."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any, ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class OutgoingMessageQuerySet(models.QuerySet["OutgoingMessage"]):
    """Vocabulary for lists of mails."""

    def unsent(self) -> OutgoingMessageQuerySet:
        """Those that still wait to be taken by the provider."""
        return self.filter(state=OutgoingMessage.State.WAITING)

    def sent_since(self, moment: datetime) -> OutgoingMessageQuerySet:
        """Those that the provider took after `moment`."""
        return self.filter(sent_at__gt=moment)

    def counted_since(self, moment: datetime) -> OutgoingMessageQuerySet:
        """Those that took a place in a day's emails after `moment`."""
        return self.filter(counted_at__gt=moment)

    def in_bulk_mailing(self) -> OutgoingMessageQuerySet:
        """Those that went to many, and can be unsubscribed from."""
        return self.exclude(unsubscribe_url="")

    def ended(self) -> OutgoingMessageQuerySet:
        """Those that wait for nothing more, whatever became of them."""
        return self.exclude(state=OutgoingMessage.State.WAITING)

    def with_text(self) -> OutgoingMessageQuerySet:
        """Those that still hold what stands in them."""
        return self.exclude(text="", html="")

    def end(self, state: OutgoingMessage.State, **fields: Any) -> int:
        """Write down what became of them and return how many. What stood in them goes: it was for its readers alone."""
        return self.update(state=state, text="", html="", **fields)


class OutgoingMessage(models.Model):
    """One mail: rendered when it was asked for, sent by the worker, its text cleared once it was handed over."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        SENT = "sent", _("sent")
        BOUNCED = "bounced", _("bounced")
        SUPPRESSED = "suppressed", _("unwanted")
        FAILED = "failed", _("failed")

    recipients = models.JSONField(_("recipients"), default=list)
    cc = models.JSONField(_("copies to"), default=list, blank=True)
    sender = models.CharField(_("sender"), max_length=320, blank=True)
    reply_to = models.CharField(_("reply to"), max_length=320, blank=True)
    subject = models.CharField(_("subject"), max_length=255)
    text = models.TextField(_("text"), blank=True)
    html = models.TextField(_("HTML"), blank=True)
    language = models.CharField(max_length=10, default="en")
    unsubscribe_url = models.URLField(max_length=500, blank=True)
    key = models.CharField(max_length=120, blank=True, help_text=_("An email with the same key is not written twice."))
    # Codes, links to log in, news of one's own account: the portal's plan holds none of them up.
    is_essential = models.BooleanField(default=False, db_default=False, editable=False)
    state = models.CharField(_("status"), max_length=10, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    message_id = models.CharField(max_length=255, blank=True, help_text=_("The Message-ID header."))
    provider_id = models.CharField(max_length=255, blank=True, db_index=True)
    problem = models.CharField(_("problem"), max_length=255, blank=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    counted_at = models.DateTimeField(null=True, editable=False)  # when it took its place in the day's emails
    sent_at = models.DateTimeField(_("sent"), null=True)

    objects: ClassVar[models.Manager[OutgoingMessage]] = OutgoingMessageQuerySet.as_manager()

    class Meta:
        verbose_name = _("outgoing email")
        verbose_name_plural = _("outgoing emails")
        ordering = ["-pk"]
        indexes = [
            models.Index("created_at", name="mail_created"),
            models.Index("counted_at", condition=models.Q(counted_at__isnull=False), name="mail_counted"),
            models.Index("sent_at", condition=models.Q(sent_at__isnull=False), name="mail_sent"),
        ]
        constraints = [models.UniqueConstraint(fields=["key"], condition=~models.Q(key=""), name="one_mail_per_key")]

    def __str__(self) -> str:
        return self.subject

    @property
    def is_bulk(self) -> bool:
        """Whether it goes to many, and can be unsubscribed from."""
        return bool(self.unsubscribe_url)


class SuppressedAddress(models.Model):
    """An address that mail must not go to any more, because it bounced or its owner said so."""

    class Reason(models.TextChoices):
        BOUNCED = "bounced", _("the address doesn't exist")
        COMPLAINED = "complained", _("marked as spam")
        UNSUBSCRIBED = "unsubscribed", _("unsubscribed")

    email = models.EmailField(_("email address"), unique=True)
    reason = models.CharField(_("reason"), max_length=14, choices=Reason)
    created_at = models.DateTimeField(_("since"), default=timezone.now)

    class Meta:
        verbose_name = _("suppressed address")
        verbose_name_plural = _("suppressed addresses")
        ordering = ["email"]

    def __str__(self) -> str:
        return self.email


def _new_token() -> str:
    return secrets.token_urlsafe(24)


class UnsubscribeLink(models.Model):
    """What an address finds at the foot of its mails: a token, so that no link and no log line names the address."""

    email = models.EmailField(_("email address"), unique=True)
    token = models.CharField(max_length=40, unique=True, default=_new_token)

    class Meta:
        verbose_name = _("unsubscribe link")
        verbose_name_plural = _("unsubscribe links")
        ordering = ["email"]

    def __str__(self) -> str:
        return self.email
