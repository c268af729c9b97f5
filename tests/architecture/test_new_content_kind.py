"""docs/new-content-kind.md is true: its steps, taken in a copy of this tree, add a kind of content that works.

Nothing of the kind stands here. What it can do then is tried by sponsors_at_work.py, in the copy, on a database of its
own with two portals.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from bandstand.devstack.postgres import database_create
from tests.architecture.walkthrough import Edit, NewFile, StepError, follow, steps_of
from tests.servers import ROOT, kept_database, role_of, with_path, worker_number

pytestmark = pytest.mark.slow

PAGE = "docs/new-content-kind.md"
COUNTED = re.compile(r"These steps make (\d+) new files, three of them migrations, and (\d+) edits")
MOST_FILES, MOST_EDITS = 16, 5
TOOLS = Path(sys.executable).parent
# The copy's tests are another process beside those of this session, of which there may be eight: with a database and a
# cache of its own.
OTHER_WORKER = 8
# What it can do, and some of the tests that hold for all kinds without a line.
CHECKED = [
    f"tests/architecture/{name}.py"
    for name in ("sponsors_at_work", "test_rooms", "test_bounds", "test_publication", "test_page_addresses")
]


@dataclass(frozen=True)
class Followed:
    """A copy of this tree in which the page's steps were taken."""

    tree: Path
    before: dict[str, bytes]

    def environment(self, **more: str) -> dict[str, str]:
        """Return what makes Python find the copy's code before this tree's."""
        sources = [self.tree / "shared", self.tree / "services" / "web", self.tree / "services" / "worker"]
        return {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, sources)), **more}

    def start(self, *command: str, **environment: str) -> subprocess.Popen[str]:
        """Start a program in the copy."""
        return subprocess.Popen(
            command,
            cwd=self.tree,
            env=self.environment(**environment),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, *command: str, **environment: str) -> None:
        """Run a program in the copy; fail with what it said unless it succeeds."""
        succeed(self.start(*command, **environment))

    def manage(self, *arguments: str, **environment: str) -> None:
        self.run(sys.executable, "manage.py", *arguments, **environment)

    def changed(self) -> tuple[set[str], set[str]]:
        """Return the files that are new, and those that were changed."""
        now = contents(self.tree)
        new = now.keys() - self.before.keys()
        return new, {path for path, content in now.items() if path not in new and content != self.before[path]}


def succeed(process: subprocess.Popen[str]) -> None:
    said, _errors = process.communicate()
    assert process.returncode == 0, f"{process.args}:\n{said[-8000:]}"


def contents(tree: Path) -> dict[str, bytes]:
    """Return what files hold by their paths, without what Python compiled."""
    files = (path for path in tree.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {str(path.relative_to(tree)): path.read_bytes() for path in files}


def copy_tree(tree: Path) -> None:
    """Copy what git tracks, as it lies here, and what is new and not ignored."""
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    paths = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    for path in filter(None, paths):
        if (ROOT / path).is_file():
            (tree / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / path, tree / path)


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Followed]:
    tree = tmp_path_factory.mktemp("followed")
    copy_tree(tree)
    followed = Followed(tree, contents(tree))
    follow((tree / PAGE).read_text(encoding="utf-8"), tree, manage=followed.manage)
    yield followed
    shutil.rmtree(tree)


@pytest.fixture(scope="module")
def layers(followed: Followed) -> Iterator[subprocess.Popen[str]]:
    """The check of all layers, which takes seconds, beside the other tests."""
    process = followed.start(str(TOOLS / "lint-imports"), "--no-cache")
    yield process
    process.kill()
    process.wait()


@pytest.fixture(scope="module")
def migrated(followed: Followed) -> Iterator[str]:
    """A migrated database, which the copy's tests find as they find this tree's: a copy of ours, and what is new."""
    servers = json.loads(os.environ["BANDSTAND_TEST_STACK"])
    admin, owner = servers["admin"], servers["owner"]
    name = kept_database(followed.tree)
    _drop(admin, name)  # of a session that was killed
    database_create(admin, name, template=kept_database(), owner=role_of(owner), runtime=role_of(servers["runtime"]))
    followed.manage("migrate", "--verbosity", "0", DATABASE_URL=with_path(owner, name))
    yield name
    _drop(admin, name, f"test_bandstand_{worker_number() + OTHER_WORKER}")


def _drop(admin: str, *names: str) -> None:
    with psycopg.connect(admin, autocommit=True) as server:
        for name in names:
            server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.mark.usefixtures("layers")
def test_it_takes_as_many_files_as_the_page_says(followed: Followed) -> None:
    new, edited = followed.changed()
    said = COUNTED.search((followed.tree / PAGE).read_text(encoding="utf-8"))
    assert said, "the page no longer says how many files it takes"
    files, edits = map(int, said.groups())

    assert (len(new), len(edited)) == (files, edits), (sorted(new), sorted(edited))
    assert files <= MOST_FILES
    assert edits <= MOST_EDITS
    assert len([path for path in new if "/migrations/" in path]) == 3
    assert {path for path in new if "/sponsors/" not in path} == set()


def test_what_the_page_shows_is_in_style(followed: Followed) -> None:
    new, edited = followed.changed()
    code = sorted(path for path in new | edited if path.endswith(".py") and not path.endswith("0001_initial.py"))
    templates = sorted(path for path in new if path.endswith(".html"))
    followed.run(str(TOOLS / "ruff"), "check", "--no-cache", *code)
    followed.run(str(TOOLS / "ruff"), "format", "--no-cache", "--check", *code)
    followed.run(str(TOOLS / "djlint"), "--lint", "--quiet", *templates)


@pytest.mark.long
@pytest.mark.usefixtures("migrated")
def test_the_kind_works(followed: Followed) -> None:
    ours = f"gw{worker_number() + OTHER_WORKER}"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *CHECKED]
    followed.run(*command, PYTEST_XDIST_WORKER=ours)


def test_the_layers_hold(layers: subprocess.Popen[str]) -> None:
    succeed(layers)


# --- A wrong step is noticed ------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("step", "words"),
    [
        (NewFile("there.py", "x = 1\n"), "there already"),
        (Edit("absent.py", (" x", "+y")), "not there"),
        (Edit("there.py", (" x = 3", "+y = 1")), "holds 0 times"),
        (Edit("there.py", (" x = 1", "+y = 1")), "holds 2 times"),
        (Edit("there.py", ("+y = 1",)), "says where it belongs"),
        (Edit("there.py", (" x = 2", "@@@", "+y = 1")), "begins with"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_step_that_does_not_fit_is_refused(tmp_path: Path, step: Any, words: str) -> None:
    (tmp_path / "there.py").write_text("x = 1\nx = 2\nx = 1\n")

    with pytest.raises(StepError, match=words):
        step.take(tmp_path)

    assert (tmp_path / "there.py").read_text() == "x = 1\nx = 2\nx = 1\n"


def test_steps_are_taken_as_they_are_written(tmp_path: Path) -> None:
    (tmp_path / "old.py").write_text("a | b | c\nd\ne\n")
    page = "\n".join(
        [
            *("# A page", "### `new/__init__.py`", "Empty.", "### `new/it.py`", "```python", "x = 1", "", "```"),
            *("### `old.py`", "```diff", "-… | b | …", "+… | b | x | …", "@@", " d", "-e", "+f", "```", "## End"),
            *("```sh", 'make manage ARGS="check --all"', "```"),
        ]
    )
    said: list[tuple[str, ...]] = []

    follow(page, tmp_path, manage=lambda *arguments: said.append(arguments))

    assert contents(tmp_path) == {
        "new/__init__.py": b"",
        "new/it.py": b"x = 1\n\n",
        "old.py": b"a | b | x | c\nd\nf\n",
    }
    assert said == [("check", "--all")]
    with pytest.raises(StepError, match="belongs to no file"):
        steps_of("## Nothing\n```python\nx = 1\n```\n")
    with pytest.raises(StepError, match="only commands"):
        steps_of("```sh\nrm -r everything\n```\n")
