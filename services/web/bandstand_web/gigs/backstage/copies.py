"""Copies of a gig, each on a day of its own."""

from __future__ import annotations

from datetime import date, timedelta
from http import HTTPStatus
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.generic.detail import SingleObjectMixin

from bandstand.content.form_fields import DayField
from bandstand.content.moments import Unreadable
from bandstand.content.of_bands import bands_where, may_with_all
from bandstand.gigs.appearances import Appearance
from bandstand.gigs.copying import copy_plan, gig_copies_add
from bandstand.gigs.models import Gig
from bandstand.gigs.pasted_dates import MOST_DATES
from bandstand_web.forms.row_sets import MORE_ROWS, with_more_rows
from bandstand_web.forms.submitting import makes_once
from bandstand_web.gigs.backstage.kind import Gigs

PREFIX = "days"
ROWS = 4
USUAL_STEP = timedelta(weeks=1)


class CopyDay(forms.Form):
    """A day on which the gig takes place again."""

    day = DayField(label=gettext_lazy("Date"), required=False)

    def __init__(self, *args: Any, gig: Gig, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.gig = gig

    def clean_day(self) -> date | None:
        """Refuse a day on which the gig's time doesn't exist."""
        day: date | None = self.cleaned_data["day"]
        if day is not None:
            try:
                copy_plan(self.gig, day)
            except Unreadable as problem:
                raise forms.ValidationError(str(problem)) from None
        return day


class CopyDays(forms.BaseFormSet[CopyDay]):
    """All days, at least one, each once."""

    model = Gig  # what a row is called where its problems are listed

    @property
    def days(self) -> list[date]:
        """The days in their order, each once."""
        return sorted({day for form in self.forms if (day := form.cleaned_data.get("day"))})

    def clean(self) -> None:
        if not any(self.errors) and not self.days:
            raise forms.ValidationError(_("Enter at least one date."))


CopyDaySet = forms.formset_factory(
    CopyDay, formset=CopyDays, extra=0, max_num=MOST_DATES, absolute_max=MOST_DATES, validate_max=True
)


class GigCopy(Gigs, SingleObjectMixin[Gig]):
    """Asks for the dates of copies of a gig, and adds them as drafts."""

    action = "add"
    in_bands = True
    submitted = staticmethod(makes_once)
    http_method_names = ["get", "head", "post"]

    def get_queryset(self) -> Any:
        """Return the gigs that the user may see, of bands for which they may add some."""
        gigs, bands = self.allowed(self.rows(), "view"), self._bands()
        return gigs if bands is None else gigs.filter(pk__in=Appearance.objects.filter(band__in=bands).values("gig"))

    def get(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:
        gig = self.get_object()
        first = gig.local_start.date() + USUAL_STEP
        initial = [{"day": first}, *({} for _row in range(ROWS - 1))]
        return self._page(gig, CopyDaySet(initial=initial, prefix=PREFIX, form_kwargs={"gig": gig}))

    def post(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:
        gig = self.get_object()
        rows: Any = CopyDaySet(with_more_rows(request.POST), prefix=PREFIX, form_kwargs={"gig": gig})
        is_right = rows.is_valid()
        if MORE_ROWS in request.POST or not is_right:
            return self._page(gig, rows, HTTPStatus.OK if is_right else HTTPStatus.UNPROCESSABLE_ENTITY)
        made = gig_copies_add(gig=gig, days=rows.days, bands=self._bands())
        count = len(made)
        text = ngettext(
            "%(count)d copy has been saved as a draft.", "%(count)d copies have been saved as drafts.", count
        )
        messages.success(request, text % {"count": count})
        return redirect("backstage:gig_edit", made[0].pk) if count == 1 else self.to_list()

    def _bands(self) -> frozenset[int] | None:
        """Return the bands that may stand in the copies' line-up; None for all."""
        return None if may_with_all(self.user, "add", Gig) else bands_where(self.user, "add", Gig)

    def _page(self, gig: Gig, rows: Any, status: int = HTTPStatus.OK) -> HttpResponse:
        return render(self.request, "gigs/backstage/copy.html", {"gig": gig, "rows": rows}, status=status)
