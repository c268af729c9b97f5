"""Organizations' own domains; rows of the schema `public`.

A row is a claim. While it is verified, a row of `organizations.Domain` with the same name makes the portal answer; an
unverified claim has no such row and no effect.
"""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from bandstand.domains.naming import shown_name
from bandstand.organizations.models import Organization


def new_token() -> str:
    """Return a token that proves control over a domain in a TXT record."""
    return secrets.token_hex(16)


class DomainState(models.TextChoices):
    """A domain's state, as shown to people."""

    WAITING = "waiting", _("waiting for DNS")
    VERIFIED = "verified", _("verified")
    ISSUING = "issuing", _("certificate being issued")
    LIVE = "live", _("live")
    FAILING = "failing", _("failing")


class Problem(models.TextChoices):
    """What the last DNS check found wrong."""

    NO_TXT = "no_txt", _("The TXT record isn't visible yet.")
    NO_ADDRESS = "no_address", _("The domain doesn't point anywhere yet.")
    ELSEWHERE = "elsewhere", _("The domain points to another server.")
    PRIVATE_ADDRESS = "private_address", _("The domain points to an address that isn't on the public internet.")
    UNREACHABLE = "unreachable", _("The domain's name servers didn't respond.")
    TAKEN = "taken", _("Another portal uses this domain.")


class Certificate(models.TextChoices):
    """The state of a verified domain's certificate."""

    NONE = "none", _("not requested")
    ISSUING = "issuing", _("being issued")
    READY = "ready", _("ready")
    FAILED = "failed", _("failed")


class CustomDomainQuerySet(models.QuerySet["CustomDomain"]):
    def proven(self) -> CustomDomainQuerySet:
        """Verified domains, at which a portal answers."""
        return self.filter(verified_at__isnull=False)

    def due(self, now: datetime) -> CustomDomainQuerySet:
        """Domains of active portals whose next DNS check is due."""
        return self.filter(next_check_at__lte=now, organization__state=Organization.State.ACTIVE)

    def to_publish(self) -> CustomDomainQuerySet:
        """Domains that the cluster should serve; suspended portals keep their certificate, deleted ones don't."""
        return self.proven().exclude(organization__state=Organization.State.DELETING)


class CustomDomain(models.Model):
    """An organization's claim to a domain, and its state."""

    organization = models.ForeignKey(
        Organization, verbose_name=_("organization"), on_delete=models.CASCADE, related_name="custom_domains"
    )
    name = models.CharField(_("domain"), max_length=253)
    token = models.CharField(max_length=64, default=new_token, editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now)

    # The result of the DNS check. `evidence` holds what was found: {"addresses": [...], "resolvers": 2, "answered": 2}.
    apex = models.BooleanField(
        default=False, help_text=_("The name is a zone of its own, so it can't have a CNAME record.")
    )
    problem = models.CharField(_("problem"), max_length=16, choices=Problem, blank=True)
    evidence = models.JSONField(default=dict)
    waiting_since = models.DateTimeField(default=timezone.now, help_text=_("When we started looking for the records."))
    checked_at = models.DateTimeField(_("checked"), null=True, blank=True)
    next_check_at = models.DateTimeField(_("next check"), null=True, blank=True, default=timezone.now)

    verified_at = models.DateTimeField(_("verified"), null=True, blank=True)
    lost_at = models.DateTimeField(null=True, blank=True, help_text=_("When a verified domain's records disappeared."))
    warned_at = models.DateTimeField(null=True, blank=True)
    switched_off_at = models.DateTimeField(_("switched off"), null=True, blank=True)

    # The certificate's state in the cluster; only the reconciler writes it.
    certificate = models.CharField(_("certificate"), max_length=8, choices=Certificate, default=Certificate.NONE)
    certificate_problem = models.CharField(max_length=500, blank=True)

    objects: ClassVar[CustomDomainQuerySet] = CustomDomainQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("domain of an organization")
        verbose_name_plural = _("domains of organizations")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "name"],
                name="one_claim_per_organization_and_domain",
                violation_error_message=_("This domain is already on your list."),
            ),
            models.UniqueConstraint(
                fields=["name"], condition=Q(verified_at__isnull=False), name="one_proven_claim_per_domain"
            ),
            models.CheckConstraint(
                condition=Q(verified_at__isnull=False) | Q(certificate="none"), name="certificates_for_proven_domains"
            ),
        ]
        indexes = [
            models.Index("next_check_at", condition=Q(next_check_at__isnull=False), name="domains_due"),
        ]

    def __str__(self) -> str:
        return self.shown

    @property
    def shown(self) -> str:
        """The name in Unicode, for display."""
        return shown_name(self.name)

    @property
    def is_proven(self) -> bool:
        """Whether the portal answers here."""
        return self.verified_at is not None

    @property
    def state(self) -> DomainState:
        """The state, derived from the last results of DNS and cluster."""
        if not self.is_proven:
            pending = {"", Problem.NO_TXT, Problem.NO_ADDRESS}
            return DomainState.WAITING if self.problem in pending and not self.switched_off_at else DomainState.FAILING
        if self.lost_at is not None:
            return DomainState.FAILING
        return {
            Certificate.NONE: DomainState.VERIFIED,
            Certificate.ISSUING: DomainState.ISSUING,
            Certificate.READY: DomainState.LIVE,
            Certificate.FAILED: DomainState.FAILING,
        }[Certificate(self.certificate)]

    @property
    def is_live(self) -> bool:
        """Whether visitors get the portal here, over TLS."""
        return self.state == DomainState.LIVE
