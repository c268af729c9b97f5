"""Whether an address is free, and which one to suggest."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from bandstand.organizations.addresses import portal_host
from bandstand.organizations.models import Domain, Organization
from bandstand.organizations.slugs import SLUG_MAX_LENGTH, suggest_slug, validate_slug

_ENDINGS = ("", "-bands", "-music", "-live", "-2", "-3", "-4", "-5")


def validate_free_slug(slug: str) -> None:
    """Raise ValidationError, with a sentence for people, unless a new portal may have this address. One query.

    The last word has the transaction that creates the portal.
    """
    validate_slug(slug)
    if Organization.objects.filter(Q(slug=slug) | Q(domains__domain=portal_host(slug))).exists():
        raise ValidationError(_("This address is taken. Please choose another one."), code="taken")


def suggest_free_slug(name: str) -> str:
    """Return a free address for an organization called `name`, or an empty text. Two queries."""
    stem = suggest_slug(name)
    candidates = [slug for ending in _ENDINGS if _is_valid(slug := stem[: SLUG_MAX_LENGTH - len(ending)] + ending)]
    hosts = [portal_host(slug) for slug in candidates]
    taken = set(Organization.objects.filter(slug__in=candidates).values_list("slug", flat=True))
    taken_hosts = set(Domain.objects.filter(domain__in=hosts).values_list("domain", flat=True))
    return next((slug for slug in candidates if slug not in taken and portal_host(slug) not in taken_hosts), "")


def _is_valid(slug: str) -> bool:
    try:
        validate_slug(slug)
    except ValidationError:
        return False
    return True
