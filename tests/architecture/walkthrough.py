"""Reads docs/new-content-kind.md as a list of steps, and takes them in a tree.

A heading `### ` with a path in backticks begins a file: a code block below it is all of a new file's text, one in
`diff` is what changes of a file that exists, and without a block the file is new and empty. Blocks in `sh` are
commands.

In a diff, lines that begin with a space say where the change belongs, `@@` stands between changes, and an ellipsis for
the rest of a long line. What a change replaces has to stand in the file exactly once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

_HEADING = re.compile(r"### `([^`]+)`")
_FENCE = "```"
_MANAGE = re.compile(r'make manage ARGS="([^"]+)"')
_REST = "…"


class StepError(Exception):
    """A step that can't be taken as it is written."""


@dataclass(frozen=True)
class NewFile:
    """A file that doesn't exist yet."""

    path: str
    text: str

    def take(self, tree: Path) -> None:
        target = tree / self.path
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            with target.open("x", encoding="utf-8") as file:
                file.write(self.text)
        except FileExistsError:
            raise StepError(f"{self.path} is a new file, and there already") from None


@dataclass(frozen=True)
class Edit:
    """Changes of a file that exists, as the lines of a diff."""

    path: str
    lines: tuple[str, ...]

    def take(self, tree: Path) -> None:
        target = tree / self.path
        if not target.is_file():
            raise StepError(f"{self.path} is changed, and not there")
        text = target.read_text(encoding="utf-8")
        for old, new in self._changes():
            if text.count(old) != 1:
                raise StepError(f"{self.path} holds {text.count(old)} times what is changed there:\n{old}")
            text = text.replace(old, new)
        target.write_text(text, encoding="utf-8")

    def _changes(self) -> Iterator[tuple[str, str]]:
        for change in "\n".join(self.lines).split("\n@@\n"):
            lines = change.split("\n")
            if strange := [line for line in lines if line[:1] not in {" ", "+", "-", ""}]:
                raise StepError(f"{self.path}: a line of a diff begins with a space, + or -: {strange[0]}")
            old, new = (self._part(line[1:] for line in lines if line[:1] != other) for other in "+-")
            if not old.strip() or old == new:
                raise StepError(f"{self.path}: a change says where it belongs, and changes something")
            yield old, new

    @staticmethod
    def _part(lines: Iterator[str]) -> str:
        text = "\n".join(lines)
        if _REST in text:
            return text.removeprefix(_REST).removesuffix(_REST)
        return f"{text}\n"


@dataclass(frozen=True)
class Command:
    """A command of manage.py."""

    arguments: tuple[str, ...]


Step = NewFile | Edit | Command


@dataclass
class _Reading:
    """What of the page was read."""

    steps: list[Step] = field(default_factory=list)
    path: str = ""  # of the file that is being told about
    is_empty: bool = True  # no block has been seen below its heading

    def end_file(self) -> None:
        if self.path and self.is_empty:
            self.steps.append(NewFile(self.path, ""))
        self.path, self.is_empty = "", True

    def begin_file(self, path: str) -> None:
        self.end_file()
        self.path = path

    def block(self, language: str, lines: list[str]) -> None:
        if language == "sh":
            self.steps += [_command(line) for line in lines]
            return
        if not self.path or not self.is_empty:
            raise StepError(f"a block that belongs to no file begins with:\n{lines[0]}")
        text = "".join(f"{line}\n" for line in lines)
        self.steps.append(Edit(self.path, tuple(lines)) if language == "diff" else NewFile(self.path, text))
        self.is_empty = False


def steps_of(page: str) -> list[Step]:
    """Return the steps of the page, in its order. Raises StepError if a block says nothing that can be done."""
    reading = _Reading()
    lines = iter(page.splitlines())
    for line in lines:
        if line.startswith(_FENCE):
            language = line.removeprefix(_FENCE)
            reading.block(language, list(iter(lambda: next(lines), _FENCE)))
        elif heading := _HEADING.fullmatch(line):
            reading.begin_file(heading[1])
        elif line.startswith("#"):
            reading.end_file()
    reading.end_file()
    return reading.steps


def follow(page: str, tree: Path, *, manage: Callable[..., None]) -> None:
    """Take the page's steps in `tree`. `manage` runs a command of manage.py there."""
    for step in steps_of(page):
        if isinstance(step, Command):
            manage(*step.arguments)
        else:
            step.take(tree)


def _command(line: str) -> Command:
    if not (found := _MANAGE.fullmatch(line)):
        raise StepError(f"only commands of manage.py can be taken as steps: {line}")
    return Command(tuple(found[1].split()))
