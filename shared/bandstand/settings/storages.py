"""Configures file storage: a folder, or an object storage bucket."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

FOLDER = "bandstand.media.counted_storage.FolderStorage"
BUCKET = "bandstand.media.object_storage.ObjectStorage"
_SCHEME = "s3"


def in_bucket(place: str) -> bool:
    """Whether `place` names an object storage bucket."""
    return place.startswith(f"{_SCHEME}://")


def place_problem(name: str, place: str) -> str:
    """Return a sentence on what is wrong with `place`, the value of the variable `name`; empty if it is fine."""
    address = urlsplit(place)
    if "://" not in place:
        return "" if place.startswith("/") else f"{name} must be a folder's whole path, from / on, or s3://bucket/path."
    if address.scheme != _SCHEME or not address.hostname or address.username or address.query or address.port:
        return (
            f"{name} must look like s3://bucket/path; credentials and the store's address have variables of their own."
        )
    return ""


def files_at(place: str, *, patient: bool = False, **folder_options: Any) -> dict[str, Any]:
    """Return the STORAGES entry for a folder, or for s3://bucket/path.

    Unless `patient`, requests fail fast when the store doesn't answer, which suits visitors' browsers. Credentials,
    region and AWS_ENDPOINT_URL_S3 come from where boto3 looks for them.
    """
    if not in_bucket(place):
        return {"BACKEND": FOLDER, "OPTIONS": {"location": place, **folder_options}}
    from botocore.config import Config  # noqa: PLC0415 - takes a quarter of a second, and folders don't need it

    address = urlsplit(place)
    return {
        "BACKEND": BUCKET,
        "OPTIONS": {
            "bucket_name": address.netloc,
            "location": address.path.strip("/"),
            "file_overwrite": False,
            # The Content-Type that a browser sent is never stored; web knows the types that it serves.
            "object_parameters": {"ContentType": "application/octet-stream"},
            "client_config": Config(
                connect_timeout=10 if patient else 2,
                read_timeout=60 if patient else 5,
                retries={"mode": "standard", "total_max_attempts": 5 if patient else 2},
                user_agent_extra="bandstand",
            ),
        },
    }
