"""One pass: make the cluster match the table of verified domains, and the table's statuses match the cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial

from bandstand.domains.models import Certificate, CustomDomain
from bandstand.domains.verifying import certificate_noted, certificate_problem
from bandstand_worker.cluster.api import Api, NotThereError
from bandstand_worker.cluster.attempts import Attempts, ClusterStep
from bandstand_worker.cluster.comparing import certificate_state, covers
from bandstand_worker.cluster.configuration import ClusterConfiguration
from bandstand_worker.cluster.manifests import CERTIFICATE, Body, ObjectKind, bodies, kinds, object_name, retired_kinds
from bandstand_worker.cluster.mirror import Mirror


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
        attempts = Attempts(pause=self._pause, tick=self._tick)
        report.domains = len(domains)
        report.applied = attempts.make(self._missing(domains))
        report.deleted = self._delete_surplus({object_name(domain.name) for domain in domains}, attempts)
        self._note_states(domains, report)
        if not attempts.failed:  # every domain is published the new way before the former way ends
            report.deleted += self._delete_retired(attempts)
        report.failed, report.troubles = attempts.failed, attempts.troubles
        return report

    def _missing(self, domains: list[CustomDomain]) -> Iterator[list[ClusterStep]]:
        """Give, for each domain that isn't published as it should be, the steps to it."""
        live = {kind: self._mirror.of_kind(kind) for kind in kinds(self._configuration)}
        for domain in domains:
            wanted = bodies(self._configuration, domain.name, self._owner_uid)
            steps = [
                ClusterStep(f"{kind.kind} of {domain.name}", partial(self._apply, kind, body))
                for kind, body in wanted.items()
                if not covers(live[kind].get(body["metadata"]["name"]), body)
            ]
            if steps:
                yield steps

    def _apply(self, kind: ObjectKind, body: Body) -> None:
        asked = self._mirror.now
        self._mirror.answered(kind, self._api.apply(kind, body), asked=asked)

    def _delete_surplus(self, wanted: set[str], attempts: Attempts) -> int:
        deleted = 0
        for kind in reversed(kinds(self._configuration)):  # routes first, then the objects that they refer to
            surplus = [
                live
                for name, live in self._mirror.of_kind(kind).items()
                if name not in wanted and "deletionTimestamp" not in live["metadata"]
            ]
            deleted += self._delete(kind, surplus, attempts)
        return deleted

    def _delete(self, kind: ObjectKind, surplus: list[Body], attempts: Attempts) -> int:
        def step(live: Body) -> ClusterStep:
            return ClusterStep(f"{kind.kind} {live['metadata']['name']}", partial(self._delete_one, kind, live))

        return attempts.make([step(live)] for live in surplus)

    def _delete_one(self, kind: ObjectKind, live: Body) -> None:
        self._api.delete(kind, live)
        self._mirror.deleted(kind, live)

    def _delete_retired(self, attempts: Attempts) -> int:
        """Delete what was made before the installation changed from Ingress to Gateway, or back."""
        deleted = 0
        while self._retired and not attempts.failed:
            kind, former = self._retired[0], list[Body]()
            attempts.make([[ClusterStep(f"list of {kind.plural}", partial(self._find_former, kind, former))]])
            deleted += self._delete(kind, former, attempts)
            if not attempts.failed:
                self._retired.remove(kind)
        return deleted

    def _find_former(self, kind: ObjectKind, found: list[Body]) -> None:
        with suppress(NotThereError):  # the cluster doesn't know the kind
            found.extend(self._api.list(kind)[0])

    def _note_states(self, domains: list[CustomDomain], report: Report) -> None:
        live = {kind: self._mirror.of_kind(kind) for kind in kinds(self._configuration)}
        for domain in domains:
            name = object_name(domain.name)
            if not all(name in live[kind] for kind in live):
                continue  # not created yet
            state, problem = certificate_state(live[CERTIFICATE][name])
            if (state, certificate_problem(problem)) != (Certificate(domain.certificate), domain.certificate_problem):
                report.noted += certificate_noted(domain_id=domain.pk, certificate=state, problem=problem)
