"""The band behind an address that somebody pasted: the page of a band at another portal of this platform.

What visitors don't see isn't found, and the answer is the same as for what doesn't exist.
"""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django_tenants.utils import get_public_schema_name, schema_context, tenant_context

from bandstand.bands.models import Band
from bandstand.content.former_addresses import FormerAddress
from bandstand.organizations.addresses import InvalidHostError, normalize_host
from bandstand.organizations.behind import takes_rows
from bandstand.organizations.models import Domain, Organization

ADDRESS_MAX_LENGTH = 500
_PAGE_OF_A_BAND = re.compile(r"/bands/([-\w]{1,80})(?:/|$)")


@dataclass(frozen=True)
class FoundBand:
    """A band that visitors of its portal see."""

    home: Organization
    uid: uuid.UUID
    name: str


def band_at(address: str, *, seen_from: Organization) -> FoundBand:
    """Return the band whose page has this address. Raises ValidationError, which says why it can't be listed."""
    host, slug = _parts(address)
    with schema_context(get_public_schema_name()):
        domain = Domain.objects.filter(domain=host).select_related("tenant").first() if host and slug else None
    home: Organization | None = domain.tenant if domain else None
    if home is not None and home.pk == seen_from.pk:
        raise ValidationError(_("This band is yours already."), code="own")
    if home is not None and home.is_elsewhere:
        raise ValidationError(
            _("This band's portal has moved to another cell of this platform. Bands can't be listed across cells."),
            code="elsewhere",
        )
    if home is None or not home.is_active or not takes_rows(home) or (band := _published(home, slug)) is None:
        raise ValidationError(
            _("We don't know a band at this address. Copy the address of its page from your browser."), code="unknown"
        )
    return FoundBand(home, band.uid, band.name)


def _parts(address: str) -> tuple[str, str]:
    """Return the host and the slug of the band that an address names; "" for what it doesn't."""
    text = address.strip()
    try:
        parts = urlsplit(text if "://" in text else f"https://{text}")
        host = normalize_host(parts.netloc.rpartition("@")[2])
    except (InvalidHostError, ValueError):
        return "", ""
    page = _PAGE_OF_A_BAND.match(parts.path)
    return host, page[1].lower() if page else ""


def _published(home: Organization, slug: str) -> Band | None:
    with tenant_context(home):
        bands = Band.objects.published()
        former = FormerAddress.objects.of_kind(Band).filter(slug=slug).values("object_id")
        return bands.filter(slug=slug).first() or bands.filter(pk__in=former).first()
