"""Enquiries: visitors' messages to a band through its contact form."""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import validate_domain_name, validate_email
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from bandstand.bands.models import Band

MESSAGE_MAX_LENGTH = 5000


class EnquiryQuerySet(models.QuerySet["Enquiry"]):
    def waiting(self) -> EnquiryQuerySet:
        """Those that haven't been dealt with yet."""
        return self.filter(state=Enquiry.State.NEW)

    def wanted(self) -> EnquiryQuerySet:
        """All but spam."""
        return self.exclude(state=Enquiry.State.SPAM)


class Enquiry(models.Model):
    """One message to a band."""

    class State(models.TextChoices):
        NEW = "new", _("new")
        ANSWERED = "answered", _("answered")
        CLOSED = "closed", _("closed")
        SPAM = "spam", _("spam")

    # Empty once the band has been deleted for good; then `band_name` says who it was.
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
        """The band's name; that of a band in the trash isn't shown."""
        if self.band is None:
            return self.band_name
        return gettext("a band in the trash") if self.band.is_trashed else self.band.name

    @property
    def sender_domain(self) -> str:
        """The part of the sender's address after the @."""
        return str(self.sender_email.rpartition("@")[2])


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
