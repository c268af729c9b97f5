"""`make run`: all parts of Bandstand as processes of one parent. When one ends, or the parent does, all end."""

from __future__ import annotations

import contextlib
import errno
import os
import queue
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from bandstand.devstack.processes import StackError, die_with_parent
from bandstand.devstack.stack import Stack
from bandstand.settings.environment import ROOT

DEFAULT_PORT = 8000
_COLOURS = ("36", "33", "35", "32", "34", "31")


@dataclass(frozen=True)
class Part:
    """One process of Bandstand."""

    name: str
    command: Sequence[str]


def parts(port: int) -> list[Part]:
    """Return what runs beside the servers; `port` is web's."""
    python = sys.executable
    worker = (python, "-m", "celery", "-A", "bandstand_worker.celery", "worker", "--loglevel", "INFO")
    return [
        Part(
            "web",
            (
                *(python, "-m", "granian", "--interface", "wsgi", "bandstand_web.wsgi:application"),
                *("--host", "127.0.0.1", "--port", str(port), "--workers", "1", "--blocking-threads", "4"),
                *("--log-level", "warning"),
            ),
        ),
        Part("worker", (*worker, "--concurrency", "2", "--queues", "interactive,default,bulk")),
    ]


class Supervisor:
    """Starts parts, prints their lines with their names in front, stops all of them together."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = {**os.environ, **environment, "PYTHONUNBUFFERED": "1"}
        self._running: dict[str, subprocess.Popen[str]] = {}
        self._ended: queue.Queue[str] = queue.Queue()
        self._colours = sys.stdout.isatty()
        self._width = 8

    def start(self, part: Part) -> None:
        """Start one part in a process group of its own."""
        process = subprocess.Popen(  # noqa: S603
            part.command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
            errors="replace",
            start_new_session=True,
            preexec_fn=die_with_parent(signal.SIGTERM),  # noqa: PLW1509
            env=self._environment,
            cwd=ROOT,
        )
        self._running[part.name] = process
        threading.Thread(target=self._relay, args=(part.name, process, len(self._running)), daemon=True).start()

    def watch(self, name: str, process: subprocess.Popen[bytes]) -> None:
        """Treat the end of a server like the end of a part."""

        def wait() -> None:
            process.wait()
            self._ended.put(name)

        threading.Thread(target=wait, daemon=True).start()

    def wait(self) -> str:
        """Return the name of the part that ended first. Raises KeyboardInterrupt on Ctrl-C and SIGTERM."""
        while True:
            with contextlib.suppress(queue.Empty):
                return self._ended.get(timeout=1)

    def stop(self, seconds: float = 12) -> None:
        """End all parts: politely at first, by SIGKILL after `seconds`."""
        for process in self._running.values():
            _signal_group(process, signal.SIGTERM)
        deadline = time.monotonic() + seconds
        for process in self._running.values():
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(max(0.1, deadline - time.monotonic()))
            # Also when the leader is gone: a child of its may have stayed.
            _signal_group(process, signal.SIGKILL)
            process.wait()

    def say(self, name: str, line: str, colour: str = "0") -> None:
        """Print one line with the part's name in front."""
        prefix = f"{name:<{self._width}}|"
        if self._colours:
            prefix = f"\033[{colour}m{prefix}\033[0m"
        sys.stdout.write(f"{prefix} {line}\n")
        sys.stdout.flush()

    def _relay(self, name: str, process: subprocess.Popen[str], number: int) -> None:
        for line in process.stdout or ():
            self.say(name, line.rstrip(), _COLOURS[number % len(_COLOURS)])
        process.wait()
        self._ended.put(name)


def run() -> int:
    """Start everything, print the addresses, return the exit code once all has stopped."""
    for name in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, _interrupt)
    port = chosen_port()
    try:
        _require_free(port)
        with Stack("run") as stack:
            return _run_parts(stack, port)
    except StackError as problem:
        sys.stderr.write(f"{problem}\n")
        return 1
    except KeyboardInterrupt:
        return 0


def _run_parts(stack: Stack, port: int) -> int:
    stack.ensure_database()
    environment = {**stack.environment(), **development(port)}
    supervisor = Supervisor(environment)
    try:
        _prepare(supervisor, environment)
        for server in (stack.postgres, stack.valkey):
            if server and server.process:
                supervisor.watch(type(server).__name__.lower(), server.process)
        for part in parts(port):
            supervisor.start(part)
        _wait_for_web(port)
        _print_addresses(supervisor, environment["BANDSTAND_PUBLIC_URL"])
        ended = supervisor.wait()
        supervisor.say("bandstand", f"{ended} ended, so everything stops. Its last lines above say why.")
    except KeyboardInterrupt:
        supervisor.say("bandstand", "stopping")
        return 0
    else:
        return 1
    finally:
        supervisor.stop()


def chosen_port() -> int:
    """Return the port that web listens on: BANDSTAND_PORT, else that of BANDSTAND_PUBLIC_URL, else 8000."""
    public = urlsplit(os.environ.get("BANDSTAND_PUBLIC_URL", ""))
    return int(os.environ.get("BANDSTAND_PORT", "") or public.port or DEFAULT_PORT)


def development(port: int) -> dict[str, str]:
    """Return what development sets where the environment doesn't: the public address and the mailbox."""
    public = os.environ.get("BANDSTAND_PUBLIC_URL") or f"http://bandstand.localhost:{port}"
    mail = os.environ.get("EMAIL_URL") or "bandstand.devstack.mailbox.EmailBackend"
    return {"BANDSTAND_PUBLIC_URL": public, "EMAIL_URL": mail}


def _prepare(supervisor: Supervisor, environment: Mapping[str, str]) -> None:
    """Migrate as the role that owns `public`, and fill the demo portal."""
    owner = {"DATABASE_URL": environment["MIGRATION_DATABASE_URL"]}
    for name, command, extra in (("migrate", ["migrate"], owner), ("demo", ["demo", "--if-missing"], {})):
        supervisor.say("bandstand", f"{name} …")
        done = subprocess.run(  # noqa: S603
            [sys.executable, str(ROOT / "manage.py"), *command],
            env={**os.environ, **environment, **extra},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise StackError(f"{name} failed:\n{done.stdout}{done.stderr}")


def _wait_for_web(port: int, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise StackError(f"The web service did not answer on port {port} within {seconds:.0f} s; its lines above say why.")


def _print_addresses(supervisor: Supervisor, public: str) -> None:
    demo = public.replace("://", "://demo.", 1)
    for line in (
        "",
        f"Bandstand    {public}",
        f"Demo portal  {demo}   (backstage: demo@example.org / demo-demo-demo)",
        f"Mailbox      {public}/mailbox/",
        "Stop with Ctrl-C.",
        "",
    ):
        supervisor.say("bandstand", line, "1")


def _require_free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as problem:
            if problem.errno != errno.EADDRINUSE:
                raise
            raise StackError(f"Port {port} is taken: stop what uses it, or set BANDSTAND_PORT.") from None


def _interrupt(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


def _signal_group(process: subprocess.Popen[str], sign: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, sign)
