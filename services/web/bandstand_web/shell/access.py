"""Access control for the backstage: every view declares the permission that it needs."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from django.contrib.auth import get_permission_codename
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponseBase
from django.utils.cache import add_never_cache_headers

from bandstand.accounts.models import User
from bandstand.content.declaring import PRIVATE
from bandstand_web.accounts import second_factors
from bandstand_web.shell.way_back import page_before

View = Callable[..., HttpResponseBase]
# For pages that every team member may see.
ANY_ROLE = "team"
# For owners alone: a permission that nobody else has.
OWNERS = "teams.add_invitation"


def permission_to(action: str, model: type[Model]) -> str:
    """Return the permission to "view", "add", "change" or "delete" rows of `model`."""
    meta = model._meta  # noqa: SLF001 - Django documents it
    return f"{meta.app_label}.{get_permission_codename(action, meta)}"


def may(user: User, action: str, model: type[Model]) -> bool:
    """Whether the user's role allows `action` with rows of `model`."""
    return user.has_perm(permission_to(action, model))


def may_with(user: User, action: str, row: Model) -> bool:
    """Whether the user may do `action` with this very row. Whatever asks about one row asks here."""
    return may(user, action, type(row))


def may_see_private(user: User, model: Any) -> bool:
    """Whether the user may see and change the private fields of `model`, such as phone numbers; also if it has none."""
    return not getattr(model, "private", ()) or may(user, PRIVATE, model)


def hidden_fields(user: User, model: Any) -> frozenset[str]:
    """Return the names of the private fields of `model` if the user may not see them."""
    return frozenset() if may_see_private(user, model) else frozenset(model.private)


def needs(permission: str) -> Callable[[View], View]:
    """Admit only team members whose role has `permission` ("app.codename", or ANY_ROLE).

    Anonymous visitors are redirected to the log-in page and back; everyone else without it gets a 403.
    """

    def decorate(view: View) -> View:
        @functools.wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            user = request.user
            if not user.is_authenticated:
                return redirect_to_login(_way_back(request))
            # Team members get permissions from their role only; a user without a role has none.
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
    """Return where to continue after log-in: for a POST the page with the form, whose input is kept in the browser."""
    is_read = request.method in {"GET", "HEAD"}
    return (not is_read and page_before(request)) or request.get_full_path()
