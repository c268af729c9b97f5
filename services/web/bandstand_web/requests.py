"""Request types for annotations, one for each audience, with the attributes that the middleware sets."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from bandstand.accounts.models import User
from bandstand.accounts.sessions import SessionStore
from bandstand.organizations.models import Organization


class PlatformRequest(HttpRequest):
    """A request to the base domain."""

    session: SessionStore
    organization: None
    user: User | AnonymousUser


class PortalRequest(HttpRequest):
    """A request to an organization's domain."""

    htmx: HtmxDetails
    session: SessionStore
    organization: Organization
    user: User | AnonymousUser


class OwnerRequest(PlatformRequest):
    """A request of a user logged in on the platform."""

    user: User


class TeamRequest(PortalRequest):
    """A request of a user logged in at a portal."""

    user: User
