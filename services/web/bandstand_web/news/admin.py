"""Posts in the administration."""

from __future__ import annotations

from django.contrib import admin

from bandstand.news.models import Post
from bandstand.news.spreadsheet import PostResource
from bandstand.news.tags import TagsField
from bandstand_web.shell.admin.publishing import PublicationFilter, PublishingForm, PublishingMixin
from bandstand_web.shell.admin.spreadsheets import SpreadsheetAdmin
from bandstand_web.shell.admin.tenant_site import site as tenant_site


class PostAdminForm(PublishingForm):
    """A post with its tags in one line."""

    tags = TagsField(required=False)


@admin.register(Post, site=tenant_site)
class PostAdmin(PublishingMixin, SpreadsheetAdmin):
    """Posts, with spreadsheet export."""

    resource_classes = [PostResource]
    import_subject = ""  # none yet
    form = PostAdminForm
    list_display = ["title", "publication", "is_pinned", "expires_at"]
    list_filter = [PublicationFilter]
    search_fields = ["title", "summary"]
    autocomplete_fields = ["picture", "bands", "gigs"]
    fields = [
        *("title", "slug", "is_published", "publish_at", "expires_at", "is_pinned", "summary", "text", "picture"),
        *("bands", "gigs", "tags", "author", "language", "created_at", "updated_at"),
    ]
    readonly_fields = ["created_at", "updated_at"]

    def view_on_site(self, post: Post) -> str:
        return post.get_absolute_url()
