"""A pytest plugin: with BANDSTAND_REQUIRE_TOOLS=1 a test that skips because its tool is missing fails instead."""

from __future__ import annotations

import os
import shutil
from collections.abc import Generator

import pytest

MISSING = "missing tool: "


def require(program: str) -> str:
    """Return the path of `program`; skip the calling test, with the reason, where it isn't installed."""
    path = shutil.which(program) or shutil.which(program, path="/usr/sbin")
    if path is None:
        pytest.skip(f"{MISSING}{program} is not installed")
    return path


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn such a skip into a failure."""
    report = yield
    if report.skipped and os.environ.get("BANDSTAND_REQUIRE_TOOLS") == "1":
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        if MISSING in reason:
            report.outcome = "failed"
            report.longrepr = f"{item.nodeid}: {reason}, and BANDSTAND_REQUIRE_TOOLS=1"
    return report
