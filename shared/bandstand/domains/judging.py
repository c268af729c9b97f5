"""Evaluates resolvers' answers: are a domain's records there? Pure functions: no I/O.

A check counts only if more than half of the resolvers agree, so that a slow, wrong or unavailable one can't decide it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from bandstand.domains.models import Problem
from bandstand.outgoing.addresses import is_public

EVIDENCE_MOST = 8  # addresses kept, to show on the page


@dataclass(frozen=True, kw_only=True)
class Sighting:
    """One resolver's answer. `answered` is False if it, or the domain's name servers, didn't respond."""

    resolver: str
    answered: bool = True
    texts: tuple[str, ...] = ()  # values of the ownership record
    aliases: tuple[str, ...] = ()  # names that the domain is a CNAME of, in order
    addresses: tuple[str, ...] = ()
    target_addresses: tuple[str, ...] = ()
    apex: bool = False


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """The expected records. `addresses` are the platform's configured ones, which may be internal."""

    text: str
    target: str
    addresses: frozenset[str] = frozenset()


class Finding(Enum):
    """The result of a check."""

    FOUND = "found"
    MISSING = "missing"
    UNCLEAR = "unclear"


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """The finding, with its reason and the evidence."""

    finding: Finding
    problem: Problem | None = None
    apex: bool = False
    evidence: dict[str, Any] = field(default_factory=dict)


def judge(sightings: Sequence[Sighting], wanted: Wanted) -> Verdict:
    """Return the verdict of the majority of resolvers."""
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
    """Return what is wrong with one resolver's answer; None if it is fine."""
    own = wanted.addresses or frozenset(sighting.target_addresses)
    if any(address not in wanted.addresses and not is_public(address) for address in sighting.addresses):
        return Problem.PRIVATE_ADDRESS
    if not sighting.addresses:
        return Problem.NO_ADDRESS
    # A single stray address, such as a forgotten AAAA record, would send some visitors elsewhere.
    if wanted.target not in sighting.aliases and not own.issuperset(sighting.addresses):
        return Problem.ELSEWHERE
    if wanted.text not in sighting.texts:
        return Problem.NO_TXT
    return None


def _most(count: int, sightings: Sequence[Sighting]) -> bool:
    return count * 2 > len(sightings)
