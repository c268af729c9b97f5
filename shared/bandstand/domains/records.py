"""The DNS records that an organization must set for its domain."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address

from django.conf import settings

from bandstand.domains.models import CustomDomain

TXT_LABEL = "_bandstand"
TXT_PREFIX = "bandstand-verification="


@dataclass(frozen=True)
class DnsRecord:
    """One record, with the fields of a DNS provider's form."""

    kind: str
    name: str
    value: str


def ownership_name(name: str) -> str:
    """Return the name of the TXT record that verifies the domain `name`."""
    return f"{TXT_LABEL}.{name}"


def ownership_value(token: str) -> str:
    """Return the value of the verifying TXT record."""
    return f"{TXT_PREFIX}{token}"


def target_host() -> str:
    """Return the host that organizations' domains point to."""
    return settings.DOMAINS_TARGET or settings.BASE_DOMAIN


def ownership_record(domain: CustomDomain) -> DnsRecord:
    """Return the record that proves ownership of the domain."""
    return DnsRecord("TXT", ownership_name(domain.name), ownership_value(domain.token))


def pointing_records(domain: CustomDomain) -> list[DnsRecord]:
    """Return the records that point the domain here: a CNAME, or A and AAAA at an apex, which can't have one.

    For an apex without known platform addresses it is an ALIAS record, which most providers offer in some form.
    """
    if not domain.apex:
        return [DnsRecord("CNAME", domain.name, target_host())]
    if settings.DOMAINS_ADDRESSES:
        return address_records(domain)
    return [DnsRecord("ALIAS", domain.name, target_host())]


def address_records(domain: CustomDomain) -> list[DnsRecord]:
    """Return A and AAAA records with the platform's addresses; none if none are configured."""
    addresses = [ip_address(address) for address in settings.DOMAINS_ADDRESSES]
    return [DnsRecord("A" if item.version == 4 else "AAAA", domain.name, str(item)) for item in addresses]  # noqa: PLR2004
