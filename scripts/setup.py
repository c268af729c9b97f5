"""Set the project up from a bare Python: a virtual environment, uv in it, the locked packages, compiled translations.

Does nothing, quickly, when nothing changed. Needs no package beyond the standard library.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
STAMP = VENV / "bandstand-setup"
MINIMUM = (3, 11)


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
        venv.create(VENV, with_pip=True)
    # --inexact: uv itself is no part of the lock file and must stay.
    run(find_uv(python), "sync", "--quiet", "--locked", "--inexact", "--python", python)
    compile_translations(python)
    STAMP.write_text(state)
    return 0


def find_uv(python: Path) -> Path:
    """Return the uv of the environment, else the machine's own, else one that pip installs into the environment."""
    inside = VENV / "bin" / "uv"
    if not inside.exists():
        if own := shutil.which("uv"):
            return Path(own)
        run(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "uv>=0.9,<1")
    return inside


def fingerprint() -> str:
    """Return what identifies all inputs of the set-up."""
    digest = hashlib.sha256(sys.version.encode())
    inputs = [ROOT / "uv.lock", *ROOT.glob("**/pyproject.toml"), *translations(), Path(__file__)]
    for path in sorted(inputs):
        if VENV not in path.parents:
            digest.update(path.read_bytes())
    return digest.hexdigest()


def translations() -> list[Path]:
    """Return the catalogues of translated texts."""
    return sorted([*ROOT.glob("shared/**/*.po"), *ROOT.glob("services/**/*.po")])


def compile_translations(python: Path) -> None:
    """Make the binary catalogues that Django reads, by Babel: GNU gettext need not be installed."""
    for source in translations():
        target = source.with_suffix(".mo")
        run(python.parent / "pybabel", "-q", "compile", "-i", source, "-o", target)


def run(*command: str | Path) -> None:
    """Run a step; its own words explain a failure."""
    environment = {**os.environ, "VIRTUAL_ENV": str(VENV), "UV_PROJECT_ENVIRONMENT": str(VENV)}
    done = subprocess.run([str(part) for part in command], env=environment, cwd=ROOT, check=False)  # noqa: S603
    if done.returncode:
        sys.exit(f"set-up failed at: {' '.join(str(part) for part in command)}")


if __name__ == "__main__":
    sys.exit(main())
