"""A local copy of our objects in the cluster, kept current by list and watch, so that a pass needs no API requests."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from threading import Condition, Event, Thread
from time import monotonic

import structlog

from bandstand_worker.cluster.api import Api, ClusterError, GoneError, ThrottledError
from bandstand_worker.cluster.manifests import Body, ObjectKind

LIST_AGAIN_AFTER = 30 * 60.0  # seconds; picks up anything that a watch may have missed
FIRST_DELAY, LONGEST_DELAY = 0.5, 30.0  # seconds between watches that end at once, as while the server is away
GOOD_ROUND = 5.0  # seconds; a watch that lasted longer is followed by the next without delay

log = structlog.get_logger("bandstand.cluster")


class Mirror:
    """Our objects by kind and name, as lists and watches tell them. Thread-safe.

    Lists and watches come in the order in which things happened. The answers to our own requests come in between, and
    a late one may tell of an object that is long gone. So an answer counts only if nothing was heard of its object
    since the request was sent; if something was, the watch will tell the rest.
    """

    def __init__(self, kinds: Iterable[ObjectKind]) -> None:
        self._objects: dict[ObjectKind, dict[str, Body] | None] = dict.fromkeys(kinds)
        self._listed_at: dict[ObjectKind, int] = dict.fromkeys(self._objects, 0)
        self._heard_at: dict[ObjectKind, dict[str, int]] = {kind: {} for kind in self._objects}  # since the last list
        self._changed = Condition()
        self._version = self._now = 0

    @property
    def version(self) -> int:
        """A counter that increases with every change."""
        return self._version

    @property
    def now(self) -> int:
        """A counter that increases with everything heard, for `answered`."""
        return self._now

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
            self._now += 1
            self._listed_at[kind] = self._now
            self._heard_at[kind].clear()
            self._objects[kind] = {item["metadata"]["name"]: item for item in objects}
            self._note()

    def put(self, kind: ObjectKind, body: Body) -> None:
        """Add or update one object of which a watch told."""
        with self._changed:
            self._hear(kind, body["metadata"]["name"])
            self._set(kind, body)

    def drop(self, kind: ObjectKind, name: str) -> None:
        """Remove one object of whose end a watch told."""
        with self._changed:
            self._hear(kind, name)
            if (self._objects[kind] or {}).pop(name, None) is not None:
                self._note()

    def answered(self, kind: ObjectKind, body: Body, *, asked: int) -> None:
        """Add or update one object that a request returned, which was sent when `now` was `asked`."""
        with self._changed:
            name = body["metadata"]["name"]
            if max(self._listed_at[kind], self._heard_at[kind].get(name, 0)) <= asked:
                self._set(kind, body)

    def deleted(self, kind: ObjectKind, live: Body) -> None:
        """Remove one object that a request deleted, unless a newer one has its name by now."""
        with self._changed:
            known, name = self._objects.get(kind) or {}, live["metadata"]["name"]
            if name in known and known[name]["metadata"]["uid"] == live["metadata"]["uid"]:
                del known[name]
                self._note()

    def wait_for_change(self, since: int, seconds: float) -> None:
        """Return when something changed after the version `since`, or after `seconds`."""
        with self._changed:
            self._changed.wait_for(lambda: self._version != since, timeout=seconds)

    def _hear(self, kind: ObjectKind, name: str) -> None:
        self._now += 1
        self._heard_at[kind][name] = self._now

    def _set(self, kind: ObjectKind, body: Body) -> None:
        known, metadata = self._objects[kind], body["metadata"]
        if known is None:
            return
        before = known.get(metadata["name"], {}).get("metadata", {})
        known[metadata["name"]] = body
        if (before.get("uid"), before.get("resourceVersion")) != (metadata["uid"], metadata["resourceVersion"]):
            self._note()

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
        self._version, self._listed_at = "", 0.0
        self._heard = False  # something in this round

    def run(self) -> None:
        delay = FIRST_DELAY
        while not self._stopped.is_set():
            began, self._heard = self._clock(), False
            self._round()
            if self._heard or self._clock() - began > GOOD_ROUND:
                delay = FIRST_DELAY
            if self._clock() - began < GOOD_ROUND:
                self._stopped.wait(delay)
                delay = min(delay * 2, LONGEST_DELAY)

    def _round(self) -> None:
        """List if that is due, then watch until the server ends it or something goes wrong."""
        try:
            if not self._version or self._clock() - self._listed_at > LIST_AGAIN_AFTER:
                objects, self._version = self._api.list(self._kind)
                self._mirror.replace(self._kind, objects)
                self._listed_at = self._clock()
            self._follow()
        except GoneError:
            self._version = ""
        except ThrottledError as problem:
            self._stopped.wait(problem.seconds)
        except ClusterError as problem:
            log.warning("watch lost", kind=self._kind.kind, error=str(problem))
            if not self._heard:
                self._version = ""  # the server may know nothing of it: one restored from a backup counts anew

    def _follow(self) -> None:
        for happened, body in self._api.watch(self._kind, self._version):
            self._heard = True
            self._version = body["metadata"].get("resourceVersion", self._version)
            if happened == "DELETED":
                self._mirror.drop(self._kind, body["metadata"]["name"])
            elif happened != "BOOKMARK":
                self._mirror.put(self._kind, body)
            if self._stopped.is_set():
                break
