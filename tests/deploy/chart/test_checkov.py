"""checkov looks at every object of every set of values; what it finds and stays has a reason here."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest
import yaml

from deploy.tools import ToolMissingError, checkov
from tests.deploy.rendering import VALUE_SETS, name_of, rendered
from tests.required_tools import MISSING

# By check: whose objects it is about, as the end of their names, and why they stay as they are.
JUSTIFIED = {
    "CKV_K8S_8": ("-test", "a pod that runs once and ends has no life to probe"),
    "CKV_K8S_9": ("-dispatcher|-domains|-test", "nobody calls them, and who stands by is as well as who is active"),
    "CKV_K8S_15": ("", "a tag is never used twice, and a digest can't be: pulling again brings nothing else"),
    "CKV_K8S_43": ("", "the digest is the operator's to give, as images.webDigest and images.workerDigest"),
}


def test_it_finds_nothing_but_what_has_a_reason(tmp_path: Path):
    try:
        scanner = checkov()
    except ToolMissingError as problem:
        pytest.skip(f"{MISSING}{problem}")
    # Sets have most objects in common: each is looked at once.
    texts = {yaml.safe_dump(manifest): name_of(manifest) for path in VALUE_SETS for manifest in rendered(path)}
    for number, text in enumerate(texts):
        (tmp_path / f"{number}.yaml").write_text(text)
    done = subprocess.run(
        [
            *(scanner, "--directory", tmp_path, "--framework", "kubernetes", "--skip-download"),
            *("--quiet", "--compact", "--output", "json"),
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    report = json.loads(done.stdout)
    assert report["summary"]["parsing_errors"] == 0
    assert report["summary"]["passed"] > 1_000
    found = {(check["check_id"], check["resource"]) for check in report["results"]["failed_checks"]}
    unjustified = {
        (check, resource)
        for check, resource in found
        if check not in JUSTIFIED or not re.search(f"(?:{JUSTIFIED[check][0]})$", resource)
    }
    assert unjustified == set()
    assert {check for check, _resource in found} == JUSTIFIED.keys(), "a reason that nothing needs"
