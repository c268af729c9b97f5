"""Sweeps over all addresses and visitors: whole in `make test-long`, one of a few in `make test`."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import TypeVar

import pytest

Each = TypeVar("Each")

SHARE = 8
# Which of them `make test` takes is the same each time, and shifts by itself where addresses are added.
in_shares = pytest.mark.parametrize("one_in", [SHARE, pytest.param(1, marks=pytest.mark.long)], ids=["some", "all"])


def share_of(everything: Iterable[Each], one_in: int, *, beginning: int = 0) -> list[Each]:
    """Return one in so many, beginning with the one of number `beginning`, counted modulo `one_in`."""
    return list(islice(everything, beginning % one_in, None, one_in))
