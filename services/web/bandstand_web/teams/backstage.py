"""The team: members, invitations and roles."""

from __future__ import annotations

from http import HTTPStatus

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from bandstand.accounts import roles
from bandstand.organizations.quotas import LimitReachedError
from bandstand.portals.presenting import portal_settings
from bandstand.portals.second_factors import second_factor_demand
from bandstand.teams import invitations
from bandstand.teams.membership import LastOwnerError, member_remove, members_with_roles, role_change, team
from bandstand.teams.models import Invitation
from bandstand_web import rate_limits
from bandstand_web.accounts.confirming import confirmed, confirmed_to_write
from bandstand_web.forms.submitting import changes_once, makes_once
from bandstand_web.requests import TeamRequest
from bandstand_web.shell.access import needs

ROLE_HELP = {
    roles.OWNER: gettext_lazy("Everything, including the team."),
    roles.MANAGER: gettext_lazy("All content and the portal's settings."),
    roles.EDITOR: gettext_lazy("Bands, gigs, pictures and polls."),
    roles.MEMBER: gettext_lazy("Can view, can't edit."),
}


class InvitationForm(forms.Form):
    """The invitee's address and role."""

    email = forms.EmailField(
        label=gettext_lazy("Email address"),
        widget=forms.EmailInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )
    role = forms.ChoiceField(
        label=gettext_lazy("Role"),
        choices=[(role, name) for role, name in roles.ROLES.items()],
        initial=roles.EDITOR,
    )


class SecondStepForm(forms.Form):
    """The roles that have to use two-step verification."""

    roles = forms.MultipleChoiceField(
        label=gettext_lazy("Require two-step verification"),
        choices=list(roles.ROLES.items()),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy(
            "A code from an app, or a security key. Anyone without one sets it up the next time they log in."
        ),
    )


@require_GET
@needs("teams.view_invitation")
def index(request: TeamRequest) -> HttpResponse:
    """Show the team and its pending invitations."""
    return _page(request, InvitationForm())


@require_POST
@needs("teams.add_invitation")
@confirmed
@makes_once
def invite(request: TeamRequest) -> HttpResponse:
    """Send an invitation by email."""
    form = InvitationForm(request.POST)
    if not form.is_valid():
        return _page(request, form)
    if not rate_limits.allows(request, "invite"):
        return rate_limits.too_many_requests(request)
    try:
        invitation = invitations.invitation_create(
            **form.cleaned_data,
            invited_by=request.user,
            address=_accept_address(request),
        )
    except ValidationError as problem:
        form.add_error("email", problem.messages)
        return _page(request, form)
    messages.success(request, _("The invitation to %(email)s is on its way.") % {"email": invitation.email})
    return redirect("backstage:team")


@require_POST
@needs("teams.change_invitation")
@confirmed
@changes_once
def resend(request: TeamRequest, pk: int) -> HttpResponse:
    """Send the invitation again with a new link."""
    invitation = get_object_or_404(Invitation, pk=pk)
    if not rate_limits.allows(request, "invite"):
        return rate_limits.too_many_requests(request)
    try:
        invitations.invitation_resend(invitation=invitation, address=_accept_address(request))
    except invitations.InvitationGoneError:
        messages.warning(request, _("This invitation has been used or withdrawn."))
    except LimitReachedError as problem:
        messages.error(request, problem.messages[0])
    else:
        messages.success(request, _("A new link is on its way to %(email)s.") % {"email": invitation.email})
    return redirect("backstage:team")


@require_POST
@needs("teams.delete_invitation")
@confirmed
def revoke(request: TeamRequest, pk: int) -> HttpResponse:
    """Withdraw the invitation, which invalidates its link."""
    invitation = get_object_or_404(Invitation, pk=pk)
    invitations.invitation_withdraw(invitation=invitation)
    messages.success(request, _("The invitation to %(email)s has been withdrawn.") % {"email": invitation.email})
    return redirect("backstage:team")


@require_POST
@needs("accounts.change_user")
@confirmed
def demand_second_step(request: TeamRequest) -> HttpResponse:
    """Set which roles have to use two-step verification."""
    form = SecondStepForm(request.POST)
    if form.is_valid():
        second_factor_demand(roles=form.cleaned_data["roles"])
        messages.success(request, _("The rule has been saved."))
    else:
        messages.error(request, _("Choose roles from the list."))
    return redirect("backstage:team")


@require_POST
@needs("accounts.change_user")
@confirmed
def change_role(request: TeamRequest, pk: int) -> HttpResponse:
    """Change a member's role."""
    member = get_object_or_404(team(), pk=pk)
    try:
        role_change(user=member, role=request.POST.get("role", ""))
    except ValidationError as problem:
        messages.error(request, problem.messages[0])
    else:
        messages.success(request, _("%(name)s has a new role.") % {"name": member})
    return redirect("backstage:team")


@needs("accounts.change_user")
@confirmed_to_write
def remove(request: TeamRequest, pk: int) -> HttpResponse:
    """Ask for confirmation, then remove a member from the team."""
    member = get_object_or_404(team(), pk=pk)
    if request.method != "POST":
        return render(request, "teams/backstage/remove.html", {"member": member})
    try:
        member_remove(user=member)
    except LastOwnerError as problem:
        messages.error(request, problem.messages[0])
    else:
        messages.success(request, _("%(name)s is no longer on the team.") % {"name": member})
    return redirect("backstage:team")


def _page(request: TeamRequest, form: InvitationForm) -> HttpResponse:
    context = {
        "members": members_with_roles(),
        "invitations": Invitation.objects.select_related("invited_by"),
        "form": form,
        "second_step": SecondStepForm(initial={"roles": portal_settings(request.organization).second_factor_roles}),
        "roles": roles.ROLES.items(),
        "role_help": [(roles.ROLES[role], text) for role, text in ROLE_HELP.items()],
    }
    return render(
        request,
        "teams/backstage/team.html",
        context,
        status=HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK,
    )


def _accept_address(request: TeamRequest) -> invitations.AcceptAddress:
    return lambda token: request.organization.team_url(reverse("invitation_accept", args=[token]))
