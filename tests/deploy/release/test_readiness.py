"""What a release asks for before it begins; one version everywhere; the workflow that a forge runs."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.version import Version

from deploy import versions
from tests.deploy.release.throw_away import CHANGES, Repository
from tests.deploy.rendering import ROOT

NEEDED = ["deploy", "scripts", "shared/pyproject.toml", "services/web/pyproject.toml", "services/worker/pyproject.toml"]
NEEDED += ["compose.yaml", "pyproject.toml", "uv.lock"]
WORKFLOW = ROOT / ".github" / "workflows" / "release.yml"


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    return Repository(tmp_path_factory.mktemp("original"), NEEDED)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A docker that could build for each platform, and isn't asked to."""
    docker = tmp_path_factory.mktemp("engine") / "docker"
    docker.write_text("#!/bin/sh\necho 'Platforms: linux/amd64, linux/arm64'\n")
    docker.chmod(0o755)
    return docker


@pytest.fixture
def repository(original: Repository, engine: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    """Give a clean repository, the same for each test."""
    monkeypatch.setenv("BANDSTAND_CONTAINER_ENGINE", str(engine))
    first = original.git("rev-list", "--max-parents=0", "HEAD")
    original.git("reset", "--quiet", "--hard", first)
    original.git("clean", "--quiet", "--force", "-d")
    for tag in original.git("tag").split():
        original.git("tag", "--delete", tag)
    return original


def test_what_is_ready_is_said_to_be_and_nothing_is_done(repository: Repository) -> None:
    before = repository.git("rev-parse", "HEAD")
    done = repository.release("0.2.0", "--dry-run")
    assert done.returncode == 0, done.stderr
    assert "0.2.0 is ready" in done.stdout
    assert "push nothing" in done.stdout
    assert (repository.git("rev-parse", "HEAD"), repository.git("tag"), repository.git("status", "--porcelain")) == (
        before,
        "",
        "",
    )


@pytest.mark.parametrize(
    "text", ["1.2", "v1.2.0", "01.2.0", "1.2.0-foo", "1.2.0+build", "1.2.0-rc1", "", "1.2.0\n", "\u0661.2.0"]
)
def test_it_refuses_what_is_no_version(repository: Repository, text: str) -> None:
    done = repository.release(text, "--dry-run")
    assert done.returncode == 1
    assert "is no version" in done.stderr


def _file(path: str, text: str) -> Callable[[Repository], None]:
    def change(repository: Repository) -> None:
        repository.write(path, text)
        repository.commit()

    return change


def _tag(name: str) -> Callable[[Repository], None]:
    return lambda repository: repository.git("tag", name) and None


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda repository: repository.write("new.txt", "new"), "commit or remove what isn't committed:\n?? new.txt"),
        (lambda repository: repository.write("uv.lock", "changed"), "uv.lock"),
        (_tag("v0.2.0"), "the tag v0.2.0 exists"),
        (_tag("v0.3.0"), "v0.3.0 came before, so 0.2.0 can't come next"),
        (_tag("v0.2.1-rc.1"), "v0.2.1-rc.1 came before"),
        (_file("CHANGELOG.md", "# Changelog\n\n## Unreleased\n- More.\n"), "CHANGELOG.md has nothing under"),
        (
            _file("CHANGELOG.md", CHANGES.replace("### For operators\n- The first one.\n", "")),
            "CHANGELOG.md has nothing",
        ),
        (_file("CHANGELOG.md", CHANGES.replace("0.2.0", "0.2.01")), "CHANGELOG.md has nothing"),
        (_file("docs/upgrading/0.2.0.md", "# Upgrading to the next release\n"), "must begin with"),
        (lambda repository: repository.git("rm", "--quiet", "docs/upgrading/0.2.0.md") and None, "0.2.0.md is missing"),
    ],
    ids=[
        "a new file",
        "a change",
        "released",
        "later",
        "a later candidate",
        "no section",
        "an empty one",
        "another",
        "a copied note",
        "no note",
    ],
)
def test_it_refuses_with_the_way_out(repository: Repository, change: Callable[[Repository], None], said: str) -> None:
    change(repository)
    before = repository.git("rev-parse", "HEAD")
    done = repository.release("0.2.0")
    assert done.returncode == 1
    assert said in done.stderr
    assert repository.git("rev-parse", "HEAD") == before


@pytest.mark.parametrize("tag", ["v0.1.9", "v0.2.0-rc.3", "before-the-house"])
def test_what_came_before_is_no_hindrance(repository: Repository, tag: str) -> None:
    repository.git("tag", tag)
    assert repository.release("0.2.0", "--dry-run").returncode == 0


def test_all_that_is_missing_is_said_at_once(repository: Repository) -> None:
    done = repository.release("9.0.0")
    assert done.stderr.count("9.0.0") >= 2
    assert "CHANGELOG.md" in done.stderr
    assert "docs/upgrading/9.0.0.md" in done.stderr


def test_nothing_is_published_unsigned(repository: Repository) -> None:
    done = repository.release("0.2.0", "--registry", "registry.invalid/bandstand")
    assert done.returncode == 1
    assert "nothing is published unsigned" in done.stderr
    assert repository.git("rev-list", "--count", "HEAD") == "1"


def test_a_platform_that_cannot_be_built_is_said_before_anything_is_done(
    repository: Repository, tmp_path: Path
) -> None:
    """No emulator is registered with this docker."""
    docker = tmp_path / "docker"
    docker.write_text("#!/bin/sh\n")
    docker.chmod(0o755)
    done = repository.release("0.2.0", BANDSTAND_CONTAINER_ENGINE=str(docker))
    assert done.returncode == 1
    assert "this machine can't build linux/" in done.stderr
    assert repository.git("rev-list", "--count", "HEAD") == "1"


def test_a_tag_that_says_another_version_is_not_published(repository: Repository) -> None:
    repository.git("tag", "v0.2.0")
    done = repository.release("0.2.0", "--tagged", "--dry-run")
    assert done.returncode == 1
    assert "the tag says 0.2.0, and other versions stand in" in done.stderr


def test_a_forge_publishes_the_tagged_commit_alone(repository: Repository) -> None:
    assert "this commit has no tag v0.2.0" in repository.release("0.2.0", "--tagged", "--dry-run").stderr
    versions.write(repository.folder, "0.2.0")
    repository.commit()
    repository.git("tag", "v0.2.0")
    done = repository.release("0.2.0", "--tagged", "--dry-run")
    assert done.returncode == 0, done.stderr


def test_every_part_has_the_same_version() -> None:
    found = versions.written(ROOT)
    assert len(found) == 11
    assert len({Version(version) for version in found.values()}) == 1, found
    assert len({version for place, version in found.items() if "uv.lock" not in place}) == 1, found


def test_no_package_of_ours_has_a_version_that_is_forgotten() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "*pyproject.toml"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    members = {Path(path) for path in listed.stdout.split() if not path.startswith("tests/")}
    assert members == {path for path in versions.PLACES if path.name == "pyproject.toml"}


@pytest.mark.parametrize("version", ["0.2.0", "1.10.3", "2.0.0-rc.1"])
def test_the_version_is_written_everywhere(repository: Repository, version: str) -> None:
    versions.write(repository.folder, version)
    found = versions.written(repository.folder)
    assert {text for place, text in found.items() if "uv.lock" not in place} == {version}
    assert {text for place, text in found.items() if "uv.lock" in place} == {str(Version(version))}
    changed = set(repository.git("diff", "--name-only").split())
    assert changed == {str(path) for path in versions.PLACES}
    numbers = repository.git("diff", "--numstat").splitlines()
    assert sum(int(line.split("\t")[0]) for line in numbers) == 13  # compose.yaml has it three times


def steps() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = yaml.safe_load(WORKFLOW.read_text())["jobs"]["publish"]["steps"]
    return found


def test_the_workflow_runs_when_a_version_is_tagged_and_may_no_more_than_it_needs() -> None:
    workflow = yaml.safe_load(WORKFLOW.read_text())
    assert workflow[True] == {"push": {"tags": ["v*"]}}  # YAML 1.1 takes "on" for true
    assert workflow["permissions"] == {}
    assert workflow["jobs"]["publish"]["permissions"] == {"contents": "write", "packages": "write", "id-token": "write"}


def test_the_workflow_pins_the_actions_of_others_by_commit() -> None:
    used = [step["uses"] for step in steps() if "uses" in step]
    assert used
    assert all(re.fullmatch(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}", name) for name in used), used


def test_the_workflow_runs_what_maintainers_run() -> None:
    (command,) = [step["run"] for step in steps() if "make release" in step.get("run", "")]
    options = set(re.findall(r"--[a-z-]+", command.split("ARGS=")[1]))
    assert options == {"--tagged", "--registry", "--key", "--passphrase-file", "--keyless"}
    helped = subprocess.run(
        ["grep", "-oE", r'"--[a-z-]+"', "deploy/release.py"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert options <= set(helped.stdout.replace('"', "").split())


def test_no_step_of_the_workflow_puts_a_foreign_text_into_a_shell() -> None:
    """An expression inside `run` would be pasted before the shell reads it."""
    assert [step["run"] for step in steps() if "${{" in step.get("run", "")] == []
    assert all(
        step.get("run", "") == ""
        or subprocess.run(["bash", "-n"], input=step["run"], text=True, check=False).returncode == 0
        for step in steps()
    )
