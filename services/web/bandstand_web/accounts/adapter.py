"""Where allauth leads people: after a log-in, after a change, and by the links in its mail."""

from __future__ import annotations

from typing import Any, cast

from allauth.account.models import EmailAddress
from allauth.core import context
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django_tenants.utils import get_public_schema_name

from bandstand.accounts import roles
from bandstand.accounts.client_address import counted_address
from bandstand.accounts.lockout import counted_account, log_in_schema
from bandstand.accounts.models import User
from bandstand.database.advisory_locks import lock_until_commit
from bandstand.database.connection import connection
from bandstand.mail.account_adapter import AccountAdapter
from bandstand.organizations.owners import proves_at_platform
from bandstand_web import rate_limits
from bandstand_web.accounts import known_browsers

# Source: allauth, DefaultAccountAdapter.error_messages.
LIMITED = {"rate_limited", "too_many_login_attempts"}


class WebAccountAdapter(AccountAdapter):
    """Knows the pages of the platform and of portals."""

    def post_login(self, request: HttpRequest, user: User, **options: Any) -> HttpResponse:
        """Return the way on; from now on this browser is known."""
        response = cast("HttpResponse", super().post_login(request, user, **options))
        known_browsers.remember(response, user)
        return response

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        """Return whose address and password these are.

        allauth looks a second time for an address that it doesn't find; an address that it finds takes as long here.
        """
        email = str(credentials.get("email") or "").lower()
        with transaction.atomic():
            # One try after the other: else a dozen at once pass before the first of them counts as a failure.
            with log_in_schema(email):
                lock_until_commit(f"log-in:{connection.schema_name}:{email}:{counted_address(request)}")
            return self._authenticate(request, email, credentials)

    def _authenticate(self, request: HttpRequest, email: str, credentials: dict[str, Any]) -> User | None:
        if EmailAddress.objects.filter(email=email, verified=True).exists():
            User.objects.filter(email=email).first()
        return cast("User | None", super().authenticate(request, **credentials))

    def validation_error(self, code: str, *args: Any) -> ValidationError:
        """Return what a form of allauth's says; where a limit refused, the answer has that status as well."""
        if code in LIMITED:
            rate_limits.refuse(context.request)
        return cast("ValidationError", super().validation_error(code, *args))

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Return under what wrong passwords are counted: the account, and apart for a browser that it knows."""
        login = str(credentials.get("email") or credentials.get("username") or "")
        return counted_account(login, known_browsers.known_browser(request, login))

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Count the attempt; one at an owner's account counts at the platform, whichever portal it was made at."""
        with log_in_schema(str(credentials.get("email") or credentials.get("username") or "")):
            super().pre_authenticate(request, **credentials)

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        """Return where somebody proves again who they are: an owner at a portal does that at the platform."""
        if isinstance(user, User) and proves_at_platform(user):
            return [{"id": "hand_over", "description": "", "url": reverse("hand_over_confirm")}]
        return cast("list[dict[str, Any]]", super().get_reauthentication_methods(user))

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Return where people land: a portal's team in the backstage, owners on the platform at their organizations."""
        if request.organization is None:  # type: ignore[attr-defined]
            return reverse("organizations")
        return reverse("backstage:dashboard") if roles.role_of(request.user) else "/"  # type: ignore[arg-type]

    def get_logout_redirect_url(self, request: HttpRequest) -> str:
        """Return the front page."""
        return "/"

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        """Return the profile."""
        return reverse("account_profile")

    def get_reset_password_from_key_url(self, key: str) -> str:
        """Return the link for the mail: at the portal's primary domain, whatever host the request came by."""
        path = reverse("account_reset_password_from_key", kwargs={"uidb36": "UID", "key": "KEY"}).replace(
            "UID-KEY", key
        )
        return self._absolute(path)

    def get_email_verification_redirect_url(self, email_address: EmailAddress) -> str:
        """Return where a proven address leads: back to the profile, or on to the log-in."""
        return reverse("account_profile" if self.request.user.is_authenticated else "account_login")

    def send_account_already_exists_mail(self, email: str) -> None:
        """Tell the owner of an account that somebody wanted its address for another one."""
        reset = self._absolute(reverse("account_reset_password"))
        self.send_mail("account/email/account_already_exists", email, {"password_reset_url": reset})

    def _absolute(self, path: str) -> str:
        at_platform = connection.schema_name == get_public_schema_name()  # also for an owner who asks at a portal
        organization = None if at_platform else self.request.organization
        return str(organization.url(path)) if organization else f"{settings.PUBLIC_URL}{path}"
