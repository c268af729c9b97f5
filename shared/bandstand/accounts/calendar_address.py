"""The secret address at which a calendar program reads what somebody on the team may see, without a session.

Two columns of the account hold its digest and when it was made. Nobody can read the address again, not even its owner;
making another one or revoking it ends the one before.
"""

from __future__ import annotations

import secrets

from django.db import transaction
from django.utils import timezone

from bandstand.accounts import roles
from bandstand.accounts.models import User
from bandstand.accounts.token_digests import token_digest
from bandstand.audit.models import Act
from bandstand.audit.recording import record


@transaction.atomic
def calendar_address_make(user: User) -> str:
    """Return the token of a new address of `user`; one made before leads nowhere any more."""
    token = secrets.token_urlsafe(32)
    user.calendar_digest, user.calendar_since = token_digest(token), timezone.now()
    given = {"calendar_digest": user.calendar_digest, "calendar_since": user.calendar_since}
    User.objects.filter(pk=user.pk).update(**given)
    record(Act.CALENDAR_MADE, target=user.email)
    return token


@transaction.atomic
def calendar_address_revoke(user: User) -> bool:
    """End the address of `user`; return whether there was one."""
    with_one = User.objects.filter(pk=user.pk).exclude(calendar_digest="")
    had_one = bool(with_one.update(calendar_digest="", calendar_since=None))
    user.calendar_digest, user.calendar_since = "", None
    if had_one:
        record(Act.CALENDAR_REVOKED, target=user.email)
    return had_one


def calendar_holder(token: str) -> User | None:
    """Return whose address has `token`: somebody who is on the team now, whatever was when it was made."""
    user = User.objects.filter(calendar_digest=token_digest(token), is_active=True).first()
    return user if user and roles.role_of(user) else None
