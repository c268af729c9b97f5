"""What operators add: to every pod or to one kind of pods, beside what the chart makes, and as hardened."""

from __future__ import annotations

import json
from functools import cache

import kubernetes_validate
import pytest
import yaml

from tests.deploy.rendering import (
    KUBERNETES,
    Manifest,
    containers,
    name_of,
    of_kind,
    pod_templates,
    rendered,
    rendered_text,
    value_set_of,
)

PODS = {  # owners by where their own entries stand in the values
    "web": "Deployment/band-bandstand-web",
    "worker.interactive": "Deployment/band-bandstand-worker-interactive",
    "worker.default": "Deployment/band-bandstand-worker-default",
    "worker.bulk": "Deployment/band-bandstand-worker-bulk",
    "dispatcher": "Deployment/band-bandstand-dispatcher",
    "migration": "Job/band-bandstand-migration-",
    "backups": "CronJob/band-bandstand-",
    "customDomains": "Deployment/band-bandstand-domains",
    "valkey": "StatefulSet/band-bandstand-valkey",
}
ALL_KINDS = (
    *("--values", value_set_of("backups")),
    "--set=valkey.enabled=true,ingress.enabled=true,customDomains.enabled=true,customDomains.issuerRef.name=http",
)
ADDED = {
    "annotations": {"example.org/a": "1"},
    "labels": {"example.org/l": "1"},
    "nodeSelector": {"pool": "own"},
    "tolerations": [{"key": "own", "operator": "Exists"}],
    "affinity": {"podAntiAffinity": {}},
    "extraVolumes": [{"name": "more", "emptyDir": {"sizeLimit": "1Mi"}}],
    "extraVolumeMounts": [{"name": "more", "mountPath": "/more"}],
    "initContainers": [{"name": "prepare", "image": "registry.example.org/prepare:1"}],
    "sidecars": [{"name": "beside", "image": "registry.example.org/beside:1"}],
    "dnsPolicy": "Default",
    "dnsConfig": {"options": [{"name": "ndots", "value": "1"}]},
    "hostAliases": [{"ip": "10.0.0.1", "hostnames": ["db"]}],
    "schedulerName": "other",
    "runtimeClassName": "gvisor",
}


@cache
def with_values(*settings: str) -> tuple[Manifest, ...]:
    return tuple(each for each in yaml.load_all(rendered_text(*settings), Loader=yaml.CSafeLoader) if each)


@cache
def added_to(component: str) -> tuple[Manifest, ...]:
    return with_values(*ALL_KINDS, f"--set-json={component}.pod={json.dumps(ADDED)}")


def has_it_all(pod: Manifest) -> bool:
    spec, meta = pod["spec"], pod["metadata"]
    sides = {each["name"]: each for each in spec.get("initContainers", [])}
    return (
        meta["annotations"].get("example.org/a") == "1"
        and meta["labels"].get("example.org/l") == "1"
        and spec.get("nodeSelector") == {"pool": "own"}
        and spec.get("tolerations") == ADDED["tolerations"]
        and spec.get("affinity") == ADDED["affinity"]
        and {"name": "more", "emptyDir": {"sizeLimit": "1Mi"}} in spec["volumes"]
        and {"name": "more", "mountPath": "/more"} in spec["containers"][0]["volumeMounts"]
        and list(sides)[:2] == ["beside", "prepare"]
        and sides["beside"]["restartPolicy"] == "Always"
        and "restartPolicy" not in sides["prepare"]
        and all(spec.get(key) == ADDED[key] for key in ("dnsPolicy", "dnsConfig", "hostAliases", "schedulerName"))
        and spec.get("runtimeClassName") == "gvisor"
    )


@pytest.mark.parametrize("component", PODS)
def test_one_kind_of_pods_has_its_own_and_no_other_has_it(component):
    for owner, pod in pod_templates(added_to(component)):
        assert has_it_all(pod) is owner.startswith(PODS[component]), owner
        assert any("more" in volume["name"] for volume in pod["spec"]["volumes"]) is owner.startswith(PODS[component])


def test_every_pod_has_what_is_given_to_all():
    given = with_values(*ALL_KINDS, *(f"--set-json=pods.{key}={json.dumps(value)}" for key, value in ADDED.items()))
    for owner, pod in pod_templates(given):
        assert has_it_all(pod) or owner == "Pod/band-bandstand-test", owner
    for manifest in given:
        if manifest["apiVersion"] in {"v1", "apps/v1", "batch/v1", "policy/v1", "networking.k8s.io/v1"}:
            kubernetes_validate.validate(manifest, KUBERNETES[0], strict=True)


def test_added_containers_are_as_hardened_unless_they_say_otherwise():
    own = {"name": "beside", "image": "beside:1", "securityContext": {"readOnlyRootFilesystem": False}}
    found = with_values(*("--values", value_set_of("minimal")), f"--set-json=web.pod.sidecars={json.dumps([own])}")
    (web,) = [pod for owner, pod in pod_templates(found) if owner == PODS["web"]]
    beside, chart = web["spec"]["initContainers"][0], web["spec"]["containers"][0]
    assert beside["securityContext"] == {**chart["securityContext"], "readOnlyRootFilesystem": False}
    assert beside["resources"]["limits"]["memory"]


def test_lists_of_all_and_of_one_kind_add_up_and_the_others_are_overruled():
    web = dict(pod_templates(rendered(value_set_of("extras"))))[PODS["web"]]["spec"]
    assert [each["key"] for each in web["tolerations"]] == ["shared", "web"]
    assert web["nodeSelector"] == {"kubernetes.io/os": "linux", "pool": "web"}
    (spread,) = web["topologySpreadConstraints"]
    assert spread["labelSelector"]["matchLabels"]["app.kubernetes.io/component"] == "web"
    assert spread["whenUnsatisfiable"] == "DoNotSchedule"
    assert web["containers"][0]["image"].startswith("registry.example.org/mirror/web@sha256:")


def test_variables_come_from_secrets_where_operators_want_it():
    env = [{"name": "PROXY_PASSWORD", "valueFrom": {"secretKeyRef": {"name": "proxy", "key": "password"}}}]
    more = [{"secretRef": {"name": "proxy"}}]
    found = with_values(
        *ALL_KINDS,
        f"--set-json=pods.extraEnv={json.dumps(env)}",
        f"--set-json=pods.extraEnvFrom={json.dumps(more)}",
        "--set=migration.by=job",
    )
    for owner, pod in pod_templates(found):
        for container in containers(pod):
            if container["name"] != "valkey":
                assert env[0] in container["env"], owner
                assert container["envFrom"] == more, owner
    for manifest in of_kind(found, "Deployment", "Job", "CronJob", "Pod"):
        kubernetes_validate.validate(manifest, KUBERNETES[0], strict=True)


def test_probes_keep_what_they_ask_and_take_other_numbers():
    web = dict(pod_templates(rendered(value_set_of("extras"))))[PODS["web"]]["spec"]["containers"][0]
    assert web["startupProbe"] == {
        "httpGet": {"path": "/healthz", "port": "http"},
        "periodSeconds": 1,
        "failureThreshold": 120,
    }
    assert (web["livenessProbe"]["timeoutSeconds"], web["livenessProbe"]["failureThreshold"]) == (20, 6)
    assert web["readinessProbe"]["initialDelaySeconds"] == 3


def test_groups_of_workers_are_the_operators():
    found = rendered(value_set_of("extras"))
    queues, settings = {}, {}
    for owner, pod in pod_templates(found):
        for container in pod["spec"]["containers"]:
            if container["name"] == "worker":
                given = {each["name"]: each.get("value") for each in container["env"]}
                name = owner.rpartition("-worker-")[2]
                queues[name], settings[name] = given["BANDSTAND_WORKER_QUEUES"], given["BANDSTAND_WORKER_CONCURRENCY"]
    assert queues == {
        "interactive": "interactive",
        "default": "interactive,default",
        "mailing": "bulk",
        "night": "default,bulk",
    }
    assert settings == {"interactive": "4", "default": "4", "mailing": "4", "night": "1"}
    scaled = {each["spec"]["scaleTargetRef"]["name"] for each in of_kind(found, "HorizontalPodAutoscaler")}
    assert scaled == {"band-bandstand-web", "band-bandstand-worker-mailing"}
    budgets = {each["metadata"]["name"] for each in of_kind(found, "PodDisruptionBudget")}
    assert "band-bandstand-worker-night" in budgets
    assert "band-bandstand-worker-mailing" not in budgets, "false is a value, too"


def test_scalers_look_at_more_and_go_as_fast_as_they_are_told():
    (web,) = [
        each["spec"]
        for each in of_kind(rendered(value_set_of("extras")), "HorizontalPodAutoscaler")
        if each["metadata"]["name"].endswith("-web")
    ]
    assert [each.get("resource", {}).get("name") for each in web["metrics"]] == ["cpu", "memory", None]
    assert web["behavior"]["scaleUp"] == {"stabilizationWindowSeconds": 60}
    assert web["behavior"]["scaleDown"] == {"stabilizationWindowSeconds": 900}


def test_webs_service_is_of_the_wanted_type():
    (service,) = [
        each["spec"]
        for each in of_kind(rendered(value_set_of("extras")), "Service")
        if each["metadata"]["name"].endswith("-web")
    ]
    assert (service["type"], service["externalTrafficPolicy"]) == ("LoadBalancer", "Local")
    assert service["ports"][0]["nodePort"] == 30080
    assert service["loadBalancerSourceRanges"] == ["203.0.113.0/24"]


def test_extra_objects_belong_to_the_release():
    configs = {each["metadata"]["name"]: each for each in of_kind(rendered(value_set_of("extras")), "ConfigMap")}
    assert configs["branding"]["data"] == {"logo.svg": "<svg/>"}
    assert configs["band-notes"]["data"] == {"host": "bands.example.org"}
    assert configs["branding"]["metadata"]["labels"]["app.kubernetes.io/instance"] == "band"


def trust(manifests: tuple[Manifest, ...]) -> list[tuple[str, dict[str, str], list[Manifest]]]:
    found = []
    for owner, pod in pod_templates(manifests):
        for container in containers(pod):
            given = {each["name"]: each["value"] for each in container.get("env", []) if "value" in each}
            if "BANDSTAND_PROFILE" in given:
                (volume,) = [each for each in pod["spec"]["volumes"] if each["name"] == "authorities"]
                assert any(each["name"] == "authorities" and each["readOnly"] for each in container["volumeMounts"])
                found.append((owner, given, volume["projected"]["sources"]))
    assert found
    return found


def test_postgresql_proves_its_name_to_the_operators_authorities():
    for owner, given, sources in trust(rendered(value_set_of("extras"))):
        assert given["PGSSLMODE"] == "verify-full"
        assert given["PGSSLROOTCERT"] == given["SSL_CERT_FILE"] == "/etc/bandstand-authorities/ca.crt"
        item = {"key": "bundle.pem", "path": "ca.crt"}
        assert sources == [{"configMap": {"name": "company-authorities", "items": [item]}}]
        asks_store = not any(part in owner for part in ("dispatcher", "migration", "test"))
        assert ("AWS_CA_BUNDLE" in given) is asks_store, owner


def test_postgresql_of_cloudnative_pg_proves_its_name_without_being_told():
    for _owner, given, sources in trust(rendered(value_set_of("kind"))):
        assert given["PGSSLMODE"] == "verify-full"
        assert given["PGSSLROOTCERT"] == "/etc/bandstand-authorities/database.crt"
        item = {"key": "ca.crt", "path": "database.crt"}
        assert sources == [{"secret": {"name": "band-bandstand-database-ca", "items": [item]}}]
        assert "SSL_CERT_FILE" not in given


def test_nothing_of_it_is_there_unless_asked_for():
    for manifest in of_kind(rendered(value_set_of("minimal")), "Deployment", "Job"):
        spec = manifest["spec"]["template"]["spec"]
        assert not {"initContainers", "affinity", "dnsConfig", "hostAliases"} & spec.keys(), name_of(manifest)
        assert [each["name"] for each in spec["volumes"]][:2] == ["secrets", "tmp"]
