"""Messages between cells about who owns a portal: signed with the SECRET_KEY that cells share.

The platform's cell decides. It says the whole set of owners with a version, to the cell where the portal lives; of two
messages the newer one counts, in whatever order they come. The other way goes who was taken off the team there.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Greatest

from bandstand.accounts.models import User
from bandstand.jobs.models import Job, JobQuerySet
from bandstand.organizations.behind import is_behind
from bandstand.organizations.models import Organization
from bandstand.organizations.owners import (
    LastOwnerError,
    organization_lock,
    owner_account_create,
    owner_remove,
    owners_derive,
)
from bandstand.teams.following import owners_carry_later, removal_key
from bandstand.teams.job_kinds import CARRY_OWNERS

MESSAGE_SECONDS = 300
_SALT = "bandstand.moving.carrying"
_State = Organization.State


class MessageRefusedError(Exception):
    """The message isn't from another cell of ours, isn't for this one, or is too old."""


class NotNowError(Exception):
    """The message can't be followed at the moment; the text says why."""


@dataclass(frozen=True, kw_only=True)
class Received:
    """What became of a message. `cell` is where the portal lives by now, if that isn't here."""

    cell: str = ""


@transaction.atomic
def owners_message(organization: Organization, *, to: str, ended: Collection[str] = ()) -> tuple[str, int]:
    """Return what the cell `to` is told, and the version: the owners as of now, and whose sessions end."""
    locked = organization_lock(organization)  # version and owners belong together
    owners = User.objects.filter(organizations=locked).order_by("pk").values("email", "name", "is_active")
    about = {"version": locked.owners_version, "owners": list(owners), "ended": sorted(ended)}
    return _signed(locked, to=to, **about), locked.owners_version


def removal_message(organization: Organization, *, to: str, removed: Sequence[str]) -> str:
    """Return what the platform's cell, `to`, is told of owners whom the team took off."""
    return _signed(organization, to=to, removed=sorted(removed))


def message_receive(message: str) -> Received:
    """Do what another cell says. Idempotent. Raises MessageRefusedError and NotNowError."""
    try:
        said: dict[str, Any] = signing.loads(message, salt=_SALT, max_age=MESSAGE_SECONDS)
    except signing.BadSignature:
        raise MessageRefusedError("unreadable, or too old") from None
    if not settings.CELL or said["to"] != settings.CELL:
        raise MessageRefusedError("for another cell")
    with transaction.atomic():
        # The row is locked, so of two messages at once the second sees what the first wrote.
        locked = Organization.objects.select_for_update().filter(schema_name=said["schema"]).first()
        if locked is None or locked.state == _State.DELETING:
            return Received()  # nothing to bring in line any more
        return _removed(locked, said) if "removed" in said else _owned(locked, said)


def owners_carried(organization: Organization, version: int) -> None:
    """Remember that the other cell has this version; an older one changes nothing."""
    known = Organization.objects.filter(pk=organization.pk)
    known.update(owners_carried=Greatest(F("owners_carried"), version))


def _signed(organization: Organization, *, to: str, **about: Any) -> str:
    said = {"to": to, "from": settings.CELL, "schema": organization.schema_name, **about}
    return signing.dumps(said, salt=_SALT, compress=True)


def _owned(organization: Organization, said: dict[str, Any]) -> Received:
    if organization.is_elsewhere:
        return Received(cell=organization.cell)
    if organization.is_read_only:
        raise NotNowError("the portal is on its way")
    if is_behind(organization):
        raise NotNowError("the portal lacks migrations")
    if _tells_of_removals(organization):
        raise NotNowError("owners were removed here, and the platform's cell doesn't know yet")
    if said["version"] >= organization.owners_version:
        organization.owners_version, organization.owners_cell = said["version"], said["from"]
        organization.save(update_fields=["owners_version", "owners_cell"])
        owners = [_account(owner) for owner in said["owners"]]
        organization.owners.add(*owners)
        organization.owners.remove(*organization.owners.exclude(pk__in=[owner.pk for owner in owners]))
    owners_derive(organization, end_sessions_of=said["ended"])
    return Received()


def _removed(organization: Organization, said: dict[str, Any]) -> Received:
    for account in User.objects.filter(organizations=organization, email__in=said["removed"]):
        try:
            owner_remove(organization=organization, account=account)
        except LastOwnerError:
            owners_carry_later(organization)  # they own it still, and the team hears of it
    return Received()


def _account(about: dict[str, Any]) -> User:
    """Return the owner's account in this cell, where nobody logs in: it has no password."""
    account = User.objects.filter(email=about["email"]).first() or owner_account_create(email=about["email"])
    if (account.name, account.is_active) != (about["name"], about["is_active"]):
        account.name, account.is_active = about["name"], about["is_active"]
        account.save(update_fields=["name", "is_active"])
    return account


def _tells_of_removals(organization: Organization) -> bool:
    jobs = JobQuerySet(Job).unfinished().filter(kind=CARRY_OWNERS.name)
    return jobs.filter(key__startswith=removal_key(organization)).exists()
