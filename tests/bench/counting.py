"""What counting a visit adds to a request: all that middleware does for the statistics, in this process."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

ROUNDS, TIMES = 20, 5000
TINY = {"ROUNDS": 1, "TIMES": 10}
BROWSER = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6"
    " Mobile/15E148 Safari/604.1"
)
FEEDLY = "Feedly/1.0 (+http://www.feedly.com/fetcher.html; like FeedFetcher-Google; 42 subscribers)"
VISITS = {
    "a person's page, from another website": ("text/html; charset=utf-8", BROWSER),
    "a feed reader's feed": ("application/atom+xml; charset=utf-8", FEEDLY),
    "a robot's page": ("text/html; charset=utf-8", "Mozilla/5.0 (compatible; Googlebot/2.1)"),
}


def run() -> Iterator[dict[str, object]]:
    """Measure each kind of visit, over as many pages as one process remembers of a portal."""
    for what, (media_type, agent) in VISITS.items():
        yield {
            "what": f"counting {what}: CPU microseconds a request, median of {ROUNDS}",
            "here": f"{statistics.median(_round(media_type, agent) for _round_number in range(ROUNDS)):.1f}",
            "goal": "<= 20",
        }


def _round(media_type: str, agent: str) -> float:
    from django.http import HttpResponse  # noqa: PLC0415

    from bandstand_web.pagecache import counting  # noqa: PLC0415
    from bandstand_web.pagecache.pages import AnonymousPage  # noqa: PLC0415

    organization: Any = SimpleNamespace(
        schema_name="org_bench", time_zone="Europe/Berlin", counts_visits=True, host="a.example", own_host="b.example"
    )
    pages = [AnonymousPage(organization, "en", f"/gigs/{number}/", "", "http") for number in range(TIMES)]
    meta = {"HTTP_USER_AGENT": agent, "HTTP_REFERER": "https://www.example.org/agenda?month=5"}
    request: Any = SimpleNamespace(method="GET", META=meta)
    response = HttpResponse("a page", content_type=media_type)
    counting.counter = counting.Counter()
    began = time.thread_time()
    for page in pages:
        counting.count_page(request, page, response)
    return (time.thread_time() - began) / TIMES * 1_000_000
