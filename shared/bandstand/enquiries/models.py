"""Enquiries: visitors' messages to a band through its contact form."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import validate_domain_name, validate_email
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from bandstand.bands.models import Band
from bandstand.enquiries.quoting import split_quote
from bandstand.organizations.current import current_organization

MESSAGE_MAX_LENGTH = 5000
REPLY_MAX_LENGTH = 20_000
MAIL = "enquiries.reply"  # what keys of emails with answers begin with


class EnquiryQuerySet(models.QuerySet["Enquiry"]):
    def waiting(self) -> EnquiryQuerySet:
        """Those that haven't been dealt with yet."""
        return self.filter(state=Enquiry.State.NEW)

    def wanted(self) -> EnquiryQuerySet:
        """All but spam."""
        return self.exclude(state=Enquiry.State.SPAM)


class Enquiry(models.Model):
    """One message to a band, or to the organization."""

    class State(models.TextChoices):
        NEW = "new", _("new")
        ANSWERED = "answered", _("answered")
        CLOSED = "closed", _("closed")
        SPAM = "spam", _("spam")

    # Empty once the band has been deleted for good; then `band_name` says who it was. Both are empty where somebody
    # wrote to the organization itself.
    band = models.ForeignKey(
        Band, on_delete=models.SET_NULL, null=True, related_name="enquiries", verbose_name=_("band")
    )
    band_name = models.CharField(
        _("name of the deleted band"), max_length=120, default="", db_default="", editable=False
    )
    subject = models.CharField(_("subject"), max_length=100)
    message = models.TextField(_("message"), max_length=MESSAGE_MAX_LENGTH)
    sender_name = models.CharField(_("name"), max_length=120, blank=True)
    sender_email = models.EmailField(_("email address"))
    cc_myself = models.BooleanField(_("confirmation to sender"), default=False)
    state = models.CharField(_("status"), max_length=10, choices=State, default=State.NEW, db_index=True)
    created_at = models.DateTimeField(_("received"), auto_now_add=True)

    objects: ClassVar[EnquiryQuerySet] = EnquiryQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("enquiry")
        verbose_name_plural = _("enquiries")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                # A line break in the subject would inject a header into the email.
                condition=~models.Q(subject__regex=r"[\r\n]"),
                name="enquiry_subject_is_one_line",
                violation_error_message=_("A subject has to fit on one line."),
            ),
        ]

    def __str__(self) -> str:
        return self.subject

    @property
    def addressee(self) -> str:
        """The band's name, or the organization's; that of a band in the trash isn't shown."""
        if self.band is None:
            return self.band_name or current_organization().name
        return gettext("a band in the trash") if self.band.is_trashed else self.band.name

    @property
    def is_passed_on(self) -> bool:
        """Whether there is still somebody whom it is for."""
        return not self.band_name if self.band is None else not self.band.is_trashed

    @property
    def sender_domain(self) -> str:
        """The part of the sender's address after the @."""
        return str(self.sender_email.rpartition("@")[2])


class ReplyQuerySet(models.QuerySet["Reply"]):
    def received_since(self, moment: datetime) -> ReplyQuerySet:
        """Those that came by email after `moment`."""
        return self.filter(from_team=False, created_at__gt=moment)


class Reply(models.Model):
    """What was written after a visitor's message: the team's answers, and what came back by email."""

    # Not indexed again: the constraint's index begins with it.
    enquiry = models.ForeignKey(
        Enquiry, on_delete=models.CASCADE, related_name="replies", verbose_name=_("enquiry"), db_index=False
    )
    from_team = models.BooleanField(_("from the team"), default=False)
    sender_name = models.CharField(_("name"), max_length=120, blank=True)
    sender_email = models.EmailField(_("email address"), blank=True)  # empty where the team answered
    text = models.TextField(_("message"), max_length=REPLY_MAX_LENGTH, blank=True)
    attachments = models.PositiveSmallIntegerField(_("attachments, which aren't kept"), default=0)
    message_id = models.CharField(max_length=255, editable=False)  # of the email; with angle brackets
    created_at = models.DateTimeField(_("written"), auto_now_add=True)

    objects: ClassVar[ReplyQuerySet] = ReplyQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("reply")
        verbose_name_plural = _("replies")
        ordering = ["created_at", "pk"]
        constraints = [models.UniqueConstraint(fields=["enquiry", "message_id"], name="reply_once_per_email")]

    def __str__(self) -> str:
        return self.sender_name or self.sender_email

    @property
    def mail_key(self) -> str:
        """The key of the outgoing email, by which it is found as long as it is kept."""
        return f"{MAIL}:{self.pk}"

    @property
    def is_foreign(self) -> bool:
        """Whether it came from another address than the message: whoever has the email can forward it, and answer."""
        return not self.from_team and self.sender_email.lower() != self.enquiry.sender_email.lower()

    @property
    def parts(self) -> tuple[str, str]:
        """What was written, and what was quoted below it."""
        return (self.text, "") if self.from_team else split_quote(self.text)


class BlockedSenderQuerySet(models.QuerySet["BlockedSender"]):
    def matching(self, email: str) -> BlockedSenderQuerySet:
        """Those that block `email`: the address itself, its domain or a parent domain."""
        address = email.strip().lower()
        labels = address.rpartition("@")[2].split(".")
        return self.filter(pattern__in=[address, *(".".join(labels[start:]) for start in range(len(labels)))])


class BlockedSender(models.Model):
    """An address or a whole domain whose messages count as spam at this portal."""

    pattern = models.CharField(
        _("email address or domain"),
        max_length=254,
        unique=True,
        help_text=_("For example spam@example.com, or example.com for everyone there."),
        error_messages={"unique": _("This is on the list already.")},
    )
    created_at = models.DateTimeField(_("blocked"), auto_now_add=True)

    objects: ClassVar[BlockedSenderQuerySet] = BlockedSenderQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("blocked sender")
        verbose_name_plural = _("blocked senders")
        ordering = ["pattern"]
        constraints = [
            models.CheckConstraint(condition=models.Q(pattern=Lower("pattern")), name="blocked_sender_is_lower_case"),
        ]

    def __str__(self) -> str:
        return self.pattern

    def clean_fields(self, exclude: Any = None) -> None:
        """Normalize the pattern. Raises ValidationError unless it is an address or a domain."""
        self.pattern = self.pattern.strip().lower().removeprefix("@")
        super().clean_fields(exclude=exclude)
        validate = validate_email if "@" in self.pattern else validate_domain_name
        try:
            validate(self.pattern)
        except ValidationError:
            problem = _("Enter an email address or a domain, such as example.com.")
            raise ValidationError({"pattern": problem}) from None
