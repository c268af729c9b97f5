"""Plans, subscriptions, temporary allowances, usage, and held addresses."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from bandstand.organizations.planning import (
    allowance_end,
    allowance_save,
    plan_save,
    subscription_delete,
    subscription_save,
)
from bandstand.organizations.plans import Allowance, HeldSlug, Plan, Subscription, Usage
from bandstand_web.shell.admin.confirmed import ConfirmedAdmin
from bandstand_web.shell.admin.looking import LookingAdmin
from bandstand_web.shell.admin.platform_site import site as platform_site


@admin.register(Plan, site=platform_site)
class PlanAdmin(ConfirmedAdmin):
    """The available plans."""

    list_display = ["name", "slug", "is_default", "bands", "storage", "mails", "members", "portals"]
    search_fields = ["name", "slug"]
    fields = ["name", "slug", "bands", "storage", "mails", "members", "portals"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Plan]:
        """Make sure the default plan exists before listing the plans."""
        Plan.objects.default()
        return super().get_queryset(request)

    def get_readonly_fields(self, request: HttpRequest, obj: Plan | None = None) -> list[str]:
        """Keep the slug of an existing plan fixed: settings refer to it."""
        return ["slug"] if obj else []

    def save_model(self, request: HttpRequest, obj: Plan, form: Any, change: bool) -> None:
        plan_save(obj)

    def has_delete_permission(self, request: HttpRequest, obj: Plan | None = None) -> bool:
        """Protect the default plan; plans in use are protected by the database."""
        return obj is not None and obj.slug != settings.DEFAULT_PLAN and super().has_delete_permission(request, obj)

    @admin.display(description=_("default"), boolean=True)
    def is_default(self, plan: Plan) -> bool:
        """Whether it applies to organizations without a subscription."""
        return bool(plan.slug == settings.DEFAULT_PLAN)


@admin.register(Subscription, site=platform_site)
class SubscriptionAdmin(ConfirmedAdmin):
    """Which organization is on which plan."""

    list_display = ["organization", "plan", "starts_at", "ends_at", "note"]
    list_filter = ["plan"]
    list_select_related = ["organization", "plan"]
    search_fields = ["organization__name", "organization__slug", "note"]
    autocomplete_fields = ["organization", "plan"]
    fields = ["organization", "plan", "starts_at", "ends_at", "note"]

    def save_model(self, request: HttpRequest, obj: Subscription, form: Any, change: bool) -> None:
        subscription_save(obj)

    def delete_model(self, request: HttpRequest, obj: Subscription) -> None:
        subscription_delete(obj)


@admin.register(Allowance, site=platform_site)
class AllowanceAdmin(ConfirmedAdmin):
    """Limits raised by staff until a date. Allowances are ended, not deleted, so that their history stays visible."""

    list_display = ["for_whom", "limit", "most", "until", "is_over", "created_by", "note"]
    list_filter = ["limit"]
    list_select_related = ["organization", "owner"]
    search_fields = ["organization__name", "organization__slug", "owner__email", "note"]
    autocomplete_fields = ["organization", "owner"]
    fields = ["organization", "owner", "limit", "most", "until", "note", "created_by", "created_at"]
    readonly_fields = ["created_by", "created_at"]
    actions = ["end"]

    def save_model(self, request: HttpRequest, obj: Allowance, form: Any, change: bool) -> None:
        allowance_save(obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description=_("for"))
    def for_whom(self, allowance: Allowance) -> str:
        return str(allowance.organization or allowance.owner)

    @admin.display(description=_("over"), boolean=True)
    def is_over(self, allowance: Allowance) -> bool:
        """Whether the plan's own limit applies again."""
        return allowance.until <= timezone.now()

    @admin.action(description=_("End now"), permissions=["change"])
    def end(self, request: HttpRequest, allowances: QuerySet[Allowance]) -> None:
        """End the allowances, so that the plan's own limits apply again."""
        for allowance in allowances.select_related("organization", "owner"):
            allowance_end(allowance)
        count = len(allowances)
        text = ngettext("%(count)d allowance ended.", "%(count)d allowances ended.", count)
        messages.success(request, text % {"count": count})


@admin.register(Usage, site=platform_site)
class UsageAdmin(LookingAdmin):
    """Usage by organization, the largest first."""

    list_display = ["organization", "storage", "bands", "members", "mails", "measured_at"]
    list_select_related = ["organization"]
    search_fields = ["organization__name", "organization__slug"]
    ordering = ["-storage_bytes"]
    fields = ["organization", "storage", "bands", "members", "mails", "measured_at"]

    @admin.display(description=_("storage"), ordering="storage_bytes")
    def storage(self, usage: Usage) -> str:
        """Return the storage in human-readable units."""
        return filesizeformat(usage.storage_bytes)


@admin.register(HeldSlug, site=platform_site)
class HeldSlugAdmin(ConfirmedAdmin):
    """Addresses of deleted portals; deleting a row here frees its address at once."""

    list_display = ["slug", "released_at"]
    search_fields = ["slug"]
    fields = ["slug", "released_at"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: HeldSlug | None = None) -> bool:
        return False
