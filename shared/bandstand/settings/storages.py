"""Where files stand: in a folder, or in a bucket of object storage."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

FOLDER = "bandstand.media.counted_storage.FolderStorage"
BUCKET = "bandstand.media.object_storage.ObjectStorage"
_SCHEME = "s3"


def in_bucket(place: str) -> bool:
    """Whether `place` is in object storage."""
    return place.startswith(f"{_SCHEME}://")


def place_problem(name: str, place: str) -> str:
    """Return what is wrong with the place that the variable `name` gives, as a sentence; empty where nothing is."""
    address = urlsplit(place)
    if "://" not in place:
        return "" if place.startswith("/") else f"{name} must be a folder's whole path, from / on, or s3://bucket/path."
    if address.scheme != _SCHEME or not address.hostname or address.username or address.query or address.port:
        return (
            f"{name} must look like s3://bucket/path; credentials and the store's address have variables of their own."
        )
    return ""


def files_at(place: str, *, patient: bool = False, **folder_options: Any) -> dict[str, Any]:
    """Return the entry of STORAGES for a folder, or for s3://bucket/path.

    Who isn't `patient` would rather have an error soon than wait for a store that doesn't answer: a visitor's browser.
    Credentials, region and AWS_ENDPOINT_URL_S3 come from where boto3 looks for them.
    """
    if not in_bucket(place):
        return {"BACKEND": FOLDER, "OPTIONS": {"location": place, **folder_options}}
    from botocore.config import Config  # noqa: PLC0415 - a quarter of a second, which who has a folder needn't wait

    address = urlsplit(place)
    return {
        "BACKEND": BUCKET,
        "OPTIONS": {
            "bucket_name": address.netloc,
            "location": address.path.strip("/"),
            "file_overwrite": False,
            # What a browser said of a file is never handed on; web knows the types of what it serves.
            "object_parameters": {"ContentType": "application/octet-stream"},
            "client_config": Config(
                connect_timeout=10 if patient else 2,
                read_timeout=60 if patient else 5,
                retries={"mode": "standard", "total_max_attempts": 5 if patient else 2},
                user_agent_extra="bandstand",
            ),
        },
    }
