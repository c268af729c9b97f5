"""A Kubernetes API server for the reconciler, made of kmock: with versions, label selectors, pages, watches that break,
server-side apply, and a validation of every body that is sent."""

from __future__ import annotations

import asyncio
import copy
import json
from collections import Counter
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Event, Thread
from typing import Any, TypeVar

import attrs
import kmock
from aiohttp import web

from bandstand_worker.cluster.manifests import Body
from tests.worker.cluster.schemas import validate

Result = TypeVar("Result")
Key = tuple[str, str]  # plural, name


@dataclass
class Fault:
    """How the next requests of a kind fail."""

    action: str
    status: int
    headers: dict[str, str]
    times: int


@attrs.define(kw_only=True, slots=False)
class FakeCluster(kmock.KubernetesEmulator):
    """See the module. Its methods without `_` are for the test's own thread."""

    objects_by_key: dict[Key, Body] = attrs.field(factory=dict)
    events: list[tuple[int, str, str, Body]] = attrs.field(factory=list)
    faults: list[Fault] = attrs.field(factory=list)
    seen: Counter[str] = attrs.field(factory=Counter)
    version: int = 100
    oldest: int = 0
    generation: int = 0  # of watches; a newer one ends those of an older
    url_: str = ""

    def __attrs_post_init__(self) -> None:
        super().__attrs_post_init__()
        self.loop: asyncio.AbstractEventLoop = asyncio.get_running_loop()
        self.news = asyncio.Condition()
        self.stopped = asyncio.Event()

    # --- What tests say and ask ---

    def ours(self, plural: str) -> dict[str, Body]:
        """Return copies of the objects of a kind by name."""
        return self._wait(self._copies(plural))

    def change(self, plural: str, name: str, **fields: Any) -> None:
        """Do what somebody else does: set top-level fields of an object, creating it if need be."""
        self._wait(self._put(plural, name, fields))

    def remove(self, plural: str, name: str) -> None:
        """Do what somebody else does: delete an object."""
        self._wait(self._remove(plural, name))

    def fail(self, action: str, status: int, *, times: int = 1, **headers: str) -> None:
        """Let the next requests of an action (list, watch, apply, delete) fail."""
        self.faults.append(Fault(action, status, {key.replace("_", "-"): headers[key] for key in headers}, times))

    def break_watches(self) -> None:
        """End all watches in the middle."""
        self._wait(self._new_generation())

    def forget_history(self) -> None:
        """Make every version that was handed out too old to watch from."""
        self.oldest = self.version

    # --- How it answers ---

    async def _handle(self, request: kmock.Request) -> web.StreamResponse:
        if request.resource is None:
            return web.json_response({"kind": "Status", "code": 404}, status=404)
        plural, method = str(request.resource.plural), request.method.value.upper()
        action = {"PATCH": "apply", "DELETE": "delete"}.get(method, "get" if request.name else "list")
        action = "watch" if request.params.get("watch") in {"true", "True", "1"} else action
        self.seen[action] += 1
        for fault in self.faults:
            if fault.action == action and fault.times:
                fault.times -= 1
                status = {"kind": "Status", "code": fault.status}
                return web.json_response(status, status=fault.status, headers=fault.headers)
        answer = {
            "apply": self._apply, "delete": self._delete, "list": self._list, "watch": self._watch, "get": self._get
        }[action]  # fmt: skip
        return await answer(plural, request)

    async def _get(self, plural: str, request: kmock.Request) -> web.StreamResponse:
        body = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": request.name, "uid": "owner-uid"}}
        return web.json_response(body, status=200 if plural == "serviceaccounts" else 404)

    async def _apply(self, plural: str, request: kmock.Request) -> web.StreamResponse:
        assert "application/apply-patch+yaml" in request.headers["Content-Type"]
        assert request.params["fieldManager"]
        assert request.params["force"] == "true"
        body = json.loads(request.body)
        validate(body)
        assert body["metadata"]["name"] == request.name
        changed = await self._put(plural, str(request.name), body)
        return web.json_response(changed)

    async def _delete(self, plural: str, request: kmock.Request) -> web.StreamResponse:
        live = self.objects_by_key.get((plural, str(request.name)))
        if live is None:
            return web.json_response({"kind": "Status", "code": 404}, status=404)
        if json.loads(request.body)["preconditions"]["uid"] != live["metadata"]["uid"]:
            return web.json_response({"kind": "Status", "code": 409}, status=409)
        await self._remove(plural, str(request.name))
        return web.json_response({"kind": "Status", "status": "Success"})

    async def _list(self, plural: str, request: kmock.Request) -> web.StreamResponse:
        names = sorted(name for kind, name in self.objects_by_key if kind == plural)
        found = [self.objects_by_key[plural, name] for name in names]
        found = [body for body in found if self._selects(request, body)]
        begin, size = int(request.params.get("continue") or 0), int(request.params.get("limit") or 10**9)
        following = str(begin + size) if begin + size < len(found) else ""
        metadata = {"resourceVersion": str(self.version), "continue": following}
        return web.json_response({"kind": "List", "metadata": metadata, "items": found[begin : begin + size]})

    async def _watch(self, plural: str, request: kmock.Request) -> web.StreamResponse:
        since, generation = int(request.params["resourceVersion"]), self.generation
        response = web.StreamResponse()
        assert request._raw_request is not None
        await response.prepare(request._raw_request)
        if since < self.oldest:
            gone = {"type": "ERROR", "object": {"kind": "Status", "code": 410, "message": "too old"}}
            await response.write(json.dumps(gone).encode() + b"\n")
            return response
        while generation == self.generation and not self.stopped.is_set():
            for version, kind, happened, body in self.events:
                if version > since and kind == plural and self._selects(request, body):
                    await response.write(json.dumps({"type": happened, "object": body}).encode() + b"\n")
            since = self.version
            async with self.news:
                await self.news.wait_for(
                    lambda: self.version > since or generation != self.generation or self.stopped.is_set()  # noqa: B023
                )
        assert request._raw_request.transport is not None
        request._raw_request.transport.close()
        return response

    @staticmethod
    def _selects(request: kmock.Request, body: Body) -> bool:
        wanted = dict(part.split("=", 1) for part in request.params.get("labelSelector", "").split(",") if part)
        return wanted.items() <= body["metadata"].get("labels", {}).items()

    async def _put(self, plural: str, name: str, fields: Body) -> Body:
        key = (plural, name)
        happened = "MODIFIED" if key in self.objects_by_key else "ADDED"
        body = _merged(self.objects_by_key.get(key, {"metadata": {"name": name, "uid": f"uid-{self.version}"}}), fields)
        if "status" in fields:
            body["status"] = copy.deepcopy(fields["status"])
        await self._happen(plural, happened, body)
        self.objects_by_key[key] = body
        return body

    async def _remove(self, plural: str, name: str) -> None:
        await self._happen(plural, "DELETED", self.objects_by_key.pop((plural, name)))

    async def _happen(self, plural: str, happened: str, body: Body) -> None:
        async with self.news:
            self.version += 1
            body["metadata"]["resourceVersion"] = str(self.version)
            self.events.append((self.version, plural, happened, copy.deepcopy(body)))
            self.news.notify_all()

    async def _copies(self, plural: str) -> dict[str, Body]:
        return {name: copy.deepcopy(body) for (kind, name), body in self.objects_by_key.items() if kind == plural}

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


def _merged(old: Any, new: Any) -> Any:
    if isinstance(old, dict) and isinstance(new, dict):
        return {**old, **{key: _merged(old.get(key), value) for key, value in new.items()}}
    return copy.deepcopy(new)


@contextmanager
def fake_cluster() -> Iterator[FakeCluster]:
    """Run one in a thread of its own; its address is `url_`."""
    ready, made = Event(), []

    async def serve() -> None:
        async with FakeCluster() as cluster, kmock.Server(cluster) as server:
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
