"""Gigs with their line-up."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from bandstand.gigs.appearances import Appearance
from bandstand.gigs.local_times import LocalTimesForm
from bandstand.gigs.models import Gig, GigQuerySet
from bandstand.gigs.showing_times import gig_time
from bandstand.gigs.spreadsheet import GigResource
from bandstand.gigs.team_fields import TEAM_FIELDS
from bandstand_web.shell.admin.publishing import PublicationFilter, PublishingForm, PublishingMixin
from bandstand_web.shell.admin.relations import RowsInline
from bandstand_web.shell.admin.spreadsheets import SpreadsheetAdmin
from bandstand_web.shell.admin.tenant_site import site as tenant_site


class AppearanceInline(RowsInline):
    """The line-up, ordered by position."""

    model = Appearance
    extra = 1
    fields = ["position", "band", "on_stage_at"]
    autocomplete_fields = ["band"]


class WhenFilter(admin.SimpleListFilter):
    """Upcoming or past."""

    title = _("when")
    parameter_name = "when"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("upcoming", _("Upcoming")), ("past", _("Past"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> GigQuerySet:
        gigs: GigQuerySet = queryset
        if self.value() == "upcoming":
            return gigs.upcoming()
        return gigs.past() if self.value() == "past" else gigs


class GigAdminForm(PublishingForm, LocalTimesForm):
    """A gig's times are those of its place, and its publication's the portal's."""


@admin.register(Gig, site=tenant_site)
class GigAdmin(PublishingMixin, SpreadsheetAdmin):
    """Gigs, with spreadsheet export and import."""

    resource_classes = [GigResource]
    import_subject = "gigs"
    form = GigAdminForm
    list_display = ["headline", "when", "venue", "town", "status", "publication"]
    list_filter = [WhenFilter, PublicationFilter, "status", "town"]
    search_fields = ["title", "venue", "town", "bands__name"]
    date_hierarchy = "starts_at"
    autocomplete_fields = ["picture", "new_date", "tour"]
    inlines = [AppearanceInline]
    readonly_fields = ["created_at", "updated_at"]
    fieldsets = [
        (None, {"fields": ["title", "tour", "slug", "is_published", "publish_at", "picture"]}),
        (_("Status"), {"fields": ["status", "option", "status_note", "new_date"]}),
        (_("Where"), {"fields": ["venue", "address", "town", "time_zone", "is_private"]}),
        (_("When"), {"fields": ["starts_at", "doors_at", "ends_at", "precision"]}),
        (
            _("Tickets and more"),
            {
                "fields": [
                    *("price", "price_from", "price_to", "currency", "is_free", "ticket_url", "on_sale_at"),
                    *("age_limit", "notes", "access_notes"),
                ]
            },
        ),
        (_("For the team only"), {"fields": [*TEAM_FIELDS], "classes": ["collapse"]}),
        (_("Dates"), {"fields": ["created_at", "updated_at"], "classes": ["collapse"]}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Gig]:
        return super().get_queryset(request).with_names()  # type: ignore[attr-defined, no-any-return]

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Use the organization's time zone for a new gig."""
        organization = request.organization  # type: ignore[attr-defined]
        return {"time_zone": organization.time_zone, **super().get_changeform_initial_data(request)}

    def view_on_site(self, gig: Gig) -> str:
        return gig.get_absolute_url()

    @admin.display(description=_("gig"))
    def headline(self, gig: Gig) -> str:
        return gig.headline

    @admin.display(description=_("start"), ordering="starts_at")
    def when(self, gig: Gig) -> str:
        """Return the start in the venue's local time."""
        return gig_time(gig, "short")
