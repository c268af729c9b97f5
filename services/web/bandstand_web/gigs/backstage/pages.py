"""Gigs in the backstage. Times are entered and shown in the venue's local time."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic.detail import SingleObjectMixin

from bandstand.accounts.models import User
from bandstand.bands.models import Band, BandQuerySet
from bandstand.content.form_fields import TimeOfDayInput
from bandstand.content.of_bands import bands_seen, bands_where, may_with_all
from bandstand.gigs.appearances import Appearance
from bandstand.gigs.models import Gig, GigQuerySet
from bandstand.gigs.months import month_of, read_month
from bandstand.gigs.series import SeriesScope, others_of
from bandstand.gigs.spreadsheet import GigResource
from bandstand.gigs.statuses import Status
from bandstand.organizations.current import current_organization
from bandstand.tours.models import Tour
from bandstand_web.forms.submitting import changes_once
from bandstand_web.gigs.backstage.kind import Gigs
from bandstand_web.gigs.backstage.known_venues import venues_suggested_to
from bandstand_web.gigs.backstage.series import ScopeForm, series_path
from bandstand_web.gigs.filtering import GigFilter
from bandstand_web.gigs.gig_form import GigForm
from bandstand_web.query_values import ImpossibleValueError, choice, number
from bandstand_web.shell.history import KindHistory, KindPutBack
from bandstand_web.shell.own_rows import rights_add
from bandstand_web.shell.views import KindAdd, KindChange, KindDelete, KindForm, KindList, KindPublish


def bands_named_to(user: User) -> BandQuerySet:
    """Return the bands that the user may see."""
    seen = bands_seen(user)
    return Band.objects.all() if seen is None else Band.objects.filter(pk__in=seen)


class GigList(Gigs, KindList):
    """The upcoming gigs, or past ones or drafts: of one status, band, tour or town if that is asked for."""

    heading = gettext_lazy("Gigs")
    resource_class = GigResource
    template_name = "gigs/backstage/list.html"
    shown = {
        "": gettext_lazy("Upcoming"),
        "past": gettext_lazy("Past"),
        "scheduled": gettext_lazy("Scheduled"),
        "drafts": gettext_lazy("Drafts"),
    }

    def filtered(self, show: str) -> QuerySet[Gig]:
        self.status = choice(self.request, "status", Status.values)
        shown, bands = self._shown(show), bands_named_to(self.user)
        tours = Tour.objects.visible_to(self.user)
        self.wanted = GigFilter.of(self.request, self.allowed(shown), bands, tours, for_team=True)
        gigs = self.wanted.apply(shown)
        return (gigs.filter(status=self.status) if self.status else gigs).for_table()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {
            **super().get_context_data(**kwargs),
            "wanted": self.wanted,
            "status": self.status,
            "statuses": Status.choices,
            "is_narrowed": bool(self.status or self.query or self.wanted.is_used),
        }

    def _shown(self, show: str) -> GigQuerySet:
        gigs = Gig.objects
        shown = {"past": gigs.past, "scheduled": gigs.scheduled, "drafts": gigs.drafts}.get(show, gigs.upcoming)()
        return shown.order_by("-starts_at", "-pk") if show == "drafts" else shown


class GigMonth(Gigs):
    """A month as a calendar, drafts and all. Raises Http404 for what is none."""

    action = "view"
    in_bands = True
    http_method_names = ["get", "head"]

    def get(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:
        today = timezone.localdate()
        try:
            first = read_month(request.GET.get("month") or f"{today:%Y-%m}")
        except ValueError:
            raise ImpossibleValueError("this is no month") from None
        gigs = self.allowed(Gig.objects.all())
        bands, tours = bands_named_to(self.user), Tour.objects.visible_to(self.user)
        wanted = GigFilter.of(request, gigs, bands, tours, for_team=True)
        month = month_of(wanted.apply(gigs).for_listing(), first, today=today)
        return render(request, "gigs/backstage/month.html", {"month": month, "wanted": wanted})


class GigPage(Gigs, KindForm):
    """A gig with its line-up."""

    form_class = GigForm
    template_name = "gigs/backstage/edit.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {**super().get_context_data(**kwargs), "venues": venues_suggested_to(self.user)}


class GigAdd(GigPage, KindAdd):
    """Creates a gig; `?band=` starts with a band."""

    def get_initial(self) -> dict[str, Any]:
        band = number(self.request, "band")
        initial: dict[str, Any] = {"time_zone": current_organization().time_zone}
        if band is not None:
            initial["line_up"] = [get_object_or_404(self._bands(), pk=band).pk]
        elif not may_with_all(self.user, "add", Gig) and len(own := self._bands()[:2]) == 1:
            initial["line_up"] = [own[0].pk]  # there is nothing else to choose
        return initial

    def _bands(self) -> Any:
        """Return the bands for which the user may add gigs."""
        bands = Band.objects.all()
        is_free = may_with_all(self.user, "add", Gig)
        return bands if is_free else bands.filter(pk__in=bands_where(self.user, "add", Gig))


class GigChange(GigPage, KindChange):
    """Changes a gig, and leads on to the others of its series if they are to be changed too."""

    def get_form(self, form_class: Any = None) -> Any:
        self.form = super().get_form(form_class)
        return self.form

    def stored(self, row: Gig) -> HttpResponse:
        path = series_path(row, self.request.POST.get("apply_to", ""), self._changed())
        return redirect(path) if path else super().stored(row)

    def _changed(self) -> list[str]:
        """Return the names of what was changed. Places of the line-up that stayed empty are no change, an order is."""
        line_up = [band.pk for band in self.form.cleaned_data["line_up"]]
        names = [name for name in self.form.changed_data if name != "line_up"]
        return names if line_up == self.form.fields["line_up"].initial else [*names, "line_up"]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        gig: Gig = self.object
        others = others_of(gig, SeriesScope.ALL, self.allowed(Gig.objects.all())) if gig.series else Gig.objects.none()
        data = self.request.POST if self.request.method == "POST" else None
        return {**super().get_context_data(**kwargs), "scope": ScopeForm(data) if others.exists() else None}


class GigSheet(Gigs, SingleObjectMixin[Gig]):
    """All that is known of a gig on one page, to print: also for those who may see it and not change it."""

    action = "view"
    in_bands = True
    http_method_names = ["get", "head"]

    def get(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:
        rows = self.allowed(Gig.objects.for_listing().select_related("place", "new_date"))
        gig = get_object_or_404(rows, pk=self.kwargs["pk"])
        rights_add([gig], self.user)
        return render(request, "gigs/backstage/sheet.html", {"gig": gig})


class SetTimesForm(forms.Form):
    """When bands of a gig go on stage: one field for each of these appearances."""

    def __init__(self, *args: Any, appearances: Sequence[Appearance], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.appearances = appearances
        for each in appearances:
            self.fields[f"time-{each.pk}"] = forms.TimeField(
                label=format_html("<bdi>{}</bdi>", each.band.name),
                required=False,
                initial=each.on_stage_at,
                widget=TimeOfDayInput,
            )

    def save(self) -> None:
        """Store the times that were changed."""
        for each in self.appearances:
            if f"time-{each.pk}" in self.changed_data:
                each.on_stage_at = self.cleaned_data[f"time-{each.pk}"]
                each.save(update_fields=["on_stage_at"])


class GigTimes(Gigs, SingleObjectMixin[Gig]):
    """When the bands go on stage. Each band's own is set by whoever may change its gigs, also where others play too."""

    action = "view"
    in_bands = True
    submitted = staticmethod(changes_once)
    http_method_names = ["get", "head", "post"]

    def get(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:
        gig = self.get_object()
        return self._page(gig, SetTimesForm(appearances=self._own(gig)))

    def post(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:
        gig = self.get_object()
        form = SetTimesForm(request.POST, appearances=self._own(gig))
        if not form.is_valid():
            return self._page(gig, form)
        with transaction.atomic():
            form.save()
        messages.success(request, _("The set times have been saved."))
        return self.to_list()

    def _own(self, gig: Gig) -> list[Appearance]:
        """Return the appearances whose times the user may set. Raises Http404 without any."""
        own = gig.appearances.select_related("band")
        if not may_with_all(self.user, "change", Gig):
            own = own.filter(band__in=bands_where(self.user, "change", Gig))
        if not (found := list(own)):
            raise Http404
        return found

    def _page(self, gig: Gig, form: SetTimesForm) -> HttpResponse:
        status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
        return render(self.request, "gigs/backstage/times.html", {"gig": gig, "form": form}, status=status)


class GigPublish(Gigs, KindPublish):
    """Publishes a gig."""


class GigDelete(Gigs, KindDelete):
    """Moves a gig to the trash."""


class GigHistory(Gigs, KindHistory):
    """What was changed of a gig."""


class GigPutBack(Gigs, KindPutBack):
    """Puts back a change of a gig."""
