"""A request as the middleware leaves it in a portal."""

from __future__ import annotations

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from bandstand.organizations.models import Organization


class PortalRequest(HttpRequest):
    """Names for annotations; no request is ever made as one."""

    organization: Organization
    htmx: HtmxDetails
