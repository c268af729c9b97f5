"""What the web process answers while its threads are busy."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterable
from typing import Any

from bandstand_web.receiving import Environ, Message, RequestReceiver


def scope(path: str) -> Message:
    return {
        "type": "http",
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [(b"host", b"10.0.0.7:8000")],
        "server": ("10.0.0.7", 8000),
        "client": ("10.0.0.1", 40000),
    }


async def ask(receiver: RequestReceiver, path: str) -> tuple[int, bytes]:
    """Return status and body of an answer."""
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    await receiver(scope(path), receive, send)
    return sent[0]["status"], b"".join(message["body"] for message in sent[1:])


def test_it_is_healthy_while_all_threads_wait_for_something_that_does_not_answer() -> None:
    database = threading.Event()

    def application(_environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        database.wait(30)
        start_response("200 OK", [])
        return [b"page"]

    async def visit() -> tuple[int, bytes]:
        receiver = RequestReceiver(application, threads=1)
        pages = [asyncio.create_task(ask(receiver, "/")) for _number in range(3)]
        await asyncio.sleep(0)
        try:
            health = await asyncio.wait_for(ask(receiver, "/healthz"), 10)
            assert not any(page.done() for page in pages)
        finally:
            database.set()
        assert await asyncio.gather(*pages) == [(200, b"page")] * 3
        return health

    assert asyncio.run(visit()) == (200, b"ok\n")
