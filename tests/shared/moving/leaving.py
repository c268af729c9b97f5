"""A move that kills its own process at a point."""

from __future__ import annotations

import os
import signal
import sys
from typing import Any

# What was done when it dies, in order. The last three come after the commit that decides.
BEFORE_SWITCH = (
    "after greet",
    "after file",
    "taking nothing in",
    "read-only",
    "amid contents",
    "after contents",
    "copied and compared",
)
AFTER_SWITCH = ("switched", "after open", "open in the other cell")


def main(slug: str, cell: str, through: str, point: str) -> None:
    from bandstand.moving import departing, talking  # noqa: PLC0415

    ask = talking.Conversation.ask

    def asked(self: talking.Conversation, do: str, **about: Any) -> Any:
        if point == f"amid {do}":
            about["content"] = _Deadly(about["content"])
        answer = ask(self, do, **about)
        if point == f"after {do}":
            die()
        return answer

    def report(done: str) -> None:
        if done == point:
            die()

    talking._CHUNK = 4096
    talking.Conversation.ask = asked  # type: ignore[method-assign,assignment]
    if point == "taking nothing in":
        departing._Departure._drain = lambda _self: die()  # type: ignore[method-assign,assignment]
    departing.tenant_move(slug=slug, to=cell, through=through, report=report)


class _Deadly:
    """A file in the middle of which the process dies."""

    def __init__(self, content: Any) -> None:
        self._content, self._reads = content, 0

    def seek(self, *where: int) -> int:
        return int(self._content.seek(*where))

    def read(self, size: int) -> bytes:
        self._reads += 1
        if self._reads == 3:
            die()
        return bytes(self._content.read(size))


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main(*sys.argv[1:])
