"""Organizations (the tenants) and their domains; rows of the schema `public`."""

from __future__ import annotations

import secrets
from typing import Any, ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import OuterRef, Subquery
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_tenants.models import DomainMixin, TenantMixin

from bandstand.content.identified import UidField
from bandstand.content.languages import choices as language_choices
from bandstand.content.shown_names import validate_shown_name
from bandstand.organizations.addresses import absolute_url, portal_host
from bandstand.organizations.maintenance import Maintenance  # noqa: F401 - a table of this app
from bandstand.organizations.notes import Note  # noqa: F401 - a table of this app
from bandstand.organizations.plans import Allowance, HeldSlug, Plan, Subscription, Usage  # noqa: F401 - tables of this app
from bandstand.organizations.slugs import SLUG_MAX_LENGTH, validate_slug
from bandstand.organizations.time_zones import known_time_zones, region_of
from bandstand.organizations.transfers import Transfer  # noqa: F401 - a table of this app

SCHEMA_PREFIX = "org_"
_SCHEMA_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"


def new_schema_name() -> str:
    """Return a new random schema name. It never changes and doesn't reveal the tenant."""
    return SCHEMA_PREFIX + "".join(secrets.choice(_SCHEMA_ALPHABET) for _i in range(14))


def validate_time_zone(value: str) -> None:
    """Raise ValidationError unless `value` names an IANA time zone."""
    if value not in known_time_zones():
        raise ValidationError(_("Choose a time zone from the list, such as Europe/Berlin."))


class OrganizationQuerySet(models.QuerySet["Organization"]):
    def active(self) -> OrganizationQuerySet:
        """Active organizations, whose portal is open."""
        return self.filter(state=Organization.State.ACTIVE)

    def in_use(self) -> OrganizationQuerySet:
        """Organizations that aren't being deleted, nor moved to or from another cell."""
        return self.filter(state__in=[Organization.State.ACTIVE, Organization.State.SUSPENDED])

    def living_here(self) -> OrganizationQuerySet:
        """Organizations whose data this cell holds, including those being moved away."""
        kept = [Organization.State.ACTIVE, Organization.State.SUSPENDED, Organization.State.MOVING]
        return self.filter(state__in=kept)

    def behind_in_another_cell(self) -> OrganizationQuerySet:
        """Organizations that live in another cell, which doesn't have their newest owners yet."""
        behind = models.Q(owners_carried__lt=models.F("owners_version"))
        return self.filter(behind, state=Organization.State.MOVED, owners_cell="")

    def owned_by(self, user: object) -> OrganizationQuerySet:
        """Organizations that the platform user `user` owns and that aren't being deleted."""
        return self.filter(owners=user).exclude(state=Organization.State.DELETING)

    def with_host(self) -> OrganizationQuerySet:
        """With the primary domain prefetched, so that `host` and `url` need no query."""
        primary = Domain.objects.filter(tenant=OuterRef("pk"), is_primary=True).values("domain")[:1]
        found: OrganizationQuerySet = self.annotate(domain_url=Subquery(primary))
        return found


class Organization(TenantMixin):  # type: ignore[misc]
    """One tenant: one row here, one PostgreSQL schema, one or more domains."""

    class State(models.TextChoices):
        ACTIVE = "active", _("active")
        SUSPENDED = "suspended", _("suspended")
        DELETING = "deleting", _("being deleted")
        # See bandstand.moving: read-only while moving to or from another cell; only a signpost once it lives there.
        MOVING = "moving", _("being moved")
        ARRIVING = "arriving", _("arriving")
        MOVED = "moved", _("moved to another cell")

    # provisioning.py builds the schema in the sign-up's transaction, and a job drops it.
    auto_create_schema = False
    auto_drop_schema = False

    # Set by the resolver; django-tenants declares it.
    domain_url: str | None = None

    # A per-process cache about the organization until a change is announced; all copies of one look-up share it.
    remembered: dict[str, Any]

    # The content version that a cacheable page is rendered from; see bandstand.database.content_version.
    content_version: bytes = b""

    uid = UidField()
    name = models.CharField(_("name"), max_length=120, validators=[validate_shown_name])
    slug = models.CharField(
        _("address"),
        max_length=SLUG_MAX_LENGTH,
        unique=True,
        validators=[validate_slug],
        error_messages={"unique": _("This address is taken. Choose another one.")},
    )
    state = models.CharField(_("status"), max_length=12, choices=State, default=State.ACTIVE, db_index=True)
    # Why staff suspended it, for its owners; visitors don't see it.
    suspension_reason = models.CharField(
        _("reason of the suspension"), max_length=300, blank=True, default="", db_default="", editable=False
    )
    language = models.CharField(_("language"), max_length=10, choices=language_choices, default="en")
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC", validators=[validate_time_zone])
    # Whether its visits are counted. Here, as each request knows its organization without asking its schema.
    counts_visits = models.BooleanField(default=True, db_default=True, editable=False)
    # The digest of the migrations that the schema still lacks. Processes with these migrations don't serve the portal.
    lacks_migrations = models.CharField(max_length=64, default="", db_default="", blank=True, editable=False)
    owners: models.ManyToManyField[models.Model, models.Model] = models.ManyToManyField(
        settings.AUTH_USER_MODEL, related_name="organizations", verbose_name=_("owners"), blank=True
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    # When its newest backup was taken, which names the archive. Web can't look into the place of backups.
    backed_up_at = models.DateTimeField(_("last backup"), null=True, blank=True, editable=False)
    cell = models.CharField(
        _("cell"),
        max_length=40,
        blank=True,
        default="",
        db_default="",  # the previous release's code doesn't set it
        help_text=_("Who answers for it, while that is another cell."),
    )
    # How often its owners changed while it was elsewhere; there, which of these changes arrived last.
    owners_version = models.PositiveBigIntegerField(default=0, db_default=0, editable=False)
    # Which version the other cell has for certain.
    owners_carried = models.PositiveBigIntegerField(default=0, db_default=0, editable=False)
    owners_cell = models.CharField(
        _("cell of its owners"),
        max_length=40,
        blank=True,
        default="",
        db_default="",
        help_text=_("Who decides on its owners, while that is another cell."),
        editable=False,
    )

    objects: ClassVar[OrganizationQuerySet] = OrganizationQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("organization")
        verbose_name_plural = _("organizations")
        ordering = ["name", "pk"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.remembered = {}

    def __str__(self) -> str:
        return self.name

    @property
    def is_active(self) -> bool:
        """Whether the portal is open."""
        return bool(self.state == self.State.ACTIVE)

    @property
    def is_read_only(self) -> bool:
        """Whether the portal is shown but can't be changed."""
        return self.state in {self.State.MOVING, self.State.ARRIVING}

    @property
    def is_elsewhere(self) -> bool:
        """Whether the portal lives in another cell, and only its name and domains are here."""
        return bool(self.state == self.State.MOVED)

    @property
    def region(self) -> str:
        """The region for date formats; see bandstand.content.moments."""
        return region_of(self.language, self.time_zone)

    @property
    def host(self) -> str:
        """The primary domain's name; one query unless it is prefetched."""
        if self.domain_url is None:
            self.domain_url = self.domains.get(is_primary=True).domain
        return str(self.domain_url)

    def url(self, path: str = "/") -> str:
        """Return the absolute URL of `path` at the primary domain."""
        return absolute_url(self.host, path)

    @property
    def own_host(self) -> str:
        """The portal's permanent host below the platform's domain."""
        return portal_host(self.slug)

    def team_url(self, path: str) -> str:
        """Return the absolute URL of a team page, which is always at the portal's own host."""
        return absolute_url(self.own_host, path)


class Domain(DomainMixin):  # type: ignore[misc]
    """A host name, lower case and in ASCII (IDNA), at which one organization's portal answers."""

    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("domain")
        verbose_name_plural = _("domains")
        ordering = ["domain"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant"], condition=models.Q(is_primary=True), name="one_primary_domain_per_organization"
            ),
        ]


class SchemaTemplate(models.Model):
    """The SQL that builds a tenant's schema in the state of one set of migrations."""

    digest = models.CharField(max_length=64, unique=True)
    sql = models.TextField()
    # A digest of the template's migrations, to find out whether a release can extend the newest template.
    history = models.CharField(max_length=64, blank=True, default="", db_default="", editable=False)
    created_at = models.DateTimeField(default=timezone.now)  # updated when taken again; the newest template counts

    class Meta:
        verbose_name = _("schema template")
        verbose_name_plural = _("schema templates")
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.digest[:12]


class SpareSchema(models.Model):
    """A schema in reserve for the next sign-up; see spares.py."""

    schema_name = models.CharField(max_length=63, unique=True)
    digest = models.CharField(max_length=64, db_index=True)  # digest of the template that it was built from
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("spare schema")
        verbose_name_plural = _("spare schemas")
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.schema_name


class RecipientCount(models.Model):
    """Emails to one address in one hour, over the platform and all portals; see mail/recipient_limits.py."""

    recipient = models.CharField(max_length=64)  # a keyed digest of the address
    hour = models.DateTimeField()
    mails = models.PositiveIntegerField()

    class Meta:
        verbose_name = _("mails to one address")
        verbose_name_plural = _("mails to one address")
        ordering = ["hour"]
        constraints = [models.UniqueConstraint(fields=["recipient", "hour"], name="one_count_per_recipient_and_hour")]
        indexes = [models.Index("hour", name="recipient_count_hour")]

    def __str__(self) -> str:
        return f"{self.hour:%Y-%m-%d %H}:00"


class UnannouncedChange(models.Model):
    """A note that the store of pages wasn't told of a change of contents; see bandstand.database.content_version."""

    scope = models.CharField(max_length=100)
    noted_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = _("unannounced change")
        verbose_name_plural = _("unannounced changes")
        ordering = ["pk"]
        default_permissions = ()

    def __str__(self) -> str:
        return self.scope
