"""A place for servers of their own: these tests start, kill and restart them."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def state() -> Iterator[Path]:
    """A folder for stacks, which an unprivileged account may pass through, as pytest's own may not be."""
    folder = Path(tempfile.mkdtemp(prefix="bandstand-", dir="/var/tmp"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)
