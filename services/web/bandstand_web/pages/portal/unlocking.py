"""A page with a password: who gives it gets a cookie for this page alone."""

from __future__ import annotations

from http import HTTPStatus

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from bandstand.accounts.models import User
from bandstand.pages.models import Page
from bandstand.pages.passwords import KEPT, is_password, is_unlocked_by, unlocking
from bandstand_web import rate_limits
from bandstand_web.pagecache.pages import UNLOCKED_COOKIE
from bandstand_web.requests import PortalRequest
from bandstand_web.shell.access import may_with


class UnlockForm(forms.Form):
    """The password of a page."""

    password = forms.CharField(
        label=gettext_lazy("Password"),
        max_length=128,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password", "autofocus": True}),
    )


def is_open(request: HttpRequest, page: Page) -> bool:
    """Whether whoever asks may see the page: it has no password, was unlocked, or is the team's."""
    if page.visibility != Page.Visibility.PASSWORD:
        return True
    if is_unlocked_by(page, request.COOKIES.get(UNLOCKED_COOKIE, "")):
        return True
    user = getattr(request, "user", None)
    return isinstance(user, User) and may_with(user, "view", page)


def to_unlocking(page: Page) -> HttpResponse:
    """Lead to where the password is asked for."""
    response = redirect("page_unlock", slug=page.slug)
    add_never_cache_headers(response)
    return response


@require_http_methods(["GET", "HEAD", "POST"])
def unlock(request: PortalRequest, slug: str) -> HttpResponse:
    """Ask for the password of a page, of which nothing else is told, and lead there."""
    page = get_object_or_404(Page.objects.reachable().filter(visibility=Page.Visibility.PASSWORD), slug=slug)
    form = UnlockForm(request.POST if request.method == "POST" else None)
    status = HTTPStatus.OK
    if form.is_bound:
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        if not rate_limits.allows(request, "page_password", key=str(page.uid)):
            form.add_error(None, _("Too many attempts. Please wait a while and try again."))
            status = HTTPStatus.TOO_MANY_REQUESTS
        elif form.is_valid():
            if is_password(page, form.cleaned_data["password"]):
                return _unlocked(page)
            form.add_error("password", _("This isn't the password."))
    response = render(request, "pages/portal/unlock.html", {"form": form}, status=status)
    response["X-Robots-Tag"] = "noindex"
    add_never_cache_headers(response)
    return response


def _unlocked(page: Page) -> HttpResponse:
    path = reverse("page", args=[page.slug])
    response = redirect(path)
    response.set_cookie(
        UNLOCKED_COOKIE,
        unlocking(page),
        max_age=KEPT,
        path=path,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    add_never_cache_headers(response)
    return response
