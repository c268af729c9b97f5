"""Calendars that gigs come from: files that somebody handed in, and addresses that are read again and again."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from bandstand.bands.models import Band
from bandstand.content.of_bands import OfBandsQuerySet
from bandstand.encryption.fields import EncryptedTextField

PROBLEM_MAX_LENGTH = 300


class CalendarSourceQuerySet(OfBandsQuerySet["CalendarSource"]):
    """Vocabulary for calendars."""

    def followed(self) -> CalendarSourceQuerySet:
        """Those that are read on a schedule."""
        return self.filter(state=CalendarSource.State.FOLLOWED)

    def waiting_for_a_person(self) -> CalendarSourceQuerySet:
        """Those that are read and wait for a person's choice."""
        return self.filter(previewed_at__isnull=False, choice__isnull=True)

    def in_living_bands(self) -> CalendarSourceQuerySet:
        """Those whose band isn't in the trash."""
        return self.filter(models.Q(band=None) | models.Q(band__trashed_at=None))


class CalendarSourceManager(models.Manager["CalendarSource"]):
    """Defers the encrypted addresses, which are decrypted only on request, and what is long."""

    def get_queryset(self) -> CalendarSourceQuerySet:
        return CalendarSourceQuerySet(self.model, using=self._db).defer("link", "preview")

    def in_living_bands(self) -> CalendarSourceQuerySet:
        return self.get_queryset().in_living_bands()

    def followed(self) -> CalendarSourceQuerySet:
        return self.get_queryset().followed()

    def waiting_for_a_person(self) -> CalendarSourceQuerySet:
        return self.get_queryset().waiting_for_a_person()


class CalendarSource(models.Model):
    """A calendar whose events become gigs, each known by its UID. Gigs refer to it.

    It is read and previewed first, and its events are taken in once a person has chosen. A followed one is then read
    again by itself.
    """

    class State(models.TextChoices):
        ONCE = "once", _("read once")
        FOLLOWED = "followed", _("followed")
        PAUSED = "paused", _("paused")
        OFF = "off", _("switched off")  # after many failures, or when nobody is left who may

    name = models.CharField(_("name"), max_length=120)  # the calendar's own, or the file's or server's
    # Whoever has the address of a calendar can read it.
    link = EncryptedTextField(editable=False, blank=True, default="")
    host = models.CharField(_("server"), max_length=255, blank=True)  # empty: a file
    path = models.CharField(max_length=255, editable=False, blank=True)  # of the file that was previewed
    band = models.ForeignKey(
        Band,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("band"),
    )
    # The agreement, a row of `public`, by which another portal sends gigs: see bandstand.partners.
    partner = models.BigIntegerField(null=True, editable=False)
    venue = models.CharField(_("venue"), max_length=120, blank=True)
    town = models.CharField(_("town"), max_length=120, blank=True)
    publishes = models.BooleanField(_("publish new gigs"), default=False)
    shows_notes = models.BooleanField(_("descriptions are for visitors"), default=False)
    # Whose rights limit what it changes: whoever last handed it in, chose of it, or resumed it.
    responsible = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        db_index=False,
        verbose_name=_("on behalf of"),
    )
    language = models.CharField(_("language"), max_length=20, blank=True)
    created_at = models.DateTimeField(_("added"), auto_now_add=True)
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.ONCE)
    job_id = models.BigIntegerField(null=True, help_text=_("The job's number. Jobs are kept in another schema."))
    # What the server said of the last answer that was taken in, for asking whether there is a newer one.
    etag = models.CharField(max_length=100, blank=True)
    last_modified = models.CharField(max_length=100, blank=True)
    read_at = models.DateTimeField(_("read"), null=True)
    next_read_at = models.DateTimeField(_("read again"), null=True)
    failures = models.PositiveSmallIntegerField(_("failures in a row"), default=0)
    problem = models.CharField(_("what went wrong"), max_length=PROBLEM_MAX_LENGTH, blank=True)
    previewed_at = models.DateTimeField(_("previewed"), null=True)
    preview: models.JSONField[dict[str, Any] | None, dict[str, Any] | None] = models.JSONField(null=True)
    # A person's choice among what was previewed: {"taken": ["UID", …], "theirs": ["UID", …]}
    choice: models.JSONField[dict[str, Any] | None, dict[str, Any] | None] = models.JSONField(null=True)
    skipped: models.JSONField[list[str], list[str]] = models.JSONField(default=list)  # UIDs that nobody wanted
    missing: models.JSONField[list[str], list[str]] = models.JSONField(default=list)  # UIDs not in the last answer
    # What the last reading did: {"added": 2, "changed": 1, "unchanged": 9, "gone": 0, "skipped": 0}
    outcome: models.JSONField[dict[str, int] | None, dict[str, int] | None] = models.JSONField(null=True)

    objects: ClassVar[CalendarSourceManager] = CalendarSourceManager()

    class Meta:
        verbose_name = _("calendar")
        verbose_name_plural = _("calendars")
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name

    @property
    def has_address(self) -> bool:
        """Whether it is read from the web."""
        return bool(self.host)

    @property
    def is_waiting_for_a_person(self) -> bool:
        """Whether it is read and waits for a person's choice."""
        return self.previewed_at is not None and self.choice is None
