"""How web's and the worker's processes share the work."""

from __future__ import annotations

from dataclasses import dataclass

from bandstand.settings.variables.declaring import Variables, variable


@dataclass(frozen=True, kw_only=True)
class ProcessVariables(Variables):
    """Threads, caches, workers, jobs."""

    web_threads: int = variable(
        default=8,
        development=4,
        name="BANDSTAND_WEB_THREADS",
        about="Requests that one process of web works on at a time, half of them of one portal; the rest wait.",
    )
    host_cache_seconds: int = variable(
        default=30,
        name="BANDSTAND_HOST_CACHE_SECONDS",
        about="How long a process trusts a resolved host while it hears of no changes, as Redis is away.",
    )
    page_cache_seconds: int = variable(
        default=86_400,
        name="BANDSTAND_PAGE_CACHE_SECONDS",
        about="Longest life of a page that nothing changes; 60 at most without PAGE_CACHE_URL. 0 keeps none.",
    )
    worker_concurrency: int = variable(
        default=4,
        development=2,
        name="BANDSTAND_WORKER_CONCURRENCY",
        about="Jobs that one worker runs at a time, each in a process.",
    )
    worker_queues: list[str] = variable(
        default=["interactive", "default", "bulk"],
        name="BANDSTAND_WORKER_QUEUES",
        about="Queues that this worker serves, most urgent first.",
    )
    worker_grace_seconds: int = variable(
        default=25,
        name="BANDSTAND_WORKER_GRACE_SECONDS",
        about="How long a worker that is told to stop may finish its jobs; keep the pod's grace period longer.",
    )
    worker_max_memory_mb: int = variable(
        default=400,
        name="BANDSTAND_WORKER_MAX_MEMORY_MB",
        about="A worker process above this is replaced after its job.",
    )
    jobs_lease_seconds: int = variable(
        default=30,
        name="BANDSTAND_JOBS_LEASE_SECONDS",
        about="How long a job stays with a worker that no longer says that it works on it.",
    )
    jobs_per_organization: int = variable(
        default=0,
        name="BANDSTAND_JOBS_PER_ORGANIZATION",
        about="Messages per queue that one organization may have under way; 0 fits it to the workers there are.",
    )

    def problems(self) -> list[str]:
        return [] if self.web_threads >= 1 else ["BANDSTAND_WEB_THREADS must be 1 or more."]
