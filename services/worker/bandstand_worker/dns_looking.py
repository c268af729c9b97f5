"""Queries several resolvers about a domain. `bandstand.domains.judging` evaluates the answers.

Only the resolvers themselves are contacted: answers name hosts, but nothing here connects to those.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import dns.exception
import dns.name
import dns.resolver
from django.conf import settings

from bandstand.domains.judging import Sighting
from bandstand.domains.records import ownership_name
from bandstand.settings.variables.addresses import resolver_address

SECONDS_PER_QUESTION = 4.0
RESOLVERS_MOST = 5
TEXTS_MOST = 20  # a name may carry hundreds of records
ADDRESSES_MOST = 20

_NOTHING_THERE = (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer)


class NoResolversError(RuntimeError):
    """Neither the settings nor the system name a resolver."""


def resolvers() -> list[dns.resolver.Resolver]:
    """Return one resolver per configured server, else per server of the system. Raises NoResolversError."""
    places = [resolver_address(text) for text in settings.DNS_RESOLVERS] or _of_the_system()
    if not places:
        raise NoResolversError("No DNS resolver is known: set BANDSTAND_DNS_RESOLVERS.")
    return [_resolver(address, port) for address, port in places[:RESOLVERS_MOST]]


def look(name: str, target: str, asked: Sequence[dns.resolver.Resolver] | None = None) -> list[Sighting]:
    """Return each resolver's answer about the domain `name` and the host it should point to. Queries in parallel."""
    servers = resolvers() if asked is None else asked
    with ThreadPoolExecutor(max_workers=len(servers)) as pool:
        return list(pool.map(partial(_look, name, target), servers))


def _of_the_system() -> list[tuple[str, int]]:
    try:
        system = dns.resolver.Resolver()
    except dns.resolver.NoResolverConfiguration:
        return []
    return [(str(server), system.port) for server in system.nameservers]


def _resolver(address: str, port: int) -> dns.resolver.Resolver:
    resolver = dns.resolver.Resolver(configure=False)
    resolver.nameservers = [address]
    resolver.port = port
    resolver.lifetime = SECONDS_PER_QUESTION
    resolver.timeout = SECONDS_PER_QUESTION / 2
    resolver.cache = None
    return resolver


def _look(name: str, target: str, resolver: dns.resolver.Resolver) -> Sighting:
    asked = str(resolver.nameservers[0])
    try:
        aliases, addresses = _addresses(resolver, name)
        texts = _texts(resolver, ownership_name(name))
        apex = _is_apex(resolver, name)
        target_addresses = _addresses(resolver, target)[1]
    except dns.exception.DNSException:  # timeouts, refusals, broken zones: no answer isn't a negative answer
        return Sighting(resolver=asked, answered=False)
    return Sighting(
        resolver=asked, texts=texts, aliases=aliases, addresses=addresses, target_addresses=target_addresses, apex=apex
    )


def _addresses(resolver: dns.resolver.Resolver, name: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the names that `name` is an alias of, and the addresses at the end."""
    aliases: tuple[str, ...] = ()
    addresses: list[str] = []
    for kind in ("A", "AAAA"):
        try:
            answer = resolver.resolve(_absolute(name), kind, raise_on_no_answer=False, search=False)
        except _NOTHING_THERE:
            continue
        chain = answer.chaining_result.cnames
        aliases = aliases or tuple(_plain(record.target) for rrset in chain for record in rrset)
        addresses += [record.address for record in answer.rrset or ()]
    return aliases, tuple(addresses[:ADDRESSES_MOST])


def _texts(resolver: dns.resolver.Resolver, name: str) -> tuple[str, ...]:
    try:
        answer = resolver.resolve(_absolute(name), "TXT", search=False)
    except _NOTHING_THERE:
        return ()
    found = [b"".join(record.strings).decode("ascii", errors="replace") for record in answer]
    return tuple(found[:TEXTS_MOST])


def _is_apex(resolver: dns.resolver.Resolver, name: str) -> bool:
    """Return whether `name` is a zone apex, the only place with its own SOA record."""
    try:
        answer = resolver.resolve(_absolute(name), "SOA", raise_on_no_answer=False, search=False)
    except _NOTHING_THERE:
        return False
    return answer.rrset is not None and answer.rrset.name == _absolute(name)


def _absolute(name: str) -> dns.name.Name:
    return dns.name.from_text(f"{name}.")


def _plain(name: dns.name.Name) -> str:
    return name.to_text(omit_final_dot=True).lower()
