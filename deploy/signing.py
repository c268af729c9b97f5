"""Signs what a release consists of: files and the chart by gpg, images by skopeo, and by cosign where there is a forge.

Signatures of images by gpg are what podman, skopeo and CRI-O verify ("simple signing"). Registries don't carry them, so
they are files of the release, laid out as those tools look them up.
"""

from __future__ import annotations

import subprocess  # noqa: S404 # commands are lists of our own
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from deploy.registry import Pushed
from deploy.tools import installed


@dataclass(frozen=True)
class Signer:
    """A key of gpg, and whether cosign signs too."""

    key: str
    passphrase_file: Path | None = None
    keyless: bool = False

    @classmethod
    def of(cls, key: str | None, passphrase_file: Path | None = None, *, keyless: bool = False) -> Signer | None:
        """Return the signer; None without a key. Raises LookupError if gpg lacks it, or the file isn't there.

        An empty file means that the key has no passphrase, as a forge hands over a secret that isn't set.
        """
        if not key:
            return None
        listing = [str(installed("gpg")), "--batch", "--with-colons", "--list-secret-keys", key]
        done = subprocess.run(listing, capture_output=True, text=True, check=False)  # noqa: S603 # a list of our own, no shell
        prints = [line.split(":")[9] for line in done.stdout.splitlines() if line.startswith("fpr:")]
        if done.returncode or not prints:
            raise LookupError(f"gpg has no secret key {key}; `gpg --list-secret-keys` shows those it has")
        if keyless:
            installed("cosign")
        if passphrase_file and not passphrase_file.is_file():
            raise LookupError(f"{passphrase_file}, which should hold the passphrase, isn't there")
        has_passphrase = passphrase_file and passphrase_file.read_text(encoding="utf-8").strip()
        return cls(prints[0], passphrase_file if has_passphrase else None, keyless)

    def sign_file(self, path: Path) -> Path:
        """Write a detached signature beside the file."""
        signature = path.with_name(f"{path.name}.asc")
        _run(*self._gpg(), "--armor", "--yes", "--detach-sign", "--output", signature, path)
        return signature

    @contextmanager
    def chart_options(self) -> Iterator[list[str]]:
        """Give what `helm package` needs for signing; it reads keyrings of gpg's old form only."""
        with tempfile.TemporaryDirectory() as folder:
            keyring = Path(folder) / "keyring.gpg"
            _run(*self._gpg(), "--output", keyring, "--export-secret-keys", self.key)
            passphrase = [f"--passphrase-file={self.passphrase_file.resolve()}"] if self.passphrase_file else []
            yield ["--sign", f"--key={self._owner()}", f"--keyring={keyring}", *passphrase]

    def sign_image(self, pushed: Pushed, folder: Path) -> None:
        """Sign an image, a chart or an index with all that it lists, into `folder`; with cosign in the registry too."""
        for each in (pushed, *pushed.listed()):
            target = folder / f"{each.path}@{each.digest.replace(':', '=')}" / "signature-1"
            target.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile() as manifest:
                manifest.write(each.manifest)
                manifest.flush()
                command = [installed("skopeo"), "standalone-sign", f"--output={target}"]
                command += [f"--passphrase-file={self.passphrase_file.resolve()}"] if self.passphrase_file else []
                _run(*command, manifest.name, pushed.reference, self.key)
        if self.keyless:
            _run(installed("cosign"), "sign", "--yes", "--recursive", pushed.by_digest)

    def _gpg(self) -> list[str]:
        unattended = ["--pinentry-mode=loopback", f"--passphrase-file={self.passphrase_file}"]
        options = unattended if self.passphrase_file else []
        return [str(installed("gpg")), "--batch", "--quiet", f"--local-user={self.key}", *options]

    def _owner(self) -> str:
        """Return the key's user id, by which Helm looks it up."""
        listing = [*self._gpg(), "--with-colons", "--list-secret-keys", self.key]
        lines = subprocess.run(listing, capture_output=True, text=True, check=True).stdout.splitlines()  # noqa: S603 # a list of our own, no shell
        return next(line.split(":")[9] for line in lines if line.startswith("uid:"))


def _run(*command: str | Path) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 # a list of our own, no shell
