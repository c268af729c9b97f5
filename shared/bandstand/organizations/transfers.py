"""Open offers of a portal to another person. The rules are in `bandstand.teams.transferring`."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

TRANSFER_LIFETIME = timedelta(days=7)
# While a portal is in one of these states, nobody can give it away.
CLOSED = ("suspended", "deleting")


class TransferQuerySet(models.QuerySet["Transfer"]):
    def acceptable(self) -> TransferQuerySet:
        """Those that can still be accepted."""
        current = self.filter(expires_at__gt=timezone.now(), given_by__is_active=True)
        return current.exclude(organization__state__in=CLOSED).filter(_is_owners())

    def void(self) -> TransferQuerySet:
        """Those that can never be accepted: expired, of a closed portal, or of somebody who doesn't own it any more."""
        is_over = models.Q(expires_at__lte=timezone.now()) | models.Q(organization__state__in=CLOSED)
        return self.filter(is_over | ~_is_owners())


def _is_owners() -> Exists:
    from bandstand.organizations.models import Organization  # noqa: PLC0415 - that module imports this one

    owning = Organization.owners.through.objects  # type: ignore[attr-defined]
    return Exists(owning.filter(organization_id=OuterRef("organization_id"), user_id=OuterRef("given_by_id")))


class Transfer(models.Model):
    """An owner's offer of a portal to one email address. The row is deleted once it is answered or withdrawn."""

    organization = models.OneToOneField(
        "organizations.Organization",
        on_delete=models.CASCADE,
        related_name="transfer",
        verbose_name=_("organization"),
    )
    given_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", verbose_name=_("offered by")
    )
    email = models.EmailField(_("email address"))
    giver_stays = models.BooleanField(_("stays on the team as a manager"), default=False)
    token_digest = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    expires_at = models.DateTimeField(_("expires"), editable=False)

    objects: ClassVar[TransferQuerySet] = TransferQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("transfer")
        verbose_name_plural = _("transfers")
        ordering = ["pk"]
        default_permissions = ()
        constraints = [
            models.CheckConstraint(condition=models.Q(email=Lower("email")), name="transfer_email_is_lower_case"),
        ]

    def __str__(self) -> str:
        return f"{self.organization} → {self.email}"
