"""The state of a portal's move: one row in the sending cell, and one in the receiving cell.

The sending cell's row decides: once it is committed as `switched`, the portal lives in the other cell.
"""

from __future__ import annotations

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from bandstand.organizations.models import Organization


class MoveError(Exception):
    """The move can't continue; the message is for operators."""


class Move(models.Model):
    """A portal's move out of this cell."""

    class Step(models.TextChoices):
        """The steps completed so far, in this order, except the last."""

        BEGUN = "begun", _("begun")
        CLOSED = "closed", _("read-only")
        COPIED = "copied", _("copied and compared")
        SWITCHED = "switched", _("lives in the other cell")
        OPENED = "opened", _("open in the other cell")
        CONFIRMED = "confirmed", _("confirmed, nothing left here")
        ABORTED = "aborted", _("aborted")

    token = models.UUIDField(default=uuid.uuid4, unique=True, help_text=_("Identifies the move in both cells."))
    organization = models.ForeignKey(
        Organization, verbose_name=_("organization"), on_delete=models.CASCADE, related_name="moves"
    )
    cell = models.CharField(_("cell"), max_length=40, help_text=_("Where to."))
    through = models.TextField(help_text=_("How manage.py is run in that cell."))
    step = models.CharField(_("step"), max_length=10, choices=Step, default=Step.BEGUN)
    cleared = models.BooleanField(default=True, help_text=_("Whether an aborted move left nothing in that cell."))
    rows = models.PositiveBigIntegerField(_("rows"), default=0)
    files = models.PositiveBigIntegerField(_("files"), default=0)
    problem = models.TextField(_("what went wrong"), blank=True)
    begun_at = models.DateTimeField(_("begun"), auto_now_add=True)
    closed_at = models.DateTimeField(_("read-only since"), null=True)
    opened_at = models.DateTimeField(_("open again"), null=True)

    class Meta:
        verbose_name = _("move")
        verbose_name_plural = _("moves")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["organization"],
                condition=models.Q(step__in=["begun", "closed", "copied", "switched", "opened"]),
                name="one_unfinished_move_per_organization",
            )
        ]

    def __str__(self) -> str:
        return f"{self.organization.slug} → {self.cell}: {self.get_step_display()}"

    @property
    def may_be_aborted(self) -> bool:
        """Whether the portal still lives here."""
        return self.step in {self.Step.BEGUN, self.Step.CLOSED, self.Step.COPIED}


class Arrival(models.Model):
    """A portal's move into this cell. Records what to delete on abort."""

    class State(models.TextChoices):
        """The state of the arrival."""

        EXPECTED = "expected", _("expected")
        ARRIVED = "arrived", _("arrived, not open")
        OPENED = "opened", _("open")
        DISCARDED = "discarded", _("taken away again")

    token = models.UUIDField(unique=True, help_text=_("The move's."))
    slug = models.CharField(_("address"), max_length=40)
    schema_name = models.CharField(max_length=63)
    cell = models.CharField(_("cell"), max_length=40, help_text=_("Where from."))
    state = models.CharField(_("status"), max_length=10, choices=State, default=State.EXPECTED)
    begun_at = models.DateTimeField(_("begun"), auto_now_add=True)

    class Meta:
        verbose_name = _("arrival")
        verbose_name_plural = _("arrivals")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.slug} ← {self.cell}: {self.get_state_display()}"
