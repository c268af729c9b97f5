"""What the platform's staff write down about an organization, for each other. Rows of the schema `public`."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

NOTE_MAX_LENGTH = 4000


class Note(models.Model):
    """A note. It is never changed, and no export or backup of the portal holds it; the platform's backup does."""

    organization = models.ForeignKey(
        "organizations.Organization",
        on_delete=models.CASCADE,
        related_name="notes",
        verbose_name=_("organization"),
    )
    text = models.TextField(
        _("note"), max_length=NOTE_MAX_LENGTH, help_text=_("Only the platform's staff can read it.")
    )
    created_by = models.CharField(_("by"), max_length=254, blank=True, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("staff note")
        verbose_name_plural = _("staff notes")
        ordering = ["-pk"]
        default_permissions = ("add", "view", "delete")

    def __str__(self) -> str:
        return f"{self.organization}: {self.created_at:%Y-%m-%d}"
