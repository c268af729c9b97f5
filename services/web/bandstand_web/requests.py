"""What a request carries after the middleware, for type checkers: views name the audience they serve."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest

from bandstand.accounts.models import User
from bandstand.accounts.sessions import SessionStore
from bandstand.organizations.models import Organization


class PlatformRequest(HttpRequest):
    """A request at the base domain."""

    session: SessionStore
    organization: None
    user: User | AnonymousUser


class PortalRequest(HttpRequest):
    """A request at an organization's domain."""

    session: SessionStore
    organization: Organization
    user: User | AnonymousUser


class OwnerRequest(PlatformRequest):
    """A request of somebody who is logged in on the platform."""

    user: User


class TeamRequest(PortalRequest):
    """A request of somebody who is logged in at a portal."""

    user: User
