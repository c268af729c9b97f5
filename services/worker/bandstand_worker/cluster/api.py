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
_GONE, _CONFLICT, _NOT_FOUND, _TOO_MANY, _SERVER_ERROR = 410, 409, 404, 429, 500
_RETRY_AFTER_LONGEST = 300.0  # seconds; a server that asks for more is asked again all the same


class ClusterError(Exception):
    """The API server refused the request or didn't answer. The message is meant for the log."""


class ConflictError(ClusterError):
    """The object has changed since we read it."""


class NotThereError(ClusterError):
    """The object doesn't exist."""


class GoneError(ClusterError):
    """The version to watch from is too old: list again."""


class UnavailableError(ClusterError):
    """The API server is unreachable or failing: the next request would probably fare no better."""


class ThrottledError(ClusterError):
    """The API server asks to retry after `seconds`: it has too many requests, or is failing for a while."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"told to wait for {seconds:g} s")
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
            # The items of a list of a built-in kind don't say what they are.
            items += [{"apiVersion": kind.api_version, "kind": kind.kind, **item} for item in page.get("items") or ()]
            metadata = page.get("metadata", {})
            if not metadata.get("continue"):
                return items, str(metadata.get("resourceVersion", ""))
            following = metadata["continue"]

    def watch(self, kind: ObjectKind, version: str) -> Iterator[tuple[str, Body]]:
        """Yield (ADDED, MODIFIED, DELETED or BOOKMARK, object) until the server ends the watch.

        Raises GoneError when `version` is too old, and ClusterError.
        """
        response = self._open(
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
                raise UnavailableError(f"the watch broke off: {problem}") from None

    def apply(self, kind: ObjectKind, body: Body) -> Body:
        """Return the object as server-side apply leaves it, taking back any of our fields that someone else changed.

        A field that the server doesn't know is an error: it would be dropped, and missed again in each pass.
        Raises ClusterError.
        """
        return self._ask(
            lambda: self._objects.patch_namespaced_custom_object(
                *self._place(kind),
                body["metadata"]["name"],
                body,
                field_manager=MANAGER,
                force=True,
                field_validation="Strict",
                _content_type="application/apply-patch+yaml",
                _request_timeout=TIMEOUT,
                _preload_content=False,
            )
        )

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
                    _preload_content=False,
                )
            )
        except NotThereError:
            return

    def owner_uid(self, name: str) -> str:
        """Return the uid of the service account that owns all objects. Raises ClusterError."""
        core = client.CoreV1Api(self._client)
        account = self._ask(
            lambda: core.read_namespaced_service_account(
                name, self._namespace, _request_timeout=TIMEOUT, _preload_content=False
            )
        )
        return str(account["metadata"]["uid"])

    def _page(self, kind: ObjectKind, following: str | None) -> Any:
        return self._objects.list_namespaced_custom_object(
            *self._place(kind),
            label_selector=self._selector,
            limit=PAGE,
            _continue=following,
            _request_timeout=TIMEOUT,
            _preload_content=False,
        )

    def _place(self, kind: ObjectKind) -> tuple[str, str, str, str]:
        return kind.group, kind.version, self._namespace, kind.plural

    def _ask(self, question: Callable[[], Any]) -> Body:
        """Return the decoded answer.

        The client would decode by status, and its generated methods don't know every status that a server may choose:
        to apply is answered by 200 or, where the object is new, by 201.
        """
        with closing(self._open(question)) as response:
            try:
                answer = json.loads(response.data)
            except urllib3.exceptions.HTTPError as problem:
                raise UnavailableError(f"the answer broke off: {problem}") from None
            except ValueError as problem:
                raise ClusterError(f"the API server answers what can't be read: {problem}") from None
        if not isinstance(answer, dict):
            raise ClusterError(f"the API server answers what can't be read: {type(answer).__name__}")
        return answer

    @staticmethod
    def _open(question: Callable[[], Any]) -> Any:
        """Return the response, of which nothing has been read yet."""
        try:
            return question()
        except ApiException as problem:
            raise _translated(problem) from None
        except urllib3.exceptions.HTTPError as problem:
            raise UnavailableError(f"the API server can't be reached: {problem}") from None


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
    status, headers = problem.status or 0, problem.headers or {}
    if status == _TOO_MANY or (status >= _SERVER_ERROR and "Retry-After" in headers):
        return ThrottledError(_retry_after(headers))
    text = f"{status} {problem.reason}: {' '.join(str(problem.body or '').split())[:300]}"
    if status >= _SERVER_ERROR or not status:
        return UnavailableError(text)
    known: dict[int, type[ClusterError]] = {_GONE: GoneError, _CONFLICT: ConflictError, _NOT_FOUND: NotThereError}
    return known.get(status, ClusterError)(text)


def _retry_after(headers: Any) -> float:
    text = str(headers.get("Retry-After", ""))
    seconds = float(text) if text.replace(".", "", 1).isdecimal() else 1.0
    return min(max(seconds, 0.1), _RETRY_AFTER_LONGEST)


def _lines(response: Any) -> Iterator[bytes]:
    rest = b""
    for chunk in response.stream(amt=None, decode_content=False):
        *lines, rest = (rest + chunk).split(b"\n")
        yield from (line for line in lines if line.strip())


def _event(line: bytes) -> tuple[str, Body]:
    try:
        event = json.loads(line)
        happened, body = event["type"], event["object"]
    except (ValueError, LookupError, TypeError) as problem:
        raise ClusterError(f"the watch says what can't be read: {problem}") from None
    if happened == "ERROR":
        error = GoneError if body.get("code") == _GONE else ClusterError
        raise error(f"the watch ended: {body.get('message', body)}")
    return happened, body
