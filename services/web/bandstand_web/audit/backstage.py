"""The security log: log-ins, team changes, exports and more."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import tablib
from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from bandstand.accounts.roles import ROLES
from bandstand.accounts.unlocking import account_unlock, locks
from bandstand.audit.models import Act, Entry, EntryQuerySet, Subject
from bandstand.audit.recording import record
from bandstand.content.form_fields import DayField
from bandstand.spreadsheets.formats import CSV
from bandstand_web import rate_limits
from bandstand_web.accounts.confirming import confirmed
from bandstand_web.query_values import number
from bandstand_web.requests import TeamRequest
from bandstand_web.shell.access import needs

PER_PAGE = 50
MOST_EXPORTED = 100_000
PERMISSION = "audit.view_entry"


class FilterForm(forms.Form):
    """Filters for the log; invalid input shows an error and no entries."""

    about = forms.ChoiceField(
        label=gettext_lazy("About"), required=False, choices=[("", gettext_lazy("Everything")), *Subject.choices]
    )
    who = forms.CharField(label=gettext_lazy("Person or domain"), required=False, max_length=254)
    since = DayField(label=gettext_lazy("Since"), required=False)
    until = DayField(label=gettext_lazy("Until"), required=False)

    def lines(self) -> EntryQuerySet:
        """Return the matching entries, newest first. Days are in the organization's time zone."""
        found = EntryQuerySet(Entry)
        if not self.is_valid():
            return found.none()
        wanted = self.cleaned_data
        found = found.about(wanted["about"]) if wanted["about"] else found
        found = found.of_person(wanted["who"]) if wanted["who"] else found
        found = found.filter(happened_at__date__gte=wanted["since"]) if wanted["since"] else found
        found = found.filter(happened_at__date__lte=wanted["until"]) if wanted["until"] else found
        return found.order_by("-pk")


@require_safe
@needs(PERMISSION)
def index(request: TeamRequest) -> HttpResponse:
    """List the entries, newest first; `?before=` is an entry's number, and older ones follow."""
    return _page(request, FilterForm(request.GET))


@require_safe
@needs(PERMISSION)
@confirmed
def download(request: TeamRequest) -> HttpResponse:
    """Send the matching entries as CSV, at most 100,000; the export is logged as well."""
    form = FilterForm(request.GET)
    if not form.is_valid():
        return _page(request, form)
    if not rate_limits.allows(request, "export"):
        return rate_limits.too_many_requests(request)
    record(Act.EXPORTED, target=_("security log"))
    lines = form.lines()[:MOST_EXPORTED]
    dataset = tablib.Dataset(headers=["when", "what", "who", "to whom or what", "more", "from"])
    for line in lines.iterator(chunk_size=2000):
        when = timezone.localtime(line.happened_at).isoformat(timespec="seconds")
        dataset.append([when, line.act, person(line), line.target, line.detail, line.ip_address or ""])
    response = HttpResponse("\ufeff" + CSV().export_data(dataset), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{request.organization.slug}-log.csv"'
    return response


def _page(request: TeamRequest, form: FilterForm) -> HttpResponse:
    lines = form.lines()
    before = number(request, "before")
    if before is not None:
        lines = lines.filter(pk__lt=before)
    found = list(lines[: PER_PAGE + 1])
    page = found[:PER_PAGE]
    context = {
        "form": form,
        "is_filtered": any(request.GET.get(name) for name in form.fields),
        "lines": [(line, more(line)) for line in page],
        "is_newest": before is None,
        "older_than": page[-1].pk if len(found) > PER_PAGE else None,
        "locks": locks(),
        "may_unlock": request.user.has_perm("accounts.change_user"),
    }
    return render(
        request,
        "audit/backstage/log.html",
        context,
        status=HTTPStatus.OK if form.is_valid() else HTTPStatus.UNPROCESSABLE_ENTITY,
    )


@require_POST
@needs("accounts.change_user")
def unlock(request: TeamRequest) -> HttpResponse:
    """Unlock an account."""
    email = request.POST.get("email", "").replace("\x00", "")
    if account_unlock(email=email):
        messages.success(request, _("%(email)s can log in again.") % {"email": email})
    else:
        messages.warning(request, _("This account is no longer locked."))
    return redirect("backstage:log")


def person(line: Entry) -> str:
    """Return the actor's name in the reader's language."""
    if line.origin == line.Origin.STAFF:
        return str(line.actor or _("Platform staff"))
    if line.origin in {line.Origin.OPERATOR, line.Origin.SYSTEM}:
        return str(line.get_origin_display())
    return line.actor or _("A visitor")


def more(line: Entry) -> dict[str, Any]:
    """Return the derived values that the page shows for an entry."""
    roles = [str(ROLES.get(word, word)) for word in line.detail.split(", ")]
    return {"person": person(line), "detail": ", ".join(roles)}
