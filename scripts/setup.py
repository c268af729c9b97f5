"""Set up the project from a bare Python: virtual environment, uv, locked packages, compiled translations.

Returns at once if nothing has changed. Needs only the standard library and pip.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import subprocess  # noqa: S404 # commands are lists of our own
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
    # --inexact: uv itself isn't in the lock file and must not be removed.
    # Python normally caches bytecode on import; where that is disabled, compile everything once here.
    compiling = ["--compile-bytecode"] if sys.dont_write_bytecode else []
    run(uv, "sync", "--quiet", "--locked", "--inexact", *compiling, "--python", python)
    compile_translations(python)
    STAMP.write_text(state)
    say("the project is set up")
    return 0


def fingerprint() -> str:
    """Return a hash of everything the set-up depends on."""
    digest = hashlib.sha256(f"{sys.version} {VENV}".encode())
    projects = [ROOT / member / "pyproject.toml" for member in (".", *MEMBERS)]
    for path in [ROOT / "uv.lock", *projects, *translations(), Path(__file__), ROOT / "scripts" / "mirroring.py"]:
        digest.update(path.read_bytes())
    return digest.hexdigest()


def install_uv(python: Path) -> None:
    """Install uv into the environment, using this Python's pip or the one that ensurepip provides."""
    pip: tuple[str | Path, ...] = (sys.executable, "-m", "pip", "--python", python)
    if importlib.util.find_spec("pip") is None:
        if importlib.util.find_spec("ensurepip") is None:
            sys.exit("Neither pip nor ensurepip is there. Install pip (Debian: apt-get install python3-pip).")
        run(python, "-m", "ensurepip")
        pip = (python, "-m", "pip")
    run(*pip, "install", "--quiet", "--disable-pip-version-check", "uv>=0.9,<1")


def translations() -> list[Path]:
    """Return the paths of all translation catalogues."""
    return sorted(path for member in MEMBERS for path in (ROOT / member).glob("*/**/locale/*/LC_MESSAGES/*.po"))


def compile_translations(python: Path) -> None:
    """Compile the catalogues with Babel, so that GNU gettext isn't required."""
    for source in translations():
        run(python.parent / "pybabel", "-q", "compile", "-i", source, "-o", source.with_suffix(".mo"))
    run(python, ROOT / "scripts" / "mirroring.py")


def say(words: str) -> None:
    """Report progress, because the first run takes a while."""
    sys.stdout.write(f"set-up: {words}\n")
    sys.stdout.flush()


def run(*command: str | Path) -> None:
    """Run a step; its own output explains a failure."""
    environment = {**os.environ, "VIRTUAL_ENV": str(VENV), "UV_PROJECT_ENVIRONMENT": str(VENV)}
    done = subprocess.run([str(part) for part in command], env=environment, cwd=ROOT, check=False)  # noqa: S603 # a list of our own, no shell
    if done.returncode:
        sys.exit(f"set-up failed at: {' '.join(str(part) for part in command)}")


if __name__ == "__main__":
    sys.exit(main())
