"""Whom bands are found by depends on a setting of the portal: with it, the search entries of its bands change."""

from __future__ import annotations

from typing import Any

from django.db import connection

from bandstand.bands.models import Band
from bandstand.content.search_sources import sources_of
from bandstand.portals.models import Minors, PortalSettings


def remember_minors(sender: type[PortalSettings], instance: PortalSettings, **_kwargs: Any) -> None:
    """Note what is stored before it changes. Receives `pre_save`."""
    stored = PortalSettings.objects.filter(pk=instance.pk).values_list("minors", flat=True).first()
    instance.minors_before = stored or Minors.NO  # type: ignore[attr-defined]


def entries_renew(sender: type[PortalSettings], instance: PortalSettings, **_kwargs: Any) -> None:
    """Write bands' entries with members' names or without them, if that changed. Receives `post_save`."""
    before, after = (each != Minors.NO for each in (instance.minors_before, instance.minors))  # type: ignore[attr-defined]
    if before != after:
        with connection.cursor() as cursor:
            cursor.execute(sources_of(Band).fill())
