"""The security log: what happened to accounts, team, data and the portal itself. Entries are never changed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# A database trigger with the same number refuses to delete newer entries.
LEAST_KEPT = timedelta(days=90)


class Act(models.TextChoices):
    """What was done. Names must never change, because old entries contain them."""

    LOGGED_IN = "logged_in", _("Logged in")
    LOGGED_OUT = "logged_out", _("Logged out")
    LOG_IN_FAILED = "log_in_failed", _("Log-in failed")
    LOCKED_OUT = "locked_out", _("Locked out after too many attempts")
    UNLOCKED = "unlocked", _("Unlocked")
    PASSWORD_CHANGED = "password_changed", _("Password changed")
    PASSWORD_RESET = "password_reset", _("Password reset by email")
    EMAIL_CHANGED = "email_changed", _("Email address changed")
    FACTOR_ADDED = "factor_added", _("Two-step verification added")
    FACTOR_REMOVED = "factor_removed", _("Two-step verification removed")
    ACCOUNT_CHANGED = "account_changed", _("Account changed")
    ACCOUNT_RECOVERED = "account_recovered", _("Account recovered by platform staff")
    EMERGENCY_LINK = "emergency_link", _("Emergency link issued")
    CALENDAR_MADE = "calendar_made", _("Secret calendar address created")
    CALENDAR_REVOKED = "calendar_revoked", _("Secret calendar address revoked")
    INVITED = "invited", _("Invited to the team")
    INVITATION_WITHDRAWN = "invitation_withdrawn", _("Invitation withdrawn")
    JOINED = "joined", _("Joined the team")
    ROLE_CHANGED = "role_changed", _("Role changed")
    BAND_ROLES_CHANGED = "band_roles_changed", _("Roles in bands changed")
    REMOVED = "removed", _("Removed from the team")
    FACTORS_DEMANDED = "factors_demanded", _("Rule for two-step verification changed")
    EXPORTED = "exported", _("Data exported")
    PREVIEW_LINKED = "preview_linked", _("Preview link created")
    PREVIEW_REVOKED = "preview_revoked", _("Preview link revoked")
    DOMAIN_ADDED = "domain_added", _("Domain added")
    DOMAIN_REMOVED = "domain_removed", _("Domain removed")
    DOMAIN_CHOSEN = "domain_chosen", _("Main domain changed")
    ADDRESS_CHANGED = "address_changed", _("Portal's address changed")
    CREATED = "created", _("Portal created")
    SUSPENDED = "suspended", _("Portal suspended")
    ACTIVATED = "activated", _("Portal reopened")
    TRANSFER_OFFERED = "transfer_offered", _("Portal offered to another person")
    TRANSFER_WITHDRAWN = "transfer_withdrawn", _("Offer of the portal withdrawn")
    TRANSFER_DECLINED = "transfer_declined", _("Offer of the portal declined")
    TRANSFERRED = "transferred", _("Portal transferred to another person")
    DELETED = "deleted", _("Portal deleted")
    RESTORED = "restored", _("Portal restored from a backup")
    MOVED = "moved", _("Portal moved to another cell")
    PLAN_CHANGED = "plan_changed", _("Plan changed")
    LIMIT_CHANGED = "limit_changed", _("Limit changed for a time")
    RENAMED = "renamed", _("Renamed because the name was taken")
    ANNOUNCED = "announced", _("Announcement published")
    ANNOUNCEMENT_ENDED = "announcement_ended", _("Announcement ended")
    MAINTENANCE_BEGUN = "maintenance_begun", _("Maintenance begun")
    MAINTENANCE_ENDED = "maintenance_ended", _("Maintenance ended")
    LOOKED_AT = "looked_at", _("Portal's record viewed by platform staff")
    LISTING_PROPOSED = "listing_proposed", _("Listing of a band proposed")
    LISTING_ACCEPTED = "listing_accepted", _("Listing of a band accepted")
    LISTING_REFUSED = "listing_refused", _("Listing of a band refused")
    LISTING_ENDED = "listing_ended", _("Listing of a band ended")
    GIGS_SHARED = "gigs_shared", _("Exchange of a band's gigs agreed to")
    GIGS_NOT_SHARED = "gigs_not_shared", _("Exchange of a band's gigs ended")
    REPORT_DECIDED = "report_decided", _("Report of a page decided")
    TERMS_PUBLISHED = "terms_published", _("New terms published")
    TERMS_ACCEPTED = "terms_accepted", _("Terms accepted")
    SUPPORT_ALLOWED = "support_allowed", _("Support access granted")
    SUPPORT_WITHDRAWN = "support_withdrawn", _("Support access withdrawn")
    SUPPORT_ENDED = "support_ended", _("Support access ended")
    SUPPORT_ENTERED = "support_entered", _("Support logged in to the portal")
    SUPPORT_LEFT = "support_left", _("Support logged out of the portal")


def acts() -> Sequence[tuple[str, Promise]]:
    """Return the choices of an entry's act. Migrations name this function, so a new act needs none."""
    return Act.choices


class Subject(models.TextChoices):
    """What an act is about, for filtering the log."""

    LOG_INS = "log-ins", _("Log-ins")
    ACCOUNTS = "accounts", _("Accounts")
    TEAM = "team", _("Team")
    EXPORTS = "exports", _("Exports and preview links")
    DOMAINS = "domains", _("Domains")
    PORTAL = "portal", _("Portal")


ACTS: dict[str, tuple[Act, ...]] = {
    Subject.LOG_INS: (Act.LOGGED_IN, Act.LOGGED_OUT, Act.LOG_IN_FAILED, Act.LOCKED_OUT, Act.UNLOCKED),
    Subject.ACCOUNTS: (
        Act.PASSWORD_CHANGED,
        Act.PASSWORD_RESET,
        Act.EMAIL_CHANGED,
        Act.FACTOR_ADDED,
        Act.FACTOR_REMOVED,
        Act.ACCOUNT_CHANGED,
        Act.ACCOUNT_RECOVERED,
        Act.EMERGENCY_LINK,
        Act.CALENDAR_MADE,
        Act.CALENDAR_REVOKED,
        Act.TERMS_ACCEPTED,
    ),
    Subject.TEAM: (
        Act.INVITED,
        Act.INVITATION_WITHDRAWN,
        Act.JOINED,
        Act.ROLE_CHANGED,
        Act.BAND_ROLES_CHANGED,
        Act.REMOVED,
        Act.FACTORS_DEMANDED,
    ),
    Subject.EXPORTS: (Act.EXPORTED, Act.PREVIEW_LINKED, Act.PREVIEW_REVOKED),
    Subject.DOMAINS: (Act.DOMAIN_ADDED, Act.DOMAIN_REMOVED, Act.DOMAIN_CHOSEN, Act.ADDRESS_CHANGED),
    Subject.PORTAL: (
        Act.CREATED,
        Act.SUSPENDED,
        Act.ACTIVATED,
        Act.TRANSFER_OFFERED,
        Act.TRANSFER_WITHDRAWN,
        Act.TRANSFER_DECLINED,
        Act.TRANSFERRED,
        Act.DELETED,
        Act.RESTORED,
        Act.MOVED,
        Act.PLAN_CHANGED,
        Act.LIMIT_CHANGED,
        Act.RENAMED,
        Act.ANNOUNCED,
        Act.ANNOUNCEMENT_ENDED,
        Act.MAINTENANCE_BEGUN,
        Act.MAINTENANCE_ENDED,
        Act.LOOKED_AT,
        Act.REPORT_DECIDED,
        Act.LISTING_PROPOSED,
        Act.LISTING_ACCEPTED,
        Act.LISTING_REFUSED,
        Act.LISTING_ENDED,
        Act.GIGS_SHARED,
        Act.GIGS_NOT_SHARED,
        Act.TERMS_PUBLISHED,
        Act.SUPPORT_ALLOWED,
        Act.SUPPORT_WITHDRAWN,
        Act.SUPPORT_ENDED,
        Act.SUPPORT_ENTERED,
        Act.SUPPORT_LEFT,
    ),
}


class Origin(models.TextChoices):
    """Who acted, by kind."""

    PERSON = "person", _("Someone at this address")
    STAFF = "staff", _("Platform staff")
    OPERATOR = "operator", _("Platform operator")
    SYSTEM = "system", _("The system")


class EntryQuerySet(models.QuerySet["Entry"]):
    """Filters for entries."""

    def about(self, subject: str) -> EntryQuerySet:
        """Return the entries about `subject`; none for an unknown one."""
        return self.filter(act__in=ACTS.get(subject, ()))

    def of_person(self, text: str) -> EntryQuerySet:
        """Return the entries whose actor or target contains `text`."""
        return self.filter(models.Q(actor__icontains=text) | models.Q(target__icontains=text))

    def prune(self, keep: timedelta) -> int:
        """Delete entries older than `keep`, which is raised to LEAST_KEPT if shorter; return how many."""
        return self.filter(happened_at__lt=timezone.now() - max(keep, LEAST_KEPT)).delete()[0]


class Entry(models.Model):
    """One entry. It has no foreign keys, so that it outlives the accounts and domains that it is about."""

    Origin = Origin

    happened_at = models.DateTimeField(_("when"), default=timezone.now)
    act = models.CharField(_("what"), max_length=30, choices=acts)
    origin = models.CharField(_("on whose behalf"), max_length=10, choices=Origin, default=Origin.SYSTEM)
    actor = models.CharField(_("who"), max_length=254, blank=True)
    target = models.CharField(_("affected"), max_length=300, blank=True)
    detail = models.CharField(_("details"), max_length=300, blank=True)
    ip_address = models.GenericIPAddressField(_("from"), null=True, blank=True)

    objects: ClassVar[models.Manager[Entry]] = EntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("security log entry")
        verbose_name_plural = _("security log")
        ordering = ["-pk"]
        default_permissions = ("view",)
        indexes = [models.Index(fields=["happened_at"], name="audit_entry_happened_at")]

    def __str__(self) -> str:
        return f"{self.get_act_display()}: {self.target}" if self.target else self.get_act_display()
