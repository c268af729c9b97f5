"""Signing up: a form, a code by email, and the portal exists. Nothing is created until the address is verified."""

from __future__ import annotations

from contextlib import nullcontext
from http import HTTPStatus
from typing import Any, cast

from allauth.account.adapter import get_adapter
from allauth.account.utils import perform_login
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from bandstand.accounts.auditing import actor_of
from bandstand.accounts.models import User
from bandstand.mail.sending import send_template
from bandstand.organizations.addresses import portal_host
from bandstand.organizations.availability import suggest_free_slug, validate_free_slug
from bandstand.organizations.models import Organization
from bandstand.organizations.time_zones import likely_time_zone
from bandstand.portals.icons import icons_request_anyway
from bandstand.teams.owner_mails import tell_welcome
from bandstand.tenancy.signup import AccountExistsError, signup_complete
from bandstand.terms.accepting import terms_accept
from bandstand_web import rate_limits
from bandstand_web.accounts.hand_over import portal_entrance, redirects_to_portals
from bandstand_web.forms.submitting import changes_once, makes_once
from bandstand_web.platform.forms import CodeForm, OrganizationForm, SignupForm, SlugForm
from bandstand_web.platform.organizations import TOO_MANY_PORTALS
from bandstand_web.platform.pending import LIFETIME, PendingSignup
from bandstand_web.requests import PlatformRequest


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
@makes_once
def begin(request: PlatformRequest) -> HttpResponse:
    """Show the form for a new owner; logged-in users are redirected to a shorter one."""
    if request.user.is_authenticated:
        return redirect("organization_new")
    guesses = {"language": get_language(), "time_zone": likely_time_zone(request.headers.get("Accept-Language", ""))}
    form = SignupForm(request.POST or None, initial=guesses)
    if request.method == "POST" and form.is_valid():
        if rate_limits.allows(request, "signup", key=form.cleaned_data["email"]):
            _remember(request, form.cleaned_data, form.accepted_versions)
            return redirect("signup_verify")
        form.add_error(None, _("Too many sign-ups in a short time. Please wait a few minutes and try again."))
        return render(request, "platform/signup.html", {"form": form}, status=HTTPStatus.TOO_MANY_REQUESTS)
    return render(request, "platform/signup.html", {"form": form})


@require_GET
def address(request: PlatformRequest) -> HttpResponse:
    """Update the address field while typing: suggest an address from the name, and check availability."""
    slug = request.GET.get("slug", "").strip().lower()
    suggested = request.GET.get("suggested", "")
    is_about_the_name = "name" in request.GET
    is_allowed = rate_limits.allows(request, "signup_address")
    if is_allowed and is_about_the_name and slug in {"", suggested}:
        slug = suggested = suggest_free_slug(request.GET["name"])
    form = OrganizationForm(initial={"slug": slug, "suggested": suggested})
    owner = request.user if isinstance(request.user, User) else None
    problem = (
        _slug_problem(slug, owner)
        if is_allowed
        else _("Too many requests in a short time. Wait a few minutes, then try again.")
    )
    context = {"form": form, "slug": slug, "host": portal_host(slug), "problem": problem}
    template = "platform/partials/address_field.html" if is_about_the_name else "platform/partials/address_state.html"
    return render(request, template, context, status=HTTPStatus.OK if is_allowed else HTTPStatus.TOO_MANY_REQUESTS)


@never_cache
@redirects_to_portals
@require_http_methods(["GET", "HEAD", "POST"])
@makes_once
def verify(request: PlatformRequest) -> HttpResponse:
    """Ask for the code from the email; the right one creates the portal."""
    form = CodeForm(request.POST or None)
    is_tried = request.method == "POST" and form.is_valid()
    with request.session.alone() if is_tried else nullcontext():
        pending = PendingSignup.load(request.session)
        if pending is None:
            return _start_again(request)
        if pending.is_proven:
            return redirect("signup_choose_address")
        if not is_tried:
            return _ask_for_code(request, pending, form)
        is_right = _try(request, pending, form.cleaned_data["code"])
    if is_right:
        return _complete(request, pending)
    if not pending.attempts_left:
        messages.error(request, _("Too many wrong codes. Please sign up again."))
        return redirect("signup")
    form.add_error("code", _("This code isn't right. Check the newest email."))
    return _ask_for_code(request, pending, form)


@never_cache
@require_POST
@changes_once
def resend(request: PlatformRequest) -> HttpResponse:
    """Send a new code, which invalidates the previous one."""
    with request.session.alone():
        pending = PendingSignup.load(request.session)
        if pending is None:
            return _start_again(request)
        if not rate_limits.allows(request, "signup_resend", key=pending.email):
            messages.warning(
                request, _("We sent an email a moment ago. Please wait a minute before asking for another.")
            )
            return _ask_for_code(request, pending, CodeForm(), status=HTTPStatus.TOO_MANY_REQUESTS)
        _mail_code(pending)
        pending.store(request.session)
    messages.success(request, _("A new code is on its way."))
    return redirect("signup_verify")


@never_cache
@redirects_to_portals
@require_http_methods(["GET", "HEAD", "POST"])
@makes_once
def choose_address(request: PlatformRequest) -> HttpResponse:
    """Choose another portal address if the first one has been taken in the meantime; everything else is kept."""
    pending = PendingSignup.load(request.session)
    if pending is None or not pending.is_proven:
        return _start_again(request)
    form = SlugForm(request.POST or None, initial={"slug": suggest_free_slug(pending.name)})
    if request.method == "POST" and form.is_valid():
        pending.slug = form.cleaned_data["slug"]
        pending.store(request.session)
        return _complete(request, pending)
    return _ask_for_address(request, pending, form)


def _ask_for_address(
    request: PlatformRequest, pending: PendingSignup, form: SlugForm, *, status: int = HTTPStatus.OK
) -> HttpResponse:
    context = {"form": form, "pending": pending}
    return render(request, "platform/signup_choose_address.html", context, status=status)


def _ask_for_code(
    request: PlatformRequest, pending: PendingSignup, form: CodeForm, *, status: int = HTTPStatus.OK
) -> HttpResponse:
    context = {"form": form, "pending": pending, "host": portal_host(pending.slug), "minutes": LIFETIME.seconds // 60}
    return render(request, "platform/signup_verify.html", context, status=status)


def _remember(request: PlatformRequest, data: dict[str, Any], accepted: list[int]) -> None:
    pending = PendingSignup(
        email=data["email"],
        password_hash=make_password(data["password"]),
        name=data["name"],
        slug=data["slug"],
        language=data["language"],
        time_zone=data["time_zone"],
        accepted=accepted,
    )
    _mail_code(pending)
    pending.store(request.session)


def _slug_problem(slug: str, owner: User | None) -> str:
    if not slug:
        return ""
    try:
        validate_free_slug(slug, owner)
    except ValidationError as problem:
        return str(problem.messages[0])
    return ""


def _complete(request: PlatformRequest, pending: PendingSignup) -> HttpResponse:
    if not rate_limits.allows(request, "portal_create", key=pending.email):
        form = SlugForm({"slug": pending.slug})
        form.add_error(None, TOO_MANY_PORTALS)
        return _ask_for_address(request, pending, form, status=HTTPStatus.TOO_MANY_REQUESTS)
    try:
        organization = _create(request, pending)
    except AccountExistsError as problem:
        pending.discard(request.session)
        messages.warning(request, problem.messages[0])
        return redirect("account_login")
    except ValidationError:
        messages.warning(request, _("Someone was faster: %(host)s is taken.") % {"host": portal_host(pending.slug)})
        return redirect("signup_choose_address")
    pending.discard(request.session)
    return _enter(request, organization)


@transaction.atomic
def _create(request: PlatformRequest, pending: PendingSignup) -> Organization:
    organization = signup_complete(
        email=pending.email,
        password_hash=pending.password_hash,
        name=pending.name,
        slug=pending.slug,
        language=pending.language,
        time_zone=pending.time_zone,
    )
    owner = User.objects.get(email=pending.email)
    terms_accept(account=owner, versions=pending.accepted, by=actor_of(request, owner))
    tell_welcome(organization=organization, email=owner.email)
    icons_request_anyway(organization)
    return organization


def _enter(request: PlatformRequest, organization: Organization) -> HttpResponse:
    owner = organization.owners.get()
    return cast("HttpResponse", perform_login(request, owner, redirect_url=portal_entrance(organization)))


def _try(request: PlatformRequest, pending: PendingSignup, code: str) -> bool:
    """Return whether the code is right; after the last wrong attempt the sign-up is discarded."""
    is_right = pending.prove(code)
    if is_right or pending.attempts_left:
        pending.store(request.session)
    else:
        pending.discard(request.session)
    return is_right


def _start_again(request: PlatformRequest) -> HttpResponse:
    messages.warning(request, _("Your sign-up took longer than 15 minutes. Please start over."))
    return redirect("signup")


def _mail_code(pending: PendingSignup) -> None:
    """Send a code, or a log-in link if the address has an account. The page is the same in both cases."""
    if User.objects.filter(email=pending.email).exists():
        path = f"{reverse('account_login')}?next={reverse('organization_new')}"
        context = {"log_in_url": f"{settings.PUBLIC_URL}{path}"}
        send_template("signup_account_exists", to=pending.email, context=context, is_essential=True)
        return
    code = get_adapter().generate_email_verification_code()
    pending.expect(code)
    send_template("signup_code", to=pending.email, context={"code": code}, is_essential=True)
