"""Open invitations to a team. The team itself consists of the schema's users and their roles."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from bandstand.accounts import roles
from bandstand.accounts.token_digests import token_digest
from bandstand.organizations.limited import Limited, LimitedQuerySet
from bandstand.organizations.plans import Limit

INVITATION_LIFETIME = timedelta(days=7)


class InvitationQuerySet(LimitedQuerySet["Invitation"]):
    def valid(self) -> InvitationQuerySet:
        """Those that can still be accepted."""
        return self.filter(expires_at__gt=timezone.now())

    def with_token(self, token: str) -> InvitationQuerySet:
        """The invitation with this token."""
        return self.filter(token_digest=token_digest(token))


class Invitation(Limited):
    """An invitation to join the team with a role. The row is deleted when it is accepted or revoked."""

    limited_by = Limit.MEMBERS

    email = models.EmailField(
        _("email address"),
        unique=True,
        error_messages={"unique": _("This address already has an invitation. You can send it again.")},
    )
    role = models.CharField(_("role"), max_length=12, choices=list(roles.ROLES.items()), default=roles.MEMBER)
    # [band, role in it] for each band that whoever accepts gets a role in; apps above this one know bands.
    band_roles: models.JSONField[list[list[Any]], list[list[Any]]] = models.JSONField(
        default=list, db_default=[], blank=True, editable=False
    )
    token_digest = models.CharField(max_length=64, unique=True, editable=False)
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        db_index=False,
        editable=False,
        verbose_name=_("invited by"),
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    expires_at = models.DateTimeField(_("expires"), editable=False)

    objects: ClassVar[InvitationQuerySet] = InvitationQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        ordering = ["email"]
        constraints = [
            models.CheckConstraint(condition=models.Q(email=Lower("email")), name="invitation_email_is_lower_case"),
        ]

    def __str__(self) -> str:
        return self.email

    def clean(self) -> None:
        super().clean()
        self.email = self.email.strip().lower()

    @property
    def is_expired(self) -> bool:
        """Whether it has expired."""
        return self.expires_at <= timezone.now()

    def renew(self) -> str:
        """Give the invitation a new token and expiry date; return the token, which isn't stored."""
        token = secrets.token_urlsafe(32)
        self.token_digest = token_digest(token)
        self.expires_at = timezone.now() + INVITATION_LIFETIME
        return token
