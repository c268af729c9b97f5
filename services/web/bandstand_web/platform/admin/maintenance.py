"""The switch that makes the platform read-only."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from bandstand.organizations.maintenance import Maintenance, maintenance_set
from bandstand_web.shell.admin.confirmed import ConfirmedAdmin
from bandstand_web.shell.admin.platform_site import site as platform_site


@admin.register(Maintenance, site=platform_site)
class MaintenanceAdmin(ConfirmedAdmin):
    """One row, which is changed and never added or deleted."""

    list_display = ["__str__", "is_on", "until"]
    fields = ["is_on", "until"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Maintenance]:
        Maintenance.objects.current()
        return super().get_queryset(request)

    def save_model(self, request: HttpRequest, obj: Maintenance, form: Any, change: bool) -> None:
        maintenance_set(is_on=obj.is_on, until=obj.until)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Maintenance | None = None) -> bool:
        return False
