"""Room for the calls of a whole request in one piece of memory.

CPython keeps the frames of a thread in chunks of 16 KiB, maps the next one when calls go deeper than one reaches, and
unmaps it as soon as they are back; 3.13 and 3.14 keep one since March 2026. Where a page makes its calls just at a
chunk's end, each of them costs two system calls and a page fault: 260 pairs a page were counted, a tenth of its time.
A frame that asks for much gets a chunk of its size, and what it calls stays within. Source:
https://github.com/python/cpython/issues/142183
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

# Values the frame says it may hold: 256 KiB, which makes a chunk of 512 and leaves a half to the calls. Memory is used
# as it is touched.
_MOST_VALUES = 32 * 1024


def with_room(work: Callable[[], T]) -> T:
    """Return what `work` returns; its calls, some thousand deep, need no further chunk."""
    return work()


with_room.__code__ = with_room.__code__.replace(co_stacksize=_MOST_VALUES)
