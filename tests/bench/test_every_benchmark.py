"""Every benchmark still runs, in its smallest form, and the document's tables have the rows that it gives."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from bandstand.settings.workspace import ROOT
from tests.bench import _tables

pytestmark = pytest.mark.long
# What the tests' own servers are called in the environment: benchmarks start others.
OURS = {"DATABASE_URL", "MIGRATION_DATABASE_URL", "REDIS_URL", "BANDSTAND_PROFILE", "DJANGO_SETTINGS_MODULE"}


def test_the_document_has_the_rows_of_every_benchmark() -> None:
    environment = {name: value for name, value in os.environ.items() if name not in OURS}
    command = [sys.executable, "-m", "tests.bench", "--tiny"]

    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr[-4000:]
    measured: dict[str, set[str]] = {}
    for row in json.loads((ROOT / ".local" / "bench-tiny.json").read_text()):
        measured.setdefault(row["bench"], set()).add(_tables.kind_of_row(row["what"]))
    tables = _tables.places(_tables.DOCUMENT.read_text())
    assert {name: _tables.kinds_of_rows(table) for name, table in tables.items()} == measured
