"""The line-up of gigs."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from bandstand.bands.models import Band
from bandstand.content.fields import PositionField, in_bounds
from bandstand.content.recorded import Recorded
from bandstand.content.trashed import LivingQuerySet


class Appearance(Recorded):
    """A band's place in a gig's line-up."""

    recorded_under = "gig"

    gig = models.ForeignKey(
        "gigs.Gig", on_delete=models.CASCADE, related_name="appearances", verbose_name=_("gig"), db_index=False
    )
    band = models.ForeignKey(Band, on_delete=models.CASCADE, related_name="appearances", verbose_name=_("band"))
    position = PositionField(_("position"), default=0, help_text=_("The lowest number comes first on the poster."))
    # On the clock of the venue, as it is told to the band. Each band's own to say, see bandstand_web.gigs.
    on_stage_at = models.TimeField(_("on stage"), null=True, blank=True, help_text=_("Local time at the venue."))

    objects: ClassVar[LivingQuerySet[Appearance]] = LivingQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("appearance")
        verbose_name_plural = _("line-up")
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["gig", "band"],
                name="band_appears_once",
                violation_error_message=_("This band is already in the line-up."),
            ),
            in_bounds("position", PositionField, name="appearance_position_in_bounds"),
        ]

    def __str__(self) -> str:
        return self.band.name
