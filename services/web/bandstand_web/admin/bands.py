"""Bands with their members, links and photos; genres and instruments."""

from __future__ import annotations

from typing import cast

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from bandstand.bands.models import Band, BandLink, BandPhoto, BandQuerySet, Genre, Instrument, Member
from bandstand.bands.searching import search_bands
from bandstand.bands.spreadsheet import BandResource
from bandstand_web.admin.guarding import GuardedAdmin
from bandstand_web.admin.publishing import PublishingMixin
from bandstand_web.admin.relations import RowsInline
from bandstand_web.admin.spreadsheets import SpreadsheetAdmin


class MemberInline(RowsInline):
    """Who plays, ordered by number."""

    model = Member
    extra = 1
    fields = ["position", "name", "role", "instruments", "since", "until"]
    autocomplete_fields = ["instruments"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Member]:
        """Fetch the instruments of all members at once: whoever may only look is shown their names."""
        return super().get_queryset(request).prefetch_related("instruments")


class BandLinkInline(RowsInline):
    """Where else the band is found, ordered by number."""

    model = BandLink
    extra = 1
    fields = ["position", "label", "url"]


class BandPhotoInline(RowsInline):
    """The gallery, ordered by number."""

    model = BandPhoto
    extra = 1
    fields = ["position", "picture", "caption"]
    autocomplete_fields = ["picture"]


class BandAdmin(PublishingMixin, SpreadsheetAdmin):
    """Bands, also as spreadsheets."""

    resource_classes = [BandResource]
    import_subject = "bands"
    list_display = ["name", "town", "genre_names", "can_rock", "is_published", "updated_at"]
    list_filter = ["is_published", "can_rock", "genres", "country"]
    search_fields = ["name"]
    search_help_text = _("Finds names, genres, members and towns, also with typing errors.")
    autocomplete_fields = ["genres", "logo", "photo"]
    inlines = [MemberInline, BandLinkInline, BandPhotoInline]
    readonly_fields = ["created_at", "updated_at"]
    fieldsets = [
        (None, {"fields": ["name", "slug", "is_published", "can_rock", "biography"]}),
        (_("Where and when"), {"fields": ["town", "country", "formed", "ended", "genres"]}),
        (_("Pictures"), {"fields": ["photo", "logo"]}),
        (_("Contact"), {"fields": ["contact_email"]}),
        (_("Dates"), {"fields": ["created_at", "updated_at"], "classes": ["collapse"]}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Band]:
        """With genres."""
        return super().get_queryset(request).prefetch_related("genres")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Band], search_term: str
    ) -> tuple[QuerySet[Band], bool]:
        """Return what the portal's own search finds."""
        return (search_bands(cast("BandQuerySet", queryset), search_term) if search_term else queryset), False

    def view_on_site(self, band: Band) -> str:
        """Return the page's path."""
        return band.get_absolute_url()

    @admin.display(description=_("genres"))
    def genre_names(self, band: Band) -> str:
        """Return the genres in one line."""
        return ", ".join(genre.name for genre in band.genres.all())


class _WithUse(GuardedAdmin):
    """Names that others refer to, with how often they do."""

    used_by: str
    search_fields = ["name"]
    list_display = ["name", "use_count"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Genre | Instrument]:
        """With the number of uses."""
        return super().get_queryset(request).annotate(use_count=Count(self.used_by))  # type: ignore[no-any-return]

    @admin.display(description=_("used"), ordering="use_count")
    def use_count(self, row: Genre | Instrument) -> int:
        """Return how many bands or members have it."""
        return row.use_count  # type: ignore[union-attr, no-any-return]


class GenreAdmin(_WithUse):
    """Genres."""

    used_by = "bands"
    fields = ["name", "slug"]


class InstrumentAdmin(_WithUse):
    """Instruments."""

    used_by = "members"
    fields = ["name"]
