"""A real API server for the reconciler's tests, asked as the chart's service account, with its Role and its policy.

BANDSTAND_TEST_KUBECONFIG names a file with an administrator's way in. The tests make a namespace of their own there,
and the kinds of cert-manager and the Gateway API where they are missing, and take away what they made.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import aiohttp
import attrs
import kmock
import yaml
from aiohttp import web
from kubernetes import client, config

from bandstand_worker.cluster.configuration import ClusterConfiguration
from bandstand_worker.cluster.manifests import MANAGER, Body
from tests.deploy.domain_requests import Asked, abuses, honest
from tests.deploy.rendering import CHART, of_kind, run_helm
from tests.worker.cluster.fault_injection import Cluster, cut_off
from tests.worker.cluster.schemas import CRDS, KINDS
from tests.worker.cluster.settings import settings_for

RELEASE = "bandstand"
PLATFORM, MEDIA = "bands.example.org", "bands-files.example.net"
RULES = ("ServiceAccount", "Role", "RoleBinding", "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding")
LEAST: dict[str, Body] = {  # what an object needs to be accepted
    "certificates": {"secretName": "some", "issuerRef": {"name": "some"}},
    "ingresses": {"defaultBackend": {"service": {"name": "some", "port": {"number": 80}}}},
    "listenersets": {
        "parentRef": {"name": "some"},
        "listeners": [{"name": "some", "port": 443, "protocol": "HTTPS", "hostname": "some.example"}],
    },
    "httproutes": {"rules": [{"backendRefs": [{"name": "some", "port": 80}]}]},
}
_PATHS = {
    "ServiceAccount": "/api/v1/namespaces/{}/serviceaccounts",
    "Role": "/apis/rbac.authorization.k8s.io/v1/namespaces/{}/roles",
    "RoleBinding": "/apis/rbac.authorization.k8s.io/v1/namespaces/{}/rolebindings",
    "ValidatingAdmissionPolicy": "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies",
    "ValidatingAdmissionPolicyBinding": "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings",
}


class RefusedError(Exception):
    """The server's answer was not a success."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(f"{status}: {message}")
        self.status = status


class Caller:
    """Somebody who asks the API server."""

    def __init__(self, api: client.ApiClient) -> None:
        self._api = api

    def ask(self, method: str, path: str, body: Any = None, *, content: str = "application/json", **query: str) -> Body:
        """Return the answer. Raises RefusedError."""
        request = self._api.param_serialize(
            method,
            path,
            query_params=list(query.items()),
            header_params={"Content-Type": content, "Accept": "application/json"},
            body=body,
            auth_settings=["BearerToken"],
        )
        response = self._api.call_api(*request, _request_timeout=30)
        answer: Body = json.loads(response.read() or b"{}")
        if response.status >= 400:
            raise RefusedError(response.status, str(answer.get("message")))
        return answer

    def apply(self, path: str, body: Body, **query: str) -> Body:
        """Apply an object, by force."""
        place, query = f"{path}/{body['metadata']['name']}", {"fieldManager": MANAGER, "force": "true", **query}
        return self.ask("PATCH", place, body, content="application/apply-patch+yaml", **query)


@dataclass
class Server:
    """The API server, with a release of the chart's rules in a namespace of the tests."""

    kubeconfig: str
    namespace: str = field(default_factory=lambda: f"bandstand-test-{secrets.token_hex(4)}")
    installed: str = ""

    def __post_init__(self) -> None:
        self.connection = client.Configuration()
        config.load_kube_config(config_file=self.kubeconfig, client_configuration=self.connection)  # type: ignore[no-untyped-call]
        self.administrator = Caller(client.ApiClient(self.connection))
        self.version = self.administrator.ask("GET", "/version")["gitVersion"]

    def place(self, plural: str, namespace: str | None = None) -> str:
        """Return the path of a kind's objects."""
        api_version, _kind = KINDS[plural]
        return f"/apis/{api_version}/namespaces/{namespace or self.namespace}/{plural}"

    def install(self, settings: ClusterConfiguration) -> ClusterConfiguration:
        """Apply the rules of the chart for these settings, and return what it says to the reconciler."""
        done = run_helm("template", RELEASE, CHART, "--namespace", self.namespace, "--set-json", _values(settings))
        assert done.returncode == 0, done.stderr
        manifests = tuple(document for document in yaml.safe_load_all(done.stdout) if document)
        (held,) = [held for held in of_kind(manifests, "ConfigMap") if "cluster.json" in held["data"]]
        configuration = ClusterConfiguration(**json.loads(held["data"]["cluster.json"]))
        rules = [rule for rule in of_kind(manifests, *RULES) if rule["metadata"]["name"].endswith("-domains")]
        if self.installed != (text := json.dumps(rules)):
            for rule in rules:
                path = _PATHS[rule["kind"]].format(self.namespace)
                self.administrator.apply(path, rule, fieldManager="helm")
            self._wait_for_the_policy(configuration)
            self.installed = text
        return configuration

    def token(self) -> str:
        """Return a token of the chart's service account."""
        path = f"{_PATHS['ServiceAccount'].format(self.namespace)}/{RELEASE}-domains/token"
        asked = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {"expirationSeconds": 3600}}
        return str(self.administrator.ask("POST", path, asked)["status"]["token"])

    def reconciler(self) -> Caller:
        """Return somebody with the reconciler's token."""
        return Caller(client.ApiClient(self.connection_of_the_reconciler()))

    def connection_of_the_reconciler(self) -> client.Configuration:
        """Return the way in with its token."""
        connection = client.Configuration(host=self.connection.host)
        connection.ssl_ca_cert, connection.verify_ssl = self.connection.ssl_ca_cert, self.connection.verify_ssl
        connection.api_key, connection.api_key_prefix = {"BearerToken": self.token()}, {"BearerToken": "Bearer"}
        connection.retries = False
        return connection

    def judged(self, caller: Caller, asked: Asked) -> str:
        """Return the refusal of a request that would leave nothing behind, or nothing if it was accepted."""
        place, ask = self.place(asked.kind.plural), self.administrator.ask
        name = (asked.body or asked.before or {})["metadata"]["name"]
        if asked.before is None:
            with suppress(RefusedError):
                ask("DELETE", f"{place}/{name}")
        try:
            if asked.before is not None:
                self.administrator.apply(place, asked.before, fieldManager="somebody")
            if asked.body is None:
                caller.ask("DELETE", f"{place}/{name}", dryRun="All")
            else:
                caller.apply(place, asked.body, dryRun="All")
        except RefusedError as problem:
            return str(problem)
        return ""

    def clear(self) -> None:
        """Delete all objects that tests made."""
        for plural in KINDS:
            self.administrator.ask("DELETE", self.place(plural))

    def _wait_for_the_policy(self, configuration: ClusterConfiguration) -> None:
        """Return when the server enforces it: it learns of rules by watches of its own."""
        caller, deadline = self.reconciler(), time.monotonic() + 30
        good = [asked for asked in honest(configuration) if asked.operation == "CREATE"]
        (bad,) = [
            each for name, each in abuses(configuration, platform=PLATFORM, media=MEDIA) if name == "Certificate for *"
        ]
        while any(self.judged(caller, asked) for asked in good) or not self.judged(caller, bad):
            assert time.monotonic() < deadline, "the server doesn't enforce the chart's rules"
            time.sleep(0.1)


@contextmanager
def prepared(kubeconfig: str) -> Iterator[Server]:
    """Prepare the server that a kubeconfig leads to, and leave it as it was."""
    found = Server(kubeconfig)
    ask = found.administrator.ask
    crds, made = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", []
    for crd in CRDS:
        try:
            ask("POST", crds, crd)
            made.append(crd["metadata"]["name"])
        except RefusedError as problem:
            if problem.status != 409:
                raise
    ask("POST", "/api/v1/namespaces", {"metadata": {"name": found.namespace}})
    try:
        _wait_for_kinds(found)
        yield found
    finally:
        for kind in ("ValidatingAdmissionPolicyBinding", "ValidatingAdmissionPolicy"):
            ask("DELETE", _PATHS[kind], labelSelector=f"app.kubernetes.io/instance={RELEASE}")
        ask("DELETE", f"/api/v1/namespaces/{found.namespace}")
        for name in made:
            ask("DELETE", f"{crds}/{name}")


def _wait_for_kinds(found: Server) -> None:
    deadline = time.monotonic() + 30
    for plural in KINDS:
        while True:
            try:
                found.administrator.ask("GET", found.place(plural))
                break
            except RefusedError:
                assert time.monotonic() < deadline, f"the server doesn't serve {plural}"
                time.sleep(0.1)


def _values(settings: ClusterConfiguration) -> str:
    """Return the values of the chart that give these settings, in the form of --set-json."""
    parent = {"name": settings.gateway, "namespace": settings.gateway_namespace}
    parents = [{key: value for key, value in parent.items() if value}] if settings.gateway else []
    by_gateway = settings.publish_by == "gateway"
    values = {
        "publicUrl": f"https://{PLATFORM}",
        "mediaHost": MEDIA,
        "images": {"registry": "registry.example.org/bandstand"},
        "customDomains": {"enabled": True, "issuerRef": {"name": settings.issuer, "kind": settings.issuer_kind}},
        "ingress": {
            "enabled": not by_gateway,
            "className": settings.ingress_class,
            "annotations": settings.annotations,
        },
        "gateway": {"enabled": by_gateway, "parentRefs": parents},
    }
    return ",".join(f"{key}={json.dumps(value)}" for key, value in values.items())


@attrs.define(kw_only=True, slots=False)
class RealCluster(Cluster):
    """What stands before the server: it passes requests on with the reconciler's token."""

    server: Server
    forgotten: int = 0
    session: aiohttp.ClientSession | None = None

    def shortest_way(self) -> client.Configuration:
        return self.server.connection_of_the_reconciler()

    def settings(self, publish_by: str, **changes: object) -> ClusterConfiguration:
        asked = settings_for(publish_by, **changes)
        path = f"{_PATHS['ServiceAccount'].format(self.server.namespace)}/{RELEASE}-domains"
        said = self.server.install(asked)
        self.owner_uid = self.server.administrator.ask("GET", path)["metadata"]["uid"]
        self.token = self.server.token()
        return replace(said, owner=asked.owner, request_timeout=asked.request_timeout)

    def ours(self, plural: str) -> dict[str, Body]:
        found = self.server.administrator.ask("GET", self.server.place(plural))
        return {item["metadata"]["name"]: item for item in found["items"]}

    def change(self, plural: str, name: str, **fields: Any) -> None:
        ask, place, status = self.server.administrator.ask, self.server.place(plural), fields.pop("status", None)
        try:
            ask("PATCH", f"{place}/{name}", fields, content="application/merge-patch+json")
        except RefusedError as problem:
            if problem.status != 404:
                raise
            api_version, kind = KINDS[plural]
            named = {**fields.pop("metadata", {}), "name": name}
            ask(
                "POST",
                place,
                {"apiVersion": api_version, "kind": kind, "metadata": named, "spec": LEAST[plural], **fields},
            )
        if status is not None:
            live = ask("GET", f"{place}/{name}")
            ask("PUT", f"{place}/{name}/status", {**live, "status": status})

    def remove(self, plural: str, name: str) -> None:
        self.server.administrator.ask("DELETE", f"{self.server.place(plural)}/{name}")

    def forget_history(self) -> None:
        listed = self.server.administrator.ask("GET", self.server.place("certificates"), limit="1")
        self.forgotten = int(listed["metadata"]["resourceVersion"])

    async def _answer(self, action: str, plural: str, request: kmock.Request) -> web.StreamResponse:
        if self.session is None:
            trusted = ssl.create_default_context(cafile=self.server.connection.ssl_ca_cert)
            connector = aiohttp.TCPConnector(ssl=trusted)
            self.session = aiohttp.ClientSession(connector=connector, skip_auto_headers=["Content-Type"])
        query = dict(request.params)
        if action == "watch" and int(query["resourceVersion"]) <= self.forgotten:
            query["resourceVersion"] = "1"  # long compacted, or before all that the server has in mind
        headers = {"Authorization": f"Bearer {self.token}", "Accept": "application/json"}
        if "Content-Type" in request.headers:
            headers["Content-Type"] = request.headers["Content-Type"]
        url = f"{self.server.connection.host}{request.url.raw_path}?{urlencode(query)}"
        passed = self.session.request(request.method.value, url, data=request.body, headers=headers)
        async with passed as answer:
            if action == "watch" and answer.status == 200:
                return await self._pass_on(request, answer)
            kept = {name: answer.headers[name] for name in ("Content-Type", "Retry-After") if name in answer.headers}
            return web.Response(body=await answer.read(), status=answer.status, headers=kept)

    async def _pass_on(self, request: kmock.Request, answer: aiohttp.ClientResponse) -> web.StreamResponse:
        """Pass a watch on until somebody ends it."""
        generation, response = self.generation, web.StreamResponse()
        assert request._raw_request is not None
        await response.prepare(request._raw_request)

        async def copy() -> None:
            async for chunk in answer.content.iter_any():
                await response.write(chunk)

        async def end() -> None:
            async with self.news:
                await self.news.wait_for(lambda: generation != self.generation or self.stopped.is_set())

        tasks = [asyncio.ensure_future(work()) for work in (copy, end)]
        done, rest = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in rest:
            task.cancel()
        is_whole = tasks[0] in done and tasks[0].exception() is None
        return response if is_whole else await cut_off(request, response)

    async def _stop(self) -> None:
        await super()._stop()
        if self.session:
            await self.session.close()


def kubeconfig_of(caller_token: str, found: Server, path: Path) -> str:
    """Write a kubeconfig with a token, and return its name."""
    cluster = {"server": found.connection.host, "certificate-authority": found.connection.ssl_ca_cert}
    path.write_text(
        yaml.safe_dump(
            {
                "apiVersion": "v1",
                "kind": "Config",
                "current-context": "test",
                "contexts": [{"name": "test", "context": {"cluster": "test", "user": "test"}}],
                "clusters": [{"name": "test", "cluster": cluster}],
                "users": [{"name": "test", "user": {"token": caller_token}}],
            }
        )
    )
    return str(path)
