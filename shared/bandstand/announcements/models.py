"""What the platform's staff announce to all owners. Rows of the schema `public`."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from bandstand.content.fields import MomentField, in_bounds
from bandstand.organizations.models import Organization

TITLE_MAX_LENGTH = 120
TEXT_MAX_LENGTH = 4000


class AnnouncementQuerySet(models.QuerySet["Announcement"]):
    def showing(self) -> AnnouncementQuerySet:
        """Those that are published and haven't expired, newest first."""
        return self.filter(published_at__isnull=False, expires_at__gt=Now()).order_by("-published_at")

    def unseen_by(self, *, organization: Organization, account: int) -> AnnouncementQuerySet:
        """Those that the person with this number in the portal hasn't dismissed there."""
        seen = Dismissal.objects.filter(organization=organization, account=account)
        return self.exclude(pk__in=seen.values("announcement"))


class Announcement(models.Model):
    """A message to all owners: a banner in the backstage, and emails if wanted. Fixed once it is published."""

    title_en = models.CharField(_("title in English"), max_length=TITLE_MAX_LENGTH)
    text_en = models.TextField(_("text in English"), max_length=TEXT_MAX_LENGTH)
    title_de = models.CharField(
        _("title in German"), max_length=TITLE_MAX_LENGTH, blank=True, help_text=_("Empty: in English for everybody.")
    )
    text_de = models.TextField(_("text in German"), max_length=TEXT_MAX_LENGTH, blank=True)
    expires_at: models.DateTimeField[datetime, datetime] = MomentField(
        _("until"), help_text=_("From then on the backstage no longer shows it.")
    )
    is_mailed = models.BooleanField(_("also by email"), default=True)
    created_by = models.CharField(_("by"), max_length=254, blank=True, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    published_at = models.DateTimeField(_("published"), null=True, editable=False)

    objects: ClassVar[AnnouncementQuerySet] = AnnouncementQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("announcement")
        verbose_name_plural = _("announcements")
        ordering = ["-pk"]
        permissions = [("publish_announcement", _("Can publish announcements"))]
        indexes = [
            models.Index("expires_at", condition=models.Q(published_at__isnull=False), name="announcements_showing")
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(title_de="", text_de="") | (~models.Q(title_de="") & ~models.Q(text_de="")),
                name="announcement_german_is_whole",
                violation_error_message=_("Write both title and text in German, or neither."),
            ),
            in_bounds("expires_at", MomentField, name="announcement_expires_at_in_bounds"),
        ]

    def __str__(self) -> str:
        return self.title_en

    def title(self, language: str | None) -> str:
        """Return the title for people who read `language`."""
        return self.title_de if self._speaks_german(language) else self.title_en

    def text(self, language: str | None) -> str:
        """Return the text for people who read `language`."""
        return self.text_de if self._speaks_german(language) else self.text_en

    def _speaks_german(self, language: str | None) -> bool:
        return bool(self.title_de) and (language or "").startswith("de")


class Dismissal(models.Model):
    """Somebody has read an announcement. `account` is their number in the portal's own schema."""

    announcement = models.ForeignKey(Announcement, on_delete=models.CASCADE, related_name="+", db_index=False)
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    account = models.BigIntegerField()

    class Meta:
        verbose_name = _("dismissed announcement")
        verbose_name_plural = _("dismissed announcements")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["announcement", "organization", "account"], name="one_dismissal_per_person_and_portal"
            )
        ]

    def __str__(self) -> str:
        return f"{self.announcement_id}: {self.organization_id}/{self.account}"
