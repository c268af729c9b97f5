"""Resolves the request's portal, and sets schema, URLs and organization accordingly."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import structlog
from django.conf import settings
from django.db import ProgrammingError
from django.http import HttpRequest, HttpResponseBase
from django.urls import set_urlconf
from psycopg import errors

from bandstand.database.connection import connection
from bandstand.organizations.addresses import InvalidHostError
from bandstand.organizations.behind import is_behind
from bandstand.organizations.models import Organization
from bandstand.tenancy.resolution import listener, resolver
from bandstand_web.cells import answering_cell, is_moving_by_now, pass_on
from bandstand_web.compartments import CROWDED, nodes
from bandstand_web.errors import READING, crowded, maintenance, read_only, suspended, unknown_host
from bandstand_web.hosts import host_of
from bandstand_web.page_languages import urls_for
from bandstand_web.primary_host import redirect_to_primary, speak_for_itself_alone

GetResponse = Callable[[HttpRequest], HttpResponseBase]
logger = logging.getLogger(__name__)


class TenancyMiddleware:
    """Activates the tenant for the duration of a request; rejects unknown hosts before other code sees them."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        listener.ensure_running()
        connection.set_schema_to_public()
        try:
            host = host_of(request)
        except InvalidHostError:
            return unknown_host(request)
        if host == settings.BASE_DOMAIN:
            return crowded(request, None) if CROWDED in request.META else self._platform(request)
        organization = resolver.resolve(host)
        if organization is None or organization.state == Organization.State.DELETING:
            return unknown_host(request)
        nodes.learn(host, organization.schema_name)
        if cell := answering_cell(request, organization):
            return pass_on(request, organization, cell)
        response = (
            _closed(request, organization)
            or redirect_to_primary(request, organization, host)
            or self._portal(request, organization)
        )
        speak_for_itself_alone(response, request, host)
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponseBase | None:
        """Return the read-only page if the database refused a write because the portal is being moved."""
        if isinstance(exception, ProgrammingError) and isinstance(exception.__cause__, errors.InsufficientPrivilege):
            organization = is_moving_by_now(request)
            return read_only(request, organization) if organization else None
        return None

    def _platform(self, request: HttpRequest) -> HttpResponseBase:
        request.organization = None  # type: ignore[attr-defined]
        self._use_urls(request, settings.PUBLIC_SCHEMA_URLCONF)
        return self.get_response(request)

    def _portal(self, request: HttpRequest, organization: Organization) -> HttpResponseBase:
        request.organization = request.tenant = organization  # type: ignore[attr-defined]
        connection.set_tenant(organization)
        self._use_urls(request, urls_for(request.path_info))
        structlog.contextvars.bind_contextvars(organization=organization.slug)
        try:
            return self.get_response(request)
        finally:
            connection.set_schema_to_public()
            structlog.contextvars.unbind_contextvars("organization")

    @staticmethod
    def _use_urls(request: HttpRequest, urlconf: Any) -> None:
        request.urlconf = urlconf
        set_urlconf(urlconf)


def _closed(request: HttpRequest, organization: Organization) -> HttpResponseBase | None:
    """Return the error page if the portal is suspended, not migrated yet, or read-only for this request."""
    if organization.state == Organization.State.SUSPENDED:
        return suspended(request, organization)
    if CROWDED in request.META:
        logger.warning("%s takes all the threads that one portal may have", organization.slug)
        return crowded(request, organization)
    if is_behind(organization):
        return maintenance(request, organization)
    if organization.is_read_only and request.method not in READING:
        return read_only(request, organization)
    return None
