"""One machine on which compose.yaml runs, by the commands that docs/one-machine.md tells people to type."""

from __future__ import annotations

import json
import shutil
import ssl
import subprocess
from dataclasses import dataclass
from http.client import HTTPSConnection
from pathlib import Path
from typing import Any

from bandstand.devstack.processes import free_port
from deploy.images import engine
from tests.deploy.rendering import ROOT

HOST, MEDIA_HOST = "bandstand.localhost", "bandstand-files.localhost"
PATIENCE = 600  # seconds: on a busy machine
# Of compose.yaml, only the ports differ: another installation may have the usual ones.
PORTS = """\
services:
  caddy: {{ports: !override ["127.0.0.1:{https}:443"]}}
  mail: {{ports: !override ["127.0.0.1:{mailbox}:8025"]}}
"""


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    code: int
    text: str


class Machine:
    """A checkout with its containers, networks and volumes. `backups` is a folder on a disk that outlives it."""

    def __init__(self, folder: Path, name: str, version: str, backups: Path) -> None:
        self.folder = folder / name
        self.https, self.mailbox = free_port(), free_port()
        self.name = f"bandstand-test-{name}-{self.https}"  # never what a run left that was killed
        shutil.copytree(ROOT / "deploy" / "compose", self.folder / "deploy" / "compose")
        shutil.copy(ROOT / "compose.yaml", self.folder)
        (self.folder / "compose.override.yaml").write_text(PORTS.format(https=self.https, mailbox=self.mailbox))
        self._settings = {"BACKUP_FOLDER": str(backups)}
        self.set(BANDSTAND_VERSION=version)

    def set(self, **settings: str) -> None:
        """Write .env."""
        self._settings |= settings
        (self.folder / ".env").write_text("".join(f"{name}={value}\n" for name, value in self._settings.items()))

    def compose(self, *words: str, text: str = "") -> Done:
        """Run `docker compose` in the folder, with `text` as what is typed."""
        command = [*engine(), "compose", "--project-name", self.name, *words]
        done = subprocess.run(
            command, cwd=self.folder, input=text, capture_output=True, text=True, check=False, timeout=PATIENCE
        )
        return Done(done.returncode, done.stdout + done.stderr)

    def ok(self, *words: str, text: str = "") -> str:
        """Return what the command printed. Raises AssertionError, with that and the last lines of logs."""
        done = self.compose(*words, text=text)
        assert done.code == 0, f"{' '.join(words)}:\n{done.text}\n{self.compose('logs', '--tail=30').text}"
        return done.text

    def run(self, *words: str, text: str = "") -> str:
        """Return what a container of its own printed that `docker compose run --rm` starts; see `ok`."""
        return self.ok("run", "--rm", "--no-TTY", *words, text=text)

    def containers(self) -> dict[str, dict[str, Any]]:
        """Return what the engine knows of each service's container, also of those that have ended."""
        ids = self.ok("ps", "--all", "--quiet").split()
        shown = subprocess.run([*engine(), "inspect", *ids], capture_output=True, text=True, check=True)
        return {each["Config"]["Labels"]["com.docker.compose.service"]: each for each in json.loads(shown.stdout)}

    def get(self, host: str, path: str = "/") -> tuple[int, str]:
        """Return status and text of a page, with the certificate of Caddy's own authority checked."""
        root = self.folder / "root.crt"
        if not root.exists():
            self.ok("cp", "caddy:/data/caddy/pki/authorities/local/root.crt", str(root))
        connection = _Named("127.0.0.1", self.https, timeout=60, context=ssl.create_default_context(cafile=str(root)))
        connection.name = host
        try:
            connection.request("GET", path, headers={"Host": host})
            answer = connection.getresponse()
            return answer.status, answer.read().decode(errors="replace")
        finally:
            connection.close()

    def remove(self) -> None:
        """Leave nothing behind."""
        self.compose("--profile", "by-hand", "down", "--volumes", "--remove-orphans", "--timeout", "5")


class _Named(HTTPSConnection):
    """Asks for, and checks, the certificate of `name`, wherever it connects to."""

    name = ""

    def connect(self) -> None:
        super(HTTPSConnection, self).connect()
        context: ssl.SSLContext = self._context  # type: ignore[attr-defined]
        self.sock = context.wrap_socket(self.sock, server_hostname=self.name)
