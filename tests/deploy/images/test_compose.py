"""compose.yaml runs the images as the chart does, and sets what Bandstand reads."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest
import yaml

from bandstand.settings.environment import Environment
from tests.deploy.rendering import ROOT

OURS = ("migrate", "web", "worker", "dispatcher")


@pytest.fixture
def services() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    return found


@pytest.mark.parametrize("name", OURS)
def test_bandstands_services_run_hardened(services, name):
    service = services[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["tmpfs"][0].startswith("/tmp:noexec")  # noqa: S108 - inside the container


@pytest.mark.parametrize("name", OURS)
def test_variables_are_those_that_bandstand_reads(services, name):
    known = {field.metadata["name"] for field in fields(Environment)}
    given = {key: value.replace("${", "") for key, value in services[name]["environment"].items()}
    assert given.keys() <= known
    Environment.read({key: value.split(":-")[-1].rstrip("}") for key, value in given.items()})


def test_only_migrations_are_the_owner(services):
    assert "bandstand_owner:" in services["migrate"]["environment"]["DATABASE_URL"]
    for name in OURS[1:]:
        assert "bandstand_owner" not in services[name]["environment"]["DATABASE_URL"]


def test_every_file_that_is_mounted_exists(services):
    for service in services.values():
        for volume in service.get("volumes", []):
            if volume.startswith("./"):
                assert (ROOT / volume.split(":")[0]).is_file()


def test_nothing_but_the_way_in_is_open_to_others(services):
    opened = {name: service["ports"] for name, service in services.items() if "ports" in service}
    assert opened == {"caddy": ["443:443", "80:80"], "mail": ["127.0.0.1:8025:8025"]}
