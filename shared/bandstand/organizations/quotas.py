"""Enforces the limits of plans on organizations and owners.

Code that adds something calls `room_take` in the same transaction. A lock held until the end of that transaction makes
the count exact: concurrent callers see what those before them added. Over a limit only adding is refused; existing
data stays, whatever happens to the plan.

Files are counted in storage_use.py, as they aren't transactional.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max, Q
from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.utils.formats import get_format, number_format
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from bandstand.accounts.models import User
from bandstand.database.connection import connection
from bandstand.organizations.current import NoOrganizationError, current_organization
from bandstand.organizations.models import Organization
from bandstand.organizations.plans import OF_ORGANIZATIONS, Allowance, Limit, Plan, Subscription, Usage

MB = 1024 * 1024
NEAR = 0.8  # the share of a limit from which people are warned
Meter = Callable[[], int]

_meters: dict[Limit, Meter] = {}
_REACHED: dict[Limit, Promise] = {
    Limit.BANDS: _(
        "Your plan includes %(most)s bands, and you have %(used)s, including those in the trash. Delete some for good"
        " to make room."
    ),
    Limit.STORAGE: _(
        "Your plan includes %(most)s of storage, and %(used)s are in use: there is no room for this. Delete pictures"
        " that you no longer need."
    ),
    Limit.MAILS: _("Your plan includes %(most)s emails a day, and %(used)s went out."),
    Limit.MEMBERS: _("Your plan includes %(most)s team members, and you have %(used)s, open invitations included."),
    Limit.PORTALS: _("You have %(used)s portals, and one owner can have %(most)s. Nothing you entered is lost."),
}


_TITLES: dict[Limit, Promise] = {
    Limit.BANDS: _("Bands"),
    Limit.STORAGE: _("Storage"),
    Limit.MAILS: _("Emails in the last 24 hours"),
    Limit.MEMBERS: _("Team members and open invitations"),
    Limit.PORTALS: _("Portals"),
}


def shown(limit: Limit, number: int) -> str:
    """Return a number for `limit` formatted for people, with its unit."""
    if limit is not Limit.STORAGE:
        return number_format(number, force_grouping=True)
    figure, _space, unit = filesizeformat(number).partition("\xa0")
    whole = figure.removesuffix(f"{get_format('DECIMAL_SEPARATOR')}0")
    return f"{whole}\xa0{unit}"


def whom_to_ask() -> str:
    """Return a sentence on who can raise a limit."""
    if not settings.SUPPORT_CONTACT:
        return gettext("If you need more, ask the people who run this platform.")
    contact = settings.SUPPORT_CONTACT.removeprefix("mailto:")
    return (
        gettext("If you need more, write to %(contact)s.") % {"contact": contact}
        if "@" in contact
        else gettext("If you need more, see %(contact)s.") % {"contact": contact}
    )


class LimitReachedError(ValidationError):
    """The limit doesn't allow any more. The message says what to do."""

    def __init__(self, limit: Limit, *, used: int, most: int) -> None:
        text = _REACHED[limit] % {"used": shown(limit, used), "most": shown(limit, most)}
        super().__init__(f"{text} {whom_to_ask()}", code="limit")
        self.limit, self.used, self.most = limit, used, most


@dataclass(frozen=True)
class Bound:
    """A limit (None: unlimited; storage in bytes), and until when an allowance by staff sets it."""

    most: int | None
    until: datetime | None = None


@dataclass(frozen=True)
class Standing:
    """How much of a limit is in use."""

    limit: Limit
    used: int
    most: int | None
    until: datetime | None = None

    @property
    def percent(self) -> int:
        """Usage from 0 to 100; 0 without a limit."""
        if self.most is None:
            return 0
        return min(100, self.used * 100 // self.most) if self.most else 100

    @property
    def is_near(self) -> bool:
        """Whether to warn people that the limit is near."""
        return self.most is not None and self.used >= self.most * NEAR

    @property
    def is_reached(self) -> bool:
        """Whether nothing more can be added."""
        return self.most is not None and self.used >= self.most

    @property
    def title(self) -> str:
        """The limit's name for people."""
        return str(_TITLES[self.limit])

    @property
    def text(self) -> str:
        """The usage for people: 2.1 of 5 GB."""
        used = shown(self.limit, self.used)
        if self.most is None:
            return gettext("%(used)s, without a limit") % {"used": used}
        most = shown(self.limit, self.most)
        figure, space, unit = used.partition("\xa0")
        if space and most.endswith(f"\xa0{unit}"):
            used = figure
        return gettext("%(used)s of %(most)s") % {"used": used, "most": most}


def meter(limit: Limit) -> Callable[[Meter], Meter]:
    """Register the decorated function as the one that measures the current portal's use of `limit`.

    Models with `limited_by` need none.
    """

    def register(function: Meter) -> Meter:
        _meters[limit] = function
        return function

    return register


def measure(limit: Limit) -> int:
    """Return the current portal's use of `limit`. Several queries; storage checks every file."""
    if limit in _meters:
        return _meters[limit]()
    return sum(model._base_manager.count() for model in apps.get_models() if _limit_of_model(model) is limit)  # noqa: SLF001 - Django documents it


def _limit_of_model(model: type[Any]) -> Limit | None:
    return getattr(model, "limited_by", None)


def plan_of(organization: Organization) -> Plan:
    """Return the organization's current plan."""
    subscriptions = Subscription.objects.at(timezone.now()).filter(organization=organization.pk)
    current = subscriptions.select_related("plan").first()
    return current.plan if current else Plan.objects.default()


def bounds_of(organization: Organization) -> dict[Limit, Bound]:
    """Return the limits from the organization's plan and allowances. At most three queries."""
    plan = plan_of(organization)
    oldest_first = Allowance.objects.at(timezone.now()).filter(organization=organization.pk).reverse()
    allowed = {allowance.limit: allowance for allowance in oldest_first}
    found = {}
    for limit in OF_ORGANIZATIONS:
        allowance = allowed.get(limit)
        most = plan.most(limit) if allowance is None else allowance.most
        in_bytes = most * MB if most is not None and limit is Limit.STORAGE else most
        found[limit] = Bound(in_bytes, allowance.until if allowance else None)
    return found


class _Room:
    """The room that a block may use before it has to be counted again; see `counted_at_end`."""

    def __init__(self, limit: Limit, most: int | None) -> None:
        self.schema, self.limit, self.most = connection.schema_name, limit, most
        self.taken = self._left = 0

    def take(self, count: int) -> None:
        """Take room for `count`. Raises LimitReachedError."""
        self.check(count)
        self._left -= count
        self.taken += count

    def check(self, count: int) -> None:
        """Raise LimitReachedError unless `count` more fit, after a recount, as a rollback may have freed room."""
        if self.most is not None and self._left < count:
            used = measure(self.limit)
            self._left = self.most - used
            if self._left < count:
                raise LimitReachedError(self.limit, used=used, most=self.most)


_room: ContextVar[_Room | None] = ContextVar("bandstand_room", default=None)


def room_take(limit: Limit, count: int = 1) -> None:
    """Make sure that there is room for `count` more in the current portal.

    The lock is held until the caller's transaction ends, so no one else can take the same room. Raises
    LimitReachedError.
    """
    room = _room_for(limit)
    if room is not None:
        room.take(count)
        return
    most = _most(limit)
    if most is None:
        return
    _lock(limit)
    _refuse_beyond(limit, most, count)


def room_check(limit: Limit, count: int = 1) -> None:
    """Raise LimitReachedError if there is no room for `count` more now. For forms, before anything is written."""
    room = _room_for(limit)
    if room is not None:
        room.check(count)
        return
    most = _most(limit)
    if most is not None:
        _refuse_beyond(limit, most, count)


@contextmanager
def counted_at_end(limit: Limit) -> Iterator[None]:
    """Let the block, within a transaction, add many rows without blocking others who add one.

    Within the block rows are checked against a local count; at its end all are counted again under the lock. Raises
    LimitReachedError then if others have taken the room in the meantime: roll back and try again.
    """
    room = _Room(limit, _most(limit))
    token = _room.set(room)
    try:
        yield
    finally:
        _room.reset(token)
    if room.most is not None and room.taken:
        _lock(limit)
        _refuse_beyond(limit, room.most, 0)


def standings() -> list[Standing]:
    """Return the current portal's use of each limit; storage as counted so far."""
    organization = current_organization()
    stored = Usage.objects.filter(organization=organization.pk).values_list("storage_bytes", flat=True).first()
    return [
        Standing(
            limit,
            stored if limit is Limit.STORAGE and stored is not None else measure(limit),
            bound.most,
            bound.until,
        )
        for limit, bound in bounds_of(organization).items()
    ]


def measured_standings(organization: Organization) -> list[Standing]:
    """Return an organization's use of each limit as last measured, without looking into its portal; [] before that."""
    usage = Usage.objects.filter(organization=organization).first()
    if usage is None:
        return []
    return [
        Standing(
            limit,
            usage.storage_bytes if limit is Limit.STORAGE else getattr(usage, limit.value),
            bound.most,
            bound.until,
        )
        for limit, bound in bounds_of(organization).items()
    ]


def portals_bound(owner: User) -> Bound:
    """Return how many portals this platform account may own: by an allowance, or else by its most generous plan."""
    allowance = Allowance.objects.at(timezone.now()).filter(owner=owner.pk).first()
    if allowance is not None:
        return Bound(allowance.most, allowance.until)
    if not settings.PORTALS_PER_OWNER:
        return Bound(None)
    owned = Organization.objects.owned_by(owner)
    current = Subscription.objects.at(timezone.now()).filter(organization__in=owned).order_by()
    plans = Plan.objects.filter(Q(slug=settings.DEFAULT_PLAN) | Q(pk__in=current.values("plan")))
    best = plans.order_by().aggregate(best=Max("portals"))["best"] or 0
    return Bound(max(settings.PORTALS_PER_OWNER, best))


def portals_standing(owner: User) -> Standing:
    """Return how many portals the account owns, without those being deleted. At most three queries."""
    bound = portals_bound(owner)
    return Standing(Limit.PORTALS, Organization.objects.owned_by(owner).count(), bound.most, bound.until)


def portal_room_check(owner: User) -> None:
    """Raise LimitReachedError if the account has reached its limit of portals."""
    most = portals_bound(owner).most
    if most is not None and (used := Organization.objects.owned_by(owner).count()) >= most:
        raise LimitReachedError(Limit.PORTALS, used=used, most=most)


def portal_room_take(owner: User) -> None:
    """Do the same, holding a lock on the account until the caller's transaction ends."""
    # Not FOR UPDATE, which would block inserts of rows that reference the account.
    User.objects.select_for_update(no_key=True).get(pk=owner.pk)
    portal_room_check(owner)


def _room_for(limit: Limit) -> _Room | None:
    room = _room.get()
    return room if room and room.limit is limit and room.schema == connection.schema_name else None


def _most(limit: Limit) -> int | None:
    try:
        return bounds_of(current_organization())[limit].most
    except NoOrganizationError:
        return None  # the platform has no plan


def _lock(limit: Limit) -> None:
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("Room is taken in the transaction that fills it.")
    with connection.cursor() as cursor:
        key = f"quota:{connection.schema_name}:{limit.value}"
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [key])


def _refuse_beyond(limit: Limit, most: int, count: int) -> None:
    used = measure(limit)
    if used + count > most:
        raise LimitReachedError(limit, used=used, most=most)
