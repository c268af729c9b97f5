"""The protocol between two cells during a move: requests are piped into `manage.py receive_tenant` in the other cell.

A request is a line of JSON, followed by as many bytes as it announces; an answer is a line of JSON. Anything that can
run a command and pipe its input and output (a shell, ssh, kubectl exec) can connect two cells, and neither needs the
other's passwords.
"""

from __future__ import annotations

import json
import shlex
import subprocess  # noqa: S404 # the operator names the command
import tempfile
from collections.abc import Callable
from contextlib import suppress
from io import SEEK_END
from types import TracebackType
from typing import IO, Any, Self

from bandstand.backups.archives import ExactEncoder
from bandstand.moving.models import MoveError

Request = dict[str, Any]
Answer = dict[str, Any]
Answering = Callable[[Request, IO[bytes]], Answer]
_CHUNK = 1 << 20
_PATIENCE = 30  # seconds for the other side to exit after the last request


class Conversation:
    """The requesting side."""

    def __init__(self, *, cell: str, through: str) -> None:
        self._cell = cell
        self._command = [*shlex.split(through), "receive_tenant"]
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        try:
            # The command comes from the operator and is split into words; no shell is used.
            self._process = subprocess.Popen(  # noqa: S603
                self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE
            )
        except OSError as problem:
            raise MoveError(f"{self._cell} can't be reached: {problem}.") from problem
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is None or self._process.stdin is None or self._process.stdout is None:
            return
        with suppress(OSError):  # it may have exited already
            self._process.stdin.close()
        try:
            self._process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()

    def ask(self, do: str, *, content: IO[bytes] | None = None, **about: Any) -> Answer:
        """Return the answer. `content` is a seekable file, sent whole. Raises MoveError."""
        process = self._process
        if process is None or process.stdin is None or process.stdout is None:
            raise MoveError(f"{self._cell} isn't asked at the moment.")
        size = content.seek(0, SEEK_END) if content else 0
        line = json.dumps({"do": do, "size": size, **about}, cls=ExactEncoder)
        try:
            process.stdin.write(line.encode() + b"\n")
            if content:
                content.seek(0)
                while chunk := content.read(_CHUNK):
                    process.stdin.write(chunk)
            process.stdin.flush()
        except BrokenPipeError:
            pass  # it stopped reading: its last line says why, if there is one
        return self._answer(process.stdout.readline())

    def _answer(self, line: bytes) -> Answer:
        if not line:
            raise MoveError(f"{self._cell} went away without an answer.")
        try:
            answer = json.loads(line)
        except ValueError:
            said = line.decode(errors="replace").strip()
            raise MoveError(f"{self._cell} can't be understood, it said {said[:200]}.") from None
        if "error" in answer:
            raise MoveError(f"{self._cell} says: {answer['error']}")
        return dict(answer)


def listen(requests: IO[bytes], answers: IO[bytes], answering: Answering) -> None:
    """Answer requests until there are no more. A MoveError is sent as an answer; other errors end the conversation."""
    while line := requests.readline():
        request = json.loads(line)
        with tempfile.TemporaryFile() as content:
            _copy(requests, content, request["size"])
            try:
                answer = answering(request, content)
            except MoveError as problem:
                answer = {"error": str(problem)}
        answers.write(json.dumps(answer, cls=ExactEncoder).encode() + b"\n")
        answers.flush()


def _copy(source: IO[bytes], target: IO[bytes], size: int) -> None:
    """Copy `size` bytes. Raises EOFError if the other side ends early, for example because it was killed."""
    while size:
        chunk = source.read(min(size, _CHUNK))
        if not chunk:
            raise EOFError("The other cell hung up in the middle of a request.")
        target.write(chunk)
        size -= len(chunk)
    target.seek(0)
