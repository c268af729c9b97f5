"""Links of bands."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from bandstand.content.fields import PositionField, WebAddressField, in_bounds
from bandstand.content.recorded import Recorded
from bandstand.content.trashed import LivingQuerySet


class BandLink(Recorded):
    """Where else a band is found."""

    recorded_under = "band"

    # Not indexed again here and in similar places: the constraint's index begins with it.
    band = models.ForeignKey(
        "bands.Band", on_delete=models.CASCADE, related_name="links", verbose_name=_("band"), db_index=False
    )
    label = models.CharField(_("label"), max_length=60)
    url = WebAddressField(_("web address"))
    position = PositionField(_("position"), default=0)

    objects: ClassVar[LivingQuerySet[BandLink]] = LivingQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("link")
        verbose_name_plural = _("links")
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["band", "url"],
                name="band_link_is_unique",
                violation_error_message=_("The band already has this link."),
            ),
            # A scheme that a browser would run ("javascript:") must not get in past the forms either.
            models.CheckConstraint(
                condition=models.Q(url__istartswith="http://") | models.Q(url__istartswith="https://"),
                name="band_link_is_web_address",
                violation_error_message=_("A link starts with https:// or http://."),
            ),
            in_bounds("position", PositionField, name="band_link_position_in_bounds"),
        ]

    def __str__(self) -> str:
        return self.label
