"""Asking whoever works at a portal or on the platform for a second step at log-in, where a rule says so."""

from __future__ import annotations

from urllib.parse import urlencode

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django_tenants.utils import tenant_context

from bandstand.accounts import roles
from bandstand.accounts.models import User
from bandstand.organizations.models import Organization
from bandstand.organizations.owners import proves_at_platform
from bandstand.portals.models import PortalSettings
from bandstand.portals.presenting import portal_settings
from bandstand_web.accounts.confirming import STEPS, proof_kept


def is_missing(request: HttpRequest) -> bool:
    """Whether a rule asks whoever is logged in for a second step, and there is none.

    Costs no query where no rule is.
    """
    user = request.user
    if not isinstance(user, User) or not _is_demanded(request, user):
        return False
    if proves_at_platform(user):
        return not proof_kept(request).has_second_step
    return not is_mfa_enabled(user, types=STEPS)


def is_missing_for(organization: Organization, owner: User) -> bool:
    """Whether the portal's rule asks its owners for a second step, and `owner`, of the platform, has none.

    A portal in another cell asks at its own door.
    """
    if organization.is_elsewhere:
        return False
    with tenant_context(organization):
        demanded = PortalSettings.objects.current().second_factor_roles
    return roles.OWNER in demanded and not is_mfa_enabled(owner, types=STEPS)


def lead_to_set_up(request: HttpRequest) -> HttpResponse:
    """Return the way to the page where a second step is set up, and say why."""
    if isinstance(request.user, User) and proves_at_platform(request.user):
        return redirect(f"{reverse('hand_over')}?{urlencode({'next': request.get_full_path()})}")
    messages.warning(request, _("Your team requires two-step verification. Set it up here to continue."))
    return redirect("mfa_index")


def _is_demanded(request: HttpRequest, user: User) -> bool:
    organization = getattr(request, "organization", None)
    if organization is None:
        return bool(user.is_staff and settings.STAFF_SECOND_FACTOR)
    demanded = portal_settings(organization).second_factor_roles
    return bool(demanded) and roles.role_of(user) in demanded
