"""The configurations of infra/terraform, and Terraform run in a copy of them."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.required_tools import MISSING

ROOT = Path(__file__).resolve().parents[3]
TERRAFORM = ROOT / "infra" / "terraform"
MODULES = sorted(path.parent for path in TERRAFORM.glob("modules/*/main.tf"))
ENVIRONMENTS = sorted(path.parent for path in TERRAFORM.glob("environments/*/main.tf"))
FOLDERS = [*MODULES, *ENVIRONMENTS]
NO_REGISTRY = (
    "no registry of Terraform's providers answers: set TF_CLI_CONFIG_FILE to a configuration whose "
    "provider_installation names a mirror of them, or BANDSTAND_TERRAFORM to a program that runs Terraform with one"
)
_UNREACHED = ("Failed to query available provider packages", "Failed to install provider")


def program() -> str:
    """Return what BANDSTAND_TERRAFORM names, Terraform, or OpenTofu; skip the calling test where there is none."""
    found = os.environ.get("BANDSTAND_TERRAFORM") or shutil.which("terraform") or shutil.which("tofu")
    if not found:
        pytest.skip(f"{MISSING}terraform is not installed")
    return found


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Return what Terraform did in `folder`."""
    return subprocess.run(
        [program(), f"-chdir={folder}", *words], capture_output=True, text=True, check=False, timeout=300
    )


def copied(home: Path) -> Path:
    """Copy what the configurations refer to into `home`, where Terraform may leave its files."""
    without = shutil.ignore_patterns(".terraform*", "*.tfstate*")
    shutil.copytree(TERRAFORM, home / "infra" / "terraform", ignore=without)
    shutil.copytree(ROOT / "deploy" / "helm", home / "deploy" / "helm")
    return home


def initialized(copy: Path, folder: Path) -> Path:
    """Return the copy of `folder`, with its providers. Fails the calling test, in one sentence, if there are none."""
    target = copy / folder.relative_to(ROOT)
    if not (target / ".terraform").exists():
        if (copy / "unreached").exists():
            pytest.fail(NO_REGISTRY, pytrace=False)
        done = run(target, "init", "-backend=false", "-input=false", "-no-color")
        if any(words in done.stderr for words in _UNREACHED):
            (copy / "unreached").touch()  # asking again for each configuration takes minutes
            pytest.fail(NO_REGISTRY, pytrace=False)
        assert done.returncode == 0, done.stdout + done.stderr
    return target
