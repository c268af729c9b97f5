"""Backup archives: where they are stored, how they are named, and how they are encrypted and decrypted.

An archive is a compressed tar, encrypted with age (https://age-encryption.org), so `age -d` opens it without Bandstand.
"""

from __future__ import annotations

import hashlib
import json
import re
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import SEEK_END, BytesIO
from typing import IO, Any

import pyrage
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.files import File
from django.core.files.storage import Storage, storages
from django.core.serializers.json import DjangoJSONEncoder

MANIFEST = "manifest.json"
SUFFIX = ".tar.gz.age"
PLATFORM = "_platform"  # used in place of a slug, and can't be one: the rows of `public`
_STAMP = "%Y%m%dT%H%M%S%fZ"
_NAME = re.compile(r"(?P<stamp>\d{8}T\d{12}Z)" + re.escape(SUFFIX))


class BackupError(Exception):
    """A backup can't be made, opened or restored; the message is for operators."""


class ExactEncoder(DjangoJSONEncoder):
    """Writes dates and times with their microseconds, which Django's encoder cuts off."""

    def default(self, o: Any) -> Any:
        """Return `o` as something that JSON knows."""
        return o.isoformat() if isinstance(o, datetime) else super().default(o)


def checksum_of(content: IO[bytes]) -> str:
    """Return the SHA-256, in hexadecimal, of the rest of a file."""
    checksum = hashlib.sha256()
    while chunk := content.read(1 << 20):
        checksum.update(chunk)
    return checksum.hexdigest()


@dataclass(frozen=True, order=True)
class Archive:
    """One backup of an organization or of the platform, identified by its name."""

    slug: str
    taken_at: datetime

    @property
    def path(self) -> str:
        """The archive's path in the storage."""
        return f"{self.slug}/{self.taken_at.astimezone(UTC).strftime(_STAMP)}{SUFFIX}"

    def __str__(self) -> str:
        return self.path


def archive_named(path: str) -> Archive:
    """Return the archive at `path`, as printed by `backup_tenant`. Raises BackupError."""
    slug, _slash, name = path.strip("/").rpartition("/")
    matched = _NAME.fullmatch(name)
    if not slug or "/" in slug or matched is None:
        raise BackupError(f"{path} is no name of a backup; it looks like alice/20261124T021500000000Z{SUFFIX}.")
    return Archive(slug, datetime.strptime(matched["stamp"], _STAMP).replace(tzinfo=UTC))


def archives_of(slug: str) -> list[Archive]:
    """Return the backups of the organization with this slug, or of PLATFORM, newest first."""
    try:
        _folders, names = _storage().listdir(slug)
    except FileNotFoundError:
        return []
    return sorted((archive_named(f"{slug}/{name}") for name in names if _NAME.fullmatch(name)), reverse=True)


def archived_slugs() -> list[str]:
    """Return the slugs that have backups."""
    try:
        folders, _names = _storage().listdir("")
    except FileNotFoundError:
        return []
    return sorted(folder for folder in folders if folder != PLATFORM)


def latest_archive(slug: str, *former: str) -> Archive:
    """Return the newest backup, also under `former` slugs of the portal. Raises BackupError where there is none."""
    found = [archive for each in (slug, *former) for archive in archives_of(each)[:1]]
    if not found:
        raise BackupError(f"There is no backup of {'the platform' if slug == PLATFORM else slug}.")
    return max(found, key=_age)


def archive_delete(archive: Archive) -> None:
    _storage().delete(archive.path)


def outdated(archives: list[Archive], *, days: int, now: datetime, keep_newest: bool) -> list[Archive]:
    """Return which of one organization's backups are older than `days`; never the newest if `keep_newest`."""
    newest_first = sorted(archives, key=_age, reverse=True)
    return [item for item in newest_first[int(keep_newest) :] if item.taken_at < now - timedelta(days=days)]


def _age(archive: Archive) -> datetime:
    return archive.taken_at


class ArchiveWriter:
    """Writes the parts of an archive and computes their checksums."""

    def __init__(self, tar: tarfile.TarFile) -> None:
        self._tar = tar

    def add(self, name: str, content: IO[bytes]) -> dict[str, Any]:
        """Add the rest of a seekable file and return its size and checksum."""
        checksum = checksum_of(content)
        size = content.seek(0, SEEK_END)
        content.seek(0)
        entry = tarfile.TarInfo(name)
        entry.size = size
        self._tar.addfile(entry, content)
        return {"size": size, "sha256": checksum}

    def add_text(self, name: str, text: str) -> dict[str, Any]:
        """Add a text and return its size and checksum."""
        return self.add(name, BytesIO(text.encode()))


class ArchiveReader:
    """An opened archive whose parts are checked against the manifest as they are read."""

    def __init__(self, tar: tarfile.TarFile) -> None:
        self._tar = tar
        self._entries = {entry.name: entry for entry in tar.getmembers()}
        self.manifest: dict[str, Any] = json.loads(self._read(MANIFEST))

    def text(self, name: str, about: dict[str, Any]) -> str:
        """Return a whole part. Raises BackupError unless it matches the manifest."""
        with self.part(name, about) as content:
            return content.read().decode()

    @contextmanager
    def part(self, name: str, about: dict[str, Any]) -> Iterator[IO[bytes]]:
        """Open a part after verifying its checksum. Raises BackupError."""
        with self._open(name) as content:
            checksum = checksum_of(content)
            if checksum != about["sha256"]:
                raise BackupError(f"The backup is damaged: {name} is not what was saved.")
            content.seek(0)
            yield content

    def _read(self, name: str) -> bytes:
        with self._open(name) as content:
            return content.read()

    def _open(self, name: str) -> IO[bytes]:
        content = self._tar.extractfile(self._entries[name]) if name in self._entries else None
        if content is None:
            raise BackupError(f"The backup is damaged: {name} is missing.")
        return content


@contextmanager
def archive_writing(archive: Archive) -> Iterator[ArchiveWriter]:
    """Yield a writer; the encrypted archive appears in the storage when the block ends without an error.

    Unencrypted data is held in an anonymous temporary file, which no other process can open.
    """
    with tempfile.TemporaryFile() as plain, tempfile.TemporaryFile() as closed:
        with tarfile.open(fileobj=plain, mode="w:gz", compresslevel=6) as tar:
            yield ArchiveWriter(tar)
        plain.seek(0)
        pyrage.encrypt_io(plain, closed, [_identities()[0].to_public()])
        closed.seek(0)
        saved = _storage().save(archive.path, File(closed))
        if saved != archive.path:
            _storage().delete(saved)
            raise BackupError(f"There is a backup named {archive} already.")


@contextmanager
def archive_reading(archive: Archive) -> Iterator[ArchiveReader]:
    """Open an archive. Raises BackupError when it is missing, damaged or encrypted with another key."""
    with tempfile.TemporaryFile() as plain:
        try:
            with _storage().open(archive.path) as closed:
                pyrage.decrypt_io(closed.file, plain, _identities())
        except FileNotFoundError:
            raise BackupError(f"There is no backup {archive}.") from None
        except (pyrage.DecryptError, OSError) as problem:
            raise BackupError(f"{archive} can't be opened with BANDSTAND_BACKUP_KEY: {problem}.") from problem
        plain.seek(0)
        try:
            with tarfile.open(fileobj=plain, mode="r:gz") as tar:
                yield ArchiveReader(tar)
        except (tarfile.TarError, EOFError) as problem:
            raise BackupError(f"{archive} is damaged: {problem}.") from problem


def _storage() -> Storage:
    return storages["backups"]


def _identities() -> list[pyrage.x25519.Identity]:
    """Return the keys: the first encrypts new archives, all of them decrypt."""
    if not settings.BACKUP_KEYS:
        raise ImproperlyConfigured(
            "BANDSTAND_BACKUP_KEY is not set: make one by `manage.py backup_key` and keep a copy elsewhere."
        )
    try:
        return [pyrage.x25519.Identity.from_str(key) for key in settings.BACKUP_KEYS]
    except pyrage.IdentityError:
        raise ImproperlyConfigured("BANDSTAND_BACKUP_KEY must look like AGE-SECRET-KEY-1….") from None
