"""`make run`: the whole product on one machine. Which parts there are, what comes before them, where they answer."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import http.client
import os
import signal
import socket
import subprocess  # noqa: S404 # commands are lists of our own
import sys
import time
from collections.abc import Mapping
from urllib.parse import urlsplit

from bandstand.devstack.processes import StackError, die_with_parent
from bandstand.devstack.stack import DATABASE, Stack
from bandstand.devstack.supervisor import Interruption, ProcessPart, Supervisor
from bandstand.settings.workspace import ROOT

NAME = os.environ.get("BANDSTAND_STACK", "run")  # several products side by side have a name each
LOOPBACK = "127.0.0.1"
DEFAULT_PORT = 8000
HIGHEST_PORT = 65535


def parts(port: int) -> list[ProcessPart]:
    """Return what runs beside the servers; `port` is web's."""
    python = sys.executable
    return [
        ProcessPart(
            "web",
            (
                *(python, "-m", "granian", "--interface", "asginl", "bandstand_web.asgi:application"),
                *("--host", LOOPBACK, "--port", str(port), "--workers", "1", "--http", "1", "--no-ws"),
                *("--http1-buffer-size", "65536", "--log-level", "warning"),
            ),
        ),
        ProcessPart("worker", (python, "-m", "bandstand_worker")),
        ProcessPart("dispatcher", (python, "-m", "bandstand_worker", "dispatch")),
    ]


def run() -> int:
    """Start everything, print the addresses, return the exit code once all has stopped."""
    interruption = Interruption()
    interruption.catch()
    if "MAKELEVEL" in os.environ:
        die_with_parent(signal.SIGTERM)()  # a killed `make run` takes the product along
    try:
        port = chosen_port()
        require_free(port)
        with Stack(NAME) as stack:
            return _run_parts(stack, port, Supervisor(interruption))
    except StackError as problem:
        sys.stderr.write(f"{problem}\n")
        return 1
    except KeyboardInterrupt:
        return 0


def _run_parts(stack: Stack, port: int, supervisor: Supervisor) -> int:
    try:
        stack.ensure_database()
        environment = {**stack.environment(), **development(port)}
        _prepare(stack, supervisor, environment)
        supervisor.start(parts(port), environment)
        for server in (stack.postgres, stack.valkey):
            if server and server.process:
                supervisor.watch(type(server).__name__.lower(), server.process)
        supervisor.wait_until(lambda: _answers(port), "The web service", seconds=60)
        for line in _addresses(environment["BANDSTAND_PUBLIC_URL"]):
            supervisor.say(line)
        ended = supervisor.wait()
        supervisor.say(f"{ended} ended, so everything stops. Its last lines above say why.")
    except KeyboardInterrupt:
        supervisor.say("stopping …")
        return 0
    else:
        return 1
    finally:
        supervisor.stop()


def chosen_port() -> int:
    """Return the port that web listens on: BANDSTAND_PORT, else that of BANDSTAND_PUBLIC_URL, else 8000."""
    named = os.environ.get("BANDSTAND_PORT", "")
    if not named:
        return urlsplit(os.environ.get("BANDSTAND_PUBLIC_URL", "")).port or DEFAULT_PORT
    if not named.isdecimal() or not 0 < int(named) <= HIGHEST_PORT:
        raise StackError(f"BANDSTAND_PORT is {named!r}; give a number from 1 to {HIGHEST_PORT}.")
    return int(named)


def require_free(port: int) -> None:
    """Raise StackError, in one sentence that names the setting, when web could not listen on `port`."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError as problem:
            why = "is taken: stop what uses it" if problem.errno == errno.EADDRINUSE else "can't be used"
            raise StackError(f"Port {port} {why}, or set BANDSTAND_PORT to another one.") from None


def development(port: int) -> dict[str, str]:
    """Return what development sets where the environment doesn't."""
    defaults = {
        "BANDSTAND_PUBLIC_URL": f"http://bandstand.localhost:{port}",
        "EMAIL_URL": "bandstand.devstack.mailbox.EmailBackend",
        "BANDSTAND_WORKER_GRACE_SECONDS": "4",  # Ctrl-C shouldn't wait for long jobs: they are handed back
    }
    return {name: os.environ.get(name) or default for name, default in defaults.items()}


def _prepare(stack: Stack, supervisor: Supervisor, environment: Mapping[str, str]) -> None:
    """Migrate and fill the demo portal, unless the embedded database remembers that this very code did so."""
    current = code_digest()
    if stack.postgres and stack.postgres.remembered(DATABASE) == current:
        return
    # The role that owns `public` migrates; the parts run as one that may do less.
    owner = {"DATABASE_URL": environment["MIGRATION_DATABASE_URL"], "BANDSTAND_DATABASE_POOLER": "off"}
    _command(supervisor, environment, "migrate", **owner)
    _command(supervisor, environment, "demo", "--if-missing")
    if stack.postgres:
        stack.postgres.remember(DATABASE, current)


def _command(supervisor: Supervisor, environment: Mapping[str, str], *command: str, **more: str) -> None:
    supervisor.say(f"{command[0]} …")
    began = time.monotonic()
    done = subprocess.run(  # noqa: S603 # a list of our own, no shell
        [sys.executable, str(ROOT / "manage.py"), *command],
        env={**os.environ, **environment, **more},
        capture_output=True,
        text=True,
        check=False,
        start_new_session=True,  # Ctrl-C reaches it through us, once
        preexec_fn=die_with_parent(signal.SIGTERM),  # no threads run yet
    )
    if done.returncode:
        raise StackError(f"{command[0]} failed:\n{done.stdout}{done.stderr}")
    supervisor.say(f"{command[0]} took {time.monotonic() - began:.1f} s")


def code_digest() -> str:
    """Return what identifies all code that migrating depends on, and much that it doesn't: rather once too often."""
    text = hashlib.sha256((ROOT / "uv.lock").read_bytes())
    for path in sorted((ROOT / "shared" / "bandstand").rglob("*.py")):
        text.update(path.read_bytes())
    return text.hexdigest()


def _answers(port: int) -> bool:
    asking = http.client.HTTPConnection(LOOPBACK, port, timeout=5)
    with contextlib.closing(asking), contextlib.suppress(OSError, http.client.HTTPException):
        asking.request("GET", "/readyz")
        return asking.getresponse().status == http.HTTPStatus.OK
    return False


def _addresses(public: str) -> list[str]:
    demo = public.replace("://", "://demo.", 1)
    return [
        "",
        f"Bandstand    {public}",
        f"Demo portal  {demo}   (log in as an owner: demo@example.org / demo-demo-demo)",
        f"Mailbox      {public}/mailbox/",
        "Stop with Ctrl-C.",
        "",
    ]
