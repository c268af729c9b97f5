"""Every policy is asked of every set of values."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.deploy.rendering import VALUE_SETS, Manifest, rendered


@pytest.fixture(params=VALUE_SETS, ids=lambda path: path.stem)
def value_set(request: pytest.FixtureRequest) -> Path:
    """One file of `ci/`."""
    path: Path = request.param
    return path


@pytest.fixture
def manifests(value_set: Path) -> tuple[Manifest, ...]:
    """What Helm makes of it."""
    return rendered(value_set)
