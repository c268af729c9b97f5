"""Who may do what in one band, beside the roles that a portal gives."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from bandstand.content.declaring import BAND_EDITOR, BAND_LEADER, BAND_MEMBER
from bandstand.content.trashed import LivingQuerySet


class BandRole(models.Model):
    """A person's role in a band. See `bandstand.content.of_bands` for what it opens."""

    is_exported = False  # it is about accounts, which a copy only names

    class Role(models.TextChoices):
        LEADER = BAND_LEADER, _("Leader")
        EDITOR = BAND_EDITOR, _("Editor")
        MEMBER = BAND_MEMBER, _("Member")

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="band_roles", db_index=False
    )
    band = models.ForeignKey("bands.Band", on_delete=models.CASCADE, related_name="band_roles", verbose_name=_("band"))
    role = models.CharField(_("role in the band"), max_length=10, choices=Role, default=Role.EDITOR)

    objects: ClassVar[LivingQuerySet[BandRole]] = LivingQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("role in a band")
        verbose_name_plural = _("roles in bands")
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["user", "band"], name="one_role_per_person_and_band")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.band_id} {self.role}"
