"""A portal that is suspended, deleted or moved takes its bands off the pages of those who list them, at once."""

from __future__ import annotations

from typing import Any

from django.db.models.signals import post_save
from django.dispatch import receiver

from bandstand.database.connection import connection
from bandstand.listings.models import Listing
from bandstand.organizations.models import Organization


@receiver(post_save, sender=Organization, dispatch_uid="listings.pages_of_listers")
def _organization_changed(
    instance: Organization, created: bool, update_fields: frozenset[str] | None, **_kwargs: Any
) -> None:
    if created or (update_fields is not None and not update_fields & {"state", "name", "slug"}):
        return
    for schema in Listing.objects.accepted().filter(home=instance).values_list("lister__schema_name", flat=True):
        connection.writes.count_in(schema)
