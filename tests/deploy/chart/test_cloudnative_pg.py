"""PostgreSQL from CloudNativePG: made empty or of another's backups, pooled, watched, and reached by few."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

import yaml

from tests.deploy.rendering import (
    NAMESPACE,
    ROOT,
    Manifest,
    of_kind,
    pod_templates,
    rendered,
    rendered_text,
    value_set_of,
)

RESTORED = "band-bandstand-database-2"
RUNBOOK = (ROOT / "docs/runbooks/database-restore.md").read_text()


def restored() -> tuple[Manifest, ...]:
    return rendered(value_set_of("database-restore"))


def only(kind: str, name: str, manifests: tuple[Manifest, ...]) -> Manifest:
    (found,) = [each for each in of_kind(manifests, kind) if each["metadata"]["name"] == name]
    return found


def test_it_is_made_of_anothers_backups_up_to_a_moment():
    spec = only("Cluster", RESTORED, restored())["spec"]
    assert spec["bootstrap"] == {
        "recovery": {
            "source": "origin",
            "database": "bandstand",
            "owner": "bandstand_owner",
            "recoveryTarget": {"targetTime": "2026-11-29 03:00:00+00"},
        }
    }
    (origin,) = spec["externalClusters"]
    parameters = origin["plugin"]["parameters"]
    assert origin["name"] == spec["bootstrap"]["recovery"]["source"]
    assert parameters["serverName"] == "band-bandstand-database"
    store = only("ObjectStore", parameters["barmanObjectName"], restored())["spec"]
    assert store["configuration"]["destinationPath"] == "s3://backups/bandstand"
    assert "retentionPolicy" not in store, "nothing of the lost one is deleted"


def test_it_archives_under_another_name_than_the_one_that_was_lost():
    spec = only("Cluster", RESTORED, restored())["spec"]
    (plugin,) = spec["plugins"]
    assert plugin["isWALArchiver"] is True
    assert only("ObjectStore", plugin["parameters"]["barmanObjectName"], restored())["spec"]["retentionPolicy"] == "30d"
    assert "serverName" not in plugin["parameters"], "without one of its own it is the cluster's name"
    assert spec["externalClusters"][0]["plugin"]["parameters"]["serverName"] != RESTORED


def test_an_empty_one_is_made_without_recovery():
    (cluster,) = of_kind(rendered(value_set_of("cloudnative-pg")), "Cluster")
    assert set(cluster["spec"]["bootstrap"]) == {"initdb"}
    assert "externalClusters" not in cluster["spec"]
    assert cluster["metadata"]["name"] == "band-bandstand-database"


def test_backups_of_elsewhere_have_a_place_of_their_own():
    text = rendered_text(
        *("--values", value_set_of("database-restore")),
        "--set=cloudnativePG.recovery.destinationPath=s3://other/place,cloudnativePG.backup.enabled=false",
        "--show-only=templates/cloudnative-pg.yaml",
    )
    assert text.count("kind: ObjectStore") == 1
    assert "destinationPath: s3://other/place" in text


def test_the_name_is_used_by_all_who_need_the_database():
    manifests = restored()
    named = {
        source["secret"]["name"]
        for owner, pod in pod_templates(manifests)
        for volume in pod["spec"]["volumes"]
        for source in volume.get("projected", {}).get("sources", [])
        if "secret" in source
    }
    assert named == {"bandstand", f"{RESTORED}-app", f"{RESTORED}-ca"}


def test_the_pooler_proves_its_name_by_the_servers_certificate():
    pooler = only("Pooler", f"{RESTORED}-pooler", restored())
    assert pooler["spec"]["cluster"]["name"] == RESTORED
    assert pooler["spec"]["pgbouncer"]["poolMode"] == "transaction"
    names = only("Cluster", RESTORED, restored())["spec"]["certificates"]["serverAltDNSNames"]
    assert names == [f"{RESTORED}-pooler", f"{RESTORED}-pooler.{NAMESPACE}", f"{RESTORED}-pooler.{NAMESPACE}.svc"]


def test_servers_and_pooler_are_watched():
    monitors = {each["metadata"]["name"]: each for each in of_kind(restored(), "PodMonitor")}
    assert {name: each["spec"]["selector"]["matchLabels"] for name, each in monitors.items()} == {
        RESTORED: {"cnpg.io/cluster": RESTORED, "cnpg.io/podRole": "instance"},
        f"{RESTORED}-pooler": {"cnpg.io/poolerName": f"{RESTORED}-pooler"},
    }
    assert all(each["metadata"]["labels"]["release"] == "prometheus" for each in monitors.values())


def test_it_is_reached_by_this_release_its_like_and_its_operator():
    policy = only("NetworkPolicy", RESTORED, restored())["spec"]
    assert policy["podSelector"]["matchLabels"] == {"cnpg.io/cluster": RESTORED}
    assert set(policy["policyTypes"]) == {"Ingress", "Egress"}
    ours = {"app.kubernetes.io/name": "bandstand", "app.kubernetes.io/instance": "band"}
    clients, operator, metrics = policy["ingress"]
    assert clients["ports"] == [{"protocol": "TCP", "port": 5432}]
    assert [peer["podSelector"]["matchLabels"] for peer in clients["from"]] == [ours, {"cnpg.io/cluster": RESTORED}]
    assert {port["port"] for port in operator["ports"]} == {5432, 8000}
    assert operator["from"][0]["namespaceSelector"]["matchLabels"] == {"kubernetes.io/metadata.name": "cnpg-system"}
    assert {port["port"] for port in metrics["ports"]} == {9187, 9127}
    ports = {port["port"] for rule in policy["egress"] for port in rule["ports"]}
    assert ports == {53, 5432, 8000, 6443, 9000}, "DNS, each other, the API server, the backups"


def test_the_runbooks_values_make_the_new_one(tmp_path: Path):
    block = re.search(r"^ *```\n(   cloudnativePG:\n.*?)^ *```", RUNBOOK, re.DOTALL | re.MULTILINE)
    assert block
    (tmp_path / "values.yaml").write_text(textwrap.dedent(block[1]))
    text = rendered_text("--values", value_set_of("cloudnative-pg"), "--values", tmp_path / "values.yaml")
    (cluster,) = of_kind(tuple(each for each in yaml.safe_load_all(text) if each), "Cluster")
    assert cluster["metadata"]["name"] == "bandstand-database-2"
    assert cluster["spec"]["bootstrap"]["recovery"]["recoveryTarget"] == {"targetTime": "2026-11-29 03:00:00+00"}


def test_without_a_moment_it_goes_back_to_the_newest():
    setting = "--set=cloudnativePG.name=a,cloudnativePG.recovery.enabled=true,cloudnativePG.recovery.serverName=b"
    text = rendered_text(
        "--values", value_set_of("cloudnative-pg"), setting, "--show-only=templates/cloudnative-pg.yaml"
    )
    assert "recoveryTarget" not in text
