"""The switch that makes the whole platform read-only while its operators work on it. One row of `public`."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from bandstand.audit.models import Act
from bandstand.audit.recording import record
from bandstand.content.fields import MomentField, in_bounds

_ONLY = 1


class MaintenanceManager(models.Manager["Maintenance"]):
    """Knows the one row."""

    def current(self) -> Maintenance:
        """Return the row, created if it doesn't exist."""
        return self.get_or_create(pk=_ONLY)[0]

    def under_way(self) -> Maintenance | None:
        """Return the row while the platform is read-only, else None. One query."""
        return self.filter(pk=_ONLY, is_on=True).first()


class Maintenance(models.Model):
    """Whether the platform is read-only: portals are shown, nothing is saved, and bulk jobs wait."""

    id = models.SmallIntegerField(primary_key=True, default=_ONLY, editable=False)
    is_on = models.BooleanField(
        _("read-only"), default=False, help_text=_("Portals are shown, but nobody except staff can save anything.")
    )
    until: models.DateTimeField[datetime | None, datetime | None] = MomentField(
        _("probably until"), null=True, blank=True, help_text=_("Whoever wants to save something is told so.")
    )

    objects: ClassVar[MaintenanceManager] = MaintenanceManager()

    class Meta:
        verbose_name = _("maintenance")
        verbose_name_plural = _("maintenance")
        default_permissions = ("view", "change")
        constraints = [
            models.CheckConstraint(condition=models.Q(id=_ONLY), name="maintenance_is_one_row"),
            in_bounds("until", MomentField, name="maintenance_until_in_bounds"),
        ]

    def __str__(self) -> str:
        return str(_("maintenance"))


@transaction.atomic
def maintenance_set(*, is_on: bool, until: datetime | None) -> Maintenance:
    """Switch the platform to read-only or back, and note it in the security log. Return the row."""
    Maintenance.objects.current()
    maintenance = Maintenance.objects.select_for_update().get(pk=_ONLY)
    was_on, maintenance.is_on, maintenance.until = maintenance.is_on, is_on, until if is_on else None
    maintenance.save()
    if was_on != is_on:
        detail = f"→ {until:%Y-%m-%d %H:%M}" if is_on and until else ""
        record(Act.MAINTENANCE_BEGUN if is_on else Act.MAINTENANCE_ENDED, detail=detail)
    return maintenance
