"""Switches counting off and on, and deletes what was counted."""

from __future__ import annotations

from django.db import transaction
from django_tenants.utils import get_public_schema_name, schema_context

from bandstand.numbers.models import CountedDay
from bandstand.numbers.tallies import tallies_forget
from bandstand.organizations.models import Organization


@transaction.atomic
def counting_switch(*, organization: Organization, is_on: bool) -> None:
    """Have visits counted, or nothing at all from now on. Every process is told once this is committed."""
    organization.counts_visits = is_on
    with schema_context(get_public_schema_name()):
        organization.save(update_fields=["counts_visits"])  # its signal makes every process forget what it knew


def numbers_delete(*, organization: Organization) -> int:
    """Delete all that was counted in the current schema, and what is on its way to it; return how many days."""
    tallies_forget(organization.schema_name)
    deleted, _by_model = CountedDay.objects.all().delete()
    return deleted
