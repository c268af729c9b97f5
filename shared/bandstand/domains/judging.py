"""What several resolvers saw, judged: are a domain's records there? Asks nobody and writes nothing.

A look counts only when more than half of the resolvers agree: one that lags behind, lies or is away decides nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from bandstand.domains.models import Problem
from bandstand.outgoing.addresses import is_public

EVIDENCE_MOST = 8  # of addresses that are kept for the page


@dataclass(frozen=True, kw_only=True)
class Sighting:
    """What one resolver said. `answered` is False when it, or the domain's name servers, said nothing."""

    resolver: str
    answered: bool = True
    texts: tuple[str, ...] = ()  # of the ownership record
    aliases: tuple[str, ...] = ()  # names that the domain is a CNAME of, in order
    addresses: tuple[str, ...] = ()
    target_addresses: tuple[str, ...] = ()
    apex: bool = False


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What must be seen. `addresses` are the platform's own by configuration, which may be internal ones."""

    text: str
    target: str
    addresses: frozenset[str] = frozenset()


class Finding(Enum):
    """What a look came to."""

    FOUND = "found"
    MISSING = "missing"
    UNCLEAR = "unclear"


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """The finding, with the reason and what was seen."""

    finding: Finding
    problem: Problem | None = None
    apex: bool = False
    evidence: dict[str, Any] = field(default_factory=dict)


def judge(sightings: Sequence[Sighting], wanted: Wanted) -> Verdict:
    """Return what the resolvers' answers mean together."""
    answered = [sighting for sighting in sightings if sighting.answered]
    problems = [problem_of(sighting, wanted) for sighting in answered]
    evidence = {
        "addresses": sorted({address for sighting in answered for address in sighting.addresses})[:EVIDENCE_MOST],
        "resolvers": len(sightings),
        "answered": len(answered),
    }
    apex = _most(sum(sighting.apex for sighting in answered), sightings)
    wrong = Counter(problem for problem in problems if problem is not None)
    if _most(problems.count(None), sightings):
        return Verdict(finding=Finding.FOUND, apex=apex, evidence=evidence)
    if _most(wrong.total(), sightings):
        return Verdict(finding=Finding.MISSING, problem=wrong.most_common(1)[0][0], apex=apex, evidence=evidence)
    return Verdict(finding=Finding.UNCLEAR, problem=Problem.UNREACHABLE, apex=apex, evidence=evidence)


def problem_of(sighting: Sighting, wanted: Wanted) -> Problem | None:
    """Return what is wrong with what one resolver saw; None if all is well."""
    own = wanted.addresses or frozenset(sighting.target_addresses)
    if any(address not in wanted.addresses and not is_public(address) for address in sighting.addresses):
        return Problem.PRIVATE_ADDRESS
    if not sighting.addresses:
        return Problem.NO_ADDRESS
    # A single stray address, such as a forgotten AAAA record, sends part of the visitors elsewhere.
    if wanted.target not in sighting.aliases and not own.issuperset(sighting.addresses):
        return Problem.ELSEWHERE
    if wanted.text not in sighting.texts:
        return Problem.NO_TXT
    return None


def _most(count: int, sightings: Sequence[Sighting]) -> bool:
    return count * 2 > len(sightings)
