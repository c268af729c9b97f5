"""Access control for the backstage: every view declares the permission that it needs.

Roles in bands open a view that says so (`in_bands`), and only with the rows that `rows_for` returns.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from django.apps import apps
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponseBase
from django.utils.cache import add_never_cache_headers

from bandstand.accounts import private_fields, roles
from bandstand.accounts.models import User
from bandstand.content.of_bands import may_with_all, may_with_some, permission_to
from bandstand_web.accounts import second_factors
from bandstand_web.shell.way_back import page_before

View = Callable[..., HttpResponseBase]
# For pages that every team member may see, but for guests.
ANY_ROLE = "team"
# For pages that guests may see too. They show what the roles of each allow.
GUESTS_TOO = "guests"
# For owners alone: a permission that nobody else has.
OWNERS = "teams.add_invitation"


def may(user: User, action: str, model: type[Model]) -> bool:
    """Whether the user's role at the portal allows `action` with all rows of `model`."""
    return may_with_all(user, action, model)


def may_with(user: User, action: str, row: Model) -> bool:
    """Whether a role of the user's, at the portal or in a band, allows `action` with this very row.

    Whatever asks about one row asks here.
    """
    return user.has_perm(permission_to(action, type(row)), row)


def may_somewhere(user: User, permission: str) -> bool:
    """Whether the user has `permission` ("app.action_model") at the portal, or in a band for its rows."""
    if user.has_perm(permission):
        return True
    app, _dot, codename = permission.partition(".")
    action, _line, name = codename.partition("_")
    try:
        model = apps.get_model(app, name)
    except LookupError:  # a permission that is about no kind
        return False
    return may_with_some(user, action, model)


def is_guest(user: User) -> bool:
    """Whether the user's role at the portal allows nothing, so that bands alone say what they may do."""
    return not user.get_group_permissions()


def may_see_private(user: User, model: Any) -> bool:
    """Whether the user may see and change the private fields of `model`, such as phone numbers; also if it has none."""
    return not hidden_fields(user, model)


def hidden_fields(user: User, model: Any) -> frozenset[str]:
    """Return the names of the private fields of `model` if the user may not see them."""
    return private_fields.hidden_fields(user, model)


def needs(permission: str, *, in_bands: bool = False) -> Callable[[View], View]:
    """Admit only team members whose role has `permission` ("app.codename", or ANY_ROLE or GUESTS_TOO).

    With `in_bands` those too whose role in a band has it: the view then takes its rows from `rows_for`.
    Anonymous visitors are redirected to the log-in page and back; everyone else without it gets a 403.
    """

    def decorate(view: View) -> View:
        @functools.wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            user = request.user
            if not user.is_authenticated:
                return redirect_to_login(_way_back(request))
            if not _is_allowed(user, permission, in_bands=in_bands):
                raise PermissionDenied
            if second_factors.is_missing(request):
                return second_factors.lead_to_set_up(request)
            response = view(request, *args, **kwargs)
            add_never_cache_headers(response)
            return response

        guarded.permission = permission  # type: ignore[attr-defined] # a test reads it from every URL
        guarded.in_bands = in_bands  # type: ignore[attr-defined] # and this
        return guarded

    return decorate


def _is_allowed(user: User, permission: str, *, in_bands: bool) -> bool:
    # Team members get permissions from their roles only; a user without a role has none.
    if permission == GUESTS_TOO:
        return not is_guest(user) or roles.role_of(user) is not None
    if permission == ANY_ROLE:
        return not is_guest(user)
    return may_somewhere(user, permission) if in_bands else user.has_perm(permission)


def _way_back(request: HttpRequest) -> str:
    """Return where to continue after log-in: for a POST the page with the form, whose input is kept in the browser."""
    is_read = request.method in {"GET", "HEAD"}
    return (not is_read and page_before(request)) or request.get_full_path()
