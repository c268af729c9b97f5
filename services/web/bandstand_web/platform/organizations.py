""" "My organizations": an owner's portals, and the actions on them."""

from __future__ import annotations

from copy import copy
from http import HTTPStatus

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from bandstand.organizations.addresses import portal_host
from bandstand.organizations.former_hosts import former_slugs
from bandstand.organizations.models import Organization
from bandstand.organizations.quotas import LimitReachedError, portal_room_check, portals_standing, whom_to_ask
from bandstand.organizations.time_zones import likely_time_zone
from bandstand.portals.changing_address import changes_left, people_with_passkeys, portal_address_change
from bandstand.portals.deletion import PortalAwayError, organization_delete
from bandstand.portals.exporting import organization_export
from bandstand.portals.icons import icons_request_anyway
from bandstand.teams.owner_mails import tell_welcome
from bandstand.tenancy.provisioning import organization_create
from bandstand_web import rate_limits
from bandstand_web.accounts.confirming import confirmed, confirmed_to_write
from bandstand_web.accounts.hand_over import portal_entrance, redirects_to_portals
from bandstand_web.accounts.owning import of_owners
from bandstand_web.errors import read_only
from bandstand_web.forms.submitting import changes_once, makes_once
from bandstand_web.platform.forms import AddressForm, DeleteForm, OrganizationForm, RenameForm
from bandstand_web.requests import OwnerRequest

TOO_MANY_PORTALS = gettext_lazy(
    "That was a lot of new portals in a short time. Please wait an hour and try again; what you entered is still here."
)


@never_cache
@login_required
@require_GET
def index(request: OwnerRequest) -> HttpResponse:
    """List the logged-in owner's organizations."""
    owned = Organization.objects.owned_by(request.user).with_host()
    portals = [(organization, portal_entrance(organization)) for organization in owned]
    context = {"portals": portals, "standing": portals_standing(request.user)}
    return render(request, "platform/organizations.html", context)


@never_cache
@login_required
@redirects_to_portals
@require_http_methods(["GET", "HEAD", "POST"])
@makes_once
def new(request: OwnerRequest) -> HttpResponse:
    """Create another portal for the logged-in owner."""
    form = OrganizationForm(request.POST or None, owner=request.user)
    status = HTTPStatus.OK
    if request.method == "POST" and form.is_valid():
        try:
            portal_room_check(request.user)  # before an attempt is counted
            if rate_limits.allows(request, "portal_create", key=request.user.email):
                return redirect(portal_entrance(_create(request, form)))
            form.add_error(None, TOO_MANY_PORTALS)
            status = HTTPStatus.TOO_MANY_REQUESTS
        except LimitReachedError as problem:
            form.add_error(None, problem)
            status = HTTPStatus.UNPROCESSABLE_ENTITY
        except ValidationError as problem:
            form.add_error("slug", problem.messages[0])
    context = {"form": form, "standing": portals_standing(request.user), "whom_to_ask": whom_to_ask()}
    return render(request, "platform/organization_new.html", context, status=status)


@never_cache
@login_required
@of_owners
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: OwnerRequest, organization: Organization) -> HttpResponse:
    """Rename the organization; links to export and deletion."""
    _keep_to_this_cell(organization)
    if request.method == "POST" and organization.is_read_only:
        return read_only(request, organization)
    # The form modifies its instance, but the page's head must keep showing the saved name.
    form = RenameForm(request.POST or None, instance=copy(organization))
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("The new name has been saved."))
        return redirect("organizations")
    return render(request, "platform/organization_edit.html", {"form": form, "organization": organization})


@never_cache
@login_required
@of_owners
@require_http_methods(["GET", "HEAD", "POST"])
@confirmed_to_write
@changes_once
def change_address(request: OwnerRequest, organization: Organization) -> HttpResponse:
    """Say what another address means, then give it to the portal."""
    _keep_to_this_cell(organization)
    if organization.state == Organization.State.SUSPENDED:
        raise Http404
    if organization.is_read_only and request.method == "POST":
        return read_only(request, organization)
    form = AddressForm(request.POST or None, organization=organization, owner=request.user)
    if request.method == "POST":
        if not rate_limits.allows(request, "signup_address"):  # the answers tell which addresses are taken
            return rate_limits.too_many_requests(request)
        if form.is_valid() and (changed := _change_address(request, organization, form)) is not None:
            return changed
    people, without_app = people_with_passkeys(organization)
    context = {
        "form": form,
        "organization": organization,
        "people": people,
        "without_app": without_app,
        "left": changes_left(organization),
        "former": [portal_host(slug) for slug in former_slugs(organization)],
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, "platform/organization_address.html", context, status=status)


@never_cache
@login_required
@of_owners
@require_GET
@confirmed
def export(request: OwnerRequest, organization: Organization) -> FileResponse | HttpResponse:
    """Send a ZIP archive of the organization's data."""
    _keep_to_this_cell(organization)
    if not rate_limits.allows(request, "export"):
        return rate_limits.too_many_requests(request)
    return FileResponse(organization_export(organization), as_attachment=True, filename=f"{organization.slug}.zip")


@never_cache
@login_required
@of_owners
@require_http_methods(["GET", "HEAD", "POST"])
@confirmed_to_write
def delete(request: OwnerRequest, organization: Organization) -> HttpResponse:
    """Ask for confirmation, then delete the organization."""
    _keep_to_this_cell(organization)
    form = DeleteForm(request.POST or None, organization=organization)
    if request.method == "POST" and form.is_valid():
        try:
            organization_delete(organization=organization, by=request.user)
        except PortalAwayError:
            return read_only(request, organization)
        messages.success(
            request, _("%(name)s is closed and will be deleted in a few minutes.") % {"name": organization}
        )
        return redirect("organizations")
    return render(request, "platform/organization_delete.html", {"form": form, "organization": organization})


def _change_address(request: OwnerRequest, organization: Organization, form: AddressForm) -> HttpResponse | None:
    """Return the answer, or None for a form with errors."""
    try:
        changed = portal_address_change(organization=organization, slug=form.cleaned_data["slug"], by=request.user)
    except PortalAwayError:
        return read_only(request, organization)
    except ValidationError as problem:
        form.add_error("slug", problem)
        return None
    text = _("The portal is at %(host)s now. Your team logs in again there.") % {"host": changed.own_host}
    messages.success(request, text)
    return redirect("organization_edit", changed.slug)


@transaction.atomic
def _create(request: OwnerRequest, form: OrganizationForm) -> Organization:
    organization = organization_create(
        name=form.cleaned_data["name"],
        slug=form.cleaned_data["slug"],
        owner=request.user,
        language=get_language(),
        time_zone=likely_time_zone(request.headers.get("Accept-Language", "")),
    )
    tell_welcome(organization=organization, email=request.user.email)
    icons_request_anyway(organization)
    return organization


def _keep_to_this_cell(organization: Organization) -> None:
    """Raise Http404 for another cell's portal, which only that cell's operators can rename, export or delete."""
    if organization.state == Organization.State.ARRIVING or organization.is_elsewhere:
        raise Http404
