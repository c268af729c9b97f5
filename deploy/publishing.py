"""Makes the files of a release in dist/, and publishes images and chart with their bills of materials, all signed."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess  # noqa: S404 # commands are lists of our own
import tempfile
from argparse import Namespace
from contextlib import nullcontext
from pathlib import Path

from deploy import images
from deploy.contents import contents
from deploy.registry import CYCLONEDX, Pushed, attach, is_local, pushed
from deploy.signing import Signer
from deploy.tools import helm
from deploy.versions import CHART

ROOT = Path(__file__).resolve().parents[1]


def make(options: Namespace, signer: Signer | None) -> list[Path]:
    """Make the files of a release and return them; publish it if a registry is named, which takes a signer."""
    folder = ROOT / "dist" / options.version
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    registry = options.registry or "localhost/bandstand"
    images.build(
        Namespace(**{**vars(options), "registry": registry, "tag": options.version, "push": bool(options.registry)})
    )
    named = {service: f"{registry}/{service}:{options.version}" for service in images.SERVICES}
    published = {service: _complete(image, options.platforms) for service, image in named.items() if options.registry}
    for service, image in named.items():
        _write_bill(folder, service, image, options)
    if published and signer:
        chart = package_chart(folder, options.version, signer, registry, published)
        _publish(folder, options, signer, published, chart)
    else:
        package_chart(folder, options.version, signer)
    _write_sums(folder, signer)
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _write_bill(folder: Path, service: str, image: str, options: Namespace) -> None:
    by_platform = {name: images.tag_of(image, name, options.platforms) for name in options.platforms}
    bill = contents(service, options.version, by_platform)
    (folder / f"{service}.cdx.json").write_text(f"{json.dumps(bill, indent=1)}\n", encoding="utf-8")


def _complete(image: str, wanted: list[str]) -> Pushed:
    """Return the pushed image. Raises LookupError if it lacks a platform that is wanted."""
    found = pushed(image)
    if len(wanted) > 1 and (missing := sorted(set(wanted) - found.platforms)):
        raise LookupError(f"{image} lacks {', '.join(missing)}: build it on such a machine, see docs/releasing.md")
    return found


def package_chart(
    folder: Path,
    version: str,
    signer: Signer | None,
    registry: str = "",
    published: dict[str, Pushed] | None = None,
) -> Path:
    """Package the chart, signed if there is a signer. If images were published, it names them by their digests."""
    with tempfile.TemporaryDirectory() as parent, signer.chart_options() if signer else nullcontext([]) as signing:
        chart = Path(parent) / "bandstand"
        shutil.copytree(ROOT / CHART.parent, chart)
        if published:
            _name_images(chart / "values.yaml", registry, published)
        command = [str(helm()), "package", str(chart), f"--destination={folder}", *signing]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 # a list of our own, no shell
    return folder / f"bandstand-{version}.tgz"


def _name_images(values: Path, registry: str, published: dict[str, Pushed]) -> None:
    text = values.read_text(encoding="utf-8")
    named = {"registry": registry, **{f"{service}Digest": image.digest for service, image in published.items()}}
    for key, value in named.items():
        text, count = re.subn(rf'^(  {key}: )""$', rf'\g<1>"{value}"', text, flags=re.MULTILINE)
        if count != 1:
            raise LookupError(f"images.{key} isn't where it was in {values.name}")
    values.write_text(text, encoding="utf-8")


def _publish(folder: Path, options: Namespace, signer: Signer, published: dict[str, Pushed], chart: Path) -> None:
    """Push what belongs to the images, which are in the registry already, and the chart; sign all of it."""
    bills = [
        attach(image, folder / f"{service}.cdx.json", CYCLONEDX, f"{options.version}-sbom")
        for service, image in published.items()
    ]
    plain = ["--plain-http"] if is_local(options.registry) else []
    command = [str(helm()), "push", str(chart), f"oci://{options.registry}/charts", *plain]
    subprocess.run(command, check=True)  # noqa: S603 # a list of our own, no shell
    everything = [*published.values(), *bills, pushed(f"{options.registry}/charts/bandstand:{options.version}")]
    for each in everything:
        signer.sign_image(each, folder / "signatures")
    lines = [f"{each.reference}@{each.digest}\n" for each in everything]
    (folder / "images.txt").write_text("".join(lines), encoding="utf-8")
    _pack_signatures(folder)


def _pack_signatures(folder: Path) -> None:
    """Make one file of the signatures, as releases of a forge take no folders."""
    shutil.make_archive(str(folder / "signatures"), "gztar", folder / "signatures")
    shutil.rmtree(folder / "signatures")


def _write_sums(folder: Path, signer: Signer | None) -> None:
    """Write the files' checksums in the form of sha256sum, and sign them."""
    lines = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in sorted(folder.iterdir())]
    sums = folder / "SHA256SUMS"
    sums.write_text("".join(lines), encoding="utf-8")
    if signer:
        signer.sign_file(sums)
