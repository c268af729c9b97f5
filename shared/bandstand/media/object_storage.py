"""Files in an object storage bucket, behaving like files in a folder.

Web serves them at the same URLs and by the same rules; browsers never see the bucket.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from tempfile import SpooledTemporaryFile
from typing import Any
from urllib.parse import urljoin

from boto3.exceptions import Boto3Error
from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from django.core.files.base import File
from django.utils.encoding import filepath_to_uri
from storages.backends.s3 import S3Storage
from storages.utils import clean_name

from bandstand import tracing
from bandstand.media.counted_storage import CountedStorage
from bandstand.media.storage import StorageAwayError

IN_MEMORY = 8 * 1024 * 1024  # larger files are buffered in the temporary folder while they are read

tracing.trace_storage()


class ObjectStorage(CountedStorage, S3Storage):
    """A bucket, or a folder in one. Errors are OSErrors, as with a local folder."""

    def url(self, name: str | None, *_arguments: Any, **_options: Any) -> str:
        """Return the URL at which web serves the file."""
        return urljoin(settings.MEDIA_URL, filepath_to_uri(name or "").lstrip("/"))

    def paths_below(self, folder: str) -> Iterator[str]:
        """Yield the paths of all files below a folder, recursively and sorted, a thousand per request."""
        for name, _size in self._entries_below(folder):
            yield f"{folder.rstrip('/')}/{name}"

    def bytes_below(self, folder: str) -> int:
        """Return the total size in bytes of all files below a folder, a thousand files per request."""
        return sum(size for _name, size in self._entries_below(folder))

    def size(self, name: str) -> int:
        """Return a file's size in bytes. Raises FileNotFoundError."""
        with self._told():
            return int(super().size(name))

    def exists(self, name: str) -> bool:
        """Whether there is such a file. Folders don't exist by themselves."""
        with self._told():
            return bool(super().exists(name))

    def delete(self, name: str) -> None:
        with self._told():
            super().delete(name)

    def listdir(self, name: str) -> tuple[list[str], list[str]]:
        """Return the names of the folders and of the files in a folder; none if it doesn't exist."""
        with self._told():
            folders, files = super().listdir(name)
        return folders, files

    def _open(self, name: str, mode: str = "rb") -> File[bytes]:
        """Return a whole file to read, in a single request if it is small."""
        if mode != "rb":
            raise ValueError("Files in a bucket are written by save(), never in place.")
        target = self.bucket.Object(self._normalize_name(clean_name(name)))
        content = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - the caller closes it
        try:
            with self._told():
                answer = target.get()
                if answer["ContentLength"] <= IN_MEMORY:
                    content.write(answer["Body"].read())
                else:
                    answer["Body"].close()
                    target.download_fileobj(content, Config=self.transfer_config)  # in parts, each retried
        except BaseException:
            content.close()
            raise
        content.seek(0)
        return File(content, name)

    def _save(self, name: str, content: File[Any]) -> str:
        with self._told():
            return str(super()._save(name, content))

    def _entries_below(self, folder: str) -> Iterator[tuple[str, int]]:
        """Yield the name relative to `folder` and the size of all files below it."""
        prefix = self._normalize_name(clean_name(folder)).rstrip("/") + "/"
        pages = self.connection.meta.client.get_paginator("list_objects_v2")
        with self._told():
            for page in pages.paginate(Bucket=self.bucket_name, Prefix=prefix):
                for entry in page.get("Contents", ()):
                    yield entry["Key"].removeprefix(prefix), int(entry["Size"])

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Turn the client's errors into FileNotFoundError and StorageAwayError."""
        try:
            yield
        except ClientError as problem:
            status = problem.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
            if status == HTTPStatus.NOT_FOUND and problem.response["Error"]["Code"] != "NoSuchBucket":
                raise FileNotFoundError(str(problem)) from problem
            raise StorageAwayError(f"{self.bucket_name}: {problem}") from problem
        except (BotoCoreError, Boto3Error) as problem:
            raise StorageAwayError(f"{self.bucket_name}: {problem}") from problem
