"""Enquiries: what visitors write to a band through its contact form."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from bandstand.bands.models import Band

MESSAGE_MAX_LENGTH = 5000


class EnquiryQuerySet(models.QuerySet["Enquiry"]):
    """Vocabulary for lists of enquiries."""

    def waiting(self) -> EnquiryQuerySet:
        """Those nobody has dealt with."""
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

    band = models.ForeignKey(Band, on_delete=models.CASCADE, related_name="enquiries", verbose_name=_("band"))
    subject = models.CharField(_("subject"), max_length=100)
    message = models.TextField(_("message"), max_length=MESSAGE_MAX_LENGTH)
    sender_name = models.CharField(_("name"), max_length=120, blank=True)
    sender_email = models.EmailField(_("e-mail address"))
    cc_myself = models.BooleanField(_("copy to sender"), default=False)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.NEW, db_index=True)
    created_at = models.DateTimeField(_("received"), auto_now_add=True)

    objects: ClassVar[EnquiryQuerySet] = EnquiryQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("enquiry")
        verbose_name_plural = _("enquiries")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                # A line break in a subject would be another header in the mail.
                condition=~models.Q(subject__regex=r"[\r\n]"),
                name="enquiry_subject_is_one_line",
                violation_error_message=_("A subject is one line."),
            ),
        ]

    def __str__(self) -> str:
        return self.subject
