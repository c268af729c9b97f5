"""Tests that share what is dear run in one process, where Makefile says `--dist loadgroup`."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

GROUP = """
import os
from pathlib import Path
import pytest

@pytest.mark.xdist_group("one")
@pytest.mark.parametrize("number", range(8))
def test_it(number):
    with Path(__file__).with_name("processes").open("a") as told:
        told.write(os.environ["PYTEST_XDIST_WORKER"] + "\\n")
"""


def test_a_group_stays_in_one_process(tmp_path: Path) -> None:
    (tmp_path / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    (tmp_path / "test_group.py").write_text(GROUP, encoding="utf-8")
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "DJANGO"))}
    plain["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # three processes start; the others' imports take most of their time

    subprocess.run(
        [sys.executable, "-m", "pytest", "-n", "2", "--dist", "loadgroup", "-p", "xdist.plugin"],
        cwd=tmp_path,
        env=plain,
        check=True,
    )

    told = (tmp_path / "processes").read_text(encoding="utf-8").split()
    assert len(told) == 8
    assert len(set(told)) == 1
