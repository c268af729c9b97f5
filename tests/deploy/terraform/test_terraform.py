"""Every module and environment: formatted, valid, tested, documented. Works on a copy: nothing is left in the tree."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from deploy.tools import ToolMissingError, checkov
from infra.document_modules import outdated
from tests.deploy.terraform.configurations import (
    FOLDERS,
    MODULES,
    NO_REGISTRY,
    ROOT,
    TERRAFORM,
    initialized,
    program,
    run,
)
from tests.required_tools import MISSING

TESTED = [folder for folder in FOLDERS if list(folder.glob("tests/*.tftest.hcl"))]


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


def test_without_a_registry_one_sentence_says_what_to_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    settings = tmp_path / "empty.tfrc"
    settings.write_text(f'provider_installation {{\n  filesystem_mirror {{\n    path = "{tmp_path}"\n  }}\n}}\n')
    monkeypatch.setenv("TF_CLI_CONFIG_FILE", str(settings))
    monkeypatch.setenv("BANDSTAND_TERRAFORM", shutil.which("terraform") or shutil.which("tofu") or program())
    folder = TERRAFORM / "modules" / "cache"
    shutil.copytree(folder, tmp_path / folder.relative_to(ROOT))
    for _first_and_again in range(2):
        with pytest.raises(pytest.fail.Exception) as failure:
            initialized(tmp_path, folder)
        assert str(failure.value) == NO_REGISTRY
    assert "BANDSTAND_TERRAFORM" in NO_REGISTRY
    assert "\n" not in NO_REGISTRY


def test_readmes_say_what_the_modules_say():
    assert outdated() == []


@pytest.mark.parametrize("module", ["backup", "cluster", "database", "dns", "secrets", "storage"])
def test_what_is_protected_can_be_given_up_by_one_variable(module: str):
    """`prevent_destroy` takes no variable, so only the states, which outlive every environment, may have it."""
    assert "prevent_destroy" not in (TERRAFORM / "modules" / module / "main.tf").read_text()
    composed = (TERRAFORM / "modules" / "installation" / "main.tf").read_text()
    block = composed.split(f'module "{module}" {{', 1)[1].split("\n}", 1)[0]
    assert "var.protected" in block


def test_the_guide_sets_values_that_the_chart_has():
    guide = (ROOT / "docs" / "deploy-aws.md").read_text(encoding="utf-8")
    shown = re.search(r"chart_values = <<END\n(.*?)\nEND", guide, re.S)
    assert shown
    known = yaml.safe_load((ROOT / "deploy" / "helm" / "bandstand" / "values.yaml").read_text(encoding="utf-8"))
    assert missing(yaml.safe_load(shown[1]), known) == []


def missing(values: dict[str, object], known: object, place: str = "") -> list[str]:
    """Return the paths in `values` that `known` lacks."""
    found: list[str] = []
    for key, value in values.items():
        if not isinstance(known, dict) or key not in known:
            found.append(place + key)
        elif isinstance(value, dict):
            found += missing(value, known[key], f"{place}{key}.")
    return found
