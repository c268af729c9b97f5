"""Nothing may talk to anything unless a policy says so."""

from __future__ import annotations

import pytest
import yaml

from tests.deploy.chart_selection import selected
from tests.deploy.rendering import (
    VALUE_SETS,
    Manifest,
    of_kind,
    pod_templates,
    rendered,
    rendered_text,
    saves,
    value_set_of,
)

STORE = {443}
NODE_LOCAL_DNS = "169.254.20.10/32"


@pytest.fixture(params=[path for path in VALUE_SETS if path.stem != "open-network"], ids=lambda path: path.stem)
def manifests(request: pytest.FixtureRequest) -> tuple[Manifest, ...]:
    return rendered(request.param)


@pytest.fixture
def policies(manifests) -> list[Manifest]:
    return of_kind(manifests, "NetworkPolicy")


def of(policies: list[Manifest], owner: str, manifests: tuple[Manifest, ...]) -> list[Manifest]:
    return [policy for policy in policies if owner in selected(policy["spec"]["podSelector"], manifests)]


def test_every_pod_is_denied_everything_first(policies, manifests):
    everyone = {owner for owner, _ in pod_templates(manifests)}
    closed = [
        policy
        for policy in policies
        if not policy["spec"].get("ingress")
        and not policy["spec"].get("egress")
        and set(policy["spec"]["policyTypes"]) == {"Ingress", "Egress"}
    ]
    assert any(selected(policy["spec"]["podSelector"], manifests) == everyone for policy in closed)


def test_every_pod_that_runs_bandstand_reaches_dns_database_and_redis(policies, manifests):
    for owner, _pod in pod_templates(manifests):
        if "valkey" in owner:
            continue
        rules = [rule for policy in of(policies, owner, manifests) for rule in policy["spec"].get("egress", [])]
        ports = {port["port"] for rule in rules for port in rule["ports"]}
        assert 53 in ports, owner
        assert ports & {5432, 6432}, owner
        assert bool(ports & {6379, 6380}) is not owner.endswith("-domains"), owner  # it has no use for Redis


def test_every_pod_that_runs_bandstand_reaches_a_dns_cache_on_its_node(policies, manifests):
    for owner, _pod in pod_templates(manifests):
        if "valkey" in owner:
            continue
        rules = [rule for policy in of(policies, owner, manifests) for rule in policy["spec"].get("egress", [])]
        asked = [rule for rule in rules if {"ipBlock": {"cidr": NODE_LOCAL_DNS}} in rule.get("to", [])]
        ports = [(port["protocol"], port["port"]) for rule in asked for port in rule["ports"]]
        assert ports == [("UDP", 53), ("TCP", 53)], owner


def test_controllers_on_the_network_of_their_nodes_reach_web_and_what_answers_behind_kube_dns_is_asked():
    manifests = rendered(value_set_of("host-network"))
    policies = {policy["metadata"]["name"]: policy["spec"] for policy in of_kind(manifests, "NetworkPolicy")}
    nodes = [{"ipBlock": {"cidr": "10.20.0.0/16"}}]
    called = [rule for rule in policies["band-bandstand-web"]["ingress"] if "ipBlock" in rule["from"][0]]
    assert [rule["ports"][0]["port"] for rule in called] == ["http", "metrics"]
    assert all(rule["from"] == nodes for rule in called)
    for name in ("web", "worker", "dispatcher"):
        (dns,) = [rule for rule in policies[f"band-bandstand-{name}"]["egress"] if rule["ports"][0]["port"] == 53]
        assert {"ipBlock": {"cidr": "10.96.0.10/32"}} in dns["to"], name


def test_name_servers_are_asked_on_the_port_that_they_listen_on(tmp_path):
    """A policy sees the packet after the Service: OpenShift's name servers listen on 5353."""
    there = [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "openshift-dns"}}}]
    values = tmp_path / "openshift.yaml"
    values.write_text(yaml.safe_dump({"networkPolicy": {"egress": {"dns": {"to": there, "ports": [5353]}}}}))
    production = value_set_of("production")
    changed = tuple(yaml.safe_load_all(rendered_text("--values", production, "--values", values)))

    asked = [rule for rule in leaving(changed) if rule.get("to") == there]
    usual = [
        rule for rule in leaving(rendered(production)) if {"ipBlock": {"cidr": NODE_LOCAL_DNS}} in rule.get("to", [])
    ]
    assert len(asked) == len(usual) > 5
    for rule in asked:
        assert rule["ports"] == [{"protocol": "UDP", "port": 5353}, {"protocol": "TCP", "port": 5353}]


def leaving(manifests: tuple[Manifest, ...]) -> list[Manifest]:
    """Return the rules of all policies that let packets out."""
    policies = of_kind(tuple(each for each in manifests if each), "NetworkPolicy")
    return [rule for policy in policies for rule in policy["spec"].get("egress") or []]


def test_only_workers_may_send_mail(policies, manifests):
    for owner, _pod in pod_templates(manifests):
        if owner.endswith("-domains") or saves(owner):
            continue
        rules = [rule for policy in of(policies, owner, manifests) for rule in policy["spec"].get("egress", [])]
        ports = {port["port"] for rule in rules for port in rule["ports"]}
        if owner.endswith("-web"):
            ports -= STORE  # its bucket
        assert bool(ports & {587, 465, 443}) is ("-worker-" in owner), owner


def test_only_backups_reach_the_object_store():
    manifests = rendered(value_set_of("backups"))
    policies = of_kind(manifests, "NetworkPolicy")
    for owner, _pod in pod_templates(manifests):
        rules = [rule for policy in of(policies, owner, manifests) for rule in policy["spec"].get("egress", [])]
        ports = {port["port"] for rule in rules for port in rule["ports"]}
        to_anywhere = {port["port"] for rule in rules if "to" not in rule for port in rule["ports"]}
        assert (443 in to_anywhere) is saves(owner), owner
        assert not (saves(owner) and ports & {587, 465}), owner


def test_web_and_workers_ask_other_cells_and_web_alone_a_replica():
    manifests = rendered(value_set_of("cells"))
    policies = of_kind(manifests, "NetworkPolicy")
    south = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "south"}}}
    west = {"ipBlock": {"cidr": "192.0.2.7/32"}}
    for owner, _pod in pod_templates(manifests):
        rules = [rule for policy in of(policies, owner, manifests) for rule in policy["spec"].get("egress", [])]
        opened = [(rule["to"], [port["port"] for port in rule["ports"]]) for rule in rules if "to" in rule]
        assert (([south, west], [8000, 443]) in opened) is (owner.endswith("-web") or "-worker-" in owner), owner
        assert (([{"ipBlock": {"cidr": "10.0.5.11/32"}}], [5433]) in opened) is owner.endswith("-web"), owner
    (web,) = of(policies, "Deployment/band-bandstand-web", manifests)[1:]
    assert south in web["spec"]["ingress"][0]["from"]


def test_web_and_workers_send_traces_where_a_collector_is_set():
    manifests = rendered(value_set_of("production"))
    policies = of_kind(manifests, "NetworkPolicy")
    collector = [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}]
    for owner, pod in pod_templates(manifests):
        rules = [rule for policy in of(policies, owner, manifests) for rule in policy["spec"].get("egress", [])]
        opened = [rule["to"] for rule in rules if 4318 in [port["port"] for port in rule["ports"]]]
        assert opened == ([collector] if owner.endswith("-web") or "-worker-" in owner else []), owner
        variables = {each["name"]: each.get("value") for each in pod["spec"]["containers"][0].get("env", [])}
        if opened:
            assert variables["OTEL_EXPORTER_OTLP_ENDPOINT"] == "http://collector.monitoring:4318"
            assert variables["BANDSTAND_TRACES_SHARE"] == "0.05"
    for policy in of_kind(rendered(value_set_of("minimal")), "NetworkPolicy"):
        assert 4318 not in {port["port"] for rule in policy["spec"].get("egress", []) for port in rule["ports"]}


def test_without_cells_and_a_replica_web_has_no_way_to_them():
    without = rendered(value_set_of("minimal"))
    for policy in of_kind(without, "NetworkPolicy"):
        ports = {port["port"] for rule in policy["spec"].get("egress", []) for port in rule["ports"]}
        assert 8000 not in ports, policy["metadata"]["name"]


@pytest.mark.parametrize(("values", "port"), [("object-storage", 9000), ("cloud-roles", 443)])
def test_files_in_a_bucket_are_reached_by_those_who_touch_them(values: str, port: int):
    manifests = rendered(value_set_of(values))
    policies = of_kind(manifests, "NetworkPolicy")
    agent = {"ipBlock": {"cidr": "169.254.170.23/32"}}
    for owner, _pod in pod_templates(manifests):
        rules = [rule for policy in of(policies, owner, manifests) for rule in policy["spec"].get("egress", [])]
        touches_files = owner.endswith("-web") or "-worker-" in owner or saves(owner)
        assert any(entry["port"] == port for rule in rules for entry in rule["ports"]) is touches_files, owner
        asks_the_agent = any(rule.get("to") == [agent] and rule["ports"][0]["port"] == 80 for rule in rules)
        assert asks_the_agent is (touches_files and values == "cloud-roles"), owner


def test_workers_alone_fetch_what_links_lead_to_and_nothing_inside(policies, manifests):
    for owner, _pod in pod_templates(manifests):
        rules = [rule for policy in of(policies, owner, manifests) for rule in policy["spec"].get("egress", [])]
        blocks = [peer["ipBlock"] for rule in rules for peer in rule.get("to", []) if "ipBlock" in peer]
        world = [block for block in blocks if block["cidr"] in {"0.0.0.0/0", "2000::/3"}]
        assert bool(world) is ("-worker-" in owner), owner
        for inner in (
            "10.0.0.0/8",
            "169.254.0.0/16",
            "172.16.0.0/12",
            "192.168.0.0/16",
            "127.0.0.0/8",
            "100.64.0.0/10",
        ):
            assert all(inner in block["except"] for block in world if "." in block["cidr"]), (owner, inner)


def test_addresses_that_links_may_lead_to_are_opened_for_workers_at_their_port():
    manifests = rendered(value_set_of("production"))
    policies = {policy["metadata"]["name"]: policy["spec"] for policy in of_kind(manifests, "NetworkPolicy")}
    opened = [
        (peer["ipBlock"]["cidr"], port["port"])
        for rule in policies["band-bandstand-worker"]["egress"]
        for peer in rule.get("to", [])
        for port in rule["ports"]
        if peer.get("ipBlock", {}).get("cidr") in {"10.40.0.7/32", "10.41.0.0/16", "fd00::7/128"}
    ]
    assert opened == [("10.40.0.7/32", 8443), ("10.41.0.0/16", 443), ("fd00::7/128", 443)]


def test_every_rule_names_ports(policies):
    for policy in policies:
        for rule in [*(policy["spec"].get("ingress") or []), *(policy["spec"].get("egress") or [])]:
            assert rule["ports"], policy["metadata"]["name"]


def test_only_web_metrics_and_valkey_can_be_called(policies, manifests):
    for owner, _pod in pod_templates(manifests):
        open_ports = {
            port["port"]
            for policy in of(policies, owner, manifests)
            for rule in policy["spec"].get("ingress") or []
            for port in rule["ports"]
        }
        expected = {"web": {"http", "metrics"}, "valkey": {"valkey"}, "dispatcher": {"metrics"}}
        kind = owner.removesuffix("-pages").rsplit("-", 1)[1]
        assert open_ports <= expected.get(kind, set()), owner


def test_peers_given_by_the_operator_are_used():
    manifests = rendered(value_set_of("production"))
    policies = {policy["metadata"]["name"]: policy for policy in of_kind(manifests, "NetworkPolicy")}
    web = policies["band-bandstand-web"]["spec"]
    controller = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "haproxy-controller"}}}
    assert web["ingress"][0]["from"] == [controller]
    database = next(rule for rule in web["egress"] if rule["ports"][0]["port"] == 5432)
    assert database["to"] == [{"ipBlock": {"cidr": "10.20.0.0/16"}}]


def test_only_the_reconciler_reaches_the_api_server():
    manifests = rendered(value_set_of("production"))
    policies = {policy["metadata"]["name"]: policy["spec"] for policy in of_kind(manifests, "NetworkPolicy")}
    peer = {"ipBlock": {"cidr": "10.30.0.1/32"}}
    reaching = [
        name for name, policy in policies.items() for rule in policy.get("egress") or [] if peer in rule.get("to", [])
    ]
    assert reaching == ["band-bandstand-domains"]


def test_workers_reach_the_resolvers_that_are_asked_about_domains():
    manifests = rendered(value_set_of("production"))
    policies = {policy["metadata"]["name"]: policy["spec"] for policy in of_kind(manifests, "NetworkPolicy")}
    resolvers = [
        peer["ipBlock"]["cidr"]
        for rule in policies["band-bandstand-worker"]["egress"]
        if rule["ports"][0]["port"] == 53
        for peer in rule.get("to", [])
        if "ipBlock" in peer
    ]
    assert resolvers == [NODE_LOCAL_DNS, "9.9.9.9/32", "1.1.1.1/32", "2001:4860:4860::8888/128"]


def test_they_can_be_switched_off():
    assert of_kind(rendered(value_set_of("open-network")), "NetworkPolicy") == []
