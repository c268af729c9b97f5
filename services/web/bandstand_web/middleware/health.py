"""Health checks, answered before the host is resolved: they concern the process, not a portal."""

from __future__ import annotations

from collections.abc import Callable

import redis
from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse

from bandstand.database.connection import connection
from bandstand.database.outages import Outage, redis_refusal
from bandstand.database.writability import refusal
from bandstand.tenancy.template import TemplateMissingError, template_check

GetResponse = Callable[[HttpRequest], HttpResponseBase]


class HealthMiddleware:
    """`/healthz`: the process is alive. `/readyz`: database and Redis take writes and migrations are current."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path == "/healthz":
            return HttpResponse("ok\n", content_type="text/plain", headers={"Cache-Control": "no-store"})
        if request.path == "/readyz":
            return ready()
        return self.get_response(request)


def ready() -> JsonResponse:
    """Return 200 if everything that a request needs is available, else 503; the body gives the state of each part."""
    parts = {"database": _database(), "redis": _redis()}
    status = 200 if all(state == "ok" for state in parts.values()) else 503
    return JsonResponse(parts, status=status, headers={"Cache-Control": "no-store"})


def _database() -> str:
    connection.set_schema_to_public()
    try:
        if reason := refusal():
            return reason.value
        template_check()
    except DatabaseError:
        return Outage.AWAY.value
    except TemplateMissingError:
        return "migrations are pending"
    return "ok"


def _redis() -> str:
    try:
        with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2) as client:
            client.set("bandstand:ready", 1, ex=10)
    except redis.RedisError as problem:
        return redis_refusal(problem) or "refuses"
    return "ok"
