"""Inviting people to the team: sent, sent again, withdrawn, accepted once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from allauth.account.models import EmailAddress
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import transaction
from django.dispatch import Signal
from django.utils.translation import gettext_lazy as _

from bandstand.accounts import roles
from bandstand.accounts.models import User
from bandstand.audit.models import Act
from bandstand.audit.recording import record
from bandstand.mail.sending import send_template
from bandstand.organizations.current import current_organization
from bandstand.organizations.owners import OwnersElsewhereError
from bandstand.organizations.plans import Limit
from bandstand.organizations.quotas import room_take
from bandstand.teams.bounces import mail_key
from bandstand.teams.membership import team
from bandstand.teams.models import Invitation
from bandstand.teams.owner_mails import tell_new_owner

# From a token to the absolute address of the page that accepts it.
AcceptAddress = Callable[[str], str]


# Sent in the transaction in which somebody joins. sender: Invitation; invitation, and user, who has the role by now.
invitation_accepted = Signal()


class InvitationGoneError(LookupError):
    """The invitation was used, withdrawn, replaced by a newer one, or its time is over."""


@transaction.atomic
def invitation_create(
    *, email: str, role: str, invited_by: User, address: AcceptAddress, band_roles: Iterable[tuple[int, str]] = ()
) -> Invitation:
    """Return a new invitation, with its mail under way. Raises ValidationError by field.

    `band_roles` are keys of bands with a role in each. An invitation that expired gives way to the new one.
    """
    invitation = Invitation(
        email=email, role=role, invited_by=invited_by, band_roles=[list(each) for each in band_roles]
    )
    token = invitation.renew()
    invitation.clean()
    Invitation.objects.filter(email=invitation.email).exclude(pk__in=Invitation.objects.valid().values("pk")).delete()
    invitation.full_clean()
    if role == roles.OWNER and current_organization().owners_cell:
        raise OwnersElsewhereError
    if team().filter(email=invitation.email).exists():
        raise ValidationError({"email": _("This person is already on the team.")}, code="on_team")
    invitation.save()
    _mail(invitation, link=address(token))
    record(Act.INVITED, target=invitation.email, detail=invitation.role)
    return invitation


@transaction.atomic
def invitation_resend(*, invitation: Invitation, address: AcceptAddress) -> Invitation:
    """Return the invitation with a new link under way and a new life time; the former link ends.

    Raises InvitationGoneError when it was used or withdrawn meanwhile, and LimitReachedError where it had expired and
    the team is full by now.
    """
    locked = Invitation.objects.select_for_update().filter(pk=invitation.pk).first()
    if locked is None:
        raise InvitationGoneError
    if locked.is_expired:
        room_take(Limit.MEMBERS)  # it counts again
    token = locked.renew()
    locked.save(update_fields=["token_digest", "expires_at"])
    _mail(locked, link=address(token))
    return locked


@transaction.atomic
def invitation_withdraw(*, invitation: Invitation) -> None:
    """End the invitation and its link."""
    invitation.delete()
    record(Act.INVITATION_WITHDRAWN, target=invitation.email, detail=invitation.role)


def invitation_find(token: str) -> Invitation:
    """Return the invitation that `token` was mailed for. Raises InvitationGoneError."""
    invitation = Invitation.objects.valid().with_token(token).select_related("invited_by").first()
    if invitation is None:
        raise InvitationGoneError
    return invitation


@transaction.atomic
def invitation_accept(*, token: str, name: str = "", password: str | None = None) -> User:
    """Return the account that joined the team, with the invitation used up. Raises InvitationGoneError.

    The link came by mail, so the address is proven. Somebody who left the team gets the former account back with the
    new name and password; an account in use keeps its own, so ask for a log-in before calling this.
    """
    invitation = Invitation.objects.select_for_update().valid().with_token(token).first()
    if invitation is None:
        raise InvitationGoneError
    user = User.objects.select_for_update().filter(email=invitation.email).first() or User(email=invitation.email)
    if not (user.pk and user.is_active):
        user.name = name
        user.is_active = True
        user.set_password(password)
        user.save()
    EmailAddress.objects.update_or_create(user=user, email=user.email, defaults={"verified": True, "primary": True})
    roles.assign(user, invitation.role)
    invitation_accepted.send(Invitation, invitation=invitation, user=user)
    invitation.delete()
    record(Act.JOINED, target=user.email, detail=invitation.role)
    if invitation.role == roles.OWNER:
        tell_new_owner(organization=current_organization(), email=user.email)
    return user


def invitation_bands(invitation: Invitation) -> list[str]:
    """Return the names of the bands that the invitation gives a role in, in order."""
    bands: Any = apps.get_model("bands", "Band")._default_manager  # noqa: SLF001 - of an app above this one
    keys = [band for band, _role in invitation.band_roles]
    return list(bands.filter(pk__in=keys).order_by("name", "pk").values_list("name", flat=True)) if keys else []


def _mail(invitation: Invitation, *, link: str) -> None:
    send_template(
        "team_invitation",
        to=invitation.email,
        context={
            "role": roles.ROLES[invitation.role],
            "bands": ", ".join(invitation_bands(invitation)),
            "invited_by": invitation.invited_by,
            "link": link,
            "expires_at": invitation.expires_at,
        },
        key=mail_key(invitation),
    )
