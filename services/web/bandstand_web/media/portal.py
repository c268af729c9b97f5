"""This portal's prepared pictures. Nothing else in the storage can be reached from outside."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponseBase
from django.views.decorators.http import require_safe

from bandstand.database.connection import connection
from bandstand.media.links import LASTING_SECONDS
from bandstand_web.picture_files import send_picture


@require_safe
def picture(request: HttpRequest, path: str) -> HttpResponseBase:
    """Send one file. With a media host this is a 404, because only the media host checks signatures."""
    if settings.MEDIA_HOST:
        raise Http404
    kept = f"public, max-age={LASTING_SECONDS}, immutable"
    return send_picture(request, path, schema=connection.schema_name, cache_control=kept)
