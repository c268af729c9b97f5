"""Forwards requests for portals that live in another cell to that cell's web service (ADR 32).

The request isn't changed, so the other cell sees host, client and scheme as reported by the proxy in front of us; it
must trust as many proxies as we do. A router in front that knows the cells makes this unnecessary.
"""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from urllib.parse import urlsplit

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse

from bandstand.content.whole_numbers import whole_number
from bandstand.database.connection import connection
from bandstand.organizations.former_hosts import present_slug
from bandstand.organizations.models import Organization
from bandstand_web.body_sizes import most_bytes
from bandstand_web.errors import out_of_reach, too_large

HOPS = "X-Bandstand-Hops"  # cells that a request has passed through; stops loops between cells that point at each other
HOPS_MOST = 3
TIMEOUT = 30  # seconds
_CHUNK = 64 * 1024
# RFC 9110, 7.6.1: hop-by-hop headers. Date and Server are set by the server that answers the client.
_OF_ONE_CONNECTION = {"connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade", "date", "server"}
_OF_ONE_CONNECTION |= {"proxy-authenticate", "proxy-authorization", "proxy-connection"}

log = structlog.get_logger("bandstand.cells")


def answering_cell(request: HttpRequest, organization: Organization) -> str:
    """Return the cell that has to answer, or an empty string for this one.

    An arriving portal still lives in the other cell; once that cell forwards visitors here, we serve them.
    """
    arriving = organization.state == Organization.State.ARRIVING and not _hops(request)
    return organization.cell if organization.is_elsewhere or arriving else ""


def pass_on(request: HttpRequest, organization: Organization, cell: str) -> HttpResponseBase:
    """Stream the other cell's response; 503 if it can't be reached."""
    if (whole_number(request.headers.get("Content-Length") or "0") or 0) > (limit := most_bytes(request.path)):
        return too_large(request, limit)  # an oversized body isn't stored, so it can't be forwarded
    address = urlsplit(settings.CELLS.get(cell, ""))
    if not address.hostname or _hops(request) >= HOPS_MOST:
        log.error("a portal's cell is unknown or leads back here", organization=organization.slug, cell=cell)
        return out_of_reach(request, organization)
    kind = http.client.HTTPSConnection if address.scheme == "https" else http.client.HTTPConnection
    link = kind(address.hostname, address.port, timeout=TIMEOUT)
    try:
        answer = _asked(link, request)
    except (OSError, http.client.HTTPException) as problem:
        link.close()
        log.warning("a cell doesn't answer", organization=organization.slug, cell=cell, error=str(problem))
        return out_of_reach(request, organization)
    return _answer(link, answer)


def is_moving_by_now(request: HttpRequest) -> Organization | None:
    """Return the portal that a request is for, or about, if the database says that it is read-only or elsewhere."""
    organization = getattr(request, "organization", None)
    match = request.resolver_match
    connection.set_schema_to_public()
    slug = match.kwargs.get("slug", "") if match else ""
    known = {"pk": organization.pk} if organization else {"slug": present_slug(slug)}
    found = Organization.objects.filter(**known).first()
    return found if found is not None and (found.is_read_only or found.is_elsewhere) else None


def _hops(request: HttpRequest) -> int:
    sent = request.headers.get(HOPS, "")
    return whole_number(sent, most=9) or 0


def _asked(link: http.client.HTTPConnection, request: HttpRequest) -> http.client.HTTPResponse:
    headers = {name: value for name, value in request.headers.items() if name.lower() not in _OF_ONE_CONNECTION}
    headers[HOPS] = str(_hops(request) + 1)
    has_body = bool(headers.get("Content-Length"))
    link.request(request.method or "GET", request.get_full_path(), body=request if has_body else None, headers=headers)
    return link.getresponse()


def _answer(link: http.client.HTTPConnection, answer: http.client.HTTPResponse) -> StreamingHttpResponse:
    response = StreamingHttpResponse(_parts(link, answer), status=answer.status, reason=answer.reason)
    del response.headers["Content-Type"]
    for name, value in answer.getheaders():
        if name.lower() == "set-cookie":
            response.cookies.load(value)
        elif name.lower() not in _OF_ONE_CONNECTION:
            response.headers[name] = value
    return response


def _parts(link: http.client.HTTPConnection, answer: http.client.HTTPResponse) -> Iterator[bytes]:
    try:
        while part := answer.read(_CHUNK):
            yield part
    finally:
        link.close()
