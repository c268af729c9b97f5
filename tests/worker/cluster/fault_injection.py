"""What stands before an API server in tests: it counts requests, and lets them fail, wait or break off."""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from collections import Counter
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event, Thread
from typing import Any, Self, TypeVar

import attrs
import kmock
from aiohttp import web
from kubernetes import client

from bandstand_worker.cluster.configuration import ClusterConfiguration
from bandstand_worker.cluster.manifests import Body

Result = TypeVar("Result")


@dataclass
class Fault:
    """How the next requests of an action fail."""

    action: str
    status: int
    headers: dict[str, str]
    times: int
    after: int = 0  # requests that succeed before


@dataclass
class Held:
    """An answer that the server has given and the reconciler hasn't got yet."""

    given: Event = field(default_factory=Event)
    released: asyncio.Event = field(default_factory=asyncio.Event)


@attrs.define(kw_only=True, slots=False)
class Cluster(kmock.KubernetesEmulator):
    """See the module. Methods without `_` are for the test's own thread."""

    faults: list[Fault] = attrs.field(factory=list)
    seen: Counter[str] = attrs.field(factory=Counter)
    asked: list[tuple[str, str, str]] = attrs.field(factory=list)  # action, plural, name
    waiting: dict[str, Held] = attrs.field(factory=dict)
    delays: dict[str, float] = attrs.field(factory=dict)
    is_away: bool = False
    generation: int = 0  # of watches; a newer one ends those of an older
    owner_uid: str = ""
    url_: str = ""

    def __attrs_post_init__(self) -> None:
        super().__attrs_post_init__()
        self.loop: asyncio.AbstractEventLoop = asyncio.get_running_loop()
        self.news = asyncio.Condition()
        self.stopped = asyncio.Event()

    # --- What each cluster says for itself ---

    def way(self) -> client.Configuration:
        """Return the connection that is counted, and that faults hit."""
        connection = client.Configuration(host=self.url_)
        connection.retries = False
        return connection

    def shortest_way(self) -> client.Configuration:
        """Return the connection on which nothing stands in between, where there is one."""
        return self.way()

    @abstractmethod
    def settings(self, publish_by: str, **changes: object) -> ClusterConfiguration:
        """Return what the chart says there."""

    @abstractmethod
    def ours(self, plural: str) -> dict[str, Body]:
        """Return copies of the objects of a kind by name."""

    @abstractmethod
    def change(self, plural: str, name: str, **fields: Any) -> None:
        """Do what somebody else does: set top-level fields of an object, creating it if need be."""

    @abstractmethod
    def remove(self, plural: str, name: str) -> None:
        """Do what somebody else does: delete an object."""

    @abstractmethod
    def forget_history(self) -> None:
        """Make every version that was handed out too old to watch from."""

    @abstractmethod
    async def _answer(self, action: str, plural: str, request: kmock.Request) -> web.StreamResponse: ...

    # --- What tests say of any ---

    def fail(self, action: str, status: int, *, times: int = 1, **headers: str) -> None:
        """Let the next requests of an action (list, watch, apply, delete, get) fail."""
        self.faults.append(Fault(action, status, {key.replace("_", "-"): headers[key] for key in headers}, times))

    def delay(self, action: str, seconds: float) -> None:
        """Answer requests of an action later from now on."""
        self.delays[action] = seconds

    @contextmanager
    def holding(self, action: str) -> Iterator[Held]:
        """Keep the answers to an action back until the end."""
        held = self.waiting[action] = Held()
        try:
            yield held
        finally:
            del self.waiting[action]
            self.loop.call_soon_threadsafe(held.released.set)

    def break_watches(self) -> None:
        """End all watches in the middle."""
        self._wait(self._new_generation())

    def kill(self) -> None:
        """Be gone, as after a power loss, until `revive`."""
        self.is_away = True
        self.break_watches()

    def revive(self) -> None:
        """Answer again."""
        self.is_away = False

    # --- How requests are answered ---

    async def _handle(self, request: kmock.Request) -> web.StreamResponse:
        if self.is_away:
            return _cut(request)
        plural, method = str(request.resource.plural if request.resource else ""), request.method.value.upper()
        action = {"PATCH": "apply", "DELETE": "delete"}.get(method, "get" if request.name else "list")
        action = "watch" if request.params.get("watch") in {"true", "True", "1"} else action
        self.seen[action] += 1
        self.asked.append((action, plural, str(request.name)))
        for fault in self.faults:
            if fault.action != action or not fault.times:
                continue
            fault.after -= 1
            if fault.after < 0:
                fault.times -= 1
                return refusal(fault.status, headers=fault.headers)
        answer = await self._answer(action, plural, request)
        await asyncio.sleep(self.delays.get(action, 0))
        if held := self.waiting.get(action):
            held.given.set()
            await held.released.wait()
        return answer

    async def _new_generation(self) -> None:
        async with self.news:
            self.generation += 1
            self.news.notify_all()

    async def _stop(self) -> None:
        async with self.news:
            self.stopped.set()
            self.news.notify_all()

    def _wait(self, work: Coroutine[Any, Any, Result]) -> Result:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(timeout=30)

    @classmethod
    @contextmanager
    def running(cls, **arguments: Any) -> Iterator[Self]:
        """Run one in a thread of its own; its address is `url_`."""
        ready, made = Event(), []

        async def serve() -> None:
            async with cls(**arguments) as cluster, kmock.Server(cluster) as server:
                cluster.url_ = str(server.url).rstrip("/")
                made.append(cluster)
                ready.set()
                await cluster.stopped.wait()
                await asyncio.sleep(0)

        thread = Thread(target=asyncio.run, args=[serve()], daemon=True)
        thread.start()
        assert ready.wait(30)
        cluster = made[0]
        try:
            yield cluster
        finally:
            cluster._wait(cluster._stop())
            thread.join(30)


def refusal(status: int, message: str = "", headers: dict[str, str] | None = None) -> web.Response:
    """Return an answer that isn't what was asked for."""
    said = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": status, "message": message}
    return web.json_response(said, status=status, headers=headers)


def _cut(request: kmock.Request) -> web.StreamResponse:
    raw = request._raw_request
    assert raw is not None
    if raw.transport:
        raw.transport.abort()
    return web.Response()


async def cut_off(request: kmock.Request, response: web.StreamResponse) -> web.StreamResponse:
    """End a watch in the middle."""
    raw = request._raw_request
    assert raw is not None
    if raw.transport:
        raw.transport.close()
    return response
