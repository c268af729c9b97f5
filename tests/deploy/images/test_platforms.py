"""Which platforms are built, and what the index lists. The script runs whole; its engine notes what it is asked."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

from tests.deploy.rendering import ROOT

HERE = "amd64" if platform.machine() in {"x86_64", "amd64"} else "arm64"
OTHER = {"amd64": "arm64", "arm64": "amd64"}[HERE]
BOTH = "linux/amd64,linux/arm64"
DIGEST = "sha256:" + "1" * 64

# Answers as the real ones do: an image of the builder's own platform is local, others are pulled.
ENGINE = r"""#!/bin/sh
echo "$(basename "$0") $*" >> "$CALLS"
case "$*" in
  *"buildx imagetools inspect --format"*) echo "$DIGEST" ;;
  *"buildx imagetools inspect "*|*"pull --quiet docker://"*)
    for last; do :; done
    grep -qxF "${last#docker://}" "$PUSHED" ;;
  *"buildx inspect"*) printf 'Name: default\nPlatforms: %s\n' "$EMULATED" ;;
  *"image inspect --format {{.Architecture}}"*) cat "$LOCAL" ;;
  *"image inspect --format"*) echo "docker.io/library/python@sha256:$(cat "$LOCAL")" ;;
  *"pull --quiet --platform"*) case "$*" in *arm64*) echo arm64 ;; *) echo amd64 ;; esac > "$LOCAL" ;;
  *"manifest push"*)
    for word; do case "$word" in --digestfile=*) printf %s "$DIGEST" > "${word#--digestfile=}" ;; esac; done ;;
  push*) echo "$2" >> "$PUSHED" ;;
esac
"""


class Engine:
    """Docker, or podman with buildah, of one machine."""

    def __init__(self, folder: Path, name: str, emulated: str = "") -> None:
        self.calls, self.pushed, self.local = folder / "calls", folder / "pushed", folder / "local"
        self.pushed.touch()
        self.local.write_text(HERE)
        for program in (name, "buildah"):
            (folder / program).write_text(ENGINE)
            (folder / program).chmod(0o755)
        self.environment = {
            **os.environ,
            "PATH": f"{folder}:{os.environ['PATH']}",
            "BANDSTAND_CONTAINER_ENGINE": str(folder / name),
            "CALLS": str(self.calls),
            "PUSHED": str(self.pushed),
            "LOCAL": str(self.local),
            "EMULATED": emulated,
            "DIGEST": DIGEST,
        }

    def build(self, *words: str) -> subprocess.CompletedProcess[str]:
        script = [sys.executable, "deploy/images.py", "--registry", "registry.example.org/b", "--tag", "1.0.0", *words]
        return subprocess.run(script, cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False)

    def asked(self, words: str) -> list[str]:
        """Return the calls with `words` in them."""
        return [call for call in self.calls.read_text().splitlines() if words in call]


def test_by_default_it_builds_for_the_machine_it_runs_on(tmp_path: Path) -> None:
    docker = Engine(tmp_path, "docker", emulated=BOTH)
    assert docker.build("--push").returncode == 0
    assert [f"--platform linux/{HERE}" in call for call in docker.asked("docker build ")] == [True, True]
    assert docker.pushed.read_text().split() == [f"registry.example.org/b/{name}:1.0.0" for name in ("web", "worker")]
    assert docker.asked("imagetools") == []


def test_both_are_built_where_an_emulator_is_and_joined(tmp_path: Path) -> None:
    docker = Engine(tmp_path, "docker", emulated="linux/amd64, linux/amd64/v2, linux/arm64")
    done = docker.build("--platforms", BOTH, "--push")
    assert done.returncode == 0, done.stderr
    web = "registry.example.org/b/web:1.0.0"
    assert docker.asked(f"create --tag {web} ") == [
        f"docker buildx imagetools create --tag {web} {web}-amd64 {web}-arm64"
    ]
    assert f"pushed {web}@{DIGEST} for linux/amd64, linux/arm64" in done.stdout


def test_each_platform_is_built_on_a_base_of_its_own(tmp_path: Path) -> None:
    docker = Engine(tmp_path, "docker", emulated=BOTH.replace(",", ", "))
    assert docker.build("--platforms", BOTH).returncode == 0
    for architecture in ("amd64", "arm64"):
        built = docker.asked(f"docker build --platform linux/{architecture} ")
        assert len(built) == 2
        assert all(f"BASE=docker.io/library/python@sha256:{architecture}" in call for call in built)


def test_without_an_emulator_the_index_lists_what_was_built_and_says_what_lacks(tmp_path: Path) -> None:
    machine = Engine(tmp_path, "docker", emulated=f"linux/{HERE}")
    done = machine.build("--platforms", BOTH, "--push")
    assert done.returncode == 0, done.stderr
    assert machine.asked(f"--platform linux/{OTHER}") == []
    assert f"@{DIGEST} for linux/{HERE}\n" in done.stdout
    assert f"web:1.0.0 lacks linux/{OTHER}" in done.stdout


@pytest.mark.parametrize("engine", ["docker", "podman"])
def test_the_second_machine_joins_what_the_first_pushed(tmp_path: Path, engine: str) -> None:
    machine = Engine(tmp_path, engine, emulated=f"linux/{HERE}")
    web, worker = (f"registry.example.org/b/{name}:1.0.0-{OTHER}" for name in ("web", "worker"))
    machine.pushed.write_text(f"{web}\n{worker}\n")
    done = machine.build("--platforms", BOTH, "--push")
    assert done.returncode == 0, done.stderr
    listed = [line.split(" for ")[1] for line in done.stdout.splitlines() if f"@{DIGEST} for " in line]
    assert [set(line.split(", ")) for line in listed] == [set(BOTH.split(","))] * 2
    assert "lacks" not in done.stdout
    joined = machine.asked("manifest add" if engine == "podman" else "imagetools create")
    assert any(web in call for call in joined)


def test_it_says_what_to_do_where_nothing_can_be_built(tmp_path: Path) -> None:
    docker = Engine(tmp_path, "docker", emulated=f"linux/{HERE}")
    done = docker.build("--platforms", f"linux/{OTHER}")
    assert done.returncode == 1
    assert done.stderr == f"this machine neither is nor emulates linux/{OTHER}: install qemu-user-static\n"
    assert docker.asked("build ") == []


def test_it_refuses_a_platform_that_has_no_images(tmp_path: Path) -> None:
    done = Engine(tmp_path, "docker").build("--platforms", "linux/riscv64")
    assert done.returncode == 2
    assert "linux/riscv64: there are images for linux/amd64 and linux/arm64" in done.stderr
