"""Plans, subscriptions to them, temporary allowances by staff, and measured usage.

Rows of the schema `public`; quotas.py enforces the limits. There are no payments yet; a payment provider's contract
would be a column of `Subscription`, which records which plan applies from when to when.
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from bandstand.content.fields import CountField, MomentField, in_bounds
from bandstand.organizations.slugs import SLUG_MAX_LENGTH


class Limit(models.TextChoices):
    """What a plan limits."""

    BANDS = "bands", _("Bands")
    STORAGE = "storage", _("Storage in MB")
    MAILS = "mails", _("Emails a day")
    MEMBERS = "members", _("Team members")
    PORTALS = "portals", _("Portals of an owner")


# The limits per organization; portals are counted per owner.
OF_ORGANIZATIONS = (Limit.BANDS, Limit.STORAGE, Limit.MAILS, Limit.MEMBERS)


def _most(label: object, default: int | None, help_text: object = _("Leave empty for no limit.")) -> models.Field:  # type: ignore[type-arg]
    return CountField(label, null=True, blank=True, default=default, help_text=help_text)  # type: ignore[arg-type]


class PlanManager(models.Manager["Plan"]):
    """Provides the default plan."""

    def default(self) -> Plan:
        """Return the plan named by BANDSTAND_DEFAULT_PLAN, created with the standard limits if it doesn't exist."""
        slug = settings.DEFAULT_PLAN
        return self.filter(slug=slug).first() or self.get_or_create(slug=slug, defaults={"name": slug.capitalize()})[0]


class Plan(models.Model):
    """A set of limits. NULL means unlimited."""

    slug = models.SlugField(
        _("short name"), max_length=40, unique=True, help_text=_("What BANDSTAND_DEFAULT_PLAN names it by.")
    )
    name = models.CharField(_("name"), max_length=60, help_text=_("Teams read it."))
    bands = _most(_("bands"), 20_000)
    storage = _most(_("storage in MB"), 5 * 1024)
    mails = _most(_("emails a day"), 2_000)
    members = _most(_("team members"), 100, _("Open invitations count. Leave empty for no limit."))
    portals = CountField(
        _("portals of an owner"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text=_("Leave empty where BANDSTAND_PORTALS_PER_OWNER is enough; the larger number counts."),
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    objects: ClassVar[PlanManager] = PlanManager()

    class Meta:
        verbose_name = _("plan")
        verbose_name_plural = _("plans")
        ordering = ["name", "pk"]
        constraints = [
            in_bounds(name, CountField, name=f"plan_{name}_in_bounds")
            for name in ("bands", "storage", "mails", "members", "portals")
        ]

    def __str__(self) -> str:
        return self.name

    def most(self, limit: Limit) -> int | None:
        """Return the plan's number for `limit`, None for unlimited."""
        found: int | None = getattr(self, limit.value)
        return found


class SubscriptionQuerySet(models.QuerySet["Subscription"]):
    def at(self, moment: datetime) -> SubscriptionQuerySet:
        """Those in force at `moment`, latest start first; the first one counts."""
        lasting = models.Q(ends_at__isnull=True) | models.Q(ends_at__gt=moment)
        return self.filter(lasting, starts_at__lte=moment).order_by("-starts_at")


class Subscription(models.Model):
    """Which plan an organization is on, from when to when. Without a subscription the default plan applies."""

    organization = models.ForeignKey(
        "organizations.Organization",
        on_delete=models.CASCADE,
        related_name="subscriptions",
        verbose_name=_("organization"),
        db_index=False,  # the constraint's index begins with it
    )
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="subscriptions", verbose_name=_("plan"))
    starts_at = MomentField(_("from"), default=timezone.now)
    ends_at = MomentField(_("until"), null=True, blank=True, help_text=_("Leave empty for a plan without an end."))
    note = models.CharField(_("note"), max_length=300, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    objects: ClassVar[SubscriptionQuerySet] = SubscriptionQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("subscription")
        verbose_name_plural = _("subscriptions")
        ordering = ["-starts_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "starts_at"],
                name="one_subscription_begins_at_a_time",
                violation_error_message=_("Another subscription of this organization begins at that moment."),
            ),
            models.CheckConstraint(
                condition=models.Q(ends_at__isnull=True) | models.Q(ends_at__gt=models.F("starts_at")),
                name="subscription_ends_after_start",
                violation_error_message=_("A subscription ends after it began."),
            ),
            in_bounds("starts_at", MomentField, name="subscription_starts_at_in_bounds"),
            in_bounds("ends_at", MomentField, name="subscription_ends_at_in_bounds"),
        ]

    def __str__(self) -> str:
        return f"{self.organization}: {self.plan}"


class AllowanceQuerySet(models.QuerySet["Allowance"]):
    def at(self, moment: datetime) -> AllowanceQuerySet:
        """Those in force at `moment`, newest first; the first one for a limit counts."""
        return self.filter(until__gt=moment).order_by("-pk")


class Allowance(models.Model):
    """A temporary replacement by staff for a plan's limit, for one organization or one owner."""

    organization = models.ForeignKey(
        "organizations.Organization",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="allowances",
        verbose_name=_("organization"),
        help_text=_("For every limit but the portals of an owner."),
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="allowances",
        verbose_name=_("owner"),
        help_text=_("For the portals of an owner."),
    )
    limit = models.CharField(_("limit"), max_length=10, choices=Limit)
    most = CountField(
        _("at most"), null=True, blank=True, help_text=_("Instead of the plan's number. Leave empty for no limit.")
    )
    until: models.DateTimeField[datetime, datetime] = MomentField(_("until"))
    note = models.CharField(_("note"), max_length=300, help_text=_("Why, for your colleagues."))
    created_by = models.CharField(_("by"), max_length=254, blank=True, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    objects: ClassVar[AllowanceQuerySet] = AllowanceQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("allowance")
        verbose_name_plural = _("allowances")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=(
                    models.Q(limit=Limit.PORTALS, owner__isnull=False, organization__isnull=True)
                    | (~models.Q(limit=Limit.PORTALS) & models.Q(owner__isnull=True, organization__isnull=False))
                ),
                name="allowance_is_for_one",
                violation_error_message=_("Portals are allowed to an owner, everything else to an organization."),
            ),
            in_bounds("most", CountField, name="allowance_most_in_bounds"),
            in_bounds("until", MomentField, name="allowance_until_in_bounds"),
        ]

    def __str__(self) -> str:
        return f"{self.organization or self.owner}: {self.get_limit_display()}"


class Usage(models.Model):
    """What an organization uses. Bytes are updated with every file; a job measures the other numbers, for staff."""

    organization = models.OneToOneField(
        "organizations.Organization",
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="usage",
        verbose_name=_("organization"),
    )
    storage_bytes = models.BigIntegerField(_("storage in bytes"), default=0)
    # When the count last changed by a file; None: before this release.
    storage_changed_at = models.DateTimeField(_("storage changed"), null=True, editable=False)
    bands = models.PositiveIntegerField(_("bands"), default=0)
    mails = models.PositiveIntegerField(_("emails in 24 hours"), default=0)
    members = models.PositiveIntegerField(_("team members"), default=0)
    measured_at = models.DateTimeField(_("measured"), null=True)

    class Meta:
        verbose_name = _("usage")
        verbose_name_plural = _("usage")
        default_permissions = ("view",)

    def __str__(self) -> str:
        return str(self.organization)


class HeldSlug(models.Model):
    """The slug of a deleted portal, reserved for its former owners for a while."""

    slug = models.CharField(_("address"), max_length=SLUG_MAX_LENGTH, unique=True)
    released_at = models.DateTimeField(_("released"), default=timezone.now)
    former_owners: models.ManyToManyField[models.Model, models.Model] = models.ManyToManyField(
        settings.AUTH_USER_MODEL, related_name="+", verbose_name=_("former owners")
    )

    class Meta:
        verbose_name = _("held address")
        verbose_name_plural = _("held addresses")
        ordering = ["slug"]
        default_permissions = ("view", "delete")

    def __str__(self) -> str:
        return self.slug
