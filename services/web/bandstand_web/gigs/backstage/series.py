"""What was changed of one gig, for the others of its series: said first, then done."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.generic.detail import SingleObjectMixin

from bandstand.gigs.models import Gig
from bandstand.gigs.series import NAMES, Given, SeriesScope, names_of, others_of, series_give, series_plan
from bandstand_web.forms.submitting import changes_once
from bandstand_web.gigs.backstage.kind import Gigs
from bandstand_web.query_values import choice


class ScopeForm(forms.Form):
    """Which gigs of a series get what is changed of one."""

    apply_to = forms.ChoiceField(
        label=gettext_lazy("Apply changes to"),
        choices=SeriesScope.choices,
        initial=SeriesScope.THIS,
        required=False,
        widget=forms.RadioSelect,
        help_text=gettext_lazy("Dates stay as they are. You see first which gigs change and which keep their own."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["apply_to"].one_of = True  # type: ignore[attr-defined] # so that nothing calls it optional


def series_path(gig: Gig, scope: str, fields: list[str]) -> str:
    """Return where changes of these fields are given to others of the gig's series; "" without any that could be."""
    names = names_of(fields)
    if gig.series is None or scope not in {SeriesScope.FOLLOWING, SeriesScope.ALL} or not names:
        return ""
    query = urlencode({"scope": scope, "fields": ",".join(names)})
    return f"{reverse('backstage:gig_series', args=[gig.pk])}?{query}"


class GigSeries(Gigs, SingleObjectMixin[Gig]):
    """Says what giving fields of a gig (`?fields=`) to others of its series (`?scope=`) would do, and does it."""

    action = "change"
    in_bands = True
    submitted = staticmethod(changes_once)
    http_method_names = ["get", "head", "post"]

    def get(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:
        gig = self.get_object()
        scope, names = self._asked()
        others = list(self._others(gig, scope))
        given = series_plan(gig, others, names)
        context = {
            "gig": gig,
            "is_split": scope == SeriesScope.FOLLOWING,
            "sentences": list(_sentences(given)),
            "changes": any(each.changed for each in given),
            "own": self._kept(given),
            "may_force": any(each.own for each in given) and self._may_force(gig, scope, names),
            "refused": list({other: why for each in given for other, why in each.refused.items()}.items()),
            "hidden": self._others_of_anybody(gig, scope) - len(others),
        }
        return render(request, "gigs/backstage/series.html", context)

    def post(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:
        gig = self.get_object()
        scope, names = self._asked()
        with_own = "own" in request.POST
        splits = scope == SeriesScope.FOLLOWING
        count = series_give(gig, self._others(gig, scope), names, with_own=with_own, splits=splits)
        text = ngettext("%(count)d more gig has been changed.", "%(count)d more gigs have been changed.", count)
        messages.success(request, text % {"count": count})
        return self.to_list()

    def _asked(self) -> tuple[str, list[str]]:
        """Return the scope and the names. Raises Http404 for impossible ones."""
        scope = choice(self.request, "scope", (SeriesScope.FOLLOWING, SeriesScope.ALL), default=SeriesScope.ALL)
        names = [name for name in self.request.GET.get("fields", "").split(",") if name]
        if set(names) - set(NAMES):
            raise Http404
        return scope, names_of(names)

    def _others(self, gig: Gig, scope: str) -> Any:
        return others_of(gig, scope, self.allowed(self.rows()))

    def _kept(self, given: list[Given]) -> Any:
        """Return the gigs that keep something of their own, as they are stored."""
        found = {gig.pk for each in given for gig in each.own}
        return self.rows().filter(pk__in=found).order_by("starts_at", "pk")

    def _may_force(self, gig: Gig, scope: str, names: list[str]) -> bool:
        """Whether a gig would change if those with something of their own did too. A plan changes its gigs."""
        forced = series_plan(gig, list(self._others(gig, scope)), names, with_own=True)
        return any(each.changed for each in forced)

    def _others_of_anybody(self, gig: Gig, scope: str) -> int:
        return others_of(gig, scope, Gig.objects.all()).count()


def _sentences(given: list[Given]) -> Iterator[str]:
    """Yield what happens, a sentence for each field."""
    for each in given:
        parts = []
        changed, own = len(each.changed), len(each.own)
        values = {"count": changed, "field": each.label, "value": each.text}
        if changed and each.text:
            text = ngettext(
                "%(count)d gig gets this: %(field)s “%(value)s”.",
                "%(count)d gigs get this: %(field)s “%(value)s”.",
                changed,
            )
            parts.append(text % values)
        elif changed:
            text = ngettext("%(count)d gig loses its %(field)s.", "%(count)d gigs lose their %(field)s.", changed)
            parts.append(text % values)
        if own:
            text = ngettext(
                "%(count)d was changed on its own and stays.", "%(count)d were changed on their own and stay.", own
            )
            parts.append(text % {"count": own})
        if each.refused:
            count = len(each.refused)
            text = ngettext("%(count)d can't have this.", "%(count)d can't have this.", count)
            parts.append(text % {"count": count})
        if not parts:
            parts.append(_("Nothing to change: all of them have this already."))
            parts.insert(0, f"{each.label}:")
        elif not changed:
            parts.insert(0, f"{each.label}:")
        yield " ".join(parts)
