"""Giving a portal to another person: the owner's page, and the page behind the mailed link."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, cast

from allauth.account.utils import perform_login
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST
from django_tenants.utils import tenant_context

from bandstand.accounts.models import User
from bandstand.bands.models import Band
from bandstand.organizations.models import Organization
from bandstand.organizations.owners import LockedAccountError, has_account
from bandstand.organizations.quotas import LimitReachedError
from bandstand.organizations.transfers import Transfer
from bandstand.teams.transferring import (
    OpenTransferError,
    TransferGoneError,
    UnknownTransferError,
    WrongAccountError,
    transfer_accept,
    transfer_accept_with_new_account,
    transfer_decline,
    transfer_find,
    transfer_is_for,
    transfer_offer,
    transfer_withdraw,
)
from bandstand_web import rate_limits
from bandstand_web.accounts.confirming import confirmed_to_write
from bandstand_web.accounts.invitations import AcceptForm
from bandstand_web.accounts.owning import of_owners
from bandstand_web.errors import read_only
from bandstand_web.forms.submitting import makes_once
from bandstand_web.platform.forms import TransferForm
from bandstand_web.requests import OwnerRequest, PlatformRequest


@never_cache
@login_required
@of_owners
@require_http_methods(["GET", "HEAD", "POST"])
@confirmed_to_write
@makes_once
def offer(request: OwnerRequest, organization: Organization) -> HttpResponse:
    """Offer the portal to somebody by email; show the open offer."""
    if organization.state == Organization.State.SUSPENDED:
        raise Http404
    if organization.is_read_only:
        return read_only(request, organization)
    transfer = Transfer.objects.acceptable().filter(organization=organization).select_related("given_by").first()
    if transfer is not None and request.method == "POST":
        return _already_open(request, organization)
    form = TransferForm(request.POST or None, may_stay=not organization.is_elsewhere)
    if request.method == "POST" and form.is_valid():
        if not rate_limits.allows(request, "invite"):
            return rate_limits.too_many_requests(request)
        if (answer := _offer(request, organization, form)) is not None:
            return answer
    context = {
        "form": form,
        "organization": organization,
        "transfer": transfer,
        "co_owners": organization.owners.exclude(pk=request.user.pk).order_by("email"),
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, "platform/organization_transfer.html", context, status=status)


@never_cache
@login_required
@require_POST
@of_owners
def withdraw(request: OwnerRequest, organization: Organization) -> HttpResponse:
    """End the open offer, which any of the portal's owners may."""
    if transfer_withdraw(organization=organization):
        messages.success(request, _("The transfer has been withdrawn. The link no longer works."))
    else:
        messages.warning(request, _("There is no open transfer."))
    return redirect("organization_transfer", organization.slug)


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
@makes_once
def answer(request: PlatformRequest, token: str) -> HttpResponse:
    """Show what the link offers; accept it with the account of that address or a new one, or decline it."""
    if not rate_limits.allows(request, "invitation_accept"):
        return rate_limits.too_many_requests(request)
    try:
        return _private(_answer(request, transfer_find(token), token))
    except UnknownTransferError:
        return _private(
            render(request, "platform/transfer_gone.html", {"is_unknown": True}, status=HTTPStatus.NOT_FOUND)
        )
    except TransferGoneError:
        return _private(render(request, "platform/transfer_gone.html", status=HTTPStatus.GONE))
    except WrongAccountError:
        return _private(render(request, "platform/transfer_wrong_account.html", status=HTTPStatus.FORBIDDEN))


def _offer(request: OwnerRequest, organization: Organization, form: TransferForm) -> HttpResponse | None:
    """Return the answer, or None for a form with errors."""
    try:
        transfer = transfer_offer(
            organization=organization,
            by=request.user,
            email=form.cleaned_data["email"],
            giver_stays=form.cleaned_data.get("giver_stays", False),
            address=lambda token: f"{settings.PUBLIC_URL}{reverse('transfer_answer', args=[token])}",
        )
    except OpenTransferError:
        return _already_open(request, organization)
    except ValidationError as problem:
        form.add_error("email", problem.messages)
        return None
    messages.success(request, _("The link is on its way to %(email)s.") % {"email": transfer.email})
    return redirect("organization_transfer", organization.slug)


def _already_open(request: OwnerRequest, organization: Organization) -> HttpResponse:
    messages.warning(request, _("There is an open transfer already. Withdraw it first."))
    return redirect("organization_transfer", organization.slug)


def _answer(request: PlatformRequest, transfer: Transfer, token: str) -> HttpResponse:
    is_new = not has_account(transfer.email)
    if isinstance(request.user, User):
        if not transfer_is_for(transfer, request.user):
            raise WrongAccountError
    elif not is_new:
        return redirect_to_login(request.path)
    if transfer.organization.is_read_only and request.method == "POST":
        return read_only(request, transfer.organization)
    if request.method == "POST" and "decline" in request.POST:
        transfer_decline(token=token)
        return render(request, "platform/transfer_declined.html", {"transfer": transfer})
    form = AcceptForm(request.POST or None, email=transfer.email) if is_new else None
    if form is not None:
        del form.fields["name"].widget.attrs["autofocus"]  # what they get comes first
    if request.method == "POST" and (form is None or form.is_valid()):
        try:
            return _accept(request, token, form)
        except (LimitReachedError, LockedAccountError) as problem:
            return _page(request, transfer, form, problem=problem.messages[0])
    return _page(request, transfer, form)


def _accept(request: PlatformRequest, token: str, form: AcceptForm | None) -> HttpResponse:
    if form is not None:
        account = transfer_accept_with_new_account(token=token, **form.cleaned_data)
        return cast("HttpResponse", perform_login(request, account, redirect_url=reverse("organizations")))
    organization = transfer_accept(token=token, account=cast("User", request.user))
    messages.success(request, _("%(name)s is yours now.") % {"name": organization})
    return redirect("organizations")


def _page(request: PlatformRequest, transfer: Transfer, form: AcceptForm | None, *, problem: str = "") -> HttpResponse:
    context = {"transfer": transfer, "bands": _bands(transfer.organization), "form": form, "problem": problem}
    is_refused = problem or (form is not None and form.errors)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if is_refused else HTTPStatus.OK
    return render(request, "platform/transfer_answer.html", context, status=status)


def _bands(organization: Organization) -> int | None:
    """Return how many bands the portal has; None if another cell keeps them."""
    if organization.is_elsewhere:
        return None
    with tenant_context(organization):
        return int(Band.objects.count())


def _private(response: Any) -> HttpResponse:
    # The address is the secret. "no-referrer" would make browsers send forms with `Origin: null`, which is refused.
    response["Referrer-Policy"] = "same-origin"
    return cast("HttpResponse", response)
