"""Sends a prepared picture, on any host."""

from __future__ import annotations

from pathlib import PurePosixPath

from django.core.exceptions import SuspiciousOperation
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import get_conditional_response

from bandstand.media.storage import is_servable

POLICY = "default-src 'none'; sandbox"
_TYPES = {
    ".webp": "image/webp",
    ".avif": "image/avif",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".png": "image/png",
    ".ico": "image/vnd.microsoft.icon",
}


def send_picture(request: HttpRequest, path: str, *, schema: str, cache_control: str) -> HttpResponseBase:
    """Send a file of the tenant with `schema`; names change with contents, so responses may be cached.

    Raises Http404 for anything but a prepared picture of that tenant, StorageAwayError.
    """
    media_type = _TYPES.get(PurePosixPath(path).suffix)
    if media_type is None or "\0" in path or not is_servable(path, schema):
        raise Http404
    etag = f'"{"-".join(PurePosixPath(path).parts[-2:])}"'  # folder and name identify the contents
    headers = {"Cache-Control": cache_control, "ETag": etag}
    try:
        file = default_storage.open(path)
    except (FileNotFoundError, IsADirectoryError, SuspiciousOperation):
        raise Http404 from None
    if unchanged := get_conditional_response(request, etag=etag):
        file.close()
        return HttpResponse(status=unchanged.status_code, headers=headers)
    return FileResponse(
        file,
        content_type=media_type,
        headers={**headers, "Content-Security-Policy": POLICY, "X-Content-Type-Options": "nosniff"},
    )
