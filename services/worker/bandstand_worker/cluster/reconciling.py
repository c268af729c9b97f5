"""One pass: make the cluster match the table of verified domains, and the table's statuses match the cluster."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

import structlog

from bandstand.domains.models import Certificate, CustomDomain
from bandstand.domains.verifying import certificate_noted, certificate_problem
from bandstand_worker.cluster.api import (
    Api,
    ClusterError,
    ConflictError,
    NotThereError,
    ThrottledError,
    UnavailableError,
)
from bandstand_worker.cluster.comparing import certificate_state, covers
from bandstand_worker.cluster.configuration import ClusterConfiguration
from bandstand_worker.cluster.manifests import CERTIFICATE, Body, ObjectKind, bodies, kinds, object_name, retired_kinds
from bandstand_worker.cluster.mirror import Mirror

TROUBLES_AT_MOST = 5  # answers in one pass that tell of an overloaded or absent server; the next pass tries the rest

log = structlog.get_logger("bandstand.cluster")


@dataclass
class Report:
    """What a pass did."""

    domains: int = 0
    applied: int = 0
    deleted: int = 0
    noted: int = 0
    failed: int = 0
    troubles: int = field(default=0, repr=False)

    @property
    def changed_something(self) -> bool:
        """Whether the pass changed anything."""
        return bool(self.applied or self.deleted or self.noted or self.failed)


class Reconciler:
    """Compares and applies. Runs one pass at a time; passes are idempotent."""

    def __init__(
        self,
        api: Api,
        mirror: Mirror,
        configuration: ClusterConfiguration,
        *,
        owner_uid: str = "",
        pause: Callable[[float], bool | None],
        tick: Callable[[], None] = lambda: None,
    ) -> None:
        self._api, self._mirror, self._configuration, self._owner_uid = api, mirror, configuration, owner_uid
        self._pause = pause  # returns whether the process is to stop
        self._tick = tick  # touches the liveness probe between requests
        self._retired = retired_kinds(configuration)  # those that may still have objects

    def reconcile(self) -> Report:
        """Reconcile cluster and table as far as the API server allows, and return what was done."""
        report = Report()
        if not self._mirror.is_complete:
            return report
        domains = list(CustomDomain.objects.to_publish().order_by("pk"))
        report.domains = len(domains)
        self._apply_missing(domains, report)
        self._delete_surplus({object_name(domain.name) for domain in domains}, report)
        self._note_states(domains, report)
        if not report.failed:  # every domain is published the new way before the former way ends
            self._delete_retired(report)
        return report

    def _apply_missing(self, domains: list[CustomDomain], report: Report) -> None:
        live = {kind: self._mirror.of_kind(kind) for kind in kinds(self._configuration)}
        for domain in domains:
            for kind, body in bodies(self._configuration, domain.name, self._owner_uid).items():
                known = live[kind].get(body["metadata"]["name"])
                if known is None or not covers(known, body):
                    self._apply(kind, body, domain.name, report)

    def _apply(self, kind: ObjectKind, body: Body, domain: str, report: Report) -> None:
        def apply() -> None:
            asked = self._mirror.now
            self._mirror.answered(kind, self._api.apply(kind, body), asked=asked)
            report.applied += 1

        self._attempt(apply, f"{kind.kind} of {domain}", report)

    def _delete_surplus(self, wanted: set[str], report: Report) -> None:
        for kind in reversed(kinds(self._configuration)):  # routes first, then the objects that they refer to
            for name, live in self._mirror.of_kind(kind).items():
                if name not in wanted and "deletionTimestamp" not in live["metadata"]:
                    self._delete(kind, live, report)

    def _delete(self, kind: ObjectKind, live: Body, report: Report) -> None:
        name = live["metadata"]["name"]

        def delete() -> None:
            self._api.delete(kind, live)
            self._mirror.deleted(kind, live)
            report.deleted += 1

        self._attempt(delete, f"{kind.kind} {name}", report)

    def _delete_retired(self, report: Report) -> None:
        """Delete what was made before the installation changed from Ingress to Gateway, or back."""
        while self._retired and not report.failed:
            kind, objects = self._retired[0], []

            def look() -> None:
                with suppress(NotThereError):  # the cluster doesn't know the kind
                    objects.extend(self._api.list(kind)[0])  # noqa: B023

            self._attempt(look, f"list of {kind.plural}", report)
            for live in objects:
                self._delete(kind, live, report)
            if not report.failed:
                self._retired.remove(kind)

    def _attempt(self, action: Callable[[], None], about: str, report: Report) -> None:
        """Perform `action`, waiting as long as the server says; the next pass retries what failed."""
        while report.troubles < TROUBLES_AT_MOST:
            self._tick()
            try:
                action()
            except ThrottledError as problem:
                report.troubles += 1
                if self._pause(problem.seconds):
                    report.troubles = TROUBLES_AT_MOST
                continue
            except ConflictError as problem:
                log.info("somebody was faster", about=about, error=str(problem))
            except UnavailableError as problem:
                log.warning("the cluster didn't answer", about=about, error=str(problem))
                report.troubles += 1
            except ClusterError as problem:
                log.warning("the cluster refused", about=about, error=str(problem))
            else:
                return
            break
        report.failed += 1

    def _note_states(self, domains: list[CustomDomain], report: Report) -> None:
        live = {kind: self._mirror.of_kind(kind) for kind in kinds(self._configuration)}
        for domain in domains:
            name = object_name(domain.name)
            if not all(name in live[kind] for kind in live):
                continue  # not created yet
            state, problem = certificate_state(live[CERTIFICATE][name])
            if (state, certificate_problem(problem)) != (Certificate(domain.certificate), domain.certificate_problem):
                report.noted += certificate_noted(domain_id=domain.pk, certificate=state, problem=problem)
