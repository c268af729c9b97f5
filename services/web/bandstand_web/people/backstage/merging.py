"""Comparing two people who may be one, merging them, and undoing that."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.generic.detail import SingleObjectMixin

from bandstand.content.searching import QUERY_MAX_LENGTH
from bandstand.people.merging import (
    KEPT,
    MergeError,
    conflicts_of,
    merge_undo,
    outlook,
    people_merge,
    state_of,
    who_stays,
)
from bandstand.people.models import Person
from bandstand_web.people.known_people import people_suggested
from bandstand_web.query_values import number
from bandstand_web.shell.access import hidden_fields, may
from bandstand_web.shell.chosen_rows import say_with_undo
from bandstand_web.shell.views import KindView


class PeopleView(KindView):
    """What all views of people share: whoever was merged is found where they went."""

    model: Any = Person
    url_name = "person"
    list_url_name = "people"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().dispatch(request, *args, **kwargs)
        except Http404:
            stays = who_stays(pk=kwargs["pk"]) if "pk" in kwargs and request.method in {"GET", "HEAD"} else None
            if stays is None or stays.pk == kwargs["pk"] or request.resolver_match is None:
                raise
            return redirect(request.resolver_match.view_name, pk=stays.pk)


class PersonByUid(PeopleView):
    """Leads from a person's permanent identifier to their page, also where they were merged into somebody else."""

    action = "view"
    http_method_names = ["get", "head"]

    def get(self, request: HttpRequest, *_args: Any, **kwargs: Any) -> HttpResponse:
        person = who_stays(uid=kwargs["uid"])
        if person is None:
            raise Http404
        page = "edit" if may(self.user, "change", Person) else "history"
        return redirect(f"backstage:person_{page}", pk=person.pk)


class MergingView(PeopleView, SingleObjectMixin[Any]):
    """What merging and undoing it share: they change people, and take one away."""

    action = "delete"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if not may(self.user, "change", Person):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)


class PersonMerge(MergingView):
    """Proposes who may be the same person; `?with=` compares the two side by side and makes them one."""

    http_method_names = ["get", "head", "post"]

    def get(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:
        person = self.get_object()
        other = number(request, "with")
        if other is not None:
            return self._compare(person, self._other(person, other))
        query = request.GET.get("q", "").strip()[:QUERY_MAX_LENGTH]
        namesakes = Person.objects.named([person.name]).exclude(pk=person.pk).for_listing().order_by("pk")
        context = {
            "person": person,
            "query": query,
            "namesakes": namesakes[:20],
            "found": [each for each in people_suggested(self.user, query) if each.pk != person.pk],
        }
        return render(request, "people/backstage/merge_with.html", context)

    def post(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:
        person = self.get_object()
        other = self._other(person, number(request, "with"))
        taken = {key.removeprefix("of-") for key, value in request.POST.items() if value == "gone"}
        try:
            people_merge(
                stays=person.pk,
                gone=other.pk,
                taken=taken,
                seen=request.POST.get("seen", ""),
                by=str(self.user),
                with_private=not hidden_fields(self.user, Person),
            )
        except MergeError as problem:
            messages.error(request, str(problem))
            return self._compare(person, other, status=HTTPStatus.CONFLICT)
        text = _("%(gone)s and %(name)s are one person now. You can undo this for %(days)d days.")
        text %= {"gone": other.name, "name": person.name, "days": KEPT.days}
        say_with_undo(request, text, url=reverse("backstage:person_unmerge", args=[other.pk]), rows=[other.pk])
        return redirect("backstage:person_edit", pk=person.pk)

    def _other(self, person: Person, wanted: int | None) -> Person:
        found: Person = get_object_or_404(self.rows().exclude(pk=person.pk), pk=wanted)
        return found

    def _compare(self, person: Person, other: Person, *, status: int = HTTPStatus.OK) -> HttpResponse:
        hidden = hidden_fields(self.user, Person)
        ahead = outlook(person, other)
        context = {
            "person": person,
            "other": other,
            "rows": [each for each in ahead.differences if each.name not in hidden],
            "has_hidden": any(each.name in hidden for each in ahead.differences),
            "is_refused": any(each.name in hidden and each.is_disputed for each in ahead.differences),
            "ahead": ahead,
            "memberships": person.memberships.select_related("band")
            .prefetch_related("instruments")
            .order_by("band__name", "pk"),
            "seen": state_of(person, other),
            "days": KEPT.days,
        }
        return render(self.request, "people/backstage/merge.html", context, status=status)


class PersonUnmerge(MergingView):
    """Makes who was merged into somebody else a person of their own again, after telling what can't be given back."""

    http_method_names = ["post"]

    def get_queryset(self) -> Any:
        return Person.with_trash().filter(merged_into__isnull=False).select_related("merged_into")

    def post(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:
        gone: Person = self.get_object()
        stays: Any = gone.merged_into
        although = request.POST.getlist("although")
        conflicts = conflicts_of(gone) if gone.merge else []
        if set(conflicts) - set(although):
            context = {"person": gone, "stays": stays, "conflicts": conflicts}
            return render(request, "people/backstage/unmerge.html", context, status=HTTPStatus.CONFLICT)
        try:
            merge_undo(gone=gone.pk, although=although)
        except MergeError as problem:
            messages.error(request, str(problem))
            return redirect("backstage:person_edit", pk=stays.pk)
        messages.success(request, _("%(gone)s and %(name)s are two people again.") % {"gone": gone, "name": stays})
        return redirect("backstage:person_edit", pk=gone.pk)
