"""A cell that is added to another, as docs/runbooks/cell-added.md does it with the values of `ci/`."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
import yaml

from tests.deploy.rendering import Manifest, name_of, of_kind, pod_templates, rendered, value_set_of

SETS = {"north": "cells", "south": "second-cell"}


def environment_of(cell: str) -> dict[str, str]:
    """Return the variables of a cell's web."""
    (pod,) = [pod for owner, pod in pod_templates(rendered(value_set_of(SETS[cell]))) if owner.endswith("-web")]
    return {each["name"]: each.get("value", "") for each in pod["spec"]["containers"][0]["env"]}


def policy_of(cell: str, component: str) -> Manifest:
    policies = of_kind(rendered(value_set_of(SETS[cell])), "NetworkPolicy")
    (policy,) = [each for each in policies if name_of(each).endswith(f"-{component}")]
    found: Manifest = policy["spec"]
    return found


def in_namespace(name: str) -> Manifest:
    return {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": name}}}


def test_both_serve_one_platform_and_know_each_other():
    north, south = environment_of("north"), environment_of("south")
    for shared in ("BANDSTAND_PUBLIC_URL", "BANDSTAND_TRUSTED_PROXIES"):
        assert north[shared] == south[shared]
    known = {north["BANDSTAND_CELL"]: north["BANDSTAND_CELLS"], south["BANDSTAND_CELL"]: south["BANDSTAND_CELLS"]}
    assert {name: sorted(each.split("=")[0] for each in others.split(",")) for name, others in known.items()} == {
        "north": ["south", "west"],
        "south": ["north", "west"],
    }


@pytest.mark.parametrize(("cell", "other"), [("north", "south"), ("south", "north")])
def test_each_reaches_the_others_web_at_its_service(cell: str, other: str):
    others = dict(each.split("=", 1) for each in environment_of(cell)["BANDSTAND_CELLS"].split(","))
    address = urlsplit(others[other])
    (service,) = [
        each for each in of_kind(rendered(value_set_of(SETS[other])), "Service") if name_of(each).endswith("-web")
    ]
    assert (address.port or 80) in {port["port"] for port in service["spec"]["ports"]}
    assert address.hostname == f"bandstand-web.{other}.svc"

    for component in ("web", "worker"):
        rules = policy_of(cell, component)["egress"]
        opened = [port["port"] for rule in rules if in_namespace(other) in rule.get("to", []) for port in rule["ports"]]
        assert 8000 in opened, component  # the pod's own: policies look behind Services
    assert in_namespace(cell) in policy_of(other, "web")["ingress"][0]["from"]


def test_the_second_has_its_own_servers_and_is_open_to_nobody_else():
    there = rendered(value_set_of("second-cell"))
    kinds = {each["kind"] for each in there}
    assert "Cluster" in kinds
    assert any(name_of(each).endswith("-valkey") for each in of_kind(there, "StatefulSet"))
    assert not kinds & {"Ingress", "Gateway", "HTTPRoute", "Certificate"}
    assert policy_of("south", "web")["ingress"][0]["from"] == [in_namespace("north")]


def test_their_backups_are_kept_apart():
    values = yaml.safe_load(value_set_of("second-cell").read_text())
    assert values["cells"]["name"] in values["backups"]["location"]
