"""Alerts and the dashboard use figures that exist, and every alert leads to a runbook that exists.

When they are told is acted out in test_alerts.py.
"""

from __future__ import annotations

import json
import re

import pytest

from tests.deploy.rendering import CHART, ROOT, Manifest, name_of, of_kind, rendered, value_set_of

RUNBOOKS = ROOT / "docs" / "runbooks"
OWN = re.compile(r"\bbandstand_[a-z_]+")
# Of kube-state-metrics, the kubelet, cert-manager and CloudNativePG.
OTHERS = {
    "kube_deployment_status_replicas_available",
    "kube_deployment_status_replicas_unavailable",
    "kube_cronjob_status_last_successful_time",
    "kube_cronjob_created",
    "kube_job_created",
    "kube_statefulset_status_replicas_ready",
    "cnpg_backends_total",
    "cnpg_pg_settings_setting",
    "certmanager_certificate_ready_status",
    "kube_job_failed",
    "kube_job_complete",
    "kubelet_volume_stats_available_bytes",
    "kubelet_volume_stats_capacity_bytes",
    "certmanager_certificate_expiration_timestamp_seconds",
    "container_memory_working_set_bytes",
    "container_cpu_usage_seconds_total",
}


@pytest.fixture
def rules() -> list[Manifest]:
    (rule,) = of_kind(rendered(value_set_of("production")), "PrometheusRule")
    found: list[Manifest] = rule["spec"]["groups"][0]["rules"]
    return found


def exported() -> set[str]:
    """Return the names of metrics that dispatcher and web make."""
    web = "web/bandstand_web"
    sources = ("worker/bandstand_worker/metrics.py", f"{web}/middleware/traffic.py", f"{web}/pool_figures.py")
    text = "".join((ROOT / "services" / source).read_text() for source in sources)
    return set(re.findall(r'"(bandstand_[a-z_]+)"', text))


def metrics_of(expression: str) -> set[str]:
    return {re.sub(r"_(bucket|count|sum|total)$", "", name) for name in OWN.findall(expression)}


def test_alerts_use_metrics_that_are_exported(rules):
    for rule in rules:
        outside = set(re.findall(r"\b(?:kube|kubelet|certmanager|container|cnpg)_[a-z_]+", rule["expr"]))
        assert metrics_of(rule["expr"]) <= exported(), rule["alert"]
        assert outside <= OTHERS, rule["alert"]
        assert outside or metrics_of(rule["expr"]), rule["alert"]


def test_a_missing_backup_is_told_where_the_chart_makes_some(rules):
    assert "BandstandBackupMissing" not in {rule["alert"] for rule in rules}
    there = rendered(value_set_of("backups"))
    (made,) = of_kind(there, "PrometheusRule")
    (rule,) = [each for each in made["spec"]["groups"][0]["rules"] if each["alert"] == "BandstandBackupMissing"]
    patterns = set(re.findall(r'cronjob=~"([^"]+)"', rule["expr"]))
    jobs = {job["metadata"]["name"]: job["spec"]["suspend"] for job in of_kind(there, "CronJob")}
    watched = {name for name in jobs for pattern in patterns if re.fullmatch(pattern, name)}

    assert watched == {name for name, suspended in jobs.items() if not suspended and "backup" in name}
    assert len(watched) == 2
    assert (RUNBOOKS / rule["annotations"]["runbook_url"]).is_file()


def test_the_dashboard_uses_metrics_that_are_exported():
    dashboard = json.loads((CHART / "dashboards/bandstand.json").read_text())
    for panel in dashboard["panels"]:
        for target in panel["targets"]:
            assert metrics_of(target["expr"]) <= exported(), panel["title"]


def test_the_rendered_dashboard_is_the_file():
    configs = of_kind(rendered(value_set_of("production")), "ConfigMap")
    (dashboard,) = [config["data"]["bandstand.json"] for config in configs if "bandstand.json" in config["data"]]
    assert json.loads(dashboard)["title"] == "Bandstand"


@pytest.mark.parametrize("component", ["dispatcher", "web"])
def test_prometheus_finds_the_figures_of_each_pod(component: str):
    there = rendered(value_set_of("production"))
    (deployment,) = [each for each in of_kind(there, "Deployment") if name_of(each).endswith(f"-{component}")]
    pod = deployment["spec"]["template"]
    (container,) = pod["spec"]["containers"]
    variable = {"dispatcher": "BANDSTAND_METRICS_PORT", "web": "BANDSTAND_WEB_METRICS_PORT"}[component]
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    assert {"name": variable, "value": str(ports["metrics"])} in container["env"]

    (monitor,) = [each for each in of_kind(there, "ServiceMonitor") if name_of(each).endswith(f"-{component}")]
    wanted = monitor["spec"]["selector"]["matchLabels"].items()
    (service,) = [each for each in of_kind(there, "Service") if wanted <= each["metadata"]["labels"].items()]
    assert [port["name"] for port in service["spec"]["ports"]] == ["metrics"]
    assert service["spec"]["selector"].items() <= pod["metadata"]["labels"].items()
    assert service["spec"]["clusterIP"] == "None"

    (policy,) = [each for each in of_kind(there, "NetworkPolicy") if name_of(each).endswith(f"-{component}")]
    rules = [rule for rule in policy["spec"]["ingress"] if rule["ports"][0]["port"] == "metrics"]
    monitoring = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}
    assert [rule["from"] for rule in rules] == [[monitoring]]


def test_alerts_say_what_to_do_and_where_it_is_written(rules):
    for rule in rules:
        assert rule["labels"]["severity"] in {"critical", "warning"}
        assert {"summary", "description"} <= rule["annotations"].keys()
        url = rule["annotations"]["runbook_url"]
        assert url.startswith("https://docs.bands.example.org/runbooks/")
        assert (RUNBOOKS / url.rsplit("/", 1)[1]).is_file(), url
