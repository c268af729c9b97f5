"""Who owns a portal: `Organization.owners`, in `public`, and nothing else. How owners log in is the platform's alone.

The tenant's owner group is derived from it, in the same transaction, whichever side a change comes from: a write to one
side, by whatever code, calls the functions below through the receivers at the end of this module.

An owner's row in the tenant has neither a usable password nor a second step. Sessions hang on the text in place of the
password, as Django has it: a new one ends them all, in the transaction in which it is written.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa import signals as factor_signals
from allauth.mfa.models import Authenticator
from django.contrib.auth import user_logged_out
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.db.models.signals import m2m_changed, post_save, pre_delete, pre_save
from django.dispatch import Signal, receiver
from django.utils.translation import gettext_lazy as _
from django_tenants.utils import get_public_schema_name, schema_context, tenant_context

from bandstand.accounts import roles
from bandstand.accounts.models import User
from bandstand.database.connection import connection
from bandstand.organizations.behind import takes_rows
from bandstand.organizations.current import NoOrganizationError, current_organization
from bandstand.organizations.models import Organization

# Sent within the transaction, with `organization`, where the tenant's rows can't be written here and now.
owners_changed_elsewhere = Signal()
# Sent within the transaction, with `organization` and `account`, where a team that doesn't decide took an owner off.
owner_removed_here = Signal()

_State = Organization.State
# Columns of a platform's account that the portals of an owner follow.
_FOLLOWED = ("email", "is_active", "password")
_deriving: ContextVar[bool] = ContextVar("bandstand_owners_deriving", default=False)


class LastOwnerError(ValidationError):
    """The change would leave the portal without an owner; its message is for people."""

    def __init__(self) -> None:
        super().__init__(_("A team needs at least one owner. Make someone else an owner first."), code="last_owner")


class LockedAccountError(ValidationError):
    """The platform's account of this address is locked; its message is for people."""

    def __init__(self) -> None:
        super().__init__(_("This person's account is locked by the platform."), code="locked_account")


class OwnersElsewhereError(ValidationError):
    """Another cell decides who becomes an owner; the message is for people."""

    def __init__(self) -> None:
        super().__init__(
            _("New owners of this portal can only be named at the platform, by transferring it."),
            code="owners_elsewhere",
        )


def organization_lock(organization: Organization) -> Organization:
    """Return the row, locked: of two changes of owners at once, the second sees what the first left."""
    locked: Organization = Organization.objects.select_for_update().get(pk=organization.pk)
    return locked


@transaction.atomic
def owner_add(*, organization: Organization, account: User) -> None:
    """Give `account`, of the platform, the portal: there and on its team. Raises LockedAccountError."""
    if not account.is_active:
        raise LockedAccountError
    locked = organization_lock(organization)
    with schema_context(get_public_schema_name()):
        locked.owners.add(account)


@transaction.atomic
def owner_remove(*, organization: Organization, account: User) -> None:
    """Take the portal from `account`, of the platform, there and on its team. Raises LastOwnerError."""
    locked = organization_lock(organization)
    with schema_context(get_public_schema_name()):
        others = locked.owners.filter(is_active=True).exclude(pk=account.pk)
        if not others.exists() and locked.owners.filter(pk=account.pk).exists():
            raise LastOwnerError
        locked.owners.remove(account)


@transaction.atomic
def owner_account(*, member: User) -> User:
    """Return the platform's account of a member of the current team, whose address is proven; made where there is none.

    A new one begins with the member's password, authenticator app and recovery codes.
    """
    with schema_context(get_public_schema_name()):
        account = User.objects.filter(email=member.email).first()
    if account is not None:
        return account
    factors = list(
        Authenticator.objects.filter(user=member)
        .exclude(type=Authenticator.Type.WEBAUTHN)  # holds for one host
        .values("type", "data", "created_at", "last_used_at")
    )
    with schema_context(get_public_schema_name()):
        account = owner_account_create(email=member.email, name=member.name, password_hash=member.password)
        Authenticator.objects.bulk_create(Authenticator(user=account, **factor) for factor in factors)
    return account


def has_account(email: str) -> bool:
    """Whether the platform knows an account with this address."""
    with schema_context(get_public_schema_name()):
        return bool(User.objects.filter(email=email.strip().lower()).exists())


def owner_account_create(*, email: str, name: str = "", password_hash: str = "") -> User:
    """Return a new account of the platform, whose schema is entered, for an address that is proven."""
    account = User(email=email, name=name, password=password_hash)
    if not password_hash:
        account.set_unusable_password()
    account.save()
    EmailAddress.objects.create(user=account, email=account.email, verified=True, primary=True)
    return account


@transaction.atomic
def owners_derive(organization: Organization, *, end_sessions_of: Collection[str] = ()) -> None:
    """Make the tenant's owner group equal to `Organization.owners`; writes only what differs.

    Owners with one of the addresses `end_sessions_of` are logged out there as well.

    Whoever owns the portal no longer is off the team. Where the portal can't be written here and now,
    `owners_changed_elsewhere` is sent instead.
    """
    if organization.state == _State.DELETING:
        return
    if not takes_rows(organization):
        owners_changed_elsewhere.send(
            sender=Organization, organization=organization, end_sessions_of=sorted(end_sessions_of)
        )
        return
    with schema_context(get_public_schema_name()):
        wanted = {owner.email: owner for owner in User.objects.filter(organizations=organization)}
    with tenant_context(organization), _derivation():
        group = Group.objects.get(name=roles.OWNER)
        for user in User.objects.filter(groups=group).exclude(email__in=wanted):
            _leave(user)
        known = {user.email: user for user in User.objects.filter(email__in=wanted).prefetch_related("groups")}
        for email, account in wanted.items():
            _join(known.get(email), account, end_sessions=email in end_sessions_of)


def owners_of_team(organization: Organization, owners: Sequence[User]) -> list[User]:
    """Return who owns the portal where the team's owner group says it, as before `public` did.

    Of `owners`, accounts of the platform, those stay whom the team doesn't know: they have another address there.
    """
    with tenant_context(organization):
        holders = [owner_account(member=user) for user in roles.holders(roles.OWNER).order_by("email")]
        known = set(User.objects.filter(email__in=[owner.email for owner in owners]).values_list("email", flat=True))
    if not holders:
        return list(owners)
    return holders + [owner for owner in owners if owner.email not in known]


@transaction.atomic
def owner_sessions_end(account: User) -> None:
    """Log `account`, of the platform, out at every portal that it owns."""
    for organization in _owned(account):
        owners_derive(organization, end_sessions_of=[account.email])


def proves_at_platform(user: User) -> bool:
    """Whether an account of the current team proves at the platform who it is: an owner's. Costs no query."""
    return not _is_platform() and not user.has_usable_password()


def differing_owners(organization: Organization) -> list[str]:
    """Return the addresses that own the portal on one side only."""
    with schema_context(get_public_schema_name()):
        owners = User.objects.filter(organizations=organization, is_active=True)
        here = set(owners.values_list("email", flat=True))
    with tenant_context(organization):
        there = set(roles.holders(roles.OWNER).values_list("email", flat=True))
    return sorted(here ^ there)


def _join(user: User | None, account: User, *, end_sessions: bool) -> None:
    """Let the tenant's row be what the platform's says, and an owner's."""
    is_new = user is None
    user = user or User(email=account.email, name=account.name)
    wanted = (account.is_active, user.name or account.name)
    if is_new or end_sessions or user.has_usable_password() or (user.is_active, user.name) != wanted:
        user.is_active, user.name = wanted
        if is_new or end_sessions or user.has_usable_password():
            user.set_unusable_password()
        user.save()
        Authenticator.objects.filter(user=user).delete()
    if is_new:
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    if {group.name for group in user.groups.all()}.isdisjoint({roles.OWNER}):
        roles.assign(user, roles.OWNER)


def _leave(user: User) -> None:
    """Take an account off the team. The row stays, because the history of bands and gigs points at it."""
    user.groups.clear()
    user.is_active = False
    user.set_unusable_password()  # ends the account's sessions as well
    user.save(update_fields=["is_active", "password"])


@contextmanager
def _derivation() -> Iterator[None]:
    token = _deriving.set(True)
    try:
        yield
    finally:
        _deriving.reset(token)


def _owned(account: User) -> list[Organization]:
    """Return the portals of a platform's account that stand or are elsewhere, in the order in which they are locked."""
    with schema_context(get_public_schema_name()):
        return list(Organization.objects.owned_by(account).order_by("pk"))


def _is_platform() -> bool:
    return bool(connection.schema_name == get_public_schema_name())


def _follow_team(user: User) -> None:
    """Let `public` know what became of a row of the current tenant. Raises LastOwnerError, OwnersElsewhereError."""
    try:
        organization = current_organization()
    except NoOrganizationError:  # the template's schema, or a spare one
        return
    is_owner = user.is_active and user.groups.filter(name=roles.OWNER).exists()
    with schema_context(get_public_schema_name()):
        account = User.objects.filter(organizations=organization, email=user.email).first()
    if is_owner and account is None:
        if organization.owners_cell:
            raise OwnersElsewhereError
        owner_add(organization=organization, account=owner_account(member=user))
    elif not is_owner and account is not None:
        owner_remove(organization=organization, account=account)
        if organization.owners_cell:
            owner_removed_here.send(sender=Organization, organization=organization, account=account)
        # With another role a password of the portal's own is needed, which a mailed link sets.
        user.set_unusable_password()
        User.objects.filter(pk=user.pk).update(password=user.password)


@receiver(
    [
        factor_signals.authenticator_added,
        factor_signals.authenticator_removed,
        factor_signals.authenticator_reset,
        user_logged_out,
    ]
)
def _log_in_changed(user: User | None, **_kwargs: Any) -> None:
    """Whoever changes how they log in at the platform, or logs out there, is logged out at the portals, too."""
    if user is not None and _is_platform():
        owner_sessions_end(user)


# --- Whoever writes either side past the functions above ends up in them --------------------------------------------
@receiver(m2m_changed, sender=Organization.owners.through)
def _owners_written(instance: Any, action: str, reverse: bool, pk_set: set[int] | None, **_kwargs: Any) -> None:
    if action == "pre_clear" and reverse:
        instance.cleared_organizations = list(instance.organizations.all())
    if not action.startswith("post_"):
        return
    organizations: list[Organization] = [instance]
    if reverse:
        found = Organization.objects.filter(pk__in=pk_set or ())
        organizations = instance.__dict__.pop("cleared_organizations", None) or list(found.order_by("pk"))
    for organization in organizations:
        owners_derive(organization)


@receiver(m2m_changed, sender=User.groups.through)
def _group_written(instance: Any, action: str, reverse: bool, pk_set: set[int] | None, **_kwargs: Any) -> None:
    if _deriving.get() or _is_platform():
        return
    if action == "pre_clear":
        instance.cleared_owners = list(_owner_rows(instance, reverse=reverse))
        return
    if action not in {"post_add", "post_remove", "post_clear"}:
        return
    if action == "post_clear":
        users = instance.__dict__.pop("cleared_owners", [])
    elif reverse:
        users = User.objects.filter(pk__in=pk_set or ()) if instance.name == roles.OWNER else []
    else:
        users = [instance] if Group.objects.filter(pk__in=pk_set or (), name=roles.OWNER).exists() else []
    for user in users:
        _follow_team(user)
        user.refresh_from_db(fields=["is_active", "password"])


def _owner_rows(instance: Any, *, reverse: bool) -> QuerySet[User]:
    owners = User.objects.filter(groups__name=roles.OWNER)
    return owners.filter(groups=instance) if reverse else owners.filter(pk=instance.pk)


@receiver(pre_save, sender=User)
def _account_before(instance: User, update_fields: frozenset[str] | None, **_kwargs: Any) -> None:
    """Remember what an account of the platform was, and hold its portals still where they have to follow."""
    if not _is_platform() or instance.pk is None or (update_fields is not None and not update_fields & {*_FOLLOWED}):
        return
    former = User.objects.filter(pk=instance.pk).values(*_FOLLOWED).first()
    if former and former != {name: getattr(instance, name) for name in _FOLLOWED}:
        instance.__dict__["former"] = former
        for organization in _owned(instance):
            organization_lock(organization)


@receiver(post_save, sender=User)
def _account_written(instance: User, update_fields: frozenset[str] | None, **_kwargs: Any) -> None:
    if _deriving.get():
        return
    if _is_platform():
        former = instance.__dict__.pop("former", None)
        for organization in _owned(instance) if former else ():
            _rename(organization, former["email"], instance.email)
            ended = former["password"] != instance.password
            owners_derive(organization, end_sessions_of=[instance.email] if ended else [])
    elif update_fields is None or update_fields & {"is_active", "password"}:
        _team_row_written(instance)


def _team_row_written(instance: User) -> None:
    if instance.is_active and not instance.has_usable_password():
        return
    if _owner_rows(instance, reverse=False).exists():
        _follow_team(instance)
        if instance.has_usable_password():  # whoever gave an owner's row one: it opens nothing
            instance.set_unusable_password()
            User.objects.filter(pk=instance.pk).update(password=instance.password)


def _rename(organization: Organization, former: str, email: str) -> None:
    """Give the tenant's row the new address, unless another row has it, which then becomes the owner's."""
    if former == email or not takes_rows(organization):
        return
    with tenant_context(organization), _derivation():
        if not User.objects.filter(email=email).exists():
            User.objects.filter(email=former).update(email=email)
            EmailAddress.objects.filter(user__email=email).update(email=email)


@receiver(pre_delete, sender=User)
def _account_deleted(instance: User, **_kwargs: Any) -> None:
    if _deriving.get():
        return
    if _is_platform():
        for organization in _owned(instance):
            owner_remove(organization=organization, account=instance)
    elif _owner_rows(instance, reverse=False).exists():
        instance.is_active = False
        _follow_team(instance)
