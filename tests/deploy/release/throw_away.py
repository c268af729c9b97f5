"""Keys of gpg that live as long as a test, and copies of this repository that a release can be made of."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.deploy.rendering import ROOT
from tests.required_tools import require

CHANGES = "# Changelog\n\n## Unreleased\n\n## 0.2.0\n\n### For operators\n- The first one.\n\n## 0.1.0\n"


@dataclass(frozen=True)
class Key:
    """A key in a home of its own."""

    home: Path
    fingerprint: str
    passphrase_file: Path

    @property
    def environment(self) -> dict[str, str]:
        return {"GNUPGHOME": str(self.home)}

    def public(self, form: str = "--armor") -> bytes:
        exporting = ["gpg", "--batch", form, "--export", self.fingerprint]
        return subprocess.run(exporting, env={**os.environ, **self.environment}, capture_output=True, check=True).stdout

    def forget(self) -> None:
        """End the agent that gpg started; it would outlive the test."""
        subprocess.run(["gpgconf", "--kill", "all"], env={**os.environ, **self.environment}, check=False)
        shutil.rmtree(self.home, ignore_errors=True)


def new_key(home: Path, name: str, passphrase: str = "throw away") -> Key:  # noqa: S107 - it is one
    """Make a key. `home` must be short: gpg's socket stands in it."""
    require("gpg")
    home.mkdir(mode=0o700)
    file = home / "passphrase"
    file.write_text(passphrase)
    environment = {**os.environ, "GNUPGHOME": str(home)}
    making = ["gpg", "--batch", "--quiet", "--pinentry-mode=loopback", f"--passphrase-file={file}"]
    making += ["--quick-generate-key", f"{name} <{name}@example.org>", "rsa2048", "sign", "1d"]
    subprocess.run(making, env=environment, capture_output=True, check=True)
    listing = ["gpg", "--batch", "--with-colons", "--list-secret-keys"]
    listed = subprocess.run(listing, env=environment, capture_output=True, text=True, check=True).stdout
    (fingerprint,) = [line.split(":")[9] for line in listed.splitlines() if line.startswith("fpr:")]
    return Key(home, fingerprint, file)


class Repository:
    """A copy of what is here, with nothing to commit, ready for version 0.2.0."""

    def __init__(self, folder: Path, paths: list[str]) -> None:
        self.folder = folder
        for path in paths:
            source, target = ROOT / path, folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            if source.is_dir():
                shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(source, target)
        (folder / ".venv").symlink_to(Path(sys.prefix))
        (folder / "CHANGELOG.md").write_text(CHANGES)
        self.write("docs/upgrading/0.2.0.md", "# Upgrading to 0.2.0\n\nNothing to do.\n")
        (folder / ".gitignore").write_text(f"{(ROOT / '.gitignore').read_text()}\n.venv\n")
        self.git("init", "--quiet", "--initial-branch=main")
        self.commit()

    def write(self, path: str, text: str) -> None:
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)

    def git(self, *words: str) -> str:
        who = ["-c", "user.name=Somebody", "-c", "user.email=somebody@example.org"]
        done = subprocess.run(["git", *who, *words], cwd=self.folder, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    def commit(self) -> None:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", "As it was")

    def release(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run the script as `make release` does."""
        who = {
            f"GIT_{role}_{what}": "somebody@example.org"
            for role in ("AUTHOR", "COMMITTER")
            for what in ("NAME", "EMAIL")
        }
        return subprocess.run(
            [sys.executable, "-m", "deploy.release", *words],
            cwd=self.folder,
            env={**os.environ, **who, **environment},
            capture_output=True,
            text=True,
            check=False,
        )
