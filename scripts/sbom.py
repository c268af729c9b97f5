"""Write the bill of materials for production, with versions, hashes and licences: `scripts/sbom.py [--check] [FILE]`.

uv exports the locked packages as CycloneDX; licences come from each installed package's metadata. With --check nothing
is written, and the exit code is 1 if a licence isn't on the list below.
"""

from __future__ import annotations

import json
import re
import subprocess  # noqa: S404 # uv, with arguments of our own
import sys
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
# Licences that are compatible with distribution under Apache-2.0. All but two require their text to be included; LGPL
# and MPL also require changes to the component itself to be published, and we make none.
ALLOWED = {
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "ISC",
    "LGPL-3.0-only",
    "LGPL-3.0-or-later",
    "MIT",
    "MIT-0",
    "MIT-CMU",
    "MPL-2.0",
    "PSF-2.0",
}
# Other spellings that packages use. A bare "BSD" could be either variant; both are allowed, and CycloneDX keeps it.
SPELT = {
    "3-Clause BSD License": "BSD-3-Clause",
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
# Taken from the licence file itself where the package metadata is missing or inexact; the last two are only installed
# on other systems.
READ = {
    "pi-heif": "BSD-3-Clause AND LGPL-3.0-only",  # its own code, plus libheif and libde265 bundled in its wheel
    "resvg-py": "MIT",
    "pyrage": "MIT",
    "qrcode": "BSD-3-Clause",
    "async-timeout": "Apache-2.0",
    "colorama": "BSD-3-Clause",
}


def bill_of_materials(package: str | None = None) -> dict[str, Any]:
    """Return the CycloneDX document of all that runs in production, or of what one package of ours takes."""
    command = [
        str(ROOT / ".venv" / "bin" / "uv"),
        "export",
        "--quiet",
        "--locked",
        *(["--package", package] if package else ["--all-packages"]),
        "--no-default-groups",
    ]
    command += ["--preview-features", "sbom-export", "--format", "cyclonedx1.5"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603 # see above
    document: dict[str, Any] = json.loads(done.stdout)
    ours = {each["bom-ref"] for each in document["components"] if _is_workspace(each)}
    document["components"] = [each for each in document["components"] if each["bom-ref"] not in ours]
    document["dependencies"] = [_without(ours, each) for each in document["dependencies"] if each["ref"] not in ours]
    for component in document["components"]:
        component["licenses"] = _as_cyclonedx(licence(component["name"]))
    return document


def licence(name: str) -> str:
    """Return a package's licence as an SPDX expression, or the text of its metadata if that isn't one."""
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
    # A short field is more precise than a classifier ("BSD License"); a long one is the full licence text.
    if plain and len(plain.splitlines()) == 1 and SPELT.get(plain, plain) in ALLOWED:
        return SPELT.get(plain, plain)
    return " AND ".join(SPELT.get(text, text) for text in classified) or plain.partition("\n")[0] or "unknown"


def is_allowed(expression: str) -> bool:
    """Whether every AND-part of the expression has at least one alternative on the list."""
    parts = re.split(r"\s+AND\s+", expression.replace("(", "").replace(")", ""))
    known = ALLOWED | {"BSD License"}
    return all(any(choice in known for choice in re.split(r"\s+OR\s+", part)) for part in parts)


def refused(document: dict[str, Any]) -> list[str]:
    """Return the packages whose licence isn't allowed, one line each."""
    found = {each["name"]: licence(each["name"]) for each in document["components"]}
    return [f"{name}: {text}" for name, text in sorted(found.items()) if not is_allowed(text)]


def _without(ours: set[str], dependency: dict[str, Any]) -> dict[str, Any]:
    """Return what a package depends on but for our own, which a list of others' packages doesn't have."""
    return {**dependency, "dependsOn": [name for name in dependency.get("dependsOn", []) if name not in ours]}


def _is_workspace(component: dict[str, Any]) -> bool:
    return component["name"].startswith("bandstand")


def _as_cyclonedx(expression: str) -> list[dict[str, Any]]:
    words = re.split(r"\s+(?:AND|OR)\s+", expression)
    if all(word in ALLOWED for word in words):
        return [{"expression": expression}] if len(words) > 1 else [{"license": {"id": expression}}]
    return [{"license": {"name": word}} for word in words]


def main(arguments: list[str]) -> int:
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
