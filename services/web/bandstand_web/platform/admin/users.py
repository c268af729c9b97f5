"""Accounts of the platform: owners of organizations, and staff."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db import IntegrityError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bandstand.accounts.models import User
from bandstand.audit.models import Act
from bandstand.audit.recording import record
from bandstand.teams.recovering import AddressTakenError, account_recover
from bandstand_web.accounts.confirming import confirmed_to_write
from bandstand_web.shell.admin.guarding import GuardedAdmin
from bandstand_web.shell.admin.platform_site import site as platform_site


class RecoveryForm(forms.Form):
    """Where a recovered account gets its link, and why."""

    email = forms.EmailField(
        label=gettext_lazy("Email address"),
        max_length=254,
        help_text=gettext_lazy("The link for a new password goes there. Make sure that the address is the owner's."),
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=200,
        help_text=gettext_lazy(
            "How you verified who asked. It is kept in the security logs of the platform and of the account's portals."
        ),
    )


@admin.register(User, site=platform_site)
class PlatformUserAdmin(GuardedAdmin):
    """Deactivates and recovers accounts; superusers also choose who is staff."""

    list_display = ["email", "name", "is_active", "is_staff", "date_joined", "last_login"]
    list_filter = ["is_active", "is_staff", "is_superuser"]
    search_fields = ["email", "name"]
    fields = ["email", "name", "is_active", "is_staff", "groups", "date_joined", "last_login"]
    filter_horizontal = ["groups"]
    actions = ["recover"]

    @method_decorator(confirmed_to_write)
    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """List the accounts; recovering one requires the password."""
        return super().changelist_view(request, extra_context)

    @method_decorator(confirmed_to_write)
    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show the form; changing rights requires the password."""
        return super().changeform_view(request, *args, **kwargs)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """Save, and note the change in the security log."""
        super().save_model(request, obj, form, change)
        if form.changed_data:
            state = [name for name in ("is_active", "is_staff", "is_superuser") if getattr(obj, name)]
            record(Act.ACCOUNT_CHANGED, target=obj.email, detail=", ".join(state))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Return the fields that this user may not change: only superusers can make someone staff."""
        fixed = ["email", "name", "date_joined", "last_login"]
        return fixed if request.user.is_superuser else [*fixed, "is_staff", "groups"]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Only superusers may change superusers."""
        if obj is not None and obj.is_superuser and not request.user.is_superuser:
            return False
        return super().has_change_permission(request, obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Accounts are created by signing up."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Accounts own organizations, so they are deactivated instead."""
        return False

    def has_recover_permission(self, request: HttpRequest) -> bool:
        """Whether the user may recover accounts."""
        return request.user.has_perm("accounts.change_user")

    @admin.action(description=gettext_lazy("Recover"), permissions=["recover"])
    def recover(self, request: HttpRequest, accounts: QuerySet[User]) -> HttpResponse | None:
        """Recover one account: ask where to and why, then do it."""
        account = self._recoverable(request, list(accounts[:2]))
        if account is None:
            return None
        is_sent = "confirmed" in request.POST
        form = RecoveryForm(request.POST if is_sent else None, initial={"email": account.email})
        if form.is_valid() and self._is_recovered(account, form):
            self.log_change(request, account, _("Recovered."))
            messages.success(
                request,
                _("A link for a new password is on its way to %(email)s.") % {"email": form.cleaned_data["email"]},
            )
            return None
        context = {
            **self.admin_site.each_context(request),
            "title": _("Recover this account?"),
            "account": account,
            "form": form,
            "opts": self.opts,
        }
        return TemplateResponse(request, "admin/accounts/recover.html", context)

    @staticmethod
    def _recoverable(request: HttpRequest, accounts: list[User]) -> User | None:
        """Return the account, or say why it can't be recovered here. A new address would give away staff's rights."""
        account = accounts[0]
        if len(accounts) > 1:
            messages.error(request, _("Recover one account at a time."))
        elif (account.is_staff or account.is_superuser) and not request.user.is_superuser:
            messages.error(request, _("Only superusers can recover accounts of staff."))
        elif not account.is_active:
            messages.error(request, _("This account is locked. Unlock it first."))
        else:
            return account
        return None

    @staticmethod
    def _is_recovered(account: User, form: RecoveryForm) -> bool:
        try:
            account_recover(account=account, email=form.cleaned_data["email"], reason=form.cleaned_data["reason"])
        except (AddressTakenError, IntegrityError):  # the latter: taken at this very moment
            form.add_error("email", AddressTakenError())
            return False
        return True
