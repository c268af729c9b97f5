"""Recovery of a platform account by staff, for an owner who lost both email address and second step."""

from __future__ import annotations

from typing import Any

from allauth.account.models import EmailAddress
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django_tenants.utils import get_public_schema_name, schema_context, tenant_context

from bandstand.accounts.models import User
from bandstand.accounts.tokens import PasswordResetTokenGenerator
from bandstand.audit.models import Act
from bandstand.audit.recording import record
from bandstand.mail.sending import send_template
from bandstand.organizations.behind import takes_rows
from bandstand.organizations.models import Organization


class AddressTakenError(ValidationError):
    """Another account of the platform has the address; its message is for people."""

    def __init__(self) -> None:
        super().__init__(_("An account with this address already exists."), code="address_taken")


@transaction.atomic
def account_recover(*, account: User, email: str, reason: str) -> None:
    """Give `account`, of the platform, the address `email`, and mail a link for a new password there.

    Password, second steps and sessions end, at the portals as well. The address counts as proven: only whoever reads
    its mail can set a password. Raises AddressTakenError.
    """
    with schema_context(get_public_schema_name()):
        account = User.objects.select_for_update().get(pk=account.pk)
        former, email = account.email, email.strip().lower()
        if _is_taken(email, account):
            raise AddressTakenError
        Authenticator.objects.filter(user=account).delete()
        EmailAddress.objects.filter(user=account).delete()
        account.email = email
        account.set_unusable_password()  # the receivers of this write end the sessions at the portals
        account.save()
        EmailAddress.objects.create(user=account, email=email, verified=True, primary=True)
        owned = list(Organization.objects.owned_by(account).order_by("pk"))
        detail = reason if former == email else f"{former}: {reason}"
        record(Act.ACCOUNT_RECOVERED, target=email, detail=detail)
        language = owned[0].language if owned else None
        _send("account_recovered", email, language, email=email, link=_reset_link(account))
        if former != email:
            _send("account_moved", former, language, former=former)
    for organization in owned:
        if takes_rows(organization):
            with tenant_context(organization):
                record(Act.ACCOUNT_RECOVERED, target=email, detail=detail)


def _is_taken(email: str, account: User) -> bool:
    accounts = User.objects.filter(email=email).exclude(pk=account.pk)
    return accounts.exists() or EmailAddress.objects.filter(email=email).exclude(user=account).exists()


def _reset_link(account: User) -> str:
    key = {"uidb36": user_pk_to_url_str(account), "key": PasswordResetTokenGenerator().make_token(account)}
    path = reverse("account_reset_password_from_key", kwargs=key, urlconf=settings.PUBLIC_SCHEMA_URLCONF)
    return f"{settings.PUBLIC_URL}{path}"


def _send(name: str, to: str, language: str | None, **context: Any) -> None:
    values = {"platform_host": settings.BASE_DOMAIN, **context}
    send_template(name, to=to, context=values, language=language, is_essential=True)
