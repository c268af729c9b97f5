"""Jobs of all organizations: view, cancel and retry."""

from __future__ import annotations

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from bandstand.jobs import controlling
from bandstand.jobs.models import Job
from bandstand_web.shell.admin.looking import LookingAdmin
from bandstand_web.shell.admin.platform_site import site as platform_site


@admin.register(Job, site=platform_site)
class JobAdmin(LookingAdmin):
    """All jobs. Results and error messages may contain personal data and aren't shown."""

    list_display = ["id", "title", "organization", "state", "attempts", "created_at", "duration"]
    list_filter = ["state", "queue", "kind"]
    list_select_related = ["organization"]
    search_fields = ["=id", "kind", "organization__slug", "organization__name"]
    date_hierarchy = "created_at"
    show_full_result_count = False
    fields = [
        "id",
        "title",
        "kind",
        "organization",
        "queue",
        "state",
        "attempts",
        "deaths",
        "worker",
        "created_at",
        "run_at",
        "started_at",
        "finished_at",
        "error_class",
    ]
    actions = ["cancel", "retry"]

    def has_control_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("jobs.change_job")

    @admin.display(description=_("job"))
    def title(self, job: Job) -> str:
        """Return the kind's human-readable name."""
        return str(job.title)

    @admin.action(description=_("Cancel"), permissions=["control"])
    def cancel(self, request: HttpRequest, jobs: QuerySet[Job]) -> None:
        """Cancel waiting and running jobs."""
        count = controlling.cancel(jobs)
        messages.success(
            request, ngettext("%(count)d job cancelled.", "%(count)d jobs cancelled.", count) % {"count": count}
        )

    @admin.action(description=_("Try again"), permissions=["control"])
    def retry(self, request: HttpRequest, jobs: QuerySet[Job]) -> None:
        """Restart failed and cancelled jobs."""
        count = controlling.retry(jobs)
        messages.success(
            request, ngettext("%(count)d job started.", "%(count)d jobs started.", count) % {"count": count}
        )
