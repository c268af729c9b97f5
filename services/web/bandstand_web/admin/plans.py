"""Plans, who is on which, what staff allow for a time, what is in use, and addresses that are held."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.utils.decorators import method_decorator
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
from bandstand_web.accounts.confirming import confirmed_to_write
from bandstand_web.admin.guarding import GuardedAdmin
from bandstand_web.admin.looking import LookingAdmin


class ConfirmedAdmin(GuardedAdmin):
    """Rows that are written with the password alone."""

    @method_decorator(confirmed_to_write)
    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return super().changeform_view(request, *args, **kwargs)

    @method_decorator(confirmed_to_write)
    def delete_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return super().delete_view(request, *args, **kwargs)

    @method_decorator(confirmed_to_write)
    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return super().changelist_view(request, extra_context)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Return the actions without the deletion of many, which wouldn't be logged one by one."""
        return {name: action for name, action in super().get_actions(request).items() if name != "delete_selected"}


class PlanAdmin(ConfirmedAdmin):
    """What there is to be on."""

    list_display = ["name", "slug", "is_default", "bands", "storage", "mails", "members", "portals"]
    search_fields = ["name", "slug"]
    fields = ["name", "slug", "bands", "storage", "mails", "members", "portals"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Plan]:
        """All, the default one among them also where nobody has needed it yet."""
        Plan.objects.default()
        return super().get_queryset(request)

    def get_readonly_fields(self, request: HttpRequest, obj: Plan | None = None) -> list[str]:
        """The short name stays: settings name plans by it."""
        return ["slug"] if obj else []

    def save_model(self, request: HttpRequest, obj: Plan, form: Any, change: bool) -> None:
        plan_save(obj)

    def has_delete_permission(self, request: HttpRequest, obj: Plan | None = None) -> bool:
        """The default plan stays; one that somebody is on is protected by the table."""
        return obj is not None and obj.slug != settings.DEFAULT_PLAN and super().has_delete_permission(request, obj)

    @admin.display(description=_("default"), boolean=True)
    def is_default(self, plan: Plan) -> bool:
        """Whether organizations without a subscription are on it."""
        return bool(plan.slug == settings.DEFAULT_PLAN)


class SubscriptionAdmin(ConfirmedAdmin):
    """Who is on which plan."""

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


class AllowanceAdmin(ConfirmedAdmin):
    """What staff allow until a date. An allowance is ended, not deleted: who allowed what can be looked up."""

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
        """Return the organization or the owner."""
        return str(allowance.organization or allowance.owner)

    @admin.display(description=_("over"), boolean=True)
    def is_over(self, allowance: Allowance) -> bool:
        """Whether the plan's number holds again."""
        return allowance.until <= timezone.now()

    @admin.action(description=_("End now"), permissions=["change"])
    def end(self, request: HttpRequest, allowances: QuerySet[Allowance]) -> None:
        """Let the plan's number hold again."""
        for allowance in allowances.select_related("organization", "owner"):
            allowance_end(allowance)
        count = len(allowances)
        text = ngettext("%(count)d allowance ended.", "%(count)d allowances ended.", count)
        messages.success(request, text % {"count": count})


class UsageAdmin(LookingAdmin):
    """What organizations use; who uses most stands first."""

    list_display = ["organization", "storage", "bands", "members", "mails", "measured_at"]
    list_select_related = ["organization"]
    search_fields = ["organization__name", "organization__slug"]
    ordering = ["-storage_bytes"]
    fields = ["organization", "storage", "bands", "members", "mails", "measured_at"]

    @admin.display(description=_("storage"), ordering="storage_bytes")
    def storage(self, usage: Usage) -> str:
        """Return the bytes as people read them."""
        return filesizeformat(usage.storage_bytes)


class HeldSlugAdmin(ConfirmedAdmin):
    """Addresses of deleted portals; deleting one here frees it at once."""

    list_display = ["slug", "released_at"]
    search_fields = ["slug"]
    fields = ["slug", "released_at"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: HeldSlug | None = None) -> bool:
        return False
