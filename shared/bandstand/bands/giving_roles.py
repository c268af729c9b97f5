"""Who has which role in which bands: given on the team's page or by an invitation, taken with the place on the team."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.dispatch import receiver

from bandstand.accounts.models import User
from bandstand.audit.models import Act
from bandstand.audit.recording import record
from bandstand.bands.band_roles import BandRole
from bandstand.bands.models import Band
from bandstand.content.of_bands import forget_roles
from bandstand.teams.invitations import invitation_accepted
from bandstand.teams.membership import member_removed
from bandstand.teams.models import Invitation


@transaction.atomic
def band_roles_set(*, user: User, given: Mapping[int, str]) -> list[BandRole]:
    """Give the user these roles, by the keys of bands, and no others; return them. Bands that are gone are left out.

    A role in a band that is in the trash stays as it is.
    """
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    known = {key: role for key, role in given.items() if role in BandRole.Role.values}
    bands = list(Band.objects.filter(pk__in=known))
    before = band_roles_told(user)
    BandRole.objects.filter(user=user).exclude(band__in=bands).delete()
    for band in bands:
        BandRole.objects.update_or_create(user=user, band=band, defaults={"role": known[band.pk]})
    forget_roles(user)
    after = band_roles_told(user)
    if after != before:
        record(Act.BAND_ROLES_CHANGED, target=user.email, detail=after)
    return list(BandRole.objects.filter(user=user).select_related("band").order_by("band__name", "pk"))


def band_roles_told(user: User) -> str:
    """Return the user's roles in bands as the security log names them."""
    held = BandRole.objects.filter(user=user).select_related("band").order_by("band__name", "pk")
    return ", ".join(f"{each.band}: {each.role}" for each in held)


@receiver(invitation_accepted, dispatch_uid="bands.roles_of_invitation")
def _give(invitation: Invitation, user: User, **_kwargs: Any) -> None:
    band_roles_set(user=user, given=dict(invitation.band_roles))


@receiver(member_removed, dispatch_uid="bands.roles_of_former_members")
def _take(user: User, **_kwargs: Any) -> None:
    BandRole._base_manager.filter(user=user).delete()  # noqa: SLF001 - in the trash too
    forget_roles(user)
