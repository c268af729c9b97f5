"""Pictures of this portal, as the worker prepared them. Nothing else in the storage can be reached from outside."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponseBase
from django.views.decorators.http import require_safe

from bandstand.database.connection import connection
from bandstand.media.links import LASTING_SECONDS
from bandstand_web.media.sending import send_picture


@require_safe
def picture(request: HttpRequest, path: str) -> HttpResponseBase:
    """Give one file. Where there is a media host, it alone does: here nobody would ask for a signature."""
    if settings.MEDIA_HOST:
        raise Http404
    kept = f"public, max-age={LASTING_SECONDS}, immutable"
    return send_picture(request, path, schema=connection.schema_name, cache_control=kept)
