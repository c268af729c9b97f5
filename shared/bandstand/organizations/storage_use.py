"""Counts the bytes of files as they are stored and deleted, so that a portal never exceeds its plan.

Files aren't transactional, so their bytes are reserved before writing and released after deletion; if a process dies
in between, `usage_measure` corrects the count at night. A single UPDATE reserves the bytes, so concurrent uploads see
each other's reservations. Called by media/counted_storage.py.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import timedelta

from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Greatest, Now
from django.utils import timezone
from django_tenants.utils import tenant_context

from bandstand.database.connection import connection
from bandstand.organizations.models import SCHEMA_PREFIX, Organization
from bandstand.organizations.plans import OF_ORGANIZATIONS, Limit, Usage
from bandstand.organizations.quotas import LimitReachedError, bounds_of, measure

# Far longer than a request or a job may take between the reservation and the file.
LONGEST_UPLOAD = timedelta(hours=1)
logger = logging.getLogger(__name__)


class Prepaid:
    """Bytes reserved earlier, for files stored in the block."""

    def __init__(self, size: int) -> None:
        self.left = size

    def pay(self, size: int) -> int:
        """Use up the reservation for `size` bytes and return how many aren't covered."""
        paid = min(self.left, size)
        self.left -= paid
        return size - paid

    def forfeit(self) -> None:
        """Drop the reservation without releasing it, as other code has done so."""
        self.left = 0


_counts: ContextVar[bool] = ContextVar("bandstand_counts_files", default=True)
_prepaid: ContextVar[Prepaid | None] = ContextVar("bandstand_prepaid_bytes", default=None)


@contextmanager
def uncounted() -> Iterator[None]:
    """Store and delete files without counting them in the block: for restores and moves from another cell."""
    token = _counts.set(False)
    try:
        yield
    finally:
        _counts.reset(token)


@contextmanager
def prepaid(size: int) -> Iterator[Prepaid]:
    """Let files stored in the block use up `size` bytes reserved for the current portal.

    The rest is released at the end. If the block fails, the bytes stay reserved for the next attempt.
    """
    purse = Prepaid(size)
    token = _prepaid.set(purse)
    try:
        yield purse
    except BaseException:
        _prepaid.reset(token)
        bytes_give_back(max(purse.left - size, 0))
        raise
    _prepaid.reset(token)
    bytes_give_back(purse.left)


@contextmanager
def storing(path: str, size: int) -> Iterator[None]:
    """Count `size` bytes for the portal whose folder contains `path`; a failing block is taken to have stored nothing.

    Raises LimitReachedError, before the block, if there is no room.
    """
    organization = _owner_of(path)
    if organization is None:
        yield
        return
    purse = _prepaid.get()
    unpaid = purse.pay(size) if purse else size
    try:
        _take(organization, unpaid)
    except BaseException:
        if purse:
            purse.left += size - unpaid
        raise
    try:
        yield
    except BaseException:
        _deleted(organization, size)
        raise


def is_counted(path: str) -> bool:
    """Whether the file at `path` is counted, being in a portal's folder."""
    return _counts.get() and path.startswith(SCHEMA_PREFIX)


def deleted(path: str, size: int) -> None:
    """Subtract `size` bytes for the portal whose folder contained `path`."""
    organization = _owner_of(path)
    if organization is not None:
        _deleted(organization, size)


def bytes_take(size: int) -> None:
    """Reserve bytes in the current portal for later. Raises LimitReachedError."""
    organization = _owner_of(f"{connection.schema_name}/")
    if organization is not None:
        _take(organization, size)


def bytes_give_back(size: int) -> None:
    """Release unused reserved bytes of the current portal."""
    organization = _owner_of(f"{connection.schema_name}/")
    if organization is not None:
        _give_back(organization, size)


def bytes_check(size: int) -> None:
    """Raise LimitReachedError if the current portal has no room for `size` more bytes. For forms."""
    organization = _owner_of(f"{connection.schema_name}/")
    most = bounds_of(organization)[Limit.STORAGE].most if organization else None
    if organization is not None and most is not None:
        used = storage_used(organization)
        if used + size > most:
            raise LimitReachedError(Limit.STORAGE, used=used, most=most)


def storage_used(organization: Organization) -> int:
    """Return the organization's stored bytes, measuring them now if that hasn't been done yet."""
    counted = Usage.objects.filter(organization=organization).values_list("storage_bytes", flat=True).first()
    return int(usage_measure(organization).storage_bytes if counted is None else counted)


def usage_measure(organization: Organization) -> Usage:
    """Measure the organization's usage from its files and rows, save it and return it.

    This corrects counts left wrong by a process that died.
    """
    with tenant_context(organization):
        _measure_storage(organization)
        counts = {limit.value: measure(limit) for limit in OF_ORGANIZATIONS if limit is not Limit.STORAGE}
    Usage.objects.filter(organization=organization).update(**counts, measured_at=timezone.now())
    return Usage.objects.get(organization=organization)


def _measure_storage(organization: Organization) -> None:
    """Save the bytes of the files that are there, unless uploads are under way.

    An upload is counted before its file is written, so measuring in between would lose what it has reserved.
    """
    found = measure(Limit.STORAGE)
    usage, created = Usage.objects.get_or_create(organization=organization, defaults={"storage_bytes": found})
    if created or usage.storage_bytes == found:
        return
    at_rest = Q(storage_changed_at=None) | Q(storage_changed_at__lt=timezone.now() - LONGEST_UPLOAD)
    rows = Usage.objects.filter(at_rest, organization=organization, storage_bytes=usage.storage_bytes)
    if rows.update(storage_bytes=found):
        counted = usage.storage_bytes
        logger.warning("%s: %d bytes were counted, %d are there", organization.schema_name, counted, found)


def _take(organization: Organization, size: int) -> None:
    if not size:
        return
    most = bounds_of(organization)[Limit.STORAGE].most
    rows = Usage.objects.filter(organization=organization)
    with transaction.atomic():
        storage_used(organization)  # creates the row
        if most is not None:
            rows = rows.filter(storage_bytes__lte=most - size)
        if rows.update(storage_bytes=F("storage_bytes") + size, storage_changed_at=Now()):
            return
    raise LimitReachedError(Limit.STORAGE, used=storage_used(organization), most=most or 0)


def _deleted(organization: Organization, size: int) -> None:
    purse = _prepaid.get()
    if purse is not None:
        purse.left += size
    else:
        _give_back(organization, size)


def _give_back(organization: Organization, size: int) -> None:
    if size:
        less = Greatest(F("storage_bytes") - size, 0)
        Usage.objects.filter(organization=organization).update(storage_bytes=less, storage_changed_at=Now())


def _owner_of(path: str) -> Organization | None:
    if not is_counted(path):
        return None
    schema = path.partition("/")[0]
    tenant = connection.tenant
    if isinstance(tenant, Organization) and tenant.schema_name == schema:
        return tenant
    return Organization.objects.filter(schema_name=schema).first()
