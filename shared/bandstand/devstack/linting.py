"""`make lint`: runs every check even if one fails, and lists the failed ones at the end."""

from __future__ import annotations

import os
import subprocess  # noqa: S404 # commands are lists of our own
import sys
from collections.abc import Mapping
from pathlib import Path

from bandstand.settings.workspace import ROOT

# The checks open no connections; these addresses only let the settings load.
_TEST = {
    "BANDSTAND_PROFILE": "test",
    "DATABASE_URL": "postgresql://localhost/lint",
    "REDIS_URL": "redis://localhost:1/0",
}
_PRODUCTION = {
    **_TEST,
    "BANDSTAND_PROFILE": "production",
    "SECRET_KEY": "only-for-checking-settings-" + "x7Kq2mW9" * 6,
    "BANDSTAND_PUBLIC_URL": "https://bands.example.org",
    "EMAIL_URL": "smtp+tls://user:password@localhost:587",
    "BANDSTAND_STATIC_ROOT": str(ROOT / "staticfiles"),
}


def checks() -> dict[str, tuple[list[str], Mapping[str, str]]]:
    """Return the checks by name: a command and the environment it needs."""
    tools = Path(sys.executable).parent
    manage = [sys.executable, "manage.py"]
    templates = sorted(map(str, ROOT.glob("services/web/bandstand_web/*/templates")))
    deploy = ["check", "--deploy", "--fail-level", "WARNING"]
    return {
        "ruff": ([str(tools / "ruff"), "check", "."], {}),
        "licences": ([sys.executable, "scripts/sbom.py", "--check"], {}),
        "format": ([str(tools / "ruff"), "format", "--check", "."], {}),
        "types": ([str(tools / "mypy")], _TEST),
        "layers": ([str(tools / "lint-imports")], _TEST),
        "templates": ([str(tools / "djlint"), *templates, "--lint", "--quiet"], {}),
        "migrations": ([*manage, "makemigrations", "--check", "--dry-run"], _TEST),
        "old code": ([sys.executable, "-m", "bandstand.devstack.migration_rules"], _TEST),
        "production": ([*manage, *deploy], _PRODUCTION),
    }


def lint() -> int:
    """Run all checks and return 1 when one failed."""
    failed = []
    for name, (command, extra) in checks().items():
        done = subprocess.run(  # noqa: S603 # a list of our own, no shell
            command, cwd=ROOT, env={**os.environ, **extra}, capture_output=True, text=True, check=False
        )
        sys.stdout.write(f"{'ok' if done.returncode == 0 else 'FAILED':<8}{name}\n")
        if done.returncode:
            failed.append(name)
            sys.stdout.write(done.stdout + done.stderr)
    sys.stdout.write(f"{len(failed)} of {len(checks())} checks failed: {', '.join(failed)}\n" if failed else "clean\n")
    return 1 if failed else 0
