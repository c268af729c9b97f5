"""Parts start together and end together, however one of them or their parent ends."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator

import pytest

from tests.shared.devstack.family import Program, all_gone, descendants
from tests.waiting import wait_until

STEADY = "import os, time; print('steady', os.getpid(), flush=True); time.sleep(600)"
# Its child holds the output open, as a server's own workers do.
BROOD = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {STEADY!r}])"
STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {STEADY}"
# Ends long before all that it said has been passed on.
WORDY = "print('word\\n' * 500 + 'goodbye', flush=True)"

SUPERVISE = """
import sys
from bandstand.devstack.processes import StackError
from bandstand.devstack.supervisor import Interruption, ProcessPart, Supervisor

interruption = Interruption()
interruption.catch()
supervisor = Supervisor(interruption)
parts = [ProcessPart(f"part{number}", (sys.executable, "-c", code)) for number, code in enumerate(sys.argv[1:])]
try:
    supervisor.start(parts, {})
    supervisor.say("all started")
    supervisor.say(f"{supervisor.wait()} ended")
    code = 1
except KeyboardInterrupt:
    code = 0
finally:
    supervisor.say("stopping")
    supervisor.stop(seconds=20)
sys.exit(code)
"""

Supervise = Callable[..., Program]


@pytest.fixture
def supervise() -> Iterator[Supervise]:
    """Start a supervisor of parts with the given code, and wait until each has said its number."""
    programs: list[Program] = []

    def start(*codes: str) -> Program:
        program = Program("-c", SUPERVISE, *codes, environment={})
        programs.append(program)
        for _code in codes:
            program.line("steady")
        return program

    yield start
    for program in programs:
        program.process.kill()
        program.process.wait()


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda sign: sign.name)
def test_it_ends_everything_when_asked_to(supervise: Supervise, sign: signal.Signals) -> None:
    program = supervise(STEADY, BROOD)
    family = descendants(program.process.pid)

    assert program.end(sign) == 0

    assert len(family) == 3
    assert all_gone(family)


@pytest.mark.parametrize("part", [0, 1])
def test_it_ends_everything_when_a_part_is_killed(supervise: Supervise, part: int) -> None:
    program = supervise(STEADY, BROOD)
    family = descendants(program.process.pid)
    leaders = [number for number, command in family.items() if ("subprocess" in command) == bool(part)]

    Program("-c", f"import os; os.kill({leaders[0]}, 9)", environment={})

    assert program.process.wait(20) == 1
    assert f"part{part} ended" in program.said
    assert all_gone(family)


def test_it_leaves_no_part_behind_when_it_is_killed(supervise: Supervise) -> None:
    program = supervise(STEADY, STEADY)
    family = descendants(program.process.pid)

    program.end(signal.SIGKILL)

    wait_until(lambda: all_gone(family), "all parts end")


def test_it_stops_waiting_when_asked_twice(supervise: Supervise) -> None:
    program = supervise(STUBBORN)
    family = descendants(program.process.pid)

    program.process.send_signal(signal.SIGINT)
    program.line("stopping")
    assert program.end(signal.SIGINT, seconds=10) == 0

    assert all_gone(family)


def test_it_puts_names_in_front_of_lines_and_tells_of_an_end_after_the_last(supervise: Supervise) -> None:
    program = Program("-c", SUPERVISE, WORDY, environment={})

    assert program.line("goodbye") == "part0     | goodbye\n"
    assert program.line("ended") == "bandstand | part0 ended\n"
    assert program.process.wait(20) == 1
