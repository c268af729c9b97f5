"""The admission policy lets the reconciler of domains do its work, and somebody with its token nothing else."""

from __future__ import annotations

import json
from functools import cache

import cel
import pytest
import yaml

from bandstand_worker.cluster.configuration import ClusterConfiguration
from tests.deploy.domain_requests import Asked, abuses, honest
from tests.deploy.rendering import CHART, Manifest, of_kind, rendered_text

SETS = {
    "ingress": ["ingress-nginx.yaml", "--set", "customDomains.enabled=true,customDomains.issuerRef.name=letsencrypt"],
    "gateway": ["gateway.yaml"],
}
ACCOUNT = "system:serviceaccount:portals:band-bandstand-domains"
PLATFORM, MEDIA = "bands.example.org", "bands-files.example.net"


@cache
def manifests_of(way: str) -> tuple[Manifest, ...]:
    values, *more = SETS[way]
    text = rendered_text("--values", CHART / "ci" / values, *more)
    return tuple(document for document in yaml.safe_load_all(text) if document)


@cache
def configuration_of(way: str) -> ClusterConfiguration:
    (held,) = [held for held in of_kind(manifests_of(way), "ConfigMap") if "cluster.json" in held["data"]]
    return ClusterConfiguration(**json.loads(held["data"]["cluster.json"]))


def refused(way: str, asked: Asked, *, by: str = ACCOUNT) -> list[str]:
    """Return the messages with which the rendered policy refuses a request, evaluated as an API server does."""
    (policy,) = of_kind(manifests_of(way), "ValidatingAdmissionPolicy")
    spec, variables = policy["spec"], {}
    about = {
        "object": asked.body,
        "oldObject": asked.before,
        "request": {"operation": asked.operation, "kind": {"kind": asked.kind.kind}, "userInfo": {"username": by}},
        "variables": variables,
    }
    if not all(cel.evaluate(each["expression"], about) for each in spec["matchConditions"]):
        return []
    for each in spec["variables"]:
        variables[each["name"]] = cel.evaluate(each["expression"], about)
    return [each["message"] for each in spec["validations"] if not _holds(each["expression"], about)]


def _holds(expression: str, about: dict[str, object]) -> bool:
    try:
        return cel.evaluate(expression, about) is True
    except (KeyError, RuntimeError, TypeError, ValueError):
        return False  # failurePolicy: Fail


@pytest.mark.parametrize("way", SETS)
def test_the_reconciler_can_do_its_work(way):
    for asked in honest(configuration_of(way)):
        assert refused(way, asked) == [], asked


@pytest.mark.parametrize("way", SETS)
def test_somebody_with_its_token_can_do_nothing_else(way):
    tried = 0
    for name, asked in abuses(configuration_of(way), platform=PLATFORM, media=MEDIA):
        assert refused(way, asked), name
        tried += 1
    assert tried > 30


def test_it_refuses_for_the_reason_that_it_names():
    """Each rule refuses something on its own: one that never does would go unnoticed if it were wrong."""
    for way in SETS:
        (policy,) = of_kind(manifests_of(way), "ValidatingAdmissionPolicy")
        alone = {
            tuple(said)
            for _name, asked in abuses(configuration_of(way), platform=PLATFORM, media=MEDIA)
            if len(said := refused(way, asked)) == 1
        }
        unused = {"ingress": ("listener", "route"), "gateway": ("ingress",)}[way]
        for each in policy["spec"]["validations"]:
            expected = not any(f" {word} of the reconciler" in each["message"] for word in unused)
            assert ((each["message"],) in alone) is expected, each["message"]


@pytest.mark.parametrize("way", SETS)
def test_it_judges_nobody_else_and_everything_that_the_role_lets_it_write(way):
    (policy,) = of_kind(manifests_of(way), "ValidatingAdmissionPolicy")
    (binding,) = of_kind(manifests_of(way), "ValidatingAdmissionPolicyBinding")
    (role,) = of_kind(manifests_of(way), "Role")
    (rule,) = policy["spec"]["matchConstraints"]["resourceRules"]
    written = {
        (group, resource)
        for each in role["rules"]
        if {"create", "patch", "delete"} & set(each["verbs"])
        for group in each["apiGroups"]
        for resource in each["resources"]
    }
    assert {group for group, _resource in written} == set(rule["apiGroups"])
    assert {resource for _group, resource in written} == set(rule["resources"])
    assert policy["spec"]["failurePolicy"] == "Fail"
    assert binding["spec"] == {"policyName": policy["metadata"]["name"], "validationActions": ["Deny"]}
    for _name, asked in abuses(configuration_of(way), platform=PLATFORM, media=MEDIA):
        assert refused(way, asked, by="system:serviceaccount:portals:somebody") == []


def test_it_can_be_left_to_the_clusters_administrators():
    text = rendered_text("--values", CHART / "ci" / "gateway.yaml", "--set", "customDomains.admissionPolicy=false")
    assert "ValidatingAdmissionPolicy" not in text
