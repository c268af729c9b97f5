"""The page behind the link of an invitation."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, cast
from urllib.parse import urlencode

from allauth.account.utils import perform_login
from django import forms
from django.contrib.auth.password_validation import validate_password
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from bandstand.accounts import roles
from bandstand.accounts.models import User
from bandstand.content.shown_names import NAME_MAX_LENGTH, validate_shown_name
from bandstand.organizations.owners import LockedAccountError, OwnersElsewhereError, has_account
from bandstand.teams.invitations import InvitationGoneError, invitation_accept, invitation_bands, invitation_find
from bandstand.teams.models import Invitation
from bandstand_web import rate_limits
from bandstand_web.accounts.forms import PASSWORD_HELP
from bandstand_web.forms.submitting import makes_once
from bandstand_web.requests import PortalRequest


class AcceptForm(forms.Form):
    """What somebody says who gets an account by a mailed link."""

    name = forms.CharField(
        label=_("Your name"),
        max_length=NAME_MAX_LENGTH,
        validators=[validate_shown_name],
        widget=forms.TextInput(attrs={"autocomplete": "name", "autofocus": True}),
    )
    password = forms.CharField(
        label=_("Password"),
        help_text=PASSWORD_HELP,
        strip=False,
        max_length=128,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, email: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.email = email

    def clean(self) -> dict[str, Any]:
        """Return the data. Adds an error to a password that is easily guessed."""
        data = super().clean() or self.cleaned_data
        if "password" in data:
            try:
                validate_password(data["password"], User(email=self.email, name=data.get("name", "")))
            except ValidationError as problem:
                self.add_error("password", problem)
        return data


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
@makes_once
def accept(request: PortalRequest, token: str) -> HttpResponse:
    """Join the team: with a name and a password, or, with an account at this portal, by logging in."""
    if not rate_limits.allows(request, "invitation_accept"):
        return rate_limits.too_many_requests(request)
    try:
        invitation = invitation_find(token)
        if User.objects.filter(email=invitation.email, is_active=True).exists():
            return _join_with_account(request, invitation, token)
        return _join(request, invitation, token)
    except (InvitationGoneError, LockedAccountError, OwnersElsewhereError):  # who would own the portal mustn't any more
        return _answer(render(request, "account/invitation_gone.html", status=HTTPStatus.GONE))


def _join(request: PortalRequest, invitation: Invitation, token: str) -> HttpResponse:
    if invitation.role == roles.OWNER and has_account(invitation.email):
        return _join_with_platform_account(request, invitation, token)
    form = AcceptForm(request.POST or None, email=invitation.email)
    if request.method == "POST" and form.is_valid():
        return _enter(request, invitation, invitation_accept(token=token, **form.cleaned_data))
    return _accept_page(request, invitation, form)


def _join_with_platform_account(request: PortalRequest, invitation: Invitation, token: str) -> HttpResponse:
    """Let an owner of other portals join: the link proves the address, and the account has its password already."""
    if request.method == "POST":
        return _enter(request, invitation, invitation_accept(token=token))
    return _accept_page(request, invitation, None)


def _enter(request: PortalRequest, invitation: Invitation, user: User) -> HttpResponse:
    """Log the new member in; an owner does that at the platform."""
    if invitation.role == roles.OWNER:
        return _answer(redirect(f"{reverse('hand_over')}?{urlencode({'login': invitation.email})}"))
    return _answer(perform_login(request, user, redirect_url=reverse("backstage:dashboard")))


def _join_with_account(request: PortalRequest, invitation: Invitation, token: str) -> HttpResponse:
    if not (request.user.is_authenticated and request.user.email == invitation.email):
        return _answer(redirect_to_login(request.path))
    if request.method == "POST":
        return _enter(request, invitation, invitation_accept(token=token))
    return _accept_page(request, invitation, None)


def _accept_page(request: PortalRequest, invitation: Invitation, form: AcceptForm | None) -> HttpResponse:
    context = {
        "invitation": invitation,
        "role": roles.ROLES[invitation.role],
        "bands": ", ".join(invitation_bands(invitation)),
        "form": form,
    }
    return _answer(render(request, "account/invitation_accept.html", context))


def _answer(response: Any) -> HttpResponse:
    # The address is the secret. "no-referrer" would make browsers send forms with `Origin: null`, which is refused.
    response["Referrer-Policy"] = "same-origin"
    return cast("HttpResponse", response)
