"""The packaged chart, signed with a key that is thrown away; whoever changes it is noticed."""

from __future__ import annotations

import os
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from deploy.publishing import package_chart
from deploy.registry import Pushed
from deploy.signing import Signer
from deploy.versions import written
from tests.deploy.release.throw_away import Key, new_key
from tests.deploy.rendering import KUBERNETES, ROOT, program, run_helm, value_set_of

IMAGES = {
    "web": Pushed("registry.example.org/b/web:0.1.0", b'{"manifests": []}'),
    "worker": Pushed("registry.example.org/b/worker:0.1.0", b"{}"),
}


@pytest.fixture(scope="module")
def keys() -> Iterator[tuple[Key, Key]]:
    """Give the key of releases and a stranger's."""
    with tempfile.TemporaryDirectory(prefix="keys") as folder:
        both = new_key(Path(folder) / "ours", "releases"), new_key(Path(folder) / "theirs", "stranger")
        yield both
        for key in both:
            key.forget()


@pytest.fixture(scope="module")
def chart(keys: tuple[Key, Key], tmp_path_factory: pytest.TempPathFactory) -> Path:
    program()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GNUPGHOME", str(keys[0].home))
        signer = Signer.of(keys[0].fingerprint, keys[0].passphrase_file)
        folder = tmp_path_factory.mktemp("dist")
        version = next(iter(written(ROOT).values()))
        return package_chart(folder, version, signer, "registry.example.org/b", IMAGES)


def verified(chart: Path, key: Key) -> subprocess.CompletedProcess[str]:
    keyring = key.home / "public.gpg"
    keyring.write_bytes(key.public("--no-armor"))
    return run_helm("verify", chart, "--keyring", keyring)


def test_its_provenance_is_verified_with_the_key(chart: Path, keys: tuple[Key, Key]) -> None:
    done = verified(chart, keys[0])
    assert done.returncode == 0, done.stderr
    assert "releases" in done.stdout + done.stderr


def test_another_key_is_not_taken(chart: Path, keys: tuple[Key, Key]) -> None:
    assert verified(chart, keys[1]).returncode != 0


@pytest.mark.parametrize("changed", ["the chart", "the provenance"])
def test_a_change_is_noticed(chart: Path, keys: tuple[Key, Key], tmp_path: Path, changed: str) -> None:
    copy = tmp_path / chart.name
    shutil.copy(chart, copy)
    shutil.copy(f"{chart}.prov", f"{copy}.prov")
    if changed == "the chart":
        with tarfile.open(copy) as archive:
            archive.extractall(tmp_path / "content", filter="data")
        (tmp_path / "content" / "bandstand" / "values.yaml").write_text("images: {registry: registry.evil.example}\n")
        with tarfile.open(copy, "w:gz") as archive:
            archive.add(tmp_path / "content" / "bandstand", "bandstand")
    else:
        provenance = Path(f"{copy}.prov")
        provenance.write_text(provenance.read_text().replace("Apache-2.0", "MIT"))
    assert verified(copy, keys[0]).returncode != 0


@pytest.mark.parametrize("registry", ["registry.example.org/b", "mirror.example.net/b"])
def test_it_names_the_images_of_its_release_by_digest(chart: Path, registry: str, tmp_path: Path) -> None:
    values = yaml.safe_load(value_set_of("minimal").read_text())
    values["images"] = {} if registry == "registry.example.org/b" else {"registry": registry}
    (tmp_path / "values.yaml").write_text(yaml.safe_dump(values))
    version = f"v{KUBERNETES[0]}.0"
    done = run_helm("template", "band", chart, "--kube-version", version, "--values", tmp_path / "values.yaml")
    assert done.returncode == 0, done.stderr
    for service, image in IMAGES.items():
        assert f"{registry}/{service}@{image.digest}" in done.stdout


def test_without_a_registry_and_a_key_it_is_the_chart_as_it_is(tmp_path: Path) -> None:
    program()
    version = next(iter(written(ROOT).values()))
    chart = package_chart(tmp_path, version, None)
    with tarfile.open(chart) as archive:
        inside = archive.extractfile("bandstand/values.yaml")
        assert inside
        assert inside.read() == (ROOT / "deploy/helm/bandstand/values.yaml").read_bytes()
    assert [path.name for path in tmp_path.iterdir()] == [chart.name]


def test_a_key_that_gpg_lacks_is_named(keys: tuple[Key, Key], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GNUPGHOME", str(keys[0].home))
    with pytest.raises(LookupError, match=keys[1].fingerprint):
        Signer.of(keys[1].fingerprint)


def test_a_key_without_a_passphrase_signs_with_an_empty_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program()
    with tempfile.TemporaryDirectory(prefix="keys") as folder:
        key = new_key(Path(folder) / "open", "open", passphrase="")
        monkeypatch.setenv("GNUPGHOME", str(key.home))
        signer = Signer.of(key.fingerprint, key.passphrase_file)
        chart = package_chart(tmp_path, next(iter(written(ROOT).values())), signer)
        done = verified(chart, key)
        key.forget()
    assert done.returncode == 0, done.stderr


def test_a_passphrase_file_that_is_missing_is_named(keys: tuple[Key, Key], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GNUPGHOME", str(keys[0].home))
    with pytest.raises(LookupError, match="/nowhere/passphrase"):
        Signer.of(keys[0].fingerprint, Path("/nowhere/passphrase"))


def test_checksums_are_signed_and_a_change_is_noticed(
    keys: tuple[Key, Key], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GNUPGHOME", str(keys[0].home))
    signer = Signer.of(keys[0].fingerprint, keys[0].passphrase_file)
    assert signer
    sums = tmp_path / "SHA256SUMS"
    sums.write_text("0" * 64 + "  bandstand.tgz\n")
    signature = signer.sign_file(sums)

    def status() -> int:
        return subprocess.run(
            ["gpg", "--batch", "--verify", signature, sums], env=os.environ, capture_output=True, check=False
        ).returncode

    assert status() == 0
    sums.write_text("1" * 64 + "  bandstand.tgz\n")
    assert status() != 0
