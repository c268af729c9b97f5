"""Every policy is asked of every set of values."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.deploy.rendering import VALUE_SETS, Manifest, rendered

# One process has all tests of a set, and renders it once.
_PARAMETERS = [pytest.param(path, marks=pytest.mark.xdist_group(path.stem), id=path.stem) for path in VALUE_SETS]


@pytest.fixture(params=_PARAMETERS)
def value_set(request: pytest.FixtureRequest) -> Path:
    """One file of `ci/`."""
    path: Path = request.param
    return path


@pytest.fixture
def manifests(value_set: Path) -> tuple[Manifest, ...]:
    """What Helm makes of it."""
    return rendered(value_set)
