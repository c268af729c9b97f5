"""Calls that end just where CPython's memory for frames ends cost a page fault each, unless there is room."""

from __future__ import annotations

import resource
import sys
from collections.abc import Callable

import pytest

from bandstand_web.call_stack import with_room

CALLS = 1000
DEPTHS = range(300)  # some chunks of frames


def page_faults_at(depth: int) -> int:
    """Return how many page faults there are while a function at this depth calls another one again and again."""

    def callee(*, a: int = 1, b: int = 2, c: int = 3, d: int = 4, e: int = 5, f: int = 6) -> None:
        pass

    if depth:
        return page_faults_at(depth - 1)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _number in range(CALLS):
        callee()
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before


def most_page_faults(run: Callable[[Callable[[], int]], int]) -> int:
    return max(run(lambda depth=depth: page_faults_at(depth)) for depth in DEPTHS)  # type: ignore[misc]


@pytest.mark.skipif(sys.version_info >= (3, 13), reason="releases of 3.13 since March 2026 are mended")
def test_some_depth_costs_a_page_fault_for_each_call():
    assert most_page_faults(lambda work: work()) >= CALLS


def test_no_depth_does_where_there_is_room():
    assert most_page_faults(with_room) < CALLS / 2


def test_it_returns_what_the_work_returns_and_raises_what_it_raises():
    def fail() -> None:
        raise LookupError

    assert with_room(lambda: 7) == 7
    with pytest.raises(LookupError):
        with_room(fail)
