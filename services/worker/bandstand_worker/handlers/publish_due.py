"""Publishes the rows of a portal whose moment has come."""

from __future__ import annotations

from bandstand.publishing.job_kinds import PUBLISH_DUE, PublishDue
from bandstand.publishing.scheduling import due_publish, next_enqueue
from bandstand_worker.registry import handles
from bandstand_worker.run import Run


@handles(PUBLISH_DUE)
def publish_due(_payload: PublishDue, _run: Run) -> dict[str, int]:
    published = due_publish()
    next_enqueue()
    return {"published": published}
