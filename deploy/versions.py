"""The version of Bandstand: everywhere it is written, read and set together."""

from __future__ import annotations

import re
from pathlib import Path

from packaging.version import Version

# Semantic versions whose pre-releases Python's packages, OCI tags and Helm charts all accept; tags can't hold a "+".
FORM = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-(alpha|beta|rc)\.(0|[1-9]\d*))?", re.ASCII)
# Each file, with what stands before the version and between it and the end of its line.
CHART = Path("deploy/helm/bandstand/Chart.yaml")
PLACES = {
    Path("pyproject.toml"): [(r'^name = "bandstand-workspace"\nversion = "', '"')],
    Path("shared/pyproject.toml"): [(r'^name = "bandstand"\nversion = "', '"')],
    Path("services/web/pyproject.toml"): [(r'^name = "bandstand-web"\nversion = "', '"')],
    Path("services/worker/pyproject.toml"): [(r'^name = "bandstand-worker"\nversion = "', '"')],
    CHART: [(r"^version: ", ""), (r'^appVersion: "', '"')],
    Path("compose.yaml"): [(r"\$\{BANDSTAND_VERSION:-", r"\}")],
    Path("uv.lock"): [
        (rf'^name = "{name}"\nversion = "', '"')
        for name in ("bandstand", "bandstand-web", "bandstand-worker", "bandstand-workspace")
    ],
}


def is_version(text: str) -> bool:
    """Whether `text` is a version that can be released."""
    return FORM.fullmatch(text) is not None


def written(root: Path) -> dict[str, str]:
    """Return the version that stands in each place. Raises LookupError if one has none."""
    found = {}
    for path, patterns in PLACES.items():
        text = (root / path).read_text(encoding="utf-8")
        for before, after in patterns:
            match = re.search(f'{before}([^"\\n]+){after}$', text, re.MULTILINE)
            if match is None:
                raise LookupError(f"{path} has no version after {before}")
            found[f"{path} {before}"] = match[1]
    return found


def write(root: Path, version: str) -> None:
    """Set the version in all places. uv.lock has it as Python normalizes it, as uv writes it itself."""
    for path, patterns in PLACES.items():
        text = (root / path).read_text(encoding="utf-8")
        own = str(Version(version)) if path.name == "uv.lock" else version
        for before, after in patterns:
            text = re.sub(f'({before})[^"\\n]+({after})$', rf"\g<1>{own}\g<2>", text, flags=re.MULTILINE)
        (root / path).write_text(text, encoding="utf-8")
