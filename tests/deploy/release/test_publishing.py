"""A release of a copy of this repository, published to a registry on this machine and verified as operators do.

The images are built as by `make images`, so BANDSTAND_IMAGE_BASE and BANDSTAND_POSTGRES say what of; all platforms that
this machine is or emulates are built, or those in BANDSTAND_RELEASE_PLATFORMS.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import socket
import subprocess
import tarfile
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bandstand.devstack.processes import free_port
from deploy import images
from deploy.registry import pushed
from tests.deploy.release.throw_away import Key, Repository, new_key
from tests.deploy.rendering import KUBERNETES, program, run_helm, value_set_of
from tests.required_tools import MISSING, require

pytestmark = pytest.mark.registry

REGISTRY = """version: 0.1
log: {{level: error, accesslog: {{disabled: true}}}}
storage: {{filesystem: {{rootdirectory: {folder}}}}}
http: {{addr: "127.0.0.1:{port}"}}
"""
PATHS = ["deploy", "scripts", "services", "shared", "compose.yaml", "pyproject.toml", "uv.lock", ".dockerignore"]


@dataclass(frozen=True)
class Release:
    """What was published, and how."""

    repository: Repository
    registry: str
    platforms: list[str]
    key: Key
    stranger: Key
    printed: str

    @property
    def files(self) -> Path:
        return self.repository.folder / "dist" / "0.2.0"

    def policy(self, folder: Path, key: Key) -> list[str]:
        """Return skopeo's options for taking nothing but what `key` signed; podman reads the same two files."""
        (folder / "key.gpg").write_bytes(key.public("--no-armor"))
        signed = {"type": "signedBy", "keyType": "GPGKeys", "keyPath": str(folder / "key.gpg")}
        scope = {self.registry: [signed]}
        (folder / "policy.json").write_text(
            json.dumps({"default": [{"type": "reject"}], "transports": {"docker": scope}})
        )
        with tarfile.open(self.files / "signatures.tar.gz") as archive:
            archive.extractall(folder / "signatures", filter="data")
        (folder / "registries.d").mkdir()
        (folder / "registries.d" / "bandstand.yaml").write_text(
            json.dumps({"docker": {self.registry: {"lookaside": f"file://{folder}/signatures"}}})
        )
        return [f"--policy={folder}/policy.json", f"--registries.d={folder}/registries.d"]


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run Debian's registry of container images."""
    server = require("docker-registry")
    folder, port = tmp_path_factory.mktemp("registry"), free_port()
    (folder / "config.yml").write_text(REGISTRY.format(folder=folder / "data", port=port))
    with subprocess.Popen(
        [server, "serve", folder / "config.yml"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            _wait_for(port)
            yield f"127.0.0.1:{port}"
        finally:
            process.terminate()


def _wait_for(port: int) -> None:
    for _ in range(100):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    pytest.fail(f"nothing listens on port {port}")


@pytest.fixture(scope="module")
def release(registry: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Release]:
    program()
    require("skopeo")
    try:
        images.engine()
    except LookupError as problem:
        pytest.skip(f"{MISSING}{problem}")
    platforms = os.environ.get("BANDSTAND_RELEASE_PLATFORMS", ",".join(sorted(images.buildable()))).split(",")
    folder = tmp_path_factory.mktemp("release")
    insecure = folder / "registries.conf"
    insecure.write_text(_registries(registry))
    repository = Repository(folder / "copy", PATHS)
    with tempfile.TemporaryDirectory(prefix="keys") as keys:
        key, stranger = new_key(Path(keys) / "ours", "releases"), new_key(Path(keys) / "theirs", "stranger")
        signing = ["--key", key.fingerprint, "--passphrase-file", str(key.passphrase_file)]
        done = repository.release(
            *("0.2.0", "--registry", f"{registry}/bandstand", "--platforms", ",".join(platforms), *signing),
            CONTAINERS_REGISTRIES_CONF=str(insecure),
            **key.environment,
        )
        assert done.returncode == 0, done.stderr[-3000:]
        yield Release(repository, f"{registry}/bandstand", platforms, key, stranger, done.stdout)
        key.forget()
        stranger.forget()


def _registries(registry: str) -> str:
    """Let podman and buildah speak to the registry without TLS, besides what is set already."""
    given = os.environ.get("CONTAINERS_REGISTRIES_CONF")
    return (Path(given).read_text() if given else "") + f'\n[[registry]]\nlocation = "{registry}"\ninsecure = true\n'


def _copy(options: list[str], reference: str, folder: Path) -> subprocess.CompletedProcess[str]:
    command = ["skopeo", *options, "copy", "--src-tls-verify=false", f"docker://{reference}", f"dir:{folder}"]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("service", images.SERVICES)
def test_images_are_there_for_every_platform(release: Release, service: str) -> None:
    image = pushed(f"{release.registry}/{service}:0.2.0")
    assert f"{image.reference}@{image.digest}" in (release.files / "images.txt").read_text()
    if len(release.platforms) > 1:
        assert image.platforms == set(release.platforms)
        configurations = [json.loads(_config(each.by_digest)) for each in image.listed()]
        assert {f"linux/{each['architecture']}" for each in configurations} == set(release.platforms)


def _config(reference: str) -> bytes:
    command = ["skopeo", "inspect", "--tls-verify=false", "--config", "--raw", f"docker://{reference}"]
    return subprocess.run(command, capture_output=True, check=True).stdout


@pytest.mark.parametrize("name", ["web:0.2.0", "worker:0.2.0", "web:0.2.0-sbom", "charts/bandstand:0.2.0"])
def test_what_the_key_signed_is_taken_and_nothing_by_another(release: Release, tmp_path: Path, name: str) -> None:
    for folder in ("ours", "theirs"):
        (tmp_path / folder).mkdir()
    ours = release.policy(tmp_path / "ours", release.key)
    done = _copy(ours, f"{release.registry}/{name}", tmp_path / "image")
    assert done.returncode == 0, done.stderr
    theirs = release.policy(tmp_path / "theirs", release.stranger)
    refused = _copy(theirs, f"{release.registry}/{name}", tmp_path / "refused")
    assert refused.returncode != 0
    assert "Source image rejected" in refused.stderr


def test_an_exchanged_image_is_not_taken(release: Release, tmp_path: Path) -> None:
    """Somebody who may write to the registry sets web's tag to another image of ours, and to one that nobody signed."""
    options = release.policy(tmp_path, release.key)
    reference = f"{release.registry}/web:0.2.0"
    for name in ("worker:0.2.0", "web:0.2.0-sbom"):
        target = f"{release.registry}/{name.partition(':')[0]}:exchanged"
        copy = ["skopeo", "copy", "--quiet", "--all", "--src-tls-verify=false", "--dest-tls-verify=false"]
        subprocess.run([*copy, f"docker://{release.registry}/{name}", f"docker://{target}"], check=True)
        refused = _copy(options, target, tmp_path / "exchanged")
        assert refused.returncode != 0, (reference, name)
        assert "Source image rejected" in refused.stderr


def test_files_match_their_signed_checksums(release: Release, tmp_path: Path) -> None:
    environment = {**os.environ, **release.key.environment}
    verifying = ["gpg", "--batch", "--verify", "SHA256SUMS.asc", "SHA256SUMS"]
    assert (
        subprocess.run(verifying, cwd=release.files, env=environment, capture_output=True, check=False).returncode == 0
    )
    subprocess.run(["sha256sum", "--check", "--quiet", "--strict", "SHA256SUMS"], cwd=release.files, check=True)
    listed = {line.split("  ")[1] for line in (release.files / "SHA256SUMS").read_text().splitlines()}
    assert listed == {path.name for path in release.files.iterdir()} - {"SHA256SUMS", "SHA256SUMS.asc"}


def test_the_chart_is_pulled_verified_and_names_the_images_that_were_pushed(release: Release, tmp_path: Path) -> None:
    keyring = tmp_path / "key.gpg"
    keyring.write_bytes(release.key.public("--no-armor"))
    pull = ["pull", f"oci://{release.registry}/charts/bandstand", "--version=0.2.0", f"--destination={tmp_path}"]
    done = run_helm(*pull, "--plain-http", "--verify", f"--keyring={keyring}")
    assert done.returncode == 0, done.stderr
    chart = tmp_path / "bandstand-0.2.0.tgz"
    assert chart.read_bytes() == (release.files / chart.name).read_bytes()
    values = tmp_path / "values.yaml"
    own = re.sub(r"^images:.*\n", "", value_set_of("minimal").read_text(), flags=re.MULTILINE)
    values.write_text(own)
    rendered = run_helm("template", "band", chart, "--kube-version", f"v{KUBERNETES[0]}.0", "--values", values)
    assert rendered.returncode == 0, rendered.stderr
    named = set(re.findall(rf"image: \"?({re.escape(release.registry)}/\S+?)\"?$", rendered.stdout, re.MULTILINE))
    assert named == {pushed(f"{release.registry}/{service}:0.2.0").by_digest for service in images.SERVICES}


def _bill(release: Release, service: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((release.files / f"{service}.cdx.json").read_text())
    return found


@pytest.mark.parametrize("service", images.SERVICES)
def test_the_bill_of_materials_is_attached_to_the_image(release: Release, service: str, tmp_path: Path) -> None:
    image = pushed(f"{release.registry}/{service}:0.2.0")
    bill = pushed(f"{release.registry}/{service}:0.2.0-sbom")
    manifest = json.loads(bill.manifest)
    assert manifest["artifactType"] == "application/vnd.cyclonedx+json"
    assert manifest["subject"]["digest"] == image.digest
    referrers = json.loads(pushed(f"{release.registry}/{service}:{image.digest.replace(':', '-')}").manifest)
    assert bill.digest in [each["digest"] for each in referrers["manifests"]]
    assert _copy(["--insecure-policy"], bill.reference, tmp_path).returncode == 0
    digest = hashlib.sha256((release.files / f"{service}.cdx.json").read_bytes()).hexdigest()
    assert (tmp_path / digest).exists()


# Names are compared as Python's index compares them.
INSIDE = """
import importlib.metadata, re, sysconfig
for each in importlib.metadata.distributions(path=[sysconfig.get_path("purelib")]):
    print(re.sub("[-_.]+", "-", each.metadata["Name"]).lower(), each.version)
"""


@pytest.mark.parametrize("service", images.SERVICES)
def test_the_bill_of_materials_has_all_that_is_in_the_image(release: Release, service: str) -> None:
    """Each package, Python's and Debian's, as the image's own tools list them."""
    image = images.tag_of(f"{release.registry}/{service}:0.2.0", images.native(), release.platforms)
    listed = {f"{each['name']} {each['version']}" for each in _bill(release, service)["components"]}
    python = {line for line in _run(image, "/app/bin/python", "-c", INSIDE) if not line.startswith("bandstand")}
    debian = set(_run(image, "dpkg-query", "--show", "--showformat=${Package} ${Version}\n"))
    assert len(python) > 40
    assert len(debian) > 50
    assert python | debian <= listed


def _run(image: str, *command: str) -> list[str]:
    running = [*images.engine(), "run", "--rm", "--network=none", f"--entrypoint={command[0]}", image, *command[1:]]
    return subprocess.run(running, capture_output=True, text=True, check=True).stdout.splitlines()


def test_webs_bill_names_what_pg_dump_was_copied_from(release: Release) -> None:
    names = {each["name"] for each in _bill(release, "web")["components"]}
    assert {"libpq5"} <= names
    assert any(name.startswith("postgresql-client-") for name in names)


def test_the_commit_has_the_version_and_the_tag_and_is_released_once(release: Release) -> None:
    assert release.repository.git("log", "-1", "--format=%s") == "Release 0.2.0"
    assert release.repository.git("cat-file", "-t", "v0.2.0") == "tag"
    assert release.repository.git("status", "--porcelain") == ""
    assert "git push origin HEAD v0.2.0" in release.printed
    again = release.repository.release("0.2.0")
    assert again.returncode == 1
    assert "the tag v0.2.0 exists" in again.stderr
