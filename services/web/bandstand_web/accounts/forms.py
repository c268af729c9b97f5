"""allauth's forms in this product's words: labels instead of placeholders, a new password typed once."""

from __future__ import annotations

from typing import Any

from allauth.account import forms as allauth_forms
from django import forms
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from bandstand.accounts.lockout import log_in_schema
from bandstand.accounts.models import User
from bandstand_web import rate_limits

PASSWORD_HELP = _("At least 10 characters. A sentence is easy to remember.")


class PlainFieldsMixin:
    """Takes the placeholders out, which vanish as soon as they are needed."""

    fields: dict[str, forms.Field]
    words: dict[str, Any] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.widget.attrs.pop("placeholder", None)
            field.label = self.words.get(name, field.label)
            if name == "password1":
                field.help_text = PASSWORD_HELP


class LoginForm(PlainFieldsMixin, allauth_forms.LoginForm):  # type: ignore[misc]
    """Address and password."""

    words = {"login": _("Email address"), "password": _("Password")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].initial = self.request.GET.get("login", "")  # what an owner typed at a portal


class AddEmailForm(PlainFieldsMixin, allauth_forms.AddEmailForm):  # type: ignore[misc]
    """A new address."""

    words = {"email": _("New email address")}


class ConfirmCodeForm(PlainFieldsMixin, allauth_forms.ConfirmEmailVerificationCodeForm):  # type: ignore[misc]
    """The code from the mail."""

    words = {"code": _("Code")}


class ReauthenticateForm(PlainFieldsMixin, allauth_forms.ReauthenticateForm):  # type: ignore[misc]
    """The password once more."""

    words = {"password": _("Password")}


class ResetPasswordForm(PlainFieldsMixin, allauth_forms.ResetPasswordForm):  # type: ignore[misc]
    """Where to mail the link to."""

    words = {"email": _("Email address")}
    users: list[User]

    def clean_email(self) -> str:
        """Return the address, and find its account by as many queries as it takes to find none."""
        email = str(self.cleaned_data["email"]).strip().lower()
        proven = {"emailaddress__email": email, "emailaddress__verified": True}
        with log_in_schema(email):
            self.users = list(User.objects.filter(is_active=True, **proven))
        return email

    @transaction.atomic
    def save(self, request: HttpRequest, **options: Any) -> str:
        """Mail the link. Without an account, or a day's mails after the limit, do the same and take it back.

        All three take as long, and the page says the same.
        """
        is_nobody = not self.users
        is_one_too_many = not rate_limits.allows(request, "reset_links", key=self.cleaned_data["email"])
        if is_nobody:
            self.users = [User(pk=0, email=self.cleaned_data["email"])]
        with log_in_schema(self.cleaned_data["email"]):  # an owner gets a link to the platform
            address = str(super().save(request, **options))
        if is_nobody or is_one_too_many:
            transaction.set_rollback(True)
        return address


class ResetPasswordKeyForm(PlainFieldsMixin, allauth_forms.ResetPasswordKeyForm):  # type: ignore[misc]
    """A new password, by the link."""

    password2 = None
    words = {"password1": _("New password")}


class ChangePasswordForm(PlainFieldsMixin, allauth_forms.ChangePasswordForm):  # type: ignore[misc]
    """A new password, knowing the old one."""

    password2 = None
    words = {"oldpassword": _("Current password"), "password1": _("New password")}


class SetPasswordForm(PlainFieldsMixin, allauth_forms.SetPasswordForm):  # type: ignore[misc]
    """A first password."""

    password2 = None
    words = {"password1": _("Password")}
