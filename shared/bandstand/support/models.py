"""Owners' consents to support access, and the visits that staff made with them. Rows of the schema `public`."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef
from django.db.models.functions import Lower, Now
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from bandstand.organizations.models import Organization

LINK_LIFETIME = timedelta(minutes=5)


class Access(models.TextChoices):
    """What support may do in the portal."""

    READ = "read", _("Look only")
    MANAGER = "manager", _("Work as a manager")


class ConsentQuerySet(models.QuerySet["Consent"]):
    def standing(self) -> ConsentQuerySet:
        """Those that hold: neither ended nor expired, of an active owner, for a portal that is open here."""
        owning = Organization.owners.through.objects.filter(  # type: ignore[attr-defined]
            organization_id=OuterRef("organization_id"), user_id=OuterRef("granted_by_id"), user__is_active=True
        )
        return self.filter(
            Exists(owning), ended_at=None, expires_at__gt=Now(), organization__state=Organization.State.ACTIVE
        )


class Consent(models.Model):
    """An owner lets the platform's staff into the portal, for a time."""

    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="consents", verbose_name=_("organization")
    )
    granted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("granted by")
    )
    access = models.CharField(_("access"), max_length=10, choices=Access)
    staff = models.EmailField(_("staff member"), blank=True, help_text=_("Empty: any of the staff."))
    granted_at = models.DateTimeField(_("granted"), auto_now_add=True)
    expires_at = models.DateTimeField(_("until"))
    ended_at = models.DateTimeField(_("ended"), null=True)

    objects: ClassVar[ConsentQuerySet] = ConsentQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("consent to support access")
        verbose_name_plural = _("consents to support access")
        ordering = ["-pk"]
        default_permissions = ()
        permissions = [("enter_portal", _("Can enter portals with an owner's consent"))]
        constraints = [
            models.UniqueConstraint(
                fields=["organization"], condition=models.Q(ended_at=None), name="one_open_consent_per_organization"
            ),
            models.CheckConstraint(condition=models.Q(staff=Lower("staff")), name="consent_staff_is_lower_case"),
            models.CheckConstraint(
                condition=models.Q(expires_at__lte=F("granted_at") + timedelta(days=3, minutes=1)),
                name="consent_is_short",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organization} → {self.expires_at:%Y-%m-%d %H:%M}"

    @property
    def explanation(self) -> str:
        """What it allows, in a sentence."""
        if self.access == Access.READ:
            return gettext("Support can look at everything that managers see, and change nothing.")
        return gettext("Support can do what managers do, except delete.")


class VisitQuerySet(models.QuerySet["Visit"]):
    def allowed(self) -> VisitQuerySet:
        """Those whose consent holds for whoever made them, who is still on the platform's staff."""
        named = models.Q(consent__staff="") | models.Q(consent__staff=F("staff__email"))
        consents = Consent.objects.standing().filter(pk=OuterRef("consent_id"))
        return self.filter(named, Exists(consents), ended_at=None, staff__is_active=True, staff__is_staff=True)


class Visit(models.Model):
    """One log-in of a staff member at the portal. `began_at` is empty until the link is used, which works once."""

    consent = models.ForeignKey(Consent, on_delete=models.CASCADE, related_name="visits")
    staff = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    token_digest = models.CharField(max_length=64, unique=True, editable=False)
    made_at = models.DateTimeField(auto_now_add=True)
    began_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    objects: ClassVar[VisitQuerySet] = VisitQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("support visit")
        verbose_name_plural = _("support visits")
        ordering = ["pk"]
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.consent_id}: {self.staff_id}"
