"""Who may do what in the backstage: each view names the permission it needs, and nothing is reachable without one."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.utils.cache import add_never_cache_headers

from bandstand_web.accounts import second_factors

View = Callable[..., HttpResponseBase]
# For pages that every member of the team may see.
ANY_ROLE = "team"


def needs(permission: str) -> Callable[[View], View]:
    """Let only members of the team in whose role has `permission` ("app.codename", or ANY_ROLE).

    Strangers are sent to the log-in page and come back; everybody else gets the page of a 403.
    """

    def decorate(view: View) -> View:
        @functools.wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            user = request.user
            if not user.is_authenticated:
                return redirect_to_login(_way_back(request))
            # Members of a team have permissions by their role alone; somebody without a role has none.
            allowed = bool(user.get_group_permissions()) if permission == ANY_ROLE else user.has_perm(permission)
            if not allowed:
                raise PermissionDenied
            if second_factors.is_missing(request):
                return second_factors.lead_to_set_up(request)
            response = view(request, *args, **kwargs)
            add_never_cache_headers(response)
            return response

        guarded.permission = permission  # type: ignore[attr-defined] # a test reads it from every URL
        return guarded

    return decorate


def _way_back(request: HttpRequest) -> str:
    """Return where to go on after the log-in: the page with the form, where what was typed waits in the browser."""
    page = urlsplit(request.headers.get("Referer", ""))
    if request.method in {"GET", "HEAD"} or page.netloc != request.get_host():
        return request.get_full_path()
    return page.path + (f"?{page.query}" if page.query else "")
