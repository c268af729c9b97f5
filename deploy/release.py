"""Release Bandstand: make release VERSION=1.2.0 [ARGS="--key FINGERPRINT --registry ghcr.io/example/bandstand"]

Checks that everything is ready, sets the version, commits it, makes all files of the release in dist/, and tags the
commit. Nothing leaves this machine unless a registry is named, and only what is signed. The tag is pushed by hand;
docs/releasing.md says how all of this goes together.
"""

from __future__ import annotations

import re
import shlex
import subprocess  # noqa: S404 # commands are lists of our own
import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

from packaging.version import InvalidVersion, Version

from deploy import images, versions
from deploy.publishing import make
from deploy.signing import Signer
from deploy.tools import ToolMissingError

ROOT = Path(__file__).resolve().parents[1]


class NotReadyError(Exception):
    """There is something to do before this release."""


def check(version: str, *, tagged: bool, root: Path = ROOT) -> None:
    """Raise NotReadyError, with all that is missing for releasing `version`.

    With `tagged` the commit must carry the release's tag and version already, as when a forge was handed the tag.
    """
    if not versions.is_version(version):
        raise NotReadyError(f"{version!r} is no version: it takes 1.2.0, or 1.2.0-rc.1 (alpha, beta, rc) before it")
    problems = [*_of_git(version, root, tagged=tagged), *_of_texts(version, root)]
    if tagged and (others := {place for place, found in versions.written(root).items() if not _same(found, version)}):
        problems.append(f"the tag says {version}, and other versions stand in {', '.join(sorted(others))}")
    if problems:
        raise NotReadyError("\n".join(problems))


def _of_git(version: str, root: Path, *, tagged: bool) -> list[str]:
    tags = _git(root, "tag", "--list", "v*").split()
    problems = []
    if changed := _git(root, "status", "--porcelain"):
        problems.append(f"commit or remove what isn't committed:\n{changed}")
    if tagged:
        if f"v{version}" not in _git(root, "tag", "--points-at", "HEAD").split():
            problems.append(f"this commit has no tag v{version}")
        return problems
    if f"v{version}" in tags:
        problems.append(f"the tag v{version} exists: a version is released once")
    elif newer := [tag for tag in tags if _is_newer(tag, version)]:
        problems.append(f"{', '.join(newer)} came before, so {version} can't come next")
    return problems


def _of_texts(version: str, root: Path) -> list[str]:
    problems = []
    section = re.search(
        rf"^## {re.escape(version)}( .*)?\n(?P<text>.*?)(?=^## |\Z)",
        (root / "CHANGELOG.md").read_text(encoding="utf-8"),
        re.MULTILINE | re.DOTALL,
    )
    if section is None or not section["text"].strip():
        problems.append(f"CHANGELOG.md has nothing under “## {version}”: rename its section “Unreleased”")
    note = root / "docs" / "upgrading" / f"{version}.md"
    if not note.exists():
        problems.append(f"docs/upgrading/{version}.md is missing: rename unreleased.md there, and say what to do")
    elif not note.read_text(encoding="utf-8").startswith(f"# Upgrading to {version}\n"):
        problems.append(f"docs/upgrading/{version}.md must begin with “# Upgrading to {version}”")
    return problems


def _is_newer(tag: str, version: str) -> bool:
    try:
        return Version(tag.removeprefix("v")) > Version(version)
    except InvalidVersion:
        return False


def _same(found: str, version: str) -> bool:
    return found in {version, str(Version(version))}


def commit(version: str, root: Path = ROOT) -> None:
    """Write the version, and commit that. Does nothing if it stands there already."""
    versions.write(root, version)
    if _git(root, "status", "--porcelain"):
        _git(root, "commit", "--quiet", "--message", f"Release {version}", *map(str, versions.PLACES))


def _git(root: Path, *words: str) -> str:
    done = subprocess.run(["git", *words], cwd=root, capture_output=True, text=True, check=False)  # noqa: S603, S607 # a list of our own, no shell
    if done.returncode:
        raise NotReadyError(f"git {shlex.join(words)} failed: {done.stderr.strip()}")
    return done.stdout.strip()


def release(options: Namespace) -> None:
    """Do it all, or only say what would be done."""
    check(options.version, tagged=options.tagged)
    signer = Signer.of(options.key, options.passphrase_file, keyless=options.keyless)
    if options.registry and signer is None:
        raise NotReadyError("nothing is published unsigned: name a key of gpg with --key")
    lacking = sorted(set(options.platforms) - images.buildable())
    if options.dry_run:
        where = f"push them to {options.registry}" if options.registry else "push nothing"
        _say(f"{options.version} is ready. Would build images for {', '.join(options.platforms)} and {where}.")
        if lacking:
            _say(f"This machine can't build {', '.join(lacking)}: build those on another first (docs/releasing.md).")
        return
    if lacking and not options.registry:
        raise NotReadyError(
            f"this machine can't build {', '.join(lacking)}: install qemu-user-static, or name --platforms"
        )
    if not options.tagged:
        commit(options.version)
    files = make(options, signer)
    if not options.tagged:
        _git(ROOT, "tag", "--annotate", f"v{options.version}", "--message", f"Bandstand {options.version}")
    _say("".join(f"{path.relative_to(ROOT)}\n" for path in files))
    _say(f"{options.version} is made." if options.tagged else f"Now push it: git push origin HEAD v{options.version}")


def _say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


def _parser() -> ArgumentParser:
    parser = ArgumentParser(prog="make release", description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("version", help="such as 1.2.0 or 1.3.0-rc.1")
    parser.add_argument("--dry-run", action="store_true", help="check, and say what would be done")
    parser.add_argument("--tagged", action="store_true", help="the commit has the version and its tag already")
    parser.add_argument("--registry", help="where images and chart go, such as ghcr.io/example/bandstand")
    parser.add_argument("--key", help="fingerprint of the key of gpg that signs")
    parser.add_argument("--passphrase-file", type=Path, help="holds the key's passphrase, if it has one")
    parser.add_argument("--keyless", action="store_true", help="also sign with cosign, as the workflow of a forge")
    images.add_options(parser, platforms=",".join(images.PLATFORMS))
    return parser


def main() -> int:
    try:
        release(_parser().parse_args())
    except (NotReadyError, LookupError, ToolMissingError) as problem:
        sys.stderr.write(f"{problem}\n")
        return 1
    except subprocess.CalledProcessError as problem:
        said = problem.stderr.decode() if isinstance(problem.stderr, bytes) else problem.stderr or ""
        sys.stderr.write(f"{shlex.join(map(str, problem.cmd))} failed\n{said}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
