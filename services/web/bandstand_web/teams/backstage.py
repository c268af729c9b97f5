"""The team: members, invitations and roles."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from bandstand.accounts import roles
from bandstand.bands.band_roles import BandRole
from bandstand.bands.giving_roles import band_roles_set
from bandstand.bands.models import Band
from bandstand.organizations.quotas import LimitReachedError
from bandstand.portals.presenting import portal_settings
from bandstand.portals.second_factors import second_factor_demand
from bandstand.teams import invitations
from bandstand.teams.membership import LastOwnerError, member_remove, members_with_roles, role_change, team
from bandstand.teams.models import Invitation
from bandstand_web import rate_limits
from bandstand_web.accounts.confirming import confirmed, confirmed_to_write
from bandstand_web.forms.known_rows import KnownNames, KnownRowField, KnownRowsField, KnownRowTicks
from bandstand_web.forms.row_sets import MORE_ROWS, with_more_rows
from bandstand_web.forms.submitting import changes_once, makes_once
from bandstand_web.requests import TeamRequest
from bandstand_web.shell.access import needs

ROLE_HELP = {
    roles.OWNER: gettext_lazy("Everything, including the team."),
    roles.MANAGER: gettext_lazy("All content and the portal's settings."),
    roles.EDITOR: gettext_lazy("Bands, gigs, pictures and polls."),
    roles.MEMBER: gettext_lazy("Can view, can't edit."),
    roles.GUEST: gettext_lazy("Nothing but the bands that you choose."),
}
BAND_ROLE_HELP = {
    BandRole.Role.LEADER: gettext_lazy("Everything of the band: its page, photos, line-up, gigs and messages."),
    BandRole.Role.EDITOR: gettext_lazy("Its page, photos, line-up and gigs. Can read messages."),
    BandRole.Role.MEMBER: gettext_lazy("Can view all of that, can't edit."),
}
MOST_BANDS = 60  # with a role for one person


class InvitationForm(forms.Form):
    """The invitee's address and role."""

    email = forms.EmailField(
        label=gettext_lazy("Email address"),
        widget=forms.EmailInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )
    role = forms.ChoiceField(
        label=gettext_lazy("Role"),
        choices=list(roles.ROLES.items()),
        initial=roles.EDITOR,
    )
    bands = KnownRowsField(
        Band.objects.order_by("name", "pk"),
        label=gettext_lazy("Bands"),
        required=False,
        widget=KnownRowTicks,
        help_text=gettext_lazy("For guests, and for members who look after some bands."),
    )
    band_role = forms.ChoiceField(
        label=gettext_lazy("Role in these bands"),
        choices=BandRole.Role.choices,
        initial=BandRole.Role.LEADER,
        required=False,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["band_role"].one_of = True  # type: ignore[attr-defined] # see field.html

    def clean(self) -> dict[str, Any]:
        """Require a band for guests, who would find nothing else."""
        data = super().clean() or self.cleaned_data
        if data.get("role") == roles.GUEST and not data.get("bands") and "bands" not in self.errors:
            self.add_error("bands", _("Choose at least one band for a guest."))
        return data

    def wanted(self) -> dict[str, Any]:
        """Return what `invitation_create` wants to know."""
        role = self.cleaned_data["band_role"] or BandRole.Role.LEADER
        bands = [(band.pk, str(role)) for band in self.cleaned_data["bands"]]
        return {"email": self.cleaned_data["email"], "role": self.cleaned_data["role"], "band_roles": bands}


class BandRoleForm(forms.Form):
    """A band, and the role in it."""

    band = KnownRowField(Band.objects.order_by("name", "pk"), label=gettext_lazy("Band"))
    role = forms.ChoiceField(
        label=gettext_lazy("Role in the band"), choices=BandRole.Role.choices, initial=BandRole.Role.LEADER
    )

    def __init__(self, *args: Any, known: KnownNames, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["band"].widget.known = known


class BandRoles(forms.BaseFormSet):  # type: ignore[type-arg] # it takes none at run time
    """The roles of one person in bands."""

    def clean(self) -> None:
        """Refuse a band that is named twice."""
        bands = [form.cleaned_data.get("band") for form in self._kept() if form.is_valid()]
        if len(set(bands)) < len(bands):
            raise ValidationError(_("Choose each band once."), code="twice")

    def given(self) -> dict[int, str]:
        """Return the roles by the keys of bands."""
        return {form.cleaned_data["band"].pk: form.cleaned_data["role"] for form in self._kept()}

    def _kept(self) -> list[Any]:
        return [form for form in self.forms if form not in self.deleted_forms and form.cleaned_data.get("band")]


BandRoleFormSet = forms.formset_factory(
    BandRoleForm,
    formset=BandRoles,
    extra=2,
    max_num=MOST_BANDS,
    absolute_max=MOST_BANDS,
    validate_max=True,
    can_delete=True,
    can_delete_extra=False,
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
            **form.wanted(),
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


@require_http_methods(["GET", "HEAD", "POST"])
@needs("accounts.change_user")
@confirmed_to_write
@changes_once
def bands(request: TeamRequest, pk: int) -> HttpResponse:
    """Show and change a member's roles in bands."""
    member = get_object_or_404(team(), pk=pk)
    held = BandRole.objects.filter(user=member).order_by("band__name", "pk")
    known = KnownNames(Band.objects.order_by("name", "pk"), into="known-bands")
    known.remember(dict(held.values_list("band", "band__name")))
    formset: Any = BandRoleFormSet(
        with_more_rows(request.POST) if request.method == "POST" else None,
        initial=list(held.values("band", "role")),
        prefix="bands",
        form_kwargs={"known": known},
    )
    if request.method == "POST" and formset.is_valid() and MORE_ROWS not in request.POST:
        band_roles_set(user=member, given=formset.given())
        messages.success(request, _("The bands of %(name)s have been saved.") % {"name": member})
        return redirect("backstage:team")
    context = {
        "member": member,
        "is_guest": roles.role_of(member) == roles.GUEST,
        "formset": formset,
        "known": known,
        "role_help": [(role.label, text) for role, text in BAND_ROLE_HELP.items()],
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if request.method == "POST" else HTTPStatus.OK
    return render(request, "teams/backstage/bands.html", context, status=status)


def _page(request: TeamRequest, form: InvitationForm) -> HttpResponse:
    members = members_with_roles()
    held: dict[int, list[BandRole]] = {}
    for each in BandRole.objects.select_related("band").order_by("band__name", "pk"):
        held.setdefault(each.user_id, []).append(each)
    context = {
        "members": [(member, role, held.get(member.pk, [])) for member, role in members],
        "invitations": _invited(),
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


def _invited() -> list[tuple[Invitation, str]]:
    """Return the invitations with the names of their bands, in two queries."""
    found = list(Invitation.objects.select_related("invited_by"))
    names = dict(
        Band.objects.filter(pk__in=[key for each in found for key in dict(each.band_roles)]).values_list("pk", "name")
    )
    return [(each, ", ".join(names[key] for key in dict(each.band_roles) if key in names)) for each in found]


def _accept_address(request: TeamRequest) -> invitations.AcceptAddress:
    return lambda token: request.organization.team_url(reverse("invitation_accept", args=[token]))
