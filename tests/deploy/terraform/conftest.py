"""One copy of the configurations for all tests: nothing is left in the tree."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.deploy.terraform.configurations import copied


@pytest.fixture(scope="session")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what the configurations refer to."""
    return copied(tmp_path_factory.mktemp("infra"))
