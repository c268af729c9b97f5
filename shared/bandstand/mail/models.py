"""Outgoing email and suppressed addresses. The tables exist in `public` and in each tenant's schema."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any, ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class OutgoingMessageQuerySet(models.QuerySet["OutgoingMessage"]):
    def unsent(self) -> OutgoingMessageQuerySet:
        """Those that the provider hasn't accepted yet."""
        return self.filter(state=OutgoingMessage.State.WAITING)

    def sent_since(self, moment: datetime) -> OutgoingMessageQuerySet:
        """Those that the provider accepted after `moment`."""
        return self.filter(sent_at__gt=moment)

    def counted_since(self, moment: datetime) -> OutgoingMessageQuerySet:
        """Those counted towards the daily limit after `moment`."""
        return self.filter(counted_at__gt=moment)

    def counted_with(self, message: OutgoingMessage) -> OutgoingMessageQuerySet:
        """Those of the same class: bulk emails, essential ones and the rest have an hourly limit each."""
        if message.is_bulk:
            return self.exclude(unsubscribe_url="")
        return self.filter(unsubscribe_url="", is_essential=message.is_essential)

    def ended(self) -> OutgoingMessageQuerySet:
        """Those in a final state."""
        return self.exclude(state=OutgoingMessage.State.WAITING)

    def with_text(self) -> OutgoingMessageQuerySet:
        """Those whose text hasn't been cleared."""
        return self.exclude(text="", html="")

    def end(self, state: OutgoingMessage.State, **fields: Any) -> int:
        """Set the final state and return how many. Clears the text, which may hold codes and private messages."""
        return self.update(state=state, text="", html="", **fields)


class OutgoingMessage(models.Model):
    """One email: rendered when it is requested, sent by the worker, and its text cleared once it is handed over."""

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
    # Codes, log-in links and account notices, which neither the portal's plan nor its other emails hold up.
    is_essential = models.BooleanField(default=False, db_default=False, editable=False)
    state = models.CharField(_("status"), max_length=10, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    message_id = models.CharField(max_length=255, blank=True, help_text=_("The Message-ID header."))
    # Of an email that a person wrote: what it answers. None for all others.
    headers: models.JSONField[dict[str, str] | None, dict[str, str] | None] = models.JSONField(
        null=True, editable=False
    )
    provider_id = models.CharField(max_length=255, blank=True, db_index=True)
    problem = models.CharField(_("problem"), max_length=255, blank=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    counted_at = models.DateTimeField(null=True, editable=False)  # when it was counted towards the daily limit
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
        """Whether it is bulk mail, which can be unsubscribed from."""
        return bool(self.unsubscribe_url)


class SuppressedAddress(models.Model):
    """An address that must not get email any more, because it bounced or its owner opted out."""

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
    """The token in an address's unsubscribe links, so that neither links nor logs contain the address."""

    email = models.EmailField(_("email address"), unique=True)
    token = models.CharField(max_length=40, unique=True, default=_new_token)

    class Meta:
        verbose_name = _("unsubscribe link")
        verbose_name_plural = _("unsubscribe links")
        ordering = ["email"]

    def __str__(self) -> str:
        return self.email
