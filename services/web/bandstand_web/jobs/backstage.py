"""Background jobs as the team sees them: running, finished and failed."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from bandstand.accounts.models import User
from bandstand.jobs.controlling import cancel, retry
from bandstand.jobs.kinds import kinds
from bandstand.jobs.models import Job, JobQuerySet
from bandstand_web.query_values import choice, number
from bandstand_web.requests import TeamRequest
from bandstand_web.shell.access import ANY_ROLE, needs

PER_PAGE = 30
SHOWN = {"": gettext_lazy("All"), "unfinished": gettext_lazy("In progress"), "failed": gettext_lazy("Failed")}


@require_safe
@needs(ANY_ROLE)
def index(request: TeamRequest) -> HttpResponse:
    """List the jobs whose subject the user may see, newest first; `?show=` unfinished or failed ones.

    `?before=` is a job's number, and the page starts with the next older one: counting or skipping hundreds of
    thousands of rows gets slower with each. htmx polls the table while one of its jobs is unfinished.
    """
    show = choice(request, "show", SHOWN)
    jobs = visible_jobs(request)
    if show == "unfinished":
        jobs = jobs.unfinished()
    elif show == "failed":
        jobs = jobs.failed()
    before = number(request, "before")
    if before is not None:
        jobs = jobs.older_than(before)
    found = list(jobs.recent()[: PER_PAGE + 1])
    page = found[:PER_PAGE]
    context = {
        "jobs": page,
        "is_newest": before is None,
        "older_than": page[-1].pk if len(found) > PER_PAGE else None,
        "show": show,
        "shown": SHOWN.items(),
        "in_progress": any(not job.is_finished for job in page),
        "controllable": controllable_kinds(request.user),
    }
    template = "jobs/backstage/table.html" if request.headers.get("HX-Request") else "jobs/backstage/list.html"
    return render(request, template, context)


@require_POST
@needs(ANY_ROLE)
def try_again(request: TeamRequest, pk: int) -> HttpResponse:
    """Retry a job that failed or was cancelled."""
    job = _controllable(request, pk)
    if retry(Job.objects.filter(pk=job.pk)):
        messages.success(request, _("Trying “%(job)s” again.") % {"job": job.title})
    else:
        messages.warning(request, _("“%(job)s” is already running.") % {"job": job.title})
    return redirect("backstage:jobs")


@require_POST
@needs(ANY_ROLE)
def try_all_again(request: TeamRequest) -> HttpResponse:
    """Retry all failed jobs that the user may retry."""
    started = retry(visible_jobs(request).failed().filter(kind__in=controllable_kinds(request.user)))
    words = ngettext("Trying one job again.", "Trying %(count)d jobs again.", started)
    messages.success(request, words % {"count": started})
    return redirect("backstage:jobs")


@require_POST
@needs(ANY_ROLE)
def stop(request: TeamRequest, pk: int) -> HttpResponse:
    """Cancel a waiting job, or ask a running one to stop."""
    job = _controllable(request, pk)
    if cancel(Job.objects.filter(pk=job.pk)):
        messages.success(request, _("“%(job)s” has been stopped.") % {"job": job.title})
    else:
        messages.warning(request, _("“%(job)s” had already finished.") % {"job": job.title})
    return redirect("backstage:jobs")


def visible_jobs(request: TeamRequest) -> JobQuerySet:
    """Return this organization's jobs of the kinds that the user may see."""
    jobs: JobQuerySet = JobQuerySet(Job).of_organization(request.organization)
    return jobs.visible_with(request.user.get_all_permissions())


def controllable_kinds(user: User) -> set[str]:
    """Return the kinds of jobs that the user may retry or stop, by the permission to change their subject."""
    visible = {name: kind.visible_to for name, kind in kinds().items() if kind.visible_to}
    return {name for name, permission in visible.items() if user.has_perm(permission.replace(".view_", ".change_"))}


def _controllable(request: TeamRequest, pk: int) -> Job:
    return get_object_or_404(visible_jobs(request).filter(kind__in=controllable_kinds(request.user)), pk=pk)
