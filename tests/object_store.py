"""A server that speaks S3, for tests of files in object storage: moto's, as a process of its own, over HTTP."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from bandstand.devstack.processes import die_with_parent, free_port

BUCKET = "bandstand-tests"
START_SECONDS = 60


@dataclass(frozen=True)
class ObjectStore:
    """A running store with one empty bucket."""

    url: str

    def environment(self) -> dict[str, str]:
        """Return what boto3 looks for in the environment."""
        return {
            "AWS_ENDPOINT_URL_S3": self.url,
            "AWS_ACCESS_KEY_ID": "tests",
            "AWS_SECRET_ACCESS_KEY": "tests",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def keys(self, prefix: str = "") -> list[str]:
        """Return the names of all objects, asked past Bandstand's own code."""
        answer = self._client().list_objects_v2(Bucket=BUCKET, Prefix=prefix)
        return [entry["Key"] for entry in answer.get("Contents", [])]

    def about(self, key: str) -> dict[str, Any]:
        """Return what the store says of an object."""
        found: dict[str, Any] = self._client().head_object(Bucket=BUCKET, Key=key)
        return found

    def make_bucket(self) -> None:
        """Make the bucket, private as buckets are."""
        self._client().create_bucket(Bucket=BUCKET)

    def _client(self) -> Any:
        import boto3  # noqa: PLC0415 - slow, and most test processes never need it

        return boto3.client(
            "s3",
            endpoint_url=self.url,
            aws_access_key_id="tests",
            aws_secret_access_key="tests",
            region_name="us-east-1",
        )


@contextmanager
def running_store() -> Iterator[ObjectStore]:
    """Start a store on a free port of the loopback interface, and stop it."""
    port = free_port()
    command = [sys.executable, "-m", "moto.server", "--host", "127.0.0.1", "--port", str(port)]
    with subprocess.Popen(
        command,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        preexec_fn=die_with_parent(signal.SIGKILL),  # noqa: PLW1509 - it calls prctl and nothing else
    ) as process:
        try:
            store = ObjectStore(f"http://127.0.0.1:{port}")
            _wait(store.url, process)
            store.make_bucket()
            yield store
        finally:
            process.kill()


def _wait(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            urllib.request.urlopen(f"{url}/moto-api/", timeout=5).close()  # noqa: S310 - the loopback interface
        except OSError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return
