"""What an image contains: the locked Python packages, Debian's packages and what was copied from them, as CycloneDX."""

from __future__ import annotations

import io
import json
import subprocess  # noqa: S404 # commands are lists of our own
import tarfile
from collections.abc import Iterable
from email.parser import HeaderParser
from typing import Any
from urllib.parse import quote

from deploy.images import engine
from scripts.sbom import bill_of_materials

INSTALLED = "/var/lib/dpkg/status"
COPIED = "/opt/postgres/packages"  # services/web/Dockerfile writes it in the same form


def contents(service: str, version: str, images: dict[str, str]) -> dict[str, Any]:
    """Return the bill of materials of one service, whose images are named by platform. Nothing of them is run."""
    document = bill_of_materials(f"bandstand-{service}")
    found = {each["purl"]: each for image in images.values() for each in _of_image(image)}
    document["components"] += [found[name] for name in sorted(found)]
    document["metadata"]["component"] |= {"type": "container", "name": f"bandstand/{service}", "version": version}
    return document


def _of_image(image: str) -> Iterable[dict[str, Any]]:
    container = _ask("create", image).decode().split()[-1]
    try:
        release = _file(container, "/usr/lib/os-release") or ""
        distribution = dict(line.split("=", 1) for line in release.splitlines() if "=" in line)
        for path in (INSTALLED, COPIED):
            yield from debian_packages(_file(container, path) or "", _distribution(distribution))
    finally:
        _ask("rm", container)
    yield from _interpreter(image)


def _distribution(found: dict[str, str]) -> str:
    return f"{found.get('ID', 'debian')}-{found.get('VERSION_ID', 'unknown')}".replace('"', "")


def debian_packages(status: str, distribution: str) -> Iterable[dict[str, Any]]:
    """Give the installed packages of a status file of dpkg."""
    for paragraph in status.split("\n\n"):
        fields = HeaderParser().parsestr(paragraph.lstrip("\n"))
        if not str(fields["Status"]).endswith(" installed"):
            continue
        name, version, architecture = fields["Package"], fields["Version"], fields["Architecture"]
        about = f"arch={architecture}&distro={distribution}"
        purl = f"pkg:deb/debian/{quote(name, safe='.-')}@{quote(version, safe='.-~')}?{about}"
        yield {"type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl}


def _interpreter(image: str) -> Iterable[dict[str, Any]]:
    """Give Python where the base compiled its own, which no package manager lists."""
    listed = json.loads(_ask("image", "inspect", "--format", "{{json .Config.Env}}", image))
    variables = dict(word.split("=", 1) for word in listed)
    if version := variables.get("PYTHON_VERSION"):
        purl = f"pkg:generic/python@{version}"
        yield {"type": "platform", "bom-ref": purl, "name": "python", "version": version, "purl": purl}


def _file(container: str, path: str) -> str | None:
    """Return a file's text; None if there is none."""
    done = subprocess.run(  # noqa: S603 # a list of our own, no shell
        [*engine(), "cp", f"{container}:{path}", "-"], capture_output=True, check=False
    )
    if done.returncode:
        return None
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
        content = archive.extractfile(archive.getmembers()[0])
        return content.read().decode() if content else None


def _ask(*words: str) -> bytes:
    return subprocess.run([*engine(), *words], capture_output=True, check=True).stdout  # noqa: S603 # a list of our own, no shell
