"""Adding several gigs at once: dates that are typed or pasted, or that return, with what they have in common."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from bandstand.accounts.models import User
from bandstand.bands.models import Band
from bandstand.content.form_fields import DayField, TimeOfDayInput
from bandstand.content.moments import Unreadable
from bandstand.content.named import NameKey
from bandstand.content.names import name_key
from bandstand.content.of_bands import may_with_all, may_with_some
from bandstand.gigs.adding_many import gigs_add_many
from bandstand.gigs.importing import GigImporter
from bandstand.gigs.models import Gig
from bandstand.gigs.pasted_dates import MOST_DATES, WrittenDate, read_dates
from bandstand.gigs.recurring import HowOften, days_every
from bandstand.gigs.showing_times import table_day
from bandstand.gigs.statuses import OF_TEAM, Status
from bandstand.organizations.current import current_organization
from bandstand.tours.models import Tour
from bandstand_web.forms.known_rows import KnownRowField
from bandstand_web.forms.row_sets import MORE_ROWS, with_more_rows
from bandstand_web.forms.submitting import makes_once
from bandstand_web.forms.time_zones import TypedTimeZoneField
from bandstand_web.gigs.backstage.date_rows import PREFIX, DateRowSet, KnownVenues, rows_data
from bandstand_web.gigs.backstage.kind import Gigs
from bandstand_web.gigs.backstage.known_venues import venues_suggest, venues_suggested_to
from bandstand_web.gigs.line_up_field import LineUpField
from bandstand_web.query_values import number
from bandstand_web.shell.own_rows import choices_limit

TEXT_MAX_LENGTH = 40_000
STATUSES = (Status.SCHEDULED, Status.CONFIRMED, Status.HOLD, Status.IDEA)
AGREED = "agreed"  # what the button says that publishes after having asked


class ClockField(forms.TimeField):
    """A time of day that all dates get which name none of their own."""

    widget = TimeOfDayInput


class SharedForm(forms.Form):
    """What all of the dates have in common, where a date doesn't say otherwise."""

    line_up = LineUpField()
    tour = KnownRowField(
        Tour.objects.order_by("name", "pk"),
        label=gettext_lazy("Tour"),
        required=False,
        empty_label=gettext_lazy("None"),
    )
    new_tour = forms.CharField(
        label=gettext_lazy("Or a new tour"),
        max_length=120,
        required=False,
        help_text=gettext_lazy("Its name. It gets a page with all of these dates."),
    )
    title = forms.CharField(
        label=gettext_lazy("Title"),
        max_length=140,
        required=False,
        help_text=gettext_lazy("If blank, we use the band names."),
    )
    start = ClockField(label=gettext_lazy("Start"), required=False, help_text=gettext_lazy("Local time at the venue."))
    doors = ClockField(label=gettext_lazy("Doors"), required=False)
    end = ClockField(label=gettext_lazy("End"), required=False)
    venue = forms.CharField(
        label=gettext_lazy("Venue"),
        max_length=120,
        required=False,
        help_text=gettext_lazy("For dates that don't name one."),
    )
    town = forms.CharField(label=gettext_lazy("Town"), max_length=120, required=False)
    time_zone = TypedTimeZoneField(
        label=gettext_lazy("Time zone"), help_text=gettext_lazy("If a venue is listed, its own time zone is used.")
    )
    status = forms.ChoiceField(label=gettext_lazy("Status"))

    def __init__(self, *args: Any, user: User, publishes: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user, self.publishes = user, publishes
        choices_limit(self, user, "add", Gig)
        venues_suggest(self)
        status: Any = self.fields["status"]
        status.choices = [(value, capfirst(value.label)) for value in STATUSES]
        if not may_with_some(user, "add", Tour):
            del self.fields["new_tour"]

    def clean_line_up(self) -> list[Band]:
        """Require a band of those who couldn't see their gigs again without one."""
        bands: list[Band] = self.cleaned_data["line_up"]
        if not bands and not may_with_all(self.user, "add", Gig):
            raise forms.ValidationError(_("Choose at least one band."), code="required")
        return bands

    def clean_new_tour(self) -> str:
        name: str = self.cleaned_data["new_tour"]
        if name and self.cleaned_data.get("tour"):
            raise forms.ValidationError(_("Choose a tour or name a new one, not both."))
        tours: Any = self.fields["tour"]
        if name and tours.queryset.alias(key=NameKey("name")).filter(key=name_key(name)).exists():
            raise forms.ValidationError(_("A tour with this name already exists. Choose it above."))
        return name

    def clean_status(self) -> str:
        status: str = self.cleaned_data["status"]
        if self.publishes and status in OF_TEAM:
            raise forms.ValidationError(_("Only announced gigs can be published. Choose “Announced”, or keep drafts."))
        return status

    @property
    def of_rows(self) -> dict[str, Any]:
        """What rows take from here, as far as it is right; the zone always."""
        given = self.cleaned_data
        zone = given.get("time_zone") or current_organization().time_zone
        return {**{name: given.get(name) for name in ("start", "doors", "end", "venue", "town")}, "time_zone": zone}

    @property
    def values(self) -> dict[str, Any]:
        """What all gigs get."""
        return {name: self.cleaned_data[name] for name in ("title", "status", "tour")}


class SourceForm(forms.Form):
    """Where the rows of the table come from: a text, or days that return."""

    text = forms.CharField(
        label=gettext_lazy("Your dates"),
        max_length=TEXT_MAX_LENGTH,
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false", "autocomplete": "off"}),
        help_text=gettext_lazy(
            "One date per line: date, start, venue and town, separated by tabs, semicolons or commas. "
            "You can paste rows from a spreadsheet, with or without its headings."
        ),
    )
    every = forms.ChoiceField(label=gettext_lazy("Repeats"), required=False)
    first = DayField(label=gettext_lazy("First day"), required=False)
    until = DayField(label=gettext_lazy("Until"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["text"].one_of = True  # type: ignore[attr-defined] # of text and days that return
        every: Any = self.fields["every"]
        every.choices = [("", _("doesn't repeat")), *((each.value, capfirst(each.label)) for each in HowOften)]

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        given["dates"] = [*self._pasted(), *self._returning()]
        if not given["dates"] and not self.errors:
            self.add_error("text", _("Enter at least one date."))
        return given

    def _pasted(self) -> list[WrittenDate]:
        found = read_dates(self.cleaned_data.get("text", ""), GigImporter.columns)
        if len(found) > MOST_DATES:
            self.add_error("text", _("These are more than %(most)d dates.") % {"most": MOST_DATES})
            return []
        return found

    def _returning(self) -> Iterator[WrittenDate]:
        every = self.cleaned_data.get("every")
        if not every:
            return
        days = {name: self.cleaned_data.get(name) for name in ("first", "until")}
        for name, day in days.items():
            if day is None and name not in self.errors:
                self.add_error(name, _("Enter a day."))
        if None in days.values():
            return
        try:
            for day in days_every(HowOften(every), **days):  # type: ignore[arg-type] # both are days
                yield WrittenDate(date=table_day(day))
        except Unreadable as problem:
            self.add_error("until", str(problem))


class GigsAddSeveral(Gigs):
    """Adds several gigs: a table of dates is filled, corrected, and stored as a whole. `?tour=` begins with a tour."""

    action = "add"
    in_bands = True
    submitted = staticmethod(makes_once)
    http_method_names = ["get", "head", "post"]

    def get(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:
        return self._page(self._shared(None), SourceForm(), None)

    def post(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:
        shared, source = self._shared(request.POST), SourceForm()
        is_right = shared.is_valid()
        if "fill" in request.POST:
            source = SourceForm(request.POST)
            if not source.is_valid():
                return self._page(shared, source, self._rows(shared, request.POST), HTTPStatus.UNPROCESSABLE_ENTITY)
            return self._page(shared, SourceForm(), self._filled(shared, source))
        rows = self._rows(shared, with_more_rows(request.POST))
        if rows is None:
            return self._page(shared, source, None)
        is_right = rows.is_valid() and is_right
        if is_right and not rows.planned:
            shared.add_error(None, _("Enter at least one date."))
            is_right = False
        is_stored = shared.publishes or "save" in request.POST  # and not by Enter, which checks
        if MORE_ROWS in request.POST or not is_stored or not is_right:
            status = HTTPStatus.OK if is_right else HTTPStatus.UNPROCESSABLE_ENTITY
            return self._page(shared, source, rows, status)
        if shared.publishes and request.POST["publish"] != AGREED:
            return self._page(shared, source, rows, asks=True)
        return self._store(shared, rows)

    def _shared(self, data: QueryDict | None) -> SharedForm:
        initial: dict[str, Any] = {"time_zone": current_organization().time_zone, "status": Status.SCHEDULED}
        publishes = data is not None and "publish" in data
        form = SharedForm(data, initial=initial, user=self.user, publishes=publishes)
        if data is None:
            bands = list(form.fields["line_up"].queryset[:2])  # type: ignore[attr-defined]
            form.initial["line_up"] = [bands[0].pk] if len(bands) == 1 else []  # there is nothing else to choose
            form.initial["tour"] = number(self.request, "tour")
        return form

    @cached_property
    def _known_venues(self) -> KnownVenues:
        return KnownVenues(self.user)

    def _rows(self, shared: SharedForm, data: Any) -> Any:
        """Return the table that was sent; None before there is one."""
        if f"{PREFIX}-TOTAL_FORMS" not in data:
            return None
        kwargs = {"shared": shared.of_rows, "venues": self._known_venues}
        rows: Any = DateRowSet(data, prefix=PREFIX, form_kwargs=kwargs)
        rows.bands = shared.cleaned_data.get("line_up", [])
        return rows

    def _filled(self, shared: SharedForm, source: SourceForm) -> Any:
        """Return the table with the rows that stood there and those of `source`."""
        present = self._rows(shared, self.request.POST)
        before = []
        if present is not None:
            present.is_valid()
            before = [{cell.name: str(cell.value() or "") for cell in row.cells} for row in present.rows]
        dates = source.cleaned_data["dates"]
        if len(before) + len(dates) > MOST_DATES:
            dates = dates[: MOST_DATES - len(before)]
            messages.warning(self.request, _("The table holds no more than %(most)d dates.") % {"most": MOST_DATES})
        unused = [cell for each in dates for cell in each.unused]
        if unused:
            text = _("Skipped, because the table has no column for it: %(cells)s.")
            messages.warning(self.request, text % {"cells": ", ".join(f"“{cell[:60]}”" for cell in unused[:10])})
        return self._rows(shared, rows_data(dates, before))

    def _store(self, shared: SharedForm, rows: Any) -> HttpResponse:
        given, publishes = shared.cleaned_data, shared.publishes
        gigs = gigs_add_many(
            dates=rows.planned,
            bands=given["line_up"],
            shared=shared.values,
            new_tour=given.get("new_tour", ""),
            publish=publishes,
        )
        count = len(gigs)
        if publishes:
            text = ngettext("%(count)d gig has been published.", "%(count)d gigs have been published.", count)
        else:
            text = ngettext(
                "%(count)d gig has been saved as a draft.", "%(count)d gigs have been saved as drafts.", count
            )
        messages.success(self.request, text % {"count": count})
        tour = gigs[0].tour
        return redirect(f"{reverse('backstage:gigs')}?tour={tour.slug}" if tour else reverse("backstage:gigs"))

    def _page(
        self, shared: SharedForm, source: SourceForm, rows: Any, status: int = HTTPStatus.OK, *, asks: bool = False
    ) -> HttpResponse:
        if rows is not None:
            rows.is_valid()  # each cell shows what is wrong with it
        context = {
            "shared": shared,
            "source": source,
            "rows": rows,
            "count": len(rows.rows) if rows is not None else 0,
            "asks": asks,
            "agreed": AGREED,
            "venues": venues_suggested_to(self.user),
        }
        return render(self.request, "gigs/backstage/several.html", context, status=status)
