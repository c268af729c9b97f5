"""Invalidates every process's resolved hosts when an organization or a domain changes."""

from __future__ import annotations

from typing import Any

from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver

from bandstand.organizations.models import Domain, Organization
from bandstand.tenancy.resolution import announce_change


@receiver([post_save, post_delete], sender=Organization)
def _organization_changed(instance: Organization, **_kwargs: Any) -> None:
    announce_change(instance.pk)


@receiver([post_save, post_delete], sender=Domain)
def _domain_changed(instance: Domain, **_kwargs: Any) -> None:
    announce_change(instance.tenant_id)
