"""Makes an installation's secrets at its first start; refuses to serve the internet with settings of a trial.

Run in a container of the worker's image without a network; compose.yaml says with which volumes. Each kind of reader
has a volume of its own, so that web can't read the password of the database's owner.

    docker compose run --rm --no-TTY prepare --show > keys.txt     what to keep in a safe place
    docker compose run --rm --no-TTY prepare --take < keys.txt     before the first start on another machine
"""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pyrage

KEYS = Path(os.environ.get("KEYS", "/keys"))
# Without these two a backup can't be read, or its secrets can't; all others are made anew on another machine.
KEPT = ("secret-key", "backup-key")
VALKEY = """\
requirepass {password}
appendonly yes
maxmemory 256mb
maxmemory-policy noeviction
"""
VALKEY_PAGES = """\
requirepass {password}
save ""
maxmemory 256mb
maxmemory-policy volatile-lru
"""


def main(arguments: list[str], environment: Mapping[str, str]) -> int:
    """Return the exit code: 0 if the product may start."""
    if arguments == ["--show"]:
        for name in KEPT:
            sys.stdout.write(f"{name}={(KEYS / 'bandstand' / name).read_text()}\n")
        return 0
    if arguments == ["--take"]:
        return take(sys.stdin.read())
    if arguments:
        say(str(__doc__))
        return 2
    problems = unfit(environment)
    for problem in problems:
        say(f"not started: {problem}")
    if not problems:
        make()
    return 1 if problems else 0


def unfit(environment: Mapping[str, str]) -> list[str]:
    """Return what an installation that the internet reaches still needs; nothing for a trial at localhost."""
    domain = environment.get("BANDSTAND_DOMAIN", "")
    if domain == "localhost" or domain.endswith(".localhost"):
        return []
    found = []
    if "." not in domain:
        found.append("BANDSTAND_DOMAIN in .env must be the platform's host, such as bands.example.org.")
    if environment.get("BANDSTAND_MEDIA_DOMAIN", "").endswith(".localhost"):
        found.append(
            "BANDSTAND_MEDIA_DOMAIN in .env must be a second domain for pictures, such as bands-files.example.net."
        )
    if environment.get("EMAIL_URL", "").startswith("smtp://mail:"):
        found.append("EMAIL_URL in .env must lead to your mail server: else no code arrives and nobody can sign up.")
    if environment.get("BANDSTAND_CERTIFICATES", "") not in {"public", "files"}:
        found.append("BANDSTAND_CERTIFICATES in .env must be public, or files if you bring a wildcard certificate.")
    return found


def make() -> None:
    """Write each secret that isn't there yet."""
    owner, runtime, valkey = (
        token(KEYS / folder / name)
        for folder, name in (
            ("postgres", "owner-password"),
            ("postgres", "runtime-password"),
            ("valkey", "password"),
        )
    )
    token(KEYS / "postgres" / "superuser-password")
    write(KEYS / "bandstand" / "secret-key", lambda: secrets.token_urlsafe(48))
    write(KEYS / "bandstand" / "backup-key", lambda: str(pyrage.x25519.Identity.generate()))
    # These are made of the passwords, so they follow when one was removed or lost.
    for path, content in (
        (KEYS / "bandstand" / "database-url", f"postgresql://bandstand:{runtime}@postgres:5432/bandstand"),
        (KEYS / "bandstand" / "redis-url", f"redis://:{valkey}@valkey:6379/0"),
        (KEYS / "bandstand" / "page-cache-url", f"redis://:{valkey}@valkey-pages:6379/0"),
        (KEYS / "owner" / "database-url", f"postgresql://bandstand_owner:{owner}@postgres:5432/bandstand"),
        (KEYS / "valkey" / "valkey.conf", VALKEY.format(password=valkey)),
        (KEYS / "valkey" / "valkey-pages.conf", VALKEY_PAGES.format(password=valkey)),
    ):
        if not path.exists() or path.read_text() != content:
            store(path, content)


def take(text: str) -> int:
    """Store the secrets that `--show` printed elsewhere; returns the exit code."""
    given = dict(line.split("=", 1) for line in text.splitlines() if "=" in line)
    if set(given) != set(KEPT):
        say(f"nothing taken: expected a line each for {' and '.join(KEPT)}, as --show prints them")
        return 1
    differing = [name for name in KEPT if write(KEYS / "bandstand" / name, given[name].strip) != given[name].strip()]
    for name in differing:
        say(f"{name} is there already, and differs: this installation has been started before")
    return 1 if differing else 0


def say(line: str) -> None:
    sys.stderr.write(f"{line}\n")


def token(path: Path) -> str:
    return write(path, lambda: secrets.token_urlsafe(32))


def write(path: Path, content: Callable[[], str]) -> str:
    """Return what the file holds, written now unless it is there."""
    if not path.exists():
        store(path, content())
    return path.read_text()


def store(path: Path, content: str) -> None:
    """Write the file whole or not at all. Readers are of other users, in other containers."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".unfinished")
    unfinished.unlink(missing_ok=True)  # one that was left can't be written to, without root's powers
    unfinished.write_text(content)
    unfinished.chmod(0o444)
    unfinished.rename(path)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
