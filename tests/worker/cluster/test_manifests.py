"""The objects of one domain, and the file that says how they look."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from jsonschema import ValidationError

from bandstand_worker.cluster.comparing import covers
from bandstand_worker.cluster.configuration import ClusterConfiguration
from bandstand_worker.cluster.manifests import CERTIFICATE, INGRESS, bodies, object_name
from tests.worker.cluster.schemas import validate
from tests.worker.cluster.settings import settings_for

LONG = f"{'a' * 63}.{'b' * 63}.{'c' * 63}.{'d' * 40}.com"


@pytest.mark.parametrize("publish_by", ["ingress", "gateway"])
@pytest.mark.parametrize("domain", ["www.theband.com", "xn--gre-6ka8l.de", LONG])
def test_it_makes_what_an_api_server_takes(publish_by: str, domain: str) -> None:
    for body in bodies(settings_for(publish_by, owner="bandstand-domains"), domain, "uid").values():
        validate(body)


def test_it_would_notice_what_an_api_server_refuses() -> None:
    made = bodies(settings_for(), "www.theband.com")
    made[CERTIFICATE]["spec"]["secret"] = "typo"
    with pytest.raises(ValidationError):
        validate(made[CERTIFICATE])
    made[INGRESS]["spec"]["rules"][0]["hots"] = "typo"
    with pytest.raises(Exception, match="hots"):
        validate(made[INGRESS])


def test_it_names_objects_by_their_domain_for_good() -> None:
    assert object_name("www.theband.com") == "domain-cb5f4dc8b7dc87d57fd5c782"
    assert object_name("www.theband.com") != object_name("theband.com")
    assert len(object_name(LONG)) < 63


@pytest.mark.parametrize(
    ("live", "wanted", "same"),
    [
        ({"a": 1, "b": 2}, {"a": 1}, True),
        ({"a": 1}, {"a": 1, "b": 2}, False),
        ({"a": [{"x": 1, "default": 0}]}, {"a": [{"x": 1}]}, True),
        ({"a": [{"x": 1}, {"x": 2}]}, {"a": [{"x": 1}]}, False),
        ({"a": "1"}, {"a": 1}, False),
        (None, {"a": 1}, False),
        ({"a": {}}, {"a": []}, False),
    ],
)
def test_it_tells_drift_from_what_others_add(live: object, wanted: object, same: bool) -> None:
    assert covers(live, wanted) is same


def configured(folder: Path, **changes: object) -> ClusterConfiguration:
    values = {
        "namespace": "n",
        "instance": "i",
        "publish_by": "ingress",
        "service": "web",
        "service_port": 8000,
        "issuer_kind": "Issuer",
        "issuer": "acme",
        **changes,
    }
    path = folder / "cluster.json"
    path.write_text(json.dumps({name: value for name, value in values.items() if value is not None}))
    return ClusterConfiguration.read(str(path))


def test_it_reads_the_charts_file(tmp_path: Path) -> None:
    assert configured(tmp_path).service_port == 8000


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"service": None}, "incomplete"),
        ({"sevice": "typo"}, "unknown settings: sevice"),
        ({"publish_by": "pigeon"}, "ingress or gateway"),
        ({"publish_by": "gateway"}, "gateway must be named"),
    ],
)
def test_it_refuses_a_file_that_makes_no_sense(tmp_path: Path, changes: dict[str, object], problem: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=problem):
        configured(tmp_path, **changes)


def test_it_names_the_variable_when_there_is_no_file(tmp_path: Path) -> None:
    for path in ("", str(tmp_path / "missing.json")):
        with pytest.raises(ImproperlyConfigured, match="BANDSTAND_CLUSTER_CONFIG"):
            ClusterConfiguration.read(path)
