"""The base of both admin sites, which use the product's own log-in page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import auth
from django.contrib.admin import AdminSite
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from bandstand_web.accounts import second_factors
from bandstand_web.forms.submitting import changes_once, makes_once
from bandstand_web.shell.admin.guarding import GuardedAdmin

# Keyed by ModelAdmin's method names; a change can also add rows through inlines.
ONCE: dict[str, Callable[[Any], Any]] = {"add_view": makes_once, "change_view": changes_once}


class SignInSite(AdminSite):
    """An admin site behind allauth, with its rate limits, lockouts and two-step verification."""

    enable_nav_sidebar = False

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Register as usual. Raises ImproperlyConfigured for a class that isn't a GuardedAdmin."""
        if not (admin_class and issubclass(admin_class, GuardedAdmin)):
            raise ImproperlyConfigured(f"{admin_class} has to stand on GuardedAdmin: see {GuardedAdmin.__module__}.")
        super().register(model_or_iterable, admin_class, **options)

    def has_permission(self, request: HttpRequest) -> bool:
        """Whether the user belongs to the site's audience and has passed two-step verification if required."""
        return self.is_for(request) and not second_factors.is_missing(request)

    def is_for(self, request: HttpRequest) -> bool:
        """Whether the user belongs to the site's audience."""
        raise NotImplementedError

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Guard a view of the site; views that add rows ignore repeated submissions of the same form."""
        once = ONCE.get(getattr(view, "__name__", ""))
        return super().admin_view(once(view) if once else view, cacheable)

    @method_decorator(never_cache)
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Redirect to the log-in page, or refuse a logged-in user without access."""
        if request.user.is_authenticated:
            if second_factors.is_missing(request):
                return second_factors.lead_to_set_up(request)
            raise PermissionDenied
        return redirect_to_login(request.GET.get("next") or request.path.removesuffix("login/"))

    @method_decorator(require_POST)
    def logout(  # type: ignore[override] # Django renders a page, we redirect to one
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Log out and redirect to the home page."""
        auth.logout(request)
        return redirect("/")

    def password_change(  # type: ignore[override]
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Redirect to the product's own page for changing the password."""
        return redirect("account_change_password")
