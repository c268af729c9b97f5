"""Two filled portals, and quiet: an attack is thousands of requests."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from tests.conftest import Portal
from tests.isolation.twins import Twin, fill


@pytest.fixture
def twin(alice_portal: Portal) -> Twin:
    """Alice's portal with a row of every kind."""
    return fill(alice_portal, "canaryalice")


@pytest.fixture
def twins(twin: Twin, charlie_portal: Portal) -> tuple[Twin, Twin]:
    """Both portals with a row of every kind."""
    return twin, fill(charlie_portal, "canarycharlie")


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)
