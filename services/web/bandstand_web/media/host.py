"""All portals' pictures, for anyone with a signed link."""

from __future__ import annotations

from http import HTTPStatus

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.views.decorators.http import require_safe

from bandstand.media.links import LASTING_SECONDS, seconds_left
from bandstand.organizations.models import Organization
from bandstand.tenancy.resolution import resolver
from bandstand_web.cells import answering_cell, pass_on
from bandstand_web.compartments import CROWDED
from bandstand_web.picture_files import send_picture


@require_safe
def picture(request: HttpRequest, token: str, path: str) -> HttpResponseBase:
    """Send a file of an active portal. Without a valid signature nothing is looked up, so guesses cost us little."""
    seconds = seconds_left(token, path)
    if seconds is None:
        raise Http404
    schema = path.partition("/")[0]
    organization = resolver.resolve_schema(schema)
    if organization is None or organization.state == Organization.State.DELETING:
        raise Http404
    if cell := answering_cell(request, organization):
        return pass_on(request, organization, cell)
    if CROWDED in request.META:
        return HttpResponse(status=HTTPStatus.SERVICE_UNAVAILABLE, headers={"Retry-After": "10"})
    if organization.state == Organization.State.SUSPENDED:
        return HttpResponse(status=HTTPStatus.SERVICE_UNAVAILABLE, headers={"Retry-After": "3600"})
    kept_by = "public" if seconds == LASTING_SECONDS else "private"
    return send_picture(request, path, schema=schema, cache_control=f"{kept_by}, max-age={seconds}, immutable")
