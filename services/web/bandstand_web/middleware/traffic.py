"""How many requests there are, how long they take, how they end and what the caches had, for Prometheus.

Off unless a port is set.

Told by audience, never by portal: labels stay few however many portals there are, and a page of figures names nobody.
All processes of one server write into a folder, and the one that got the port answers for all.
"""

from __future__ import annotations

import logging
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from threading import Thread
from time import perf_counter, sleep
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured, MiddlewareNotUsed
from django.http import HttpRequest, HttpResponseBase

from bandstand_web.page_languages import UrlsIn
from bandstand_web.pagecache.outcomes import outcome_of
from bandstand_web.pool_figures import PoolFigures

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

GetResponse = Callable[[HttpRequest], HttpResponseBase]
logger = logging.getLogger(__name__)

OTHER = "other"
_RETRY = 2.0  # seconds until another process may have given up the port
_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class TrafficMiddleware:
    """Comes first, so that it counts what visitors get."""

    def __init__(self, get_response: GetResponse) -> None:
        port = settings.ENVIRONMENT.web_metrics_port
        if not port:
            raise MiddlewareNotUsed
        self.get_response = get_response
        # prometheus_client reads it when it is imported: https://prometheus.github.io/client_python/multiprocess/
        folder = os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(_folder())
        from prometheus_client import CollectorRegistry, Counter, Histogram  # noqa: PLC0415

        from bandstand_web.living_processes import LivingProcesses  # noqa: PLC0415

        own, everybodys = CollectorRegistry(), CollectorRegistry()
        self._requests = Counter("bandstand_web_requests", "Requests answered", ["audience", "status"], registry=own)
        self._duration = Histogram(
            "bandstand_web_request_seconds", "Until the answer began", ["audience"], buckets=_BUCKETS, registry=own
        )
        self._pages = Counter(
            "bandstand_web_page_cache", "Answers for everybody, kept or not", ["audience", "outcome"], registry=own
        )
        PoolFigures(own).follow()
        everybodys.register(LivingProcesses(folder))
        Thread(target=_serve, args=(port, everybodys), name="metrics", daemon=True).start()

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        began = perf_counter()
        response = self.get_response(request)
        audience = audience_of(request)
        self._duration.labels(audience).observe(perf_counter() - began)
        self._requests.labels(audience, f"{response.status_code // 100}xx").inc()
        outcome = outcome_of(request)
        if outcome:
            self._pages.labels(audience, outcome).inc()
        return response


def audience_of(request: HttpRequest) -> str:
    """Return whom an answered request was for: `media`, `admin`, `backstage`, `portal`, `platform` or `other`.

    `other` are health checks, static files, unknown hosts, and portals that are closed or served by another cell.
    """
    urls = getattr(request, "urlconf", None)
    folder = request.path_info.split("/", 2)[1] if request.path_info.startswith("/") else ""
    if urls == settings.MEDIA_URLCONF:
        return "media"
    if urls == settings.PUBLIC_SCHEMA_URLCONF:
        return "admin" if folder == "admin" else "platform"
    if urls == settings.ROOT_URLCONF or isinstance(urls, UrlsIn):
        return folder if folder in {"admin", "backstage", "media"} else "portal"
    return OTHER


def _folder() -> Path:
    """Return the folder of this server's processes, whose parent is one. Raises ImproperlyConfigured."""
    folder = Path(tempfile.gettempdir()) / f"bandstand-web-{os.getppid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.is_symlink() or folder.stat().st_uid != os.getuid():
        raise ImproperlyConfigured(
            f"{folder} belongs to somebody else: delete it, or set TMPDIR to a folder of your own."
        )
    return folder


def _serve(port: int, registry: CollectorRegistry) -> None:
    """Answer scrapes as soon as no other process does; it may end before this one."""
    from prometheus_client import start_http_server  # noqa: PLC0415

    said = False
    while True:
        try:
            start_http_server(port, registry=registry)
        except OSError as problem:
            if not said:
                logger.info("another process has BANDSTAND_WEB_METRICS_PORT, and answers for this one: %s", problem)
            said = True
            sleep(_RETRY)
        else:
            return
