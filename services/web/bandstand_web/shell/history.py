"""What was changed of a row, by whom, and putting it back: the same for all kinds of content."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Max
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.generic.detail import SingleObjectMixin, SingleObjectTemplateResponseMixin

from bandstand.content.changes import Change
from bandstand.content.putting_back import changes_put_back, may_be_put_back
from bandstand.content.telling_changes import Told, tell
from bandstand.content.whole_numbers import whole_number
from bandstand_web.query_values import number
from bandstand_web.shell.access import hidden_fields, may, may_with
from bandstand_web.shell.views import KindView

PER_PAGE = 20


class HistoryView(KindView, SingleObjectMixin[Any]):
    """What the views of a row's history share."""

    def url_of(self, page: str, row: Any) -> str:
        """Return the address of a row's page: edit, history or put_back."""
        return reverse(f"backstage:{self.url_name}_{page}", args=[row.pk])


class KindHistory(HistoryView, SingleObjectTemplateResponseMixin):
    """What each save changed of a row and its parts, the newest first; `?before=` pages."""

    action = "view"
    in_bands = True
    http_method_names = ["get", "head"]
    template_name = "shell/history.html"

    def get(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:
        self.object = row = self.get_object()
        before = number(request, "before")
        user: Any = request.user  # of the team: as_view() asks
        may_put_back = may(user, "change", self.model)
        hidden = hidden_fields(user, self.model)
        told, older_than = _page(row, before, may_change=may_put_back, with_private=not hidden)
        context = self.get_context_data(
            name=self.name_of(row),
            told=[
                (each, may_put_back and may_be_put_back(each.changes) and not touch(each.changes, hidden))
                for each in told
            ],
            edit_url=self.url_of("edit", row),
            put_back_url=self.url_of("put_back", row),
            may_change=may_with(user, "change", row),
            is_newest=before is None,
            older_than=older_than,
        )
        return self.render_to_response(context)


class KindPutBack(HistoryView):
    """Puts back what the save `act` changed of a row: for roles of the portal, as it may bring other bands back in."""

    action = "change"
    http_method_names = ["post"]

    def post(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:
        row = self.get_object()
        sent = whole_number(request.POST.get("act", ""))
        act = -1 if sent is None else sent
        user: Any = request.user  # of the team: as_view() asks
        if touch(Change.objects.of(row).filter(act=act), hidden_fields(user, self.model)):
            act = -1
        try:
            changes_put_back(row=row, act=act)
        except ValidationError as problem:
            for text in problem.messages:
                messages.error(request, text)
        except LookupError:
            messages.error(request, _("This change can't be put back."))
        else:
            messages.success(request, _("It is as it was before this change."))
        return redirect(self.url_of("history", row))


def touch(changes: Iterable[Change], fields: frozenset[str]) -> bool:
    """Whether the changes are about one of these fields of the row itself."""
    return bool(fields) and any(not change.part and not fields.isdisjoint(change.fields) for change in changes)


def _page(row: Any, before: int | None, *, may_change: bool, with_private: bool) -> tuple[list[Told], int | None]:
    changes = Change.objects.of(row)
    acts = changes.order_by().values_list("act").annotate(newest=Max("pk")).order_by("-newest")
    if before is not None:
        acts = acts.filter(newest__lt=before)
    found = list(acts[: PER_PAGE + 1])
    shown = found[:PER_PAGE]
    older_than = shown[-1][1] if len(found) > PER_PAGE else None
    of_page = list(changes.filter(act__in=[act for act, _newest in shown]))
    order = {act: place for place, (act, _newest) in enumerate(shown)}
    return sorted(
        tell(of_page, with_addresses=may_change, with_private=with_private), key=lambda each: order[each.act]
    ), older_than
