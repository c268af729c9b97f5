"""What both Dockerfiles keep to, read without building them."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

from deploy.tools import ToolMissingError, hadolint
from tests.deploy.rendering import ROOT
from tests.required_tools import MISSING

SERVICES = ("web", "worker")


def last_stage(service: str) -> str:
    """Return the instructions that make the image itself."""
    text = (ROOT / "services" / service / "Dockerfile").read_text()
    return text[text.rindex("\nFROM ") :]


@pytest.mark.parametrize("service", SERVICES)
def test_hadolint_finds_nothing(service: str) -> None:
    try:
        program = hadolint()
    except ToolMissingError as problem:
        pytest.skip(f"{MISSING}{problem}")
    done = subprocess.run(
        [program, "--no-color", "--failure-threshold=style", ROOT / "services" / service / "Dockerfile"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("service", SERVICES)
def test_the_base_is_an_argument_and_packages_come_from_the_lock_file(service: str) -> None:
    text = (ROOT / "services" / service / "Dockerfile").read_text()
    assert set(re.findall(r"^FROM (\S+)", text, re.M)) == {"${BASE}"}
    synced = [line for line in text.splitlines() if "uv sync" in line]
    assert synced
    assert all("--locked" in line for line in synced)
    assert text.index("COPY pyproject.toml uv.lock") < text.index("COPY shared shared"), "code changes more often"


@pytest.mark.parametrize("service", SERVICES)
def test_the_image_runs_as_nobody_without_a_shell(service: str) -> None:
    stage = last_stage(service)
    assert re.search(r"^USER (\d+):\1$", stage, re.M)
    assert re.search(r"^STOPSIGNAL SIGTERM$", stage, re.M)
    assert re.search(r'^ENTRYPOINT \["(granian|python)"', stage, re.M)
    assert "apt-get" not in stage
    for label in ("title", "description", "licenses", "version", "revision"):
        assert f"org.opencontainers.image.{label}=" in stage


def test_webs_settings_take_the_values_that_static_files_are_collected_with() -> None:
    text = (ROOT / "services" / "web" / "Dockerfile").read_text().replace("\\\n", " ")
    (values,) = re.findall(r"^RUN (SECRET_KEY=.*?) /app/bin/django-admin collectstatic", text, re.M)
    reading = "from bandstand.settings.environment import Environment; Environment.read()"
    done = subprocess.run(
        ["sh", "-euc", f"{values} '{sys.executable}' -c '{reading}'"],
        env={"PATH": os.environ["PATH"], "BANDSTAND_PROFILE": "production"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
