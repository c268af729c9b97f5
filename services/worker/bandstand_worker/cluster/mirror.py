"""A local copy of our objects in the cluster, kept current by list and watch, so that a pass needs no API requests."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from threading import Condition, Event, Thread
from time import monotonic

import structlog

from bandstand_worker.cluster.api import Api, ClusterError, GoneError, ThrottledError
from bandstand_worker.cluster.manifests import Body, ObjectKind

LIST_AGAIN_AFTER = 30 * 60.0  # seconds; picks up anything that a watch may have missed
FIRST_DELAY, LONGEST_DELAY = 0.5, 30.0  # between retries while the API server is unavailable

log = structlog.get_logger("bandstand.cluster")


class Mirror:
    """Our objects by kind and name. Thread-safe."""

    def __init__(self, kinds: Iterable[ObjectKind]) -> None:
        self._objects: dict[ObjectKind, dict[str, Body] | None] = dict.fromkeys(kinds)
        self._changed = Condition()
        self._version = 0

    @property
    def version(self) -> int:
        """A counter that increases with every change."""
        return self._version

    @property
    def is_complete(self) -> bool:
        """Whether every kind has been listed. Until then, a missing object means nothing."""
        return all(objects is not None for objects in self._objects.values())

    def of_kind(self, kind: ObjectKind) -> dict[str, Body]:
        """Return a copy of the objects of one kind, by name."""
        with self._changed:
            return dict(self._objects[kind] or {})

    def replace(self, kind: ObjectKind, objects: Iterable[Body]) -> None:
        """Replace all objects of one kind with those that a list returned."""
        with self._changed:
            self._objects[kind] = {item["metadata"]["name"]: item for item in objects}
            self._note()

    def put(self, kind: ObjectKind, body: Body) -> None:
        """Add or update one object."""
        with self._changed:
            known = self._objects[kind]
            if known is not None:
                known[body["metadata"]["name"]] = body
                self._note()

    def drop(self, kind: ObjectKind, name: str) -> None:
        """Remove one object."""
        with self._changed:
            known = self._objects[kind]
            if known is not None and known.pop(name, None) is not None:
                self._note()

    def wait_for_change(self, since: int, seconds: float) -> None:
        """Return when something changed after the version `since`, or after `seconds`."""
        with self._changed:
            self._changed.wait_for(lambda: self._version != since, timeout=seconds)

    def _note(self) -> None:
        self._version += 1
        self._changed.notify_all()


class Watcher(Thread):
    """Keeps one kind in the mirror current: lists, watches, resumes a lost watch, and lists again when it has to."""

    def __init__(
        self, api: Api, mirror: Mirror, kind: ObjectKind, stopped: Event, *, clock: Callable[[], float] = monotonic
    ) -> None:
        super().__init__(name=f"watch-{kind.plural}", daemon=True)
        self._api, self._mirror, self._kind, self._stopped, self._clock = api, mirror, kind, stopped, clock

    def run(self) -> None:
        version, listed_at, delay = "", 0.0, FIRST_DELAY
        while not self._stopped.is_set():
            try:
                if not version or self._clock() - listed_at > LIST_AGAIN_AFTER:
                    objects, version = self._api.list(self._kind)
                    self._mirror.replace(self._kind, objects)
                    listed_at = self._clock()
                version = self._follow(version)
                delay = FIRST_DELAY
            except GoneError:
                version = ""
            except ThrottledError as problem:
                self._stopped.wait(problem.seconds)
            except ClusterError as problem:
                log.warning("watch lost", kind=self._kind.kind, error=str(problem), again_in=delay)
                self._stopped.wait(delay)
                # After an outage the last version isn't known: the next round lists everything.
                version, delay = "", min(delay * 2, LONGEST_DELAY)

    def _follow(self, version: str) -> str:
        """Return the last version seen before the server ended the watch."""
        for happened, body in self._api.watch(self._kind, version):
            version = body["metadata"].get("resourceVersion", version)
            if happened == "DELETED":
                self._mirror.drop(self._kind, body["metadata"]["name"])
            elif happened != "BOOKMARK":
                self._mirror.put(self._kind, body)
            if self._stopped.is_set():
                break
        return version
