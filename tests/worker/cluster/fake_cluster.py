"""A Kubernetes API server for the reconciler, made of kmock: with versions, label selectors, pages, watches,
server-side apply that forgets what is no longer applied, and a validation of every body that is sent.

It answers as a real one does: 201 to an apply that creates, no kind in the items of a list of a built-in kind, no new
version where nothing changed, 410 to versions and pages that are too old.
"""

from __future__ import annotations

import copy
import json
from bisect import bisect_right
from operator import itemgetter
from typing import Any

import attrs
import kmock
from aiohttp import web

from bandstand_worker.cluster.configuration import ClusterConfiguration
from bandstand_worker.cluster.manifests import Body
from tests.worker.cluster.fault_injection import Cluster, cut_off, refusal
from tests.worker.cluster.schemas import KINDS, Refused, validate
from tests.worker.cluster.settings import settings_for

Key = tuple[str, str]  # plural, name
BUILT_IN = {"ingresses"}


@attrs.define(kw_only=True, slots=False)
class FakeCluster(Cluster):
    """See the module."""

    objects_by_key: dict[Key, Body] = attrs.field(factory=dict)
    applied: dict[Key, Body] = attrs.field(factory=dict)  # by the reconciler, at last
    events: list[tuple[int, str, str, Body]] = attrs.field(factory=list)
    unknown: set[str] = attrs.field(factory=set)  # kinds of which this cluster knows nothing
    version: int = 100
    oldest: int = 0
    owner_uid: str = "owner-uid"

    def settings(self, publish_by: str, **changes: object) -> ClusterConfiguration:
        return settings_for(publish_by, **changes)

    def ours(self, plural: str) -> dict[str, Body]:
        return self._wait(self._copies(plural))

    def change(self, plural: str, name: str, **fields: Any) -> None:
        self._wait(self._put(plural, name, fields))

    def remove(self, plural: str, name: str) -> None:
        self._wait(self._remove(plural, name))

    def forget_history(self) -> None:
        self.oldest = self.version

    async def _answer(self, action: str, plural: str, request: kmock.Request) -> web.StreamResponse:
        if plural != "serviceaccounts" and plural not in KINDS.keys() - self.unknown:
            return web.Response(text="404 page not found\n", status=404)
        answer = {
            "apply": self._apply, "delete": self._delete, "list": self._list, "watch": self._watch, "get": self._get
        }[action]  # fmt: skip
        return await answer(plural, request)

    async def _get(self, plural: str, request: kmock.Request) -> web.StreamResponse:
        body = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": request.name, "uid": self.owner_uid}}
        return web.json_response(body, status=200 if plural == "serviceaccounts" else 404)

    async def _apply(self, plural: str, request: kmock.Request) -> web.StreamResponse:
        assert "application/apply-patch+yaml" in request.headers["Content-Type"]
        assert request.params["fieldManager"]
        assert request.params["force"] == "true"
        assert request.params["fieldValidation"] == "Strict"
        body, key = json.loads(request.body), (plural, str(request.name))
        try:
            validate(body)
        except Refused as problem:
            return refusal(422, str(problem))
        assert body["metadata"]["name"] == request.name
        is_new, before = key not in self.objects_by_key, self.applied.get(key, {})
        self.applied[key] = body
        changed = await self._put(plural, str(request.name), body, forgotten=_without(before, body))
        return web.json_response(changed, status=201 if is_new else 200)

    async def _delete(self, plural: str, request: kmock.Request) -> web.StreamResponse:
        live = self.objects_by_key.get((plural, str(request.name)))
        if live is None:
            return refusal(404, "not found")
        if json.loads(request.body)["preconditions"]["uid"] != live["metadata"]["uid"]:
            return refusal(409, "the UID in the precondition isn't the object's")
        await self._remove(plural, str(request.name))
        return web.json_response({"kind": "Status", "apiVersion": "v1", "status": "Success"})

    async def _list(self, plural: str, request: kmock.Request) -> web.StreamResponse:
        names = sorted(name for kind, name in self.objects_by_key if kind == plural)
        found = [self.objects_by_key[plural, name] for name in names]
        found = [body for body in found if self._selects(request, body)]
        version, begin = (int(part) for part in (request.params.get("continue") or f"{self.version} 0").split())
        if version < self.oldest:
            return refusal(410, "the provided continue parameter is too old")
        end = begin + int(request.params.get("limit") or 10**9)
        metadata = {"resourceVersion": str(version), "continue": f"{version} {end}" if end < len(found) else ""}
        dropped = {"apiVersion", "kind"} if plural in BUILT_IN else set()
        items = [{key: body[key] for key in body if key not in dropped} for body in found[begin:end]]
        return web.json_response({"kind": "List", "metadata": metadata, "items": items})

    async def _watch(self, plural: str, request: kmock.Request) -> web.StreamResponse:
        since, generation = int(request.params["resourceVersion"]), self.generation
        if since > self.version:
            return refusal(504, f"Too large resource version: {since}, current: {self.version}")
        response = web.StreamResponse()
        assert request._raw_request is not None
        await response.prepare(request._raw_request)
        if since < self.oldest:
            gone = {"type": "ERROR", "object": {"kind": "Status", "code": 410, "message": "too old"}}
            await response.write(json.dumps(gone).encode() + b"\n")
            return response
        told = bisect_right(self.events, since, key=itemgetter(0))
        while generation == self.generation and not self.stopped.is_set():
            news, told = self.events[told:], len(self.events)
            for _version, kind, happened, body in news:
                if kind == plural and self._selects(request, body):
                    await response.write(json.dumps({"type": happened, "object": body}).encode() + b"\n")
            async with self.news:
                await self.news.wait_for(
                    lambda: len(self.events) > told or generation != self.generation or self.stopped.is_set()  # noqa: B023
                )
        return await cut_off(request, response)

    @staticmethod
    def _selects(request: kmock.Request, body: Body) -> bool:
        wanted = dict(part.split("=", 1) for part in request.params.get("labelSelector", "").split(",") if part)
        return wanted.items() <= body["metadata"].get("labels", {}).items()

    async def _put(self, plural: str, name: str, fields: Body, *, forgotten: Body | None = None) -> Body:
        key, (api_version, kind) = (plural, name), KINDS[plural]
        new = {"apiVersion": api_version, "kind": kind, "metadata": {"name": name, "uid": f"uid-{self.version}"}}
        before = self.objects_by_key.get(key)
        body = _merged(_without(before or new, forgotten or {}), fields)
        if "status" in fields:
            body["status"] = copy.deepcopy(fields["status"])
        if body != before:
            await self._happen(plural, "MODIFIED" if before else "ADDED", body)
            self.objects_by_key[key] = body
        return body

    async def _remove(self, plural: str, name: str) -> None:
        self.applied.pop((plural, name), None)
        await self._happen(plural, "DELETED", self.objects_by_key.pop((plural, name)))

    async def _happen(self, plural: str, happened: str, body: Body) -> None:
        async with self.news:
            self.version += 1
            body["metadata"]["resourceVersion"] = str(self.version)
            self.events.append((self.version, plural, happened, copy.deepcopy(body)))
            self.news.notify_all()

    async def _copies(self, plural: str) -> dict[str, Body]:
        return {name: copy.deepcopy(body) for (kind, name), body in self.objects_by_key.items() if kind == plural}


def _merged(old: Any, new: Any) -> Any:
    if isinstance(old, dict) and isinstance(new, dict):
        return {**old, **{key: _merged(old.get(key), value) for key, value in new.items()}}
    return copy.deepcopy(new)


def _without(body: Any, gone: Any) -> Any:
    """Return `body` without the fields of `gone`, and without the objects that this leaves empty."""
    if not (isinstance(body, dict) and isinstance(gone, dict)):
        return None
    rest = {key: _without(value, gone[key]) if key in gone else copy.deepcopy(value) for key, value in body.items()}
    return {key: value for key, value in rest.items() if value not in (None, {})} or None
