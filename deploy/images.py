"""Build both images: python deploy/images.py [--registry R] [--tag T] [--base IMAGE] [--postgres pgdg|debian] [--push]
                   [--platforms linux/amd64,linux/arm64]

Uses Docker if its daemon is running, otherwise buildah. The base image is resolved to its digest first, so that the
images record exactly what they are built on; a base that exists only on this machine has no digest and is used as is.

Of several platforms those are built that this machine is or emulates, each as TAG-ARCHITECTURE, and TAG becomes an
index of what the registry has of them then. Where nothing emulates the other platform, run the same command on a
machine of it: whoever comes last makes the index of both.
"""

from __future__ import annotations

import os
import platform
import shlex
import shutil
import subprocess  # noqa: S404 # commands are lists of our own
import sys
import tempfile
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BASE = "docker.io/library/python:3.13-slim-trixie"
SERVICES = ("web", "worker")
PLATFORMS = {"linux/amd64": ("x86_64", "amd64"), "linux/arm64": ("aarch64", "arm64")}  # as machines call themselves
EMULATORS = Path("/proc/sys/fs/binfmt_misc")
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


def native() -> str:
    """Return this machine's platform."""
    machine = platform.machine().lower()
    return next((name for name, machines in PLATFORMS.items() if machine in machines), f"linux/{machine}")


def buildable() -> set[str]:
    """Return the platforms that this machine is or emulates."""
    command = engine()
    if "podman" in command[0]:
        emulated = {name for name, (machine, _) in PLATFORMS.items() if _is_enabled(EMULATORS / f"qemu-{machine}")}
    else:
        builder = subprocess.run(  # noqa: S603 # a list of our own, no shell
            [*command, "buildx", "inspect"], capture_output=True, text=True, check=False
        ).stdout
        listed = "".join(line for line in builder.splitlines() if line.startswith("Platforms:"))
        emulated = {name for name in PLATFORMS if name in listed.removeprefix("Platforms:").replace(",", " ").split()}
    return emulated | {native()}


def resolved(base: str, wanted: str) -> str:
    """Return the base image with a digest that has platform `wanted`, pulling it if it isn't local."""
    if "@" in base:
        return base
    command = engine()
    if _inspected(base, "{{.Architecture}}") != architecture(wanted):
        pull = [*command, "pull", "--quiet", "--platform", wanted, base]
        subprocess.run(pull, check=True)  # noqa: S603 # a list of our own, no shell
    repository = base.rsplit(":", 1)[0]
    digests = (_inspected(base, "{{range .RepoDigests}}{{.}} {{end}}") or "").split()
    known = [digest for digest in digests if digest.startswith(f"{repository}@")]
    return known[0] if known else base


def _inspected(image: str, template: str) -> str | None:
    """Return what the engine says of a local image; None if there is none."""
    done = subprocess.run(  # noqa: S603 # a list of our own, no shell
        [*engine(), "image", "inspect", "--format", template, image], capture_output=True, text=True, check=False
    )
    return done.stdout.strip() if done.returncode == 0 else None


def architecture(name: str) -> str:
    """Return the platform's architecture, as tags and Kubernetes call it."""
    return name.rpartition("/")[2]


def revision() -> str:
    """Return the commit being built, or `unknown` outside a repository."""
    done = subprocess.run(
        ["git", "rev-parse", "HEAD"],  # noqa: S607
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.strip() or "unknown"


def build(options: Namespace) -> None:
    """Build both images for each platform that can be built here, and push them if requested."""
    wanted = options.platforms or [native()]
    possible = buildable()
    built = [name for name in wanted if name in possible]
    if not built:
        raise LookupError(f"this machine neither is nor emulates {' or '.join(wanted)}: install qemu-user-static")
    for service in SERVICES:
        image = f"{options.registry}/{service}:{options.tag}"
        for name in built:
            own = tag_of(image, name, wanted)
            build_one(options, service, name, own)
            if options.push:
                subprocess.run([*engine(), "push", own], check=True)  # noqa: S603 # a list of our own, no shell
        if len(wanted) > 1 and options.push:
            index(image, wanted, built)


def tag_of(image: str, name: str, wanted: list[str]) -> str:
    """Return the tag of the image for one platform of those `wanted`."""
    return image if len(wanted) == 1 else _tagged(image, name)


def build_one(options: Namespace, service: str, wanted: str, tag: str) -> None:
    """Build one service's image for one platform."""
    base = resolved(options.base, wanted)
    arguments = {"BASE": base, "VERSION": options.tag, "REVISION": revision()}
    if service == "web":
        arguments |= {"POSTGRES_PACKAGES": options.postgres, "POSTGRES_MAJOR": options.postgres_major}
    command = [*build_command(), "--platform", wanted, "--tag", tag, "--file", f"services/{service}/Dockerfile"]
    command += ["--label", f"org.opencontainers.image.base.name={base}"]
    for argument, value in arguments.items():
        command += ["--build-arg", f"{argument}={value}"]
    subprocess.run([*command, "."], cwd=ROOT, check=True)  # noqa: S603 # a list of our own, no shell
    _say(f"built {tag} for {wanted} on {base}")


def index(image: str, wanted: list[str], built: list[str]) -> None:
    """Make `image` an index of what the registry has of the `wanted` platforms; those `built` now have to be there."""
    command = engine()
    others = [name for name in wanted if name not in built and _is_pushed(_tagged(image, name))]
    listed = [*built, *others]
    if "podman" in command[0]:
        digest = _index_by_podman(image, [_tagged(image, name) for name in listed])
    else:
        tools = [*command, "buildx", "imagetools"]
        subprocess.run(  # noqa: S603 # a list of our own, no shell
            [*tools, "create", "--tag", image, *(_tagged(image, name) for name in listed)], check=True
        )
        digest = subprocess.run(  # noqa: S603 # a list of our own, no shell
            [*tools, "inspect", "--format", "{{.Manifest.Digest}}", image], capture_output=True, text=True, check=True
        ).stdout.strip()
    _say(f"pushed {image}@{digest} for {', '.join(listed)}")
    if missing := [name for name in wanted if name not in listed]:
        _say(f"{image} lacks {', '.join(missing)}: run this on such a machine, or install qemu-user-static")


def _tagged(image: str, name: str) -> str:
    return f"{image}-{architecture(name)}"


def _index_by_podman(image: str, parts: list[str]) -> str:
    """Push an index of `parts` as `image`, and return its digest."""
    manifest = [*engine(), "manifest"]
    local = f"{image}-index"
    _succeeds([*manifest, "rm", local])  # a former one
    with tempfile.NamedTemporaryFile("r", encoding="ascii") as digest:
        for step in (
            ["create", local],
            *(["add", local, f"docker://{part}"] for part in parts),
            ["push", "--all", f"--digestfile={digest.name}", local, f"docker://{image}"],
        ):
            subprocess.run([*manifest, *step], check=True)  # noqa: S603 # a list of our own, no shell
        return Path(digest.name).read_text(encoding="ascii").strip()


def _is_pushed(image: str) -> bool:
    command = engine()
    if "podman" in command[0]:
        return _succeeds([*command, "pull", "--quiet", f"docker://{image}"])
    return _succeeds([*command, "buildx", "imagetools", "inspect", image])


def _is_enabled(emulator: Path) -> bool:
    return emulator.exists() and emulator.read_text(encoding="ascii").startswith("enabled")


def _say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


def _platforms(words: str) -> list[str]:
    """Parse a list of platforms. Raises ArgumentTypeError for one that we don't build."""
    found = list(dict.fromkeys(word.strip() for word in words.split(",") if word.strip()))
    if unknown := [name for name in found if name not in PLATFORMS]:
        raise ArgumentTypeError(f"{', '.join(unknown)}: there are images for {' and '.join(PLATFORMS)}")
    return found


def _succeeds(command: list[str]) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode == 0  # noqa: S603 # a list of our own, no shell


def add_options(parser: ArgumentParser, platforms: str | None = None) -> None:
    """Add what says how images are built, with `platforms` as the default of the option."""
    parser.add_argument("--base", default=os.environ.get("BANDSTAND_IMAGE_BASE", BASE))
    parser.add_argument("--postgres", choices=["pgdg", "debian"], default=os.environ.get("BANDSTAND_POSTGRES", "pgdg"))
    parser.add_argument("--postgres-major", default=os.environ.get("BANDSTAND_POSTGRES_MAJOR", "18"))
    parser.add_argument(
        "--platforms",
        type=_platforms,
        default=platforms,
        help=f"such as linux/amd64,linux/arm64; {platforms or 'this machine'} by default",
    )


def main() -> int:
    parser = ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--registry", default="localhost/bandstand")
    parser.add_argument("--tag", default="dev")
    add_options(parser)
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
