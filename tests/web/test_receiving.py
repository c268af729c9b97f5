"""What stands between the server and Django: bodies are collected within bounds, headers mean one thing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextvars import ContextVar
from http import HTTPStatus
from itertools import count
from threading import current_thread
from typing import Any

import pytest

from bandstand_web import receiving
from bandstand_web.receiving import RequestReceiver, environ_of

ON_THE_WAY = ContextVar("ON_THE_WAY", default="")
NUMBERS = count()
Message = dict[str, Any]


def scope(path: bytes = b"/", headers: Iterable[tuple[bytes, bytes]] = (), method: str = "POST") -> Message:
    return {
        "type": "http",
        "method": method,
        "raw_path": path,
        "query_string": b"",
        "server": ("127.0.0.1", "8000"),
        "client": ("192.0.2.1", "4711"),
        "scheme": "http",
        "http_version": "1.1",
        "headers": list(headers),
    }


def ask(receiver: RequestReceiver, *chunks: bytes, more: bool = False, **about: Any) -> tuple[int, bytes]:
    """Return status and body of the answer to a request that comes in these chunks; `more` never come."""

    async def run() -> tuple[int, bytes]:
        waiting, sent = list(chunks) or [b""], []

        async def receive() -> Message:
            if not waiting:
                await asyncio.sleep(3600)
            return {"type": "http.request", "body": waiting.pop(0), "more_body": more or bool(waiting)}

        async def send(message: Message) -> None:
            sent.append(message)

        await receiver(scope(**about), receive, send)
        return sent[0]["status"], b"".join(message["body"] for message in sent[1:])

    return asyncio.run(run())


def echo(environ: Message, start: Callable[..., None]) -> list[bytes]:
    body = environ["wsgi.input"].read()
    start("200 OK", [])
    return [f"{environ['CONTENT_LENGTH']}:".encode(), body]


def test_the_application_gets_the_whole_body() -> None:
    receiver = RequestReceiver(echo, threads=1)

    assert ask(receiver, b"lan", b"guage") == (200, b"8:language")
    assert ask(receiver, b"x" * 90_000, b"y") == (200, b"90001:" + b"x" * 90_000 + b"y")


def test_a_body_is_waited_for_where_one_is_announced() -> None:
    receiver = RequestReceiver(echo, threads=1)

    assert ask(receiver, b"never read", method="GET") == (200, b"0:")
    announced = [(b"content-length", b"4")]
    assert ask(receiver, b"body", method="GET", headers=announced) == (200, b"4:body")
    in_chunks = [(b"transfer-encoding", b"chunked")]
    assert ask(receiver, b"bo", b"dy", method="GET", headers=in_chunks) == (200, b"4:body")


def test_it_holds_no_more_than_there_is_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receiving, "MOST_HELD", 150_000)
    receiver = RequestReceiver(echo, threads=1)

    for _round in range(3):  # what was held is given back, whether it was taken or refused
        assert ask(receiver, b"x" * 140_000)[0] == HTTPStatus.OK
        assert ask(receiver, b"x" * 140_000, b"x" * 20_000)[0] == HTTPStatus.SERVICE_UNAVAILABLE


def test_it_gives_up_on_a_body_that_does_not_come(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receiving, "PATIENCE", 0.05)

    assert ask(RequestReceiver(echo, threads=1), b"x", more=True)[0] == HTTPStatus.REQUEST_TIMEOUT


def test_one_request_is_one_context_whichever_thread_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    threads = set()

    def stream(_environ: Message, start: Callable[..., None]) -> Iterable[bytes]:
        start("200 OK", [])
        token = ON_THE_WAY.set("this one's")
        for _piece in range(5):
            threads.add(current_thread().name)
            assert ON_THE_WAY.get() == "this one's"
            yield b"x" * receiving.PIECE
        ON_THE_WAY.reset(token)

    receiver = RequestReceiver(stream, threads=1)
    monkeypatch.setattr(receiver, "_threads", NewThreadEachTime())
    assert ask(receiver)[1] == b"x" * receiving.PIECE * 5
    assert len(threads) == 5


class NewThreadEachTime(Executor):
    """As a busy pool looks to one request."""

    def submit(self, work: Callable[..., Any], /, *arguments: Any, **more: Any) -> Future[Any]:
        return ThreadPoolExecutor(1, thread_name_prefix=f"new-{next(NUMBERS)}").submit(work, *arguments, **more)


def test_what_the_application_raises_ends_the_request() -> None:
    receiver = RequestReceiver(lambda _environ, _start: 1 / 0, threads=1)  # type: ignore[arg-type,return-value]

    with pytest.raises(ZeroDivisionError):
        ask(receiver)
    assert ask(RequestReceiver(echo, threads=1), b"x")[0] == HTTPStatus.OK


def test_headers_with_underscores_do_not_count() -> None:
    environ = environ_of(scope(headers=[(b"x-forwarded-for", b"192.0.2.1"), (b"x_forwarded_for", b"127.0.0.1")]))

    assert environ["HTTP_X_FORWARDED_FOR"] == "192.0.2.1"


def test_repeated_headers_are_joined_as_the_standard_says() -> None:
    headers = [(b"cookie", b"a=1"), (b"cookie", b"b=2"), (b"x-forwarded-for", b"a"), (b"x-forwarded-for", b"b")]

    environ = environ_of(scope(headers=headers))

    assert environ["HTTP_COOKIE"] == "a=1; b=2"
    assert environ["HTTP_X_FORWARDED_FOR"] == "a,b"


def test_the_path_is_what_wsgi_expects() -> None:
    assert environ_of(scope(b"/b%C3%A4nd%ff/"))["PATH_INFO"].encode("latin-1") == b"/b\xc3\xa4nd\xff/"


def test_the_process_environment_stays_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_SECRET", "canary")

    assert "canary" not in str(environ_of(scope()))
