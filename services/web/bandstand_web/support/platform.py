"""Support access: an owner lets the platform's staff into a portal for a time, and withdraws that."""

from __future__ import annotations

from http import HTTPStatus

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from bandstand.organizations.models import Organization
from bandstand.support.consenting import (
    PERIODS,
    OpenConsentError,
    consent_grant,
    consent_withdraw,
    standing_of,
)
from bandstand.support.models import Access
from bandstand_web import rate_limits
from bandstand_web.accounts.confirming import confirmed_to_write
from bandstand_web.accounts.owning import of_owners
from bandstand_web.errors import read_only
from bandstand_web.forms.submitting import makes_once
from bandstand_web.requests import OwnerRequest


class ConsentForm(forms.Form):
    """What support may do, for how long, and who of them."""

    access = forms.ChoiceField(
        label=gettext_lazy("Support may"), choices=Access.choices, initial=Access.READ, widget=forms.RadioSelect
    )
    period = forms.ChoiceField(
        label=gettext_lazy("For"),
        choices=[(period, name) for period, (name, _lifetime) in PERIODS.items()],
        initial="hour",
        widget=forms.RadioSelect,
    )
    staff = forms.EmailField(
        label=gettext_lazy("Only this member of support"),
        help_text=gettext_lazy("The email address they wrote to you from. If empty, anyone on the platform's staff."),
        required=False,
        widget=forms.EmailInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )


@never_cache
@login_required
@of_owners
@require_http_methods(["GET", "HEAD", "POST"])
@confirmed_to_write
@makes_once
def consent(request: OwnerRequest, organization: Organization) -> HttpResponse:
    """Show who of support has access; grant it."""
    if organization.is_read_only:
        return read_only(request, organization)
    if not organization.is_active:
        raise Http404
    form = ConsentForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if not rate_limits.allows(request, "invite"):
            return rate_limits.too_many_requests(request)
        if _is_granted(request, organization, form):
            return redirect("organization_support", organization.slug)
    context = {"form": form, "organization": organization, "standing": standing_of(organization)}
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, "support/platform/consent.html", context, status=status)


@never_cache
@login_required
@require_POST
@of_owners
def withdraw(request: OwnerRequest, organization: Organization) -> HttpResponse:
    """End support access at once, which any of the portal's owners may."""
    if consent_withdraw(organization=organization):
        messages.success(request, _("Support access has been withdrawn. Whoever was logged in is out."))
    else:
        messages.warning(request, _("Support has no access."))
    return redirect("organization_support", organization.slug)


def _is_granted(request: OwnerRequest, organization: Organization, form: ConsentForm) -> bool:
    """Grant it, or say in the form why not."""
    _name, lifetime = PERIODS[form.cleaned_data["period"]]
    try:
        consent_grant(
            organization=organization,
            by=request.user,
            access=form.cleaned_data["access"],
            lifetime=lifetime,
            staff=form.cleaned_data["staff"],
        )
    except OpenConsentError:
        messages.warning(request, _("Support has access already. Withdraw it first to change it."))
    except ValidationError as problem:
        form.add_error(None, problem)
        return False
    else:
        messages.success(request, _("Support may log in now. You'll get an email when they do."))
    return True
