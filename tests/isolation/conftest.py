"""What tests of isolation share."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest


@pytest.fixture
def quiet() -> Iterator[None]:
    """Keep thousands of requests out of the log, which takes longer to write than they to answer."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)
