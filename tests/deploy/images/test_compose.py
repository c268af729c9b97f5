"""compose.yaml runs the images as the chart does, and sets what Bandstand reads."""

from __future__ import annotations

import subprocess
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
def test_variables_are_those_that_bandstand_reads(services, name, tmp_path):
    known = {field.metadata["name"] for field in fields(Environment)}
    given = {key: value.replace("${", "") for key, value in services[name]["environment"].items()}
    assert {key.removesuffix("_FILE") for key in given} <= known
    given["SECRET_KEY_FILE"] = str(made_key(services, tmp_path))
    Environment.read({key: value.split(":-")[-1].rstrip("}") for key, value in given.items()})


def test_no_secret_key_stands_in_the_file(services, tmp_path):
    """Each installation makes its own at the first start, before anything else, and keeps it."""
    first, other = (made_key(services, tmp_path / name).read_text() for name in ("one", "another"))

    assert len(first) == 64
    assert first != other
    assert made_key(services, tmp_path / "one").read_text() == first
    assert "SECRET_KEY:" not in (ROOT / "compose.yaml").read_text()
    for name in OURS:
        assert "keys:/run/keys:ro" in services[name]["volumes"]
        assert services[name]["environment"]["SECRET_KEY_FILE"] == "/run/keys/secret-key"
    assert services["migrate"]["depends_on"]["key"] == {"condition": "service_completed_successfully"}


def made_key(services, folder):
    """Run what compose runs to make a key, with `folder` for the volume."""
    folder.mkdir(exist_ok=True)
    shell, options, script = services["key"]["entrypoint"]
    subprocess.run([shell, options, script.replace("/run/keys", str(folder))], check=True)
    return folder / "secret-key"


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
