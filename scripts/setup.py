"""Set the project up from a bare Python: a virtual environment, uv in it, the locked packages, compiled translations.

Does nothing, quickly, when nothing changed. Needs no package beyond the standard library and pip.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import subprocess  # nosec B404 # commands are lists of our own
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
STAMP = VENV / "bandstand-setup"
MINIMUM = (3, 11)
MEMBERS = ("shared", "services/web", "services/worker")


def main() -> int:
    """Run the steps that are due and return an exit code."""
    if sys.version_info < MINIMUM:
        sys.stderr.write("Bandstand needs Python 3.11 or newer. Name it: make PYTHON=python3.12 …\n")
        return 1
    state = fingerprint()
    if STAMP.exists() and STAMP.read_text() == state:
        return 0
    python = VENV / "bin" / "python"
    if not python.exists():
        say("making .venv …")
        venv.create(VENV)
    uv = VENV / "bin" / "uv"
    if not uv.exists():
        install_uv(python)
    say("installing what uv.lock names …")
    # --inexact: uv itself is no part of the lock file and must stay.
    # Python compiles what it imports and keeps that, unless it was told not to; then it is done here, once.
    compiling = ["--compile-bytecode"] if sys.dont_write_bytecode else []
    run(uv, "sync", "--quiet", "--locked", "--inexact", *compiling, "--python", python)
    compile_translations(python)
    STAMP.write_text(state)
    say("the project is set up")
    return 0


def fingerprint() -> str:
    """Return what identifies all inputs of the set-up."""
    digest = hashlib.sha256(f"{sys.version} {VENV}".encode())
    projects = [ROOT / member / "pyproject.toml" for member in (".", *MEMBERS)]
    for path in [ROOT / "uv.lock", *projects, *translations(), Path(__file__)]:
        digest.update(path.read_bytes())
    return digest.hexdigest()


def install_uv(python: Path) -> None:
    """Put uv into the environment by the pip of the Python that runs this, or by one that Python brings along."""
    pip: tuple[str | Path, ...] = (sys.executable, "-m", "pip", "--python", python)
    if importlib.util.find_spec("pip") is None:
        if importlib.util.find_spec("ensurepip") is None:
            sys.exit("Neither pip nor ensurepip is there. Install pip (Debian: apt-get install python3-pip).")
        run(python, "-m", "ensurepip")
        pip = (python, "-m", "pip")
    run(*pip, "install", "--quiet", "--disable-pip-version-check", "uv>=0.9,<1")


def translations() -> list[Path]:
    """Return the catalogues of translated texts."""
    return sorted(path for member in MEMBERS for path in (ROOT / member).glob("*/**/locale/*/LC_MESSAGES/*.po"))


def compile_translations(python: Path) -> None:
    """Make the binary catalogues that Django reads, by Babel: GNU gettext need not be installed."""
    for source in translations():
        run(python.parent / "pybabel", "-q", "compile", "-i", source, "-o", source.with_suffix(".mo"))


def say(words: str) -> None:
    """Tell what goes on, because the first time takes a while."""
    sys.stdout.write(f"set-up: {words}\n")
    sys.stdout.flush()


def run(*command: str | Path) -> None:
    """Run a step; its own words explain a failure."""
    environment = {**os.environ, "VIRTUAL_ENV": str(VENV), "UV_PROJECT_ENVIRONMENT": str(VENV)}
    done = subprocess.run([str(part) for part in command], env=environment, cwd=ROOT, check=False)  # noqa: S603 # nosec B603 # a list of our own, no shell
    if done.returncode:
        sys.exit(f"set-up failed at: {' '.join(str(part) for part in command)}")


if __name__ == "__main__":
    sys.exit(main())
