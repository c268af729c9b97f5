"""Announcements to all owners: written as drafts, published once, and ended early if need be."""

from __future__ import annotations

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bandstand.announcements.announcing import announcement_end, announcement_publish
from bandstand.announcements.models import Announcement
from bandstand.organizations.all_owners import all_owners
from bandstand_web.shell.admin.drafts import DraftsAdmin
from bandstand_web.shell.admin.platform_site import site as platform_site


@admin.register(Announcement, site=platform_site)
class AnnouncementAdmin(DraftsAdmin):
    """Drafts can be changed and deleted; what was published can only be ended."""

    list_display = ["title_en", "state", "is_mailed", "published_at", "expires_at", "created_by"]
    search_fields = ["title_en", "title_de"]
    fields = ["title_en", "text_en", "title_de", "text_de", "expires_at", "is_mailed"]
    actions = ["publish", "end"]

    def has_publish_permission(self, request: HttpRequest) -> bool:
        """Whether the user may publish and end announcements."""
        return request.user.has_perm("announcements.publish_announcement")

    @admin.display(description=gettext_lazy("status"))
    def state(self, announcement: Announcement) -> str:
        if announcement.published_at is None:
            return _("draft")
        return _("shown") if announcement.expires_at > timezone.now() else _("over")

    @admin.action(description=gettext_lazy("Publish"), permissions=["publish"])
    def publish(self, request: HttpRequest, announcements: QuerySet[Announcement]) -> HttpResponse | None:
        """Publish one announcement after showing what owners will read."""
        announcement = announcements[0]
        if len(announcements) > 1:
            messages.error(request, _("Publish one announcement at a time."))
        elif announcement.published_at or announcement.expires_at <= timezone.now():
            messages.error(request, _("This announcement is published or over already."))
        elif "confirmed" not in request.POST:
            return self._ask(request, announcement)
        elif announcement_publish(announcement=announcement):
            self.log_change(request, announcement, _("Published."))
            messages.success(request, _("The announcement is published."))
        return None

    @admin.action(description=gettext_lazy("End now"), permissions=["publish"])
    def end(self, request: HttpRequest, announcements: QuerySet[Announcement]) -> None:
        """Stop showing the announcements, and writing their emails."""
        for announcement in announcements:
            if announcement_end(announcement=announcement):
                self.log_change(request, announcement, _("Ended."))
        messages.success(request, _("The announcements are no longer shown."))

    def _ask(self, request: HttpRequest, announcement: Announcement) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": _("Publish this announcement?"),
            "announcement": announcement,
            "owners": all_owners().count(),
            "opts": self.opts,
        }
        return TemplateResponse(request, "admin/announcements/publish.html", context)
