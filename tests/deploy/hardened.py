"""Containers as the chart runs them: read-only root, no capabilities or new privileges, bounded memory."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from deploy.images import engine

HARDENED = (
    "--read-only",
    "--tmpfs=/tmp:rw,noexec,nosuid,nodev,size=128m",
    "--cap-drop=ALL",
    "--security-opt=no-new-privileges",
    "--pids-limit=200",
    "--memory=768m",
    "--ulimit=nofile=16384:16384",
    "--ulimit=nproc=4096:4096",
    "--network=host",
)


@dataclass
class Place:
    """What the containers of one installation share."""

    secrets: Path
    media: Path
    variables: dict[str, str]
    containers: list[Container] = field(default_factory=list)

    def run(self, name: str, image: str, *arguments: str, command: str = "", **variables: str) -> Container:
        """Start a container in the background; `command` takes the entry point's place."""
        words = [*engine(), "run", "--detach", f"--name=bandstand-test-{name}", *HARDENED]
        words += ["--read-only-tmpfs=false"] if "podman" in words[0] else []
        words += [
            f"--volume={self.secrets}:/run/secrets/bandstand:ro",
            f"--volume={self.media}:/var/lib/bandstand/media",
        ]
        words += [f"--env={key}={value}" for key, value in {**self.variables, **variables}.items()]
        words += [f"--entrypoint={command}"] if command else []
        subprocess.run([*words, image, *arguments], check=True, capture_output=True)
        container = Container(f"bandstand-test-{name}")
        self.containers.append(container)
        return container

    def remove_all(self) -> None:
        """Leave nothing behind."""
        for container in self.containers:
            container.ask("rm", "--force", container.name)


@dataclass(frozen=True)
class Container:
    """One that was started."""

    name: str

    def ask(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Return what the engine answers."""
        return subprocess.run([*engine(), *words], capture_output=True, text=True, check=False)

    def execute(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a program inside."""
        return self.ask("exec", self.name, *words)

    def wait(self) -> int:
        """Return the exit code once it has ended."""
        return int(self.ask("wait", self.name).stdout.strip() or -1)

    def stop(self, seconds: int) -> int:
        """Send SIGTERM and return the exit code; SIGKILL after `seconds` makes it 137."""
        self.ask("stop", f"--time={seconds}", self.name)
        return int(self.ask("inspect", "--format={{.State.ExitCode}}", self.name).stdout)

    def log(self) -> str:
        """Return all it said."""
        done = self.ask("logs", self.name)
        return done.stdout + done.stderr

    def changed_files(self) -> list[str]:
        """Return what differs from the image, save what the engine itself puts there."""
        mounted = ("/etc", "/run", "/tmp", "/var", "/proc", "/sys", "/dev")  # noqa: S108 - theirs
        own = {*mounted, "/etc/hosts", "/etc/hostname", "/etc/resolv.conf", "/etc/mtab"}
        own |= {"/run/secrets", "/run/secrets/bandstand", "/run/.containerenv", "/.dockerenv"}
        lines = self.ask("diff", self.name).stdout.splitlines()
        return [line for line in lines if line.split(" ", 1)[1] not in own]


def image_facts(image: str) -> dict[str, object]:
    """Return what the engine knows of an image."""
    done = subprocess.run([*engine(), "image", "inspect", image], capture_output=True, text=True, check=True)
    facts: dict[str, object] = json.loads(done.stdout)[0]
    return facts
