"""Programs that the checks fetch for themselves, asked for by several test processes at once."""

from __future__ import annotations

import multiprocessing
import time
from multiprocessing.synchronize import Event
from pathlib import Path

import pytest

from deploy import tools

PROCESSES = 4


def fetch_slowly(home: Path) -> Path:
    """Fetch as the real ones do: nothing if it is there, else in steps that a second one at a time would break."""
    target = home / "program"
    if not target.exists():
        fresh = home / "program.new"
        fresh.touch(exist_ok=False)
        time.sleep(0.2)
        fresh.rename(target)
    return target


def ask(home: Path, start: Event) -> None:
    """Ask for a program as one process among several. Its exit code says whether it came."""
    tools.TOOLS = home
    start.wait()
    tools._find("no-such-program-on-any-path", lambda: fetch_slowly(home))


def test_processes_that_ask_at_once_all_get_the_program(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    start = context.Event()
    asking = [context.Process(target=ask, args=(tmp_path, start)) for _ in range(PROCESSES)]
    for process in asking:
        process.start()
    start.set()
    for process in asking:
        process.join(timeout=30)
    assert [process.exitcode for process in asking] == [0] * PROCESSES


def test_a_program_that_cannot_be_had_says_why(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def refuse() -> Path:
        raise OSError("the index is away")

    monkeypatch.setattr(tools, "TOOLS", tmp_path)
    with pytest.raises(tools.ToolMissingError, match=r"no-such-program .*the index is away"):
        tools._find("no-such-program", refuse)
