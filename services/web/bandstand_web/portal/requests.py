"""The type of a portal's requests after the middleware."""

from __future__ import annotations

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from bandstand.organizations.models import Organization


class PortalRequest(HttpRequest):
    """For type annotations only; never instantiated."""

    organization: Organization
    htmx: HtmxDetails
