"""The four operations that the reconciler needs from a Kubernetes API server: list, watch, apply, delete."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from typing import Any

import urllib3
from kubernetes import client, config
from kubernetes.client.exceptions import ApiException

from bandstand_worker.cluster.manifests import MANAGER, Body, ObjectKind

PAGE = 500  # objects per answer to a list
TIMEOUT = (5, 30)  # seconds to connect, and to wait for bytes
WATCH_SECONDS = 300  # how long the server keeps a watch open; the next watch resumes where it ended
_GONE, _CONFLICT, _NOT_FOUND, _TOO_MANY = 410, 409, 404, 429
_RETRY_AFTER_LONGEST = 30.0  # seconds; a longer wait would fail the liveness probe


class ClusterError(Exception):
    """The API server refused the request or didn't answer. The message is meant for the log."""


class ConflictError(ClusterError):
    """The object has changed since we read it."""


class NotThereError(ClusterError):
    """The object doesn't exist."""


class GoneError(ClusterError):
    """The version to watch from is too old: list again."""


class ThrottledError(ClusterError):
    """Too many requests; retry after `seconds`."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"throttled for {seconds:g} s")
        self.seconds = seconds


class Api:
    """One namespace of one cluster."""

    def __init__(self, api_client: client.ApiClient, namespace: str, label_selector: str) -> None:
        self._client = api_client
        self._objects = client.CustomObjectsApi(api_client)  # handles every kind, as plain dictionaries
        self._namespace = namespace
        self._selector = label_selector

    def list(self, kind: ObjectKind) -> tuple[list[Body], str]:
        """Return all of our objects of a kind, and the version to watch from. Raises ClusterError."""
        items: list[Body] = []
        following = None
        while True:
            page = self._ask(partial(self._page, kind, following))
            items += page["items"]
            metadata = page.get("metadata", {})
            if not metadata.get("continue"):
                return items, str(metadata.get("resourceVersion", ""))
            following = metadata["continue"]

    def watch(self, kind: ObjectKind, version: str) -> Iterator[tuple[str, Body]]:
        """Yield (ADDED, MODIFIED, DELETED or BOOKMARK, object) until the server ends the watch.

        Raises GoneError when `version` is too old, and ClusterError.
        """
        response = self._ask(
            lambda: self._objects.list_namespaced_custom_object(
                *self._place(kind),
                label_selector=self._selector,
                watch=True,
                resource_version=version,
                allow_watch_bookmarks=True,
                timeout_seconds=WATCH_SECONDS,
                _request_timeout=(TIMEOUT[0], WATCH_SECONDS + TIMEOUT[1]),
                _preload_content=False,
            )
        )
        with closing(response):
            try:
                for line in _lines(response):
                    yield _event(line)
            except urllib3.exceptions.HTTPError as problem:
                raise ClusterError(f"the watch broke off: {problem}") from None

    def apply(self, kind: ObjectKind, body: Body) -> Body:
        """Return the object as server-side apply leaves it, taking back any of our fields that someone else changed.

        Raises ClusterError.
        """
        found: Body = self._ask(
            lambda: self._objects.patch_namespaced_custom_object(
                *self._place(kind),
                body["metadata"]["name"],
                body,
                field_manager=MANAGER,
                force=True,
                _content_type="application/apply-patch+yaml",
                _request_timeout=TIMEOUT,
            )
        )
        return found

    def delete(self, kind: ObjectKind, live: Body) -> None:
        """Delete exactly the object that was seen, not a newer one with the same name. Raises ClusterError."""
        metadata = live["metadata"]
        options = client.V1DeleteOptions(
            preconditions=client.V1Preconditions(uid=metadata["uid"]), propagation_policy="Background"
        )
        try:
            self._ask(
                lambda: self._objects.delete_namespaced_custom_object(
                    *self._place(kind),
                    metadata["name"],
                    body=options,
                    _request_timeout=TIMEOUT,
                )
            )
        except NotThereError:
            return

    def owner_uid(self, name: str) -> str:
        """Return the uid of the service account that owns all objects. Raises ClusterError."""
        core = client.CoreV1Api(self._client)
        account = self._ask(
            lambda: core.read_namespaced_service_account(name, self._namespace, _request_timeout=TIMEOUT)
        )
        return str(account.metadata.uid)

    def _page(self, kind: ObjectKind, following: str | None) -> Any:
        return self._objects.list_namespaced_custom_object(
            *self._place(kind),
            label_selector=self._selector,
            limit=PAGE,
            _continue=following,
            _request_timeout=TIMEOUT,
        )

    def _place(self, kind: ObjectKind) -> tuple[str, str, str, str]:
        return kind.group, kind.version, self._namespace, kind.plural

    @staticmethod
    def _ask(question: Callable[[], Any]) -> Any:
        try:
            return question()
        except ApiException as problem:
            raise _translated(problem) from None
        except urllib3.exceptions.HTTPError as problem:
            raise ClusterError(f"the API server can't be reached: {problem}") from None


def connect(*, kubeconfig: str = "") -> client.ApiClient:
    """Return a client with the pod's own service account, or one from a file. Raises ClusterError."""
    configuration = client.Configuration()
    try:
        if kubeconfig:
            config.load_kube_config(  # type: ignore[no-untyped-call]
                config_file=kubeconfig, client_configuration=configuration
            )
        else:
            config.load_incluster_config(  # type: ignore[no-untyped-call]
                client_configuration=configuration
            )
    except config.ConfigException as problem:
        raise ClusterError(f"no way into the cluster: {problem}") from None
    configuration.retries = False  # retries are decided in one place, by the reconciler
    return client.ApiClient(configuration)


def _translated(problem: ApiException) -> ClusterError:
    if problem.status == _TOO_MANY:
        return ThrottledError(_retry_after(problem.headers or {}))
    text = f"{problem.status} {problem.reason}: {' '.join(str(problem.body or '').split())[:300]}"
    known: dict[int, type[ClusterError]] = {_GONE: GoneError, _CONFLICT: ConflictError, _NOT_FOUND: NotThereError}
    return known.get(problem.status, ClusterError)(text)


def _retry_after(headers: Any) -> float:
    try:
        return min(max(float(headers.get("Retry-After", 1)), 0.1), _RETRY_AFTER_LONGEST)
    except ValueError:
        return 1.0


def _lines(response: Any) -> Iterator[bytes]:
    rest = b""
    for chunk in response.stream(amt=None, decode_content=False):
        *lines, rest = (rest + chunk).split(b"\n")
        yield from (line for line in lines if line.strip())


def _event(line: bytes) -> tuple[str, Body]:
    try:
        event = json.loads(line)
    except ValueError as problem:
        raise ClusterError(f"the watch says what can't be read: {problem}") from None
    if event["type"] == "ERROR":
        status = event["object"]
        error = GoneError if status.get("code") == _GONE else ClusterError
        raise error(f"the watch ended: {status.get('message', status)}")
    return event["type"], event["object"]
