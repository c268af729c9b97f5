"""The statistics in the backstage: what was counted, and the switch."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bandstand.numbers.models import CountKind
from bandstand.numbers.summing import Sums, sums_of
from bandstand.numbers.switching import counting_switch, numbers_delete
from bandstand.organizations.current import current_organization
from bandstand_web.numbers.chart import chart_of
from bandstand_web.numbers.titles import titles_of
from bandstand_web.query_values import choice
from bandstand_web.requests import TeamRequest
from bandstand_web.shell.access import needs

PERIODS = {"30": gettext_lazy("30 days"), "90": gettext_lazy("90 days"), "365": gettext_lazy("A year")}
SHOWN = 20  # of each kind
# The tables in their order, with the word for their rows; those by path show titles.
TABLES = {
    CountKind.PAGE: gettext_lazy("Page"),
    CountKind.REFERRER: gettext_lazy("Website"),
    CountKind.SEARCH: gettext_lazy("Searched for"),
    CountKind.FEED: gettext_lazy("Feed or calendar"),
    CountKind.READER: gettext_lazy("Program"),
    CountKind.SUBSCRIBERS: gettext_lazy("Program and feed"),
    CountKind.DOWNLOAD: gettext_lazy("File"),
    CountKind.EMBED: gettext_lazy("Frame"),
}
BY_PATH = (CountKind.PAGE, CountKind.FEED, CountKind.DOWNLOAD)


@dataclass(frozen=True)
class CountLine:
    """A row of a table: a title if there is one, what it is about, and how often."""

    title: str
    key: str
    count: int
    is_path: bool


@dataclass(frozen=True)
class CountTable:
    """What was counted of one kind."""

    kind: CountKind
    word: str | Promise
    lines: list[CountLine]


@require_safe
@needs("numbers.view_countedday")
def index(request: TeamRequest) -> HttpResponse:
    """Show the last 30, 90 or 365 days, in a constant number of queries."""
    period = choice(request, "days", PERIODS, default="30")
    organization = current_organization()
    today = timezone.now().astimezone(ZoneInfo(organization.time_zone)).date()
    sums = sums_of(last=today, days=int(period))
    context = {
        "periods": [(key, text, key == period) for key, text in PERIODS.items()],
        "sums": sums,
        "chart": chart_of(sums.by_day),
        "tables": _tables(sums),
        "robots": sums.total(CountKind.ROBOT),
        "ahead": sums.total(CountKind.PREFETCH),
        "is_on": organization.counts_visits,
        "may_switch": request.user.has_perm("numbers.change_countedday"),
        "may_delete": request.user.has_perm("numbers.delete_countedday"),
    }
    return render(request, "numbers/backstage/statistics.html", context)


@require_POST
@needs("numbers.change_countedday")
def switch(request: HttpRequest) -> HttpResponse:
    """Switch counting on or off, as the button says."""
    is_on = request.POST.get("counts") == "on"
    counting_switch(organization=current_organization(), is_on=is_on)
    messages.success(
        request, _("Page views are counted from now on.") if is_on else _("Nothing is counted from now on.")
    )
    return redirect("backstage:statistics")


@require_http_methods(["GET", "HEAD", "POST"])
@needs("numbers.delete_countedday")
def delete(request: HttpRequest) -> HttpResponse:
    """Delete all that was counted, after a question."""
    if request.method != "POST":
        return render(request, "numbers/backstage/delete.html")
    numbers_delete(organization=current_organization())
    messages.success(request, _("The statistics have been deleted."))
    return redirect("backstage:statistics")


def _tables(sums: Sums) -> list[CountTable]:
    tops = {kind: sums.kinds[kind][:SHOWN] for kind in TABLES if sums.kinds[kind]}
    titles = titles_of(key for kind in BY_PATH for key, _count in tops.get(kind, ()))
    return [CountTable(kind, TABLES[kind], _lines(kind, lines, titles)) for kind, lines in tops.items()]


def _lines(kind: CountKind, counts: list[tuple[str, int]], titles: dict[str, str]) -> list[CountLine]:
    return [CountLine(titles.get(key, ""), key, count, kind in BY_PATH) for key, count in counts]
