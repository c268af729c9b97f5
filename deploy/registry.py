"""What a registry holds, through skopeo: manifests, and files attached to images as OCI's "referrers"."""

from __future__ import annotations

import hashlib
import json
import subprocess  # noqa: S404 # commands are lists of our own
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from deploy.tools import installed

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
EMPTY = "application/vnd.oci.empty.v1+json"
CYCLONEDX = "application/vnd.cyclonedx+json"


@dataclass(frozen=True)
class Pushed:
    """A manifest in a registry: an image, an index of images, a chart, an attached file."""

    reference: str  # such as ghcr.io/example/bandstand/web:1.2.0
    manifest: bytes

    @property
    def digest(self) -> str:
        return f"sha256:{hashlib.sha256(self.manifest).hexdigest()}"

    @property
    def repository(self) -> str:
        return self.reference.rpartition(":")[0]

    @property
    def path(self) -> str:
        """The repository without its registry."""
        return self.repository.partition("/")[2]

    @property
    def by_digest(self) -> str:
        return f"{self.repository}@{self.digest}"

    @property
    def platforms(self) -> set[str]:
        """The platforms that an index lists."""
        return {f"{each['platform']['os']}/{each['platform']['architecture']}" for each in self._entries()}

    def listed(self) -> list[Pushed]:
        """Return the images that an index lists."""
        return [Pushed(self.reference, _raw(f"{self.repository}@{each['digest']}")) for each in self._entries()]

    def descriptor(self) -> dict[str, Any]:
        """Return how other manifests name this one."""
        kind = json.loads(self.manifest).get("mediaType", MANIFEST)
        return {"mediaType": kind, "digest": self.digest, "size": len(self.manifest)}

    def _entries(self) -> list[dict[str, Any]]:
        entries: list[dict[str, Any]] = json.loads(self.manifest).get("manifests", [])
        return entries


def pushed(reference: str) -> Pushed:
    """Return what the registry has as `reference`, which has a tag."""
    return Pushed(reference, _raw(reference))


def _raw(reference: str) -> bytes:
    command = [str(installed("skopeo")), "inspect", "--raw", f"--tls-verify={_tls(reference)}", f"docker://{reference}"]
    return subprocess.run(command, capture_output=True, check=True).stdout  # noqa: S603 # a list of our own, no shell


def is_local(registry: str) -> bool:
    """Whether the registry is on this machine, where it is spoken to without TLS."""
    return urlsplit(f"//{registry}").hostname in {"localhost", "127.0.0.1", "::1"}


def _fallback(image: Pushed) -> str:
    return image.digest.replace(":", "-")


def _tls(reference: str) -> str:
    return "false" if is_local(reference) else "true"


def attach(image: Pushed, file: Path, kind: str, tag: str) -> Pushed:
    """Attach a file to an image in its repository, as `tag`, and return its manifest.

    Registries that don't list referrers themselves are asked for a tag made of the image's digest, as OCI says.
    """
    with tempfile.TemporaryDirectory() as folder:
        layout = _Layout(Path(folder))
        artifact = {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "artifactType": kind,
            "config": {"mediaType": EMPTY, **layout.add(b"{}")},
            "layers": [
                {
                    "mediaType": kind,
                    **layout.add(file.read_bytes()),
                    "annotations": {"org.opencontainers.image.title": file.name},
                }
            ],
            "subject": image.descriptor(),
        }
        manifest = {"mediaType": MANIFEST, **layout.add(_as_json(artifact))}
        index = {"schemaVersion": 2, "mediaType": INDEX, "manifests": [{**manifest, "artifactType": kind}]}
        layout.name({"file": manifest, "referrers": {"mediaType": INDEX, **layout.add(_as_json(index))}})
        # An index is written anew by older releases of skopeo, which is no matter: nothing names it by its digest.
        for name, target, exactly in (("file", tag, ["--preserve-digests"]), ("referrers", _fallback(image), [])):
            copy = ["copy", "--quiet", "--all", *exactly, f"--dest-tls-verify={_tls(image.reference)}"]
            command = [str(installed("skopeo")), *copy, f"oci:{folder}:{name}", f"docker://{image.repository}:{target}"]
            subprocess.run(command, check=True)  # noqa: S603 # a list of our own, no shell
    return pushed(f"{image.repository}:{tag}")


class _Layout:
    """A folder as OCI lays images out on disk."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "blobs" / "sha256").mkdir(parents=True)
        (folder / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}', encoding="ascii")

    def add(self, content: bytes) -> dict[str, Any]:
        """Keep `content`, and return its digest and size."""
        digest = hashlib.sha256(content).hexdigest()
        (self.folder / "blobs" / "sha256" / digest).write_bytes(content)
        return {"digest": f"sha256:{digest}", "size": len(content)}

    def name(self, manifests: dict[str, dict[str, Any]]) -> None:
        """Say under which names manifests are found."""
        key = "org.opencontainers.image.ref.name"
        named = [{**manifest, "annotations": {key: name}} for name, manifest in manifests.items()]
        (self.folder / "index.json").write_bytes(_as_json({"schemaVersion": 2, "manifests": named}))


def _as_json(document: dict[str, Any]) -> bytes:
    return json.dumps(document).encode()
