"""Names that text fields suggest while somebody types: options of their datalists, for htmx."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from bandstand.content.searching import QUERY_MAX_LENGTH
from bandstand_web.forms.known_rows import FEW, MOST_SUGGESTED, Option, as_options, offered, suggested
from bandstand_web.shell.access import GUESTS_TOO
from bandstand_web.shell.views import KindView, TeamView


def typed_into(request: HttpRequest) -> str:
    """Return what stands in the field that asks, whose name is `?of=`."""
    return request.GET.get(request.GET.get("of", ""), "")[:QUERY_MAX_LENGTH]


def options(request: HttpRequest, names: Iterable[Option]) -> HttpResponse:
    """Return options of these names, for a datalist."""
    return render(request, "components/known_options.html", {"names": names})


def first_names(model: Any) -> list[Option]:
    """Return the names that a field for rows of `model`, a Named, suggests before anything is typed."""
    return [(name, "") for name in model._default_manager.order_by("name").values_list("name", flat=True)[:FEW]]  # noqa: SLF001


class KindKnown(KindView):
    """The rows of a kind that a KnownRowField may mean. The name of its URL is the model's with `s_known`."""

    action = "view"
    in_bands = True
    http_method_names = ["get", "head"]

    def get(self, request: HttpRequest, *_args: object, **_kwargs: object) -> HttpResponse:
        found = offered(suggested(self.allowed(self.rows()), typed_into(request)), MOST_SUGGESTED)
        return options(request, as_options(found))


class NamesKnown(TeamView):
    """Names that may follow in a line of several: what stands before the last comma stays."""

    permission = GUESTS_TOO
    http_method_names = ["get", "head"]
    model: ClassVar[Any]

    def get(self, request: HttpRequest) -> HttpResponse:
        before, comma, typed = typed_into(request).rpartition(",")
        names = suggested(self.model.objects.order_by("name", "pk"), typed).values_list("name", flat=True)
        lead = f"{before}{comma} " if comma else ""
        return options(request, [(f"{lead}{name}", "") for name in names[:MOST_SUGGESTED]])
