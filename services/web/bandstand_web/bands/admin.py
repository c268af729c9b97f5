"""Bands with their members, links and photos; genres and instruments."""

from __future__ import annotations

from typing import cast

from django.contrib import admin
from django.db.models import Count, Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from bandstand.bands.band_links import BandLink
from bandstand.bands.models import Band, BandPhoto, BandQuerySet, Genre, Instrument, Member
from bandstand.bands.spreadsheet import BandResource
from bandstand.content.searching import best_matches
from bandstand.content.trashed import living
from bandstand_web.bands.member_fields import MemberFieldsForm
from bandstand_web.shell.admin.guarding import GuardedAdmin
from bandstand_web.shell.admin.publishing import PublicationFilter, PublishingForm, PublishingMixin
from bandstand_web.shell.admin.relations import RowsInline
from bandstand_web.shell.admin.spreadsheets import SpreadsheetAdmin
from bandstand_web.shell.admin.tenant_site import site as tenant_site


class MemberInline(RowsInline):
    """The band's members, ordered by position."""

    model = Member
    form = MemberFieldsForm
    extra = 1
    fields = [
        *("position", "name", "person", "role", "instruments", "section", "standing", "is_shown"),
        *("since", "until"),
    ]
    autocomplete_fields = ["instruments", "person"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Member]:
        """Prefetch all members' instruments, whose names are shown to users with view permission only."""
        return super().get_queryset(request).prefetch_related("instruments")


class BandLinkInline(RowsInline):
    """The band's links, ordered by position."""

    model = BandLink
    extra = 1
    fields = ["position", "label", "url"]


class BandPhotoInline(RowsInline):
    """The gallery, ordered by position."""

    model = BandPhoto
    extra = 1
    fields = ["position", "picture", "caption"]
    autocomplete_fields = ["picture"]


@admin.register(Band, site=tenant_site)
class BandAdmin(PublishingMixin, SpreadsheetAdmin):
    """Bands, with spreadsheet export and import."""

    resource_classes = [BandResource]
    import_subject = "bands"
    form = PublishingForm
    list_display = ["name", "town", "genre_names", "can_rock", "publication", "updated_at"]
    list_filter = [PublicationFilter, "can_rock", "genres", "country"]
    search_fields = ["name"]
    search_help_text = _("Finds names, genres, members and towns, even with typos.")
    autocomplete_fields = ["genres", "logo", "photo"]
    inlines = [MemberInline, BandLinkInline, BandPhotoInline]
    readonly_fields = ["created_at", "updated_at"]
    fieldsets = [
        (None, {"fields": ["name", "slug", "is_published", "publish_at", "can_rock", "biography"]}),
        (_("Where and when"), {"fields": ["town", "country", "formed", "ended", "genres"]}),
        (_("Pictures"), {"fields": ["photo", "logo"]}),
        (_("Contact"), {"fields": ["contact_email"]}),
        (_("Dates"), {"fields": ["created_at", "updated_at"], "classes": ["collapse"]}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Band]:
        return super().get_queryset(request).prefetch_related("genres")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Band], search_term: str
    ) -> tuple[QuerySet[Band], bool]:
        """Search exactly as the portal does."""
        return (best_matches(cast("BandQuerySet", queryset), search_term) if search_term else queryset), False

    def view_on_site(self, band: Band) -> str:
        return band.get_absolute_url()

    @admin.display(description=_("genres"))
    def genre_names(self, band: Band) -> str:
        return ", ".join(genre.name for genre in band.genres.all())


class _WithUse(GuardedAdmin):
    """Names that other rows refer to, with the number of references."""

    used_by: str
    search_fields = ["name"]
    list_display = ["name", "use_count"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Genre | Instrument]:
        user: type[Model] = self.model._meta.get_field(self.used_by).related_model  # noqa: SLF001 - Django documents it
        use_count = Count(self.used_by, filter=living(user, through=self.used_by))
        counted = super().get_queryset(request).annotate(use_count=use_count)
        return counted.order_by("name")  # type: ignore[no-any-return] # a count drops the model's own order

    @admin.display(description=_("used"), ordering="use_count")
    def use_count(self, row: Genre | Instrument) -> int:
        """Return how many bands or members use it."""
        return row.use_count  # type: ignore[union-attr, no-any-return]


@admin.register(Genre, site=tenant_site)
class GenreAdmin(_WithUse):
    used_by = "bands"
    fields = ["name", "slug"]


@admin.register(Instrument, site=tenant_site)
class InstrumentAdmin(_WithUse):
    used_by = "members"
    fields = ["name"]
