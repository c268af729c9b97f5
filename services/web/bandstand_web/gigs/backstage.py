"""Gigs in the backstage. Times are entered and shown in the venue's local time."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bandstand.bands.models import Band
from bandstand.bands.searching import search_words
from bandstand.content.folding import mentions
from bandstand.gigs.line_up import line_up_set
from bandstand.gigs.local_times import LocalTimesForm
from bandstand.gigs.models import Appearance, Gig, GigQuerySet
from bandstand.organizations.time_zones import TimeZoneField
from bandstand_web.forms.submitting import changes_once, makes_once
from bandstand_web.gigs.line_up_field import LineUpField
from bandstand_web.query_values import choice, number, page_of
from bandstand_web.requests import TeamRequest
from bandstand_web.shell.access import needs

PER_PAGE = 30


class GigForm(LocalTimesForm):
    """A gig with its line-up."""

    time_zone = TimeZoneField(label=gettext_lazy("Time zone of the venue"))
    line_up = LineUpField()

    class Meta:
        model = Gig
        fields = [
            *("title", "venue", "address", "town", "starts_at", "doors_at", "time_zone", "status"),
            *("ticket_url", "price", "notes", "slug"),
        ]
        widgets = {"notes": forms.Textarea(attrs={"rows": 5})}

    field_order = ["title", "line_up", "starts_at", "doors_at", "time_zone", "venue", "address", "town", "status"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.fields["line_up"].initial = [band.pk for band in self.instance.line_up]

    def save(self, commit: bool = True) -> Gig:
        with transaction.atomic():
            gig: Gig = super().save(commit=commit)
            line_up_set(gig=gig, bands=self.cleaned_data["line_up"])
        return gig


SHOWN = {"": gettext_lazy("Upcoming"), "past": gettext_lazy("Past"), "drafts": gettext_lazy("Drafts")}


@require_safe
@needs("gigs.view_gig")
def index(request: TeamRequest) -> HttpResponse:
    """List upcoming gigs, or past ones or drafts with `?show=`; `?q=` searches title, place and band."""
    show, query = choice(request, "show", SHOWN), request.GET.get("q", "").strip()
    gigs = _shown(show)
    if query:
        gigs = gigs.filter(*map(_mentions, search_words(query)))
    page = page_of(request, gigs.for_listing(), PER_PAGE)
    context = {"page": page, "show": show, "query": query, "shown": SHOWN.items()}
    return render(request, "gigs/backstage/list.html", context)


def _shown(show: str) -> GigQuerySet:
    if show == "past":
        return Gig.objects.past()
    if show == "drafts":
        return Gig.objects.drafts().order_by("-starts_at", "-pk")
    return Gig.objects.upcoming()


def _mentions(word: str) -> Q:
    """Return a condition without joins, so that no gig is listed twice."""
    plays = Appearance.objects.filter(mentions(word, "band__name"), gig=OuterRef("pk"))
    return mentions(word, "title", "venue", "town") | Q(Exists(plays))


@require_http_methods(["GET", "HEAD", "POST"])
@needs("gigs.add_gig")
@makes_once
def add(request: TeamRequest) -> HttpResponse:
    """Create a gig; `?copy=` starts with another gig's values, a week later."""
    initial: dict[str, Any] = {"time_zone": request.organization.time_zone}
    copy, band = number(request, "copy"), number(request, "band")
    if copy is not None:
        initial = _copied(get_object_or_404(Gig.objects.for_listing(), pk=copy))
    elif band is not None:
        initial["line_up"] = [get_object_or_404(Band, pk=band).pk]
    return _edit(request, Gig(), initial)


@require_http_methods(["GET", "HEAD", "POST"])
@needs("gigs.change_gig")
@changes_once
def edit(request: TeamRequest, pk: int) -> HttpResponse:
    """Change a gig."""
    return _edit(request, get_object_or_404(Gig.objects.for_listing(), pk=pk), {})


def _edit(request: TeamRequest, gig: Gig, initial: dict[str, Any]) -> HttpResponse:
    is_new = gig.pk is None
    form = GigForm(request.POST or None, instance=gig, initial=initial)
    if request.method == "POST" and form.is_valid():
        if "publish" in request.POST:
            form.instance.is_published = True
        gig = form.save()
        if gig.is_published:
            messages.success(request, _("%(name)s has been saved and published.") % {"name": gig.headline})
        else:
            messages.success(request, _("%(name)s has been saved as a draft.") % {"name": gig.headline})
        return redirect("backstage:gigs")
    context = {"form": form, "gig": None if is_new else gig}
    return render(request, "gigs/backstage/edit.html", context, status=422 if form.errors else 200)


def _copied(gig: Gig) -> dict[str, Any]:
    copied = {name: getattr(gig, name) for name in ("title", "venue", "address", "town", "time_zone", "price", "notes")}
    start, doors = gig.local_start, gig.local_doors
    copied["starts_at"] = (start + timedelta(weeks=1)).replace(tzinfo=None)
    copied["doors_at"] = (doors + timedelta(weeks=1)).replace(tzinfo=None) if doors else None
    copied["line_up"] = [band.pk for band in gig.line_up]
    return copied


@require_POST
@needs("gigs.change_gig")
def publish(request: TeamRequest, pk: int) -> HttpResponse:
    """Publish the gig, or unpublish it if `published` is empty."""
    gig = get_object_or_404(Gig, pk=pk)
    gig.is_published = bool(request.POST.get("published"))
    gig.save(update_fields=["is_published", "updated_at"])
    if gig.is_published:
        messages.success(request, _("%(name)s has been published.") % {"name": gig.headline})
    else:
        messages.success(request, _("%(name)s is a draft again. Visitors can't see it.") % {"name": gig.headline})
    return redirect("backstage:gigs")


@require_http_methods(["GET", "HEAD", "POST"])
@needs("gigs.delete_gig")
def delete(request: TeamRequest, pk: int) -> HttpResponse:
    """Ask for confirmation, then delete the gig."""
    gig = get_object_or_404(Gig.objects.for_listing(), pk=pk)
    if request.method == "POST":
        headline = gig.headline
        gig.delete()
        messages.success(request, _("%(name)s has been deleted.") % {"name": headline})
        return redirect("backstage:gigs")
    return render(request, "gigs/backstage/delete.html", {"gig": gig})
