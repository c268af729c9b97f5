"""Keeps a member of the platform's staff, logged in at a portal with an owner's consent, within that consent."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse

from bandstand.database.connection import connection
from bandstand.support.consenting import consent_end
from bandstand.support.models import Access, Visit
from bandstand.support.visiting import BACKEND, address_in_portal, visit_current
from bandstand.support.wall import SupportRefusedError, Wall
from bandstand_web.errors import READING, support_over, support_refused
from bandstand_web.support.portal import PROOF, VISIT

GetResponse = Callable[[HttpRequest], HttpResponseBase]
# Pages about how somebody logs in, and the portal's admin, which knows members of the team alone.
CLOSED = ("/accounts/", "/admin/")


class SupportMiddleware:
    """Stands after AuthenticationMiddleware. Asks at each request of such a session whether the consent holds."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        # Without the cookie the session isn't read, which would make caches keep the answer for each visitor apart.
        has_session = settings.SESSION_COOKIE_NAME in request.COOKIES
        if request.organization is None or not has_session or request.session.get(BACKEND_SESSION_KEY) != BACKEND:  # type: ignore[attr-defined]
            return self.get_response(request)
        visit = _visit(request)
        if visit is None:
            return _end(request)
        request.user.visit = visit  # type: ignore[union-attr] # what the user may do, see SupportBackend
        if _is_about_the_visit(request):
            return self.get_response(request)
        if request.path.startswith(CLOSED) or (visit.consent.access == Access.READ and request.method not in READING):
            return support_refused(request)
        with connection.execute_wrapper(Wall(visit.consent.access)):
            return self.get_response(request)

    def process_exception(self, request: HttpRequest, problem: Exception) -> HttpResponseBase | None:
        """Say what support can't do, where a view tried."""
        return support_refused(request) if isinstance(problem, SupportRefusedError) else None


def _visit(request: HttpRequest) -> Visit | None:
    session = request.session
    visit = visit_current(pk=session.get(VISIT, 0), proof=session.get(PROOF), organization=request.organization)  # type: ignore[attr-defined]
    is_theirs = visit is not None and getattr(request.user, "email", "") == address_in_portal(visit.staff)
    return visit if is_theirs else None


def _end(request: HttpRequest) -> HttpResponseBase:
    """Log out, and note the end of the consent if nobody has yet."""
    over = Visit.objects.filter(pk=request.session.get(VISIT, 0)).values_list("consent_id", flat=True).first()
    request.session.flush()
    request.user = AnonymousUser()
    if over is not None:
        consent_end(consent_id=over)
    return support_over(request)


def _is_about_the_visit(request: HttpRequest) -> bool:
    return request.path in {reverse("backstage:support_leave"), reverse("account_support"), reverse("language")}
