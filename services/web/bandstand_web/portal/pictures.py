"""Pictures of this portal, as the worker prepared them. Nothing else in the storage can be reached from outside."""

from __future__ import annotations

from pathlib import PurePosixPath

from django.core.exceptions import SuspiciousOperation
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe

from bandstand.media.storage import is_servable

_TYPES = {
    ".webp": "image/webp",
    ".avif": "image/avif",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".png": "image/png",
}


@require_safe
def picture(request: HttpRequest, path: str) -> HttpResponseBase:
    """Give one file; its name changes with its contents, so it may be kept for good."""
    media_type = _TYPES.get(PurePosixPath(path).suffix)
    if media_type is None or "\0" in path or not is_servable(path):
        raise Http404
    # The name changes with the contents, so it stands for them.
    etag = f'"{PurePosixPath(path).name}"'
    headers = {"Cache-Control": "public, max-age=31536000, immutable", "ETag": etag}
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
        headers={
            **headers,
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "X-Content-Type-Options": "nosniff",
        },
    )
