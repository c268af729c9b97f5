"""Every module and environment: formatted, valid, tested, documented. Works on a copy: nothing is left in the tree."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from deploy.tools import ToolMissingError, checkov
from infra.document_modules import outdated
from tests.required_tools import MISSING

ROOT = Path(__file__).resolve().parents[3]
TERRAFORM = ROOT / "infra" / "terraform"
MODULES = sorted(path.parent for path in TERRAFORM.glob("modules/*/main.tf"))
ENVIRONMENTS = sorted(path.parent for path in TERRAFORM.glob("environments/*/main.tf"))
FOLDERS = [*MODULES, *ENVIRONMENTS]
TESTED = [folder for folder in FOLDERS if list(folder.glob("tests/*.tftest.hcl"))]


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


@pytest.fixture(scope="session")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what the configurations refer to."""
    home = tmp_path_factory.mktemp("infra")
    without = shutil.ignore_patterns(".terraform*", "*.tfstate*")
    shutil.copytree(TERRAFORM, home / "infra" / "terraform", ignore=without)
    shutil.copytree(ROOT / "deploy" / "helm", home / "deploy" / "helm")
    return home


def initialized(copy: Path, folder: Path) -> Path:
    target = copy / folder.relative_to(ROOT)
    if not (target / ".terraform").exists():
        done = run(target, "init", "-backend=false", "-input=false", "-no-color")
        assert done.returncode == 0, done.stdout + done.stderr
    return target


def name(folder: Path) -> str:
    return folder.relative_to(TERRAFORM).as_posix()


def test_it_is_formatted():
    done = run(TERRAFORM, "fmt", "-check", "-diff", "-recursive", "-no-color")
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("folder", [folder for folder in FOLDERS if folder not in TESTED], ids=name)
def test_it_is_valid(copy: Path, folder: Path):
    """Those with tests of their own are validated by them."""
    done = run(initialized(copy, folder), "validate", "-no-color")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("folder", TESTED, ids=name)
def test_its_own_tests_pass(copy: Path, folder: Path):
    done = run(initialized(copy, folder), "test", "-no-color")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("folder", MODULES, ids=name)
def test_every_module_has_tests(folder: Path):
    assert folder in TESTED


def validated(folder: Path) -> set[str]:
    """Return the variables that have a validation."""
    blocks = re.split(r'^variable "', (folder / "variables.tf").read_text(), flags=re.M)[1:]
    return {block.split('"', 1)[0] for block in blocks if "validation {" in block}


@pytest.mark.parametrize("folder", TESTED, ids=name)
def test_every_validation_is_seen_to_refuse(folder: Path):
    tests = "".join(path.read_text() for path in folder.glob("tests/*.tftest.hcl"))
    refused = {
        variable
        for listed in re.findall(r"expect_failures\s*=\s*\[([^\]]+)\]", tests)
        for variable in re.findall(r"var\.([a-z_]+)", listed)
    }
    assert validated(folder) <= refused


@pytest.mark.parametrize("folder", FOLDERS, ids=name)
def test_everything_is_typed_and_described(folder: Path):
    for path in folder.glob("*.tf"):
        for kind in ("variable", "output"):
            for block in re.split(rf'^{kind} "', path.read_text(), flags=re.M)[1:]:
                body = block.split("\n}", 1)[0]
                assert "description" in body, block.split('"', 1)[0]
                assert kind == "output" or "type " in body, block.split('"', 1)[0]


@pytest.mark.parametrize("folder", FOLDERS, ids=name)
def test_providers_are_pinned(folder: Path):
    text = "".join(path.read_text() for path in folder.glob("*.tf"))
    assert re.search(r'required_version = ">= 1\.(9|10)"', text)
    sources = re.findall(r'source\s+= "[a-z]+/[a-z]+"\s+version = "([^"]+)"', text)
    assert sources
    assert all(version.startswith("~> ") for version in sources)


def test_checkov_finds_nothing_but_what_a_comment_gives_a_reason_for():
    try:
        scanner = checkov()
    except ToolMissingError as problem:
        pytest.skip(f"{MISSING}{problem}")
    done = subprocess.run(
        [scanner, "--directory", TERRAFORM, "--framework", "terraform", "--skip-download", "--quiet", "--compact"],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout
    assert "Failed checks: 0" in done.stdout


def test_readmes_say_what_the_modules_say():
    assert outdated() == []
