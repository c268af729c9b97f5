"""Admin pages that ask for the password again."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.decorators import method_decorator

from bandstand_web.accounts.confirming import confirmed_to_write
from bandstand_web.shell.admin.guarding import GuardedAdmin


class ConfirmedAdmin(GuardedAdmin):
    """Rows that can only be written after confirming the password."""

    @method_decorator(confirmed_to_write)
    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return super().changeform_view(request, *args, **kwargs)

    @method_decorator(confirmed_to_write)
    def delete_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return super().delete_view(request, *args, **kwargs)

    @method_decorator(confirmed_to_write)
    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return super().changelist_view(request, extra_context)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Remove bulk deletion, which wouldn't be logged row by row."""
        return {name: action for name, action in super().get_actions(request).items() if name != "delete_selected"}
