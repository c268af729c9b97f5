"""What is installed is what the lock names, with its hash; what each part may be used for is known."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.required_tools import MISSING

ROOT = Path(__file__).resolve().parents[2]
_spec = importlib.util.spec_from_file_location("sbom", ROOT / "scripts" / "sbom.py")
assert _spec
assert _spec.loader
sbom = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(sbom)


SCANNERS = "tests/attacks/scanning/environment/uv.lock"


@pytest.mark.parametrize(("lock", "least"), [("uv.lock", 1000), (SCANNERS, 500)])
def test_every_file_in_the_lock_has_a_hash(lock: str, least: int) -> None:
    packages = tomllib.loads((ROOT / lock).read_text())["package"]
    files = [(each["name"], file) for each in packages for file in [each.get("sdist"), *each.get("wheels", [])] if file]

    assert len(files) > least
    assert [name for name, file in files if not file.get("hash", "").startswith("sha256:")] == []


@pytest.mark.parametrize(
    "place", ["services/web/Dockerfile", "services/worker/Dockerfile", "scripts/setup.py", "deploy/tools.py"]
)
def test_whoever_installs_holds_to_the_lock(place: str) -> None:
    text = (ROOT / place).read_text()
    installing = re.findall(r"uv sync.*|uv, \"sync\".*", text, re.IGNORECASE)

    assert installing
    assert all("--locked" in line for line in installing)


def test_what_scans_is_no_part_of_what_runs() -> None:
    packages = {each["name"] for each in tomllib.loads((ROOT / "uv.lock").read_text())["package"]}
    scanners = {each["name"] for each in tomllib.loads((ROOT / SCANNERS).read_text())["package"]}

    assert {"sqlmap", "wapiti3"} <= scanners
    assert not {"sqlmap", "wapiti3", "mitmproxy"} & packages


def test_a_file_that_was_exchanged_is_refused(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(
        '[project]\nname = "x"\nversion = "1"\nrequires-python = ">=3.11"\ndependencies = ["six==1.17.0"]\n'
    )
    uv = str(ROOT / ".venv" / "bin" / "uv")

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([uv, *arguments], cwd=tmp_path, capture_output=True, text=True, check=False)

    locked = run("lock", "--python", sys.executable)
    if locked.returncode:
        pytest.skip(f"{MISSING}a package index: {locked.stderr[-200:]}")
    lock = tmp_path / "uv.lock"
    lock.write_text(re.sub(r"sha256:[0-9a-f]{64}", "sha256:" + "0" * 64, lock.read_text()))

    done = run("sync", "--locked", "--no-cache", "--python", sys.executable)

    assert done.returncode != 0
    assert "hash mismatch" in done.stderr.lower()


@pytest.mark.parametrize(
    ("expression", "allowed"),
    [
        ("MIT", True),
        ("Apache-2.0 OR GPL-3.0-only", True),
        ("(Apache-2.0 OR BSD-3-Clause) AND MIT", True),
        ("Apache-2.0 AND GPL-3.0-only", False),
        ("AGPL-3.0-or-later", False),
        ("unknown", False),
        ("not installed", False),
    ],
)
def test_a_licence_is_on_the_list_or_refused(expression: str, allowed: bool) -> None:
    assert sbom.is_allowed(expression) is allowed


def test_the_bill_of_materials_names_hash_and_licence_of_each_package() -> None:
    document = sbom.bill_of_materials()
    names = {each["name"] for each in document["components"]}

    assert {"django", "celery", "granian", "pillow"} <= names
    assert not {"pytest", "ruff", "bandstand"} & names
    for each in document["components"]:
        assert each["licenses"], each["name"]
        assert any(file["hashes"] for file in each["externalReferences"]), each["name"]
