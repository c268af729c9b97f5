"""Spreadsheets that a team hands in, and what became of their rows."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from bandstand.encryption.fields import EncryptedTextField


class SpreadsheetImportManager(models.Manager["SpreadsheetImport"]):
    """Leaves links closed: whoever wants one asks for it."""

    def get_queryset(self) -> models.QuerySet[SpreadsheetImport]:
        """Return all imports."""
        return super().get_queryset().defer("link")


class SpreadsheetImport(models.Model):
    """A file of rows, handed in or fetched. Rows that can't be taken are kept with the reason, for the team to mend."""

    class Subject(models.TextChoices):
        BANDS = "bands", _("Bands")
        GIGS = "gigs", _("Gigs")

    subject = models.CharField(_("what it holds"), max_length=10, choices=Subject)
    file_name = models.CharField(_("file"), max_length=100)  # of a linked one the server's name
    path = models.CharField(max_length=255, editable=False, blank=True)  # empty where it is fetched
    # Who knows the link of a shared document reads it: it is kept as secrets are, and no longer than it is needed.
    link = EncryptedTextField(editable=False, blank=True, default="")
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("uploaded by"),
    )
    created_at = models.DateTimeField(_("uploaded"), auto_now_add=True)
    job_id = models.BigIntegerField(null=True, help_text=_("The job's number; jobs stand in another schema."))
    finished_at = models.DateTimeField(_("finished"), null=True)
    added = models.PositiveIntegerField(_("added"), default=0)
    changed = models.PositiveIntegerField(_("changed"), default=0)
    unchanged = models.PositiveIntegerField(_("unchanged"), default=0)
    columns = models.JSONField(default=list)
    # [{"row": 17, "cells": ["…"], "problems": ["Year formed: Write a year as four digits."]}, …]
    refusals: models.JSONField[list[dict[str, Any]], list[dict[str, Any]]] = models.JSONField(default=list)

    objects: ClassVar[SpreadsheetImportManager] = SpreadsheetImportManager()

    class Meta:
        verbose_name = _("import of a spreadsheet")
        verbose_name_plural = _("imports of spreadsheets")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.file_name

    @property
    def is_linked(self) -> bool:
        """Whether the worker fetches the file from the web."""
        return not self.path

    @property
    def refused(self) -> int:
        """How many rows were not taken."""
        return len(self.refusals)
