"""Resolves host names to addresses that may be connected to."""

from __future__ import annotations

import dns.exception
import dns.name
import dns.resolver
import structlog
from django.utils.translation import gettext as _

from bandstand.outgoing.connections import Deadline
from bandstand.outgoing.links import Link
from bandstand.outgoing.policy import Policy
from bandstand.outgoing.problems import FetchError, PrivateAddressError

SECONDS_PER_QUESTION = 5.0
MOST_ADDRESSES = 8

log = structlog.get_logger("bandstand.outgoing")


def checked_addresses(link: Link, policy: Policy, deadline: Deadline) -> list[str]:
    """Return the host's addresses. Raises PrivateAddressError if any of them isn't allowed."""
    addresses = [link.host] if link.is_numeric else _look_up(link.host, policy, deadline)
    if not addresses:
        raise FetchError(_out_of_reach())
    if not all(policy.lets_through(address, link.scheme, link.port) for address in addresses):
        log.warning("refused an address that isn't public", host=link.host)
        raise PrivateAddressError(_out_of_reach())
    return addresses[:MOST_ADDRESSES]


def _out_of_reach() -> str:
    """Return the same message for unknown, internal and temporarily unresolvable names, so that it doesn't reveal which
    names exist in a private network."""
    return _(
        "This address can't be reached from the internet. Check its spelling and that anyone with the link can open it,"
        " or try again later."
    )


def _look_up(host: str, policy: Policy, deadline: Deadline) -> list[str]:
    """Query the name server, without the search list, which would find other services in a cluster."""
    found: list[str] = []
    try:
        resolver = _resolver(policy)
        for kind in ("A", "AAAA"):
            answer = resolver.resolve(
                dns.name.from_text(f"{host}."),
                kind,
                raise_on_no_answer=False,
                search=False,
                lifetime=deadline.left(SECONDS_PER_QUESTION),
            )
            found += [record.address for record in answer.rrset or ()]
    except dns.resolver.NXDOMAIN:
        return []
    except (dns.exception.DNSException, OSError):
        log.warning("a name can't be looked up", host=host)
        raise FetchError(_out_of_reach()) from None
    return found


def _resolver(policy: Policy) -> dns.resolver.Resolver:
    resolver = dns.resolver.Resolver(configure=policy.resolver is None)
    if policy.resolver is not None:
        address, resolver.port = policy.resolver
        resolver.nameservers = [address]
    resolver.cache = None
    return resolver
