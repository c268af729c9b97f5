"""Completes a sign-up: creates the owner's account and portal in one transaction."""

from __future__ import annotations

from allauth.account.models import EmailAddress
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from bandstand.accounts.models import User
from bandstand.organizations.models import Organization
from bandstand.tenancy.provisioning import organization_create


class AccountExistsError(ValidationError):
    """An account with this address was created between the form and the code."""

    def __init__(self) -> None:
        super().__init__(_("An account with this address already exists. Log in to add another portal."))


@transaction.atomic
def signup_complete(
    *, email: str, password_hash: str, name: str, slug: str, language: str, time_zone: str
) -> Organization:
    """Create a new owner, whose address is verified, and their organization, atomically; return the organization.

    `password_hash` is what `make_password` returned when the form was sent. Raises AccountExistsError, and
    ValidationError by field if the slug was taken in the meantime.
    """
    owner = User(email=email, password=password_hash)
    try:
        with transaction.atomic():
            owner.save()
    except IntegrityError:
        raise AccountExistsError from None
    EmailAddress.objects.create(user=owner, email=owner.email, verified=True, primary=True)
    return organization_create(name=name, slug=slug, owner=owner, language=language, time_zone=time_zone)
