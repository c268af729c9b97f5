"""Giving a portal to another person: offered by an owner, accepted or declined by whoever gets the mailed link.

The link holds a signed random token, so a made-up one is told from one that was used. Only its digest is stored, in
`public`, which backups, exports and moves of a portal don't contain.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from django.core import signing
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.db.models.signals import m2m_changed, post_save
from django.dispatch import receiver
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_tenants.utils import get_public_schema_name, schema_context, tenant_context

from bandstand.accounts import roles
from bandstand.accounts.models import User
from bandstand.accounts.token_digests import token_digest
from bandstand.audit.models import Act
from bandstand.organizations.auditing import organization_record
from bandstand.organizations.behind import takes_rows
from bandstand.organizations.models import Organization
from bandstand.organizations.owners import organization_lock, owner_account_create, owner_add, owner_remove
from bandstand.organizations.plans import Limit
from bandstand.organizations.quotas import portal_room_take, room_take
from bandstand.organizations.transfers import CLOSED, TRANSFER_LIFETIME, Transfer
from bandstand.teams.membership import role_change, team
from bandstand.teams.owner_mails import tell_of_transfer, tell_transfer_declined, tell_transferred

# From a token to the absolute address of the page that answers the offer.
AnswerAddress = Callable[[str], str]
_signer = signing.Signer(salt="bandstand.teams.transferring")


class OpenTransferError(Exception):
    """The portal is offered to somebody already."""


class UnknownTransferError(LookupError):
    """No offer was ever made with this token."""


class TransferGoneError(LookupError):
    """The offer was answered or withdrawn, has expired, or isn't the giver's to make any more."""


class WrongAccountError(Exception):
    """The offer was made to another email address than the account's."""


@transaction.atomic
def transfer_offer(
    *, organization: Organization, by: User, email: str, giver_stays: bool, address: AnswerAddress
) -> Transfer:
    """Return a new offer, with its mails on their way. Raises OpenTransferError, and ValidationError by field.

    `by` owns the portal. An offer that is void gives way to the new one.
    """
    organization = organization_lock(organization)
    if organization.state in CLOSED:
        raise ValidationError(_("This portal is closed at the moment."), code="closed")
    email = email.strip().lower()
    if organization.owners.filter(email=email).exists():
        raise ValidationError({"email": _("This person owns the portal already.")}, code="owner")
    Transfer.objects.void().filter(organization=organization).delete()
    if Transfer.objects.filter(organization=organization).exists():
        raise OpenTransferError
    token = _signer.sign(secrets.token_urlsafe(32))
    transfer = Transfer(
        organization=organization,
        given_by=by,
        email=email,
        giver_stays=giver_stays,
        token_digest=token_digest(token),
        expires_at=timezone.now() + TRANSFER_LIFETIME,
    )
    transfer.full_clean()
    transfer.save()
    tell_of_transfer(transfer=transfer, link=address(token))
    organization_record(organization, Act.TRANSFER_OFFERED, detail=email)
    return transfer


@transaction.atomic
def transfer_withdraw(*, organization: Organization) -> bool:
    """End the portal's open offer and its link; return whether there was one."""
    organization_lock(organization)
    transfer = Transfer.objects.filter(organization=organization).first()
    if transfer is None:
        return False
    transfer.delete()
    organization_record(organization, Act.TRANSFER_WITHDRAWN, detail=transfer.email)
    return True


def transfer_find(token: str) -> Transfer:
    """Return the offer that `token` was mailed for. Raises UnknownTransferError and TransferGoneError."""
    try:
        _signer.unsign(token)
    except signing.BadSignature:
        raise UnknownTransferError from None
    found = Transfer.objects.acceptable().filter(token_digest=token_digest(token))
    transfer = found.select_related("organization", "given_by").first()
    if transfer is None:
        raise TransferGoneError
    return transfer


def transfer_is_for(transfer: Transfer, account: User) -> bool:
    """Whether the offer was made to this account of the platform, whose address is verified."""
    proven = EmailAddress.objects.filter(user=account, email=transfer.email, verified=True)
    return account.email == transfer.email and proven.exists()


@transaction.atomic
def transfer_accept(*, token: str, account: User) -> Organization:
    """Give the portal to `account`, take it from the giver, and return it; all of it or nothing.

    Raises UnknownTransferError, TransferGoneError, WrongAccountError, LockedAccountError, and LimitReachedError if the
    account can't own another portal or the team has no room for the giver.
    """
    transfer = _transfer_take(token)
    if not transfer_is_for(transfer, account):
        raise WrongAccountError
    _hand_on(transfer, account)
    return transfer.organization


@transaction.atomic
def transfer_accept_with_new_account(*, token: str, name: str, password: str) -> User:
    """Do the same for an address without an account, and return its new one: the link proves the address."""
    transfer = _transfer_take(token)
    if User.objects.filter(email=transfer.email).exists():
        raise WrongAccountError  # made meanwhile: they have to log in
    account = owner_account_create(email=transfer.email, name=name, password_hash=make_password(password))
    _hand_on(transfer, account)
    return account


@transaction.atomic
def transfer_decline(*, token: str) -> Transfer:
    """End the offer and tell the giver. Raises UnknownTransferError and TransferGoneError."""
    transfer = _transfer_take(token)
    transfer.delete()
    tell_transfer_declined(transfer=transfer)
    organization_record(transfer.organization, Act.TRANSFER_DECLINED, detail=transfer.email)
    return transfer


def transfers_forget() -> int:
    """Delete the offers that can't be accepted any more; return how many."""
    return Transfer.objects.void().delete()[0]


def _transfer_take(token: str) -> Transfer:
    """Return the offer as it is under the portal's lock, under which offers are answered and withdrawn."""
    organization_lock(transfer_find(token).organization)
    return transfer_find(token)


def _hand_on(transfer: Transfer, account: User) -> None:
    organization, giver = transfer.organization, transfer.given_by
    giver_stays = transfer.giver_stays and takes_rows(organization)
    transfer.delete()
    if not organization.owners.filter(pk=account.pk).exists():
        portal_room_take(account)
    if giver_stays:
        _room_on_team(organization, account)
    owner_add(organization=organization, account=account)
    if giver_stays:
        with tenant_context(organization):
            role_change(user=team().get(email=giver.email), role=roles.MANAGER)  # and with it who owns the portal
    else:
        owner_remove(organization=organization, account=giver)
    others = organization.owners.filter(is_active=True).exclude(pk=account.pk).order_by("pk")
    tell_transferred(transfer=transfer, co_owners=list(others.values_list("email", flat=True)))
    organization_record(organization, Act.TRANSFERRED, detail=f"{giver.email} → {account.email}")


def _room_on_team(organization: Organization, account: User) -> None:
    with tenant_context(organization):
        if not team().filter(email=account.email).exists():
            room_take(Limit.MEMBERS)


# --- What ends an offer for good, so that it doesn't come back with its portal or its giver's ownership ---------------
@receiver(post_save, sender=Organization)
def _organization_closed(instance: Organization, **_kwargs: Any) -> None:
    if instance.state in CLOSED:
        with schema_context(get_public_schema_name()):
            Transfer.objects.filter(organization=instance).delete()


@receiver(m2m_changed, sender=Organization.owners.through)
def _owners_written(instance: Any, action: str, **_kwargs: Any) -> None:
    if action not in {"post_remove", "post_clear"}:
        return
    about = Q(organization=instance) if isinstance(instance, Organization) else Q(given_by=instance)
    with schema_context(get_public_schema_name()):
        Transfer.objects.void().filter(about).delete()
