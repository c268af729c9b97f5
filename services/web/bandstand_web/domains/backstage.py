"""The organization's own domains: add, verify, choose the primary one, remove."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from http import HTTPStatus

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bandstand.content.whole_numbers import whole_number
from bandstand.domains.claiming import (
    NotLiveError,
    domain_add,
    domain_check_soon,
    domain_remove,
    primary_choose,
)
from bandstand.domains.explaining import explain
from bandstand.domains.job_kinds import CHECK_DOMAIN
from bandstand.domains.models import CustomDomain, CustomDomainQuerySet, DomainState
from bandstand.domains.naming import counterpart, parse_domain_name
from bandstand.domains.records import address_records, ownership_record, pointing_records
from bandstand.jobs.models import Job
from bandstand_web import rate_limits
from bandstand_web.accounts.confirming import confirmed, confirmed_to_write
from bandstand_web.forms.submitting import makes_once
from bandstand_web.query_values import number
from bandstand_web.requests import TeamRequest
from bandstand_web.shell.access import needs

PERMISSION = "portals.manage_domains"
# While a domain's state is about to change, the page polls every few seconds and gives up after some minutes.
MOST_ROUNDS = 60
TONES = {
    DomainState.WAITING: "quiet",
    DomainState.VERIFIED: "warn",
    DomainState.ISSUING: "warn",
    DomainState.LIVE: "good",
    DomainState.FAILING: "bad",
}


@dataclass(frozen=True)
class Shown:
    """A domain prepared for display."""

    domain: CustomDomain
    is_primary: bool
    is_changing: bool

    @property
    def tone(self) -> str:
        """The tone of its state's tag."""
        return TONES[self.domain.state]

    @property
    def explanation(self) -> str:
        """Its state as a sentence."""
        return explain(self.domain)


class DomainForm(forms.Form):
    """The name, and whether to add its counterpart with or without www."""

    name = forms.CharField(
        label=gettext_lazy("Domain"),
        max_length=300,
        help_text=gettext_lazy("A domain you own, such as www.theband.com."),
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false", "inputmode": "url"}
        ),
    )
    both = forms.BooleanField(
        label=gettext_lazy("With and without www"),
        required=False,
        initial=True,
        help_text=gettext_lazy("Adds theband.com as well as www.theband.com."),
    )

    def clean_name(self) -> str:
        """Extract the domain name from the input."""
        return parse_domain_name(self.cleaned_data["name"])

    def names(self) -> list[str]:
        """Return the names to add; the counterpart only where it makes sense."""
        name = self.cleaned_data["name"]
        twin = counterpart(name)
        wanted = self.cleaned_data["both"] and (name.startswith("www.") or name.count(".") == 1)
        return [name, twin] if wanted and "." in twin else [name]


@require_http_methods(["GET", "HEAD", "POST"])
@needs(PERMISSION)
@confirmed_to_write
@makes_once
def index(request: TeamRequest) -> HttpResponse:
    """List the domains and add a new one."""
    form = DomainForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if not rate_limits.allows(request, "domain"):
            return rate_limits.too_many_requests(request)
        if added := _add(request, form):
            return redirect("backstage:domain", pk=added.pk)
    own = request.organization.own_host
    context = {
        "form": form,
        "domains": _shown(request, list(_domains(request))),
        "own": own,
        "own_is_primary": request.organization.host == own,
    }
    return render(
        request,
        "domains/backstage/list.html",
        context,
        status=HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK,
    )


@require_safe
@needs(PERMISSION)
def detail(request: TeamRequest, pk: int) -> HttpResponse:
    """Show a domain's state and the steps still to do."""
    return _detail(request, get_object_or_404(_domains(request), pk=pk), "domains/backstage/detail.html")


@require_safe
@needs(PERMISSION)
def state(request: TeamRequest, pk: int) -> HttpResponse:
    """Show a domain's state, for htmx."""
    return _detail(request, get_object_or_404(_domains(request), pk=pk), "domains/backstage/state.html")


@require_POST
@needs(PERMISSION)
def check(request: TeamRequest, pk: int) -> HttpResponse:
    """Queue a DNS check."""
    domain = get_object_or_404(_domains(request), pk=pk)
    if not rate_limits.allows(request, "domain"):
        return rate_limits.too_many_requests(request)
    domain_check_soon(domain=domain, created_by=str(request.user))
    messages.success(request, _("We're checking %(domain)s.") % {"domain": domain})
    return redirect("backstage:domain", pk=pk)


@require_POST
@needs(PERMISSION)
@confirmed
def choose(request: TeamRequest) -> HttpResponse:
    """Make one of the domains primary, or the portal's address on the platform."""
    text = request.POST.get("domain", "")
    domain = get_object_or_404(_domains(request), pk=whole_number(text)) if text else None
    try:
        host = primary_choose(organization=request.organization, domain=domain)
    except NotLiveError as problem:
        messages.error(request, problem.messages[0])
    else:
        messages.success(request, _("Visitors are now sent to %(domain)s.") % {"domain": domain or host})
    return redirect("backstage:domains")


@require_http_methods(["GET", "HEAD", "POST"])
@needs(PERMISSION)
@confirmed_to_write
def remove(request: TeamRequest, pk: int) -> HttpResponse:
    """Ask for confirmation, then remove the domain."""
    domain = get_object_or_404(_domains(request), pk=pk)
    if request.method != "POST":
        context = {"domain": domain, "is_primary": request.organization.host == domain.name}
        return render(request, "domains/backstage/remove.html", context)
    domain_remove(domain=domain)
    messages.success(request, _("%(domain)s has been removed.") % {"domain": domain})
    return redirect("backstage:domains")


def _add(request: TeamRequest, form: DomainForm) -> CustomDomain | None:
    """Return the domain that was added; None, with an error in the form, if it was refused."""
    name, *twins = form.names()
    claim = partial(domain_add, organization=request.organization, created_by=str(request.user))
    try:
        added = claim(name=name)
    except ValidationError as problem:
        form.add_error("name", problem)
        return None
    for twin in twins:
        try:
            with transaction.atomic():
                claim(name=twin)
        except ValidationError as problem:
            messages.warning(request, f"{twin}: {problem.messages[0]}")
    return added


def _detail(request: TeamRequest, domain: CustomDomain, template: str) -> HttpResponse:
    (shown,) = _shown(request, [domain])
    context = {
        "shown": shown,
        "domain": domain,
        "round": (number(request, "round", most=MOST_ROUNDS) or 0) + 1,
        "most_rounds": MOST_ROUNDS,
        "records": [*pointing_records(domain), ownership_record(domain)],
        "instead": [] if domain.apex else address_records(domain),
    }
    return render(request, template, context)


def _domains(request: TeamRequest) -> CustomDomainQuerySet:
    return CustomDomain.objects.filter(organization=request.organization).select_related("organization")


def _shown(request: TeamRequest, domains: list[CustomDomain]) -> list[Shown]:
    looks = Job.objects.filter(
        organization=request.organization, kind=CHECK_DOMAIN.name, key__in=[str(domain.pk) for domain in domains]
    ).unfinished()
    looked_at = set(looks.values_list("key", flat=True))
    return [
        Shown(
            domain=domain,
            is_primary=request.organization.host == domain.name,
            is_changing=str(domain.pk) in looked_at or domain.state in {DomainState.VERIFIED, DomainState.ISSUING},
        )
        for domain in domains
    ]
