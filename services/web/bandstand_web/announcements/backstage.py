"""Announcements of the platform, as a banner to owners until they dismiss it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language
from django.views.decorators.http import require_POST

from bandstand.announcements.announcing import announcement_dismiss
from bandstand.announcements.models import Announcement
from bandstand_web.requests import TeamRequest
from bandstand_web.shell.access import OWNERS, needs


@dataclass(frozen=True)
class Banner:
    """An announcement in the reader's language."""

    pk: int
    title: str
    text: str


@require_POST
@needs(OWNERS)
def dismiss(request: TeamRequest, pk: int) -> HttpResponse:
    """Hide the announcement from this owner, and lead back to the page that showed it."""
    announcement = get_object_or_404(Announcement.objects.showing(), pk=pk)
    announcement_dismiss(announcement=announcement, organization=request.organization, account=request.user.pk)
    page = urlsplit(request.headers.get("Referer", ""))
    is_ours = page.netloc == request.get_host() and page.path.startswith("/backstage/")
    return redirect(page.path if is_ours else "backstage:dashboard")


def banners(request: HttpRequest) -> dict[str, Any]:
    """Return `banners`, which the backstage's frame shows; asks nothing on pages that don't."""
    return {"banners": SimpleLazyObject(lambda: _banners(request))}


def _banners(request: HttpRequest) -> list[Banner]:
    organization = getattr(request, "organization", None)
    account = request.user.pk
    if organization is None or account is None or not request.user.has_perm(OWNERS):
        return []
    showing = Announcement.objects.showing()
    if not showing.exists():  # as nearly always
        return []
    unseen = showing.unseen_by(organization=organization, account=account)
    language = get_language()
    return [Banner(each.pk, each.title(language), each.text(language)) for each in unseen]
