"""Notices of illegal content on portals, and what the platform's staff decided. Rows of the schema `public`.

Source: Regulation (EU) 2022/2065 (Digital Services Act), Articles 16 and 17.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from bandstand.content.fields import RowConstraint, WebAddressField, is_web_address
from bandstand.organizations.models import Organization

TEXT_MAX_LENGTH = 5000
GROUND_MAX_LENGTH = 200
# The form, the receipt and docs/security.md say so.
FORGOTTEN_AFTER_DECISION = timedelta(days=183)
FORGOTTEN_AT_LATEST = timedelta(days=365)
DELETED_AFTER = timedelta(days=3 * 365)


class ReportQuerySet(models.QuerySet["PageReport"]):
    def open(self) -> ReportQuerySet:
        """Those that nobody decided on yet."""
        return self.filter(decided_at=None)

    def forget(self, now: datetime) -> int:
        """Clear who reported and what they wrote once its time is over, delete old rows; return how many changed."""
        decided, sent = now - FORGOTTEN_AFTER_DECISION, now - FORGOTTEN_AT_LATEST
        deleted, _by_model = self.filter(created_at__lt=now - DELETED_AFTER).delete()
        due = self.filter(forgotten_at=None).filter(Q(decided_at__lt=decided) | Q(created_at__lt=sent))
        return deleted + due.update(name="", email="", explanation="", forgotten_at=now)


class PageReport(models.Model):
    """Somebody says in good faith, as the form has them confirm, that a page of a portal is illegal."""

    class Kind(models.TextChoices):
        COPYRIGHT = "copyright", _("Copyright or a trademark")
        PERSON = "person", _("Insult, defamation, or someone's privacy or picture")
        HATE = "hate", _("Hate, threats or violence")
        FRAUD = "fraud", _("Fraud, spam or malware")
        CHILD_ABUSE = "child_abuse", _("Sexual abuse of children")
        OTHER = "other", _("Something else that is illegal")

    class State(models.TextChoices):
        RECEIVED = "received", _("received")
        IN_REVIEW = "in_review", _("being looked at")
        NO_ACTION = "no_action", _("decided: no action")
        WARNED = "warned", _("decided: owners warned")
        REMOVED = "removed", _("decided: removed")
        SUSPENDED = "suspended", _("decided: portal suspended")

    OPEN = (State.RECEIVED, State.IN_REVIEW)
    AGAINST_PORTAL = (State.WARNED, State.REMOVED, State.SUSPENDED)

    # What was decided outlives the portal.
    organization = models.ForeignKey(
        Organization, on_delete=models.SET_NULL, null=True, related_name="reports", verbose_name=_("organization")
    )
    address = WebAddressField(_("page"), max_length=700)
    kind = models.CharField(_("about"), max_length=12, choices=Kind)
    explanation = models.TextField(_("explanation"), max_length=TEXT_MAX_LENGTH, blank=True)
    name = models.CharField(_("name"), max_length=120, blank=True)
    email = models.EmailField(_("email address"), blank=True)
    language = models.CharField(_("language"), max_length=10)  # of the emails to whoever sent it
    created_at = models.DateTimeField(_("received"), auto_now_add=True)
    state = models.CharField(_("status"), max_length=10, choices=State, default=State.RECEIVED)
    ground = models.CharField(
        _("law or terms"),
        max_length=GROUND_MAX_LENGTH,
        blank=True,
        help_text=_("The law, or the clause of your terms, that the page violates. The owners read it."),
    )
    reasons = models.TextField(
        _("reasons"),
        max_length=TEXT_MAX_LENGTH,
        blank=True,
        help_text=_(
            "Facts and reasons, without the name of whoever reported the page: they and the owners read it in an email."
        ),
    )
    decided_by = models.CharField(_("decided by"), max_length=254, blank=True, editable=False)
    decided_at = models.DateTimeField(_("decided"), null=True, editable=False)
    forgotten_at = models.DateTimeField(_("personal data deleted"), null=True, editable=False)

    objects: ClassVar[ReportQuerySet] = ReportQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("report of a page")
        verbose_name_plural = _("reports of pages")
        ordering = ["-pk"]
        default_permissions = ("view", "change", "delete")
        indexes = [
            models.Index("created_at", condition=Q(decided_at=None), name="reports_open"),
            models.Index("created_at", condition=Q(forgotten_at=None), name="reports_not_forgotten"),
        ]
        constraints = [
            is_web_address("address", name="report_address_is_web_address"),
            RowConstraint(
                condition=Q(forgotten_at__isnull=False) | Q(kind="child_abuse") | (~Q(name="") & ~Q(email="")),
                name="report_says_who_sent_it",
            ),
            RowConstraint(
                condition=Q(state__in=("received", "in_review"), decided_at=None)
                | (Q(state__in=("no_action", "warned", "removed", "suspended"), decided_at__isnull=False)),
                name="report_decided_says_when",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pk}: {self.address}"
