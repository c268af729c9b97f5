"""What runs in production, package by package, with version, hashes and licence: `scripts/sbom.py [--check] [FILE]`.

uv says from the lock what there is, as CycloneDX; the licence is read from what each installed package says of itself.
With --check nothing is written: a licence that isn't on the list below ends it with 1.
"""

from __future__ import annotations

import json
import re
import subprocess  # nosec B404 # uv, with arguments of our own
import sys
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
# Licences under which a part may be used, changed and passed on together with Apache-2.0: all but two ask for their
# text to come along; LGPL and MPL also ask for changes of the part itself, and nobody changes it here.
ALLOWED = {
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "ISC",
    "LGPL-3.0-only",
    "MIT",
    "MIT-0",
    "MIT-CMU",
    "MPL-2.0",
    "PSF-2.0",
}
# How else packages write these. "BSD" alone is one of the two: both are allowed, CycloneDX then holds the name.
SPELT = {
    "Apache 2.0": "Apache-2.0",
    "Apache License 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "BSD": "BSD License",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "New BSD": "BSD-3-Clause",
    "Python Software Foundation License": "PSF-2.0",
}
# Read from the licence file itself, where a package's own words say nothing, too much or too little; the last two are
# installed on other systems alone.
READ = {
    "pi-heif": "BSD-3-Clause AND LGPL-3.0-only",  # its code, and libheif and libde265 in its wheel
    "resvg-py": "MIT",
    "pyrage": "MIT",
    "qrcode": "BSD-3-Clause",
    "async-timeout": "Apache-2.0",
    "colorama": "BSD-3-Clause",
}


def bill_of_materials() -> dict[str, Any]:
    """Return the CycloneDX document."""
    command = [
        str(ROOT / ".venv" / "bin" / "uv"),
        "export",
        "--quiet",
        "--locked",
        "--all-packages",
        "--no-default-groups",
    ]
    command += ["--preview-features", "sbom-export", "--format", "cyclonedx1.5"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603 # nosec B603 # see above
    document: dict[str, Any] = json.loads(done.stdout)
    document["components"] = [each for each in document["components"] if not _is_workspace(each)]
    for component in document["components"]:
        component["licenses"] = _as_cyclonedx(licence(component["name"]))
    return document


def licence(name: str) -> str:
    """Return the licence of a package as an SPDX expression, or in its own words where those aren't one."""
    if name in READ:
        return READ[name]
    try:
        said = metadata(name)
    except PackageNotFoundError:
        return "not installed"
    if expression := said.get("License-Expression"):
        return str(expression)
    classified = [
        text.rpartition(" :: ")[2] for text in said.get_all("Classifier") or [] if text.startswith("License ::")
    ]
    plain = (said.get("License") or "").strip()
    # A short field is more exact than a classifier ("BSD License"); a long one is the whole text.
    if plain and len(plain.splitlines()) == 1 and SPELT.get(plain, plain) in ALLOWED:
        return SPELT.get(plain, plain)
    return " AND ".join(SPELT.get(text, text) for text in classified) or plain.partition("\n")[0] or "unknown"


def is_allowed(expression: str) -> bool:
    """Whether all that must be observed, one alternative of each, is on the list."""
    parts = re.split(r"\s+AND\s+", expression.replace("(", "").replace(")", ""))
    known = ALLOWED | {"BSD License"}
    return all(any(choice in known for choice in re.split(r"\s+OR\s+", part)) for part in parts)


def refused(document: dict[str, Any]) -> list[str]:
    """Return what may not be used, one line each."""
    found = {each["name"]: licence(each["name"]) for each in document["components"]}
    return [f"{name}: {text}" for name, text in sorted(found.items()) if not is_allowed(text)]


def _is_workspace(component: dict[str, Any]) -> bool:
    return component["name"].startswith("bandstand")


def _as_cyclonedx(expression: str) -> list[dict[str, Any]]:
    words = re.split(r"\s+(?:AND|OR)\s+", expression)
    if all(word in ALLOWED for word in words):
        return [{"expression": expression}] if len(words) > 1 else [{"license": {"id": expression}}]
    return [{"license": {"name": word}} for word in words]


def main(arguments: list[str]) -> int:
    """Write the document, or check it."""
    document = bill_of_materials()
    if "--check" in arguments:
        problems = refused(document)
        sys.stdout.write("".join(f"{line} is no licence on the list in scripts/sbom.py\n" for line in problems))
        return 1 if problems else 0
    target = Path(arguments[0]) if arguments else ROOT / ".local" / "bandstand.cdx.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(document, indent=1) + "\n")
    sys.stdout.write(f"{target}: {len(document['components'])} packages\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
