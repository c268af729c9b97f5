"""A child process on foreign bytes: whatever it does, it costs itself alone and ends in a sentence."""

from __future__ import annotations

import os
import resource
from collections.abc import Callable
from pathlib import Path
from time import monotonic

import pytest

from bandstand_worker.confining import ConfinedError, CrashedError, Limits, TooHeavyError, confined
from bandstand_worker.run import JobCancelled

LIMITS = Limits(memory=256 * 1024 * 1024, cpu_seconds=2, seconds=4, file_bytes=100_000)
Run = Callable[..., bytes]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Return a function that runs a body of `main` confined and returns what it printed."""
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))

    def call(body: str, *arguments: str, limits: Limits = LIMITS, step: Callable[[], None] = lambda: None) -> bytes:
        lines = "\n    ".join(body.splitlines())
        (tmp_path / "tried_program.py").write_text(f"import os, sys\n\ndef main(arguments):\n    {lines}\n")
        with confined("tried_program", arguments, limits=limits, step=step) as printed:
            return printed.read()

    return call


def test_it_gives_what_the_program_printed(run: Run) -> None:
    assert run("print(*arguments)", "one", "two words") == b"one two words\n"


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ("x = bytes(10**9)", TooHeavyError),
        ("x = []\nwhile True: x.append(object())", TooHeavyError),
        ("while True: pass", TooHeavyError),
        ("print('x' * 1_000_000)", TooHeavyError),
        ("open(arguments[0], 'wb').write(b'x' * 1_000_000)", TooHeavyError),
        ("os.abort()", TooHeavyError),  # what Rust's readers do without memory
        ("os.kill(os.getpid(), 9)", TooHeavyError),  # what the kernel does without memory
        ("os.kill(os.getpid(), 11)", CrashedError),
        ("raise KeyError('secret of the file')", CrashedError),
        ("sys.exit(3)", CrashedError),
        ("import no_such_module", CrashedError),
    ],
)
def test_whatever_ends_it_becomes_a_sentence(
    run: Run, body: str, error: type[ConfinedError], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(error) as raised:
        run(body, str(tmp_path / "written"))

    assert str(raised.value).endswith(".")
    assert "secret of the file" not in capsys.readouterr().out


def test_it_ends_by_the_clock(run: Run) -> None:
    began = monotonic()

    with pytest.raises(TooHeavyError):
        run("import time; time.sleep(60)", limits=Limits(memory=2**28, cpu_seconds=9, seconds=1, file_bytes=1))

    assert monotonic() - began < 30  # not when the sleep is over


def test_it_ends_with_the_job_that_wanted_it(run: Run, tmp_path: Path) -> None:
    mark = tmp_path / "mark"

    def step() -> None:
        if mark.exists():
            raise JobCancelled

    with pytest.raises(JobCancelled):
        run(f"open({str(mark)!r}, 'w').write(str(os.getpid())); import time; time.sleep(60)", step=step)

    with pytest.raises(ProcessLookupError):
        os.kill(int(mark.read_text()), 0)


def test_it_knows_no_secrets_and_reaches_no_database(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://secret")

    printed = run("print(sorted(os.environ), [n for n in sys.modules if n.startswith(('django', 'psycopg'))])").decode()

    assert "DATABASE_URL" not in printed
    assert "DJANGO" not in printed
    assert printed.rstrip().endswith("[]")


def test_each_limit_is_set(run: Run) -> None:
    printed = run(
        "import resource\n"
        "names = ['AS', 'CPU', 'FSIZE', 'CORE', 'NPROC']\n"
        "print(*(resource.getrlimit(getattr(resource, 'RLIMIT_' + name))[1] for name in names))"
    )

    assert printed.split() == [b"268435456", b"2", b"100000", b"0", b"0"]
    assert resource.getrlimit(resource.RLIMIT_AS)[1] != LIMITS.memory  # ours is as it was
