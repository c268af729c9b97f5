"""Gigs in the backstage. Times are entered and shown in the venue's local time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from http import HTTPStatus
from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic.detail import SingleObjectMixin

from bandstand.accounts.models import User
from bandstand.bands.models import Band
from bandstand.content.of_bands import bands_where, may_with_all
from bandstand.gigs.line_up import line_up_set
from bandstand.gigs.local_times import LocalTimesForm
from bandstand.gigs.models import Appearance, Gig
from bandstand.gigs.spreadsheet import GigResource
from bandstand.organizations.current import current_organization
from bandstand.organizations.time_zones import TimeZoneField
from bandstand.venues.models import Venue, VenueQuerySet
from bandstand_web.forms.submitting import changes_once
from bandstand_web.gigs.line_up_field import LineUpField
from bandstand_web.query_values import number
from bandstand_web.shell.history import KindHistory, KindPutBack
from bandstand_web.shell.views import KindAdd, KindChange, KindDelete, KindForm, KindList, KindPublish, KindView

VENUES_SUGGESTED = 500
PLACE = {"venue", "town", "time_zone"}


class GigForm(LocalTimesForm):
    """A gig with its line-up."""

    time_zone = TimeZoneField(label=gettext_lazy("Time zone of the venue"))
    line_up = LineUpField()
    user: User  # who fills it in

    class Meta:
        model = Gig
        fields = [
            *("title", "venue", "address", "town", "starts_at", "doors_at", "time_zone", "status"),
            *("ticket_url", "price", "notes", "slug"),
        ]
        widgets = {
            "notes": forms.Textarea(attrs={"rows": 5}),
            "venue": forms.TextInput(attrs={"list": "known-venues", "autocomplete": "off"}),
        }

    field_order = ["title", "line_up", "starts_at", "doors_at", "time_zone", "venue", "address", "town", "status"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.fields["line_up"].initial = [band.pk for band in self.instance.line_up]
        self.fields["town"].required = False
        self.fields["town"].help_text = _("Optional if the venue is listed.")
        self.fields["time_zone"].help_text = _("If the venue is listed, its own time zone is used.")

    def clean(self) -> dict[str, Any]:
        """Take town, street and time zone from a known venue, before the times are read by its clock.

        A gig whose place nobody changed keeps its own, so that saving it never moves it.
        """
        given = self.cleaned_data
        is_new_place = not self.instance.pk or not PLACE.isdisjoint(self.changed_data)
        if is_new_place and (name := given.get("venue")):
            town = given.get("town")
            venues = venues_known_to(self.user)
            found = list((venues.at(name, town) if town else venues.named(name))[:2])
            if len(found) == 1:
                given["town"], given["time_zone"] = found[0].town, found[0].time_zone
                given["address"] = given.get("address") or found[0].street
        if not given.get("town") and "town" not in self.errors:
            self.add_error("town", _("Enter the town."))
        return super().clean()

    def clean_line_up(self) -> list[Band]:
        """Require a band of those whose role in a band brought them here: else they couldn't see their gig again."""
        bands: list[Band] = self.cleaned_data["line_up"]
        if not bands and not may_with_all(self.user, "change", Gig):
            raise forms.ValidationError(_("Choose at least one band."), code="required")
        return bands

    def save(self, commit: bool = True) -> Gig:
        with transaction.atomic():
            gig: Gig = super().save(commit=commit)
            line_up_set(gig=gig, bands=self.cleaned_data["line_up"])
        return gig


def venues_known_to(user: User) -> VenueQuerySet:
    """Return the venues that a gig's form knows: all, or those where bands play that the user may see."""
    if may_with_all(user, "view", Venue):
        return Venue.objects.all()
    return Venue.objects.filter(pk__in=Gig.objects.visible_to(user).values("place"))


class Gigs(KindView):
    """What all views of gigs share."""

    model: Any = Gig
    url_name = "gig"
    list_url_name = "gigs"

    def rows(self) -> QuerySet[Gig]:
        return Gig.objects.for_listing()

    def name_of(self, row: Gig) -> str:
        return row.headline


class GigList(Gigs, KindList):
    """The upcoming gigs, or past ones or drafts."""

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
        if show == "past":
            return Gig.objects.past().for_listing()
        if show == "scheduled":
            return Gig.objects.scheduled().for_listing()
        if show == "drafts":
            return Gig.objects.drafts().for_listing().order_by("-starts_at", "-pk")
        return Gig.objects.upcoming().for_listing()


class GigPage(Gigs, KindForm):
    """A gig with its line-up."""

    form_class = GigForm
    template_name = "gigs/backstage/edit.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        venues = venues_known_to(self.user).order_by("name", "town")[:VENUES_SUGGESTED]
        return {**super().get_context_data(**kwargs), "venues": venues}


class GigAdd(GigPage, KindAdd):
    """Creates a gig; `?copy=` starts with another gig's values, a week later, and `?band=` with a band."""

    def get_initial(self) -> dict[str, Any]:
        copy, band = number(self.request, "copy"), number(self.request, "band")
        if copy is not None:
            return self._copied(get_object_or_404(self.allowed(Gig.objects.for_listing(), "view"), pk=copy))
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

    def _copied(self, gig: Gig) -> dict[str, Any]:
        names = ("title", "venue", "address", "town", "time_zone", "price", "notes")
        copied = {name: getattr(gig, name) for name in names}
        start, doors = gig.local_start, gig.local_doors
        copied["starts_at"] = (start + timedelta(weeks=1)).replace(tzinfo=None)
        copied["doors_at"] = (doors + timedelta(weeks=1)).replace(tzinfo=None) if doors else None
        own = set(self._bands().filter(pk__in=[band.pk for band in gig.line_up]).values_list("pk", flat=True))
        copied["line_up"] = [band.pk for band in gig.line_up if band.pk in own]
        return copied


class GigChange(GigPage, KindChange):
    """Changes a gig."""


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
                widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
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
