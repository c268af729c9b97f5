"""What a gig's team has to know, and nobody else: no page, feed, file or mail for visitors has any of it.

Whoever may see the gig in the backstage sees it, also with a role in one of its bands alone.
"""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

TEAM_FIELDS = ("contact", "fee", "load_in_at", "soundcheck_at", "hotel", "team_notes")


class ForTeam(models.Model):
    """A row with fields for the team alone."""

    contact = models.CharField(
        _("contact"),
        max_length=300,
        blank=True,
        default="",
        db_default="",
        help_text=_("Who to call, with name and phone number."),
    )
    fee = models.CharField(_("fee"), max_length=120, blank=True, default="", db_default="")
    # On the clock of the venue, as on_stage_at.
    load_in_at = models.TimeField(_("load-in"), null=True, blank=True, help_text=_("Local time at the venue."))
    soundcheck_at = models.TimeField(_("soundcheck"), null=True, blank=True, help_text=_("Local time at the venue."))
    hotel = models.TextField(_("accommodation"), max_length=500, blank=True, default="", db_default="")
    team_notes = models.TextField(_("team notes"), max_length=5000, blank=True, default="", db_default="")

    class Meta:
        abstract = True

    @property
    def has_team_fields(self) -> bool:
        """Whether any of them is filled in."""
        return any(getattr(self, name) for name in TEAM_FIELDS)
