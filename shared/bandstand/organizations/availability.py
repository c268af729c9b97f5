"""Checks whether a slug is free, and suggests one."""

from __future__ import annotations

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import connection
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from bandstand.accounts.models import User
from bandstand.organizations.addresses import portal_host
from bandstand.organizations.former_hosts import former_slugs
from bandstand.organizations.models import Domain, Organization
from bandstand.organizations.plans import HeldSlug
from bandstand.organizations.slugs import SLUG_MAX_LENGTH, suggest_slug, validate_slug, validate_unreserved

_ENDINGS = ("", "-bands", "-music", "-live", "-2", "-3", "-4", "-5")


def validate_free_slug(slug: str, owner: User | None = None) -> None:
    """Raise ValidationError, with a message for people, unless a new portal may have this slug. One query.

    `owner` is the prospective owner, if known. Only the transaction that creates the portal decides for good.
    """
    validate_slug(slug)
    validate_unreserved(slug)
    taken = Organization.objects.filter(Q(slug=slug) | Q(domains__domain=portal_host(slug)))
    if taken.order_by().values("pk").union(_held(slug, owner).order_by().values("pk")).exists():
        raise ValidationError(_("This address is taken. Choose another one."), code="taken")


def validate_not_held(slug: str, owner: User | None = None) -> None:
    """Raise ValidationError while the slug of a deleted portal is reserved for its former owners. One query."""
    if _held(slug, owner).exists():
        raise ValidationError(_("This address is taken. Choose another one."), code="held")


def slug_lock(slug: str) -> None:
    """Let all but the first who want a slug at once wait until its transaction ends, and then find the slug taken."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"organization:{slug}"])


def slug_hold(organization: Organization) -> None:
    """Reserve a deleted portal's slug, and those that it had before, for its owners, as links to it still exist."""
    for slug in (organization.slug, *former_slugs(organization)):
        held, _created = HeldSlug.objects.update_or_create(slug=slug, defaults={"released_at": timezone.now()})
        held.former_owners.set(organization.owners.all())


def slugs_forget() -> int:
    """Release slugs whose reservation has expired; return how many."""
    return HeldSlug.objects.filter(released_at__lte=timezone.now() - settings.SLUGS_HELD).delete()[0]


def suggest_free_slug(name: str) -> str:
    """Return a free slug for an organization called `name`, or "". Two queries."""
    stem = suggest_slug(name)
    candidates = [slug for ending in _ENDINGS if _is_valid(slug := stem[: SLUG_MAX_LENGTH - len(ending)] + ending)]
    hosts = [portal_host(slug) for slug in candidates]
    used, held = (model.objects.order_by().filter(slug__in=candidates) for model in (Organization, HeldSlug))
    taken = set(used.values_list("slug", flat=True).union(held.values_list("slug", flat=True)))
    taken_hosts = set(Domain.objects.filter(domain__in=hosts).values_list("domain", flat=True))
    return next((slug for slug in candidates if slug not in taken and portal_host(slug) not in taken_hosts), "")


def _held(slug: str, owner: User | None) -> QuerySet[HeldSlug]:
    held = HeldSlug.objects.filter(slug=slug, released_at__gt=timezone.now() - settings.SLUGS_HELD)
    return held if owner is None or owner.pk is None else held.exclude(former_owners=owner)


def _is_valid(slug: str) -> bool:
    try:
        validate_slug(slug)
        validate_unreserved(slug)
    except ValidationError:
        return False
    return True
