"""What the cluster holds of ours, kept up to date by list and watch, so that a pass asks the API server nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from threading import Condition, Event, Thread
from time import monotonic

import structlog

from bandstand_worker.cluster.api import Api, ClusterError, GoneError, ThrottledError
from bandstand_worker.cluster.manifests import Body, ObjectKind

LIST_AGAIN_AFTER = 30 * 60.0  # seconds; heals what a watch may have missed
FIRST_DELAY, LONGEST_DELAY = 0.5, 30.0  # between tries while the API server is away

log = structlog.get_logger("bandstand.cluster")


class Mirror:
    """Our objects by kind and name. Safe to share between threads."""

    def __init__(self, kinds: Iterable[ObjectKind]) -> None:
        self._objects: dict[ObjectKind, dict[str, Body] | None] = dict.fromkeys(kinds)
        self._changed = Condition()
        self._version = 0

    @property
    def version(self) -> int:
        """Grows with every change."""
        return self._version

    @property
    def is_complete(self) -> bool:
        """Whether each kind was listed: before that, nothing may be concluded from an object's absence."""
        return all(objects is not None for objects in self._objects.values())

    def of_kind(self, kind: ObjectKind) -> dict[str, Body]:
        """Return a copy: objects by name."""
        with self._changed:
            return dict(self._objects[kind] or {})

    def replace(self, kind: ObjectKind, objects: Iterable[Body]) -> None:
        """Take over what a list returned."""
        with self._changed:
            self._objects[kind] = {item["metadata"]["name"]: item for item in objects}
            self._note()

    def put(self, kind: ObjectKind, body: Body) -> None:
        """Take over one object."""
        with self._changed:
            known = self._objects[kind]
            if known is not None:
                known[body["metadata"]["name"]] = body
                self._note()

    def drop(self, kind: ObjectKind, name: str) -> None:
        """Forget one object."""
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
    """Keeps one kind of a mirror up to date: lists, watches, takes a lost watch up again, lists again when it must."""

    def __init__(
        self, api: Api, mirror: Mirror, kind: ObjectKind, stopped: Event, *, clock: Callable[[], float] = monotonic
    ) -> None:
        super().__init__(name=f"watch-{kind.plural}", daemon=True)
        self._api, self._mirror, self._kind, self._stopped, self._clock = api, mirror, kind, stopped, clock

    def run(self) -> None:
        """Go on until stopped."""
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
                # Where it ended isn't known after an outage: the next round compares everything.
                version, delay = "", min(delay * 2, LONGEST_DELAY)

    def _follow(self, version: str) -> str:
        """Return the version that the watch came to before the server ended it."""
        for happened, body in self._api.watch(self._kind, version):
            version = body["metadata"].get("resourceVersion", version)
            if happened == "DELETED":
                self._mirror.drop(self._kind, body["metadata"]["name"])
            elif happened != "BOOKMARK":
                self._mirror.put(self._kind, body)
            if self._stopped.is_set():
                break
        return version
