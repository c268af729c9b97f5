"""Reporting a page of the portal to the platform's staff."""

from __future__ import annotations

from http import HTTPStatus

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from bandstand.organizations.models import Organization
from bandstand.reports.reporting import report_submit
from bandstand_web import rate_limits
from bandstand_web.forms.submitting import makes_once
from bandstand_web.reports.forms import ADDRESS_MAX_LENGTH, ReportForm


@require_http_methods(["GET", "HEAD", "POST"])
@makes_once
def report(request: HttpRequest) -> HttpResponse:
    """Show the form, with the page whose footer led here; take a report."""
    organization: Organization = request.organization  # type: ignore[attr-defined]
    if request.method != "POST":
        return _page(request, ReportForm(organization, initial={"address": _address(request, organization)}))
    form = ReportForm(organization, request.POST)
    if not form.is_valid():
        return _page(request, form, HTTPStatus.UNPROCESSABLE_ENTITY)
    if not form.is_trapped:  # bots get the same confirmation, so they learn nothing
        if not rate_limits.allows(request, "report", key="portal"):
            form.add_error(None, _("Too many reports. Please wait an hour, then send this one again."))
            return _page(request, form, HTTPStatus.TOO_MANY_REQUESTS)
        report_submit(organization=organization, language=get_language() or organization.language, **form.said())
    messages.success(
        request, _("Thank you. We received your report. If you left an email address, we have written to it.")
    )
    return redirect("home")


def _page(request: HttpRequest, form: ReportForm, status: int = HTTPStatus.OK) -> HttpResponse:
    answer = render(request, "reports/portal/form.html", {"form": form}, status=status)
    answer["X-Robots-Tag"] = "noindex"
    return answer


def _address(request: HttpRequest, organization: Organization) -> str:
    """Return the address of the page that the link is on; its path alone is trusted to be one of this portal."""
    path = request.GET.get("page", "")
    is_path = path.startswith("/") and not path.startswith("//") and len(path) <= ADDRESS_MAX_LENGTH // 2
    return organization.url(path) if is_path else ""
