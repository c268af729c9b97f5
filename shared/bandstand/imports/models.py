"""Spreadsheets that a team imports, and the results."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import JSONObject
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

from bandstand.bands.models import Band
from bandstand.content.trashed import LivingQuerySet
from bandstand.encryption.fields import EncryptedTextField
from bandstand.jobs.models import Job
from bandstand.organizations.models import Organization

_JOB_COLUMNS = (
    *("id", "kind", "state", "cancel_requested", "progress_done", "progress_total", "progress_message"),
    *("started_at", "finished_at", "error", "error_class"),
)


class SpreadsheetImportQuerySet(models.QuerySet["SpreadsheetImport"]):
    def with_job(self, organization: Organization) -> SpreadsheetImportQuerySet:
        """With each import's job, read in the same statement, so that the states of the two are consistent."""
        row = JSONObject(**{name: models.F(name) for name in _JOB_COLUMNS})
        jobs = Job.objects.filter(organization=organization, pk=models.OuterRef("job_id"))
        return self.annotate(job_row=models.Subquery(jobs.values_list(row)[:1]))


class SpreadsheetImportManager(models.Manager["SpreadsheetImport"]):
    """Defers the encrypted links, which are decrypted only on request."""

    def get_queryset(self) -> SpreadsheetImportQuerySet:
        return SpreadsheetImportQuerySet(self.model, using=self._db).defer("link")

    def with_job(self, organization: Organization) -> SpreadsheetImportQuerySet:
        return self.get_queryset().with_job(organization)


class SpreadsheetImport(models.Model):
    """An uploaded or fetched file of rows. It is read and previewed first, and stored once a person confirms it.

    Refused rows are kept with the reason, for the team to fix.
    """

    subject = models.CharField(_("content"), max_length=10)  # the label of an app with an importer
    file_name = models.CharField(_("file"), max_length=100)  # for a linked file, the server's name
    path = models.CharField(max_length=255, editable=False, blank=True)  # empty until the file is fetched
    # Anyone with the link of a shared document can read it, so it is encrypted, and kept only as long as needed.
    link = EncryptedTextField(editable=False, blank=True, default="")
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        db_index=False,
        verbose_name=_("uploaded by"),
    )
    created_at = models.DateTimeField(_("uploaded"), auto_now_add=True)
    language = models.CharField(_("language"), max_length=20, blank=True, default="", db_default="")  # the uploader's
    job_id = models.BigIntegerField(null=True, help_text=_("The job's number. Jobs are kept in another schema."))
    previewed_at = models.DateTimeField(_("read"), null=True)
    confirmed_at = models.DateTimeField(_("confirmed"), null=True)
    finished_at = models.DateTimeField(_("finished"), null=True)
    # Planned numbers until `finished_at` is set, then the actual ones.
    added = models.PositiveIntegerField(_("added"), default=0)
    changed = models.PositiveIntegerField(_("changed"), default=0)
    unchanged = models.PositiveIntegerField(_("unchanged"), default=0)
    refused = models.PositiveIntegerField(_("refused"), default=0, db_default=0)
    columns = models.JSONField(default=list)
    # [{"row": 17, "cells": ["…"], "problems": ["Year formed: Write a year as four digits."]}, …]; only the first ones.
    refusals: models.JSONField[list[dict[str, Any]], list[dict[str, Any]]] = models.JSONField(default=list)
    # A person's decisions: {"columns": {"Heading": "town" or ""}, "answers": {"17": "new" or the number of a row}}
    decisions: models.JSONField[dict[str, Any] | None, dict[str, Any] | None] = models.JSONField(null=True)
    preview: models.JSONField[dict[str, Any] | None, dict[str, Any] | None] = models.JSONField(null=True)

    objects: ClassVar[SpreadsheetImportManager] = SpreadsheetImportManager()

    class Meta:
        verbose_name = _("import of a spreadsheet")
        verbose_name_plural = _("imports of spreadsheets")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.file_name

    @property
    def is_linked(self) -> bool:
        """Whether the file still has to be fetched from the web."""
        return not self.path

    @property
    def is_waiting_for_a_person(self) -> bool:
        """Whether it is read and waits for a person's decision."""
        return self.previewed_at is not None and self.confirmed_at is None

    @property
    def job(self) -> Job | None:
        """The job loaded by `with_job`; None once it is pruned."""
        row: dict[str, Any] | None = getattr(self, "job_row", None)
        if row is None:
            return None
        moments = {name: parse_datetime(row[name]) if row[name] else None for name in ("started_at", "finished_at")}
        return Job(**{**row, **moments})


class PhotoLink(models.Model):
    """A photo URL in an import. A job fetches it once per band, even if later imports contain it again."""

    band = models.ForeignKey(Band, on_delete=models.CASCADE, related_name="+", db_index=False)
    digest = models.CharField(max_length=64)  # of the URL
    link = EncryptedTextField(editable=False, blank=True, default="")  # cleared once it was fetched
    of_import = models.ForeignKey(SpreadsheetImport, on_delete=models.SET_NULL, null=True, related_name="photo_links")
    row = models.PositiveIntegerField(_("row"))
    asked_at = models.DateTimeField(null=True)
    problem = models.CharField(_("what went wrong"), max_length=300, blank=True)

    objects: ClassVar[LivingQuerySet[PhotoLink]] = LivingQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("photo by its address")
        verbose_name_plural = _("photos by their addresses")
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["band", "digest"], name="photo_link_once_for_a_band")]

    def __str__(self) -> str:
        return f"{self.band_id} {self.digest[:8]}"
