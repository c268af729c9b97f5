"""Build both images: python deploy/images.py [--registry R] [--tag T] [--base IMAGE] [--postgres pgdg|debian] [--push]

Uses Docker if its daemon is running, otherwise buildah. The base image is resolved to its digest first, so that the
images record exactly what they are built on; a base that exists only on this machine has no digest and is used as is.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess  # nosec B404 # commands are lists of our own
import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BASE = "docker.io/library/python:3.13-slim-trixie"
SERVICES = ("web", "worker")
CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"


def engine() -> list[str]:
    """Return the container command: BANDSTAND_CONTAINER_ENGINE, docker or podman. Raises LookupError if none works."""
    if given := os.environ.get("BANDSTAND_CONTAINER_ENGINE"):
        return shlex.split(given)
    for name in ("docker", "podman"):
        if shutil.which(name) and _succeeds([name, "info"]):
            return [name]
    raise LookupError("no container engine answers; install docker, or podman and buildah")


def build_command() -> list[str]:
    """Return the build command. Podman and buildah share one image store, so podman can run what buildah builds."""
    command = engine()
    if "podman" not in command[0]:
        return [*command, "build"]
    storage = [part for part in command[1:] if part.startswith("--storage-driver")]
    mounted = [f"--volume={path}:{path}:ro" for path in (CERTIFICATES, "/etc/pip.conf") if Path(path).exists()]
    return ["buildah", *storage, "bud", "--isolation=chroot", "--format=docker", "--layers", "--network=host", *mounted]


def resolved(base: str) -> str:
    """Return the base image with its digest, pulling it if it isn't local."""
    if "@" in base:
        return base
    command = engine()
    if not _succeeds([*command, "image", "inspect", base]):
        subprocess.run([*command, "pull", "--quiet", base], check=True)  # noqa: S603 # nosec B603 # a list of our own, no shell
    listed = subprocess.run(  # noqa: S603 # nosec B603 # a list of our own, no shell
        [*command, "image", "inspect", "--format", "{{range .RepoDigests}}{{.}} {{end}}", base],
        check=True,
        capture_output=True,
        text=True,
    )
    repository = base.rsplit(":", 1)[0]
    known = [digest for digest in listed.stdout.split() if digest.startswith(f"{repository}@")]
    is_local = _succeeds([*command, "image", "exists", base]) and not known
    return base if is_local or not known else known[0]


def revision() -> str:
    """Return the commit being built, or `unknown` outside a repository."""
    done = subprocess.run(  # nosec B603, B607 # a list of our own, no shell
        ["git", "rev-parse", "HEAD"],  # noqa: S607
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.strip() or "unknown"


def build(options: Namespace) -> None:
    """Build both images, and push them if requested."""
    base = resolved(options.base)
    arguments = {
        "BASE": base,
        "VERSION": options.tag,
        "REVISION": revision(),
        "POSTGRES_PACKAGES": options.postgres,
        "POSTGRES_MAJOR": options.postgres_major,
    }
    for service in SERVICES:
        name = f"{options.registry}/{service}:{options.tag}"
        command = [*build_command(), "--tag", name, "--file", f"services/{service}/Dockerfile"]
        command += ["--label", f"org.opencontainers.image.base.name={base}"]
        for argument, value in arguments.items():
            if service == "web" or not argument.startswith("POSTGRES"):
                command += ["--build-arg", f"{argument}={value}"]
        subprocess.run([*command, "."], cwd=ROOT, check=True)  # noqa: S603 # nosec B603 # a list of our own, no shell
        if options.push:
            subprocess.run([*engine(), "push", name], check=True)  # noqa: S603 # nosec B603 # a list of our own, no shell
        sys.stdout.write(f"built {name} on {base}\n")


def _succeeds(command: list[str]) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode == 0  # noqa: S603 # nosec B603 # a list of our own, no shell


def main() -> int:
    parser = ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--registry", default="localhost/bandstand")
    parser.add_argument("--tag", default="dev")
    parser.add_argument("--base", default=os.environ.get("BANDSTAND_IMAGE_BASE", BASE))
    parser.add_argument("--postgres", choices=["pgdg", "debian"], default=os.environ.get("BANDSTAND_POSTGRES", "pgdg"))
    parser.add_argument("--postgres-major", default=os.environ.get("BANDSTAND_POSTGRES_MAJOR", "18"))
    parser.add_argument("--push", action="store_true")
    try:
        build(parser.parse_args())
    except LookupError as problem:
        sys.stderr.write(f"{problem}\n")
        return 1
    except subprocess.CalledProcessError as problem:
        sys.stderr.write(f"{shlex.join(map(str, problem.cmd))} failed\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
