"""`make lint` looks for dangerous calls with ruff's security rules alone, and they find what bandit found."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.servers import ROOT

DANGEROUS = {
    "assert 1": "S101",
    "eval(input())": "S307",
    "exec(input())": "S102",
    "password = 'jazz-and-blues'": "S105",
    "import os; os.chmod('/tmp/x', 0o777)": "S103",
    "import pickle": "S403",
    "import subprocess": "S404",
    "import xml.etree.ElementTree": "S405",
    "from xml.dom import minidom": "S408",
    "import random; random.uniform(1, 2)": "S311",
    "import random; random.getrandbits(62)": "TID251",
    "import hashlib; hashlib.md5(b'')": "S324",
    "import tarfile; tarfile.open('x').extractall()": "S202",
    "import subprocess; subprocess.run(input(), shell=True)": "S602",
    "import subprocess; subprocess.run([input()])": "S603",
    "import subprocess; subprocess.run(['git'])": "S607",
    "import os; os.system(input())": "S605",
    "from urllib.request import urlopen; urlopen(input())": "S310",
    "import ssl; ssl._create_unverified_context()": "S323",
    "import yaml; yaml.load(input())": "S506",
    "from django.utils.safestring import mark_safe; mark_safe(input())": "S308",
    "cursor.execute(f'SELECT {input()} FROM bands')": "S608",
    "import jinja2; jinja2.Environment()": "S701",
}


def test_each_dangerous_line_is_found(tmp_path: Path) -> None:
    for number, line in enumerate(DANGEROUS):
        (tmp_path / f"line_{number}.py").write_text(f"{line}\n")
    ruff = [str(Path(sys.executable).with_name("ruff")), "check", "--config", str(ROOT / "pyproject.toml")]
    done = subprocess.run([*ruff, "--output-format", "json", tmp_path], capture_output=True, text=True, check=False)
    found = {(Path(each["filename"]).stem, each["code"]) for each in json.loads(done.stdout)}

    wanted = {(f"line_{number}", code) for number, code in enumerate(DANGEROUS.values())}
    assert wanted - found == set()


def test_an_exception_is_marked_once() -> None:
    places = ("shared", "services", "scripts", "deploy", "infra", "docs")
    files = [path for place in places for path in (ROOT / place).rglob("*.py")]

    assert len(files) > 500
    assert [path.name for path in files if "nosec" in path.read_text(encoding="utf-8")] == []
